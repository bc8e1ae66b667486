"""Train a recipe from nothing to a tested model in a run directory; or go on with a stopped run."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import asdict
from os import PathLike
from pathlib import Path
from typing import Any

from lightning_fabric import Fabric

from mixerkit.assembly import build_front_end, describe
from mixerkit.assembly.data import Data, load_data, measure_statistics
from mixerkit.atomic import clear_drafts, write_errors
from mixerkit.datasets import protocol
from mixerkit.errors import DataError, DivergedError, Interrupted, MixerkitError, OutOfMemoryError, Problem, UsageError
from mixerkit.features import Statistics
from mixerkit.plots import draw_confusion, draw_curves
from mixerkit.progress import Reporter, duration
from mixerkit.recipe import Recipe, to_yaml
from mixerkit.rundir.create import created, refuse_taken
from mixerkit.rundir.environment import environment
from mixerkit.rundir.folder import RunFolder, typical_speed
from mixerkit.rundir.locate import located
from mixerkit.rundir.lock import locked_for_all
from mixerkit.rundir.manifest import check_all
from mixerkit.runner.device import describe_device, memory_errors, start_fabric
from mixerkit.runner.fit import Training
from mixerkit.runner.run import Run
from mixerkit.runner.signals import StopSignals, interruption
from mixerkit.runner.tensorboard import TensorBoardLogger, require_tensorboard
from mixerkit.training.metrics import Metrics

StrPath = str | PathLike[str]


def train(
    recipe: Recipe | StrPath,
    *overlays: StrPath,
    set: Sequence[str] = (),  # noqa: A002
    out: StrPath | None = None,
    tensorboard: bool = False,
) -> Run:
    """Train a recipe, choose the best epoch on validation, test it once.

    Args:
        recipe: a Recipe, or a YAML file; then ``overlays`` and ``set`` as in :meth:`Recipe.load`.
        out: the run directory, new or empty. None: runs/NAME/TIME_seedN.
        tensorboard: also write every epoch's figures for TensorBoard, into the run's folder tensorboard/.

    Raises:
        RecipeError, DataError, UsageError, DivergedError, OutOfMemoryError, Interrupted: see mixerkit.errors.
    """
    if not isinstance(recipe, Recipe):
        recipe = Recipe.load(recipe, *overlays, set=set)
    elif overlays or set:
        raise UsageError(Problem("train", "Overlays or set beside a Recipe.", "Give them to Recipe.load."))
    folder = Path(out) if out is not None else None
    refuse_taken(folder)
    if tensorboard:
        require_tensorboard()
    with StopSignals() as stop:
        fabric = start_fabric(recipe.runner, recipe.model.has_unused_parameters(recipe.input_shape()))
        reporter = Reporter(fabric.is_global_zero)
        reporter.line(headline(recipe, fabric))
        with _memory_errors(recipe, fabric):
            data = load_data(recipe, reporter)
            front_end = build_front_end(recipe).to(fabric.device)
            statistics = fabric.broadcast(measure_statistics(recipe, front_end, data.waves["train"]))
        front_end.set_statistics(statistics)
        with _begun(fabric, recipe, folder, data, statistics) as run_folder:
            reporter.line(_data_line(recipe, data, statistics))
            reporter.line(f"writing to {run_folder.path}")
            with _status_kept(run_folder, fabric, stop), _memory_errors(recipe, fabric):
                return _finish(Training(fabric, recipe, data, front_end, run_folder), stop, reporter, tensorboard)


def resume(
    folder: StrPath,
    tensorboard: bool = False,
    recipe: Recipe | None = None,
    set: Sequence[str] = (),  # noqa: A002
) -> Run:
    """Go on with a stopped run: same recipe, same clips, from its last checkpoint; on the CPU bit for bit.

    Args:
        tensorboard: as of :func:`train`. Epochs that were written and are trained again are hidden.
        recipe: the run's own, but for where its data lies now and the device it may use. None: as the run says.
        set: where its data lies now, as of :meth:`Run.open`.

    Raises:
        UsageError: the folder is no run, the run is finished, or another process is training in it.
        DataError: a file of the run is lost, damaged or changed, or its data has moved.
    """
    run = Run.open(folder, set)
    if recipe is not None:
        run = Run(RunFolder(run.path), recipe)
    run_folder, recipe = RunFolder(run.path), run.recipe
    if tensorboard:
        require_tensorboard()
    with StopSignals() as stop, locked_for_all(run.path, recipe.runner.devices):
        _refuse_finished(run)
        check_all(run.path)
        fabric = start_fabric(recipe.runner, recipe.model.has_unused_parameters(recipe.input_shape()))
        reporter = Reporter(fabric.is_global_zero)
        reporter.line(headline(recipe, fabric))
        before = run_folder.began().device
        if before != describe_device(fabric):
            reporter.line(f"it began on {before}: from here on its numbers may differ in the last bits")
        with _memory_errors(recipe, fabric):
            data = load_data(located(recipe, run_folder), reporter, run.clips())
        with _status_kept(run_folder, fabric, stop), _memory_errors(recipe, fabric):
            training = Training(fabric, recipe, data, run.front_end(), run_folder)
            training.resume()
            reporter.line(f"going on in {run.path} after epoch {training.state.epoch}, step {training.state.step}")
            return _finish(training, stop, reporter, tensorboard)


def headline(recipe: Recipe, fabric: Fabric) -> str:
    """What is about to be trained, in a line or two."""
    table = describe(recipe)
    size = f"{table.parameters / 1e6:.2f} M parameters, {table.flops / 1e9:.2f} GFLOPs per clip"
    text = f"{recipe.name}: {size}, on {describe_device(fabric)}"
    for note in filter(None, (recipe.data.notice, *recipe.notes())):
        text += f"\n{note}"
    if recipe.local_kinds():
        text += (
            f"\nonly this process knows {', '.join(recipe.local_kinds())}: put it into a plugin file that the recipe lists, "
            "or the run cannot be opened elsewhere"
        )
    return text


def _refuse_finished(run: Run) -> None:
    if (run.path / "status.json").exists() and run.status == "finished":  # where the file is lost, the checkpoint knows
        spec = run.recipe.runner
        got = f"This run is finished, after {len(run.metrics) or spec.epochs} epochs."
        more = "runner.epochs" if spec.patience is None else "runner.epochs or runner.patience"
        raise UsageError(Problem(str(run.path), got, hint=f"Train anew, with another {more} if you want more."))


@contextmanager
def _begun(fabric: Fabric, recipe: Recipe, out: Path | None, data: Data, statistics: Statistics) -> Iterator[RunFolder]:
    """The run directory, with all that describes the run; made and held by the first process."""

    def describe(folder: RunFolder) -> None:
        folder.write_json("labels.json", data.labels)
        folder.write_json("features.json", statistics.as_dict())
        folder.write_json("environment.json", environment(recipe, describe_device(fabric)))
        folder.write_splits(data.clips(), recipe.data.home())

    with ExitStack() as held:
        made = held.enter_context(created(recipe, out, describe)).path if fabric.is_global_zero else None
        yield RunFolder(Path(fabric.broadcast(str(made))))


def _finish(training: Training, stop: StopSignals, reporter: Reporter, tensorboard: bool) -> Run:
    """Train to the end, test, draw, sum up."""
    folder, labels = training.folder, training.data.labels
    first = training.fabric.is_global_zero
    with TensorBoardLogger(folder.path if tensorboard and first else None, training.state.epoch, reporter) as board:
        board.write_recipe(to_yaml(training.recipe))
        training.on_epoch = board.write_epoch
        training.run(stop, reporter)
        if training.state.epoch < training.spec.epochs:
            reporter.line(f"stopped after epoch {training.state.epoch} of {training.spec.epochs}: {training.ended()}")
        tested, validated = training.test()
        if first:
            board.write_result(_write_result(training, tested, validated))
    if first:
        title = f"{training.recipe.name}: {tested.clips} test clips, accuracy {tested.accuracy:.3f}"
        with write_errors(folder.path / "confusion.png"):
            draw_confusion(tested.confusion.numpy(), labels, folder.path / "confusion.png", title)
        best = int(training.state.best["epoch"])
        with write_errors(folder.path / "curves.png"):
            draw_curves(folder.read_metrics(), folder.path / "curves.png", training.recipe.name, best)
    training.fabric.barrier()
    run = Run.open(folder.path)
    if tested.absent:
        absent = ", ".join(labels[i] for i in tested.absent)
        reporter.line(f"not in the test split, so without recall, AUC and average precision: {absent}")
    reporter.line(
        f"test accuracy {tested.accuracy:.4f}, AUC {tested.auc:.4f} ({tested.clips} clips, best epoch "
        f"{run.summary['best_epoch']} of {training.state.epoch}, {duration(run.summary['seconds'])})\n"
        f"next: mixerkit predict {folder.path} FILE...   plots: {folder.path}/curves.png, confusion.png"
    )
    return run


def _write_result(training: Training, tested: Metrics, validated: Metrics) -> dict[str, Any]:
    """Write test.json and summary.json; the summary."""
    table = describe(training.recipe, len(training.data.labels))
    figures = tested.named("test") | validated.named("val")
    summary = {
        **{name: value for name, value in figures.items() if not name.endswith("loss")},
        "test/clips": tested.clips,
        "val/clips": validated.clips,
        "scores": tested.scores,
        "protocol": protocol(training.recipe.data),
        "best_epoch": int(training.state.best["epoch"]),
        "epochs": training.state.epoch,
        "ended": training.ended(),
        "parameters": table.parameters,
        "flops": table.flops,
        "clips_per_second": typical_speed(training.folder.read_metrics()),
        "seconds": round(training.state.seconds, 2),
    }
    training.folder.write_json("test.json", asdict(tested.result(list(training.data.labels))))
    training.folder.write_json("summary.json", summary)
    return summary


@contextmanager
def _status_kept(folder: RunFolder, fabric: Fabric, stop: StopSignals) -> Iterator[None]:
    """status.json says how the run ended, whichever way it ends."""

    def say(state: str, detail: str = "") -> None:
        if fabric.is_global_zero:
            folder.say(state, detail)

    stop.hint = f"Go on with: mixerkit train --resume {folder.path}"
    if fabric.is_global_zero:
        clear_drafts(folder.path)
        clear_drafts(folder.checkpoints)
    say("running")
    try:
        yield
    except BaseException as raised:
        stop.leaving = True
        error = interruption(raised)
        with suppress(DataError):  # a disk too full for this too must not hide why the run ended
            say(_state_after(error), str(error) if isinstance(error, MixerkitError) else f"{type(error).__name__}: {error}")
        raise
    say("finished")


def _state_after(error: BaseException) -> str:
    match error:
        case Interrupted() | KeyboardInterrupt():
            return "interrupted"
        case DivergedError():
            return "diverged"
        case OutOfMemoryError():
            return "out-of-memory"
    return "failed"


def _memory_errors(recipe: Recipe, fabric: Fabric) -> AbstractContextManager[None]:
    spec, batch = recipe.runner, recipe.runner.batch_size
    parts = min(2 * spec.micro_batches, batch // spec.devices)
    same = f"runner.micro_batches={parts} (the same updates), " if parts > spec.micro_batches else ""
    hint = f"Try --set {same}runner.batch_size={max(1, batch // 2)}, or a smaller model."
    return memory_errors(recipe.name, fabric.device, batch, hint)


def _data_line(recipe: Recipe, data: Data, statistics: Statistics) -> str:
    counts = ", ".join(f"{len(waves.clips)} {name}" for name, waves in data.waves.items())
    measured = f"mean {statistics.mean:.2f}, std {statistics.std:.2f}"
    return f"{protocol(recipe.data)}: {len(data.labels)} classes, clips: {counts}; {measured}"

"""Train a recipe from nothing to a tested model in a run directory; or go on with a stopped run."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path

from lightning_fabric import Fabric

from mixerkit.assembly import Data, build_front_end, describe, load_data, measure_statistics
from mixerkit.atomic import clear_drafts
from mixerkit.datasets import protocol
from mixerkit.errors import DataError, DivergedError, Interrupted, MixerkitError, OutOfMemoryError, Problem, UsageError
from mixerkit.features import Statistics
from mixerkit.progress import Reporter
from mixerkit.recipe import Recipe
from mixerkit.rundir import RunDir, check_all, created, environment, locked_for_all, refuse_taken
from mixerkit.runner.device import describe_device, memory_errors, start_fabric
from mixerkit.runner.finish import train_to_the_end
from mixerkit.runner.fit import Training
from mixerkit.runner.signals import StopSignals, interruption
from mixerkit.runner.tensorboard import require_tensorboard


def train(recipe: Recipe, out: Path | None = None, tensorboard: bool = False) -> RunDir:
    """Train a recipe, choose the best epoch on validation, test it once; the run directory. See :func:`mixerkit.train`."""
    refuse_taken(out)
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
        with _begun(fabric, recipe, out, data, statistics) as run:
            reporter.line(_data_line(recipe, data, statistics))
            reporter.line(f"writing to {run.path}")
            with _status_kept(run, fabric, stop), _memory_errors(recipe, fabric):
                return train_to_the_end(Training(fabric, recipe, data, front_end, run), stop, reporter, tensorboard)


def resume(run: RunDir, tensorboard: bool = False) -> RunDir:
    """Go on with a stopped run: same clips, from its last checkpoint. See :func:`mixerkit.resume`."""
    recipe = run.recipe
    if tensorboard:
        require_tensorboard()
    with StopSignals() as stop, locked_for_all(run.path, recipe.runner.devices):
        _refuse_finished(run)
        check_all(run.path)
        fabric = start_fabric(recipe.runner, recipe.model.has_unused_parameters(recipe.input_shape()))
        reporter = Reporter(fabric.is_global_zero)
        reporter.line(headline(recipe, fabric))
        before = run.began().device
        if before != describe_device(fabric):
            reporter.line(f"it began on {before}: from here on its numbers may differ in the last bits")
        with _memory_errors(recipe, fabric):
            data = load_data(run.located_recipe(), reporter, run.clips())
            front_end = build_front_end(recipe)
            front_end.set_statistics(run.statistics())
        with _status_kept(run, fabric, stop), _memory_errors(recipe, fabric):
            training = Training(fabric, recipe, data, front_end, run)
            training.resume()
            reporter.line(f"going on in {run.path} after epoch {training.state.epoch}, step {training.state.step}")
            return train_to_the_end(training, stop, reporter, tensorboard)


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


def _refuse_finished(run: RunDir) -> None:
    if (run.path / "status.json").exists() and run.status().status == "finished":  # where the file is lost, the checkpoint knows
        spec = run.recipe.runner
        got = f"This run is finished, after {len(run.read_metrics()) or spec.epochs} epochs."
        more = "runner.epochs" if spec.patience is None else "runner.epochs or runner.patience"
        raise UsageError(Problem(str(run.path), got, hint=f"Train anew, with another {more} if you want more."))


@contextmanager
def _begun(fabric: Fabric, recipe: Recipe, out: Path | None, data: Data, statistics: Statistics) -> Iterator[RunDir]:
    """The run directory, with all that describes the run; made and held by the first process."""

    def describe(folder: RunDir) -> None:
        folder.write_json("labels.json", data.labels)
        folder.write_json("features.json", statistics.as_dict())
        folder.write_json("environment.json", environment(recipe, describe_device(fabric)))
        folder.write_splits(data.clips(), recipe.data.home())

    with ExitStack() as held:
        made = held.enter_context(created(recipe, out, describe)).path if fabric.is_global_zero else None
        yield RunDir(Path(fabric.broadcast(str(made))))


@contextmanager
def _status_kept(folder: RunDir, fabric: Fabric, stop: StopSignals) -> Iterator[None]:
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

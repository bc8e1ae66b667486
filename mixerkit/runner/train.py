"""Train a recipe from nothing to a tested model in a run directory; or go on with a stopped run."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

import torch
from lightning_fabric import Fabric

from mixerkit.assembly import build_front_end, describe
from mixerkit.errors import DivergedError, Interrupted, OutOfMemoryError, Problem, UsageError
from mixerkit.features import Statistics
from mixerkit.pictures import draw_confusion, draw_curves
from mixerkit.recipe import Recipe
from mixerkit.runner.data import Data, load_data, measure_statistics
from mixerkit.runner.device import describe_device, is_out_of_memory, start_fabric
from mixerkit.runner.environment import environment
from mixerkit.runner.fit import Training
from mixerkit.runner.folder import RunFolder, create, refuse_taken
from mixerkit.runner.progress import Reporter, duration
from mixerkit.runner.run import Run
from mixerkit.runner.signals import StopSignals

StrPath = str | PathLike[str]


def train(recipe: Recipe | StrPath, *overlays: StrPath, set: Sequence[str] = (), out: StrPath | None = None) -> Run:  # noqa: A002
    """Train a recipe, choose the best epoch on validation, test it once.

    Args:
        recipe: a Recipe, or a YAML file; then ``overlays`` and ``set`` as in :meth:`Recipe.load`.
        out: the run directory, new or empty. None: runs/NAME/TIME_seedN.

    Raises:
        RecipeError, DataError, UsageError, DivergedError, OutOfMemoryError, Interrupted: see mixerkit.errors.
    """
    if not isinstance(recipe, Recipe):
        recipe = Recipe.load(recipe, *overlays, set=set)
    elif overlays or set:
        raise UsageError(Problem("train", "Overlays or set beside a Recipe.", "Give them to Recipe.load."))
    folder = Path(out) if out is not None else None
    refuse_taken(folder)
    with StopSignals() as stop:
        fabric = start_fabric(recipe.runner, recipe.model.has_unused_parameters(recipe.picture()))
        reporter = Reporter(fabric.is_global_zero)
        reporter.line(headline(recipe, fabric))
        data = load_data(recipe, reporter)
        front_end = build_front_end(recipe).to(fabric.device)
        statistics = fabric.broadcast(measure_statistics(recipe, front_end, data.waves["train"]))
        run_folder = RunFolder(Path(fabric.broadcast(str(_started(fabric, recipe, folder, data, statistics)))))
        reporter.line(_data_line(data, statistics))
        reporter.line(f"writing to {run_folder.path}")
        front_end.set_statistics(statistics)
        with _status_kept(run_folder, recipe, fabric):
            return _finish(Training(fabric, recipe, data, front_end, run_folder), stop, reporter)


def resume(folder: StrPath) -> Run:
    """Go on with a stopped run: same recipe, same clips, from its last checkpoint; on the CPU bit for bit.

    Raises:
        UsageError: the folder is no run, or the run is finished.
    """
    run = Run.open(folder)
    run_folder = RunFolder(run.path)
    run_folder.refuse_if_running()
    if run.status == "finished":
        came = f"This run is finished, after {run.recipe.runner.epochs} epochs."
        raise UsageError(Problem(str(run.path), came, advice="Train anew, with another runner.epochs if you want more."))
    with StopSignals() as stop:
        fabric = start_fabric(run.recipe.runner, run.recipe.model.has_unused_parameters(run.recipe.picture()))
        reporter = Reporter(fabric.is_global_zero)
        reporter.line(headline(run.recipe, fabric))
        before = run_folder.read_json("environment.json")["device"]
        if before != describe_device(fabric):
            reporter.line(f"it began on {before}: from here on its numbers may differ in the last bits")
        data = load_data(run.recipe, reporter, run.clips())
        with _status_kept(run_folder, run.recipe, fabric):
            training = Training(fabric, run.recipe, data, run.front_end(), run_folder)
            training.resume()
            reporter.line(f"going on in {run.path} after epoch {training.position.epoch}, step {training.position.step}")
            return _finish(training, stop, reporter)


def headline(recipe: Recipe, fabric: Fabric) -> str:
    """What is about to be trained, in a line or two."""
    table = describe(recipe)
    size = f"{table.parameters / 1e6:.2f} M parameters, {table.flops / 1e9:.2f} GFLOPs per clip"
    text = f"{recipe.name}: {size}, on {describe_device(fabric)}"
    if recipe.data.kind == "synthetic-events":
        text += (
            "\ndata made by the package: it proves the machinery, it ranks no mixers. "
            "For the paper's size and data, lay an overlay over the recipe: mixerkit list recipes 'paper/*'"
        )
    if recipe.local_kinds():
        text += (
            f"\nonly this process knows {', '.join(recipe.local_kinds())}: put it into a plugin file that the recipe lists, "
            "or the run cannot be opened elsewhere"
        )
    return text


def _started(fabric: Fabric, recipe: Recipe, out: Path | None, data: Data, statistics: Statistics) -> Path | None:
    """The run directory, with all that describes the run; made by the first process."""
    if not fabric.is_global_zero:
        return None
    folder = create(recipe, out)
    folder.write_json("labels.json", data.labels)
    folder.write_json("features.json", statistics.as_dict())
    folder.write_json("environment.json", environment(recipe, describe_device(fabric)))
    folder.write_splits(data.clips(), recipe.data.home())
    return folder.path


def _finish(training: Training, stop: StopSignals, reporter: Reporter) -> Run:
    """Train to the end, test, draw, sum up."""
    folder, labels = training.folder, training.data.labels
    training.run(stop, reporter)
    tested, validated = training.test()
    if training.fabric.is_global_zero:
        _write_result(training, tested.named("test") | validated.named("val"))
        title = f"{training.recipe.name}: {tested.clips} test clips, accuracy {tested.accuracy:.3f}"
        draw_confusion(tested.confusion.numpy(), labels, folder.path / "confusion.png", title)
        best = int(training.position.best["epoch"])
        draw_curves(folder.read_metrics(), folder.path / "curves.png", training.recipe.name, best)
    training.fabric.barrier()
    run = Run.open(folder.path)
    if tested.absent:
        reporter.line(f"not in the test split, so left out of the AUC: {', '.join(labels[i] for i in tested.absent)}")
    reporter.line(
        f"test accuracy {tested.accuracy:.4f}, AUC {tested.auc:.4f} ({tested.clips} clips, best epoch "
        f"{run.summary['best_epoch']} of {training.spec.epochs}, {duration(run.summary['seconds'])})\n"
        f"next: mixerkit predict {folder.path} FILE...   pictures: {folder.path}/curves.png, confusion.png"
    )
    return run


def _write_result(training: Training, figures: dict[str, float]) -> None:
    table = describe(training.recipe, len(training.data.labels))
    training.folder.write_json(
        "summary.json",
        {
            **{name: value for name, value in figures.items() if not name.endswith("loss")},
            "best_epoch": int(training.position.best["epoch"]),
            "parameters": table.parameters,
            "flops": table.flops,
            "seconds": round(training.position.seconds, 2),
        },
    )


@contextmanager
def _status_kept(folder: RunFolder, recipe: Recipe, fabric: Fabric) -> Iterator[None]:
    """status.json says how the run ended, whichever way it ends."""

    def say(state: str, detail: object = "") -> None:
        if fabric.is_global_zero:
            folder.status(state, str(detail))

    say("running")
    try:
        yield
    except Interrupted as error:
        say("interrupted", error)
        raise
    except DivergedError as error:
        say("diverged", error)
        raise
    except BaseException as error:
        if is_out_of_memory(error):
            say("out-of-memory", error)
            raise _out_of_memory(folder, recipe, fabric) from error
        say("failed", f"{type(error).__name__}: {error}")
        raise
    say("finished")


def _out_of_memory(folder: RunFolder, recipe: Recipe, fabric: Fabric) -> OutOfMemoryError:
    device, batch = fabric.device, recipe.runner.batch_size
    peak = f", {torch.cuda.max_memory_allocated(device) / 2**30:.1f} GiB in use at most" if device.type == "cuda" else ""
    came = f"{device} has too little memory for a batch of {batch} clips{peak}."
    advice = f"Try --set runner.batch_size={max(1, batch // 2)}, or a smaller model."
    return OutOfMemoryError(Problem(str(folder.path), came, advice=advice))


def _data_line(data: Data, statistics: Statistics) -> str:
    counts = ", ".join(f"{len(waves.clips)} {name}" for name, waves in data.waves.items())
    return f"{len(data.labels)} classes, clips: {counts}; log-mel mean {statistics.mean:.2f}, std {statistics.std:.2f}"

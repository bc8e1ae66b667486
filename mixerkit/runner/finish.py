"""The end of a training: test the best weights once, write the result, draw, sum up."""

from dataclasses import asdict
from typing import Any

from mixerkit.assembly import describe
from mixerkit.atomic import write_errors
from mixerkit.datasets import protocol
from mixerkit.plots import draw_confusion, draw_curves
from mixerkit.progress import Reporter, duration
from mixerkit.recipe import to_yaml
from mixerkit.rundir import RunDir, typical_speed
from mixerkit.runner.fit import Training
from mixerkit.runner.signals import StopSignals
from mixerkit.runner.tensorboard import TensorBoardLogger
from mixerkit.training import Metrics


def train_to_the_end(training: Training, stop: StopSignals, reporter: Reporter, tensorboard: bool) -> RunDir:
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
    run = RunDir.open(folder.path)
    summary = run.summary()
    if tested.absent:
        reporter.line(f"not in the test split, so without recall, AUC and average precision: {', '.join(tested.absent)}")
    name = training.select.name
    selected = "" if name in ("accuracy", "auc") else f", {name} {tested.named('test')['test/' + name]:.4f}"
    reporter.line(
        f"test accuracy {tested.accuracy:.4f}, AUC {tested.auc:.4f}{selected} ({tested.clips} clips, best epoch "
        f"{summary['best_epoch']} of {training.state.epoch}, {duration(summary['seconds'])})\n"
        f"next: mixerkit predict {folder.path} FILE...   plots: {folder.path}/curves.png, confusion.png"
    )
    return run


def _write_result(training: Training, tested: Metrics, validated: Metrics) -> dict[str, Any]:
    """Write test.json and summary.json; the summary."""
    table = describe(training.recipe, len(training.data.labels))
    figures = tested.named("test") | validated.named("val")
    summary = {
        **{name: value for name, value in figures.items() if not name.endswith("/loss")},
        "test/clips": tested.clips,
        "val/clips": validated.clips,
        "scores": tested.scores,
        "protocol": protocol(training.recipe.data),
        "best_epoch": int(training.state.best["epoch"]),
        "select": training.select.name,
        "epochs": training.state.epoch,
        "ended": training.ended(),
        "parameters": table.parameters,
        "flops": table.flops,
        "clips_per_second": typical_speed(training.folder.read_metrics()),
        "seconds": round(training.state.seconds, 2),
    }
    training.folder.write_json("test.json", asdict(tested.result()))
    training.folder.write_json("summary.json", summary)
    return summary

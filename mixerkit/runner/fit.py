"""The training loop: one for every recipe and every device.

It can be stopped between any two steps and goes on from there bit for bit, because everything random has its own key
(seeding.py) and the checkpoint holds all the rest.
"""

import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor

from mixerkit.assembly import Data, build_model
from mixerkit.datasets import Split
from mixerkit.errors import DataError, DivergedError, Interrupted, Problem
from mixerkit.features import FrontEnd
from mixerkit.progress import Reporter, Task, duration
from mixerkit.recipe import Recipe
from mixerkit.rundir import (
    BEST,
    LAST,
    RunDir,
    load_state,
    load_weights,
    refuse_foreign,
    refuse_mismatch,
    save_state,
    save_weights,
)
from mixerkit.runner.evaluate import evaluate_split
from mixerkit.runner.loader import TrainLoader
from mixerkit.runner.seeding import batches, key
from mixerkit.runner.signals import StopSignals
from mixerkit.runner.state import TrainState
from mixerkit.runner.update import Update
from mixerkit.training import Metrics, WeightAverage

FORMAT = 1


class Training:
    """One run's model, optimizer and position, and the loop that moves them."""

    def __init__(self, fabric: Fabric, recipe: Recipe, data: Data, front_end: FrontEnd, folder: RunDir) -> None:
        spec = recipe.runner
        self.fabric, self.recipe, self.spec, self.folder = fabric, recipe, spec, folder
        self.data = data.resident(fabric.device)
        self.front_end = front_end.to(fabric.device)
        torch.manual_seed(key(spec.seed, "weights"))
        model = build_model(recipe, len(data.labels))
        self.model, self.optimizer = fabric.setup(model, spec.optimizer.build(model))
        self.average = WeightAverage(model) if spec.average is None else spec.average.build(model)
        self.loader = TrainLoader(recipe, self.data, self.front_end)
        self.objective = spec.loss.build(len(data.labels))
        self.update = Update(fabric, self.model, self.optimizer, self.objective, spec)
        self.steps = len(self._batches(torch.arange(len(self.loader))))
        self.schedule = spec.schedule.build(self.optimizer.optimizer, spec.epochs, self.steps)
        self.select = spec.selected_by(data.several)
        self.state = TrainState()
        self.run_identity = folder.identity()
        self.on_epoch: Callable[[dict[str, Any]], None] = lambda row: None  # gets every row, in the first process

    def run(self, stop: StopSignals, reporter: Reporter) -> None:
        """Train from where the position stands to the last epoch, or to where patience ends.

        Raises:
            DivergedError: the loss is no longer a finite number; nothing of that step is kept.
            Interrupted: a signal arrived; the state is saved.
        """
        if self.state == TrainState():  # from here on, a run without a state has lost it
            self._save_state()
        stop.polite = True
        total = self.spec.epochs * len(self.loader)
        with reporter.task("training", total, "clips") as task:
            task.start_at(self.state.epoch * len(self.loader) + self.state.clips)
            while not self.ended():
                try:
                    with self.state.timed("train"):
                        self._train_epoch(stop, task)
                    with self.state.timed("val"), self.average.in_place():
                        validated = self._evaluate("val", stop)
                except Interrupted:
                    self._save_state()
                    raise
                self._refuse_non_finite(validated.loss, "validation loss")
                self._finish_epoch(validated, reporter)
        stop.polite = False

    def ended(self) -> str:
        """Why training is over; empty while it is not."""
        return self.state.ended(self.spec.epochs, self.spec.patience)

    def test(self) -> tuple[Metrics, Metrics]:
        """(test, validation) metrics of the best epoch's weights. Called once, when training is over."""
        path = self.folder.checkpoints / BEST
        weights, _ = load_weights(path)
        refuse_mismatch(path, weights, self.model.state_dict())
        self.model.load_state_dict(weights)
        return self._evaluate("test", None), self._evaluate("val", None)

    def resume(self) -> None:
        """Take up weights, optimizer and position where the checkpoint left them.

        Raises:
            DataError: the checkpoint is lost, damaged, or of another run.
        """
        path = self.folder.checkpoints / LAST
        if path.is_file():
            self._take_up(path)
        else:
            self._refuse_lost_state(path)
        self.folder.refuse_lost_metrics(self.state.epoch)
        if self.fabric.is_global_zero:
            self.folder.keep_metrics(self.state.epoch)

    def _take_up(self, path: Path) -> None:
        state = load_state(path)
        if state.get("format") != FORMAT:
            got = f"It has the format {state.get('format')!r}; this mixerkit reads {FORMAT}."
            raise DataError(Problem(str(path), got, hint="Go on with the version that wrote it."))
        refuse_mismatch(path, state.get("model"), self.model.state_dict())
        refuse_foreign(path, state.get("run"), self.run_identity)
        self.model.load_state_dict(state["model"])
        if self.average.state():
            refuse_mismatch(path, state.get("average"), self.average.state())
            self.average.load_state(state["average"])
        try:
            self.optimizer.load_state_dict(state["optimizer"])
            self.fabric.strategy.precision.load_state_dict(state["precision"])
            self.state = TrainState(**state["position"])
        except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError) as error:
            got = f"This training state does not fit its recipe: {type(error).__name__}: {error}."
            raise DataError(Problem(str(path), got, hint="Put the run's own file back, or train again.")) from error

    def _refuse_lost_state(self, path: Path) -> None:
        """A run that has come to an epoch has a state: to start over would write over its best weights."""
        epochs = len(self.folder.read_metrics())
        if epochs or path.with_name(BEST).exists():
            got = f"It is missing, though {epochs} epoch{'' if epochs == 1 else 's'} of this run are done."
            hint = "Put it back to go on. The best weights are kept; to start over, train into another folder."
            raise DataError(Problem(str(path), got, hint=hint))

    def _train_epoch(self, stop: StopSignals, task: Task) -> None:
        state, seed = self.state, self.spec.seed
        steps = self._batches(torch.arange(len(self.loader.start_epoch(state.epoch))))
        self.model.train()
        for step in range(state.step, self.steps):
            self._leave_if_asked(stop)
            places, everywhere = steps[step]
            torch.manual_seed(key(seed, "step", state.epoch, step, self.fabric.global_rank))
            self.schedule.step_update(state.epoch * self.steps + step)
            loss = self._step(places, everywhere)
            self.average.after_update(state.epoch + 1, ends_epoch=step + 1 == self.steps)
            state.add_step(loss, everywhere)
            task.advance(everywhere, f"epoch {state.epoch + 1}/{self.spec.epochs}  loss {loss:.3f}")

    def _step(self, places: Tensor, everywhere: int) -> float:
        """One update from this rank's clips, at ``places`` of the epoch's order; the loss, a mean over the clips of all ranks.

        Raises:
            DivergedError: the loss or the gradient is not finite, on any rank; the update is not made.
        """
        loss, norm = self.update.gradients(*self.loader.batch(places), everywhere)
        self._refuse_non_finite(loss, "loss")
        self._refuse_non_finite(norm, "norm of the gradient")
        self.update.apply()
        return loss

    def _finish_epoch(self, validated: Metrics, reporter: Reporter) -> None:
        """Count the epoch, keep its weights if they are the best, write everything down."""
        is_best = self.state.is_best(validated, self.select)
        row = self.state.finish_epoch(validated) | {"lr": self.optimizer.param_groups[0]["lr"]}
        if self.fabric.device.type == "cuda":
            row["peak_memory_gib"] = round(torch.cuda.max_memory_allocated(self.fabric.device) / 2**30, 3)
        if is_best:
            self.state.best = {"epoch": self.state.epoch, **validated.named("val")}
        if self.fabric.is_global_zero:
            if is_best:  # before the state that names it: a kill in between repeats the epoch and writes the same again
                about = {"epoch": str(self.state.epoch), "recipe": self.recipe.name, "run": self.run_identity}
                save_weights(self.folder.checkpoints / BEST, self.average.weights(), about)
            self.folder.append_metrics(row)
            self.on_epoch(row)
        self._save_state()
        shown = dict.fromkeys(("accuracy", "auc", self.select.name))
        figures = "  ".join(f"{name} {row['val/' + name]:.3f}" for name in shown)
        reporter.line(
            f"epoch {row['epoch']:>3}/{self.spec.epochs}  loss {row['train/loss']:.3f}  val {figures}"
            f"{'  best' if is_best else '      '}  {row['clips_per_second']:,.0f} clips/s  "
            f"{duration(row['seconds'])}"
        )

    def _save_state(self) -> None:
        if self.fabric.is_global_zero:
            state = {
                "format": FORMAT,
                "run": self.run_identity,
                "model": self.model.state_dict(),
                "average": self.average.state(),
                "optimizer": self.optimizer.state_dict(),
                "precision": self.fabric.strategy.precision.state_dict(),
                "position": asdict(self.state),
            }
            save_state(self.folder.checkpoints / LAST, state)
        self.fabric.barrier()

    def _evaluate(self, split: Split, stop: StopSignals | None) -> Metrics:
        def on_batch() -> None:
            if stop is not None and self.fabric.world_size == 1:  # ranks have unequal numbers of batches, and must ask together
                self._leave_if_asked(stop)

        return evaluate_split(self.fabric, self.model, self.front_end, self.data, split, self.objective, self.spec, on_batch)

    def _batches(self, index: Tensor) -> list[tuple[Tensor, int]]:
        return batches(index, self.spec.batch_size, self.fabric.global_rank, self.fabric.world_size)

    def _leave_if_asked(self, stop: StopSignals) -> None:
        number = stop.asked(self.fabric)
        if number:
            where = f"epoch {self.state.epoch + 1}, after step {self.state.step} of {self.steps}"
            hint = f"Go on with: mixerkit train --resume {self.folder.path}"
            raise Interrupted(number, Problem(str(self.folder.path), f"Stopped on request in {where}; all is saved.", hint=hint))

    def _refuse_non_finite(self, value: float, what: str) -> None:
        if math.isfinite(value):
            return
        where = f"{self.folder.path}: epoch {self.state.epoch + 1}, after step {self.state.step} of {self.steps}"
        best = self.state.best.get("epoch")
        kept = f" The best weights so far, of epoch {best:.0f}, are kept." if best else ""
        hint = "Try a lower runner.optimizer.lr, a longer runner.schedule.warmup_epochs, or runner.clip_grad=1.0."
        raise DivergedError(Problem(where, f"The {what} is {value}; no update was made of it.{kept}", hint=hint))

"""The public functions over rooms: train, resume, and Run, a run directory and what is done with it."""

from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Self

from mixerkit import inference, runner
from mixerkit.datasets import Clip, Split
from mixerkit.errors import Problem, UsageError
from mixerkit.features import FrontEnd
from mixerkit.inference import Prediction, Recording
from mixerkit.model import MixerModel
from mixerkit.plots import InfluenceRow
from mixerkit.recipe import Recipe
from mixerkit.rundir import RunDir
from mixerkit.training import Metrics, SplitResult

StrPath = str | PathLike[str]


def train(
    recipe: Recipe | StrPath,
    *overlays: StrPath,
    set: Sequence[str] = (),  # noqa: A002  # the word of the command line
    out: StrPath | None = None,
    tensorboard: bool = False,
) -> "Run":
    """Train a recipe, choose the best epoch on validation, test it once.

    Args:
        recipe: a Recipe, or a YAML file; then ``overlays`` and ``set`` as in :meth:`Recipe.load`.
        out: the run directory, new or empty. None: runs/NAME/TIME_seedN.
        tensorboard: also write every epoch's metrics for TensorBoard, into the run's folder tensorboard/.

    Raises:
        RecipeError, DataError, UsageError, DivergedError, OutOfMemoryError, Interrupted: see mixerkit.errors.
    """
    if not isinstance(recipe, Recipe):
        recipe = Recipe.load(recipe, *overlays, set=set)
    elif overlays or set:
        raise UsageError(Problem("train", "Overlays or set beside a Recipe.", "Give them to Recipe.load."))
    return Run(runner.train(recipe, None if out is None else Path(out), tensorboard))


def resume(folder: StrPath, tensorboard: bool = False, set: Sequence[str] = ()) -> "Run":  # noqa: A002
    """Go on with a stopped run: same recipe, same clips, from its last checkpoint; on the CPU bit for bit.

    Args:
        tensorboard: as of :func:`train`. Epochs that were written and are trained again are hidden.
        set: where its data lies now, as of :meth:`Run.open`.

    Raises:
        UsageError: the folder is no run, the run is finished, or another process is training in it.
        DataError: a file of the run is lost, damaged or changed, or its data has moved.
    """
    return Run(runner.resume(RunDir.open(folder, set), tensorboard))


def draw(
    what: Sequence["Recipe | Run | StrPath"], out: StrPath, seed: int = 0
) -> tuple[tuple[str, tuple[InfluenceRow, ...]], ...]:
    """Draw what the operators of recipes or runs mix, side by side in one PNG; see :func:`mixerkit.inference.draw`."""
    return inference.draw([one._folder if isinstance(one, Run) else one for one in what], out, seed)


class Run:
    """A finished or stopped run, opened from its folder alone: its metrics, its model, its predictions.

    Make one with :meth:`open`.
    """

    def __init__(self, folder: RunDir) -> None:
        self._folder = folder
        self.path = folder.path

    @classmethod
    def open(cls, folder: StrPath, set: Sequence[str] = ()) -> Self:  # noqa: A002
        """Open a run directory.

        Args:
            set: where its data lies now, such as ["data.root=FOLDER"]; other settings stay as they were.

        Raises:
            UsageError: it is no run directory, or ``set`` changes another setting.
            DataError: its recipe or a plugin was changed since the run began; none of that code is run.
            RecipeError: an installed plugin that it needs is missing.
        """
        return cls(RunDir.open(folder, set))

    @property
    def recipe(self) -> Recipe:
        """The resolved recipe, read with the copies of the plugins that it was trained with."""
        return self._folder.recipe

    @property
    def labels(self) -> list[str]:
        """The classes in the order of the model's logits."""
        return self._folder.labels()

    @property
    def status(self) -> str:
        """running, finished, interrupted, diverged, out-of-memory or failed."""
        return self._folder.status().status

    @property
    def summary(self) -> dict[str, Any]:
        """Metrics of the best epoch, how training ended, sizes, seconds. Raises UsageError while the run is unfinished."""
        return self._folder.summary()

    @property
    def tested(self) -> SplitResult:
        """Metrics of the test split, class by class.

        Raises:
            UsageError: the run is unfinished.
            DataError: test.json is damaged, or the run was finished before there was such a file.
        """
        return self._folder.tested()

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """One mapping per epoch."""
        return self._folder.read_metrics()

    def clips(self) -> list[Clip]:
        """The recordings of this run, each with its split. Raises DataError if the data has moved, or splits.csv was changed."""
        return self._folder.clips()

    def model(self) -> MixerModel:
        """The model of the best epoch, in evaluation mode; see :func:`mixerkit.inference.load_model`."""
        return inference.load_model(self._folder)

    def front_end(self) -> FrontEnd:
        """The front end with this run's statistics: waveforms ``[B, L]``, lengths ``[B]`` -> spectrograms, valid frames."""
        return inference.load_front_end(self._folder)

    def evaluate(self, split: Split = "test") -> Metrics:
        """Metrics of the best weights on a split of this run; see :func:`mixerkit.inference.evaluate`."""
        return inference.evaluate(self._folder, split)

    def predict(self, recordings: Recording | Iterable[Recording], rate: int | None = None, top: int = 1) -> list[Prediction]:
        """The best classes of recordings, in the order given; see :func:`mixerkit.inference.predict`."""
        return inference.predict(self._folder, recordings, rate, top)

"""The recipe: all that one training run is made of, read from YAML and frozen.

Keys are the sound's way: data, audio, features, model; then the runner that trains.
"""

from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr, ValidationError

from mixerkit.audio import AudioSpec
from mixerkit.datasets import Dataset, check_fold
from mixerkit.errors import Problem, RecipeError, UsageError
from mixerkit.features import FEATURES, Features
from mixerkit.grid import InputShape
from mixerkit.model import ModelSpec
from mixerkit.recipe.gather import Gathered, gather
from mixerkit.recipe.report import explain, issue_problems
from mixerkit.recipe.tree import MAX_DEPTH, walk
from mixerkit.recipe.written import Written
from mixerkit.registry import Plugin, attribute_errors, is_kits
from mixerkit.spec import STAND_IN, Issue, KeyPath, Spec, inside, under
from mixerkit.training import RunnerSpec


class Recipe(Spec):
    """What to train, on what, how. Make one with :meth:`load`."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="name of the run's folder")
    plugins: tuple[str, ...] = Field(
        (), description="plugin files or installed plugins whose kinds are used; nothing else can run"
    )
    data: Dataset = Field(description="where recordings come from, and who is tested")
    audio: AudioSpec = Field(AudioSpec(), description="rate, length and padding of every recording")
    features: Features = Field(description="from waveforms to spectrograms")
    model: ModelSpec = Field(description="from spectrograms to logits")
    runner: RunnerSpec = Field(RunnerSpec(), description="how the model is trained")

    _gathered: Gathered | None = PrivateAttr(default=None)

    @classmethod
    def load(
        cls,
        path: str | PathLike[str],
        *overlays: str | PathLike[str],
        set: Sequence[str] = (),  # noqa: A002  # the word of the command line
        plugins: Sequence[str] = (),
    ) -> "Recipe":
        """Read a recipe, overlays laid over it in order, then ``set``.

        Args:
            path: a YAML file; one that comes with the kit is found by name, such as "recipes/asm_rh.yaml".
            overlays: YAML files laid over it.
            set: assignments such as "runner.seed=1".
            plugins: plugin files or names, beside those that the recipe lists.

        Raises:
            RecipeError: with every mistake at once, each with file, line, key and what is allowed.
            PluginError: a plugin raises while its settings are checked.
            UsageError: a path is no path.
        """
        for got in (path, *overlays):
            if not isinstance(got, str | PathLike) or isinstance(fspath(got), bytes):
                raise UsageError(Problem("Recipe.load", f"Got: {got!r}.", "A recipe is the path of a YAML file."))
        for name, words in (("set", set), ("plugins", plugins)):
            if isinstance(words, str):  # a sequence too, of characters
                raise UsageError(Problem("Recipe.load", f"Got: {name}={words!r}.", f"A list: {name}=[{words!r}]."))
        gathered = gather(Path(path), [Path(overlay) for overlay in overlays], set, plugins)
        with attribute_errors():
            recipe = _checked(cls, gathered)
        recipe._gathered = gathered
        return recipe

    def __eq__(self, other: object) -> bool:
        """Two recipes are the same if they say the same, wherever they were read from."""
        return isinstance(other, Recipe) and self.as_dict() == other.as_dict()

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def loaded_plugins(self) -> tuple[Plugin, ...]:
        """The plugins whose kinds this recipe may use."""
        return self._gathered.scope.plugins if self._gathered else ()

    def local_kinds(self) -> list[str]:
        """Kinds that only this process knows: neither the kit's nor a listed plugin's. A run with them opens nowhere else."""
        plugged = {spec for plugin in self.loaded_plugins for spec in plugin.kinds.values()}
        return sorted({spec.kind for spec in inside(self) if type(spec) not in plugged and not is_kits(type(spec))})

    @property
    def source(self) -> Gathered | None:
        """The files and origins it was read from, if it was read."""
        return self._gathered

    def input_shape(self) -> InputShape:
        """The shape of the spectrograms that reach the model."""
        return self.features.input_shape(self.audio.rate, self.audio.samples)

    def check(self) -> list[Issue]:
        """Settings that are well formed but do not fit together: shapes, sizes, contradictions."""
        found = under("data", [*self.data.check(), *check_fold(self.data)]) + under("runner", self.runner.check())
        found += under("features.normalise", self.features.normalise.check())
        found += under("features.augment", self.features.augment.check())
        if self.data.output_kind != self.features.input_kind:
            fitting = [kind for kind, spec in FEATURES.kinds().items() if spec.input_kind == self.data.output_kind]
            found.append(
                Issue("features.kind", f"{self.features.kind}, where data gives {self.data.output_kind}", " or ".join(fitting))
            )
        features = under("features", self.features.check(self.audio.rate, self.audio.samples))
        return found + (features or under("model", self.model.check(self.input_shape())))

    def notes(self) -> list[str]:
        """What fits together, but is hardly meant, a line each."""
        return self.features.notes(self.audio.rate)

    def as_dict(self) -> dict[str, Any]:
        """Every setting, defaults included, as plain values that read back to the same recipe."""
        data: dict[str, Any] = self.model_dump(mode="json")
        return data


def _checked(cls: type[Recipe], gathered: Gathered) -> Recipe:
    """Validate, and where that fails, go on with what is left, so that issues are reported with the rest."""
    tree, context = gathered.tree, gathered.scope.context()
    data = {"name": gathered.sources[0].stem, **tree.data}
    problems = list(gathered.problems)
    recipe: Recipe | None = None
    broken: list[KeyPath] = []
    try:
        recipe = cls.model_validate(data, context=context)
    except ValidationError as error:
        broken = [detail["loc"] for detail in error.errors()]
        recipe = _without(cls, data, broken, context)
        known = [loc for loc, _ in walk(recipe.as_dict())] if recipe else []
        problems += explain(error, tree, known, gathered.folders())
    if recipe is not None:
        written = Written(recipe, tree.data)
        sound = [issue for issue in recipe.check() if not any(_touches(written.at(issue[0]).loc, one) for one in broken)]
        problems += issue_problems(sound, tree, recipe)
        if max(len(loc) for loc, _ in walk(recipe.as_dict())) > MAX_DEPTH:  # what a run writes must be read again
            got = "It is nested too deeply, once each kind is written out."
            problems.append(Problem(str(gathered.sources[0]), got, f"At most {MAX_DEPTH} levels."))
    if problems or recipe is None:
        raise RecipeError(*sorted(dict.fromkeys(problems), key=_reading_order))
    return recipe


def _without(cls: type[Recipe], data: Any, broken: Sequence[KeyPath], context: dict[str, Any]) -> Recipe | None:
    """The recipe with its broken settings at their defaults, if that makes one."""
    for loc in broken:
        data = _with_stand_in(data, loc)
    try:
        return cls.model_validate(data, context=context)
    except ValidationError:
        return None


def _with_stand_in(data: Any, loc: KeyPath) -> Any:
    """``data`` with a stand-in for the value at ``place``, which may be missing; as it is where there is no such place."""
    if not loc:
        return STAND_IN
    first, rest = loc[0], loc[1:]
    if isinstance(data, Mapping) and (first in data or not rest):
        return {**data, first: _with_stand_in(data.get(first), rest)}
    if isinstance(data, list):
        return [_with_stand_in(item, rest) if i == first else item for i, item in enumerate(data)]
    return data if isinstance(data, Mapping) else STAND_IN  # a bare value, which stands for the mapping that it is broken in


def _touches(loc: KeyPath, broken: KeyPath) -> bool:
    """Whether one is inside the other: a stand-in may be what does not fit, alone or in what is made of it."""
    return all(a == b for a, b in zip(loc, broken, strict=False))


def _reading_order(problem: Problem) -> tuple[str, int]:
    """Problems of a file in the order of its lines."""
    source, _, line = problem.where.split("  ")[0].rpartition(":")
    return (source, int(line)) if line.isdecimal() else (problem.where, 0)

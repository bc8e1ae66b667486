"""Laying one recipe over another: bases, overlays and --set, with the origin of every value kept.

Maps merge. A changed ``kind`` replaces the map. A string beside a map is read as its kind. Lists replace, except ``plugins``,
which unite. ``--set a.1.b=value`` may point into a list.
"""

from collections.abc import Mapping
from typing import Any

from mixerkit.errors import Problem, RecipeError
from mixerkit.recipe.tree import Origin, Tree, read_scalar, walk
from mixerkit.spec import KeyPath


def lay_over(below: Tree, above: Tree) -> Tree:
    """``below`` with what ``above`` says differently."""
    merger = _Merger(below, above)
    return merger.tree(merger.merge(below.data, above.data, ()))


def apply_set(tree: Tree, assignment: str) -> Tree:
    """``tree`` with one ``key.path=value`` applied; the value is YAML.

    Raises:
        RecipeError: there is no "=", or the path points beside the places of a list.
    """
    source = f"--set {assignment}"
    key, equals, text = assignment.partition("=")
    steps = key.strip().split(".")
    if not equals or not all(steps):
        raise RecipeError(Problem(source, "It is not KEY=VALUE.", hint="Write, for example, --set runner.seed=1"))
    above = read_scalar(text, source)
    for step in reversed(steps):
        above = _Steps({step: above})
    merger = _Merger(tree, Tree({}), Origin(source))
    return merger.tree(merger.merge(tree.data, above, ()))


class _Steps(dict[str, Any]):
    """One step of a key path: a mapping that may point into a list, where another one would replace it."""


class _Merger:
    """Merges values, and collects the origins of all that comes from above.

    Args:
        below, above: the two trees, for their origins.
        only: the origin of everything above, where that is one place.
    """

    def __init__(self, below: Tree, above: Tree, only: Origin | None = None) -> None:
        self.below, self.above, self.only = below, above, only
        self.origins: dict[KeyPath, Origin] = {}
        self.replaced: list[KeyPath] = []

    def tree(self, data: Any) -> Tree:
        """The merged values with their origins: those from below hold where nothing from above has replaced them."""
        kept = {
            loc: origin
            for loc, origin in self.below.origins.items()
            if not any(loc[: len(gone)] == gone for gone in self.replaced)
        }
        return Tree(data, kept | self.origins)

    def merge(self, below: Any, above: Any, loc: KeyPath) -> Any:
        if isinstance(above, _Steps) and isinstance(below, list):
            return self._into_list(below, above, loc)
        if isinstance(above, Mapping) and isinstance(below, str):
            below = self._as_kind(below, loc, self.below.origin(loc))
        if isinstance(above, str) and isinstance(below, Mapping) and loc:
            above = self._as_kind(above, loc, self.only or self.above.origin(loc))
        if isinstance(above, Mapping) and isinstance(below, Mapping):
            kinds = below.get("kind"), above.get("kind")
            if None in kinds or kinds[0] == kinds[1]:
                return {**below, **{key: self._merge_key(below, key, value, loc) for key, value in above.items()}}
        if loc == ("plugins",) and isinstance(above, list) and isinstance(below, list):
            return self._unite(below, above)
        self.replaced.append(loc)
        self._take(above, loc)
        return above

    def _into_list(self, below: list[Any], above: "_Steps", loc: KeyPath) -> list[Any]:
        """The list with one of its items merged, at the position that the step says."""
        ((step, value),) = above.items()
        if not step.isdecimal() or int(step) >= len(below):
            expected = f"Its places are 0 to {len(below) - 1}." if below else "It is empty."
            where = ".".join(map(str, loc))
            raise RecipeError(Problem(str(self.only), f"{step!r} is no place in the list {where}.", expected))
        i = int(step)
        return [*below[:i], self.merge(below[i], value, (*loc, i)), *below[i + 1 :]]

    def _merge_key(self, below: Mapping[str, Any], key: str, value: Any, loc: KeyPath) -> Any:
        if key in below:
            return self.merge(below[key], value, (*loc, key))
        self._take(value, (*loc, key))
        return value

    def _as_kind(self, word: str, loc: KeyPath, origin: Origin | None) -> dict[str, str]:
        if origin is not None:
            self.origins[(*loc, "kind")] = origin
        return {"kind": word}

    def _unite(self, below: list[Any], above: list[Any]) -> list[Any]:
        united = list(below)
        for i, name in enumerate(above):
            if name not in united:
                origin = self.only or self.above.origin(("plugins", i))
                if origin is not None:
                    self.origins[("plugins", len(united))] = origin
                united.append(name)
        return united

    def _take(self, value: Any, loc: KeyPath) -> None:
        """Note where everything at and under ``loc`` comes from."""
        if self.only is None:
            found = self.above.origins.items()
            self.origins.update({known: origin for known, origin in found if known[: len(loc)] == loc})
        else:
            self.origins.update({inside: self.only for inside, _ in walk(value, loc)})

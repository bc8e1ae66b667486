"""Laying one recipe over another: bases, overlays and --set, with the origin of every value kept.

Maps merge. A changed ``kind`` replaces the map. A string beside a map is read as its kind. Lists replace, except ``plugins``,
which unite. ``--set a.1.b=value`` may point into a list.
"""

from collections.abc import Mapping, Sequence
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
    value = read_scalar(text, source)
    merger = _Merger(tree, Tree({}, {}), Origin(source))
    return merger.tree(merger.assign(tree.data, steps, value, ()))


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

    def assign(self, below: Any, steps: Sequence[str], value: Any, loc: KeyPath) -> Any:
        """``below`` with ``value`` merged in at ``steps``."""
        if not steps:
            return self.merge(below, value, loc)
        first, rest = steps[0], steps[1:]
        if isinstance(below, list):
            if not first.isdecimal() or int(first) >= len(below):
                expected = f"Its places are 0 to {len(below) - 1}." if below else "It is empty."
                where = ".".join(map(str, loc))
                raise RecipeError(Problem(str(self.only), f"{first!r} is no place in the list {where}.", expected))
            i = int(first)
            return [*below[:i], self.assign(below[i], rest, value, (*loc, i)), *below[i + 1 :]]
        if isinstance(below, str):
            below = self._as_kind(below, loc, self.below.origin(loc))
        inside = below if isinstance(below, Mapping) else {}
        if first == "kind" and not rest and inside.get("kind", value) != value:
            return self.merge(inside, {"kind": value}, loc)  # another kind: none of the old one's settings is kept
        if first not in inside:
            value = _nested(rest, value)
            self._take(value, (*loc, first))
            return {**inside, first: value}
        return {**inside, first: self.assign(inside[first], rest, value, (*loc, first))}

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
        """Note where everything at and under ``place`` comes from."""
        if self.only is None:
            found = self.above.origins.items()
            self.origins.update({known: origin for known, origin in found if known[: len(loc)] == loc})
        else:
            self.origins.update({inside: self.only for inside, _ in walk(value, loc)})


def _nested(steps: Sequence[str], value: Any) -> Any:
    """{a: {b: value}} for the steps a, b."""
    for step in reversed(steps):
        value = {step: value}
    return value

"""From pydantic's errors to letters: file, line, key, what came, what is allowed, the nearest word, what to do."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mixerkit.errors import Problem, did_you_mean, nearest, shorten
from mixerkit.recipe.tree import Location, Tree
from mixerkit.registry import installed, provider
from mixerkit.spec import Issue


def explain(error: ValidationError, tree: Tree, known_keys: Iterable[Location], folders: Sequence[Path]) -> list[Problem]:
    """One problem per mistake.

    Args:
        tree: what was validated, with its origins.
        known_keys: places of all keys that exist, to say where a key belongs that stands in the wrong group.
        folders: where plugin files may lie that provide an unknown kind.
    """
    elsewhere = list(known_keys)
    return [_problem(detail, tree, elsewhere, folders) for detail in error.errors(include_url=False)]


def issue_problems(issues: Iterable[Issue], tree: Tree) -> list[Problem]:
    """Problems of settings that are well formed but do not fit the shapes around them."""
    found = []
    for field, got, expected in issues:
        found.append(Problem(where(tree, issue_location(tree, field)), f"Does not fit: {got}.", f"Allowed: {expected}."))
    return found


def issue_location(tree: Tree, field: str) -> Location:
    """Where the field of a issue stands, as the user wrote it."""
    return existing(tree.data, tuple(int(step) if step.isdecimal() else step for step in field.split(".") if step))


def where(tree: Tree, loc: Location) -> str:
    """file:line  dotted.key"""
    return f"{tree.origin(loc) or 'recipe'}  {'.'.join(map(str, loc))}".rstrip()


def existing(data: Any, loc: Location) -> Location:
    """``place`` without the steps that the user never wrote: a sublayer's ``operator``, the ``kind`` of a bare string."""
    found: list[str | int] = []
    holder: Any = {}  # the mapping whose list ``data`` is an item of
    for before, step in zip((None, *loc), loc, strict=False):
        if step == "operator" and isinstance(before, int) and _is_bare(data, holder):
            continue
        in_map = isinstance(data, Mapping) and step in data
        in_list = isinstance(data, list) and isinstance(step, int) and step < len(data)
        if not (in_map or in_list) and step == "kind" and step != loc[-1]:
            continue
        holder = data if in_map else holder
        data = data[step] if in_map or in_list else None
        found.append(step)
    return tuple(found)


def _is_bare(item: Any, block: Any) -> bool:
    """Whether an item of a block is an operator without a sublayer around it; operators inside of operators never have one."""
    return (isinstance(item, str) or (isinstance(item, Mapping) and "kind" in item)) and "kind" not in block


def _problem(detail: ErrorDetails, tree: Tree, elsewhere: Sequence[Location], folders: Sequence[Path]) -> Problem:
    loc = existing(tree.data, detail["loc"])
    here = where(tree, loc)
    context = detail.get("ctx", {})
    word = str(loc[-1]) if loc else ""
    match detail["type"]:
        case "unknown_key":
            return Problem(here, f"Unknown key {word!r}.", _allowed_keys(word, context["expected"], loc, elsewhere))
        case "unknown_kind":
            kind, noun = str(context["kind"]), context["noun"]
            got, path = f"There is no {noun} of kind {kind!r}.", provider(kind, folders)
            if path is not None:
                return Problem(here, got, hint=what_to_add(path))
            return Problem(here, got, did_you_mean(kind, context["known"], "Known"), _installed())
        case "no_kind":
            got = f"This {context['noun']} does not say its kind."
            return Problem(here, got, f"Write kind: and one of {', '.join(context['known'])}.")
        case "no_mapping":
            noun = f"{context['a']} {context['noun']}"
            return Problem(here, f"Got: {shorten(detail['input'])}.", f"The name of {noun}, or a mapping with its kind.")
        case "missing":
            return Problem(here, f"The key {word!r} is missing.", hint="It has no default: write it.")
        case "literal_error":
            expected = [text.strip().strip("'") for text in str(context["expected"]).replace(" or ", ", ").split(",")]
            return Problem(here, f"Got: {shorten(detail['input'])}.", did_you_mean(str(detail["input"]), expected, "Allowed"))
        case _:
            rule = detail["msg"].removeprefix("Value error, ").replace("Input should be", "It should be", 1)
            return Problem(here, f"Got: {shorten(detail['input'])}.", rule.rstrip(".") + ".")


def _allowed_keys(word: str, expected: Sequence[str], loc: Location, elsewhere: Sequence[Location]) -> str:
    if nearest(word, expected) is None:
        homes = [".".join(map(str, known)) for known in elsewhere if known and known[-1] == word and known != loc]
        if homes:
            return f"Did you mean {homes[0]}? Allowed here: {', '.join(expected)}."
    return did_you_mean(word, expected, "Allowed here")


def what_to_add(path: Path) -> str:
    """How to use the plugin at ``path``."""
    return f"The plugin {path} provides it: add plugins: [{path.stem}] to the recipe, or --plugin {path.stem}."


def _installed() -> str:
    names = [entry.name for entry in installed()]
    return f"Installed plugins that the recipe could list: {', '.join(names)}." if names else ""

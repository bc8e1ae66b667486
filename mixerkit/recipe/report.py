"""From pydantic's errors to messages: file, line, key, what was got, what is expected, the nearest word, what to do."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mixerkit.errors import Problem, did_you_mean, nearest, shorten
from mixerkit.recipe.tree import Tree
from mixerkit.recipe.written import Written
from mixerkit.registry import installed, provider
from mixerkit.spec import Issue, KeyPath, Spec


def explain(error: ValidationError, tree: Tree, known_keys: Iterable[KeyPath], folders: Sequence[Path]) -> list[Problem]:
    """One problem per mistake.

    Args:
        tree: what was validated, with its origins.
        known_keys: places of all keys that exist, to say where a key belongs that stands in the wrong group.
        folders: where plugin files may lie that provide an unknown kind.
    """
    elsewhere = list(known_keys)
    return [_problem(detail, tree, elsewhere, folders) for detail in error.errors(include_url=False)]


def issue_problems(issues: Iterable[Issue], tree: Tree, spec: Spec) -> list[Problem]:
    """Problems of settings that are well formed but do not fit the shapes around them; ``spec`` was read from ``tree``."""
    written = Written(spec, tree.data)
    return [
        Problem(where(tree, written.at(field).loc), f"Does not fit: {got}.", f"Allowed: {expected}.")
        for field, got, expected in issues
    ]


def where(tree: Tree, loc: KeyPath) -> str:
    """file:line  dotted.key"""
    return f"{tree.origin(loc) or 'recipe'}  {'.'.join(map(str, loc))}".rstrip()


def _problem(detail: ErrorDetails, tree: Tree, elsewhere: Sequence[KeyPath], folders: Sequence[Path]) -> Problem:
    loc = detail["loc"]
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


def _allowed_keys(word: str, expected: Sequence[str], loc: KeyPath, elsewhere: Sequence[KeyPath]) -> str:
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

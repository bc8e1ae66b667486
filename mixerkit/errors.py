"""What a user can get wrong, one class per kind of mistake, each with its exit code.

An error message says where it happened, what was got, what is expected and what to do next.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

SURROGATE = re.compile("[\ud800-\udfff]")
"""How Python holds what is not UTF-8, half a character at a time; no file and no terminal takes it."""


def printable(text: str) -> str:
    """``text`` as it can be written and printed: bytes of a file's name that are not UTF-8 stand in it as \\xNN."""
    if text.isascii() or not SURROGATE.search(text):
        return text
    return SURROGATE.sub(lambda found: f"\\x{ord(found[0]) & 0xFF:02x}" if "\udc80" <= found[0] <= "\udcff" else "?", text)


@dataclass(frozen=True)
class Problem:
    """One paragraph of an error message. ``where`` is a location a user can go to: a file and line, a key, a clip."""

    where: str
    got: str
    expected: str = ""
    hint: str = ""

    def __str__(self) -> str:
        sentences = (self.got, self.expected, self.hint)
        return printable("\n".join([self.where, *(f"    {sentence}" for sentence in sentences if sentence)]))


class MixerkitError(Exception):
    """Base of every mistake that is not a bug of ours. ``exit_code`` is what the command line ends with."""

    exit_code = 1

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class RecipeError(MixerkitError):
    """A setting is unknown, misspelt, out of range, or does not fit the others."""

    exit_code = 2


class PluginError(RecipeError):
    """A plugin cannot be found, raises while it is imported, or brings a kind that exists already."""


class UsageError(MixerkitError):
    """The command or the call itself is wrong: a missing run, a folder that is in the way."""

    exit_code = 2


class DataError(MixerkitError):
    """The data on disk cannot be used: missing, unreadable, too few, in the wrong layout."""

    exit_code = 3


class DivergedError(MixerkitError):
    """The loss stopped being a finite number."""

    exit_code = 4


class OutOfMemoryError(MixerkitError):
    """The device has too little memory for this model and batch."""

    exit_code = 5


class Interrupted(MixerkitError):
    """A signal asked the process to stop. ``exit_code`` is 128 + the signal's number: 130, 143."""

    def __init__(self, signal_number: int, *problems: Problem) -> None:
        super().__init__(*problems)
        self.exit_code = 128 + signal_number


def shorten(value: object, most: int = 80) -> str:
    """``repr(value)`` on one line, of at most so many characters."""
    text = " ".join(line.strip() for line in repr(value).splitlines())
    return text if len(text) <= most else f"{text[: most - 3]}..."


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that ``word`` was most likely meant to be, or None: a wrong hint is worse than none."""
    folded = {name.lower().replace("_", "-"): name for name in known}
    close = get_close_matches(word.lower().replace("_", "-"), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def did_you_mean(word: str, known: Sequence[str], noun: str = "Known") -> str:
    """A hint of one sentence or two: the nearest known word, and all of them."""
    near = nearest(word, known)
    hint = f"Did you mean {near!r}? " if near is not None else ""
    return f"{hint}{noun}: {', '.join(known) if known else 'none'}."

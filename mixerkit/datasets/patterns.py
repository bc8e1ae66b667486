"""Regular expressions that a recipe brings, searched with a time limit: some patterns take longer than anybody waits.

Python's own ``re`` cannot be stopped while it backtracks; the ``regex`` library can.
"""

from functools import cache
from typing import Any

import regex

from mixerkit.errors import DataError, Problem

LIMIT_SECONDS = 2.0
"""For one search in one path. An ordinary pattern takes microseconds."""


def with_group(pattern: str) -> str:
    """``pattern``, if it can be read and has a pair of parentheses. Raises ValueError if not."""
    try:
        groups = _compiled(pattern).groups
    except (regex.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from error
    if groups < 1:
        raise ValueError('needs a pair of parentheses around what names the group, such as "_(speaker[0-9]+)_"')
    return pattern


@cache
def _compiled(pattern: str) -> Any:
    return regex.compile(pattern)


def first_group(pattern: str, text: str, where: str) -> str | None:
    """What the first parentheses of ``pattern`` hold where it first matches in ``text``; None: no match.

    Args:
        where: the setting that holds the pattern.

    Raises:
        DataError: the search takes longer than ``LIMIT_SECONDS``.
    """
    try:
        found: Any = _compiled(pattern).search(text, timeout=LIMIT_SECONDS)
    except TimeoutError as error:
        got = f"{pattern!r} searches for more than {LIMIT_SECONDS:g} s in {text!r}."
        hint = "A repetition inside a repetition, such as (a+)+, tries every way to divide the text: write a+."
        raise DataError(Problem(where, got, "A pattern that is searched at once.", hint)) from error
    return None if found is None else found.group(1)

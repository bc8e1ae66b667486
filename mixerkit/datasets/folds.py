"""How rows are divided: by fractions, or by folds, which are chosen by their names; and the names people give to splits."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BeforeValidator

from mixerkit.errors import DataError, Problem, did_you_mean

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, Split, Split] = ("train", "val", "test")

SPLIT_NAMES: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
}
UNCLEAR = ("eval", "evaluation")
"""The validation split to some, the test split to others."""
SHOWN = 40
"""Names of folds in a message."""
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?")


def is_split_name(name: str) -> bool:
    """Whether ``name`` is what people call a split, in any case."""
    return name.casefold() in (*SPLIT_NAMES, *UNCLEAR)


def split_named(name: str, where: str) -> Split | None:
    """The split that ``name`` means, in any case; None: it is empty. Raises DataError if it means none, or either of two."""
    folded = name.casefold()
    if not folded:
        return None
    if folded in UNCLEAR:
        got = f"{name!r} means the validation split to some and the test split to others."
        raise DataError(Problem(where, got, hint="Call it val or test."))
    if folded not in SPLIT_NAMES:
        raise DataError(Problem(where, f"The split is {name!r}.", did_you_mean(folded, list(SPLIT_NAMES), "Splits")))
    return SPLIT_NAMES[folded]


def fold_key(name: int | str) -> Fraction | str:
    """What folds are compared by: numbers as numbers, so that 1, "1.0" and "01" are one fold; other names as they are written."""
    text = str(name).strip()
    return Fraction(text.removesuffix(".")) if NUMBER.fullmatch(text) else text


def natural_order(name: int | str) -> tuple[bool, Fraction, tuple[str | int, ...], str]:
    """A key to sort names by: numbers by value, then other names, of which the numbers in them count: fold2 before fold10."""
    key = fold_key(name)
    if isinstance(key, Fraction):
        return False, key, (), str(name)
    parts = re.split(r"([0-9]+)", key.casefold())  # text, digits, text, ...
    return True, Fraction(0), tuple(int(part) if i % 2 else part for i, part in enumerate(parts)), str(name)


def _as_name(value: object) -> object:
    """YAML reads 1.0 as a number; as the name of a fold it is 1."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


FoldName = Annotated[int | str, BeforeValidator(_as_name)]
"""A fold as a recipe says it."""


@dataclass(frozen=True)
class Fractions:
    """Divide rows by fraction of clips, stratified by label, whole groups at a time.

    ``brought`` are the splits that rows bring themselves (None: rows that bring none). What they lack is taken from the rows
    without a split, or, where all have one, from those of training.
    """

    val: float = 0.1
    test: float = 0.1
    brought: frozenset[Split | None] = frozenset({None})

    def __str__(self) -> str:
        """The splits that rows bring, and what is taken for the others; "" where rows bring none."""
        own = [name for name in SPLITS if name in self.brought]
        if not own:
            return ""
        rest = "the rest" if None in self.brought else "train"
        fractions = {"val": self.val, "test": self.test}
        taken = [f", {name} {fraction:g} of {rest}" for name, fraction in fractions.items() if name not in own]
        return f"own {' and '.join(own) if taken else 'splits'}{''.join(taken)}"


@dataclass(frozen=True)
class Folds:
    """Divide rows by fold: one is tested, the next (the first after the last) validates, the others are trained on.

    Attributes:
        names: all folds in their order.
        fold: the one that is tested, as the recipe says it; None: the first.
        made: rows bring no fold; folds of these names are made, stratified, whole groups at a time.
    """

    names: tuple[str, ...]
    fold: int | str | None = None
    made: bool = False

    @classmethod
    def numbered(cls, count: int, fold: int | str | None, made: bool = False) -> "Folds":
        """Folds called 1 to ``count``."""
        return cls(tuple(str(number) for number in range(1, count + 1)), fold, made)

    @classmethod
    def found(cls, names: Iterable[str], fold: int | str | None) -> "Folds":
        """The folds that rows name, in natural order. Two spellings of one number are one fold."""
        by_key: dict[Fraction | str, str] = {}
        for name in sorted(set(names), key=natural_order):
            by_key.setdefault(fold_key(name), name)
        return cls(tuple(by_key.values()), fold)

    @property
    def tested(self) -> str | None:
        """The name of the fold that is tested; None if there is no fold of that name."""
        if self.fold is None:
            return self.names[0]
        return {fold_key(name): name for name in self.names}.get(fold_key(self.fold))

    @property
    def are_numbered(self) -> bool:
        """Whether they are called 1, 2, 3, ..."""
        return [fold_key(name) for name in self.names] == list(range(1, len(self.names) + 1))

    def __str__(self) -> str:
        """All names, or their range."""
        if self.are_numbered:
            return f"1 to {len(self.names)}"
        more = f" and {len(self.names) - SHOWN} more" if len(self.names) > SHOWN else ""
        return f"{', '.join(self.names[:SHOWN])}{more}"


Division = Fractions | Folds

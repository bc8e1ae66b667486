"""Laws: what an operator declares about its mixing. One line of definition each; mixerkit.testing tests them.

f is the operator's branch (no norm, no skip) in evaluation mode, x any grid [B, F, T, D].
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, order=True)
class Law:
    """One law. Compare and collect them: ``frozenset({Law.LINEAR, Law.local(1)})``."""

    name: str
    radius: int | None = None

    LINEAR: ClassVar["Law"]
    AFFINE: ClassVar["Law"]
    ZERO_PRESERVING: ClassVar["Law"]
    CONSTANT_PRESERVING: ClassVar["Law"]
    PERMUTATION: ClassVar["Law"]
    PARAMETER_FREE: ClassVar["Law"]
    TOKEN_WISE: ClassVar["Law"]
    CHANNEL_WISE: ClassVar["Law"]
    TOKEN_EQUIVARIANT: ClassVar["Law"]
    CHANNEL_EQUIVARIANT: ClassVar["Law"]
    FREQ_ROLL_EQUIVARIANT: ClassVar["Law"]
    TIME_ROLL_EQUIVARIANT: ClassVar["Law"]
    ANY_LENGTH: ClassVar["Law"]

    @staticmethod
    def local(radius: int) -> "Law":
        """No output place sees an input place more than ``radius`` rows or columns away."""
        return Law("local", radius)

    @property
    def is_known(self) -> bool:
        """Whether there is a law of this name, with a radius from 0 if it is that of locality, and else without one."""
        return self.name in MEANINGS and (self.radius is None) == (self.name != "local") and (self.radius or 0) >= 0

    @property
    def meaning(self) -> str:
        """The definition in one line."""
        return MEANINGS[self.name]

    def __str__(self) -> str:
        return self.name if self.radius is None else f"{self.name}({self.radius})"


MEANINGS = {
    "linear": "f(a x + b y) = a f(x) + b f(y)",
    "affine": "f(a x + (1 - a) y) = a f(x) + (1 - a) f(y)",
    "zero-preserving": "f(0) = 0",
    "constant-preserving": "the same token at every place gives the same token at every place",
    "permutation": "the values of a clip come out as they went in, bit for bit, in other places",
    "parameter-free": "there is nothing to learn",
    "token-wise": "no token sees another",
    "channel-wise": "no channel sees another",
    "token-equivariant": "tokens permuted before or after f: the same",
    "channel-equivariant": "channels permuted before or after f: the same",
    "freq-roll-equivariant": "rows rolled in a circle before or after f: the same",
    "time-roll-equivariant": "columns rolled in a circle before or after f: the same",
    "local": "no output place sees an input place more than radius rows or columns away",
    "any-length": "the same weights take a grid with another number of columns, where the settings fit it",
}

for _name in MEANINGS:
    if _name != "local":  # which needs a radius
        setattr(Law, _name.upper().replace("-", "_"), Law(_name))

IMPLIES = {
    Law.LINEAR: {Law.AFFINE, Law.ZERO_PRESERVING},
    Law.PERMUTATION: {Law.LINEAR},
    Law.TOKEN_WISE: {Law.local(0)},
    Law.TOKEN_EQUIVARIANT: {Law.CONSTANT_PRESERVING, Law.FREQ_ROLL_EQUIVARIANT, Law.TIME_ROLL_EQUIVARIANT},
}


def closure(laws: Iterable[Law]) -> frozenset[Law]:
    """The laws and all that follow from them."""
    known = frozenset(laws)
    wider = known.union(*(IMPLIES.get(law, set()) for law in known))
    if Law.local(0) in wider:
        wider |= {Law.TOKEN_WISE}
    return known if wider == known else closure(wider)


def laws_of_chain(parts: Iterable[frozenset[Law]]) -> frozenset[Law]:
    """The laws of operators run one after another: those that every part obeys; radii of locality add up."""
    return _shared(parts, sum)


def laws_of_branches(parts: Iterable[frozenset[Law]]) -> frozenset[Law]:
    """The laws that operators side by side have in common: those that every part obeys, and the widest radius of locality.

    What becomes of the branches then decides which of these hold for the whole: a sum of permutations is none.
    """
    return _shared(parts, max)


def _shared(parts: Iterable[frozenset[Law]], reach: Callable[[Iterable[int]], int]) -> frozenset[Law]:
    """The laws that all obey; where all have a radius of locality, ``reach`` of them is the radius of the whole."""
    closed = [closure(part) for part in parts]
    shared = frozenset.intersection(*closed)
    radii = [min((law.radius for law in part if law.radius is not None), default=None) for part in closed]
    known = [radius for radius in radii if radius is not None]
    local = frozenset({Law.local(reach(known))}) if len(known) == len(radii) else frozenset()
    return frozenset(law for law in shared if law.radius is None) | local

"""Settings beside the data they were read from, which may say the same in a shorter form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from mixerkit.spec import KeyPath, Spec

MISSING: Any = object()


@dataclass(frozen=True)
class Written:
    """A setting, and how it was written.

    Attributes:
        setting: a value of a validated spec.
        data: what it was read from; MISSING where nothing was written and it has its default.
        place: where that is in what was written.
    """

    setting: Any
    data: Any
    loc: KeyPath = ()

    def at(self, field: str) -> "Written":
        """A setting inside of this one; ``field`` is a dotted path, as issues have it."""
        steps = [int(step) if step.isdecimal() else step for step in field.split(".") if step]
        return reduce(Written.__getitem__, steps, self)

    def __getitem__(self, step: str | int) -> "Written":
        """A field of this setting, or an item of it."""
        setting = getattr(self.setting, str(step), None) if isinstance(self.setting, Spec) else _item(self.setting, step)
        if not isinstance(self.setting, Spec) or self.data is MISSING or not self.setting.is_bare(self.data):
            return Written(setting, _item(self.data, step), (*self.loc, step))
        data = self.data if step == self.setting.shorthand else MISSING
        return Written(setting, data, (*self.loc, *self.setting.as_written((step,), self.data)))


def _item(data: Any, step: str | int) -> Any:
    if isinstance(data, Mapping | Sequence) and not isinstance(data, str):
        try:
            return data[step]  # type: ignore[index]  # a word in a sequence, or a number out of it, is caught
        except (KeyError, IndexError, TypeError):
            return MISSING
    return MISSING

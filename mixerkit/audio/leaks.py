"""Does a test split hold what was trained on? A group in two splits, or the same file under two names."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from mixerkit.datasets import Clip, DatasetSpec
from mixerkit.errors import DataError, Problem

SHOWN = 5


@dataclass(frozen=True)
class Leak:
    """``clips`` that belong together and stand in several splits: one group, or one content."""

    what: Literal["group", "content"]
    name: str
    clips: tuple[Clip, ...]

    @property
    def splits(self) -> list[str]:
        """Where they stand."""
        return sorted({str(clip.split) for clip in self.clips})

    def __str__(self) -> str:
        if self.what == "group":
            return f"group {self.name!r} in {' and '.join(self.splits)} ({len(self.clips)} clips)"
        return " = ".join(f"{clip.path} ({clip.split})" for clip in self.clips[:3])


def find_leaks(clips: Sequence[Clip], digests: Sequence[str]) -> list[Leak]:
    """Every group and every content that stands in more than one split.

    Args:
        digests: of the clips' files, as fingerprint.digests says them.
    """
    groups = ((clip.group, clip) for clip in clips)
    return _in_two_splits("group", groups) + _in_two_splits("content", zip(digests, clips, strict=True))


def refuse_leaks(leaks: Sequence[Leak], data: DatasetSpec) -> list[str]:
    """Warnings, a line each, for what is known or allowed.

    Raises:
        DataError: there is a leak that is neither.
    """
    known = data.known_overlaps()
    unknown = [leak for leak in leaks if leak.what == "content" or leak.name not in known]
    by_what = {what: [leak for leak in leaks if leak.what == what] for what in ("group", "content")}
    titles = {"group": "groups stand in more than one split", "content": "recordings stand in more than one split, byte for byte"}
    lines = [f"{len(found)} {titles[what]}: {_some(found)}" for what, found in by_what.items() if found]
    if unknown and data.on_leak == "error":
        hint = "Mend the data, or say data.on_leak=warn and tell whoever reads the result."
        raise DataError(
            *(Problem("data", f"{line}.") for line in lines), Problem("data", "The test would not be fair.", "", hint)
        )
    return [f"{'leak' if unknown else 'known overlap'}: {line}" for line in lines]


def _some(leaks: Sequence[Leak]) -> str:
    more = f"; and {len(leaks) - SHOWN} more" if len(leaks) > SHOWN else ""
    return "; ".join(map(str, leaks[:SHOWN])) + more


def _in_two_splits(what: Literal["group", "content"], named: Iterable[tuple[str | None, Clip]]) -> list[Leak]:
    together: dict[str, list[Clip]] = defaultdict(list)
    for name, clip in named:
        if name is not None:
            together[name].append(clip)
    found = [Leak(what, name, tuple(clips)) for name, clips in together.items() if len({clip.split for clip in clips}) > 1]
    return sorted(found, key=lambda leak: leak.name)

"""Does a test split hold what was trained on? A group in two splits, or the same file under two names; or in two classes."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mixerkit.datasets import Clip, DatasetSpec
from mixerkit.errors import DataError, Problem

SHOWN = 5
TITLES = {
    "group": "groups stand in more than one split",
    "content": "recordings stand in more than one split, byte for byte",
    "label": "recordings have two classes, being the same byte for byte",
}


@dataclass(frozen=True)
class Leak:
    """``clips`` that belong together and stand in several splits: one group, or one content; or a content of several classes."""

    what: Literal["group", "content", "label"]
    name: str
    clips: tuple[Clip, ...]

    @property
    def splits(self) -> list[str]:
        """Where they stand."""
        return sorted({str(clip.split) for clip in self.clips})

    def __str__(self) -> str:
        if self.what == "group":
            return f"group {self.name!r} in {' and '.join(self.splits)} ({len(self.clips)} clips)"
        message = [
            (clip.name, ", ".join(clip.labels) or "no label" if self.what == "label" else clip.split) for clip in self.clips
        ]
        return " = ".join(f"{name} ({what})" for name, what in message[:3])


def find_leaks(clips: Sequence[Clip], digests: Sequence[str]) -> list[Leak]:
    """Every group and every content that stands in more than one split, and every content that has different labels.

    Args:
        digests: names of the clips' contents, as fingerprint.contents says them.
    """
    groups = _together((clip.group, clip) for clip in clips)
    contents = _together(zip(digests, clips, strict=True))
    return [
        *_unlike("group", groups, lambda clip: clip.split),
        *_unlike("content", contents, lambda clip: clip.split),
        *_unlike("label", contents, lambda clip: frozenset(clip.labels)),
    ]


def refuse_leaks(leaks: Sequence[Leak], data: DatasetSpec) -> list[str]:
    """Warnings, a line each, for what is known or allowed.

    Raises:
        DataError: there is a leak that is neither.
    """
    known = data.known_overlaps()
    unknown = [leak for leak in leaks if leak.what != "group" or leak.name not in known]
    by_what = {what: [leak for leak in leaks if leak.what == what] for what in TITLES}
    lines = [f"{len(found)} {TITLES[what]}: {_some(found)}" for what, found in by_what.items() if found]
    if unknown and data.on_leak == "error":
        torn = all(leak.what == "label" for leak in unknown)
        got = "One label at least is wrong." if torn else "The test would not be fair."
        hint = "Mend the data, or say data.on_leak=warn and report it with the result."
        raise DataError(*(Problem("data", f"{line}.") for line in lines), Problem("data", got, hint=hint))
    return [f"{'leak' if unknown else 'known overlap'}: {line}" for line in lines]


def _some(leaks: Sequence[Leak]) -> str:
    more = f"; and {len(leaks) - SHOWN} more" if len(leaks) > SHOWN else ""
    return "; ".join(map(str, leaks[:SHOWN])) + more


def _together(named: Iterable[tuple[str | None, Clip]]) -> dict[str, list[Clip]]:
    together: dict[str, list[Clip]] = defaultdict(list)
    for name, clip in named:
        if name is not None:
            together[name].append(clip)
    return together


def _unlike(
    what: Literal["group", "content", "label"], together: Mapping[str, Sequence[Clip]], of: Callable[[Clip], object]
) -> list[Leak]:
    """Those whose clips are not alike in ``of``, by name."""
    found = [Leak(what, name, tuple(clips)) for name, clips in together.items() if len({of(clip) for clip in clips}) > 1]
    return sorted(found, key=lambda leak: leak.name)

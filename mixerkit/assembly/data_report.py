"""What a scan found in the recordings of a recipe, for people: rows of text, a table of classes, and JSON."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any

from mixerkit.audio import FileFacts, Leak, Scan, Verdict, printed
from mixerkit.datasets import SPLITS, Clip, protocol
from mixerkit.errors import DataError, Problem, printable
from mixerkit.recipe import Recipe

SHOWN = 5
SHOWN_CLASSES = 40
SHOWN_GROUPS = 8
SHOWN_KINDS = 8
LONGER = 1.01
"""A recording counts as longer than audio.seconds from this factor on: a few milliseconds are no loss."""
CLIPPED = 1e-3
"""Share of samples at full scale from which a recording counts as clipped."""


@dataclass(frozen=True)
class DataReport:
    """What was found in the recordings of a recipe.

    Attributes:
        scan: the facts of every recording.
        verdict: what a training stops at, and what it says at its start.
        label_problems: labels that a training stops at before it decodes.
        notes: what the data set says of itself, such as what it left out and why.
    """

    recipe: Recipe
    scan: Scan
    verdict: Verdict
    label_problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    def refuse(self) -> None:
        """Raise DataError if training would stop at what was found."""
        problems = (*self.label_problems, *self.verdict.problems)
        if problems:
            raise DataError(*problems)

    def rows(self) -> list[tuple[str, str]]:
        """The report as (what, figures), a line each."""
        found, name = self.scan, self._name
        splits = Counter(str(clip.split) for clip in found.clips)
        twice = [" = ".join(map(name, group)) for group in found.duplicates()]
        torn = [" = ".join(f"{name(clip)} ({', '.join(clip.labels)})" for clip in leak.clips) for leak in self._leaks("label")]
        leaks = [f"group {leak.name}" for leak in self._leaks("group")]
        leaks += [" = ".join(f"{name(clip)} ({clip.split})" for clip in leak.clips) for leak in self._leaks("content")]
        rows = [
            ("protocol", protocol(self.recipe.data)),
            ("recordings", f"{len(found.files):,}: {', '.join(f'{splits[split]:,} {split}' for split in SPLITS)}"),
            *self._group_rows(),
            *self._form_rows(),
            *self._length_rows(),
            *self._level_rows(),
            ("silent, as trained on", _some([name(clip) for clip, fact in self._pairs if fact.silent])),
            ("cannot be used", _some([f"{name(clip)}: {fact.problem}" for clip, fact in self._pairs if fact.problem])),
            ("damaged after audio.seconds", _some([f"{name(clip)}: {fact.behind}" for clip, fact in self._pairs if fact.behind])),
            ("the same sound twice", _some(twice)),
            ("under different labels", _some(torn)),
            ("in two splits", _some(leaks)),
        ]
        return [(what, printable(text)) for what, text in (*rows, *(("note", note) for note in self.all_notes()))]

    def all_notes(self) -> list[str]:
        """What the data set and the verdict say, and what the front end says of its settings."""
        return [*self.recipe.notes(), *self.notes, *self.verdict.notes]

    def classes(self) -> list[tuple[str, ...]]:
        """The table of classes: recordings in each split, and minutes of sound; of many classes, the largest and the smallest."""
        table = self._by_class
        labels = sorted(table, key=lambda label: (-table[label]["recordings"], label))
        rows = [
            (label, *(f"{table[label][name]:,}" for name in SPLITS), f"{table[label]['seconds'] / 60:,.1f}") for label in labels
        ]
        if len(rows) > SHOWN_CLASSES:
            half = SHOWN_CLASSES // 2
            rows = [*rows[:half], (f"... {len(rows) - 2 * half:,} more classes", "", "", "", ""), *rows[-half:]]
        return [("class", *SPLITS, "minutes"), *rows]

    @cached_property
    def _by_class(self) -> dict[str, dict[str, float]]:
        table: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(("recordings", *SPLITS, "seconds"), 0))
        for clip, fact in self._pairs:
            for label in clip.labels:
                table[label]["recordings"] += 1
                table[label][str(clip.split)] += 1
                table[label]["seconds"] += fact.seconds
        return table

    @cached_property
    def _groups(self) -> dict[str, list[str]]:
        """Names of groups in every split."""
        found: dict[str, set[str]] = {name: set() for name in SPLITS}
        for clip in self.scan.clips:
            if clip.group is not None:
                found[str(clip.split)].add(clip.group)
        return {name: sorted(groups) for name, groups in found.items()}

    def _group_rows(self) -> list[tuple[str, str]]:
        groups = self._groups
        every = {name for names in groups.values() for name in names}
        if not every:
            return [("groups", "none are known, so it cannot be seen whether splits share speakers or sources")]
        shared = len(self._leaks("group"))
        alone = sum(clip.group is None for clip in self.scan.clips)
        overlap = f"{shared:,} of them in more than one split" if shared else "none of them in more than one split"
        without = f"; {alone:,} recordings are in none" if alone else ""
        counts = ", ".join(f"{len(names):,} {name}" for name, names in groups.items())
        heads = [(f"groups of {name}", _listed(names)) for name, names in groups.items() if name != "train"]
        return [("groups", f"{len(every):,}: {counts}; {overlap}{without}"), *heads]

    def _form_rows(self) -> list[tuple[str, str]]:
        found, rate = self.scan, self.recipe.audio.rate
        rates = Counter({f"{int(own):,} Hz": count for own, count in found.rates().items()})
        others = sum(count for own, count in found.rates().items() if int(own) != rate)
        made = f"; {others:,} are resampled to {rate:,} Hz" if others else ""
        names = {"1": "mono", "2": "stereo"}
        channels = Counter({names.get(own, f"{own} channels"): count for own, count in found.channels().items()})
        mixed = f"; trained on: {self.recipe.audio.channels}" if set(found.channels()) - {"1"} else ""
        return [
            ("rates", _counts(rates) + made),
            ("channels", _counts(channels) + mixed),
            ("written as", _counts(found.subtypes())),
        ]

    def _length_rows(self) -> list[tuple[str, str]]:
        seconds, audio = sorted(self.scan.seconds()), self.recipe.audio
        if not seconds:
            return []
        longer = sum(length > LONGER * audio.seconds for length in seconds)
        spread = f"{seconds[0]:.2f} to {seconds[-1]:.2f} s, median {median(seconds):.2f} s, {sum(seconds) / 3600:.2f} h in all"
        lost = f"{_percent(self.scan.beyond(audio.seconds))} of all sound is after {audio.seconds:g} s"
        return [("lengths", spread), ("longer than audio.seconds", f"{longer:,} of {len(seconds):,}; {lost}; crop: {audio.crop}")]

    def _level_rows(self) -> list[tuple[str, str]]:
        good = [(clip, fact) for clip, fact in self._pairs if not fact.problem]
        levels = sorted(fact.rms_db for _, fact in good if not fact.silent)
        if not levels:
            return []
        clipped = [(fact.clipped_fraction, self._name(clip)) for clip, fact in good if fact.clipped_fraction >= CLIPPED]
        most = max(clipped, default=(0.0, ""))
        fraction = f"{len(clipped):,} of {len(good):,}, most in {most[1]}: {_percent(most[0])} of its samples at full scale"
        return [
            ("levels", f"{levels[0]:.0f} to {levels[-1]:.0f} dB RMS, median {median(levels):.0f} dB"),
            ("clipped", fraction if clipped else "none"),
        ]

    def _leaks(self, what: str) -> list[Leak]:
        return [leak for leak in self.verdict.leaks if leak.what == what]

    @property
    def _pairs(self) -> list[tuple[Clip, FileFacts]]:
        return list(zip(self.scan.clips, self.scan.files, strict=True))

    def _name(self, clip: Clip) -> str:
        """From the data's folder, with the stretch where it is one."""
        return clip.name.replace(str(clip.path), printed(clip.path, self._home), 1)

    @cached_property
    def _home(self) -> Path | None:
        return self.recipe.data.home()

    def title(self) -> str:
        """Two lines over the plots: the protocol, and the groups."""
        return f"{protocol(self.recipe.data)}\n{dict(self._group_rows())['groups'].replace(': ', ' groups: ', 1)}"

    def facts(self) -> dict[str, Any]:
        """Everything but the recordings one by one, as JSON can hold it. Paths below the data's folder are relative to it."""
        home, found = self._home, self.scan

        def paths(clips: Sequence[Clip | FileFacts]) -> list[str]:
            return [printed(clip.path, home) for clip in clips]

        seconds = found.seconds()
        spread = {"shortest": min(seconds), "median": median(seconds), "longest": max(seconds)} if seconds else {}
        window = self.recipe.audio.seconds
        return {
            "protocol": protocol(self.recipe.data),
            "recordings": len(found.files),
            "by_split": dict(Counter(str(clip.split) for clip in found.clips)),
            "classes": dict(self._by_class),
            "groups": self._groups,
            "seconds": {"total": sum(seconds), **spread, "window": window, "share_behind_window": found.beyond(window)},
            "rates": dict(found.rates()),
            "channels": dict(found.channels()),
            "subtypes": dict(found.subtypes()),
            "bad": [{"path": printed(fact.path, home), "problem": fact.problem} for fact in found.bad()],
            "silent": paths(found.silent()),
            "clipped": paths([fact for fact in found.good() if fact.clipped_fraction >= CLIPPED]),
            "duplicates": [paths(group) for group in found.duplicates()],
            "under_different_labels": [paths(leak.clips) for leak in self._leaks("label")],
            "in_two_splits": [paths(leak.clips) for leak in self._leaks("content")],
            "groups_in_two_splits": [leak.name for leak in self._leaks("group")],
            "notes": [printable(note) for note in self.all_notes()],
            "stops_training": [str(problem) for problem in (*self.label_problems, *self.verdict.problems)],
        }

    def write_json(self, path: Path) -> None:
        """All facts, and the recordings one by one, a line each: a hundred thousand of them are never in memory at once."""
        with path.open("w", encoding="utf-8") as file:
            file.write(json.dumps(self.facts(), indent=2, ensure_ascii=False).removesuffix("\n}") + ',\n  "files": [')
            for i, row in enumerate(self.scan.rows(self._home)):
                file.write(f"{',' if i else ''}\n    {json.dumps(row, ensure_ascii=False)}")
            file.write("\n  ]\n}\n")


def collected(check: Callable[[], None]) -> tuple[Problem, ...]:
    """The problems that ``check`` raises."""
    try:
        check()
    except DataError as error:
        return error.problems
    return ()


def _counts(counts: Counter[str]) -> str:
    """all mono; 31 dog, 30 cat; of many kinds, how many and the extremes."""
    most = counts.most_common()
    if len(most) == 1:
        return f"all {most[0][0]}"
    if len(most) <= SHOWN_KINDS:
        return ", ".join(f"{count:,} {name}" for name, count in most)
    return f"{len(most)} kinds, from {most[0][1]:,} {most[0][0]} to {most[-1][1]:,} {most[-1][0]}"


def _some(lines: Sequence[str]) -> str:
    if not lines:
        return "none"
    more = f"; and {len(lines) - SHOWN:,} more" if len(lines) > SHOWN else ""
    return f"{len(lines):,}: {'; '.join(lines[:SHOWN])}{more}"


def _listed(names: Sequence[str]) -> str:
    more = f", and {len(names) - SHOWN_GROUPS:,} more" if len(names) > SHOWN_GROUPS else ""
    return ", ".join(names[:SHOWN_GROUPS]) + more


def _percent(fraction: float) -> str:
    """12 %, 3.4 %; <0.1 % of what is little, but something."""
    return "<0.1 %" if 0.0 < fraction < 0.001 else f"{100 * fraction:.2g} %"

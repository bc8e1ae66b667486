"""What training stops at, and what it says at its start: decided here, for ``mixerkit train`` and ``data check`` alike."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from mixerkit.audio.containers import BadAudio
from mixerkit.audio.decode import Channels, decode_all
from mixerkit.audio.leaks import Leak, find_leaks, refuse_leaks
from mixerkit.audio.spec import AudioSpec
from mixerkit.audio.split import refuse_gaps
from mixerkit.audio.waves import SILENCE
from mixerkit.datasets import Clip, DatasetSpec, cache_folder
from mixerkit.errors import DataError, Problem

SHOWN_BAD = 12
SHOWN = 5
TRIED = 3
"""Silent recordings that are read again, to find a setting with which they are heard."""
SAID_BEYOND = 1e-3
"""Share of a recording's samples beyond full scale from which it is counted: single overshoots are not heard."""


class Found(NamedTuple):
    """What decoding or a scan found of one clip.

    Attributes:
        content: the name of what it holds; the same name, the same samples.
        problem: why it cannot be used; "" if it can.
        peak: largest magnitude of what is trained on of it; 1 is full scale.
        beyond: share of those samples that go beyond full scale.
    """

    content: str
    problem: str = ""
    peak: float = 1.0
    beyond: float = 0.0

    @property
    def silent(self) -> bool:
        """Usable, and without a sound."""
        return not self.problem and self.peak < SILENCE


@dataclass(frozen=True)
class Verdict:
    """What training stops at, and what it says before it begins, a line each.

    ``leaks`` are groups and contents that stand in several splits, and contents under different labels.
    """

    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    leaks: tuple[Leak, ...] = ()

    def refuse(self) -> None:
        """Raise DataError if there is anything to stop at."""
        if self.problems:
            raise DataError(*self.problems)


def assess(clips: Sequence[Clip], found: Sequence[Found], data: DatasetSpec, audio: AudioSpec, shortest: int) -> Verdict:
    """Everything that is wrong with divided clips, at once.

    Args:
        found: what was found of each clip.
        shortest: samples below which a recording gives no frame.
    """
    pairs = [(clip, one) for clip, one in zip(clips, found, strict=True) if not one.problem]
    unusable = assess_unusable(clips, found, audio)
    problems, notes = list(unusable.problems), list(unusable.notes)
    silent = {clip for clip, one in pairs if one.silent}
    leaks = find_leaks([clip for clip, _ in pairs], [one.content for _, one in pairs])
    leaks = [leak for leak in leaks if leak.what == "group" or not silent.issuperset(leak.clips)]  # silence is all alike

    def no_gaps() -> list[str]:  # what cannot be used may leave one
        refuse_gaps([clip for clip, _ in pairs], {label for clip in clips for label in clip.labels})
        return []

    for check in (partial(refuse_leaks, leaks, data), partial(_assess_silence, pairs, audio, shortest), no_gaps):
        try:
            notes += check()
        except DataError as error:
            problems += error.problems
    return Verdict(tuple(problems), (*notes, *_beyond(pairs)), tuple(leaks))


def assess_unusable(clips: Sequence[Clip], found: Sequence[Found], audio: AudioSpec) -> Verdict:
    """Of recordings that cannot be used: audio.on_bad_audio says whether to stop at them, or to say which are left out."""
    bad = [(clip, one.problem) for clip, one in zip(clips, found, strict=True) if one.problem]
    if not bad or (audio.on_bad_audio == "skip" and len(bad) <= audio.max_bad_fraction * len(clips)):
        notes = [f"left out: {clip.name}: This recording cannot be used: {problem}." for clip, problem in bad[:SHOWN_BAD]]
        if len(bad) > SHOWN_BAD:
            notes.append(f"left out: {len(bad) - SHOWN_BAD} more recordings that cannot be used")
        return Verdict(notes=tuple(notes))
    hint = "Mend or remove them, or leave them out with --set audio.on_bad_audio=skip"
    if audio.on_bad_audio == "skip":
        hint = f"That is more than audio.max_bad_fraction, {audio.max_bad_fraction:g}: mend or remove them"
    made = cache_folder()
    if any(clip.path.is_relative_to(made) for clip, _ in bad):
        hint = f"The package made them: delete {made}, and it makes them again"
    more = f", {len(bad) - SHOWN_BAD} more not shown" if len(bad) > SHOWN_BAD else ""
    got = f"{len(bad)} of {len(clips)} recordings cannot be used{more}."
    shown = [Problem(clip.name, f"This recording cannot be used: {problem}.") for clip, problem in bad[:SHOWN_BAD]]
    return Verdict((*shown, Problem("audio", got, hint=f"{hint}.")))


def _assess_silence(pairs: Sequence[tuple[Clip, Found]], audio: AudioSpec, shortest: int) -> list[str]:
    """A line on silent recordings. Raises DataError if all are, or all of a class that are trained on."""
    silent = [clip for clip, one in pairs if one.silent]
    if not silent:
        return []
    trained = Counter(label for clip, _ in pairs if clip.split == "train" for label in clip.labels)
    mute = Counter(label for clip in silent if clip.split == "train" for label in clip.labels)
    classes = sorted(label for label, count in mute.items() if count == trained[label])
    line = f"{len(silent)} of {len(pairs)} recordings are silent, as they are trained on: {_some([clip.name for clip in silent])}"
    if audio.on_silence == "warn" or not (classes or len(silent) == len(pairs)):
        return [f"silence: {line}"]
    names = f"{', '.join(classes[:SHOWN])}{f' and {len(classes) - SHOWN} more' if len(classes) > SHOWN else ''}"
    what = (
        "All recordings are silent." if len(silent) == len(pairs) else f"All that is trained on of the class {names} is silent."
    )
    meant = "If silence is meant, as the class of no sound, say audio.on_silence=warn."
    raise DataError(Problem("audio", f"{what} {line}.", "", f"{_heard_with(silent, audio, shortest)} {meant}"))


def _heard_with(silent: Sequence[Clip], audio: AudioSpec, shortest: int) -> str:
    """The setting with which a silent recording is heard, if there is one."""
    other: Channels = "first" if audio.channels == "mean" else "mean"
    ways: list[tuple[Channels, int | None, str]] = [
        (other, audio.kept, f"They are heard with --set audio.channels={other}."),
        (audio.channels, None, "They begin with silence: --set audio.crop=random looks elsewhere, or make audio.seconds longer."),
    ]
    for clip in silent[:TRIED]:
        for channels, samples, hint in ways:
            try:
                found = decode_all(clip.path, audio.rate, samples, shortest, channels, clip.start, clip.end)
            except BadAudio:
                continue
            if found.peak >= SILENCE:
                return hint
    return "They hold no sound: mend or remove them."


def _beyond(pairs: Sequence[tuple[Clip, Found]]) -> list[str]:
    """A line on recordings that are too loud for 16 bits."""
    loud = [(clip, one) for clip, one in pairs if one.beyond >= SAID_BEYOND]
    if not loud:
        return []
    worst = max(loud, key=lambda pair: pair[1].beyond)
    most = f"most in {worst[0].name}: {100 * worst[1].beyond:.2g} % of its samples, its peak is {worst[1].peak:.2f}"
    return [f"beyond full scale: {len(loud)} of {len(pairs)} recordings, cut off there when they are kept in 16 bits; {most}"]


def _some(names: Sequence[str]) -> str:
    more = f"; and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return "; ".join(names[:SHOWN]) + more

"""Who is trained on, who validates, who is tested: decided once, and seeded.

One rule serves shares and folds. Groups are taken in an order drawn from the seed, largest first, and each goes where its
labels are most wanted: so parts are stratified, groups stay whole, and the same seed gives the same parts anywhere.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from mixerkit.datasets import SPLITS, Clip, DatasetSpec, Division, Folds, Fractions, Split
from mixerkit.errors import DataError, Problem


def divide(data: DatasetSpec) -> list[Clip]:
    """The clips of a data set, each with a split, by its own protocol or anew into ``data.folds``.

    Raises:
        DataError: the data cannot be read, a split would be empty, or a class could not be trained on.
    """
    clips = data.clips()
    if data.folds is not None:
        clips = [replace(clip, split=None, fold=None) for clip in clips]
    return split(clips, data.chosen_division(), data.seed)


def split(clips: Sequence[Clip], division: Division, seed: int) -> list[Clip]:
    """The same clips, each with a split.

    Clips that bring their split keep it. The others are divided as ``division`` says.

    Raises:
        DataError: a split would be empty, or a class could not be trained on.
    """
    if all(clip.split is not None for clip in clips):
        done = list(clips)
    elif isinstance(division, Folds):
        done = _by_folds(clips, division, seed)
    else:
        done = _by_fractions(clips, division, seed)
    refuse_gaps(done, {label for clip in done for label in clip.labels})
    return done


def _by_fractions(clips: Sequence[Clip], fractions: Fractions, seed: int) -> list[Clip]:
    """Clips without a split go to the splits that no clip brings, those of a group that has a split to that one."""
    settled: dict[str | None, Split] = {
        clip.group: clip.split for clip in clips if clip.split is not None and clip.group is not None
    }
    clips = [replace(clip, split=clip.split or settled.get(clip.group)) for clip in clips]
    brought = {clip.split for clip in clips}
    weights = dict(zip(SPLITS, (1.0 - fractions.val - fractions.test, fractions.val, fractions.test), strict=True))
    open_splits = [name for name in SPLITS if name == "train" or (name not in brought and weights[name] > 0.0)]
    free = [clip for clip in clips if clip.split is None]
    total = sum(weights[name] for name in open_splits)
    parts = iter(distribute(free, [weights[name] / total for name in open_splits], seed))
    return [clip if clip.split is not None else replace(clip, split=open_splits[next(parts)]) for clip in clips]


def _by_folds(clips: Sequence[Clip], folds: Folds, seed: int) -> list[Clip]:
    if folds.names:
        number: dict[str | None, int] = {name: i for i, name in enumerate(folds.names)}
        parts = [number.get(clip.fold, -1) for clip in clips]
        if -1 in parts:
            clip = clips[parts.index(-1)]
            expected = f"One of {', '.join(folds.names)}."
            raise DataError(Problem(str(clip.path), f"It is in fold {clip.fold!r}.", expected))
    else:
        parts = distribute(clips, [1.0 / folds.count] * folds.count, seed)
    test = folds.test - 1
    val = (test + 1) % folds.count
    names: dict[int, Split] = {test: "test", val: "val"}
    return [
        replace(clip, split=names.get(part, "train"), fold=clip.fold or str(part + 1))
        for clip, part in zip(clips, parts, strict=True)
    ]


def distribute(clips: Sequence[Clip], weights: Sequence[float], seed: int) -> list[int]:
    """For each clip the part it goes to: parts hold about ``weights`` of every label, and groups whole.

    A group goes to the part where its labels are furthest below what the part should hold of them; among equals, to the emptiest.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for i, clip in enumerate(clips):
        groups[f"group {clip.group}" if clip.group is not None else f"clip {clip.path.as_posix()}"].append(i)
    total = Counter(label for clip in clips for label in clip.labels)
    held: list[Counter[str]] = [Counter() for _ in weights]
    parts = [0] * len(clips)
    names = _names_without_root(clips)
    order = sorted(groups.values(), key=lambda members: (-len(members), _draw(seed, names[members[0]]), names[members[0]]))
    for members in order:
        labels = Counter(label for i in members for label in clips[i].labels)

        def want(part: int, labels: Counter[str] = labels) -> tuple[float, float]:
            gaps = [
                count * (1.0 - (held[part][label] + count / 2) / (weights[part] * total[label]))
                for label, count in labels.items()
            ]
            return sum(gaps), -sum(held[part].values()) / weights[part]

        best = max(range(len(weights)), key=want)
        held[best].update(labels)
        for i in members:
            parts[i] = best
    return parts


def _names_without_root(clips: Sequence[Clip]) -> list[str]:
    """Each clip's path from the folder they all share, so that moving the data does not move a clip to another split."""
    paths = [clip.path.as_posix().split("/") for clip in clips]
    first, last = min(paths), max(paths)
    shared = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), 0)
    return ["/".join(path[shared:]) for path in paths]


def _draw(seed: int, name: str) -> str:
    """A random-looking key that depends on seed and name alone, not on the order in which files are listed."""
    return hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()


def refuse_gaps(clips: Sequence[Clip], labels: Iterable[str]) -> None:
    """Raise DataError if a split is empty, or one of ``labels`` has no clip to train on."""
    counts = {name: Counter(label for clip in clips if clip.split == name for label in clip.labels) for name in SPLITS}
    empty = [name for name, count in counts.items() if not count]
    if empty:
        got = f"No clip is left for {' and '.join(empty)} ({len(clips)} clips in all)."
        hint = "More recordings, more groups, or other shares: data.val and data.test."
        raise DataError(Problem("data", got, hint=hint))
    untrained = sorted(set(labels) - set(counts["train"]))
    if untrained:
        got = f"No clip to train on for {', '.join(untrained)}."
        raise DataError(
            Problem("data", got, hint="Each class needs clips in the training split: more groups, or smaller shares.")
        )

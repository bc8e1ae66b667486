"""Who is trained on, who validates, who is tested: decided once, and seeded.

One rule serves shares and folds. Groups are taken in an order drawn from the seed, largest first, and each goes where its
labels are most wanted: so parts are stratified, groups stay whole, and the same seed gives the same parts anywhere.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from mixerkit.datasets import SPLITS, Clip, DatasetSpec, Division, Folds, Fractions, Split, fold_key, label_notes
from mixerkit.errors import DataError, Problem, did_you_mean, printable


def divide(data: DatasetSpec, say: Callable[[str], None] = lambda note: None) -> list[Clip]:
    """The clips of a data set, each with a split, by its own protocol or anew into ``data.folds``.

    Args:
        say: takes what a user should know about the rows, line by line.

    Raises:
        DataError: the data cannot be read, a split would be empty, or a class could not be trained on.
    """
    clips = data.clips()
    for note in data.notes(clips):
        say(note)
    clips = [_readable(clip) for clip in clips]
    if data.classes is not None:
        clips = _chosen(clips, data.classes, say)
    for note in label_notes(label for clip in clips for label in clip.labels):
        say(note)
    if data.folds is not None:
        if any(clip.split or clip.fold for clip in clips):
            say(f"the data's own splits and folds are not used: data.folds={data.folds} divides anew")
        clips = [replace(clip, split=None, fold=None) for clip in clips]
    return split(clips, data.chosen_division(), data.seed)


def _readable(clip: Clip) -> Clip:
    """Labels, group and fold as they can be written; paths stay as the system has them."""
    names = (clip.label, *clip.extra_labels, clip.group or "", clip.fold or "")
    if all(printable(name) is name for name in names):
        return clip
    label, *extra_labels = (printable(name) for name in (clip.label, *clip.extra_labels))
    group, fold = (name and printable(name) for name in (clip.group, clip.fold))
    return replace(clip, label=label, extra_labels=tuple(extra_labels), group=group, fold=fold)


def _chosen(clips: Sequence[Clip], classes: Sequence[str], say: Callable[[str], None]) -> list[Clip]:
    """Clips of ``classes``, without their other labels; clips without any label stay."""
    known = sorted({label for clip in clips for label in clip.labels})
    unknown = [name for name in classes if name not in known]
    if unknown:
        raise DataError(Problem("data.classes", f"No recording is of class {unknown[0]!r}.", did_you_mean(unknown[0], known)))
    kept = []
    for clip in clips:
        labels = [label for label in clip.labels if label in classes] or [""]
        if labels != [""] or not clip.labels:
            kept.append(replace(clip, label=labels[0], extra_labels=tuple(labels[1:])))
    say(f"{len(classes)} of {len(known)} classes are chosen: {len(clips) - len(kept):,} of {len(clips):,} rows are left out")
    return kept


def split(clips: Sequence[Clip], division: Division, seed: int) -> list[Clip]:
    """The same clips, each with a split.

    Divided by fraction, clips that bring their split keep it; what no clip brings is taken from the others, or from training.

    Raises:
        DataError: a split would be empty, or a class could not be trained on.
    """
    done = _by_folds(clips, division, seed) if isinstance(division, Folds) else _by_fractions(clips, division, seed)
    refuse_gaps(done, {label for clip in done for label in clip.labels})
    return done


def _by_fractions(clips: Sequence[Clip], fractions: Fractions, seed: int) -> list[Clip]:
    """Splits that no clip brings get their fraction of the clips without a split or, where all have one, of those of training.

    Clips without a split whose group has one go there too.
    """
    brought = {clip.split for clip in clips}
    settled = {clip.group: clip.split for clip in clips if clip.split and clip.group}
    clips = [replace(clip, split=clip.split or settled.get(clip.group or "")) for clip in clips]
    asked: dict[Split, float] = {"val": fractions.val, "test": fractions.test}
    wanted: dict[Split, float] = {name: part for name, part in asked.items() if name not in brought and part > 0.0}
    divided = [i for i, clip in enumerate(clips) if clip.split is None]
    if wanted and not divided:
        divided = [i for i, clip in enumerate(clips) if clip.split == "train"]
    if wanted and not divided:
        into = " and ".join(name for name in SPLITS if name in brought)
        got = f"All {len(clips):,} clips are in {into}, by their own split or that of their group: none is left for training."
        raise DataError(Problem("data", got, hint="Groups and splits say so: change one of them, or leave one out."))
    names: list[Split] = ["train", *wanted]
    parts = distribute([clips[i] for i in divided], [1.0 - sum(wanted.values()), *wanted.values()], seed)
    for i, part in zip(divided, parts, strict=True):
        clips[i] = replace(clips[i], split=names[part])
    return clips


def _by_folds(clips: Sequence[Clip], folds: Folds, seed: int) -> list[Clip]:
    count = len(folds.names)
    number = {fold_key(name): i for i, name in enumerate(folds.names)}
    if count < 3:
        expected = "Three folds at least: one is tested, one validates, one is trained on."
        got = f"There are {count} folds: {folds}."
        hint = "Divide anew with data.folds=3, or leave the folds out (table: data.columns.fold=null)."
        raise DataError(Problem("data", got, expected, hint))
    if folds.tested is None:
        raise DataError(Problem("data.fold", f"There is no fold {folds.fold!r}.", f"Folds: {folds}."))
    test = number[fold_key(folds.tested)]
    if folds.made:
        parts = distribute(clips, [1.0 / count] * count, seed)
        clips = [replace(clip, fold=folds.names[part]) for clip, part in zip(clips, parts, strict=True)]
    else:
        parts = [number.get(fold_key(clip.fold or ""), -1) for clip in clips]
    if -1 in parts:
        clip = clips[parts.index(-1)]
        got = "It is in no fold." if clip.fold is None else f"It is in fold {clip.fold!r}."
        more = f" {parts.count(-1)} of {len(clips)} recordings are in none of the folds." if parts.count(-1) > 1 else ""
        raise DataError(Problem(clip.name, f"{got}{more}", f"One of {folds}.", "Or divide anew: data.folds=5."))
    names: dict[int, Split] = {(test + 1) % count: "val", test: "test"}
    return [replace(clip, split=names.get(part, "train")) for clip, part in zip(clips, parts, strict=True)]


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
    if not clips:
        return []
    paths = [clip.path.as_posix().split("/") for clip in clips]
    first, last = min(paths), max(paths)
    shared = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), 0)
    return ["/".join(path[shared:]) for path in paths]


def _draw(seed: int, name: str) -> str:
    """A random-looking key that depends on seed and name alone, not on the order in which files are listed."""
    return hashlib.sha256(f"{seed}:{name}".encode("utf-8", "surrogatepass")).hexdigest()  # names need not be UTF-8


def refuse_gaps(clips: Sequence[Clip], labels: Iterable[str]) -> None:
    """Raise DataError if a split is empty, or one of ``labels`` has no clip to train on."""
    counts = Counter(clip.split for clip in clips)
    empty = [name for name in SPLITS if not counts[name]]
    by_fold = any(clip.fold for clip in clips)
    if empty:
        got = f"No clip is left for {' and '.join(empty)} ({len(clips)} clips in all)."
        hint = "More recordings, more groups, or other fractions: data.val_fraction and data.test_fraction."
        if by_fold:
            hint = "More recordings or groups, another fold, or other folds: data.folds=3."
        raise DataError(Problem("data", got, hint=hint))
    untrained = sorted(set(labels) - {label for clip in clips if clip.split == "train" for label in clip.labels})
    if untrained:
        got = f"No clip to train on for {', '.join(untrained)}."
        how = "another fold" if by_fold else "smaller fractions"
        hint = f"Each class needs clips in the training split: more groups, {how}, or only the other classes: data.classes."
        raise DataError(Problem("data", got, hint=hint))

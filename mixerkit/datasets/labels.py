"""Labels that look like a mistake: reported at the start, since only their owner knows whether they are one."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable

from mixerkit.datasets.folds import NUMBER
from mixerkit.datasets.walk import some

SEPARATORS = ";|,/+&"
MISSING = frozenset(("nan", "null", "n/a", "#n/a", "<na>"))


def label_notes(labels: Iterable[str]) -> list[str]:
    """What is odd about ``labels``, those of all rows, a line each."""
    counts = Counter(labels)
    return [*_twins(counts), *_missing(counts), *_numbers(counts)]


def combined_labels(labels: Iterable[str]) -> str:
    """The separator that stands inside of some labels whose parts are labels too; "" if there is none."""
    known = set(labels)
    for separator in SEPARATORS:
        if any(separator in label and known & {part.strip() for part in label.split(separator)} for label in known):
            return separator
    return ""


def _twins(counts: Counter[str]) -> list[str]:
    """Dog and dog, a character with its accent and a character followed by it, 1 and 1.0."""
    alike: dict[str, list[str]] = defaultdict(list)
    for label in sorted(counts):
        alike[_folded(label)].append(label)
    twins = [" and ".join(f"{label!a} ({counts[label]:,})" for label in found) for found in alike.values() if len(found) > 1]
    what = "labels that differ in little more than case, spaces or encoding are different classes"
    return [f"{what}: {some(twins)}"] if twins else []


def _folded(label: str) -> str:
    if NUMBER.fullmatch(label):
        return str(float(label))
    return " ".join(unicodedata.normalize("NFKC", label).casefold().replace("_", " ").replace("-", " ").split())


def _missing(counts: Counter[str]) -> list[str]:
    found = [f"{label!r} ({counts[label]:,})" for label in sorted(counts) if label.casefold() in MISSING]
    return [f"labels that look like missing values are classes: {', '.join(found)}"] if found else []


def _numbers(counts: Counter[str]) -> list[str]:
    if not counts or not all(NUMBER.fullmatch(label) for label in counts):
        return []
    broken = [label for label in sorted(counts) if not float(label).is_integer()]
    if not broken:
        return []
    return [f"labels are numbers with decimals ({some(broken)}): {len(counts):,} classes are trained on, no regression is done"]

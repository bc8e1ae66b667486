"""In what the rows of a report differ: their settings, and what they were trained on."""

from collections.abc import Sequence
from dataclasses import dataclass

from mixerkit.recipe import difference
from mixerkit.report.records import Group, RunRecord

VARIED = ("runner.seed", "data.fold")
"""What a study varies within a row."""
NAME = "name"
MOST_NAMED = 8


@dataclass(frozen=True)
class Settings:
    """The settings that differ: a column for every row of the table, a line for every setting."""

    columns: tuple[str, ...]
    lines: tuple[tuple[str, tuple[str, ...]], ...]
    unknown: tuple[str, ...] = ()
    """Rows of which nothing has begun, so that no recipe of theirs lies in the study's folder."""


@dataclass(frozen=True)
class Fact:
    """One key of the environment; each value with the trainings that have it."""

    key: str
    values: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def differs(self) -> bool:
        """Whether the trainings do not all have the same."""
        return len(self.values) > 1


def compare_settings(groups: Sequence[Group], is_study: bool) -> Settings:
    """What differs between the recipes of the groups; in a study, seed and fold are left out, which every row has alike."""
    begun = [group for group in groups if group.records]
    unknown = tuple(group.name for group in groups if not group.records)
    if len(begun) < 2:
        return Settings(tuple(group.name for group in begun), (), unknown)
    left_out = {NAME, *(VARIED if is_study else ())}
    found = difference(*(group.records[0].run.recipe for group in begun))
    lines = sorted(((key, tuple(values)) for key, *values in found if key not in left_out), key=lambda line: _place(line[0]))
    return Settings(tuple(group.name for group in begun), tuple(lines), unknown)


def compare_environments(groups: Sequence[Group]) -> tuple[Fact, ...]:
    """Every key of the environment, what differs first."""
    records = [(_full_name(group, record), record) for group in groups for record in group.records]
    facts = []
    for key in dict.fromkeys(key for _, record in records for key in record.environment):
        having: dict[str, list[str]] = {}
        for name, record in records:
            having.setdefault(record.environment.get(key, "none"), []).append(name)
        ordered = sorted(having.items(), key=lambda item: -len(item[1]))
        facts.append(Fact(key, tuple((value, tuple(names)) for value, names in ordered)))
    return tuple(sorted(facts, key=lambda fact: not fact.differs))


def join_names(names: Sequence[str]) -> str:
    """Names in a sentence; of many, the first ones."""
    more = f"; and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return "; ".join(names[:MOST_NAMED]) + more


def _place(key: str) -> list[tuple[bool, int, str]]:
    """Settings of one part stand together, its kind before all others, items of lists in their order."""
    return [(part != "kind", int(part) if part.isdecimal() else 0, part) for part in key.split(".")]


def _full_name(group: Group, record: RunRecord) -> str:
    return record.name if record.name == group.name else f"{group.name}, {record.name}"

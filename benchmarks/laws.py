"""Every operator by every law: proven, refuted by a case, or declared by nobody though no case refutes it.

    python benchmarks/laws.py > docs/laws.md                                    # the page; minutes
    python benchmarks/laws.py 'roll*' token --plugin my_mixer.py --cases 20     # some kinds, a plugin's among them

Every example that an operator gives is a row. A law that holds was tried on all of the random cases (grid, place in the stack,
weights, inputs); one that fails, up to the first case that shows it.
"""

import argparse
from collections.abc import Sequence
from fnmatch import fnmatch

import torch

from mixerkit.errors import PluginError
from mixerkit.operators import Law, OperatorSpec, example_specs
from mixerkit.operators.laws import MEANINGS
from mixerkit.recipe import folders_by_hand
from mixerkit.registry import Scope, load_plugin
from mixerkit.testing import CHECKS, LawRow, Verdict, law_row

PROVEN, REFUTED, UNDECLARED, BROKEN = "●", "·", "○", "✗"


def main() -> None:
    """Print the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("patterns", nargs="*", default=["*"], help="kinds, as shell patterns")
    parser.add_argument("--plugin", action="append", default=[], help="a plugin file or name; repeatable")
    parser.add_argument("--cases", type=int, default=60, help="random cases per law that holds, from 1")
    arguments = parser.parse_args()
    try:
        scope = Scope(tuple(load_plugin(name, folders_by_hand()) for name in ["gated_shift", *arguments.plugin]))
        specs = [spec for _, spec in example_specs(scope) if any(fnmatch(spec.kind, pattern) for pattern in arguments.patterns)]
    except PluginError as error:
        parser.error(str(error))
    if not specs or arguments.cases < 1:
        parser.error("no operator matches" if not specs else "--cases: from 1")
    torch.set_num_threads(1)
    print("\n".join(page(specs, arguments.cases)))


def page(specs: Sequence[OperatorSpec], cases: int) -> list[str]:
    """The whole page as lines of markdown."""
    rows = [law_row(spec, cases) for spec in specs]
    verdicts = [verdict for row in rows for verdict in row.all_verdicts]
    tried, held = sum(verdict.cases for verdict in verdicts), sum(verdict.holds for verdict in verdicts)
    return [
        "# Every operator by every law",
        "",
        f"`python benchmarks/laws.py > docs/laws.md`, torch {torch.__version__}. {len(rows)} settings, {len(verdicts):,} pairs",
        f"of settings and law; {tried:,} random cases (grid, place in the stack, weights, inputs) in float64.",
        f"{held:,} pairs hold on all of {cases} cases, {len(verdicts) - held:,} fail on one.",
        "",
        f"- {PROVEN} declared, and held on all cases",
        f"- {REFUTED} not declared, and refuted by a case",
        f"- {UNDECLARED} not declared, and refuted by none",
        f"- {BROKEN} declared, and refuted",
        "- reach: from how many rows or columns away a token is seen at most; - for more than 3, where no radius is declared",
        "",
        *matrix(rows),
        "",
        "## Each law where it does not hold",
        "",
        "The first settings above that lack it, and the case that shows it.",
        "",
        *counterexamples(rows),
    ]


def matrix(rows: Sequence[LawRow]) -> list[str]:
    """A line per settings, a column per law."""
    heads = [*(name.replace("-", " ") for name in CHECKS), "reach"]
    lines = [f"| operator | {' | '.join(heads)} |", f"|---|{':-:|' * len(heads)}"]
    for row in rows:
        marks = [_mark(verdict) for verdict in row.verdicts.values()]
        lines.append(f"| {row.settings} | {' | '.join([*marks, _reach(row)])} |")
    counts = [f"{sum(row.verdicts[name].holds for row in rows)} of {len(rows)}" for name in CHECKS]
    local = f"{sum(row.reach is not None for row in rows)} of {len(rows)}"
    return [*lines, f"| **hold** | {' | '.join([*counts, local])} |"]


def counterexamples(rows: Sequence[LawRow]) -> list[str]:
    """A line per law: the settings that lack it, what differs, and where."""
    lines = ["| law | it says | lacked by | what differs | case |", "|---|---|---|---|---|"]
    for name in MEANINGS:
        found = [
            verdict.fault
            for row in rows
            for verdict in row.all_verdicts
            if verdict.law.name == name and verdict.fault is not None
        ]
        reported = (found[0].settings, _reason(found[0].what, name), found[0].where) if found else ("none of these", "", "")
        lines.append(f"| {name} | {MEANINGS[name]} | {' | '.join(reported)} |")
    return lines


def _reason(what: str, name: str) -> str:
    """What differs, in a line that stands in a table, without the law's own words, which stand beside it."""
    return what.partition("\n")[0].rpartition(f"({MEANINGS[name]}): ")[2].replace("|", r"\|")


def _mark(verdict: Verdict) -> str:
    if verdict.declared:
        return PROVEN if verdict.holds else BROKEN
    return UNDECLARED if verdict.holds else REFUTED


def _reach(row: LawRow) -> str:
    if row.reach is None:
        return "-"
    known = row.verdicts[Law.TOKEN_WISE.name] if row.reach == 0 else row.reach_verdicts[-1]
    return str(row.reach) if known.declared else f"{row.reach} {UNDECLARED}"


if __name__ == "__main__":
    main()

"""A table as text: markdown for people, CSV for programs, LaTeX for papers."""

import csv
import io
from typing import Any

from mixerkit.progress import duration
from mixerkit.study.statistics import MetricSummary
from mixerkit.study.table import Line, Table

COLUMNS = {
    "test/accuracy": "test accuracy",
    "test/auc": "test AUC",
    "test/balanced_accuracy": "balanced accuracy",
    "test/macro_f1": "macro F1",
    "val/accuracy": "val accuracy",
    "val/auc": "val AUC",
}
TIMES = ("clips_per_second", "seconds")
"""They differ from run to run: whoever compares two tables cuts the last two columns off."""
MARKDOWN = str.maketrans({"|": r"\|", "\\": r"\\"})
LATEX = str.maketrans(
    {character: f"\\{character}" for character in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\^{}"}
    | {"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "±": r"$\pm$"}
    | {"[": "{[}", "*": "{*}"}  # which the end of the row before would take for its own
)


def as_markdown(table: Table) -> str:
    """Aligned markdown, its notes below."""
    rows = [[cell.translate(MARKDOWN) for cell in row] for row in shown(table)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |" for row in rows]
    rule = f"|{'|'.join('-' * (width + 2) for width in widths)}|"
    return "\n".join([*lines[:1], rule, *lines[1:], "", *notes(table)]) + "\n"


def as_latex(table: Table) -> str:
    """A tabular of booktabs, its notes as comments."""
    rows = [[cell.translate(LATEX) for cell in row] for row in shown(table)]
    body = [" & ".join(row) + r" \\" for row in rows]
    head = [*(f"% {note}" for note in notes(table)), rf"\begin{{tabular}}{{l{'r' * (len(rows[0]) - 1)}}}", r"\toprule"]
    return "\n".join([*head, body[0], r"\midrule", *body[1:], r"\bottomrule", r"\end{tabular}"]) + "\n"


def as_csv(table: Table) -> str:
    """Every number in full; what is not known is empty. Times come last."""
    rows = [_full(line) for line in table.lines]
    names = list(dict.fromkeys(name for row in rows for name in row))
    published = [name for name in names if name.startswith("published ")]
    names = [name for name in names if name not in (*published, *TIMES)] + [*published, *TIMES]
    out = io.StringIO()
    writer = csv.DictWriter(out, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def shown(table: Table) -> list[list[str]]:
    """Header and rows as a person reads them; a column that would be empty is left out."""
    columns = [[head, *(_in_one_line(_text(line, head)) for line in table.lines)] for head in _heads()]
    kept = [column for column in columns if any(column[1:])]
    return [list(row) for row in zip(*kept, strict=True)]


def notes(table: Table) -> list[str]:
    """What must stand with the numbers, a line each."""
    plan, lines = table.plan, table.lines
    found = [plan.about] if plan.about else []
    if table.protocols:
        found.append(f"Protocol: {'; '.join(table.protocols)}. The best epoch is chosen on validation, and tested once.")
    if any(line.metrics for line in lines):
        folds = any(metric.over_folds is not None for line in lines for metric in line.metrics.values())
        found.append(f"Mean ± standard deviation over {'folds' if folds else 'seeds'}; fractions, not per cent.")
    if any(line.delta for line in lines):
        found.append(
            f"Against {plan.reference}: mean difference of test accuracy over trials of the same seed and fold, and p of a "
            "sign-flip test, which cannot be below 2 / 2^pairs."
        )
    if any(line.standard_error for line in lines):
        found.append("Standard error: the standard error that the number of test clips alone brings.")
    if any(line.speed for line in lines):
        found.append("Clips/s: in training, on what the trials ran on; the median over epochs, then over trials.")
    if plan.published is not None:
        found.append(f"Published: {plan.source}, Table {plan.published.name}. {plan.published.protocol}")
    return [_in_one_line(text) for text in found]


def _heads() -> list[str]:
    before = ["recipe", "overlay", "trials", "test accuracy", "standard error", "best fold", "pooled"]
    return [
        *before,
        *list(COLUMNS.values())[1:],
        "delta to reference",
        "p",
        "parameters",
        "GFLOPs",
        "clips/s",
        "time",
        "published",
        "note",
    ]


def _text(line: Line, head: str) -> str:
    for name, title in COLUMNS.items():
        if title == head:
            return _metric(line.metrics.get(name))
    accuracy = line.metrics.get("test/accuracy")
    texts = {
        "recipe": line.row,
        "overlay": line.overlay,
        "trials": _trials(line),
        "standard error": _number(line.standard_error),
        "best fold": _number(accuracy.best if accuracy else None),
        "pooled": _number(line.pooled),
        "delta to reference": "" if line.delta is None else f"{line.delta.mean:+.4f}",
        "p": "" if line.delta is None or line.delta.p is None else f"{line.delta.p:.3f}",
        "parameters": "" if line.parameters is None else f"{line.parameters:,}",
        "GFLOPs": "" if line.flops is None else f"{line.flops / 1e9:.3f}",
        "clips/s": "" if line.speed is None else f"{line.speed:,.0f}",
        "time": "" if line.seconds is None else duration(line.seconds),
        "published": ", ".join(f"{name} {value:.4f}" for name, value in line.published.items()),
        "note": line.note,
    }
    return texts[head]


def _trials(line: Line) -> str:
    if not line.planned:
        return ""
    return f"{line.finished}" if line.finished == line.planned else f"{line.finished} of {line.planned}"


def _in_one_line(text: str) -> str:
    """Names and notes may be of several lines; a line of a table, and a comment of LaTeX, is one."""
    return " ".join(text.split())


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _metric(metric: MetricSummary | None) -> str:
    if metric is None:
        return ""
    return f"{metric.mean:.4f}" if metric.std is None else f"{metric.mean:.4f} ± {metric.std:.4f}"


def _full(line: Line) -> dict[str, Any]:
    row: dict[str, Any] = {"recipe": _in_one_line(line.row), "overlay": _in_one_line(line.overlay)}
    row |= {"planned": line.planned, "finished": line.finished}
    for name, metric in line.metrics.items():
        row |= {name: metric.mean, f"{name} over seeds": metric.over_seeds, f"{name} over folds": metric.over_folds}
        row |= {f"{name} best fold": metric.best}
    delta = line.delta
    row |= {"pooled": line.pooled, "standard error": line.standard_error}
    row |= {"delta to reference": delta.mean, "pairs": delta.pairs, "p": delta.p} if delta else {}
    row |= {"parameters": line.parameters, "flops": line.flops, "note": _in_one_line(line.note)}
    row |= {f"published {name}": value for name, value in line.published.items()}
    return row | dict(zip(TIMES, (line.speed, line.seconds), strict=True))

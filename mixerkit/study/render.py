"""A table as text: markdown for people, CSV for programs, LaTeX for papers."""

import csv
import io
from typing import Any

from mixerkit.runner.progress import duration
from mixerkit.study.figures import Figure
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
    """What must be said with the numbers, a line each."""
    plan, lines = table.plan, table.lines
    said = [plan.about] if plan.about else []
    if table.protocols:
        said.append(f"Protocol: {'; '.join(table.protocols)}. The best epoch is chosen on validation, and tested once.")
    if any(line.figures for line in lines):
        folds = any(figure.over_folds is not None for line in lines for figure in line.figures.values())
        said.append(f"Mean ± standard deviation over {'folds' if folds else 'seeds'}; fractions, not per cent.")
    if any(line.against for line in lines):
        said.append(
            f"Against {plan.reference}: mean difference of test accuracy over cells of the same seed and fold, and p of a "
            "sign-flip test, which cannot be below 2 / 2^pairs."
        )
    if any(line.sampling for line in lines):
        said.append("By test set: the standard error that the number of test clips alone brings.")
    if any(line.speed for line in lines):
        said.append("Clips/s: in training, on what the cells ran on; the median over epochs, then over cells.")
    if plan.published is not None:
        said.append(f"Published: {plan.source}, Table {plan.published.name}. {plan.published.protocol}")
    return [_in_one_line(text) for text in said]


def _heads() -> list[str]:
    before = ["recipe", "overlay", "cells", "test accuracy", "by test set", "best fold", "pooled"]
    return [*before, *list(COLUMNS.values())[1:], "against", "p", "parameters", "GFLOPs", "clips/s", "time", "published", "note"]


def _text(line: Line, head: str) -> str:
    for name, title in COLUMNS.items():
        if title == head:
            return _figure(line.figures.get(name))
    accuracy = line.figures.get("test/accuracy")
    texts = {
        "recipe": line.row,
        "overlay": line.overlay,
        "cells": _cells(line),
        "by test set": _number(line.sampling),
        "best fold": _number(accuracy.best if accuracy else None),
        "pooled": _number(line.pooled),
        "against": "" if line.against is None else f"{line.against.mean:+.4f}",
        "p": "" if line.against is None or line.against.p is None else f"{line.against.p:.3f}",
        "parameters": "" if line.parameters is None else f"{line.parameters:,}",
        "GFLOPs": "" if line.flops is None else f"{line.flops / 1e9:.3f}",
        "clips/s": "" if line.speed is None else f"{line.speed:,.0f}",
        "time": "" if line.seconds is None else duration(line.seconds),
        "published": ", ".join(f"{name} {value:.4f}" for name, value in line.published.items()),
        "note": line.note,
    }
    return texts[head]


def _cells(line: Line) -> str:
    if not line.planned:
        return ""
    return f"{line.finished}" if line.finished == line.planned else f"{line.finished} of {line.planned}"


def _in_one_line(text: str) -> str:
    """Names and notes may be of several lines; a line of a table, and a comment of LaTeX, is one."""
    return " ".join(text.split())


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _figure(figure: Figure | None) -> str:
    if figure is None:
        return ""
    return f"{figure.mean:.4f}" if figure.spread is None else f"{figure.mean:.4f} ± {figure.spread:.4f}"


def _full(line: Line) -> dict[str, Any]:
    row: dict[str, Any] = {"recipe": _in_one_line(line.row), "overlay": _in_one_line(line.overlay)}
    row |= {"planned": line.planned, "finished": line.finished}
    for name, figure in line.figures.items():
        row |= {name: figure.mean, f"{name} over seeds": figure.over_seeds, f"{name} over folds": figure.over_folds}
        row |= {f"{name} best fold": figure.best}
    against = line.against
    row |= {"pooled": line.pooled, "by test set": line.sampling}
    row |= {"against": against.mean, "pairs": against.pairs, "p": against.p} if against else {}
    row |= {"parameters": line.parameters, "flops": line.flops, "note": _in_one_line(line.note)}
    row |= {f"published {name}": value for name, value in line.published.items()}
    return row | dict(zip(TIMES, (line.speed, line.seconds), strict=True))

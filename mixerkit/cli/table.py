"""Tables in the terminal: as wide as it is, and in full where a program reads the output."""

import io
import shutil
import sys
from collections.abc import Container, Sequence
from typing import Literal

GAP = 2
UNLIMITED = 1_000_000


def table(rows: Sequence[Sequence[str]], head: Sequence[str] = (), right: Container[int] = ()) -> str:
    """Rows in aligned columns.

    On a terminal, text in the last column wraps between words; if that is not enough, the table is wider than the terminal.
    Elsewhere, a row is a line.

    Args:
        head: names of the columns; none: no such row.
        right: numbers of the columns that are flush right, as figures are.
    """
    from rich.cells import cell_len  # here: --help needs no tables
    from rich.console import Console
    from rich.table import Table

    is_terminal = sys.stdout.isatty()
    shown = Table(box=None, show_header=bool(head), header_style="bold", pad_edge=False, padding=(0, GAP, 0, 0))
    columns, least = list(zip(*([head] if head else []), *rows, strict=True)), 0
    for i, cells in enumerate(columns):
        wraps = i == len(columns) - 1 and i not in right
        unbroken = [word for cell in cells for word in cell.split()] if wraps else cells
        width = max(map(cell_len, unbroken), default=0)
        least += width + GAP
        justify: Literal["left", "right"] = "right" if i in right else "left"
        shown.add_column(cells[0] if head else "", justify=justify, min_width=width, no_wrap=not wraps)
    for row in rows:
        shown.add_row(*row)
    console = Console(
        file=io.StringIO(),
        width=max(least, shutil.get_terminal_size().columns if is_terminal else UNLIMITED),
        height=1,  # rich takes a width alone for unknown
        force_terminal=is_terminal,
        markup=False,
        emoji=False,
        highlight=False,
    )
    with console.capture() as captured:
        console.print(shown)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())

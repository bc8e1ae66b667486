"""What the charts of a report show: the curves of trainings and their test accuracies, as mixerkit.plots draws them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import mean

from mixerkit.plots import ACCURACY, LOSSES, RUN_SERIES, Chart, Dot, DotPlot, DotRow, Panels, Points, Series
from mixerkit.report.records import Group
from mixerkit.study import MAIN, Line

ROW_SERIES = {"validation accuracy": (ACCURACY,), "loss": LOSSES}
"""What is shown of a row of a study: of the first series also every training."""
PUBLISHED = (MAIN, "best/accuracy")
"""The published metrics that may stand on an axis of test accuracy."""


def run_panels(groups: Sequence[Group]) -> list[Panels]:
    """Charts of single runs, one for each that has begun."""
    begun = [record for group in groups for record in group.records if record.epochs]
    return [
        Panels(
            name,
            series,
            [Chart(t.name, [(item, item.points(t.epochs)) for item in series], t.summary.get("best_epoch")) for t in begun],
        )
        for name, series in RUN_SERIES.items()
    ]


def row_panels(groups: Sequence[Group]) -> list[Panels]:
    """Charts of a study's rows, one for each that has begun."""
    begun = [group for group in groups if any(record.epochs for record in group.records)]
    return [
        Panels(name, series, [Chart(group.name, list(_row_curves(group, series))) for group in begun])
        for name, series in ROW_SERIES.items()
    ]


def accuracy_plot(lines: Sequence[Line], groups: Sequence[Group], reference: str, values: Sequence[str]) -> DotPlot | None:
    """Test accuracies, in the order of the table; ``values`` are its texts. None if nothing is finished."""
    found = {(group.row, group.overlay): group for group in groups}
    seeds = sorted({record.seed for group in groups for record in group.records if record.is_finished})
    if not seeds:
        return None
    lanes = {seed: 2 * i / (len(seeds) - 1) - 1 if len(seeds) > 1 else 0.0 for i, seed in enumerate(seeds)}
    rows = [
        _dot_row(line, found.get((line.row, line.overlay)) if line.planned else None, value, lanes)
        for line, value in zip(lines, values, strict=True)
    ]
    first = next((line for line in lines if line.row == reference and MAIN in line.metrics), None)
    alone = len({line.overlay for line in lines if line.planned}) == 1  # else each overlay has a reference of its own
    return DotPlot([row for row in rows if row.dots or row.published], first.metrics[MAIN].mean if first and alone else None)


def _row_curves(group: Group, series: Sequence[Series]) -> Iterator[tuple[Series, Points]]:
    """Every training by the first series, then the means of all series over the finished trainings, epoch by epoch."""
    finished = [record for record in group.records if record.is_finished]
    for record in group.records:
        yield replace(series[0], name=f"{series[0].name}, {record.name}", look="thin"), series[0].points(record.epochs)
    for item in series:
        found: dict[float, list[float]] = {}
        for epoch, value in (point for record in finished for point in item.points(record.epochs)):
            found.setdefault(epoch, []).append(value)
        yield replace(item, name=f"{item.name}, mean over {len(finished)}"), [(x, mean(found[x])) for x in sorted(found)]


def _dot_row(line: Line, group: Group | None, value: str, lanes: dict[int, float]) -> DotRow:
    accuracies = [(record, record.summary[MAIN]) for record in (group.records if group else ()) if record.is_finished]
    metric = line.metrics.get(MAIN)
    return DotRow(
        name=f"{line.row}, {line.overlay}" if line.overlay else line.row,
        label=value if metric else "published only",
        dots=[Dot(accuracy, f"{record.name}: {accuracy:.4f}", lanes[record.seed]) for record, accuracy in accuracies],
        published=[Dot(number, f"published {key} {number:.4f}") for key, number in line.published.items() if key in PUBLISHED],
        mean=metric.mean if metric else None,
        std=metric.std if metric else None,
    )

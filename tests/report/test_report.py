"""A report says what lies in the folders: the table's figures, a dot per trial, sums of counts, and what differs."""

import json
import re
import shutil
from itertools import pairwise
from statistics import mean

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import Run, Study, run_study, write_report
from mixerkit.errors import DataError, UsageError
from mixerkit.plots.style import PALETTE
from mixerkit.report.classes import METRICS, sum_classes
from mixerkit.report.sections import runs_section, study_section
from mixerkit.study.render import shown
from mixerkit.training import compute_metrics
from tests.conftest import TINY

STUDY = """\
name: try
about: Nothing but a try.
recipes:
  - {recipe: tiny.yaml, published: theirs}
  - {recipe: tiny.yaml, name: reversed, set: ["model.block.operators=[roll-time, hermit-frequency]"]}
seeds: [0, 1]
folds: all
set: [data.folds=3]
published: {file: published.yaml, table: II}
"""
PUBLISHED = """\
source: a paper
tables:
  - name: II
    title: accuracies
    protocol: It does not say.
    rows:
      - {model: theirs, metrics: {test/accuracy: 61.0, test/auc: 90.0}}
      - {model: other, metrics: {best/accuracy: 66.0}, not_run: no code}
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of a finished study: two rows, two seeds, three folds."""
    folder = tmp_path_factory.mktemp("report")
    for name, text in (("tiny", TINY), ("try", STUDY), ("published", PUBLISHED)):
        (folder / f"{name}.yaml").write_text(text)
    return run_study(folder / "try.yaml", out=folder / "out").path


@pytest.fixture
def folder(trained, tmp_path):
    """A copy of it, to be changed."""
    return shutil.copytree(trained, tmp_path / "study")


def change(path, **entries):
    path.write_text(json.dumps(json.loads(path.read_text()) | entries))


def stop(trial):
    """As if it had been interrupted after its first epoch."""
    change(trial / "status.json", status="interrupted", detail="Stopped.")
    for name in ("summary.json", "test.json"):
        (trial / name).unlink()
    (trial / "metrics.jsonl").write_text((trial / "metrics.jsonl").read_text().splitlines(keepends=True)[0])


def trials(folder):
    study = Study.open(folder)
    return [study.run(trial) for trial in study.plan.trials]


# the study's facts


def test_the_table_is_the_studys(trained):
    section = study_section(Study.open(trained))
    assert section.table == shown(Study.open(trained).table())
    page = write_report(trained, trained.parent / "page.html").read_text()
    assert all(f">{text}</td>" in page for row in section.table[1:] for text in row[1:])
    assert section.facts["Protocol"] == "synthetic-events 3 folds, fold by fold"
    assert section.about == "Nothing but a try."
    assert not any("Nothing but a try" in note for note in section.notes)
    assert "ranks no mixers" in section.notices[0]


def test_the_spread_has_a_dot_for_every_trials(trained):
    study = Study.open(trained)
    std = study_section(study).std
    assert [row.name for row in std.rows] == [line.row for line in study.table().lines]
    for row in std.rows[:2]:
        values = [summary["test/accuracy"] for trial, summary in study.results().items() if trial.row == row.name]
        assert [dot.value for dot in row.dots] == values
        assert row.mean == pytest.approx(mean(values))
        assert row.label == f"{row.mean:.4f} ± {row.std:.4f}"
        assert [dot.lane for dot in row.dots] == [-1.0] * 3 + [1.0] * 3  # one lane per seed
    assert std.reference == std.rows[0].mean
    assert [[dot.text for dot in row.published] for row in std.rows] == [
        ["published test/accuracy 0.6100"],  # an AUC has no place on this axis
        [],
        ["published best/accuracy 0.6600"],
    ]
    assert std.rows[2].label == "published only"


def test_curves_have_every_trials_and_their_mean(trained):
    study = Study.open(trained)
    panels = {panels.name: panels.charts for panels in study_section(study).panels}
    assert [chart.title for chart in panels["validation accuracy"]] == list(study.plan.rows)
    first = panels["validation accuracy"][0]
    assert [series.look for series, _ in first.curves] == ["thin"] * 6 + ["solid"]
    assert [series.look for series, _ in panels["loss"][0].curves] == ["thin"] * 6 + ["solid", "dashed"]
    runs = [Run.open(study.run(trial)) for trial in study.plan.trials if trial.row == "tiny"]
    assert first.curves[0][1] == [(row["epoch"], row["val/accuracy"]) for row in runs[0].metrics]
    last = mean(run.metrics[-1]["val/accuracy"] for run in runs)
    assert first.curves[-1][1][-1] == (2, pytest.approx(last))
    assert str(first).startswith("validation accuracy, mean over 6 ")
    assert str(first).endswith(f"{last:.3f} after 2")


def test_classes_are_summed_over_trials(trained):
    study = Study.open(trained)
    row = study_section(study).rows[1]
    tested = [Run.open(study.run(trial)).tested for trial in study.plan.trials if trial.row == row.name]
    assert (row.name, row.records) == ("reversed", 6)
    assert row.classes.counts.tolist() == torch.tensor([result.confusion for result in tested]).sum(0).tolist()
    for i, (_, clips, values) in enumerate(row.classes.lines):
        assert clips == sum(result.per_class[i].clips for result in tested)
        columns = [[getattr(result.per_class[i], name) for result in tested] for name in METRICS]
        known = [[value for value in column if value is not None] for column in columns]
        assert values == [pytest.approx(mean(column)) if column else None for column in known]


def test_settings_that_differ_and_no_others(trained, folder):
    shutil.rmtree(trials(folder)[0])  # so that the first training of one row is of another fold than that of the other
    settings = study_section(Study.open(folder)).settings
    assert settings.columns == ("tiny", "reversed")
    assert all(key.startswith("model.block.operators.") for key, _ in settings.lines)
    assert settings.lines[0] == ("model.block.operators.0.kind", ("hermit-frequency", "roll-time"))
    first, *_, last = trials(trained)
    alone = runs_section([Run.open(first), Run.open(last)]).settings
    assert {"runner.seed", "data.fold"} < {key for key, _ in alone.lines}  # between single runs they do matter


# what is not as it should be


def test_mixed_environments_are_reported(folder):
    assert not any(fact.differs for fact in study_section(Study.open(folder)).environment)
    path = trials(folder)[4] / "environment.json"
    change(path, device="another", packages=json.loads(path.read_text())["packages"] | {"torch": "2.11.0"})
    device, torch_, *same = study_section(Study.open(folder)).environment
    assert (device.key, torch_.key) == ("device", "torch")
    assert device.values[1] == ("another", ("tiny, seed 0, fold 3",))
    assert len(device.values[0][1]) == 11
    assert {"machine", "commit", "python", "numpy"} <= {fact.key for fact in same}
    page = write_report(folder).read_text()
    assert "did not all run on the same: device, torch differ" in page


def test_an_unfinished_study_gives_what_is_there(folder):
    study = Study.open(folder)
    paths = trials(folder)
    stop(paths[0])
    for path in paths[2::2]:  # all others of the first row
        shutil.rmtree(path)
    (folder / "failed" / f"{paths[2].name}.json").write_text(json.dumps({"message": "It <diverged>.", "exit_code": 4}))
    section = study_section(study)
    assert list(section.states.items()) == [("finished", 6), ("failed", 1), ("stopped", 1), ("waiting", 4)]
    assert [(failed.id, failed.message) for failed in section.failed] == [(paths[2].name, "It <diverged>.")]
    assert section.unfinished[0] == ("tiny, seed 0, fold 1", "interrupted, 1 of 2 epochs")
    assert section.unfinished[1:] == [(trial.name, "waiting") for trial in study.plan.trials[4::2]]
    assert [len(row.dots) for row in section.std.rows] == [0, 6, 0]
    assert [row.records for row in section.rows] == [0, 6]
    assert "It &lt;diverged&gt;." in write_report(folder).read_text()
    for path in paths[1::2]:
        shutil.rmtree(path)
    shutil.rmtree(paths[0])
    assert "11 waiting" in write_report(folder).read_text()  # not one has begun


def test_runs_side_by_side(folder):
    one, other, third = trials(folder)[:3]
    stop(other)
    (third / "test.json").unlink()  # finished before there was such a file
    section = runs_section([Run.open(path) for path in (one, other, third)])
    head, *rows = section.table
    summary = Run.open(one).summary
    assert rows[0][head.index("test accuracy")] == f"{summary['test/accuracy']:.4f}"
    assert rows[1][head.index("test accuracy")] == ""
    assert rows[1][head.index("best epoch")] == "1 so far"
    assert [row[head.index("state")] for row in rows] == ["finished", "interrupted", "finished"]
    assert [row.classes is None for row in section.rows] == [False, True, True]
    assert section.failed[0].message == "Stopped."
    assert any("may be chance" in note for note in section.notes)
    assert "there is no test.json" in write_report([one, other, third]).read_text()


@pytest.mark.parametrize("depth", [1, 2])
def test_runs_are_distinguished_by_their_folders(trained, tmp_path, depth):
    names = ["a/x", "b/x"] if depth == 2 else ["a/x", "b/y"]
    paths = [shutil.copytree(trials(trained)[0], tmp_path / name) for name in names]
    table = runs_section([Run.open(path) for path in paths]).table
    assert [row[0] for row in table[1:]] == [f"tiny, {name if depth == 2 else name[-1]}" for name in names]


@pytest.mark.parametrize("damage", ["{}", '{"test/accuracy": "much"}', "nonsense"])
def test_a_damaged_run_is_a_clear_error(folder, damage):
    trial = trials(folder)[0]
    (trial / "summary.json").write_text(damage)
    for place in (trial, folder):
        with pytest.raises(DataError, match=r"summary\.json"):
            write_report(place)
    assert not (folder / "report.html").exists()


def test_what_is_no_run_and_no_study_is_a_clear_error(trained, tmp_path):
    with pytest.raises(UsageError, match="neither a run nor a study"):
        write_report([trained, tmp_path], tmp_path / "page.html")
    with pytest.raises(UsageError, match="no such folder"):
        write_report(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="No folder is given"):
        write_report([])
    with pytest.raises(UsageError, match="cannot be written"):
        write_report(trained, tmp_path / "nowhere" / "page.html")
    assert not list(tmp_path.iterdir())


# the file


def test_the_same_folders_give_the_same_page(folder):
    pages = [write_report([folder, trials(folder)[0]]).read_text().splitlines() for _ in range(2)]
    kept = [[line for line in page if "<time>" not in line] for page in pages]
    assert kept[0] == kept[1]
    assert len(kept[0]) == len(pages[0]) - 1
    assert f"<code>mixerkit report {folder} {trials(folder)[0]}</code>" in "".join(pages[0])


def test_the_page_asks_for_nothing(trained, tmp_path):
    page = write_report(trained, tmp_path / "page.html").read_text()
    for word in ("<script", "src=", "@import", "url(", "http:", "https:"):
        assert word not in page
    assert page.count("<link") == page.count('<link rel="icon" href="data:,">') == 1


def test_charts_are_drawn_in_the_colours_of_the_pages_light_scheme(trained, tmp_path):
    light = write_report(trained, tmp_path / "page.html").read_text().split("@media")[0]
    assert {name: re.search(rf"--{name}: (#\w+);", light)[1] for name in PALETTE} == PALETTE
    assert len(set(PALETTE.values())) == len(PALETTE)


# parts


def result(scores, targets, labels):
    return compute_metrics(scores, targets, 1.0, "softmax", labels).result()


@given(st.integers(2, 6), st.integers(1, 30), st.integers(0, 2**30))
def test_sums_of_classes_do_not_depend_on_the_order(classes, clips, seed):
    torch.manual_seed(seed)
    labels = [f"c{i}" for i in range(classes)]
    tested = [result(torch.rand(clips, classes), torch.randint(classes, (clips,)), labels) for _ in "ab"]
    both, turned, one = sum_classes(tested), sum_classes(tested[::-1]), sum_classes(tested[:1])
    assert np.array_equal(both.counts, turned.counts)
    assert both.counts.sum() == both.clips == 2 * clips == 2 * one.counts.sum()
    expected = [getattr(row, name) for row in tested[0].per_class for name in METRICS]
    assert [value for _, _, values in one.lines for value in values] == expected
    assert all(x[2] >= y[2] for x, y in pairwise(both.pairs))


def test_other_classes_have_no_sum():
    size = 3
    many = result(torch.eye(size), torch.arange(size).roll(1), [str(i) for i in range(size)])
    assert sum_classes([many]).pairs[0][2:] == (1, 1.0)
    few = result(torch.eye(2), torch.arange(2), ["a", "b"])
    assert sum_classes([many, few]) is None

"""The table: what is not finished, not known or not run is said; markdown, CSV and LaTeX hold whatever names there are."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixerkit.study.plan import Plan, Trial
from mixerkit.study.published import PublishedTable
from mixerkit.study.render import as_csv, as_latex, as_markdown, notes, shown
from mixerkit.study.table import make_table

PUBLISHED = PublishedTable.model_validate(
    {
        "name": "III",
        "title": "all models",
        "protocol": "Not said.",
        "rows": [
            {"model": "AST", "metrics": {"test/accuracy": 86.2}, "not_run": "a transformer"},
            {"model": "ASM-RH", "metrics": {"test/accuracy": 97, "test/auc": 99.9}},
            {"model": "Other", "metrics": {"best/accuracy": 50.5}},
        ],
    }
)


def plan(rows=("one", "two"), overlays=("",), seeds=(0, 1, 2), folds=(None,), **more):
    trials = tuple(
        Trial(f"{row}{overlay}{seed}{fold}", row, overlay, seed, fold)
        for seed in seeds
        for fold in folds
        for overlay in overlays
        for row in rows
    )
    about = {"about": "", "reference": rows[0], **more}
    return Plan("try", about.pop("about"), tuple(rows), tuple(overlays), about.pop("reference"), trials, **about)


def summary(cell, **more):
    accuracy = 0.5 + cell.seed / 10 + (cell.fold or 0) / 100 + (cell.row == "two") / 7
    metrics = {"test/accuracy": accuracy, "test/auc": accuracy / 2, "val/accuracy": accuracy / 3, "val/auc": accuracy / 4}
    return {**metrics, "protocol": "us8k official10, fold 3 of 10 tested", "parameters": 1234, "flops": 5, "seconds": 2.5, **more}


def finished(planned, some=lambda cell: True, **more):
    return {cell: summary(cell, **more) for cell in planned.trials if some(cell)}


def cells_of(line):
    """The trials of a markdown row, as GitHub splits them: at bars that no backslash escapes."""
    found, cell, i = [], "", 0
    assert line.startswith("|")
    assert line.endswith("|")
    while i < len(line):
        if line[i] == "\\" and i + 1 < len(line) and line[i + 1] in "\\|":
            cell, i = cell + line[i + 1], i + 2
            continue
        if line[i] == "|":
            found.append(cell.strip())
            cell = ""
        else:
            cell += line[i]
        i += 1
    return found[1:]


def markdown_rows(table):
    text = as_markdown(table).partition("\n\n")[0]
    return [cells_of(line) for line in text.splitlines()]


def csv_rows(table):
    return list(csv.DictReader(io.StringIO(as_csv(table))))


def test_rows_that_are_not_finished_say_how_far_they_are():
    planned = plan()
    table = make_table(planned, finished(planned, lambda cell: cell.row == "one" or cell.seed < 2))
    head, _, one, two = markdown_rows(table)
    place = head.index("trials")
    assert (one[place], two[place]) == ("3", "2 of 3")
    assert two[head.index("test accuracy")].startswith(f"{0.55 + 1 / 7:.4f} ± ")
    assert [(row["planned"], row["finished"]) for row in csv_rows(table)] == [("3", "3"), ("3", "2")]


def test_a_table_of_nothing_yet():
    table = make_table(plan(overlays=("a", "b")), {})
    head, _, *rows = markdown_rows(table)
    assert head == ["recipe", "overlay", "trials"]
    assert rows == [["one", "a", "0 of 3"], ["two", "a", "0 of 3"], ["one", "b", "0 of 3"], ["two", "b", "0 of 3"]]
    assert len(csv_rows(table)) == 4
    assert r"\end{tabular}" in as_latex(table)


def test_what_is_not_known_of_a_trials_is_left_out_of_its_figures_alone():
    planned = plan()
    results = finished(planned)
    for cell in list(results)[:2]:
        results[cell]["test/auc"] = None
    for cell in results:
        results[cell]["val/auc"] = None
    one, two = csv_rows(make_table(planned, results))
    assert float(one["test/auc"]) == pytest.approx((0.6 + 0.7) / 2 / 2)
    assert one["test/accuracy"] == repr((0.5 + 0.6 + 0.7) / 3)
    assert "val/auc" not in one
    assert two["finished"] == "3"
    everything = finished(planned, **dict.fromkeys(["test/accuracy", "test/auc", "val/accuracy", "val/auc"]))
    head = markdown_rows(make_table(planned, everything))[0]
    assert head == ["recipe", "trials", "parameters", "GFLOPs", "time"]


def test_the_reference_may_be_unfinished():
    planned = plan()
    table = make_table(planned, finished(planned, lambda cell: cell.row == "two"))
    assert table.lines[1].delta is None
    half = make_table(planned, finished(planned, lambda cell: cell.row == "two" or cell.seed == 0))
    assert (half.lines[1].delta.pairs, half.lines[1].delta.p) == (1, None)
    assert markdown_rows(half)[3][-4] == "+0.1429"


def test_rows_are_held_against_the_reference_under_the_same_overlay():
    planned = plan(overlays=("a", "b"), reference="two")
    results = finished(planned)
    for cell, found in results.items():
        if cell.overlay == "b":
            found["test/accuracy"] += {"one": 0.2, "two": 0.05}[cell.row]
    lines = {(line.row, line.overlay): line for line in make_table(planned, results).lines}
    assert lines["one", "a"].delta.mean == pytest.approx(-1 / 7)
    assert lines["one", "b"].delta.mean == pytest.approx(0.15 - 1 / 7)
    assert lines["one", "b"].delta.p == 0.25
    assert lines["two", "a"].delta is None


def test_folds_bring_best_and_pooled_and_the_size_of_the_test_set():
    planned = plan(rows=("one",), folds=(1, 2))
    results = finished(planned)
    for cell, found in results.items():
        found["test/clips"] = {1: 10, 2: 30}[cell.fold]
    (line,) = make_table(planned, results).lines
    assert line.metrics["test/accuracy"].best == pytest.approx(0.62)
    assert line.pooled == pytest.approx((0.61 * 10 + 0.62 * 30) / 40)
    assert line.standard_error == pytest.approx((0.615 * 0.385 / 40) ** 0.5)  # forty clips, whatever the number of seeds
    assert make_table(planned, results).protocols == ("us8k official10, fold by fold",)
    assert "over folds" in " ".join(notes(make_table(planned, results)))
    apart = plan(rows=("one",))
    assert "over seeds" in " ".join(notes(make_table(apart, finished(apart))))
    assert make_table(apart, finished(apart, **{"test/clips": 40})).lines[0].pooled is None


def test_published_models_stand_beside_their_row_or_say_why_they_were_not_run():
    planned = plan(published=PUBLISHED, source="A paper", published_models={"two": "ASM-RH"})
    table = make_table(planned, finished(planned))
    head, _, *rows = markdown_rows(table)
    message = {row[0]: (row[head.index("published")], row[head.index("note")]) for row in rows}
    assert message == {
        "one": ("", ""),
        "two": ("test/accuracy 0.9700, test/auc 0.9990", "published: ASM-RH"),
        "AST": ("test/accuracy 0.8620", "not run: a transformer"),
        "Other": ("best/accuracy 0.5050", "not run: no recipe of this study"),
    }
    by_name = {row["recipe"]: row for row in csv_rows(table)}
    assert float(by_name["two"]["published test/accuracy"]) == pytest.approx(0.97)
    assert (by_name["AST"]["planned"], by_name["AST"]["test/accuracy"]) == ("0", "")
    assert "Published: A paper, Table III. Not said." in as_markdown(table)


def test_csv_holds_every_number_in_full():
    planned = plan(folds=(1, 2, 3))
    table = make_table(planned, finished(planned))
    for row, line in zip(csv_rows(table), table.lines, strict=True):
        assert len(line.metrics) == 4
        for name, metric in line.metrics.items():
            assert float(row[name]) == metric.mean
            assert float(row[f"{name} over seeds"]) == metric.over_seeds
            assert float(row[f"{name} over folds"]) == metric.over_folds
            assert float(row[f"{name} best fold"]) == metric.best
        assert (int(row["parameters"]), int(row["flops"]), float(row["seconds"])) == (1234, 5, 2.5)
        if line.delta:
            assert (float(row["delta to reference"]), int(row["pairs"]), float(row["p"])) == (line.delta.mean, 9, line.delta.p)
    assert list(row)[-2:] == ["clips_per_second", "seconds"]  # they differ from run to run: whoever compares cuts them off


def test_speed_is_the_median_over_trials_and_no_column_where_no_trials_says_it():
    planned = plan()
    speeds = {0: 90.0, 1: 400.4, 2: 110.0}
    table = make_table(planned, {cell: summary(cell, clips_per_second=speeds[cell.seed]) for cell in planned.trials})
    heads, *rows = shown(table)
    assert [row[heads.index("clips/s")] for row in rows] == ["110", "110"]
    assert [row["clips_per_second"] for row in csv_rows(table)] == ["110.0", "110.0"]
    assert any(note.startswith("Clips/s: in training") for note in notes(table))
    older = make_table(planned, {cell: summary(cell, clips_per_second=None) for cell in planned.trials})
    assert "clips/s" not in shown(older)[0]
    assert not any(note.startswith("Clips/s") for note in notes(older))


NAMES = st.text(st.sampled_from(list("ab|\\&%$#_{}~^<>[]*`\"',;=+-@\n\r\t é±")), min_size=1, max_size=8)


@given(st.lists(NAMES, min_size=2, max_size=3, unique_by=lambda name: " ".join(name.split())), NAMES, NAMES)
def test_whatever_the_names_are_every_form_keeps_its_shape(rows, overlay, about):
    planned = plan(rows=rows, overlays=(overlay, "plain"), about=about)
    table = make_table(planned, finished(planned))
    parsed = markdown_rows(table)
    assert len(parsed) == 2 + 2 * len(rows)
    assert {len(row) for row in parsed} == {len(shown(table)[0])}
    assert all(set(cell) == {"-"} for cell in parsed[1])
    assert [row[0] for row in parsed[2 : 2 + len(rows)]] == [" ".join(row.split()) for row in rows]
    assert [row["recipe"] for row in csv_rows(table)] == [" ".join(row.split()) for row in (*rows, *rows)]
    body = latex_body(as_latex(table))
    assert [len(row) for row in body] == [len(shown(table)[0])] * (1 + 2 * len(rows))


def latex_body(text):
    """Rows of trials of a tabular, if TeX would read it: comments, then commands of ours, rows that end in \\\\."""
    lines = text.splitlines()
    begin = next(i for i, line in enumerate(lines) if not line.startswith("% "))
    assert re.fullmatch(r"\\begin\{tabular\}\{lr+\}", lines[begin])
    assert (lines[begin + 1], lines[begin + 3], lines[-2]) == (r"\toprule", r"\midrule", r"\bottomrule")
    assert lines[-1] == r"\end{tabular}"
    found = []
    for line in [lines[begin + 2], *lines[begin + 4 : -2]]:
        assert line.endswith(r" \\")
        line = line[:-3]
        assert not re.match(r"\s*[\[*]", line)  # \\ before it takes them for its own
        known = r"\\[&%$#_{}]|\\text\w+\{\}|\\\^\{\}|\$\\pm\$|\{[\[*]\}"
        bare = re.sub(known, "", line)
        assert not re.search(r"[\\%$#_{}~^]", bare), line
        found.append(re.sub(known, "", line).split("&"))
    return found


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a_b", r"a\_b"),
        ("5%", r"5\%"),
        ("a&b", r"a\&b"),
        ("#1", r"\#1"),
        ("$x", r"\$x"),
        ("{x}", r"\{x\}"),
        ("a\\b", r"a\textbackslash{}b"),
        ("~", r"\textasciitilde{}"),
        ("^", r"\^{}"),
        ("[x", "{[}x"),
        ("*x", "{*}x"),
        ("a|b", r"a\textbar{}b"),
        ("<", r"\textless{}"),
        (">", r"\textgreater{}"),
        ("±", r"$\pm$"),
        ("\\_", r"\textbackslash{}\_"),
    ],
)
def test_each_error_that_means_something_to_tex_is_escaped(name, written):
    planned = plan(rows=(name, "plain"))
    line = as_latex(make_table(planned, finished(planned))).splitlines()[-4]
    assert line.startswith(f"{written} & ")


def test_what_is_reported_below_stays_below():
    planned = plan(about="first line\n\n| second | line\n\\input{x}", published=PUBLISHED, source="a\nb")
    table = make_table(planned, finished(planned))
    latex_body(as_latex(table))
    assert "\n\nfirst line | second | line" in as_markdown(table)
    assert all("\n" not in note for note in notes(table))

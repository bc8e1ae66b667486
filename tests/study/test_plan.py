"""The plan comes first; what is wrong with a study is told before anything is trained, each mistake with its place."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mixerkit
from mixerkit.errors import MixerkitError
from mixerkit.study import run as running
from mixerkit.study import spec as specs
from tests.study.conftest import ONE_EPOCH, REVERSED, contents

FOLDS = "folds: all\nset: [data.folds=3]\n"
TABLE = """\
source: a paper
tables:
  - name: III
    title: all models
    protocol: not said
    rows:
      - {model: AST, figures: {test/accuracy: 86.2}, not_run: a transformer}
      - {model: ASM-RH, figures: {test/accuracy: 97.0}}
"""


def is_letter(result, code, *said):
    """The command ended with a letter that says all this."""
    ended, _, err = result
    assert ended == code, err
    assert "Traceback" not in err
    assert "bug of mixerkit" not in err
    for words in said:
        assert words in err, err


def test_the_plan_stands_before_the_first_training(bench, monkeypatch):
    seen = []

    def train(recipe, out):
        seen.append(json.loads((bench.out / "plan.json").read_text()))
        raise ZeroDivisionError

    monkeypatch.setattr(running, "train", train)
    with pytest.raises(ZeroDivisionError):
        mixerkit.run_study(bench.study(FOLDS), out=bench.out)
    assert [cell["id"] for cell in seen[0]["cells"]] == [cell.id for cell in mixerkit.plan_study(bench.file).cells]
    assert len(seen[0]["cells"]) == 12
    assert not list((bench.out / "cells").glob("*/"))
    assert (bench.out / "study.yaml").read_text() == bench.file.read_text()
    assert mixerkit.Study.open(bench.out).plan == mixerkit.plan_study(bench.file)


def test_a_plan_comes_back_from_its_file_as_it_was(bench, pretended):
    (bench.path / "table.yaml").write_text(TABLE)
    (bench.path / "over.yaml").write_text("runner: {batch_size: 4}\n")
    text = f"{FOLDS}overlays: [[], over.yaml]\nabout: |\n  odd \u2013 text\n  | in two lines\n"
    text += "published: {file: table.yaml, table: III}\n"
    study = bench.study(text, recipes=f"[{{recipe: tiny.yaml, published: ASM-RH}}, {REVERSED}]")
    mixerkit.run_study(study, out=bench.out)
    assert mixerkit.Study.open(bench.out).plan == mixerkit.plan_study(study)
    assert len(mixerkit.plan_study(study).cells) == 24


def test_plan_prints_all_cells_and_writes_nothing(bench, call, monkeypatch, tmp_path_factory, cache):
    here = tmp_path_factory.mktemp("here")
    monkeypatch.chdir(here)
    bench.study(FOLDS)
    before = contents(bench.path), contents(cache)
    code, out, err = call("study", bench.file, "--plan", "--out", bench.out)
    assert (code, err) == (0, "")
    assert [line.split("  ") for line in out.splitlines()] == [[c.id, c.name] for c in mixerkit.plan_study(bench.file).cells]
    assert len(out.splitlines()) == 12
    assert (contents(bench.path), contents(cache)) == before
    assert not bench.out.exists()
    assert not list(here.iterdir())


def test_seeds_come_first_so_that_an_early_table_has_every_row(bench):
    names = [(cell.seed, cell.fold) for cell in mixerkit.plan_study(bench.study(FOLDS, seeds="[5, 2]")).cells]
    assert names == [(seed, fold) for seed in (5, 2) for fold in (1, 2, 3) for _row in range(2)]


MISTAKES = {
    "unknown key": ("seads: [1]\n", ["try.yaml:4  seads", "Did you mean 'seeds'?"]),
    "no such key": ("colour: red\n", ["try.yaml:4  colour", "Allowed here: name, about, recipes"]),
    "all folds of none": ("folds: all\n", ["try.yaml: tiny.yaml: folds", "has no folds", "set: [data.folds=10]"]),
    "one fold of none": ("folds: [1]\n", ["try.yaml: tiny.yaml: folds", "synthetic-events has no folds"]),
    "a fold beyond": ("folds: [1, 4]\nset: [data.folds=3]\n", ["try.yaml: tiny.yaml", "data.fold", "4 of 3 folds", "1 to 3"]),
    "no fold": ("folds: []\n", ["try.yaml:4  folds", "Came: ()"]),
    "a fold 0": ("folds: [0]\n", ["try.yaml:4  folds", "from 1"]),
    "a fold that is no number": ("folds: [true]\n", ["try.yaml:4  folds"]),
    "a word for folds": ("folds: al\n", ["try.yaml:4  folds\n", "Came: 'al'.", "It should be all"]),
    "the same fold twice": ("folds: [1, 2, 1]\nset: [data.folds=3]\n", ["try.yaml:4  folds", "1 more than once"]),
    "unknown reference": ("reference: revesred\n", ["try.yaml  reference", "no row 'revesred'", "Did you mean 'reversed'?"]),
    "no overlay": ("overlays: []\n", ["try.yaml:4  overlays"]),
    "missing overlay": ("overlays: [nowhere.yaml]\n", ["try.yaml: tiny.yaml: nowhere.yaml", "try.yaml: reversed: nowhere.yaml"]),
    "no assignment": ("set: [data.folds]\n", ["try.yaml: tiny.yaml: --set data.folds", "It is not KEY=VALUE"]),
    "wrong assignment": ("set: [runner.epocs=3]\n", ["--set runner.epocs=3  runner.epocs", "Did you mean 'epochs'?"]),
    "a seed": ("set: [model.dim=32, runner.seed=7]\n", ["try.yaml:4  set.1", "runner.seed", "seeds in the study's file"]),
    "a fold beside folds": ("folds: [1, 2]\nset: [data.folds=3, data.fold=2]\n", ["try.yaml:5  set.1", "data.fold", "folds in"]),
    "several devices": ("set: [runner.devices=2]\n", ["runner.devices", "asks for 2 devices", "CUDA_VISIBLE_DEVICES"]),
    "no table": ("published: {file: table.yaml, table: IV}\n", ["table.yaml", "no table 'IV'", "III"]),
    "a table's number": ("published: {file: table.yaml, table: 3}\n", ["try.yaml:4  published.table", "Came: 3."]),
    "no file of tables": ("published: {file: tabel.yaml, table: III}\n", ["tabel.yaml", "cannot be read"]),
    "twice the same overlay": ("overlays: [over.yaml, over.yaml]\n", ["'tiny, over, seed 0'", "the very same thing"]),
    "two overlays of one name": ("overlays: [over.yaml, deep/over.yaml]\n", ["'tiny, over, seed 0'", "have this name"]),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_study_is_a_letter_with_its_place(bench, call, name, pretended):
    (bench.path / "table.yaml").write_text(TABLE)
    (bench.path / "over.yaml").write_text("runner: {batch_size: 4}\n")
    (bench.path / "deep").mkdir()
    (bench.path / "deep" / "over.yaml").write_text("runner: {batch_size: 2}\n")
    text, said = MISTAKES[name]
    is_letter(call("study", bench.study(text), "--out", bench.out), 2, *said)
    assert not pretended.trained
    assert not bench.out.exists()


ROWS = {
    "[]": ["try.yaml:2  recipes", "at least 1"],
    "tiny.yaml": ["try.yaml:2  recipes"],
    "[7]": ["try.yaml:2  recipes.0", "Came: 7."],
    "[null]": ["try.yaml:2  recipes.0"],
    "[{name: x}]": ["try.yaml:2  recipes.0.recipe", "is missing"],
    "[{recipe: tiny.yaml, nam: x}]": ["try.yaml:2  recipes.0.nam", "Did you mean 'name'?"],
    "[{recipe: tiny.yaml, set: runner.epochs=1}]": ["try.yaml:2  recipes.0.set"],
    "[tny.yaml]": ["try.yaml: tny.yaml", "There is no such recipe"],
    "[tiny.yaml, {recipe: tiny.yaml, name: twin}]": ["'tiny, seed 0' and 'twin, seed 0'", "the very same thing"],
    '[tiny.yaml, {recipe: tiny.yaml, set: ["runner.epochs=3"]}]': ["'tiny, seed 0' and 'tiny, seed 0'", "have this name"],
    "[{recipe: tiny.yaml, set: [runner.seed=7]}]": ["try.yaml:2  recipes.0.set.0", "runner.seed"],
    "[{recipe: tiny.yaml, published: AST}]": ["recipes.0.published", "the study has no published table"],
    "[one.yaml, {recipe: two.yaml, name: second}, missing.yaml]": [
        "try.yaml: one.yaml: ",
        "one.yaml:11  runner.epocs",
        "try.yaml: second: ",
        "two.yaml:6  model.dmi",
        "Did you mean 'dim'?",
        "try.yaml: missing.yaml: ",
    ],
}


@pytest.mark.parametrize("rows", ROWS)
def test_a_mistake_in_a_row_is_a_letter_and_all_rows_are_told_at_once(bench, call, rows):
    (bench.path / "one.yaml").write_text(ONE_EPOCH.replace("epochs: 1", "epocs: 1"))
    (bench.path / "two.yaml").write_text(ONE_EPOCH.replace("dim: 16", "dmi: 16"))
    is_letter(call("study", bench.study(recipes=rows), "--out", bench.out), 2, *ROWS[rows])
    assert not bench.out.exists()


@pytest.mark.parametrize(
    ("seeds", "said"),
    [
        ("[1, 0, 1]", "1 more than once"),
        ("[]", "at least 1"),
        ("[-1]", "greater than or equal to 0"),
        ("3", "Came: 3."),
        ("[yes]", "yes"),
    ],
)
def test_seeds_are_different_numbers(bench, call, seeds, said):
    is_letter(call("study", bench.study(seeds=seeds), "--out", bench.out), 2, "try.yaml:3  seeds", said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [("97.0", "many", "table.yaml:8  tables.0.rows.1.figures"), ("model: AST", "modle: AST", "Did you mean 'model'?")],
)
def test_a_mistake_in_a_published_table_has_its_line(bench, call, old, new, said):
    (bench.path / "table.yaml").write_text(TABLE.replace(old, new))
    is_letter(call("study", bench.study("published: {file: table.yaml, table: III}\n"), "--out", bench.out), 2, said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "no such recipe"),
        ("", "It is empty"),
        ("- a\n", "not a mapping"),
        ("name: [\n", "not YAML"),
        ("a: 1\na: 2\n", "twice"),
    ],
)
def test_a_file_that_is_no_study(bench, call, text, said):
    if text is not None:
        bench.file.write_text(text)
    is_letter(call("study", bench.file, "--out", bench.out), 2, "try.yaml", said)


@pytest.mark.parametrize("name", ["a/b", "''", "..", "-a", "'a b'", "7", "null"])
def test_a_name_that_is_no_folder(bench, call, name):
    bench.file.write_text(f"name: {name}\nrecipes: [tiny.yaml]\n")
    is_letter(call("study", bench.file, "--out", bench.out), 2, "try.yaml:1  name")


def test_the_same_mistake_under_several_overlays_is_told_once(bench, call):
    for name in ("one", "two"):
        (bench.path / f"{name}.yaml").write_text("runner: {batch_size: 4}\n")
    result = call("study", bench.study("overlays: [one.yaml, two.yaml]\n", recipes="[tny.yaml]"), "--out", bench.out)
    assert result[2].count("There is no such recipe") == 1


def test_data_that_is_missing_is_told_as_such_where_its_folds_are_asked_for(bench, call):
    (bench.path / "tiny.yaml").write_text(
        ONE_EPOCH.replace("{kind: synthetic-events, train: 3, val: 2, test: 2, seconds: 0.5}", "{kind: table, file: no.csv}")
    )
    is_letter(call("study", bench.study(), "--out", bench.out), 3, "try.yaml: tiny.yaml: data.file (table)", "There is no file")


def test_a_folder_that_holds_something_else_is_left_alone(bench, call, pretended):
    bench.study()
    bench.out.mkdir()
    (bench.out / "thesis.txt").write_text("years")
    before = contents(bench.out)
    is_letter(call("study", bench.file, "--out", bench.out), 2, str(bench.out), "holds no study", "--out")
    is_letter(call("study", bench.file, "--out", bench.out / "thesis.txt"), 2, "holds no study")
    assert contents(bench.out) == before
    assert not pretended.trained


def test_a_folder_of_another_study_is_left_alone(bench, call, pretended):
    mixerkit.run_study(bench.study(), out=bench.out)
    before = contents(bench.out)
    bench.file.write_text(bench.file.read_text().replace("name: try", "name: other"))
    is_letter(call("study", bench.file, "--out", bench.out), 2, str(bench.out), "the study 'try', not 'other'")
    assert contents(bench.out) == before


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"name": "try"}', '{"name": 3}', "\udcff"])
def test_a_damaged_plan_is_a_letter(bench, call, pretended, text):
    mixerkit.run_study(bench.study(), out=bench.out)
    (bench.out / "plan.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    is_letter(call("study", bench.file, "--out", bench.out), 3, str(bench.out / "plan.json"), "It is damaged")
    with pytest.raises(MixerkitError, match="damaged"):
        mixerkit.Study.open(bench.out)


def test_a_folder_that_cannot_be_is_a_letter(bench, call, pretended):
    bench.study()
    (bench.path / "file").write_text("")
    is_letter(call("study", bench.file, "--out", bench.path / "file" / "out"), 3, "Not a directory")
    is_letter(call("study", bench.file, "--out", bench.path / ("x" * 300)), 3, "File name too long")
    assert not pretended.trained


def test_opening_what_is_no_study(tmp_path):
    with pytest.raises(MixerkitError, match="It is no study"):
        mixerkit.Study.open(tmp_path)


words = st.sampled_from(
    ["", "tiny.yaml", "over.yaml", "all", "reversed", "runner.epochs=3", "data.folds=3", "x", "III", "|", "a\nb"]
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-2, 2**40), st.floats(allow_nan=True), words)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(specs.RowSpec.model_fields)), inner)
)
rows = st.lists(
    st.fixed_dictionaries({"recipe": words}, optional=dict.fromkeys(("name", "set", "overlays", "published"), values)) | words,
    max_size=2,
)
studies = st.fixed_dictionaries(
    {"recipes": rows | values},
    optional={key: values for key in specs.StudySpec.model_fields if key not in ("recipes", "set")}
    | {"set": st.lists(words, max_size=2)},
)


@pytest.fixture(scope="module")
def corner(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corner")
    (folder / "tiny.yaml").write_text(ONE_EPOCH)
    (folder / "over.yaml").write_text("runner: {batch_size: 4}\n")
    return folder


@given(studies)
def test_whatever_a_study_says_it_is_a_plan_or_a_letter(corner, said):
    (corner / "fuzzed.yaml").write_text(json.dumps(said).replace("NaN", ".nan").replace("Infinity", ".inf"))
    try:
        plan = mixerkit.plan_study(corner / "fuzzed.yaml")
    except MixerkitError as error:
        assert error.exit_code in (2, 3)
        assert all(problem.where and problem.came for problem in error.problems)
    else:
        assert plan.cells
        assert len({cell.id for cell in plan.cells}) == len({cell.name for cell in plan.cells}) == len(plan.cells)

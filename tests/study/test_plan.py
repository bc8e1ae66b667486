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
      - {model: AST, metrics: {test/accuracy: 86.2}, not_run: a transformer}
      - {model: ASM-RH, metrics: {test/accuracy: 97.0}}
"""


def is_error(result, code, *message):
    """The command ended with a letter that says all this."""
    ended, _, err = result
    assert ended == code, err
    assert "Traceback" not in err
    assert "bug of mixerkit" not in err
    for words in message:
        assert words in err, err


def test_the_plan_stands_before_the_first_training(workspace, monkeypatch):
    seen = []

    def train(recipe, out):
        seen.append(json.loads((workspace.out / "plan.json").read_text()))
        raise ZeroDivisionError

    monkeypatch.setattr(running, "train", train)
    with pytest.raises(ZeroDivisionError):
        mixerkit.run_study(workspace.study(FOLDS), out=workspace.out)
    assert [trial["id"] for trial in seen[0]["trials"]] == [trial.id for trial in mixerkit.plan_study(workspace.file).trials]
    assert len(seen[0]["trials"]) == 12
    assert not list((workspace.out / "trials").glob("*/"))
    assert (workspace.out / "study.yaml").read_text() == workspace.file.read_text()
    assert mixerkit.Study.open(workspace.out).plan == mixerkit.plan_study(workspace.file)


def test_a_plan_comes_back_from_its_file_as_it_was(workspace, pretended):
    (workspace.path / "table.yaml").write_text(TABLE)
    (workspace.path / "over.yaml").write_text("runner: {batch_size: 4}\n")
    text = f"{FOLDS}overlays: [[], over.yaml]\nabout: |\n  odd \u2013 text\n  | in two lines\n"
    text += "published: {file: table.yaml, table: III}\n"
    study = workspace.study(text, recipes=f"[{{recipe: tiny.yaml, published: ASM-RH}}, {REVERSED}]")
    mixerkit.run_study(study, out=workspace.out)
    assert mixerkit.Study.open(workspace.out).plan == mixerkit.plan_study(study)
    assert len(mixerkit.plan_study(study).trials) == 24


def test_plan_prints_all_trials_and_writes_nothing(workspace, call, monkeypatch, tmp_path_factory, cache):
    here = tmp_path_factory.mktemp("here")
    monkeypatch.chdir(here)
    workspace.study(FOLDS)
    before = contents(workspace.path), contents(cache)
    code, out, err = call("study", workspace.file, "--plan", "--out", workspace.out)
    assert (code, err) == (0, "")
    assert [line.split("  ") for line in out.splitlines()] == [[c.id, c.name] for c in mixerkit.plan_study(workspace.file).trials]
    assert len(out.splitlines()) == 12
    assert (contents(workspace.path), contents(cache)) == before
    assert not workspace.out.exists()
    assert not list(here.iterdir())


def test_seeds_come_first_so_that_an_early_table_has_every_row(workspace):
    names = [(trial.seed, trial.fold) for trial in mixerkit.plan_study(workspace.study(FOLDS, seeds="[5, 2]")).trials]
    assert names == [(seed, fold) for seed in (5, 2) for fold in (1, 2, 3) for _row in range(2)]


MISTAKES = {
    "unknown key": ("seads: [1]\n", ["try.yaml:4  seads", "Did you mean 'seeds'?"]),
    "no such key": ("colour: red\n", ["try.yaml:4  colour", "Allowed here: name, about, recipes"]),
    "all folds of none": ("folds: all\n", ["try.yaml: tiny.yaml: folds", "has no folds", "set: [data.folds=10]"]),
    "one fold of none": ("folds: [1]\n", ["try.yaml: tiny.yaml: folds", "synthetic-events has no folds"]),
    "a fold beyond": ("folds: [1, 4]\nset: [data.folds=3]\n", ["try.yaml: tiny.yaml", "data.fold", "4 of 3 folds", "1 to 3"]),
    "no fold": ("folds: []\n", ["try.yaml:4  folds", "Got: ()"]),
    "a fold 0": ("folds: [0]\nset: [data.folds=3]\n", ["try.yaml: tiny.yaml", "data.fold", "0 of 3 folds", "1 to 3"]),
    "a fold that is no number": ("folds: [true]\n", ["try.yaml:4  folds"]),
    "a word for folds": ("folds: al\n", ["try.yaml:4  folds\n", "Got: 'al'.", "It should be all"]),
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
    "a table's number": ("published: {file: table.yaml, table: 3}\n", ["try.yaml:4  published.table", "Got: 3."]),
    "no file of tables": ("published: {file: tabel.yaml, table: III}\n", ["tabel.yaml", "cannot be read"]),
    "twice the same overlay": ("overlays: [over.yaml, over.yaml]\n", ["'tiny, over, seed 0'", "the very same thing"]),
    "two overlays of one name": ("overlays: [over.yaml, deep/over.yaml]\n", ["'tiny, over, seed 0'", "have this name"]),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_study_is_a_clear_error_with_its_place(workspace, call, name, pretended):
    (workspace.path / "table.yaml").write_text(TABLE)
    (workspace.path / "over.yaml").write_text("runner: {batch_size: 4}\n")
    (workspace.path / "deep").mkdir()
    (workspace.path / "deep" / "over.yaml").write_text("runner: {batch_size: 2}\n")
    text, message = MISTAKES[name]
    is_error(call("study", workspace.study(text), "--out", workspace.out), 2, *message)
    assert not pretended.trained
    assert not workspace.out.exists()


ROWS = {
    "[]": ["try.yaml:2  recipes", "at least 1"],
    "tiny.yaml": ["try.yaml:2  recipes"],
    "[7]": ["try.yaml:2  recipes.0", "Got: 7."],
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
def test_a_mistake_in_a_row_is_a_clear_error_and_all_rows_are_reported_at_once(workspace, call, rows):
    (workspace.path / "one.yaml").write_text(ONE_EPOCH.replace("epochs: 1", "epocs: 1"))
    (workspace.path / "two.yaml").write_text(ONE_EPOCH.replace("dim: 16", "dmi: 16"))
    is_error(call("study", workspace.study(recipes=rows), "--out", workspace.out), 2, *ROWS[rows])
    assert not workspace.out.exists()


@pytest.mark.parametrize(
    ("seeds", "message"),
    [
        ("[1, 0, 1]", "1 more than once"),
        ("[]", "at least 1"),
        ("[-1]", "greater than or equal to 0"),
        ("3", "Got: 3."),
        ("[yes]", "yes"),
    ],
)
def test_seeds_are_different_numbers(workspace, call, seeds, message):
    is_error(call("study", workspace.study(seeds=seeds), "--out", workspace.out), 2, "try.yaml:3  seeds", message)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [("97.0", "many", "table.yaml:8  tables.0.rows.1.metrics"), ("model: AST", "modle: AST", "Did you mean 'model'?")],
)
def test_a_mistake_in_a_published_table_has_its_line(workspace, call, old, new, message):
    (workspace.path / "table.yaml").write_text(TABLE.replace(old, new))
    is_error(call("study", workspace.study("published: {file: table.yaml, table: III}\n"), "--out", workspace.out), 2, message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "no such recipe"),
        ("", "It is empty"),
        ("- a\n", "not a mapping"),
        ("name: [\n", "not YAML"),
        ("a: 1\na: 2\n", "twice"),
    ],
)
def test_a_file_that_is_no_study(workspace, call, text, message):
    if text is not None:
        workspace.file.write_text(text)
    is_error(call("study", workspace.file, "--out", workspace.out), 2, "try.yaml", message)


@pytest.mark.parametrize("name", ["a/b", "''", "..", "-a", "'a b'", "7", "null"])
def test_a_name_that_is_no_folder(workspace, call, name):
    workspace.file.write_text(f"name: {name}\nrecipes: [tiny.yaml]\n")
    is_error(call("study", workspace.file, "--out", workspace.out), 2, "try.yaml:1  name")


def test_the_same_mistake_under_several_overlays_is_reported_once(workspace, call):
    for name in ("one", "two"):
        (workspace.path / f"{name}.yaml").write_text("runner: {batch_size: 4}\n")
    result = call("study", workspace.study("overlays: [one.yaml, two.yaml]\n", recipes="[tny.yaml]"), "--out", workspace.out)
    assert result[2].count("There is no such recipe") == 1


def test_data_that_is_missing_is_reported_as_such_where_its_folds_are_asked_for(workspace, call):
    (workspace.path / "tiny.yaml").write_text(
        ONE_EPOCH.replace("{kind: synthetic-events, train: 3, val: 2, test: 2, seconds: 0.5}", "{kind: table, file: no.csv}")
    )
    is_error(
        call("study", workspace.study(), "--out", workspace.out), 3, "try.yaml: tiny.yaml: data.file (table)", "There is no file"
    )


def test_a_folder_that_holds_something_else_is_left_alone(workspace, call, pretended):
    workspace.study()
    workspace.out.mkdir()
    (workspace.out / "thesis.txt").write_text("years")
    before = contents(workspace.out)
    is_error(call("study", workspace.file, "--out", workspace.out), 2, str(workspace.out), "holds no study", "--out")
    is_error(call("study", workspace.file, "--out", workspace.out / "thesis.txt"), 2, "holds no study")
    assert contents(workspace.out) == before
    assert not pretended.trained


def test_a_folder_of_another_study_is_left_alone(workspace, call, pretended):
    mixerkit.run_study(workspace.study(), out=workspace.out)
    before = contents(workspace.out)
    workspace.file.write_text(workspace.file.read_text().replace("name: try", "name: other"))
    is_error(call("study", workspace.file, "--out", workspace.out), 2, str(workspace.out), "the study 'try', not 'other'")
    assert contents(workspace.out) == before


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"name": "try"}', '{"name": 3}', "\udcff"])
def test_a_damaged_plan_is_a_clear_error(workspace, call, pretended, text):
    mixerkit.run_study(workspace.study(), out=workspace.out)
    (workspace.out / "plan.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    is_error(call("study", workspace.file, "--out", workspace.out), 3, str(workspace.out / "plan.json"), "It is damaged")
    with pytest.raises(MixerkitError, match="damaged"):
        mixerkit.Study.open(workspace.out)


def test_a_folder_that_cannot_be_is_a_clear_error(workspace, call, pretended):
    workspace.study()
    (workspace.path / "file").write_text("")
    is_error(call("study", workspace.file, "--out", workspace.path / "file" / "out"), 3, "Not a directory")
    is_error(call("study", workspace.file, "--out", workspace.path / ("x" * 300)), 3, "File name too long")
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
def test_whatever_a_study_says_it_is_a_plan_or_a_clear_error(corner, message):
    (corner / "fuzzed.yaml").write_text(json.dumps(message).replace("NaN", ".nan").replace("Infinity", ".inf"))
    try:
        plan = mixerkit.plan_study(corner / "fuzzed.yaml")
    except MixerkitError as error:
        assert error.exit_code in (2, 3)
        assert all(problem.where and problem.got for problem in error.problems)
    else:
        assert plan.trials
        assert len({trial.id for trial in plan.trials}) == len({trial.name for trial in plan.trials}) == len(plan.trials)

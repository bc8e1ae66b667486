"""A trial's id: all that decides the result, and nothing else."""

import json
import os
import shutil
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mixerkit
from mixerkit import Recipe
from mixerkit.study.plan import trial_id
from tests.conftest import TINY
from tests.registry.test_faulty_plugins import PLUGIN, SOUND
from tests.study.conftest import REVERSED

PLACES = {("name",), ("plugins",), ("data", "root"), ("data", "file"), ("data", "download")}
DEVICES = {("runner", "device"), ("runner", "devices")}
DECIDING = [
    "data.seed=1",
    "data.folds=3",
    "audio.pad=repeat",
    "features.augment.time_mask=4",
    "model.dim=32",
    "model.depth=1",
    "model.drop_path.rate=0.1",
    "model.block.operators=[roll-time, hermit-frequency]",
    "runner.epochs=3",
    "runner.epochs=2",
    "runner.optimizer.lr=2e-3",
    "runner.optimizer.lr=1e-3",
    "runner.loss=bce",
    "runner.clip_grad=1.0",
    "runner.precision=bfloat16",
    "runner.seed=7",
]
IDLE = ["name=other", "runner.device=cpu", "runner.device=auto", "runner.devices=2"]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("ids") / "tiny.yaml"
    path.write_text(TINY)
    return path


def load(path, *settings):
    return Recipe.load(path, set=settings)


def leaves(data, place=()):
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from leaves(value, (*place, key))
    elif isinstance(data, list) and data:
        for i, value in enumerate(data):
            yield from leaves(value, (*place, i))
    else:
        yield place


def changed(data, place):
    """A copy of ``data`` with another value at ``place``."""
    copy = json.loads(json.dumps(data))
    inside = copy
    for step in place[:-1]:
        inside = inside[step]
    inside[place[-1]] = "something else"
    return copy


def test_every_single_setting_counts_but_names_places_and_devices(file, tmp_path):
    (tmp_path / "us8k.yaml").write_text(
        TINY.replace("synthetic-events, train: 3, val: 2, test: 2, seconds: 0.5", "urbansound8k, root: a")
    )
    for recipe in (load(file), load(tmp_path / "us8k.yaml")):
        data = recipe.as_dict()
        places = list(leaves(data))
        assert len(places) > 40
        for place in places:
            other = SimpleNamespace(
                as_dict=lambda data=data, place=place: changed(data, place), data=recipe.data, loaded_plugins=()
            )
            idle = place[:2] in PLACES | DEVICES or place[:1] in PLACES
            assert (trial_id(other) == trial_id(recipe)) == idle, place


@given(
    st.sets(st.sampled_from(DECIDING), max_size=3), st.sets(st.sampled_from(DECIDING), max_size=3), st.sets(st.sampled_from(IDLE))
)
def test_ids_are_equal_where_all_deciding_settings_are(file, some, others, idle):
    one, other = load(file, *sorted(some)), load(file, *sorted(others, reverse=True), *sorted(idle))
    alike = one.model_copy(update={"name": "x", "runner": one.runner.model_copy(update={"device": "cpu", "devices": 1})})
    extra_labels = other.model_copy(
        update={"name": "x", "runner": other.runner.model_copy(update={"device": "cpu", "devices": 1})}
    )
    assert (trial_id(one) == trial_id(other)) == (alike.as_dict() == extra_labels.as_dict())


def test_the_order_of_keys_and_the_way_of_saying_do_not_count(file, tmp_path):
    message = "runner: {epochs: 2, batch_size: 8, device: cpu, optimizer: {kind: adamw, lr: 1e-3}}"
    turned = "runner: {optimizer: {weight_decay: 0.05, lr: 0.0010, kind: adamw}, batch_size: 8, device: cpu, epochs: 2}"
    assert message in TINY
    lines = TINY.replace(message, turned).splitlines()
    (tmp_path / "other.yaml").write_text("\n".join([*lines[-1:], *lines[:-1]]))
    assert trial_id(load(tmp_path / "other.yaml")) == trial_id(load(file))


def test_where_data_lies_does_not_count(tmp_path):
    ids = set()
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        table = tmp_path / place / "clips.csv"
        table.write_text("path,label,fold\na.wav,x,1\nb.wav,y,2\nc.wav,x,3\n")
        kind = f"{{kind: table, file: {table}}}"
        text = TINY.replace("{kind: synthetic-events, train: 3, val: 2, test: 2, seconds: 0.5}", kind)
        (tmp_path / place / "tiny.yaml").write_text(text)
        ids.add(trial_id(load(tmp_path / place / "tiny.yaml", "data.fold=2")))
    for words in ("root: a", "root: b, download: true"):
        kind = f"{{kind: urbansound8k, {words}}}"
        text = TINY.replace("{kind: synthetic-events, train: 3, val: 2, test: 2, seconds: 0.5}", kind)
        (tmp_path / "tiny.yaml").write_text(text)
        ids.add(trial_id(load(tmp_path / "tiny.yaml")))
    assert len(ids) == 2


def plugged(folder, comment="", name="mine"):
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(PLUGIN.format(**SOUND) + comment)
    (folder / "tiny.yaml").write_text(TINY.replace("[hermit-frequency, roll-time]", "[mine]") + f"plugins: [{name}]\n")
    return folder / "tiny.yaml"


def test_the_code_of_a_plugin_counts_byte_for_byte_and_its_place_and_name_do_not(tmp_path, monkeypatch):
    first = trial_id(load(plugged(tmp_path / "a")))
    assert trial_id(load(plugged(tmp_path / "b", name="moved"))) == first
    assert trial_id(load(plugged(tmp_path / "c", comment="#"))) != first
    assert trial_id(load(plugged(tmp_path / "a", comment="#"))) != first
    assert trial_id(load(plugged(tmp_path / "a"))) == first


def test_a_plugin_that_is_named_twice_counts_once(tmp_path):
    path = plugged(tmp_path / "a")
    again = Recipe.load(path, plugins=[str(tmp_path / "a" / "mine.py")])
    assert len(again.loaded_plugins) == 2
    assert trial_id(again) == trial_id(load(path))


def test_the_same_plan_from_anywhere_any_time_and_in_any_order(workspace, monkeypatch):
    first = mixerkit.plan_study(workspace.study())
    assert mixerkit.plan_study(workspace.file) == first
    ids = {trial.name: trial.id for trial in first.trials}
    assert len(set(ids.values())) == 4
    turned = mixerkit.plan_study(workspace.study(recipes=f"[{REVERSED}, tiny.yaml]", seeds="[1, 0]"))
    assert {trial.name: trial.id for trial in turned.trials} == ids
    shutil.copytree(workspace.path, workspace.path / "elsewhere" / "deep")
    monkeypatch.chdir(workspace.path / "elsewhere")
    os.rename("deep/tiny.yaml", "deep/renamed.yaml")  # noqa: PTH104
    text = (workspace.path / "elsewhere" / "deep" / "try.yaml").read_text().replace("tiny.yaml", "renamed.yaml")
    (workspace.path / "elsewhere" / "deep" / "try.yaml").write_text(text)
    moved = mixerkit.plan_study("deep/try.yaml", set=["runner.device=auto"])
    assert [trial.id for trial in moved.trials] == [trial.id for trial in turned.trials]


def test_seeds_and_folds_each_have_their_own_id_and_shared_ones_are_shared(workspace):
    whole = {
        (c.row, c.seed, c.fold): c.id for c in mixerkit.plan_study(workspace.study("folds: all\nset: [data.folds=3]\n")).trials
    }
    assert len(set(whole.values())) == 12
    some = mixerkit.plan_study(workspace.study("folds: [2]\n", seeds="[1]"), set=["data.folds=3"])
    assert [trial.id for trial in some.trials] == [whole[trial.row, 1, 2] for trial in some.trials]
    none = mixerkit.plan_study(workspace.study(seeds="[1]"), set=["data.folds=3"])  # data.fold is 1 where nothing is said
    assert [trial.id for trial in none.trials] == [whole[trial.row, 1, 1] for trial in none.trials]


def test_folds_of_a_table_are_trials_by_their_names_in_natural_order(workspace, pretended):
    names = ["theo", "anna10", "anna2", "03", "1.0"]
    rows = "".join(f"{name}{i}.wav,{label},{name}\n" for name in names for i, label in enumerate("ab"))
    (workspace.path / "t.csv").write_text(f"path,label,fold\n{rows}")
    data = f"data={{kind: table, file: {workspace.path}/t.csv}}"
    file = workspace.study(f"folds: all\nset: ['{data}']\n", recipes="[tiny.yaml]", seeds="[0]")
    plan = mixerkit.plan_study(file)
    assert [trial.fold for trial in plan.trials] == ["1.0", "03", "anna2", "anna10", "theo"]
    assert [trial.name for trial in plan.trials][-1] == "tiny, seed 0, fold theo"
    some = mixerkit.plan_study(workspace.study(f"folds: [theo, 3, 1]\nset: ['{data}']\n", recipes="[tiny.yaml]", seeds="[0]"))
    assert {trial.fold: trial.id for trial in some.trials} == {
        name: plan.trials[i].id for i, name in enumerate((1, 3, "", "", "theo")) if name
    }
    none = mixerkit.plan_study(workspace.study(f"set: ['{data}']\n", recipes="[tiny.yaml]", seeds="[0]"))
    assert none.trials[0].id == plan.trials[0].id  # the first fold, where nothing is said
    mixerkit.run_study(file, out=workspace.out)
    assert mixerkit.Study.open(workspace.out).plan.trials == mixerkit.plan_study(file).trials

"""The runner's parts: order, batches, checkpoints, folders, signals."""

import json
import signal

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import Recipe
from mixerkit.errors import Interrupted, UsageError
from mixerkit.inference.predict import cut
from mixerkit.progress import Reporter, duration
from mixerkit.rundir.create import created
from mixerkit.rundir.folder import RunDir, typical_speed
from mixerkit.runner import seeding
from mixerkit.runner.signals import StopSignals


@given(clips=st.integers(1, 60), size=st.integers(1, 20), world=st.integers(1, 4))
def test_every_clip_is_in_one_batch_of_one_rank(clips, size, world):
    index = seeding.order(clips, 0, 0)
    ranks = [seeding.batches(index, max(size, world), rank, world) for rank in range(world)]
    assert len({len(batches) for batches in ranks}) == 1
    seen = torch.cat([batch for batches in ranks for batch, _ in batches])
    assert sorted(seen.tolist()) == list(range(clips))
    for step in zip(*ranks, strict=True):
        assert sum(len(batch) for batch, _ in step) == step[0][1]
        if clips >= world:
            assert all(len(batch) for batch, _ in step)


def test_the_order_depends_on_seed_and_epoch_alone():
    assert torch.equal(seeding.order(50, 1, 2), seeding.order(50, 1, 2))
    assert not torch.equal(seeding.order(50, 1, 2), seeding.order(50, 1, 3))
    assert not torch.equal(seeding.order(50, 1, 2), seeding.order(50, 2, 2))


def test_a_run_folder_is_never_overwritten(tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    recipe = Recipe.load(tiny)
    with created(recipe, None, describe) as one, created(recipe, None, describe) as two:
        assert one.path != two.path
    assert one.path.parent.as_posix() == "runs/tiny"
    file = tmp_path / "file"
    file.write_text("")
    refused = [(one.path, "not an empty folder"), (file, "not an empty folder"), (file / "inside", "cannot be made")]
    for path, why in [*refused, (tmp_path / ("long" * 99), "cannot be made")]:
        with pytest.raises(UsageError, match=why), created(recipe, path, describe):
            pass


def describe(folder):
    for name in ("labels.json", "features.json", "splits.csv"):
        (folder.path / name).write_text("")


def test_a_run_folder_reads_back_its_recipe_and_keeps_the_sources(tiny, tmp_path):
    recipe = Recipe.load(tiny, set=["runner.seed=4"])
    with created(recipe, tmp_path / "run with spaces é", describe) as folder:
        assert Recipe.load(folder.path / "recipe.yaml") == recipe
        assert (folder.path / "source" / "0_tiny.yaml").read_text() == tiny.read_text()


def test_metrics_lines_survive_a_kill(tmp_path):
    folder = RunDir(tmp_path)
    for epoch in (1, 2, 3):
        folder.append_metrics({"epoch": epoch, "val/auc": float("nan")})
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"epoch": 4, "val')
    assert [row["epoch"] for row in folder.read_metrics()] == [1, 2, 3]
    folder.keep_metrics(2)
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert rows == [{"epoch": 1, "val/auc": None}, {"epoch": 2, "val/auc": None}]


@pytest.fixture
def own_handler():
    """Python's own handler of Ctrl-C, which a process that was started in the background does not have."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("own_handler")
def test_a_polite_signal_sets_a_flag_and_a_second_ctrl_c_stops_at_once():
    with StopSignals() as stop:
        stop.polite = True
        signal.raise_signal(signal.SIGTERM)
        assert stop.number == signal.SIGTERM
        signal.raise_signal(signal.SIGINT)
        assert stop.number == signal.SIGINT
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)  # Python's own handler is back


def test_an_interruption_that_others_code_took_for_its_own_failure_is_one_all_the_same():
    with pytest.raises(Interrupted) as caught, StopSignals():
        try:
            signal.raise_signal(signal.SIGTERM)
        except Exception as error:
            raise OSError("could not load this library") from error
    assert caught.value.exit_code == 143


def test_outside_of_training_a_signal_raises():
    with StopSignals(), pytest.raises(Interrupted) as caught:
        signal.raise_signal(signal.SIGTERM)
    assert caught.value.exit_code == 143


@given(length=st.integers(1, 500), samples=st.integers(1, 120))
def test_windows_cover_a_long_recording_and_end_with_it(length, samples):
    wave = torch.arange(length)
    windows = cut(wave, samples)
    assert torch.cat(windows).unique().tolist() == list(range(length))
    assert windows[-1][-1] == length - 1
    assert all(len(window) == min(samples, length) for window in windows)


@pytest.mark.parametrize(("seconds", "text"), [(12.2, "12 s"), (200, "3 min 20 s"), (3725, "1 h 02 min")])
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_names_are_printed_as_they_are(capsys):
    Reporter().line("[b]:x: 12[/b]")
    assert capsys.readouterr().out == "[b]:x: 12[/b]\n"


@pytest.mark.parametrize(
    ("speeds", "typical"), [([100.0, 900.0, 110.0], 110.0), ([50.0, None, "fast", 70], 60.0), ([None], None), ([], None)]
)
def test_the_typical_speed_is_the_median_of_the_epochs_that_say_it(speeds, typical):
    rows = [{"epoch": i, "clips_per_second": speed} for i, speed in enumerate(speeds, start=1)]
    assert typical_speed([*rows, {"epoch": 9}]) == typical

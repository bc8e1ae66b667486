"""Settings of training that contradict each other are told by name."""

from textwrap import dedent

import pytest

from mixerkit import Recipe
from mixerkit.errors import RecipeError
from mixerkit.recipe import to_yaml
from mixerkit.training import RunnerSpec

CONTRADICTIONS = {
    "a warm-up besides the rise": ("schedule={kind: one-cycle, warmup_epochs: 1}", "schedule.warmup_epochs"),
    "a warm-up as long as training": ("schedule={kind: cosine, warmup_epochs: 2}", "schedule.warmup_epochs"),
    "more parts than clips": ("micro_batches=9", "micro_batches"),
    "an average that never begins": ("average={kind: epochs, start_epoch: 3}", "average.start_epoch"),
    "an average that is none": ("average=median", "average"),
    "a mean that never moves": ("average={kind: ema, decay: 1.0}", "average.decay"),
    "no patience at all": ("patience=0", "patience"),
}


@pytest.mark.parametrize(("setting", "reported"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_contradictions_are_reported_by_name(tiny, setting, reported):
    with pytest.raises(RecipeError) as caught:
        Recipe.load(tiny, set=[f"runner.{setting}"])
    assert [problem.where.split()[-1] for problem in caught.value.problems] == [f"runner.{reported}"]


def test_parts_are_counted_on_each_device(tiny):
    two = ["runner.devices=2", "runner.batch_size=7"]
    assert Recipe.load(tiny, set=[*two, "runner.micro_batches=3"]).runner.clips_at_once == 2
    with pytest.raises(RecipeError, match="at most 3"):
        Recipe.load(tiny, set=[*two, "runner.micro_batches=4"])


@pytest.mark.parametrize(
    "setting", ["average=null", "average=ema", "average={kind: epochs, start_epoch: 2}", "schedule=one-cycle"]
)
def test_choices_are_written_out_and_read_back(tiny, tmp_path, setting):
    recipe = Recipe.load(tiny, set=[f"runner.{setting}"])
    (tmp_path / "again.yaml").write_text(to_yaml(recipe))
    assert Recipe.load(tmp_path / "again.yaml").runner == recipe.runner


@pytest.mark.parametrize(
    ("settings", "reported"),
    [
        (["metrics=[top-k, {kind: top-k, k: 3}, accuracy]", "select=top-k"], []),
        (["metrics=[top-k, {kind: top-k, k: 3}, {kind: top-k, k: 5}]"], []),
        (["metrics=[accuracy, kappa]"], ["runner.metrics.1"]),
        (["select=loss"], ["runner.select"]),
    ],
)
def test_metrics_are_asked_for_by_name(tiny, settings, reported):
    def load():
        return Recipe.load(tiny, set=[f"runner.{setting}" for setting in settings]).runner

    if reported:
        with pytest.raises(RecipeError) as caught:
            load()
        assert [problem.where.split()[-1] for problem in caught.value.problems] == reported
    else:
        assert [one.name for one in load().asked_metrics()] == ["top_5", "top_3", *(["accuracy"] if len(settings) > 1 else [])]


def test_two_metrics_of_one_name_are_refused(tiny, tmp_path):
    text = """\
        from typing import Literal
        from mixerkit import MetricSpec, metric
        @metric
        class MineSpec(MetricSpec):
            kind: Literal["mine"] = "mine"
            called: str = "mine"
            @property
            def name(self): return self.called
            def compute(self, scores, targets): return 0.5
        """
    (tmp_path / "mine.py").write_text(dedent(text))
    tiny.write_text(tiny.read_text() + "plugins: [mine]\n")
    fine = ["runner.metrics=[mine, {kind: mine, called: other}]", "runner.select={kind: mine, called: other}"]
    assert len(Recipe.load(tiny, set=fine).runner.asked_metrics()) == 2
    for name in ("top_5", "accuracy", "loss", "clips"):
        with pytest.raises(RecipeError, match=rf"runner\.metrics\.1\n.*{name}, which is taken"):
            Recipe.load(tiny, set=[f"runner.metrics=[top-k, {{kind: mine, called: {name}}}]"])


def test_accuracy_selects_the_epoch_and_where_clips_have_several_labels_map_does():
    assert (RunnerSpec().selected_by(False).kind, RunnerSpec().selected_by(True).kind) == ("accuracy", "map")
    assert RunnerSpec(select="top-k").selected_by(True).name == "top_5"

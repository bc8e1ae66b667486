"""Settings of training that contradict each other are told by name."""

import pytest

from mixerkit import Recipe
from mixerkit.errors import RecipeError
from mixerkit.recipe import to_yaml

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

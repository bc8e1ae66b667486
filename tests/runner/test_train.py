"""Whole runs: what they leave, how they stop and go on, what they refuse."""

import json
import shutil

import pytest
import torch

import mixerkit
from mixerkit import Recipe, Run, build_model
from mixerkit.errors import DataError, DivergedError, OutOfMemoryError, RecipeError, UsageError
from mixerkit.model import MixerModel
from mixerkit.rundir.checkpoint import load_state
from mixerkit.runner import fit
from mixerkit.runner.fit import Training
from mixerkit.training.losses import CrossEntropy
from tests.datasets import miniatures
from tests.registry.test_registry import plugin


def weights(run):
    return run.model().state_dict()


def same(a, b):
    return all(torch.equal(a[name], b[name]) for name in a) and a.keys() == b.keys()


def test_a_run_leaves_everything_that_retells_it(run):
    found = {path.relative_to(run.path).as_posix() for path in run.path.rglob("*") if path.is_file()}
    assert found == {
        "recipe.yaml",
        "source/0_tiny.yaml",
        "environment.json",
        "labels.json",
        "features.json",
        "splits.csv",
        "metrics.jsonl",
        "summary.json",
        "test.json",
        "status.json",
        "manifest.json",
        ".lock",
        "checkpoints/best.safetensors",
        "checkpoints/last.pt",
        "curves.png",
        "confusion.png",
    }
    keys = {"protocol", "scores", "best_epoch", "select", "epochs", "ended", "parameters", "flops", "seconds", "clips_per_second"}
    figures = ("accuracy", "auc", "balanced_accuracy", "macro_f1", "map", "clips")
    assert set(run.summary) == keys | {f"{split}/{name}" for split in ("test", "val") for name in figures}
    assert [row["epoch"] for row in run.metrics] == [1, 2]
    assert run.status == "finished"
    assert run.summary["parameters"] == sum(p.numel() for p in run.model().parameters())
    assert json.loads((run.path / "environment.json").read_text())["packages"]["torch"] == torch.__version__.split("+")[0]
    statistics = json.loads((run.path / "features.json").read_text())
    assert statistics["clips"] == 30
    assert statistics["source"] == "training split, clean, unpadded"


def test_the_summary_is_that_of_the_best_epoch_on_validation(run):
    best = max(run.metrics, key=lambda row: (row["val/accuracy"], row["val/auc"], -row["epoch"]))
    assert run.summary["best_epoch"] == best["epoch"]
    assert run.summary["val/accuracy"] == best["val/accuracy"]
    assert run.summary["val/auc"] == pytest.approx(best["val/auc"])


def test_evaluating_again_gives_the_same_figures(run):
    again = run.evaluate("test")
    assert (again.accuracy, again.auc, again.clips) == (run.summary["test/accuracy"], run.summary["test/auc"], 20)
    assert run.evaluate("val").accuracy == run.summary["val/accuracy"]


def test_the_test_split_is_looked_at_once_when_all_is_chosen(tiny, tmp_path, monkeypatch):
    looked = []
    original = fit.evaluate_split

    def watched(fabric, model, front_end, data, split, *rest):
        looked.append(data.waves[split].clips[0].split)
        return original(fabric, model, front_end, data, split, *rest)

    monkeypatch.setattr(fit, "evaluate_split", watched)
    mixerkit.train(tiny, out=tmp_path / "run")
    assert looked == ["val", "val", "test", "val"]


def test_one_model_is_built_for_a_training(tiny, tmp_path, monkeypatch):
    built, original = [], MixerModel.__init__

    def counted(self, *arguments):
        built.append(1)
        original(self, *arguments)

    monkeypatch.setattr(MixerModel, "__init__", counted)
    mixerkit.train(tiny, out=tmp_path / "run")
    assert len(built) == 1


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tiny, tmp_path, run):
    same_seed = mixerkit.train(tiny, set=["features.augment.time_mask=8"], out=tmp_path / "a")
    other_seed = mixerkit.train(tiny, set=["features.augment.time_mask=8", "runner.seed=1"], out=tmp_path / "b")
    assert same(weights(run), weights(same_seed))
    assert not same(weights(run), weights(other_seed))


def test_what_is_no_run_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="no such folder"):
        Run.open("nothing")
    with pytest.raises(UsageError, match="no run directory"):
        Run.open(tmp_path)


def test_a_loss_that_is_no_number_stops_before_the_update(tiny, tmp_path, monkeypatch):
    poisoned, taken = [], []
    original = CrossEntropy.loss

    def loss(self, logits, labels):
        poisoned.append(1)
        return original(self, logits, labels) * (float("nan") if len(poisoned) == 7 else 1.0)

    step = torch.optim.AdamW.step
    monkeypatch.setattr(CrossEntropy, "loss", loss)
    monkeypatch.setattr(torch.optim.AdamW, "step", lambda self, *a, **k: taken.append(1) or step(self, *a, **k))
    with pytest.raises(DivergedError, match=r"epoch 2, after step 1 of 4\n.*The loss is nan.*epoch 1, are kept") as caught:
        mixerkit.train(tiny, out=tmp_path / "run")
    assert caught.value.exit_code == 4
    assert len(taken) == 5  # four steps of epoch 1, its validation, one step of epoch 2
    stopped = Run.open(tmp_path / "run")
    assert stopped.status == "diverged"
    assert all(tensor.isfinite().all() for tensor in weights(stopped).values())


@pytest.mark.parametrize("settings", [[], ["runner.clip_grad=1.0"]], ids=["not clipped", "clipped"])
def test_a_gradient_that_is_no_number_stops_before_the_update(tiny, tmp_path, monkeypatch, settings):
    """A loss can be finite where its gradient is not."""
    original, steps = CrossEntropy.loss, []

    def loss(self, logits, labels):
        found = original(self, logits, labels)
        if logits.requires_grad:
            steps.append(1)
            logits.register_hook(lambda grad: grad * float("inf") if len(steps) == 6 else grad)
        return found

    monkeypatch.setattr(CrossEntropy, "loss", loss)
    with pytest.raises(DivergedError, match=r"epoch 2, after step 1 of 4\n.*norm of the gradient is (nan|inf)"):
        mixerkit.train(tiny, set=settings, out=tmp_path / "run")
    assert all(tensor.isfinite().all() for tensor in weights(Run.open(tmp_path / "run")).values())


def test_weights_that_the_last_update_broke_are_never_kept(tiny, tmp_path, monkeypatch):
    step, taken = torch.optim.AdamW.step, []

    def breaking(self, *arguments, **more):
        found = step(self, *arguments, **more)
        taken.append(1)
        if len(taken) == 8:
            self.param_groups[0]["params"][0].data.fill_(float("nan"))
        return found

    monkeypatch.setattr(torch.optim.AdamW, "step", breaking)
    with pytest.raises(DivergedError, match="validation loss is nan"):
        mixerkit.train(tiny, out=tmp_path / "run")
    state = load_state(tmp_path / "run" / "checkpoints" / "last.pt")
    assert state["position"]["epoch"] == 1
    assert all(tensor.isfinite().all() for tensor in state["model"].values())


TOO_LITTLE = [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("DefaultCPUAllocator: can't allocate memory")]


@pytest.mark.parametrize("error", TOO_LITTLE, ids=["GPU", "CPU"])
def test_too_little_memory_is_a_clear_error(tiny, tmp_path, monkeypatch, error):
    def full(self, *_):
        raise error

    monkeypatch.setattr(Training, "_step", full)
    with pytest.raises(OutOfMemoryError, match=r"batch of 8 clips.*\n.*runner.micro_batches=2.*batch_size=4") as caught:
        mixerkit.train(tiny, out=tmp_path / "run")
    assert caught.value.exit_code == 5
    assert Run.open(tmp_path / "run").status == "out-of-memory"


def test_gpus_that_are_not_there_are_clear_errors(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(RecipeError, match=r"1 GPUs are asked for; torch sees 0"):
        mixerkit.train(tiny, set=["runner.device=cuda"], out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_bad_data_leaves_no_run_behind(tiny, tmp_path):
    with pytest.raises(DataError, match="There is no folder"):
        mixerkit.train(tiny, set=["data={kind: folder, root: nowhere}"], out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_taken_folder_is_refused_before_anything_is_decoded(tiny, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").write_text("keep")
    with pytest.raises(UsageError, match="not an empty folder"):
        mixerkit.train(tiny, set=["data={kind: folder, root: nowhere}"], out=tmp_path / "run")


def test_python_and_files_say_the_same(tiny, tmp_path, run):
    recipe = Recipe.load(tiny, set=["features.augment.time_mask=8"])
    assert same(weights(run), weights(mixerkit.train(recipe, out=tmp_path / "run")))
    with pytest.raises(UsageError, match="beside a Recipe"):
        mixerkit.train(recipe, set=["runner.seed=1"])


@pytest.mark.parametrize("precision", ["bfloat16", "auto"])
def test_other_precisions_train(tiny, tmp_path, precision):
    found = mixerkit.train(tiny, set=[f"runner.precision={precision}", "runner.clip_grad=1.0"], out=tmp_path / "run")
    assert all(tensor.dtype == torch.float32 for tensor in weights(found).values())


@pytest.mark.parametrize(
    "setting", ["loss={kind: bce, label_smoothing: 0.1}", "schedule=step", "schedule=one-cycle", "optimizer=lion"]
)
def test_other_losses_and_optimizers_train(tiny, tmp_path, setting):
    assert mixerkit.train(tiny, set=[f"runner.{setting}"], out=tmp_path / "run").status == "finished"


def test_a_run_is_opened_with_the_plugin_it_was_trained_with(tiny, tmp_path):
    path = plugin(tmp_path, "mine.py", "copied-kind", flops=1)
    tiny.write_text(tiny.read_text().replace("[hermit-frequency, roll-time]", "[copied-kind, token]") + "plugins: [mine]\n")
    found = mixerkit.train(tiny, out=tmp_path / "run")
    assert (found.path / "plugins" / "mine.py").read_text() == path.read_text()
    path.write_text("raise RuntimeError('another version')")
    opened = Run.open(found.path)
    assert opened.recipe.model.block.operators[0].operator.flops(None, None) == 1
    assert opened.model()(torch.zeros(1, 1, 32, 48)).shape == (1, 10)


def test_plugins_of_the_same_file_name_are_both_kept(tiny, tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        plugin(tmp_path / folder, "op.py", f"kind-{folder}")
    text = tiny.read_text().replace("[hermit-frequency, roll-time]", "[kind-a, kind-b, token]")
    tiny.write_text(text + "plugins: [a/op.py, b/op.py]\n")
    found = mixerkit.train(tiny, out=tmp_path / "run")
    assert [spec.kind for spec in Run.open(found.path).recipe.model.operators()] == ["kind-a", "kind-b", "token"]


def test_a_shipped_recipe_and_overlay_train_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    overlay = tmp_path / "small.yaml"
    overlay.write_text("data: {kind: synthetic-events, train: 1, val: 1, test: 1}\nrunner: {epochs: 1, batch_size: 16}\n")
    run = mixerkit.train("recipes/asm_rh.yaml", overlay, set=["runner.schedule=constant"], out="run")
    assert sorted(path.name for path in (run.path / "source").iterdir()) == ["0_asm_rh.yaml", "1_small.yaml"]
    sources = Recipe.load("recipes/asm_rh.yaml", "recipes/paper/casia.yaml").source.sources
    assert all(path.is_file() for path in sources)


def test_data_that_the_package_made_is_made_again_when_the_cache_is_gone(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("MIXERKIT_CACHE", str(tmp_path / "one"))
    run = mixerkit.train(tiny, out=tmp_path / "run")
    shutil.rmtree(tmp_path / "one")
    assert run.evaluate().accuracy == run.summary["test/accuracy"]
    monkeypatch.setenv("MIXERKIT_CACHE", str(tmp_path / "other"))
    assert Run.open(run.path).evaluate().accuracy == run.summary["test/accuracy"]


def test_recordings_that_moved_with_their_folder_are_found_again(tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    miniatures.folder(tmp_path / "sounds")
    run = mixerkit.train(tiny, set=["data={kind: folder, root: sounds}"], out="run")
    before = run.evaluate().auc
    (tmp_path / "elsewhere").mkdir()
    for name in ("sounds", "run"):
        (tmp_path / name).rename(tmp_path / "elsewhere" / name)
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert Run.open("run").evaluate().auc == before


def test_evaluating_a_half_precision_run_gives_its_own_figures(tiny, tmp_path):
    run = mixerkit.train(tiny, set=["runner.precision=bfloat16"], out=tmp_path / "run")
    best = next(row for row in run.metrics if row["epoch"] == run.summary["best_epoch"])
    assert run.evaluate("val").loss == best["val/loss"]


@pytest.mark.parametrize("name", ["asm", "asm_rh", "mlp_mixer", "shiftvit"])
def test_the_stream_between_blocks_is_never_in_half_precision(recipes, name):
    """Otherwise one recipe would add up its residuals in bfloat16 and another, with positions, in float32."""
    recipe = Recipe.load(recipes / f"{name}.yaml")
    model, seen = build_model(recipe, 10), []
    for stage in model.stages:
        for block in stage.blocks:
            block.register_forward_hook(lambda _, args, out: seen.extend([args[0].dtype, out.dtype]))
    spectrogram = recipe.input_shape()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        model(torch.randn(1, 1, spectrogram.mels, spectrogram.frames))
    assert set(seen) == {torch.float32}


def test_a_kind_that_only_this_process_knows_is_reported(tiny, monkeypatch):
    from tests.contract.test_laws_can_fail import FaultySpec

    recipe = Recipe.load(tiny)
    block = recipe.model.block
    own = block.operators[0].model_copy(update={"operator": FaultySpec()})
    model = recipe.model.model_copy(update={"block": block.model_copy(update={"operators": (own,)})})
    assert recipe.local_kinds() == []
    assert recipe.model_copy(update={"model": model}).local_kinds() == ["faulty"]

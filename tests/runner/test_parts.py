"""The runner's parts: order, batches, optimizers, schedules, losses, metrics, checkpoints, folders."""

import json
import signal
from itertools import pairwise

import pytest
import timm.optim
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from mixerkit import Recipe, build_model
from mixerkit.errors import Interrupted, UsageError
from mixerkit.progress import Reporter, duration
from mixerkit.recipe import LossSpec, OptimizerSpec
from mixerkit.rundir.create import created
from mixerkit.rundir.folder import RunFolder, typical_speed
from mixerkit.runner import seeding
from mixerkit.runner.run import cut
from mixerkit.runner.signals import StopSignals
from mixerkit.training.metrics import compute
from mixerkit.training.optim import Objective, build_optimizer, build_schedule
from mixerkit.training.settings import BETAS, ConstantSpec, CosineSpec, OptimizerName, StepSpec


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


def model():
    return nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Linear(4, 2))


@pytest.mark.parametrize("name", OptimizerName.__args__)
def test_every_optimizer_is_timms_and_spares_vectors_from_decay(name):
    assert name in timm.optim.list_optimizers()
    net = model()
    optimizer = build_optimizer(net, OptimizerSpec(kind=name, lr=1e-3, weight_decay=0.1))
    decay = {id(p): group["weight_decay"] for group in optimizer.param_groups for p in group["params"]}
    assert all((decay[id(p)] == 0.0) == (p.ndim < 2) for p in net.parameters())
    net(torch.randn(2, 3)).sum().backward()
    before = net[0].weight.clone()
    optimizer.step()
    assert not torch.equal(before, net[0].weight)


@pytest.mark.parametrize("name", OptimizerName.__args__)
def test_betas_reach_the_optimizer_and_no_other_number_of_them(name):
    betas = (0.95, 0.98, 0.97)[: BETAS.get(name, 0)]
    if betas:
        spec = OptimizerSpec(kind=name, betas=betas)
        assert spec.check() == []
        assert tuple(build_optimizer(model(), spec).param_groups[0]["betas"]) == betas
    assert OptimizerSpec(kind=name, betas=(0.9, *betas)).check()[0][0] == "betas"


def test_positions_and_extra_tokens_are_not_decayed(recipes):
    asm = build_model(Recipe.load(recipes / "asm.yaml"), 10)
    decay = {id(p): g["weight_decay"] for g in build_optimizer(asm, OptimizerSpec()).param_groups for p in g["params"]}
    assert decay[id(asm.state)] == decay[id(asm.extra_tokens)] == 0.0
    assert decay[id(asm.patches.projection.weight)] == 0.05


def test_nothing_but_matrices_is_decayed(tiny):
    """Acon-C's three, norms, biases and the scales of sublayers are told by their modules, not by their shapes."""
    sublayer = "model.block.sublayer={norm: layer, layer_scale: 0.1, skip_scale: 1.0}"
    mlp = "{kind: token, activation: acon-c}, {kind: channel, activation: acon-c}"
    built = build_model(Recipe.load(tiny, set=[sublayer, f"model.block.operators=[{mlp}]"]), 10)
    decay = {id(p): g["weight_decay"] for g in build_optimizer(built, OptimizerSpec()).param_groups for p in g["params"]}
    spared = {"AconC": 0, "LayerNorm": 0, "Scale": 0}
    for module in built.modules():
        name, own = type(module).__name__, list(module.parameters(recurse=False))
        if name in spared:
            spared[name] += 1
            assert own
            assert {decay[id(p)] for p in own} == {0.0}, name
        elif isinstance(module, nn.Linear):
            assert decay[id(module.weight)] == 0.05
            assert module.bias is None or decay[id(module.bias)] == 0.0
    assert spared == {"AconC": 4, "LayerNorm": 5, "Scale": 8}


def rates(spec, epochs, steps, lr=1.0):
    optimizer = torch.optim.SGD(model().parameters(), lr=lr)
    schedule = build_schedule(optimizer, spec, lr, epochs, steps)
    found = []
    for update in range(epochs * steps):
        schedule.step_update(update)
        found.append(optimizer.param_groups[0]["lr"])
    return found


def test_the_papers_schedule_first_falls_in_the_epoch_after_the_fifth():
    steps = 7
    found = rates(StepSpec(decay_after=5, decay_rate=0.85), epochs=30, steps=steps, lr=2.5e-4)
    by_epoch = [set(found[e * steps : (e + 1) * steps]) for e in range(30)]
    for epoch, values in enumerate(by_epoch, start=1):
        assert len(values) == 1
        assert values.pop() == pytest.approx(2.5e-4 * 0.85 ** max(0, epoch - 5))


def test_cosine_rises_and_falls():
    found = rates(CosineSpec(warmup_epochs=0.5, final_ratio=0.1), epochs=10, steps=10)
    assert found[0] == pytest.approx(1 / 5)
    assert max(found) == 1.0  # lr is reached, right behind the warm-up
    assert found.index(1.0) == 5
    assert found[-1] == pytest.approx(0.1, abs=0.01)
    assert all(a >= b for a, b in pairwise(found[5:]))


def test_constant_stays():
    assert set(rates(ConstantSpec(), epochs=3, steps=4)) == {1.0}
    warm = rates(ConstantSpec(warmup_epochs=1), epochs=3, steps=4)
    assert warm == pytest.approx([0.25, 0.4375, 0.625, 0.8125] + [1] * 8)


def test_the_loss_is_a_sum_over_clips():
    logits, labels = torch.randn(6, 4, dtype=torch.float64), torch.tensor([0, 1, 2, 3, 0, 1])
    for kind in ("cross-entropy", "bce"):
        objective = Objective(LossSpec(kind=kind, label_smoothing=0.1), 4)
        parts = sum(objective.loss(logits[i : i + 1], labels[i : i + 1]) for i in range(6))
        torch.testing.assert_close(objective.loss(logits, labels), parts)
    plain = nn.functional.cross_entropy(logits, labels, reduction="sum")
    torch.testing.assert_close(Objective(LossSpec(), 4).loss(logits, labels), plain)


@pytest.mark.parametrize("kind", ["cross-entropy", "bce"])
def test_smoothing_spreads_its_share_of_the_target_over_all_classes(kind):
    logits, labels = torch.randn(6, 4, dtype=torch.float64), torch.tensor([0, 1, 2, 3, 0, 1])
    target = 0.7 * nn.functional.one_hot(labels, 4) + 0.3 / 4
    likely, unlikely = logits.sigmoid().log(), (1 - logits.sigmoid()).log()
    each = target * logits.log_softmax(1) if kind != "bce" else (target * likely + (1 - target) * unlikely) / 4
    torch.testing.assert_close(Objective(LossSpec(kind=kind, label_smoothing=0.3), 4).loss(logits, labels), -each.sum())


def test_bce_by_hand_and_its_scores():
    logits = torch.tensor([[2.0, -1.0]], dtype=torch.float64)
    loss = Objective(LossSpec(kind="bce"), 2).loss(logits, torch.tensor([0]))
    expected = -(torch.sigmoid(logits[0, 0]).log() + (1 - torch.sigmoid(logits[0, 1])).log()) / 2
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(Objective(LossSpec(kind="bce"), 2).scores(logits), logits.sigmoid())
    torch.testing.assert_close(Objective(LossSpec(), 2).scores(logits), logits.softmax(1))


def auc_by_pairs(scores, positive):
    """The share of (positive, negative) pairs in the right order; ties count half."""
    gaps = scores[positive][:, None] - scores[~positive][None]
    return ((gaps > 0).double() + 0.5 * (gaps == 0).double()).mean()


@given(n=st.integers(2, 30), classes=st.integers(2, 5), seed=st.integers(0, 50), ties=st.booleans())
def test_metrics_agree_with_counting_by_hand(n, classes, seed, ties):
    torch.manual_seed(seed)
    labels, scores = torch.randint(classes, (n,)), torch.rand(n, classes)
    scores = (scores * 3).round() / 3 if ties else scores
    found = compute(scores, labels, loss_sum=3.0, kind="softmax")
    present = [k for k in range(classes) if 0 < (labels == k).sum() < n]
    assert found.accuracy == (scores.argmax(1) == labels).sum().item() / n
    assert set(found.absent) == set(range(classes)) - set(labels.tolist())
    if present:
        expected = sum(auc_by_pairs(scores[:, k].double(), labels == k) for k in present) / len(present)
        assert found.auc == pytest.approx(expected.item(), abs=1e-6)
    else:
        assert found.auc != found.auc
    assert found.confusion.sum() == n
    assert found.loss == pytest.approx(3.0 / n)


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
    folder = RunFolder(tmp_path)
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

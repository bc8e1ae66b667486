"""Training batches: whose numbers they are made with, who is mixed with whom, and that the labels stay right."""

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

import mixerkit
from mixerkit import Clip, Recipe
from mixerkit.assembly.data import Data
from mixerkit.audio import Waves
from mixerkit.errors import Interrupted, RecipeError
from mixerkit.features import AugmentSpec, ClipRandom, LogMelSpec, MixupSpec, PrecomputedSpec, Purpose, Statistics
from mixerkit.features.base import FrontEnd
from mixerkit.features.log_mel import LogMel
from mixerkit.features.mixup import mix_waves
from mixerkit.runner import seeding
from mixerkit.runner.loader import TrainLoader, draw_lam
from mixerkit.training import LOSSES
from mixerkit.training.losses import CrossEntropy
from tests.conftest import REPOSITORY
from tests.runner.test_resume import stop_after, timeless
from tests.runner.test_train import same, weights

BASE = Recipe.load(REPOSITORY / "recipes" / "asm_rh.yaml")
FRAMES = 6
GOLDEN_ORDER = [4, 6, 5, 2, 0, 1, 3]
GOLDEN_KEYS = [7807281714415456545, -952691362094211197]
GOLDEN_NUMBERS = [7, 611, 644, 474, 595, 372, 602, 912, 177, 177, 264, 877, 543, 252, 53, 556]
MIXED = AugmentSpec(mixup=MixupSpec(prob=0.6, level="spectrogram"))
ALL = AugmentSpec(mixup=MixupSpec(prob=0.6, level="spectrogram"), freq_mask=1, time_mask=2, noise=0.1, roll=2)


def recipe_with(features, sampling="shuffle", seed=0):
    runner = BASE.runner.model_copy(update={"sampling": sampling, "seed": seed})
    return BASE.model_copy(update={"features": features, "runner": runner})


def feed_of(labels, augment=None, sampling="shuffle", seed=0, front_end=None):
    """Clips of these labels as precomputed spectrograms: each band is a class, 1.0 where the clip has it."""
    names = tuple("abcdef")
    hot = torch.stack([functional.one_hot(torch.tensor(own), len(names)).amax(dim=0) for own in labels]).float()
    clips = tuple(
        Clip(Path(f"{i}.wav"), names[own[0]], extra_labels=tuple(names[k] for k in own[1:])) for i, own in enumerate(labels)
    )
    values = hot[:, :, None].expand(-1, -1, FRAMES).flatten(1)
    lengths = torch.full((len(clips),), values.shape[1])
    waves = Waves(clips, values.flatten(), torch.arange(len(clips)) * values.shape[1], lengths, values.shape[1])
    spec = PrecomputedSpec(n_mels=len(names), frames=FRAMES, augment=augment or AugmentSpec())
    built = front_end or spec.build(1, 1, "zero-raw")
    built.set_statistics(Statistics(0.0, 0.5, "given"))
    return TrainLoader(
        recipe_with(spec, sampling, seed), Data(names, {"train": waves}, any(clip.extra_labels for clip in clips)), built
    )


def single(count):
    return [(i % 6,) for i in range(count)]


def several(count):
    return [(i % 6,) if i % 2 else (i % 6, (i + 2) % 6) for i in range(count)]


def whole_epoch(loader, size, world=1):
    """(spectrograms, valid frames, targets) of every place of an epoch, made in batches of so many on so many ranks."""
    places = [seeding.batches(torch.arange(len(loader)), size, rank, world) for rank in range(world)]
    made = [(own, loader.batch(own)) for rank in places for own, _ in rank if len(own)]
    back = torch.cat([own for own, _ in made]).argsort()
    return [torch.cat([batch[part] for _, batch in made])[back] for part in range(3)]


@given(size=st.integers(1, 40), world=st.integers(1, 4), sampling=st.sampled_from(["shuffle", "balanced"]))
def test_batch_size_and_ranks_change_nothing(size, world, sampling):
    loader = feed_of(several(31), ALL, sampling)
    loader.start_epoch(2)
    for one, other in zip(whole_epoch(loader, 31), whole_epoch(loader, max(size, world), world), strict=True):
        assert torch.equal(one, other)


def test_every_number_is_as_it_always_was():
    """Figures that were measured depend on the order and on a clip's numbers; a run that is resumed goes on with them."""
    loader = feed_of(single(7), seed=3)
    assert loader.start_epoch(4).tolist() == GOLDEN_ORDER
    assert torch.equal(loader.order, seeding.order(7, 3, 4))
    assert loader.random.keys[:2].tolist() == GOLDEN_KEYS
    assert [loader.random.below(purpose, 1000)[0].item() for purpose in Purpose] == GOLDEN_NUMBERS


def test_a_batch_is_the_crop_and_the_front_end_of_its_clips_numbers():
    spec = LogMelSpec(n_mels=32, augment=AugmentSpec(delay_ms=30.0, freq_mask=5, time_mask=9))
    waves = Waves(
        (Clip(Path("a"), "a"),) * 5, torch.randn(40_000), torch.arange(5) * 8000, torch.full((5,), 8000), 6000, "random"
    )
    built = spec.build(16_000, 6000, "zero-raw")
    loader = TrainLoader(recipe_with(spec), Data(("a",), {"train": waves}, several=False), built)
    index, random = loader.start_epoch(0)[1:4], loader.random[torch.arange(1, 4)]
    expected = built(*waves.batch(index, torch.device("cpu"), random.bits(Purpose.CROP)), random)
    spectrogram, valid, targets = loader.batch(torch.arange(1, 4))
    assert torch.equal(spectrogram, expected[0])
    assert torch.equal(valid, expected[1])
    assert targets.tolist() == [0, 0, 0]


def test_another_epoch_and_another_seed_give_other_numbers():
    feeds = [feed_of(single(20), ALL, seed=seed) for seed in (0, 0, 1)]
    epochs = [0, 1, 0]
    for loader, epoch in zip(feeds, epochs, strict=True):
        loader.start_epoch(epoch)
    assert len(torch.cat([loader.random.keys for loader in feeds]).unique()) == 60
    again = feed_of(single(20), ALL)
    again.start_epoch(1)
    assert torch.equal(again.random.keys, feeds[1].random.keys)


def test_mixup_of_no_clip_is_no_mixup():
    plain, none = feed_of(single(20)), feed_of(single(20), AugmentSpec(mixup=MixupSpec(prob=0.0, level="spectrogram")))
    plain.start_epoch(0)
    none.start_epoch(0)
    for one, other in zip(plain.batch(torch.arange(20)), none.batch(torch.arange(20)), strict=True):
        assert torch.equal(one, other)
        assert one.dtype == other.dtype


class Heard(FrontEnd):
    """What reaches a front end that mixes waveforms, as a spectrogram of one row."""

    def __init__(self):
        super().__init__(PrecomputedSpec(n_mels=1, frames=1).normalise, AugmentSpec())

    def forward(self, waves, lengths, random=None, partners=None):
        assert partners.level == "waveform"
        return mix_waves(waves, lengths, partners)[:, None, None], lengths


@pytest.mark.parametrize("labels", [single, several])
@pytest.mark.parametrize("level", ["waveform", "spectrogram"])
def test_a_mixed_clips_target_is_mixed_as_the_clip_is(labels, level):
    """A clip's values say its labels, so that what is seen must be what is aimed at."""
    augment = AugmentSpec(mixup=MixupSpec(prob=0.6, level=level))
    loader = feed_of(labels(300), augment, front_end=Heard() if level == "waveform" else None)
    loader.start_epoch(0)
    spectrogram, _, targets = loader.batch(torch.arange(300))
    seen = spectrogram.flatten(1).view(300, 6, FRAMES)
    torch.testing.assert_close(seen, targets[:, :, None].expand_as(seen), atol=1e-6, rtol=0)
    count = torch.tensor([len(own) for own in labels(300)], dtype=torch.float32)
    lam = draw_lam(loader.mixup, loader.random)
    others = loader.random.below(Purpose.PARTNER, 300)
    torch.testing.assert_close(targets.sum(dim=1), lam * count[loader.order] + (1 - lam) * count[others])
    assert (targets.count_nonzero(dim=1) > count[loader.order]).sum() > 50


def test_partners_are_any_clip_and_shares_are_betas():
    scipy_stats = pytest.importorskip("scipy.stats")
    random = ClipRandom(torch.randint(-(2**62), 2**62, (20_000,), generator=seeding.generator(0, "test")))
    partners = torch.bincount(random.below(Purpose.PARTNER, 50), minlength=50)
    assert len(partners) == 50
    assert ((partners - 400).abs() < 5 * 20).all()
    for alpha in (0.3, 1.0, 10.0):
        found = draw_lam(MixupSpec(prob=1.0, alpha=alpha), random).numpy()
        assert scipy_stats.kstest(found, scipy_stats.beta(alpha, alpha).cdf).pvalue > 0.01
    assert (draw_lam(MixupSpec(prob=0.3), random) < 1.0).float().mean().item() == pytest.approx(0.3, abs=0.015)


@given(
    lam=st.floats(0.0, 1.0),
    classes=st.integers(2, 6),
    smoothing=st.sampled_from([0.0, 0.1, 0.5]),
    kind=st.sampled_from(["cross-entropy", "bce"]),
    seed=st.integers(0, 99),
)
def test_the_loss_of_mixed_labels_is_the_weighted_sum_of_two_losses(lam, classes, smoothing, kind, seed):
    """In float64, gradients included. Mixed labels cut to whole numbers, or their largest taken for all, fail here."""
    generator = torch.Generator().manual_seed(seed)
    one, other = torch.randint(classes, (2, 7), generator=generator)
    logits = torch.randn(7, classes, generator=generator, dtype=torch.float64).requires_grad_()
    weight = torch.linspace(lam, 1.0, 7, dtype=torch.float64)

    def by_hand(labels, i):
        target = [(1 - smoothing) * (k == labels[i]) + smoothing / classes for k in range(classes)]
        if kind == "cross-entropy":
            return -sum(target[k] * (logits[i, k] - logits[i].exp().sum().log()) for k in range(classes))
        odds = [logits[i, k].sigmoid() for k in range(classes)]
        return -sum(t * p.log() + (1 - t) * (1 - p).log() for t, p in zip(target, odds, strict=True)) / classes

    expected = sum(weight[i] * by_hand(one, i) + (1 - weight[i]) * by_hand(other, i) for i in range(7))
    hot = [functional.one_hot(labels, classes).double() for labels in (one, other)]
    mixed = weight[:, None] * hot[0] + (1 - weight[:, None]) * hot[1]
    found = LOSSES.kinds()[kind](label_smoothing=smoothing).build(classes).loss(logits, mixed)
    torch.testing.assert_close(found, expected)
    gradients = [torch.autograd.grad(loss, logits)[0] for loss in (found, expected)]
    torch.testing.assert_close(*gradients)


@pytest.mark.parametrize("kind", ["cross-entropy", "bce"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64])
def test_hard_labels_and_their_shares_give_the_same_loss(kind, dtype):
    labels, logits = torch.tensor([0, 2, 1]), torch.randn(3, 4)
    objective = LOSSES.kinds()[kind](label_smoothing=0.1).build(4)
    hot = functional.one_hot(labels, 4).to(dtype)
    torch.testing.assert_close(objective.loss(logits, hot), objective.loss(logits, labels))


def test_in_a_training_every_mixed_clip_counts_for_its_own_two_classes(tiny, tmp_path, monkeypatch):
    """The target that the update really used, from the gradient at the logits: softmax - target. No class has an advantage."""
    aims, used = [], []
    batch, loss = TrainLoader.batch, CrossEntropy.loss

    def watched_batch(self, places):
        random = self.random[places]
        lam = draw_lam(self.mixup, random)[:, None]
        own, others = self.targets[self.order[places]], self.targets[random.below(Purpose.PARTNER, len(self))]
        aims.append(lam * functional.one_hot(own, 10) + (1 - lam) * functional.one_hot(others, 10))
        return batch(self, places)

    def watched_loss(self, logits, labels):
        if logits.requires_grad:
            clips, scores = len(logits), logits.detach().softmax(dim=1)
            logits.register_hook(lambda grad: used.append(scores - grad * clips))
        return loss(self, logits, labels)

    monkeypatch.setattr(TrainLoader, "batch", watched_batch)
    monkeypatch.setattr(CrossEntropy, "loss", watched_loss)
    mixup = "features.augment.mixup={prob: 1.0, level: waveform}"
    mixerkit.train(tiny, set=[mixup, "runner.loss=cross-entropy", "runner.epochs=1"], out=tmp_path / "run")
    aim, found = torch.cat(aims), torch.cat(used)
    assert len(found) == 30
    torch.testing.assert_close(found, aim, atol=1e-5, rtol=0)
    torch.testing.assert_close(found.sum(dim=1), torch.ones(30), atol=1e-5, rtol=0)
    assert found[:, 0].sum() < 30 / 4


EVERYTHING = [
    "features.augment={gain_db: 6, snr_db: [5, 20], mixup: {prob: 0.6}, delay_ms: 20, noise: 0.1, roll: 5}",
    "features.augment={time_mask: 8, freq_mask: 8}",
    "audio={seconds: 0.42, crop: random}",
    "runner.sampling=balanced",
]


def test_with_everything_on_a_stopped_run_goes_on_bit_for_bit(tiny, tmp_path, monkeypatch):
    run = mixerkit.train(tiny, set=EVERYTHING, out=tmp_path / "whole")
    with monkeypatch.context() as patch:
        stop_after(patch, 6)  # in the middle of the second epoch
        with pytest.raises(Interrupted):
            mixerkit.train(tiny, set=EVERYTHING, out=tmp_path / "cut")
    resumed = mixerkit.resume(tmp_path / "cut")
    assert same(weights(run), weights(resumed))
    assert [timeless(row) for row in resumed.metrics] == [timeless(row) for row in run.metrics]
    plain = mixerkit.train(tiny, out=tmp_path / "plain")
    assert not same(weights(run), weights(plain))


def test_only_training_is_augmented(tiny, tmp_path, monkeypatch):
    seen = []
    forward = LogMel.forward

    def watched(self, waves, lengths, random=None, partners=None):
        seen.append((torch.is_inference_mode_enabled(), random is None and partners is None))
        return forward(self, waves, lengths, random, partners)

    monkeypatch.setattr(LogMel, "forward", watched)
    mixerkit.train(tiny, set=EVERYTHING, out=tmp_path / "run")
    assert {(True, True), (False, False)} == set(seen)  # evaluation; training


@pytest.mark.parametrize(
    ("assignment", "key", "expected"),
    [
        ("features.augment.snr_db=[20, 5]", "features.augment.snr_db", "lowest, highest"),
        ("features.augment.gain_db=1e9", "features.augment.gain_db", "100"),
        ("features.augment.mixup.prob=1.5", "features.augment.mixup.prob", "1"),
        ("features.augment.mixup.alpha=0", "features.augment.mixup.alpha", "0"),
        ("features.augment.mixup.level=wave", "features.augment.mixup.level", "waveform"),
        ("features.augment.mixup.lambda=1", "features.augment.mixup.lambda", "alpha"),
        ("features.augment.roll=-1", "features.augment.roll", "0"),
        ("runner.sampling=weighted", "runner.sampling", "balanced"),
    ],
)
def test_settings_that_make_no_sense_are_clear_errors(tiny, assignment, key, expected):
    with pytest.raises(RecipeError) as caught:
        Recipe.load(tiny, set=[assignment])
    (problem,) = caught.value.problems
    assert key in problem.where
    assert expected in str(problem)

"""Gain, noise, roll and mixup: what each does to a clip, and that it does it to that clip alone."""

from math import log, log10

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit.features import AugmentSpec, ClipRandom, LogMelSpec, MixupSpec, Partners, PrecomputedSpec, Purpose, Statistics
from mixerkit.features.augment import add_spectrogram_noise, add_wave_noise, amplify, roll
from mixerkit.features.mixup import mix_spectrograms, mix_waves

RATE = 16_000
FLOOR = log(torch.finfo(torch.float32).eps)
RANDOM = st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=4).map(torch.tensor).map(ClipRandom)


def made(samples=8000, pad="zero-raw", **settings):
    """A log-mel front end that normalises to itself."""
    built = LogMelSpec(n_mels=32, **settings).build(RATE, samples, pad)
    built.set_statistics(Statistics(0.0, 0.5, "given"))
    return built


class Largest(ClipRandom):
    """Whole numbers are the largest that there can be."""

    def below(self, purpose, limit):
        return super().below(purpose, 1) + limit - 1


def recordings(lengths, samples=8000):
    waves = torch.randn(len(lengths), samples) * 0.1
    lengths = torch.tensor(lengths)
    return waves.masked_fill(torch.arange(samples) >= lengths[:, None], 0.0), lengths


def power(waves, lengths):
    return torch.stack([wave[:n].double().var(correction=0) for wave, n in zip(waves, lengths, strict=True)])


@given(random=RANDOM, gain_db=st.floats(0.1, 30.0))
def test_gain_moves_the_log_mel_by_one_constant_down_to_the_floor(random, gain_db):
    waves, lengths = recordings([8000] * len(random.keys))
    clean, _ = made()(waves, lengths)
    found, _ = made(augment=AugmentSpec(gain_db=gain_db))(waves, lengths, random)
    decibels = (2.0 * random.uniform(Purpose.GAIN) - 1.0) * gain_db
    expected = (clean + decibels[:, None, None, None] * log(10.0) / 10.0).clamp(min=FLOOR)
    above = clean > FLOOR  # what was at the floor may come from further below
    torch.testing.assert_close(found[above], expected[above], atol=2e-3, rtol=0)


def test_gains_fill_their_range_and_no_more():
    gains = 20.0 * amplify(torch.ones(2000, 1), 6.0, ClipRandom(torch.arange(2000))).log10()
    assert gains.abs().max() <= 6.0 + 1e-4
    assert gains.min() < -5.9
    assert gains.max() > 5.9
    assert gains.mean().abs() < 0.4


@given(random=RANDOM, low=st.floats(-10.0, 40.0), width=st.floats(0.0, 20.0))
def test_the_measured_ratio_is_the_one_that_was_drawn(random, low, width):
    waves, lengths = recordings([8000, 500, 5000, 4001][: len(random.keys)])
    waves = torch.where(waves == 0.0, waves, waves + 0.3)  # a constant is no signal
    noise = add_wave_noise(waves, lengths, (low, low + width), random) - waves
    measured = 10.0 * (power(waves, lengths) / power(noise, lengths)).log10()
    torch.testing.assert_close(measured.float(), low + width * random.uniform(Purpose.SNR), atol=2e-2, rtol=0)
    assert not noise.masked_select(torch.arange(8000) >= lengths[:, None]).any()  # nothing behind the recording


def test_noise_is_white():
    waves, lengths = recordings([8000])
    noise = add_wave_noise(waves, lengths, (-40.0, -40.0), ClipRandom(torch.tensor([5]))) - waves
    spectrum = torch.fft.rfft(noise[0].double()).abs().square()[1:]
    n_mels = spectrum.unflatten(0, (16, -1)).mean(dim=1)
    assert n_mels.max() / n_mels.min() < 2.0  # each the mean of 250 numbers of deviation 1


def test_silence_gets_no_noise():
    waves, lengths = recordings([8000, 8000])
    waves[1] = 0.0
    random = ClipRandom(torch.tensor([1, 2]))
    found = add_wave_noise(waves, lengths, (0.0, 10.0), random)
    assert torch.equal(found[1], waves[1])
    assert not torch.equal(found[0], waves[0])
    assert torch.equal(add_wave_noise(waves[:, :1], torch.tensor([1, 1]), (0.0, 10.0), random), waves[:, :1])


@given(random=RANDOM, most=st.integers(1, 60), frames=st.integers(1, 50))
def test_roll_is_one_cyclic_permutation_of_frames(random, most, frames):
    clips = len(random.keys)
    spectrogram = torch.randn(clips, 2, 3, frames)
    valid = torch.randint(frames + 1, (clips,))
    moved, found = roll(spectrogram, valid, most, random)
    for i in range(clips):
        steps = random.below(Purpose.ROLL, 2 * most)[i].item() - most
        assert torch.equal(moved[i], spectrogram[i].roll(steps, dims=-1))
        assert found[i] == min(frames, valid[i] + max(0, steps))


def test_rolls_are_asts():
    """numpy's randint(-10, 10): 10 is left out."""
    place = torch.arange(64.0).expand(2000, 1, 1, 64)
    moved, _ = roll(place, torch.full((2000,), 64), 10, ClipRandom(torch.arange(2000)))
    steps = (-moved[:, 0, 0, 0]).long() % 64
    assert set(torch.where(steps > 32, steps - 64, steps).tolist()) == set(range(-10, 10))


def test_spectrogram_noise_is_asts():
    """Uniform times an amplitude per clip that is itself uniform: never negative, another level for each clip."""
    noise = add_spectrogram_noise(torch.zeros(300, 1, 32, 48), 0.1, ClipRandom(torch.arange(300)))
    highest = noise.amax(dim=(1, 2, 3))
    assert noise.min() >= 0.0
    assert 0.099 < highest.max() < 0.1
    assert highest.min() < 0.002
    torch.testing.assert_close(noise.mean(dim=(1, 2, 3)), highest / 2, rtol=0.08, atol=0)
    assert highest.mean().item() == pytest.approx(0.05, abs=0.006)


def test_noise_and_roll_come_after_normalising_and_masks():
    settings = AugmentSpec(noise=0.1, time_mask=20)
    built = LogMelSpec(n_mels=32, augment=settings).build(RATE, 8000, "zero-raw")
    built.set_statistics(Statistics(-4.0, 3.0, "given"))
    random = Largest(torch.tensor([1, 2]))
    spectrogram, _ = built(*recordings([8000, 8000]), random)
    masked = spectrogram[..., -20:] - 4.0 / 6.0
    assert masked.min() >= -1e-6
    assert (masked.amax(dim=(1, 2, 3)) > 0.9 * 0.1 * random.uniform(Purpose.SPECTROGRAM_NOISE_AMPLITUDE)).all()


EVERYTHING = AugmentSpec(
    delay_ms=40.0, gain_db=6.0, snr_db=(5.0, 20.0), mixup=MixupSpec(), freq_mask=8, time_mask=12, noise=0.1, roll=10
)


@pytest.mark.parametrize("level", ["waveform", "spectrogram"])
def test_a_clips_spectrogram_is_its_own_whatever_its_batch(level):
    built, keys = made(augment=EVERYTHING), torch.tensor([5, 2**60, -3])
    waves, lengths = recordings([8000, 3000, 500])
    lam = torch.tensor([0.4, 1.0, 0.7])
    partners = Partners(waves.flip(0), lengths.flip(0), lam, level)
    together, valid = built(waves, lengths, ClipRandom(keys), partners)
    for i in range(3):
        row = slice(i, i + 1)
        other = Partners(partners.waves[row], partners.lengths[row], lam[row], level)
        alone, alone_valid = built(waves[row], lengths[row], ClipRandom(keys[row]), other)
        torch.testing.assert_close(alone, together[row], atol=1e-4, rtol=0)  # the mel product's last bit
        assert alone_valid == valid[i]


@given(random=RANDOM)
def test_noise_fields_are_a_clips_own_bit_for_bit(random):
    clips = len(random.keys)
    (waves, lengths), spectrograms = recordings([8000] * clips), torch.randn(clips, 1, 8, 20)
    wave_noise = add_wave_noise(waves, lengths, (0.0, 10.0), random)
    spectrogram_noise = add_spectrogram_noise(spectrograms, 0.5, random)
    for i in range(clips):
        row, own = slice(i, i + 1), ClipRandom(random.keys[i : i + 1])
        assert torch.equal(wave_noise[row], add_wave_noise(waves[row], lengths[row], (0.0, 10.0), own))
        assert torch.equal(spectrogram_noise[row], add_spectrogram_noise(spectrograms[row], 0.5, own))


def test_without_random_numbers_nothing_happens():
    waves, lengths = recordings([8000, 3000])
    clean, valid = made()(waves, lengths)
    found, same_valid = made(augment=EVERYTHING)(waves, lengths)
    assert torch.equal(clean, found)
    assert torch.equal(valid, same_valid)


@given(lengths=st.lists(st.integers(1, 60), min_size=2, max_size=2), lam=st.floats(0.0, 1.0))
def test_waves_are_mixed_asts_way(lengths, lam):
    """Clip by clip: the second padded with zeros or cut to the first's length."""
    (waves, lengths), others = recordings(lengths, 60), torch.randn(2, 60)
    found = mix_waves(waves, lengths, Partners(others, lengths.flip(0), torch.full((2,), lam), "waveform"))
    for i, length in enumerate(lengths.tolist()):
        expected = lam * waves[i, :length] + (1.0 - lam) * others[i, :length]
        torch.testing.assert_close(found[i, :length], expected, atol=1e-6, rtol=0)
        assert not found[i, length:].any()


@pytest.mark.parametrize("lengths", [(8000, 3000), (3000, 8000)])
def test_a_mixed_waves_spectrogram_is_that_of_asts_waveform(lengths):
    """AST's make_features: each without its mean, the second padded or cut, mixed, without its mean again."""
    (one, n), (other, m) = (recordings([length]) for length in lengths)
    one[:, : lengths[0]] += 0.2
    other[:, : lengths[1]] -= 0.5
    lam = 0.3
    a, b = one[:, : lengths[0]] - one[:, : lengths[0]].mean(), other[:, : lengths[1]] - other[:, : lengths[1]].mean()
    b = torch.nn.functional.pad(b, (0, max(0, lengths[0] - lengths[1])))[:, : lengths[0]]
    mixed = lam * a + (1.0 - lam) * b
    expected, valid = made()(torch.nn.functional.pad(mixed - mixed.mean(), (0, 8000 - lengths[0])), n)
    partners = Partners(other, m, torch.tensor([lam]), "waveform")
    found, found_valid = made(augment=AugmentSpec(mixup=MixupSpec()))(one, n, ClipRandom(torch.tensor([0])), partners)
    torch.testing.assert_close(found, expected, atol=2e-3, rtol=0)
    assert found_valid == valid


@pytest.mark.parametrize("level", ["waveform", "spectrogram"])
def test_a_share_of_1_changes_nothing(level):
    waves, lengths = recordings([3000, 8000])
    spec = AugmentSpec(mixup=MixupSpec(level=level))
    partners = Partners(waves.flip(0), lengths.flip(0), torch.ones(2), level)
    random = ClipRandom(torch.arange(2))
    alone, valid = made(augment=spec)(waves, lengths, random)
    found, found_valid = made(augment=spec)(waves, lengths, random, partners)
    torch.testing.assert_close(found, alone, atol=1e-3 if level == "waveform" else 0.0, rtol=0)  # waves lose their mean twice
    assert torch.equal(valid, found_valid)


@given(lam=st.floats(0.01, 0.99))
def test_spectrograms_are_mixed_before_masks_and_as_long_as_the_longer(lam):
    waves, lengths = recordings([3000, 8000])
    partners = Partners(waves.flip(0), lengths.flip(0), torch.full((2,), lam), "spectrogram")
    built = made(augment=AugmentSpec(mixup=MixupSpec(level="spectrogram"), time_mask=10))
    found, valid = built(waves, lengths, Largest(torch.arange(2)), partners)
    clean, clean_valid = made()(waves, lengths)
    expected = lam * clean + (1.0 - lam) * clean.flip(0)
    hidden = (found == 0.0).all(dim=1).all(dim=1)  # [B, S]
    assert hidden.sum(dim=1).tolist() == [10, 10]
    torch.testing.assert_close(found, expected.masked_fill(hidden[:, None, None], 0.0), atol=1e-4, rtol=0)
    assert valid.tolist() == [int(clean_valid.max())] * 2


def test_precomputed_spectrograms_are_mixed_and_rolled():
    spec = PrecomputedSpec(n_mels=4, frames=8, augment=AugmentSpec(mixup=MixupSpec(level="spectrogram"), roll=3))
    values, lengths, random = torch.randn(2, 32), torch.tensor([32, 32]), ClipRandom(torch.tensor([3, 4]))
    partners = Partners(values.flip(0), lengths, torch.tensor([0.25, 1.0]), "spectrogram")
    built = spec.build(RATE, 1, "zero-raw")
    built.set_statistics(Statistics(0.0, 0.5, "given"))
    found, valid = built(values, lengths, random, partners)
    spectrograms = values.view(2, 1, 4, 8)
    mixed = torch.stack([0.25 * spectrograms[0] + 0.75 * spectrograms[1], spectrograms[1]])
    torch.testing.assert_close(found, roll(mixed, valid, 3, random)[0])
    assert valid.tolist() == [8, 8]
    longer = mix_spectrograms(spectrograms, torch.tensor([2, 2]), spectrograms, torch.tensor([5, 5]), partners.lam)[1]
    assert longer.tolist() == [5, 2]


@pytest.mark.parametrize(
    ("settings", "fields"),
    [
        ({"delay_ms": 5.0}, ["augment.delay_ms"]),
        ({"gain_db": 3.0}, ["augment.gain_db"]),
        ({"snr_db": (5.0, 20.0)}, ["augment.snr_db"]),
        ({"mixup": MixupSpec()}, ["augment.mixup.level"]),
        ({"mixup": MixupSpec(level="spectrogram"), "freq_mask": 3, "time_mask": 3, "noise": 0.1, "roll": 2}, []),
    ],
)
def test_precomputed_spectrograms_refuse_what_needs_a_waveform(settings, fields):
    spec = PrecomputedSpec(n_mels=8, frames=8, augment=AugmentSpec(**settings))
    assert [field for field, _, _ in spec.check(RATE, 1)] == fields


@pytest.mark.parametrize(("snr_db", "reported"), [((20.0, 5.0), 1), ((-200.0, 5.0), 1), ((0.0, 101.0), 1), ((5.0, 5.0), 0)])
def test_ratios_that_make_no_range_are_reported(snr_db, reported):
    assert [field for field, _, _ in AugmentSpec(snr_db=snr_db).check()] == ["snr_db"] * reported


def test_the_ratio_holds_on_the_spectrogram_too():
    """White noise at 0 dB over white noise: twice the power in every band, so log 2 in the mean."""
    waves, lengths = recordings([8000])
    clean, _ = made()(waves, lengths)
    found, _ = made(augment=AugmentSpec(snr_db=(0.0, 0.0)))(waves, lengths, ClipRandom(torch.tensor([3])))
    assert 10.0 * log10(found.double().exp().mean() / clean.double().exp().mean()) == pytest.approx(10.0 * log10(2.0), abs=0.3)

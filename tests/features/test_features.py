"""Spectrograms: padding by name, statistics of the training split, masks per clip."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import InputShape
from mixerkit.features import AugmentSpec, ClipRandom, LogMelSpec, NormaliseSpec, PrecomputedSpec, Purpose, Statistics, measure
from mixerkit.features.augment import delay, mask
from tests.features.test_augment import Largest

RATE = 16_000


def front_end(samples=8000, pad="zero-raw", **settings):
    return LogMelSpec(**settings).build(RATE, samples, pad)


def short(samples=8000, length=3000):
    """A recording of ``length`` in a row of ``samples``."""
    wave = torch.zeros(1, samples)
    wave[0, :length] = torch.randn(length)
    return wave, torch.tensor([length])


@given(samples=st.integers(400, 20_000), frames=st.none() | st.integers(1, 150))
def test_the_spectrogram_is_what_the_settings_say(samples, frames):
    spec = LogMelSpec(n_mels=16, frames=frames)
    spectrogram, valid = spec.build(RATE, samples, "zero-raw")(torch.randn(2, samples), torch.tensor([samples, 400]))
    expected = spec.input_shape(RATE, samples)
    assert spectrogram.shape[1:] == (1, expected.mels, expected.frames)
    assert expected == InputShape(mels=16, frames=frames or 1 + (samples - 400) // 160)
    assert valid.tolist() == [min(expected.frames, 1 + (samples - 400) // 160), 1]


@pytest.mark.parametrize(("pad", "value"), [("zero-raw", (0.0 + 4.0) / 6.0), ("mean", 0.0), ("silence", (-15.9424 + 4.0) / 6.0)])
def test_what_fills_the_rest(pad, value):
    built = front_end(pad=pad, frames=60)
    built.set_statistics(Statistics(-4.0, 3.0, "given"))
    spectrogram, valid = built(*short())
    assert valid.tolist() == [17]
    torch.testing.assert_close(spectrogram[..., 22:], torch.full_like(spectrogram[..., 22:], value), atol=1e-4, rtol=0)


def test_repeat_fills_with_the_recording():
    wave, length = short(length=3200)
    spectrogram, valid = front_end(pad="repeat", frames=60, remove_mean=False)(wave, length)
    assert valid.tolist() == [60]
    torch.testing.assert_close(spectrogram[..., 20:38], spectrogram[..., :18], atol=1e-4, rtol=0)


def test_padding_never_touches_the_valid_frames():
    wave, length = short()
    alone, _ = front_end(samples=3000, remove_mean=False)(wave[:, :3000], length)
    for pad in ("zero-raw", "mean", "silence"):
        spectrogram, valid = front_end(pad=pad, remove_mean=False)(wave, length)
        torch.testing.assert_close(spectrogram[..., : int(valid)], alone, atol=1e-5, rtol=0)


def test_statistics_are_those_of_valid_frames_alone():
    built = front_end(n_mels=16)
    waves = torch.cat([short(length=n)[0] for n in (400, 3000, 8000)])
    lengths = torch.tensor([400, 3000, 8000])
    spectrograms, valid = built.values(waves, lengths)
    inside = torch.cat([spectrogram[0, :, :n].flatten() for spectrogram, n in zip(spectrograms, valid, strict=True)]).double()
    found = measure(built.values(waves[i : i + 2], lengths[i : i + 2]) for i in (0, 2))
    assert found.mean == pytest.approx(inside.mean().item(), rel=1e-9)
    assert found.std == pytest.approx(inside.std(correction=0).item(), rel=1e-9)
    assert (found.clips, found.frames) == (3, int(valid.sum()))


def test_normalised_spectrograms_have_mean_0_and_half_the_spread():
    built = front_end()
    wave = torch.randn(8, 8000)
    lengths = torch.full((8,), 8000)
    built.set_statistics(measure([built.values(wave, lengths)]))
    spectrogram, _ = built(wave, lengths)
    assert spectrogram.mean().item() == pytest.approx(0.0, abs=1e-4)
    assert spectrogram.std().item() == pytest.approx(0.5, abs=1e-3)


def test_silence_is_finite():
    built = front_end()
    spectrogram, _ = built(torch.zeros(1, 8000), torch.tensor([8000]))
    assert spectrogram.isfinite().all()
    found = measure([built.values(torch.zeros(1, 8000), torch.tensor([8000]))])
    assert found.std > 0


def test_autocast_does_not_reach_the_front_end():
    built, wave, lengths = front_end(), torch.randn(2, 8000), torch.tensor([8000, 8000])
    exact, _ = built(wave, lengths)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found, _ = built(wave, lengths)
    assert torch.equal(found, exact)


def test_the_clip_decides_its_mask_not_its_batch():
    spec = AugmentSpec(freq_mask=8, time_mask=20)
    spectrograms, keys = torch.randn(6, 1, 16, 48), torch.arange(6)
    together = mask(spectrograms, spec, ClipRandom(keys))
    for i in range(6):
        assert torch.equal(together[i : i + 1], mask(spectrograms[i : i + 1], spec, ClipRandom(keys[i : i + 1])))
    assert len({tuple((spectrogram == 0).flatten().tolist()) for spectrogram in together}) > 1


@given(key=st.integers(-(2**63), 2**63 - 1), freq=st.integers(0, 15), time=st.integers(0, 47))
def test_masks_are_one_band_and_one_stretch_of_at_most_the_width(key, freq, time):
    spec = AugmentSpec(freq_mask=freq, time_mask=time)
    hidden = mask(torch.ones(1, 1, 16, 48), spec, ClipRandom(torch.tensor([key])))[0, 0] == 0
    rows, columns = hidden.all(dim=1), hidden.all(dim=0)
    for line, widest in ((rows, freq), (columns, time)):
        places = line.nonzero().flatten().tolist()
        assert len(places) <= widest
        assert places == list(range(places[0], places[0] + len(places))) if places else True
    assert torch.equal(hidden, rows[:, None] | columns[None])


def test_masks_have_every_width_and_every_start_that_fits_equally_often():
    n = 3000
    masked = mask(torch.ones(n, 1, 5, 1), AugmentSpec(freq_mask=3), ClipRandom(torch.arange(n))).flatten(1)
    seen, counts = masked.unique(dim=0, return_counts=True)
    places = {0: 1, 1: 5, 2: 4, 3: 3}
    assert len(seen) == sum(places.values())
    expected = torch.tensor([n / 4 / places[5 - int(row.sum())] for row in seen])
    assert ((counts - expected).abs() < 5 * expected.sqrt()).all()


def test_without_random_numbers_nothing_is_masked():
    built = front_end(augment=AugmentSpec(time_mask=40, freq_mask=100))
    wave, lengths = torch.randn(4, 8000), torch.full((4,), 8000)
    clean, _ = built(wave, lengths)
    masked, _ = built(wave, lengths, ClipRandom(torch.arange(4)))
    assert torch.equal(clean, built(wave, lengths)[0])
    assert not torch.equal(clean, masked)


def test_a_later_start_moves_the_recording_and_nothing_else():
    waves, lengths = torch.zeros(2, 100), torch.tensor([40, 90])
    waves[0, :40], waves[1, :90] = torch.arange(1.0, 41.0), torch.arange(1.0, 91.0)
    random = ClipRandom(torch.tensor([3, 4]))
    first, second = moved = random.below(Purpose.DELAY, 21).tolist()
    assert 0 < first != second > 10
    later, found = delay(waves, lengths, most=20, random=random)
    assert found.tolist() == [40 + first, 100]
    for i, zeros in enumerate(moved):
        assert torch.equal(later[i], torch.cat([torch.zeros(zeros), waves[i, : 100 - zeros]]))
    assert torch.equal(delay(waves, lengths, 0, random)[0], waves)


def test_training_spectrograms_start_later_as_the_recipe_says():
    built = front_end(samples=16_000, remove_mean=False, augment=AugmentSpec(delay_ms=100.0))
    wave, length = short(16_000, 8000)
    clean, valid = built(wave, length)
    late, later = built(wave, length, Largest(torch.tensor([0])))
    assert (int(valid), int(later)) == (48, 58)
    torch.testing.assert_close(late[..., 10:58], clean[..., :48], atol=1e-4, rtol=0)


def test_a_preset_is_asts_and_stands_alone():
    given = NormaliseSpec(preset="ast-speech-commands").given()
    assert (given.mean, given.std, given.source) == (-6.845978, 5.5654526, "preset ast-speech-commands")
    assert [field for field, _, _ in NormaliseSpec(preset="ast-esc50", mean=0.0).check()] == ["preset"]
    assert NormaliseSpec(mean=0.0).given() is None


def test_precomputed_spectrograms_pass_through_but_for_the_scale():
    built = PrecomputedSpec(channels=2, n_mels=3, frames=4).build(RATE, 1, "zero-raw")
    built.set_statistics(Statistics(1.0, 2.0, "given"))
    values = torch.arange(48.0).reshape(2, 24)
    spectrogram, valid = built(values, torch.tensor([24, 24]))
    torch.testing.assert_close(spectrogram, (values.reshape(2, 2, 3, 4) - 1.0) / 4.0)
    assert valid.tolist() == [4, 4]


def test_precomputed_spectrograms_can_be_masked():
    spec = PrecomputedSpec(n_mels=8, frames=8, augment=AugmentSpec(time_mask=4))
    spectrogram, _ = spec.build(RATE, 1, "zero-raw")(torch.ones(1, 64), torch.tensor([64]), Largest(torch.tensor([0])))
    assert (spectrogram == 0).sum() == 4 * 8

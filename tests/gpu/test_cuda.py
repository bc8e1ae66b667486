"""What only a GPU can show. Elsewhere these are skipped, and counted as such."""

import pytest
import torch

import mixerkit
from mixerkit import Grid, Run, build_operator
from mixerkit.audio import Waves, resident
from mixerkit.features import AugmentSpec, ClipRandom, LogMelSpec, MixupSpec, Partners, Purpose, Statistics

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]
ON_GPU = ["runner.device=cuda"]
KEYS = torch.tensor([3, -4, 2**62, -(2**63)])


def test_the_front_end_is_the_same_on_both_devices():
    built = LogMelSpec(augment=AugmentSpec(freq_mask=20, time_mask=20, delay_ms=50.0)).build(16_000, 16_000, "zero-raw")
    built.set_statistics(Statistics(-6.0, 4.0, "given"))
    waves, lengths = torch.randn(4, 16_000), torch.tensor([16_000, 9000, 500, 400])
    expected, frames = built(waves, lengths, ClipRandom(KEYS))
    built = built.cuda()
    found, there = built(waves.cuda(), lengths.cuda(), ClipRandom(KEYS.cuda()))
    assert torch.equal(frames, there.cpu())
    torch.testing.assert_close(found.cpu(), expected, atol=1e-3, rtol=0)


def test_random_numbers_are_the_same_on_both_devices_bit_for_bit():
    here, there = ClipRandom(KEYS), ClipRandom(KEYS).to(torch.device("cuda"))
    assert torch.equal(here.uniform(Purpose.WAVE_NOISE, 100_000), there.uniform(Purpose.WAVE_NOISE, 100_000).cpu())
    for purpose in Purpose:
        assert torch.equal(here.bits(purpose), there.bits(purpose).cpu())
        assert torch.equal(here.below(purpose, 7), there.below(purpose, torch.full((4,), 7, device="cuda")).cpu())


@pytest.mark.parametrize("level", ["waveform", "spectrograms"])
def test_noise_roll_and_mixup_are_the_same_on_both_devices(level):
    augment = AugmentSpec(gain_db=6.0, snr_db=(5.0, 20.0), mixup=MixupSpec(level=level), noise=0.1, roll=10)
    built = LogMelSpec(augment=augment).build(16_000, 16_000, "zero-raw")
    built.set_statistics(Statistics(-6.0, 4.0, "given"))
    waves, lengths = torch.randn(4, 16_000), torch.tensor([16_000, 9000, 500, 400])
    fraction = torch.tensor([0.3, 1.0, 0.5, 0.9])

    def made(device):
        built.to(device)
        clips = (waves.to(device), lengths.to(device))
        other = Partners(clips[0].flip(0), clips[1].flip(0), fraction.to(device), level)
        spectrogram, valid = built(*clips, ClipRandom(KEYS.to(device)), other)
        return spectrogram.cpu(), valid.cpu()

    (here, valid), (there, there_valid) = made("cpu"), made("cuda")
    assert torch.equal(valid, there_valid)
    torch.testing.assert_close(there, here, atol=1e-3, rtol=0)


@pytest.mark.parametrize("spectrum", ["truncated", "full", "mixed"])
def test_hermit_runs_in_bfloat16_at_lengths_that_are_no_power_of_two(spectrum):
    module = build_operator({"kind": "hermit-frequency", "spectrum": spectrum}, Grid(3, 5, 96)).cuda()
    x = torch.randn(2, 3, 5, 96, device="cuda")
    with torch.autocast("cuda", dtype=torch.bfloat16):
        found = module(x)
    torch.testing.assert_close(found.float(), module(x), atol=0.05, rtol=0.05)


@pytest.mark.parametrize("precision", ["auto", "bfloat16", "float16", "float32"])
def test_every_precision_trains_with_clipping(tiny, tmp_path, precision):
    settings = [*ON_GPU, f"runner.precision={precision}", "runner.clip_grad=1.0"]
    run = mixerkit.train(tiny, set=settings, out=tmp_path / "run")
    assert run.status == "finished"
    assert run.metrics[-1]["peak_memory_gib"] > 0
    assert run.evaluate("val").accuracy == run.summary["val/accuracy"]


def test_a_gpu_run_opens_and_predicts(tiny, tmp_path):
    run = Run.open(mixerkit.train(tiny, set=ON_GPU, out=tmp_path / "run").path)
    assert run.predict(torch.randn(8000) * 0.1, rate=16_000)[0].label in run.labels


def test_data_that_fits_lies_on_the_gpu_and_gives_the_same_batches():
    samples = torch.randint(-32768, 32767, (10_000,), dtype=torch.int16)
    starts, lengths = torch.tensor([0, 4000]), torch.tensor([4000, 6000])
    here = Waves((), samples, starts, lengths, 5000, "random")
    there = resident(here, torch.device("cuda"))
    assert there.samples.is_cuda
    index, numbers = torch.tensor([1, 0]), torch.tensor([2**62 + 5, -3])
    for one, other in zip(
        here.batch(index, torch.device("cpu"), numbers), there.batch(index, torch.device("cuda"), numbers), strict=True
    ):
        assert torch.equal(one, other.cpu())

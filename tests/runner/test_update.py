"""One update in parts is the update of the whole."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from lightning_fabric import Fabric
from torch import nn

import mixerkit
from mixerkit.runner.update import Update
from mixerkit.training import CrossEntropySpec, RunnerSpec
from tests.runner.test_train import weights

CLASSES = 3


class Net(nn.Module):
    """Spectrograms ``[B, 1, 2, 2]`` and valid frames ``[B]`` to logits; says how many clips came at a time."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(4, 8), nn.GELU(), nn.Linear(8, CLASSES))
        self.seen = []

    def forward(self, spectrogram, frames):
        self.seen.append(len(spectrogram))
        return self.body(spectrogram) + frames[:, None]


def update(parts, clip_grad=None):
    fabric = Fabric(accelerator="cpu", devices=1, precision="32-true")
    net = Net()
    model, optimizer = fabric.setup(net, torch.optim.SGD(net.parameters(), lr=0.1))
    spec = RunnerSpec(micro_batches=parts, clip_grad=clip_grad)
    return Update(fabric, model, optimizer, CrossEntropySpec().build(CLASSES), spec), net


def batch(clips, seed=0):
    torch.manual_seed(seed)
    return torch.randn(clips, 1, 2, 2), torch.rand(clips), torch.randint(CLASSES, (clips,))


def gradients(net):
    return [parameter.grad for parameter in net.parameters()]


@given(clips=st.integers(1, 12), parts=st.integers(1, 12), seed=st.integers(0, 99))
def test_parts_have_the_loss_and_the_gradient_of_the_whole(clips, parts, seed):
    (whole, one), (divided, other) = update(1), update(parts)
    expected = whole.gradients(*batch(clips, seed), clips)
    assert divided.gradients(*batch(clips, seed), clips) == pytest.approx(expected, rel=1e-5)
    assert len(other.seen) == min(parts, clips)
    assert sum(other.seen) == clips
    assert max(other.seen) - min(other.seen) <= 1
    for a, b in zip(gradients(one), gradients(other), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)


def test_one_part_is_the_whole_to_the_bit():
    made, net = update(1)
    spectrogram, frames, targets = batch(7)
    loss, norm = made.gradients(spectrogram, frames, targets, 7)
    again = Net()
    expected = nn.functional.cross_entropy(again(spectrogram, frames), targets, reduction="sum") * (1 / 7)
    expected.backward()
    assert loss == expected.item()
    assert norm == nn.utils.get_total_norm(gradients(again)).item()
    assert all(torch.equal(a, b) for a, b in zip(gradients(net), gradients(again), strict=True))


def test_the_norm_that_is_clipped_is_that_of_the_whole():
    made, net = update(3, clip_grad=0.01)
    _, norm = made.gradients(*batch(8), 8)
    assert norm == pytest.approx(update(1)[0].gradients(*batch(8), 8)[1], rel=1e-5)
    assert nn.utils.get_total_norm(gradients(net)).item() == pytest.approx(0.01, rel=1e-3)


def test_gradients_are_forgotten_after_the_step():
    made, net = update(2)
    before = net.body[1].weight.clone()
    made.gradients(*batch(5), 5)
    made.apply()
    assert not torch.equal(net.body[1].weight, before)
    assert gradients(net) == [None] * 4


def test_processes_exchange_gradients_in_the_last_part_alone(monkeypatch):
    alone, original = [], Fabric.no_backward_sync

    def watched(self, module, enabled=True):
        alone.append(enabled)
        return original(self, module, enabled)

    monkeypatch.setattr(Fabric, "no_backward_sync", watched)
    update(3)[0].gradients(*batch(8), 8)
    assert alone == [True, True, False]


@pytest.mark.parametrize("parts", [3, 8])
def test_a_run_in_parts_is_the_run_but_for_rounding(tiny, tmp_path, parts):
    """Thirty clips in batches of eight: the last has six, fewer than eight parts."""
    settings = ["model.drop_path={rate: 0.0}", "runner.optimizer={kind: sgd, lr: 0.05, weight_decay: 0.0}"]
    whole = mixerkit.train(tiny, set=settings, out=tmp_path / "whole")
    divided = mixerkit.train(tiny, set=[*settings, f"runner.micro_batches={parts}"], out=tmp_path / "parts")
    for a, b in zip(whole.metrics, divided.metrics, strict=True):
        for name in ("train/loss", "val/loss", "val/auc"):
            assert a[name] == pytest.approx(b[name], rel=1e-5)
    for name, tensor in weights(whole).items():
        torch.testing.assert_close(weights(divided)[name], tensor, rtol=1e-3, atol=1e-6)

"""Averaged weights: the mean by hand, and the model with it in place."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from mixerkit.training import EmaSpec, EpochMeanSpec
from tests.runner.test_train import same


class Walk:
    """A model whose weights move at random, and a record of where they were; weights are floats near 1."""

    def __init__(self, spec, seed):
        torch.manual_seed(seed)
        self.model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
        self.average, self.been = spec.build(self.model), []

    def update(self, epoch, ends_epoch):
        for tensor in [*self.model.parameters(), *self.model.buffers()][:-1]:  # the last one counts batches
            tensor.data = 1.0 + torch.rand_like(tensor)
        self.average.after_update(epoch, ends_epoch)
        self.been.append({name: tensor.clone() for name, tensor in self.model.state_dict().items()})


@given(decay=st.floats(0.01, 0.999), updates=st.integers(1, 12), seed=st.integers(0, 99))
def test_the_moving_average_is_the_formula(decay, updates, seed):
    walk = Walk(EmaSpec(decay=decay), seed)
    for update in range(updates):
        walk.update(1 + update // 3, update % 3 == 2)
    mean = walk.been[0]["0.weight"].double()
    for weight in walk.been[1:]:
        mean = decay * mean + (1 - decay) * weight["0.weight"].double()
    torch.testing.assert_close(walk.average.weights()["0.weight"].double(), mean, rtol=1e-5, atol=0)


@given(first=st.integers(1, 4), epochs=st.integers(1, 6), seed=st.integers(0, 99))
def test_the_mean_over_epochs_is_that_of_their_last_weights(first, epochs, seed):
    walk = Walk(EpochMeanSpec(start_epoch=first), seed)
    for epoch in range(1, epochs + 1):
        walk.update(epoch, ends_epoch=False)
        walk.update(epoch, ends_epoch=True)
    ends = [been["0.weight"] for been in walk.been[1::2]]
    expected = torch.stack(ends[first - 1 :]).mean(dim=0) if epochs >= first else ends[-1]
    torch.testing.assert_close(walk.average.weights()["0.weight"], expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize("spec", [EmaSpec(decay=0.5), EpochMeanSpec(start_epoch=1)], ids=lambda spec: spec.kind)
def test_buffers_are_those_of_the_last_weights(spec):
    walk = Walk(spec, 0)
    for epoch in (1, 2, 3):
        walk.update(epoch, ends_epoch=True)
    assert torch.equal(walk.average.weights()["1.running_mean"], walk.been[-1]["1.running_mean"])
    assert not torch.equal(walk.average.weights()["1.weight"], walk.been[-1]["1.weight"])


def test_the_model_has_its_own_weights_again_also_after_an_error():
    walk = Walk(EmaSpec(decay=0.5), 0)
    walk.update(1, False)
    walk.update(1, True)
    with pytest.raises(SystemError), walk.average.in_place():
        assert same(walk.model.state_dict(), walk.average.weights())
        assert not same(walk.model.state_dict(), walk.been[-1])
        raise SystemError
    assert same(walk.model.state_dict(), walk.been[-1])

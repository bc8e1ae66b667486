"""Clips with several labels: what is minimised, what is counted."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit.training import BceSpec, compute_metrics


@given(classes=st.integers(2, 5), seed=st.integers(0, 9))
def test_single_labels_as_zeros_and_ones_are_the_same(classes, seed):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(classes, (20,), generator=generator)
    logits = torch.randn(20, classes, generator=generator)
    hot = torch.nn.functional.one_hot(labels, classes).float()
    objective = BceSpec(label_smoothing=0.1).build(classes)
    assert objective.loss(logits, labels) == objective.loss(logits, hot)
    one, other = (compute_metrics(logits.sigmoid(), target, 1.0, "sigmoid", "abcde"[:classes]) for target in (labels, hot))
    assert (one.accuracy, one.auc, one.absent) == (other.accuracy, other.auc, other.absent)
    assert torch.equal(one.confusion, other.confusion)


def test_a_clip_is_hit_if_its_best_score_is_one_of_its_labels():
    labels = torch.tensor([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0]])
    scores = torch.tensor([[0.1, 0.9, 0.3], [0.8, 0.2, 0.1], [0.1, 0.2, 0.7]])
    found = compute_metrics(scores, labels, 3.0, "sigmoid", "abc")
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.confusion.sum() == 1  # clips with a single label
    assert found.auc == pytest.approx((0.25 + 0.75 + 0.5) / 3)


def test_the_loss_of_several_labels_is_the_mean_over_classes():
    labels, logits = torch.tensor([[1.0, 1.0, 0.0]]), torch.tensor([[2.0, -1.0, 0.5]])
    expected = -torch.stack([logits[0, :2].sigmoid().log().sum(), (1 - logits[0, 2].sigmoid()).log()]).sum() / 3
    assert BceSpec().build(3).loss(logits, labels).item() == pytest.approx(expected.item())

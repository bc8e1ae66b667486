"""Losses: sums over clips, against formulas; the scores that go with them."""

import pytest
import torch
from torch import nn

from mixerkit.training import LOSSES, BceSpec, CrossEntropySpec


def objective(kind, classes, smoothing=0.0):
    return LOSSES.kinds()[kind](label_smoothing=smoothing).build(classes)


def test_the_loss_is_a_sum_over_clips():
    logits, labels = torch.randn(6, 4, dtype=torch.float64), torch.tensor([0, 1, 2, 3, 0, 1])
    for kind in ("cross-entropy", "bce"):
        found = objective(kind, 4, 0.1)
        parts = sum(found.loss(logits[i : i + 1], labels[i : i + 1]) for i in range(6))
        torch.testing.assert_close(found.loss(logits, labels), parts)
    plain = nn.functional.cross_entropy(logits, labels, reduction="sum")
    torch.testing.assert_close(CrossEntropySpec().build(4).loss(logits, labels), plain)


@pytest.mark.parametrize("kind", ["cross-entropy", "bce"])
def test_smoothing_spreads_its_share_of_the_target_over_all_classes(kind):
    logits, labels = torch.randn(6, 4, dtype=torch.float64), torch.tensor([0, 1, 2, 3, 0, 1])
    target = 0.7 * nn.functional.one_hot(labels, 4) + 0.3 / 4
    likely, unlikely = logits.sigmoid().log(), (1 - logits.sigmoid()).log()
    each = target * logits.log_softmax(1) if kind != "bce" else (target * likely + (1 - target) * unlikely) / 4
    torch.testing.assert_close(objective(kind, 4, 0.3).loss(logits, labels), -each.sum())


def test_bce_by_hand_and_its_scores():
    logits = torch.tensor([[2.0, -1.0]], dtype=torch.float64)
    loss = BceSpec().build(2).loss(logits, torch.tensor([0]))
    expected = -(torch.sigmoid(logits[0, 0]).log() + (1 - torch.sigmoid(logits[0, 1])).log()) / 2
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(BceSpec().build(2).scores(logits), logits.sigmoid())
    torch.testing.assert_close(CrossEntropySpec().build(2).scores(logits), logits.softmax(1))


def test_a_loss_says_whether_clips_may_have_several_labels():
    assert {kind: spec.multi_label for kind, spec in LOSSES.kinds().items()} == {"bce": True, "cross-entropy": False}


@pytest.mark.parametrize(("loss", "scores"), [("cross-entropy", "softmax"), ("bce", "sigmoid")])
def test_the_scores_say_what_they_are(loss, scores):
    found, logits = objective(loss, 2), torch.tensor([[1.0, 2.0]])
    assert found.activation == scores
    torch.testing.assert_close(found.scores(logits), logits.softmax(1) if scores == "softmax" else logits.sigmoid())

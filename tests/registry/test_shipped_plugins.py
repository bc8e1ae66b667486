"""The plugins that come with the kit: each does what its first lines say, and all of them train."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional
from torchmetrics.functional.classification import multiclass_cohen_kappa

import mixerkit
from mixerkit import Grid, Recipe
from mixerkit.registry import load_file
from tests.conftest import REPOSITORY


def kind(file, key):
    return load_file(REPOSITORY / "plugins" / file).kinds[key]


def test_a_loss_a_metric_and_a_head_train_together(tiny, tmp_path):
    plugins = ["focal_loss", "cohen_kappa", "attention_pool"]
    settings = ["runner.loss={kind: focal, gamma: 1.5}", "runner.select=cohen-kappa", "model.head=attention-pool"]
    mixup = "features.augment.mixup={prob: 0.5, level: spectrogram}"
    run = mixerkit.train(Recipe.load(tiny, set=[*settings, mixup], plugins=plugins), out=tmp_path / "run")
    assert (run.summary["select"], run.summary["scores"]) == ("cohen_kappa", "sigmoid")
    assert run.evaluate("test").further["cohen_kappa"] == run.summary["test/cohen_kappa"]
    assert any(name.startswith("head.weight") for name in run.model().state_dict())


@pytest.mark.parametrize("gamma", [1.0, 2.0, 3.5])
def test_focal_loss_is_the_formula_of_its_paper(gamma):
    objective = kind("focal_loss.py", ("loss", "focal"))(gamma=gamma).build(3)
    logits, labels = torch.randn(5, 3, dtype=torch.float64), torch.tensor([0, 1, 2, 2, 0])
    right = torch.where(functional.one_hot(labels, 3) == 1, logits.sigmoid(), 1 - logits.sigmoid())
    torch.testing.assert_close(objective.loss(logits, labels), (-((1 - right) ** gamma) * right.log()).sum() / 3)
    torch.testing.assert_close(objective.loss(logits, functional.one_hot(labels, 3)), objective.loss(logits, labels))


@given(clips=st.integers(2, 30), classes=st.integers(2, 5), seed=st.integers(0, 99))
def test_kappa_is_torchmetrics_own(clips, classes, seed):
    generator = torch.Generator().manual_seed(seed)
    scores, labels = torch.rand(clips, classes, generator=generator), torch.randint(classes, (clips,), generator=generator)
    expected = multiclass_cohen_kappa(scores, labels, num_classes=classes).item()
    found = kind("cohen_kappa.py", ("metric", "cohen-kappa"))().compute(scores, labels)
    assert found == pytest.approx(expected, abs=1e-5, nan_ok=True)


def test_attention_pooling_looks_at_no_padding_and_its_weights_add_up_to_one():
    spec = kind("attention_pool.py", ("head", "attention-pool"))()
    head, x = spec.build(Grid(2, 3, 4), 5), torch.randn(2, 2, 3, 4)
    valid = torch.tensor([[1, 1, 0], [1, 1, 1]])
    other = x.clone()
    other[0, :, 2] = 9.0
    torch.testing.assert_close(head(x, valid), head(other, valid))
    assert not torch.equal(head(x, valid)[1], head(x.flip(2), valid)[0])
    torch.testing.assert_close(head(torch.ones_like(x), valid)[0], head(torch.ones_like(x), valid)[1])
    assert spec.check(Grid(1, 8, 4, extra=2))
    assert not spec.check(Grid(2, 3, 4))

"""Plots are drawn without a screen, for one epoch as for many, for one class as for fifty."""

import numpy as np
import pytest

from mixerkit.plots import draw_confusion, draw_curves


def png_size(path):
    raw = path.read_bytes()
    assert raw[:8] == b"\x89PNG\r\n\x1a\n"
    return int.from_bytes(raw[16:20]), int.from_bytes(raw[20:24])


@pytest.mark.parametrize("epochs", [1, 30])
def test_curves(tmp_path, epochs):
    falling = {"train/loss": 1.0, "val/loss": 1.0, "val/accuracy": 0.5, "val/auc": None}
    rows = [{"epoch": epoch, **falling} for epoch in range(1, epochs + 1)]
    draw_curves(rows, tmp_path / "c.png", "title", best_epoch=1)
    assert png_size(tmp_path / "c.png") == (1200, 480)


@pytest.mark.parametrize("classes", [2, 10, 50])
def test_confusion(tmp_path, classes):
    counts = np.random.default_rng(0).integers(0, 9, (classes, classes))
    counts[0] = 0  # a class without a clip
    draw_confusion(counts, [f"class_{i}" for i in range(classes)], tmp_path / "c.png", "title")
    width, height = png_size(tmp_path / "c.png")
    assert width == height >= 600

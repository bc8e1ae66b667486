"""Charts are drawn without a screen, for one epoch as for many, for one class as for hundreds, whatever their names are."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixerkit.plots import (
    LOSSES,
    MOST_LABELLED,
    Chart,
    Dot,
    DotPlot,
    DotRow,
    Panels,
    confusion_svg,
    draw_confusion,
    draw_curves,
)
from mixerkit.plots.style import PALETTE


def png_size(path):
    raw = path.read_bytes()
    assert raw[:8] == b"\x89PNG\r\n\x1a\n"
    return int.from_bytes(raw[16:20]), int.from_bytes(raw[20:24])


def parsed(svg):
    """The element, once every colour in it is one of the page's."""
    assert set(re.findall(r"var\(--(.*?)\)|(#[0-9a-f]{6})", svg)) <= {(name, "") for name in PALETTE}
    return ElementTree.fromstring(svg.replace("xlink:href", "href"))


def texts(svg):
    return [text.text for text in parsed(svg).iter("text")]


@pytest.mark.parametrize("epochs", [1, 30])
def test_curves(tmp_path, epochs):
    falling = {"train/loss": 1.0, "val/loss": 1.0, "val/accuracy": 0.5, "val/auc": None}
    rows = [{"epoch": epoch, **falling} for epoch in range(1, epochs + 1)]
    draw_curves(rows, tmp_path / "c.png", "title", best_epoch=1)
    assert png_size(tmp_path / "c.png") == (1200, 480)


@pytest.mark.parametrize("classes", [2, 12, MOST_LABELLED + 100])
def test_confusion(tmp_path, classes):
    counts = np.random.default_rng(0).integers(0, 2, (classes, classes))
    counts[0] = 0  # a class without a clip
    draw_confusion(counts, [f"class_{i}" for i in range(classes)], tmp_path / "c.png", "title")
    width, height = png_size(tmp_path / "c.png")
    assert 48 * min(classes, MOST_LABELLED) < width < height < 3300


@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("name", ["$x$", "$x", "<b>&\"'", "a\nb", "\x07", "\udc80", "狗", "y" * 99], ids=repr)
def test_any_name_is_drawn_as_it_is(tmp_path, name):
    draw_confusion(np.eye(2, dtype=int), [name, "b"], tmp_path / "c.png", "title")
    message = ["'\"<", '"0.123"', "'<b>'"]
    row = DotRow(name, "", [Dot(0.5, text) for text in message], mean=0.5)
    for svg in (confusion_svg(np.eye(2, dtype=int), [name, "b"], name), DotPlot([row], None).svg()):
        found = parsed(svg.replace("\x07", "�"))
        assert found.get("role") == "img"
        shown = {"\x07": "�", "\udc80": "?", "a\nb": "a"}.get(name, name)
        assert shown[:20] in found.get("aria-label")
        assert any(text.startswith(shown[:20]) for text in (each.text for each in found.iter("text")))
    assert [title.text for title in found.iter("title")] == message


def test_trials_show_their_counts_and_shares():
    counts = np.array([[8, 2], [0, 0]])
    svg = confusion_svg(counts, ["a", "b"], "run")
    assert texts(svg) == ["a", "b", "predicted", "a", "b", "truth", "8", "2"]
    assert re.findall(r"fill: var\(--(s\d)\)", svg) == ["s2", "s8"]
    assert "8 of 10 clips" in svg


def test_panels_have_one_axis_and_every_curve_has_its_title():
    charts = [
        Chart("a", [(LOSSES[0], [(1, 2.0), (2, 1.0)])]),
        Chart("b", [(LOSSES[0], [(1, 9.0)]), (LOSSES[1], [])], best_epoch=1),
    ]
    one, other = Panels("loss", LOSSES, charts).svgs()
    assert texts(one) == texts(other)
    assert [title.text for title in parsed(one).iter("title")] == ["validation loss"]
    assert [title.text for title in parsed(other).iter("title")] == ["validation loss", "best epoch"]
    assert parsed(other).get("aria-label") == "b, loss by epoch: validation loss 9.000 after epoch 1, 9.000 after 1"


@given(st.lists(st.floats(0, 1), min_size=1, max_size=3), st.floats(0, 1), st.sampled_from([None, 0.0, 0.2]))
def test_whatever_is_drawn_lies_inside(values, published, std):
    dots = [Dot(value, "dot", lane) for value, lane in zip(values, (-1.0, 0.0, 1.0), strict=False)]
    svg = DotPlot([DotRow("row", "label", dots, [Dot(published, "theirs")], float(np.mean(values)), std)], 0.5).svg()
    _, _, width, height = map(float, parsed(svg).get("viewBox").split())
    numbers = [part.replace("M", "").replace("L", "").split() for path in parsed(svg).iter("path") for part in [path.get("d")]]
    lines = [list(map(float, part)) for part in numbers if len(part) == 4]
    assert len(lines) > len(values)
    assert all(0 <= x <= width and 0 <= y <= height for x1, y1, x2, y2 in lines for x, y in ((x1, y1), (x2, y2)))


def test_a_long_training_stays_small():
    noise = np.random.default_rng(0).random(5000)
    (svg,) = Panels("loss", LOSSES, [Chart("a", [(LOSSES[0], list(enumerate(noise)))])]).svgs()
    assert len(svg) < 60_000


def test_the_same_chart_is_the_same_text():
    plot = DotPlot([DotRow("row", "label", [Dot(0.5, "dot")], [Dot(0.6, "theirs")], mean=0.5)], None)
    assert len({plot.svg() for _ in "ab"}) == 1

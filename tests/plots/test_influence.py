"""Influence maps: whatever is drawn, the legend is whole."""

import numpy as np
import pytest

from mixerkit.plots.influence import COLOURS, Influence, InfluenceRow, draw_influence

TITLE = "a-name-of-many-words-that-a-study-could-well-have-given-to-a-row, untrained"
FRACTIONS = dict.fromkeys(COLOURS, 0.25)


@pytest.mark.parametrize("panels", [1, 2, 3])
@pytest.mark.parametrize("depths", [1, 2, 5])
@pytest.mark.parametrize("grid", [(1, 7), (4, 9)])
def test_the_legend_and_the_titles_stand_inside_the_spectrogram_and_clear_of_the_maps(tmp_path, figures, panels, depths, grid):
    cell = Influence("block 0", ((0, 2),), np.full((1, *grid), 1 / np.prod(grid)), FRACTIONS, 0.5)
    row = InfluenceRow("1. token", (cell,) * depths)
    draw_influence([(TITLE, [row, row])] * panels, tmp_path / "x.png")
    (figure,) = figures
    box = figure.legends[0].get_window_extent()
    assert box.x0 >= 0
    assert box.y0 >= 0
    assert box.x1 <= figure.bbox.width
    for subfigure in figure.subfigs[:panels]:
        written, own = subfigure._suptitle.get_window_extent(), subfigure.bbox
        assert own.x0 <= written.x0
        assert written.x1 <= own.x1
        assert all(axes.get_window_extent().y1 <= written.y0 for axes in subfigure.get_axes())
    lowest = min(axes.get_window_extent().y0 for axes in figure.get_axes())
    assert box.y1 <= lowest

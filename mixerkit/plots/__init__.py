"""Plots for people: drawn with matplotlib, without a screen, into PNG files."""

from mixerkit.plots.confusion import draw_confusion
from mixerkit.plots.curves import draw_curves
from mixerkit.plots.influence import Influence, InfluenceRow, draw_influence
from mixerkit.plots.lengths import draw_data

__all__ = ["Influence", "InfluenceRow", "draw_confusion", "draw_curves", "draw_data", "draw_influence"]

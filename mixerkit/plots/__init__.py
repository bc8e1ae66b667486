"""Charts: each described once and drawn by matplotlib, without a screen, into PNG files and as SVG elements of a page."""

from mixerkit.plots.confusion import MOST_LABELLED, confusion_svg, draw_confusion
from mixerkit.plots.curves import ACCURACY, LOSSES, RUN_SERIES, Chart, Panels, Points, Series, draw_curves
from mixerkit.plots.dotplot import Dot, DotPlot, DotRow
from mixerkit.plots.influence import Influence, InfluenceRow, draw_influence
from mixerkit.plots.lengths import draw_data

__all__ = ["ACCURACY", "LOSSES", "MOST_LABELLED", "RUN_SERIES", "Chart", "Dot", "DotPlot", "DotRow", "Influence", "InfluenceRow"]
__all__ += ["Panels", "Points", "Series", "confusion_svg", "draw_confusion", "draw_curves", "draw_data", "draw_influence"]

"""Pictures for people: drawn with matplotlib, without a screen, into PNG files."""

from mixerkit.pictures.confusion import draw_confusion
from mixerkit.pictures.curves import draw_curves
from mixerkit.pictures.influence import Influence, InfluenceRow, draw_influence
from mixerkit.pictures.lengths import draw_lengths

__all__ = ["Influence", "InfluenceRow", "draw_confusion", "draw_curves", "draw_influence", "draw_lengths"]

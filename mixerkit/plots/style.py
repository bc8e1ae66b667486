"""The style that all charts share, and a chart as an SVG element of a page.

A chart is drawn in the colours of PALETTE. In a page each of them becomes the CSS variable of the same name, so that the chart
follows the page's light and dark scheme; its text has the page's font.
"""

import io
import re
import warnings
from html import escape
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

SHADES = ("#eef5f4", "#dbebe9", "#c4dfdc", "#a9d0cd", "#8bbfbc", "#2a7a7a", "#1f6a6b", "#155a5c", "#0b484b")
ACCENT, SECOND, INK, SOFT, RULE, CARD, ON_STRONG = "#14696b", "#a84f00", "#1d2228", "#59616b", "#e0dcd3", "#fffffe", "#ffffff"
PALETTE = {"accent": ACCENT, "second": SECOND, "ink": INK, "soft": SOFT, "rule": RULE, "card": CARD, "on-strong": ON_STRONG}
PALETTE |= {f"s{i}": shade for i, shade in enumerate(SHADES, 1)}
"""The light scheme of a report's style sheet; no colour stands there twice."""
STYLE: dict[Any, Any] = {
    **dict.fromkeys(("axes.labelcolor", "legend.labelcolor", "xtick.color", "ytick.color"), SOFT),
    **dict.fromkeys(("axes.spines.left", "axes.spines.right", "axes.spines.top", "axes.spines.bottom"), False),
    **dict.fromkeys(("xtick.major.size", "ytick.major.size"), 0.0),
    **dict.fromkeys(("lines.solid_capstyle", "lines.dash_capstyle"), "round"),
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "font.size": 11.0,
    "grid.color": RULE,
    "legend.frameon": False,
    "path.simplify_threshold": 0.5,  # a long training stays a short path
    "svg.fonttype": "none",
    "text.parse_math": False,  # a $ in a name is a $
}
chart_style = rc_context(STYLE)
"""Decorates functions that make and write figures."""
MARK: dict[str, Any] = {"color": SOFT, "linewidth": 1.0, "linestyle": (0, (3.0, 3.0)), "dash_capstyle": "butt"}
"""The look of a line that marks a value."""
TITLE = "title:"
"""In front of the gid of an artist whose title a page shows where the pointer rests."""
LEFT_OUT = re.compile(
    r"^.*?<svg.*?>|<metadata>.*?</metadata>|<style.*?</style>|<clipPath.*?</clipPath>|(?<=>)\s+(?=<)", flags=re.DOTALL
)
VARIABLES = {colour: f"var(--{name})" for name, colour in PALETTE.items()}


def shorten_label(label: str, most: int) -> str:
    """At most so many characters; names of folders, and so of classes, may be no text at all."""
    text = label.encode(errors="replace").decode()
    return text if len(text) <= most else f"{text[: most - 1]}…"


def to_svg(figure: Figure, text: str, tight: bool = False) -> str:
    """The figure as an SVG element, whose ids are unique in a page if ``text`` is.

    Args:
        text: the chart in words, for who cannot see it.
        tight: the size is that of what is drawn, not of the figure.
    """
    text = text.encode(errors="replace").decode()
    for patch in (figure.patch, *(axes.patch for axes in figure.axes)):
        patch.set_visible(False)
    file = io.StringIO()
    with rc_context({"svg.hashsalt": text}), warnings.catch_warnings(action="ignore", category=UserWarning):  # missing glyphs
        figure.savefig(file, format="svg", bbox_inches="tight" if tight else None, pad_inches=0.05)
    written = file.getvalue()
    width, height = re.findall(r'viewBox="0 0 (\S+) (\S+)"', written)[0]
    head = f'<svg role="img" aria-label="{escape(text)}" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    return head + re.sub("<[^<>]*>", _simplify, LEFT_OUT.sub("", written))


def _simplify(tag: re.Match[str]) -> str:
    """A tag with the page's colours and font, without clipping, as nothing lies outside, and without ids but those of markers."""
    titled = re.fullmatch(rf"""<g id=(["']){TITLE}(.*)\1>""", tag[0], flags=re.DOTALL)
    if titled:
        return f"<g><title>{titled[2]}</title>"
    text = re.sub(r' id="(?!m[0-9a-f]{10}")[^"]*"| clip-path="[^"]*"| transform="rotate\(-0 [^"]*"|font-[^;]*; ', "", tag[0])
    text = re.sub("#[0-9a-f]{6}", lambda colour: VARIABLES.get(colour[0], colour[0]), text)
    return re.sub(r"(\.\d\d)\d+", r"\1", text)

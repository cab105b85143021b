"""A matplotlib figure as SVG that stands in a page and takes its colours from it.

The page's custom properties replace the colours of ``style``, so that one drawing serves light and
dark; text stays text in the page's font. Ids begin with a name, so that many may stand in one page.
"""

import io
import re
from typing import TYPE_CHECKING, Any

import matplotlib
from markupsafe import Markup, escape

from symscope.drawing import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = {
    style.INK: "--ink",
    style.MUTED: "--muted",
    style.FAINT: "--faint",
    style.ACCENT: "--accent",
    style.CALM: "--calm",
    style.ALARM: "--alarm",
    **{colour: f"--series-{number}" for number, colour in enumerate(style.SERIES, start=1)},
}

RASTER_DPI = 200
"""Of what is drawn as pixels (``rasterized=True``): clouds of points, which are large as SVG."""

_SETTINGS: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "symscope"}


def inline_svg(figure: "Figure", said: str, name: str, kind: str = "drawn-figure") -> Markup:
    """Draw a figure as an ``<svg>`` element for a page.

    Parameters
    ----------
    figure : drawn in the colours of ``style``, without a background
    said : what it shows, for those who cannot see it; empty where they need not know
    name : unique in the page; its ids begin with it
    kind : its class in the style sheet
    """
    sink = io.StringIO()
    with matplotlib.rc_context(_SETTINGS):
        figure.savefig(
            sink, format="svg", dpi=RASTER_DPI, transparent=True, metadata={"Date": None}
        )
    text = sink.getvalue()
    text = re.sub(r"<(metadata|style).*?</\1>", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->|\n\s*", "", text, flags=re.DOTALL)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', text))
    text = re.sub(r' id="([^"]+)"', lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", text)
    text = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", text)
    for colour, variable in COLOURS.items():
        text = text.replace(colour, f"var({variable})")
    # The page's font is no wider than the one that the figure was laid out with.
    text = re.sub(r" ?font-family: [^;\"]*;?", "", text)
    # A hundredth of a point is enough of a path.
    text = re.sub(r' d="[^"]*"', lambda m: re.sub(r"(\.\d\d)\d+", r"\1", m[0]), text)
    width, height = (72 * inches for inches in figure.get_size_inches())
    role = f'role="img" aria-label="{escape(said)}"' if said else 'aria-hidden="true"'
    head = (
        f'<svg class="{kind}" viewBox="0 0 {width:g} {height:g}" {role} '
        'stroke-linejoin="round" xmlns:xlink="http://www.w3.org/1999/xlink">'
    )
    return Markup(head + text[text.index(">") + 1 :].strip())

"""One look for all figures and pages: their colours and margins."""

from matplotlib.colors import LinearSegmentedColormap

INK = "#1f2d3d"
PAPER = "#f6f0e2"
MUTED = "#5d6773"
FAINT = "#d9dde1"
EMPTY = "#f3f4f5"
ACCENT = "#c2552d"
CALM = "#7f97ad"
ALARM = "#a3211b"

ON_PICTURE = "#a23a14"
"""Of what is drawn over a picture, with a rim of PAPER: seen on light and dark, in pages too."""

MARKS = ("#c2552d", "#2a7f9e", "#6a4c93", "#4b8f29", "#b8860b")
"""Of the elements of a signal or volume, in their order: one colour each in every panel."""

SERIES = ("#c2552e", "#3d6a8f", "#6b8f3d", "#8a5a9e", "#b08b2e")
"""Of what is told apart in a plot; in a page ``--series-1`` and so on."""

NETWORKS_SHOWN, COMPONENTS_SHOWN = 4, 3
"""Networks of a score whose answers are shown, and components of a network's hidden layer."""

MAP_PERCENTILE = 99.0
"""A component's map is scaled to this percentile of its absolute values: a few extreme points would
otherwise leave the rest grey."""

MARGIN = 0.4
"""Blank border of a page, inches."""

# Level 0 is dark and level 1 is light, as in the picture that the sketch was made from.
TWO_COLOURS = LinearSegmentedColormap.from_list("symscope", [INK, PAPER])

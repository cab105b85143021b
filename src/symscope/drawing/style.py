"""One look for all figures: their colours and margins."""

from matplotlib.colors import LinearSegmentedColormap

INK = "#1f2d3d"
PAPER = "#f6f0e2"
MUTED = "#5d6773"
FAINT = "#d9dde1"
EMPTY = "#f3f4f5"
ACCENT = "#c2552d"
CALM = "#7f97ad"
ALARM = "#a3211b"

NETWORKS_SHOWN, COMPONENTS_SHOWN = 4, 3
"""Networks of a score whose answers are shown, and components of a network's hidden layer."""

MAP_PERCENTILE = 99.0
"""A component's map is scaled to this percentile of its absolute values: a few extreme points would
otherwise leave the rest grey."""

MARGIN = 0.4
"""Blank border of a page, inches."""

# Level 0 is dark and level 1 is light, as in the picture that the sketch was made from.
TWO_COLOURS = LinearSegmentedColormap.from_list("symscope", [INK, PAPER])

"""The figure of the dial: what is in the figures is on the page."""

from symscope.drawing.dial import dial_figure

FALLS = {"0.0": 0.9, "0.5": 0.4, "1.0": 0.0}
BINS = [{"pictures": 3.0, "said": 0.2, "true": 0.25}, {"pictures": 9.0, "said": 0.9, "true": 1.0}]
FIGURES = {
    "classes": "paper",
    "seed": 7,
    "families": ["cells", "collage"],
    "templates": 42,
    "score": {"Z_2": FALLS, "O(2)": FALLS},
    "ece": 0.0123,
    "ece_share": 0.0456,
    "calibration": BINS,
    "calibration_share": BINS,
}


def test_scores_and_bins_are_drawn_where_they_are():
    figure = dial_figure(FIGURES)
    dial, exact, broken = figure.axes[1:]
    curve = dial.lines[1]
    assert list(curve.get_xdata()) == [0, 0.5, 1]
    assert list(curve.get_ydata()) == [0.9, 0.4, 0]
    assert len(dial.lines) == 3
    for axes in (exact, broken):
        assert axes.collections[0].get_offsets().tolist() == [[0.2, 0.25], [0.9, 1.0]]
    written = " ".join(text.get_text() for text in figure.axes[0].texts)
    assert "0.012" in written
    assert "0.046" in written
    assert "42 templates of the families cells and collage" in written

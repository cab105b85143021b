"""What was found, drawn where it is."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from symscope.drawing.overlay import MOST, draw_elements, in_words
from symscope.elements import KINDS, Element, Elements

FOUND = (
    Element("mirror", (), 0.95, 1.0, angle_deg=90.0, offset=-0.5, hidden=0.9, hidden_sd=0.01),
    Element("rotation", (), 0.97, 1.0, order=4, centre=(0.5, 0.25)),
    Element("translation", (), 0.99, 0.7, angle_deg=0.0, vector=(0.5, 0.0)),
    Element("glide", (), 0.9, 0.7, angle_deg=0.0, offset=0.1, vector=(0.2, 0.0)),
    Element("stripes", (), 0.9, 0.7, angle_deg=45.0),
    Element("round", (), 0.9, 0.7, centre=(0.0, 0.0)),
)


def drawn(*found, rows=100, columns=200):
    axes = Figure().subplots()
    axes.imshow(np.zeros((rows, columns)))
    limits = axes.get_xlim(), axes.get_ylim()
    draw_elements(axes, Elements(found, dict.fromkeys(KINDS, 0.0)), rows, columns)
    assert (axes.get_xlim(), axes.get_ylim()) == limits
    return axes


def test_an_axis_is_where_it_is():
    x, _ = drawn(FOUND[0]).lines[0].get_data()
    # Offset -0.5 along the normal (-1, 0) of an upright axis: half way to the right-hand edge.
    np.testing.assert_allclose(x, (0.5 * 200 + 199) / 2)


def test_a_centre_carries_its_order():
    axes = drawn(FOUND[1])
    x, y = axes.lines[0].get_data()
    assert (x[0], y[0]) == pytest.approx(((0.5 * 200 + 199) / 2, (99 - 0.25 * 200) / 2))
    assert [text.get_text() for text in axes.texts] == ["4"]


def test_every_kind_is_drawn_and_the_picture_is_not_hidden():
    assert set(MOST) == set(KINDS)
    for item in FOUND:
        axes = drawn(item)
        assert axes.lines or axes.texts or axes.patches
    assert len(drawn(*FOUND[:1] * 30).lines) == MOST["mirror"]


def test_words_say_both_agreements():
    found = Elements(FOUND[:2], dict.fromkeys(KINDS, 0.0))
    assert "mirror 0.95 / 0.90, rotation 0.97" in in_words(found)
    assert "No axis" in in_words(Elements((), {}))

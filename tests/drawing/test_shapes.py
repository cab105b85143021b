"""What is drawn where, in the coordinates of the field and on the axes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from fakes.fields import a_signal, a_volume
from fakes.scores import FOUND, a_score, elements
from symscope.drawing.kinds import KINDS
from symscope.drawing.panels import draw_shapes, overlay_svg
from symscope.drawing.parts import Parts
from symscope.drawing.shapes import field_shapes, picture_shapes, to_pixels
from symscope.elements import Elements


def test_an_axis_and_a_centre_are_where_they_are():
    axis, centre = picture_shapes(elements("mirror", "rotation"))
    # Offset -0.5 along the normal (-1, 0) of an upright axis.
    np.testing.assert_allclose(axis.points[:, 0], 0.5)
    assert np.abs(axis.points[:, 1]).min() > 2
    assert centre.points.tolist() == [[0.5, 0.25]]
    assert centre.order == 4


def test_pixels_are_counted_from_the_upper_left_and_whole_at_their_centres():
    points = np.array([[-1.0, 0.5], [0.0, 0.0], [0.5, 0.25]])
    expected = [[-0.5, -0.5], [99.5, 49.5], [149.5, 24.5]]
    np.testing.assert_allclose(to_pixels(points, 100, 200), expected)


@pytest.mark.parametrize(
    ("kind", "draw", "heads", "dotted"),
    [
        ("mirror", "line", 1, False),
        ("glide", "line", 1, True),
        ("rotation", "centre", 1, False),
        ("round", "ring", 1, False),
        ("stripes", "arrow", 2, False),
        ("translation", "arrow", 1, False),
    ],
)
def test_every_kind_has_its_shape_and_leaves_the_picture_where_it_is(kind, draw, heads, dotted):
    (shape,) = picture_shapes(elements(kind))
    assert (shape.draw, shape.heads, shape.dotted) == (draw, heads, dotted)
    axes = Figure().subplots()
    axes.imshow(np.zeros((100, 200)))
    axes.autoscale(False)
    limits = axes.get_xlim(), axes.get_ylim()
    draw_shapes(axes, [shape], 100, 200)
    assert axes.lines or axes.texts or axes.patches
    assert (axes.get_xlim(), axes.get_ylim()) == limits


def test_many_axes_do_not_hide_a_picture():
    many = Elements((FOUND["mirror"],) * 30, {})
    assert len(picture_shapes(many)) == KINDS["mirror"].most


def test_shapes_of_a_volume_are_in_its_frame():
    parts = Parts.of(a_volume())
    plane, axis, centre, arrow, stripes = field_shapes(parts)
    assert [s.draw for s in (plane, axis, centre, arrow, stripes)] == [
        *("plane", "line", "centre", "arrow", "line")
    ]
    point = (np.array([14.0, 15.0, 16.0]) - np.array(parts.grid.centre)) / parts.grid.half
    np.testing.assert_allclose(centre.points[0], point)
    np.testing.assert_allclose((plane.points - point) @ plane.normal, 0, atol=1e-9)
    assert np.abs(plane.points).max() == pytest.approx(1)
    np.testing.assert_allclose(axis.points.mean(axis=0), point)
    assert (np.abs(axis.points).max(axis=1) > 1).all()
    length = np.array([4.0, 5.0, 0.0]) / parts.grid.half
    np.testing.assert_allclose(arrow.points[1] - arrow.points[0], length)
    assert len({s.colour for s in (plane, axis, centre, arrow, stripes)}) == 5


def test_shapes_of_a_signal_are_a_place_and_a_length():
    centre, period = field_shapes(Parts.of(a_signal()))
    assert (centre.draw, period.draw) == ("centre", "arrow")
    assert period.points[1, 0] > period.points[0, 0] == 0


def test_what_lies_over_a_picture_in_a_page_has_its_proportions_and_fixed_colours():
    svg = overlay_svg(replace(a_score(), elements=elements()), "one")
    x, y, width, height = map(float, svg.split('viewBox="')[1].split('"')[0].split())
    assert (x, y, width / height) == (0, 0, pytest.approx(80 / 60, abs=0.01))
    assert "mirror 0.95 / 0.90, rotation 0.97" in svg
    assert "var(--accent)" not in svg
    assert "<style" not in svg
    assert svg.count('id="') == svg.count('id="one-')
    nothing = replace(a_score(), sketch=None, elements=Elements((), {}))
    assert overlay_svg(nothing, "one") == ""

"""Elements become shapes in the points of a layer, and rows of a table."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("napari")

from napari.components import Dims
from napari.layers import Image

from fakes.fields import a_volume
from fakes.scores import a_picture, a_score, elements
from symscope.elements import Elements
from symscope.napari_plugin.layers import Shown, shown
from symscope.napari_plugin.marks import arrow_path, marks, within
from symscope.options import Options


def part_of(layer, index=0):
    dims = Dims(ndim=layer.ndim, range=((0, 100, 1),) * layer.ndim)
    dims.point = (index,) * layer.ndim
    return shown(layer, dims, False, Options())


def a_layer(rows=60, columns=80, **place):
    return Image(np.zeros((9, rows, columns)), scale=(1, 0.5, 0.5), units="um", **place)


def test_shapes_lie_where_the_elements_are_in_the_plane_that_is_shown():
    score = replace(a_score(), elements=elements())
    found = {mark.element.kind: mark for mark in marks(score, part_of(a_layer(), 4))}
    assert {kind: mark.shape for kind, mark in found.items()} == {
        **{"mirror": "line", "glide": "line", "rotation": "ellipse", "round": "ellipse"},
        **{"translation": "path", "stripes": "path"},
    }
    assert all((mark.points[:, 0] == 4).all() for mark in found.values())
    # An upright axis, a quarter of the longer side (80) to the right of the middle (39.5).
    axis = found["mirror"].points[:, 1:]
    np.testing.assert_allclose(axis[:, 1], 39.5 + 20)
    np.testing.assert_allclose(sorted(axis[:, 0]), [-0.5, 59.5])
    np.testing.assert_allclose(found["rotation"].points.mean(axis=0), [4, 29.5 - 10, 39.5 + 20])
    assert found["rotation"].features["order"] == 4
    assert "20 µm from the left" not in found["rotation"].where
    assert "30 µm from the left, 10 µm from the top" in found["rotation"].where
    assert "10 µm from the middle" in found["mirror"].where
    assert "every 10 µm" in found["translation"].where


def test_pixels_that_were_made_squares_become_points_again():
    layer = Image(np.zeros((30, 80)), scale=(2, 1))
    score = replace(a_score(), elements=elements("rotation"), picture=a_picture(rows=60))
    (centre,) = marks(score, part_of(layer))
    np.testing.assert_allclose(centre.points.mean(axis=0), [(29.5 - 10 + 0.5) / 2 - 0.5, 59.5])
    assert "62.5 %" not in centre.where
    np.testing.assert_allclose(np.ptp(centre.points, axis=0) * (2, 1), np.ptp(centre.points[:, 1]))


def test_what_is_nearly_there_comes_last_and_is_said_to_be():
    both = Elements(elements("mirror").items, {}, nearly=elements("rotation").items)
    mirror, centre = marks(replace(a_score(), elements=both), part_of(a_layer()))
    assert (mirror.nearly, centre.nearly) == (False, True)
    assert centre.cells[0].startswith("nearly: 4-fold")
    assert mirror.cells[2:4] == ("0.95", "0.90 ± 0.01")


def test_elements_of_a_volume_lie_in_its_box():
    score = a_volume()
    grid = score.grid
    lengths = np.array([24.0, 32.0, 32.0])
    shape = (12, 32, 32)
    part = Shown("v", np.zeros(shape), (1, 2, 3), shape, (5, 0, 0, 0), (2.0, 1.0, 1.0), "µm", None)
    grid = replace(grid, centre=tuple((lengths - (2, 1, 1)) / 2), half=16.0)
    found = marks(replace(score, grid=grid), part)
    plane, axis = found[0], found[1]
    assert (plane.shape, axis.shape, found[2].shape, found[3].shape) == (
        *("polygon", "line", "path", "path"),
    )
    assert (plane.points[:, 0] == 5).all()
    spacing = np.array([2.0, 1.0, 1.0])
    for mark in (plane, axis):
        inside = mark.points[:, 1:]
        assert (inside > -0.5 - 1e-9).all()
        assert (inside < np.array(shape) - 0.5 + 1e-9).all()
        away = inside * spacing - np.array(mark.element.point)
        if mark is plane:
            np.testing.assert_allclose(away @ np.array(mark.element.normal), 0, atol=1e-9)
        else:
            across = np.cross(away, np.array(mark.element.direction))
            np.testing.assert_allclose(across, 0, atol=1e-9)
    assert "µm" in f"{axis.what} {axis.where}"


def test_without_elements_nothing_is_drawn():
    assert marks(replace(a_score(), elements=None), part_of(a_layer())) == []


def test_a_line_outside_the_box_is_gone():
    half = np.array([1.0, 0.5])
    assert len(within(np.array([[-3.0, 0.6], [3.0, 0.6]]), half)) == 0
    ends = within(np.array([[-3.0, -3.0], [3.0, 3.0]]), half)
    np.testing.assert_allclose(ends, [[-0.5, -0.5], [0.5, 0.5]])


@pytest.mark.parametrize(("heads", "count"), [(1, 6), (2, 10)])
@pytest.mark.parametrize("size", [2, 3])
def test_an_arrow_begins_and_ends_at_its_ends(heads, count, size):
    start, end = np.zeros(size), np.arange(1.0, size + 1)
    path = arrow_path(start, end, heads)
    assert path.shape == (count, size)
    np.testing.assert_allclose(path[[0, -1]], [start, end])

"""What an Image layer shows becomes an input: its part, its values, its lengths."""

import numpy as np
import pytest

pytest.importorskip("napari")

from napari.components import Dims
from napari.layers import Image

from symscope.errors import NotFinite, TooLarge, UsageError
from symscope.napari_plugin.layers import read, shown
from symscope.options import Options

RAMP = np.arange(20 * 30 * 40, dtype=np.uint16).reshape(20, 30, 40)
OPTIONS = Options()


def at(*point, order=None, ndisplay=2):
    dims = Dims(ndim=len(point), ndisplay=ndisplay, range=((0, 100, 1),) * len(point))
    dims.point = point
    if order:
        dims.order = order
    return dims


def test_of_a_stack_the_plane_that_is_shown_is_read_between_the_contrast_limits():
    layer = Image(RAMP, name="stack", contrast_limits=(8500, 9000))
    part = shown(layer, at(7, 0, 0), False, OPTIONS)
    assert (part.axes, part.shape, part.index[0], part.unit) == ((1, 2), (30, 40), 7, "")
    given = read(part, OPTIONS)
    expected = np.clip((RAMP[7].astype(float) - 8500) / 500, 0, 1)
    np.testing.assert_allclose(given.picture.grey, expected, atol=1e-6)
    assert given.path == "stack"
    assert "index 7 of 0 to 19 along axis 0" in given.notes
    assert part.in_layer(np.array([[1.0, 2.0]])).tolist() == [[7, 1, 2]]


def test_another_order_of_axes_shows_another_plane():
    layer = Image(RAMP, scale=(2, 1, 1), units="um")
    part = shown(layer, at(0, 5, 0, order=(1, 2, 0)), False, OPTIONS)
    assert (part.axes, part.shape, part.spacing) == ((0, 2), (20, 40), (2, 1))
    assert part.unit == "µm"
    given = read(part, OPTIONS)
    assert given.picture.grey.shape == (40, 40)  # its pixels are squares
    assert any("not square" in note for note in given.notes)


def test_of_a_layer_with_fewer_axes_than_the_viewer_the_last_ones_count():
    part = shown(Image(RAMP[0]), at(7, 0, 0), False, OPTIONS)
    assert part.axes == (0, 1)
    with pytest.raises(UsageError, match="turn them back"):
        shown(Image(RAMP[0]), at(0, 0, 0, order=(1, 2, 0)), False, OPTIONS)


def test_colours_stay_as_they_are():
    colours = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    given = read(shown(Image(colours, rgb=True), at(0, 0), False, OPTIONS), OPTIONS)
    np.testing.assert_array_equal(given.picture.rgb, colours)


def test_a_volume_has_its_voxels_lengths():
    layer = Image(RAMP, name="volume", scale=(2, 1, 1), units="um", rotate=(0, 0, 30))
    part = shown(layer, at(0, 0, 0, ndisplay=3), True, OPTIONS)
    np.testing.assert_allclose(part.spacing, (2, 1, 1))
    grid = read(part, OPTIONS).grid
    assert (grid.unit, grid.shape) == ("µm", RAMP.shape)
    np.testing.assert_allclose(grid.centre, (19, 14.5, 19.5))
    np.testing.assert_allclose(grid.half, 20)


def test_of_a_pyramid_the_finest_level_that_is_small_enough_is_read():
    plane = RAMP.reshape(160, 150)
    layer = Image([plane, plane[::2, ::2], plane[::4, ::4]], multiscale=True)
    options = Options(max_megapixels=0.01)
    part = shown(layer, at(0, 0), False, options)
    assert (part.shape, part.data.shape) == ((160, 150), (80, 75))
    assert read(part, options).picture.grey.shape == (80, 75)


class Enormous:
    """An array that may not be read."""

    shape, ndim, dtype = (100_000, 100_000), 2, np.dtype(np.uint8)

    def __getitem__(self, _):
        return self

    def __array__(self, *_, **__):
        raise AssertionError("it was read")


def test_what_is_too_large_is_not_read():
    from dataclasses import replace

    part = shown(Image(RAMP[0]), at(0, 0), False, OPTIONS)
    with pytest.raises(TooLarge):
        read(replace(part, data=Enormous(), shape=Enormous.shape), OPTIONS)


@pytest.mark.parametrize(
    ("layer", "volume"),
    [(Image(RAMP[0]), True), (Image(np.zeros((9, 30, 40, 3), np.uint8), rgb=True), True)],
)
def test_what_has_no_such_part_is_refused(layer, volume):
    with pytest.raises(UsageError, match="volume"):
        shown(layer, at(0, 0, 0), volume, OPTIONS)


def test_where_the_layer_shows_nothing_the_slider_is_named():
    with pytest.raises(UsageError, match="slider"):
        shown(Image(RAMP), at(30, 0, 0), False, OPTIONS)


def test_values_that_are_no_numbers_are_refused():
    holes = np.ones((30, 40))
    holes[3, 4] = np.nan
    layer = Image(holes, contrast_limits=(0, 1))
    with pytest.raises(NotFinite):
        read(shown(layer, at(0, 0), False, OPTIONS), OPTIONS)

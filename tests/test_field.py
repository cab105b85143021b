"""Fields: where the pixels lie, what is refused, and what the fingerprint knows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symscope.errors import NotFinite, UsageError
from symscope.field import Field, pixel_centres


def test_pixels_of_a_square_lie_where_the_conventions_say():
    side = 8
    centres = pixel_centres(side, side).reshape(side, side, 2)
    for r, c in [(0, 0), (0, 7), (3, 5), (7, 0)]:
        expected = ((2 * c + 1) / side - 1, 1 - (2 * r + 1) / side)
        np.testing.assert_allclose(centres[r, c], expected, atol=1e-7)


@given(st.integers(1, 20), st.integers(1, 20))
def test_pixel_centres_keep_the_picture_s_shape(rows, columns):
    centres = pixel_centres(rows, columns).astype(np.float64).reshape(rows, columns, 2)
    longest = max(rows, columns)
    np.testing.assert_allclose(np.diff(centres[..., 0], axis=1), 2 / longest, atol=1e-6)
    np.testing.assert_allclose(np.diff(centres[..., 1], axis=0), -2 / longest, atol=1e-6)
    np.testing.assert_allclose(centres.mean(axis=(0, 1)), 0, atol=1e-6)
    assert np.abs(centres).max() == pytest.approx(1 - 1 / longest, abs=1e-6)


def test_levels_follow_their_points_in_row_major_order():
    levels = np.arange(6).reshape(2, 3)
    field = Field.from_levels(levels)
    assert field.shape == (2, 3)
    assert field.dimension == 2
    assert (field.coords.dtype, field.levels.dtype) == (np.float32, np.int32)
    np.testing.assert_array_equal(field.levels.reshape(field.shape), levels)
    top = field.coords[:, 1] > 0
    np.testing.assert_array_equal(np.sort(field.levels[top]), [0, 1, 2])


@pytest.mark.parametrize("dimension", [1, 2, 3, 5])
def test_points_of_any_dimension(dimension):
    coords = np.random.default_rng(0).uniform(-1, 1, (10, dimension))
    field = Field(coords.astype(np.float32), np.arange(10, dtype=np.int32))
    assert field.dimension == dimension
    assert field.shape is None


@pytest.mark.parametrize("shape", [(4,), (2, 2, 2), (0, 3)])
def test_a_picture_has_rows_and_columns(shape):
    with pytest.raises(UsageError, match="rows, columns"):
        Field.from_levels(np.zeros(shape, int))


def test_points_and_levels_must_match():
    with pytest.raises(UsageError, match=r"\(3, 2\) and \(4,\)"):
        Field(np.zeros((3, 2), np.float32), np.zeros(4, np.int32))
    with pytest.raises(UsageError, match="shape"):
        Field(np.zeros(3, np.float32), np.zeros(3, np.int32))


def test_points_outside_the_frame_are_refused():
    with pytest.raises(UsageError, match="rescale"):
        Field(np.array([[0.0, 1.5]], np.float32), np.zeros(1, np.int32))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(bad):
    with pytest.raises(NotFinite):
        Field(np.array([[0.0, bad]], np.float32), np.zeros(1, np.int32))
    with pytest.raises(NotFinite):
        Field.from_levels(np.array([[0.0, bad]]))


def test_constant_fields_are_known():
    assert Field.from_levels(np.ones((4, 4), int)).is_constant
    assert not Field.from_levels(np.eye(4, dtype=int)).is_constant
    assert Field(np.zeros((0, 2), np.float32), np.zeros(0, np.int32)).is_constant


def test_the_fingerprint_knows_points_and_levels_and_nothing_else():
    levels = np.eye(6, dtype=int)
    field = Field.from_levels(levels)
    assert field.sha256 == Field.from_levels(levels.astype(np.int8)).sha256
    # The same bytes seen through other strides are the same field.
    assert field.sha256 == Field.from_levels(np.asfortranarray(levels)).sha256
    assert field.sha256 == Field(field.coords, field.levels).sha256
    other = levels.copy()
    other[0, 0] = 0
    assert field.sha256 != Field.from_levels(other).sha256
    assert field.sha256 != Field(-field.coords, field.levels).sha256


def test_values_are_part_of_the_fingerprint_and_levels_alone_are_as_before():
    plain = Field.from_levels([[0, 1], [1, 0]])
    assert plain.values is None
    valued = Field(plain.coords, plain.levels, plain.shape, np.array([[0], [1], [1], [0.5]]))
    assert valued.values is not None
    assert valued.values.dtype == np.float32
    assert valued.sha256 != plain.sha256
    assert not valued.is_constant


def test_a_field_of_one_value_is_constant():
    levels = np.array([0, 1, 0, 1])
    assert Field(np.zeros((4, 2)), levels, None, np.full((4, 3), 0.5)).is_constant


@pytest.mark.parametrize(
    ("values", "error"),
    [
        (np.zeros(4), UsageError),
        (np.zeros((3, 1)), UsageError),
        (np.zeros((4, 0)), UsageError),
        (np.full((4, 1), 1.5), UsageError),
        (np.full((4, 1), -0.1), UsageError),
        (np.full((4, 1), np.nan), NotFinite),
    ],
)
def test_values_outside_their_range_are_refused(values, error):
    with pytest.raises(error, match="values"):
        Field(np.zeros((4, 2)), np.array([0, 1, 0, 1]), None, values)

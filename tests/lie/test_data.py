"""Data: what is taken, what is refused and how, and what the points cannot tell."""

import warnings

import numpy as np
import pytest

from symscope.errors import Constant, NotFinite, TooSmall, UsageError
from symscope.lie.data import Target, not_identifiable, read_data
from symscope.lie.discover import discover

RANDOM = np.random.default_rng(0)
POINTS = RANDOM.uniform(-1, 1, (120, 2))
VALUES = (POINTS**2).sum(axis=1)
LEVELS = np.digitize(VALUES, [0.3, 0.8])


def spoiled(array, row, value):
    copy = np.array(array, float)
    copy[row] = value
    return copy


@pytest.mark.parametrize(
    ("points", "error", "message"),
    [
        ([["a", "b"]] * 60, UsageError, "points as numbers"),
        ([[1.0, 2.0], [3.0]], UsageError, "points as numbers"),
        ("nonsense", UsageError, "points"),
        (POINTS[:, 0], UsageError, r"shape \(P, D\).*found \(120,\)"),
        (POINTS[:, :1], UsageError, "D of at least 2"),
        (POINTS[None], UsageError, r"found \(1, 120, 2\)"),
        (np.zeros((0, 2)), TooSmall, "found 0 points, expected at least 50"),
        (POINTS[:49], TooSmall, "found 49 points, expected at least 50"),
        (np.ma.masked_less(POINTS, 0), NotFinite, "masked values: remove those points"),
        (spoiled(POINTS, 7, np.nan), NotFinite, "1 of 120 points, first in row 7: remove"),
        (spoiled(POINTS, slice(3, 6), np.inf), NotFinite, "3 of 120 points, first in row 3"),
    ],
)
def test_bad_points_are_refused_with_what_to_do(points, error, message):
    with pytest.raises(error, match=message):
        discover(points)


@pytest.mark.parametrize(
    ("target", "labels", "error", "message"),
    [
        (1.0, None, UsageError, "one value or label for each of 120 points"),
        (VALUES[:-1], None, UsageError, r"found \(119,\)"),
        (np.zeros((120, 1, 1)), None, UsageError, "one value or label for each"),
        (spoiled(VALUES, 9, np.nan), None, NotFinite, "1 of 120 points, first in row 9"),
        (spoiled(VALUES, [4, 5], -np.inf), None, NotFinite, "2 of 120 points, first in row 4"),
        (np.full(120, 2.5), None, Constant, "pass them without a target"),
        (["one"] * 120, None, Constant, "the same at all points"),
        (VALUES, True, UsageError, r"120 different labels.*at most 24.*labels=False"),
        ([f"p{i}" for i in range(120)], None, UsageError, "120 different labels"),
        (LEVELS.astype(str), False, UsageError, "values as numbers"),
        (np.array(["a", None] * 60, dtype=object), None, UsageError, "label"),
    ],
)
def test_a_bad_target_is_refused_with_what_to_do(target, labels, error, message):
    with pytest.raises(error, match=message):
        discover(POINTS, target, labels=labels)


def test_complex_data_are_refused_and_not_cut_off():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(UsageError, match="complex"):
            read_data(POINTS + 1j, None, None)
        with pytest.raises(UsageError, match="complex"):
            read_data(POINTS, VALUES + 1j * POINTS[:, 0], None)


@pytest.mark.parametrize(
    ("target", "labels", "expected"),
    [
        (None, None, Target.NONE),
        (VALUES, None, Target.VALUES),
        (VALUES[:, None], None, Target.VALUES),
        (POINTS, None, Target.VALUES),
        (LEVELS, None, Target.LABELS),
        (LEVELS.astype(float), None, Target.LABELS),
        (LEVELS.astype(str), None, Target.LABELS),
        (VALUES > 0.5, None, Target.LABELS),
        (LEVELS, False, Target.VALUES),
        (LEVELS, True, Target.LABELS),
        (np.arange(120), None, Target.VALUES),
    ],
)
def test_labels_are_told_from_values(target, labels, expected):
    assert read_data(POINTS, target, labels).target is expected


def test_labels_are_numbered_from_zero_on_whatever_they_are():
    names = np.array(["low", "middle", "top"])[LEVELS]
    found = read_data(POINTS, names, None).values
    np.testing.assert_array_equal(found, LEVELS)
    np.testing.assert_array_equal(read_data(POINTS, 10 * LEVELS - 7, None).values, LEVELS)


def test_values_are_columns_and_those_that_say_nothing_are_dropped():
    both = np.stack([VALUES, np.full(120, 3.0), POINTS[:, 0]], axis=1)
    found = read_data(POINTS.tolist(), both.tolist(), None)
    np.testing.assert_array_equal(found.values, both[:, [0, 2]])
    np.testing.assert_array_equal(found.points, POINTS)
    assert read_data(POINTS, VALUES[:, None], None).values.shape == (120, 1)


def test_reading_changes_nothing_of_what_was_given():
    points, target = POINTS.copy(), VALUES.copy()
    read_data(points, target, None)
    np.testing.assert_array_equal(points, POINTS)
    np.testing.assert_array_equal(target, VALUES)


LINE = RANDOM.standard_normal(200)


@pytest.mark.parametrize("target", [None, LINE**2])
def test_points_on_a_line_are_not_identifiable(target):
    found = discover(np.stack([LINE, -LINE], axis=1), target)
    assert found.verdict == "not identifiable"
    assert found.dimension == 0
    assert found.group == "none"
    assert "x1" in found.message
    assert "x2" in found.message
    assert "subspace" in found.message


def test_a_plane_in_space_is_named_by_its_equation():
    plane = RANDOM.uniform(-1, 1, (200, 3))
    plane[:, 2] = 0.5 * plane[:, 0] + 2
    why = not_identifiable(plane)
    assert why is not None
    assert "x1" in why
    assert "x3" in why
    assert "x2" not in why


def test_a_coordinate_that_does_not_vary_is_named():
    found = discover(np.c_[POINTS, np.full(len(POINTS), 4.2)])
    assert found.verdict == "not identifiable"
    assert "x3" in found.message
    assert "x1" not in found.message


@pytest.mark.parametrize("shift", [0.0, 1e4])
@pytest.mark.parametrize("units", [(1, 1), (1e-9, 1e-9), (1, 1e-4), (1e6, 1), (1e-27, 3e8)])
def test_units_and_origin_do_not_matter_for_what_can_be_known(units, shift):
    points = (POINTS + shift) * np.array(units)
    assert not_identifiable(points) is None
    line = (np.stack([LINE, -LINE], axis=1) + shift) * np.array(units)
    assert not_identifiable(line) is not None

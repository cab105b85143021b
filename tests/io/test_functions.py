"""Functions however they are called, their derivatives, and what is said of those that fail."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symscope.errors import NotFinite, UsageError
from symscope.io.functions import Batched, derivative, dimension_of
from symscope.lie.discover import discover

POINTS = np.random.default_rng(0).uniform(-1, 1, (40, 2))
VALUES = (POINTS[:, 0] * POINTS[:, 1] ** 2)[:, None]


def with_default(x, y, scale=1.0):
    return scale * x * y**2


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x, y: x, 2),
        (lambda x, y, z, t: x, 4),
        (with_default, 2),
        (lambda p: p, None),
        (lambda p, scale=2.0: p, None),
        (lambda *p: p, None),
        (lambda x, y, *, z=0: x, 2),
    ],
)
def test_coordinates_are_the_arguments_without_default(function, expected):
    assert dimension_of(function) == expected


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(lambda x, y: x * y**2, id="coordinates"),
        pytest.param(lambda x, y: math.prod((float(x), float(y), float(y))), id="numbers only"),
        pytest.param(with_default, id="with a default"),
        pytest.param(lambda p: p[0] * p[1] ** 2, id="one point"),
        pytest.param(lambda p: [p[0] * p[1] ** 2], id="one point, a list"),
        pytest.param(lambda p: p[:, 0] * p[:, 1] ** 2, id="all points"),
        pytest.param(lambda p: (p[:, 0] * p[:, 1] ** 2)[:, None], id="all points, a column"),
        pytest.param(lambda p: p[..., 0] * p[..., 1] ** 2, id="one or all"),
        pytest.param(lambda p: float(p[0]) * float(p[1]) ** 2, id="one point, numbers only"),
    ],
)
def test_every_way_to_call_gives_the_same_values(function):
    found = Batched(function, POINTS)
    assert found.outputs == 1
    np.testing.assert_allclose(found(POINTS), VALUES)
    np.testing.assert_allclose(found(POINTS[:1]), VALUES[:1])


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(lambda x, y: (x, x * y, y), id="coordinates, a tuple"),
        pytest.param(lambda p: np.array([p[0], p[0] * p[1], p[1]]), id="one point"),
        pytest.param(
            lambda p: np.stack([p[:, 0], p[:, 0] * p[:, 1], p[:, 1]], axis=1), id="all points"
        ),
        pytest.param(
            lambda p: np.stack([p[..., 0], p[..., 0] * p[..., 1], p[..., 1]], axis=-1),
            id="one or all",
        ),
    ],
)
def test_several_values_come_as_columns(function):
    found = Batched(function, POINTS)
    assert found.outputs == 3
    x, y = POINTS.T
    np.testing.assert_allclose(found(POINTS), np.stack([x, x * y, y], axis=1))


@pytest.mark.parametrize("dimension", [2, 3, 7, 11])
@pytest.mark.parametrize("together", [True, False])
def test_as_many_dimensions_as_points_tried_do_not_confuse_the_axes(dimension, together):
    points = np.random.default_rng(1).uniform(-1, 1, (30, dimension))
    weights = np.arange(1.0, dimension + 1)

    def function(p):
        if p.ndim == 2 and not together:
            raise TypeError("one point at a time")
        return p**2 @ weights

    np.testing.assert_allclose(Batched(function, points)(points)[:, 0], points**2 @ weights)


def test_a_function_that_changes_its_argument_does_not_change_the_points():
    def one(p):
        p -= 0.5
        return float((p**2).sum())

    def every(p):
        p -= 0.5
        return (p**2).sum(axis=-1)

    for function in (one, every):
        points = POINTS.copy()
        found = Batched(function, points)
        expected = ((POINTS - 0.5) ** 2).sum(axis=1)
        np.testing.assert_allclose(found(points)[:, 0], expected)
        np.testing.assert_array_equal(points, POINTS)


@settings(max_examples=25)
@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(0.1, 3))
def test_the_derivative_is_that_of_the_formula(a, b, c):
    def function(x, y):
        return np.sin(c * x) * y + a * x**3, b * np.exp(x * y)

    rows, good = derivative(Batched(function, POINTS), POINTS)
    x, y = POINTS.T
    first = np.stack([c * np.cos(c * x) * y + 3 * a * x**2, np.sin(c * x)], axis=1)
    second = b * np.exp(x * y)[:, None] * POINTS[:, ::-1]
    np.testing.assert_allclose(rows, np.stack([first, second], axis=1), atol=1e-7)
    assert good.all()


def test_points_near_a_kink_are_left_out():
    rows, good = derivative(Batched(lambda x, y: np.abs(x - 0.013) + y, POINTS), POINTS)
    smooth = np.abs(POINTS[:, 0] - 0.013) > 0.1
    assert good[smooth].all()
    assert smooth.mean() > 0.8
    slope = np.sign(POINTS[:, 0] - 0.013)
    np.testing.assert_allclose(rows[good, 0, 0], slope[good], atol=1e-3)


def test_a_kink_hides_no_symmetry_and_makes_none():
    cone = discover(lambda x, y: np.maximum(np.hypot(x, y), 0.5))
    assert (cone.group, cone.dimension) == ("O(2)", 1)
    roof = discover(lambda x, y: np.abs(x) + y**2)
    assert (roof.verdict, roof.group) == ("none", "D_2")


def called_symmetric(function):
    try:
        return discover(function).verdict == "symmetric"
    except NotFinite:
        return False


def test_steps_that_are_flat_almost_everywhere_are_no_symmetry():
    assert called_symmetric(lambda x, y: y**3)
    assert not called_symmetric(lambda x, y: np.floor(3 * x) + y)
    assert not called_symmetric(lambda x, y: np.sign(np.sin(40 * x)) + y)


def failing(x, y):
    raise ZeroDivisionError("no such charge")


def sometimes(p):
    return [1.0, p[0]] if p[0] > 0 else [p[1]]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        pytest.param(failing, r"failed at the point \[.*ZeroDivisionError: no such charge", id="1"),
        pytest.param(lambda x, y: "red", "failed at the point.*'red'", id="text"),
        pytest.param(lambda x, y: {"V": x}, "failed at the point", id="mapping"),
        pytest.param(lambda x, y: np.eye(2), r"shape \(2, 2\).*expected a number", id="matrix"),
        pytest.param(lambda x, y: np.ones((1, 1, 1)), r"shape \(1, 1, 1\)", id="cube"),
        pytest.param(sometimes, "shape|number of values", id="ragged"),
    ],
)
def test_a_function_that_fails_is_refused_with_the_reason(function, message):
    with pytest.raises(UsageError, match=message):
        discover(function, dimension=2)


@pytest.mark.parametrize(
    "function", [lambda x, y: x * x + y * y + 1j * y, lambda p: (p**2).sum(axis=-1) + 1j]
)
def test_complex_values_are_refused_and_not_cut_off(function):
    # NumPy drops the imaginary part with a warning that a user may have silenced.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(UsageError, match="complex"):
            discover(function, dimension=2)


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(lambda x, y: np.sqrt(x) + y, id="half of it NaN"),
        pytest.param(lambda x, y: x / 0 if x.ndim == 0 else np.full_like(x, np.inf), id="infinite"),
        pytest.param(lambda x, y: np.nan * x, id="NaN"),
    ],
)
def test_a_function_without_values_or_derivative_is_refused_with_what_to_do(function):
    with pytest.raises(NotFinite, match="narrow the domain"):
        discover(function)


def test_in_a_domain_where_it_is_smooth_the_same_function_is_taken():
    found = discover(lambda x, y: np.sqrt(x) + y, domain=([0.5, -1], [2, 1]))
    assert found.verdict in ("none", "symmetric")
    assert found.provenance["low"] == [0.5, -1]
    assert found.provenance["high"] == [2, 1]


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(lambda x, y: 3.0, id="a number"),
        pytest.param(lambda x, y: 0 * x, id="zeros"),
        pytest.param(lambda x, y: 1e9 + 0 * x, id="a large number"),
        pytest.param(lambda x, y: np.sin(x) ** 2 + np.cos(x) ** 2, id="but for rounding"),
    ],
)
def test_a_constant_function_is_refused_as_one(function):
    with pytest.raises(UsageError, match="constant on its domain"):
        discover(function)


@pytest.mark.parametrize("dimension", [None, 0])
def test_a_function_of_a_point_needs_the_dimension(dimension):
    with pytest.raises(UsageError, match=r"give dimension=D, or write it as f\(x, y, …\)"):
        discover(lambda p: (p**2).sum(), dimension=dimension)


@pytest.mark.parametrize("dimension", [-1, 1])
def test_dimensions_below_two_are_refused(dimension):
    with pytest.raises(UsageError, match="dimension"):
        discover(lambda p: (p**2).sum(), dimension=dimension)


def test_more_arguments_than_dimensions_are_refused():
    with pytest.raises(UsageError, match="missing 1 required positional argument"):
        discover(lambda x, y: x * y, dimension=3)


@pytest.mark.parametrize(
    ("domain", "message"),
    [
        ((1, -1), "low end must lie below"),
        ((0, 0), "low end must lie below"),
        ((np.nan, 1), "low end must lie below"),
        ((-np.inf, np.inf), "low end must lie below"),
        (([-1, 1], [1, 1]), "low end must lie below"),
        (([-1, -1, -1], [1, 1, 1]), "domain of 3 coordinates for a function of 2"),
        (3, "domain"),
        (("a", "b"), "domain"),
        ((-1, 0, 1), "domain"),
    ],
)
def test_a_bad_domain_is_refused(domain, message):
    with pytest.raises(UsageError, match=message):
        discover(lambda x, y: x * y, domain=domain)


def test_the_domain_can_tell_the_dimension():
    assert discover(lambda p: p[0] ** 3 + p[1], domain=([1, -1], [2, 1])).dimension_of_space == 2


def test_a_function_has_no_target():
    with pytest.raises(UsageError, match="a function has no target"):
        discover(lambda x, y: x, [1.0, 2.0])

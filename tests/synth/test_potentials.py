"""Potentials: their own generators leave them unchanged for finite times, random fields do not."""

import numpy as np
import pytest
from scipy.linalg import expm

from symscope.errors import UsageError
from symscope.synth.potentials import names, potential

FIXED = [name for name in names() if "[" not in name]
NAMES = [*FIXED, "mexican-hat-5", "norm-3", "stripes-3", "fourier-2", "norm-10"]
TIMES = (-0.7, 0.4, 1.3)

each_potential = pytest.mark.parametrize("name", NAMES)


def moved(points, field, time):
    """Follow a field (D, D + 1) for a time."""
    matrix = np.vstack([field, np.zeros(field.shape[1])])
    return (np.c_[points, np.ones(len(points))] @ expm(time * matrix).T)[:, :-1]


@each_potential
def test_its_generators_leave_it_unchanged_at_finite_times(name):
    source = potential(name)
    points, values = source.sample(200, seed=1)
    for field in source.generators:
        for time in TIMES:
            there = moved(points, field, time)
            size = 1 + np.abs(there).max() ** 4  # what is subtracted within the formula
            np.testing.assert_allclose(source(there), values, rtol=0, atol=1e-13 * size)


@each_potential
def test_a_random_field_changes_it(name):
    source = potential(name)
    points, values = source.sample(200, seed=1)
    field = np.random.default_rng(5).standard_normal((source.dimension, source.dimension + 1))
    field *= np.sqrt(2) / np.linalg.norm(field)
    error = np.sqrt(((source(moved(points, field, 0.7)) - values) ** 2).mean())
    assert error > 0.1 * values.std()


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("circle", 1), ("sphere", 3), ("double-well", 1), ("lorentz", 6), ("squeeze", 1),
        ("elliptic-well", 1), ("o5", 10), ("su2", 3), ("d4", 0), ("henon-heiles", 0),
        ("mirror", 0), ("cubic", 0), ("mexican-hat-5", 10), ("norm-10", 45), ("stripes-3", 2),
        ("stripes-2", 1), ("fourier-6", 0),
    ],
)  # fmt: skip
def test_the_generators_are_as_many_as_the_group_has_and_independent(name, number):
    source = potential(name)
    size = source.dimension
    assert source.generators.shape == (number, size, size + 1)
    flat = source.generators.reshape(number, size * (size + 1))
    assert (np.linalg.svd(flat, compute_uv=False) > 0.1).all()


def turn(order):
    c, s = np.cos(2 * np.pi / order), np.sin(2 * np.pi / order)
    return np.array([[c, -s], [s, c]])


FLIP_X, FLIP_Y, SWAP = np.diag([-1.0, 1.0]), np.diag([1.0, -1.0]), np.array([[0.0, 1], [1, 0]])


@pytest.mark.parametrize(
    ("name", "kept", "broken"),
    [
        ("d4", [turn(4), FLIP_X, FLIP_Y, SWAP], [turn(3), turn(8)]),
        ("henon-heiles", [turn(3), FLIP_X], [turn(2), turn(4), FLIP_Y, SWAP]),
        ("mirror", [FLIP_X], [FLIP_Y, SWAP, turn(2)]),
        ("cubic", [FLIP_X], [FLIP_Y, SWAP, turn(2)]),
        ("fourier-2", [], [FLIP_X, FLIP_Y, SWAP, turn(2), turn(3), turn(4)]),
    ],
)
def test_discrete_symmetries_are_those_of_the_name(name, kept, broken):
    source = potential(name)
    points, values = source.sample(200, seed=0)
    for matrix in kept:
        np.testing.assert_allclose(source(points @ matrix.T), values, atol=1e-12)
    for matrix in broken:
        assert np.abs(source(points @ matrix.T) - values).max() > 0.1 * values.std()


@each_potential
def test_a_sample_lies_in_the_box_and_can_be_drawn_again(name):
    source = potential(name)
    points, values = source.sample(100, seed=3)
    assert points.shape == (100, source.dimension)
    assert values.shape == source(points).shape == (100,)
    assert np.isfinite(values).all()
    assert (points >= source.low).all()
    assert (points <= source.high).all()
    again, other = source.sample(100, seed=3), source.sample(100, seed=4)
    np.testing.assert_array_equal(again[0], points)
    np.testing.assert_array_equal(again[1], values)
    assert not np.isin(other[0], points).any()


@pytest.mark.parametrize("name", ["fourier-3", "stripes-3"])
def test_random_potentials_depend_on_the_seed_and_on_nothing_else(name):
    points = np.random.default_rng(0).uniform(-1, 1, (20, 3))
    first = potential(name, 7)(points)
    np.random.default_rng(1).random(10)
    np.testing.assert_array_equal(potential(name, 7)(points), first)
    assert not np.allclose(potential(name, 8)(points), first)


def test_those_of_any_dimension_have_one_without_a_number_too():
    assert potential("norm").name == "norm-3"
    assert potential("mexican-hat").dimension == 2
    assert potential("mexican-hat-32").dimension == 32


@pytest.mark.parametrize("name", ["", "hexagon", "circle-3", "norm-", "norm-x", "Circle", "-2"])
def test_an_unknown_name_is_refused_with_those_that_are_known(name):
    with pytest.raises(UsageError, match=r"expected one of circle, .*norm") as refused:
        potential(name)
    assert repr(name) in str(refused.value)


@pytest.mark.parametrize(
    "size", ["0", "1", "33", "1000000000", pytest.param("9" * 5000, id="5000 digits")]
)
def test_a_dimension_out_of_range_is_refused(size):
    with pytest.raises(UsageError, match="2 to 32"):
        potential(f"mexican-hat-{size}")

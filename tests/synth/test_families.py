"""Families of potentials: random functions of any dimension that fill the frame."""

import numpy as np
import pytest

from symscope.synth.families import FAMILIES

pytestmark = pytest.mark.parametrize("family", FAMILIES)


def drawn(family, dimension, seed=0):
    return FAMILIES[family](np.random.default_rng(seed), dimension)


def points(dimension, count=500):
    return np.random.default_rng(1).uniform(-1, 1, (count, dimension))


@pytest.mark.parametrize("dimension", [1, 2, 3, 4])
def test_a_potential_takes_points_of_any_dimension(family, dimension):
    where = points(dimension)
    values = drawn(family, dimension)(where)
    assert values.shape == (len(where),)
    assert np.isfinite(values).all()
    assert values.std() > 1e-3
    # Each point's value is its own, whatever it is asked together with.
    np.testing.assert_allclose(drawn(family, dimension)(where[:7]), values[:7], rtol=1e-9)


def test_the_generator_fixes_the_potential(family):
    where = points(2)
    np.testing.assert_array_equal(drawn(family, 2, 5)(where), drawn(family, 2, 5)(where))
    assert not np.allclose(drawn(family, 2, 5)(where), drawn(family, 2, 6)(where))


def test_a_potential_is_continuous_but_at_the_edges_of_leaves(family):
    where = points(2)
    nudge = np.random.default_rng(2).normal(size=where.shape) * 1e-6
    potential = drawn(family, 2)
    change = np.abs(potential(where + nudge) - potential(where))
    assert (change < 1e-3).mean() > (0.99 if family == "leaves" else 1 - 1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_features_are_neither_the_frame_nor_a_pixel(family, seed):
    x = np.linspace(-1, 1, 400)
    potential = drawn(family, 2, seed)
    lines = [potential(np.stack([x, np.full_like(x, y)], axis=1)) for y in np.linspace(-1, 1, 9)]
    middle = np.median(lines)
    crossings = np.mean([(np.diff(line > middle) != 0).sum() for line in lines])
    assert 0.3 <= crossings <= 12  # along a line across the frame, on 64 pixels

"""What moving points costs: nothing for symmetries, at finite times too; one for the unrelated."""

import numpy as np
import pytest
from scipy.linalg import expm

from symscope.lie.defects import basis
from symscope.lie.finite import TIMES, KnownFunction, finite_check

RANDOM = np.random.default_rng(0)
POINTS = RANDOM.uniform(-1, 1, (200, 2))
TURN = np.array([[[0.0, -1.0, 0.0], [1.0, 0.0, 0.0]]])
GROWTH = np.array([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
SHIFT = np.array([[[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]])
AFFINE = basis("affine", 2)


def hat(points):
    square = (points**2).sum(axis=1, keepdims=True)
    return np.concatenate([square**2 - square, np.cos(3 * square)], axis=1)


def ring(count, seed=0, noise=0.0):
    random = np.random.default_rng(seed)
    angle = random.uniform(0, 2 * np.pi, count)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1) + noise * random.normal(size=(count, 2))


def known_ways():
    return [KnownFunction.in_box(POINTS, hat), KnownFunction.near(POINTS, hat)]


@pytest.mark.parametrize("known", known_ways(), ids=["box", "near"])
def test_the_error_is_zero_for_a_symmetry_and_about_one_for_unrelated_points(known):
    assert known.error(POINTS, POINTS) == 0
    turned = POINTS @ np.array([[0.0, -1.0], [1.0, 0.0]])
    assert known.error(turned, POINTS) < 1e-20
    mixed = np.random.default_rng(1).permutation(POINTS)
    assert known.error(mixed, POINTS) == pytest.approx(1, abs=0.15)


def test_the_error_has_no_unit():
    def scaled(points):
        return 1e6 * hat(points) - 1e5

    moved = POINTS * 0.8
    error = KnownFunction.in_box(POINTS, hat).error(moved, POINTS)
    assert KnownFunction.in_box(POINTS, scaled).error(moved, POINTS) == pytest.approx(error)
    assert 0.01 < error < 1


def test_points_that_leave_are_not_counted_and_too_few_that_stay_say_nothing():
    known = KnownFunction.in_box(POINTS, lambda x: np.where(np.abs(x[:, :1]) <= 1, x[:, 1:], 1e9))
    assert known.error(POINTS + np.array([1.0, 0.0]), POINTS) == 0  # one half stays
    assert np.isnan(known.error(POINTS + np.array([1.9, 0.0]), POINTS))
    near = KnownFunction.near(POINTS, hat)
    assert near.inside(POINTS).all()
    assert not near.inside(POINTS + 5).any()
    assert np.isnan(near.error(POINTS + 5, POINTS))


def test_values_that_are_not_finite_are_not_counted():
    def torn(points):
        return np.where(points[:, :1] > 0.5, np.nan, hat(points)[:, :1])

    known = KnownFunction.in_box(POINTS, torn)
    assert known.error(POINTS @ np.array([[0.0, -1.0], [1.0, 0.0]]), POINTS) < 1e-20
    assert np.isnan(KnownFunction.in_box(POINTS, lambda x: np.nan * x).error(POINTS, POINTS))


def test_a_cloud_knows_distances_only():
    cloud = ring(400)
    known = KnownFunction.cloud(cloud)
    assert known.error(cloud, cloud) == 0
    assert known.error(ring(100, seed=1), cloud) < 1e-3
    middle = np.zeros((10, 2))
    assert known.error(middle, cloud) == pytest.approx(1, abs=0.01)  # as far as the middle is
    far = KnownFunction.cloud(1e3 * cloud)
    assert far.error(1e3 * middle, cloud) == pytest.approx(known.error(middle, cloud), rel=1e-6)


def test_a_symmetry_holds_for_half_a_turn_and_random_fields_do_not():
    for known in known_ways():
        found = finite_check(known, TURN, AFFINE, seed=0)
        np.testing.assert_array_equal(found.times, TIMES)
        assert found.times[-1] == pytest.approx(np.pi)
        assert found.error.shape == (1, len(TIMES))
        assert np.nanmax(found.error) < 1e-6
        assert np.nanmin(found.random) > 0.1
        assert np.isfinite(found.error).sum() >= 6


def test_fields_without_symmetry_fail_at_finite_times():
    found = finite_check(
        KnownFunction.in_box(POINTS, hat), np.concatenate([GROWTH, SHIFT]), AFFINE, seed=0
    )
    assert found.error.shape == (2, len(TIMES))
    assert (np.nanmax(found.error, axis=1) > 0.3).all()


def test_how_long_the_fields_are_does_not_matter():
    known = KnownFunction.in_box(POINTS, hat)
    both = np.concatenate([GROWTH, TURN])
    first = finite_check(known, both, AFFINE, seed=0)
    for size in (1e-6, 1e6):
        other = finite_check(known, size * both, AFFINE, seed=0)
        np.testing.assert_allclose(other.error, first.error, atol=1e-7)


def test_the_time_is_in_units_of_the_points_own_size():
    # After time π a rotation of unit rate has turned points by half a turn: y → -y and x → -x.
    known = KnownFunction.in_box(POINTS, lambda x: x[:, :1])
    found = finite_check(known, TURN, AFFINE, seed=0)
    turned = [np.sqrt(known.error(POINTS @ expm(t * TURN[0, :, :2]).T, POINTS)) for t in (np.pi,)]
    assert found.error[0, -1] == pytest.approx(turned[0], rel=0.05)
    assert found.error[0, -1] == pytest.approx(np.sqrt(2), rel=0.05)


def test_a_cloud_is_followed_too():
    known = KnownFunction.cloud(ring(500))
    found = finite_check(known, np.concatenate([TURN, SHIFT]), AFFINE, seed=0)
    assert found.error[0].max() < 0.05
    assert found.error[1].max() > 0.5
    assert np.nanmin(found.random) > 0.1


def test_without_fields_the_control_is_still_there():
    found = finite_check(KnownFunction.in_box(POINTS, hat), np.zeros((0, 2, 3)), AFFINE, seed=0)
    assert found.error.shape == (0, len(TIMES))
    assert np.nanmin(found.random) > 0.1


def test_the_check_comes_again():
    known = KnownFunction.in_box(POINTS, hat)
    first, again = (finite_check(known, TURN, AFFINE, seed=4) for _ in range(2))
    np.testing.assert_array_equal(first.random, again.random)
    np.testing.assert_array_equal(first.error, again.error)

"""Neighbours on orbits: connected parts, normals, and clouds that show no orbit."""

import numpy as np
import pytest

from symscope.errors import TooSmall
from symscope.lie.pairs import THICK, clusters, orbits, slopes


def circle(count, noise=0.0, seed=0, radius=1.0, centre=(0.0, 0.0)):
    random = np.random.default_rng(seed)
    angle = random.uniform(0, 2 * np.pi, count)
    far = radius * random.uniform(1 - noise, 1 + noise, count)
    return np.stack([far * np.cos(angle), far * np.sin(angle)], axis=1) + centre


def sphere(count, noise=0.0, seed=0, dimension=3):
    random = np.random.default_rng(seed)
    points = random.standard_normal((count, dimension))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points * random.uniform(1 - noise, 1 + noise, (count, 1))


def zeros(points):
    return np.zeros(len(points), int)


@pytest.mark.parametrize("seed", range(3))
def test_connected_parts_are_counted_for_each_label(seed):
    inner, outer = circle(200, 0.02, seed), circle(400, 0.02, seed + 10, radius=2.0)
    far = circle(150, 0.02, seed + 20, centre=(6.0, 0.0))
    points, labels = np.concatenate([inner, outer, far]), np.repeat([0, 0, 1], [200, 400, 150])
    parts = clusters(points, labels)
    assert len(set(parts.tolist())) == 3
    for where in np.split(parts, [200, 600]):
        assert len(set(where.tolist())) == 1
    apart = clusters(points, np.repeat([0, 1, 2], [200, 400, 150]))
    np.testing.assert_array_equal(apart, np.repeat([0, 1, 2], [200, 400, 150]))


def test_parts_do_not_depend_on_the_unit():
    points = np.concatenate([circle(200, 0.02), circle(300, 0.02, radius=2.0)])
    expected = clusters(points, zeros(points))
    for unit in (1e-6, 1e6):
        np.testing.assert_array_equal(clusters(points * unit, zeros(points)), expected)


def test_a_handful_of_points_is_no_orbit():
    points = np.concatenate([circle(100), [[5.0, 5.0], [5.1, 5.0], [5.0, 5.1]]])
    parts = clusters(points, zeros(points))
    assert set(parts[:100].tolist()) == {0}
    assert set(parts[100:].tolist()) == {-1}
    alone = clusters(points, np.repeat([0, 1], [100, 3]))
    assert set(alone[100:].tolist()) == {-1}


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_the_normals_of_a_circle_point_to_its_centre(noise):
    points = circle(500, noise)
    found = orbits(points, zeros(points), seed=0)
    assert found.dimension == 1
    assert found.ratio < THICK
    assert found.rows.shape == (2, len(found.points), 2, 2)
    radial = found.points / np.linalg.norm(found.points, axis=1, keepdims=True)
    along = np.einsum("npij,pi,pj->np", found.rows, radial, radial)
    assert np.median(along) > 0.99


@pytest.mark.parametrize(("dimension", "count"), [(3, 1000), (4, 2000)])
def test_the_rows_are_projectors_on_what_is_normal_to_a_sphere(dimension, count):
    points = sphere(count, 0.02, dimension=dimension)
    found = orbits(points, zeros(points), seed=0)
    assert found.dimension == dimension - 1
    np.testing.assert_allclose(found.rows @ found.rows, found.rows, atol=1e-12)
    np.testing.assert_allclose(found.rows, found.rows.swapaxes(2, 3), atol=1e-12)
    np.testing.assert_allclose(np.trace(found.rows, axis1=2, axis2=3), 1, atol=1e-12)
    radial = found.points / np.linalg.norm(found.points, axis=1, keepdims=True)
    assert np.median(np.einsum("npij,pi,pj->np", found.rows, radial, radial)) > 0.97


@pytest.mark.parametrize("noise", [0.0, 0.001, 0.02])
def test_a_curve_in_space_has_two_normals(noise):
    random = np.random.default_rng(0)
    time = random.uniform(0, 4 * np.pi, 600)
    points = np.stack([np.cos(time), np.sin(time), 0.3 * time], axis=1)
    points += noise * random.standard_normal(points.shape)
    found = orbits(points, zeros(points), seed=0)
    assert found.dimension == 1
    np.testing.assert_allclose(np.trace(found.rows, axis1=2, axis2=3), 2, atol=1e-12)


def test_the_halves_of_the_neighbours_do_not_agree_on_noise():
    points = circle(500, 0.05)
    found = orbits(points, zeros(points), seed=0)
    radial = found.points / np.linalg.norm(found.points, axis=1, keepdims=True)
    tangent = radial[:, ::-1] * np.array([-1.0, 1.0])
    error = np.einsum("npij,pi,pj->np", found.rows, radial, tangent)
    own = (error**2).mean()
    assert own > 0
    assert abs((error[0] * error[1]).mean()) < 0.5 * own


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("seed", range(3))
def test_a_cloud_without_orbits_is_thick(dimension, seed):
    random = np.random.default_rng(seed)
    ball, box = random.standard_normal((600, dimension)), random.uniform(-1, 1, (600, dimension))
    for points in (ball, box):
        assert orbits(points, zeros(points), seed).ratio > THICK


def test_points_of_no_orbit_are_left_out_and_each_knows_its_own():
    points = np.concatenate([circle(100), circle(100, radius=3.0), circle(10, centre=(9.0, 9.0))])
    found = orbits(points, np.repeat([4, 7, -1], [100, 100, 10]), seed=0)
    assert set(found.orbit.tolist()) == {4, 7}
    far = np.linalg.norm(found.points, axis=1)
    np.testing.assert_allclose(far[found.orbit == 4], 1)
    np.testing.assert_allclose(far[found.orbit == 7], 3)


def test_too_few_points_on_one_orbit_are_refused_with_what_to_do():
    points = circle(60)
    with pytest.raises(TooSmall, match=r"at most 20 points.*at least 24.*fewer levels"):
        orbits(points, np.repeat([0, 1, 2], 20), seed=0)
    with pytest.raises(TooSmall, match="at most 0 points"):
        orbits(points, np.full(60, -1), seed=0)


def test_a_slope_is_exact_where_the_function_is_linear():
    points = np.random.default_rng(0).uniform(-1, 1, (300, 3))
    weights = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, 1.0]])
    found = slopes(points, points @ weights.T, seed=0)
    assert found.dimension == 2
    np.testing.assert_allclose(found.rows, np.broadcast_to(weights, found.rows.shape), atol=1e-9)


def test_a_slope_is_near_the_gradient_of_a_smooth_function():
    points = np.random.default_rng(0).uniform(-1, 1, (1000, 2))
    found = slopes(points, (points**2).sum(axis=1)[:, None], seed=0)
    error = found.rows[:, :, 0] - 2 * found.points
    assert np.sqrt((error**2).mean()) < 0.1
    # The halves err independently, which is what their crossed products rest on.
    assert not np.allclose(found.rows[0], found.rows[1])

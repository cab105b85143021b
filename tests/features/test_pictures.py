"""PCA pictures: what they show of a layer, and what they must not depend on."""

import numpy as np
import pytest

from symscope.features.features import (
    COMPONENTS,
    GRID,
    beyond_colour,
    map_grid,
    principal_components,
)

WIDTH = 10
POINTS, SHAPE = map_grid(2)


def layer(seed=0, networks=2, width=WIDTH):
    """Activations (N, GRID², H) whose directions have very different variances."""
    rng = np.random.default_rng(seed)
    waves = rng.normal(size=(networks, 2, width)) * 3
    return (np.cos(POINTS @ waves) * 0.5 ** np.arange(width) + 0.3).astype(np.float32)


def pictures(hidden):
    return principal_components(hidden, SHAPE)


def turned(hidden, seed=0):
    """Name the directions of the layer anew."""
    width = hidden.shape[-1]
    basis = np.linalg.qr(np.random.default_rng(seed).normal(size=(width, width)))[0]
    return (hidden @ basis).astype(np.float32)


def test_shapes_and_memory():
    found = pictures(layer())
    assert found.maps.shape == (2, COMPONENTS, GRID, GRID)
    assert found.plane.shape == (2, GRID, GRID)
    assert found.variance.shape == (2, COMPONENTS)
    for array in (found.maps, found.plane, found.variance):
        assert array.dtype == np.float32
        # safetensors once wrote arrays as they lay in memory, columns first.
        assert array.flags.c_contiguous


def test_shares_of_variance_fall_and_are_those_of_the_maps():
    found = pictures(layer())
    assert (np.diff(found.variance, axis=1) <= 0).all()
    assert (found.variance > 0).all()
    assert (found.variance.sum(axis=1) <= 1 + 1e-6).all()
    # In units of the layer's standard deviation a map's variance is its share.
    np.testing.assert_allclose(found.maps.var(axis=(2, 3)), found.variance, atol=2e-3)
    np.testing.assert_allclose(found.maps.mean(axis=(2, 3)), 0, atol=1e-4)


def test_components_are_uncorrelated_and_hold_as_much_as_can_be_held():
    hidden = layer()
    found = pictures(hidden)
    for maps, activations in zip(found.maps, hidden, strict=True):
        flat = maps.reshape(COMPONENTS, -1)
        covariance = np.cov(flat)
        assert np.abs(covariance - np.diag(np.diag(covariance))).max() < 1e-4
        values = np.linalg.svd(activations - activations.mean(axis=0), compute_uv=False) ** 2
        shares = values / values.sum()
        np.testing.assert_allclose(np.diag(covariance), shares[:COMPONENTS], atol=2e-3)


def test_a_map_is_drawn_where_its_points_lie():
    ramp = np.zeros((1, GRID**2, WIDTH), np.float32)
    ramp[0, :, 3] = POINTS[:, 0]  # grows to the right
    ramp[0, :, 5] = 0.3 * POINTS[:, 1]  # grows upwards
    right, up = np.abs(pictures(ramp).maps[0, :2]) * np.sign(pictures(ramp).maps[0, :2])
    assert abs(np.corrcoef(right.ravel(), POINTS[:, 0])[0, 1]) > 0.999
    assert abs(np.corrcoef(up.ravel(), POINTS[:, 1])[0, 1]) > 0.999


@pytest.mark.parametrize("change", [turned, lambda h: 7 * h, lambda h: h + 0.5, lambda h: -h])
def test_names_scale_and_origin_of_the_layer_do_not_matter(change):
    hidden = layer()
    one, other = pictures(hidden), pictures(change(hidden))
    np.testing.assert_allclose(other.variance, one.variance, atol=1e-4)
    np.testing.assert_allclose(np.abs(other.maps), np.abs(one.maps), atol=2e-3)


def test_networks_are_pictured_apart():
    hidden = layer()
    both, second = pictures(hidden), pictures(hidden[1:])
    np.testing.assert_array_equal(both.maps[1], second.maps[0])
    np.testing.assert_array_equal(both.plane[1], second.plane[0])


def test_the_plane_counts_as_a_histogram_does():
    found = pictures(layer(3))
    for plane, maps in zip(found.plane, found.maps, strict=True):
        right, up = maps[:2].reshape(2, -1)
        reach = np.abs(maps[:2]).max() + 1e-9
        edges = np.linspace(-reach, reach, GRID + 1)
        counts = np.histogram2d(up, right, bins=(edges, edges))[0][::-1]
        assert counts.sum() == GRID**2
        expected = np.log1p(counts) / np.log1p(counts).max()
        np.testing.assert_allclose(plane, expected, rtol=1e-6)


def test_the_plane_is_a_density():
    plane = pictures(layer()).plane
    assert plane.min() == 0
    np.testing.assert_array_equal(plane.max(axis=(1, 2)), 1)


def test_the_plane_shows_how_many_points_lie_where():
    # Three quarters of the points in one place, the rest in two, apart along two directions.
    hidden = np.zeros((1, GRID**2, WIDTH), np.float32)
    quarter = GRID**2 // 4
    hidden[0, :quarter, 0] = 8.0
    hidden[0, : quarter // 2, 1] = 4.0
    plane = pictures(hidden).plane[0]
    counts = np.sort(plane[plane > 0])
    assert len(counts) == 3
    expected = np.log1p([quarter // 2, quarter - quarter // 2, GRID**2 - quarter])
    np.testing.assert_allclose(counts, expected / expected[-1], rtol=1e-5)


def test_the_plane_has_the_first_component_to_the_right_and_the_second_up():
    hidden = layer(networks=1)
    found = pictures(hidden)
    first, second = found.maps[0, :2].reshape(2, -1)
    reach = np.abs(found.maps[0, :2]).max()
    outermost = np.abs(first).argmax()
    column = min(int((first[outermost] / reach + 1) / 2 * GRID), GRID - 1)
    row = min(int((1 - second[outermost] / reach) / 2 * GRID), GRID - 1)
    assert found.plane[0, row, column] > 0


def test_a_dead_layer_is_blank_and_finite():
    found = pictures(np.full((1, GRID**2, WIDTH), 0.4, np.float32))
    for array in (found.maps, found.plane, found.variance):
        assert np.isfinite(array).all()
    assert found.maps.std(axis=(2, 3)).max() < 1e-6


@pytest.mark.parametrize("outputs", [1, 3])
def test_beyond_colour_takes_away_the_output_s_directions_and_nothing_else(outputs):
    rng = np.random.default_rng(0)
    hidden = layer()
    directions = rng.normal(size=(2, WIDTH, outputs)).astype(np.float32)
    rest = beyond_colour(hidden, directions)
    assert rest.shape == hidden.shape
    np.testing.assert_allclose(rest @ directions, 0, atol=1e-4)
    # What is orthogonal to the output stays as it was.
    for network in range(2):
        others = np.linalg.svd(directions[network].T)[2][outputs:].T
        np.testing.assert_allclose(rest[network] @ others, hidden[network] @ others, atol=1e-4)
    np.testing.assert_allclose(beyond_colour(rest, directions), rest, atol=1e-5)


def test_beyond_colour_does_not_see_the_output_s_scale():
    hidden = layer()
    directions = np.random.default_rng(1).normal(size=(2, WIDTH, 1)).astype(np.float32)
    np.testing.assert_allclose(
        beyond_colour(hidden, directions), beyond_colour(hidden, -30 * directions), atol=1e-5
    )


@pytest.mark.parametrize("dimension", [1, 2, 3, 4])
def test_maps_lie_on_the_points_at_which_the_layer_is_asked(dimension):
    points, shape = map_grid(dimension)
    assert points.shape == (np.prod(shape), dimension)
    assert np.abs(points).max() < 1
    hidden = np.zeros((1, len(points), WIDTH), np.float32)
    hidden[0, :, 1] = points[:, 0]
    maps = principal_components(hidden, shape).maps
    assert maps.shape == (1, COMPONENTS, *shape)
    grown = np.corrcoef(maps[0, 0].ravel(), points[:, 0])[0, 1]
    assert abs(grown) > 0.999

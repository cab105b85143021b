"""Quadrics fitted to orbits: exact where they are exact, as sharp as their noise allows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symscope.lie.quadrics import REDRAWN, fit_quadric, quadric_rows


def angles(rows, expected):
    """Degrees between lines, for rows of vectors."""
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    expected = expected / np.linalg.norm(expected, axis=1, keepdims=True)
    return np.rad2deg(np.arccos(np.clip(np.abs((rows * expected).sum(axis=1)), 0, 1)))


def circle(count, seed=0, noise="uniform", size=0.0):
    random = np.random.default_rng(seed)
    points = random.standard_normal((count, 2))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    drawn = {
        "uniform": random.uniform(-np.sqrt(3), np.sqrt(3), (count, 1)),
        "normal": random.standard_normal((count, 1)),
        "laplace": random.laplace(size=(count, 1)) / np.sqrt(2),
    }
    return points * (1 + size * drawn[noise])


FORMS = {
    "circle": np.eye(2),
    "ellipse": np.array([[1.0, 0.3], [0.3, 0.4]]),
    "hyperbola": np.diag([1.0, -1.0]),
    "sphere": np.eye(3),
    "hyperboloid": np.diag([-0.5, 1.0, 2.0]),
}


def on_quadric(form, count, seed=0):
    """Points with xᵀHx = 1, at bounded distance."""
    directions = np.random.default_rng(seed).standard_normal((20 * count, len(form)))
    values = np.einsum("pi,ij,pj->p", directions, form, directions)
    points = directions[values > 0] / np.sqrt(values[values > 0, None])
    return points[np.linalg.norm(points, axis=1) < 4][:count]


@pytest.mark.parametrize("name", FORMS)
def test_an_exact_quadric_has_its_normals_and_no_residual(name):
    form, centre = FORMS[name], np.linspace(0.5, -0.3, len(FORMS[name]))
    points = on_quadric(form, 300)
    found = fit_quadric(points + centre)
    assert found.residual < 1e-6
    assert angles(found.gradient(points + centre), points @ form).max() < 1e-3


@pytest.mark.parametrize(
    ("noise", "low", "high"), [("uniform", 4, 8), ("normal", 1.5, 2.5), ("laplace", 1, 1.5)]
)
@pytest.mark.parametrize("seed", range(3))
def test_the_shape_of_the_noise_is_told(noise, low, high, seed):
    found = fit_quadric(circle(2000, seed, noise, 0.03))
    assert low <= found.shape <= high
    assert found.residual == pytest.approx(0.03, rel=0.15)


@pytest.mark.parametrize("seed", range(5))
def test_normals_are_sharper_than_the_noise_by_far(seed):
    points = circle(500, seed, "uniform", 0.05 / np.sqrt(3))  # radius 1 ± 0.05
    assert angles(fit_quadric(points).gradient(points), points).max() < 0.7


@settings(max_examples=15)
@given(st.floats(0, np.pi), st.floats(-5, 5))
def test_a_fit_moves_with_its_points(angle, shift):
    points = circle(200, 1, "normal", 0.02)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    first, other = fit_quadric(points), fit_quadric(points @ turn.T + shift)
    assert other.residual == pytest.approx(first.residual, rel=1e-3)
    normals = other.gradient(points @ turn.T + shift)
    assert angles(normals, first.gradient(points) @ turn.T).max() < 0.01


@pytest.mark.parametrize("unit", [1e-4, 0.1, 10.0, 100.0, 1e4])
def test_a_fit_has_the_unit_of_its_points(unit):
    points = circle(200, 1, "normal", 0.02)
    first, other = fit_quadric(points), fit_quadric(unit * points)
    assert other.residual / unit == pytest.approx(first.residual, rel=1e-2)
    assert angles(other.gradient(unit * points), first.gradient(points)).max() < 0.1


def test_rows_come_for_the_points_as_they_are_and_for_each_redrawing():
    points = np.concatenate([circle(300, 0, "normal", 0.02), 3 * circle(200, 1, "normal", 0.02)])
    orbit = np.repeat([0, 5], [300, 200])
    asked = np.arange(0, 500, 5)
    rows, distinct, residual = quadric_rows(points, orbit, points[asked], orbit[asked], seed=0)
    assert distinct > 5
    assert residual == pytest.approx(np.hypot(0.02 * 0.6**0.5, 0.06 * 0.4**0.5), rel=0.2)
    assert rows.shape == (1 + REDRAWN, 100, 1, 2)
    for of in (0, 5):
        size = (rows[:, orbit[asked] == of] ** 2).sum(axis=(2, 3)).mean(axis=1)
        np.testing.assert_allclose(size, 1)
    for one in rows:
        assert angles(one[:, 0], points[asked]).max() < 3
    other, _, _ = quadric_rows(points, orbit, points[asked], orbit[asked], seed=1)
    np.testing.assert_array_equal(other[0], rows[0])
    assert not np.allclose(other[1], rows[1])
    np.testing.assert_array_equal(
        quadric_rows(points, orbit, points[asked], orbit[asked], seed=0)[0], rows
    )


def test_the_spread_of_redrawn_fits_is_that_of_new_data():
    asked = circle(50)
    zeros = np.zeros(400, int)

    def tilt(rows):
        return (rows[:, 0] * np.stack([-asked[:, 1], asked[:, 0]], axis=1)).sum(axis=1)

    fits, spreads = [], []
    for seed in range(12):
        points = circle(400, seed, "normal", 0.03)
        rows, _, _ = quadric_rows(points, zeros, asked, np.zeros(50, int), seed)
        fits.append(tilt(rows[0]))
        spreads.append(np.std([tilt(one) for one in rows[1:]], axis=0))
    told, true = np.sqrt(np.mean(np.square(spreads))), np.std(fits, axis=0).mean()
    assert 0.6 < told / true < 1.7

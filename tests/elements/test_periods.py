"""Periods: all of a lattice, to a fraction of a cell, and none where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from symscope.elements.periods import find_periods, shift_agreements
from symscope.features.agreement import Moves, Scene, compared
from symscope.field import cell_centres

SIDE, LIMIT = 48, 0.86


def scene(values: np.ndarray) -> Scene:
    blurred = gaussian_filter(values, 0.8)  # as find_in_space does
    return Scene.of(blurred[None].astype(np.float32), count=2048, floor=0.02)


def crystal(vectors: np.ndarray) -> np.ndarray:
    """Draw two lobes in every cell of a lattice of three vectors."""
    points = cell_centres((SIDE,) * 3).astype(np.float64)
    counted = points @ np.linalg.inv(vectors)
    values = np.zeros(len(points))
    for centre, height in (([0.1, 0.2, 0.3], 1.0), ([0.5, 0.35, 0.8], 0.6)):
        phase = 2 * np.pi * (counted - centre)
        values += height * np.exp(1.5 * (np.cos(phase).sum(axis=1) - 3))
    return values.reshape((SIDE,) * 3)


def lattice_error(found: np.ndarray, true: np.ndarray) -> float:
    multiples = np.linalg.lstsq(true.T, found.T, rcond=None)[0].T
    whole = np.rint(multiples)
    assert abs(np.linalg.det(whole)) == pytest.approx(1)
    return float(np.linalg.norm(found - whole @ true, axis=1).max())


def test_shifts_agree_as_one_by_one():
    values = np.random.default_rng(0).normal(size=(12, 12, 12))
    found = shift_agreements(values, 0.0)
    assert found.shape == (23, 23, 23)
    assert found[11, 11, 11] == pytest.approx(1)
    one, other = values[2:, :, :-3], values[:-2, :, 3:]
    cov = 2 * ((one - one.mean()) * (other - other.mean())).mean()
    assert found[11 - 2, 11, 11 + 3] == pytest.approx(cov / (one.var() + other.var()))
    assert found[0, 0, 0] == -1


def test_a_lattice_s_three_periods_lie_between_the_cells():
    vectors = np.array([[0.63, 0.05, -0.1], [0.02, 0.71, 0.13], [-0.15, 0.1, 0.55]])
    rng = np.random.default_rng(1)
    values = crystal(vectors)
    values += 0.05 * np.ptp(values) * rng.normal(size=values.shape)
    found = find_periods(scene(values), LIMIT)
    assert len(found.vectors) == 3
    assert lattice_error(found.vectors, vectors) < 0.1 * 2 / SIDE
    assert found.strongest > 0.9


def test_a_period_and_what_is_smooth_beside_it_are_one_period():
    points = cell_centres((SIDE,) * 3).astype(np.float64)
    vector = np.array([0.5, 0.3, 0.0])
    phase = 2 * np.pi * points @ vector / (vector @ vector)
    slow = np.exp(-((points[:, 2] - 0.2) ** 2))
    values = (np.cos(phase) + 0.5 * np.cos(2 * phase + 1)) * slow + slow * (points[:, 2] > 0)
    found = find_periods(scene(values.reshape((SIDE,) * 3)), LIMIT)
    assert len(found.vectors) == 1
    # Along the layers any shift may be added.
    along = found.vectors[0] @ vector / (vector @ vector)
    assert along == pytest.approx(1, abs=0.02)


def test_smooth_and_rough_fields_have_no_period():
    points = cell_centres((SIDE,) * 3).astype(np.float64)
    hills = np.exp(-((points - 0.2) ** 2).sum(axis=1)) + points[:, 0]
    noise = np.random.default_rng(2).normal(size=len(points))
    for values in (hills, noise):
        found = find_periods(scene(values.reshape((SIDE,) * 3)), LIMIT)
        assert found.vectors.shape == (0, 3)


def test_a_constant_field_has_no_period():
    found = find_periods(scene(np.zeros((16, 16, 16))), LIMIT)
    assert found.vectors.shape == (0, 3)
    assert found.strongest == 0


def test_the_shortest_period_is_told_not_its_multiple():
    x = np.linspace(-1, 1, 1024)
    wave = np.cos(2 * np.pi * x / 0.21) + 0.4 * np.cos(4 * np.pi * x / 0.21 + 1)
    found = find_periods(scene(wave), LIMIT)
    assert np.abs(found.vectors) == pytest.approx(np.array([[0.21]]), rel=0.002)
    moves = Moves(np.eye(1)[None, None], found.vectors[:, None])
    assert compared(scene(wave), moves, ((0,),))[0, 0, 0] > 0.95

"""How well a field agrees with moved copies of itself."""

from __future__ import annotations

import numpy as np
import pytest

from symscope.features.agreement import Moves, Scene, compared, looked_up, sample_points
from symscope.features.moves import KINDS, half_sphere, rotation_matrices, unit
from symscope.features.search import search
from symscope.field import cell_centres
from symscope.groups import Isometry

GROUP = ((0,),)


def ball(centre=(0.1, -0.2, 0.15), side=24) -> np.ndarray:
    """Draw shells about a centre."""
    points = cell_centres((side,) * 3)
    radius = np.linalg.norm(points - np.array(centre), axis=1)
    return (np.cos(7 * radius) > 0).reshape((side,) * 3).astype(np.float32)


def moves_of(*elements: Isometry) -> Moves:
    return Moves(
        np.stack([e.linear for e in elements])[:, None],
        np.stack([e.shift for e in elements])[:, None],
    )


@pytest.mark.parametrize("dimension", [1, 2, 3, 4])
def test_points_of_comparison_are_spread_evenly_over_the_frame(dimension):
    points = sample_points(dimension, 1024)
    assert points.shape == (1024, dimension)
    assert np.abs(points).max() <= 1
    for axis in range(dimension):
        counts = np.histogram(points[:, axis], 8, (-1, 1))[0]
        assert counts.min() > 100


def test_cells_are_found_and_what_is_outside_is_told():
    assert looked_up(np.array([[-0.99], [0.99], [1.2]]), 4).tolist() == [0, 3, 4]


def test_a_field_agrees_with_itself_and_not_with_its_negative():
    scene = Scene.of(ball()[None], floor=0.0)
    still = moves_of(Isometry.identity(3))
    assert compared(scene, still, GROUP)[0, 0, 0] == pytest.approx(1.0, abs=1e-5)


def test_a_rotation_about_the_true_centre_agrees_and_another_does_not():
    scene = Scene.of(ball()[None])
    line = rotation_matrices(unit(np.array([[1.0, 2.0, 3.0]])), np.array([1.1]))[0, 0]
    centre = np.array([0.1, -0.2, 0.15])
    right = Isometry(line, centre - line @ centre)
    wrong = Isometry(line, -centre + line @ centre)
    found = compared(scene, moves_of(right, wrong), GROUP)[:, 0, 0]
    assert found[0] > 0.75
    assert found[1] < 0.4


def test_too_little_in_common_is_no_agreement():
    scene = Scene.of(ball()[None])
    far = moves_of(Isometry.translation([1.9, 1.9, 0.0]))
    assert compared(scene, far, GROUP)[0, 0, 0] == -1


def test_shifts_agree_as_a_direct_computation_says():
    values = np.random.default_rng(0).random(256).astype(np.float32)
    scene = Scene.of(values[None], floor=0.0)
    found = compared(scene, moves_of(Isometry.translation([0.25])), GROUP)[0, 0, 0]
    points = sample_points(1)
    points = points[np.abs(points + 0.25).ravel() < 1]
    f, g = values[looked_up(points, 256)], values[looked_up(points + 0.25, 256)]
    expected = 2 * np.cov(f, g, bias=True)[0, 1] / (f.var() + g.var())
    assert found == pytest.approx(expected, abs=1e-4)


def test_directions_cover_the_half_sphere():
    lines = half_sphere(150)
    assert np.linalg.norm(lines, axis=1) == pytest.approx(1.0)
    assert (lines[:, 2] > 0).all()
    anywhere = unit(np.random.default_rng(0).normal(size=(500, 3)))
    nearest = np.abs(anywhere @ lines.T).max(axis=1)
    assert np.rad2deg(np.arccos(nearest)).max() < 14


@pytest.mark.parametrize("kind", ["mirror", "round", "spherical", "stripes"])
def test_what_is_tried_first_is_well_formed(kind):
    start = KINDS[kind].start(3)
    assert np.isfinite(start).all()
    assert KINDS[kind].allowed(start).all()
    linear = KINDS[kind].make(start).linear
    product = np.einsum("eaij,eakj->eaik", linear[::97], linear[::97])
    assert np.abs(product - np.eye(3)).max() < 1e-9


def test_the_search_finds_a_centre_to_a_fraction_of_a_cell():
    scene = Scene.of(ball()[None], finer=2)
    found = search(scene, KINDS["spherical"], 2, GROUP)
    assert np.abs(found.parameters[0] - [0.1, -0.2, 0.15]).max() < 0.03


def test_the_search_finds_a_palindrome_and_a_period():
    x = cell_centres((256,)).ravel()
    wave = np.cos(2 * np.pi * (x - 0.13) / 0.4)[None]
    mirror = search(Scene.of(wave * (np.abs(x - 0.13) < 0.6)), KINDS["mirror"], 2, GROUP)
    assert mirror.parameters[0, 1] == pytest.approx(0.13, abs=0.01)
    period = search(Scene.of(wave), KINDS["translation"], 2, GROUP)
    lengths = np.abs(period.parameters[:, 0]) / 0.4
    assert np.abs(lengths - lengths.round()).max() < 0.03

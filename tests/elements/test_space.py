"""Planes, axes, centres and periods: found where they are, not found where none is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from symscope.elements import Elements, find_elements, hidden_agreement
from symscope.elements.space import PRESENT
from symscope.features.agreement import sample_points
from symscope.features.moves import unit
from symscope.field import cell_centres
from symscope.io.grids import of_array

SIDE = 32


def points() -> np.ndarray:
    return cell_centres((SIDE,) * 3).astype(np.float64)


def cube(values: np.ndarray) -> np.ndarray:
    return values.reshape((SIDE,) * 3)


def lumps(x: np.ndarray, seed: int = 1) -> np.ndarray:
    """Sum a few Gaussians."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(-0.9, 0.9, (14, x.shape[1]))
    squared = ((x[:, None] - places) ** 2).sum(axis=2)
    return np.exp(-squared / 0.06) @ rng.choice([-1.0, 1.0], 14)


def in_frame(point) -> np.ndarray:
    return (np.array(point) - (SIDE - 1) / 2) / (SIDE / 2)


def test_a_mirror_plane_is_found_to_a_degree():
    normal = unit(np.array([0.5, -0.7, 0.4]))
    away = points() @ normal - 0.1
    folded = points() + (np.abs(away) - away)[:, None] * normal
    found = find_elements(of_array(cube(lumps(folded)))).of("mirror")
    assert len(found) == 1
    assert np.rad2deg(np.arccos(abs(np.dot(found[0].normal, normal)))) < 1.5
    assert in_frame(found[0].point) @ normal == pytest.approx(0.1, abs=0.02)
    assert found[0].pixels > 0.9


def test_an_axis_is_found_and_its_mirrors_are_left_out():
    axis, through = unit(np.array([0.3, 0.8, -0.5])), np.array([0.1, 0.05, -0.1])
    along = (points() - through) @ axis
    away = np.linalg.norm(points() - through - along[:, None] * axis, axis=1)
    found = find_elements(of_array(cube(lumps(np.stack([away, along], axis=1)))))
    assert [item.kind for item in found.items] == ["round"]
    assert np.rad2deg(np.arccos(abs(np.dot(found.items[0].direction, axis)))) < 2


CENTRE = np.array([0.15, -0.1, 0.05])


def shells(x: np.ndarray) -> np.ndarray:
    """Waves about CENTRE."""
    return np.cos(8 * np.linalg.norm(x - CENTRE, axis=1))


@pytest.fixture(scope="module")
def of_shells() -> Elements:
    return find_elements(of_array(cube(shells(points()))))


def test_a_centre_is_found_alone(of_shells):
    assert [item.kind for item in of_shells.items] == ["spherical"]
    assert np.linalg.norm(in_frame(of_shells.items[0].point) - CENTRE) < 0.03


def test_a_lattice_s_shortest_periods_are_found():
    x = points() @ unit(np.array([1.0, 0.4, 0.2]))
    wave = np.cos(2 * np.pi * x / 0.5) + 0.7 * np.cos(4 * np.pi * x / 0.5 + 1)
    other = lumps(np.stack([points() @ unit(np.array([-0.4, 1.0, 0.0]))], axis=1))
    found = find_elements(of_array(cube(wave + 0.2 * other)))
    # Along the plane of the waves nothing changes but by the other potential.
    assert {item.kind for item in found.items} <= {"translation", "stripes", "mirror"}
    assert found.strongest["translation"] > 0.8


def test_fields_without_symmetry_have_no_elements():
    found = find_elements(of_array(cube(lumps(points(), seed=4) + lumps(points(), seed=5))))
    assert found.items == ()
    assert max(found.strongest.values()) < PRESENT[3]


def test_a_quarter_turn_is_told_by_its_order():
    flat = points()
    turned = [flat]
    for _ in range(3):
        turned.append(turned[-1] @ np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]))
    found = find_elements(of_array(cube(sum(lumps(t, seed=8) for t in turned)))).of("rotation")
    assert [item.order for item in found] == [4]
    assert abs(found[0].direction[2]) > 0.99


@pytest.mark.parametrize("order", [2, 5, 7])
def test_an_axis_at_any_angle_is_placed_to_a_degree(order):
    axis, through = unit(np.array([0.9, 0.1, 0.35])), np.array([0.08, -0.05, 0.1])
    turn = Rotation.from_rotvec(2 * np.pi / order * axis)
    turned = [points() - through]
    for _ in range(order - 1):
        turned.append(turn.apply(turned[-1]))
    found = find_elements(of_array(cube(sum(lumps(t, seed=3) for t in turned)))).of("rotation")
    assert [item.order for item in found] == [order]
    assert np.rad2deg(np.arccos(abs(np.dot(found[0].direction, axis)))) < 1
    # The axis passes through the point: what is left across it is small.
    away = in_frame(found[0].point) - through
    assert np.linalg.norm(away - (away @ axis) * axis) < 0.03
    assert found[0].pixels > 0.95


def test_planes_that_are_exact_are_not_left_out_for_an_axis_that_is_not():
    # A flat molecule: two planes and their axis, nearly round about the line of two bodies.
    bodies = np.array([[0.0, 0.0, 0.2], [0.0, 0.3, -0.2], [0.0, -0.3, -0.2]])
    heavy = np.array([1.0, 0.35, 0.35])
    squared = ((points()[:, None] - bodies) ** 2).sum(axis=2)
    found = find_elements(of_array(cube(np.exp(-squared / 0.06) @ heavy)))
    assert found.strongest["round"] > PRESENT[3]
    assert len(found.of("mirror")) == 2
    assert [item.order for item in found.of("rotation")] == [2]
    assert not found.of("round")


def test_what_is_exact_is_there_to_more_than_099(of_shells):
    assert of_shells.items[0].pixels > 0.99


def test_places_of_a_signal_are_told_in_samples():
    x = np.arange(1000.0)
    hill = np.exp(-(((x - 620) / 150) ** 2)) + 0.5 * np.exp(-(((np.abs(x - 620) - 250) / 30) ** 2))
    found = find_elements(of_array(hill))
    assert found.of("mirror")[0].point[0] == pytest.approx(620, abs=2)
    wave = np.sin(2 * np.pi * x / 125) + 0.5 * np.sin(4 * np.pi * x / 125 + 0.6)
    found = find_elements(of_array(wave))
    assert abs(found.of("translation")[0].vector[0]) == pytest.approx(125, rel=0.01)


def test_a_period_is_no_shoulder_of_a_longer_one():
    t = np.linspace(0, 10, 2000)
    wave = np.sin(2 * np.pi * t / 1.7) + 0.3 * np.sin(4 * np.pi * t / 1.7 + 1)
    (period,) = find_elements(of_array(wave)).of("translation")
    assert abs(period.vector[0]) == pytest.approx(1.7 * 1999 / 10, rel=0.003)


def test_a_period_in_space_lies_between_the_cells():
    vector = np.array([0.43, 0.17, -0.29])
    waves = np.linalg.qr(np.column_stack([vector, np.eye(3)[:, :2]]))[0]
    phase = 2 * np.pi * (points() @ vector) / (vector @ vector)
    around = 0.5 * np.stack([np.cos(phase), np.sin(phase)], axis=1)
    values = lumps(np.concatenate([points() @ waves[:, 1:], around], axis=1), seed=3)
    found = find_elements(of_array(cube(values))).of("translation")
    assert len(found) == 1
    away = np.abs(found[0].vector) / (SIDE / 2) - np.abs(vector)
    assert np.linalg.norm(away) < 0.3 * 2 / SIDE


def test_the_hidden_layer_s_agreement_is_added_to_each_element(of_shells):
    def hidden(x):
        good = np.stack([shells(x), np.zeros(len(x))], axis=1)
        bad = x[:, :2]
        return np.stack([good, bad]).astype(np.float32)

    agreement = hidden_agreement(of_shells.items, hidden, sample_points(3, 1024))
    assert agreement.shape == (2, 1)
    assert agreement[0, 0] > 0.95
    assert agreement[1, 0] < 0.7
    row = of_shells.with_hidden(agreement).items[0].to_row()
    assert {"kind", "pixels", "point", "hidden", "hidden_sd"} <= set(row)


def test_nothing_found_is_nothing_to_add():
    assert Elements((), {}).with_hidden(np.zeros((2, 0))).items == ()

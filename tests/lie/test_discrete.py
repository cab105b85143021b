"""Discrete elements: mirrors, turns and permutations of functions that have them, and no others."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symscope.lie.discrete import Discrete, about, discrete_elements, discrete_name, mirror
from symscope.lie.finite import KnownFunction
from symscope.synth.potentials import potential

TOLERANCE = 1e-9


def elements(function, dimension=2, centre=None, seed=0):
    points = np.random.default_rng(seed).uniform(-1, 1, (500, dimension))
    known = KnownFunction.in_box(points, lambda x: np.asarray(function(*x.T), float)[:, None])
    return discrete_elements(known, TOLERANCE, np.zeros(dimension) if centre is None else centre, 0)


def applied(item, points):
    return points @ item.matrix[:, :-1].T + item.matrix[:, -1]


@given(st.floats(0, np.pi), st.floats(-2, 2))
def test_a_mirror_keeps_its_line_and_twice_is_nothing(angle, offset):
    normal = np.array([np.cos(angle), np.sin(angle)])
    matrix = mirror(3 * normal, offset)
    on_line = offset * normal + np.array([[-0.7], [0.4]]) * np.array([-normal[1], normal[0]])
    np.testing.assert_allclose(on_line @ matrix[:, :2].T + matrix[:, 2], on_line, atol=1e-12)
    whole = np.vstack([matrix, [0, 0, 1]])
    np.testing.assert_allclose(whole @ whole, np.eye(3), atol=1e-12)


def test_a_linear_map_about_a_centre_keeps_it():
    centre = np.array([0.3, -0.7])
    matrix = about(np.array([[0.0, -1.0], [1.0, 0.0]]), centre)
    np.testing.assert_allclose(matrix[:, :2] @ centre + matrix[:, 2], centre)


def chiral(x, y):
    """Three arms that all bend one way."""
    z = x + 1j * y
    return (z**3).real + (z**6).imag + np.abs(z) ** 2


CASES = [
    ("D_4", 2, lambda x, y: x**4 + y**4),
    ("D_3", 2, lambda x, y: (x**2 + y**2) / 2 + x**2 * y - y**3 / 3),
    ("D_2", 2, lambda x, y: x**2 + 3 * y**4),
    ("Z_2", 2, lambda x, y: x**2 + y**3),
    ("C_3", 2, chiral),
    ("C_2", 2, lambda x, y: x**3 * y + 2 * y**2 + x**4),
    ("none", 2, lambda x, y: x**2 + y**3 + x),
    ("B_3", 3, lambda x, y, z: x**4 + y**4 + z**4),
    ("S_3", 3, lambda x, y, z: x**3 + y**3 + z**3),
    ("Z_2^3", 3, lambda x, y, z: x**2 + 2 * y**4 + z**6),
    ("Z_2^2", 3, lambda x, y, z: x**2 + 2 * y**4 + z**3),
    ("Z_2", 3, lambda x, y, z: x**2 + y**3 + np.sin(2 * z)),
    ("none", 3, lambda x, y, z: x + y**3 + np.exp(z) + x * y**2 * z),
]


@pytest.mark.parametrize(("name", "dimension", "function"), CASES, ids=[c[0] for c in CASES])
def test_the_group_of_a_formula_is_named(name, dimension, function):
    found = elements(function, dimension)
    assert discrete_name(found, dimension) == name
    points = np.random.default_rng(3).uniform(-1, 1, (200, dimension))
    for item in found:
        assert item.error <= TOLERANCE
        difference = function(*applied(item, points).T) - function(*points.T)
        assert np.abs(difference).max() < 1e-3


@pytest.mark.parametrize("name", ["fourier-2", "fourier-3", "fourier-4"])
def test_random_waves_have_no_element(name):
    source = potential(name, 1)
    assert elements(lambda *x: source(np.stack(x, axis=1)), source.dimension) == ()


@settings(max_examples=4)
@given(st.floats(0, np.pi), st.floats(-0.04, 0.04))
def test_an_oblique_mirror_off_the_middle_is_found_where_it_is(angle, offset):
    normal, along = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])

    def function(x, y):
        across = normal[0] * x + normal[1] * y - offset
        length = along[0] * x + along[1] * y
        return across**2 + np.sin(2 * length) + across**4 * length

    (found,) = elements(function)
    assert found.kind == "mirror"
    np.testing.assert_allclose(found.matrix, mirror(normal, offset), atol=1e-3)


@pytest.mark.parametrize("offset", [0.1, 0.2])
def test_a_mirror_far_off_the_middle_is_found_too(offset):
    found = elements(lambda x, y: (x - offset) ** 2 + np.sin(2 * y))
    assert [item.kind for item in found] == ["mirror"]
    np.testing.assert_allclose(found[0].matrix, mirror(np.array([1.0, 0.0]), offset), atol=1e-3)


@pytest.mark.parametrize("offset", [0.04, 0.15])
def test_a_turn_about_a_point_off_the_middle_is_found_where_it_is(offset):
    found = elements(lambda x, y: chiral(x - offset, y + offset / 2))
    assert [(item.kind, item.order) for item in found] == [("rotation", 3)]
    found = found[0]
    centre = np.array([offset, -offset / 2])
    np.testing.assert_allclose(applied(found, centre[None])[0], centre, atol=1e-3)


def test_of_every_turn_the_highest_order_is_kept_and_it_is_an_order():
    for order in (3, 6):
        (found,) = [
            item
            for item in elements(lambda x, y, n=order: ((x + 1j * y) ** n).real + x**2 + y**2)
            if item.kind == "rotation"
        ]
        assert found.order == order
        linear = found.matrix[:, :2]
        np.testing.assert_allclose(np.linalg.matrix_power(linear, order), np.eye(2), atol=1e-12)


def test_elements_in_space_are_described_by_their_coordinates():
    found = elements(lambda x, y, z: x**4 + y**4 + z**4, 3)
    kinds = {item.kind for item in found}
    assert kinds == {"mirror", "rotation", "inversion", "permutation"}
    words = {item.description for item in found}
    assert {"mirror x1 → -x1", "inversion x → -x", "mirror x1 ↔ x2"} <= words
    assert any("cyclic permutation" in text for text in words)


def flip(*axis):
    return Discrete("mirror", mirror(np.array(axis, float), 0.0), 0.0, 2, "mirror")


def turned(order):
    return Discrete("rotation", np.zeros((2, 3)), 0.0, order, "rotation")


@pytest.mark.parametrize(
    ("found", "dimension", "name"),
    [
        ((), 2, "none"),
        ((), 5, "none"),
        ((flip(1, 0),), 2, "Z_2"),
        ((flip(1, 0), turned(2)), 2, "D_2"),
        ((flip(1, 0), flip(0, 1), turned(6)), 2, "D_6"),
        ((turned(5),), 2, "C_5"),
        ((flip(1, 0, 0),), 3, "Z_2"),
        ((flip(1, 1, 1),), 3, "Z_2"),
        ((flip(1, 0, 0), flip(0, 0, 1)), 3, "Z_2^2"),
        ((flip(1, -1, 0), flip(0, 1, -1), flip(1, 0, -1)), 3, "S_3"),
    ],
)
def test_names(found, dimension, name):
    assert discrete_name(found, dimension) == name


def test_an_element_is_a_row():
    row = json.loads(json.dumps(flip(1, 0).to_row()))
    assert row["kind"] == "mirror"
    assert row["order"] == 2
    np.testing.assert_allclose(row["matrix"], [[-1, 0, 0], [0, 1, 0]])

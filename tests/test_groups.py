"""The vocabulary: group laws, elements in any dimension, and which class contains which."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from symscope.groups import CLASS_SETS, EXTENDED, ORDERS, Isometry, Symmetry, cyclic, dihedral

DIMENSIONS = st.integers(1, 5)
COORDINATE = st.floats(-2, 2)


def vectors(dimension, low=-2.0, high=2.0):
    return hnp.arrays(np.float64, dimension, elements=st.floats(low, high))


@st.composite
def elements(draw, dimension):
    """A mirror, translation or (from two dimensions on) rotation in a random plane."""
    kinds = ["mirror", "translation"] + ["rotation"] * (dimension > 1)
    kind = draw(st.sampled_from(kinds))
    if kind == "mirror":
        normal = draw(vectors(dimension).filter(lambda v: np.linalg.norm(v) > 0.1))
        return Isometry.mirror(normal, draw(COORDINATE))
    if kind == "translation":
        return Isometry.translation(draw(vectors(dimension)))
    plane = draw(st.sampled_from([*combinations(range(dimension), 2)]))
    return Isometry.rotation(draw(st.floats(-7, 7)), draw(vectors(dimension)), plane)


@st.composite
def some_elements(draw, count):
    """``count`` elements of one dimension, and points for them to move."""
    dimension = draw(DIMENSIONS)
    points = draw(hnp.arrays(np.float64, (7, dimension), elements=COORDINATE))
    return [draw(elements(dimension)) for _ in range(count)], points


def same(one, other):
    return np.allclose(one.linear, other.linear, atol=1e-9) and np.allclose(
        one.shift, other.shift, atol=1e-9
    )


@given(some_elements(2))
def test_a_product_moves_points_as_its_factors_one_after_the_other(drawn):
    (g, h), points = drawn
    np.testing.assert_allclose((g @ h)(points), g(h(points)), atol=1e-9)


@given(some_elements(3))
def test_products_are_associative(drawn):
    (f, g, h), _ = drawn
    assert same((f @ g) @ h, f @ (g @ h))


@given(some_elements(1))
def test_the_inverse_and_the_identity(drawn):
    (g,), points = drawn
    identity = Isometry.identity(g.dimension)
    assert same(g @ g.inverse, identity)
    assert same(g.inverse @ g, identity)
    assert same(g @ identity, g)
    np.testing.assert_allclose(g.inverse(g(points)), points, atol=1e-9)


@given(some_elements(1))
def test_elements_keep_distances(drawn):
    (g,), points = drawn
    moved = g(points)
    before = np.linalg.norm(points[:, None] - points[None], axis=-1)
    after = np.linalg.norm(moved[:, None] - moved[None], axis=-1)
    np.testing.assert_allclose(after, before, atol=1e-9)


@given(DIMENSIONS.flatmap(lambda d: st.tuples(vectors(d), COORDINATE)))
def test_a_mirror_leaves_its_plane_and_exchanges_its_sides(drawn):
    normal, offset = drawn
    length = np.linalg.norm(normal)
    assume(length > 0.1)
    mirror = Isometry.mirror(normal, offset)
    foot = normal * offset / length**2  # on the plane: normal · foot = offset
    np.testing.assert_allclose(mirror(foot), foot, atol=1e-9)
    np.testing.assert_allclose(mirror(foot + normal), foot - normal, atol=1e-9)
    assert np.linalg.det(mirror.linear) == pytest.approx(-1)
    assert same(mirror @ mirror, Isometry.identity(len(normal)))


def test_a_mirror_needs_a_direction():
    with pytest.raises(ValueError, match="normal that is not zero"):
        Isometry.mirror([0.0, 0.0])


def test_a_quarter_turn_is_counter_clockwise_with_y_up():
    turn = Isometry.rotation(np.pi / 2, centre=(1.0, 0.0))
    np.testing.assert_allclose(turn((2.0, 0.0)), (1.0, 1.0), atol=1e-12)
    np.testing.assert_allclose(turn((1.0, 0.0)), (1.0, 0.0), atol=1e-12)


def test_a_rotation_in_space_leaves_the_other_coordinate():
    turn = Isometry.rotation(0.7, centre=(0.1, 0.2, 0.3), plane=(0, 2))
    points = np.random.default_rng(0).normal(size=(5, 3))
    moved = turn(points)
    np.testing.assert_allclose(moved[:, 1], points[:, 1], atol=1e-12)
    assert not np.allclose(moved, points)
    assert np.linalg.det(turn.linear) == pytest.approx(1)


@settings(max_examples=40)
@given(
    order=st.sampled_from(ORDERS),
    centre=vectors(2, -1, 1),
    axis=st.floats(0, 3),
    mirrors=st.booleans(),
)
def test_rosette_groups_are_groups(order, centre, axis, mirrors):
    group = dihedral(order, centre, axis) if mirrors else cyclic(order, centre)
    assert len(group) == order * (1 + mirrors)
    assert same(group[0], Isometry.identity())
    for one, other in combinations(group, 2):
        assert not same(one, other)
    for one, other in product(group, group):
        assert sum(same(one @ other, member) for member in group) == 1
    for one in group:
        assert sum(same(one.inverse, member) for member in group) == 1
        np.testing.assert_allclose(one(centre), centre, atol=1e-9)


@pytest.mark.parametrize("order", ORDERS)
def test_the_axis_of_a_dihedral_group_lies_at_its_angle(order):
    centre, axis = np.array([0.2, -0.1]), 0.4
    on_axis = centre + 0.7 * np.array([np.cos(axis), np.sin(axis)])
    mirrors = [g for g in dihedral(order, centre, axis) if np.linalg.det(g.linear) < 0]
    assert len(mirrors) == order
    assert sum(np.allclose(mirror(on_axis), on_axis) for mirror in mirrors) == 1


def test_containment_is_a_partial_order():
    for a in EXTENDED:
        assert a.contains(a)
        assert a.contains(Symmetry.NONE)
        for b, c in product(EXTENDED, EXTENDED):
            assert not (a.contains(b) and b.contains(a)) or a is b
            assert not (a.contains(b) and b.contains(c)) or a.contains(c)


def test_containment_says_what_the_groups_say():
    assert Symmetry.DIHEDRAL.contains(Symmetry.CYCLIC)
    assert Symmetry.DIHEDRAL.contains(Symmetry.MIRROR)
    assert Symmetry.ROUND.contains(Symmetry.DIHEDRAL)
    assert Symmetry.STRIPED.contains(Symmetry.REPEATED)
    assert not Symmetry.CYCLIC.contains(Symmetry.MIRROR)
    assert not Symmetry.REPEATED.contains(Symmetry.STRIPED)
    assert not Symmetry.ROUND.contains(Symmetry.REPEATED)


def test_the_classes_of_the_classifiers():
    assert [str(s) for s in CLASS_SETS["paper"]] == ["∅", "Z_2", "T_n", "T", "O(2)"]
    assert [str(s) for s in CLASS_SETS["extended"]] == [
        *("∅", "Z_2", "C_n", "D_n", "T_n", "T", "O(2)")
    ]
    assert set(CLASS_SETS["paper"]) < set(CLASS_SETS["extended"])
    assert len({s.description for s in EXTENDED}) == len(EXTENDED)

"""Elements: found where they are, to a fraction of a pixel, and not where they are not."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from symscope.elements import (
    BILATERAL,
    KINDS,
    LATTICE_ORDERS,
    UPRIGHT,
    Element,
    bravais,
    find_elements,
    hidden_agreement,
)
from symscope.elements.find import _chosen
from symscope.elements.lattice import lattice_basis
from symscope.elements.scene import Scene
from symscope.errors import UsageError
from symscope.features.correlation import shift_agreement
from symscope.features.lie_defect import Flow
from symscope.field import pixel_centres
from symscope.groups import Isometry
from symscope.synth.templates import templates

SEED = (78, 1)


def template(label, family, **options):
    return templates(classes=[label], families=[family], seed=SEED, **options)[0]


def strongest(elements, kind):
    return max(elements.of(kind), key=lambda item: item.pixels)


def apart(one, other):
    """Degrees between two lines."""
    return abs((one - other + 90) % 180 - 90)


@pytest.mark.parametrize("family", ["wells", "collage"])
def test_a_mirror_is_found_where_it_is(family):
    drawn = template("Z_2", family)
    axis = strongest(find_elements(drawn.levels), "mirror")
    true = drawn.construction.parameters
    assert apart(axis.angle_deg, true["axis_deg"]) < 1
    points = np.random.default_rng(0).uniform(-1, 1, (50, 2))
    np.testing.assert_allclose(axis.moves[0](points), drawn.elements[0](points), atol=0.05)
    assert axis.pixels > 0.9
    assert 0.5 <= axis.overlap <= 1


@pytest.mark.parametrize("label", ["C_n", "D_n"])
def test_a_rotation_is_found_with_its_order_and_centre(label):
    drawn = template(label, "hats")
    found = find_elements(drawn.levels)
    true = drawn.construction.parameters
    assert found.order == true["order"]
    turn = next(item for item in found.of("rotation") if item.order == found.order)
    assert np.hypot(*np.subtract(turn.centre, true["centre"])) < 0.02
    assert bool(found.of("mirror")) == (label == "D_n")


def test_a_period_is_found():
    drawn = template("T_n", "fourier")
    found = find_elements(drawn.levels).of("translation")
    true = [v for k, v in drawn.construction.parameters.items() if k.startswith("vector")]
    assert len(found) == len(true)
    multiples = np.linalg.lstsq(np.array(true).T, np.array([f.vector for f in found]).T, rcond=None)
    np.testing.assert_allclose(multiples[0], np.rint(multiples[0]), atol=0.05)


def test_stripes_and_circles_come_alone():
    stripes, circle = template("T", "wells"), template("O(2)", "wells")
    found = find_elements(stripes.levels)
    assert {item.kind for item in found.items} == {"stripes"}
    true = stripes.construction.parameters["direction_deg"]
    assert apart(found.items[0].angle_deg, true) < 1
    found = find_elements(circle.levels)
    assert {item.kind for item in found.items} == {"round"}
    centre = circle.construction.parameters["centre"]
    assert np.hypot(*np.subtract(found.items[0].centre, centre)) < 0.02
    assert found.order == 1


def test_nothing_is_found_where_nothing_is():
    rng = np.random.default_rng(4)
    for picture in (template("∅", "wells").levels, rng.random((80, 80)), np.ones((40, 60))):
        found = find_elements(picture)
        assert found.items == ()
        assert set(found.strongest) == {*KINDS, BILATERAL}


def board(rows=120, columns=120, width=20):
    y, x = np.mgrid[:rows, :columns]
    return (x // width + y // width) % 2


def test_a_chessboard_has_all_that_a_square_lattice_has():
    found = find_elements(board())
    assert found.order == 4
    assert {
        apart(item.angle_deg, 45) < 1
        or apart(item.angle_deg, 135) < 1
        or apart(item.angle_deg, 0) < 1
        or apart(item.angle_deg, 90) < 1
        for item in found.of("mirror")
    } == {True}
    assert bravais(found.of("translation")) == "square"
    for item in found.of("translation"):
        assert np.hypot(*item.vector) == pytest.approx(np.sqrt(2) * 20 / 60, rel=0.02)


def test_glides_are_found_once_each():
    """A square lattice of square cells (p4m) has glides along both diagonals."""
    cell = ndimage.gaussian_filter(np.random.default_rng(1).random((21, 21)), 2, mode="wrap")
    cell = cell + cell.T
    cell = cell + cell[::-1]
    cell = cell + cell[:, ::-1]
    # A period of no whole number of pixels: the periods' directions then differ a little.
    picture = ndimage.zoom(np.tile(cell, (5, 5)), 1.37, order=1)[:, :134]
    glides = find_elements(picture).of("glide")
    axes = [(45 * round(item.angle_deg / 45), round(item.offset, 2)) for item in glides]
    assert {angle for angle, _ in axes} == {45, 135}
    assert len(set(axes)) == len(axes) == 4


def test_a_frieze_longer_than_high_is_searched_as_it_is():
    y, x = np.mgrid[:60, :240]
    ornament = np.sin(2 * np.pi * x / 60) + 0.6 * np.sin(4 * np.pi * x / 60 + 1) * (y > 25) + y / 60
    found = find_elements(ornament)
    assert len(found.of("translation")) == 1
    assert found.of("translation")[0].vector == pytest.approx((0.5, 0), abs=0.01)
    assert not found.of("stripes")


@settings(max_examples=5)
@given(angle=st.floats(0, 3.1), offset=st.floats(-0.2, 0.2))
def test_whatever_the_axis(angle, offset):
    points = pixel_centres(64, 64).astype(float)
    normal = np.array([-np.sin(angle), np.cos(angle)])
    mirror = Isometry.mirror(normal, offset)
    rng = np.random.default_rng(1)
    waves = rng.normal(size=(2, 12)) * 4
    phase = rng.uniform(0, 6, 12)

    def wave(x):
        return np.cos(x @ waves + phase).sum(axis=1)

    axis = strongest(find_elements((wave(points) + wave(mirror(points))).reshape(64, 64)), "mirror")
    assert apart(axis.angle_deg, np.rad2deg(angle)) < 1
    np.testing.assert_allclose(axis.moves[0]([[0.0, 0.0]]), mirror([[0.0, 0.0]]), atol=0.03)


def test_what_holds_in_grey_and_not_in_colours_is_not_listed():
    """Rows of dots, red and green in turn: by a quarter turn only the grey is unchanged."""
    row, column = np.mgrid[:192, :192]
    dots = np.exp(-((row % 24 - 12.0) ** 2 + (column % 24 - 12.0) ** 2) / 20)
    red = row // 24 % 2 == 0
    coloured = np.stack([dots * red, dots * ~red])
    assert find_elements(coloured.sum(axis=0)).order == 4
    found = find_elements(coloured)
    assert found.order == 2
    assert {round(item.angle_deg) % 180 for item in found.of("mirror")} == {0, 90}


def test_turning_the_picture_turns_what_is_found():
    levels = template("Z_2", "wells").levels
    one, other = (strongest(find_elements(p), "mirror") for p in (levels, np.rot90(levels)))
    assert apart(other.angle_deg, one.angle_deg + 90) < 0.2
    assert abs(other.offset) == pytest.approx(abs(one.offset), abs=0.01)


@pytest.mark.parametrize(
    ("vectors", "name"),
    [
        (((1, 0), (0.5, np.sqrt(3) / 2)), "hexagonal"),
        (((0, 2), (2, 0)), "square"),
        (((0, 2), (3, 0)), "rectangular"),
        (((1, 0.8), (1, -0.8)), "centred rectangular"),
        (((1, 0), (0.5, 1.3)), "centred rectangular"),
        (((1, 0), (0.3, 1.3)), "oblique"),
        (((1, 0),), None),
    ],
)
def test_lattices_have_names(vectors, name):
    found = [Element("translation", (), 1.0, 1.0, vector=v) for v in vectors]
    assert bravais(found) == name
    assert name is None or name in LATTICE_ORDERS


def test_agreement_is_one_for_the_identity_and_zero_for_the_unrelated():
    scene = Scene(np.random.default_rng(0).random((64, 64)))
    same, overlap = scene.agreement(Isometry.identity())
    assert same == pytest.approx(1)
    assert overlap == 1
    unrelated, overlap = scene.agreement(Isometry.translation((0.5, 0)))
    assert abs(unrelated) < 0.1
    assert overlap == pytest.approx(0.75, abs=0.01)


def test_channels_of_a_scene_are_compared_as_one_vector():
    one, other = np.random.default_rng(1).random((2, 40, 48))
    move = Isometry.rotation(0.3, (0.1, 0.0))
    alone = Scene(one).agreement(move)
    np.testing.assert_allclose(Scene(np.stack([one, one])).agreement(move), alone, rtol=1e-6)
    # A constant channel says nothing, whatever its value.
    np.testing.assert_allclose(Scene(np.stack([one, 0 * one + 3])).agreement(move), alone)
    both = Scene(np.stack([one, other]))
    turned = Scene(np.stack([one + other, one - other]) / np.sqrt(2))
    np.testing.assert_allclose(turned.agreement(move), both.agreement(move), rtol=1e-4)
    parts = np.array([[[1.0, 0.0], [0.0, -1.0]], np.eye(2)])
    surfaces = [shift_agreement(scene.pixels, parts, 0.5) for scene in (both, turned)]
    np.testing.assert_allclose(*surfaces, atol=1e-4)
    alone = shift_agreement(Scene(one).pixels, parts, 0.5)  # the control
    assert np.abs(surfaces[0] - alone).max() > 0.03


def test_the_hidden_layer_is_asked_about_the_same_elements():
    levels = template("Z_2", "wells").levels
    found = find_elements(levels)
    mirror = strongest(found, "mirror").moves[0]
    points = pixel_centres(32, 32).astype(float)

    def folded(x):
        return np.stack([np.sin(3 * x @ [1, 2]) + np.sin(3 * mirror(x) @ [1, 2])])[..., None]

    def lopsided(x):
        return np.stack([np.sin(9 * x @ [1, 2])])[..., None]

    realised = hidden_agreement(found.items, folded, points)
    assert realised.shape == (1, len(found.items))
    assert found.with_hidden(realised, Flow("round", 0.1, 0.0, (0.1, 0.1))).items[
        0
    ].hidden == pytest.approx(1)
    assert hidden_agreement(found.items, lopsided, points)[0, 0] < 0.6


@pytest.mark.parametrize(
    "picture", [np.zeros((8, 80)), np.zeros(64), np.full((40, 40), np.nan), np.zeros((20, 20, 3))]
)
def test_what_cannot_be_searched_is_refused(picture):
    with pytest.raises(UsageError):
        find_elements(picture)


def test_left_and_right_are_compared_apart_from_other_mirrors():
    """A picture that lies: top and bottom are alike, left and right are not."""
    levels = template("Z_2", "wells").levels
    y, x = np.mgrid[:64, :64] / 31.5 - 1
    rng = np.random.default_rng(3)
    waves, phases = rng.normal(size=(12, 2)) * 4, rng.uniform(0, 7, 12)
    lying = sum(np.cos(a * x + b * np.abs(y) + p) for (a, b), p in zip(waves, phases, strict=True))
    found = find_elements(lying)
    assert found.strongest["mirror"] > 0.95
    assert found.strongest[BILATERAL] < 0.8
    assert not found.of(UPRIGHT)
    stood = find_elements(np.rot90(lying))
    assert stood.strongest[BILATERAL] == pytest.approx(stood.strongest["mirror"], abs=0.03)
    assert len(stood.of(UPRIGHT)) == 1
    assert 0 <= find_elements(levels).strongest[BILATERAL] <= 1


def test_left_and_right_are_compared_as_roughly_as_hands_draw():
    """An M of thin lines whose two halves differ by more than a line is wide; and a K."""
    x, y = np.meshgrid(np.arange(96.0), np.arange(96.0))

    def line(start, end):
        (a, b), (c, d) = start, end
        along = np.clip(((x - a) * (c - a) + (y - b) * (d - b)) / np.hypot(c - a, d - b) ** 2, 0, 1)
        return np.exp(-((x - a - along * (c - a)) ** 2 + (y - b - along * (d - b)) ** 2) / 2)

    m = [(20, 80), (24, 18), (50, 60), (69, 24), (79, 76)]
    m, k = itertools.pairwise(m), [((30, 15), (30, 85)), ((30, 50), (70, 18)), ((34, 46), (72, 84))]
    m, k = (find_elements(sum(line(*ends) for ends in letter)).strongest for letter in (m, k))
    assert m[BILATERAL] > 0.85 > m["mirror"]
    assert k[BILATERAL] < m[BILATERAL] - 0.2


def test_what_left_and_right_reach_roughly_hides_no_element():
    mirror = Element("mirror", (), 0.82, angle_deg=30.0)
    assert _chosen([mirror], 1.0, 1.0).items == (mirror,)


def test_peaks_along_one_line_leave_a_basis_as_it_was():
    # Of the second period no peak can be seen: it lies at the edge of the correlation.
    surface = np.full((41, 41), -1.0)
    surface[18:23, 18:23] = surface[18:23, 28:33] = surface[18:23, 8:13] = 0.2
    surface[20, [10, 20, 30]] = 0.9, 1.0, 0.9
    basis = lattice_basis(surface, np.array([[10.0, 0.0], [0.0, 19.0]]))
    np.testing.assert_allclose(basis, [[10.0, 0.0], [0.0, 19.0]])

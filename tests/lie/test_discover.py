"""From a function, a cloud or data to a named group, beside everything that has none."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm, subspace_angles

from symscope.errors import Constant, TooSmall, UsageError
from symscope.lie.algebra import Algebra, Verdict, homogeneous, tidy
from symscope.lie.defects import search
from symscope.lie.discover import discover
from symscope.lie.naming import name_algebra
from symscope.lie.verdict import Witness, apart, judge
from symscope.synth.potentials import names, potential, rotations

POTENTIALS = [name for name in names() if "[" not in name]
POTENTIALS += ["mexican-hat-5", "norm-3", "stripes-3", "fourier-2"]


def fields_of(algebra):
    return np.concatenate([algebra.generators, algebra.shifts[:, :, None]], axis=2)


def angle(one, other):
    """Largest principal angle between two spans of fields (n, D, D + 1), in degrees."""
    spans = [fields.reshape(len(fields), -1).T for fields in (one, other)]
    return float(np.rad2deg(subspace_angles(*spans).max()))


# Formulas


@pytest.mark.parametrize("name", POTENTIALS)
def test_a_formula_gives_the_group_that_it_has(name):
    source = potential(name)
    found = discover(source, dimension=source.dimension, domain=(source.low, source.high))
    assert found.group == source.group
    assert found.dimension == len(source.generators)
    assert json.loads(json.dumps(found.to_row(), allow_nan=False))["group"] == source.group
    # The control beside it: permuted derivatives.
    if not found.dimension:
        assert found.verdict is Verdict.NONE
        assert found.spectrum[0] > 0.1
        return
    assert found.verdict is Verdict.SYMMETRIC
    assert angle(fields_of(found), source.generators) < 1e-6
    assert found.defects.max() < 1e-6
    assert found.null > 1000 * found.defects.max()


@pytest.mark.parametrize(
    ("name", "group"),
    [("d4", "D_4"), ("henon-heiles", "D_3"), ("cubic", "Z_2"), ("fourier-2", "none")],
)
def test_where_there_is_no_field_the_discrete_elements_are_told(name, group):
    source = potential(name)
    found = discover(source, dimension=2, domain=(source.low, source.high))
    assert (found.verdict, found.name, found.group) == ("none", "none", group)
    assert found.generators.shape[0] == found.shifts.shape[0] == 0
    points, values = source.sample(50, seed=9)
    for item in found.discrete:
        moved = points @ item.matrix[:, :-1].T + item.matrix[:, -1]
        np.testing.assert_allclose(source(moved), values, atol=1e-3)


def test_what_is_found_holds_at_finite_times_and_random_fields_do_not():
    found = discover(potential("double-well"), dimension=2, domain=(-1.6, 1.6))
    assert np.nanmax(found.finite.error) < 1e-6
    assert np.nanmin(found.finite.random) > 0.1


@pytest.mark.parametrize("name", ["double-well", "squeeze", "stripes-2", "norm-3"])
@settings(max_examples=2)
@given(seed=st.integers(0, 10**6))
def test_other_coordinates_move_the_generators_along_and_keep_the_name(name, seed):
    source, random = potential(name), np.random.default_rng(seed)
    size = source.dimension
    turn = np.linalg.qr(random.standard_normal((size, size)))[0]
    linear = turn * 10 ** random.uniform(-2, 2) @ np.diag(random.uniform(0.7, 1.4, size))
    shift = 10 ** random.uniform(-2, 2) * random.standard_normal(size)
    back = np.linalg.inv(linear)
    half = 0.5 * np.abs(linear) @ np.ones(size)  # a box about where the old one went

    found = discover(
        lambda p: source((p - shift) @ back.T), dimension=size, domain=(shift - half, shift + half)
    )
    assert found.name == source.group.replace("O(", "SO(")
    moved = linear @ source.generators[:, :, :-1] @ back
    along = source.generators[:, :, -1] @ linear.T - moved @ shift
    # Lengths count alike in fields, whatever the unit: the points' own.
    unit = np.abs(half).max()

    def own(linear_part, shifts):
        return np.concatenate([linear_part, (shifts + linear_part @ shift)[..., None] / unit], 2)

    assert angle(own(found.generators, found.shifts), own(moved, along)) < 1e-4


def test_the_class_decides_what_is_looked_for():
    def ellipse(x, y):
        return x**2 + 4 * (y - 1) ** 2

    assert discover(ellipse).group == "O(2)"
    assert discover(ellipse, kind="linear").verdict == "none"
    assert discover(lambda x, y: np.hypot(x - 0.2, y), kind="isometry").group == "O(2)"


def test_a_direction_on_which_nothing_depends_is_told_apart():
    found = discover(lambda x, y, z: x**2 + z**2)
    assert (found.name, found.dimension, found.ignored) == ("SO(2) × T", 2, 1)
    (shift,) = found.shifts[np.abs(found.generators).max(axis=(1, 2)) < 1e-9]
    np.testing.assert_allclose(np.abs(shift), [0, 1, 0], atol=1e-9)


def test_the_pairs_route_sees_the_same_in_values_without_a_network():
    found = discover(lambda x, y: x**2 + y**2, route="pairs")
    assert found.name == "SO(2)"
    assert angle(found.generators, rotations(2)[:, :, :-1]) < 2
    assert discover(lambda x, y: x**2 + y**3, route="pairs").verdict != "symmetric"


def test_a_small_breaking_is_no_symmetry_of_a_formula():
    found = discover(lambda x, y: x**2 + y**2 + 1e-3 * x**3)
    assert found.verdict == "none"
    assert found.approximate == 1
    assert 1e-4 < found.spectrum[0] < 0.01
    assert "approximate" in found.message


def test_the_same_call_gives_the_same_answer_and_says_how_it_was_made():
    first, again = (discover(lambda x, y: np.hypot(x, y), seed=3) for _ in range(2))
    assert first.to_row() == again.to_row()
    assert first.provenance["seed"] == 3
    assert first.provenance["class"] == "affine"
    assert {"symscope", "points", "low", "high", "route"} <= set(first.provenance)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "conformal"}, "'conformal'.*affine, linear, isometry"),
        ({"route": "scenic"}, "'scenic'.*gradient, pairs, both"),
    ],
)
def test_options_that_are_not_known_are_refused_with_those_that_are(options, message):
    with pytest.raises(UsageError, match=message):
        discover(lambda x, y: x * y, **options)


# Clouds


def annulus(count, seed, noise=0.05):
    random = np.random.default_rng(seed)
    turn, radius = random.uniform(0, 2 * np.pi, count), random.uniform(1 - noise, 1 + noise, count)
    return np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1)


def sphere(count, seed, noise=0.05):
    """Both angles uniform, as SymDet has it."""
    random = np.random.default_rng(seed)
    down, round_ = random.uniform(0, np.pi, count), random.uniform(0, 2 * np.pi, count)
    flat = np.stack([np.cos(round_), np.sin(round_)], axis=1) * np.sin(down)[:, None]
    return np.c_[flat, np.cos(down)] * random.uniform(1 - noise, 1 + noise, (count, 1))


def cylinder(count, seed, noise=0.05):
    height = np.random.default_rng(seed + 1000).uniform(-1.5, 1.5, count)
    return np.c_[annulus(count, seed, noise), height]


def helix(count, seed, noise):
    random = np.random.default_rng(seed)
    time = random.uniform(0, 4 * np.pi, count)
    points = np.stack([np.cos(time), np.sin(time), 0.3 * time], axis=1)
    return points + noise * random.standard_normal(points.shape)


def curve(radius):
    """Points of the curve with that distance from the origin, as a function of the angle."""

    def points(count, seed, noise):
        random = np.random.default_rng(seed)
        turn = random.uniform(0, 2 * np.pi, count)
        found = np.stack([np.cos(turn), np.sin(turn)], axis=1) * radius(turn)[:, None]
        return found + noise * random.standard_normal(found.shape)

    return points


def blob(count, seed, noise):
    return np.random.default_rng(seed).standard_normal((count, 2))


def blob_in_space(count, seed, noise):
    return np.random.default_rng(seed).standard_normal((count, 3))


def figure_eight(count, seed, noise):
    random = np.random.default_rng(seed)
    time = random.uniform(0, 2 * np.pi, count)
    points = np.stack([np.sin(time), np.sin(time) * np.cos(time)], axis=1)
    return points + noise * random.standard_normal(points.shape)


def square(count, seed, noise):
    random = np.random.default_rng(seed)
    along, side = random.uniform(-1, 1, count), random.integers(0, 4, count)
    edge = np.where(side % 2, 1.0, -1.0)
    swapped = np.stack([edge, along], axis=1)
    points = np.where((side < 2)[:, None], np.stack([along, edge], axis=1), swapped)
    return points + noise * random.standard_normal(points.shape)


pear = curve(lambda t: 1 + 0.35 * np.cos(t) + 0.15 * np.cos(2 * t))  # 4 % off the best ellipse
long_pear = curve(lambda t: 1 + 0.4 * np.cos(t) + 0.2 * np.cos(2 * t))
rounded_triangle = curve(lambda t: 1 + 0.1 * np.cos(3 * t))


@pytest.mark.parametrize("seed", range(4))
def test_an_annulus_of_500_points_gives_so2_to_half_a_degree(seed):
    found = discover(annulus(500, seed), seed=seed)
    assert (found.verdict, found.name, found.dimension) == ("symmetric", "SO(2)", 1)
    assert angle(found.generators, rotations(2)[:, :, :-1]) < 0.5
    assert found.angle_deg < 1
    assert found.null > 0.5
    np.testing.assert_allclose(found.naming.centre, 0, atol=0.02)


@pytest.mark.parametrize("seed", range(2))
def test_a_sphere_of_1000_points_gives_so3(seed):
    found = discover(sphere(1000, seed), seed=seed)
    assert (found.verdict, found.name, found.dimension) == ("symmetric", "SO(3)", 3)
    assert angle(found.generators, rotations(3)[:, :, :-1]) < 1
    assert found.naming.killing == (0, 3, 0)
    assert found.naming.signature == (3, 0, 0)


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_noise_does_not_change_the_name(noise):
    round_ = discover(annulus(400, 7, noise))
    assert (round_.name, round_.dimension) == ("SO(2)", 1)
    tube = discover(cylinder(600, 2, noise))
    assert (tube.name, tube.dimension, tube.ignored) == ("SO(2) × T", 2, 1)
    (shift,) = tube.shifts[np.abs(tube.generators).max(axis=(1, 2)) < 0.05]
    np.testing.assert_allclose(np.abs(shift), [0, 0, 1], atol=0.03)


@pytest.mark.parametrize("noise", [0.0, 0.002, 0.01, 0.03])
def test_a_helix_is_a_screw(noise):
    found = discover(helix(600, 1, noise))
    assert (found.name, found.dimension) == ("screw", 1)
    turn, shift = found.generators[0], found.shifts[0]
    rate = (turn[1, 0] - turn[0, 1]) / 2
    assert abs(turn[1, 0] / rate - 1) < 0.1
    assert shift[2] / rate == pytest.approx(0.3, abs=0.06)


@settings(max_examples=4)
@given(st.floats(0, np.pi), st.floats(1, 3), st.floats(-9, 9))
def test_an_ellipse_is_so2_in_other_coordinates(turn, long, size):
    c, s = np.cos(turn), np.sin(turn)
    linear = 10**size * np.array([[c, -s], [s, c]]) @ np.diag([long, 1.0])
    centre = 10**size * np.array([5.0, -2.0])
    found = discover(annulus(300, 3, 0.03) @ linear.T + centre)
    assert found.name == "SO(2)"
    expected = linear @ rotations(2)[:, :, :-1] @ np.linalg.inv(linear)
    assert angle(found.generators, expected) < 1
    np.testing.assert_allclose(found.naming.centre, centre, atol=0.05 * 10**size)


@pytest.mark.parametrize("units", [(1e-9, 1e-9), (1e6, 1e6), (30.0, 1.0), (1.0, 1e-4), (1e6, 1.0)])
def test_units_do_not_change_what_a_cloud_shows(units):
    found = discover(annulus(500, 1) * np.array(units))
    assert (found.verdict, found.name) == ("symmetric", "SO(2)")
    own = found.generators[0] * np.array(units) / np.array(units)[:, None]
    assert angle(own[None], rotations(2)[:, :, :-1]) < 0.5


@pytest.mark.parametrize("long", [30.0, 1e3])
def test_units_do_not_change_the_name_of_a_formula(long):
    found = discover(lambda x, y: (x / long) ** 2 + y**2, domain=([-long, -1], [long, 1]))
    assert found.name == "SO(2)"
    squeezed = discover(lambda x, y: x / long * y, domain=([-long, -1], [long, 1]))
    assert squeezed.name == "SO(1,1)"


def test_the_order_of_the_points_does_not_change_what_a_cloud_shows():
    points = annulus(300, 5)
    mixed = discover(np.random.default_rng(0).permutation(points))
    assert angle(mixed.generators, discover(points).generators) < 0.5


@pytest.mark.parametrize("noise", [0.0, 0.01])
@pytest.mark.parametrize(
    "shape",
    [blob, blob_in_space, figure_eight, pear, long_pear, rounded_triangle, square],
    ids=["blob", "blob in space", "eight", "pear", "long pear", "rounded triangle", "square"],
)
def test_shapes_without_symmetry_never_get_a_generator(shape, noise):
    for seed in range(2):
        found = discover(shape(500, seed, noise), seed=seed)
        assert found.verdict is not Verdict.SYMMETRIC
        assert found.dimension == 0
        assert found.group == "none"


@pytest.mark.parametrize("noise", [0.0, 1e-5, 1e-4, 1e-3, 0.01, 0.05])
def test_an_arc_of_five_degrees_is_never_called_symmetric(noise):
    for seed in range(3):
        random = np.random.default_rng(seed)
        turn = np.deg2rad(random.uniform(0, 5, 500))
        points = np.stack([np.cos(turn), np.sin(turn)], axis=1)
        points *= 1 + noise * random.standard_normal((500, 1))
        found = discover(points, seed=seed)
        assert found.verdict in (Verdict.NOT_IDENTIFIABLE, Verdict.UNDECIDED)
        assert found.dimension == 0


def test_a_cloud_has_no_gradient():
    with pytest.raises(UsageError, match="points alone have no gradient"):
        discover(annulus(100, 0), route="gradient")


# Data, learned by networks: slow, so that all tests share three trainings.

CIRCLE = potential("circle").sample(500, 0)
WELL = potential("double-well").sample(1000, 1)
LEVELS = np.digitize(WELL[1], np.quantile(WELL[1], [0.25, 0.5, 0.75]))


@pytest.fixture(scope="module")
def learned():
    """Algebras of values, of the same values permuted, and of labels."""
    points, values = CIRCLE
    mixed = np.random.default_rng(0).permutation(values)
    return {
        "values": discover(points, values, networks=2),
        "permuted": discover(points, mixed, networks=2),
        "labels": discover(WELL[0], LEVELS, networks=2),
    }


@pytest.mark.parametrize("target", ["values", "labels"])
def test_networks_that_learned_give_the_group_and_the_pairs_agree(learned, target):
    found = learned[target]
    assert (found.verdict, found.group, found.dimension) == ("symmetric", "O(2)", 1)
    assert angle(found.generators, rotations(2)[:, :, :-1]) < 2
    assert found.agreement_deg < 4
    assert found.skill > 0.9
    assert found.null > 3 * found.defects.max()
    assert found.provenance["target"] == target
    assert np.nanmax(found.finite.error) < 0.3
    assert np.nanmin(found.finite.random) > 0.1


def test_permuted_values_are_not_called_symmetric(learned):
    found = learned["permuted"]
    assert found.verdict is Verdict.UNDECIDED
    assert found.skill < 0.5
    assert (found.group, found.dimension, found.discrete) == ("none", 0, ())
    assert "more points or less noise" in found.message


def test_the_pair_route_needs_no_network():
    by_values = discover(*CIRCLE, route="pairs")
    by_labels = discover(WELL[0], LEVELS, route="pairs")
    for found in (by_values, by_labels):
        assert found.name == "SO(2)"
        assert found.skill is None
        assert angle(found.generators, rotations(2)[:, :, :-1]) < 3
    mixed = np.random.default_rng(0).permutation(CIRCLE[1])
    assert discover(CIRCLE[0], mixed, route="pairs").verdict is not Verdict.SYMMETRIC


def test_one_network_is_not_enough():
    with pytest.raises(UsageError, match="1 networks: expected at least 2"):
        discover(*CIRCLE, networks=1)


def test_too_few_points_on_each_level_are_refused():
    with pytest.raises(TooSmall, match="fewer levels"):
        discover(CIRCLE[0][:100], np.arange(100) // 5, labels=True, route="pairs")


def test_a_function_that_is_constant_in_pieces_is_refused():
    with pytest.raises(UsageError, match=r"constant in pieces.*pass points"):
        discover(lambda x, y: 1.0 if x > 0 else 0.0)


def test_a_constant_target_is_refused():
    with pytest.raises(Constant):
        discover(CIRCLE[0], np.ones(500))


# Search


def gradients(points):
    """Of (x² + y²)² with a little z: SO(2) and nothing else."""
    square = (points[:, :2] ** 2).sum(axis=1)
    return np.c_[4 * square[:, None] * points[:, :2], np.cos(points[:, 2]) + 2][None, :, None]


BOX = np.random.default_rng(0).uniform(-1, 1, (400, 3))


@settings(max_examples=5)
@given(st.floats(-6, 6), st.floats(-5, 5), st.floats(-5, 5), st.floats(-3, 3))
def test_the_spectrum_has_no_unit_and_no_origin(rows, one, other, shift):
    units = 10.0 ** np.array([one, one, other])
    expected = search(gradients(BOX), BOX, "affine", 0, exact=True)
    moved = BOX * units + shift * units
    found = search(10.0**rows * gradients(BOX) / units, moved, "affine", 0, exact=True)
    np.testing.assert_allclose(found.spectrum, expected.spectrum, atol=1e-5)
    assert found.dimension == expected.dimension == 1
    assert found.null == pytest.approx(expected.null, abs=1e-5)


def test_permuted_rows_have_a_large_defect():
    found = search(gradients(BOX), BOX, "affine", 0, exact=True)
    assert found.defects.max() < 1e-6
    assert found.null > 0.05
    mixed = np.random.default_rng(5).permutation(len(BOX))
    assert search(gradients(BOX)[:, mixed], BOX, "affine", 0, exact=True).dimension == 0


def noisy(size, seed=0):
    random = np.random.default_rng(seed)
    rows = np.repeat(gradients(BOX), 4, axis=0)
    return rows + size * np.abs(rows).mean() * random.standard_normal(rows.shape)


def test_a_symmetry_is_found_in_witnesses_with_noise_and_not_in_noise_alone():
    found = search(noisy(0.1), BOX, "affine", 0)
    assert found.dimension == 1
    assert found.angle_deg < 10
    alone = noisy(0.1) - np.repeat(gradients(BOX), 4, axis=0)
    assert search(alone, BOX, "affine", 0).dimension == 0


@pytest.mark.parametrize("seed", range(3))
def test_the_interval_of_a_defect_holds_the_defect(seed):
    found = search(noisy(0.1, seed), BOX, "affine", 0)
    assert found.dimension == 1
    low, high = found.intervals[0]
    assert low <= found.defects[0] <= high
    assert high < 0.1


# Verdicts


def witness(**changes):
    found = search(noisy(0.02), BOX, "affine", 0)
    return Witness(noisy(0.02), BOX, found, **changes)


def named(found):
    return name_algebra(homogeneous(found.fields))


def test_what_is_found_well_is_symmetric():
    seen = witness(skill=0.95)
    verdict, message = judge(seen, named(seen.found), None)
    assert verdict is Verdict.SYMMETRIC
    assert message.startswith("1 generator,")


@pytest.mark.parametrize("labels", [False, True])
def test_networks_that_learned_nothing_are_not_believed(labels):
    seen = witness(skill=0.3, labels=labels)
    verdict, message = judge(seen, named(seen.found), None)
    assert verdict is Verdict.UNDECIDED
    assert "learned 0.30" in message
    assert "more points or less noise" in message


def test_a_span_that_varies_between_resamples_is_not_identifiable():
    seen = witness()
    seen = replace(seen, found=replace(seen.found, angle_deg=40.0))
    verdict, message = judge(seen, named(seen.found), None)
    assert verdict is Verdict.NOT_IDENTIFIABLE
    assert "40°" in message


def test_fields_that_are_no_algebra_are_not_identifiable():
    seen = witness()
    two = np.random.default_rng(0).standard_normal((2, 3, 4))
    found = replace(seen.found, fields=two, defects=np.zeros(2), intervals=np.zeros((2, 2)))
    assert named(found).name == "not an algebra"
    assert judge(replace(seen, found=found), named(found), None)[0] is Verdict.NOT_IDENTIFIABLE


def test_a_control_that_does_as_well_leaves_it_undecided():
    seen = witness()
    found = replace(seen.found, defects=np.full(1, 0.05), null=0.06)
    assert judge(replace(seen, found=found), named(found), None)[0] is Verdict.UNDECIDED


def test_routes_that_contradict_each_other_leave_it_undecided():
    seen = witness()
    normals = np.repeat(np.random.default_rng(0).standard_normal((1, 400, 1, 3)), 2, axis=0)
    other = Witness(normals, BOX, seen.found)
    verdict, message = judge(seen, named(seen.found), other)
    assert verdict is Verdict.UNDECIDED
    assert "contradict" in message
    same = Witness(noisy(0.02)[:2], BOX, seen.found)
    assert judge(seen, named(seen.found), same)[0] is Verdict.SYMMETRIC


@pytest.mark.parametrize(
    ("interval", "verdict"), [((0.2, 0.3), Verdict.NONE), ((0.05, 0.3), Verdict.UNDECIDED)]
)
def test_nothing_found_is_none_only_if_it_is_clear(interval, verdict):
    seen = witness(skill=0.95)
    nothing = replace(
        seen.found, fields=seen.found.fields[:0], defects=np.zeros(0), approximate=0,
        next_interval=interval,
    )  # fmt: skip
    assert judge(replace(seen, found=nothing), None, None)[0] is verdict


def test_spans_are_compared_whatever_their_basis():
    seen = witness().found
    assert apart(seen, replace(seen, fields=-3 * seen.fields)) < 1e-6
    assert apart(seen, replace(seen, fields=seen.fields[:0])) is None


# Algebra


def test_a_tidy_basis_spans_the_same_and_shows_the_turns_of_two_coordinates():
    mixed = np.random.default_rng(0).standard_normal((3, 3))
    fields = np.einsum("nk,kde->nde", mixed, rotations(3))
    found = tidy(fields)
    assert angle(found, fields) < 1e-9
    np.testing.assert_allclose(np.linalg.norm(found[:, :, :-1], axis=(1, 2)), np.sqrt(2))
    np.testing.assert_allclose(np.sort(np.abs(found).sum(axis=(1, 2))), 2, atol=1e-9)
    shift = np.array([[[0.0, 0.0, 3.0], [0.0, 0.0, 4.0]]])
    np.testing.assert_allclose(tidy(shift)[0, :, -1], [0.6, 0.8])
    assert tidy(fields[:0]).shape == (0, 3, 4)


@pytest.mark.parametrize("name", ["elliptic-well", "stripes-3", "lorentz", "d4"])
def test_exported_arrays_make_the_algebra_again(name):
    source = potential(name)
    size = source.dimension
    found = discover(source, dimension=size, domain=(source.low, source.high))
    arrays = found.arrays()
    number = len(source.generators)
    assert arrays["lie_algebra"].shape == (number, size, size)
    assert arrays["discrete_generators"].shape == (len(found.discrete), size, size)
    assert arrays["centre"].shape == (size,)
    assert arrays["shifts"].shape == (number, size)
    points, values = source.sample(100, 3)
    # As the docstring has it: subtract the centre, then dx/dt = A x + b.
    inside = points - arrays["centre"]
    for linear, shift in zip(arrays["lie_algebra"], arrays["shifts"], strict=True):
        matrix = np.vstack([np.c_[linear, shift], np.zeros(size + 1)])
        moved = (np.c_[inside, np.ones(100)] @ expm(0.3 * matrix).T)[:, :-1]
        np.testing.assert_allclose(source(moved + arrays["centre"]), values, atol=1e-6)
    for linear in arrays["discrete_generators"]:
        moved = inside @ linear.T + arrays["centre"]
        np.testing.assert_allclose(source(moved), values, atol=1e-3)
    if found.naming is not None and found.naming.centre is not None:
        np.testing.assert_allclose(arrays["shifts"], 0, atol=1e-7)


def test_homogeneous_generators_act_on_points():
    found = discover(lambda x, y: np.hypot(x - 0.3, y + 0.1))
    (matrix,) = found.homogeneous
    assert matrix.shape == (3, 3)
    np.testing.assert_allclose(expm(np.pi * matrix) @ [0.5, 0.0, 1], [0.1, -0.2, 1], atol=1e-6)


def test_mirrors_turn_so_into_o():
    found = discover(lambda x, y: np.hypot(x, y))
    assert (found.name, found.group) == ("SO(2)", "O(2)")
    assert replace(found, discrete=()).group == "SO(2)"


def test_an_algebra_of_nothing_is_a_row_and_arrays_too():
    empty = Algebra(Verdict.UNDECIDED, "nothing is known", 4, "affine")
    row = json.loads(json.dumps(empty.to_row(), allow_nan=False))
    assert (row["group"], row["dimension"], row["generators"]) == ("none", 0, [])
    assert {key: value.shape for key, value in empty.arrays().items()} == {
        "lie_algebra": (0, 4, 4), "discrete_generators": (0, 4, 4), "centre": (4,),
        "shifts": (0, 4),
    }  # fmt: skip
    assert empty.homogeneous.shape[0] == 0

"""Agreement maps: the known element is found where it is, and chance agrees with nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates

from fakes.small import grid
from symscope.features.correlation import (
    MINIMUM_OVERLAP,
    MIRROR_ANGLES,
    REACH,
    VARIANCE_FLOOR,
    element_maps,
    mirror_parts,
    shift_agreement,
)
from symscope.groups import ORDERS, Isometry, cyclic

SIDE = 32
ONE = ((0,),)
MAPS = ("mirror", "rotation", "translation")


def landscape(seed, count=9):
    """A smooth random function of the plane without symmetry."""
    rng = np.random.default_rng(seed)
    waves, phases = rng.normal(size=(count, 2)) * 4, rng.uniform(0, 7, count)
    return lambda points: np.cos(points @ waves.T + phases).sum(axis=-1)


def picture(potential, side=SIDE):
    """Two levels of a potential, as one channel."""
    values = potential(np.stack(grid(side), axis=-1))
    return (values > np.median(values)).astype(np.float32)[None]


def averaged(base, elements):
    return lambda points: sum(base(element(points)) for element in elements)


def peak(agreement):
    return np.unravel_index(agreement.argmax(), agreement.shape)


@settings(max_examples=15)
@given(
    step=st.integers(0, MIRROR_ANGLES - 1), offset=st.floats(-0.35, 0.35), seed=st.integers(0, 99)
)
def test_a_mirror_is_found_at_its_angle_and_offset(step, offset, seed):
    angle = np.pi * step / MIRROR_ANGLES
    mirror = Isometry.mirror([-np.sin(angle), np.cos(angle)], offset)
    levels = picture(averaged(landscape(seed), [Isometry.identity(), mirror]))
    agreement = element_maps(levels, ONE).mirror[0]
    found_step, found_offset = peak(agreement)
    assert agreement.max() > 0.7
    away = abs(found_step - step)
    assert min(away, MIRROR_ANGLES - away) <= 1
    sign = 1 if away <= 1 else -1  # across 180° the normal points the other way
    places = np.linspace(-REACH, REACH, agreement.shape[1])
    assert sign * places[found_offset] == pytest.approx(offset, abs=2 / SIDE)


@settings(max_examples=10)
@given(
    order=st.sampled_from(ORDERS),
    centre=st.tuples(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3)),
    seed=st.integers(0, 99),
)
def test_a_rotation_is_found_at_its_order_and_centre(order, centre, seed):
    agreement = element_maps(picture(averaged(landscape(seed), cyclic(order, centre))), ONE)
    surface = agreement.rotation[0, ORDERS.index(order)]
    row, column = peak(surface)
    places = np.linspace(-REACH, REACH, len(surface))
    assert surface.max() > 0.7
    assert (places[column], -places[row]) == pytest.approx(centre, abs=2.5 / SIDE)


@pytest.mark.parametrize("vector", [(0.5, 0.25), (-0.25, 0.625), (0.75, -0.375)])
def test_a_shift_is_found_where_it_leads(vector):
    period = np.array(vector)

    def base(points):
        turns = 2 * np.pi * (points @ period) / (period @ period)
        across = points @ np.array([-period[1], period[0]])
        return np.cos(turns + 0.4 * np.cos(5 * across)) + np.cos(2 * turns + 4 * across) + across

    surface = element_maps(picture(base), ONE).translation[0]
    side = len(surface)
    column, row = (side // 2 + vector[0] * SIDE / 2, side // 2 - vector[1] * SIDE / 2)
    assert surface[int(row), int(column)] > 0.8
    np.testing.assert_allclose(surface, surface[::-1, ::-1], atol=1e-4)  # v and -v
    assert surface[side // 2, side // 2] == surface.max()


@pytest.mark.parametrize("seed", range(3))
def test_noise_agrees_with_nothing(seed):
    noise = np.random.default_rng(seed).integers(0, 2, (1, SIDE, SIDE)).astype(np.float32)
    maps = element_maps(noise, ONE)
    assert maps.mirror.max() < 0.4
    assert maps.rotation.max() < 0.4
    near = SIDE // 2
    shifts = maps.translation[0].copy()
    assert shifts[near, near] > 0.85  # the control: a shift by nothing
    shifts[near, near] = 0
    assert shifts.max() < 0.4


def test_an_unsymmetric_picture_agrees_less_than_a_symmetric_one():
    base, mirror = landscape(7), Isometry.mirror([0.0, 1.0], 0.1)
    exact = element_maps(picture(averaged(base, [Isometry.identity(), mirror])), ONE)
    unsymmetric = element_maps(picture(base), ONE)
    assert unsymmetric.mirror.max() < exact.mirror.max() - 0.15


def test_a_blank_picture_agrees_with_nothing():
    maps = element_maps(np.full((1, SIDE, SIDE), 0.7, np.float32), ONE)
    for name in MAPS:
        values = getattr(maps, name)
        assert np.isfinite(values).all()
        assert np.abs(values).max() < 1e-3


@settings(max_examples=10)
@given(st.integers(0, 99))
def test_agreement_is_a_correlation(seed):
    values = np.random.default_rng(seed).normal(size=(2, SIDE, SIDE)).astype(np.float32)
    maps = element_maps(values, ((0, 1),))
    for name in MAPS:
        assert np.abs(getattr(maps, name)).max() <= 1 + 1e-4


def test_inverting_the_colours_changes_nothing():
    levels = picture(landscape(3))
    one, other = element_maps(levels, ONE), element_maps(1 - levels, ONE)
    for name in MAPS:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-4)


def test_brightness_and_contrast_change_nothing():
    values = landscape(5)(np.stack(grid(SIDE), axis=-1)).astype(np.float32)[None]
    one, other = element_maps(values, ONE), element_maps(3 * values + 2, ONE)
    for name in MAPS:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-3)


def test_groups_are_compared_apart_and_in_any_order():
    channels = np.concatenate([picture(landscape(seed)) for seed in range(4)])
    groups = ((0,), (1, 2), (3,))
    straight = element_maps(channels, groups)
    swapped = element_maps(channels, groups[::-1])
    renamed = element_maps(channels[::-1].copy(), ((3,), (1, 2), (0,)))
    alone = element_maps(channels[1:3], ((0, 1),))
    for name in MAPS:
        whole = getattr(straight, name)
        np.testing.assert_allclose(getattr(swapped, name)[::-1], whole, atol=1e-5)
        np.testing.assert_allclose(getattr(renamed, name), whole, atol=1e-5)
        np.testing.assert_allclose(getattr(alone, name)[0], whole[1], atol=1e-5)


def test_signs_of_a_vector_s_components_do_not_matter():
    channels = np.concatenate([picture(landscape(seed)) for seed in range(2)]) - 0.5
    one = element_maps(channels, ((0, 1),))
    other = element_maps(channels * np.array([1, -1], np.float32)[:, None, None], ((0, 1),))
    for name in MAPS:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-5)


def by_hand(one, other):
    """Correlation of what two overlapping cuts show, by sums instead of Fourier transforms."""
    floor = VARIANCE_FLOOR * 0.25  # the variance of half 0 and half 1
    covariance = (one * other).mean() - one.mean() * other.mean()
    return covariance / np.sqrt((one.var() + floor) * (other.var() + floor))


@pytest.mark.parametrize("shift", [(5, 3), (-4, 9), (0, 12)])
def test_the_fourier_way_gives_what_sums_give(shift):
    right, up = shift
    levels = picture(landscape(11))
    shifts = element_maps(levels, ONE).translation[0]
    came_from_row = np.arange(SIDE)[:, None] + up
    came_from_column = np.arange(SIDE)[None] - right
    inside = (came_from_row % SIDE == came_from_row) & (came_from_column % SIDE == came_from_column)
    original = levels[0][inside]
    copy = np.roll(levels[0], (-up, right), (0, 1))[inside]
    expected = by_hand(original, copy)
    assert shifts[SIDE // 2 - up, SIDE // 2 + right] == pytest.approx(expected, abs=1e-3)


def test_a_mirror_s_agreement_is_that_of_the_flipped_picture():
    levels = picture(landscape(12))
    agreement = element_maps(levels, ONE).mirror[0]
    middle = agreement.shape[1] // 2
    upright = agreement[MIRROR_ANGLES // 2, middle]
    assert upright == pytest.approx(by_hand(levels[0], levels[0][:, ::-1]), abs=1e-3)
    level = agreement[0, middle]
    assert level == pytest.approx(by_hand(levels[0], levels[0][::-1]), abs=1e-3)


def test_a_half_turn_s_agreement_is_that_of_the_turned_picture():
    levels = picture(landscape(13))
    agreement = element_maps(levels, ONE).rotation[0]
    middle = agreement.shape[1] // 2
    for order, quarters in ((2, 2), (4, 1)):
        found = agreement[ORDERS.index(order), middle, middle]
        expected = by_hand(levels[0], np.rot90(levels[0], quarters))
        assert found == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("side", [16, 32])
def test_shapes_are_those_documented(side):
    maps = element_maps(picture(landscape(0), side).repeat(2, axis=0), ((0,), (1,)))
    assert maps.mirror.shape[:2] == (2, MIRROR_ANGLES)
    assert maps.rotation.shape == (2, len(ORDERS), side // 2 + 1, side // 2 + 1)
    assert maps.translation.shape == (2, side + 1, side + 1)


def test_what_the_frame_hides_counts_for_nothing():
    # Shifts to the corners by half a frame each leave a quarter of the frame in common.
    assert MINIMUM_OVERLAP > 0.25
    shifts = element_maps(picture(landscape(1)), ONE).translation[0]
    np.testing.assert_array_equal(shifts[[0, 0, -1, -1], [0, -1, 0, -1]], 0.0)
    assert shifts[0, SIDE // 2] != 0.0


def linear_part(kind, which):
    """Mirror in the axis of angle number ``which``, or rotation of this order."""
    angle = 2 * np.pi * which / MIRROR_ANGLES if kind == "mirror" else 2 * np.pi / which
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, sin], [sin, -cos]] if kind == "mirror" else [[cos, -sin], [sin, cos]])


def slow_agreement(channels, part, down, right):
    """Compare channels (c, S, S) with their copies, shifted by whole steps, point by point."""
    side = channels.shape[-1]
    middle = (side - 1) / 2
    rows, columns = np.mgrid[:side, :side].astype(float)
    x, y = columns - right - middle, middle - (rows - down)
    of_copy = (np.abs(x) < side / 2) & (np.abs(y) < side / 2)
    came_x, came_y = np.einsum("ij,jrc->irc", np.linalg.inv(part), np.stack([x, y]))
    inside = of_copy & (np.abs(came_x) <= middle + 1e-9) & (np.abs(came_y) <= middle + 1e-9)
    if inside.sum() < MINIMUM_OVERLAP * side**2:
        return 0.0
    centred = channels - channels.mean(axis=(1, 2), keepdims=True)
    came_from = [middle - came_y, middle + came_x]
    copies = np.stack([map_coordinates(c, came_from, order=1, mode="nearest") for c in centred])
    one, other = centred[:, inside], copies[:, inside]
    floor = VARIANCE_FLOOR * (centred**2).mean(axis=(1, 2)).sum()
    variances = [v.var(axis=1).sum() + floor for v in (one, other)]
    away = [v - v.mean(axis=1, keepdims=True) for v in (one, other)]
    return (away[0] * away[1]).mean(axis=1).sum() / np.sqrt(variances[0] * variances[1])


def between(channels, part, x, y):
    """Read the slow agreement at a shift (x, y) between the steps of the grid."""
    found = 0.0
    for down in {np.floor(-y), np.ceil(-y)}:
        for right in {np.floor(x), np.ceil(x)}:
            weight = (1 - abs(-y - down)) * (1 - abs(x - right))
            if weight > 1e-6:
                found += weight * slow_agreement(channels, part, int(down), int(right))
    return found


def slow_elements(channels, groups, rng, count):
    """Draw elements → (kind, index in the maps, agreement)."""
    side = channels.shape[-1]
    reach, half = REACH * side / 2, side // 2
    centres = np.linspace(-reach, reach, half + 1)
    for _ in range(count):
        g = rng.integers(len(groups))
        some = channels[list(groups[g])]
        step, place = rng.integers(MIRROR_ANGLES), rng.integers(side + 1)
        offset = np.linspace(-reach, reach, side + 1)[place]
        angle = np.pi * step / MIRROR_ANGLES
        shift = -2 * offset * np.sin(angle), 2 * offset * np.cos(angle)
        yield "mirror", (g, step, place), between(some, linear_part("mirror", step), *shift)
        order, row, column = rng.integers(len(ORDERS)), *rng.integers(half + 1, size=2)
        centre, part = np.array([centres[column], -centres[row]]), np.eye(2)
        if np.hypot(*centre) <= reach:
            part = linear_part("rotation", ORDERS[order])
            shift = (np.eye(2) - part) @ centre
            yield "rotation", (g, order, row, column), between(some, part, *shift)
        down, right = rng.integers(-half, half + 1, size=2)
        value = slow_agreement(some, np.eye(2), down, right)
        yield "translation", (g, down + half, right + half), value


@pytest.mark.parametrize("side", [16, 21, 32])
def test_the_fast_way_gives_what_the_slow_way_gives(side):
    rng = np.random.default_rng(side)
    base = [landscape(seed)(np.stack(grid(side), axis=-1)) for seed in range(4)]
    channels = np.stack(base) * np.array([1, 0.3, 0.1, 0.05])[:, None, None]
    groups = ((0,), (1, 2, 3))
    maps = element_maps(channels.astype(np.float32), groups)
    seen = []
    for kind, index, expected in slow_elements(channels, groups, rng, 60):
        assert getattr(maps, kind)[index] == pytest.approx(expected, abs=5e-6), (kind, index)
        seen.append(expected)
    assert np.abs(seen).max() > 0.3


def test_centres_out_of_reach_agree_with_nothing():
    rotation = element_maps(picture(landscape(2)), ONE).rotation[0]
    for corner in (rotation[:, 0, 0], rotation[:, -1, 0], rotation[:, 0, -1], rotation[:, -1, -1]):
        np.testing.assert_array_equal(corner, 0)


@pytest.mark.parametrize("count", [2, 3, 8, 13])
def test_pictures_together_are_seen_as_each_alone(count):
    many = np.random.default_rng(count).normal(size=(count, 3, SIDE, SIDE)).astype(np.float32)
    groups = ((0,), (1, 2))
    together = element_maps(many, groups)
    for number, one in enumerate(many):
        alone = element_maps(one, groups)
        for name in MAPS:
            # To the last bit: a score must not depend on its neighbours.
            np.testing.assert_array_equal(getattr(together, name)[number], getattr(alone, name))


def test_pictures_have_any_leading_axes():
    many = np.random.default_rng(0).normal(size=(2, 3, 1, 16, 16)).astype(np.float32)
    whole, flat = element_maps(many, ONE), element_maps(many.reshape(6, 1, 16, 16), ONE)
    for name in MAPS:
        assert getattr(whole, name).shape[:3] == (2, 3, 1)
        np.testing.assert_array_equal(
            getattr(whole, name).reshape(getattr(flat, name).shape), getattr(flat, name)
        )


@pytest.mark.parametrize("shape", [(1, 24, 24), (2, 20, 33), (3, 40, 17)])
@pytest.mark.parametrize("least", [0.35, 0.5, 0.6])
def test_every_shift_is_compared_as_a_sum_over_what_overlaps(shape, least):
    values = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    centred = values - values.mean(axis=(1, 2), keepdims=True)
    _, rows, columns = shape
    parts = np.concatenate([np.eye(2)[None], mirror_parts(np.array([np.pi / 2, 0.0]))])
    surfaces = shift_agreement(values, parts, least)
    middle = np.array(surfaces.shape[1:]) // 2

    def slow(copy, down, right):
        here = centred[:, max(0, down) : rows + down, max(0, right) : columns + right]
        there = copy[:, max(0, -down) : rows - down, max(0, -right) : columns - right]
        count = here[0].size
        if count / (rows * columns) < least:
            return -1.0
        floor = VARIANCE_FLOOR * centred.var(axis=(1, 2)).sum()
        covariance, *variances = (
            (a * b).sum() / count - (a.mean(axis=(1, 2)) * b.mean(axis=(1, 2))).sum()
            for a, b in ((here, there), (here, here), (there, there))
        )
        return covariance / np.sqrt((variances[0] + floor) * (variances[1] + floor))

    copies = (centred, centred[:, :, ::-1], centred[:, ::-1])
    for surface, copy in zip(surfaces, copies, strict=True):
        for down in range(-middle[0], middle[0]):
            for right in range(-middle[1], middle[1], 3):
                found = surface[middle[0] + down, middle[1] + right]
                assert found == pytest.approx(slow(copy, down, right), abs=1e-5)
    # All shifts that count are inside: around them nothing is compared enough.
    assert (surfaces[:, [0, 1, -1]] == -1).all()
    assert (surfaces[:, :, [0, 1, -1]] == -1).all()

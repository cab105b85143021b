"""Features: one shape whatever is given, each network's its own, nothing from nothing."""

import numpy as np
import pytest

from fakes.small import disc
from symscope.features.features import (
    CHANNELS,
    COMPONENTS,
    GRID,
    GROUPS,
    count_numbers,
    defects,
    features,
    numbers,
    pixel_maps,
)
from symscope.features.lie_defect import rigid_fields


@pytest.fixture(scope="module")
def maps():
    """Maps of three networks, made up; the third one has the first component only."""
    maps = np.random.default_rng(0).normal(size=(3, COMPONENTS, GRID, GRID)).astype(np.float32)
    maps[2, 1:] = 0
    return maps


@pytest.fixture(scope="module")
def plane():
    return np.random.default_rng(1).random((3, GRID, GRID)).astype(np.float32)


# Pictures


def test_what_is_not_given_is_zero(maps, plane):
    of_maps, of_plane, of_both = (
        features(maps, None, 2),
        features(None, plane, 2),
        features(maps, plane, 2),
    )
    np.testing.assert_array_equal(of_maps["picture"][:, :COMPONENTS], maps)
    np.testing.assert_array_equal(of_plane["picture"][:, COMPONENTS], plane)
    assert not of_maps["picture"][:, COMPONENTS].any()
    assert not of_plane["mirror"][:, :2].any()
    assert of_plane["mirror"][:, 2].any()
    orders = of_plane["rotation"].reshape(3, len(GROUPS), -1)
    assert orders.any(axis=(0, 2)).tolist() == [False, False, True]
    for key, value in of_both.items():
        np.testing.assert_array_equal(value, of_maps[key] + of_plane[key])


def test_groups_share_out_all_channels():
    assert sorted(channel for group in GROUPS for channel in group) == list(range(CHANNELS))


def test_pixels_are_averaged_into_the_first_map():
    levels = disc()
    maps = pixel_maps(levels)
    assert maps.shape == (1, GRID, GRID)
    assert (maps.min(), maps.max()) == (-1, 1)
    assert maps.mean() == pytest.approx(2 * levels.mean() - 1, abs=1e-6)
    assert maps[0, 0, 0] == -1
    np.testing.assert_array_equal(pixel_maps(levels[0]), levels[:1])


def test_features_of_nothing_are_nothing():
    nothing = features(np.zeros((1, 1, GRID, GRID)), None, 2)
    something = features(pixel_maps(disc())[None], None, 2)
    for key, value in nothing.items():
        assert value.shape == something[key].shape
        np.testing.assert_array_equal(value, 0)


def test_pictures_together_have_the_features_of_each_alone(maps):
    together = features(maps, None, 2)
    for number, network in enumerate(maps):
        for key, value in features(network[None], None, 2).items():
            np.testing.assert_array_equal(together[key][number], value[0])


def test_the_sign_of_a_component_changes_no_agreement(maps, plane):
    signs = np.array([-1, 1, 1, 1], np.float32)[:, None, None]
    one, other = features(maps, plane, 2), features(maps * signs, plane, 2)
    for key in ("mirror", "rotation", "translation"):
        np.testing.assert_allclose(other[key], one[key], atol=1e-5)


# Signals and volumes


@pytest.mark.parametrize("dimension", [1, 3])
def test_numbers_have_one_shape_whatever_is_given(dimension):
    side = {1: 256, 3: 12}[dimension]
    maps = np.random.default_rng(0).normal(size=(4, *(side,) * dimension)).astype(np.float32)
    for given in (maps, np.zeros_like(maps[:1])):
        measured = numbers(given)
        assert measured.shape == (count_numbers(dimension),)
        assert np.isfinite(measured).all()
    plane = np.ones((2, GRID, GRID))
    of_plane = features(None, plane, dimension)
    assert of_plane["numbers"].shape == (2, count_numbers(dimension))
    np.testing.assert_array_equal(of_plane["plane"], plane)


def test_defects_tell_rods_and_balls_from_noise():
    side = 24
    along = (2 * np.arange(side) + 1 - side) / side
    x, y, z = np.meshgrid(along, along, along, indexing="ij")
    rods = defects(np.cos(4 * x + np.sin(3 * y))[None])
    assert rods[0] < 0.05
    assert rods[1] > 0.3
    ball = defects(np.cos(5 * np.sqrt(x**2 + y**2 + z**2))[None])
    assert ball[3:6].max() < 0.15
    assert ball[0] > 0.5


def test_rigid_fields_are_rigid():
    points = np.random.default_rng(0).normal(size=(4, 6))
    fields = rigid_fields(points)
    assert fields.shape == (10, 4, 6)
    step = 1e-4
    moved = points + step * fields[7]
    before = np.linalg.norm(points[:, :3] - points[:, 3:], axis=0)
    after = np.linalg.norm(moved[:, :3] - moved[:, 3:], axis=0)
    assert after == pytest.approx(before, abs=1e-6)

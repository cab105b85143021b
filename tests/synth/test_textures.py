"""Textures: what bodies and grounds are made of."""

import numpy as np
import pytest

from symscope.synth.textures import (
    TEXTURE_REACH,
    TEXTURE_SIDE,
    flat_shape,
    in_colours,
    looked_up,
    texture,
)


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("seed", range(8))
def test_a_texture_is_drawn_by_its_seed_and_has_no_mirror(seed):
    drawn = texture(rng(seed), 0)
    assert drawn.shape == (TEXTURE_SIDE, TEXTURE_SIDE)
    assert 0 <= drawn.min() < drawn.max() <= 1
    np.testing.assert_array_equal(drawn, texture(rng(seed), 0))
    for mirrored in (drawn[::-1], drawn[:, ::-1]):
        assert ((drawn - mirrored) ** 2).mean() > 0.1 * drawn.var()


@pytest.mark.parametrize("levels", [2, 4])
def test_a_texture_has_the_levels_that_were_asked_for(levels):
    assert max(len(np.unique(texture(rng(seed), levels))) for seed in range(6)) == levels


def test_a_texture_is_read_at_points():
    ramp = np.tile(np.arange(TEXTURE_SIDE, dtype=float), (TEXTURE_SIDE, 1))
    x = np.array([-0.5, 0.0, 0.5]) * TEXTURE_REACH
    middle = (TEXTURE_SIDE - 1) / 2
    expected = middle + np.array([-1, 0, 1]) * TEXTURE_SIDE / 4
    np.testing.assert_allclose(looked_up(ramp, x, 0 * x), expected)


@pytest.mark.parametrize("move", [np.fliplr, np.flipud, np.rot90])
def test_in_colours_what_moves_alike_moves_alike(move):
    grey = texture(rng(1), 0)
    coloured = in_colours(grey, rng(2))
    assert coloured.shape == (*grey.shape, 3)
    assert 0 <= coloured.min() < coloured.max() <= 1
    assert np.ptp(coloured, axis=-1).max() > 0.1
    np.testing.assert_array_equal(in_colours(move(grey), rng(2)), move(coloured))


def test_a_flat_shape_covers_some_of_the_frame():
    x, y = np.meshgrid(np.linspace(-1, 1, 60), np.linspace(-1, 1, 60))
    for seed in range(20):
        inside, level = flat_shape(rng(seed))
        covered = inside(x, y)
        assert covered.shape == x.shape
        assert covered.dtype == bool
        assert covered.mean() < 0.95
        assert 0 <= level <= 1

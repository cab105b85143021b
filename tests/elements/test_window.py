"""What part of a picture is looked at."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn import grid, on_plain_ground
from symscope.elements.window import LEAST_BODY, ROOM, looked_at


@given(
    place=st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5)),
    size=st.floats(0.2, 0.45),
    levels=st.tuples(st.floats(0.1, 1.0), st.floats(-1.0, 1.0)),
)
def test_the_window_holds_the_body_and_follows_a_mirror_and_other_levels(place, size, levels):
    picture = on_plain_ground(place, size)
    middle, side = looked_at(picture)
    there = np.stack(grid(), axis=-1)[np.abs(picture - 0.2) > 0.05]
    assert (np.abs(there - middle) <= side / 2).all()
    assert side < 2.0
    (x, y), mirrored_side = looked_at(picture[:, ::-1])
    assert (-x, y, mirrored_side) == pytest.approx((*middle, side))
    scale, shift = levels
    for other in (picture * scale + shift, shift - picture * scale):
        again = looked_at(other)
        assert (*again.middle, again.side) == pytest.approx((*middle, side), abs=0.05)


def test_without_a_plain_ground_the_middle_is_looked_at():
    noisy = on_plain_ground((0.4, 0.4), 0.3) + 0.05 * np.random.default_rng(0).random((96, 96))
    assert looked_at(noisy).side == 2.0
    assert looked_at(noisy, side=1.0).side == 1.0
    assert looked_at(np.ones((96, 96))).side == 2.0
    # A speck is looked at with some ground about it.
    assert looked_at(on_plain_ground((0.5, 0.5), 0.05)).side == LEAST_BODY * 2 * ROOM


@given(place=st.tuples(st.floats(-0.4, 0.4), st.floats(-0.4, 0.4)), size=st.floats(0.1, 0.45))
def test_of_a_part_that_was_chosen_nothing_beyond_it_is_looked_at(place, size):
    middle, side = looked_at(on_plain_ground(place, size), side=1.0)
    assert (np.abs(middle) + side / 2 <= 0.5 + 1e-9).all()

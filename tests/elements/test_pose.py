"""A picture, its mirror image and its quarter turns are searched in one pose."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symscope.elements.element import Element
from symscope.elements.evidence import evidence
from symscope.elements.find import reflection, rotations_about
from symscope.elements.pose import Pose
from symscope.groups import Isometry, Symmetry
from symscope.synth.scenes import SIDE, scene

POSES = [Pose(mirrored, quarters) for mirrored in (False, True) for quarters in range(4)]


def picture(rows, columns, seed=0):
    return np.random.default_rng(seed).random((rows, columns))


@given(st.integers(2, 9), st.integers(2, 9), st.integers(0, 99), st.sampled_from(POSES))
@settings(max_examples=40, deadline=None)
def test_all_poses_of_a_picture_have_one(rows, columns, seed, pose):
    one = picture(rows, columns, seed)
    other = pose.posed(one)
    np.testing.assert_array_equal(Pose.of(one).posed(one), Pose.of(other).posed(other))
    assert Pose.of(1 - one) == Pose.of(one)


@pytest.mark.parametrize("pose", POSES)
def test_pixels_and_points_are_brought_into_a_pose_alike(pose):
    values = np.zeros((5, 5))
    values[0, 3] = 1  # At (1, 2), y up.
    row, column = np.argwhere(pose.posed(values))[0]
    np.testing.assert_allclose(pose.move([1, 2]), [column - 2, 2 - row])


@pytest.mark.parametrize("pose", POSES)
def test_what_is_found_in_a_pose_is_turned_back(pose):
    moves = reflection(0.7, 0.2)
    mirror = pose.undone(Element("mirror", moves, 0.9, angle_deg=np.rad2deg(0.7), offset=0.2))
    (again,) = reflection(np.deg2rad(mirror.angle_deg), mirror.offset)
    np.testing.assert_allclose(again.linear, mirror.moves[0].linear, atol=1e-9)
    np.testing.assert_allclose(again.shift, mirror.moves[0].shift, atol=1e-9)
    place = np.array([0.3, -0.1])
    np.testing.assert_allclose(
        pose.move(mirror.moves[0](place)), moves[0](pose.move(place)), atol=1e-9
    )
    turn = pose.undone(
        Element("rotation", rotations_about([2.0], 0.3, 0.1), 0.9, order=3, centre=(0.3, 0.1))
    )
    np.testing.assert_allclose(turn.moves[0](turn.centre), turn.centre, atol=1e-9)
    shift = pose.undone(
        Element("translation", (Isometry.translation((0.2, 0.1)),), 0.9, vector=(0.2, 0.1))
    )
    np.testing.assert_allclose(shift.moves[0].shift, shift.vector, atol=1e-9)


def test_a_picture_and_its_quarter_turn_have_the_same_evidence():
    each = scene(Symmetry.MIRROR, np.random.default_rng(2))
    assert max(each.grey.shape) == SIDE
    one, other = evidence(each.grey), evidence(np.rot90(each.grey))
    np.testing.assert_allclose(one.numbers, other.numbers, atol=1e-6)
    best = int(np.argmax(one.column("high_pass")))
    assert one.candidates[best].symmetry is other.candidates[best].symmetry

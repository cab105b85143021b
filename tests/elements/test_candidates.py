"""Candidates: each symmetry that a picture may have is listed once, at its best place."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from drawn import dots, grid, mirrored, on_plain_ground
from symscope.elements.candidates import (
    SAME_AXIS,
    SAME_DIRECTION,
    SAME_PERIOD,
    SAME_PLACE,
    Source,
    apart,
    lattice_candidates,
    planar_candidates,
)
from symscope.elements.evidence import evidence
from symscope.elements.find import stripes_of
from symscope.elements.scene import SampledScene
from symscope.groups import Symmetry

X, Y = grid()
PICTURES = {
    "mirror": mirrored(40.0),
    "rosette": np.cos(5 * np.arctan2(Y, X)) * np.exp(-8 * (np.hypot(X, Y) - 0.5) ** 2),
    "body": on_plain_ground((0.2, -0.1), 0.5),
    "disc": np.exp(-8 * (np.hypot(X - 0.1, Y) - 0.4) ** 2),
    "bars": np.sin(20 * (X + 0.3 * Y)),
    "dots": dots(20.0),
    "noise": np.random.default_rng(0).normal(size=X.shape),
}


def away(one, other):
    """Distance of two candidates of one class, in what makes them one."""
    first, second = one.elements[0], other.elements[0]
    if one.symmetry is Symmetry.REPEATED:
        if len(one.elements) != len(other.elements):
            return np.inf
        there = np.array([[p.vector, np.negative(p.vector)] for p in other.elements])
        near = [np.linalg.norm(there - p.vector, axis=-1).min() for p in one.elements]
        return max(near) / SAME_PERIOD
    if first.centre is not None:
        return np.hypot(*np.subtract(first.centre, second.centre)) / SAME_PLACE
    same = SAME_DIRECTION if one.symmetry is Symmetry.STRIPED else SAME_AXIS
    turned = apart(first.angle_deg, second.angle_deg) / same
    if first.offset is None:
        return turned
    sign = -1 if abs(first.angle_deg - second.angle_deg) > 90 else 1
    return max(turned, abs(first.offset - sign * second.offset) / SAME_PLACE)


@pytest.mark.parametrize("name", PICTURES)
def test_no_two_candidates_nearly_coincide(name):
    listed = evidence(PICTURES[name]).candidates
    for number, one in enumerate(listed):
        for other in listed[:number]:
            if (one.symmetry, one.order) == (other.symmetry, other.order):
                assert away(one, other) >= 0.999


@pytest.mark.parametrize("brightness", [0.0, 5.0])
def test_the_direction_of_stripes_does_not_depend_on_how_bright_the_ground_is(brightness):
    """What lies beyond the frame is nothing: a bright picture has no edge there."""
    weak = gaussian_filter(np.random.default_rng(4).normal(size=(96, 160)), 6)
    of_dark, of_bright = (stripes_of(SampledScene(v)) for v in (weak, brightness - weak))
    assert of_bright.angle_deg == pytest.approx(of_dark.angle_deg, abs=0.01)


def test_of_those_that_coincide_the_best_in_the_picture_is_kept():
    exact = SampledScene(PICTURES["rosette"])
    shifted = SampledScene(np.roll(PICTURES["rosette"], 1, axis=1))
    best, other = (Source.of(scene, scene) for scene in (exact, shifted))
    worse = replace(other, coarse=exact, fine=exact)
    for listed in ([worse, best], [best, worse]):
        (centre,) = [
            c.elements[0].centre
            for c in planar_candidates(listed)
            if c.symmetry is Symmetry.CYCLIC
            and c.order == 5
            and np.hypot(*c.elements[0].centre) < SAME_PLACE
        ]
        assert centre == pytest.approx((0.0, 0.0), abs=0.005)


def test_a_lattice_that_two_views_suggest_is_listed_once():
    scene = SampledScene(PICTURES["dots"])
    stripes = Source.of(scene, scene).stripes
    once, twice = (lattice_candidates([scene] * count, stripes) for count in (1, 2))
    assert [len(c.elements) for c in once] == [len(c.elements) for c in twice]
    assert len(once[0].elements) == 2


def test_of_a_long_period_one_shift_is_compared_and_of_a_short_one_two():
    scene = SampledScene(np.cos(2 * np.pi * X / 0.75) + np.cos(2 * np.pi * Y / 0.4))
    stripes = Source.of(scene, scene).stripes
    both = lattice_candidates([scene], stripes)[0]
    assert len(both.elements) == 2
    twice = [move.shift for move in both.moves[2:]]
    np.testing.assert_allclose(np.abs(twice), [[0.0, 0.8]], atol=0.02)

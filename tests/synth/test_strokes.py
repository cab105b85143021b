"""Lines that are meant to be symmetric, and the hand that draws them."""

import numpy as np
import pytest
from scipy.spatial import KDTree

from symscope.elements.scene import SampledScene
from symscope.groups import Isometry, Symmetry
from symscope.synth import scenes as module
from symscope.synth.scenes import drawing, ringed
from symscope.synth.strokes import DRAWN, by_hand, inked, meant


def moves_of(label, order):
    turn = Isometry.rotation(2 * np.pi / order)
    mirror = Isometry.mirror([1.0, 0.0])
    return {
        Symmetry.MIRROR: [mirror],
        Symmetry.CYCLIC: [turn],
        Symmetry.DIHEDRAL: [turn, mirror],
        Symmetry.ROUND: [Isometry.rotation(0.7), mirror],
        Symmetry.NONE: [],
    }[label]


@pytest.mark.parametrize("label", DRAWN)
def test_what_is_meant_is_symmetric(label):
    order = 3 if label in (Symmetry.CYCLIC, Symmetry.DIHEDRAL) else 1
    for seed in range(10):
        points = np.concatenate(meant(label, order, np.random.default_rng(seed)))
        # A circle is known at some of its points.
        assert all(
            KDTree(points).query(move(points))[0].max() < 0.05 for move in moves_of(label, order)
        )


def test_what_is_meant_without_symmetry_has_none():
    for seed in range(10):
        points = np.concatenate(meant(Symmetry.NONE, 1, np.random.default_rng(seed)))
        for move in (*moves_of(Symmetry.MIRROR, 1), *moves_of(Symmetry.CYCLIC, 2)):
            assert KDTree(points).query(move(points))[0].max() > 0.1


def test_a_hand_strays_by_as_much_as_it_is_told():
    rng = np.random.default_rng(0)
    line = np.stack([np.linspace(-1, 1, 80), np.zeros(80)], axis=1)
    strays = [
        np.mean([np.abs(by_hand(line, stray, rng) - line).mean() for _ in range(20)])
        for stray in (0.01, 0.02, 0.04)
    ]
    assert 0.004 < strays[0] < 0.03
    np.testing.assert_allclose(np.divide(strays[1:], strays[:-1]), 2, rtol=0.3)


def test_ink_lies_where_the_line_is():
    line = np.array([[-0.5, 0.5], [0.5, 0.5]])
    ink = inked([line], (40, 60), 0.05, np.array([0.1, 0.0]), 1.0)
    assert ink.shape == (40, 60)
    rows, columns = np.nonzero(ink > 0.5)
    x, y = (columns + 0.5) / 30 - 1, (20 - rows - 0.5) / 30
    assert abs(y - 0.5).max() < 0.08
    assert abs(x.min() + 0.45) < 0.08
    assert abs(x.max() - 0.65) < 0.08


def test_a_steady_hand_draws_the_symmetry_that_is_said(monkeypatch):
    monkeypatch.setattr(module, "STEADY", 1.0)
    monkeypatch.setattr(module, "ODD_LINE", 0.0)
    monkeypatch.setattr(module, "CLEAN_DRAWINGS", 1.0)
    for seed in range(6):
        each = drawing(Symmetry.MIRROR, np.random.default_rng(seed))
        angle = np.deg2rad(each.axis_deg)
        normal = np.array([-np.sin(angle), np.cos(angle)])
        mirror = Isometry.mirror(normal, float(normal @ np.array(each.centre)))
        assert SampledScene(each.grey).agreement(mirror)[0] > 0.9


def test_one_odd_line_ends_the_symmetry(monkeypatch):
    monkeypatch.setattr(module, "ODD_LINE", 1.0)
    each = drawing(Symmetry.DIHEDRAL, np.random.default_rng(1))
    assert (each.label, each.made_as) == (Symmetry.NONE, Symmetry.DIHEDRAL)


def test_stripes_and_lattices_are_designs():
    each = drawing(Symmetry.STRIPED, np.random.default_rng(1))
    assert each.made_as is Symmetry.STRIPED


def test_a_ring_around_a_drawing_has_every_rotation():
    each = ringed(Symmetry.NONE, np.random.default_rng(4))
    alone = drawing(Symmetry.NONE, np.random.default_rng(4))
    assert each.label is Symmetry.NONE

    def around(shown):
        x, y = shown.centre
        turns = [Isometry.rotation(angle, (x, y)) for angle in (0.7, 1.9)]
        return min(SampledScene(shown.grey).agreement(turn)[0] for turn in turns)

    assert around(each) > around(alone) + 0.2

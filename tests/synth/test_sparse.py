"""Sparse signals and volumes: the symmetry that they were made with can be found."""

import numpy as np

from symscope.elements import find_elements
from symscope.groups import Symmetry
from symscope.io.grids import of_array
from symscope.synth import sparse as module
from symscope.synth.sparse import sparse

SIDE = 24


def strongest(values, kind):
    return find_elements(of_array(values)).strongest[kind]


def test_a_cage_has_planes(monkeypatch):
    monkeypatch.setattr(module, "CAGES", 1.0)
    monkeypatch.setattr(module, "ODD", 0.0)
    values, label = sparse(Symmetry.MIRROR, np.random.default_rng(3), 3, SIDE)
    assert label is Symmetry.MIRROR
    assert strongest(values, "mirror") > 0.95


def test_a_mirrored_volume_has_a_plane_and_an_odd_body_spoils_it(monkeypatch):
    monkeypatch.setattr(module, "CAGES", 0.0)
    monkeypatch.setattr(module, "ODD", 0.0)
    values, label = sparse(Symmetry.MIRROR, np.random.default_rng(3), 3, SIDE)
    assert label is Symmetry.MIRROR
    assert values.shape == (SIDE,) * 3
    exact = strongest(values, "mirror")
    assert exact > 0.95
    monkeypatch.setattr(module, "ODD", 1.0)
    values, label = sparse(Symmetry.MIRROR, np.random.default_rng(3), 3, SIDE)
    assert label is Symmetry.NONE
    assert strongest(values, "mirror") < exact


def test_a_line_is_round_about_itself_and_shells_about_their_middle(monkeypatch):
    monkeypatch.setattr(module, "ODD", 0.0)
    for label, kind in ((Symmetry.ROUND, "round"), (Symmetry.BALL, "spherical")):
        values, made = sparse(label, np.random.default_rng(1), 3, SIDE)
        assert made is label
        assert strongest(values, kind) > 0.95


def test_a_signal_is_the_same_backwards(monkeypatch):
    monkeypatch.setattr(module, "ODD", 0.0)
    values, _ = sparse(Symmetry.MIRROR, np.random.default_rng(0), 1, 128)
    assert strongest(values, "mirror") > 0.95
    values, _ = sparse(Symmetry.NONE, np.random.default_rng(0), 1, 128)
    assert strongest(values, "mirror") < 0.95

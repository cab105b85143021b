"""Banners: they have the symmetry that they are said to have."""

import numpy as np

from fakes.scenes import agreement, mirror_of
from symscope.groups import EXTENDED, Isometry, Symmetry
from symscope.synth import banners as module
from symscope.synth.banners import banner


def rng(seed=0):
    return np.random.default_rng(seed)


def test_banners_have_the_symmetry_that_they_are_said_to_have(monkeypatch):
    monkeypatch.setattr(module, "CLEAN_DRAWINGS", 1.0)
    drawn = [banner(Symmetry.NONE, rng(seed), on_ground=0.0) for seed in range(60)]
    of = {label: [b for b in drawn if b.label is label] for label in EXTENDED}
    for each in (*of[Symmetry.MIRROR], *of[Symmetry.DIHEDRAL]):
        assert agreement(each, mirror_of(each)) > 0.9
    for each in of[Symmetry.STRIPED]:
        angle = np.deg2rad(each.axis_deg)
        along = Isometry(np.eye(2), 0.2 * np.array([np.cos(angle), np.sin(angle)]))
        assert agreement(each, along) > 0.9
    # What a charge ends counts as made with what the field alone has.
    charged = [b for b in of[Symmetry.NONE] if b.made_as is Symmetry.STRIPED]
    classes = (Symmetry.MIRROR, Symmetry.DIHEDRAL, Symmetry.STRIPED)
    assert min(map(len, (charged, *(of[label] for label in classes)))) >= 3


def test_banners_on_a_ground_are_no_stripes_and_keep_their_axes(monkeypatch):
    monkeypatch.setattr(module, "CLEAN_DRAWINGS", 1.0)
    drawn = [banner(Symmetry.NONE, rng(seed), on_ground=1.0) for seed in range(40)]
    assert all(each.label is not Symmetry.STRIPED for each in drawn)
    kept = [each for each in drawn if each.axis_deg is not None]
    there = np.array([agreement(each, mirror_of(each)) for each in kept])
    aside = np.array([agreement(each, mirror_of(each, turned=0.7)) for each in kept])
    # The ground of some has a texture, of which the mirror is none.
    assert (there > aside).mean() > 0.8
    assert np.median(there) > 0.95

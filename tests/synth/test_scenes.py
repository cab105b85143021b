"""Scenes: pictures of known symmetry, as broad as what people bring."""

from dataclasses import replace

import numpy as np
import pytest

from fakes.scenes import agreement, mirror_of
from symscope.groups import EXTENDED, Isometry, Symmetry
from symscope.synth import scenes as module
from symscope.synth.scenes import (
    design,
    emblem,
    grains,
    near_miss,
    pair,
    scene,
    scenes,
    surrogate,
    unsymmetric,
)


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("label", EXTENDED)
def test_a_scene_is_a_picture_of_its_class_or_of_none(label, monkeypatch):
    monkeypatch.setattr(module, "BANDED", 0.0)
    for seed in range(2):
        each = scene(label, rng(seed))
        assert each.made_as is label
        assert each.label in (label, Symmetry.NONE)
        assert each.grey.dtype == np.float32
        assert max(each.grey.shape) == module.SIDE
        assert 0 <= each.grey.min() <= each.grey.max() <= 1
        assert np.abs(each.centre).max() <= 1


def test_the_generator_fixes_the_scenes():
    one, same, other = (scenes(3, seed) for seed in (5, 5, 6))
    for first, second in zip(one, same, strict=True):
        np.testing.assert_array_equal(first.grey, second.grey)
    assert any(
        a.grey.shape != b.grey.shape or (a.grey != b.grey).any()
        for a, b in zip(one, other, strict=True)
    )


def test_mirrors_agree_where_they_are_said_to_be():
    drawn = [scene(Symmetry.MIRROR, rng(seed)) for seed in range(16)]
    kept = [each for each in drawn if each.label is Symmetry.MIRROR]
    there = np.array([agreement(each, mirror_of(each)) for each in kept])
    aside = np.array([agreement(each, mirror_of(each, turned=0.6)) for each in kept])
    # Some are laid on clutter, and spoilt until little is left.
    assert np.median(there) > np.median(aside) + 0.2
    assert (there > aside).mean() > 0.7


def test_designs_of_stripes_run_through_the_frame_or_have_something_on_them():
    """Flags: a quarter or an emblem ends what a shift along the stripes leaves as it is."""
    drawn = [design(Symmetry.STRIPED, rng(seed)) for seed in range(40)]
    there = {Symmetry.STRIPED: [], Symmetry.NONE: []}
    for each in drawn:
        angle = np.deg2rad(each.axis_deg)  # The mirrors of stripes are across them and along.
        shifts = [0.4 * np.array([np.cos(a), np.sin(a)]) for a in (angle, angle + np.pi / 2)]
        moves = [Isometry(np.eye(2), shift) for shift in shifts]
        there[each.label].append(max(agreement(each, move) for move in moves))
    assert len(there[Symmetry.NONE]) > 5
    assert np.mean(np.array(there[Symmetry.STRIPED]) > 0.95) > 0.8
    assert np.median(there[Symmetry.NONE]) < 0.95


def test_emblems_agree_where_they_are_said_to(monkeypatch):
    """Flat shapes, copied by the group, are as exact as pixels allow, wherever they lie."""
    monkeypatch.setattr(module, "CLEAN_DRAWINGS", 1.0)
    monkeypatch.setattr(module, "MOTTLED", 0.0)
    mirrors = [emblem(Symmetry.MIRROR, rng(seed)) for seed in range(24)]
    turns = [emblem(Symmetry.CYCLIC, rng(seed)) for seed in range(24)]
    there = {label: [] for label in (Symmetry.MIRROR, Symmetry.CYCLIC, Symmetry.NONE)}
    for each in mirrors:
        there[each.label].append(agreement(each, mirror_of(each)))
    for each in turns:
        turn = Isometry.rotation(2 * np.pi / (each.order if each.order > 1 else 2), each.centre)
        there[each.label].append(agreement(each, turn))
    assert min(len(values) for values in there.values()) > 5
    assert np.quantile(there[Symmetry.MIRROR], 0.2) > 0.9
    assert np.quantile(there[Symmetry.CYCLIC], 0.2) > 0.8
    # An odd shape, or another order.
    assert np.median(there[Symmetry.NONE]) < 0.9


def test_a_near_miss_resembles_its_mirror_image_and_is_not_the_same(monkeypatch):
    """Its mirror agrees more than a line aside does, and less than that of an emblem."""
    monkeypatch.setattr(module, "CLEAN_DRAWINGS", 1.0)
    monkeypatch.setattr(module, "MOTTLED", 0.0)
    every = [near_miss(Symmetry.ROUND, rng(seed)) for seed in range(60)]
    assert {each.label for each in every} == {Symmetry.NONE}
    mirrors = [each for each in every if each.made_as is Symmetry.MIRROR]
    there = np.array([agreement(each, mirror_of(each)) for each in mirrors])
    aside = np.array([agreement(each, mirror_of(each, turned=0.6)) for each in mirrors])
    assert len(mirrors) > 10
    assert np.median(there) > np.median(aside)
    assert np.median(there) < 0.9


def test_a_surrogate_has_the_waves_of_its_scene_and_not_its_mirror():
    exact = []
    for seed in range(8):
        original, noise = scene(Symmetry.MIRROR, rng(seed)), surrogate(Symmetry.MIRROR, rng(seed))
        assert noise.label is noise.made_as is Symmetry.NONE
        if original.label is Symmetry.MIRROR and agreement(original, mirror_of(original)) > 0.8:
            twin = replace(original, grey=noise.grey)
            assert agreement(twin, mirror_of(twin)) < 0.6
        waves = [np.abs(np.fft.rfft2(each.grey)).ravel()[1:] for each in (original, noise)]
        exact.append(np.corrcoef(*waves)[0, 1] > 0.999)
    # Others have the levels of the scene as well, for which their waves give way.
    assert 0 < sum(exact) < len(exact)


def test_what_is_made_without_symmetry_has_none():
    assert {unsymmetric(Symmetry.MIRROR, rng(seed)).label for seed in range(6)} == {Symmetry.NONE}


def test_turns_agree_about_the_centre_by_their_order():
    drawn = [scene(Symmetry.CYCLIC, rng(seed)) for seed in range(16)]
    kept = [each for each in drawn if each.label is Symmetry.CYCLIC]
    there = [agreement(e, Isometry.rotation(2 * np.pi / e.order, e.centre)) for e in kept]
    aside = [agreement(e, Isometry.rotation(0.7 * 2 * np.pi / e.order, e.centre)) for e in kept]
    assert np.median(there) > np.median(aside) + 0.1


def test_one_odd_part_ends_the_symmetry(monkeypatch):
    monkeypatch.setattr(module, "ODD", 1.0)
    monkeypatch.setattr(module, "ODD_CLEAN", 1.0)
    monkeypatch.setattr(module, "PAIRS", 0.0)
    monkeypatch.setattr(module, "BANDED", 0.0)
    odd = [scene(Symmetry.DIHEDRAL, rng(seed)) for seed in range(5)]
    assert sum(each.label is Symmetry.NONE for each in odd) >= 4
    monkeypatch.setattr(module, "ODD", 0.0)
    monkeypatch.setattr(module, "ODD_CLEAN", 0.0)
    assert all(scene(Symmetry.DIHEDRAL, rng(n)).label is Symmetry.DIHEDRAL for n in range(4))


def test_two_grains_of_a_lattice_have_no_symmetry(monkeypatch):
    monkeypatch.setattr(module, "ODD", 1.0)
    monkeypatch.setattr(module, "ODD_CLEAN", 1.0)
    monkeypatch.setattr(module, "GRAINS", 1.0)
    grains = [scene(Symmetry.REPEATED, rng(seed)) for seed in range(6)]
    assert sum(each.label is Symmetry.NONE for each in grains) >= 5
    assert all(each.made_as is Symmetry.REPEATED for each in grains)


def test_pairs_are_mirrors_and_half_turns_alone():
    made = [pair(Symmetry.ROUND, np.random.default_rng(seed)) for seed in range(8)]
    assert {each.label for each in made} == {Symmetry.MIRROR, Symmetry.CYCLIC}
    assert {each.order for each in made if each.label is Symmetry.CYCLIC} == {2}


def test_two_grains_have_no_lattice():
    made = [grains(Symmetry.ROUND, np.random.default_rng(seed)) for seed in range(12)]
    assert {each.made_as for each in made} == {Symmetry.REPEATED}
    assert {each.label for each in made} == {Symmetry.REPEATED, Symmetry.NONE}

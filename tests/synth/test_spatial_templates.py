"""Templates of a line and of space: symmetric as labelled, by any dial."""

from __future__ import annotations

import numpy as np
import pytest

from symscope.classifier.dataset_nd import TRAINING_FAMILIES, UNSEEN_FAMILIES, training_families
from symscope.errors import UsageError
from symscope.groups import SPATIAL, Symmetry
from symscope.synth.constructions_nd import CONSTRUCT
from symscope.synth.families import FAMILIES
from symscope.synth.families_nd import BROAD, SPATIAL_FAMILIES
from symscope.synth.templates_nd import SIDES, draw, spatial_templates


@pytest.mark.parametrize("dimension", [1, 3, 4])
@pytest.mark.parametrize("label", list(CONSTRUCT))
def test_potentials_are_unchanged_by_their_elements(label, dimension):
    if dimension == 1 and label not in SPATIAL[1]:
        pytest.skip("a line has none of these")
    rng = np.random.default_rng(5)
    points = rng.uniform(-1, 1, (300, dimension))
    for family in ("wells", "fourier", "leaves"):
        made = CONSTRUCT[label](rng, FAMILIES[family], dimension)
        values = made.potential(points)
        assert values.shape == (300,)
        for element in made.elements:
            # A point may lie on an edge of leaves.
            same = np.isclose(made.potential(element(points)), values, atol=1e-6)
            assert same.mean() > 0.99


@pytest.mark.parametrize("label", list(SPATIAL[1]))
def test_signals_have_two_levels_and_repeat_with_the_seed(label):
    one, again = (
        spatial_templates(dimension=1, classes=[label], families=["waves"], seed=7)[0]
        for _ in range(2)
    )
    assert one.levels.shape == (SIDES[1],)
    assert set(np.unique(one.levels)) == {0, 1}
    assert np.array_equal(one.levels, again.levels)
    assert one.field.dimension == 1


@pytest.mark.parametrize("label", ["Z_2", "O(3)"])
def test_volumes_are_drawn(label):
    one = spatial_templates(dimension=3, classes=[label], families=["wells"], seed=7)[0]
    assert one.levels.shape == (32, 32, 32)
    assert one.label == label
    assert one.field.coords.shape == (32**3, 3)


@pytest.mark.parametrize("family", list(BROAD))
def test_broad_families_are_smooth_and_drawn_of_every_class(family):
    for one in spatial_templates(dimension=3, families=[family], seed=3):
        # Detail would turn level from one point to the next more often.
        turned = np.mean([(np.diff(one.levels, axis=a) != 0).mean() for a in range(3)])
        assert turned < 0.12
        assert 0.08 <= one.levels.mean() <= 0.92


def test_broad_families_are_added_at_the_end_and_for_volumes_alone():
    assert tuple(SPATIAL_FAMILIES) == (*FAMILIES, *BROAD)
    assert training_families(1) == TRAINING_FAMILIES
    assert training_families(3) == (*TRAINING_FAMILIES, *BROAD)
    assert not set(UNSEEN_FAMILIES) & set(training_families(3))
    drawn = spatial_templates(dimension=1, classes=["Z_2"])
    assert {one.family for one in drawn} == set(FAMILIES)


def test_the_dial_breaks_pairs():
    options = {"dimension": 1, "classes": ["Z_2"], "families": ["wells"], "seed": 3}
    exact, half, gone = (spatial_templates(breaking=b, **options)[0] for b in (0.0, 0.5, 1.0))
    assert exact.kept == 1
    assert half.kept == pytest.approx(np.sqrt(0.5), abs=0.02)
    assert gone.kept == pytest.approx(0, abs=0.02)
    changed = [(exact.levels != other.levels).mean() for other in (half, gone)]
    assert 0 < changed[0] < changed[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dimension": 2}, "1 or 3"),
        ({"classes": ["O(3)"]}, "expected one of"),
        ({"families": ["waffles"]}, "waffles"),
        ({"breaking": 1.5}, "breaking"),
    ],
)
def test_wrong_options_are_told(change, message):
    options = {"dimension": 1, "classes": ["Z_2"], "families": ["wells"]} | change
    with pytest.raises(UsageError, match=message):
        spatial_templates(**options)


def test_a_class_of_another_dimension_is_refused():
    with pytest.raises(UsageError, match="dimension 1"):
        draw(Symmetry.ROUND, "wells", np.random.default_rng(0), dimension=1)

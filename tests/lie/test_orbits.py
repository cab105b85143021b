"""Orbits: connected parts of levels, and the defect that tells a symmetry from mere clusters."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from symscope.errors import Constant, TooSmall, UsageError
from symscope.lie import orbits
from symscope.lie.orbits import BAND, bands, least_defects, study_data, study_potential
from symscope.lie.pairs import clusters
from symscope.synth.potentials import potential

CASES = {"data", "untrained", "no symmetry", "permuted labels"}


@pytest.fixture(scope="module")
def study():
    """A tiny study of the double well: three trainings of two networks, a few hundred steps."""
    # Threads of t-SNE that wait for each other are slow where other work is done.
    with pytest.MonkeyPatch.context() as patch, threadpool_limits(1):
        patch.setattr(orbits, "TSNE", partial(TSNE, max_iter=250))
        patch.setattr(orbits, "MULTI_CLASS", replace(orbits.MULTI_CLASS, steps=250, rounds=1))
        patch.setattr(orbits, "NETWORKS", 2)
        reported = []
        found = study_potential(
            potential("double-well"), levels=4, count=240, progress=lambda *n: reported.append(n)
        )
    return found, reported


@pytest.mark.parametrize("levels", [6, 7, 11])
@pytest.mark.parametrize("seed", range(2))
def test_levels_of_the_double_well_below_zero_have_two_parts_and_above_one(levels, seed):
    source = potential("double-well")
    points, labels, centres = bands(source, levels, seed)
    parts = clusters(points, labels)
    counted = [len(set(parts[labels == i].tolist()) - {-1}) for i in range(levels)]
    width = BAND * (centres[1] - centres[0])
    rim, hill = np.array(centres) - width > -1.44, np.array(centres) + width < 0
    assert (rim & hill).sum() == levels - 2
    expected = np.where(rim & hill, 2, 1)  # at the bottom of the well both circles are one
    np.testing.assert_array_equal(counted, expected)


@pytest.mark.parametrize("name", ["double-well", "sphere", "fourier-3"])
def test_bands_hold_points_near_their_levels_in_a_ball(name):
    source, levels = potential(name), 5
    points, labels, centres = bands(source, levels, 0)
    assert len(centres) == levels
    assert set(labels.tolist()) == set(range(levels))
    width = BAND * (centres[1] - centres[0])
    assert np.abs(source(points) - np.array(centres)[labels]).max() <= width * (1 + 1e-9)
    half = (source.high - source.low) / 2
    assert (((points - (source.low + source.high) / 2) / half) ** 2).sum(axis=1).max() <= 1
    again = bands(source, levels, 0)
    np.testing.assert_array_equal(again[0], points)


def test_the_least_defect_tells_a_symmetric_layer_from_another():
    random = np.random.default_rng(0)
    points = random.uniform(-1, 1, (400, 2))
    round_ = points[:, None] * random.standard_normal((400, 3, 1))  # all gradients are radial
    waves = random.standard_normal((2, 400, 6, 2))
    jacobian = np.concatenate([np.tile(round_, (1, 2, 1))[None], waves])
    defects = least_defects(jacobian, points, "affine")
    assert defects.shape == (3,)
    assert defects[0] < 1e-6
    np.testing.assert_allclose(defects[1:], 1 / np.sqrt(2), atol=0.1)
    scaled = least_defects(100 * jacobian, points * 1e-3 + 7, "affine")
    np.testing.assert_allclose(scaled, defects, atol=1e-6)


def test_a_study_has_all_controls_beside_the_data(study):
    found, reported = study
    assert found.source == "double-well"
    assert found.cases[0].name == "data"
    assert {case.name for case in found.cases} == CASES
    for case in found.cases:
        assert len(case.points) == len(case.labels) == 240
        assert case.tsne.shape == case.pca.shape == (240, 2)
        assert 0 <= case.defect <= 1
        assert case.spread >= 0
        assert -1 <= case.silhouette <= 1
    assert reported[-1][0] == reported[-1][1] == 4


def test_only_the_defect_of_a_symmetric_potential_is_small(study):
    cases = {case.name: case for case in study[0].cases}
    assert cases["data"].learned > 0.9
    assert cases["no symmetry"].learned > 0.9
    # Clusters are there with and without a symmetry: they prove nothing.
    assert cases["no symmetry"].silhouette > 0.3
    for name in CASES - {"data"}:
        assert cases["data"].defect < 0.65 * cases[name].defect


def test_a_study_is_a_row_with_every_level(study):
    row = json.loads(json.dumps(study[0].to_row(), allow_nan=False))
    assert set(row["cases"]) == CASES
    assert row["unrelated"] == pytest.approx(1 / np.sqrt(2))
    assert [item["orbits"] for item in row["levels"]][:3] == [1, 2, 2]
    assert all(item["points"] >= 60 for item in row["levels"])
    assert {"source", "class", "seed"} <= set(row)


POINTS = np.random.default_rng(0).uniform(-1, 1, (200, 2))


@pytest.mark.parametrize(
    ("points", "target", "error", "message"),
    [
        (POINTS, np.arange(200.0), UsageError, "200 different labels"),
        (POINTS, np.zeros(200), Constant, "the same at all points"),
        (POINTS[:40], np.arange(40) % 2, TooSmall, "at least 50"),
        (POINTS[:, [0, 0]], np.arange(200) % 2, UsageError, "subspace"),
        (POINTS, np.arange(100) % 2, UsageError, "each of 200 points"),
    ],
)
def test_data_that_cannot_be_studied_are_refused_before_any_training(
    monkeypatch, points, target, error, message
):
    def never(*_):
        raise AssertionError("trained")

    monkeypatch.setattr(orbits, "_trained", never)
    with pytest.raises(error, match=message):
        study_data("data.csv", points, target)

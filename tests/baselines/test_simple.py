"""Simple measures: high where their symmetry is, low where it is not."""

import numpy as np
import pytest

from symscope.baselines import SIMPLE as BASELINES
from symscope.baselines import THRESHOLD
from symscope.elements import KINDS
from symscope.errors import UsageError
from symscope.synth.templates import templates

BY_NAME = {baseline.name: baseline for baseline in BASELINES}
MIRRORS = [baseline for baseline in BASELINES if baseline.kind == "mirror"]


def noise(shape=(96, 96)):
    return np.random.default_rng(0).random(shape)


def test_each_looks_for_a_kind_of_element():
    assert len(BY_NAME) == len(BASELINES)
    assert {baseline.kind for baseline in BASELINES} <= set(KINDS)


@pytest.mark.parametrize("baseline", MIRRORS, ids=lambda b: b.name)
def test_mirrors(baseline):
    half = np.kron(np.random.default_rng(1).random((12, 6)), np.ones((8, 8)))
    upright = np.concatenate([half, half[:, ::-1]], axis=1)
    for picture, axis in ((upright, 90), (upright.T, 0)):
        found = baseline(picture)
        assert found.strength > 0.95
        assert abs((found.axis_deg - axis + 90) % 180 - 90) <= 3
    assert baseline(noise()).strength < THRESHOLD


def test_periods():
    tile = np.random.default_rng(2).random((20, 30))
    measure = BY_NAME["autocorrelation"]
    assert measure(np.tile(tile, (5, 4))).strength > 0.95
    assert measure(noise()).strength < 0.3


def test_rotation_orders():
    measure = BY_NAME["rotated correlation"]
    drawn = templates(3, classes=["C_n"], families=["hats"], seed=(79, 1))
    found = [measure(t.levels).order for t in drawn]
    assert (
        sum(n == t.construction.parameters["order"] for n, t in zip(found, drawn, strict=True)) >= 2
    )
    assert measure(noise()).order == 1


@pytest.mark.parametrize("baseline", BASELINES, ids=lambda b: b.name)
def test_odd_pictures(baseline):
    assert baseline(np.ones((40, 60))).strength == 0
    assert -1 <= baseline(noise((20, 90))).strength <= 1
    with pytest.raises(UsageError, match="16 × 16"):
        baseline(np.ones((4, 40)))

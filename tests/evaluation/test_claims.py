"""The claims: their rules come out each way, and their measurements give what the rules ask for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import nan
from types import SimpleNamespace

import numpy as np
import pytest

from symscope.drawing.svg import inline_svg
from symscope.errors import Outcome
from symscope.evaluation import statistics
from symscope.evaluation.breaking import DIAL
from symscope.evaluation.claims import (
    approximate,
    art,
    classifier,
    generators,
    orbits,
    overfitting,
    runs,
    templates,
)
from symscope.evaluation.claims.claim import Claim, Effort, Measured, Number, Verdict
from symscope.evaluation.claims.claims import CLAIMS
from symscope.evaluation.clouds import WRONG_DEG, error_deg
from symscope.evaluation.noise import scored_pairs
from symscope.groups import PAPER
from symscope.lie.algebra import Algebra
from symscope.lie.algebra import Verdict as Found
from symscope.lie.orbits import Case, Study
from symscope.networks.decoys import SETTINGS
from symscope.synth.potentials import rotations

QUICK = Effort(seed=101, quick=True)

# For each claim: numbers with which it holds; what must change for "in part"; and for "not".
SYNTHETIC = {
    "templates": (
        {"own": 0.9, "weakest": 0.88, "foreign": 0.05, "none": 0.06},
        {"weakest": 0.5},
        {"own": 0.3, "foreign": 0.28},
    ),
    "overfitting": (
        {
            "skill": 0.9,
            "gap": 0.01,
            "gap memorised": 0.4,
            "skill random": 0.0,
            "extra": 0.1,
        },
        {"extra": -0.02},
        {"gap": 0.2},
    ),
    "runs": (
        {"best": 0.4, "same": 1.0, "first": 0.5, "second": 0.3},
        {"first": 0.97},
        {"best": 0.96},
    ),
    "classifier": (
        {
            "hidden": 0.95,
            "permuted": 0.2,
            "untrained": 0.2,
            "left_out_family": 0.9,
            "beyond_colour": 0.8,
            "plane": 0.4,
        },
        {"beyond_colour": 0.22},
        {"hidden": 0.21},
    ),
    "orbits": (
        {
            "data": 0.8,
            "untrained": 0.0,
            "permuted labels": 0.0,
            "no symmetry": 0.1,
            "seen": 0.9,
        },
        {"no symmetry": 0.8},
        {"untrained": 0.79},
    ),
    "generators": (
        {"SO(2)": 0.3, "SO(3)": 0.5, "false": 0.0, "learned": 0.2, "named": 1.0},
        {"named": 0.5},
        {"SO(3)": 45.0},
    ),
    "art": (
        {"difference": 0.4, "auc": 0.8, "above": 0.9, "noise named": 0.0},
        {"noise named": 0.5},
        {"difference": -0.1},
    ),
    "approximate": (
        {
            "each": 0.95,
            "control each": 0.0,
            "drop": 0.8,
            "control drop": 0.0,
            "weakest": 0.95,
        },
        {"weakest": 0.4},
        {"each": 0.01},
    ),
}


def numbers(values: Mapping[str, float], half: float = 0.03) -> dict[str, Number]:
    return {key: Number(key, v, v - half, v + half) for key, v in values.items()}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.key)
def test_each_rule_comes_out_each_way(claim: Claim):
    holding, partly, failing = SYNTHETIC[claim.key]
    assert claim.rule(numbers(holding)).verdict is Verdict.HOLDS
    assert claim.rule(numbers(holding | partly)).verdict is Verdict.PARTLY
    assert claim.rule(numbers(holding | failing)).verdict is Verdict.NOT


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.key)
def test_no_condition_is_idle(claim: Claim):
    """Every condition can be met, and is not by numbers without an interval or without a value."""
    holding, *_ = SYNTHETIC[claim.key]
    rule = claim.rule(numbers(holding))
    assert rule.essential
    assert rule.further
    assert all(condition.met for condition in rule.essential + rule.further)
    for half, idle in ((1e9, "clearly"), (nan, "clearly")):
        vague = claim.rule(numbers(holding, half))
        assert not any(c.met for c in vague.essential + vague.further if idle in c.text)
    nothing = claim.rule(numbers(dict.fromkeys(holding, nan)))
    assert not any(condition.met for condition in nothing.essential + nothing.further)


def test_claims_have_names_of_their_own_and_sources():
    assert len({claim.key for claim in CLAIMS}) == len(CLAIMS) == 8
    assert all("arXiv:" in claim.source for claim in CLAIMS)


def measured(claim: Claim, **injected) -> Measured:
    """Measure, and check that all that rule and summary ask for is there and can be drawn."""
    steps: list[tuple[int, int]] = []
    done = claim.measure(QUICK, lambda done, total: steps.append((done, total)), **injected)
    assert steps
    assert steps[-1][0] == steps[-1][1]
    assert done.numbers[claim.control].control or claim.key == "orbits"
    assert not done.numbers[claim.headline].control
    assert done.panels
    for panel in done.panels:
        assert "<svg" in inline_svg(panel.figure, panel.title, claim.key)
    claim.rule(done.numbers)
    return done


def value(found: Measured, key: str) -> float:
    return found.numbers[key].value


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch):
    """Intervals from few resamples."""
    monkeypatch.setattr(statistics, "RESAMPLES", 60)


WELLS = (("wells",), ("wells",))
"""One family, so that a claim is measured in a moment."""


def test_templates_are_measured_on_their_pixels():
    found = measured(templates.CLAIM, families=WELLS)
    assert value(found, "own") > 0.75
    assert value(found, "foreign") < 0.3


# The usual settings stand for others, which would take long to compile.
def test_decoys_are_measured_beside_random_colours():
    fewer = {"families": WELLS, "free_fields": (2, 2), "free": SETTINGS["fast"]}
    found = measured(overfitting.CLAIM, **fewer)
    assert value(found, "skill") > 0.5
    assert abs(value(found, "skill random")) < 0.2


def test_runs_differ_and_the_same_seed_does_not():
    found = measured(runs.CLAIM, families=WELLS, decayless=SETTINGS["fast"])
    assert value(found, "same") == 1
    assert value(found, "best") < 0.9
    assert value(found, "plain") <= value(found, "best")


def test_the_classifier_takes_the_suites_figures():
    accuracy = dict.fromkeys(classifier.NAMES, 0.2) | {"hidden": 0.9}

    def suite(**options):
        options["progress"](1, 1)
        counts = {str(a): {str(b): int(a is b) * 8 for b in PAPER} for a in PAPER}
        by_networks = {"1": 0.5, "2": 0.6}
        return {
            "accuracy": accuracy,
            "interval": {key: [v - 0.1, v + 0.1] for key, v in accuracy.items()},
            "templates": 40,
            "templates_left_out_family": 10,
            "networks": 8,
            "chance": 0.2,
            "confusion": counts,
            "accuracy_by_networks": dict.fromkeys(
                ("hidden", "beyond_colour", "plane", "untrained"), by_networks
            ),
        }

    found = measured(classifier.CLAIM, suite=suite)
    assert found.numbers["left_out_family"].rests_on == "10 templates"
    assert classifier.CLAIM.rule(found.numbers).verdict is Verdict.PARTLY


def a_study(clustered: tuple[str, ...]):
    """A study of two levels, of two orbits and of one, whose cases cluster or do not."""

    def study(source, *, levels, count, seed, networks, progress):
        random = np.random.default_rng(seed % 1000)
        turn = random.uniform(0, 2 * np.pi, 300)
        radius = np.repeat([0.75, 1.35, 1.59], 100)
        points = radius[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
        labels = np.repeat([0, 0, 1], 100)
        cases = []
        for name in ("data", "untrained", "no symmetry", "permuted labels"):
            apart = np.repeat([0.0, 50.0, 100.0], 100) if name in clustered else 0.0
            tsne = random.standard_normal((300, 2)) + np.stack([np.ones(300) * apart] * 2, axis=1)
            defect = 0.05 if name == "data" else 0.5
            cases.append(Case(name, points, labels, tsne, tsne, 0.0, defect, 0.0, 1.0))
        progress(4, 4)
        found = ({"level": -1.0, "orbits": 2}, {"level": 0.2, "orbits": 1})
        return Study("double-well", tuple(cases), found, "affine", seed)

    return study


@pytest.mark.parametrize(
    ("clustered", "verdict"),
    [
        (("data",), Verdict.HOLDS),
        (("data", "no symmetry"), Verdict.PARTLY),
        (("no symmetry",), Verdict.NOT),
    ],
)
def test_orbits_hold_by_what_the_pictures_show(clustered, verdict):
    found = measured(orbits.CLAIM, study=a_study(clustered), band=0.1, symdet_points=200)
    assert orbits.CLAIM.rule(found.numbers).verdict is verdict
    assert value(found, "symdet") == 1
    assert found.numbers["seen"].rests_on == "6 levels"
    assert value(found, "seen") == (1.0 if "data" in clustered else 0.5)


def test_generators_are_measured_by_their_angle():
    def discover(points, target=None, **options):
        size = points.shape[1]
        wrong = target is not None and len(np.unique(target)) < 10
        linear = rotations(size)[:, :, :-1]
        found = Found.SYMMETRIC if not wrong else Found.NONE
        spectrum = np.array([0.0, 0.5])
        return Algebra(
            found, "", size, "affine", name=f"SO({size})", generators=linear, spectrum=spectrum
        )

    found = measured(generators.CLAIM, find=discover)
    assert value(found, "SO(3)") == pytest.approx(0, abs=1e-5)
    assert value(found, "named") == 1
    assert value(found, "false") == pytest.approx(8 / 9)
    assert generators.CLAIM.rule(found.numbers).verdict is Verdict.NOT


def test_a_run_without_generators_is_as_wrong_as_can_be():
    assert error_deg(Algebra(Found.NONE, "", 3, "affine"), rotations(3)) == WRONG_DEG


def test_art_is_measured_pair_by_pair():
    def score_many(pictures, **options):
        half = len(pictures) // 2
        for number in range(len(pictures)):
            value = 0.8 if number < half else 0.2
            options["progress"](number + 1, len(pictures))
            yield SimpleNamespace(symmetry=value, outcome=Outcome.OK)

    scored = partial(scored_pairs, score=score_many)
    found = measured(art.CLAIM, most_pictures=(4, 4), scored=scored)
    assert value(found, "difference") == pytest.approx(0.6)
    assert value(found, "auc") == value(found, "above") == 1
    assert art.CLAIM.rule(found.numbers).verdict is Verdict.HOLDS
    assert any("--pictures" in remark for remark in found.remarks)


@pytest.mark.parametrize(
    ("left", "verdict"),
    [
        (lambda b: 1 - b, Verdict.HOLDS),
        (lambda b: 1 - 0.3 * b, Verdict.PARTLY),
        (lambda b: 0.5, Verdict.NOT),
    ],
)
def test_approximate_symmetry_is_measured_along_the_dial(left, verdict):
    def turn(labels, count, *, families, seed):
        levels = np.zeros((4, 4), np.int8)
        return [
            SimpleNamespace(label=c, breaking=step, levels=levels, field=(c, step))
            for step in DIAL
            for c in labels
            for _ in range((20 if c == "∅" else count) * len(families))
        ]

    def score_many(fields, **options):
        random = np.random.default_rng(1)
        for number, (label, broken) in enumerate(fields):
            symmetry = left(broken) if label != "∅" else 0.1 * random.random()
            options["progress"](number + 1, len(fields))
            probabilities = {str(c): 0.0 for c in PAPER} | {"∅": 1 - symmetry}
            probabilities |= {str(label): symmetry} if label != "∅" else {}
            yield SimpleNamespace(probabilities=probabilities)

    found = measured(approximate.CLAIM, draw=turn, score=score_many)
    assert approximate.CLAIM.rule(found.numbers).verdict is verdict

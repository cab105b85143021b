"""The dial: figures of a score that is known beforehand."""

from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from symscope.elements.evidence import evidence
from symscope.evaluation import breaking
from symscope.groups import CLASS_SETS, Isometry

HALF = np.random.default_rng(0).random((64, 32)) > 0.5
MIRRORED = np.hstack([HALF, HALF[:, ::-1]])
ACROSS = (Isometry.mirror([1.0, 0.0]),)


def spoilt(share):
    """A picture with a mirror, but for this share of its rows."""
    levels = MIRRORED.copy()
    rows = round(share * len(levels))
    levels[:rows] = np.random.default_rng(1).random((rows, 64)) > 0.5
    return levels.astype(np.int8)


def scored(symmetry_of, there_of=lambda b: 1 - b, evidence_of=lambda b: None):
    """Run the suite where the symmetry, and what is there, are functions of what is broken."""

    def draw(count, *, classes, families, seed, breaking=0.0, first=0):
        of = {"breaking": breaking, "levels": spoilt(breaking), "elements": ACROSS}
        return [
            SimpleNamespace(label=label, field=(label, breaking), **of)
            for label in classes
            for _ in range(count * len(families))
        ]

    def score(fields, **options):
        for label, broken in fields:
            symmetry = 0.0 if label == "∅" else symmetry_of(broken)
            probabilities = {str(c): 0.0 for c in CLASS_SETS["paper"]} | {"∅": 1 - symmetry}
            probabilities |= {str(label): symmetry if label != "∅" else 1.0}
            named = str(label) if symmetry > 0.5 else "∅"
            known = {"label": named, "there": there_of(broken), "evidence": evidence_of(broken)}
            yield SimpleNamespace(symmetry=symmetry, probabilities=probabilities, **known)

    options = {"classes": "paper", "seed": 1, "quick": True, "progress": lambda *at: None}
    return breaking.measure(**options, draw=draw, score=score)


def test_a_score_that_says_what_is_left_is_perfect():
    found = scored(lambda b: 1 - b)
    assert set(found["spearman"]) == {str(c) for c in CLASS_SETS["paper"][1:]}
    assert list(found["spearman"].values()) == pytest.approx([1] * 4)
    assert list(found["spearman_pooled"].values()) == pytest.approx([1] * 4)
    assert found["ece"] == pytest.approx(0)
    assert found["ece_share"] == pytest.approx(0)
    assert found["accuracy_exact"] == 1
    assert found["spearman_each"] == pytest.approx(found["spearman"])
    assert found["score"]["T"]["0.0"] == 1


def test_a_score_that_rises_or_stays_is_found_out():
    rising = scored(lambda b: b)
    assert rising["by_evidence"] == {}
    assert list(rising["spearman"].values()) == pytest.approx([-1] * 4)
    assert rising["ece_share"] > 0.3
    steady = scored(lambda b: 1.0)
    assert list(steady["spearman"].values()) == pytest.approx([0] * 4)


def test_what_is_there_is_compared_with_what_is_left_of_what_is_named():
    true = scored(lambda b: 1 - b)["there"]
    for of in true.values():
        # Half of the eleven steps of each family, those on which more than half is left.
        assert of["named"] == 5 * len(breaking.UNSEEN_FAMILIES)
        assert of["off"] < 0.06
    assert scored(lambda b: 1 - b, lambda b: 1.0)["there"]["T"]["off"] > 0.15
    assert scored(lambda b: 0.0)["there"]["T"] == {"named": 0, "off": None}
    # What the CNN reads is named, and nothing is told to be there.
    assert scored(lambda b: 1.0, lambda b: None)["there"]["T"] == {"named": 22, "off": None}


def test_the_same_evidence_is_weighed_by_each_source(monkeypatch):
    monkeypatch.setattr(breaking, "DIAL", (0.0, 0.5, 1.0))
    seen = cache(lambda broken: evidence(spoilt(broken).astype(np.float32)))
    found = scored(lambda b: 0.0, evidence_of=seen)
    by = found["by_evidence"]
    # What the score said falls nowhere; the pictures do, of whose layer nothing is known here.
    assert found["spearman_each"]["Z_2"] == 0
    assert by["pixels"]["spearman_each"]["Z_2"] == 1
    assert by["pixels"]["ece"] != found["ece"]
    assert set(by) == {"both", "hidden", "pixels"}

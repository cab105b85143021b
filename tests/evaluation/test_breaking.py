"""The dial: figures of a score that is known beforehand."""

from types import SimpleNamespace

import pytest

from symscope.evaluation import breaking
from symscope.groups import CLASS_SETS


def scored(symmetry_of):
    """Run the suite where the symmetry is a function of what is broken."""

    def draw(count, *, classes, families, seed, breaking=0.0, first=0):
        return [
            SimpleNamespace(label=label, breaking=breaking, field=(label, breaking))
            for label in classes
            for _ in range(count * len(families))
        ]

    def score(fields, **options):
        for label, broken in fields:
            symmetry = 0.0 if label == "∅" else symmetry_of(broken)
            probabilities = {str(c): 0.0 for c in CLASS_SETS["paper"]} | {"∅": 1 - symmetry}
            probabilities |= {str(label): symmetry if label != "∅" else 1.0}
            yield SimpleNamespace(symmetry=symmetry, probabilities=probabilities)

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
    assert list(rising["spearman"].values()) == pytest.approx([-1] * 4)
    assert rising["ece_share"] > 0.3
    steady = scored(lambda b: 1.0)
    assert list(steady["spearman"].values()) == pytest.approx([0] * 4)

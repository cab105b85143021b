"""Whether the score falls as a symmetry is broken, and whether its probabilities hold."""

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from symscope.api import score_many
from symscope.classifier.dataset import UNSEEN_FAMILIES
from symscope.classifier.evidence import SOURCES, judged_by
from symscope.evaluation.own_elements import mean_agreement
from symscope.evaluation.statistics import Values, calibration_error, spearman
from symscope.groups import CLASS_SETS, Symmetry
from symscope.results import Result
from symscope.synth.templates import Template, templates

STREAM = 4
"""First word of the templates' seeds."""

DIAL = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)

PER_CLASS_AND_FAMILY = (8, 1)
EXACT_PER_CLASS_AND_FAMILY = (15, 2)
NETWORKS = (8, 4)
"""Full and quick."""

COMPARED = ("spearman_each", "ece", "accuracy_exact")
"""Figures of the dial that are given by each source of evidence too."""


def turned(
    labels: Sequence[Symmetry],
    count: int,
    *,
    families: Sequence[str],
    seed: int,
    draw: Callable[..., list[Template]] = templates,
) -> list[Template]:
    """Draw ``count`` templates of each class and family at every step of the dial, step by step."""
    return [
        template
        for breaking in DIAL
        for template in draw(
            count, classes=labels, families=families, seed=(STREAM, seed), breaking=breaking
        )
    ]


def by_step(
    own: Values, drawn: Sequence[Template], labels: Sequence[Symmetry]
) -> dict[Symmetry, Values]:
    """Sort a value of each of ``turned``'s templates by class → arrays (steps, templates)."""
    return {
        label: own[[template.label == label for template in drawn]].reshape(len(DIAL), -1)
        for label in labels
    }


def fall(dial: ArrayLike, values: ArrayLike) -> float:
    """Minus the rank correlation; a score that does not move at all is in no order: 0.

    >>> fall([0, 0.5, 1], [0.9, 0.5, 0.1])
    1.0
    """
    return float(np.nan_to_num(-spearman(dial, values)))


def share_left(broken: Sequence[Template]) -> Values:
    """Say how much each of ``turned``'s templates has left of its agreement with itself → (P,).

    As a share of what it had under its own elements when it was exact (``mean_agreement``); NaN
    where that cannot be compared.
    """
    values = np.array([mean_agreement(each.levels, each.elements) for each in broken])
    steps = values.reshape(len(DIAL), -1)
    return (steps / steps[0]).ravel()


def told(
    broken: Sequence[Template], scores: Sequence[Result], labels: Sequence[Symmetry]
) -> dict[str, dict[str, float | None]]:
    """Compare what is told to be there of templates that are named rightly with what is left."""
    every, by_class = list(zip(broken, scores, share_left(broken), strict=True)), {}
    for label in labels:
        named = [
            (score.there, share) for t, score, share in every if t.label == label == score.label
        ]
        # The CNN tells nothing of what is there.
        off = np.array([abs(there - share) for there, share in named if there is not None])
        mean = float(np.nanmean(off)) if np.isfinite(off).any() else None
        by_class[str(label)] = {"named": len(named), "off": mean}
    return by_class


Probabilities = dict[Any, float]
"""Of each class, by its name."""


def of_dial(
    probabilities: Sequence[Probabilities], broken: Sequence[Template], exact: Sequence[Template]
) -> dict[str, Any]:
    """Measure how probabilities of the broken templates fall, and how those of all hold."""
    labels = list(dict.fromkeys(template.label for template in broken))
    own = np.array([p.get(t.label, 0.0) for p, t in zip(probabilities, broken, strict=False)])
    by_class = {str(label): steps for label, steps in by_step(own, broken, labels).items()}
    best = [max(p.items(), key=itemgetter(1)) for p in probabilities[len(broken) :]]
    right = np.array([a == t.label for (a, _), t in zip(best, exact, strict=True)], float)
    ece, bins = calibration_error(np.array([p for _, p in best]), right)
    remaining = 1 - np.array([template.breaking for template in broken])
    ece_share, bins_share = calibration_error(own, remaining)
    return {
        "spearman": {c: fall(DIAL, steps.mean(axis=1)) for c, steps in by_class.items()},
        "spearman_each": {
            c: float(np.mean([fall(DIAL, column) for column in steps.T]))
            for c, steps in by_class.items()
        },
        "spearman_pooled": {
            c: fall(np.repeat(DIAL, steps.shape[1]), steps.ravel()) for c, steps in by_class.items()
        },
        "score": {
            c: {str(b): float(v) for b, v in zip(DIAL, steps.mean(axis=1), strict=True)}
            for c, steps in by_class.items()
        },
        "ece": ece,
        "ece_share": ece_share,
        "accuracy_exact": float(right.mean()),
        "calibration": bins,
        "calibration_share": bins_share,
    }


def weighed_by(
    source: str, scores: Sequence[Result], classes: Sequence[Symmetry]
) -> list[Probabilities]:
    """Weigh the evidence of scores by one of SOURCES → probabilities of each."""
    judged = [s.evidence and judged_by(source, s.evidence, classes=classes) for s in scores]
    return [each.probabilities if each else {Symmetry.NONE: 1.0} for each in judged]


def measure(
    *,
    classes: str,
    seed: int,
    quick: bool,
    progress: Callable[[int, int], None],
    draw: Callable[..., list[Template]] = templates,
    score: Callable[..., Iterable[Result]] = score_many,
) -> dict[str, Any]:
    """Turn the dial on templates of families that no classifier has met.

    Returns
    -------
    dict
        ``spearman``: by class, minus the rank correlation of the dial with the class's probability,
        averaged over the templates at each step (1 = the class's score falls all the way);
        ``spearman_each``: the same of single templates, averaged afterwards; ``spearman_pooled``:
        of all pictures of a class at once; ``score``: the mean at each step; ``ece``: of the most
        probable class's probability on exact templates and ∅; ``ece_share``: of the probability of
        a broken template's class against the share of it that is left, 1 - breaking; ``there``: by
        class, of broken templates that are still ``named`` rightly, how far ``there`` is ``off``
        what is left of their agreement with themselves (``share_left``), on average; None of what
        the CNN reads; ``by_evidence``: COMPARED, by the networks and the picture together and by
        one of them alone, from the same networks' evidence; empty of what the CNN reads.
    """
    symmetries = CLASS_SETS[classes]
    labels = [label for label in symmetries if label is not Symmetry.NONE]
    first = PER_CLASS_AND_FAMILY[quick]
    broken = turned(labels, first, families=UNSEEN_FAMILIES, seed=seed, draw=draw)
    exact = draw(
        EXACT_PER_CLASS_AND_FAMILY[quick],
        classes=symmetries,
        first=first,
        families=UNSEEN_FAMILIES,
        seed=(STREAM, seed),
    )
    scores = list(
        score(
            [template.field for template in (*broken, *exact)],
            networks=NETWORKS[quick],
            seed=seed,
            classifier=classes,
            elements=False,
            progress=progress,
        )
    )
    # A picture without probabilities was not scored at all: it has no symmetry to speak of.
    probabilities = [result.probabilities or {Symmetry.NONE: 1.0} for result in scores]
    by_evidence = {}
    if any(score.evidence is not None for score in scores):  # of what the CNN reads there is none
        for source in SOURCES:
            figures = of_dial(weighed_by(source, scores, symmetries), broken, exact)
            by_evidence[source] = {name: figures[name] for name in COMPARED}
    return {
        "suite": "breaking",
        "classes": classes,
        "seed": seed,
        "quick": quick,
        "families": list(UNSEEN_FAMILIES),
        "templates": len(broken) + len(exact),
        **of_dial(probabilities, broken, exact),
        "there": told(broken, scores[: len(broken)], labels),
        "by_evidence": by_evidence,
    }

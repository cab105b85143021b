"""Ask down to what skill a class is read rightly: where LEAST_SKILL comes from.

    python benchmarks/bench_skill.py --json [--quick] [--seed S] [--draws N]

Potentials of the seven classes, of every family of pictures, are drawn as templates are and up to
3.4 times finer, so that networks learn some of them badly. For each band of skill
(``Fit.skill``: the share of the held-out points' variance that is explained): how many were read
rightly. Controls: the same with labels permuted among the fields, and the noises of `symscope
evaluate controls`, of which the skill and the share named symmetric are told.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from machine import options_of
from symscope.classifier.classifier import load_classifier, most_like
from symscope.evaluation.controls import KINDS
from symscope.evaluation.statistics import wilson
from symscope.features.features import pca_pictures
from symscope.field import Field, pixel_centres
from symscope.groups import EXTENDED, Symmetry
from symscope.networks.decoys import train
from symscope.networks.settings import SETTINGS
from symscope.preprocess.sketch import sketch
from symscope.synth.constructions import CONSTRUCT
from symscope.synth.families import FAMILIES
from symscope.synth.templates import cut

SIDE, NETWORKS, BATCH = 64, 3, 16
FINER = (1.0, 1.5, 2.25, 3.4)
BANDS = (-np.inf, 0.1, 0.5, 0.9, np.inf)
NOISES = 12

Drawn = tuple[Symmetry, Field]


def potentials(seed: int, draws: int, quick: bool) -> list[Drawn]:
    """Draw fields of every class, family (quick: the first two) and fineness."""
    points = pixel_centres(SIDE, SIDE).astype(np.float64)
    drawn: list[Drawn] = []
    for place in np.ndindex(len(EXTENDED), 2 if quick else len(FAMILIES), len(FINER), draws):
        rng = np.random.default_rng([seed, *place])
        label, family = EXTENDED[place[0]], list(FAMILIES)[place[1]]
        potential = CONSTRUCT[label](rng, FAMILIES[family]).potential
        share, thin = rng.uniform(0.08, 0.6), rng.random() < 0.25
        levels = cut(potential(points * FINER[place[2]]), share, bool(thin)) > 0
        if 0 < levels.mean() < 1:
            drawn.append((label, Field.from_levels(levels.reshape(SIDE, SIDE).astype(np.int8))))
    return drawn


def noises(seed: int) -> list[Drawn]:
    """Draw fields without symmetry."""
    return [
        (Symmetry.NONE, Field.from_levels(sketch(make(rng)).levels))
        for number, (kind, make) in enumerate(KINDS.items())
        if kind != "blank"
        for rng in (np.random.default_rng([seed, number, i]) for i in range(NOISES))
    ]


def read(drawn: list[Drawn], seed: int) -> tuple[NDArray[np.float64], list[Symmetry]]:
    """Train networks on each field → (skill of each, the class it is most like)."""
    classifier, skill, said = load_classifier("extended"), [], []
    for start in range(0, len(drawn), BATCH):
        some = [field for _, field in drawn[start : start + BATCH]]
        for decoys in train(some, NETWORKS, SETTINGS["fast"], seed):
            probabilities = classifier.classify(pca_pictures(decoys)).mean(axis=0)
            skill.append(float(decoys.explained_variance.mean()))
            said.append(classifier.classes[int(most_like(probabilities, classifier.classes))])
    return np.array(skill), said


def measure(seed: int, draws: int, quick: bool) -> dict[str, Any]:
    """Read everything once."""
    drawn, empty = potentials(seed, draws, quick), noises(seed)
    skill, said = read(drawn, seed)
    true = [label for label, _ in drawn]
    permuted = np.random.default_rng(seed).permutation(len(true))
    right = np.array([a == b for a, b in zip(said, true, strict=True)])
    by_chance = np.array([said[i] == true[j] for i, j in enumerate(permuted)])
    bands = []
    for low, high in pairwise(BANDS):
        inside = (skill >= low) & (skill < high)
        hits, count = int(right[inside].sum()), int(inside.sum())
        chance = float(by_chance[inside].mean()) if count else None
        row: dict[str, Any] = {"from": max(low, -1.0), "to": min(high, 1.0), "fields": count}
        if count:
            row |= {"right": hits / count, "interval": wilson(hits, count)}
        bands.append(row | {"permuted": chance})
    of_noise, named = read(empty, seed)
    symmetric = sum(label != Symmetry.NONE for label in named)
    noise = {"fields": len(empty), "most_skill": float(of_noise.max()), "named": symmetric}
    noise["named_from_0.1"] = sum(
        bool(s >= 0.1) and label != Symmetry.NONE for s, label in zip(of_noise, named, strict=True)
    )
    return {"seed": seed, "draws": draws, "networks": NETWORKS, "bands": bands, "noise": noise}


if __name__ == "__main__":
    parser = options_of(__doc__, "a few families and one draw of each", seed=100)
    parser.add_argument("--draws", type=int, default=2)
    given = parser.parse_args()
    figures = measure(given.seed, 1 if given.quick else given.draws, given.quick)
    print(json.dumps(figures, indent=None if given.json else 2))

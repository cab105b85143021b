"""How often the class of a fresh template is read right, from the hidden layer and its controls."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from functools import partial
from multiprocessing import get_context
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.classifier.classifier import (
    CalibratedClassifier,
    Features,
    load_classifier,
    most_like,
    stack,
)
from symscope.classifier.dataset import TRAINING_FAMILIES, UNSEEN_FAMILIES
from symscope.classifier.observation import SOURCES, Observation, observe, source_features
from symscope.classifier.training import SHIPPED, Recipe
from symscope.evaluation.statistics import wilson
from symscope.groups import CLASS_SETS, Symmetry
from symscope.networks.devices import cores
from symscope.synth.templates import Template, templates

STREAM = 2
"""First word of the templates' seeds; the classifiers were trained on another stream."""

NETWORK_COUNTS = (1, 2, 4, 8)

PER_CLASS_AND_FAMILY = {"full": 8, "quick": 1}
UNSEEN_PER_CLASS_AND_FAMILY = {"full": 8, "quick": 1}
TOGETHER = 10
"""Templates observed at a time, so that progress shows and memory stays small."""

KEYS = {source: source for source in SOURCES} | {"beyond": "beyond_colour"}
"""Name of each source's accuracy in the output."""

LEFT_OUT_KEYS = {SHIPPED: "left_out_family", "pixels": "left_out_family_pixels"}


def _observe_all(
    drawn: Sequence[Template], networks: int, seed: int, done: Callable[[int], None]
) -> list[Observation]:
    rows: list[Observation] = []
    for first in range(0, len(drawn), TOGETHER):
        seen = observe(drawn[first : first + TOGETHER], networks, seed)
        rows += [{k: v[i] for k, v in seen.items()} for i in range(len(seen["levels"]))]
        done(len(rows))
    return rows


def _stacked(row: Observation, source: str) -> Features:
    return stack(source_features(row, source))


def _probabilities(
    rows: Sequence[Observation],
    source: str,
    classifiers: Sequence[CalibratedClassifier],
    each: Callable[..., Iterable[Features]],
) -> list[NDArray[np.float32]]:
    """Read every template with each classifier → probabilities (templates, networks, C)."""
    found = list(each(partial(_stacked, source=source), rows))
    return [
        np.stack([classifier.probabilities(features) for features in found])
        for classifier in classifiers
    ]


def _accuracy(
    probabilities: NDArray[np.float32], truth: NDArray[np.int64], classes: Sequence[Symmetry]
) -> float:
    return float((most_like(probabilities.mean(axis=1), classes) == truth).mean())


def _confusion(
    probabilities: NDArray[np.float32], truth: NDArray[np.int64], classes: Sequence[Symmetry]
) -> dict[str, dict[str, int]]:
    """Count templates by true class (rows) and read class (columns)."""
    read = most_like(probabilities.mean(axis=1), classes)
    return {
        str(true): {
            str(found): int(((truth == i) & (read == j)).sum()) for j, found in enumerate(classes)
        }
        for i, true in enumerate(classes)
    }


Labelled = tuple[list[Observation], NDArray[np.int64]]
"""Observed templates and the index of each one's class."""


def _read_all(
    classes: str, known: Labelled, unseen: Labelled, each: Callable[..., Iterable[Features]]
) -> tuple[dict[str, float], dict[str, dict[str, float]], dict[str, dict[str, int]]]:
    """Read every template from every source → accuracies, the same by networks, confusion."""
    rows, truth = known
    symmetries = CLASS_SETS[classes]
    accuracy: dict[str, float] = {}
    by_networks: dict[str, dict[str, float]] = {}
    confusion: dict[str, dict[str, int]] = {}
    for source in SOURCES:
        classifiers = [load_classifier(Recipe(classes, source).name)]
        if source == SHIPPED:
            classifiers.append(load_classifier(Recipe(classes, source, permuted=True).name))
        found, *others = _probabilities(rows, source, classifiers, each)
        accuracy[KEYS[source]] = _accuracy(found, truth, symmetries)
        if source != "pixels":
            name = "hidden" if source == SHIPPED else KEYS[source]
            by_networks[name] = {
                str(n): _accuracy(found[:, :n], truth, symmetries)
                for n in NETWORK_COUNTS
                if n <= found.shape[1]
            }
        if others:
            accuracy["permuted"] = _accuracy(others[0], truth, symmetries)
        if source in LEFT_OUT_KEYS:
            left_out = _probabilities(unseen[0], source, classifiers[:1], each)[0]
            accuracy[LEFT_OUT_KEYS[source]] = _accuracy(left_out, unseen[1], symmetries)
        if source == SHIPPED:
            accuracy["hidden"] = accuracy[KEYS[source]]
            confusion = _confusion(found, truth, symmetries)
    return accuracy, by_networks, confusion


def _intervals(accuracy: dict[str, float], known: int, unseen: int) -> dict[str, list[float]]:
    """Give each accuracy its interval; those of left-out families rest on other templates."""
    counts = {key: unseen if key.startswith("left_out") else known for key in accuracy}
    return {key: wilson(round(accuracy[key] * count), count) for key, count in counts.items()}


def measure(
    *, classes: str, seed: int, quick: bool, progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """Measure accuracies on fresh templates: see ``symscope evaluate templates``.

    Returns
    -------
    dict
        ``accuracy.hidden`` is that of the shipped classifier. It and the others are on fresh draws
        of the families that the classifiers were trained on, ``accuracy.left_out_family`` on
        families that no classifier has met. Every accuracy has its ``interval``.
    """
    size, most = "quick" if quick else "full", NETWORK_COUNTS[-1]
    symmetries = CLASS_SETS[classes]
    known = templates(
        PER_CLASS_AND_FAMILY[size],
        classes=symmetries,
        families=TRAINING_FAMILIES,
        seed=(STREAM, seed),
    )
    unseen = templates(
        UNSEEN_PER_CLASS_AND_FAMILY[size],
        classes=symmetries,
        families=UNSEEN_FAMILIES,
        seed=(STREAM, seed),
    )
    total = len(known) + len(unseen)
    rows = _observe_all(known, most, seed, lambda n: progress(n, total))
    rows_unseen = _observe_all(
        unseen, most // (4 if quick else 1), seed, lambda n: progress(len(known) + n, total)
    )
    truth = np.array([symmetries.index(t.label) for t in known])
    truth_unseen = np.array([symmetries.index(t.label) for t in unseen])

    # Correlating a few pictures is quicker than starting processes for it.
    pool = None if quick else ProcessPoolExecutor(cores(), get_context("spawn"))
    with pool or nullcontext():
        each = pool.map if pool else map
        accuracy, by_networks, confusion = _read_all(
            classes, (rows, truth), (rows_unseen, truth_unseen), each
        )
    fit = np.stack([row["fit"] for row in rows]).mean(axis=(0, 1))
    return {
        "suite": "templates",
        "classes": classes,
        "seed": seed,
        "quick": quick,
        "templates": len(known),
        "templates_left_out_family": len(unseen),
        "networks": most,
        "chance": 1 / len(symmetries),
        "accuracy": accuracy,
        "interval": _intervals(accuracy, len(known), len(unseen)),
        "accuracy_by_networks": by_networks,
        "fit": {"learned": float(fit[0]), "held_out": float(fit[1])},
        "confusion": confusion,
    }

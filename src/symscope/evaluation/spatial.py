"""Elements of signals and volumes beside the truth of templates; groups in four dimensions."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.classifier.classifier import CalibratedClassifier, most_like
from symscope.classifier.dataset import TRAINING_FAMILIES
from symscope.elements import Elements, find_elements
from symscope.evaluation.statistics import share
from symscope.features.features import pca_pictures
from symscope.field import Field
from symscope.groups import CLASSES, Symmetry
from symscope.io.grids import of_array, two_levels
from symscope.lie.rigid import find_generators
from symscope.networks.decoys import train
from symscope.networks.devices import threads
from symscope.networks.settings import of_dimension
from symscope.synth.constructions import construct
from symscope.synth.families import FAMILIES
from symscope.synth.templates import Template, templates

ALARMS = {1: {"full": 120, "quick": 20}, 3: {"full": 36, "quick": 6}}
"""Fields without symmetry in which elements are searched."""

OF_FOUR = {"full": 1, "quick": 0}
"""Templates of four dimensions of each class and family."""

NETWORKS_OF_FOUR = 3
POINTS_OF_FOUR = 16384

MISSED_DEG = 90.0
"""Error of a plane or axis that was not found: it must not make the others look better."""


def _places(field: NDArray[np.integer]) -> Elements:
    return find_elements(of_array(field.astype(np.int8)))


def _between(one: Sequence[float], other: Sequence[float]) -> float:
    """Degrees between two lines."""
    cosine = abs(float(np.dot(one, other))) / (np.linalg.norm(one) * np.linalg.norm(other))
    return float(np.rad2deg(np.arccos(min(1.0, cosine))))


def _in_frame(point: Sequence[float], side: int) -> NDArray[np.float64]:
    """Take a place in samples into the frame."""
    return (np.array(point) - (side - 1) / 2) / (side / 2)


def _errors(template: Template, places: Elements) -> dict[str, float]:
    """Errors of one exact template's elements, by what they are errors of."""
    true, side = template.construction.parameters, template.levels.shape[0]
    kinds = {
        Symmetry.MIRROR: "mirror",
        Symmetry.REPEATED: "translation",
        Symmetry.STRIPED: "stripes",
        Symmetry.ROUND: "round",
        Symmetry.BALL: "spherical",
    }
    found = places.of(kinds[template.label])
    best = max(found, key=lambda item: item.pixels, default=None)
    if template.label is Symmetry.MIRROR:
        offset = 1.0
        if best is not None:
            place = _in_frame(best.point or (), side)
            offset = abs(float(place @ np.array(true["normal"])) - true["offset"])
        if len(true["normal"]) == 1:
            return {"palindrome_centre": offset}
        away = MISSED_DEG if best is None else _between(best.normal or (), true["normal"])
        return {"mirror_deg": away, "mirror_offset": offset}
    if template.label is Symmetry.ROUND:
        away = MISSED_DEG if best is None else _between(best.direction or (), true["axis"])
        return {"axis_deg": away}
    if template.label is Symmetry.BALL:
        if best is None:
            return {"centre": 1.0}
        return {"centre": float(np.linalg.norm(_in_frame(best.point or (), side) - true["centre"]))}
    if template.label is Symmetry.STRIPED:
        if best is None:
            return {"shift_deg": MISSED_DEG}
        along = np.array(best.direction) @ np.array(true["directions"]).T
        return {"shift_deg": float(np.rad2deg(np.arccos(min(1.0, np.linalg.norm(along)))))}
    vectors = np.array([item.vector for item in found]).reshape(-1, template.levels.ndim)
    return {"period": _period_error(vectors / (side / 2), true)}


def _period_error(found: NDArray[np.float64], parameters: Any) -> float:
    """Compare lattices, not bases: the largest relative error of a found vector; 1 for another."""
    true = np.array([v for k, v in parameters.items() if k.startswith("vector")])
    if len(found) != len(true):
        return 1.0
    multiples = np.linalg.lstsq(true.T, found.T, rcond=None)[0].T
    whole = np.rint(multiples)
    if abs(abs(np.linalg.det(whole)) - 1) > 1e-9:
        return 1.0
    away = np.linalg.norm(found - whole @ true, axis=1) / np.linalg.norm(found, axis=1)
    return float(away.max())


WORST = {"mirror_deg": MISSED_DEG, "axis_deg": MISSED_DEG, "shift_deg": MISSED_DEG}


def measure_elements(
    drawn: Sequence[Template], dimension: int, seed: tuple[int, ...], size: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Search the exact templates and as many fields without symmetry → errors, false alarms."""
    exact = [t for t in drawn if t.label is not Symmetry.NONE]
    count = ALARMS[dimension][size]
    none = templates(
        -(-count // len(FAMILIES)),
        dimension=dimension,
        classes=[Symmetry.NONE],
        families=tuple(FAMILIES),
        seed=seed,
    )[:count]
    found = list(threads().map(_places, [t.levels for t in (*exact, *none)]))
    errors: dict[str, list[float]] = {}
    for template, places in zip(exact, found, strict=False):
        for key, value in _errors(template, places).items():
            errors.setdefault(key, []).append(value)
    told = {
        key: {
            "median": float(np.median(values)),
            "p95": float(np.quantile(values, 0.95)),
            "found": float(np.mean(np.array(values) < WORST.get(key, 1.0))),
            "templates": len(values),
        }
        for key, values in errors.items()
    }
    kinds = sorted({kind for places in found for kind in places.strongest})
    alarms = {
        kind: share(np.array([bool(places.of(kind)) for places in found[len(exact) :]]))
        for kind in kinds
    }
    return told, alarms


def four_dimensions(
    classifier: CalibratedClassifier, seed: tuple[int, ...], size: str
) -> dict[str, Any]:
    """Measure the groups of generators on templates of four dimensions, beside the plane's class.

    The plane does not know the dimension, so that of volumes can be tried; what a score tells in
    four dimensions are the generators. Empty for another classifier, and in a quick run.
    """
    count = OF_FOUR[size] if classifier.dimension == 3 else 0
    if not count:
        return {}
    classes = CLASSES[3]
    groups = {
        Symmetry.STRIPED: ("T", "T(2)", "E(3)"),
        Symmetry.ROUND: ("SO(2)",),
        Symmetry.BALL: ("SO(4)",),
    }
    right, named, truth = [], [], []
    for place, label in enumerate(classes):
        for number, family in enumerate(TRAINING_FAMILIES):
            for i in range(count):
                rng = np.random.default_rng([*seed, 4, place, number, i])
                points = rng.uniform(-1, 1, (POINTS_OF_FOUR, 4))
                made = construct(label, rng, FAMILIES[family], 4)
                field = Field(
                    points.astype(np.float32), two_levels(made.potential(points)).astype(np.int32)
                )
                if field.is_constant:
                    continue
                decoys = train([field], NETWORKS_OF_FOUR, of_dimension(4).settings, seed[-1])[0]
                probabilities = classifier.classify(pca_pictures(decoys, 4)).mean(axis=0)
                right.append(int(most_like(probabilities, classes)) == place)
                group = find_generators(decoys.jacobian, decoys.hidden, 4).group
                expected = groups.get(label, ("none",))
                named.append(any(group == e or group.startswith(f"{e} ") for e in expected))
                truth.append(place)
    return {
        "plane_classifier": share(np.array(right)),
        "group_named": share(np.array(named)),
        "chance": 1 / len(classes),
    }

"""How well signals and volumes are read: fresh templates, every control beside, elements too."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.classifier.classifier import most_like
from symscope.classifier.classifier_nd import (
    NAMES,
    CalibratedClassifierND,
    load_classifier_nd,
)
from symscope.classifier.dataset_nd import (
    SOURCES,
    TRAINING_FAMILIES,
    UNSEEN_FAMILIES,
    Observation,
    observe,
    source_features,
)
from symscope.classifier.training_nd import SpatialRecipe
from symscope.elements import Elements, find_elements
from symscope.evaluation.statistics import wilson
from symscope.features.pca_nd import layers
from symscope.field import Field
from symscope.groups import CLASSES, Symmetry
from symscope.io.grids import of_array, two_levels
from symscope.lie.rigid import find_generators
from symscope.networks.decoys import train
from symscope.networks.devices import mesh, threads
from symscope.networks.settings import of_dimension
from symscope.synth.constructions import CONSTRUCT_ND as CONSTRUCT
from symscope.synth.families import BROAD, FAMILIES
from symscope.synth.templates import Template, templates

STREAM, ALARM_STREAM = 2, 3
"""First word of the seeds of templates, and of fields without symmetry; the classifiers were trained on
another stream."""

NETWORKS = {1: 8, 3: 3}
"""Networks for each template, the same for the classifier and every control with networks."""

PER_CLASS_AND_FAMILY = {1: {"full": 8, "quick": 2}, 3: {"full": 2, "quick": 1}}
OTHER_FAMILIES = {
    1: {"unseen_families": UNSEEN_FAMILIES},
    3: {"unseen_families": UNSEEN_FAMILIES, "broad_families": tuple(BROAD)},
}
"""Families whose templates are read beside, by what they are called in the output: such as no
classifier has met, and the broad ones of volumes."""

QUICK_FAMILIES = ("wells", "fourier", "leaves")
"""Of the training families, those that a quick run draws of."""

TOGETHER = 4
"""Templates observed at a time, so that progress shows."""

ALARMS = {1: {"full": 120, "quick": 20}, 3: {"full": 36, "quick": 6}}
"""Fields without symmetry in which elements are searched."""

OF_FOUR = {"full": 1, "quick": 0}
"""Templates of four dimensions of each class and family."""

POINTS_OF_FOUR = 16384

MISSED_DEG = 90.0
"""Error of a plane or axis that was not found: it must not make the others look better."""

NAMES_OF = {"both": "hidden", "plane": "plane", "pixels": "pixels", "untrained": "untrained"}
"""Name of each source's accuracy in the output."""


def _share(right: NDArray[np.bool_]) -> dict[str, Any]:
    return {
        "value": float(right.mean()),
        "interval": wilson(int(right.sum()), len(right)),
        "templates": len(right),
    }


def _probabilities(
    classifier: CalibratedClassifierND, seen: Sequence[Observation], source: str
) -> NDArray[np.float32]:
    """Read templates → (templates, networks, C)."""
    found = []
    for some in seen:
        batch = source_features(some, source)
        flat = {key: value.reshape(-1, *value.shape[2:]) for key, value in batch.items()}
        probabilities = np.concatenate(
            [
                classifier.probabilities({k: v[i : i + 1] for k, v in flat.items()})
                for i in range(len(flat["plane"]))
            ]
        )
        found.append(probabilities.reshape(*batch["plane"].shape[:2], -1))
    return np.concatenate(found)


def _observed(
    drawn: Sequence[Template], dimension: int, seed: int, done: Callable[[int], None]
) -> list[Observation]:
    parts = []
    for first in range(0, len(drawn), TOGETHER):
        some = drawn[first : first + TOGETHER]
        parts.append(observe(some, dimension, NETWORKS[dimension], seed, threads().map))
        done(first + len(some))
    return parts


def _readings(
    dimension: int, known: tuple[Any, Any], others: Mapping[str, tuple[Any, Any]]
) -> tuple[dict[str, Any], dict[str, Any], dict[str, dict[str, int]]]:
    """Read every template from every source → accuracies, the same by networks, confusion.

    ``others`` are templates of other families, by what their families are called.
    """
    seen, truth = known
    classes = CLASSES[dimension]
    accuracy: dict[str, Any] = {}
    confusion: dict[str, dict[str, int]] = {}
    by_networks: dict[str, Any] = {}
    for source in SOURCES:
        classifier = load_classifier_nd(SpatialRecipe(dimension, source).name)
        probabilities = _probabilities(classifier, seen, source)
        read = most_like(probabilities.mean(axis=1), classes)
        accuracy[NAMES_OF[source]] = _share(read == truth)
        for name, (some, true) in others.items() if source in ("both", "pixels") else ():
            found = most_like(_probabilities(classifier, some, source).mean(axis=1), classes)
            accuracy[f"{NAMES_OF[source]}_{name}"] = _share(found == true)
        if source == "both":
            by_networks = {
                str(n): float(
                    (most_like(probabilities[:, :n].mean(axis=1), classes) == truth).mean()
                )
                for n in range(1, probabilities.shape[1] + 1)
            }
            confusion = {
                str(true): {
                    str(name): int(((truth == i) & (read == j)).sum())
                    for j, name in enumerate(classes)
                }
                for i, true in enumerate(classes)
            }
            permuted = load_classifier_nd(SpatialRecipe(dimension, permuted=True).name)
            guessed = most_like(_probabilities(permuted, seen, source).mean(axis=1), classes)
            accuracy["permuted"] = _share(guessed == truth)
    return accuracy, by_networks, confusion


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


def _elements(
    drawn: Sequence[Template], dimension: int, seed: int, size: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Search the exact templates and as many fields without symmetry → errors, false alarms."""
    exact = [t for t in drawn if t.label is not Symmetry.NONE]
    count = ALARMS[dimension][size]
    none = templates(
        -(-count // len(FAMILIES)),
        dimension=dimension,
        classes=[Symmetry.NONE],
        families=tuple(FAMILIES),
        seed=(ALARM_STREAM, seed),
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
        kind: _share(np.array([bool(places.of(kind)) for places in found[len(exact) :]]))
        for kind in kinds
    }
    return told, alarms


def _of_four_dimensions(seed: int, count: int) -> dict[str, Any]:
    """Measure the groups of generators on templates of four dimensions, beside the plane's classifier.

    The plane does not know the dimension, so its classifier of volumes can be tried; what a score tells
    in four dimensions are the generators.
    """
    classifier = load_classifier_nd(SpatialRecipe(3, "plane").name)
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
                rng = np.random.default_rng([STREAM, seed, 4, place, number, i])
                points = rng.uniform(-1, 1, (POINTS_OF_FOUR, 4))
                made = CONSTRUCT[label](rng, FAMILIES[family], 4)
                field = Field(
                    points.astype(np.float32), two_levels(made.potential(points)).astype(np.int32)
                )
                if field.is_constant:
                    continue
                decoys = train([field], NETWORKS[3], of_dimension(4).settings, seed)[0]
                probabilities = classifier.read(layers(decoys, 4)).mean(axis=0)
                right.append(int(most_like(probabilities, classes)) == place)
                group = find_generators(decoys.jacobian, decoys.hidden, 4).group
                expected = groups.get(label, ("none",))
                named.append(any(group == e or group.startswith(f"{e} ") for e in expected))
                truth.append(place)
    return {
        "plane_classifier": _share(np.array(right)),
        "group_named": _share(np.array(named)),
        "chance": 1 / len(classes),
    }


def measure(
    *, dimension: int, seed: int, quick: bool, progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """Measure accuracies, errors of elements and false alarms on fresh templates.

    Returns
    -------
    dict
        ``accuracy.hidden`` is that of the shipped classifier; ``pixels`` (the field's own levels),
        ``plane`` (the paper's picture alone), ``untrained`` (networks that learned nothing) and
        ``permuted`` (a classifier trained on shuffled labels) are its controls. Each has its interval.
        ``…_unseen_families`` and ``…_broad_families`` are of templates of other families.
        ``elements``: errors in degrees, half frames, or shares of a period; ``false_alarms``: how
        often an element is found where there is none.
    """
    mesh()  # JAX would keep to a single device if anything else used it first
    size = "quick" if quick else "full"
    count = PER_CLASS_AND_FAMILY[dimension][size]
    families = QUICK_FAMILIES if quick else TRAINING_FAMILIES
    options: dict[str, Any] = {"dimension": dimension, "seed": (STREAM, seed)}
    drawn = templates(count, families=families, **options)
    parts = {"": drawn}
    for name, of in OTHER_FAMILIES[dimension].items():
        parts[name] = templates(count, families=of, **options)
    total = sum(map(len, parts.values()))
    classes = CLASSES[dimension]
    read: dict[str, tuple[Any, Any]] = {}
    for name, some in parts.items():
        before = sum(len(truth) for _, truth in read.values())
        seen = _observed(
            some, dimension, seed, lambda n, before=before: progress(before + n, total)
        )
        read[name] = seen, np.array([classes.index(t.label) for t in some])
    seen = read[""][0]
    accuracy, by_networks, confusion = _readings(dimension, read.pop(""), read)
    errors, alarms = _elements(drawn, dimension, seed, size)
    fit = np.concatenate([some["fit"].reshape(-1, 2) for some in seen]).mean(axis=0)
    four = OF_FOUR[size] if dimension == 3 else 0
    return {
        "suite": f"{NAMES[dimension]}s",
        "seed": seed,
        "quick": quick,
        "templates": len(drawn),
        "networks": NETWORKS[dimension],
        "chance": 1 / len(classes),
        "accuracy": accuracy,
        "accuracy_by_networks": by_networks,
        "elements": errors,
        "false_alarms": alarms,
        "fit": {"learned": float(fit[0]), "held_out": float(fit[1])},
        "confusion": confusion,
        **({"four_dimensions": _of_four_dimensions(seed, four)} if four else {}),
    }

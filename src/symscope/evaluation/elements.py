"""How exactly axes, centres and periods are found, and how often where there are none."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np

from symscope.elements import KINDS, Elements, Found, find_elements
from symscope.evaluation.controls import KINDS as NOISE
from symscope.features.lie_defect import best_flow, flow_sums
from symscope.features.pca import GRID
from symscope.field import pixel_centres
from symscope.groups import EXTENDED, Symmetry
from symscope.networks.decoys import train
from symscope.networks.devices import cores, mesh
from symscope.networks.settings import SETTINGS
from symscope.synth.templates import Template, templates

STREAM = 3
"""First word of the templates' seeds."""

PER_CLASS_AND_FAMILY = {"full": 5, "quick": 1}
FLOW_NETWORKS = 4
"""Networks for each template whose hidden layer is asked for its flow."""

FLOWS_FIRST = 1000
"""Number of the first of these templates: they are others than those that are searched."""

PER_NOISE = {"full": 40, "quick": 5}

MISSED = {"axis_deg": 90.0, "direction_deg": 90.0, "centre": 1.0, "period": 1.0}
"""Error of what was not found: it must not make the others look better."""


def _nearest(items: Iterable[Found], error: Callable[[Found], float], missed: float) -> float:
    """Error of the strongest one; it is the one that a user would read."""
    strongest = max(items, key=lambda item: item.pixels, default=None)
    return missed if strongest is None else error(strongest)


def _line_error(items: Iterable[Found], true: float, missed: float) -> float:
    """Degrees between a line and the strongest one found."""
    return _nearest(items, lambda i: abs(((i.angle_deg or 0.0) - true + 90) % 180 - 90), missed)


def _away(centre: tuple[float, float] | None, true: Sequence[float]) -> float:
    """Distance as a share of the side (coordinates span two units)."""
    assert centre is not None
    return float(np.hypot(*np.subtract(centre, true))) / 2


def period_error(found: Sequence[Found], parameters: Mapping[str, Any]) -> float:
    """Compare lattices, not bases: the largest relative error of a found vector.

    1 if the found vectors make another lattice.
    """
    true = np.array([parameters[k] for k in ("vector_1", "vector_2") if k in parameters])
    vectors = np.array([item.vector for item in found])
    if len(vectors) != len(true):
        return MISSED["period"]
    multiples = np.linalg.lstsq(true.T, vectors.T, rcond=None)[0].T
    whole = np.rint(multiples)
    if abs(abs(np.linalg.det(whole)) - 1) > 1e-9:
        return MISSED["period"]
    away = np.hypot(*(vectors - whole @ true).T) / np.hypot(*vectors.T)
    return float(away.max())


def _errors(template: Template, found: Elements) -> dict[str, float]:
    """Errors of one exact template's elements, by what they are errors of."""
    true = template.construction.parameters
    label = template.label
    if label is Symmetry.MIRROR:
        away = _line_error(found.of("mirror"), true["axis_deg"], MISSED["axis_deg"])
        return {"axis_deg": away}
    if label in (Symmetry.CYCLIC, Symmetry.DIHEDRAL):
        turns = [item for item in found.of("rotation") if item.order == found.order]
        centre = _nearest(turns, lambda item: _away(item.centre, true["centre"]), MISSED["centre"])
        return {"centre": centre, "order_right": float(found.order == true["order"])}
    if label is Symmetry.REPEATED:
        return {"period": period_error(found.of("translation"), true)}
    if label is Symmetry.STRIPED:
        away = _line_error(found.of("stripes"), true["direction_deg"], MISSED["direction_deg"])
        return {"direction_deg": away}
    if label is Symmetry.ROUND:
        return {
            "round_centre": _nearest(
                found.of("round"), lambda item: _away(item.centre, true["centre"]), MISSED["centre"]
            )
        }
    return {}


def _flows(seed: int) -> dict[str, Any]:
    """Ask the hidden layers of one template of each class and family for their flow.

    The control is the same networks before training.
    """
    mesh()  # JAX would keep to a single device if anything else used it first
    drawn = templates(seed=(STREAM, seed), first=FLOWS_FIRST)
    points = pixel_centres(GRID, GRID).astype(np.float64)
    defects: dict[str, list[float]] = {}
    untrained: dict[str, list[float]] = {}
    direction, centre = [], []
    fields = [template.field for template in drawn]
    for template, decoys in zip(
        drawn, train(fields, FLOW_NETWORKS, SETTINGS["fast"], seed), strict=True
    ):
        flow = best_flow(flow_sums(decoys.jacobian(points), points))
        fresh = best_flow(flow_sums(decoys.before_training().jacobian(points), points))
        defects.setdefault(str(template.label), []).append(flow.defect)
        untrained.setdefault(str(template.label), []).append(fresh.defect)
        true = template.construction.parameters
        if template.label is Symmetry.STRIPED:
            angle = flow.angle_deg
            away = None if angle is None else abs((angle - true["direction_deg"] + 90) % 180 - 90)
            direction.append(MISSED["direction_deg"] if away is None else away)
        elif template.label is Symmetry.ROUND:
            found = flow.centre is not None
            centre.append(_away(flow.centre, true["centre"]) if found else MISSED["centre"])
    return {
        "defect": {label: float(np.median(values)) for label, values in defects.items()},
        "defect_untrained": {c: float(np.median(values)) for c, values in untrained.items()},
        "direction_deg": _summary("direction_deg", direction),
        "centre": _summary("centre", centre),
    }


def measure(
    *, classes: str, seed: int, quick: bool, progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """Measure the errors of elements on exact templates, and false alarms on ∅ and noise.

    Every class and every family takes part, whatever ``classes`` says: nothing was trained.

    Returns
    -------
    dict
        For each kind of error ``median``, ``p95`` and ``found`` (share in which there was
        something to compare); ``order_right``; ``false_alarms`` by kind of element, and the same
        for ∅ templates and each noise apart; ``flow``: of the flow of the hidden layer, the median
        defect by class, the same of untrained networks, and the errors of direction and centre.
    """
    size = "quick" if quick else "full"
    count = PER_CLASS_AND_FAMILY[size]
    exact = templates(count, classes=EXTENDED[1:], seed=(STREAM, seed))
    none = templates(4 * count, classes=[Symmetry.NONE], seed=(STREAM, seed))
    noise = [
        (kind, make(np.random.default_rng([STREAM, seed, number, i])))
        for number, (kind, make) in enumerate(NOISE.items())
        if kind != "blank"  # nothing is searched there: it would make the rates look better
        for i in range(PER_NOISE[size])
    ]
    pictures = [t.levels for t in (*exact, *none)] + [picture for _, picture in noise]
    with ProcessPoolExecutor(cores(), get_context("spawn")) as pool:
        found = []
        for elements in pool.map(find_elements, pictures, chunksize=4):
            found.append(elements)
            progress(len(found), len(pictures))

    errors: dict[str, list[float]] = {}
    for template, elements in zip(exact, found, strict=False):
        for key, value in _errors(template, elements).items():
            errors.setdefault(key, []).append(value)
    alarms: dict[str, list[Elements]] = {}
    names = ["∅ templates"] * len(none) + [kind for kind, _ in noise]
    for name, elements in zip(names, found[len(exact) :], strict=True):
        alarms.setdefault(name, []).append(elements)

    def share(some: Sequence[Elements], kind: str) -> float:
        return float(np.mean([bool(elements.of(kind)) for elements in some]))

    every = [elements for some in alarms.values() for elements in some]
    return {
        "suite": "elements",
        "seed": seed,
        "quick": quick,
        "templates": len(exact),
        "without_symmetry": len(every),
        **{key: _summary(key, values) for key, values in errors.items() if key != "order_right"},
        "order_right": float(np.mean(errors["order_right"])),
        "flow": _flows(seed),
        "false_alarms": {kind: share(every, kind) for kind in KINDS},
        "false_alarms_by_picture": {
            name: {kind: share(some, kind) for kind in KINDS} for name, some in alarms.items()
        },
    }


def _summary(key: str, values: Sequence[float]) -> dict[str, float]:
    worst = MISSED.get(key, 1.0)
    return {
        "median": float(np.median(values)),
        "p95": float(np.quantile(values, 0.95)),
        "found": float(np.mean(np.array(values) < worst)),
    }

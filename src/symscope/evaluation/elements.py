"""How exactly axes, centres and periods are found, and how often where there are none."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from symscope.elements import KINDS, Element, Elements, find_elements
from symscope.evaluation.controls import KINDS as NOISE
from symscope.evaluation.statistics import between_lines
from symscope.features.features import GRID
from symscope.features.lie_defect import best_flow, flow_sums
from symscope.field import pixel_centres
from symscope.groups import EXTENDED, Symmetry
from symscope.networks.decoys import train
from symscope.networks.devices import mesh
from symscope.networks.processes import in_processes
from symscope.networks.settings import SETTINGS
from symscope.synth.templates import Template, templates

STREAM = 3
"""First word of the templates' seeds."""

PER_CLASS_AND_FAMILY = (5, 1)
"""Full and quick."""

FLOW_NETWORKS = 4
"""Networks for each template whose hidden layer is asked for its flow."""

FLOWS_FIRST = 1000
"""Number of the first of these templates: they are others than those that are searched."""

PER_NOISE = (40, 5)
"""Full and quick."""

MISSED = {"axis_deg": 90.0, "direction_deg": 90.0, "centre": 1.0, "period": 1.0}
"""Error of what was not found: it must not make the others look better."""


def period_error(items: Sequence[Element], parameters: Mapping[str, Any]) -> float:
    """Compare lattices, not bases: the largest relative error of a found vector.

    1 if the found vectors make another lattice.
    """
    true = np.array([parameters[k] for k in ("vector_1", "vector_2") if k in parameters])
    vectors = np.array([item.vector for item in items])
    if len(vectors) != len(true):
        return MISSED["period"]
    multiples = np.linalg.lstsq(true.T, vectors.T, rcond=None)[0].T
    whole = np.rint(multiples)
    if abs(abs(np.linalg.det(whole)) - 1) > 1e-9:
        return MISSED["period"]
    away = np.hypot(*(vectors - whole @ true).T) / np.hypot(*vectors.T)
    return float(away.max())


def errors(template: Template, elements: Elements) -> dict[str, float]:
    """Errors of the strongest element of an exact template, by what they are errors of.

    The strongest one is what a user would read. Distances are shares of the side.
    """
    true, label = template.construction.parameters, template.label
    kinds = {
        Symmetry.MIRROR: "mirror",
        Symmetry.CYCLIC: "rotation",
        Symmetry.DIHEDRAL: "rotation",
        Symmetry.STRIPED: "stripes",
        Symmetry.ROUND: "round",
    }
    if label is Symmetry.REPEATED:
        return {"period": period_error(elements.of("translation"), true)}
    items = elements.of(kinds[label])
    turns = label in (Symmetry.CYCLIC, Symmetry.DIHEDRAL)
    if turns:
        items = [item for item in items if item.order == elements.order]
    best = max(items, key=lambda item: item.pixels, default=None)
    if label in (Symmetry.MIRROR, Symmetry.STRIPED):
        key = "axis_deg" if label is Symmetry.MIRROR else "direction_deg"
        if best is None:
            return {key: MISSED[key]}
        return {key: between_lines(best.angle_deg or 0.0, true[key])}
    away = MISSED["centre"] if best is None else _away(best.centre, true["centre"])
    if turns:
        return {"centre": away, "order_right": float(elements.order == true["order"])}
    return {"round_centre": away}


def _away(centre: tuple[float, float] | None, true: Sequence[float]) -> float:
    """Distance as a share of the side (coordinates span two units); without a centre, MISSED."""
    return MISSED["centre"] if centre is None else float(np.hypot(*np.subtract(centre, true))) / 2


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
            away = None if angle is None else between_lines(angle, true["direction_deg"])
            direction.append(MISSED["direction_deg"] if away is None else away)
        elif template.label is Symmetry.ROUND:
            centre.append(_away(flow.centre, true["centre"]))
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
    count = PER_CLASS_AND_FAMILY[quick]
    exact = templates(count, classes=EXTENDED[1:], seed=(STREAM, seed))
    none = templates(4 * count, classes=[Symmetry.NONE], seed=(STREAM, seed))
    noise = [
        (kind, make(np.random.default_rng([STREAM, seed, number, i])))
        for number, (kind, make) in enumerate(NOISE.items())
        for i in range(PER_NOISE[quick])
    ]
    pictures = [t.levels for t in (*exact, *none)] + [picture for _, picture in noise]
    searched = []
    for elements in in_processes(find_elements, pictures, together=4):
        searched.append(elements)
        progress(len(searched), len(pictures))

    by_key: dict[str, list[float]] = {}
    for template, elements in zip(exact, searched, strict=False):
        for key, value in errors(template, elements).items():
            by_key.setdefault(key, []).append(value)
    alarms: dict[str, list[Elements]] = {}
    names = ["∅ templates"] * len(none) + [kind for kind, _ in noise]
    for name, elements in zip(names, searched[len(exact) :], strict=True):
        alarms.setdefault(name, []).append(elements)

    def rate(pictures: Sequence[Elements], kind: str) -> float:
        return float(np.mean([bool(elements.of(kind)) for elements in pictures]))

    every = [elements for of in alarms.values() for elements in of]
    return {
        "suite": "elements",
        "seed": seed,
        "quick": quick,
        "templates": len(exact),
        "without_symmetry": len(every),
        **{key: _summary(key, values) for key, values in by_key.items() if key != "order_right"},
        "order_right": float(np.mean(by_key["order_right"])),
        "flow": _flows(seed),
        "false_alarms": {kind: rate(every, kind) for kind in KINDS},
        "false_alarms_by_picture": {
            name: {kind: rate(of, kind) for kind in KINDS} for name, of in alarms.items()
        },
    }


def _summary(key: str, values: Sequence[float]) -> dict[str, float]:
    worst = MISSED.get(key, 1.0)
    return {
        "median": float(np.median(values)),
        "p95": float(np.quantile(values, 0.95)),
        "found": float(np.mean(np.array(values) < worst)),
    }

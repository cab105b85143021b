"""What speaks for each symmetry of a signal or volume: there, realised, and against other kinds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symscope.elements.candidates import Candidate
from symscope.elements.element import LEAST_COMPARED_ELSEWHERE, Element, Elements
from symscope.elements.evidence import CONTEXT, LEARNED, NUMBERS, Evidence
from symscope.features.features import joint_projection
from symscope.groups import Isometry, Symmetry

HIDDEN_POINTS = 1024
"""Points at which the hidden layer of a field that is no picture is compared with itself, moved."""


def joint_agreement(
    items: Iterable[Element],
    hidden: Callable[[NDArray[np.float64]], NDArray[np.float32]],
    points: NDArray[np.float64],
    groups: Sequence[slice] = (slice(None),),
) -> NDArray[np.float64]:
    """Measure each element's agreement in the joint layer of groups of networks → (groups, items).

    Over the element's moves their mean; NaN where too little of the frame stays in it.

    Parameters
    ----------
    hidden : points (P, D) → (N, P, H)
    points : (P, D), where the layers are compared, in [-1, 1]^D
    groups : which networks are taken together
    """
    whole = hidden(points)
    projections = [joint_projection(whole[group])[0] for group in groups]
    here = [project(whole[group]) for project, group in zip(projections, groups, strict=True)]

    def compared(move: Isometry) -> list[float]:
        places = move(points)
        inside = np.asarray((np.abs(places) <= 1).all(axis=1))
        if float(inside.mean()) < LEAST_COMPARED_ELSEWHERE:
            return [np.nan] * len(groups)
        layer = hidden(np.where(inside[:, None], places, 0.0))
        values = []
        for project, group, before in zip(projections, groups, here, strict=True):
            one, other = before[inside], project(layer[group])[inside]
            away = float(((one - other) ** 2).sum(axis=1).mean())
            variance = float(one.var(axis=0).sum() + other.var(axis=0).sum())
            values.append(1 - away / (variance + 1e-12))
        return values

    means = []
    for item in items:
        values = np.array([compared(move) for move in item.moves])
        known = values[~np.isnan(values).any(axis=1)]
        means.append(known.mean(axis=0) if len(known) else np.full(len(groups), np.nan))
    return np.array(means, np.float64).reshape(-1, len(groups)).T


CARRIED = {
    "mirror": Symmetry.MIRROR,
    "translation": Symmetry.REPEATED,
    "stripes": Symmetry.STRIPED,
    "round": Symmetry.ROUND,
    "spherical": Symmetry.BALL,
}
"""The class of a signal or volume that each kind of element makes."""


def stands_beside(label: Symmetry, kind: str) -> bool:
    """Whether what was found of a kind is listed beside what carries the class of a field.

    Turns, which have no class there, and what says less than the class or something else: the plane
    across a round axis, the period of a palindrome.

    >>> stands_beside(Symmetry.ROUND, "mirror"), stands_beside(Symmetry.MIRROR, "round")
    (True, False)
    """
    if kind not in CARRIED:
        return True
    return label is not Symmetry.NONE and not CARRIED[kind].contains(label)


def field_evidence(
    elements: Elements,
    hidden: NDArray[np.float64] | None = None,
    known: Sequence[float] = (0.0,) * len(LEARNED),
) -> Evidence:
    """Gather what speaks for each symmetry of a signal or volume.

    What was searched on finer grids is not compared again: of NUMBERS, those of pictures alone stay
    0. Rivals are the best of the other kinds.

    Parameters
    ----------
    elements : those found, and of the other kinds the best
    hidden : agreement of the joint hidden layer, of the items and those nearly there; None: no
        network is asked
    known : LEARNED
    """
    every = (*elements.items, *elements.nearly)
    layer = np.zeros(len(every)) if hidden is None else np.nan_to_num(hidden)
    carriers = {kind: [i for i, e in enumerate(every) if e.kind == kind] for kind in CARRIED}
    carriers = {kind: numbers for kind, numbers in carriers.items() if numbers}
    there = {kind: max(every[i].pixels for i in numbers) for kind, numbers in carriers.items()}
    realised = {kind: float(layer[numbers].max()) for kind, numbers in carriers.items()}
    candidates, rows = [], []
    for kind, numbers in carriers.items():
        carrying = tuple(
            replace(every[i], hidden=None if hidden is None else float(layer[i])) for i in numbers
        )
        moves = tuple(move for item in carrying for move in item.moves)
        candidates.append(Candidate(CARRIED[kind], 1, carrying, moves))
        row = dict.fromkeys(NUMBERS, 0.0)
        row |= dict.fromkeys(("least", "mean", "even_light", "high_pass"), there[kind])
        realised_by = ("layer_least", "layer_mean", "layer_detail", "layer_periods")
        row |= dict.fromkeys(realised_by, realised[kind])
        row["overlap"], row["layer_overlap"] = 1.0, float(hidden is not None)
        others = [other for other in carriers if other != kind]
        row["picture_other"] = max((there[other] for other in others), default=0.0)
        row["layer_other"] = max((realised[other] for other in others), default=0.0)
        rows.append([row[name] for name in NUMBERS])
    return Evidence(
        tuple(candidates),
        np.array(rows, np.float64).reshape(-1, len(NUMBERS)),
        np.array([*(0.0,) * (len(CONTEXT) - len(known)), *known], np.float64),
    )

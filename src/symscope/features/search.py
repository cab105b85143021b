"""The search: all elements of a kind on a coarse grid of parameters, the best of them refined."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from symscope.features.agreement import (
    Floats,
    Moves,
    Scene,
    agreements,
    compared,
    looked_up,
    sample_points,
)
from symscope.features.moves import Kind

SWEEPS = 9
"""Rounds of variation; the variation is halved where a round gains nothing."""

APART = {1: 0.2, 2: 0.3, 3: 0.4}
"""Mean distance, in half frames, by which two elements must move the points differently to be
refined both, by dimension: some 20° of a plane in space."""


@dataclass(frozen=True)
class Candidates:
    """Elements of one kind, best first.

    Attributes
    ----------
    parameters : ndarray of shape (T, p)
    agreement : ndarray of shape (T, A, groups), of each of the element's A moves
    spectrum : ndarray of shape (E,), coarse agreements of all that were tried, falling
    """

    parameters: Floats
    agreement: NDArray[np.float32]
    spectrum: NDArray[np.float32]


@cache
def _coarse(kind: Kind, dimension: int, side: int) -> tuple[Floats, NDArray[np.int32]]:
    """List the parameters tried first, and where they move the points: (E, p), (E, A, M)."""
    start = kind.start(dimension)
    return start, looked_up(kind.make(start)(sample_points(dimension)), side)


def search(
    scene: Scene,
    kind: Kind,
    tries: int,
    groups: tuple[tuple[int, ...], ...],
    sweeps: int = SWEEPS,
) -> Candidates:
    """Look for the elements of a kind.

    Parameters
    ----------
    tries : T, elements refined
    groups : groups of channels whose agreement is told; the last one is maximised
    """
    start, tried = tried_first(scene, kind, groups[-1:])
    order = np.argsort(-tried, kind="stable")
    chosen = _apart(kind.make(start[order[: 40 * tries]]), scene.dimension, tries)
    best = refined(scene, kind, start[order[chosen]], groups[-1:], sweeps)
    found = compared(scene, kind.make(best), groups)
    falling = np.argsort(-found[..., -1].mean(axis=1), kind="stable")
    return Candidates(best[falling], found[falling], tried[order])


def tried_first(
    scene: Scene, kind: Kind, groups: tuple[tuple[int, ...], ...]
) -> tuple[Floats, NDArray[np.float32]]:
    """Compare a scene with its copies under what is tried first of a kind.

    Returns
    -------
    parameters (E, p), agreement (E,): mean over an element's moves
    """
    start, places = _coarse(kind, scene.dimension, scene.side)
    flat = places.reshape(-1, places.shape[-1])
    found = agreements(scene, flat, groups).reshape(places.shape[:2])
    return start, found.mean(axis=1)


def _apart(moves: Moves, dimension: int, count: int) -> NDArray[np.int64]:
    """Choose, in order, elements that move points differently."""
    places = moves(sample_points(dimension)[::17])
    chosen: list[int] = []
    for number in range(len(places)):
        if all(_distance(places[number], places[other]) > APART[dimension] for other in chosen):
            chosen.append(number)
        if len(chosen) == count:
            break
    # Where all are alike, the next best do as well.
    rest = [i for i in range(len(places)) if i not in chosen]
    return np.array([*chosen, *rest[: count - len(chosen)]])


def _distance(one: Floats, other: Floats) -> float:
    return float(np.linalg.norm(one - other, axis=-1).mean())


def refined(
    scene: Scene,
    kind: Kind,
    start: Floats,
    groups: tuple[tuple[int, ...], ...],
    sweeps: int = SWEEPS,
) -> Floats:
    """Climb from parameters (T, p) to where the mean agreement is largest nearby."""
    now, tries = start.copy(), len(start)
    steps = np.diag(kind.steps(scene.dimension))
    steps = steps[np.abs(steps).sum(axis=1) > 0]
    around = np.concatenate([steps, -steps])
    scale = np.ones(tries)
    values = _mean(scene, kind, now, groups)
    for _ in range(sweeps):
        varied = now[:, None] + scale[:, None, None] * around
        reached = _mean(scene, kind, varied.reshape(-1, now.shape[1]), groups)
        reached = reached.reshape(tries, -1)
        best = reached.argmax(axis=1)
        gained = reached[np.arange(tries), best] > values
        now = np.where(gained[:, None], varied[np.arange(tries), best], now)
        values = np.maximum(values, reached.max(axis=1))
        scale = np.where(gained, scale, scale / 2)
    return now


def _mean(
    scene: Scene, kind: Kind, parameters: Floats, groups: tuple[tuple[int, ...], ...]
) -> NDArray[np.float64]:
    found = compared(scene, kind.make(parameters), groups)[..., 0].mean(axis=1)
    return np.where(kind.allowed(parameters), found, -1.0)

"""Mirror symmetry in clutter: cut-out halves and their mirror images, laid on another picture.

Each is made of two pictures of a folder, by default of scikit-image's photographs. A body is cut
from the first: a half, and its mirror image, which differs in texture, light and detail and is
warped a little. It lies at any place and angle on the second. In controls the second half is given
a half turn instead. How far the halves differ is chosen so that the picture's agreement along the
true axis is between 0.5 and 0.9, evenly.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.stats import kstest

from symscope.api import score_many
from symscope.baselines import Baseline, baselines
from symscope.classifier.evidence import SOURCES, Judgement, judged_by
from symscope.elements.evidence import Evidence
from symscope.elements.find import reflection
from symscope.elements.scene import SampledScene
from symscope.errors import InputError, UsageError
from symscope.evaluation.controls import PHOTOGRAPHS
from symscope.evaluation.statistics import auc, between_lines, figure, share
from symscope.groups import Symmetry
from symscope.io.images import find_pictures, read_picture
from symscope.results import Result, Score

STREAM = 21
"""First word of the seeds."""

COUNT = (100, 6)
"""Mirrors, and as many controls; full and quick."""

NETWORKS = 16
"""Of each: many are ambiguous, and would be learned by more."""

SIDE = 192
"""Pixels along a side."""

AGREEMENTS = (0.5, 0.9)
"""Least and most agreement of the pixels along the true axis."""

NEAR = 3.0
"""Degrees up to which an axis counts as found."""

MIRRORED = (Symmetry.MIRROR, Symmetry.DIHEDRAL, Symmetry.ROUND, Symmetry.STRIPED)
"""Classes that have mirrors."""

Image = NDArray[np.float64]


@dataclass(frozen=True)
class Composed:
    """A picture made of two.

    Attributes
    ----------
    grey : array of shape (SIDE, SIDE), in 0 … 1
    axis_deg : of the mirror; of a control, of the line between its halves
    turned : whether it is a control
    agreement : of the pixels along the axis
    """

    grey: NDArray[np.float32]
    axis_deg: float
    turned: bool
    agreement: float


def composed(
    pictures: Sequence[Image], turned: bool, rng: np.random.Generator, tries: int = 60
) -> Composed:
    """Compose a mirror, or a control.

    Raises
    ------
    UsageError
        If no two pictures make one of the wanted agreement.
    """
    wanted = rng.uniform(*AGREEMENTS)
    for _ in range(tries):
        first, second = (pictures[i] for i in rng.choice(len(pictures), 2, replace=False))
        made = _body(first, second, rng)
        low, high = 0.0, 1.0
        # Halves that are alike must agree enough, and those that are not, no more than wanted.
        if made(low, False).agreement < wanted or made(high, False).agreement > wanted:
            continue
        for _ in range(7):
            middle = (low + high) / 2
            low, high = (middle, high) if made(middle, False).agreement > wanted else (low, middle)
        return made(low, turned)
    raise UsageError("found no two pictures with enough detail to make mirrors of: name others")


def _body(
    first: Image, second: Image, rng: np.random.Generator
) -> Callable[[float, bool], Composed]:
    """Draw a body and its ground → a function of how far the halves differ, and of the turn."""
    angle, size = rng.uniform(0, np.pi), rng.uniform(0.8, 1.15)
    centre = rng.uniform(-0.15, 0.15, 2)
    along = (np.arange(SIDE) + 0.5) / SIDE * 2 - 1
    x, y = np.meshgrid(along, -along)
    ground = 0.5 + rng.uniform(0.15, 0.7) * (_at(_square(second, rng), x, y) - 0.5)
    warps = [gaussian_filter(rng.normal(size=x.shape), rng.uniform(10, 25)) for _ in range(2)]
    warps = [0.012 * warp / warp.std() for warp in warps]
    body, other = _square(first, rng), _square(first, rng)
    waves = rng.normal(size=(2, 5)) / np.arange(1, 6)
    light, tilt = rng.uniform(-0.25, 0.25), rng.normal(size=2) * 0.15

    def made(differ: float, turned: bool) -> Composed:
        # u is the distance from the axis, v runs along it.
        across, up = x - centre[0], y - centre[1]
        u = (-np.sin(angle) * across + np.cos(angle) * up) / size
        v = (np.cos(angle) * across + np.sin(angle) * up) / size
        copied = u < 0
        warped = np.where(copied, differ, 0.0)
        u, v = u + warped * warps[0], v + warped * warps[1]
        u, v = np.abs(u), np.where(copied & turned, -v, v)
        turn = np.arctan2(v, u)[..., None] * np.arange(1, 6)
        edge = 0.8 + 0.12 * (np.cos(turn) @ waves[0] + np.sin(turn) @ waves[1])
        inside = np.hypot(u, v) < edge
        values = _at(body, 1.2 * u - 0.6, 0.6 * v)
        changed = (1 - differ) * values + differ * _at(other, 1.2 * u - 0.6, 0.6 * v)
        changed = changed * (1 + differ * light) + differ * (tilt[0] * x + tilt[1] * y)
        values = np.where(copied, changed, values)
        grey = np.where(inside, values, ground)
        grey = gaussian_filter(np.clip(grey, 0, 1), 0.5).astype(np.float32)
        offset = float(-np.sin(angle) * centre[0] + np.cos(angle) * centre[1])
        agreement = SampledScene(grey).scaled(128).agreement(*reflection(angle, offset))[0]
        return Composed(grey, float(np.rad2deg(angle)), turned, agreement)

    return made


def _square(picture: Image, rng: np.random.Generator) -> Image:
    """Cut a square of any place and at least 0.4 of the shorter side out of a picture."""
    side = int(rng.uniform(0.4, 1.0) * min(picture.shape))
    top, left = (int(rng.integers(0, n - side + 1)) for n in picture.shape)
    part = picture[top : top + side, left : left + side]
    low, high = np.quantile(part, (0.02, 0.98))
    return np.clip((part - low) / max(float(high - low), 1e-6), 0, 1)


def _at(square: Image, x: Image, y: Image) -> Image:
    place = np.stack([(1 - y) / 2, (x + 1) / 2]) * np.array(square.shape)[:, None, None] - 0.5
    return map_coordinates(square, place, order=1, mode="mirror")


def measure(
    *,
    folder: Path | None = None,
    with_baselines: bool = True,
    seed: int = 0,
    quick: bool = False,
    progress: Callable[[int, int], None],
    score: Callable[..., Iterable[Result]] = score_many,
    weigh: Callable[[str, Evidence], Judgement | None] = judged_by,
    peers: Sequence[Baseline] | None = None,
) -> dict[str, Any]:
    """Say how well mirrors in clutter are told from half turns, by each kind of evidence.

    Pictures are scored once; the same evidence is then weighed in all three ways.

    Returns
    -------
    dict
        By evidence: AUC of the probability of a mirror, the share of those called mirror whose axis
        is within NEAR, the share of controls called mirror, and how far the mirror's ``chance`` is
        from even on the controls (Kolmogorov). Beside them the simple measures' AUC and axes.
    """
    names = find_pictures([folder]) if folder else [f"sample:{name}" for name in PHOTOGRAPHS]
    pictures = _readable(names)
    if len(pictures) < 2:
        raise UsageError(f"found {len(pictures)} readable pictures, expected at least two")
    rng, count = np.random.default_rng([STREAM, seed]), COUNT[quick]
    drawn = [composed(pictures, turned, rng) for turned in [False, True] * count]
    greys, true = [each.grey for each in drawn], np.array([not each.turned for each in drawn])
    every_evidence = [
        one.evidence if isinstance(one, Score) else None
        for one in score(greys, networks=NETWORKS, seed=seed, progress=progress)
    ]
    by_evidence = {
        source: _figures([of and weigh(source, of) for of in every_evidence], drawn, true, seed)
        for source in SOURCES
    }
    every = baselines() if peers is None else peers
    measures = [peer for peer in every if peer.kind == "mirror"] if with_baselines else []
    return {
        "suite": "mirrors",
        "seed": seed,
        "quick": quick,
        "mirrors": count,
        "controls": count,
        "agreement": [
            float(np.mean([d.agreement for d in drawn if d.turned is t])) for t in (False, True)
        ],
        "evidence": by_evidence,
        "baselines": {peer.name: _of_peer(peer, drawn, true, seed) for peer in measures},
    }


def _readable(names: Iterable[str]) -> list[Image]:
    pictures = []
    for name in names:
        try:
            grey = read_picture(name).grey.astype(np.float64)
        except InputError:
            continue
        if min(grey.shape) >= 64:
            pictures.append(grey)
    return pictures


def _figures(
    judged: Sequence[Judgement | None],
    drawn: Sequence[Composed],
    true: NDArray[np.bool_],
    seed: int,
) -> dict[str, Any]:
    likely = [j.probabilities if j else {} for j in judged]
    strength = np.array([sum(p.get(str(s), 0.0) for s in MIRRORED) for p in likely])
    called = [j is not None and j.label in MIRRORED for j in judged]
    away = [
        _axis_error(j, each)
        for j, each in zip(judged, drawn, strict=True)
        if j is not None and j.label in MIRRORED and not each.turned
    ]
    controls = [
        j.chances.get(str(Symmetry.MIRROR), 1.0)
        for j, mirror in zip(judged, true, strict=True)
        if j is not None and not mirror
    ]
    return {
        "auc": auc(strength, true, seed),
        "called_mirror": share([c for c, t in zip(called, true, strict=True) if t]),
        "false_mirrors": share([c for c, t in zip(called, true, strict=True) if not t]),
        "axis_within_3_deg": share([error <= NEAR for error in away]) if away else None,
        "axis_error_deg": figure(lambda d: float(np.median(np.array(away)[d])), len(away), seed)
        if away
        else None,
        "chance_from_even": float(kstest(controls, "uniform").statistic),
    }


def _axis_error(judged: Judgement, each: Composed) -> float:
    axes = [item.angle_deg for item in judged.elements if item.kind == "mirror"]
    return min((between_lines(axis or 0.0, each.axis_deg) for axis in axes[:1]), default=90.0)


def _of_peer(
    peer: Baseline, drawn: Sequence[Composed], true: NDArray[np.bool_], seed: int
) -> dict[str, Any]:
    measured = [peer(each.grey) for each in drawn]
    strength = np.array([item.strength for item in measured])
    result: dict[str, Any] = {"auc": auc(strength, true, seed)}
    near = [
        item.axis_deg is not None and between_lines(item.axis_deg, each.axis_deg) <= NEAR
        for item, each in zip(measured, drawn, strict=True)
        if not each.turned
    ]
    return result | {"axis_within_3_deg": share(near)}

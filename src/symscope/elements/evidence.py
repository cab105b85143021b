"""What speaks for each symmetry that a picture may have: there, realised, and against its rivals.

Candidates come from the search on the picture, on the picture without its slow changes of light,
and on the ensemble's hidden layer. Each is a group about a place: a mirror, C_n, D_n, O(2),
stripes, a lattice. What it is worth depends on the picture: a smooth body agrees with many mirrored
copies of itself, clutter with none. So each candidate's agreement stands beside what its rivals
reach: others of its kind, and mirrors that are slid along their axis, which are no symmetry.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.ndimage import gaussian_filter, maximum_filter, minimum_filter

from symscope.elements.candidates import (
    LEAST_COMPARED,
    Candidate,
    Source,
    apart,
    lattice_candidates,
    planar_candidates,
)
from symscope.elements.find import ANGLES, COARSE, FINE, MAX_SIDE
from symscope.elements.pose import Pose
from symscope.elements.scene import LEAST_REPEATED, Moved, SampledScene
from symscope.elements.window import Window, looked_at
from symscope.features.features import joint_components
from symscope.field import pixel_centres
from symscope.groups import ORDERS, Isometry, Symmetry

SLOW, COARSER = 0.2, 0.04
"""Widths of the blurs whose results are taken for light, and for all that is no detail, in shorter
sides: in clutter, detail agrees with nothing by chance."""

WOBBLE = 0.03
"""Width of the blur, in shorter sides, after which lines drawn by hand lie on each other."""

OTHER_AXIS = 15.0
"""Degrees from which another axis is a rival."""

LAYER = 64
"""Points along a side at which the layer is asked."""

ALIKE = {"half_alike": 0.5, "nearly_alike": 0.8, "alike": 0.95}
"""Agreement to which squares of the picture are alike, by the name of their share."""

OF_PICTURE = (
    *("least", "mean", "overlap", "even_light", "high_pass", "detail"),
    *("spread", "far_off", "off", *ALIKE),
)
OF_LAYER = (
    *("layer_least", "layer_mean", "layer_overlap", "layer_detail"),
    *("layer_spread", "layer_far_off", "layer_off", *(f"layer_{name}" for name in ALIKE)),
)
VIEWS, RIVALS = (
    ("picture", "high_pass", "detail", "layer", "layer_detail"),
    ("kind", "other", "slid", "slid_mean"),
)
NUMBERS = (
    *OF_PICTURE,
    *OF_LAYER,
    *(f"{view}_{rival}" for view in VIEWS for rival in RIVALS),
    *("periods", "worst_part", "best_part", "layer_periods"),
)
"""What is known of a candidate: agreements of the picture (its least and mean over the group's
moves, with even light, without slow changes but blurred, of its detail alone), how spread its
differences are (1: everywhere the same), which share of the points differs by more than a half and
a quarter of the picture's deviation, and which shares of what varies are ALIKE: of a body all,
whatever ground it lies on; the same of the layer; what rivals reach in each view; of lattices,
periods in the shorter side, and the agreement of those PARTS² parts of the picture that agree least
and most: in one of two grains a shift agrees, in the other it does not; and the least agreement of
the layer without its slow changes, of which any shift agrees: these alone would look like a lattice
that the networks have learned."""

PARTS, SQUARES, FEWEST = 3, 8, 50
"""Parts, and squares that may be ALIKE, along each side; and points of which anything is said."""

ALONG, LEAST_VARYING = (Symmetry.STRIPED, Symmetry.REPEATED), 0.5
"""Classes of shifts, which move much out of the picture; and the share of what varies that all
others must compare: a mirror that takes a body out of the picture compares what is left."""

BLANK = 1e-4
"""Variance, of the picture's, below which what is compared is blank."""

EVEN, NEIGHBOURS = (0.03, 0.1), 5
"""How far levels differ where a picture is even, in its range; and side of the square in which."""

FINEST = 0.015
"""Width of the blur, in shorter sides, whose rest is the finest detail."""

BINS, MOST_COMMON = (16, 64), 5
"""Of the levels, whose entropy is taken and whose most common are counted; how many of these."""

NEAR = (3 / 64, 6 / 64, 12 / 64)
"""Shifts, in longer sides, by which a picture is correlated with itself; half of it at most."""

OF_LEVELS = ("even", "nearly_even", "peaked", "finely_peaked", "entropy", "most_common")
LEARNED = ("explained_variance", "retained_variance")
CONTEXT = ("near", "nearer", "far", *OF_LEVELS, *LEARNED)
"""What is known of the picture: its correlation with itself, shifted by NEAR; whether it is of flat
shapes, drawn, or a photograph: shares of it that are EVEN, how peaked its detail is (logarithm of
its kurtosis over that of noise, in sixths), the entropy of its levels and how much of it the most
common take up; how well its networks know held-out points, and how much the sketch keeps."""


@dataclass(frozen=True)
class Evidence:
    """All candidates of a picture and what speaks for them.

    Attributes
    ----------
    candidates : C of them
    numbers : array of shape (C, len(NUMBERS))
    context : array of shape (len(CONTEXT),)
    """

    candidates: tuple[Candidate, ...]
    numbers: NDArray[np.float64]
    context: NDArray[np.float64]

    def column(self, name: str) -> NDArray[np.float64]:
        """One of NUMBERS, of all candidates."""
        return self.numbers[:, NUMBERS.index(name)]

    @property
    def has_layer(self) -> bool:
        """Whether networks learned the picture, and their layer was compared too."""
        return bool(self.column("layer_overlap").any())


class InPicture(NamedTuple):
    """What is known of a candidate from the picture: those of NUMBERS."""

    numbers: list[float]
    rivals: list[float]
    of_lattice: list[float]


@dataclass(frozen=True)
class Searched:
    """A picture that was searched, beside which several layers can be laid.

    Attributes
    ----------
    pose, window : how it is looked at, and where
    views : whole, without its slow changes, and its detail alone
    sources : what was found in each, without wobbles
    context : what is known of the picture: of CONTEXT, all but LEARNED
    """

    pose: Pose
    window: Window
    views: tuple[SampledScene, SampledScene, SampledScene]
    sources: tuple[Source, Source, Source]
    context: tuple[float, ...]
    _measured: dict[bytes, InPicture | None] = field(default_factory=dict)

    @classmethod
    def of(cls, picture: NDArray[Any], window: Window | None = None) -> "Searched":
        """Search a picture; the arguments are those of ``evidence``."""
        pose, window = Pose.of(picture), window or looked_at(picture)
        about = pose.move(window.middle)
        whole = SampledScene(pose.posed(picture)).part(window.side, window.side, about)
        whole = whole.scaled(MAX_SIDE)
        (_, high_pass), (_, detail) = (_split(whole, width) for width in (SLOW, COARSER))
        first, second, third = (
            Source.of(scene.scaled(COARSE), scene.scaled(FINE))
            for scene in (whole, _split(high_pass, WOBBLE)[0], detail)
        )
        small = first.coarse.pixels
        power = np.abs(np.fft.rfft2(small - small.mean(axis=(1, 2), keepdims=True))) ** 2
        spectrum = np.fft.irfft2(power.sum(axis=0), small.shape[1:])
        top = max(spectrum[0, 0], 1e-12)
        steps = [round(share * max(small.shape[1:])) for share in NEAR]
        rows, columns = (n // 2 for n in small.shape[1:])
        near = [(spectrum[0, min(n, columns)] + spectrum[min(n, rows), 0]) / 2 / top for n in steps]
        context = (*near, *_of_levels(whole, detail))
        return cls(pose, window, (whole, high_pass, detail), (first, second, third), context)

    def beside(self, layer: SampledScene | None, known: Sequence[float]) -> Evidence:
        """Gather what speaks for each symmetry of the picture and a layer; see ``evidence``."""
        pose, (middle, side) = self.pose, self.window
        whole, high_pass, _ = self.views
        sources, of_layer, fast_layer = list(self.sources), (), None
        if layer is not None:
            longest = layer.step * max(layer.rows, layer.columns)
            at = pose.move(layer.origin)
            layer = SampledScene(pose.posed(layer.pixels), longest, at)
            layer = layer.part(side, side, pose.move(middle))
            of_layer = layer, _split(layer, COARSER)[1]
            fast_layer = _split(layer, SLOW)[1]
            sources += [Source.of(scene, scene) for scene in of_layer]

        candidates, rows = [], []
        for candidate in (
            *planar_candidates(sources),
            *lattice_candidates((whole, high_pass), sources[0].stripes),
        ):
            in_picture = self.measured(candidate)
            if in_picture is None:
                continue
            candidates.append(candidate)
            in_layer, of_lattice = [0.0] * len(OF_LAYER), [*in_picture.of_lattice, 0.0]
            if of_layer:
                in_layer = _in_layer(*of_layer, candidate.moves)
            rivals = [v for source in sources[3:] for v in _rivals(candidate, source)]
            rivals += [0.0] * (len(VIEWS) * len(RIVALS) - len(in_picture.rivals) - len(rivals))
            if fast_layer is not None and candidate.symmetry is Symmetry.REPEATED:
                once = candidate.moves[: len(candidate.elements)]
                of_lattice[-1] = min(fast_layer.agreement(move)[0] for move in once)
            rows.append([*in_picture.numbers, *in_layer, *in_picture.rivals, *rivals, *of_lattice])
        back = pose.move.inverse
        turned_back = tuple(
            replace(
                candidate,
                elements=tuple(map(pose.undone, candidate.elements)),
                moves=tuple(back @ move @ pose.move for move in candidate.moves),
            )
            for candidate in candidates
        )
        return Evidence(
            turned_back,
            np.array(rows, np.float64).reshape(-1, len(NUMBERS)),
            np.array([*self.context, *known], np.float64),
        )

    def measured(self, candidate: Candidate) -> InPicture | None:
        """Measure a candidate in the picture, once; None where too little of it is compared."""
        moves = [part.tobytes() for move in candidate.moves for part in (move.linear, move.shift)]
        key = b"".join([str(candidate.symmetry).encode(), bytes([candidate.order]), *moves])
        if key not in self._measured:
            self._measured[key] = self._in_picture(candidate)
        return self._measured[key]

    def _in_picture(self, candidate: Candidate) -> InPicture | None:
        repeated = candidate.symmetry is Symmetry.REPEATED
        # The periods of lattices may be shorter than a wobble.
        seen = self.views if repeated else [source.fine for source in self.sources]
        values, overlaps = zip(*[seen[0].agreement(m) for m in candidate.moves], strict=True)
        counted = overlaps[: len(candidate.elements)] if repeated else overlaps
        least = LEAST_REPEATED if repeated else LEAST_COMPARED
        if candidate.symmetry is not Symmetry.STRIPED and min(counted) < least:
            return None
        first = candidate.moves[:3]
        even = min(seen[0].agreement(move, even_light=True)[0] for move in first)
        numbers = [min(values), float(np.mean(values)), min(overlaps), even]
        numbers += [min(view.agreement(move)[0] for move in first) for view in seen[1:]]
        worst = seen[0].moved(candidate.moves[int(np.argmin(values))])
        if candidate.symmetry not in ALONG and seen[0].share_of(worst) < LEAST_VARYING:
            return None
        numbers += _differences(seen[0], worst)
        rivals = [value for source in self.sources for value in _rivals(candidate, source)]
        of_lattice = [0.0, 0.0, 0.0]
        if repeated:
            whole = self.views[0]
            length = max(math.hypot(*(item.vector or ())) for item in candidate.elements)
            periods = 2 / length * min(whole.rows, whole.columns) / max(whole.rows, whole.columns)
            once = candidate.moves[: len(candidate.elements)]
            of_lattice = [periods, *_parts(whole, once)]
        return InPicture(numbers, rivals, of_lattice)


def evidence(
    picture: NDArray[Any],
    layer: SampledScene | None = None,
    known: Sequence[float] = (0.0,) * len(LEARNED),
    window: Window | None = None,
) -> Evidence:
    """Gather what speaks for each symmetry of a picture.

    Parameters
    ----------
    picture : array of shape (R, C) or (channels, R, C), rows from the top
    layer : the leading components of the ensemble's joint hidden layer on a grid, where they lie in
        the picture; None: no network is asked
    known : LEARNED
    window : what is looked at, by default ``looked_at``
    """
    return Searched.of(picture, window).beside(layer, known)


def seen_in(layer: SampledScene, of: Evidence, candidates: Sequence[int]) -> Evidence:
    """Put the agreements of another layer in the place of some candidates' own."""
    numbers, (_, detail) = of.numbers.copy(), _split(layer, COARSER)
    first = NUMBERS.index("layer_least")
    for number in candidates:
        seen = _in_layer(layer, detail, of.candidates[number].moves)
        numbers[number, first : first + len(OF_LAYER)] = seen
    return Evidence(of.candidates, numbers, of.context)


def _split(scene: SampledScene, width: float) -> tuple[SampledScene, SampledScene]:
    """Split a picture by a blur of this width, in shorter sides → slow changes, and the rest."""
    blur = width * min(scene.rows, scene.columns)
    slow = gaussian_filter(scene.pixels, (0, blur, blur), mode="nearest")
    place = scene.step * max(scene.rows, scene.columns), scene.origin
    return SampledScene(slow, *place), SampledScene(scene.pixels - slow, *place)


def _of_levels(scene: SampledScene, detail: SampledScene) -> list[float]:
    """Say how even a picture is, how peaked its detail, how its levels are spread → OF_LEVELS."""
    pixels, square = scene.pixels, (1, NEIGHBOURS, NEIGHBOURS)
    span = float(np.ptp(pixels, axis=(1, 2)).max()) + 1e-12
    differ = maximum_filter(pixels, square) - minimum_filter(pixels, square)
    differ = (differ / span).max(axis=0)
    peaked = []
    for fine in (detail, _split(scene, FINEST)[1]):
        squares = (fine.pixels**2).sum(axis=0)
        kurtosis = float((squares**2).mean() / (squares.mean() ** 2 + 1e-20))
        peaked.append(math.log(kurtosis / 3 + 1e-3) / 6)
    levels = pixels.mean(axis=0)
    few, many = (np.histogram(levels, count)[0] / levels.size for count in BINS)
    entropy = -float((few * np.log(few + 1e-12)).sum()) / math.log(len(few))
    common = float(np.sort(many)[-MOST_COMMON:].sum())
    return [*(float((differ < level).mean()) for level in EVEN), *peaked, entropy, common]


def _in_layer(layer: SampledScene, detail: SampledScene, moves: Sequence[Isometry]) -> list[float]:
    """Compare a layer under moves → those of NUMBERS that it gives."""
    values, shares = zip(*[layer.agreement(move) for move in moves], strict=True)
    worst = layer.moved(moves[int(np.argmin(values))])
    fine = min(detail.agreement(move)[0] for move in moves[:3])
    return [min(values), float(np.mean(values)), min(shares), fine, *_differences(layer, worst)]


def layer_points() -> NDArray[np.float64]:
    """Points of the networks' square at which their layers are asked, (LAYER², 2)."""
    return pixel_centres(LAYER, LAYER).astype(np.float64)


def layer_scene(
    hidden: NDArray[np.float32], shape: tuple[int, ...], scale: float = 1.0
) -> tuple[SampledScene, NDArray[np.float32]]:
    """Take the joint components of N layers for a picture → where it lies, and their shares.

    Parameters
    ----------
    hidden : array of shape (N, LAYER², H), at ``layer_points``
    shape : (R, C) of the picture
    scale : half a side of the networks' square, in the picture's coordinates: 1 if all of the
        picture is in it
    """
    components, shares = joint_components(hidden)
    square = components.reshape(-1, LAYER, LAYER)
    # Of what is not square, the bars that fill the networks' square are left out.
    half = [max(4, int(min(1.0, n / max(shape) / scale) * LAYER / 2)) for n in shape]
    rows, columns = (slice(LAYER // 2 - n, LAYER // 2 + n) for n in half)
    part = square[:, rows, columns]
    longest = 2 * scale * max(half) / (LAYER / 2)
    return SampledScene(part, longest), shares


def _differences(scene: SampledScene, moved: Moved) -> list[float]:
    """Say how spread the differences of a moved copy are, which shares are large and not small.

    And which shares of what varies are ALIKE.
    """
    if len(moved.here) < FEWEST:
        return [0.0] * (3 + len(ALIKE))
    squared = ((moved.here - moved.there) ** 2).sum(axis=1)
    away, deviation = np.sqrt(squared), np.sqrt(scene.variance)
    spread = float(away.mean() ** 2 / ((away**2).mean() + 1e-12))
    off = [float((away > deviation / part).mean()) for part in (2, 4)]
    return [spread, *off, *_alike(scene, moved, squared)]


def _alike(scene: SampledScene, moved: Moved, squared: NDArray[Any]) -> list[float]:
    """Say which share of what varies, within squares, lies in those that agree to so much."""
    gather = _squares(scene, moved, SQUARES)
    count = gather.sum(axis=1)
    varies = np.zeros(SQUARES**2)
    for shown in (moved.here, moved.there):
        means = ((gather @ shown) ** 2).sum(axis=1) / np.maximum(count, 1)
        varies += np.maximum(gather @ (shown**2).sum(axis=1) - means, 0)
    # Where all that is compared is blank, nothing is alike.
    total = max(float(varies.sum()), BLANK * scene.variance * float(count.sum()))
    agreement = 1 - gather @ squared / (varies + 1e-9)
    return [float(varies[agreement >= least].sum() / total) for least in ALIKE.values()]


def _squares(scene: SampledScene, moved: Moved, along: int) -> sparse.csr_array:
    """Sum over squares, so many along each side, what is seen of a moved copy → (along², P)."""
    points = scene.points_of(moved) - scene.origin / scene.step
    x, y = ((points / (scene.columns, scene.rows) + 0.5) * along).astype(int).clip(0, along - 1).T
    entries = (np.ones(len(x)), (along * x + y, np.arange(len(x))))
    return sparse.csr_array(entries, (along**2, len(x)))


def _parts(scene: SampledScene, moves: Sequence[Isometry]) -> tuple[float, float]:
    """Compare the parts of a picture under moves → (agreement of the worst, of the best part)."""
    worst, best = 1.0, -1.0
    for move in moves:
        moved = scene.moved(move)
        away = ((moved.here - moved.there) ** 2).sum(axis=1)
        variance = moved.here.var(axis=0).sum() + moved.there.var(axis=0).sum() + 1e-12
        gather = _squares(scene, moved, PARTS)
        count = gather.sum(axis=1)
        mean = gather @ away / np.maximum(count, 1)
        agreement = (1 - mean / variance)[count >= FEWEST]
        worst = min(worst, float(agreement.min(initial=1.0)))
        best = max(best, float(agreement.max(initial=-1.0)))
    return worst, best


def _rivals(candidate: Candidate, source: Source) -> tuple[float, float, float, float]:
    """What others of a candidate's kind reach, and mirrors that are slid along their axis."""
    by_angle, slid = source.mirrors.by_angle, source.mirrors.slid
    no_symmetry = float(slid.max()), float(slid.mean())
    orders = source.by_order[: len(ORDERS)]
    if candidate.symmetry is Symmetry.MIRROR:
        angles = 180 * np.arange(ANGLES) / ANGLES
        away = np.array([apart(a, candidate.elements[0].angle_deg) for a in angles])
        return (
            float(np.quantile(by_angle, 0.95)),
            float(by_angle[away > OTHER_AXIS].max()),
            *no_symmetry,
        )
    if candidate.symmetry in (Symmetry.CYCLIC, Symmetry.DIHEDRAL):
        n = candidate.order
        other = [float(v) for v, m in zip(orders, ORDERS, strict=True) if m % n and n % m]
        return float(np.quantile(orders, 0.7)), max(other, default=0.0), *no_symmetry
    if candidate.symmetry is Symmetry.ROUND:
        return float(np.quantile(orders, 0.1)), float(source.by_order[-1]), *no_symmetry
    return float(np.quantile(by_angle, 0.5)), float(orders.max()), *no_symmetry

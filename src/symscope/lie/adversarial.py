"""The adversarial route: fields that move data so that nobody can tell.

``adversary`` plays the game; here its outcome becomes a finding. For 1, 2, … generators at once the
game is played on LANES bootstrap samples, and new discriminators are asked, on points that were not
learned from, whether they can tell. Their *advantage* (2 AUC - 1) takes the place of the defect: 0
if data and moved data cannot be told apart, 1 if always. The control are random fields of the same
class and length, given to discriminators of their own.

Distributions are asked here, not orbits: whatever leaves a cloud of finite extent unchanged keeps
its mean and its covariance, and is a rotation in coordinates where that is 1; a cloud without a
target has no other symmetry, and no more than D(D - 1)/2 generators.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from symscope.errors import UsageError
from symscope.lie.adversary import play, told
from symscope.lie.algebra import Verdict
from symscope.lie.board import Board, Rules
from symscope.lie.data import Data, Target
from symscope.lie.moves import Known
from symscope.lie.search import TOLERANCE, Found, span_angle
from symscope.lie.verdict import LARGEST_ANGLE

Floats = NDArray[np.float64]

GAME, TRIAL = Rules(), Rules(steps=600, decay=1.0)
"""A trial is short and its weights decay: discriminators that learn their sample by heart make the
advantage vary (by 0.035 instead of 0.011 between circles; that of squares is 0.14 with both)."""

LANES, KEPT = 8, 4
"""Bootstrap samples on which the game is played, and judged, with as many random generators; and
the games that count: those with the least loss. Others may have ended in a corner."""

MOST_POINTS = 2000
"""Points that are used, drawn at random where there are more: time grows with their number."""

MOST_DIMENSIONS = 4
"""Coordinates that this route takes: with more, a discriminator needs more points than people have
(development trials)."""

FLOOR = 0.02
"""An advantage that is never told apart from none: new discriminators look closer than the
generator was trained to a fraction of a degree."""

LEAST_RANDOM = 2 * TOLERANCE
"""Advantage against random fields below which discriminators see too little to say anything."""

LEAST_STAY = 0.2
"""Share of the moved points that must have data near them, where values are compared."""

HELD_OUT = float(np.exp(-1))
"""Share of the points that a bootstrap sample leaves out."""

SIGMAS = 1.96


@dataclass(frozen=True)
class Outcome:
    """How well so many generators fool, and what random ones do.

    Attributes
    ----------
    coefficients : ndarray of shape (n, K), the span nearest to those of the kept games
    games : ndarray of shape (KEPT, n, K), what these ended with
    advantage, error : mean of the new discriminators' advantage, and its standard error
    random : median advantage over random generators
    stay : share of the moved points that could be compared
    """

    coefficients: Floats
    games: Floats
    advantage: float
    error: float
    random: float
    stay: float

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, from 0 on."""
        low, high = self.advantage - SIGMAS * self.error, self.advantage + SIGMAS * self.error
        return max(low, 0.0), max(high, 0.0)

    @property
    def fools(self) -> bool:
        """Whether the advantage is small and not told apart from none, that of random fields is
        not, and there was enough to compare."""
        low, high = self.interval
        known = self.random >= LEAST_RANDOM and self.stay >= LEAST_STAY
        return known and high <= TOLERANCE and low <= FLOOR


@dataclass(frozen=True)
class Fooled:
    """What the route found, with the verdict on it and why."""

    found: Found
    verdict: Verdict
    message: str


def by_game(data: Data, kind: str, seed: int) -> Fooled:
    """Play the game for more and more generators until they no longer fool.

    Raises
    ------
    UsageError
        For more than MOST_DIMENSIONS coordinates.
    """
    size = data.points.shape[1]
    if size > MOST_DIMENSIONS:
        raise UsageError(
            f"found {size} coordinates, expected at most {MOST_DIMENSIONS} for route adversarial: "
            "take the route gradient or pairs"
        )
    chosen = np.random.default_rng(seed).permutation(len(data.points))[:MOST_POINTS]
    board = Board.of(data.points[chosen], _seen(data)[chosen], kind)
    cloud = data.target is Target.NONE
    most = size * (size - 1) // 2 if cloud else size * (size + 1) // 2
    outcomes: list[Outcome] = []
    for number in range(1, min(most, len(board.fields)) + 1):
        outcomes.append(_outcome(board, number, seed))
        if not outcomes[-1].fools:
            break
    return _judged(board, outcomes, cloud)


def _seen(data: Data) -> Floats:
    """Return what a discriminator sees beside the points: nothing, evened values, indicators."""
    if data.target is Target.NONE:
        return np.zeros((len(data.points), 0))
    if data.target is Target.LABELS:
        marks = np.eye(int(data.values.max()) + 1)[data.values]
        return (marks - marks.mean(axis=0)) / marks.std(axis=0)
    from symscope.lie.learned import evened

    return evened(data.values)


def _outcome(board: Board, number: int, seed: int) -> Outcome:
    """Play for so many generators, and have what came of it judged beside random ones."""
    played, lost = play(board, number, LANES, seed, GAME)
    games = played[np.argsort(lost)[:KEPT]]
    span = _mean_span(games)
    random = np.random.default_rng([seed, number]).standard_normal(played.shape)
    drawn = np.linalg.qr(random.transpose(0, 2, 1))[0].transpose(0, 2, 1)
    tried = np.concatenate([np.repeat(span[None], LANES, axis=0), drawn])
    advantage, stay = told(board, tried, seed + 1, TRIAL)
    ours = advantage[:LANES]
    # Delete-d jackknife (Shao and Wu 1989): each estimate is from the points left out.
    error = np.sqrt(HELD_OUT / (1 - HELD_OUT)) * ours.std()
    return Outcome(
        span,
        games,
        float(ours.mean()),
        float(error),
        float(np.median(advantage[LANES:])),
        float(stay[:LANES].mean()),
    )


def _mean_span(coefficients: Floats) -> Floats:
    """Return the n-dimensional span (n, K) that is nearest to those of all lanes (R, n, K)."""
    summed = np.einsum("rnk,rnl->kl", coefficients, coefficients)
    return np.linalg.eigh(summed)[1][:, ::-1][:, : coefficients.shape[1]].T


def _judged(board: Board, outcomes: list[Outcome], cloud: bool) -> Fooled:
    number = len(outcomes) - (not outcomes[-1].fools)
    taken = outcomes[max(number, 1) - 1]

    def fields(coefficients: Floats) -> Floats:
        return board.frame.outward(np.einsum("nk,kde->nde", coefficients, board.fields))

    spans = [fields(taken.coefficients), *map(fields, taken.games)]
    last = outcomes[-1]
    found = Found(
        fields=spans[0][:number],
        ignored=0,
        defects=np.array([max(o.advantage, 0.0) for o in outcomes[:number]]),
        intervals=np.array([o.interval for o in outcomes[:number]]).reshape(number, 2),
        spectrum=np.array([max(o.advantage, 0.0) for o in outcomes]),
        approximate=0,
        next_interval=(np.nan, np.nan) if last.fools else last.interval,
        noise=taken.error,
        null=taken.random,
        angle_deg=span_angle(spans[0], spans[1:]),
    )
    return Fooled(found, *_verdict(found, taken, cloud))


def _verdict(found: Found, outcome: Outcome, cloud: bool) -> tuple[Verdict, str]:
    low, high = outcome.interval
    said = f"{outcome.advantage:.2f} [{low:.2f}, {high:.2f}]"
    against = f"that of random fields {outcome.random:.2f}"
    if outcome.stay < LEAST_STAY:
        return Verdict.UNDECIDED, (
            f"only {outcome.stay:.0%} of the moved points come near others, expected "
            f"{LEAST_STAY:.0%}: give points that fill a region, or take another route"
        )
    if outcome.random < LEAST_RANDOM:
        return Verdict.UNDECIDED, (
            f"discriminators do not tell data from data moved by random fields either (advantage "
            f"{outcome.random:.2f}): the target does not depend on the points, or they are too few"
        )
    if not found.dimension:
        what = "the values" if not cloud else "where the points are"
        if low > TOLERANCE:
            return Verdict.NONE, (
                f"no field of the class leaves {what} unchanged: discriminators tell data from "
                f"moved data with an advantage of {said} at least, {against}"
            )
        return Verdict.UNDECIDED, (
            f"discriminators tell data from moved data with an advantage of {said}, neither zero "
            f"nor clearly above {TOLERANCE}: give more points"
        )
    if found.angle_deg > LARGEST_ANGLE:
        return Verdict.NOT_IDENTIFIABLE, (
            f"the games on resampled points end with fields that differ by "
            f"{found.angle_deg:.0f}°: cover more, give more points, or take a smaller class"
        )
    count = found.dimension
    return Verdict.SYMMETRIC, (
        f"{count} generator{'s' if count > 1 else ''}: new discriminators tell data from moved "
        f"data with an advantage of {said}, {against}"
    )


def known_by_neighbours(data: Data) -> Known:
    """Know data at other places by what is known at the nearest point."""
    if data.target is Target.NONE:
        return Known.cloud(data.points)
    tree, seen = KDTree(data.points), _seen(data)
    return Known.near(data.points, lambda x: seen[tree.query(x)[1]])

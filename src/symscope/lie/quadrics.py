"""Orbits that are quadrics: xᵀHx + bᵀx = c, fitted to all points of an orbit at once.

The orbits of SO(p, q), elliptic or not, in their largest dimension are quadrics, and a quadric's
normals are known everywhere to a precision that no neighbourhood reaches. The first fit is that of
Taubin (IEEE PAMI 13, 1115, 1991): least variance of the polynomial against its mean squared
gradient. Then the sum of |residual|^β is minimised, with β the shape of the residuals' own
distribution, taken as generalised normal: about 2 for bell-shaped noise, less for heavy tails, more
for noise with sharp bounds, where the outermost points carry most of the information.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.special import gamma

from symscope.lie.pairs import Labels

Floats = NDArray[np.float64]

SHAPES = np.array([1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 8.0])
"""Shapes β that are tried. Above 8 a few points would decide all."""

STEPS = 25
"""Newton steps at each shape; they end earlier when nothing moves."""

REDRAWN = 8
"""Fits to points drawn again with replacement, for the uncertainty."""


def _terms(points: Floats) -> tuple[Floats, Floats]:
    """Return the monomials (P, M) of degree one and two and their gradients (P, M, D)."""
    count, dimension = points.shape
    rows, columns = np.triu_indices(dimension)
    unit = np.eye(dimension)
    products = points[:, rows] * points[:, columns]
    slopes = points[:, rows, None] * unit[columns] + points[:, columns, None] * unit[rows]
    flat = np.broadcast_to(unit, (count, dimension, dimension))
    return np.c_[products, points], np.concatenate([slopes, flat], axis=1)


@dataclass(frozen=True)
class Quadric:
    """One fitted quadric.

    Attributes
    ----------
    coefficients : of the monomials x_i x_j (i ≤ j), then x_i
    level : c
    residual : root mean square distance of the points, in their unit
    shape : β of the residuals
    second : the same distance for the quadric that fits best among those independent of this one;
        if it is not much larger the points do not tell which it is
    """

    coefficients: Floats
    level: float
    residual: float
    shape: float
    second: float

    def gradient(self, points: Floats) -> Floats:
        """Return the normals at points (P, D), not of unit length, shape (P, D)."""
        return np.einsum("m,pmd->pd", self.coefficients, _terms(points)[1])


def fit_quadric(points: Floats) -> Quadric:
    """Fit a quadric to points (P, D) near it."""
    unit = float(np.sqrt((points**2).mean())) + 1e-300
    fitted = _fit(points / unit)
    number = len(fitted.coefficients) - points.shape[1]
    powers = np.r_[np.full(number, unit), np.ones(points.shape[1])]
    return Quadric(
        fitted.coefficients / powers,
        fitted.level * unit,
        fitted.residual * unit,
        fitted.shape,
        fitted.second * unit,
    )


def _fit(points: Floats) -> Quadric:
    """Fit a quadric to points of size one; its gradient is then of size one too."""
    terms, slopes = _terms(points)
    centred = terms - terms.mean(axis=0)
    steepness = np.einsum("pmd,pnd->mn", slopes, slopes)
    ridge = 1e-12 * np.trace(steepness) * np.eye(len(steepness))
    values, vectors = eigh(centred.T @ centred, steepness + ridge)
    second = float(np.sqrt(max(values[1], 0.0)))
    start = vectors[:, 0]
    scale = np.sqrt(start @ steepness @ start / len(points))
    start = np.r_[start, -float(terms.mean(axis=0) @ start)] / (scale + 1e-300)
    # The gradient's mean is kept at one: residuals are distances.
    design, constraint = np.c_[terms, np.ones(len(points))], np.r_[steepness @ start[:-1], 0.0]
    best, shape = start, 2.0
    residual = design @ start
    if np.abs(residual).max() < 1e-9 * np.abs(points).max():
        return Quadric(start[:-1], -start[-1], float(np.sqrt((residual**2).mean())), 2.0, second)
    for target in (2.0, 3.0, 4.0, 6.0, 8.0, None):
        # Step by step towards larger β: each fit starts near enough for Newton.
        likeliest = _shape(design @ best)
        if target is None or target > likeliest:
            shape = likeliest
            best = _minimise(design, best, constraint, shape)
            break
        shape = target
        best = _minimise(design, best, constraint, shape)
    residual = design @ best
    return Quadric(best[:-1], -best[-1], float(np.sqrt((residual**2).mean())), shape, second)


def _shape(residual: Floats) -> float:
    """Return the likeliest of SHAPES for a generalised normal distribution."""
    size = np.abs(residual) + 1e-300
    likelihood = []
    for shape in SHAPES:
        spread = (shape * (size**shape).mean()) ** (1 / shape)
        likelihood.append(np.log(shape / (2 * spread * gamma(1 / shape))) - 1 / shape)
    return float(SHAPES[int(np.argmax(likelihood))])


def _minimise(design: Floats, start: Floats, constraint: Floats, shape: float) -> Floats:
    """Minimise Σ |design·z|^β with constraint·(z - start) = 0, by damped Newton steps."""
    now = start
    scale = np.abs(design @ start).max() + 1e-300

    def cost(z: Floats) -> float:
        return float((np.abs(design @ z / scale) ** shape).mean())

    value = cost(now)
    for _ in range(STEPS):
        residual = design @ now / scale
        # Below two the curvature is infinite at zero: kept finite.
        weight = (np.abs(residual) + (1e-3 if shape < 2 else 0.0)) ** (shape - 2)
        pull = design.T @ (weight * residual)
        curve = max(shape - 1, 0.2) * (design * weight[:, None]).T @ design / scale
        size = len(now)
        system = np.zeros((size + 1, size + 1))
        system[:size, :size] = curve + 1e-12 * np.trace(curve) * np.eye(size)
        system[:size, size] = system[size, :size] = constraint / np.linalg.norm(constraint)
        step = np.linalg.lstsq(system, np.r_[-pull, 0.0], rcond=None)[0][:size]
        length = 1.0
        while (tried := cost(now + length * step)) > value and length > 1e-4:
            length /= 2
        if tried > value:
            break
        now, gained, value = now + length * step, value - tried, tried
        if gained < 1e-10 * value:
            break
    return now


def quadric_rows(
    points: Floats, orbit: Labels, asked: Floats, of: Labels, seed: int
) -> tuple[Floats, float, float]:
    """Fit a quadric to each orbit, and again to points drawn anew.

    Parameters
    ----------
    points, orbit : (P, D) and (P,), what is fitted
    asked, of : (Q, D) and (Q,), where the normals are wanted, and on which orbit

    Returns
    -------
    rows : array of shape (1 + REDRAWN, Q, 1, D)
        Normals, of mean square one on each orbit: first of the fit to the points as they are.
    distinct : how many times farther from the points the next best quadric is, the largest over
        the orbits
    residual : root mean square distance of the points from their quadrics
    """
    distinct, squares = 0.0, 0.0
    random = np.random.default_rng(seed)
    rows = np.zeros((1 + REDRAWN, *asked.shape))
    for name in np.unique(of):
        own, here = points[orbit == name], of == name
        for number in range(1 + REDRAWN):
            drawn = own if number == 0 else own[random.integers(0, len(own), len(own))]
            fitted = fit_quadric(drawn)
            if number == 0:
                distinct = max(distinct, fitted.second / (fitted.residual + 1e-300))
                squares += here.sum() * fitted.residual**2
            normals = fitted.gradient(asked[here])
            rows[number, here] = normals / (np.sqrt((normals**2).sum(axis=1).mean()) + 1e-300)
    return rows[:, :, None], distinct, float(np.sqrt(squares / len(asked)))

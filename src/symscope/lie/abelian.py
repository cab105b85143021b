"""Names of abelian algebras of matrices, by their weights: rates of rotation and of growth.

Commuting matrices share eigenspaces; on each of them every matrix is a number, real or complex, and
these numbers, as functions on the algebra, are its weights.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symscope.lie.structure import GAP, ZERO, Weights, joint_weights

Floats = NDArray[np.float64]

LARGEST_WEIGHT = 4
"""Largest integer in ratios of rates: with larger ones every ratio is near some fraction."""


@dataclass(frozen=True)
class Factor:
    """A direct factor: its name, its dimension, and the subspace (D, d) that it moves."""

    name: str
    dimension: int
    space: Floats


def on_copies(group: str, space: str, copies: int) -> str:
    """Name a group acting on several copies of its space at once."""
    return group if copies == 1 else f"{group} on {copies} × {space}"


def abelian_factors(basis: Floats, tolerance: float) -> list[Factor] | None:
    """Split commuting matrices (n, D, D) into factors with weights of their own.

    The weights, as functions on the algebra, make a matrix with n rows. If the algebra is a product
    of factors that act on different eigenspaces, the reduced row echelon form shows them: each row
    then has columns of its own. A factor of no known kind has an empty name.
    """
    weights = joint_weights(basis, tolerance)
    if weights is None:
        return None
    columns = [each.values.real for each in weights]
    columns += [np.zeros(len(basis)) if each.real else each.values.imag for each in weights]
    rows = _reduced(np.array(columns).T, GAP * tolerance)
    if rows is None or np.any(np.count_nonzero(rows, axis=0) > 1):
        return None
    factors = []
    for row in rows:
        growth, turning = np.split(row, 2)
        used = [i for i in range(len(weights)) if growth[i] or turning[i]]
        space = np.sum([weights[i].projector.real for i in used], axis=0)
        width = sum(weights[i].copies * (1 if weights[i].real else 2) for i in used)
        name = _weights_name([weights[i] for i in used], growth[used], turning[used], tolerance)
        factors.append(Factor(name, 1, np.linalg.svd(space)[0][:, :width]))
    return factors


def _reduced(matrix: Floats, zero: float) -> Floats | None:
    """Bring a matrix to reduced row echelon form with full pivoting, rows scaled to maximum 1."""
    rows = matrix.copy()
    for step in range(len(rows)):
        rest = np.abs(rows[step:])
        at, column = np.unravel_index(int(rest.argmax()), rest.shape)
        if rest[at, column] <= zero * np.abs(matrix).max():
            return None
        rows[[step, step + at]] = rows[[step + at, step]]
        rows[step] /= rows[step, column]
        others = np.arange(len(rows)) != step
        rows[others] -= np.outer(rows[others, column], rows[step])
    rows /= np.abs(rows).max(axis=1, keepdims=True)
    return np.where(np.abs(rows) > zero, rows, 0.0)


def _weights_name(weights: list[Weights], growth: Floats, turning: Floats, tolerance: float) -> str:
    """Name the one-parameter group with these weights; empty if it is of no known kind."""
    copies = np.array([each.copies for each in weights])
    if not growth.any():
        return _rotation_name(np.repeat(np.abs(turning), copies), tolerance)
    equal = bool(np.all(np.abs(growth) >= 1 - ZERO * tolerance))
    if turning.any() or not equal:
        return ""
    if np.all(growth > 0) or np.all(growth < 0):
        return "dilation"
    up, down = int(copies[growth > 0].sum()), int(copies[growth < 0].sum())
    real = all(each.real for each in weights)
    return on_copies("SO(1,1)", "R^2", up) if real and up == down else ""


def _rotation_name(rates: Floats, tolerance: float) -> str:
    """Name the rotation of several planes at these rates, all positive."""
    rates = np.sort(rates / rates.max())
    for top in range(1, LARGEST_WEIGHT + 1):
        whole = np.round(rates * top)
        if np.abs(rates - whole / top).max() <= tolerance / 2 and whole.min() > 0:
            if top == 1:
                return on_copies("SO(2)", "R^2", len(rates))
            return "SO(2) with weights " + ":".join(str(int(each)) for each in whole)
    return "one-parameter rotation"

"""Classes of affine vector fields ξ(x) = A x + b, and what they cost a function.

A function f is unchanged by the flow of ξ exactly if its Jacobian J sends ξ to zero everywhere
(LieGG, arXiv:2210.04345, section 4). For rows J(x) of any kind (a function's derivative, a
network's, the normals of an orbit) the *defect*

    ρ(ξ)² = Σ |J ξ|² / Σ |J|² |ξ|²

lies in [0, 1], has no unit, and is 0 for a symmetry; 1/√D is what an unrelated field has. Both sums
are quadratic forms on the class, so that the fields of stationary defect solve a generalised
eigenproblem.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from symscope.errors import UsageError

Floats = NDArray[np.float64]

CLASSES = ("affine", "linear", "isometry")
"""Which fields are searched: A and b free; b = 0; A antisymmetric."""

GROUPS = 16
"""Blocks of points that are resampled as wholes for the intervals."""

RIDGE = 1e-13
"""Of the lengths' trace: keeps the eigenproblem solvable where fields vanish on all points."""


def basis(kind: str, dimension: int) -> Floats:
    """Return a basis of a class, shape (K, D, D + 1): the matrices (A | b).

    >>> [len(basis(kind, 3)) for kind in CLASSES]
    [12, 9, 6]
    """
    if kind not in CLASSES:
        raise UsageError(
            f"found class {kind!r} of generators: expected one of {', '.join(CLASSES)}"
        )
    units = np.eye(dimension * (dimension + 1)).reshape(-1, dimension, dimension + 1)
    if kind == "affine":
        return units
    if kind == "linear":
        return units[~units[:, :, -1].any(axis=1)]
    square = units.reshape(dimension, dimension + 1, dimension, dimension + 1)
    turns = [(square[i, j] - square[j, i]) / np.sqrt(2) for i in range(dimension) for j in range(i)]
    return np.array([*turns, *square[np.arange(dimension), -1]])


@dataclass(frozen=True)
class Sums:
    """What the eigenproblem needs of N witnesses (networks, or halves of the neighbours).

    Attributes
    ----------
    change : ndarray of shape (G, N, N, K, K)
        Σ (J_n v_i)·(J_m v_j) over the points of each of G groups
    length : ndarray of shape (G, K, K)
        Σ |J|² v_i·v_j, with J the mean of the witnesses
    weights : ndarray of shape (N,)
        How often each witness counts: once, but in a resample
    """

    change: Floats
    length: Floats
    weights: Floats

    @classmethod
    def of(cls, rows: NDArray[np.floating], points: Floats, fields: Floats) -> "Sums":
        """Sum up rows (N, P, M, D) at points (P, D) for the fields (K, D, D + 1)."""
        witnesses, count = rows.shape[:2]
        # Every witness counts alike, whatever its scale.
        scale = np.sqrt((rows.astype(np.float64) ** 2).sum(axis=(2, 3)).mean(axis=1))
        scaled = rows / (scale[:, None, None, None] + 1e-300)
        ones = np.c_[points, np.ones(count)]
        flat = fields.reshape(len(fields), -1)
        change, length = [], []
        for group in np.array_split(np.arange(count), min(GROUPS, count)):
            # Rows times (x, 1) are what a matrix (A | b) is contracted with.
            outer = np.einsum("npmd,pe->npmde", scaled[:, group], ones[group])
            along = outer.reshape(witnesses, -1, flat.shape[1]) @ flat.T
            joined = along.transpose(1, 0, 2).reshape(along.shape[1], -1)
            shape = (witnesses, len(fields), witnesses, len(fields))
            change.append((joined.T @ joined).reshape(shape).transpose(0, 2, 1, 3))
            size = (scaled[:, group].mean(axis=0) ** 2).sum(axis=(1, 2))
            moments = np.einsum("p,pi,pj->ij", size, ones[group], ones[group])
            length.append((fields @ moments).reshape(len(fields), -1) @ flat.T)
        return cls(np.array(change), np.array(length), np.ones(witnesses))

    @property
    def witnesses(self) -> int:
        """The number N."""
        return self.change.shape[1]

    def drawn(self, seed: int) -> "Sums":
        """Draw groups of points, and witnesses if there are several, with replacement."""
        random = np.random.default_rng(seed)
        groups, count = self.change.shape[:2]
        some = np.bincount(random.integers(0, groups, groups), minlength=groups)
        who = np.bincount(random.integers(0, count, count), minlength=count)
        if count > 1 and np.count_nonzero(who) == 1:
            who = np.ones(count)  # one witness alone has no noise to be told from
        # One group holds the sum of all that were drawn.
        change = np.einsum("g,gnmkl->nmkl", some, self.change)
        length = np.einsum("g,gkl->kl", some, self.length)
        return Sums(change[None], length[None], who.astype(np.float64))

    def solve(self) -> tuple[Floats, Floats]:
        """Return the defects (K,), ascending, and their fields (K, K), as columns."""
        share = self.weights / self.weights.sum()
        change = np.einsum("n,m,gnmkl->kl", share, share, self.change, optimize=True)
        length = self.length.sum(axis=0)
        ridge = RIDGE * np.trace(length) * np.eye(len(length))
        values, vectors = eigh(change, length + ridge)
        return np.sqrt(np.clip(values, 0, None)), vectors

    def quotients(self, vectors: Floats) -> tuple[Floats, Floats, Floats]:
        """Return ρ of the mean, ρ² without the noise, and the noise, for columns (K, n).

        The second is the mean of products of *different* witnesses, whose errors do not go
        together: it may be negative. The third is the ρ that one witness's error alone makes.
        With one witness there is no noise to know of: it is 0.
        """
        each = np.einsum("ki,nmkl,li->nmi", vectors, self.change.sum(0), vectors, optimize=True)
        length = np.einsum("ki,kl,li->i", vectors, self.length.sum(0), vectors) + 1e-300
        pairs = np.outer(self.weights, self.weights)
        whole = np.einsum("nm,nmi->i", pairs, each) / pairs.sum() / length
        if self.witnesses == 1:
            return np.sqrt(np.clip(whole, 0, None)), whole, np.zeros_like(whole)
        own = np.einsum("n,nni->i", self.weights, each) / self.weights.sum() / length
        different = pairs - np.diag(np.diag(pairs))
        crossed = np.einsum("nm,nmi->i", different, each) / different.sum() / length
        noise = np.sqrt(np.clip(own - crossed, 0, None))
        return np.sqrt(np.clip(whole, 0, None)), crossed, noise

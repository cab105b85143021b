"""Structure of a matrix Lie algebra known with noise: closure, constants, Killing form, ideals.

Every decision is scale free. A span is first given a basis orthonormal in the Frobenius product,
so that all its members have norm 1 and an error of relative size ε has norm ε; the numbers then
compared with the tolerance depend neither on the basis nor on the size of the generators.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]

ZERO = 2.0
"""Tolerances below which a normalised number is zero: a commutator has an error from each side."""


GAP = 3.0
"""Tolerances, of the largest eigenvalue, up to which two eigenvalues are equal: chosen so that
errors of half the tolerance never part a multiple one, and rates 3 : 4 are still told apart."""

LARGEST_CONDITION = 1e8
"""Of eigenvectors: beyond it, float64 inverts them to less than the errors expected here."""

DRAWS = 12
"""Random elements tried where a generic one is needed; the one that separates best is used."""


def orthonormal(matrices: Floats, tolerance: float) -> Floats:
    """Find a basis, orthonormal in the Frobenius product, of the span of some matrices.

    Parameters
    ----------
    matrices : ndarray of shape (n, P, Q), none of them zero
    tolerance : float, in [0, 1): directions in which the matrices, scaled to norm 1, have a
        smaller singular value are taken for errors and dropped

    Returns
    -------
    ndarray of shape (m, P, Q), m <= n
    """
    if not len(matrices):
        return matrices
    flat = matrices.reshape(len(matrices), -1)
    _, size, rows = np.linalg.svd(
        flat / np.linalg.norm(flat, axis=1, keepdims=True), full_matrices=False
    )
    return rows[size > tolerance].reshape(-1, *matrices.shape[1:])


def brackets(basis: Floats) -> Floats:
    """List the commutators [E_i, E_j] of matrices (n, P, P), as an array (n, n, P, P)."""
    products = basis[:, None] @ basis[None]
    return products - products.swapaxes(0, 1)


def structure_constants(basis: Floats) -> tuple[Floats, Floats]:
    """Find c in [E_i, E_j] ≈ Σ_k c_ijk E_k by least squares, and what it leaves.

    Parameters
    ----------
    basis : ndarray of shape (n, P, P), orthonormal

    Returns
    -------
    constants : ndarray of shape (n, n, n)
    rest : ndarray of shape (n, n, P, P), the commutators' parts outside the span
    """
    commutators = brackets(basis)
    constants = np.einsum("ijab,kab->ijk", commutators, basis, optimize=True)
    return constants, commutators - np.einsum("ijk,kab->ijab", constants, basis, optimize=True)


def closure(constants: Floats, rest: Floats, tolerance: float) -> float:
    """Measure how far a span is from being closed under commutators: 0 closed, 1 not at all.

    The largest, over all X in the span, of

        ( Σ_j ‖(1 - P)[X, E_j]‖² / Σ_j ‖[X, E_j]‖² )^½

    with P the projection on the span and E_j an orthonormal basis: a property of the span, not of
    a basis. Those X whose commutators are, in the mean, within the errors of zero (2 · tolerance)
    are left out: they commute with all others, and the ratio would be one of errors.
    """
    n = len(constants)
    if n < 2:
        return 0.0
    outer = np.einsum("ijab,kjab->ik", rest, rest, optimize=True)
    whole = outer + np.einsum("ijm,kjm->ik", constants, constants, optimize=True)
    size, vectors = np.linalg.eigh(whole)
    kept = size > (n - 1) * (ZERO * tolerance) ** 2
    if not kept.any():
        return 0.0
    scaled = vectors[:, kept] / np.sqrt(size[kept])
    return float(np.sqrt(max(np.linalg.eigvalsh(scaled.T @ outer @ scaled)[-1], 0.0)))


def killing_inertia(constants: Floats, tolerance: float) -> tuple[int, int, int]:
    """Count the positive, negative and zero eigenvalues of K_ij = tr(ad_i ad_j).

    K is compared with ‖ad X‖², for which K(X, X) / ‖ad X‖² lies in [-1, 1] whatever the scale
    of X: -1 for a compact simple algebra, 1 for the boosts of SO(1, n), 0 for nilpotent elements.
    By Sylvester's law of inertia the signs are those of K.

    Parameters
    ----------
    constants : ndarray of shape (n, n, n), in an orthonormal basis
    """
    n = len(constants)
    if not n:
        return (0, 0, 0)
    killing = np.einsum("icd,jdc->ij", constants, constants, optimize=True)
    size = np.einsum("icd,jcd->ij", constants, constants, optimize=True)
    floor = n * (ZERO * tolerance) ** 2 + np.finfo(float).tiny
    return inertia(eigh(killing, size + floor * np.eye(n), eigvals_only=True), ZERO * tolerance)


def inertia(values: Floats, zero: float) -> tuple[int, int, int]:
    """Count the positive, negative and zero among some numbers.

    >>> inertia(np.array([-2.0, 0.1, 3.0, 4.0]), 0.5)
    (2, 1, 1)
    """
    positive, negative = int(np.sum(values > zero)), int(np.sum(values < -zero))
    return positive, negative, len(values) - positive - negative


def centre_and_derived(basis: Floats, tolerance: float) -> tuple[Floats, Floats] | None:
    """Split a reductive algebra into its centre and its derived algebra [g, g].

    Parameters
    ----------
    basis : ndarray of shape (n, P, P), orthonormal

    Returns
    -------
    Orthonormal bases, shapes (z, P, P) and (n - z, P, P); None if g is not the sum of the two,
    as no algebra is that has a nilpotent ideal.
    """
    n = len(basis)
    constants, _ = structure_constants(basis)
    zero = ZERO * tolerance**2 * max(n - 1, 1)
    size, vectors = np.linalg.eigh(np.einsum("ijm,kjm->ik", constants, constants, optimize=True))
    central = vectors[:, size <= zero]
    size, vectors = np.linalg.eigh(np.einsum("ijm,ijk->mk", constants, constants, optimize=True))
    derived = vectors[:, size > zero]
    whole = np.hstack([central, derived])
    if whole.shape != (n, n) or np.linalg.svd(whole, compute_uv=False)[-1] < ZERO * tolerance:
        return None
    centre, rest = (np.einsum("ir,iab->rab", part, basis) for part in (central, derived))
    return centre, rest


def _kernel(matrix: Floats, zero: float) -> Floats:
    """Find the eigenvectors (rows) of a symmetric matrix with eigenvalues up to ``zero``."""
    values, vectors = np.linalg.eigh(matrix)
    return vectors[:, values <= zero].T


def _kron_sum(left: Floats, right: Floats) -> Floats:
    """Add up the Kronecker products of two lists of matrices (n, D, D)."""
    size = left.shape[1] * right.shape[1]
    return np.einsum("iab,icd->acbd", left, right, optimize=True).reshape(size, size)


def _error(basis: Floats, tolerance: float) -> float:
    """Bound the eigenvalues of Σ_i L_iᵀ L_i that errors make, L_i the action on D × D matrices.

    An error of norm ε in each of n matrices adds about 2 n ε² / D.
    """
    return (ZERO * tolerance) ** 2 * 2 * len(basis) / max(basis.shape[1], 1)


def commutant(basis: Floats, tolerance: float) -> Floats:
    """Find the matrices that commute with all of some matrices: an orthonormal basis (c, D, D).

    By Schur's lemma c = k² for k copies of an irreducible representation of real type, 2k² for
    complex and 4k² for quaternionic type.

    Parameters
    ----------
    basis : ndarray of shape (n, D, D), orthonormal
    """
    size, unit = basis.shape[1], np.eye(basis.shape[1])
    turned = basis.swapaxes(1, 2)
    crossed = _kron_sum(basis, basis)
    normal = (
        np.kron(unit, (basis @ turned).sum(0))
        + np.kron((turned @ basis).sum(0), unit)
        - crossed
        - crossed.T
    )
    return _kernel(normal, _error(basis, tolerance)).reshape(-1, size, size)


def invariant_forms(basis: Floats, tolerance: float) -> Floats:
    """Find the symmetric H with AᵀH + HA = 0 for all of some matrices A.

    H(x, x) is then unchanged along the flow of A: the length for SO(n), the interval for SO(1, 3).

    Parameters
    ----------
    basis : ndarray of shape (n, D, D), of norm up to 1

    Returns
    -------
    ndarray of shape (m, D, D), orthonormal in the Frobenius product
    """
    size, unit = basis.shape[1], np.eye(basis.shape[1])
    turned = basis.swapaxes(1, 2)
    squares = (basis @ turned).sum(0)
    crossed = _kron_sum(basis, turned)
    normal = np.kron(squares, unit) + np.kron(unit, squares) + crossed + crossed.T
    rows, columns = np.triu_indices(size)
    symmetric = np.zeros((len(rows), size, size))
    weight = np.where(rows == columns, 1.0, np.sqrt(0.5))
    symmetric[np.arange(len(rows)), rows, columns] = weight
    symmetric[np.arange(len(rows)), columns, rows] = weight
    flat = symmetric.reshape(len(rows), -1)
    found = _kernel(flat @ normal @ flat.T, _error(basis, tolerance))
    return (found @ flat).reshape(-1, size, size)


def image(basis: Floats, tolerance: float) -> Floats:
    """Find the subspace that some matrices (n, D, D) move: an orthonormal basis (D, d)."""
    if not len(basis):
        return np.zeros((basis.shape[1], 0))
    vectors, size, _ = np.linalg.svd(np.hstack(list(basis)), full_matrices=False)
    return vectors[:, size > ZERO * tolerance * max(float(size[0]), 1 / basis.shape[1])]


def isotypic(basis: Floats, commuting: Floats, tolerance: float) -> list[Floats] | None:
    """Split a representation into its isotypic parts, each all copies of one irreducible one.

    Their projectors span the symmetric part of the centre of the commutant, if the algebra is
    closed under transposition, as every reductive one is in suitable coordinates (Mostow 1955).

    Parameters
    ----------
    basis : ndarray of shape (n, D, D), orthonormal, without common kernel
    commuting : ndarray of shape (c, D, D), from ``commutant``

    Returns
    -------
    Orthonormal bases of shapes (D, d), Σ d = D; None if the parts found are not left unchanged.
    """
    count, size = len(commuting), basis.shape[1]
    if count <= 1:
        return [np.eye(size)]
    inner = brackets(commuting).reshape(count, -1)
    vectors, values, _ = np.linalg.svd(inner, full_matrices=False)
    central = np.tensordot(vectors[:, values <= ZERO * ZERO * tolerance].T, commuting, axes=1)
    central = (central + central.swapaxes(1, 2)).reshape(len(central), -1) / 2
    _, values, rows = np.linalg.svd(central, full_matrices=False)
    rows = rows[values > 0.5]  # antisymmetric elements, as i of SU(n), leave 0 and not 1
    if len(rows) <= 1:
        return [np.eye(size)]
    parts = max((_cut(rows, size, seed) for seed in range(DRAWS)), key=lambda part: part[0])[1]
    for part in parts:
        out = basis @ part
        if np.linalg.norm(out - part @ (part.T @ out), axis=(1, 2)).max() > ZERO * tolerance:
            return None
    return parts


def _cut(rows: Floats, size: int, seed: int) -> tuple[float, list[Floats]]:
    """Cut the space where a random combination's eigenvalues leave the widest gaps."""
    weight = np.random.default_rng(seed).standard_normal(len(rows))
    values, vectors = np.linalg.eigh((weight @ rows).reshape(size, size))
    gaps = np.diff(values)
    places = np.sort(np.argsort(gaps)[::-1][: len(rows) - 1])
    gap = float(gaps[places].min() / max(float(np.ptp(values)), np.finfo(float).tiny))
    return gap, np.split(vectors, places + 1, axis=1)


@dataclass(frozen=True)
class Weights:
    """One joint eigenspace of commuting matrices, or a conjugate pair of them.

    Attributes
    ----------
    values : complex ndarray of shape (n,), the eigenvalue of each matrix
    projector : complex ndarray of shape (D, D)
    real : bool, whether the eigenspace is its own conjugate
    copies : int, its (complex) dimension
    """

    values: NDArray[np.complex128]
    projector: NDArray[np.complex128]
    real: bool
    copies: int


def joint_weights(basis: Floats, tolerance: float) -> list[Weights] | None:
    """Diagonalise commuting matrices together.

    The eigenvalues of a random combination are joined in clusters, so that those which errors
    alone have parted are one again; a cluster's projector is stable where its eigenvectors are not.

    Parameters
    ----------
    basis : ndarray of shape (n, D, D), orthonormal

    Returns
    -------
    One entry for each eigenspace or conjugate pair; None if the matrices, as nilpotent ones, are
    not the sum of their eigenvalues times the projectors.
    """
    tried = (_clusters(basis, seed, tolerance) for seed in range(DRAWS if len(basis) > 1 else 1))
    score, found = max(tried, key=lambda one: one[0])
    if not score[0]:
        return None
    again = np.zeros_like(basis)
    for each in found:
        part = each.values[:, None, None] * each.projector
        again += part.real if each.real else 2 * part.real
    worst = float(np.linalg.norm(basis - again, axis=(1, 2)).max())
    return found if worst <= ZERO * tolerance else None


def _clusters(
    basis: Floats, seed: int, tolerance: float
) -> tuple[tuple[int, float], list[Weights]]:
    """Cluster the eigenvalues of one random combination; the score counts and parts clusters."""
    draw = np.random.default_rng(seed).standard_normal(len(basis))
    values, vectors = np.linalg.eig(np.tensordot(draw, basis, axes=1).astype(complex))
    gap = GAP * tolerance * float(np.abs(values).max())
    if not gap or np.linalg.cond(vectors) > LARGEST_CONDITION:
        return (0, 0.0), []
    apart = np.abs(values[:, None] - values)
    count, label = connected_components(apart <= gap, directed=False)
    between = apart[label[:, None] != label]
    dual = np.linalg.inv(vectors)
    found = []
    for one in range(count):
        inside = label == one
        rate = float(np.imag(values[inside]).mean())
        if rate < -gap / 2:
            continue  # the conjugate of another
        projector = np.asarray(vectors[:, inside] @ dual[inside], np.complex128)
        copies = int(inside.sum())
        weights = np.einsum("ab,nba->n", projector, basis) / copies
        found.append(Weights(weights, projector, abs(rate) <= gap / 2, copies))
    return (int(count), float(between.min()) / gap if between.size else np.inf), found

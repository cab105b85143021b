"""From a span of affine vector fields, known with noise, to the name of its connected group.

A field ξ(x) = A x + b is the matrix [[A, b], [0, 0]] acting on (x, 1). The translations in the
span are split off first, then a common fixed point is sought for the rest, whose linear parts are
split into their centre, named by its weights, and semisimple ideals, named by what determines a
classical group: its dimension, that of its representation, its commutant (Schur's lemma) and its
Killing form. An algebra that fails one of these tests gets no more than its dimension for a name.
"""

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from symscope.lie.structure import (
    GAP,
    ZERO,
    Weights,
    centre_and_derived,
    closure,
    commutant,
    image,
    inertia,
    invariant_forms,
    isotypic,
    joint_weights,
    killing_inertia,
    orthonormal,
    structure_constants,
)

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


NO_ALGEBRA = "not an algebra"
"""The name of a span that commutators leave."""

LARGEST_CLOSURE = 3.0
"""Tolerances of closure up to which a span is an algebra: an error in each of the two factors
and one in the span that the commutator is compared with."""

SAME_SPACE = 0.9
"""Least cosine between subspaces that are the same; different ones here meet at right angles."""

LEAST_FORM = 0.02
"""Least eigenvalue, of the largest, of a form that is used as a length: axes 1 : 7."""


@dataclass(frozen=True)
class Naming:
    """What a span of affine vector fields generates.

    Attributes
    ----------
    name : str
        The connected group, "none" without generators, "not an algebra" if commutators leave the
        span, "Lie algebra of dimension n" if it is none of the groups known here.
    closure : float, in [0, 1]
        Largest ‖[X, ·] - P[X, ·]‖ / ‖[X, ·]‖ over the span, P the projection on it; commutators
        that errors alone can make count as zero.
    structure : ndarray of shape (n, n, n)
        c in [A_i, A_j] = Σ_k c_ijk A_k, least squares, in the generators given.
    killing : tuple of int
        Numbers of positive, negative and zero eigenvalues of K_ij = tr(ad_i ad_j).
    forms : ndarray of shape (m, D, D)
        Orthonormal basis of the symmetric H with AᵀH + HA = 0 for all linear parts A.
    signature : tuple of int, or None
        Numbers of positive, negative and zero eigenvalues of the form on the subspace that the
        linear parts move, if there is one only, up to its scale. The sign is such that a definite
        form is positive and any other has no more positive than negative eigenvalues.
    centre : ndarray of shape (D,), or None
        The common fixed point, the nearest to the origin if there are several.
    elliptic : bool
        Whether a definite form is unchanged, but not the length: orbits are ellipses.
    """

    name: str
    closure: float
    structure: Floats
    killing: tuple[int, int, int]
    forms: Floats
    signature: tuple[int, int, int] | None
    centre: Floats | None
    elliptic: bool


def name_algebra(generators: Floats, tolerance: float = 0.05) -> Naming:
    """Name the connected group that affine vector fields generate.

    Parameters
    ----------
    generators : ndarray of shape (n, D + 1, D + 1)
        Matrices [[A, b], [0, 0]], any basis of the algebra, in coordinates of order 1. A basis
        that is nearly dependent makes its errors larger by as much.
    tolerance : float, in (0, 0.2)
        What counts as zero among numbers without scale; twice the generators' relative error.

    Returns
    -------
    Naming

    Raises
    ------
    ValueError
        If a matrix is zero, not finite or no affine field, or the tolerance is out of range.

    Notes
    -----
    Closure and structure constants are used as in LieGG (arXiv:2210.04345, section 4); the Killing
    form is Cartan's criterion, the commutants are Schur's lemma for real representations.

    >>> turn = np.array([[0.0, -1.0, 0.5], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    >>> found = name_algebra(turn[None])
    >>> found.name, found.centre.round(3).tolist(), found.signature
    ('SO(2)', [0.0, 0.5], (2, 0, 0))
    """
    given = _checked(generators, tolerance)
    basis = orthonormal(given, tolerance)
    constants, rest = structure_constants(basis)
    linear = basis[:, :-1, :-1]
    forms = invariant_forms(linear, tolerance)
    signature, elliptic = _length(linear, tolerance)
    turned = np.einsum("iab,jab->ij", given, basis)  # A_i = Σ_j turned_ij E_j
    residual = closure(constants, rest, tolerance)
    closed = residual <= LARGEST_CLOSURE * tolerance
    return Naming(
        name=_name(basis, tolerance) if closed else NO_ALGEBRA,
        closure=residual,
        structure=np.einsum(
            "ia,jb,abc,ck->ijk", turned, turned, constants, np.linalg.pinv(turned), optimize=True
        ),
        killing=killing_inertia(constants, tolerance),
        forms=forms,
        signature=signature,
        centre=_fixed_point(basis, np.zeros((linear.shape[1], 0)), tolerance),
        elliptic=elliptic,
    )


def _checked(generators: Floats, tolerance: float) -> Floats:
    """Check the generators' shape and values."""
    given = np.asarray(generators, np.float64)
    if given.ndim != 3 or given.shape[1] != given.shape[2] or given.shape[1] < 2:
        raise ValueError(f"generators need the shape (n, D + 1, D + 1), got {given.shape}")
    if not 0 < tolerance < 0.2:
        raise ValueError(f"the tolerance must lie between 0 and 0.2, got {tolerance}")
    if not np.isfinite(given).all():
        raise ValueError("generators must be finite, got NaN or infinite entries")
    if np.any(given[:, -1]):
        raise ValueError("the last row of an affine field's matrix is zero, got another")
    if not np.linalg.norm(given, axis=(1, 2)).all():
        raise ValueError("a generator is zero: leave it out")
    return given


def _fixed_point(basis: Floats, ignored: Floats, tolerance: float) -> Floats | None:
    """Find c with A c + b = 0 up to a subspace (D, w) that is ignored; None if there is none."""
    size = basis.shape[1] - 1
    if not len(basis):
        return None
    keep = np.eye(size) - ignored @ ignored.T
    linear, shift = basis[:, :-1, :-1], basis[:, :-1, -1] @ keep
    stack = linear.reshape(-1, size)
    zero = ZERO * tolerance * max(float(np.linalg.norm(stack, 2)), ZERO * tolerance)
    left, values, right = np.linalg.svd((keep @ linear).reshape(-1, size), full_matrices=False)
    used = values > zero
    centre = -right[used].T @ ((left[:, used].T @ shift.ravel()) / values[used])
    left_over = shift + (linear @ centre) @ keep
    return centre if np.linalg.norm(left_over, 2) <= ZERO * tolerance else None


def _length(linear: Floats, tolerance: float) -> tuple[tuple[int, int, int] | None, bool]:
    """Describe the form on the subspace that the linear parts move: signature, elliptic or not."""
    space = image(linear, tolerance)
    moved = space.shape[1]
    forms = invariant_forms(space.T @ linear @ space, tolerance) if moved else np.zeros((0, 0, 0))
    if not len(forms):
        return None, False
    nearest = np.tensordot(np.trace(forms, axis1=1, axis2=2), forms, axes=1)
    definite = float(np.linalg.eigvalsh(nearest)[0]) > LEAST_FORM * np.linalg.norm(nearest, 2)
    away = np.sqrt(max(0.0, 1 - float(np.sum(nearest**2)) / moved))
    elliptic = bool(definite and away > ZERO * tolerance)
    if len(forms) > 1:
        return None, elliptic
    values = np.asarray(np.linalg.eigvalsh(forms[0]), np.float64)
    zero = LEAST_FORM * float(np.abs(values).max())
    positive, negative, null = inertia(values, zero)
    low, high = sorted((positive, negative))
    null += linear.shape[1] - moved
    return ((low, high, null) if low else (high, 0, null)), elliptic


def _name(basis: Floats, tolerance: float) -> str:
    """Name a closed span, given by an orthonormal basis (n, D + 1, D + 1)."""
    if not len(basis):
        return "none"
    if len(basis) == 1:
        return _one_parameter(basis[0], tolerance)
    unknown = f"Lie algebra of dimension {len(basis)}"
    flat = basis[:, :-1, :-1].reshape(len(basis), -1)
    mix, size, _ = np.linalg.svd(flat, full_matrices=True)
    size = np.pad(size, (0, len(basis) - len(size)))
    shifting = size <= ZERO * tolerance
    moved = np.linalg.svd(np.tensordot(mix[:, shifting].T, basis, axes=1)[:, :-1, -1])
    shifts = moved[2][: int(shifting.sum())].T
    fixing = np.tensordot(mix[:, ~shifting].T, basis, axes=1)
    if len(fixing) and _fixed_point(fixing, shifts, tolerance) is None:
        return unknown
    linear = orthonormal(fixing[:, :-1, :-1], tolerance)
    factors = _linear_factors(linear, tolerance) if len(linear) == len(fixing) else None
    if factors is not None and shifts.shape[1]:
        factors = _with_translations(factors, linear, shifts, tolerance)
    if factors is None:
        return unknown
    ordered = sorted(factors, key=lambda factor: (-factor.dimension, factor.name))
    return " × ".join(factor.name for factor in ordered)


def _linear_factors(linear: Floats, tolerance: float) -> list[Factor] | None:
    """Find the direct factors of an algebra of matrices (n, D, D), given orthonormal."""
    if not len(linear):
        return []
    parts = centre_and_derived(linear, tolerance)
    if parts is None:
        return None
    simple = _semisimple_factors(parts[1], tolerance) if len(parts[1]) else []
    abelian = abelian_factors(parts[0], tolerance) if len(parts[0]) else []
    if simple is None or abelian is None or any(not factor.name for factor in abelian):
        return None
    result = []
    for factor in simple:
        for other in abelian:
            joint = _joint(factor, other)
            if joint:
                abelian = [each for each in abelian if each is not other]
                factor = joint
                break
        result.append(factor)
    return result + abelian


def _joint(simple: Factor, other: Factor) -> Factor | None:
    """Join SU(n) with i to U(n), and SL(n) with the dilation to GL(n)."""
    width = simple.space.shape[1]
    if other.space.shape[1] != width or not _same(simple.space, other.space):
        return None
    turn = on_copies("SO(2)", "R^2", width // 2)
    if simple.name.startswith("SU(") and " × " not in simple.name and other.name == turn:
        name = "U" + simple.name[2:]
    elif simple.name.startswith("SL(") and " on " not in simple.name and other.name == "dilation":
        name = "GL" + simple.name[2:]
    else:
        return None
    return Factor(name, simple.dimension + 1, simple.space)


def _same(first: Floats, second: Floats) -> bool:
    """Whether two subspaces (D, d), by orthonormal bases, of the same dimension are the same."""
    return bool(np.linalg.svd(first.T @ second, compute_uv=False)[-1] >= SAME_SPACE)


def _with_translations(
    factors: list[Factor], linear: Floats, shifts: Floats, tolerance: float
) -> list[Factor] | None:
    """Join translations (D, w) with the factors: E(k) where SO(k) turns them, T(k) elsewhere."""
    joined, turned = [], 0
    for factor in factors:
        width = factor.space.shape[1]
        inside = np.linalg.svd(factor.space.T @ shifts, compute_uv=False)
        whole = len(inside) >= width and inside[width - 1] >= SAME_SPACE
        if whole and factor.name == f"SO({width})":
            joined.append(Factor(f"E({width})", factor.dimension + width, factor.space))
            turned += width
        else:
            joined.append(factor)
    crossing = any(
        np.linalg.norm(one.space.T @ other.space, 2) >= SAME_SPACE
        for one, other in permutations(joined, 2)
        if one.name.startswith("E(")
    )
    if crossing or image(linear @ shifts @ shifts.T, tolerance).shape[1] != turned:
        return None
    left = shifts.shape[1] - turned
    if left:
        joined.append(Factor("T" if left == 1 else f"T({left})", left, shifts))
    return joined


# Semisimple ideals


def _semisimple_factors(basis: Floats, tolerance: float) -> list[Factor] | None:
    """Name the ideals of a semisimple algebra (n, D, D), one for each isotypic part."""
    forms = invariant_forms(basis, tolerance)
    metric = np.tensordot(np.trace(forms, axis1=1, axis2=2), forms, axes=1)
    axes, vectors = np.linalg.eigh(metric)
    root = np.eye(len(metric))
    if axes[0] > LEAST_FORM * axes[-1]:  # compact: in these coordinates it is antisymmetric
        root = (vectors * np.sqrt(axes / axes[-1])) @ vectors.T
    back = np.linalg.inv(root)
    basis = orthonormal(root @ basis @ back, tolerance)
    space = image(basis, tolerance)
    inner = space.T @ basis @ space
    parts = isotypic(inner, commutant(inner, tolerance), tolerance)
    factors, total = [], 0
    for part in parts or []:
        flat = (part.T @ inner @ part).reshape(len(inner), -1)
        _, size, rows = np.linalg.svd(flat, full_matrices=False)
        ideal = rows[size > ZERO * tolerance].reshape(-1, part.shape[1], part.shape[1])
        name = _ideal_name(ideal, tolerance)
        if name is None:
            return None
        total += len(ideal)
        factors.append(Factor(name, len(ideal), np.linalg.qr(back @ space @ part)[0]))
    return factors if total == len(basis) else None


def _ideal_name(basis: Floats, tolerance: float) -> str | None:
    """Name a semisimple algebra (n, d, d) whose space is k copies of an irreducible one.

    An algebra of d(d - 1)/2 matrices that leaves a form on R^d unchanged is all of so(p, q); one
    of d² - 1 traceless matrices is sl(d); one of m² - 1 that commutes with i on C^m and leaves a
    length unchanged is su(m).
    """
    n, width = basis.shape[:2]
    if not n:
        return None
    commuting = len(commutant(basis, tolerance))
    forms = len(invariant_forms(basis, tolerance))
    killing = killing_inertia(structure_constants(basis)[0], tolerance)
    names = []
    for k in (k for k in range(1, width + 1) if width % k == 0):
        size, m = width // k, width // (2 * k)
        if n == size * (size - 1) // 2 and (commuting, forms) == (k * k, k * (k + 1) // 2):
            names += [
                on_copies(f"SO({p},{size - p})" if p else f"SO({size})", f"R^{size}", k)
                for p in range(size // 2 + 1)
                if killing == (p * (size - p), n - p * (size - p), 0) and size > 2
            ]
        half = size * (size + 1) // 2 - 1
        if n == size**2 - 1 and commuting == k * k and killing == (half, n - half, 0):
            names.append(on_copies(f"SL({size})", f"R^{size}", k))
        complex_type = 4 * k * k if m == 2 else 2 * k * k
        compact = killing == (0, n, 0) and size == 2 * m >= 4
        if n == m**2 - 1 and commuting == complex_type and compact:
            names.append(f"SU({m}) on R^{size}" if k == 1 else f"SU({m}) on {k} × R^{size}")
    return names[0] if len(names) == 1 else None


# Single fields


def _one_parameter(field: Floats, tolerance: float) -> str:
    """Name the group of a single field (D + 1, D + 1) of norm 1."""
    linear, size = field[:-1, :-1], len(field) - 1
    length = float(np.linalg.norm(linear, 2))
    if np.linalg.norm(linear) <= ZERO * tolerance:
        return "T"
    fixed = _fixed_point(field[None], np.zeros((size, 0)), tolerance) is not None
    if np.linalg.norm(np.linalg.matrix_power(linear / length, size), 2) <= tolerance:
        return "shear" if fixed else "one-parameter group"
    factors = abelian_factors(orthonormal(linear[None], tolerance), tolerance)
    name = factors[0].name if factors else ""
    if not fixed:
        return "screw" if name.startswith("SO(2)") or "rotation" in name else "one-parameter group"
    return name or "one-parameter group"

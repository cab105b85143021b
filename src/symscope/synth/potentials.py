"""Potentials whose symmetry group is known: V(x) in any dimension, for ``potential:NAME``.

The first are the examples of Krippendorf and Syvaeri (arXiv:2003.13679, section 4) and of those who
came after; the last have no continuous symmetry, and are there so that one can see it said.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symscope.errors import UsageError, among

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Potential:
    """One potential.

    Attributes
    ----------
    name : as in ``potential:NAME``
    dimension : D
    values : points (P, D) → (P,)
    group : the group with its discrete elements, as ``discover`` names it
    generators : ndarray of shape (n, D, D + 1), the algebra: fields A x + b as (A | b)
    low, high : the box (D,) in which it is looked at
    description : in words
    """

    name: str
    dimension: int
    values: Callable[[Floats], Floats]
    group: str
    generators: Floats
    low: Floats
    high: Floats
    description: str

    def __call__(self, points: Floats) -> Floats:
        """Return the values at points (P, D), shape (P,)."""
        return self.values(points)

    def sample(self, count: int, seed: int) -> tuple[Floats, Floats]:
        """Draw points of the box and return them with their values."""
        random = np.random.default_rng(seed)
        points = random.uniform(self.low, self.high, (count, self.dimension))
        return points, self.values(points)


def potential(name: str, seed: int = 0) -> Potential:
    """Return a potential by its name.

    Parameters
    ----------
    name : one of ``names()``; those that exist in any dimension take it as ``-D``
    seed : of the random ones

    Raises
    ------
    UsageError
        If there is none of that name.

    Examples
    --------
    >>> potential("mexican-hat-5").group
    'O(5)'
    """
    match = re.fullmatch(r"(.+?)-(\d+)", name)
    if match and match[1] in _ANY:
        # Python refuses to read numbers of thousands of digits.
        stem, size = match[1], int(match[2][:6])
    else:
        stem, size = name, None
    if stem in _ANY:
        size = _ANY[stem][1] if size is None else size
        if not 2 <= size <= 32:
            raise UsageError(f"found {size} dimensions for {stem}: expected 2 to 32")
        return _ANY[stem][0](size, seed)
    if name not in _FIXED:
        raise UsageError(f"found potential {name!r}: expected {among(name, names())}")
    return _FIXED[name]()


def names() -> list[str]:
    """Name the potentials; [-D] marks those of any dimension."""
    return [*_FIXED, *(f"{name}[-D]" for name in _ANY)]


def rotations(dimension: int) -> Floats:
    """Return the generators of so(D) about the origin, shape (D(D-1)/2, D, D + 1)."""
    found = []
    for i in range(dimension):
        for j in range(i):
            field = np.zeros((dimension, dimension + 1))
            field[i, j], field[j, i] = 1.0, -1.0
            found.append(field)
    return np.array(found).reshape(-1, dimension, dimension + 1)


def preserving(form: Floats) -> Floats:
    """Return the generators A with AᵀH + HA = 0 for an invertible symmetric H (D, D).

    They are H⁻¹B for the antisymmetric B.
    """
    fields = rotations(len(form))
    fields[:, :, :-1] = np.linalg.inv(form) @ fields[:, :, :-1]
    return fields


def _box(dimension: int, low: float, high: float) -> tuple[Floats, Floats]:
    return np.full(dimension, low), np.full(dimension, high)


def _square(x: Floats) -> Floats:
    return (x**2).sum(axis=1)


def _none(dimension: int) -> Floats:
    return np.zeros((0, dimension, dimension + 1))


def _circle() -> Potential:
    return Potential(
        "circle", 2, lambda x: np.sqrt(_square(x)), "O(2)", rotations(2), *_box(2, -1, 1),
        "distance from the origin of the plane",
    )  # fmt: skip


def _sphere() -> Potential:
    return Potential(
        "sphere", 3, lambda x: np.sqrt(_square(x)), "O(3)", rotations(3), *_box(3, -1, 1),
        "distance from the origin of space",
    )  # fmt: skip


def _double_well() -> Potential:
    def values(x: Floats) -> Floats:
        square = _square(x)
        return -2.4 * square + square**2

    return Potential(
        "double-well", 2, values, "O(2)", rotations(2), *_box(2, -1.6, 1.6),
        "-2.4 r² + r⁴: most levels below zero are two circles",
    )  # fmt: skip


def _lorentz() -> Potential:
    form = np.diag([1.0, -1.0, -1.0, -1.0])
    return Potential(
        "lorentz", 4, lambda x: np.einsum("pi,ij,pj->p", x, form, x), "O(1,3)", preserving(form),
        *_box(4, -1, 1), "t² - x² - y² - z²",
    )  # fmt: skip


def _squeeze() -> Potential:
    form = np.array([[0.0, 0.5], [0.5, 0.0]])
    return Potential(
        "squeeze", 2, lambda x: x[:, 0] * x[:, 1], "O(1,1)", preserving(form), *_box(2, -1, 1),
        "x y: unchanged by (x, y) → (s x, y/s)",
    )  # fmt: skip


def _elliptic_well() -> Potential:
    form, centre = np.array([[1.0, 0.3], [0.3, 0.4]]), np.array([0.2, -0.1])
    fields = preserving(form)
    fields[:, :, -1] = -fields[:, :, :-1] @ centre
    return Potential(
        "elliptic-well", 2, lambda x: np.einsum("pi,ij,pj->p", x - centre, form, x - centre),
        "O(2)", fields, *_box(2, -1, 1), "an oblique ellipse off the origin",
    )  # fmt: skip


def _o5() -> Potential:
    def values(x: Floats) -> Floats:
        one, two = x[:, :5], x[:, 5:]
        first, second = np.linalg.norm(one, axis=1), np.linalg.norm(two, axis=1)
        return np.sin(first) - second**3 / 2 + (one * two).sum(axis=1) / (first * second)

    pair = np.zeros((10, 10, 11))
    pair[:, :5, :5] = pair[:, 5:, 5:10] = rotations(5)[:, :, :-1]
    return Potential(
        "o5", 10, values, "SO(5) on 2 × R^5", pair, *_box(10, -2, 2),
        "sin|a| - |b|³/2 + a·b/(|a||b|) of two vectors (LieGG, arXiv:2210.04345)",
    )  # fmt: skip


def _quaternion_units() -> Floats:
    """Return su(2) on C² = R⁴, coordinates (Re z₁, Im z₁, Re z₂, Im z₂), shape (3, 4, 4)."""
    pauli = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]], dtype=complex)
    real = np.einsum("nij,ab->niajb", (1j * pauli).real, np.eye(2))
    turned = np.einsum("nij,ab->niajb", (1j * pauli).imag, np.array([[0.0, -1], [1, 0]]))
    return (real + turned).reshape(3, 4, 4)


def _su2() -> Potential:
    def values(x: Floats) -> Floats:
        z = x[:, 0::2] + 1j * x[:, 1::2]  # two doublets of C²
        one, two = z[:, :2], z[:, 2:]
        inner = (one.conj() * two).sum(axis=1)
        area = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
        first, second = (np.abs(one) ** 2).sum(axis=1), (np.abs(two) ** 2).sum(axis=1)
        products = 0.8 * inner.real**3 + 0.6 * np.sin(inner.imag)
        areas = np.tanh(area.real) + 0.5 * area.imag**2
        return first + 0.5 * np.cos(2 * second) + products + areas

    fields = np.zeros((3, 8, 9))
    fields[:, :4, :4] = fields[:, 4:, 4:8] = _quaternion_units()
    return Potential(
        "su2", 8, values, "SU(2) on 2 × R^4", fields, *_box(8, -1, 1),
        "two doublets of C²: one alone would have all of SO(4)",
    )  # fmt: skip


def _d4() -> Potential:
    return Potential(
        "d4", 2, lambda x: (x**4).sum(axis=1), "D_4", _none(2), *_box(2, -1, 1),
        "x⁴ + y⁴: a square's mirrors and turns, no field",
    )  # fmt: skip


def _henon_heiles() -> Potential:
    def values(x: Floats) -> Floats:
        return _square(x) / 2 + x[:, 0] ** 2 * x[:, 1] - x[:, 1] ** 3 / 3

    return Potential(
        "henon-heiles", 2, values, "D_3", _none(2), *_box(2, -1, 1),
        "Hénon and Heiles (1964): a triangle's mirrors and turns",
    )  # fmt: skip


def _mirror() -> Potential:
    return Potential(
        "mirror", 2, lambda x: np.cos(2 * x[:, 0]) * x[:, 1] + x[:, 1] ** 3 + x[:, 0] ** 4, "Z_2",
        _none(2), *_box(2, -1, 1), "even in x, and nothing else",
    )  # fmt: skip


def _cubic() -> Potential:
    return Potential(
        "cubic", 2, lambda x: x[:, 0] ** 2 + x[:, 1] ** 3, "Z_2", _none(2), *_box(2, -1, 1),
        "x² + y³: the talk's example of no symmetry but x → -x",
    )  # fmt: skip


def _mexican_hat(dimension: int, seed: int) -> Potential:
    def values(x: Floats) -> Floats:
        return -_square(x) + _square(x) ** 2

    return Potential(
        f"mexican-hat-{dimension}", dimension, values, f"O({dimension})", rotations(dimension),
        *_box(dimension, -1, 1), "-r² + r⁴",
    )  # fmt: skip


def _norm(dimension: int, seed: int) -> Potential:
    return Potential(
        f"norm-{dimension}", dimension, lambda x: np.sqrt(_square(x)), f"O({dimension})",
        rotations(dimension), *_box(dimension, -1, 1), "distance from the origin",
    )  # fmt: skip


def _stripes(dimension: int, seed: int) -> Potential:
    normal = np.random.default_rng(seed).standard_normal(dimension)
    normal /= np.linalg.norm(normal)
    along = np.linalg.svd(normal[None])[2][1:]
    fields = np.zeros((dimension - 1, dimension, dimension + 1))
    fields[:, :, -1] = along
    return Potential(
        f"stripes-{dimension}", dimension, lambda x: np.sin(3 * x @ normal),
        "T" if dimension == 2 else f"T({dimension - 1})", fields, *_box(dimension, -1, 1),
        "a plane wave in a random direction",
    )  # fmt: skip


def _fourier(dimension: int, seed: int) -> Potential:
    random = np.random.default_rng(seed)
    waves = random.standard_normal((dimension, 12)) * 2.5
    phases = random.uniform(0, 2 * np.pi, 12)
    return Potential(
        f"fourier-{dimension}", dimension, lambda x: np.cos(x @ waves + phases).sum(axis=1), "none",
        _none(dimension), *_box(dimension, -1, 1), "twelve random plane waves: no symmetry",
    )  # fmt: skip


_FIXED: dict[str, Callable[[], Potential]] = {
    "circle": _circle,
    "sphere": _sphere,
    "double-well": _double_well,
    "lorentz": _lorentz,
    "squeeze": _squeeze,
    "elliptic-well": _elliptic_well,
    "o5": _o5,
    "su2": _su2,
    "d4": _d4,
    "henon-heiles": _henon_heiles,
    "mirror": _mirror,
    "cubic": _cubic,
}

_ANY: dict[str, tuple[Callable[[int, int], Potential], int]] = {
    "mexican-hat": (_mexican_hat, 2),
    "norm": (_norm, 3),
    "stripes": (_stripes, 2),
    "fourier": (_fourier, 2),
}

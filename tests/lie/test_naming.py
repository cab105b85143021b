"""The names of groups, from generators with errors, in any basis, in any coordinates."""

from itertools import combinations
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import linalg

from symscope.lie.naming import name_algebra

Floats = NDArray[Any]


turn = np.array([[0.0, -1.0], [1.0, 0.0]])
squeeze = np.diag([1.0, -1.0])


def block_diag(*blocks: Floats) -> Floats:
    return np.asarray(linalg.block_diag(*blocks), np.float64)


def unit(size: int, row: int, column: int) -> Floats:
    matrix = np.zeros((size, size))
    matrix[row, column] = 1.0
    return matrix


def so(positive: int, negative: int = 0) -> list[Floats]:
    """The matrices with AᵀH + HA = 0 for H = diag(1, … , -1, …)."""
    size = positive + negative
    sign = np.repeat([1.0, -1.0], [positive, negative])
    return [
        unit(size, i, j) - sign[i] * sign[j] * unit(size, j, i)
        for i, j in combinations(range(size), 2)
    ]


def gl(size: int) -> list[Floats]:
    return [unit(size, i, j) for i in range(size) for j in range(size)]


def sl(size: int) -> list[Floats]:
    """All matrix units off the diagonal, and the differences of those on it."""
    off = [unit(size, i, j) for i in range(size) for j in range(size) if i != j]
    return off + [unit(size, i, i) - unit(size, i + 1, i + 1) for i in range(size - 1)]


def real(matrix: NDArray[Any]) -> Floats:
    """A complex m × m matrix as a real one on R^(2m)."""
    return np.kron(np.eye(2), np.real(matrix)) + np.kron(turn, np.imag(matrix))


def su(size: int) -> list[Floats]:
    pairs = list(combinations(range(size), 2))
    turning = [unit(size, i, j) - unit(size, j, i) for i, j in pairs]
    phases = [1j * (unit(size, i, j) + unit(size, j, i)) for i, j in pairs]
    diagonal = [1j * (unit(size, i, i) - unit(size, i + 1, i + 1)) for i in range(size - 1)]
    return [real(np.asarray(each, complex)) for each in turning + phases + diagonal]


def u(size: int) -> list[Floats]:
    return [*su(size), real(1j * np.eye(size))]


def copies(matrices: list[Floats], count: int) -> list[Floats]:
    return [np.kron(np.eye(count), each) for each in matrices]


def sums(*algebras: list[Floats]) -> list[Floats]:
    """The direct sum, each algebra on coordinates of its own; [0] of shape (d, d) leaves d free."""
    sizes = [algebra[0].shape[0] for algebra in algebras]
    return [
        block_diag(*(each if i == k else np.zeros((n, n)) for k, n in enumerate(sizes)))
        for i, algebra in enumerate(algebras)
        for each in algebra
        if each.any()
    ]


def free(size: int) -> list[Floats]:
    return [np.zeros((size, size))]


def fields(matrices: list[Floats], size: int = 0, shifts: tuple[int, ...] = ()) -> Floats:
    """Homogeneous matrices of linear fields, and of translations along some axes."""
    size = len(matrices[0]) if matrices else size
    found = [np.pad(each, ((0, 1), (0, 1))) for each in matrices]
    return np.array(found + [unit(size + 1, axis, size) for axis in shifts])


twice = [block_diag(turn, 2 * turn)]
left = [  # left multiplication of quaternions by i, j, k
    np.array([[0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 0, -1], [0, 0, 1, 0.0]]),
    np.array([[0, 0, -1, 0], [0, 0, 0, 1], [1, 0, 0, 0], [0, -1, 0, 0.0]]),
    np.array([[0, 0, 0, -1], [0, 0, -1, 0], [0, 1, 0, 0], [1, 0, 0, 0.0]]),
]

upper = [unit(3, 0, 1), unit(3, 1, 2), unit(3, 0, 2)]

GROUPS: list[tuple[str, str, Floats]] = [
    *((f"SO({n})", f"SO({n})", fields(so(n))) for n in range(2, 11)),
    ("SO(2)", "about an axis", fields(sums(so(2), free(1)))),
    ("SO(3)", "in R^5", fields(sums(so(3), free(2)))),
    ("SO(1,1)", "squeeze", fields([squeeze])),
    ("SO(1,1)", "boost in R^4", fields(sums(so(1, 1), free(2)))),
    ("SO(1,2)", "SO(1,2)", fields(so(1, 2))),
    ("SO(1,3)", "Lorentz", fields(so(1, 3))),
    ("SO(1,3)", "Lorentz, signs the other way", fields(so(3, 1))),
    ("SO(2,2)", "SO(2,2)", fields(so(2, 2))),
    ("SO(3) on 2 × R^3", "two vectors", fields(copies(so(3), 2))),
    ("SO(4) on 2 × R^4", "two 4-vectors", fields(copies(so(4), 2))),
    ("SO(5) on 2 × R^5", "two 5-vectors", fields(copies(so(5), 2))),
    ("SO(3) on 3 × R^3", "three vectors", fields(copies(so(3), 3))),
    ("SO(1,3) on 2 × R^4", "two 4-momenta", fields(copies(so(1, 3), 2))),
    ("SO(2) on 2 × R^2", "two planes", fields(copies(so(2), 2))),
    ("SO(2) on 3 × R^2", "three planes", fields(copies(so(2), 3))),
    ("SO(2) with weights 1:2", "1:2", fields(twice)),
    ("SO(2) with weights 2:3", "2:3", fields([block_diag(2 * turn, 3 * turn)])),
    ("one-parameter rotation", "1:√2", fields([block_diag(turn, np.sqrt(2) * turn)])),
    ("SU(2) on R^4", "left quaternions", fields(left)),
    ("SU(2) on R^4", "SU(2)", fields(su(2))),
    ("SU(2) on 2 × R^4", "SU(2) twice", fields(copies(su(2), 2))),
    ("U(2) on R^4", "U(2)", fields(u(2))),
    ("SU(3) on R^6", "SU(3)", fields(su(3))),
    ("U(3) on R^6", "U(3)", fields(u(3))),
    ("T", "one shift", fields([], 2, (0,))),
    ("T(2)", "two shifts", fields([], 3, (0, 1))),
    ("T(3)", "three shifts", fields([], 3, (0, 1, 2))),
    *((f"E({n})", f"E({n})", fields(so(n), shifts=tuple(range(n)))) for n in (2, 3, 4)),
    ("E(2)", "in R^3", fields(sums(so(2), free(1)), shifts=(0, 1))),
    ("dilation", "dilation", fields([np.eye(3)])),
    ("dilation", "of a plane in R^3", fields([np.diag([1.0, 1.0, 0.0])])),
    *((f"SL({n})", f"SL({n})", fields(sl(n))) for n in (2, 3, 4)),
    *((f"GL({n})", f"GL({n})", fields(gl(n))) for n in (2, 3, 4)),
    ("screw", "screw", fields(sums(so(2), free(1))) + fields([], 3, (2,))),
    ("shear", "shear", fields([unit(2, 0, 1)])),
    ("shear", "in R^3", fields([unit(3, 0, 1)])),
    ("one-parameter group", "spiral", fields([turn + 0.5 * np.eye(2)])),
    ("one-parameter group", "two rates", fields([np.diag([1.0, 0.5])])),
    ("one-parameter group", "growth and shift", fields([np.diag([1.0, 0.0])]) + unit(3, 1, 2)),
    ("SO(3) × SO(2)", "SO(3) × SO(2)", fields(sums(so(3), so(2)))),
    ("SO(3) × SO(3)", "SO(3) × SO(3)", fields(sums(so(3), so(3)))),
    ("SO(4) × SO(3)", "SO(4) × SO(3)", fields(sums(so(4), so(3)))),
    ("SO(1,3) × SO(3)", "SO(1,3) × SO(3)", fields(sums(so(1, 3), so(3)))),
    ("SO(2) × SO(2)", "torus", fields(sums(so(2), so(2)))),
    ("SO(2) × SO(2) × SO(2)", "3-torus", fields(sums(so(2), so(2), so(2)))),
    ("SO(1,1) × SO(2)", "boost and turn", fields(sums(so(1, 1), so(2)))),
    ("SO(2) × T", "cylinder", fields(sums(so(2), free(1)), shifts=(2,))),
    ("T(2) × SO(2)", "T(2) × SO(2)", fields(sums(so(2), free(2)), shifts=(2, 3))),
    ("E(2) × T", "E(2) × T", fields(sums(so(2), free(1)), shifts=(0, 1, 2))),
    ("SO(2) × dilation", "SO(2) × dilation", fields([turn, np.eye(2)])),
    ("SO(2) × dilation", "in R^3", fields([*sums(so(2), free(1)), np.eye(3)])),
    ("SO(3) × dilation", "SO(3) × dilation", fields([*so(3), np.eye(3)])),
    ("dilation × dilation", "one for each axis", fields([squeeze, np.eye(2)])),
    ("Lie algebra of dimension 4", "similarities", fields([turn, np.eye(2)], shifts=(0, 1))),
    ("Lie algebra of dimension 2", "x and shift", fields([np.diag([1.0, 0.0])], shifts=(0,))),
    ("Lie algebra of dimension 3", "Heisenberg", fields(upper)),
]  # fmt: skip
"""Name, what it is, generators."""

each_group = pytest.mark.parametrize(
    ("name", "generators"), [pytest.param(n, g, id=f"{n}, {what}") for n, what, g in GROUPS]
)


def orthogonal(rng: np.random.Generator, size: int) -> Floats:
    return np.linalg.qr(rng.standard_normal((size, size)))[0]


def moved(generators: Floats, linear: Floats, shift: Floats) -> Floats:
    """Generators in the coordinates linear · x + shift."""
    size = len(shift)
    change = np.eye(size + 1)
    change[:size, :size], change[:size, size] = linear, shift
    return change @ generators @ np.linalg.inv(change)


def mixed(rng: np.random.Generator, generators: Floats, condition: float = 3.0) -> Floats:
    """Another basis, generators of norm 1 taken together with this condition number."""
    n = len(generators)
    generators = generators / np.linalg.norm(generators, axis=(1, 2), keepdims=True)
    sizes = np.geomspace(1.0, condition, n)
    change = orthogonal(rng, n) @ np.diag(sizes) @ orthogonal(rng, n)
    return np.tensordot(change, generators, axes=1)


def noisy(rng: np.random.Generator, generators: Floats, share: float) -> Floats:
    """Add to each matrix an affine error of this share of its norm."""
    error = rng.standard_normal(generators.shape)
    error[:, -1] = 0
    size = np.linalg.norm(generators, axis=(1, 2), keepdims=True)
    return generators + share * size * error / np.linalg.norm(error, axis=(1, 2), keepdims=True)


def measured(seed: int, generators: Floats, share: float = 0.02, condition: float = 2.0) -> Floats:
    """The generators as a measurement gives them: other coordinates, another basis, errors."""
    rng = np.random.default_rng(seed)
    size = generators.shape[1] - 1
    shift = rng.uniform(-1, 1, size) / np.sqrt(size)
    found = moved(generators, orthogonal(rng, size), shift)
    return noisy(rng, mixed(rng, found, condition), share)


@each_group
def test_the_name_holds_without_errors(name: str, generators: Floats) -> None:
    assert name_algebra(generators).name == name


@each_group
@pytest.mark.parametrize("seed", range(3))
def test_the_name_holds_with_errors_of_two_percent(
    name: str, generators: Floats, seed: int
) -> None:
    found = name_algebra(measured(seed, generators))
    assert found.name == name
    assert found.closure <= 0.15


@settings(max_examples=60, deadline=None)
@given(which=st.integers(0, len(GROUPS) - 1), seed=st.integers(0, 10**6))
def test_the_name_does_not_depend_on_the_basis_or_the_coordinates(which: int, seed: int) -> None:
    name, _, generators = GROUPS[which]
    found = name_algebra(measured(seed, generators, share=1e-6, condition=4.0))
    assert found.name == name
    assert found.closure < 1e-3


@settings(max_examples=30, deadline=None)
@given(scale=st.floats(1e-6, 1e6), seed=st.integers(0, 10**6))
def test_the_name_does_not_depend_on_the_scale_of_generators(scale: float, seed: int) -> None:
    generators = measured(seed, fields(so(1, 3))) * scale
    assert name_algebra(generators).name == "SO(1,3)"


COMPACT = [(what, g) for name, what, g in GROUPS if name.startswith(("SO(", "SU(", "U(", "E("))
           and not {"T", "dilation"} & set(name.split(" × ")) and "1," not in name
           and "2,2" not in name and "screw" not in name]  # fmt: skip


@pytest.mark.parametrize(("what", "generators"), COMPACT, ids=[what for what, _ in COMPACT])
def test_round_orbits_are_not_called_elliptic(what: str, generators: Floats) -> None:
    assert not name_algebra(measured(1, generators)).elliptic


@pytest.mark.parametrize(
    ("name", "generators", "axes"),
    [
        ("SO(2)", fields(so(2)), [1.0, 2.0]),
        ("SO(2)", fields(sums(so(2), free(1))), [1.0, 1.5, 1.0]),
        ("SO(3)", fields(so(3)), [1.0, 1.5, 2.0]),
        ("SO(4)", fields(so(4)), [1.0, 1.0, 1.5, 1.5]),
        ("SO(3) on 2 × R^3", fields(copies(so(3), 2)), [1.0, 1.3, 1.6, 1.0, 1.3, 1.6]),
        ("SU(2) on R^4", fields(left), [1.0, 1.0, 1.5, 1.5]),
        ("E(2)", fields(so(2), shifts=(0, 1)), [1.0, 2.0]),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_ellipses_have_the_name_of_the_rotation(
    name: str, generators: Floats, axes: list[float], seed: int
) -> None:
    stretched = moved(generators, np.diag(axes), np.zeros(len(axes)))
    found = name_algebra(measured(seed, stretched))
    assert found.name == name
    assert found.elliptic


@pytest.mark.parametrize(
    ("generators", "signature", "killing"),
    [
        (fields(so(2)), (2, 0, 0), (0, 0, 1)),
        (fields(so(3)), (3, 0, 0), (0, 3, 0)),
        (fields(sums(so(2), free(1))), (2, 0, 1), (0, 0, 1)),
        (fields([squeeze]), (1, 1, 0), (0, 0, 1)),
        (fields(so(1, 3)), (1, 3, 0), (3, 3, 0)),
        (fields(so(3, 1)), (1, 3, 0), (3, 3, 0)),
        (fields(sums(so(2), so(3))), None, (0, 3, 1)),
        (fields(sl(2)), None, (2, 1, 0)),
        (fields(u(2)), (4, 0, 0), (0, 3, 1)),
        (fields(so(3), shifts=(0, 1, 2)), (3, 0, 0), (0, 3, 3)),
        (fields([], 2, (0, 1)), None, (0, 0, 2)),
    ],
)
def test_signature_and_killing_form(
    generators: Floats, signature: tuple[int, int, int] | None, killing: tuple[int, int, int]
) -> None:
    found = name_algebra(measured(0, generators))
    assert found.signature == signature
    assert found.killing == killing


def test_the_form_of_the_lorentz_group_is_the_interval() -> None:
    forms = name_algebra(fields(so(1, 3))).forms
    assert len(forms) == 1
    assert np.allclose(np.abs(forms[0] * 2), np.eye(4), atol=1e-9)
    assert np.sign(forms[0, 0, 0]) == -np.sign(forms[0, 1, 1])


@pytest.mark.parametrize("share", [0.0, 0.02])
def test_the_centre_is_the_common_fixed_point(share: float) -> None:
    rng, centre = np.random.default_rng(2), np.array([0.3, -0.4, 0.5])
    generators = mixed(rng, moved(fields(so(3)), np.eye(3), centre))
    found = name_algebra(noisy(rng, generators, share)).centre
    assert found is not None
    assert np.abs(found - centre).max() < 1e-9 + 3 * share


@pytest.mark.parametrize("name", ["T", "T(2)", "E(2)", "screw", "SO(2) × T"])
def test_translations_leave_no_fixed_point(name: str) -> None:
    generators = next(g for n, _, g in GROUPS if n == name)
    assert name_algebra(measured(0, generators)).centre is None


def test_structure_constants_are_those_of_the_basis_given() -> None:
    generators = measured(3, fields(so(4)), share=0.0)
    found = name_algebra(generators).structure
    products = generators[:, None] @ generators[None]
    expected = products - products.swapaxes(0, 1)
    assert np.allclose(np.einsum("ijk,kab->ijab", found, generators), expected, atol=1e-9)


@pytest.mark.parametrize(("size", "count"), [(2, 2), (2, 3), (2, 4), (3, 2), (3, 5), (4, 6)])
@pytest.mark.parametrize("seed", range(5))
def test_a_random_span_is_no_algebra(size: int, count: int, seed: int) -> None:
    generators = np.random.default_rng(seed).standard_normal((count, size + 1, size + 1))
    generators[:, -1] = 0
    found = name_algebra(generators)
    assert found.name == "not an algebra"
    assert found.closure > 0.15


def test_an_algebra_with_one_generator_missing_or_wrong_is_none() -> None:
    rng = np.random.default_rng(0)
    wrong = fields(so(4))
    wrong[-1, :4] = rng.standard_normal((4, 5))
    assert name_algebra(fields(so(4))[:-1]).name == "not an algebra"
    assert name_algebra(wrong).name == "not an algebra"


def spin(weight: int) -> list[Floats]:
    """sl(2) on R^(weight + 1), the irreducible representation of that highest weight."""
    size = weight + 1
    up = np.diag([float(k * (weight - k + 1)) for k in range(1, size)], 1)
    down = np.diag(np.ones(weight), -1)
    return [up, down, up @ down - down @ up]


def symmetric_square(matrices: list[Floats]) -> list[Floats]:
    """The action on the traceless symmetric 3 × 3 matrices."""
    pairs = [(0, 1), (0, 2), (1, 2)]
    basis = [(unit(3, i, j) + unit(3, j, i)) / np.sqrt(2) for i, j in pairs]
    basis += [np.diag([1.0, -1.0, 0.0]) / np.sqrt(2), np.diag([1.0, 1.0, -2.0]) / np.sqrt(6)]
    return [
        np.array([[np.sum(p * (a @ q - q @ a)) for q in basis] for p in basis]) for a in matrices
    ]


def side_by_side(first: list[Floats], second: list[Floats]) -> list[Floats]:
    """One algebra in two representations at once."""
    return [block_diag(a, b) for a, b in zip(first, second, strict=True)]


def tensor(first: list[Floats], second: list[Floats]) -> list[Floats]:
    one, two = np.eye(len(first[0])), np.eye(len(second[0]))
    return [np.kron(a, two) for a in first] + [np.kron(one, b) for b in second]


symmetric = [np.eye(2), squeeze, turn @ squeeze]
symplectic = [
    *(np.block([[a, 0 * turn], [0 * turn, -a.T]]) for a in gl(2)),
    *(np.block([[0 * turn, b], [0 * turn, 0 * turn]]) for b in symmetric),
    *(np.block([[0 * turn, 0 * turn], [b, 0 * turn]]) for b in symmetric),
]

cross = [-so(3)[2], so(3)[1], -so(3)[0]]  # rotations about x, y, z: [x, y] = z

UNNAMED = [
    ("SO(3) on traceless symmetric matrices", fields(symmetric_square(so(3)))),
    ("SO(3) on vectors and matrices", fields(side_by_side(so(3), symmetric_square(so(3))))),
    ("SU(2) on spinors and vectors", fields(side_by_side([a / 2 for a in left], cross))),
    ("SO(3) × SO(3) on R^3 ⊗ R^3", fields(tensor(so(3), so(3)))),
    ("SL(2) of spin 3/2", fields(spin(3))),
    ("Sp(4)", fields(symplectic)),
    ("area-preserving affine maps", fields(sl(2), shifts=(0, 1))),
    ("all affine maps of the plane", fields(gl(2), shifts=(0, 1))),
    ("a torus in three planes", fields([block_diag(turn, turn, 0 * turn),
                                        block_diag(0 * turn, turn, turn)])),
    ("triangular matrices", fields([unit(2, 0, 0), unit(2, 0, 1), unit(2, 1, 1)])),
    ("two shears", fields([unit(3, 0, 1), unit(3, 0, 2)])),
    ("a screw across shifts", fields(sums(so(2), free(1)), shifts=(0, 1))
     + np.array([1.0, 0.0, 0.0])[:, None, None] * unit(4, 2, 3)),
]  # fmt: skip


@pytest.mark.parametrize(("what", "generators"), UNNAMED, ids=[what for what, _ in UNNAMED])
@pytest.mark.parametrize("seed", range(3))
def test_other_algebras_get_their_dimension_and_no_wrong_name(
    what: str, generators: Floats, seed: int
) -> None:
    found = name_algebra(measured(seed, generators, share=0.01))
    assert found.name == f"Lie algebra of dimension {len(generators)}"


def test_spin_one_of_sl2_is_so_1_2() -> None:
    assert name_algebra(measured(0, fields(spin(2)))).name == "SO(1,2)"


def test_quaternions_from_both_sides_are_so4() -> None:
    mirror = np.diag([1.0, -1.0, -1.0, -1.0])
    both = fields(left + [mirror @ a @ mirror for a in left])
    assert name_algebra(measured(0, both)).name == "SO(4)"


def test_without_generators_there_is_no_group() -> None:
    found = name_algebra(np.zeros((0, 3, 3)))
    assert (found.name, found.closure, found.killing) == ("none", 0.0, (0, 0, 0))
    assert found.structure.shape == (0, 0, 0)
    assert found.forms.shape == (3, 2, 2)
    assert found.centre is None
    assert found.signature is None
    assert not found.elliptic


def test_a_generator_given_twice_counts_once() -> None:
    rng = np.random.default_rng(0)
    twice_given = noisy(rng, np.repeat(fields(so(2)), 2, axis=0), 0.02)
    assert name_algebra(twice_given).name == "SO(2)"


@pytest.mark.parametrize(
    ("generators", "tolerance", "message"),
    [
        (np.ones((3, 3)), 0.05, "shape"),
        (np.ones((1, 3, 3)), 0.05, "last row"),
        (np.zeros((1, 3, 3)), 0.05, "is zero"),
        (np.full((1, 3, 3), np.nan), 0.05, "finite"),
        (fields(so(2)), 0.5, "tolerance"),
    ],
)
def test_what_is_no_affine_field_is_refused(
    generators: Floats, tolerance: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        name_algebra(generators, tolerance)


def test_forty_five_generators_take_well_below_a_second() -> None:
    generators = measured(0, fields(so(10)))
    start = perf_counter()
    assert name_algebra(generators).name == "SO(10)"
    assert perf_counter() - start < 5  # tenths of a second by itself; the machine may be shared

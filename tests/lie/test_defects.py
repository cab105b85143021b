"""The defect of a field: what it is for known rows, what it does not depend on, and its noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symscope.errors import UsageError
from symscope.lie.defects import CLASSES, Sums, basis


def cloud(count=400, dimension=2, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (count, dimension))


def column(matrix, fields):
    """Write a field (D, D + 1) in a basis (K, D, D + 1), as a column (K, 1)."""
    flat = fields.reshape(len(fields), -1)
    return np.linalg.lstsq(flat.T, np.ravel(matrix))[0][:, None]


TURN = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0]])
GROWTH = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
AFFINE = basis("affine", 2)


def radial(points, witnesses=1):
    """Rows of x² + y²: nothing but rotations leaves it unchanged."""
    return np.repeat(2 * points[None, :, None, :], witnesses, axis=0)


@pytest.mark.parametrize("dimension", [2, 3, 5])
def test_a_basis_spans_its_class_and_nothing_else(dimension):
    size = dimension * dimension
    numbers = (size + dimension, size, (size + dimension) // 2)
    for kind, number in zip(CLASSES, numbers, strict=True):
        found = basis(kind, dimension)
        assert found.shape == (number, dimension, dimension + 1)
        np.testing.assert_allclose(
            np.einsum("kde,lde->kl", found, found), np.eye(number), atol=1e-15
        )
    assert not basis("linear", dimension)[:, :, -1].any()
    turns = basis("isometry", dimension)[:, :, :-1]
    np.testing.assert_array_equal(turns, -turns.swapaxes(1, 2))


def test_an_unknown_class_is_refused_with_those_that_are_known():
    with pytest.raises(UsageError, match=r"'conformal'.*affine, linear, isometry"):
        basis("conformal", 2)


def test_a_symmetry_has_the_defect_zero_and_its_field_is_found():
    points = cloud()
    defects, vectors = Sums.of(radial(points), points, AFFINE).solve()
    assert defects[0] < 1e-7
    assert defects[1] > 0.5
    found = np.einsum("k,kde->de", vectors[:, 0], AFFINE)
    np.testing.assert_allclose(found / found[1, 0], TURN, atol=1e-6)


@pytest.mark.parametrize("dimension", [2, 3, 6])
def test_rows_that_have_nothing_to_do_with_the_points_have_the_defect_of_unrelated_fields(
    dimension,
):
    points = cloud(6000, dimension)
    rows = np.random.default_rng(1).standard_normal((1, 6000, 1, dimension))
    defects, _ = Sums.of(rows, points, basis("affine", dimension)).solve()
    np.testing.assert_allclose(defects, 1 / np.sqrt(dimension), atol=0.05)


def test_defects_lie_between_zero_and_one():
    points = cloud(50)
    rows = np.random.default_rng(2).standard_normal((1, 50, 1, 2)) * points[:, None] ** 3
    defects, _ = Sums.of(rows, points, AFFINE).solve()
    assert (defects >= 0).all()
    assert (defects <= 1 + 1e-9).all()
    assert (np.diff(defects) >= 0).all()
    along = column(GROWTH, AFFINE)
    assert Sums.of(radial(points), points, AFFINE).quotients(along)[0] == pytest.approx(1)


def test_permuted_rows_have_a_large_defect():
    points = cloud()
    mixed = np.random.default_rng(0).permutation(len(points))
    defects, _ = Sums.of(radial(points)[:, mixed], points, AFFINE).solve()
    assert defects[0] > 0.5


@settings(max_examples=20)
@given(st.floats(-9, 9), st.floats(-9, 9), st.integers(0, 100))
def test_the_scale_of_rows_and_of_each_witness_does_not_matter(one, other, seed):
    points = cloud(100)
    rows = np.random.default_rng(seed).standard_normal((2, 100, 3, 2)) + radial(points, 2)
    scaled = rows * np.array([10.0**one, 10.0**other])[:, None, None, None]
    expected, _ = Sums.of(rows, points, AFFINE).solve()
    np.testing.assert_allclose(Sums.of(scaled, points, AFFINE).solve()[0], expected, rtol=1e-8)


def test_the_order_of_witnesses_and_of_outputs_does_not_matter():
    points = cloud(100)
    rows = np.random.default_rng(0).standard_normal((3, 100, 4, 2))
    expected, _ = Sums.of(rows, points, AFFINE).solve()
    turned = rows[::-1, :, [2, 0, 3, 1]]
    np.testing.assert_allclose(Sums.of(turned, points, AFFINE).solve()[0], expected, rtol=1e-10)


def test_crossed_products_are_free_of_the_noise_of_witnesses():
    points, size, witnesses = cloud(4000), 0.2, 4
    random = np.random.default_rng(0)
    rows = points[None, :, None] + size * random.standard_normal((witnesses, 4000, 1, 2))
    sums = Sums.of(rows, points, AFFINE)
    with_noise, crossed, noise = sums.quotients(column(TURN, AFFINE))
    # |row|² = |x|² + 2 σ² on average; a quarter of σ² is left in the mean of four witnesses.
    weights = (points**2).sum(axis=1)
    length = (weights * (weights + 2 * size**2 / witnesses)).mean()
    true = size * np.sqrt(weights.mean() / length)
    assert with_noise[0] == pytest.approx(true / np.sqrt(witnesses), rel=0.05)
    assert abs(crossed[0]) < 0.1 * with_noise[0] ** 2
    assert noise[0] == pytest.approx(true, rel=0.05)


def test_crossed_products_keep_a_true_defect():
    points, random = cloud(4000), np.random.default_rng(1)
    rows = points * np.array([1.0, 2.0])  # the rotation is none of its symmetries
    exact = Sums.of(rows[None, :, None], points, AFFINE).quotients(column(TURN, AFFINE))[1][0]
    noisy = rows[None, :, None] + 0.3 * random.standard_normal((4, 4000, 1, 2))
    seen = Sums.of(noisy, points, AFFINE).quotients(column(TURN, AFFINE))[1][0]
    assert exact > 0.05
    assert seen == pytest.approx(exact, rel=0.1)


def test_one_witness_knows_of_no_noise():
    points = cloud(200)
    rows = radial(points) + 0.3 * np.random.default_rng(0).standard_normal((1, 200, 1, 2))
    defect, crossed, noise = Sums.of(rows, points, AFFINE).quotients(column(TURN, AFFINE))
    assert noise[0] == 0
    assert crossed[0] == pytest.approx(defect[0] ** 2)


def test_resamples_differ_come_again_and_never_hold_one_witness_only():
    points = cloud(200)
    rows = radial(points, 2) + 0.3 * np.random.default_rng(0).standard_normal((2, 200, 1, 2))
    sums = Sums.of(rows, points, AFFINE)
    assert sums.witnesses == 2
    drawn = [sums.drawn(seed) for seed in range(30)]
    np.testing.assert_array_equal(drawn[3].solve()[0], sums.drawn(3).solve()[0])
    defects = [one.solve()[0][0] for one in drawn]
    assert np.std(defects) > 0
    # With the same witness twice the noise would be zero.
    assert min(one.quotients(column(TURN, AFFINE))[2][0] for one in drawn) > 0.05


def test_fewer_points_than_groups_are_enough():
    points = cloud(5)
    defects, _ = Sums.of(radial(points), points, AFFINE[:2]).solve()
    assert np.isfinite(defects).all()

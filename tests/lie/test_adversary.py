"""The adversarial game: its board, its parts, and a short game on a circle."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm
from scipy.stats import mannwhitneyu

from symscope.lie.adversary import _advantage, play, told
from symscope.lie.board import Board, Rules, matched, moved_by

SHORT = Rules(steps=250, batch=128, width=16, generator_rate=2e-2)


def circle(count=256, seed=0):
    random = np.random.default_rng(seed)
    angle, radius = random.uniform(0, 2 * np.pi, count), random.uniform(0.97, 1.03, count)
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


@pytest.fixture(scope="module")
def board():
    points = circle()
    return Board.of(points, np.zeros((len(points), 0)), "affine")


def rotation(board):
    """The coefficients (1, K) of the unit rotation in a board's fields."""
    field = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0]])
    inward = board.frame.inward_fields(field[None])[0]
    u = np.linalg.lstsq(board.fields.reshape(len(board.fields), -1).T, inward.ravel())[0]
    return (u / np.linalg.norm(u))[None]


@pytest.mark.parametrize("kind", ["affine", "linear", "isometry"])
def test_the_fields_of_a_board_are_orthonormal_on_its_points(kind):
    points = np.random.default_rng(0).standard_normal((100, 3)) * (1, 5, 0.2) + 3
    board = Board.of(points, np.zeros((100, 0)), kind)
    moved = np.einsum("kde,pe->kpd", board.fields, np.c_[board.points, np.ones(100)])
    flat = moved.reshape(len(moved), -1)
    np.testing.assert_allclose(flat @ flat.T / 300, np.eye(len(flat)), atol=1e-9)


def test_points_are_moved_by_the_exponential_with_its_shift():
    random = np.random.default_rng(1)
    fields, x = random.standard_normal((2, 3, 4)) / 2, random.standard_normal((5, 3))
    w = random.uniform(-1, 1, (5, 2))
    found = np.asarray(moved_by(*map(jnp.asarray, (fields, x, w))))
    for place, mine, coefficients in zip(found, x, w, strict=True):
        whole = np.vstack([np.tensordot(coefficients, fields, 1), np.zeros(4)])
        np.testing.assert_allclose(place, (expm(whole) @ np.r_[mine, 1])[:3], rtol=2e-4, atol=2e-4)


def test_the_advantage_is_that_of_the_rank_sum():
    random = np.random.default_rng(2)
    real, fake = random.normal(0.7, 1, 40), random.normal(0, 1, 60)
    auc = mannwhitneyu(real, fake).statistic / (40 * 60)
    found = float(_advantage(*map(jnp.asarray, (real, fake, np.ones(40), np.ones(60)))))
    assert found == pytest.approx(2 * auc - 1, abs=1e-5)
    weights = np.r_[np.ones(20), np.zeros(20)]
    some = mannwhitneyu(real[:20], fake).statistic / (20 * 60)
    found = float(_advantage(*map(jnp.asarray, (real, fake, weights, np.ones(60)))))
    assert found == pytest.approx(2 * some - 1, abs=1e-5)


def test_moved_points_are_matched_with_the_nearest_that_may_be_asked():
    x, moved = jnp.array([[0.0, 0], [1, 0], [5, 5]]), jnp.array([[0.1, 0], [0.9, 0], [9, 9]])
    nearest, near = matched(moved, x, jnp.ones(3), jnp.float32(0.5))
    assert nearest.tolist() == [0, 1, 2]
    assert near.tolist() == [1, 1, 0]
    nearest, _ = matched(moved, x, jnp.array([0.0, 1, 1]), jnp.float32(0.5))
    assert nearest.tolist() == [1, 1, 2]


def test_a_short_game_ends_near_the_rotation_and_repeats_itself(board):
    found, lost = play(board, 1, 2, 3, SHORT)
    assert (np.abs(lost - np.log(2)) < 0.2).all()
    assert found.shape == (2, 1, len(board.fields))
    np.testing.assert_allclose(np.linalg.norm(found, axis=2), 1, atol=1e-5)
    assert (np.abs(found[:, 0] @ rotation(board)[0]) > np.cos(np.deg2rad(10))).all()
    np.testing.assert_array_equal(found, play(board, 1, 2, 3, SHORT)[0])


def test_new_discriminators_tell_a_stretch_and_not_a_rotation(board):
    turn = rotation(board)
    stretch = np.linalg.svd(turn)[2][1:2]  # orthogonal to it
    advantage, stay = told(board, np.stack([turn, turn, stretch, stretch]), 5, SHORT)
    assert (np.abs(advantage[:2]) < 0.25).all()
    assert (advantage[2:] > 0.5).all()
    np.testing.assert_array_equal(stay, 1)


def test_values_are_compared_where_there_are_data():
    points = np.random.default_rng(4).uniform(-1, 1, (256, 2))
    seen = (points**2).sum(axis=1, keepdims=True)
    board = Board.of(points, (seen - seen.mean()) / seen.std(), "linear")
    turn = rotation(board)
    other = np.linalg.svd(turn)[2][1:2]
    advantage, stay = told(board, np.stack([turn, turn, other, other]), 5, SHORT)
    assert advantage[:2].mean() < 0.3 < advantage[2:].mean()
    assert ((stay > 0.1) & (stay < 1)).all()

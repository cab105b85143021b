"""The adversarial route: its parts, short games on a circle, and what is concluded from games."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm
from scipy.stats import mannwhitneyu

from symscope import discover
from symscope.errors import UsageError
from symscope.lie import adversarial
from symscope.lie.adversarial import (
    GameData,
    GameSettings,
    _advantage,
    discriminated,
    matched,
    moved_by,
    play,
)

SQUARE = np.random.default_rng(0).uniform(-1, 1, (300, 2))
TURN = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0]])
SHORT = GameSettings(steps=250, batch=128, width=16, generator_rate=2e-2)
TRIAL = replace(SHORT, decay=1.0)
LANES = 4


def circle(count=300, span=2 * np.pi, seed=0):
    random = np.random.default_rng(seed)
    angle, radius = random.uniform(0, span, count), random.uniform(0.97, 1.03, count)
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


@pytest.fixture(scope="module")
def game_data():
    points = circle(256)
    return GameData.of(points, np.zeros((len(points), 0)), "affine")


def rotation(game_data):
    """The coefficients (1, K) of the unit rotation in the game's fields."""
    inward = game_data.frame.inward_fields(TURN[None])[0]
    u = np.linalg.lstsq(game_data.fields.reshape(len(game_data.fields), -1).T, inward.ravel())[0]
    return (u / np.linalg.norm(u))[None]


@pytest.mark.parametrize("kind", ["affine", "linear", "isometry"])
def test_the_fields_of_a_game_are_orthonormal_on_its_points(kind):
    points = np.random.default_rng(0).standard_normal((100, 3)) * (1, 5, 0.2) + 3
    game_data = GameData.of(points, np.zeros((100, 0)), kind)
    moved = np.einsum("kde,pe->kpd", game_data.fields, np.c_[game_data.points, np.ones(100)])
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


def test_a_short_game_ends_near_the_rotation_and_repeats_itself(game_data):
    found, lost = play(game_data, 1, LANES, 3, SHORT)
    assert (np.abs(lost - np.log(2)) < 0.2).all()
    assert found.shape == (LANES, 1, len(game_data.fields))
    np.testing.assert_allclose(np.linalg.norm(found, axis=2), 1, atol=1e-5)
    assert (np.abs(found[:, 0] @ rotation(game_data)[0]) > np.cos(np.deg2rad(10))).all()
    np.testing.assert_array_equal(found, play(game_data, 1, LANES, 3, SHORT)[0])


def test_new_discriminators_tell_a_stretch_and_not_a_rotation(game_data):
    turn = rotation(game_data)
    stretch = np.linalg.svd(turn)[2][1:2]  # orthogonal to it
    tried = np.stack([turn] * LANES + [stretch] * LANES)
    advantage, stay = discriminated(game_data, tried, 5, TRIAL)
    assert (np.abs(advantage[:LANES]) < 0.25).all()
    assert (advantage[LANES:] > 0.4).all()
    np.testing.assert_array_equal(stay, 1)


def test_values_are_compared_where_there_are_data():
    points = np.random.default_rng(4).uniform(-1, 1, (256, 2))
    seen = (points**2).sum(axis=1, keepdims=True)
    game_data = GameData.of(points, (seen - seen.mean()) / seen.std(), "linear")
    turn = rotation(game_data)
    other = np.linalg.svd(turn)[2][1:2]
    advantage, stay = discriminated(game_data, np.stack([turn, turn, other, other]), 5, SHORT)
    assert advantage[:2].mean() < 0.3 < advantage[2:].mean()
    assert ((stay > 0.1) & (stay < 1)).all()


@pytest.fixture
def games(monkeypatch):
    """Give the outcomes: for each number of generators the advantage; all lanes find turns."""
    asked = []

    def install(*advantages, random=0.9, spread=0.01, apart=0.0, stay=1.0):
        def play(game_data, number, lanes, seed, settings):
            asked.append((number, seed))
            lead = game_data.frame.inward_fields(TURN[None])[0].ravel()
            u = np.linalg.lstsq(game_data.fields.reshape(len(game_data.fields), -1).T, lead)[0]
            rest = np.linalg.svd(u[None])[2][1:]
            rows = [np.vstack([u / np.linalg.norm(u), *rest])[:number] for _ in range(lanes)]
            for lane, row in enumerate(rows):
                row[0] += apart * (-1) ** lane * rest[-1]
            return np.array([np.linalg.qr(row.T)[0].T for row in rows]), np.arange(lanes)

        def discriminated(game_data, tried, seed, settings):
            ours = advantages[min(tried.shape[1], len(advantages)) - 1] + spread * np.linspace(
                -1, 1, adversarial.LANES
            )
            return np.r_[ours, np.full(adversarial.LANES, random)], np.full(len(tried), stay)

        monkeypatch.setattr(adversarial, "play", play)
        monkeypatch.setattr(adversarial, "discriminated", discriminated)
        return asked

    return install


def test_what_fools_is_a_symmetry_with_its_interval_and_control(games):
    games(0.005)
    found = discover(circle(), route="adversarial", seed=5)
    assert (found.verdict, found.name, found.dimension) == ("symmetric", "SO(2)", 1)
    np.testing.assert_allclose(np.abs(found.generators[0]), [[0, 1], [1, 0]], atol=0.05)
    low, high = found.intervals[0]
    assert low <= found.defects[0] <= high < 0.1
    assert found.null == 0.9
    assert found.angle_deg == pytest.approx(0, abs=1e-4)
    assert found.provenance["route"] == "adversarial"
    assert "networks" not in found.provenance


def test_what_is_told_apart_is_none(games):
    games(0.4)
    found = discover(SQUARE, route="adversarial")
    assert (found.verdict, found.dimension) == ("none", 0)
    assert "0.40" in found.message


def test_in_between_is_undecided(games):
    games(0.1, spread=0.1)
    assert discover(SQUARE, route="adversarial").verdict == "undecided"


def test_small_but_told_apart_from_none_is_no_symmetry(games):
    games(0.06, spread=0.005)
    assert discover(SQUARE, route="adversarial").verdict == "undecided"


def test_where_random_fields_fool_too_nothing_is_known(games):
    asked = games(0.0, random=0.03)
    found = discover(SQUARE, np.random.default_rng(1).normal(size=300), route="adversarial")
    assert found.verdict == "undecided"
    assert "random fields" in found.message
    assert len(asked) == 1


def test_games_that_end_apart_are_not_identifiable(games):
    games(0.0, apart=0.5)
    assert discover(circle(), route="adversarial").verdict == "not identifiable"


def test_values_that_leave_the_data_are_undecided(games):
    games(0.0, stay=0.05)
    found = discover(SQUARE, (SQUARE**2).sum(axis=1), route="adversarial")
    assert found.verdict == "undecided"
    assert "5%" in found.message


def test_an_arc_is_refused_though_its_distribution_has_no_symmetry(games):
    games(0.5)
    found = discover(circle(span=1.5), route="adversarial")
    assert found.verdict == "not identifiable"
    assert "cover" in found.message


def test_more_generators_are_asked_for_until_they_do_not_fool(games):
    asked = games(0.0, 0.01, 0.5)
    values = SQUARE[:, 0]
    discover(SQUARE, values, route="adversarial", labels=False)
    assert [number for number, _ in asked] == [1, 2, 3]
    asked.clear()
    discover(circle(), route="adversarial")
    assert [number for number, _ in asked] == [1]  # a cloud in the plane has no more


def test_points_in_a_line_are_refused_before_any_game(games):
    asked = games(0.0)
    line = np.stack([np.linspace(0, 1, 100)] * 2, axis=1)
    assert discover(line, route="adversarial").verdict == "not identifiable"
    assert not asked


def test_games_that_were_lost_do_not_count(games, monkeypatch):
    games(0.0, apart=0.0)
    play = adversarial.play

    def half_lost(game_data, number, lanes, seed, settings):
        u, _ = play(game_data, number, lanes, seed, settings)
        worse = np.arange(lanes) % 2 == 0
        other = np.linalg.svd(u[0])[2][-1:]
        return np.where(worse[:, None, None], other, u), np.where(worse, 2.0, 0.7)

    monkeypatch.setattr(adversarial, "play", half_lost)
    assert discover(circle(), route="adversarial").name == "SO(2)"


def test_functions_and_many_coordinates_are_refused():
    with pytest.raises(UsageError, match="takes data"):
        discover(lambda x, y: x * y, route="adversarial")
    with pytest.raises(UsageError, match="5 coordinates"):
        discover(np.random.default_rng(2).normal(size=(100, 5)), route="adversarial")


def test_a_circle_from_end_to_end(monkeypatch):
    monkeypatch.setattr(adversarial, "LANES", LANES)
    monkeypatch.setattr(adversarial, "KEPT", 2)
    monkeypatch.setattr(adversarial, "GAME", SHORT)
    monkeypatch.setattr(adversarial, "TRIAL", TRIAL)
    found = discover(circle(256), route="adversarial", seed=1)
    assert (found.verdict, found.name) == ("symmetric", "SO(2)")
    assert found.null > 0.4

"""What is concluded from games: with outcomes that are given, and once from end to end."""

from dataclasses import replace

import numpy as np
import pytest

from symscope import discover
from symscope.errors import UsageError
from symscope.lie import adversarial
from symscope.lie.board import Rules

RANDOM = np.random.default_rng(0)
SQUARE = RANDOM.uniform(-1, 1, (300, 2))
TURN = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0]])


def circle(count=300, span=2 * np.pi):
    angle, radius = RANDOM.uniform(0, span, count), RANDOM.uniform(0.97, 1.03, count)
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


@pytest.fixture
def games(monkeypatch):
    """Give the outcomes: for each number of generators the advantage; all lanes find turns."""
    asked = []

    def install(*advantages, random=0.9, spread=0.01, apart=0.0, stay=1.0):
        def play(board, number, lanes, seed, rules):
            asked.append((number, seed))
            lead = board.frame.inward_fields(TURN[None])[0].ravel()
            u = np.linalg.lstsq(board.fields.reshape(len(board.fields), -1).T, lead)[0]
            rest = np.linalg.svd(u[None])[2][1:]
            rows = [np.vstack([u / np.linalg.norm(u), *rest])[:number] for _ in range(lanes)]
            for lane, row in enumerate(rows):
                row[0] += apart * (-1) ** lane * rest[-1]
            return np.array([np.linalg.qr(row.T)[0].T for row in rows]), np.arange(lanes)

        def told(board, tried, seed, rules):
            ours = advantages[min(tried.shape[1], len(advantages)) - 1] + spread * np.linspace(
                -1, 1, adversarial.LANES
            )
            return np.r_[ours, np.full(adversarial.LANES, random)], np.full(len(tried), stay)

        monkeypatch.setattr(adversarial, "play", play)
        monkeypatch.setattr(adversarial, "told", told)
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
    found = discover(SQUARE, RANDOM.normal(size=300), route="adversarial")
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

    def half_lost(board, number, lanes, seed, rules):
        u, _ = play(board, number, lanes, seed, rules)
        worse = np.arange(lanes) % 2 == 0
        other = np.linalg.svd(u[0])[2][-1:]
        return np.where(worse[:, None, None], other, u), np.where(worse, 2.0, 0.7)

    monkeypatch.setattr(adversarial, "play", half_lost)
    assert discover(circle(), route="adversarial").name == "SO(2)"


def test_functions_and_many_coordinates_are_refused():
    with pytest.raises(UsageError, match="takes data"):
        discover(lambda x, y: x * y, route="adversarial")
    with pytest.raises(UsageError, match="5 coordinates"):
        discover(RANDOM.normal(size=(100, 5)), route="adversarial")


def test_a_circle_from_end_to_end(monkeypatch):
    short = Rules(steps=250, batch=128, width=16, generator_rate=2e-2)
    monkeypatch.setattr(adversarial, "LANES", 4)
    monkeypatch.setattr(adversarial, "KEPT", 2)
    monkeypatch.setattr(adversarial, "GAME", short)
    monkeypatch.setattr(adversarial, "TRIAL", replace(short, decay=1.0))
    found = discover(circle(256), route="adversarial", seed=1)
    assert (found.verdict, found.name) == ("symmetric", "SO(2)")
    assert found.null > 0.4

"""The suite of the adversarial route, with answers that are given."""

from __future__ import annotations

import numpy as np
import pytest

from symscope.evaluation import adversarial
from symscope.lie.algebra import Algebra, Verdict

TURN = np.array([[[0.0, -1.0], [1.0, 0.0]]])


def turned(degrees: float) -> Algebra:
    """A rotation that is off by an angle."""
    stretch = np.array([[1.0, 0.0], [0.0, -1.0]])
    angle = np.deg2rad(degrees)
    return Algebra(
        Verdict.SYMMETRIC, "", 2, "affine", name="SO(2)",
        generators=np.cos(angle) * TURN + np.sin(angle) * stretch, shifts=np.zeros((1, 2)),
    )  # fmt: skip


NOTHING = Algebra(Verdict.NONE, "", 2, "affine")


def test_errors_shares_and_false_generators_are_counted() -> None:
    asked: list[tuple[tuple[int, ...], str]] = []

    def discover(points, target, *, route, seed, kind="affine"):
        asked.append((points.shape, route))
        ring = np.abs(np.linalg.norm(points, axis=1) - 1).max() < 0.051
        if target is None and points.shape == (500, 2) and ring:
            return turned(0.5 if route == "pairs" else (5.0 if seed == 1 else 1.5))
        return turned(0.0) if target is not None and len(target) == 1200 else NOTHING

    figures = adversarial.measure(seed=7, quick=True, progress=lambda *at: None, find=discover)
    ours, pairs = figures["circles"]["adversarial"], figures["circles"]["pairs"]
    assert ours["errors_deg"] == pytest.approx([1.5, 5.0, 1.5])
    assert (ours["within_2_deg"], pairs["within_2_deg"]) == (2, 3)
    assert ours["said"] == {"symmetric: SO(2)": 3}
    assert figures["false_generators"] == 1
    assert figures["without"]["levels of x² + y³"] == {"symmetric": 1}
    assert set(figures["without"]) == set(adversarial.WITHOUT)
    assert all(row["error_deg"] == 90 for row in figures["harder"].values())
    assert len(figures["harder"]) == adversarial.MOST_HARDER[True]
    # Both routes see the same clouds.
    assert asked[0] == ((500, 2), "adversarial")
    assert asked[1] == ((500, 2), "pairs")


def test_draws_depend_on_the_seed_alone() -> None:
    one, again, other = (
        adversarial.circle(np.random.default_rng([7, seed, 0])) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    radius = np.linalg.norm(one, axis=1)
    assert 0.95 <= radius.min() <= radius.max() <= 1.05


@pytest.mark.parametrize("kind", adversarial.WITHOUT)
def test_what_has_no_symmetry_is_drawn(kind: str) -> None:
    points, target = adversarial.WITHOUT[kind](np.random.default_rng(0))
    assert points.shape[1] == 2
    assert target is None or len(target) == len(points)


@pytest.mark.parametrize("kind", adversarial.HARDER)
def test_what_has_a_symmetry_is_drawn_with_its_generators(kind: str) -> None:
    draw, true, _ = adversarial.HARDER[kind]
    points, target = draw(np.random.default_rng(0))
    assert true.shape[1:] == (points.shape[1], points.shape[1] + 1)
    if target is None:
        return
    moved = points + 1e-5 * (points @ true[0, :, :-1].T + true[0, :, -1])
    form = {2: lambda x: x[:, 0] * x[:, 1], 4: lambda x: x[:, 0] ** 2 - (x[:, 1:] ** 2).sum(1)}
    if "double well" not in kind:
        values = form[points.shape[1]]
        np.testing.assert_allclose(values(moved), values(points), atol=1e-8)

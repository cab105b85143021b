"""Periods in time, to a fraction of a column."""

import numpy as np
import pytest

from symscope.preprocess.repeats import NEAR_BEST, best_repeat, lag_agreement


def bumps(period, count, columns, seed=0):
    """A picture that repeats after ``period`` columns, any fraction of one included."""
    rng = np.random.default_rng(seed)
    rows, places = rng.integers(0, 12, count), rng.uniform(0, period, count)
    time = np.arange(columns)
    picture = np.zeros((12, columns))
    for row, place in zip(rows, places, strict=True):
        away = (time - place + period / 2) % period - period / 2
        picture[row] += np.exp(-((away / 3) ** 2))
    return picture


@pytest.mark.parametrize("period", [31.3, 57.77, 90.1])
def test_a_period_is_found_to_a_fraction_of_a_column(period):
    found = best_repeat(bumps(period, 6, 400), 1.0)
    assert found is not None
    assert found.period == pytest.approx(period, rel=1e-3)
    assert found.agreement > 0.9


def test_agreement_by_fourier_is_the_one_by_definition():
    picture = np.random.default_rng(1).random((5, 40))
    found = lag_agreement(picture)
    for lag in (0, 1, 7, 20):
        early, late = picture[:, : 40 - lag], picture[:, lag:]
        variance = (early.var() + late.var()) / 2
        assert found[lag] == pytest.approx(1 - ((early - late) ** 2).mean() / (2 * variance))


def test_what_is_held_or_noise_has_no_clear_repeat():
    assert best_repeat(np.repeat(np.arange(12.0)[:, None], 300, axis=1), 0.02) is None
    noise = best_repeat(np.random.default_rng(2).random((12, 400)), 0.02)
    assert noise is None or noise.agreement < 0.5


@pytest.mark.parametrize("slow", [1, 2, 3])
def test_an_echo_on_what_changes_slowly_is_answered(slow):
    # On the slope there are no peaks: the multiples of the echo would wander back for ever.
    noise = np.random.default_rng(0).normal(size=(12, 1810))
    picture = slow * np.cos(2 * np.pi * np.arange(1800) / 600) + noise[:, :-10] + noise[:, 10:]
    found = best_repeat(picture, 0.02)
    assert found is not None
    assert found.period == pytest.approx(10 * 0.02, rel=1e-2)


def bars(*rows_of_bars, columns=40):
    """A picture of bars; each is a list of the row that sounds in each of its steps."""
    steps = len(rows_of_bars[0])
    picture = np.zeros((12, columns * len(rows_of_bars)))
    for number, rows in enumerate(rows_of_bars):
        for step, row in enumerate(rows):
            start = number * columns + step * columns // steps
            picture[row, start : start + columns // steps] = 1.0
    return picture


def test_a_long_shift_that_agrees_by_luck_is_no_period():
    # The fourth and fifth bar repeat the mistakes of the first and second, the third has others.
    right = [1, 5, 8, 3, 6, 2, 7, 4, 0, 5]
    other, third = [*right[:3], 11, *right[4:]], [*right[:8], 10, right[9]]
    picture = bars(right, other, third, right, other)
    found = lag_agreement(picture)
    assert found[120] > found[40] + NEAR_BEST
    repeat = best_repeat(picture, 0.1)
    assert repeat is not None
    assert repeat.period == pytest.approx(4.0, rel=0.01)


def test_halves_that_differ_each_time_are_no_period():
    picture = bars(*[[1, 5, 8, 3], [1, 5, 8, 9]] * 4)
    repeat = best_repeat(picture, 0.1)
    assert repeat is not None
    assert repeat.period == pytest.approx(8.0, rel=0.01)

"""Periods in time, to a fraction of a column."""

import numpy as np
import pytest

from symscope.sources.repeats import best_repeat, lag_agreement


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

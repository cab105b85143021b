"""Figures that can be checked by hand."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from symscope.evaluation.statistics import (
    accuracy,
    auc,
    calibration_error,
    rank_correlation,
    spearman,
)


def test_intervals_hold_the_figure():
    rng = np.random.default_rng(0)
    strength = rng.random(60)
    rating = strength + rng.normal(size=60) / 5
    figure = rank_correlation(strength, rating, 1)
    low, high = figure["interval"]
    assert low < figure["value"] < high < 1
    lonely = auc(strength, np.ones(60, bool), 1)
    assert lonely["value"] is None
    assert lonely["interval"] == [None, None]


def test_calibration_error_is_the_mean_distance_of_said_and_true():
    said = np.array([0.05, 0.05, 0.95, 0.95])
    error, bins = calibration_error(said, np.array([0.0, 0.0, 1.0, 1.0]))
    assert error == pytest.approx(0.05)
    assert [b["pictures"] for b in bins] == [2, 2]
    assert math.isclose(calibration_error(said, 1 - said.round())[0], 0.95)


def test_accuracy_and_auc_are_shares():
    assert accuracy([1, 2, 3, 4], [1, 2, 3, 5], 0)["value"] == 0.75
    strength = np.array([0.1, 0.4, 0.35, 0.8])
    assert auc(strength, np.array([False, False, True, True]), 0)["value"] == 0.75


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=2, max_size=30))
def test_auc_is_the_statistic_of_mann_and_whitney(pairs):
    strength, true = np.array([p[0] for p in pairs], float), np.array([p[1] for p in pairs])
    assume(true.any() and not true.all())
    expected = mannwhitneyu(strength[true], strength[~true]).statistic / true.sum() / (~true).sum()
    assert auc(strength, true, 0)["value"] == pytest.approx(float(expected))


def test_order_is_nan_where_there_is_none():
    assert spearman([1, 2, 3], [2, 4, 9]) == pytest.approx(1)
    assert math.isnan(spearman([1, 2, 3], [5, 5, 5]))

"""After how many seconds a time-pitch picture comes again, to a fraction of a frame."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft

LEAST_PERIOD = 0.1
"""Seconds: faster than any beat (600 a minute)."""

MOST_LAG = 0.62
"""Largest shift, as a share of the window: less in common is no evidence of a repeat."""

DIP = 0.15
"""How far the agreement must fall between no shift and a period: what is held is no repeat."""

NEAR_BEST = 0.12
"""Shifts whose agreement is at most that much below the best one's may be the period: the
shortest of them is, the others are multiples of it. As for lattices of pictures."""

FAR_LAG, FAR_LOSS = 0.8, 0.25
"""Multiples of a period up to this share of the window make it exact, while they agree at most that
much worse than the period itself."""

WANDER = 0.02
"""Share of a multiple of a period by which its peak may be beside it: a tempo wanders."""

FLOOR = 0.1
"""Share of the whole variance that is the least a part is measured by."""


@dataclass(frozen=True)
class Repeat:
    """``period`` in seconds; ``agreement`` of the picture with itself a period later, at most 1."""

    period: float
    agreement: float


def best_repeat(picture: NDArray[Any], step: float) -> Repeat | None:
    """Find the shortest shift in time after which a picture agrees with itself about best.

    Parameters
    ----------
    picture : (rows, columns), columns are time
    step : seconds a column

    Returns
    -------
    Repeat or None
        None where the agreement has no peak.

    >>> found = best_repeat(np.tile([[0.0, 0, 1, 2, 0, 0, 3, 0]], 6), 0.25)
    >>> round(found.period, 1), round(found.agreement, 2)
    (2.0, 1.0)
    """
    agreement = lag_agreement(picture)
    last = int(MOST_LAG * picture.shape[1])
    first = max(2, round(LEAST_PERIOD / step))
    lags = [
        lag
        for lag in range(first, min(last, len(agreement) - 1))
        if agreement[lag] >= max(agreement[lag - 1], agreement[lag + 1])
        and agreement[1:lag].min() < agreement[lag] - DIP
    ]
    if not lags:
        return None
    best = max(agreement[lag] for lag in lags)
    lag = next(lag for lag in lags if agreement[lag] >= best - NEAR_BEST)
    # A whole part of the period is chosen instead if all its multiples agree about as well. A long
    # shift leaves little to be compared: that may agree better by chance. The mean over the
    # multiples rests on all pairs of repeats, as in folding a light curve (phase dispersion
    # minimisation: Stellingwerf, Astrophysical Journal 224, 1978).
    least = _throughout(agreement, lag) - NEAR_BEST
    for part in lags:
        if 2 * part > (1 + WANDER) * lag:
            break
        beside = abs(part * round(lag / part) - lag)
        if beside <= WANDER * lag and _throughout(agreement, part) >= least:
            lag = part
            break
    # Its multiples are followed: the farther, the less a frame counts.
    period, times, end = _vertex(agreement, lag), 1, int(FAR_LAG * len(agreement))
    before = lag
    while round((times + 1) * period) < end:
        peak, inside = _peak_near(agreement, (times + 1) * period)
        if agreement[peak] < agreement[lag] - FAR_LOSS or not inside or peak <= before:
            break
        before, times = peak, times + 1
        period = _vertex(agreement, peak) / times
    return Repeat(period * step, float(agreement[lag]))


def lag_agreement(picture: NDArray[Any]) -> NDArray[np.float64]:
    """Compare a picture with itself some columns later, for every lag: 1 - E|f - f'|² / 2 var.

    Returns
    -------
    array of shape (columns - 1,), of lags 0, 1, 2, …
    """
    values = picture.astype(np.float64) - picture.mean()
    rows, columns = values.shape
    size = next_fast_len(2 * columns, real=True)
    spectrum = rfft(values, size, axis=1)
    product = irfft((np.abs(np.asarray(spectrum)) ** 2).sum(axis=0), size)
    sums = np.concatenate([[0.0], np.cumsum(values.sum(axis=0))])
    squares = np.concatenate([[0.0], np.cumsum((values**2).sum(axis=0))])
    lags = np.arange(columns - 1)
    count = rows * (columns - lags)
    both = np.asarray(product)[lags]
    early, late = squares[columns - lags], squares[-1] - squares[lags]
    means = (sums[columns - lags] / count, (sums[-1] - sums[lags]) / count)
    variance = (early + late) / (2 * count) - (means[0] ** 2 + means[1] ** 2) / 2
    floor = max(FLOOR * squares[-1] / (rows * columns), 1e-12)
    return 1 - (early + late - 2 * both) / count / (2 * np.maximum(variance, floor))


def _throughout(agreement: NDArray[np.float64], lag: int) -> float:
    """Average the agreement over the multiples of a lag, by how much is compared at each."""
    columns = len(agreement) + 1
    peaks, period = [lag], float(lag)
    while round((len(peaks) + 1) * period) < FAR_LAG * len(agreement):
        peak, _ = _peak_near(agreement, (len(peaks) + 1) * period)
        peaks.append(max(peak, peaks[-1] + 1))  # Down a slope the next one would lie behind.
        period = peaks[-1] / len(peaks)
    return float(np.average(agreement[peaks], weights=columns - np.array(peaks)))


def _peak_near(agreement: NDArray[np.float64], place: float) -> tuple[int, bool]:
    """Return the lag of the best agreement near a place, and whether it is not at an end of it."""
    reach = max(2, round(WANDER * place))
    low = max(1, round(place) - reach)
    high = min(int(FAR_LAG * len(agreement)), round(place) + reach)
    peak = low + int(agreement[low : high + 1].argmax())
    return peak, low < peak < high


def _vertex(agreement: NDArray[np.float64], lag: int) -> float:
    """Place of a peak by the parabola through its neighbours."""
    before, here, after = agreement[lag - 1 : lag + 2]
    bend = before + after - 2 * here
    return lag + (0.0 if bend >= 0 else float(np.clip((before - after) / (2 * bend), -0.5, 0.5)))

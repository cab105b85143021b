"""What a claim measures: a number, its 95 % interval, and what it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t

from symscope.evaluation.statistics import Figure, figure, wilson

LEVEL = 0.95
"""Of every interval."""


@dataclass(frozen=True)
class Number:
    """One measured number.

    Attributes
    ----------
    name : what it is, in words
    value : None where nothing could be measured
    low, high : ends of its 95 % interval; None where there is none
    rests_on : how many of what, e.g. "40 templates"
    unit : "", "%" (``value`` is then a share, 0 … 1) or "°"
    control : whether it belongs to a control
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    rests_on: str = ""
    unit: str = ""
    control: bool = False

    @property
    def text(self) -> str:
        """The value as it is written.

        >>> Number("share", 0.256, unit="%").text, Number("angle", 0.1234, unit="°").text
        ('25.6 %', '0.12°')
        """
        return self.written(self.value)

    @property
    def interval(self) -> str:
        """The interval as it is written; empty without one.

        >>> Number("gap", 0.01, -0.004, 0.02).interval
        '−0.004 to 0.020'
        """
        if self.low is None or self.high is None:
            return ""
        return f"{self.written(self.low)} to {self.written(self.high)}"

    def written(self, value: float | None) -> str:
        """Write a value with this number's unit."""
        if value is None:
            return "not measured"
        if self.unit == "%":
            text = f"{100 * value:.1f} %"
        elif self.unit == "°":
            text = f"{value:.2f}°"
        else:
            text = f"{value:.3f}"
        return text.replace("-", "−")

    def to_row(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "name": self.name,
            "value": self.value,
            "interval": [self.low, self.high],
            "rests_on": self.rests_on,
            "unit": self.unit,
            "control": self.control,
        }

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> "Number":
        """Read what ``to_row`` wrote."""
        low, high = row["interval"]
        return cls(
            row["name"], row["value"], low, high, row["rests_on"], row["unit"], row["control"]
        )


def counted(count: int, what: str) -> str:
    """Write how many of what.

    >>> counted(1, "run"), counted(3, "run")
    ('1 run', '3 runs')
    """
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _of(name: str, found: Figure, **what: Any) -> Number:
    low, high = found["interval"]
    return Number(name, found["value"], low, high, **what)


def mean(name: str, values: ArrayLike, seed: int, **what: Any) -> Number:
    """Average over pictures, with an interval by bootstrap over them; NaN is left out.

    >>> found = mean("one", np.linspace(0, 1, 101), 0)
    >>> round(found.value, 2), round(found.high - found.low, 1)
    (0.5, 0.1)
    """
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    if not len(known):
        return Number(name, None, **what)
    return _of(name, figure(lambda some: float(known[some].mean()), len(known), seed), **what)


def median(name: str, values: ArrayLike, seed: int, **what: Any) -> Number:
    """Take the median over runs, with an interval by bootstrap over them."""
    known = np.asarray(values, float)
    if not len(known):
        return Number(name, None, **what)
    return _of(name, figure(lambda some: float(np.median(known[some])), len(known), seed), **what)


def over_runs(name: str, values: Sequence[float], **what: Any) -> Number:
    """Average over a few whole runs, with Student's interval: a bootstrap of so few is too narrow.

    >>> found = over_runs("one", [0.4, 0.6])
    >>> round(found.value, 2), round(found.low, 2), round(found.high, 2)
    (0.5, -0.77, 1.77)
    """
    known = np.asarray(values, float)
    middle, count = float(known.mean()), len(known)
    if count < 2:
        return Number(name, middle, **what)
    half = float(t.ppf((1 + LEVEL) / 2, count - 1) * known.std(ddof=1) / np.sqrt(count))
    return Number(name, middle, middle - half, middle + half, **what)


def share(name: str, hits: int, count: int, **what: Any) -> Number:
    """Count what has a property among ``count``, with Wilson's interval.

    >>> found = share("right", 0, 20)
    >>> found.value, found.low, round(found.high, 2)
    (0.0, 0.0, 0.16)
    """
    low, high = wilson(hits, count)
    what = {"unit": "%"} | what
    return Number(name, hits / count, low, high, **what)

"""A claim of the talk: its numbers with their intervals, the conditions that make it hold."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t

from symscope.evaluation.statistics import Figure, figure, wilson

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawn

STREAM = 60
"""First word of the seeds of what is drawn here: no classifier was trained, and no suite of
``symscope evaluate`` draws, on this stream."""

LEVEL = 0.95
"""Of every interval."""

Progress = Callable[[int, int], None]
"""Takes how much of how much is done."""

Amount = TypeVar("Amount")


@dataclass(frozen=True)
class Effort:
    """What all claims of one page share.

    Attributes
    ----------
    seed : fixes all that is random
    quick : less of everything, and wider intervals
    pictures : folder of the pictures that stand for art; scikit-image's samples without one
    """

    seed: int = 0
    quick: bool = False
    pictures: Path | None = None

    def choose(self, full: Amount, quick: Amount) -> Amount:
        """Return the one of two amounts of work that is wanted."""
        return quick if self.quick else full

    def stream(self, number: int) -> tuple[int, int, int]:
        """Return the seed of the templates of claim number so and so."""
        return (STREAM, number, self.seed)


class Verdict(StrEnum):
    """What the numbers say of a claim."""

    HOLDS = "holds"
    PARTLY = "holds in part"
    NOT = "does not hold"


@dataclass(frozen=True)
class Condition:
    """A number compared with another one or a limit: its text, why it matters, its result."""

    text: str
    why: str
    met: bool


RELATIONS = {
    "clearly above": "its interval lies above that of the other, or above the limit",
    "clearly below": "its interval lies below that of the other, or below the limit",
    "at least": "its value reaches the limit, whatever the interval",
    "at most": "its value does not exceed the limit, whatever the interval",
}
"""How a number is compared, as the page explains it."""


@dataclass(frozen=True)
class Number:
    """One measured number. What is NaN was not measured, and meets no condition.

    Attributes
    ----------
    name : what it is, in words
    value : NaN where nothing could be measured
    low, high : ends of its 95 % interval; NaN where there is none
    rests_on : how many of what, e.g. "40 templates"
    unit : "", "%" (``value`` is then a share, 0 … 1) or "°"
    control : whether it belongs to a control
    """

    name: str
    value: float
    low: float = nan
    high: float = nan
    rests_on: str = ""
    unit: str = ""
    control: bool = False

    def written(self, value: float) -> str:
        """Write a value with this number's unit.

        >>> Number("share", 0.256, unit="%").written(0.5), Number("gap", 0.1).written(-0.004)
        ('50.0 %', '−0.004')
        """
        if isnan(value):
            return "not measured"
        if self.unit == "%":
            text = f"{100 * value:.1f} %"
        else:
            text = f"{value:.2f}°" if self.unit == "°" else f"{value:.3f}"
        return text.replace("-", "−")

    def to_row(self) -> dict[str, Any]:
        """Return plain values, ready for JSON; ``text`` and ``ends`` are as the page shows them."""
        ends = [None if isnan(end) else end for end in (self.low, self.high)]
        return {
            "name": self.name,
            "value": None if isnan(self.value) else self.value,
            "interval": ends,
            "rests_on": self.rests_on,
            "unit": self.unit,
            "control": self.control,
            "text": self.written(self.value),
            "ends": ""
            if None in ends
            else f"{self.written(self.low)} to {self.written(self.high)}",
        }

    def clearly_above(self, other: "Number | float", why: str) -> Condition:
        """Compare the ends of the intervals.

        >>> Number("a", 0.5, 0.4, 0.6).clearly_above(Number("b", 0.2, 0.1, 0.3), "").met
        True
        >>> Number("a", 0.5, 0.4, 0.6).clearly_above(0.45, "").met
        False
        """
        other = self._limit(other)
        return Condition(f"{self.name} clearly above {other.name}", why, self.low > other.high)

    def clearly_below(self, other: "Number | float", why: str) -> Condition:
        """Compare the ends of the intervals."""
        other = self._limit(other)
        return Condition(f"{self.name} clearly below {other.name}", why, self.high < other.low)

    def at_least(self, limit: float, why: str) -> Condition:
        """Compare the value.

        >>> Number("share", 0.6, unit="%").at_least(0.5, "")
        Condition(text='share at least 50.0 %', why='', met=True)
        """
        return Condition(f"{self.name} at least {self.written(limit)}", why, self.value >= limit)

    def at_most(self, limit: float, why: str) -> Condition:
        """Compare the value."""
        return Condition(f"{self.name} at most {self.written(limit)}", why, self.value <= limit)

    def _limit(self, other: "Number | float") -> "Number":
        if isinstance(other, Number):
            return other
        return Number(self.written(other), other, other, other)


Numbers = Mapping[str, Number]
"""A claim's numbers by their key."""


def counted(count: int, things: str) -> str:
    """Write how many of what.

    >>> counted(1, "runs"), counted(3, "runs")
    ('1 run', '3 runs')
    """
    return f"{count} {things.removesuffix('s') if count == 1 else things}"


def number_of(name: str, measured: Figure, rests_on: str, **look: Any) -> Number:
    """Name a value and interval of ``evaluation.statistics``."""
    value, low, high = (
        nan if end is None else end for end in (measured["value"], *measured["interval"])
    )
    return Number(name, value, low, high, rests_on, **look)


def mean(name: str, values: ArrayLike, of: str, seed: int, **look: Any) -> Number:
    """Average over ``of``, with an interval by bootstrap over them; NaN is left out.

    >>> number = mean("one", np.linspace(0, 1, 101), "pictures", 0)
    >>> round(number.value, 2), round(number.high - number.low, 1), number.rests_on
    (0.5, 0.1, '101 pictures')
    """
    values = np.asarray(values, float)
    known, rests_on = values[np.isfinite(values)], counted(len(values), of)
    if not len(known):
        return Number(name, nan, rests_on=rests_on, **look)
    average = figure(lambda draw: float(known[draw].mean()), len(known), seed)
    return number_of(name, average, rests_on, **look)


def median(name: str, values: Sequence[float], of: str, seed: int, **look: Any) -> Number:
    """Take the median over ``of``, with an interval by bootstrap over them."""
    known = np.asarray(values, float)
    middle = figure(lambda draw: float(np.median(known[draw])), len(known), seed)
    return number_of(name, middle, counted(len(known), of), **look)


def over_runs(name: str, values: Sequence[float], **look: Any) -> Number:
    """Average over a few whole runs, with Student's interval: a bootstrap of so few is too narrow.

    >>> number = over_runs("one", [0.4, 0.6])
    >>> round(number.value, 2), round(number.low, 2), round(number.high, 2)
    (0.5, -0.77, 1.77)
    """
    known, count = np.asarray(values, float), len(values)
    middle, rests_on = float(known.mean()), f"{count} runs"
    if count < 2:
        return Number(name, middle, rests_on=rests_on, **look)
    half = float(t.ppf((1 + LEVEL) / 2, count - 1) * known.std(ddof=1) / np.sqrt(count))
    return Number(name, middle, middle - half, middle + half, rests_on, **look)


def share(name: str, hits: int, count: int, of: str, control: bool = False) -> Number:
    """Count what has a property among ``count``, with Wilson's interval.

    >>> number = share("right", 0, 20, "pictures")
    >>> number.value, number.low, round(number.high, 2)
    (0.0, 0.0, 0.16)
    """
    low, high = wilson(hits, count)
    return Number(name, hits / count, low, high, counted(count, of), "%", control)


@dataclass(frozen=True)
class Panel:
    """A small figure of its own, about 3.4 inches wide, so that panels can stand side by side.

    Attributes
    ----------
    title : what it shows
    caption : how to read it
    figure : made by ``plots``
    """

    title: str
    caption: str
    figure: "Drawn"


@dataclass(frozen=True)
class Measured:
    """What a claim's measurement gives.

    Attributes
    ----------
    done : what was computed: how many templates, networks, runs
    numbers : by key, those of the controls among them
    panels : the figures
    remarks : what one must know beside the numbers
    """

    done: str
    numbers: Numbers
    panels: tuple[Panel, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """When a claim holds.

    Attributes
    ----------
    essential : unless all of these are met the claim does not hold
    further : unless all of these are met it holds in part
    """

    essential: tuple[Condition, ...]
    further: tuple[Condition, ...]

    @property
    def verdict(self) -> Verdict:
        """What follows from the conditions."""
        if not all(condition.met for condition in self.essential):
            return Verdict.NOT
        return Verdict.HOLDS if all(c.met for c in self.further) else Verdict.PARTLY


@dataclass(frozen=True)
class Claim:
    """One claim.

    Attributes
    ----------
    key : short name, unique
    title : the claim in a line
    source : where it is made
    says : what is claimed, in our own words
    headline, control : keys of the number and of the control that the summary shows
    measure : (effort, progress) → Measured
    rule : numbers → Rule
    """

    key: str
    title: str
    source: str
    says: str
    headline: str
    control: str
    measure: Callable[[Effort, Progress], Measured]
    rule: Callable[[Numbers], Rule]

"""Rules: how a claim's numbers become a verdict, and how that is said."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from symscope.evaluation.claims.numbers import Number

Numbers = Mapping[str, Number]
"""A claim's numbers by their key."""


class Verdict(StrEnum):
    """What the numbers say of a claim."""

    HOLDS = "holds"
    PARTLY = "holds in part"
    NOT = "does not hold"


class Relation(StrEnum):
    """How a number must stand to another one, or to a limit."""

    CLEARLY_ABOVE = "clearly above"
    CLEARLY_BELOW = "clearly below"
    AT_LEAST = "at least"
    AT_MOST = "at most"


MEANINGS = {
    Relation.CLEARLY_ABOVE: "its interval lies above that of the other, or above the limit",
    Relation.CLEARLY_BELOW: "its interval lies below that of the other, or below the limit",
    Relation.AT_LEAST: "its value reaches the limit, whatever the interval",
    Relation.AT_MOST: "its value does not exceed the limit, whatever the interval",
}


@dataclass(frozen=True)
class Condition:
    """One number against another, or against a limit.

    Attributes
    ----------
    one : key of the number
    relation : Relation
    other : key of a number, or a limit
    why : what it shows if it is true, in words
    """

    one: str
    relation: Relation
    other: str | float
    why: str

    def is_met(self, numbers: Numbers) -> bool:
        """Compare; a number that was not measured, or lacks its interval, meets nothing.

        >>> numbers = {"a": Number("a", 0.5, 0.4, 0.6), "b": Number("b", 0.2, 0.1, 0.3)}
        >>> Condition("a", Relation.CLEARLY_ABOVE, "b", "").is_met(numbers)
        True
        >>> Condition("a", Relation.CLEARLY_ABOVE, 0.45, "").is_met(numbers)
        False
        """
        one, other = numbers.get(self.one), self._other(numbers)
        if one is None or other is None:
            return False
        if self.relation is Relation.CLEARLY_ABOVE:
            return _greater(one.low, other.high)
        if self.relation is Relation.CLEARLY_BELOW:
            return _greater(other.low, one.high)
        if self.relation is Relation.AT_LEAST:
            return _greater(one.value, other.value, or_equal=True)
        return _greater(other.value, one.value, or_equal=True)

    def text(self, numbers: Numbers) -> str:
        """Say what was asked, by the names of the numbers.

        >>> Condition("a", Relation.AT_LEAST, 0.5, "").text({"a": Number("share", 0.6, unit="%")})
        'share at least 50.0 %'
        """
        one = numbers.get(self.one)
        name = one.name if one else self.one
        if isinstance(self.other, str):
            other = numbers.get(self.other)
            return f"{name} {self.relation} {other.name if other else self.other}"
        limit = one.written(self.other) if one else f"{self.other:g}"
        return f"{name} {self.relation} {limit}"

    def _other(self, numbers: Numbers) -> Number | None:
        if isinstance(self.other, str):
            return numbers.get(self.other)
        return Number("limit", self.other, self.other, self.other)


def _greater(one: float | None, other: float | None, or_equal: bool = False) -> bool:
    if one is None or other is None:
        return False
    return one > other or (or_equal and one == other)


@dataclass(frozen=True)
class Rule:
    """When a claim holds: if all conditions are met; in part, if the essential ones are.

    Attributes
    ----------
    essential : without any of these the claim does not hold
    further : without any of these it holds in part
    """

    essential: tuple[Condition, ...]
    further: tuple[Condition, ...] = ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All of them, the essential ones first."""
        return self.essential + self.further

    def judge(self, numbers: Numbers) -> Verdict:
        """Return the verdict of some numbers."""
        if not all(condition.is_met(numbers) for condition in self.essential):
            return Verdict.NOT
        if all(condition.is_met(numbers) for condition in self.further):
            return Verdict.HOLDS
        return Verdict.PARTLY

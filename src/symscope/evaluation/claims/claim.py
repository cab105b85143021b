"""A claim of the talk: what it says, how it is measured, and what would make it hold."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from symscope.evaluation.claims.numbers import Number
from symscope.evaluation.claims.rule import Rule

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STREAM = 60
"""First word of the seeds of what is drawn here: no classifier was trained, and no suite of
``symscope evaluate`` draws, on this stream."""

Progress = Callable[[int, int], None]
"""Is told how much of how much is done."""

Chosen = TypeVar("Chosen")


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

    def choose(self, full: Chosen, quick: Chosen) -> Chosen:
        """Return the one of two amounts of work that is wanted."""
        return quick if self.quick else full

    def stream(self, number: int) -> tuple[int, int, int]:
        """Return the seed of the templates of claim number so and so."""
        return (STREAM, number, self.seed)


@dataclass(frozen=True)
class Panel:
    """A small figure of its own, about 3.4 inches wide, so that panels can stand side by side.

    Attributes
    ----------
    title : what is seen
    caption : how to read it
    figure : drawn with ``plots.blank``
    """

    title: str
    caption: str
    figure: "Figure"


@dataclass(frozen=True)
class Measured:
    """What a claim's measurement gives.

    Attributes
    ----------
    done : what was computed: how many templates, networks, runs
    numbers : by key, those of the controls among them
    panels : the figures
    remarks : what a classifier must know beside the numbers
    """

    done: str
    numbers: Mapping[str, Number]
    panels: tuple[Panel, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Claim:
    """One claim.

    Attributes
    ----------
    key : short name, unique
    title : the claim in a line
    source : where it is made
    says : what is claimed, in our own words
    rule : what would make it hold
    headline, control : keys of the number and of the control that the summary shows
    measure : (effort, progress) → Measured
    """

    key: str
    title: str
    source: str
    says: str
    rule: Rule
    headline: str
    control: str
    measure: Callable[[Effort, Progress], Measured]

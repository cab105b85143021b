"""How symmetry is distributed in each group of a collection: numbers, and a small drawing each."""

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure
from numpy.typing import NDArray

from symscope.drawing import style
from symscope.drawing.kinds import class_name
from symscope.drawing.svg import inline_svg
from symscope.report.tally import UNGROUPED, Group, Tally

Values = NDArray[np.float64]

MOST_GROUPS = 60
"""Lines that are drawn; of more groups, years are taken together and small ones are one line."""

LEAST_PICTURES = 5
"""Pictures from which a group's median has an interval: fewer say too little."""

RESAMPLES, DRAWS = 1000, 5_000_000
"""Bootstrap samples of a group, and pictures drawn for all of them at most."""

AT_A_TIME = 100_000
"""Pictures drawn at a time, for the sake of memory."""

NAMED_FROM = 2 / 3
"""Symmetry from which a class is named (``classifier.classifier.NAMED_FROM``)."""

BINS = 50
WIDTH, HEIGHT = 300.0, 34.0
"""Points of a group's drawing."""


@dataclass(frozen=True)
class Line:
    """One group: its name, its pictures, its median with an interval, its drawing."""

    name: str
    count: int
    median: str
    interval: str
    symmetric: str
    kind: str
    drawing: Markup


def interval_of_median(values: Values, seed: int = 0) -> tuple[float, float] | None:
    """Return the 95 % interval of the median by bootstrap, None for fewer than LEAST_PICTURES.

    >>> low, high = interval_of_median(np.linspace(0, 1, 101))
    >>> 0.3 < low < 0.5 < high < 0.7
    True
    """
    count = len(values)
    if count < LEAST_PICTURES:
        return None
    random = np.random.default_rng(seed)
    resamples = max(100, min(RESAMPLES, DRAWS // count))
    together = max(1, AT_A_TIME // count)
    medians = []
    for done in range(0, resamples, together):
        drawn = random.integers(0, count, (min(together, resamples - done), count))
        medians.append(np.median(values[drawn], axis=1))
    low, high = np.quantile(np.concatenate(medians), [0.025, 0.975]).tolist()
    return low, high


def lines(tally: Tally) -> list[Line]:
    """Return a line for all pictures, then one for each group.

    Groups that are numbers come in their order, others from the most to the least symmetric by
    their median. With more than MOST_GROUPS, numbers are taken together in equal steps; of names,
    those with the most pictures are shown and the others are one line.
    """
    values, members = tally.values, tally.members
    if not len(values):
        return []
    every = _line(0, "all pictures", values, tally.kinds)
    parts, numbers = _parts(tally.groups, members)
    if len(parts) < 2:
        return [every]
    found = []
    for name, indices in parts:
        mine = values[np.isin(members, indices)]
        kinds: Counter[str] = Counter()
        for index in indices:
            for symbol in tally.kinds:
                kinds[symbol] += tally.kinds_of[index, symbol]
        # What is many groups in one comes after all that is one.
        rank = (len(indices) > 1, -float(np.median(mine)), name)
        found.append((rank, _line(len(found) + 1, name, mine, kinds)))
    if not numbers:
        found.sort(key=lambda item: item[0])
    return [every, *(line for _, line in found)]


Parts = list[tuple[str, list[int]]]
"""Lines by name, each with the groups in it, by their index."""


def _parts(groups: list[Group], members: NDArray[np.int64]) -> tuple[Parts, bool]:
    """Choose the lines, and tell whether they are in an order of their own."""
    numbers = sorted((float(g), i) for i, g in enumerate(groups) if not isinstance(g, str))
    names = [i for i, group in enumerate(groups) if isinstance(group, str)]
    if numbers and all(groups[index] == UNGROUPED for index in names):
        return [*_steps(numbers), *((UNGROUPED, [index]) for index in names)], True
    counts = np.bincount(members, minlength=len(groups))
    order = sorted(range(len(groups)), key=lambda index: (-counts[index], str(groups[index])))
    most = len(order) if len(order) <= MOST_GROUPS else MOST_GROUPS - 1
    lines = [(str(groups[index]), [index]) for index in order[:most]]
    rest = order[most:]
    return lines + [(f"{len(rest)} groups with fewer pictures", rest)] * bool(rest), False


def _steps(numbers: list[tuple[float, int]]) -> Parts:
    """Take numbers, sorted, together in steps of a round width: at most MOST_GROUPS steps."""
    if len(numbers) <= MOST_GROUPS:
        return [(f"{number:g}", [index]) for number, index in numbers]
    least = (numbers[-1][0] - numbers[0][0]) / (MOST_GROUPS - 1)
    power = 10.0 ** math.floor(math.log10(least))
    width = next(w * power for w in (1, 2, 5, 10) if w * power >= least * (1 - 1e-9))
    steps: dict[int, list[int]] = {}
    for number, index in numbers:
        steps.setdefault(math.floor(number / width), []).append(index)
    whole = width >= 1 and all(number.is_integer() for number, _ in numbers)
    last = width - 1 if whole else width
    return [
        (f"{step * width:g} – {step * width + last:g}", indices) for step, indices in steps.items()
    ]


def _line(number: int, name: str, values: Values, kinds: Counter[str]) -> Line:
    interval = interval_of_median(values)
    likeliest, times = kinds.most_common(1)[0]
    return Line(
        name=name,
        count=len(values),
        median=f"{float(np.median(values)):.2f}",
        interval="" if interval is None else f"{interval[0]:.2f} – {interval[1]:.2f}",
        symmetric=f"{100 * float((values >= NAMED_FROM).mean()):.0f} %",
        kind=f"{class_name(likeliest)} ({times} of {len(values)})",
        drawing=strip_svg(values, interval, f"group-{number}"),
    )


def strip_svg(values: Values, interval: tuple[float, float] | None, name: str) -> Markup:
    """Draw a group: a histogram, its quartiles as a bar, its median as a dot with its interval."""
    figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(-0.012, 1.012), ylim=(-0.55, 1.05))
    axes.set_axis_off()
    counts, edges = np.histogram(values, bins=BINS, range=(0, 1))
    axes.stairs(counts / counts.max(), edges, fill=True, color=style.CALM)
    axes.plot([0, 1], [0, 0], color=style.FAINT, linewidth=1)
    axes.plot([0, 0.5, 1], [-0.15] * 3, "|", color=style.FAINT, markersize=5)
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75]).tolist()
    box, line = {"linewidth": 6, "alpha": 0.55}, {"solid_capstyle": "butt", "linewidth": 1.6}
    axes.plot(
        [low, max(high, low + 0.003)], [-0.33] * 2, color=style.CALM, solid_capstyle="butt", **box
    )
    if interval is not None:
        axes.plot(interval, [-0.33] * 2, color=style.INK, **line)
    axes.plot([middle], [-0.33], "o", color=style.ACCENT, markersize=7, markeredgewidth=0)
    return inline_svg(figure, "", name, "strip")

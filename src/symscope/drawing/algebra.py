"""An Algebra as a table and as a figure: the defects beside their control, the generators."""

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from symscope.drawing import style
from symscope.drawing.layout import Page

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_MATRICES = 6
"""Generators that a figure shows."""

LONGEST_NAME = 60
"""Characters of a group's name above a figure; its elements are listed below."""

MOST_DISCRETE = 12
"""Discrete elements that a figure names."""

MOST_FIELDS = 24
"""Stationary fields whose defect is drawn."""

SPECTRUM = {
    "heading": "How much each field changes",
    "below": "Defect of each stationary field: 0 is a symmetry. Bars: 95 % intervals. Dashed: the "
    "least with derivatives permuted among the points.",
    "axis": "field, by its defect",
    "fact": "defect",
}
SPECTRUM_OF_GAMES = {
    "heading": "How well moved data are told apart",
    "below": "Advantage of new discriminators (2 AUC - 1) against so many generators: 0 is a "
    "symmetry. Bars: 95 % intervals. Dashed: against random fields.",
    "axis": "generators at once",
    "fact": "advantage",
}
"""What the numbers are called, of the routes with rows and of the adversarial one."""

# Inches.
WIDTH, HEIGHT, PANEL, TOP = 11.6, 5.5, 2.6, 1.5
SPECTRUM_X, MATRICES_X, FINITE_X = 0.95, 4.05, 8.6
MATRIX, GAP, ONE_MATRIX = 1.05, 0.27, 2.0

ZERO = 1e-9
"""Where defects and errors that are zero by rounding are drawn, on a logarithmic scale."""


def _words(algebra: Any) -> dict[str, str]:
    played = algebra.provenance.get("route") == "adversarial"
    return SPECTRUM_OF_GAMES if played else SPECTRUM


def facts(algebra: Any) -> list[tuple[str, str]]:
    """Return what a person wants to know, as pairs of a name and a text."""
    naming, finite = algebra.naming, algebra.finite
    lines = [("group", algebra.group), ("verdict", str(algebra.verdict)), ("why", algebra.message)]
    if algebra.dimension:
        low, high = algebra.intervals.min(), algebra.intervals.max()
        most = f"{algebra.defects.max():.2g} at most [{low:.2g}, {high:.2g}]"
        lines += [
            ("generators", f"{algebra.dimension} ({algebra.kind})"),
            (_words(algebra)["fact"], most),
            ("span known to", f"{algebra.angle_deg:.2g}°"),
        ]
    if algebra.ignored:
        lines.append(("depends not on", f"{algebra.ignored} of the directions"))
    if algebra.approximate:
        lines.append(("approximate", f"{algebra.approximate} more fields with a small defect"))
    if naming is not None:
        plus, minus, zero = naming.killing
        lines.append(("closure", f"{naming.closure:.2g}"))
        lines.append(("Killing form", f"{plus} positive, {minus} negative, {zero} zero"))
        if naming.signature:
            signs = " ".join(map(str, naming.signature))
            shape = ", elliptic" if naming.elliptic else ""
            lines.append(("invariant form", f"signature {signs}{shape}"))
        if naming.centre is not None:
            centre = ", ".join(f"{value:.3g}" for value in naming.centre)
            lines.append(("centre", f"({centre})"))
    if finite is not None and np.isfinite(finite.error).any():
        worst, against = np.nanmax(finite.error), np.nanmin(finite.random)
        lines.append(("up to t = π", f"error {worst:.2g}, random fields {against:.2g}"))
    lines += [("discrete", item.description) for item in algebra.discrete[:8]]
    if algebra.skill is not None:
        lines.append(("learned", f"{algebra.skill:.4f} of what a constant guess gets wrong"))
    if algebra.agreement_deg is not None:
        lines.append(("two routes differ by", f"{algebra.agreement_deg:.2g}°"))
    return lines


def algebra_tables(algebra: Any) -> list[Table]:
    """Lay an Algebra out for a terminal: what is known, then the generators."""
    known = Table(box=None, pad_edge=False, show_header=False)
    known.add_column(style="bold", no_wrap=True)
    known.add_column(overflow="fold")
    for name, text in facts(algebra):
        known.add_row(name, text)
    tables = [known]
    for number in range(min(algebra.dimension, MOST_MATRICES)):
        matrix = Table(
            box=None, pad_edge=False, title=f"generator {number + 1}: A | b", title_justify="left"
        )
        for _ in range(algebra.dimension_of_space + 1):
            matrix.add_column(justify="right")
        for line, shift in zip(algebra.generators[number], algebra.shifts[number], strict=True):
            matrix.add_row(*map(_number, line), f"| {_number(shift)}")
        matrix.show_header = False
        tables.append(matrix)
    return tables


def algebra_html(algebra: Any) -> str:
    """Return an Algebra as an HTML table, for notebooks."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in facts(algebra)
    )
    return f"<table>{rows}</table>"


def algebra_figure(algebra: Any) -> "Figure":
    """Draw an Algebra: 11.6 × 5.5 inches; defects, generators, finite times."""
    page, words, size = Page(WIDTH, HEIGHT), _words(algebra), (PANEL, PANEL)
    title = _as_mathematics(algebra.group)
    page.text(style.MARGIN, 0.5, title, mathematics=True, fontsize=17, fontweight="bold")
    page.paragraph(style.MARGIN, 0.68, f"{algebra.verdict}: {algebra.message}", 150)
    page.heading(SPECTRUM_X - 0.5, TOP - 0.06, words["heading"])
    _spectrum(page.panel(SPECTRUM_X, TOP, *size), algebra)
    page.paragraph(SPECTRUM_X - 0.5, TOP + PANEL + 0.5, words["below"], 52)
    heading = "No generators"
    if algebra.dimension:
        heading = "Generators A" if algebra.dimension > 1 else "Generator A"
        _matrices(page, algebra)
    elif algebra.discrete:
        heading = "No generators, but discrete elements"
        lines = [item.description for item in algebra.discrete[:MOST_DISCRETE]]
        page.text(MATRICES_X, TOP + 0.1, "\n".join(lines), va="top", linespacing=1.7)
    page.heading(MATRICES_X, TOP - 0.06, heading)
    if algebra.finite is not None:
        page.heading(FINITE_X - 0.5, TOP - 0.06, "At finite times")
        _finite(page.panel(FINITE_X, TOP, *size), algebra.finite)
        text = (
            "Error after following the generators, and random fields of the class, for a time t; "
            "π is half a turn of a rotation."
        )
        page.paragraph(FINITE_X - 0.5, TOP + PANEL + 0.5, text, 52)
    return page.figure


def _ticks(axes: "Axes") -> None:
    axes.set_yscale("log")
    axes.tick_params(colors=style.MUTED, labelsize=8)
    axes.grid(color=style.FAINT, linewidth=0.5)


def _spectrum(axes: "Axes", algebra: Any) -> None:
    shifts = algebra.defects[: algebra.ignored]
    values = np.r_[shifts, algebra.spectrum][:MOST_FIELDS]
    drawn = np.maximum(values, ZERO)
    numbers = np.arange(1, len(drawn) + 1)
    true = numbers <= algebra.dimension
    low = max(ZERO, drawn.min() / 3) if len(drawn) else ZERO
    for number, interval in enumerate(algebra.intervals[:MOST_FIELDS], 1):
        ends = np.maximum(interval, low)
        axes.plot([number, number], ends, color=style.ACCENT, lw=3, alpha=0.35)
    if true.any():
        axes.plot(numbers[true], drawn[true], "o", color=style.ACCENT, ms=5, label="symmetry")
    axes.plot(numbers[~true], drawn[~true], "o", color=style.CALM, ms=5, label="no symmetry")
    if algebra.null is not None:
        axes.axhline(algebra.null, color=style.MUTED, lw=1, ls="--")
    _ticks(axes)
    axes.set_ylim(low, 1.6)
    if len(drawn):
        step = max(1, len(drawn) // 6)
        axes.set_xticks(numbers[::step])
    axes.set_xlabel(_words(algebra)["axis"], fontsize=8, color=style.INK)
    axes.legend(fontsize=8, frameon=False, labelcolor=style.INK, loc="lower right")


def _matrices(page: Page, algebra: Any) -> None:
    shown = min(algebra.dimension, MOST_MATRICES)
    parts = np.concatenate([algebra.generators, algebra.shifts[:, :, None]], axis=2)[:shown]
    side = ONE_MATRIX if shown == 1 else MATRIX
    for number, part in enumerate(parts):
        x = MATRICES_X + (number % 3) * (side + GAP)
        y = TOP + (number // 3) * (side + GAP)
        _matrix(page.panel(x, y, side, side), part)
    more = algebra.dimension - shown
    text = "Columns multiply x1, x2, …; the last is b." if shown else ""
    text += f" {more} more are not shown." if more > 0 else ""
    page.paragraph(MATRICES_X, TOP + PANEL + 0.5, text, 56)


def _matrix(axes: "Axes", part: NDArray[np.float64]) -> None:
    size = float(np.abs(part).max()) or 1.0
    axes.imshow(part, cmap="RdBu_r", vmin=-size, vmax=size, aspect="auto")
    axes.axvline(part.shape[1] - 1.5, color="white", lw=2)
    if part.shape[0] > 4:
        return
    for (row, column), value in np.ndenumerate(part):
        dark = abs(value) > 0.6 * size
        axes.text(
            column,
            row,
            _number(value, 2),
            ha="center",
            va="center",
            fontsize=6 if part.shape[0] > 3 else 7,
            color="white" if dark else style.INK,
        )


def _finite(axes: "Axes", finite: Any) -> None:
    for values in finite.error:
        axes.plot(finite.times, np.maximum(values, ZERO), color=style.ACCENT, lw=1.2, alpha=0.7)
    axes.plot([], [], color=style.ACCENT, lw=1.2, label="generators")
    axes.plot(finite.times, finite.random, color=style.CALM, lw=1.6, label="random fields")
    _ticks(axes)
    least = np.nanmin(np.maximum(finite.error, ZERO)) if np.isfinite(finite.error).any() else 0.01
    axes.set_ylim(min(least / 3, 0.01), 3)
    axes.set_xticks([0, np.pi / 2, np.pi], ["0", "π/2", "π"])
    axes.set_xlabel("t", fontsize=8, color=style.INK)
    axes.legend(fontsize=8, frameon=False, labelcolor=style.INK, loc="center right")


def _as_mathematics(group: str) -> str:
    """Set the index of D_4 or C_3 as one; other names are as they are."""
    if group == "none":
        return "no symmetry found"
    if len(group) > LONGEST_NAME:
        return f"{group[: LONGEST_NAME - 1]}…".replace("$", "")
    name, _, index = group.partition("_")
    return f"{name}$_{{{index}}}$" if index.isdigit() else group


def _number(value: float, digits: int = 3) -> str:
    """Write a number without the minus of a zero."""
    return f"{round(float(value), digits) + 0.0:.{digits}f}"

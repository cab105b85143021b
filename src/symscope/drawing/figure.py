"""One score as one figure that explains itself, from the picture to the probabilities."""

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from symscope.drawing import heard, style, words
from symscope.drawing.asked import answers_caption, reached, seen_caption, task_of
from symscope.drawing.inputs import input_of
from symscope.drawing.layout import Page, shrunk
from symscope.drawing.overlay import draw_elements, in_words
from symscope.drawing.sheets import contact_sheet, templates_figure
from symscope.drawing.style import COMPONENTS_SHOWN, MAP_PERCENTILE
from symscope.drawing.table import short_name
from symscope.tasks import Measure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from symscope.music.names import Music
    from symscope.preprocess.time_pitch import Heard
    from symscope.results import Score, Views

__all__ = ["contact_sheet", "score_figure", "templates_figure"]

# Twice what the panel shows at 150 dots per inch; drawing all of a large picture takes gigabytes.
PICTURE_PIXELS = 700

# Inches: four panels above, three maps and the probabilities below.
WIDTH, HEIGHT = 12.0, 7.4
PANEL, PANEL_PITCH, PANEL_TOP = 2.3, 2.97, 1.62
MAP, MAP_PITCH, LOWER_TOP = 1.6, 1.75, 5.0
BELOW_TICKS = 0.25
PROFILE_LEFT, PROFILE_LABELS, PROFILE_WIDTH = 6.34, 2.2, 2.66


def score_figure(score: "Score") -> Figure:
    """Draw the way from a picture to its symmetry score.

    Parameters
    ----------
    score : Score
        Any score, with any outcome; panels for which it has no data say so.

    Returns
    -------
    Figure
        12 x 7.4 inches: the picture, its sketch, what one network learned, the points of its
        last hidden layer in the plane of their first two principal components (the picture of
        arXiv:2103.06115), those components as maps, and the probabilities over the classes.
    """
    if score.sampled is not None or score.dimension != 2:
        # Imported late: it is made of parts of this module.
        from symscope.drawing.spatial import spatial_figure

        return spatial_figure(score)
    page = Page(WIDTH, HEIGHT)
    headline(page, score)
    _picture(page, score)
    _sketch(page, score)
    _learned(page, score)
    _plane(page, score)
    _maps(page, score)
    _probabilities(page, score)
    return page.figure


def headline(page: Page, score: "Score") -> None:
    """Write what was found, or why nothing was, on top of the page."""
    right, top = WIDTH - style.MARGIN, 0.3
    name = short_name(score.path, most=44)
    page.text(right, top, name, ha="right", va="top", fontsize=11, color=style.MUTED)
    fit = _fit_sentence(score)
    if score.music is None:
        page.text(right, top + 0.3, fit, ha="right", va="top", fontsize=8, color=style.MUTED)
    page.rule(1.22)
    dimension = score.dimension
    problem = words.headline(str(score.outcome), score.path, dimension)
    if problem or score.symmetry is None:
        large: dict[str, Any] = {"fontsize": 20, "fontweight": "bold", "va": "top"}
        page.text(style.MARGIN, top, problem or "No score", color=style.ALARM, **large)
        reason = textwrap.shorten(score.message or "", 200, placeholder=" …")
        page.paragraph(style.MARGIN, top + 0.42, reason, 88, fontsize=9, color=style.INK)
        return
    if score.music is not None and str(score.outcome) == "ok":
        _music(page, score.music, score.label, top)
        return
    spread = "" if score.symmetry_sd is None else f" ± {score.symmetry_sd:.2f}"
    number = f"Symmetry {score.symmetry:.2f}{spread}"
    page.text(style.MARGIN, top, number, va="top", fontsize=22, fontweight="bold")
    label = str(score.label)
    verdict = f"most like: {words.class_name(label)}"
    if label == "∅":
        # Several kinds may share what speaks for a symmetry, each less likely than none.
        verdict = "none seen" if (score.symmetry or 0) < 0.5 else "no kind stands out"
    below: dict[str, Any] = {"va": "top", "mathematics": True, "fontsize": 11}
    page.text(style.MARGIN, top + 0.48, verdict, **below)
    scale = "0 = no symmetry seen, 1 = certainly symmetric"
    page.text(right, top + 0.68, scale, ha="right", va="top", fontsize=8, color=style.MUTED)


def _music(page: Page, music: "Music", label: str | None, top: float) -> None:
    """Say large what the sound is, and below what that means and how well it holds."""
    said = heard.headline(music)
    page.text(style.MARGIN, top, said, va="top", fontsize=17, fontweight="bold")
    said = [heard.meaning(music), heard.agreement(music), heard.second_opinion(music, label)]
    below = "\n".join(filter(None, said))
    page.paragraph(style.MARGIN, top + 0.36, below, 185, color=style.INK)


def _fit_sentence(score: "Score") -> str:
    fit = score.fit
    if fit is None:
        return ""
    said, held_out = words.percent(fit.training_accuracy), words.percent(fit.validation_accuracy)
    guess = words.percent(fit.chance_accuracy)
    task = task_of(score)
    if task.measure is not Measure.POINTS:
        name = f"Task: {task.said}"
        return f"{name}\n{reached(task)}: {said} in training, {held_out} in what was kept from them"
    given = input_of(score)
    return (
        f"How well the networks learned the {given.seen}: {said} of their points,\n"
        f"{held_out} of points kept from them "
        f"(always saying the commoner {given.value}: {guess})"
    )


def _frame(page: Page, column: int, title: str, caption: str, below: float = 0.07) -> "Axes":
    """Place one of the upper four panels, its title above and its caption below."""
    x = style.MARGIN + column * PANEL_PITCH
    page.text(x, PANEL_TOP - 0.09, title, fontsize=10, fontweight="bold")
    page.paragraph(x, PANEL_TOP + PANEL + below, caption, 40)
    return page.panel(x, PANEL_TOP, PANEL, PANEL)


def empty(axes: "Axes", text: str) -> None:
    """Say in a panel why there is nothing in it."""
    axes.set_facecolor(style.EMPTY)
    axes.text(0.5, 0.5, text, ha="center", va="center", color=style.MUTED, transform=axes.transAxes)


def _picture(page: Page, score: "Score") -> None:
    title, caption = "1  The picture", "What was given."
    if score.music is not None:
        title, caption = "1  The sound", heard.view_words(score.music.heard)
    if score.picture is None:
        empty(_frame(page, 0, title, caption), "no picture")
        return
    rgb = shrunk(score.picture.rgb, PICTURE_PIXELS)
    rows, columns = rgb.shape[:2]
    seen = score.sketch.extent / max(score.picture.grey.shape) if score.sketch else 1.0
    if seen < 1:
        caption = f"{caption} The networks see the dashed square."
    if score.elements is not None and score.music is None:
        caption = f"{caption} {in_words(score.elements)}"
    axes = _frame(page, 0, title, caption, 0.07 if score.music is None else BELOW_TICKS)
    axes.set_facecolor(style.EMPTY)
    axes.imshow(rgb, interpolation="antialiased")
    _whole_square(axes, rows, columns)
    if seen < 1:
        _dashed_square(axes, rows, columns, seen * max(rows, columns))
    if score.elements is not None:
        draw_elements(axes, score.elements, rows, columns)
    if score.music is not None:
        _label(axes, score.music.heard, rows, columns)


def _label(axes: "Axes", shown: "Heard", rows: int, columns: int) -> None:
    """Write seconds and notes beside a sound's picture."""
    (across, seconds), (upward, notes) = heard.ticks(shown)
    axes.set_xticks([share * columns - 0.5 for share in across], seconds)
    axes.set_yticks([(1 - share) * rows - 0.5 for share in upward], notes)
    axes.tick_params(length=2, pad=2, labelsize=7, labelcolor=style.MUTED, color=style.MUTED)


def _whole_square(axes: "Axes", rows: int, columns: int) -> None:
    """Show a picture of any shape in the middle of a square panel."""
    side = max(rows, columns)
    axes.set_xlim((columns - side) / 2 - 0.5, (columns + side) / 2 - 0.5)
    axes.set_ylim((rows + side) / 2 - 0.5, (rows - side) / 2 - 0.5)


def _dashed_square(axes: "Axes", rows: int, columns: int, side: float) -> None:
    corner = ((columns - side) / 2 - 0.5, (rows - side) / 2 - 0.5)
    # White under black dashes: seen on light and on dark pictures.
    for colour, dashes in ((style.PAPER, "-"), (style.INK, "--")):
        outline = Rectangle(corner, side, side, fill=False, ec=colour, ls=dashes, clip_on=False)
        axes.add_patch(outline)


def _sketch(page: Page, score: "Score") -> None:
    title = "2  Its sketch"
    if score.sketch is None:
        empty(_frame(page, 1, title, "The picture in few colours."), "no sketch")
        return
    sketch = score.sketch
    count = max(int(sketch.levels.max()) + 1, 2)
    colours = "two colours" if count == 2 else f"{count} shades"
    size = f"{sketch.side} × {sketch.side} points (method: {sketch.method})"
    caption = f"The picture in {colours}, on {size}. {seen_caption(task_of(score))}"
    axes = _frame(page, 1, title, caption)
    axes.imshow(sketch.levels, cmap=style.TWO_COLOURS, vmin=0, vmax=count - 1)


def _learned(page: Page, score: "Score") -> None:
    axes = _frame(page, 2, "3  What a network learned", answers_caption(task_of(score)))
    if score.views is None:
        empty(axes, "no network was trained")
    else:
        axes.imshow(score.views.answers[0], cmap=style.TWO_COLOURS, vmin=0, vmax=1)


def _plane(page: Page, score: "Score") -> None:
    """Draw the paper's picture of the first network as the fourth upper panel."""
    caption = (
        "All points of the sketch, placed by the two strongest patterns in the network's last "
        "layer (brighter: more points)."
    )
    axes = _frame(page, 3, "4  Inside the network", caption)
    if score.views is None:
        empty(axes, "no network was trained")
        return
    show_density(axes, score.views.plane[0])


def show_density(axes: "Axes", plane: NDArray[np.float32]) -> None:
    """Draw a density in the plane of two components, brighter where there are more points."""
    # Already on a logarithmic scale (picture.Pictures).
    values = np.asarray(plane, dtype=float)
    colours = axes.imshow(
        np.ma.masked_less_equal(values, 0),
        cmap="inferno",
        vmin=0,
        vmax=max(float(values.max()), 1e-9),
        interpolation="nearest",
    )
    axes.set_facecolor(colours.cmap(0.0))


def _maps(page: Page, score: "Score") -> None:
    title = "5  Its leading patterns, laid over the picture"
    page.text(style.MARGIN, LOWER_TOP - 0.09, title, fontsize=10, fontweight="bold")
    caption = (
        "What the network has built for itself, strongest first (red and blue: opposite values). "
        "A symmetry that it has found shows again here."
    )
    page.paragraph(style.MARGIN, LOWER_TOP + MAP + 0.26, caption, 92)
    for index in range(COMPONENTS_SHOWN):
        x = style.MARGIN + index * MAP_PITCH
        axes = page.panel(x, LOWER_TOP, MAP, MAP)
        if score.views is None or index >= score.views.maps.shape[1]:
            empty(axes, "–")
            continue
        _map(axes, score.views, index)
        share = f"{100 * float(score.views.variance[0, index]):.3g} % of the variation"
        page.paragraph(x, LOWER_TOP + MAP + 0.05, share, 40, color=style.INK)


def _map(axes: "Axes", views: "Views", index: int) -> None:
    values = np.asarray(views.maps[0, index], dtype=float)
    limit = float(np.percentile(np.abs(values), MAP_PERCENTILE)) or 1.0
    axes.imshow(values, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")


def _probabilities(page: Page, score: "Score") -> None:
    title = "6  Its symmetry: how likely each kind is"
    if score.music is not None:
        title = "6  Second opinion: its symmetry as a picture, not as music"
    page.text(PROFILE_LEFT, LOWER_TOP - 0.09, title, fontsize=10, fontweight="bold")
    if score.probabilities is None:
        axes = page.panel(PROFILE_LEFT, LOWER_TOP, WIDTH - style.MARGIN - PROFILE_LEFT, MAP)
        empty(axes, "not measured")
        return
    axes = page.panel(PROFILE_LEFT + PROFILE_LABELS, LOWER_TOP, PROFILE_WIDTH, MAP)
    bars(axes, score)
    networks = "" if score.views is None else f" of {len(score.views.probabilities)} networks"
    caption = (
        "Read off those patterns by a second network, trained only on pictures whose symmetry is "
        f"known. Bars: mean{networks}; lines: their spread; dots: each network."
        "\nSymmetry = 1 − none."
    )
    page.paragraph(PROFILE_LEFT, LOWER_TOP + MAP + 0.26, caption, 92)


def bars(axes: "Axes", score: "Score") -> None:
    """Draw the probabilities, its spread and every network."""
    probabilities = score.probabilities or {}
    symbols = list(probabilities)
    means = np.array(list(probabilities.values()), dtype=float)
    spreads = np.array([(score.probabilities_sd or {}).get(symbol, 0.0) for symbol in symbols])
    rows = np.arange(len(symbols))
    reliable = str(score.outcome) == "ok"
    chosen = [style.ACCENT if symbol == score.label else style.CALM for symbol in symbols]
    axes.barh(rows, means, color=chosen if reliable else style.FAINT, height=0.66, zorder=2)
    # A probability cannot leave 0 … 1, so neither may its line.
    reach = [np.minimum(spreads, means), np.minimum(spreads, 1 - means)]
    axes.errorbar(means, rows, xerr=reach, fmt="none", ecolor=style.INK, capsize=2, zorder=3)
    if score.views is not None:
        for one in score.views.probabilities:
            axes.plot(one, rows + 0.2, ".", color=style.INK, markersize=3, alpha=0.5)
    for row, mean in zip(rows, means, strict=True):
        axes.text(1.06, float(row), f"{mean:.2f}", va="center", fontsize=9, color=style.INK)
    axes.set_yticks(rows, [words.class_name(symbol) for symbol in symbols], fontsize=9)
    axes.set_xticks(np.linspace(0, 1, 5), ["0", "", "0.5", "", "1"], fontsize=8)
    axes.set_xlim(0, 1.02)
    axes.set_ylim(len(symbols) - 0.5, -0.5)
    axes.tick_params(length=0, labelcolor=style.INK)
    axes.grid(axis="x", color=style.FAINT, linewidth=0.6, zorder=0)
    for spine in axes.spines.values():
        spine.set_visible(False)

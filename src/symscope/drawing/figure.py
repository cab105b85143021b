"""One score as one figure that explains itself, from what was given to the probabilities."""

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from symscope.drawing import sound, style
from symscope.drawing.explain import (
    NO_KINDS,
    answer,
    best_in_words,
    continuous_group,
    evidence_words,
    fit_in_short,
    generator_words,
    in_units,
    nothing_found,
    what_it_is,
)
from symscope.drawing.layout import Page, empty, shrunk
from symscope.drawing.panels import (
    SPACE_WORDS,
    cut_of,
    cut_words,
    cuts_through,
    draw_along,
    draw_bars,
    draw_cut,
    draw_density,
    draw_picture,
    draw_space,
    map_limit,
)
from symscope.drawing.parts import Parts
from symscope.drawing.shapes import listed, not_listed
from symscope.drawing.words import (
    answers_caption,
    class_label,
    short_name,
    sketch_caption,
    sketch_title,
    with_sd,
)
from symscope.io.paths import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Twice what the panel shows at 150 dots per inch; drawing all of a large picture takes gigabytes.
PICTURE_PIXELS = 700

# Inches: a row holds four panels; of a volume, five elements are listed below three rows.
WIDTH, TOP, PANEL, PITCH, HIGH = 12.0, 1.78, 2.3, 2.97, 11.06
MAP, MAP_PITCH = 1.6, 1.75

TRAINED_ON = {"signal": "signals", "volume": "volumes"}
"""What the classifiers of signals and volumes were trained on, by their names."""

WEIGHED = (
    "Small networks weigh how well {given} and patterns agree with themselves against what their "
    "rivals reach; trained only on {known} whose symmetry is known. Dots: each half of the "
    "networks. Symmetry = 1 − none."
)
"""What gave the probabilities where evidence was weighed."""

INSIDE = "placed by the two strongest patterns in the network's last layer (brighter: more points)."
LONG = {46: 20, 66: 16}
"""Sizes of a headline that leaves room for a name beside it, by its most characters."""

AGREEMENT = "Agreement: 1 = the same after the move, 0 = unrelated."


def score_figure(score: Any) -> Figure:
    """Draw the way from an input of any dimension to its symmetry score.

    Parameters
    ----------
    score : Score or Failure
        With any outcome; panels for which it has no data say so.

    Returns
    -------
    Figure
        12 inches wide. Of a picture: the picture with its elements, its sketch, what one network
        learned, the points of its last hidden layer in the plane of their first two principal
        components (the picture of arXiv:2103.06115), those components as maps, the probabilities.
        Of a signal, the same as curves; of a volume, in cuts and as a view in space. Of samples,
        the plane, and the probabilities or the defects of rigid motions.
    """
    parts = Parts.of(score)
    if parts.dimension == 2 and parts.grid is None:
        return _of_picture(parts)
    if parts.grid is None or not parts.probabilities:
        return _without_grid(parts)
    return _of_signal(parts) if parts.dimension == 1 else _of_volume(parts)


def _headline(page: Page, parts: Parts) -> None:
    """Write what was found, or why nothing was, on top of the page."""
    left, right, top = style.MARGIN, WIDTH - style.MARGIN, 0.3
    small: dict[str, Any] = {"ha": "right", "va": "top", "fontsize": 8, "color": style.MUTED}
    page.text(right, top, short_name(parts.path, most=44), **{**small, "fontsize": 11})
    page.rule(1.22)
    if read := "; ".join(map(printable, parts.provenance.get("read", ()))):
        text = textwrap.shorten(f"How it was read: {read}", 190, placeholder=" …")
        page.text(left, 1.28, text, va="top", fontsize=8, color=style.MUTED)
    if parts.generators is not None and not parts.probabilities and parts.outcome == "ok":
        group, size = continuous_group(parts.generators), len(parts.generators.fields)
        large: dict[str, Any] = {"va": "top", "fontsize": 20, "fontweight": "bold"}
        page.text(left, top, f"Continuous symmetry: {group}", **large)
        text = (
            f"verdict of the hidden layer: {parts.generators.verdict}; {size} generators. "
            f"{NO_KINDS}"
        )
        page.text(left, 0.82, text, fontsize=9, va="top", color=style.MUTED)
        return
    if parts.music is None:
        page.text(right, top + 0.3, fit_in_short(parts), **small)
    if parts.problem or parts.symmetry is None:
        large = {"fontsize": 20, "fontweight": "bold", "va": "top", "color": style.ALARM}
        page.text(left, top, parts.problem or "No score", **large)
        reason = textwrap.shorten(parts.message, 200, placeholder=" …")
        page.paragraph(left, top + 0.42, reason, 88, fontsize=9, color=style.INK)
    elif parts.music is not None and parts.outcome == "ok":
        music = parts.music
        page.text(left, top, sound.headline(music), va="top", fontsize=17, fontweight="bold")
        lines = [
            sound.meaning(music),
            evidence_words(parts) or sound.agreement(music),
            sound.second_opinion(music, parts.label if parts.probabilities else None),
        ]
        below = "\n".join(filter(None, lines))
        page.paragraph(left, top + 0.36, below, 185, color=style.INK)
    else:
        number = f"Symmetry {with_sd(parts.symmetry, parts.symmetry_sd)}"
        if said := evidence_words(parts):
            words = answer(parts)
            size = next((size for most, size in LONG.items() if len(words) <= most), 13)
            page.text(left, top, words, va="top", fontsize=size, fontweight="bold")
            # Three lines have room where they are small.
            most, size = (72, 11) if len(said) <= 140 else (105, 8)
            page.paragraph(left, top + 0.42, said, most, fontsize=size, color=style.INK)
            page.text(right, top + 0.68, f"{number} (0 = none, 1 = certain)", **small)
            return
        page.text(left, top, number, va="top", fontsize=22, fontweight="bold")
        verdict = f"most like: {class_label(str(parts.label))}"
        if parts.label == "∅":
            # Several kinds may share what speaks for a symmetry, each less likely than none.
            verdict = "none seen" if parts.symmetry < 0.5 else "no kind stands out"
        page.text(left, top + 0.48, verdict, va="top", mathematics=True, fontsize=11)
        page.text(right, top + 0.68, "0 = no symmetry seen, 1 = certainly symmetric", **small)


def _column(number: int) -> float:
    return style.MARGIN + number * PITCH


def _plane(axes: "Axes", parts: Parts) -> None:
    inside = parts.inside
    if inside is None:
        empty(axes, "no network was trained")
    else:
        draw_density(axes, inside.plane)


def _probabilities(
    page: Page, parts: Parts, place: tuple[float, float], size: tuple[float, float]
) -> None:
    """Draw the bars, with labels of 2.25 inches, and say what read the probabilities."""
    (left, top), (width, height) = place, size
    draw_bars(page.panel(left + 2.25, top, width, height), parts)
    known = "pictures"
    if not parts.input.pictured:
        named = str(parts.provenance.get("classifier", ""))
        known = TRAINED_ON.get(named, "the planes of volumes")
    networks = f" of {parts.networks} networks" if parts.networks else ""
    text = (
        f"Read off those patterns by a second network, trained only on {known} whose symmetry is "
        f"known. Bars: mean{networks}; lines: their spread; dots: each network. Symmetry = 1 − "
        "none."
    )
    if parts.weighed:
        text = WEIGHED.format(given=parts.input.name, known=parts.input.plural)
    page.paragraph(left, top + height + 0.26, text, 84)


def _of_picture(parts: Parts) -> Figure:
    page = Page(WIDTH, 7.56)
    _headline(page, parts)
    _picture(page, parts)
    size, text = (PANEL, PANEL), sketch_caption(parts.sketch, parts.task)
    axes = page.frame((_column(1), TOP), size, f"2  {sketch_title(parts.task)}", text)
    if parts.sketch is None:
        empty(axes, "no sketch")
    else:
        shades = style.TWO_COLOURS if parts.task.sees_levels else "gray"
        axes.imshow(parts.sketch.seen(parts.task), cmap=shades, vmin=0, vmax=1)
    answers = answers_caption(parts.task)
    axes = page.frame((_column(2), TOP), size, "3  What a network learned", answers)
    if parts.views is None:
        empty(axes, "no network was trained")
    else:
        axes.imshow(parts.views.answers[0], cmap=style.TWO_COLOURS, vmin=0, vmax=1)
    seen = "sketch" if parts.task.sees_levels else "picture"
    title, text = "4  Inside the network", f"All points of the {seen}, {INSIDE}"
    if parts.joint is not None:
        title = "4  Inside the networks"
        text = (
            f"All points of the picture, placed by the two strongest patterns in the last layers "
            f"of all {parts.networks} networks (brighter: more points)."
        )
    _plane(page.frame((_column(3), TOP), size, title, text), parts)

    lower = 5.16
    page.heading(style.MARGIN, lower, "5  Its leading patterns, laid over the picture")
    text = (
        f"What the {'network has' if parts.joint is None else 'networks have'} built for "
        f"{'itself' if parts.joint is None else 'themselves'}, strongest first (red and blue: "
        "opposite values). A symmetry that was found shows again here."
    )
    page.paragraph(style.MARGIN, lower + MAP + 0.26, text, 92)
    inside = parts.inside
    for index in range(style.COMPONENTS_SHOWN):
        x = style.MARGIN + index * MAP_PITCH
        axes = page.panel(x, lower, MAP, MAP)
        if inside is None or index >= len(inside.maps):
            empty(axes, "–")
            continue
        values = np.asarray(inside.maps[index], dtype=float)
        limit = map_limit(values)
        axes.imshow(values, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
        share = f"{100 * float(inside.variance[index]):.3g} % of the variation"
        page.paragraph(x, lower + MAP + 0.05, share, 40, color=style.INK)
    title = "6  Its symmetry: how likely each kind is"
    if parts.music is not None:
        title = "6  Second opinion: its symmetry as a picture, not as music"
        if not parts.probabilities:
            title = "6  How well each structure holds"
    page.heading(6.34, lower, title)
    if parts.music is not None and not parts.probabilities:
        _structures(page, parts.music, (6.34 + 1.2, lower), (3.4, MAP))
    elif parts.probabilities:
        _probabilities(page, parts, (6.34, lower), (2.6, MAP))
    else:
        empty(page.panel(6.34, lower, WIDTH - style.MARGIN - 6.34, MAP), "not measured")
    return page.figure


def _structures(
    page: Page, music: Any, place: tuple[float, float], size: tuple[float, float]
) -> None:
    """Draw how well each structure that was looked for holds in a sound."""
    axes = page.panel(*place, *size)
    names, values = sound.strengths(music)
    first = music.structures[0].element if music.structures else None
    colours = [style.ACCENT if item is first else style.CALM for item in music.looked_for]
    axes.barh(range(len(values)), np.clip(values, 0, 1), color=colours, height=0.66)
    axes.axvline(sound.HELD, color=style.MUTED, linewidth=0.8, linestyle="--")
    axes.set_yticks(range(len(names)), names, fontsize=9)
    axes.set_xlim(0, 1)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(length=0, labelsize=8, labelcolor=style.INK)
    for spine in axes.spines.values():
        spine.set_visible(False)
    left, top = place
    text = (
        "Mean of the agreement in the picture and in the networks' hidden layer: 1 = the same, 0 = "
        "unrelated. Dashed: from there on it counts."
    )
    page.paragraph(left - 1.2, top + size[1] + 0.26, text, 84)


def _picture(page: Page, parts: Parts) -> None:
    title, caption, below = "1  The picture", "What was given.", 0.07
    if parts.music is not None:
        title, caption, below = "1  The sound", sound.view_words(parts.music.heard), 0.25
    if parts.sketched_share < 1:
        caption = f"{caption} The networks see the dashed square."
    if parts.elements is not None and parts.music is None and parts.picture is not None:
        caption = f"{caption} {best_in_words(parts.elements)}"
    axes = page.frame((_column(0), TOP), (PANEL, PANEL), title, caption, below=below)
    if parts.picture is None:
        empty(axes, "no picture")
        return
    rgb = shrunk(parts.picture.rgb, PICTURE_PIXELS)
    rows, columns = rgb.shape[:2]
    side = max(rows, columns)
    axes.set_facecolor(style.EMPTY)
    # A picture of any shape stands in the middle of a square panel.
    axes.set_xlim((columns - side) / 2 - 0.5, (columns + side) / 2 - 0.5)
    axes.set_ylim((rows + side) / 2 - 0.5, (rows - side) / 2 - 0.5)
    axes.autoscale(False)
    draw_picture(axes, parts, rgb, size=9.0)
    if parts.music is not None:
        (across, seconds), (upward, notes) = sound.ticks(parts.music.heard)
        axes.set_xticks([share * columns - 0.5 for share in across], seconds)
        axes.set_yticks([(1 - share) * rows - 0.5 for share in upward], notes)
        axes.tick_params(length=2, pad=2, labelsize=7, labelcolor=style.MUTED, color=style.MUTED)


def _of_signal(parts: Parts) -> Figure:
    page, grid = Page(WIDTH, 10.41), parts.grid
    assert grid is not None
    _headline(page, parts)
    wide, high = WIDTH - 2 * style.MARGIN, 1.35
    texts = [
        ("1  The signal", "What was given; found centres are drawn as lines, periods as arrows."),
        ("2  In two levels, and what a network learned of them",
         "Light line: the two levels, all that the networks see. Dark line: what a small network, "
         "told nothing about symmetry, answers at every place."),
        ("3  Its leading patterns",
         "What the network has built for itself, the strongest in dark. A symmetry that it has "
         "found shows again here."),
    ]  # fmt: skip
    tops = [TOP, TOP + high + 0.88, TOP + 2 * high + 1.54]
    # The first panel has numbers along its lower edge.
    given, learned, patterns = panels = [
        page.frame((style.MARGIN, top), (wide, high), title, text, 150, below)
        for (title, text), top, below in zip(texts, tops, (0.32, 0.1, 0.1), strict=True)
    ]

    def along(count: int) -> Any:
        return grid.place(((2 * np.arange(count) + 1.0) / count - 1)[:, None])[:, 0]

    x = along(len(grid.values))
    given.plot(along(len(grid.fine)), grid.fine, color=style.INK, linewidth=1.0)
    learned.step(x, grid.levels, where="mid", color=style.CALM, linewidth=3, alpha=0.5)
    if parts.views is not None:
        learned.plot(x, parts.views.answers[0], color=style.INK, linewidth=1.0)
        maps = parts.views.maps[0]
        for index, colour in reversed(list(enumerate((style.INK, style.CALM, style.FAINT)))):
            patterns.plot(along(maps.shape[1]), maps[index], color=colour, linewidth=1.0)
    low, high_end = grid.place(np.array([[-1.0], [1.0]]))[:, 0]
    for axes in panels:
        axes.set_xlim(float(low), float(high_end))
        axes.tick_params(length=2, labelsize=7, labelcolor=style.MUTED)
        draw_along(axes, parts, length=axes is given)
    given.xaxis.set_major_locator(MaxNLocator(8))

    lower = tops[-1] + high + 0.85
    text = "All places, by the two strongest patterns."
    size = (1.7, 1.7)
    _plane(page.frame((style.MARGIN, lower), size, "4  Inside the network", text, 34), parts)
    y = _listed(page, parts, (style.MARGIN + 2.15, lower), "5  What was found, and where", 54)
    page.paragraph(style.MARGIN + 2.15, y + 0.02, AGREEMENT, 60)
    page.heading(6.9, lower, "6  Its symmetry: how likely each kind is")
    _probabilities(page, parts, (6.9, lower), (2.1, 0.95))
    return page.figure


def _listed(
    page: Page, parts: Parts, place: tuple[float, float], title: str, characters: int
) -> float:
    """List elements in words below a place (x, y); returns where the list ends."""
    left, top = place
    page.heading(left, top, title)
    y, items = top + 0.12, listed(parts)
    small: dict[str, Any] = {"fontsize": 8, "color": style.MUTED, "va": "top"}
    if not items:
        page.text(left, y, nothing_found(parts), **small)
        return y + 0.3
    unit = parts.grid.unit if parts.grid else ""
    for item, colour in zip(items, style.MARKS, strict=False):
        page.text(left, y, "■", color=colour, fontsize=9, va="top")
        page.paragraph(left + 0.2, y, in_units(item, unit), characters, color=style.INK)
        y += 0.35
    if rest := not_listed(parts):
        kinds = dict.fromkeys(what_it_is(item, unit) for item in rest)
        page.text(left + 0.2, y, f"and {len(rest)} more: {', '.join(kinds)}", **small)
        y += 0.3
    return y


def _of_volume(parts: Parts) -> Figure:
    page, grid, size = Page(WIDTH, HIGH + 0.3 * bool(not_listed(parts))), parts.grid, (PANEL, PANEL)
    assert grid is not None
    _headline(page, parts)
    for axis in range(3):
        title = "1  The volume" if axis == 0 else ""
        panel = page.frame((_column(axis), TOP), size, title, cut_words(parts, axis))
        draw_cut(panel, parts, axis)
    page.heading(_column(3), TOP, "2  Seen in space")
    page.paragraph(_column(3), TOP + PANEL + 0.07, SPACE_WORDS, 40)
    box = (
        (_column(3) - 0.1) / page.width,
        1 - (TOP + PANEL + 0.05) / page.height,
        (PANEL + 0.2) / page.width,
        (PANEL + 0.1) / page.height,
    )
    draw_space(page.figure.add_axes(box, projection="3d", facecolor="none"), parts)

    lower, first = TOP + PANEL + 1.05, float(cuts_through(parts)[0])
    levels: dict[str, Any] = {"cmap": style.TWO_COLOURS, "vmin": 0, "vmax": 1}
    points = " × ".join([str(len(grid.values))] * 3)
    text = f"In two levels, on {points} points: all that the networks see. First cut."
    axes = page.frame((_column(0), lower), size, "3  In two levels", text)
    axes.imshow(cut_of(grid.levels, first), **levels)
    text = (
        "A small network, told nothing about symmetry, was asked for the level at every point. "
        "These are its answers, in the same cut."
    )
    learned = page.frame((_column(1), lower), size, "4  What a network learned", text)
    text = "What it has built for itself (red and blue: opposite values), in the same cut."
    pattern = page.frame((_column(2), lower), size, "5  Its strongest pattern", text)
    if parts.views is None:
        empty(learned, "no network was trained")
        empty(pattern, "–")
    else:
        learned.imshow(cut_of(parts.views.answers[0], first), **levels)
        whole = np.asarray(parts.views.maps[0, 0], dtype=float)
        limit = map_limit(whole)
        pattern.imshow(cut_of(whole, first), cmap="RdBu_r", vmin=-limit, vmax=limit)
    text = f"All points of the grid, {INSIDE}"
    _plane(page.frame((_column(3), lower), size, "6  Inside the network", text), parts)

    last = lower + PANEL + 1.05
    y = _listed(page, parts, (style.MARGIN, last), "7  What was found, and where", 84)
    note = AGREEMENT if parts.generators is None else f"{AGREEMENT}\n{generator_words(parts)}"
    page.paragraph(style.MARGIN, y + 0.05, note, 88)
    page.heading(6.5, last, "8  Its symmetry: how likely each kind is")
    _probabilities(page, parts, (6.5, last), (2.4, 1.7))
    return page.figure


def _without_grid(parts: Parts) -> Figure:
    page = Page(WIDTH, 5.56)
    _headline(page, parts)
    text = (
        "A small network, told nothing about symmetry, learned the level at every point. Here the "
        "points are placed by the two strongest patterns in its last layer (brighter: more "
        "points). This plane does not know in how many dimensions they lie."
    )
    text = "" if parts.views is None else text
    place, size = (style.MARGIN, TOP), (PANEL, PANEL)
    _plane(page.frame(place, size, "1  Inside a network", text, 60), parts)
    if parts.views is None:
        return page.figure
    if parts.probabilities:
        page.heading(5.2, TOP, "2  Its symmetry: how likely each kind is")
        _probabilities(page, parts, (5.2, TOP), (3.2, PANEL - 0.4))
    elif parts.generators is not None:
        _defects(page, parts.generators)
    return page.figure


def _defects(page: Page, generators: Any) -> None:
    """Draw the defects of all rigid motions; those that are symmetries in colour."""
    page.heading(5.2, TOP, "2  How much the hidden layer changes along each rigid motion")
    axes = page.panel(5.6, TOP + 0.08, WIDTH - style.MARGIN - 5.6, PANEL - 0.28)
    place, size = np.arange(1, len(generators.defects) + 1), len(generators.fields)
    colours = [style.ACCENT if i < size else style.CALM for i in range(len(place))]
    axes.bar(place, generators.defects, color=colours, yerr=generators.spread, ecolor=style.INK)
    axes.axhline(generators.unrelated, color=style.MUTED, linewidth=0.8, linestyle="--")
    axes.set_ylim(0, max(0.8, float(generators.defects.max()) * 1.1))
    axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8])
    axes.tick_params(length=2, labelsize=8, labelcolor=style.MUTED)
    text = (
        "Defect of each stationary shift or rotation, the least first: 0 = unchanged, dashed line "
        "= unrelated. In colour: symmetries, which also hold when points are moved far."
    )
    page.paragraph(5.2, TOP + PANEL + 0.07, text, 92)

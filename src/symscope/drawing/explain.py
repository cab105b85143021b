"""A score in words: what it says, how sure that is and why, how the networks did, what is where.

Figures, reports, the web page, notebooks and tables say what is said here.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from symscope.drawing import sound
from symscope.drawing.kinds import CLASSES, KINDS, class_name
from symscope.drawing.parts import Parts
from symscope.drawing.words import MEASURED, percent, spread, with_sd
from symscope.elements import bravais, class_of
from symscope.groups import Symmetry
from symscope.io.paths import printable
from symscope.music.names import Reading
from symscope.tasks import COLOURS, Measure

if TYPE_CHECKING:
    from symscope.elements import Element, Elements
    from symscope.features.lie_defect import Flow
    from symscope.music.names import Music

# Judgements of how a number is worded; the number itself always stands beside the words.
NEARLY_CERTAIN, LIKELY, EVEN = 0.95, 0.8, 0.5
CLEAR_KIND = 0.8
AGREE, DIFFER = 0.05, 0.15
GOOD_SKILL, FAIR_SKILL = 0.9, 0.7
FINE_DETAIL = 0.6

NO_KINDS = "In so many dimensions no kinds are told apart; mirrors and periods are not looked for."

CONTINUOUS = ("stripes", "round", "spherical")
"""Kinds of elements that a hidden layer's derivative can show too."""

MOST_LISTED = 24
"""Elements in a report's table, strongest first within each kind; lattices may have more."""

NEAR_MIDDLE = 0.005
"""Share of the longer side below which an axis is said to go through the middle."""


@dataclass(frozen=True)
class Reason:
    """One reason for or against relying on a score; ``speaks`` is "for", "against" or "note"."""

    speaks: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """A score in words: what it says, how sure that is, and why."""

    headline: str
    sure: str
    reasons: tuple[Reason, ...]


def verdict(score: Any) -> Verdict:
    """Put a Score or a Failure in words."""
    parts = Parts.of(score)
    about_fit = [*_about_fit(parts), *_about_reading(parts)]
    if not parts.problem and parts.symmetry is None and parts.generators is not None:
        generators = parts.generators
        note = (
            f"Of all stationary shifts and rotations, {len(generators.fields)} leave the hidden "
            f"layer as it is: the least defect is {float(generators.defects[0]):.2f} (0 = "
            f"unchanged, {generators.unrelated:.2f} = unrelated)."
        )
        headline = f"Continuous symmetry: {continuous_group(generators)}."
        return Verdict(headline, NO_KINDS, (Reason("note", note), *about_fit))
    if parts.problem or parts.symmetry is None or parts.label is None:
        message = [Reason("against", parts.message)] if parts.message else []
        return Verdict(f"{parts.problem or 'No score'}.", "", (*message, *about_fit))
    if parts.music is not None:
        return _of_sound(parts, parts.music, about_fit)
    if said := evidence_words(parts):
        alone = [Reason("against", f"{parts.message}.")] if parts.message else []
        reasons = [*alone, *_about_kind(parts), *_about_halves(parts), *about_fit]
        return Verdict(f"{answer(parts)}.", said, tuple(reasons))
    reasons = [*_about_kind(parts), *_about_agreement(parts), *about_fit]
    if parts.elements is not None and parts.input.pictured:
        reasons.append(_about_elements(parts.label, parts.elements))
    return Verdict(_headline(parts), _sure(parts), tuple(reasons))


RARE = 0.02
"""Chance below which what is nearest is not denied."""

LEAST_CHANCE = 1e-4
"""Chance below which no number is given: fewer pictures without symmetry were tried."""


def in_odds(chance: float) -> str:
    """Write a probability as odds, to one digit.

    >>> in_odds(0.0312), in_odds(0.4), in_odds(0.8), in_odds(1e-9)
    ('1 in 30', '1 in 2', 'more often than not', 'less than 1 in 10,000')
    """
    if chance > 0.5:
        return "more often than not"
    if chance < LEAST_CHANCE:
        return f"less than 1 in {1 / LEAST_CHANCE:,.0f}"
    times = 1 / chance
    digit = 10 ** math.floor(math.log10(times))
    return f"1 in {round(times / digit) * digit:,.0f}"


def sentence(score: Any) -> str:
    """Say what an input has, with the numbers that it rests on, or with how sure that is."""
    parts = Parts.of(score)
    if said := evidence_words(parts):
        return f"{answer(parts)}. {said}"
    judged = verdict(parts)
    return f"{judged.headline} {judged.sure}".strip()


def answer(parts: Parts) -> str:
    """Say which symmetry an input has, and where; of a sound, what it is in music."""
    if parts.music is not None:
        return sound.headline(parts.music)
    if parts.label == Symmetry.NONE:
        turns = parts.elements.of("rotation") if parts.elements and parts.dimension == 3 else ()
        if turns:
            best = max(turns, key=lambda item: item.pixels)
            where = what_in_units(best, parts.unit or "").split(", through")[0]
            more = f", and {len(turns) - 1} more" if len(turns) > 1 else ""
            return f"No symmetry that is weighed; {where}, there to {best.pixels:.2f}{more}"
        # Likelier than not that there is one, or rare by chance, but not what is named.
        likely = (parts.symmetry or 0.0) > 0.5
        rare = parts.chance is not None and parts.chance < RARE
        return "No symmetry for certain" if likely or rare else "No symmetry"
    named = named_in_full(parts, str(parts.label), parts.elements.items if parts.elements else ())
    return f"{named[:1].upper()}{named[1:]}"


def named_in_full(parts: Parts, label: str, items: Sequence["Element"]) -> str:
    """Name a symmetry by its class and what the elements that carry it say; no more than that."""
    of_kind = {kind: [item for item in items if item.kind == kind] for kind in KINDS}
    if parts.dimension != 2 and parts.unit is not None:
        carrying = [item for item in items if KINDS[item.kind].makes == label]
        if not carrying:
            return class_name(label)
        # Through which point stands beside the element itself.
        words = what_in_units(carrying[0], parts.unit).split(", through")[0]
        return words + (f", and {len(carrying) - 1} more" if len(carrying) > 1 else "")
    order = max((item.order or 1 for item in of_kind["rotation"]), default=1)
    match label:
        case Symmetry.MIRROR if of_kind["mirror"]:
            return f"mirror, about an axis at {_angle(of_kind['mirror'][0])}"
        case Symmetry.CYCLIC if order > 1:
            return f"{order}-fold rotation, C_{order}, without mirrors"
        case Symmetry.DIHEDRAL if order > 1 and of_kind["mirror"]:
            return f"{order}-fold rotation and {len(of_kind['mirror'])} mirrors, D_{order}"
        case Symmetry.STRIPED if of_kind["stripes"]:
            return f"stripes, along {_angle(of_kind['stripes'][0])}"
        case Symmetry.REPEATED if of_kind["translation"]:
            return _pattern(of_kind["translation"], parts.longer)
        case Symmetry.ROUND:
            return "round, about one centre"
    return class_name(label)


def _pattern(periods: Sequence["Element"], longer: int | None) -> str:
    """Say how a picture repeats: its lattice, each period and along what, in pixels if known."""
    shares = [math.hypot(*(item.vector or ())) / 2 for item in periods]
    lengths = [f"{s * longer:.1f}" if longer else f"{100 * s:.1f}" for s in shares]
    unit = "pixels" if longer else "% of the frame"
    said = f"{' and '.join(dict.fromkeys(lengths))} {unit}"
    along = " and ".join(map(_angle, periods))
    lattice = bravais(periods)
    named = "pattern" if lattice is None else f"{lattice} lattice"
    return f"{named}, repeats every {said} along {along}"


def _angle(item: "Element") -> str:
    """Write the angle of an axis or a direction, 0° to less than 180°."""
    return f"{round(item.angle_deg or 0.0, 1) % 180:.1f}°"


TURNS_IN_SPACE = (
    "Turns without mirrors (C_n) are searched in volumes but not weighed: ∅ does not exclude them."
)
"""What is to be known where a volume has no symmetry."""


def evidence_words(parts: Parts) -> str:
    """Say what the answer rests on: there, realised, by chance; empty where it is not known.

    Where nothing was named, these are the numbers of what comes nearest, which is named first.
    """
    if parts.there is None or parts.chance is None:
        return ""
    there, aside = "There", ""
    if parts.music is not None and not parts.music.structures and parts.music.nearest:
        there = f"Nearest: {sound.structure_name(parts.music.nearest)}, there"
    elif parts.music is None and parts.label == Symmetry.NONE:
        if parts.nearest is None:
            return ""
        carrying = parts.elements.nearest if parts.elements else ()
        there = f"Nearest: {named_in_full(parts, parts.nearest, carrying)}, there"
        aside = f" {TURNS_IN_SPACE}" if parts.dimension == 3 else ""
    if parts.realised is not None:
        realised = f"the networks realised it to {parts.realised:.2f}"
    elif parts.fit and parts.fit.skill >= FAIR_SKILL:
        # What they were shown they learned; the grid keeps too little of the input.
        realised = f"the networks saw too little of the {parts.input.name}"
    else:
        realised = f"the networks did not learn the {parts.input.name}"
    return f"{there} to {parts.there:.2f}; {realised}; by chance {in_odds(parts.chance)}.{aside}"


def continuous_group(generators: Any) -> str:
    """Name the group of rigid motions that a hidden layer does not change under, or none."""
    return generators.group if len(generators.fields) else "none"


def _of_sound(parts: Parts, music: "Music", about_fit: list[Reason]) -> Verdict:
    """Say what a sound is in music, and beside it what the classifier of pictures says."""
    reasons = []
    if held := evidence_words(parts) or sound.agreement(music):
        reasons.append(Reason("for" if music.structures else "note", held))
    asked = parts.label if parts.probabilities else None
    if opinion := sound.second_opinion(music, asked):
        agrees = music.reading(parts.label) is Reading.AGREES
        reasons.append(Reason("for" if agrees else "note", opinion))
    headline = f"{sound.headline(music)}."
    return Verdict(headline, sound.meaning(music), (*reasons, *about_fit))


def _headline(parts: Parts) -> str:
    label = str(parts.label)
    if label == Symmetry.NONE and (parts.symmetry or 0.0) >= EVEN:
        return "Some symmetry may be there, but no kind stands out."
    if label != Symmetry.NONE and parts.probabilities:
        (first, _), (second, _), clear = _likeliest(parts)
        if not clear:
            return f"A symmetry is seen: {class_name(first)}, or else {class_name(second)}."
    if label not in CLASSES:
        return label
    return CLASSES[label].verdict_in.get(parts.dimension, CLASSES[label].verdict)


def _likeliest(parts: Parts) -> tuple[tuple[str, float], tuple[str, float], bool]:
    """Return the two likeliest kinds beside none, and whether the first stands out."""
    kinds = {symbol: p for symbol, p in parts.probabilities.items() if symbol != Symmetry.NONE}
    first, second = sorted(kinds.items(), key=lambda item: -item[1])[:2]
    return first, second, first[1] >= CLEAR_KIND * sum(kinds.values())


def _sure(parts: Parts) -> str:
    symmetry, none = parts.symmetry or 0.0, parts.label == Symmetry.NONE
    belief = 1 - symmetry if none else symmetry
    if none and belief <= EVEN:
        return "The networks are undecided between a symmetry and none."
    strength = "It is more likely than not"
    if belief >= LIKELY:
        strength = "It is nearly certain" if belief >= NEARLY_CERTAIN else "It is likely"
    what = "there is none of these symmetries" if none else "there is a symmetry"
    return f"{strength} that {what}, as the networks see it."


def _about_kind(parts: Parts) -> list[Reason]:
    if parts.label == Symmetry.NONE or not parts.probabilities:
        return []
    (first, most), (second, next_most), clear = _likeliest(parts)
    says = "is clear" if clear else "is less clear than that there is one"
    text = (
        f"Which kind {says}: {class_name(first)} {most:.2f}, next {class_name(second)} "
        f"{next_most:.2f}."
    )
    return [Reason("for" if clear else "against", text)]


def _about_agreement(parts: Parts) -> list[Reason]:
    sd = parts.symmetry_sd
    if sd is None:
        return []
    count = f"{parts.networks} " if parts.networks else ""
    speaks, agree, then = "against", "disagree", " Rely on the mean only."
    if sd <= DIFFER:
        speaks, agree, then = ("for", "agree", "") if sd <= AGREE else ("note", "agree roughly", "")
    text = (
        f"The {count}networks, each trained by itself, {agree}: their answers have a standard "
        f"deviation of {spread(sd)}.{then}"
    )
    return [Reason(speaks, text)]


def _about_halves(parts: Parts) -> list[Reason]:
    """Say whether the two halves of the networks say the same."""
    sd = parts.symmetry_sd
    if parts.realised is None or sd is None:
        return []
    speaks, how = ("against", "disagree") if sd > DIFFER else ("for", "agree")
    text = f"Each half of the {parts.networks} networks by itself: they {how}, to {spread(sd)}."
    return [Reason(speaks, text)]


def _about_fit(parts: Parts) -> list[Reason]:
    fit, given = parts.fit, parts.input
    if fit is None:
        return []
    # Above the limit of the outcome, what is not learned is detail.
    how, speaks = ("in part", "note") if parts.outcome == "ok" else ("badly", "against")
    if fit.skill >= GOOD_SKILL:
        how, speaks = "well", "for"
    elif fit.skill >= FAIR_SKILL:
        how, speaks = "fairly well", "note"
    learned = f"The networks learned the {given.learned} {how}: {fit_sentence(parts)}"
    reasons = [Reason(speaks, learned)]
    if parts.dimension in (1, 2, 3):  # elsewhere points are at random: there is no grid
        keeper, cells = given.keeper
        kept = (
            f"The {keeper} keeps {_percent(fit.retained_variance)} of the {given.name}'s "
            f"variation; the rest is finer than its {cells}."
        )
        reasons.append(Reason("for" if fit.retained_variance >= FINE_DETAIL else "note", kept))
    return reasons


def _about_reading(parts: Parts) -> list[Reason]:
    """Say what a person would not expect of how the input was read."""
    return [
        Reason("note", f"How it was read: {printable(note)}.")
        for note in parts.provenance.get("read", ())
    ]


def _percent(fraction: float) -> str:
    return percent(fraction, "\N{NO-BREAK SPACE}")


def _about_elements(label: str, elements: "Elements") -> Reason:
    """Compare the class with what an independent search found on the pixels."""
    best = [
        max(elements.of(kind), key=lambda item: item.pixels)
        for kind, words in KINDS.items()
        if words.makes is not None and elements.of(kind)
    ]
    if label == Symmetry.NONE or label not in set(Symmetry):
        if not best:
            return Reason("for", "An independent search on the pixels found no symmetry either.")
        text = (
            f"But a search on the pixels found {_all_named(best)}. It may be in detail that the "
            "sketch lacks."
        )
        return Reason("against", text)
    search, by_itself = "An independent search on the pixels found", class_of(elements)
    # What a search should find where the class is right: a rosette needs two kinds.
    needed = [Symmetry(label)]
    if label == Symmetry.DIHEDRAL:
        needed = [Symmetry.CYCLIC, Symmetry.MIRROR]
    makes = {item.kind: KINDS[item.kind].makes or Symmetry.NONE for item in best}
    if by_itself == label:
        fitting = [item for item in best if any(map(makes[item.kind].contains, needed))]
        return Reason("for", f"{search} {_all_named(fitting)}.")
    wanting = [one for one in needed if not any(kind.contains(one) for kind in makes.values())]
    says = f"By itself it would say: {class_name(by_itself)}."
    if not wanting:
        return Reason("note", f"{search} {_all_named(best)}. {says}")
    missing = next(words.missing for words in KINDS.values() if words.makes == wanting[0])
    if not best:
        likeness = "the networks see a likeness that does not hold in detail"
        return Reason("against", f"{search} no {missing}: {likeness}.")
    return Reason("against", f"{search} no {missing}, but {_all_named(best)}. {says}")


def _all_named(items: Sequence["Element"]) -> str:
    """Name elements with their agreements, the first of which is explained."""
    first, *others = items
    named = (
        f"{KINDS[first.kind].noun}, with an agreement of {first.pixels:.2f} (1 = identical, 0 = "
        "unrelated)"
    )
    return named + "".join(f", and {KINDS[o.kind].noun} ({o.pixels:.2f})" for o in others)


# How well the networks learned.


def fit_sentence(parts: Parts) -> str:
    """Say how well the networks did on what was kept from them."""
    fit, task = parts.fit, parts.task
    validation, guess = _percent(fit.validation_accuracy), _percent(fit.chance_accuracy)
    if task.measure is Measure.VARIANCE:
        return f"they explain {validation} of the variance of what was kept from them."
    if task.measure is Measure.ORDER:
        return (
            f"they tell {validation} of the patches that were kept from them from patches of the "
            f"sketch with its pixels in random order. A guess would tell {guess}."
        )
    commoner = parts.input.value if task.source == COLOURS else "level"
    right = (
        f"they give the right {commoner} for {validation} of points that were kept from them. "
        f"Always saying the commoner {commoner} would do for {guess}."
    )
    if fit.explained_variance is None:
        return right
    explained = _percent(max(fit.explained_variance, 0.0))
    return f"{right} They explain {explained} of the variance of those points."


def fit_in_short(parts: Parts) -> str:
    """Say the same in two lines, for the top of a figure; empty where nothing was learned."""
    fit, task, given = parts.fit, parts.task, parts.input
    if fit is None:
        return ""
    training, validation = percent(fit.training_accuracy), percent(fit.validation_accuracy)
    if task.measure is not Measure.POINTS:
        return (
            f"Task: {task.said}\n{MEASURED[task.measure][0]}: {training} in training, "
            f"{validation} in what was kept from them"
        )
    return (
        f"How well the networks learned the {given.learned}: {training} of their points,\n"
        f"{validation} of points kept from them "
        f"(always saying the commoner {given.value}: {percent(fit.chance_accuracy)})"
    )


def fit_lines(score: Any) -> list[tuple[str, str]]:
    """List how well the networks did, for a table: what, and how much."""
    parts = Parts.of(score)
    fit, task = parts.fit, parts.task
    if fit is None:
        return []
    measured, guess, _, _ = MEASURED[task.measure]
    shares = [
        (f"{measured} among points they were trained on", fit.training_accuracy),
        (f"{measured} among points kept from them", fit.validation_accuracy),
        (guess, fit.chance_accuracy),
        ("difference of the first two (overfit)", fit.generalisation_gap),
    ]
    if fit.explained_variance is not None and task.measure is not Measure.VARIANCE:
        shares.append(("explained of what a constant guess leaves open", fit.explained_variance))
    if parts.dimension in (1, 2, 3):
        kept = f"variation of the {parts.input.name} that its {parts.input.keeper[0]} keeps"
        shares.append((kept, fit.retained_variance))
    steps = ("training steps", f"{fit.steps:.0f}")
    return [*((what, percent(share)) for what, share in shares), steps]


# What was found, and where.


@dataclass(frozen=True)
class Line:
    """One element of a picture as text: empty where its kind does not have it."""

    kind: str
    where: str
    angle: str
    order: str
    pixels: str
    hidden: str


def element_line(item: "Element", rows: int, columns: int, music: "Music | None" = None) -> Line:
    """Describe an element of a picture of rows × columns pixels.

    Of a sound, ``music`` gives its name, and says in seconds and notes where.
    """
    line = Line(
        KINDS[item.kind].name,
        _where(item, rows, columns),
        "" if item.angle_deg is None else _angle(item),
        "" if item.order is None else f"{item.order}-fold",
        f"{item.pixels:.2f}",
        with_sd(item.hidden, item.hidden_sd),
    )
    for structure in music.structures if music else ():
        if structure.element is item:
            kind = f"{structure.name}, along {structure.along}"
            return replace(line, kind=kind, where=structure.words.partition(": ")[2])
    return line


def element_lines(
    elements: "Elements", rows: int, columns: int, music: "Music | None" = None
) -> list[Line]:
    """Describe what was found in a picture, kind by kind, at most MOST_LISTED."""
    items = [item for kind in KINDS for item in elements.of(kind)]
    return [element_line(item, rows, columns, music) for item in items[:MOST_LISTED]]


def legend(elements: "Elements") -> str:
    """Say what is drawn over a picture, and how; empty where there is nothing."""
    return ", ".join(words.legend for kind, words in KINDS.items() if elements.of(kind))


def best_in_words(elements: "Elements") -> str:
    """Name the strongest element of each kind with its agreements, on pixels and in the layer."""
    named = []
    for kind, words in KINDS.items():
        items = sorted(elements.of(kind), key=lambda item: -item.pixels)
        if items:
            many = f"{len(items)} × " if len(items) > 1 else ""
            hidden = "" if items[0].hidden is None else f" / {items[0].hidden:.2f}"
            named.append(f"{many}{words.short} {items[0].pixels:.2f}{hidden}")
    if not named:
        return "No axis, centre or period was found."
    return f"Found: {', '.join(named)} (agreement: pixels / hidden layer)."


def _where(item: "Element", rows: int, columns: int) -> str:
    longer = max(rows, columns)
    if item.centre is not None:
        return _place(item.centre, rows, columns)
    length = math.hypot(*(item.vector or ())) / 2
    if item.kind == "translation":
        return f"every {length * longer:.1f} pixels, {100 * length:.1f} % of the longer side"
    if item.kind == "stripes":
        return "all along one direction"
    beside, offset = "through the middle", (item.offset or 0.0) / 2
    if abs(offset) >= NEAR_MIDDLE:
        angle = math.radians(item.angle_deg or 0.0)
        right, up = -math.sin(angle) * offset, math.cos(angle) * offset
        side = "above" if up > 0 else "below"
        if abs(right) >= abs(up):
            side = "to the right of" if right > 0 else "to the left of"
        beside = f"{100 * abs(offset):.1f} % {side} the middle"
    if item.kind == "glide" and item.vector is not None:
        return f"{beside}; shifted by {length * longer:.1f} pixels along it"
    return beside


def _place(point: tuple[float, float], rows: int, columns: int) -> str:
    """Say where a point is, from the picture's edges."""
    longer = max(rows, columns)
    across = (point[0] * longer + columns) / (2 * columns)
    down = (rows - point[1] * longer) / (2 * rows)
    return f"{100 * across:.1f} % from the left, {100 * down:.1f} % from the top"


def flow_words(flow: "Flow", rows: int, columns: int) -> str:
    """Say what the hidden layer's own answer for continuous symmetry is, and whether it counts."""
    error = ""
    if flow.centre is not None:
        what = f"turning about a point {_place(flow.centre, rows, columns)}"
        if flow.error is not None:
            error = f" (± {spread(100 * flow.error / 2, 1)} % of the longer side)"
    else:
        what = f"shifting along {flow.angle_deg or 0.0:.1f}°"
        error = "" if flow.error is None else f" (± {spread(flow.error, 1)}°)"
    counts = {
        "symmetric": "It counts as a symmetry.",
        "none": "It does not count as a symmetry: some movement always changes it least.",
    }.get(str(flow.verdict), "Whether it counts as a symmetry is undecided.")
    moved = flow.agreement
    agreement = "" if moved is None else f", agreement after real moves {moved:.2f}"
    if moved is not None and moved <= 0:
        agreement = ", no agreement after real moves"
    return (
        f"The movement that changes the networks' hidden layer least is {what}{error}. Defect "
        f"{with_sd(flow.defect, flow.defect_spread)} (0 = ignored wholly, 0.71 = unrelated)"
        f"{agreement}. {counts}"
    )


def in_units(item: "Element", unit: str) -> str:
    """Say what an element of a signal or volume is, where in its units, and how well it holds."""
    hidden = "" if item.hidden is None else f", in the hidden layer {item.hidden:.2f}"
    return f"{what_in_units(item, unit)}: agreement {item.pixels:.2f}{hidden}"


def what_it_is(item: "Element", unit: str) -> str:
    """Say what an element of a signal or volume is, and neither where nor which way it lies."""
    return what_in_units(item, unit).split(",")[0].split(" along")[0].split(" at")[0]


def what_in_units(item: "Element", unit: str) -> str:
    """Say what an element of a signal or volume is, and where in its units."""
    unit = f" {unit}" if unit not in ("", "time") else ""

    def shown(values: tuple[float, ...] | None) -> str:
        return "(" + ", ".join(f"{v:.3g}" for v in values or ()) + ")"

    def pointing(values: tuple[float, ...] | None) -> str:
        """A unit vector, to what an angle is known to: no negative zero, no 3e-05."""
        return "(" + ", ".join(f"{round(v, 2) + 0.0:.2f}" for v in values or ()) + ")"

    through = f"through {shown(item.point)}{unit}"
    match item.kind:
        case "mirror" if item.point is not None and len(item.point) == 1:
            return f"palindrome about {item.point[0]:.4g}{unit}"
        case "mirror":
            return f"mirror plane, normal {pointing(item.normal)}, {through}"
        case "round":
            return f"axis of any rotation along {pointing(item.direction)}, {through}"
        case "rotation":
            return f"{item.order}-fold axis along {pointing(item.direction)}, {through}"
        case "spherical":
            return f"centre of any rotation at {shown(item.point)}{unit}"
        case "stripes":
            return f"any shift along {pointing(item.direction)}"
    vector = item.vector or ()
    along = "" if len(vector) == 1 else f" along {shown(vector)}"
    return f"period of {float(np.linalg.norm(vector)):.4g}{unit}{along}"


def nothing_found(parts: Parts) -> str:
    """Say that a signal or volume has no element, or that none was looked for."""
    if parts.elements is None:
        return "Not searched."
    looked_for = (
        "centre and no period" if parts.dimension == 1 else "mirror, axis, centre or period"
    )
    return f"No {looked_for} is named."


def generator_words(parts: Parts) -> str:
    """Say which rigid motions of space a volume's hidden layer does not change under."""
    generators = parts.generators
    numbers = (
        "Continuous symmetry in the hidden layer, from its derivative: "
        f"{generators.group} (least defect {float(generators.defects[0]):.2f}; 0 = symmetric, "
        f"{generators.unrelated:.2f} = unrelated)."
    )
    items = parts.elements.items if parts.elements else ()
    if len(generators.fields) or not any(item.kind in CONTINUOUS for item in items):
        return numbers
    return (
        f"{numbers} Where the level does not change, the layer wobbles: then its derivative "
        "shows less than the moves above."
    )

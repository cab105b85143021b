"""What a score says, how sure that is and why, in words that need no knowledge of the method."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from symscope.drawing import heard, words
from symscope.drawing.asked import fit_sentence, task_of
from symscope.drawing.inputs import input_of
from symscope.elements import class_of
from symscope.errors import Outcome
from symscope.groups import Symmetry
from symscope.music.names import Reading

if TYPE_CHECKING:
    from symscope.elements import Element, Elements
    from symscope.lie.rigid import Generators
    from symscope.music.names import Music
    from symscope.results import Score

# Judgements of how a number is worded; the number itself always stands beside the words.
NEARLY_CERTAIN, LIKELY, EVEN = 0.95, 0.8, 0.5
CLEAR_KIND = 0.8
AGREE, DIFFER = 0.05, 0.15
GOOD_SKILL, FAIR_SKILL = 0.9, 0.7
FINE_DETAIL = 0.6

KIND_OF = {
    "mirror": Symmetry.MIRROR,
    "rotation": Symmetry.CYCLIC,
    "translation": Symmetry.REPEATED,
    "stripes": Symmetry.STRIPED,
    "round": Symmetry.ROUND,
}
"""The class that an element by itself makes; a glide makes none of them."""

LOOKED_FOR = {
    Symmetry.MIRROR: "mirror axis",
    Symmetry.CYCLIC: "centre of rotation",
    Symmetry.REPEATED: "period",
    Symmetry.STRIPED: "direction of stripes",
    Symmetry.ROUND: "centre of rings",
    Symmetry.BALL: "centre of shells",
}
"""What an element is called that a search on the pixels looks for."""

NEEDED = {kind: (kind,) for kind in LOOKED_FOR} | {
    Symmetry.DIHEDRAL: (Symmetry.CYCLIC, Symmetry.MIRROR)
}
"""What a search on the pixels should find where a class is right."""


@dataclass(frozen=True)
class Reason:
    """One reason for or against relying on a score; ``speaks`` is "for", "against" or "note"."""

    speaks: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """A score in words.

    Attributes
    ----------
    headline : what was seen
    sure : how sure that is
    reasons : why
    """

    headline: str
    sure: str
    reasons: tuple[Reason, ...]


def verdict(score: "Score") -> Verdict:
    """Put a score in words.

    Parameters
    ----------
    score : Score
        With any outcome.

    Returns
    -------
    Verdict
    """
    dimension = score.dimension
    problem = words.headline(str(score.outcome), score.path, dimension)
    fitting = _about_fit(score)
    if not problem and score.symmetry is None and score.generators is not None:
        return _of_generators(score.generators, fitting)
    if problem or score.symmetry is None or score.label is None:
        against = (Reason("against", score.message),) if score.message else ()
        return Verdict(f"{problem or 'No score'}.", "", (*against, *fitting))
    if score.music is not None:
        return _of_sound(score, score.music, fitting)
    reasons = [_about_kind(score), _about_agreement(score), *fitting]
    if score.elements is not None and score.dimension == 2:
        reasons.append(_about_elements(score.label, score.elements))
    return Verdict(_headline(score), _sure(score), tuple(filter(None, reasons)))


def _of_generators(generators: "Generators", fitting: list[Reason]) -> Verdict:
    """Say which continuous group was found, where no kinds are told apart."""
    found = generators.group if len(generators.fields) else "none"
    least = float(generators.defects[0])
    reason = Reason(
        "note",
        f"Of all stationary shifts and rotations, {len(generators.fields)} leave the hidden layer "
        f"as it is: the least defect is {least:.2f} (0 = unchanged, "
        f"{generators.unrelated:.2f} = unrelated).",
    )
    sure = "In so many dimensions no kinds are told apart; mirrors and periods are not looked for."
    return Verdict(f"Continuous symmetry: {found}.", sure, (reason, *fitting))


def _of_sound(score: "Score", music: "Music", fitting: list[Reason]) -> Verdict:
    """Say what a sound is in music, and beside it what the classifier of pictures sees."""
    held = heard.agreement(music)
    speaks = "for" if music.structures else "note"
    reasons = [Reason(speaks, held)] if held else []
    opinion = heard.second_opinion(music, score.label)
    agrees = music.reading(score.label) is Reading.AGREES
    classifier = [Reason("for" if agrees else "note", opinion)] if opinion else []
    return Verdict(
        f"{heard.headline(music)}.",
        heard.meaning(music),
        (*reasons, *classifier, *fitting),
    )


def _headline(score: "Score") -> str:
    if score.label == Symmetry.NONE and (score.symmetry or 0.0) >= EVEN:
        return "Some symmetry may be there, but no kind stands out."
    if score.label != Symmetry.NONE and score.probabilities:
        (first, _), (second, _), clear = _kinds(score.probabilities)
        if not clear:
            return f"A symmetry is seen: {_name(first)}, or else {_name(second)}."
    label = str(score.label)
    of_field = words.FIELD_VERDICTS.get(score.dimension, {})
    return of_field.get(label) or words.VERDICTS.get(label, label)


Kind = tuple[str, float]


def _kinds(probabilities: Mapping[str, float]) -> tuple[Kind, Kind, bool]:
    """Return the two likeliest kinds beside none, and whether the first stands out."""
    kinds = {symbol: p for symbol, p in probabilities.items() if symbol != Symmetry.NONE}
    first, second = sorted(kinds.items(), key=lambda item: -item[1])[:2]
    return first, second, first[1] >= CLEAR_KIND * sum(kinds.values())


def _name(symbol: str) -> str:
    return words.CLASS_NAMES.get(symbol, (symbol, ""))[0]


def _sure(score: "Score") -> str:
    symmetry, none = score.symmetry or 0.0, score.label == Symmetry.NONE
    belief = 1 - symmetry if none else symmetry
    what = "there is none of these symmetries" if none else "there is a symmetry"
    if none and belief <= EVEN:
        return "The networks are undecided between a symmetry and none."
    strength = "It is more likely than not"
    if belief >= NEARLY_CERTAIN:
        strength = "It is nearly certain"
    elif belief >= LIKELY:
        strength = "It is likely"
    return f"{strength} that {what}, as the networks see it."


def _about_kind(score: "Score") -> Reason | None:
    if score.label == Symmetry.NONE or not score.probabilities:
        return None
    (first, most), (second, next_most), clear = _kinds(score.probabilities)
    says = "is clear" if clear else "is less clear than that there is one"
    return Reason(
        "for" if clear else "against",
        f"Which kind {says}: {_name(first)} {most:.2f}, next {_name(second)} {next_most:.2f}.",
    )


def _about_agreement(score: "Score") -> Reason | None:
    if score.symmetry_sd is None:
        return None
    count = "" if score.views is None else f"{len(score.views.probabilities)} "
    spread = score.symmetry_sd
    says = f"The {count}networks, each trained by itself, "
    numbers = f"their answers have a standard deviation of {spread:.2f}."
    if spread <= AGREE:
        return Reason("for", f"{says}agree: {numbers}")
    if spread <= DIFFER:
        return Reason("note", f"{says}agree roughly: {numbers}")
    return Reason("against", f"{says}disagree: {numbers} Rely on the mean only.")


def _about_fit(score: "Score") -> list[Reason]:
    fit, given, dimension = score.fit, input_of(score), score.dimension
    if fit is None:
        return []
    # Above the limit of the outcome, what is not learned is detail.
    how, speaks = ("in part", "note") if score.outcome == Outcome.OK else ("badly", "against")
    if fit.skill >= GOOD_SKILL:
        how, speaks = "well", "for"
    elif fit.skill >= FAIR_SKILL:
        how, speaks = "fairly well", "note"
    said = fit_sentence(task_of(score), fit, given.value)
    learned = Reason(speaks, f"The networks learned the {given.seen} {how}: {said}")
    if dimension not in (1, 2, 3):
        return [learned]  # at random points: there is no grid
    kept = _percent(fit.retained_variance)
    keeper = "sketch" if dimension == 2 else "grid"
    fine = Reason(
        "for" if fit.retained_variance >= FINE_DETAIL else "note",
        f"The {keeper} keeps {kept} of the {given.name}'s variation; the rest is finer than "
        f"its {'grid' if dimension == 2 else 'cells'}.",
    )
    return [learned, fine]


def _percent(fraction: float) -> str:
    return words.percent(fraction).replace(" ", "\N{NO-BREAK SPACE}")


def _about_elements(label: str, elements: "Elements") -> Reason:
    """Compare the class with what an independent search found on the pixels."""
    best = [max(elements.of(kind), key=_agreement) for kind in KIND_OF if elements.of(kind)]
    if label == Symmetry.NONE or label not in set(Symmetry):
        if not best:
            return Reason("for", "An independent search on the pixels found no symmetry either.")
        return Reason(
            "against",
            f"But a search on the pixels found {_all_named(best)}. It may be in detail that the "
            "sketch lacks.",
        )
    search, needed = "An independent search on the pixels found", NEEDED[Symmetry(label)]
    by_itself = class_of(elements)
    if by_itself == label:
        fitting = [item for item in best if any(map(KIND_OF[item.kind].contains, needed))]
        return Reason("for", f"{search} {_all_named(fitting)}.")
    wanting = [one for one in needed if not any(KIND_OF[i.kind].contains(one) for i in best)]
    says = f"By itself it would say: {_name(str(by_itself))}."
    if not wanting:
        return Reason("note", f"{search} {_all_named(best)}. {says}")
    lacking = f"{search} no {LOOKED_FOR[wanting[0]]}"
    if not best:
        return Reason(
            "against", f"{lacking}: the networks see a likeness that does not hold in detail."
        )
    return Reason("against", f"{lacking}, but {_all_named(best)}. {says}")


def _agreement(item: "Element") -> float:
    return item.pixels


def _all_named(found: Sequence["Element"]) -> str:
    """Name elements with their agreements, the first of which is explained."""
    first = f"{_named(found[0].kind)}, with an agreement of {found[0].pixels:.2f} "
    others = "".join(f", and {_named(item.kind)} ({item.pixels:.2f})" for item in found[1:])
    return f"{first}(1 = identical, 0 = unrelated){others}"


def _named(kind: str) -> str:
    return {
        "mirror": "a mirror axis",
        "rotation": "a centre of rotation",
        "translation": "a period",
        "stripes": "stripes",
        "round": "a centre of rings",
    }[kind]

"""The words for a sound: what its score says in music, and the marks of its two axes."""

from typing import TYPE_CHECKING

from symscope.drawing.kinds import class_name
from symscope.drawing.words import with_sd
from symscope.music.names import (
    CLASS_OF,
    HELD,
    HISS,
    NAMES,
    Reading,
    direction,
    note_name,
    strength,
)
from symscope.options import SoundView

if TYPE_CHECKING:
    from symscope.elements import Element
    from symscope.music.names import Music
    from symscope.preprocess.time_pitch import Heard

Ticks = tuple[list[float], list[str]]
"""Places along an axis, as shares of its length, and what is written there."""

MEANINGS = {
    "drone": "Whatever the moment, it sounds the same: in the picture, stripes along time.",
    "loop": "A part comes again and again: moved by its length, the picture is the same.",
    "beat": "A short part comes again and again: moved by its length, the picture is the same.",
    "palindrome": "It sounds the same backwards: the two sides of the line mirror each other.",
    "inversion": "Each rise is at once a fall: the two sides of the line mirror each other.",
    "harmonics": "The same sounds again, higher: moved up by as much, the picture is the same.",
}
"""What each structure is, for people who never heard of it, and how it is seen in the picture."""

CLASSIFIER = "Second opinion: the classifier of pictures, which knows neither time nor pitch,"
FIRST = "Where they differ, the measured answer above counts."

NONE_MEANS = (
    "No part comes again, nothing is mirrored in time or in pitch, nothing is held throughout; or "
    "not so that the networks saw it."
)

HISS_MEANS = "It is the same at all times, as wind and rain are, but it holds no tone."

STEPS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0)
"""Seconds between two marks of a time axis."""

MOST_MARKS = 6


def time_ticks(start: float, end: float) -> Ticks:
    """Mark a time axis at round seconds.

    >>> time_ticks(30.0, 40.0)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], ['30', '32', '34', '36', '38', '40'])
    """
    span = end - start
    step = next((s for s in STEPS if span / s <= MOST_MARKS - 1), span)
    first = -(-start // step)
    marks = [(first + i) * step for i in range(MOST_MARKS + 1) if (first + i) * step <= end + 1e-9]
    return [round((mark - start) / span, 6) for mark in marks], [f"{mark:.4g}" for mark in marks]


def pitch_ticks(low: float, high: float) -> Ticks:
    """Mark a pitch axis at each C; at every fourth semitone where there is at most one.

    >>> pitch_ticks(48.0, 72.0)
    ([0.0, 0.5, 1.0], ['C3', 'C4', 'C5'])
    """
    for step in (12, 4):
        marks = [m for m in range(128) if m % step == 0 and low <= m <= high]
        if len(marks) > 1:
            break
    return [(m - low) / (high - low) for m in marks], [note_name(m) for m in marks]


def ticks(shown: "Heard") -> tuple[Ticks, Ticks]:
    """Return the marks of the horizontal and of the vertical axis."""
    upward = pitch_ticks if shown.view is SoundView.PITCH else time_ticks
    return time_ticks(shown.start, shown.end), upward(shown.low, shown.high)


def headline(music: "Music") -> str:
    """Say what a sound is, as a headline: its first structure with its numbers."""
    return f"{music.words[0].upper()}{music.words[1:]}"


def meaning(music: "Music") -> str:
    """Explain the first structure, or what it means that there is none."""
    if music.structures:
        return f"{direction_words(music)}. {MEANINGS[music.structures[0].name]}"
    return HISS_MEANS if music.unknown == HISS else NONE_MEANS


def direction_words(music: "Music") -> str:
    """Say along what the first structure acts, and of which class it is; empty without one."""
    if not music.structures:
        return ""
    first = music.structures[0]
    return f"Along {first.along}: {class_name(CLASS_OF[first.element.kind])}"


def second_opinion(music: "Music", label: str | None) -> str:
    """Say what the classifier makes of a sound's picture, and which counts where they differ.

    Empty where there is nothing to compare.
    """
    named = class_name(label)
    return {
        None: "",
        Reading.AGREES: f"{CLASSIFIER} agrees: {named}.",
        Reading.SEES_NONE: f"{CLASSIFIER} names no symmetry. {FIRST}",
        Reading.SEES_ANOTHER: f"{CLASSIFIER} sees another: {named}. {FIRST}",
        Reading.SEES_ONE: (
            f"{CLASSIFIER} sees one ({named}); none holds along time or pitch. {FIRST}"
        ),
    }[music.reading(label)]


def strengths(music: "Music") -> tuple[list[str], list[float]]:
    """Name what was looked for, with how well each holds."""
    items = music.looked_for
    return [structure_name(i) for i in items], [strength(i) for i in items]


def structure_name(item: "Element") -> str:
    """Name the structure that an element would be.

    >>> from symscope.elements import Element
    >>> structure_name(Element("mirror", (), 0.9, angle_deg=90.0))
    'palindrome'
    """
    return NAMES[item.kind, direction(item)][0]


def agreement(music: "Music") -> str:
    """Say how well the first structure holds, or how nearly one does."""
    if music.structures:
        item = music.structures[0].element
        others = ", ".join(one.name for one in music.structures[1:])
        also = f"; also: {others}" if others else ""
        return (
            f"It holds to {strength(item):.2f} (1 = the same, 0 = unrelated), the mean of "
            f"{with_sd(item.hidden, item.hidden_sd)} in the networks' last hidden layer "
            f"and {item.pixels:.2f} in the picture{also}."
        )
    best = max(music.looked_for, key=lambda item: item.hidden or 0.0, default=None)
    if best is None or music.unknown:
        return ""
    name = structure_name(best)
    return (
        f"Nearest is {name}: {with_sd(best.hidden, best.hidden_sd)} in the networks' last "
        f"hidden layer, {best.pixels:.2f} in the picture; it counts from a mean of {HELD:.2f} on."
    )


def view_words(shown: "Heard") -> str:
    """Say how the picture is to be read."""
    if shown.view is SoundView.PITCH:
        return "Time to the right (seconds), pitch upwards (notes); brighter is louder."
    return (
        "Both axes are time (seconds); bright where two moments sound alike. One diagonal is "
        "always a mirror: which moment comes first makes no difference."
    )

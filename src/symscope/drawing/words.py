"""What numbers, symbols, outcomes, inputs and tasks are called. Draws nothing."""

import math
from dataclasses import dataclass

from symscope.drawing.kinds import CLASSES
from symscope.io.paths import NO_PICTURES, last_name, named_as_sound, printable, suffix_of
from symscope.preprocess.sketch import Sketch
from symscope.tasks import Measure, Task

OUTCOMES = {
    "ok": "scored",
    "constant": "one level only",
    "too_small": "too small",
    "not_learned": "not learned",
    "unreadable": "unreadable",
    "too_large": "too large",
    "missing": "missing",
    "not_finite": "not finite",
    "no_colour": "no colours",
}
"""What became of an input, in a word or two."""

HEADLINES = {
    "constant": "No score: it has only one colour",
    "too_small": "No score: the picture has too few pixels",
    "not_learned": "Not learned: do not rely on these probabilities",
    "unreadable": "No score: this is not a picture that can be read",
    "too_large": "No score: the picture is larger than the limit",
    "missing": "No score: there is no such picture",
    "not_finite": "No score: the picture has values that are not numbers",
    "no_colour": "No score: the picture is grey, and its colours were to be learned",
}
"""What a figure says, large, when there is no measurement to show or none to rely on."""

SOUND_HEADLINES = HEADLINES | {
    "constant": "No score: it is silent",
    "too_small": "No score: the sound is too short",
    "unreadable": "No score: this is not a sound that can be read",
    "too_large": "No score: the sound is larger than memory",
    "missing": "No score: there is no such sound",
    "not_finite": "No score: the sound has values that are not numbers",
}

SPATIAL_HEADLINES = HEADLINES | {
    "constant": "No score: it has only one level",
    "too_small": "No score: it has too few samples",
    "unreadable": "No score: it cannot be read as a signal or volume",
    "too_large": "No score: it is larger than the limit",
    "missing": "No score: there is no such file",
    "not_finite": "No score: it has values that are not numbers",
}


def headline(outcome: str, path: str, dimension: int = 2) -> str | None:
    """Say, large, why there is no measurement to show or none to rely on; None where there is one.

    >>> headline("too_small", "a.wav"), headline("ok", "a.png")
    ('No score: the sound is too short', None)
    """
    if dimension != 2 or suffix_of(path) in NO_PICTURES:
        return SPATIAL_HEADLINES.get(outcome)
    return (SOUND_HEADLINES if named_as_sound(path) else HEADLINES).get(outcome)


@dataclass(frozen=True)
class Input:
    """The words for one kind of input.

    Attributes
    ----------
    name, plural : of the input
    learned : what the networks learn of it
    value : what they are to say at a point
    keeper : what keeps part of its variation, and its parts
    """

    name: str
    plural: str
    learned: str = "two levels"
    value: str = "level"
    keeper: tuple[str, str] = ("grid", "cells")

    @property
    def pictured(self) -> bool:
        """Whether it is, or becomes, a picture that is sketched."""
        return self.learned in ("sketch", "picture")


PICTURE = Input("picture", "pictures", "sketch", "colour", ("sketch", "grid"))
LEARNED_PICTURE = Input("picture", "pictures", "picture", "brightness or colour", ("grid", "cells"))
SOUND = Input("sound", "sounds", "sketch", "colour", ("sketch", "grid"))
SIGNAL = Input("signal", "signals")
VOLUME = Input("volume", "volumes")
FUNCTION = Input("function or set of samples", "functions")

INPUT_OF = {1: SIGNAL, 2: PICTURE, 3: VOLUME}
"""By dimension; any other is a FUNCTION."""


def plural_of(plurals: set[str]) -> str:
    """Name several inputs by their plural, if they have one in common; none are pictures.

    >>> plural_of({"volumes"}), plural_of({"volumes", "pictures"})
    ('volumes', 'inputs')
    """
    return next(iter(plurals or {PICTURE.plural})) if len(plurals) < 2 else "inputs"


def percent(fraction: float, space: str = " ") -> str:
    """Write a share, rounded down, so that 99.97 % is not shown as everything.

    >>> percent(0.9997), percent(0.5)
    ('99.9 %', '50 %')
    """
    return f"{math.floor(1000 * fraction + 1e-6) / 10:g}{space}%"


def spread(sd: float, digits: int = 2) -> str:
    """Write a standard deviation; one that would round to nothing is below the last digit.

    >>> spread(0.012), spread(0.004), spread(0.04, digits=1)
    ('0.01', '< 0.01', '< 0.1')
    """
    return f"{sd:.{digits}f}" if round(sd, digits) else f"< {10**-digits:.{digits}f}"


def with_sd(value: float | None, sd: float | None = None) -> str:
    """Write a number with its standard deviation, if it has one, or a dash where there is none.

    >>> with_sd(0.983, 0.012), with_sd(0.98, 0.001), with_sd(0.9), with_sd(None)
    ('0.98 ± 0.01', '0.98 ± < 0.01', '0.90', '–')
    """
    if value is None:
        return "–"
    # Of a single network, or where none was asked, it is 0: nothing was compared.
    return f"{value:.2f} ± {spread(sd)}" if sd else f"{value:.2f}"


def short_name(path: str, most: int = 40) -> str:
    """Shorten a path to its file name, cut in the middle when it is long.

    >>> short_name("pictures/a_very_long_name_of_a_painting.png", most=20)
    'a_very_lo…inting.png'
    """
    name = printable(last_name(path.removeprefix("sample:")) or path)
    head = (most - 1) // 2
    return name if len(name) <= most else f"{name[:head]}…{name[head + 1 - most :]}"


def last_part(path: str) -> str:
    """Take a path's last part; a sample keeps its prefix."""
    return printable(last_name(path) or path)


def mathematics(symbol: str) -> str:
    """Write a class symbol so that its index is set as one.

    >>> mathematics("Z_2"), mathematics("∅")
    ('$Z_2$', '∅')
    """
    return f"${symbol}$" if symbol.isascii() and symbol in CLASSES else symbol


def subscripted(symbol: str) -> str:
    """Write a class symbol in plain text.

    >>> subscripted("Z_2"), subscripted("T_n"), subscripted("O(2)")
    ('Z₂', 'Tₙ', 'O(2)')
    """
    return symbol.replace("_2", "₂").replace("_n", "ₙ")


def class_label(symbol: str) -> str:
    """Name a class in plain words, with its symbol as mathematics.

    >>> class_label("T_n")
    'repeated (discrete translation)  $T_n$'
    """
    if symbol not in CLASSES:
        return symbol
    known = CLASSES[symbol]
    whole = f"{known.name} ({known.gloss})" if known.gloss and symbol != "∅" else known.name
    return f"{whole}  {mathematics(symbol)}"


def in_music(music: dict | None) -> str:
    """Name the musical structure of a row, a loop with its period, and along what it is."""
    if not music:
        return "–"
    period = music.get("seconds") if music.get("symbol") == "T_n in time" else None
    along = f" ({music['along']})" if music.get("along") else ""
    return str(music["name"]) + (f", {period:.3g} s" if period else "") + along


# What the networks of each task are asked for, and how it is counted how well they do.

ASKED = {
    "greys": "the shade of grey at every point",
    "intensity": "the grey at every point",
    "rgb": "the colour at every point; this is its brightness",
    "bands": "the level of the potential, at every point",
}
"""What is asked for, where it is not the sketch's colour."""

ANSWERS = {
    "vae": "A small network, told nothing at all, packs each patch of the sketch into a few "
    "numbers and unpacks it again. This is the sketch unpacked.",
    "gan": "A small network tells patches of the sketch from patches that another one makes. "
    "Brighter: the surer it is that the patch around a point is the sketch's.",
}
"""What is drawn of networks without a target."""

MEASURED = {
    Measure.POINTS: (
        *("right", "right by a constant guess"),
        *("the share of points that they have right", "of the points right"),
    ),
    Measure.VARIANCE: (
        *("variance explained", "variance explained by a constant guess"),
        *("the share of the variance that they explain", "of the variance explained"),
    ),
    Measure.ORDER: (
        *("told from patches without structure", "told by a guess"),
        *("the share of patches that they tell", "of the patches told"),
    ),
}
"""What is counted: its name, the name of a guess, what is shown while it is counted, and the words
after its number."""


def sketch_title(task: Task) -> str:
    """Name the picture of what networks see."""
    return "Its sketch" if task.sees_levels else "What the networks see"


def sketch_caption(sketch: Sketch | None, task: Task) -> str:
    """Say what networks see of a picture: its sketch, or the grey itself."""
    if sketch is None:
        return "The picture in few colours."
    points = f"on {sketch.side} × {sketch.side} points"
    if not task.sees_levels:
        return f"The picture's brightness {points}. The networks learn {task.said} at its points."
    count = max(int(sketch.levels.max()) + 1, 2)
    colours = "two colours" if count == 2 else f"{count} shades"
    return (
        f"The picture in {colours}, {points} (method: {sketch.method}). This is all that the "
        "networks see of it."
    )


def answers_caption(task: Task) -> str:
    """Say what the picture of a network's answers shows."""
    if task.unsupervised:
        return ANSWERS[task.name]
    asked = ASKED.get(task.name, "the colour at every point")
    return (
        f"A small network, told nothing about symmetry, was asked for {asked}. These are its "
        "answers."
    )


def watched_captions(task: Task, dimension: int = 2) -> dict[str, str]:
    """Say what is shown while networks learn: the sketch, their answers, and what is counted."""
    _, _, share, after = MEASURED[task.measure]
    sketch = "Its sketch. This is all that the networks see of it."
    if not task.sees_levels:
        sketch = f"What the networks see. They learn {task.said} at its points."
    asked = ASKED.get(task.name, "the colour at every point")
    if dimension != 2:
        sketch = "In two levels: all that the networks see."
        asked = f"the level at every {'place' if dimension == 1 else 'point'}"
    answers = f"Small networks, told nothing about symmetry, are asked for {asked}; {share}."
    if task.unsupervised and dimension == 2:
        answers = f"Some of the networks. {ANSWERS[task.name]}"
    return {"sketch": sketch, "answers": answers, "reached": after}

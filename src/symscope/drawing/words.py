"""What classes and outcomes are called in tables, figures and pages; draws nothing."""

import math

from symscope.io.sounds import named_as_sound
from symscope.io.suffixes import NO_PICTURES, suffix_of

CLASS_NAMES = {
    "∅": ("none", "no symmetry seen"),
    "Z_2": ("mirror", ""),
    "C_n": ("rotation", "by a part of a turn"),
    "D_n": ("rotation + mirrors", ""),
    "T_n": ("repeated", "discrete translation"),
    "T": ("stripes", "continuous translation"),
    "O(2)": ("full rotation", ""),
    "O(3)": ("ball", "any rotation of space"),
}
"""What each class is called in a figure, and a gloss where the name alone is not plain."""

CLASS_MEANINGS = {
    "∅": "None of the kinds below. A picture may still be pleasing, ordered or balanced.",
    "Z_2": "A mirror: one half is the reflection of the other. The axis may have any angle.",
    "C_n": "A pinwheel: a part of a turn (a half, a third, …) leaves it as it is; no mirrors.",
    "D_n": "A rosette: a part of a turn leaves it as it is, and it has as many mirrors.",
    "T_n": "A pattern: shifted by one period, as on wallpaper or in a crystal, it is the same.",
    "T": "Stripes: shifted by any distance along one direction, it is the same.",
    "O(2)": "Rings: turned by any angle about its centre, it is the same.",
    "O(3)": "Shells: turned about any axis through its centre, it is the same. Volumes alone.",
}
"""What having each symmetry means, for people who never heard of it."""

VERDICTS = {
    "∅": "No symmetry was seen.",
    "Z_2": "One half looks like the reflection of the other.",
    "C_n": "It looks the same after a part of a turn, like a pinwheel.",
    "D_n": "It looks the same after a part of a turn and in mirrors, like a rosette.",
    "T_n": "It looks like a pattern that repeats itself.",
    "T": "It looks like stripes: the same all along one direction.",
    "O(2)": "It looks the same however it is turned about its centre.",
    "O(3)": "It looks the same however space is turned about its centre.",
}
"""What is said of a picture that is most like a class."""

FIELD_VERDICTS = {
    1: {"Z_2": "It is a palindrome: the same from either end."},
    3: {
        "T": "It looks the same all along one direction, as rods or layers do.",
        "O(2)": "It looks the same however it is turned about its axis.",
    },
}
"""What is said instead of a signal or a volume, by dimension."""

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
    "constant": "No score: the sketch has only one colour",
    "too_small": "No score: the picture has too few pixels",
    "not_learned": "Not learned: do not rely on this probabilities",
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
"""The same of a sound."""

SPATIAL_HEADLINES = HEADLINES | {
    "constant": "No score: it has only one level",
    "too_small": "No score: it has too few samples",
    "unreadable": "No score: it cannot be read as a signal or volume",
    "too_large": "No score: it is larger than the limit",
    "missing": "No score: there is no such file",
    "not_finite": "No score: it has values that are not numbers",
}
"""The same of a signal, a volume, a function or samples."""


def headline(outcome: str, path: str, dimension: int = 2) -> str | None:
    """Say, large, why there is no measurement to show or none to rely on; None where there is one.

    >>> headline("too_small", "a.wav"), headline("ok", "a.png")
    ('No score: the sound is too short', None)
    """
    if dimension != 2 or suffix_of(path) in NO_PICTURES:
        return SPATIAL_HEADLINES.get(outcome)
    return (SOUND_HEADLINES if named_as_sound(path) else HEADLINES).get(outcome)


def percent(fraction: float) -> str:
    """Write a share, rounded down, so that 99.97 % is not shown as everything.

    >>> percent(0.9997), percent(0.5)
    ('99.9 %', '50 %')
    """
    return f"{math.floor(1000 * fraction + 1e-6) / 10:g} %"


def with_spread(value: float | None, spread: float | None) -> str:
    """Write a number with its standard deviation, or a dash where there is none.

    >>> with_spread(0.983, 0.012), with_spread(0.9, None), with_spread(None, None)
    ('0.98 ± 0.01', '0.90', '–')
    """
    if value is None:
        return "–"
    return f"{value:.2f}" if spread is None else f"{value:.2f} ± {spread:.2f}"


def mathematics(symbol: str) -> str:
    """Write a class symbol so that its index is set as one.

    >>> mathematics("Z_2"), mathematics("∅")
    ('$Z_2$', '∅')
    """
    return f"${symbol}$" if symbol.isascii() and symbol in CLASS_NAMES else symbol


def subscripted(symbol: str) -> str:
    """Write a class symbol in plain text.

    >>> subscripted("Z_2"), subscripted("T_n"), subscripted("O(2)")
    ('Z₂', 'Tₙ', 'O(2)')
    """
    return symbol.replace("_2", "₂").replace("_n", "ₙ")


def is_symbol(text: str) -> bool:
    """Tell whether a word is the symbol of a class, or of a group of C_n or D_n.

    >>> is_symbol("D_6"), is_symbol("T_n"), is_symbol("mirror")
    (True, True, False)
    """
    letter, _, index = text.partition("_")
    return text in CLASS_NAMES or (letter in ("C", "D") and index.isdecimal())


def symbol_parts(symbol: str) -> tuple[str, str]:
    """Split a class symbol into its letter and its index, to be set lower.

    >>> symbol_parts("Z_2"), symbol_parts("O(2)")
    (('Z', '2'), ('O(2)', ''))
    """
    letter, _, index = symbol.partition("_")
    return letter, index


def class_name(symbol: str) -> str:
    """Name a class in plain words, with its symbol as mathematics.

    >>> class_name("T_n")
    'repeated (discrete translation)  $T_n$'
    """
    if symbol not in CLASS_NAMES:
        return symbol
    name, gloss = CLASS_NAMES[symbol]
    whole = f"{name} ({gloss})" if gloss and symbol != "∅" else name
    return f"{whole}  {mathematics(symbol)}"

"""What classes and outcomes are called in tables, figures and pages; draws nothing."""

CLASS_NAMES = {
    "∅": ("none", "no symmetry seen"),
    "Z_2": ("mirror", ""),
    "C_n": ("rotation", "by a part of a turn"),
    "D_n": ("rotation + mirrors", ""),
    "T_n": ("repeated", "discrete translation"),
    "T": ("stripes", "continuous translation"),
    "O(2)": ("full rotation", ""),
}
"""What each class is called in a figure, and a gloss where the name alone is not plain."""

HEADLINES = {
    "constant": "No score: the sketch has only one colour",
    "too_small": "No score: the picture has too few pixels",
    "not_learned": "Not learned: do not rely on this profile",
    "unreadable": "No score: this is not a picture that can be read",
    "too_large": "No score: the picture is larger than the limit",
    "missing": "No score: there is no such picture",
    "not_finite": "No score: the picture has values that are not numbers",
}
"""What a figure says, large, when there is no measurement to show or none to rely on."""


def mathematics(symbol: str) -> str:
    """Write a class symbol so that its index is set as one.

    >>> mathematics("Z_2"), mathematics("∅")
    ('$Z_2$', '∅')
    """
    return f"${symbol}$" if symbol.isascii() and symbol in CLASS_NAMES else symbol


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

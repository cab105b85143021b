"""The table of all that is told apart: classes of symmetry, and kinds of elements.

Figures, reports, the web page, tables and the documentation take names, signs and words from here.
A class or a kind of element needs a row here, beside what it *is*: a class stands in groups.py, in
the constructions and acceptance of synth and in elements/naming.py, and in new weights; a kind of
element in elements/element.py, with its place in shapes.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from symscope.groups import Symmetry

TURNED = '<path d="{path}" transform="rotate({angle} 20 20)"/>'
PINWHEEL = "M20 20Q22 4 33 8Q25 11 20 20Z"
PETAL = "M20 20Q12 9 20 3Q28 9 20 20Z"
RINGS = (
    '<g fill="none" stroke="currentColor"><circle cx="20" cy="20" r="16.5" stroke-width="3"/>'
    '<circle cx="20" cy="20" r="10" stroke-width="4"/></g><circle cx="20" cy="20" r="4"/>'
)
SCATTERED = (
    '<path d="M6 8L17 4L14 13ZM24 10Q34 3 36 14Q30 20 25 17ZM5 24Q12 18 17 27Q12 37 8 32Z'
    'M23 29L29 22L37 27L31 36Z"/>'
)


@dataclass(frozen=True)
class ClassWords:
    """How one class of symmetry is named, explained and drawn.

    Attributes
    ----------
    name, gloss : what it is called, and an addition where the name alone is not plain
    meaning : what it means to have this symmetry
    verdict : what is said of a field that is most like it
    verdict_in : what is said instead in other dimensions than 2
    sign : SVG, in a square of 40 units, of something that has this symmetry
    """

    name: str
    gloss: str
    meaning: str
    verdict: str
    sign: str
    verdict_in: Mapping[int, str] = field(default_factory=dict)


CLASSES = {
    "∅": ClassWords(
        "none",
        "no symmetry seen",
        "None of the kinds below. A picture may still be pleasing, ordered or balanced.",
        "No symmetry was seen.",
        SCATTERED,
    ),
    "Z_2": ClassWords(
        "mirror",
        "",
        "A mirror: one half is the reflection of the other. The axis may have any angle.",
        "One half looks like the reflection of the other.",
        '<path d="M17 8Q3 6 5 17Q7 22 12 23Q7 34 17 31ZM23 8Q37 6 35 17Q33 22 28 23Q33 34 23 31Z"/>'
        '<path d="M20 2V38" stroke="currentColor" stroke-dasharray="3 2.5" fill="none"/>',
        {1: "It is a palindrome: the same from either end."},
    ),
    "C_n": ClassWords(
        "rotation",
        "by a part of a turn",
        "A pinwheel: a part of a turn (a half, a third, …) leaves it as it is; no mirrors.",
        "It looks the same after a part of a turn, like a pinwheel.",
        "".join(TURNED.format(path=PINWHEEL, angle=angle) for angle in (0, 120, 240)),
    ),
    "D_n": ClassWords(
        "rotation + mirrors",
        "",
        "A rosette: a part of a turn leaves it as it is, and it has as many mirrors.",
        "It looks the same after a part of a turn and in mirrors, like a rosette.",
        "".join(TURNED.format(path=PETAL, angle=angle) for angle in (0, 72, 144, 216, 288)),
    ),
    "T_n": ClassWords(
        "repeated",
        "discrete translation",
        "A pattern: shifted by one period, as on wallpaper or in a crystal, it is the same.",
        "It looks like a pattern that repeats itself.",
        "".join(
            f'<path d="M{x} {y + 8}V{y}H{x + 8}L{x + 5} {y + 4}Z"/>'
            for y in (4, 16, 28)
            for x in (4, 16, 28)
        ),
    ),
    "T": ClassWords(
        "stripes",
        "continuous translation",
        "Stripes: shifted by any distance along one direction, it is the same.",
        "It looks like stripes: the same all along one direction.",
        '<path d="M3 5H37V9H3ZM3 13H37V20H3ZM3 24H37V26H3ZM3 31H37V36H3Z"/>',
        {3: "It looks the same all along one direction, as rods or layers do."},
    ),
    "O(2)": ClassWords(
        "full rotation",
        "",
        "Rings: turned by any angle about its centre, it is the same.",
        "It looks the same however it is turned about its centre.",
        RINGS,
        {3: "It looks the same however it is turned about its axis."},
    ),
    "O(3)": ClassWords(
        "ball",
        "any rotation of space",
        "Shells: turned about any axis through its centre, it is the same. Volumes alone.",
        "It looks the same however space is turned about its centre.",
        SCATTERED,
    ),
}
"""By symbol, the paper's five with those that were added."""


def class_name(symbol: object) -> str:
    """Name a class in plain words; what is no class of the table keeps its symbol.

    >>> class_name("T_n"), class_name("D_6")
    ('repeated', 'D_6')
    """
    return CLASSES[str(symbol)].name if str(symbol) in CLASSES else str(symbol or "")


@dataclass(frozen=True)
class KindWords:
    """How one kind of element is named and drawn.

    Attributes
    ----------
    name : in a table
    noun, missing : in a sentence that says that one was found, and that none was
    short : in the caption of a figure
    legend : what it looks like over a picture
    makes : the class that it makes by itself
    most : how many are drawn over a picture, strongest first: more would hide it
    """

    name: str
    noun: str
    missing: str
    short: str
    legend: str
    makes: Symmetry | None
    most: int


KINDS = {
    "mirror": KindWords(
        *("mirror axis", "a mirror axis", "mirror axis", "mirror", "mirror axes (lines)"),
        *(Symmetry.MIRROR, 8),
    ),
    "rotation": KindWords(
        *("rotation centre", "a centre of rotation", "centre of rotation", "rotation"),
        *("centres of rotation (dots with their order)", Symmetry.CYCLIC, 3),
    ),
    "translation": KindWords(
        *("period", "a period", "period", "period", "periods (arrows)", Symmetry.REPEATED, 2),
    ),
    "glide": KindWords(
        *("glide axis", "a glide axis", "glide axis", "glide"),
        *("glide axes (dotted lines)", None, 4),
    ),
    "stripes": KindWords(
        *("stripes", "stripes", "direction of stripes", "stripes"),
        *("the direction of stripes (arrow with two heads)", Symmetry.STRIPED, 1),
    ),
    "round": KindWords(
        *("rings", "a centre of rings", "centre of rings", "round"),
        *("the centre of rings (cross, in a ring of no special size)", Symmetry.ROUND, 1),
    ),
    "spherical": KindWords(
        *("centre of shells", "a centre of shells", "centre of shells", "ball"),
        *("the centre of shells (cross)", Symmetry.BALL, 1),
    ),
}
"""By ``Element.kind``, of fields of any dimension."""

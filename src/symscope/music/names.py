"""Musical names of the symmetries of a sound's picture, in seconds and semitones.

The class names of a picture do not say along which side it is symmetric; in music, time and pitch
are different things. So the five elements that have a musical name are looked for one by one, and
whether one holds is decided by the networks' last hidden layer, by how well h(x) agrees with h(gx)
(see ``elements``), together with the picture itself. That is the sound's own answer. The
classifier's class stands beside it: it knows pictures, but neither time nor pitch.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.elements import Element, Elements
from symscope.elements.axial import mirror_at, shift_by, stripes_at
from symscope.elements.element import strongest
from symscope.elements.scene import Scene
from symscope.groups import Symmetry
from symscope.options import SoundView
from symscope.preprocess.repeats import DIP, best_repeat
from symscope.preprocess.time_pitch import Heard

HELD = 0.58
"""Mean of the agreements of the hidden layer and of the picture from which a structure counts as
there: networks are smoother than what they learn, and their agreement alone misses loops whose
repeats differ in a note. From a development trial of 600 drawn pieces and 120 shuffled ones:
0.993 named rightly and 0.91 of the shuffled without a name; by the hidden layer alone, from 0.55
on, 0.982 and 0.85. On 200 and 40 more: 0.98 and 1.00, against 0.97 and 0.90."""

PREFERRED = 0.1
"""By how much a loop's agreement is raised when compared with others': a short loop may also be
a palindrome, which says less of it. In a development trial 0.99 against 0.975 without."""

SHOWS = 0.35
"""Agreement that the picture and the hidden layer must each have at least: networks that have
learned a picture badly agree with themselves under anything."""

UPRIGHT, LEVEL, AGAINST = np.pi / 2, 0.0, 3 * np.pi / 4
"""Angles of what is searched: of an axis in time, one in pitch, and one against the diagonal of
time against time."""

BEAT = 2.0
"""Seconds below which what repeats is called a beat: 30 a minute, the slowest that is felt as one
(Fraisse, in Deutsch, The Psychology of Music, 1982)."""

NOTES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")

NAMES = {
    ("stripes", "time"): ("drone", "T in time"),
    ("translation", "time"): ("loop", "T_n in time"),
    ("mirror", "time"): ("palindrome", "Z_2 in time"),
    ("mirror", "pitch"): ("inversion", "Z_2 in pitch"),
    ("translation", "pitch"): ("harmonics", "T_n in pitch"),
}
"""Name and symbol of each structure, by the element and the direction it acts along."""

CLASS_OF = {
    "stripes": Symmetry.STRIPED,
    "translation": Symmetry.REPEATED,
    "mirror": Symmetry.MIRROR,
}
"""The classifier's class of each structure, by its element."""

NOTHING, HISS, UNKNOWN = "no musical symmetry", "hiss", "not known"

MOST_FLUTTER = 0.4
"""Flutter (``Heard``) from which what is the same at all times is hiss and no drone. In a
development trial noise had 0.50 to 0.51, chords of up to 30 neighbouring semitones 0.15 to 0.23."""

APART, BESIDE = 2.0, 0.2
"""Semitones from an inversion's axis, and the least share of the energy that must lie beyond: a
melody of one note is its own inversion, which says nothing."""


MOST_OF_WINDOW = 0.65
"""Longest period of a loop, as a share of what is shown: a little more than repeats.MOST_LAG, since
less may be shown than was compared."""

SURROGATES, BLOCKS, SURROGATE_SIDE = 49, 8, 64
"""Pictures of the same parts in another order, parts along each side, and pixels, from which the
chance of a structure is counted."""

SHORTER = (1 / 3, 1 / 2, 2 / 3)
"""Parts of a period after one of which a picture must agree with itself less than after it all."""


@dataclass(frozen=True)
class Structure:
    """One musical symmetry.

    Attributes
    ----------
    name, symbol : of NAMES; a fast loop is called a beat
    element : what it is in the picture
    seconds : the period of a loop, or where the axis of a palindrome lies
    pitch : MIDI number of the axis of an inversion
    semitones : the interval after which harmonics come again
    """

    name: str
    symbol: str
    element: Element
    seconds: float | None = None
    pitch: float | None = None
    semitones: float | None = None

    @property
    def along(self) -> str:
        """Along what it is a symmetry: time or pitch."""
        return direction(self.element)

    @property
    def words(self) -> str:
        """The structure with its numbers."""
        if self.symbol == "T_n in time":
            return f"{self.name}: comes again in time, every {self.seconds:.3g} seconds"
        if self.symbol == "Z_2 in time":
            return f"palindrome: the same backwards in time, about second {self.seconds:.2f}"
        if self.symbol == "Z_2 in pitch":
            return f"inversion: the same upside down in pitch, about {note_name(self.pitch or 0.0)}"
        if self.symbol == "T_n in pitch":
            return f"harmonics: the same again in pitch, {self.semitones:.1f} semitones higher"
        return "drone: the same at all times"

    def to_row(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        item = self.element
        return {
            "name": self.name,
            "symbol": self.symbol,
            "along": self.along,
            "strength": strength(item),
            "agreement": item.hidden,
            "agreement_spread": item.hidden_sd,
            "pixels": item.pixels,
            "period": self.seconds if self.symbol == "T_n in time" else None,
            "seconds": self.seconds,
            "pitch": self.pitch,
            "semitones": self.semitones,
        }


class Reading(StrEnum):
    """How the classifier's class of a sound's picture compares with the music."""

    AGREES = "agrees"
    SEES_NONE = "sees none"
    SEES_ANOTHER = "sees another"
    SEES_ONE = "sees one"


@dataclass(frozen=True)
class Music:
    """What is musical about a score.

    Attributes
    ----------
    heard : what the picture shows of the sound
    structures : those that hold, first the one that says most
    looked_for : the best place of each of NAMES, whether it holds or not
    unknown : why no structure is named although one may be there: HISS, UNKNOWN (the networks did
        not learn the picture), or nothing
    """

    heard: Heard
    structures: tuple[Structure, ...]
    looked_for: tuple[Element, ...]
    unknown: str = ""

    @property
    def name(self) -> str:
        """Name of the first structure, or why there is none."""
        return self.structures[0].name if self.structures else self.unknown or NOTHING

    @property
    def label(self) -> Symmetry | None:
        """The class of the first structure; None where nothing is known."""
        if self.structures:
            return CLASS_OF[self.structures[0].element.kind]
        return None if self.unknown else Symmetry.NONE

    @property
    def nearest(self) -> Element | None:
        """The first structure's element, or what comes nearest to one."""
        if self.structures:
            return self.structures[0].element
        return max(self.looked_for, key=strength, default=None)

    @property
    def words(self) -> str:
        """The first structure with its numbers, or why there is none."""
        if self.structures:
            return self.structures[0].words
        return "hiss: the same at all times, but no tones" if self.name == HISS else self.name

    def reading(self, label: str | None) -> Reading | None:
        """Compare the CNN's class, if it was asked, with what was measured along time and pitch.

        Returns
        -------
        Reading or None
            None where the networks or the classifier say nothing, and of hiss.
        """
        if label is None or self.unknown:
            return None
        if label == Symmetry.NONE:
            return Reading.SEES_NONE if self.structures else Reading.AGREES
        if not self.structures:
            return Reading.SEES_ONE
        same = label in [CLASS_OF[one.element.kind] for one in self.structures]
        return Reading.AGREES if same else Reading.SEES_ANOTHER

    def to_row(self, label: str | None = None) -> dict[str, Any]:
        """Return plain values, ready for JSON; ``label`` is the class of the picture."""
        first = self.structures[0].to_row() if self.structures else {"name": self.name}
        return {
            **first,
            "words": self.words,
            "classifier": self.reading(label),
            "also": [other.to_row() for other in self.structures[1:]],
            "looked_for": {
                NAMES[item.kind, direction(item)][0]: {
                    "agreement": item.hidden,
                    "pixels": item.pixels,
                }
                for item in self.looked_for
            },
            "view": str(self.heard.view),
            "start": self.heard.start,
            "end": self.heard.end,
        }


def note_name(pitch: float) -> str:
    """Name a pitch, to a quarter of a tone.

    >>> note_name(69.0), note_name(60.5), note_name(59.6)
    ('A4', 'C4 + ¼ tone', 'B3 + ¼ tone')
    """
    half = round(2 * pitch)
    number, between = divmod(half, 2)
    return f"{NOTES[number % 12]}{number // 12 - 1}{' + ¼ tone' if between else ''}"


def candidates(grey: NDArray[np.floating[Any]], heard: Heard) -> Elements:
    """Find the best place of each element that has a musical name, on the pixels.

    Parameters
    ----------
    grey : (S, S), a sound's picture, rows from the top
    heard : what it shows

    Returns
    -------
    Elements
        At most one for each of NAMES, whether it holds or not.
    """
    scene = Scene(grey)
    found = []
    if heard.repeat is not None and heard.repeat.period < MOST_OF_WINDOW * heard.seconds:
        found += _standing_out(scene, (2 * heard.repeat.period / heard.seconds, 0.0))
    if heard.view is SoundView.SIMILARITY:
        found.append(mirror_at(scene, AGAINST))
    else:
        found += [stripes_at(scene, LEVEL), mirror_at(scene, UPRIGHT)]
        inversion = mirror_at(scene, LEVEL)
        if _beside(grey, heard, inversion.offset or 0.0) >= BESIDE:
            found.append(inversion)
        higher = best_repeat(np.ascontiguousarray(grey[::-1].T), scene.step)
        if higher is not None:
            found += _standing_out(scene, (0.0, higher.period))
    return Elements(tuple(found), strongest(found, 0.0))


def _standing_out(scene: Scene, vector: tuple[float, float]) -> list[Element]:
    """Find the repeat after a shift, unless shorter shifts agree as well: then all is blurred."""
    item = shift_by(scene, vector)
    shorter = [shift_by(scene, (part * vector[0], part * vector[1])) for part in SHORTER]
    return [item] if min(one.pixels for one in shorter) <= item.pixels - DIP else []


def _beside(grey: NDArray[np.floating[Any]], heard: Heard, offset: float) -> float:
    """Return which share of a picture's energy lies away from an axis in pitch."""
    rows = np.arange(len(grey))
    heights = 1 - (2 * rows + 1) / len(grey)
    away = np.abs(heights - offset) / 2 * (heard.high - heard.low) > APART
    loud = (grey.astype(np.float64) ** 2).sum(axis=1)
    return float(loud[away].sum() / max(float(loud.sum()), 1e-9))


def direction(item: Element) -> str:
    """Tell along which direction an element of ``candidates`` acts: time or pitch."""
    flat = abs(((item.angle_deg or 0.0) + 45) % 180 - 45) < 22.5
    if item.kind == "mirror":
        return "pitch" if flat else "time"
    return "time" if flat else "pitch"


def named(elements: Elements, heard: Heard, reliable: bool = True) -> Music:
    """Say which structures hold.

    Parameters
    ----------
    elements : Elements
        ``candidates`` with their agreement in the hidden layer.
    heard : what the picture shows
    reliable : whether the networks learned it

    Returns
    -------
    Music
        What is the same at all times is a drone and nothing else; else the structures with the best
        agreement first.
    """
    held = [item for item in elements.items if holds(item)]
    held.sort(key=_weight, reverse=True)
    drones = [item for item in held if item.kind == "stripes"]
    unknown = UNKNOWN if not reliable else HISS if drones and heard.flutter > MOST_FLUTTER else ""
    structures = [] if unknown else [_structure(item, heard) for item in drones or held]
    return Music(heard, tuple(structures), elements.items, unknown)


def chance(grey: NDArray[np.floating[Any]], view: SoundView, item: Element) -> float:
    """Say how often the same parts in another order keep a structure as well → 0.02 … 1.

    SURROGATES are counted: pictures whose blocks are drawn in another order; of time against time
    the same order along both sides, so that they are such pictures too.

    Parameters
    ----------
    grey : (S, S), a sound's picture, rows from the top
    view : what it shows
    item : an element of ``candidates``
    """
    rng, side, reached = np.random.default_rng(0), len(grey) // BLOCKS, 0
    square = grey[: side * BLOCKS, : side * BLOCKS]
    blocks = square.reshape(BLOCKS, side, BLOCKS, side).swapaxes(1, 2).reshape(-1, side, side)
    own = _reached(square, item)
    for _ in range(SURROGATES):
        if view is SoundView.SIMILARITY:
            order = (side * rng.permutation(BLOCKS)[:, None] + np.arange(side)).ravel()
            other = square[np.ix_(order, order)]
        else:
            drawn = rng.permutation(blocks).reshape(BLOCKS, BLOCKS, side, side)
            other = drawn.swapaxes(1, 2).reshape(square.shape)
        reached += _reached(other, item) >= own
    return (1 + reached) / (1 + SURROGATES)


def _reached(grey: NDArray[np.floating[Any]], item: Element) -> float:
    """The best agreement of any element of a kind and direction in a picture."""
    if item.kind == "translation":
        along = grey if direction(item) == "time" else grey[::-1].T
        repeat = best_repeat(np.ascontiguousarray(along), 1.0)
        return repeat.agreement if repeat else 0.0
    scene, angle = Scene(grey).scaled(SURROGATE_SIDE), np.deg2rad(item.angle_deg or 0.0)
    if item.kind == "stripes":
        return stripes_at(scene, float(angle)).pixels
    return mirror_at(scene, float(angle)).pixels


def _weight(item: Element) -> float:
    loop = item.kind == "translation" and direction(item) == "time"
    return strength(item) + PREFERRED * loop


def holds(item: Element) -> bool:
    """Tell whether an element holds: in the hidden layer and in the picture together."""
    return strength(item) >= HELD and min(item.hidden or 0.0, item.pixels) >= SHOWS


def strength(item: Element) -> float:
    """Return the mean of the agreements of the hidden layer and of the picture."""
    return ((item.hidden or 0.0) + item.pixels) / 2


def _structure(item: Element, heard: Heard) -> Structure:
    """Put an element's place into seconds and semitones."""
    along = direction(item)
    name, symbol = NAMES[item.kind, along]
    if item.kind == "translation" and along == "time":
        period = heard.repeat.period if heard.repeat else 0.0
        return Structure("beat" if period < BEAT else name, symbol, item, seconds=period)
    if item.kind == "translation":
        rise = abs((item.vector or (0.0, 0.0))[1]) / 2 * (heard.high - heard.low)
        return Structure(name, symbol, item, semitones=rise)
    if item.kind == "mirror":
        # An axis of angle a and offset d meets the horizontal at -d / sin a, the vertical at d.
        offset = item.offset or 0.0
        if along == "pitch":
            middle = (heard.low + heard.high) / 2
            return Structure(
                name, symbol, item, pitch=middle + offset / 2 * (heard.high - heard.low)
            )
        middle = (heard.start + heard.end) / 2
        aside = -offset if heard.view is SoundView.PITCH else -offset / np.sqrt(2)
        return Structure(name, symbol, item, seconds=middle + aside / 2 * heard.seconds)
    return Structure(name, symbol, item)

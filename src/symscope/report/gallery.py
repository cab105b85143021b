"""A gallery: rooms of pictures, each with what the eye says beside what symscope says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from symscope.citations import bibtex, used_by_score
from symscope.groups import Symmetry
from symscope.options import ScoreOptions
from symscope.report import words
from symscope.report.html import glossary
from symscope.report.markup import render
from symscope.report.section import Section, section_of
from symscope.sources.computed import known_symmetry
from symscope.sources.drawings import LATTICES, LETTERS
from symscope.sources.fractals import FRACTALS
from symscope.sources.images import SAMPLE_PREFIX

if TYPE_CHECKING:
    from symscope.result import Score

PHOTOGRAPHS = ("astronaut", "camera", "chelsea", "coffee", "hubble_deep_field", "retina", "rocket")
"""Those of scikit-image's photographs that hang in the gallery: a person, things, a cat, stars."""

CONSTRUCTED = "what the eye says follows from how they are made"
MEANT = "what the eye says is the symmetry that was meant; hand and noise break it a little"
SILENT = "nobody has said what the eye sees"


@dataclass(frozen=True)
class Exhibit:
    """One picture on the wall.

    Attributes
    ----------
    room : what hangs together
    path : as ``score`` takes it
    eye : what the eye says, empty where nobody has said
    symbol : the class that it says, if it says one
    """

    room: str
    path: str
    eye: str = ""
    symbol: str | None = None


@dataclass(frozen=True)
class Room:
    """Some exhibits, and where what the eye says of them is from."""

    name: str
    source: str
    exhibits: tuple[Exhibit, ...]


def own_rooms() -> tuple[Room, ...]:
    """Return the rooms that need no files: fractals, drawings, lattices, photographs."""
    computed = (
        ("Fractals", CONSTRUCTED, FRACTALS),
        ("Drawings by an unsteady hand", MEANT, LETTERS),
        ("Lattices", MEANT, LATTICES),
    )
    rooms = [
        Room(name, source, tuple(_computed(name, sample) for sample in samples))
        for name, source, samples in computed
    ]
    photographs = (Exhibit("Photographs", SAMPLE_PREFIX + name) for name in PHOTOGRAPHS)
    return (*rooms, Room("Photographs", SILENT, tuple(photographs)))


def _computed(room: str, name: str) -> Exhibit:
    known = known_symmetry(name)
    assert known is not None
    eye = known.name
    if known.symbol is Symmetry.REPEATED:
        eye = f"T_n, rotations of order {known.order}"
    return Exhibit(room, SAMPLE_PREFIX + name, eye, str(known.symbol))


def labelled_exhibit(room: str, path: str, label: Mapping[str, Any]) -> Exhibit:
    """Make an exhibit of a picture and its row in a table of labels.

    >>> labelled_exhibit("mine", "a.png", {"class": Symmetry.MIRROR, "rotation_order": 1}).eye
    'Z_2, rotations of order 1'
    """
    said = []
    for column, value in label.items():
        if value is None or column in ("file", "group"):
            continue
        if column == "class":
            said.append(str(value))
        elif column == "rotation_order":
            said.append(f"rotations of order {value}")
        elif column.startswith("has_"):
            said.append(("" if value else "no ") + column.removeprefix("has_").replace("_", " "))
        elif column == "bravais":
            said.append(f"{value} lattice")
        elif column == "axis_deg":
            said.append(f"axis at {value:g}°")
        else:
            said.append(f"{column.replace('_', ' ')} {value:g}")
    symbol = label.get("class")
    return Exhibit(room, path, ", ".join(said), str(symbol) if symbol else None)


def agrees(exhibit: Exhibit, score: "Score") -> bool | None:
    """Tell whether the score names the class that the eye says; None where it says none."""
    if exhibit.symbol is None:
        return None
    return str(score.outcome) == "ok" and score.label == exhibit.symbol


@dataclass(frozen=True)
class Card:
    """What the page shows of one exhibit."""

    section: Section
    eye: str
    agrees: bool | None


class Gallery:
    """A page under way: takes scores one by one, each with its exhibit."""

    def __init__(self, rooms: Sequence[Room], options: ScoreOptions) -> None:
        self._rooms, self._options = rooms, options
        self._cards: dict[str, list[Card]] = {room.name: [] for room in rooms}

    @property
    def pictures(self) -> int:
        """How many it has taken."""
        return sum(map(len, self._cards.values()))

    def add(self, exhibit: Exhibit, score: "Score") -> None:
        """Hang one picture."""
        section = section_of(score, self._options, f"exhibit-{self.pictures + 1}")
        self._cards[exhibit.room].append(Card(section, exhibit.eye, agrees(exhibit, score)))

    def html(self, command: str) -> str:
        """Return the page; ``command`` is what makes it again."""
        rooms = [
            (room, self._cards[room.name], _tally(self._cards[room.name]))
            for room in self._rooms
            if self._cards[room.name]
        ]
        return str(
            render(
                "gallery.html.j2",
                title="A gallery of symmetry",
                pictures=self.pictures,
                rooms=rooms,
                classes=glossary(self._options.reader),
                command=command,
                citation=bibtex(used_by_score(self._options.sketch, figure=True)),
            )
        )


def _tally(cards: Sequence[Card]) -> str:
    told = [card.agrees for card in cards if card.agrees is not None]
    return f"{sum(told)} of {len(told)} as the eye says" if told else ""


def gallery_rows(hung: Sequence[tuple[Exhibit, "Score"]]) -> list[dict[str, Any]]:
    """Return the gallery as rows, ready for JSON."""
    return [
        {
            "room": exhibit.room,
            "path": exhibit.path,
            "eye": exhibit.eye or None,
            "label": score.label,
            "label_name": words.CLASS_NAMES.get(score.label or "", ("", ""))[0],
            "symmetry": score.symmetry,
            "symmetry_spread": score.symmetry_spread,
            "outcome": str(score.outcome),
            "agrees": agrees(exhibit, score),
        }
        for exhibit, score in hung
    ]

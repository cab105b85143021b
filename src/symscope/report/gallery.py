"""A gallery: rooms of pictures, with what the eye, the networks and a search on the pixels say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from symscope.drawing.kinds import class_name
from symscope.elements import class_of, group_of
from symscope.groups import Symmetry
from symscope.io.images import SAMPLE_PREFIX
from symscope.options import Options
from symscope.report.citations import bibtex, used_by_score
from symscope.report.html import glossary
from symscope.report.markup import render
from symscope.report.section import Section, section_of
from symscope.synth.drawings import LATTICES, LETTERS
from symscope.synth.fractals import FRACTALS
from symscope.synth.samples import known_symmetry

if TYPE_CHECKING:
    from symscope.results import Result

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


def agrees(exhibit: Exhibit, score: "Result") -> bool | None:
    """Tell whether the networks name the class that the eye says; None where it says none."""
    if exhibit.symbol is None:
        return None
    return str(score.outcome) == "ok" and score.label == exhibit.symbol


def found_agrees(exhibit: Exhibit, score: "Result") -> bool | None:
    """Tell whether the elements that were found make it; None where one of the two is missing."""
    if exhibit.symbol is None or score.elements is None:
        return None
    return class_of(score.elements) == exhibit.symbol


def found_group(score: "Result") -> str:
    """Name the group of the elements that were found, empty where none were looked for."""
    return "" if score.elements is None else group_of(score.elements)


def tally(told: Sequence[tuple[bool | None, bool | None]]) -> str:
    """Count how often networks and search name the class that the eye says, if it says any.

    >>> tally([(True, True), (False, True), (None, None)])
    'Of 2, the networks name 1 as the eye does, the search on the pixels 2'
    """
    networks = [one for one, _ in told if one is not None]
    search = [one for _, one in told if one is not None]
    if not networks:
        return ""
    text = f"Of {len(networks)}, the networks name {sum(networks)} as the eye does"
    return f"{text}, the search on the pixels {sum(search)}" if search else text


@dataclass(frozen=True)
class Card:
    """What the page shows of one exhibit: what the eye says, and what a search found."""

    section: Section
    eye: str
    agrees: bool | None
    found: str
    found_agrees: bool | None


class Gallery:
    """A page under way: takes scores one by one, each with its exhibit."""

    def __init__(self, rooms: Sequence[Room], options: Options) -> None:
        self._rooms, self._options = rooms, options
        self._cards: dict[str, list[Card]] = {room.name: [] for room in rooms}

    @property
    def pictures(self) -> int:
        """How many it has taken."""
        return sum(map(len, self._cards.values()))

    def add(self, exhibit: Exhibit, score: "Result") -> None:
        """Hang one picture."""
        section = section_of(score, self._options, f"exhibit-{self.pictures + 1}")
        told = agrees(exhibit, score), found_group(score), found_agrees(exhibit, score)
        self._cards[exhibit.room].append(Card(section, exhibit.eye, *told))

    def html(self, command: str) -> str:
        """Return the page; ``command`` is what makes it again."""
        rooms = [
            (room, cards, tally([(card.agrees, card.found_agrees) for card in cards]))
            for room in self._rooms
            if (cards := self._cards[room.name])
        ]
        every = [card.section for cards in self._cards.values() for card in cards]
        return str(
            render(
                "gallery.html.j2",
                weighed=any(section.weighed for section in every),
                title="A gallery of symmetry",
                pictures=self.pictures,
                rooms=rooms,
                classes=glossary(self._options.classifier),
                command=command,
                citation=bibtex(used_by_score(self._options.sketch, figure=True)),
            )
        )


def gallery_rows(hung: Sequence[tuple[Exhibit, "Result"]]) -> list[dict[str, Any]]:
    """Return the gallery as rows, ready for JSON."""
    return [
        {
            "room": exhibit.room,
            "path": exhibit.path,
            "eye": exhibit.eye or None,
            "label": score.label,
            "label_name": class_name(score.label),
            "symmetry": score.symmetry,
            "symmetry_sd": score.symmetry_sd,
            "outcome": str(score.outcome),
            "agrees": agrees(exhibit, score),
            "found": found_group(score) or None,
            "found_agrees": found_agrees(exhibit, score),
        }
        for exhibit, score in hung
    ]

"""What the page knows: pictures, jobs, and sets of jobs; how they are stored and shown."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

from symscope.io.sounds import fragment
from symscope.options import Options


class State(StrEnum):
    """Where a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (State.WAITING, State.RUNNING)

LONGEST_NAME = 200

Part = tuple[float, float | None]
"""Where a window of a sound begins and ends, in seconds; None: wherever the sound ends."""


@dataclass(frozen=True)
class PictureRecord:
    """A picture that was given.

    Attributes
    ----------
    identity : made by the server
    name : what the user calls it; only ever shown
    sample : the name of a sample; then there is no file
    size : bytes of its file
    """

    identity: str
    name: str
    sample: str | None = None
    size: int = 0

    @classmethod
    def stored(cls, value: dict[str, Any]) -> Self:
        return cls(value["identity"], value["name"], value["sample"], value["size"])


@dataclass
class Job:
    """One picture with the options it is scored with, and what became of it.

    ``summary`` holds the outcome, message, label, symmetry and its spread of a finished score;
    ``thumbnail`` tells whether there is a small picture; ``dimension`` is 3 for a TIFF that is
    taken for a volume; ``part`` is a window of a longer sound.
    """

    identity: str
    picture: PictureRecord
    options: Options
    created: float
    set: str | None = None
    state: State = State.WAITING
    error: str | None = None
    summary: dict[str, Any] = field(default_factory=dict)
    seconds: float | None = None
    thumbnail: bool = False
    dimension: int | None = None
    part: Part | None = None

    @property
    def fragment(self) -> str:
        """Which part of a sound it is, as a path says it."""
        return fragment(*self.part) if self.part else ""

    @property
    def path(self) -> str:
        """The picture's name, with the part as a row of ``symscope score`` names it."""
        return self.picture.name + self.fragment

    @property
    def title(self) -> str:
        """The picture's name, with the part for people."""
        if self.part is None:
            return self.picture.name
        start, end = self.part
        return f"{self.picture.name}, {clock(start)} to {'its end' if end is None else clock(end)}"

    def stored(self) -> dict[str, Any]:
        """Return plain values, for a file."""
        return asdict(self)

    @classmethod
    def restored(cls, value: dict[str, Any]) -> Self:
        """Take a job from its file; one that was not over waits again."""
        state = State(value["state"])
        return cls(
            identity=value["identity"],
            picture=PictureRecord.stored(value["picture"]),
            options=Options(**value["options"]),
            created=value["created"],
            set=value["set"],
            state=State.WAITING if state in OPEN else state,
            error=value["error"],
            summary=value["summary"],
            seconds=value["seconds"],
            thumbnail=value["thumbnail"],
            dimension=value.get("dimension"),
            part=tuple(value["part"]) if value.get("part") else None,
        )

    def shown(self) -> dict[str, Any]:
        """Return what lists show of it."""
        return {
            "id": self.identity,
            "picture": self.picture.identity,
            "name": self.title,
            "part": bool(self.part),
            "dimension": self.dimension,
            "set": self.set,
            "state": self.state.value,
            "error": self.error,
            "created": self.created,
            "seconds": self.seconds,
            "thumbnail": self.thumbnail,
            "options": asdict(self.options),
            "changed": [*self.options.arguments(), *(["--dimension 3"] if self.dimension else [])],
            **{key: self.summary.get(key) for key in SUMMARY},
            "music": self.summary.get("in_music"),
        }


SUMMARY = ("outcome", "message", "label", "symmetry", "symmetry_sd")


@dataclass
class JobSet:
    """Pictures that were given together."""

    identity: str
    name: str
    created: float

    def stored(self) -> dict[str, Any]:
        return asdict(self)

    def shown(self) -> dict[str, Any]:
        return {"id": self.identity, "name": self.name, "created": self.created}


def clock(seconds: float) -> str:
    """Write seconds as a player does.

    >>> clock(0), clock(90.25), clock(3661)
    ('0:00', '1:30', '1:01:01')
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def shown_name(name: str) -> str:
    """Reduce what a client calls a picture to a name: one line, no folder, not too long.

    >>> shown_name("../../etc/pass\\nwd"), shown_name("")
    ('pass wd', 'picture')
    """
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    plain = "".join(c if c.isprintable() else " " for c in last).strip(" .")
    return plain[-LONGEST_NAME:] or "picture"

"""What the pipeline returns: a Score, how well the networks learned, and what can be looked at."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from io import BytesIO
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from symscope.drawing.rows import dumps, plain
from symscope.drawing.words import with_sd
from symscope.elements import Elements
from symscope.elements.evidence import Evidence
from symscope.errors import Outcome, Unreadable, UsageError
from symscope.io.grids import Grid
from symscope.io.images import Picture
from symscope.io.paths import NAME_WIDTH, printable
from symscope.io.records import of_plain, parsed, to_plain
from symscope.lie.rigid import Generators
from symscope.music.names import Music
from symscope.networks.ensemble import Fit
from symscope.networks.learning import Learning
from symscope.preprocess.sketch import Sketch

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from symscope.groups import Symmetry

FINISHED = frozenset({Outcome.OK, Outcome.NOT_LEARNED})
"""Outcomes of a measurement that was made; with any other the input counts as failed."""

LEAST_RESOLVED = 0.1
"""Least share of the variance that the sketch, or the grid of a signal or volume, must keep: below
it, it shows a beat of the grid with the detail. Pictures of 60 periods keep 0.002 to 0.01,
paintings 0.3 to 0.97."""


VERSIONS = {name: version(name) for name in ("symscope", "jax")}
"""What a row says of the programs that made it."""


@dataclass(frozen=True)
class Views:
    """What can be looked at of N networks.

    Attributes
    ----------
    answers : ndarray of shape (N, S, S), probability of level 1 that each network gives, or the
        shade that its answers stand for (``Ensemble.preview``)
    maps : ndarray of shape (N, K, G, G), principal components as maps over the picture
    plane : ndarray of shape (N, G, G), density in the plane of the first two components
    variance : ndarray of shape (N, K), explained shares
    probabilities : ndarray of shape (2, C), those that each half of the networks gives; of the CNN
        (N, C), each network's
    """

    answers: NDArray[np.float32]
    maps: NDArray[np.float32]
    plane: NDArray[np.float32]
    variance: NDArray[np.float32]
    probabilities: NDArray[np.float32]

    def __add__(self, other: "Views") -> "Views":
        """Take the networks of both."""
        mine, theirs = vars(self), vars(other)
        return Views(**{name: np.concatenate([mine[name], theirs[name]]) for name in mine})


@dataclass(frozen=True)
class JointLayer:
    """The leading principal components of the hidden layers of N networks together.

    Attributes
    ----------
    maps : ndarray of shape (K, R, C), over the part of the picture that the networks know
    variance : ndarray of shape (K,), explained shares
    """

    maps: NDArray[np.float32]
    variance: NDArray[np.float32]


@dataclass(frozen=True)
class Drawn:
    """A score under way: the picture is read and sketched.

    Attributes
    ----------
    picture : Picture or None (a Field has none)
    sketch : Sketch or None
    """

    picture: Picture | None
    sketch: Sketch | None


@dataclass(frozen=True)
class Trained:
    """A score under way: some of the networks are trained and read.

    Attributes
    ----------
    networks : how many so far
    most : how many there may be
    probabilities, probabilities_sd : of those so far, as in Score
    """

    networks: int
    most: int
    probabilities: dict[str, float]
    probabilities_sd: dict[str, float]

    @classmethod
    def of(
        cls, probabilities: NDArray[np.float32], classes: "Sequence[Symmetry]", most: int
    ) -> Self:
        """Sum up the probabilities (N, C) of the networks so far."""
        return cls(len(probabilities), most, *mean_and_spread(probabilities, classes))


Stage = Drawn | Learning | Trained
"""What a score tells while it is made."""


def mean_and_spread(
    probabilities: NDArray[np.float32], classes: "Sequence[Symmetry]"
) -> tuple[dict[str, float], dict[str, float]]:
    """Return mean and standard deviation by class of N networks' probabilities (N, C)."""
    names = [str(symbol) for symbol in classes]
    mean, spread = probabilities.mean(axis=0).tolist(), probabilities.std(axis=0).tolist()
    return dict(zip(names, mean, strict=True)), dict(zip(names, spread, strict=True))


ONLY_DRAWN = frozenset({"picture", "sketch", "views", "joint", "evidence", "grid", "read_back"})
"""Parts of a result that its JSON leaves out, and what stands for them."""

JSON_VERSION = 1


ASKED_FOR = frozenset(
    {"baselines", "music", "generators", "there", "realised", "chance", "nearest", "nearly"}
)
"""Columns of only those rows whose options or inputs have them."""


class _Shown:
    """What Score and Failure have in common: their dimension, and how notebooks show them."""

    path: str
    provenance: dict[str, Any]
    read_back: bool

    @property
    def dimension(self) -> int:
        """D of what was scored: 2 of pictures and sounds."""
        return int(self.provenance.get("dimension", 2))

    def to_row(self: Any) -> dict[str, Any]:
        """Return the row of a table: plain values, ready for JSON."""
        fit, elements = self.fit, self.elements
        row = {
            "path": self.path,
            "outcome": str(self.outcome),
            "message": self.message,
            "label": self.label,
            "symmetry": self.symmetry,
            "symmetry_sd": self.symmetry_sd,
            "there": self.there,
            "realised": self.realised,
            "chance": self.chance,
            "nearest": self.nearest,
            "probabilities": self.probabilities,
            "probabilities_sd": self.probabilities_sd,
            "fit": asdict(fit) | {"generalisation_gap": fit.generalisation_gap} if fit else None,
            "elements": [item.to_row() for item in elements.items] if elements else None,
            "nearly": [e.to_row() for e in elements.nearly]
            if elements and elements.nearly
            else None,
            "strongest": elements.strongest if elements else None,
            "flow": elements.flow.to_row() if elements and elements.flow else None,
            "baselines": self.baselines or None,
            "music": self.music.to_row(self.label if self.probabilities else None)
            if self.music
            else None,
            "generators": self.generators.to_row() if self.generators else None,
            "provenance": self.provenance,
        }
        return {key: row[key] for key in row if row[key] is not None or key not in ASKED_FOR}

    def to_json(self: Any) -> str:
        """Return what ``from_json`` reads: all but the arrays that are only drawn."""
        held = to_plain(self, ONLY_DRAWN)
        held |= {"unit": self.grid.unit} if self.grid else {}
        held |= {"longer": max(self.picture.grey.shape)} if self.picture else {}
        return dumps({"kind": type(self).__name__, "version": JSON_VERSION, "result": held})

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read what ``to_json`` wrote; its row, its words and its elements are the same.

        It has no arrays to draw: of a Score, ``figure`` says so.

        Raises
        ------
        Unreadable
            Whatever else the text holds.
        """
        made = from_json(text)
        if not isinstance(made, cls):
            raise Unreadable(
                f"found a {type(made).__name__}, expected a {cls.__name__}; read it with "
                "symscope.from_json"
            )
        return made

    def figure(self) -> "Figure":
        """Draw picture, sketch, learning, PCA pictures, probabilities: what there is of them.

        Raises
        ------
        UsageError
            For a Score that was read from JSON.
        """
        from symscope.drawing.figure import score_figure

        if self.read_back:
            raise UsageError(
                "found a score that was read from JSON, which keeps no arrays to draw: score "
                f"{printable(self.path, NAME_WIDTH)} again with the same options"
            )
        return score_figure(self)

    def _repr_png_(self) -> bytes | None:
        if self.read_back:
            return None
        buffer = BytesIO()
        self.figure().savefig(buffer, format="png")
        return buffer.getvalue()

    def _repr_html_(self) -> str:
        from symscope.drawing.table import score_html

        return score_html(self)


@dataclass(frozen=True, repr=False)
class Score(_Shown):
    """How symmetric one input is, and how that was found.

    Attributes
    ----------
    path : the input's path or name
    outcome : Outcome; only ``ok`` comes with probabilities to rely on
    message : what was found, expected and what to do, where the outcome is not ``ok``; or that the
        networks did not learn a picture, whose answer rests on itself alone
    probabilities : probability of each class
    probabilities_sd : standard deviation of the same between halves of the networks; of the CNN
        over networks
    symmetry, symmetry_sd : 1 - P(∅), and its standard deviation as above
    there, realised : agreement of the picture and of the networks' hidden layer under the label's
        symmetry, or the nearest where there is none; at most 1
    chance : how often a picture without that symmetry shows as much evidence for it
    chances : the same of the likeliest candidate of each class
    nearest : where there is none, the class that comes nearest to being there
    label : most probable class; ∅ while the symmetry is below classifier.classifier.NAMED_FROM. Of
        five classes, that of all seven in coarser words
    fit : Fit
    elements : what was found where, on the pixels and in the hidden layer
    baselines : what simple measures say of the picture, by their names, if they were asked
    provenance : all that is needed to compute this row again
    music : of a sound, what its symmetries are called in music
    picture, sketch, views : for the figure
    joint : of a picture whose evidence was weighed, the layer that was asked
    evidence : what was weighed
    grid : a signal or volume on its grid, in the place of picture and sketch
    generators : rigid motions of space that the hidden layer hardly changes under
    unit : of places in a signal or volume, where its grid is not kept
    longer : pixels along the longer side of a picture, where it is not kept
    read_back : whether it comes from JSON, without what is only drawn
    """

    path: str
    outcome: Outcome
    message: str | None = None
    probabilities: dict[str, float] | None = None
    probabilities_sd: dict[str, float] | None = None
    symmetry: float | None = None
    symmetry_sd: float | None = None
    there: float | None = None
    realised: float | None = None
    chance: float | None = None
    chances: dict[str, float] | None = None
    nearest: str | None = None
    label: str | None = None
    fit: Fit | None = None
    elements: Elements | None = None
    baselines: dict[str, float] | None = None
    provenance: dict[str, Any] = field(default_factory=dict)
    picture: Picture | None = None
    sketch: Sketch | None = None
    views: Views | None = None
    joint: JointLayer | None = None
    evidence: Evidence | None = None
    music: Music | None = None
    grid: Grid | None = None
    generators: Generators | None = None
    unit: str | None = None
    longer: int | None = None
    read_back: bool = False

    @property
    def ok(self) -> bool:
        """Whether the probabilities are to be relied on."""
        return self.outcome is Outcome.OK

    def __repr__(self) -> str:
        said = f"Score({self.path!r}, {self.outcome}"
        if self.symmetry is not None:
            said += f", symmetry {with_sd(self.symmetry, self.symmetry_sd)}"
        said += f", {self.label}" if self.label else ""
        return said + (f", {self.music.name})" if self.music else ")")


@dataclass(frozen=True, repr=False)
class Failure(_Shown):
    """An input that could not be scored, and why.

    Whatever else a Score has is None, so that tables and pages may ask for it.

    Attributes
    ----------
    path : the input's path or name
    outcome : Outcome; never ``ok``
    message : what was found, expected and what to do
    provenance : what is known of how the row was made
    picture, sketch, grid : what was read before it failed
    unit, longer, read_back : as of a Score
    """

    path: str
    outcome: Outcome
    message: str | None = None
    provenance: dict[str, Any] = field(default_factory=dict)
    picture: Picture | None = None
    sketch: Sketch | None = None
    grid: Grid | None = None
    unit: str | None = None
    longer: int | None = None
    read_back: bool = False

    ok: ClassVar[bool] = False
    label: ClassVar[None] = None
    symmetry: ClassVar[None] = None
    symmetry_sd: ClassVar[None] = None
    there: ClassVar[None] = None
    realised: ClassVar[None] = None
    chance: ClassVar[None] = None
    evidence: ClassVar[None] = None
    nearest: ClassVar[None] = None
    probabilities: ClassVar[None] = None
    probabilities_sd: ClassVar[None] = None
    fit: ClassVar[None] = None
    elements: ClassVar[None] = None
    generators: ClassVar[None] = None
    baselines: ClassVar[None] = None
    music: ClassVar[None] = None
    views: ClassVar[None] = None

    def __repr__(self) -> str:
        return f"Failure({self.path!r}, {self.outcome})"


Result = Score | Failure
"""What becomes of an input."""


def from_json(text: str | bytes) -> Result:
    """Read a Score or a Failure from what its ``to_json`` wrote; see ``Score.from_json``.

    Raises
    ------
    Unreadable
        The text holds something else.
    """
    from symscope.drawing.explain import verdict
    from symscope.drawing.kinds import KINDS

    held = parsed(text)
    kinds = {kind.__name__: kind for kind in (Score, Failure)}
    if not isinstance(held, dict) or set(held) != {"kind", "version", "result"}:
        raise Unreadable("found JSON of something else, expected that of a Score or a Failure")
    kind = kinds.get(held["kind"]) if isinstance(held["kind"], str) else None
    if kind is None or held["version"] != JSON_VERSION or not isinstance(held["result"], dict):
        raise Unreadable("found a result of no known kind, expected one of this version")
    if absent := ONLY_DRAWN.intersection(held["result"]):
        raise Unreadable(f"found {min(absent)} in it, which is not read; write it anew")
    made = replace(of_plain(kind, held["result"], kind.__name__), read_back=True)
    try:  # What each part is, its type says; only what is said of them tells if they fit together.
        dumps(plain(made.to_row()))
        verdict(made)
        found = made.elements
        every = (*found.items, *found.nearly, *found.nearest) if found else ()
        assert all(item.kind in KINDS for item in every)
    except Exception as error:
        raise Unreadable("found parts that do not fit together; write it anew") from error
    return made

"""What is drawn of a Score, or of a Failure: plain parts, of which any may be missing."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from symscope.drawing.words import FUNCTION, INPUT_OF, LEARNED_PICTURE, SOUND, Input, headline
from symscope.io.paths import named_as_sound
from symscope.tasks import COLOURS, Task, parse_task

if TYPE_CHECKING:
    from symscope.elements import Elements
    from symscope.io.grids import Grid
    from symscope.io.images import Picture
    from symscope.music.names import Music
    from symscope.preprocess.sketch import Sketch


class Inside(NamedTuple):
    """A hidden layer, by its principal components.

    Attributes
    ----------
    maps : array of shape (K, R, C) of a picture, (K, G) of a signal, (K, G, G, G) of a volume
    variance : (K,), explained shares
    plane : density of the points in the plane of the first two
    """

    maps: NDArray[np.floating]
    variance: NDArray[np.floating]
    plane: NDArray[np.floating]


@dataclass(frozen=True)
class Parts:
    """The parts of one result, by the names that they have in a Score.

    Drawing is below the results that it draws, so it takes their parts and not their types.

    Attributes
    ----------
    fit, views, joint, generators : as in Score (``results.Fit``, ``results.Views``,
        ``results.JointLayer``, ``lie.Generators``)
    grid : of a signal or volume, in the place of picture and sketch
    unit : of places in it
    longer : pixels along the longer side of a picture
    """

    path: str
    outcome: str
    message: str = ""
    provenance: dict[str, Any] = field(default_factory=dict)
    label: str | None = None
    symmetry: float | None = None
    symmetry_sd: float | None = None
    there: float | None = None
    realised: float | None = None
    chance: float | None = None
    nearest: str | None = None
    probabilities: dict[str, float] = field(default_factory=dict)
    probabilities_sd: dict[str, float] = field(default_factory=dict)
    fit: Any = None
    views: Any = None
    joint: Any = None
    elements: "Elements | None" = None
    music: "Music | None" = None
    generators: Any = None
    baselines: dict[str, float] = field(default_factory=dict)
    picture: "Picture | None" = None
    sketch: "Sketch | None" = None
    grid: "Grid | None" = None
    unit: str | None = None
    longer: int | None = None

    @classmethod
    def of(cls, score: Any) -> Self:
        """Take the parts of a Score or a Failure, which has few of them."""
        if isinstance(score, cls):
            return score
        names = [name for name in cls.__dataclass_fields__ if name not in ("outcome", "label")]
        held = {name: getattr(score, name, None) for name in names}
        label, grid = getattr(score, "label", None), held["grid"]
        held["unit"] = grid.unit if grid is not None else held["unit"]
        picture = held["picture"]
        held["longer"] = max(picture.grey.shape) if picture is not None else held["longer"]
        return cls(
            outcome=str(score.outcome),
            label=None if label is None else str(label),
            **{name: value for name, value in held.items() if value is not None},
        )

    @property
    def dimension(self) -> int:
        """D of what was scored: 2 of pictures and sounds."""
        return int(self.provenance.get("dimension", 2))

    @property
    def weighed(self) -> bool:
        """Whether what speaks for each class was weighed; a sound answers by its structure."""
        return self.chance is not None and self.music is None

    @property
    def task(self) -> Task:
        """What the networks learned."""
        return parse_task(self.provenance.get("task", COLOURS))

    @property
    def input(self) -> Input:
        """The words for what was scored."""
        if self.music is not None or "view" in self.provenance or named_as_sound(self.path):
            return SOUND
        if self.dimension == 2 and not self.task.sees_levels:
            return LEARNED_PICTURE
        return INPUT_OF.get(self.dimension, FUNCTION)

    @property
    def problem(self) -> str | None:
        """Why there is no measurement to show or none to rely on; None where there is one."""
        return headline(self.outcome, self.path, self.dimension)

    @property
    def scored(self) -> bool:
        """Whether there is a symmetry to rely on."""
        return self.outcome == "ok" and self.symmetry is not None

    @property
    def inside(self) -> Inside | None:
        """The hidden layer of all networks together, if it was asked; else of the first one."""
        if self.views is None:
            return None
        first = Inside(self.views.maps[0], self.views.variance[0], self.views.plane[0])
        if self.joint is None:
            return first
        along, across = self.joint.maps[:2].reshape(2, -1)
        density = np.histogram2d(across, along, bins=len(first.plane))[0][::-1]
        return Inside(self.joint.maps, self.joint.variance, np.log1p(density))

    @property
    def networks(self) -> int:
        """How many networks the views hold."""
        return 0 if self.views is None else len(self.views.answers)

    @property
    def sketched_share(self) -> float:
        """The square that the networks see, as a share of the picture's longer side."""
        if self.picture is None or self.sketch is None:
            return 1.0
        return self.sketch.extent / max(self.picture.grey.shape)

    @property
    def training_shares(self) -> list[float]:
        """Of each network, the share of the sketch's points or grid's cells that it has right.

        Empty where what they learned is not the two colours.
        """
        target = self.sketch if self.grid is None else self.grid
        if self.views is None or target is None or self.task.source != COLOURS:
            return []
        answers = self.views.answers
        if answers.shape[1:] != target.levels.shape:
            return []
        right = (answers > 0.5) == (target.levels > 0)
        return right.reshape(len(right), -1).mean(axis=1).tolist()

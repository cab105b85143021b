"""Tasks: what the networks of a picture are to learn, before anyone looks at their hidden layer.

The decoy task of arXiv:2103.06115 is ``colours``; its authors name other tasks and
unsupervised networks as what comes next. Each is one word, with a parameter where it has one:
``greys:4``. Some are controls, from which nothing about the picture can be learned.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from symscope.errors import UsageError, among

MOST_LEVELS = 32
"""Most grey levels or bands: beyond it a level of a 64×64 grid has too few points to be learned."""


class Measure(StrEnum):
    """What is counted of what was held out."""

    POINTS = "points"  # share of points that are right
    VARIANCE = "variance"  # share of the variance that is explained
    ORDER = "order"  # chance that a patch is put above one with its pixels in random order


@dataclass(frozen=True)
class Task:
    """What networks are to learn of a picture.

    Attributes
    ----------
    name : one of TASKS
    source : what they are shown: "colours", "greys", "grey", "rgb", "bands" (see
        preprocess.sketch) or "patches"
    meaning : the same in a few words
    levels : k of greys and bands
    variant : of networks of patches: "" or one of ``variants``
    variants : the words that may follow the name
    control : whether nothing of the picture can be learned, so that probabilities is a control
    regression : whether values are learned; levels are otherwise
    unsupervised : whether patches are shown to a network without being told anything of them
    measure : what tells how well it was learned
    """

    name: str
    source: str
    meaning: str
    levels: int = 0
    variant: str = ""
    variants: tuple[str, ...] = ()
    control: bool = False
    regression: bool = False
    unsupervised: bool = False
    measure: Measure = Measure.POINTS

    @property
    def sees_levels(self) -> bool:
        """Whether networks see no more than a sketch's levels."""
        return self.source == "colours" or self.unsupervised

    @property
    def text(self) -> str:
        """The word that names it, with its parameter.

        >>> parse_task("greys").text
        'greys:4'
        """
        parameter = self.variant or (str(self.levels) if self.levels else "")
        return f"{self.name}:{parameter}" if parameter else self.name

    @property
    def said(self) -> str:
        """What is learned, with the number of levels.

        >>> parse_task("greys:5").said
        '5 grey levels'
        """
        return self.meaning.replace("K", str(self.levels))


COLOURS, PICTURE = "colours", "picture"

TASKS = {
    task.name: task
    for task in (
        Task(COLOURS, "colours", "two colours, as in the paper"),
        Task(
            *(PICTURE, PICTURE, "the picture itself, its grey or its colours"),
            regression=True,
            measure=Measure.VARIANCE,
        ),
        Task("greys", "greys", "K grey levels", levels=4),
        Task("intensity", "grey", "the grey itself", regression=True, measure=Measure.VARIANCE),
        Task("rgb", "rgb", "the colour itself", regression=True, measure=Measure.VARIANCE),
        Task("inpainting", "colours", "two colours, whole blocks left out"),
        Task("denoising", "colours", "two colours, taught with noise"),
        Task("bands", "bands", "K levels of the potential, at points near them", levels=8),
        Task(
            "vae",
            "patches",
            "variational autoencoder of patches",
            variants=("templates", "untrained", "shuffled"),
            measure=Measure.VARIANCE,
            unsupervised=True,
        ),
        Task(
            "gan",
            "patches",
            "adversarial networks of patches",
            variants=("untrained", "shuffled"),
            measure=Measure.ORDER,
            unsupervised=True,
        ),
        Task("random", "colours", "random colours: nothing to learn", control=True),
        Task("frozen", "colours", "two colours, hidden layers never trained", control=True),
    )
}


def parse_task(text: str) -> Task:
    """Return the task that a word names.

    Parameters
    ----------
    text : ``NAME`` or ``NAME:PARAMETER``

    Raises
    ------
    UsageError
        For an unknown name, or a parameter that the task does not take.

    >>> parse_task("bands:11").levels
    11
    """
    name, colon, parameter = str(text).partition(":")
    task = TASKS.get(name)
    if task is None:
        raise UsageError(f"found task {text!r}: expected {among(name, TASKS)}")
    if not colon:
        return task
    if task.levels:
        count = int(parameter) if parameter.isascii() and parameter.isdigit() else 0
        if not 2 <= count <= MOST_LEVELS:
            raise UsageError(
                f"found task {text!r}: expected 2 to {MOST_LEVELS} levels, such as {task.text}"
            )
        return replace(task, levels=count)
    if parameter in task.variants:
        control = parameter in ("untrained", "shuffled")
        return replace(task, variant=parameter, control=control)
    takes = f"{name}:{f', {name}:'.join(task.variants)} or {name}" if task.variants else name
    raise UsageError(f"found task {text!r}: expected {takes}")

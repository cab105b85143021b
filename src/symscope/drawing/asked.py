"""What the networks were asked, and how well they did, in words, by task."""

from typing import TYPE_CHECKING

from symscope.drawing import words
from symscope.drawing.inputs import input_of
from symscope.tasks import COLOURS, Measure, Task, parse_task

if TYPE_CHECKING:
    from symscope.results import Fit, Score

ASKED = {
    "greys": "the shade of grey at every point",
    "intensity": "the grey at every point",
    "rgb": "the colour at every point; this is its brightness",
    "bands": "the level of the potential, at every point",
}
"""What is asked for, where it is not the sketch's colour."""

ANSWERS = {
    "vae": "A small network, told nothing at all, packs each patch of the sketch into a few "
    "numbers and unpacks it again. This is the sketch unpacked.",
    "gan": "A small network tells patches of the sketch from patches that another one makes. "
    "Brighter: the surer it is that the patch around a point is the sketch's.",
}

LEVEL_ASKED = (
    "A small network, told nothing about symmetry, was asked for the level at every point."
)
"""Of a signal or a volume, which has two levels."""

SHARES = {
    Measure.POINTS: ("the share of points that they have right", "of the points right"),
    Measure.VARIANCE: ("the share of the variance that they explain", "of the variance explained"),
    Measure.ORDER: ("the share of patches that they tell", "of the patches told"),
}
"""What is counted while networks are watched: as a thing, and after a number."""

MEASURED = {
    Measure.POINTS: ("right", "right by a constant guess"),
    Measure.VARIANCE: ("variance explained", "variance explained by a constant guess"),
    Measure.ORDER: ("told from patches without structure", "told by a guess"),
}


def task_of(score: "Score") -> Task:
    """Return what a score's networks learned."""
    return parse_task(score.provenance.get("task", COLOURS))


def is_two_coloured(score: "Score") -> bool:
    """Whether the networks' answers are the sketch's two colours."""
    return task_of(score).source == COLOURS


def seen_caption(task: Task) -> str:
    """Say whether the networks see more than the sketch.

    >>> seen_caption(parse_task("greys:5"))
    'The networks learn 5 grey levels at its points.'
    """
    if task.source == COLOURS or task.unsupervised:
        return "This is all that the networks see of it."
    return f"The networks learn {task.said} at its points."


def reached(task: Task) -> str:
    """Name what is counted.

    >>> reached(parse_task("rgb"))
    'variance explained'
    """
    return MEASURED[task.measure][0]


def answers_caption(task: Task) -> str:
    """Say what the picture of a network's answers shows."""
    if task.unsupervised:
        return ANSWERS[task.name]
    asked = ASKED.get(task.name, "the colour at every point")
    return (
        f"A small network, told nothing about symmetry, was asked for {asked}. These are its "
        "answers."
    )


def watched_captions(task: Task, dimension: int = 2) -> dict[str, str]:
    """Say what is seen while networks learn: the sketch, their answers, and what is counted.

    >>> watched_captions(parse_task("intensity"))["reached"]
    'of the variance explained'
    """
    share, after = SHARES[task.measure]
    if dimension != 2:
        where = "place" if dimension == 1 else "point"
        return {
            "sketch": "In two levels: all that the networks see.",
            "answers": "Small networks, told nothing about symmetry, are asked for the level "
            f"at every {where}; {share}.",
            "reached": after,
        }
    answers = (
        f"Some of the networks. {ANSWERS[task.name]}"
        if task.unsupervised
        else "Small networks, told nothing about symmetry, are asked for "
        f"{ASKED.get(task.name, 'the colour at every point')}; {share}."
    )
    return {
        "sketch": f"Its sketch. {seen_caption(task)}",
        "answers": answers,
        "reached": after,
    }


def fit_sentence(task: Task, fit: "Fit", value: str = "colour") -> str:
    """Say how well the networks did, on what was kept from them; ``value`` is a point's."""
    held_out, guess = _percent(fit.validation_accuracy), _percent(fit.chance_accuracy)
    if task.measure is Measure.VARIANCE:
        return f"they explain {held_out} of the variance of what was kept from them."
    if task.measure is Measure.ORDER:
        return (
            f"they tell {held_out} of the patches that were kept from them from patches of the "
            f"sketch with its pixels in random order. A guess would tell {guess}."
        )
    commoner = value if task.source == COLOURS else "level"
    said = (
        f"they give the right {commoner} for {held_out} of points that were kept from them. Always "
        f"saying the commoner {commoner} would do for {guess}."
    )
    if fit.explained_variance is None:
        return said
    return f"{said} They explain {_percent(max(fit.explained_variance, 0.0))} of the variance of those points."


def fit_labels(task: Task) -> tuple[str, str, str]:
    """Name what was reached in training, on what was held out, and by a constant guess."""
    what, guess = MEASURED[task.measure]
    return f"{what} among points they were trained on", f"{what} among points kept from them", guess


def fit_lines(score: "Score") -> list[tuple[str, str]]:
    """List how well the networks did, for a table: what, and how much."""
    fit, task = score.fit, task_of(score)
    if fit is None:
        return []
    reached = fit.training_accuracy, fit.validation_accuracy, fit.chance_accuracy
    lines = [
        *zip(fit_labels(task), map(words.percent, reached), strict=True),
        ("difference of the first two (overfit)", words.percent(fit.generalisation_gap)),
    ]
    if fit.explained_variance is not None and task.measure is not Measure.VARIANCE:
        lines.append(
            (
                "explained of what a constant guess leaves open",
                words.percent(fit.explained_variance),
            )
        )
    if score.dimension in (1, 2, 3):
        keeper = "sketch" if score.dimension == 2 else "grid"
        what = f"variation of the {input_of(score).name} that its {keeper} keeps"
        lines.append((what, words.percent(fit.retained_variance)))
    return [*lines, ("training steps", f"{fit.steps:.0f}")]


def _percent(fraction: float) -> str:
    return words.percent(fraction).replace(" ", "\N{NO-BREAK SPACE}")

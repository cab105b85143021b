"""What a task shows its networks: the Field that is made of a picture, a template or a Field.

A regression learns the grey from its darkest to its brightest, so that a pale picture is learned
like any other. ``bands`` is the task of Krippendorf and Syvaeri (arXiv:2003.13679, section 2): the
points near some levels of a potential, and which level it is.
"""

import numpy as np
from numpy.typing import NDArray

from symscope.errors import NoColour, UsageError
from symscope.field import Field, pixel_centres
from symscope.io.images import Picture
from symscope.preprocess.sketch import Sketch, framed_channels, sketch
from symscope.synth.templates import Template
from symscope.tasks import Task

NEAR = 0.4
"""Share of the points that are near a level. Half a band is then about a fifth of the distance
between levels, as in lie/orbits.py: gaps remain between the bands."""

LEAST_COLOUR = 2 / 255
"""Least difference between the channels of a picture that counts as coloured, two 8-bit steps."""

CLIPPED = 0.02
"""Share of a potential's points that become black, and as many white: its tails are long."""


def picture_field(task: Task, picture: Picture, drawn: Sketch, frame: str, zoom: float) -> Field:
    """Make the Field of a picture.

    Parameters
    ----------
    drawn : its sketch in two colours, made with ``frame`` and ``zoom``

    Raises
    ------
    NoColour
        If colours are to be learned and the picture is grey.
    UsageError
        For more levels than the method of the sketch takes.
    """
    if task.source == "rgb":
        rgb = framed_channels(picture.rgb, drawn.side, drawn.extent)
        if float((rgb.max(axis=-1) - rgb.min(axis=-1)).max()) < LEAST_COLOUR:
            raise NoColour(
                f"{picture.name}: found a grey picture, expected colours for the task rgb; "
                "use --task intensity"
            )
        return _of_values(drawn.levels, rgb)
    if task.source == "greys":
        shape = {"side": drawn.side, "frame": frame, "zoom": zoom}
        more = sketch(picture.grey, method=drawn.method, levels=task.levels, **shape)
        return Field.from_levels(more.levels)
    return _of_grey(task, drawn.levels, drawn.grey)


def template_field(task: Task, template: Template) -> Field:
    """Make the Field of a template: its grey is the potential, with its noise and breaking.

    The colours of ``rgb`` are a fixed scale over that grey: red rises, blue falls, and green is
    brightest in the middle.
    """
    if task.source in ("colours", "patches") or template.signed is None:
        return template.field
    low, high = np.quantile(template.signed, (CLIPPED, 1 - CLIPPED))
    grey = np.clip((template.signed - low) / (high - low), 0, 1).astype(np.float32)
    if task.source == "greys":
        drawn = sketch(grey, side=len(grey), method="quantile", levels=task.levels)
        return Field.from_levels(drawn.levels)
    if task.source == "rgb":
        return _of_values(template.levels, np.stack([grey, np.sin(np.pi * grey), 1 - grey], -1))
    return _of_grey(task, template.levels, grey)


def given_field(task: Task, field: Field) -> Field:
    """Make the Field that a task learns of one that was given.

    Raises
    ------
    UsageError
        If it lacks the values that the task needs, or has more levels than it takes.
    """
    wanted = {"grey": 1, "rgb": 3, "bands": 1}.get(task.source, 0)
    if wanted:
        if field.values is None or field.values.shape[1] != wanted:
            given = "none" if field.values is None else f"values of shape {field.values.shape}"
            raise UsageError(
                f"the task {task.text} needs a Field with values of shape (P, {wanted}), found "
                f"{given}: give it Field(coords, levels, shape, values)"
            )
        if task.source == "bands":
            shape = field.shape or field.levels.shape
            return _of_grey(task, field.levels.reshape(shape), field.values.reshape(shape))
        return field
    highest = max(task.levels, 2) - 1
    if task.name != "colours" and field.levels.max(initial=0) > highest:
        raise UsageError(
            f"the task {task.text} takes levels up to {highest}, found {field.levels.max()}: "
            f"take fewer levels, or --task greys:{field.levels.max() + 1}"
        )
    return field


def _of_grey(task: Task, levels: NDArray[np.integer], grey: NDArray[np.float32]) -> Field:
    if task.source == "grey":
        return _of_values(levels, grey[..., None])
    if task.source == "bands":
        return _bands(grey, task.levels)
    return Field.from_levels(levels)


def _of_values(levels: NDArray[np.integer], values: NDArray[np.floating]) -> Field:
    """Stretch values (S, S, V), together, to 0 … 1."""
    low, high = float(values.min()), float(values.max())
    stretched = (values - low) / max(high - low, 1e-12)
    rows, columns, channels = values.shape
    flat = stretched.reshape(-1, channels).clip(0, 1)
    every = levels.ravel().astype(np.int32)
    return Field(pixel_centres(rows, columns), every, (rows, columns), flat)


def _bands(grey: NDArray[np.floating], levels: int) -> Field:
    """Take the points nearest to some levels, evenly between the 5 % and 95 % quantiles.

    Always the same share of the points, so that pictures can be learned together.
    """
    values = grey.ravel().astype(np.float64)
    low, high = np.quantile(values, (0.05, 0.95))
    if high <= low:
        low, high = values.min(), max(values.max(), values.min() + 1e-9)
    place = (values - low) / (high - low) * (levels - 1)
    label = np.rint(place).clip(0, levels - 1).astype(np.int32)
    near = np.argsort(np.abs(place - label), kind="stable")[: round(NEAR * len(values))]
    near = np.sort(near)
    return Field(pixel_centres(*grey.shape)[near], label[near])

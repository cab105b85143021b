"""Scores made up for tests of what is shown and printed: no network is trained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from symscope.elements import Element, Elements
from symscope.errors import Outcome
from symscope.groups import EXTENDED, Isometry
from symscope.io.images import Picture
from symscope.music.names import named
from symscope.options import SoundView
from symscope.preprocess.repeats import Repeat
from symscope.preprocess.sketch import Sketch
from symscope.preprocess.time_pitch import Heard
from symscope.results import Failure, Fit, Score, Views

SIDE = 32
GRID = 24
NETWORKS = 3

FOUND = {
    item.kind: item
    for item in (
        Element("mirror", (), 0.95, 1.0, angle_deg=90.0, offset=-0.5, hidden=0.9, hidden_sd=0.01),
        Element("rotation", (), 0.97, 1.0, order=4, centre=(0.5, 0.25)),
        Element("translation", (), 0.99, 0.7, angle_deg=0.0, vector=(0.5, 0.0)),
        Element("glide", (), 0.9, 0.7, angle_deg=0.0, offset=0.1, vector=(0.2, 0.0)),
        Element("stripes", (), 0.9, 0.7, angle_deg=45.0),
        Element("round", (), 0.9, 0.7, centre=(0.0, 0.0)),
    )
}
"""An element of each kind that a picture may have."""


def elements(*kinds: str) -> Elements:
    """Make what was found in a picture: the elements of these kinds, or of all."""
    return Elements(tuple(FOUND[kind] for kind in kinds or FOUND), dict.fromkeys(FOUND, 0.0))


def a_picture(path: str = "kite.png", rows: int = 60, columns: int = 80) -> Picture:
    """Make a picture of a bright disc on a dark ground, not square."""
    y, x = np.mgrid[:rows, :columns]
    inside = np.hypot(y - rows / 2, x - columns / 2) < 0.3 * rows
    grey = np.where(inside, 0.9, 0.2).astype(np.float32)
    rgb = np.repeat((255 * grey).astype(np.uint8)[:, :, None], 3, axis=2)
    return Picture(path, grey, rgb, "0" * 64)


def a_sketch() -> Sketch:
    """Make the sketch of that disc."""
    y, x = np.mgrid[:SIDE, :SIDE]
    levels = (np.hypot(y - SIDE / 2, x - SIDE / 2) < 0.4 * SIDE).astype(np.int8)
    return Sketch(levels, levels.astype(np.float32), "otsu", SIDE, 60, 0.9)


def some_views(classes: int = len(EXTENDED), seed: int = 0) -> Views:
    """Make the inside of three networks, at random."""
    rng = np.random.default_rng(seed)
    maps = rng.normal(size=(NETWORKS, 4, GRID, GRID)).astype(np.float32)
    plane = rng.poisson(0.5, (NETWORKS, GRID, GRID)).astype(np.float32)
    variance = np.tile(np.array([0.86, 0.11, 0.02, 0.01], dtype=np.float32), (NETWORKS, 1))
    probabilities = rng.dirichlet(np.ones(classes), NETWORKS).astype(np.float32)
    learned = rng.random((NETWORKS, SIDE, SIDE)).astype(np.float32)
    return Views(learned, maps, plane, variance, probabilities)


def a_score(path: str = "kite.png", *, label: str = "Z_2", symmetry: float = 0.9) -> Score:
    """Make a finished measurement whose most probable class is ``label``."""
    symbols = [str(symbol) for symbol in EXTENDED]
    probabilities = dict.fromkeys(symbols, 0.0)
    probabilities["∅"] = 1 - symmetry
    probabilities[label] += symmetry if label != "∅" else 0.0
    return make_score(
        path=path,
        outcome=Outcome.OK,
        probabilities=probabilities,
        probabilities_sd=dict.fromkeys(symbols, 0.02),
        symmetry=symmetry,
        symmetry_sd=0.02,
        label=label,
        fit=Fit(training_accuracy=0.99, validation_accuracy=0.97, chance_accuracy=0.6, steps=250.0),
        provenance={"seed": 0, "classifier": "extended", "versions": {"symscope": "0.1.0"}},
        picture=a_picture(path),
        sketch=a_sketch(),
        views=some_views(),
    )


def a_sound(label: str, agreement: float = 0.8) -> Score:
    """Make the score of a loop of two seconds, whose picture the classifier takes for ``label``."""
    view = Heard(SoundView.PITCH, 0.0, 8.0, 48.0, 72.0, Repeat(2.0, 0.9))
    loop = Element(
        *("translation", (Isometry.translation((0.5, 0.0)),), agreement, 0.75),
        **{"hidden": agreement, "hidden_sd": 0.05, "angle_deg": 0.0, "vector": (0.5, 0.0)},
    )
    music = named(Elements((loop,), {}), view)
    kept = Elements(tuple(structure.element for structure in music.structures), {})
    return replace(a_score("a.wav", label=label), music=music, elements=kept)


def a_failure(path: str = "gone.png", outcome: Outcome = Outcome.MISSING) -> Failure:
    """Make the row of an input that could not be scored."""
    return Failure(path, outcome, f"{outcome} was found: do otherwise")


def scored(sources: Iterable[str]) -> Iterator[Score | Failure]:
    """Score without networks: what is called bad fails, what is called stop interrupts."""
    for source in sources:
        if "stop" in source:
            raise KeyboardInterrupt
        yield a_failure(source) if "bad" in source else a_score(source)


def make_score(**given: Any) -> Score:
    """Make a Score with everything that is not given left out."""
    nothing: dict[str, Any] = dict.fromkeys(
        (
            "message",
            "probabilities",
            "probabilities_sd",
            "symmetry",
            "symmetry_sd",
            "label",
            "fit",
            "picture",
            "sketch",
            "views",
        )
    )
    return Score(**(nothing | {"provenance": {}} | given))

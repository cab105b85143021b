"""Scores of a signal and of a volume with everything in them, for figures and pages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from symscope.elements import Element, Elements
from symscope.errors import Outcome
from symscope.field import cell_centres
from symscope.groups import CLASSES, Isometry
from symscope.io.grids import of_array
from symscope.lie.algebra import Verdict
from symscope.lie.rigid import Generators
from symscope.results import Fit, Score, Views


def moves(dimension: int) -> tuple[Isometry, ...]:
    return (Isometry.identity(dimension),)


def a_volume() -> Score:
    radius = np.linalg.norm(cell_centres((32,) * 3), axis=1).reshape((32,) * 3)
    sampled = of_array(np.cos(6 * radius))
    found = (
        Element("mirror", moves(3), 0.9, point=(14.0, 15.0, 16.0), normal=(0.6, 0.0, 0.8)),
        Element("round", moves(3), 0.9, point=(14.0, 15.0, 16.0), direction=(0.0, 0.6, 0.8)),
        Element("spherical", moves(3), 0.9, point=(14.0, 15.0, 16.0), hidden=0.8, hidden_sd=0.1),
        Element("translation", moves(3), 0.9, vector=(4.0, 5.0, 0.0)),
        Element("stripes", moves(3), 0.9, direction=(0.0, 1.0, 0.0)),
        Element("rotation", moves(3), 0.9, point=(1.0, 2, 3), direction=(0.0, 1, 0), order=4),
    )
    return a_score(3, sampled, Elements(found, {"mirror": 0.9}), (32, 32, 32), (24, 24, 24))


def a_signal() -> Score:
    sampled = of_array(np.sin(np.linspace(0, 30, 700)))
    found = (
        Element("mirror", moves(1), 0.95, point=(350.0,), normal=(1.0,)),
        Element("translation", moves(1), 0.9, vector=(140.0,)),
    )
    return a_score(1, sampled, Elements(found, {"mirror": 0.95}), (256,), (256,))


def a_score(dimension, sampled, places, grid, maps) -> Score:
    rng = np.random.default_rng(0)
    classes = [str(c) for c in CLASSES.get(dimension, CLASSES[3])]
    probabilities = rng.dirichlet(np.ones(len(classes)), 3).astype(np.float32)
    views = Views(
        rng.random((3, *grid)).astype(np.float32),
        rng.normal(size=(3, 4, *maps)).astype(np.float32),
        rng.random((3, 32, 32)).astype(np.float32),
        np.full((3, 4), 0.25, np.float32),
        probabilities,
    )
    mean = dict(zip(classes, probabilities.mean(axis=0).tolist(), strict=True))
    return Score(
        "a.npy",
        Outcome.OK,
        probabilities=mean,
        probabilities_sd=dict.fromkeys(classes, 0.1),
        symmetry=1 - mean["∅"],
        symmetry_sd=0.1,
        label=classes[-1],
        fit=Fit(0.97, 0.95, 0.6, 250.0),
        provenance={"dimension": dimension, "classifier": "volume"},
        views=views,
        grid=sampled,
        elements=places,
    )


def in_space() -> Score:
    """Samples at random points of space: a score without a grid."""
    none = Generators(
        *(np.full(6, 0.5), np.zeros(6), np.zeros((0, 3, 4)), np.zeros(6), "none"),
        Verdict.NONE,
    )
    return replace(a_volume(), grid=None, elements=None, generators=none)


def in_four_dimensions() -> Score:
    """A function of four variables: no kinds are told apart, rigid motions are."""
    generators = Generators(
        *(np.linspace(0.1, 0.6, 10), np.full(10, 0.01), np.zeros((6, 4, 5))),
        *(np.full(6, 0.9), "SO(4)", Verdict.SYMMETRIC),
    )
    return replace(
        a_volume(),
        path="hat",
        probabilities=None,
        symmetry=None,
        symmetry_sd=None,
        label="SO(4)",
        grid=None,
        elements=None,
        generators=generators,
        provenance={"dimension": 4},
    )

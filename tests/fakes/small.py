"""Small things for tests of the science: quick decoys, plain pictures, classifiers."""

from __future__ import annotations

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from symscope.classifier.classifier import CLASSIFIERS, CalibratedClassifier
from symscope.classifier.dataset import SHIPPED
from symscope.classifier.network import Network, initial_network
from symscope.networks.decoys import Settings

SIDE = 64
"""The side that score and templates use: networks on it share one compiled program."""

TINY = Settings(width=24, depth=3, frequencies=16, steps=200, rounds=2, batch=128)
"""Enough to learn a disc, far from enough to remember noise."""


def grid(side: int = SIDE) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates x (to the right) and y (up) of the pixels of a square picture."""
    steps = (2 * np.arange(side) + 1) / side - 1
    x, y = np.meshgrid(steps, -steps)
    return x, y


def disc(x0: float = 0.1, y0: float = -0.2, radius: float = 0.6, side: int = SIDE) -> np.ndarray:
    """Draw a disc of level 1."""
    x, y = grid(side)
    return (np.hypot(x - x0, y - y0) < radius).astype(np.int8)


def white_noise(seed: int = 0, side: int = SIDE) -> np.ndarray:
    """Draw each pixel's level by itself."""
    return np.random.default_rng(seed).integers(0, 2, (side, side)).astype(np.int8)


def random_network(dimension: int, classes: int, seed: int = 0) -> Network:
    """Draw a classifier's network about as ``initial_network`` does, with nothing to compile."""
    random = np.random.default_rng(seed)

    def drawn(leaf: Any) -> Any:
        if not isinstance(leaf, jax.ShapeDtypeStruct):
            return leaf
        reach = max(math.prod(leaf.shape[1:]), 64) ** -0.5
        return jnp.asarray(random.uniform(-reach, reach, leaf.shape).astype(np.float32))

    empty = eqx.filter_eval_shape(lambda: initial_network(dimension, classes))
    return jax.tree.map(drawn, empty)


def random_classifier(
    classes: str = "extended", kind: str | None = None, seed: int = 0
) -> CalibratedClassifier:
    """Make a classifier that has learned nothing."""
    dimension, symmetries = CLASSIFIERS[classes]
    network = random_network(dimension, len(symmetries), seed)
    kind = kind or SHIPPED[dimension]
    return CalibratedClassifier(network, symmetries, kind, 1.0, dimension, classes, "0" * 64)

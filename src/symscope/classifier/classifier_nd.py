"""The classifier of signals and of volumes: features of one network's layer → class.

Small beside the pictures' classifier: the search has done most of the work. A control classifier is the
same network given other things.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import NDArray

from symscope.classifier.classifier import WEIGHTS, classifier_arrays
from symscope.classifier.stored_weights import read_cards, read_weights, sound_card
from symscope.errors import UsageError, WeightsRejected
from symscope.features.features_nd import Features, count_numbers, features
from symscope.features.pca_nd import Layers
from symscope.groups import CLASSES, Symmetry

INPUTS = ("both", "maps", "plane", "pixels")
"""What a classifier may be given: numbers and plane, one of them (no classifier that ships has the numbers
alone), or the pixels' numbers."""

SPATIAL_WEIGHTS = WEIGHTS / "spatial"

NAMES = {1: "signal", 3: "volume"}
"""Names of the classifiers that ship for use, by dimension."""

CARD_CLASSES = {NAMES[d]: classes for d, classes in CLASSES.items() if d in NAMES}

SHARP, STEEP, HIGH = 0.82, 16.0, 4.0
"""Agreement about which the classifier's eye is sharpened, how steeply, and by how much. On the
training templates the best mirror of ∅ has 0.81 at most, that of Z_2 0.84 at least; without this, a
classifier of some hundred templates does not learn to look so closely: 0.94 against 0.99 right on
families left out."""

EXACT, LEAST_LACK, GAIN = 0.93, 0.01, 4.0
"""For volumes: the agreement of an exact element (0.91 with the floor of agreement.py, and a little
more by chance), the least that one may lack of it, and the gain of the logarithm of what it lacks,
which is added to the agreement sharpened by half. Smooth volumes agree with any copy of theirs more
than templates of detail do; what is left to the exact tells them apart all the same. Chosen in
development trials, two classifiers each, of 44 smooth volumes made of known functions and of 48
templates: alone it reads 0.88 and 0.98 right, the sharpened alone 0.72 and 1.00, both with half the
sharpening 0.84 and 0.99."""

DROPPED = 0.1
"""Share of the responses left out at random while training."""


class ClassifierND(eqx.Module):
    """The network: numbers (F,) and plane (GRID, GRID) → logits of C classes."""

    convolutions: tuple[eqx.nn.Conv2d, ...]
    head: eqx.nn.MLP
    logarithmic: bool = eqx.field(static=True, default=False)

    @classmethod
    def initial(
        cls, key: Array, numbers: int, classes: int, logarithmic: bool = False
    ) -> "ClassifierND":
        """Draw an untrained classifier, for what is lacking too or for what is about SHARP alone."""
        keys = jax.random.split(key, 4)
        sizes = (1, 8, 12, 16)
        convolutions = tuple(
            eqx.nn.Conv2d(m, n, 3, stride=2, padding=1, key=k)
            for m, n, k in zip(sizes[:-1], sizes[1:], keys[:3], strict=True)
        )
        head = eqx.nn.MLP(numbers + 2 * sizes[-1], classes, 64, 2, jax.nn.leaky_relu, key=keys[3])
        return cls(convolutions, head, logarithmic)

    def __call__(self, seen: Mapping[str, Array], key: Array | None = None) -> Float[Array, " C"]:
        """Return the logits; with a key, some of the responses are dropped."""
        x = seen["plane"][None]
        for convolution in self.convolutions:
            x = jax.nn.leaky_relu(convolution(x))
        eye = lacking if self.logarithmic else sharpened
        pooled = jnp.concatenate([eye(seen["numbers"]), x.max(axis=(1, 2)), x.mean(axis=(1, 2))])
        if key is not None:
            kept = jax.random.bernoulli(key, 1 - DROPPED, pooled.shape)
            pooled = jnp.where(kept, pooled / (1 - DROPPED), 0)
        return self.head(pooled)


def sharpened(numbers: Float[Array, " F"]) -> Float[Array, " F"]:
    """Spread agreements about SHARP, where it is decided whether an element holds."""
    # Numbers are 4 (agreement - 0.5).
    return numbers + HIGH * jnp.tanh(STEEP / 4 * (numbers - 4 * (SHARP - 0.5)))


def lacking(numbers: Float[Array, " F"]) -> Float[Array, " F"]:
    """Sharpen agreements by half, and spread them by the logarithm of what they lack of EXACT."""
    lack = jnp.maximum(EXACT - 0.5 - numbers / 4, LEAST_LACK)
    # 0.13, where it is mostly decided, comes near 0.
    return (numbers + sharpened(numbers)) / 2 - GAIN * (jnp.log(lack) + 2)


@eqx.filter_jit
def _probabilities(
    classifier: ClassifierND, batch: Any, temperature: jax.typing.ArrayLike
) -> Array:
    # One after the other: in a batched product a row's rounding depends on its place.
    return jax.lax.map(lambda one: jax.nn.softmax(classifier(one) / temperature), batch)


@dataclass(frozen=True)
class CalibratedClassifierND:
    """A trained classifier with its dimension, classes, input and temperature."""

    network: ClassifierND
    dimension: int
    classes: tuple[Symmetry, ...]
    kind: str
    temperature: float
    name: str
    sha256: str

    def probabilities(self, batch: Features) -> NDArray[np.float32]:
        """Return class probabilities (B, C) for stacked features."""
        single = {key: np.asarray(value, np.float32) for key, value in batch.items()}
        return np.asarray(_probabilities(self.network, single, np.float32(self.temperature)))

    def read(self, seen: Layers, each: Callable[..., Iterable[Features]] = map) -> NDArray[Any]:
        """Return probabilities for each of N networks: (N, C); ``each`` may map in threads."""

        def one(number: int) -> Features:
            return features_of(seen, number, self.kind, self.dimension)

        rows = list(each(one, range(len(seen.plane))))
        # One at a time: one compiled program, whatever N.
        single = [{key: value[None] for key, value in row.items()} for row in rows]
        return np.concatenate([self.probabilities(row) for row in single])


def features_of(seen: Layers, network: int, kind: str, dimension: int) -> Features:
    """Arrange what a classifier of this kind takes of one network."""
    if kind not in INPUTS:
        raise UsageError(f"found input {kind!r}: expected one of {', '.join(INPUTS)}")
    return features(
        seen.maps[network] if kind != "plane" else None,
        seen.plane[network] if kind in ("plane", "both") else None,
        dimension,
    )


def load_classifier_nd(name: str, folder: Path = SPATIAL_WEIGHTS) -> CalibratedClassifierND:
    """Load a classifier of signals or volumes after checking that it is the one its card describes.

    Raises
    ------
    UsageError
        If no classifier has this name.
    WeightsRejected
        If size, checksum, names, shapes or values differ from the card's.
    """
    cards = read_cards(folder)
    if name not in cards or cards[name].get("classes") not in CARD_CLASSES:
        known = [n for n, card in cards.items() if card.get("classes") in CARD_CLASSES]
        raise UsageError(f"found classifier {name!r}: expected one of {', '.join(sorted(known))}")
    card = cards[name]
    if not sound_card(card, CARD_CLASSES, INPUTS):
        raise WeightsRejected(
            f"the model card of classifier {name!r} is damaged: reinstall symscope"
        )
    classes = CARD_CLASSES[card["classes"]]
    dimension = next(d for d, known in NAMES.items() if known == card["classes"])
    empty = empty_classifier(dimension)
    shapes = {key: value.shape for key, value in classifier_arrays(empty).items()}
    arrays = read_weights(folder, name, card["sha256"], shapes)
    leaves, tree = jax.tree.flatten(eqx.filter(empty, eqx.is_array))
    filled = jax.tree.unflatten(tree, [jnp.asarray(a) for a in arrays.values()])
    network = eqx.combine(filled, empty)
    assert len(leaves) == len(arrays)
    return CalibratedClassifierND(
        network, dimension, classes, card["kind"], card["temperature"], name, card["sha256"]
    )


def empty_classifier(dimension: int, seed: int = 0) -> ClassifierND:
    """Draw an untrained classifier for fields of D dimensions (1 or 3)."""
    return ClassifierND.initial(
        jax.random.key(seed), count_numbers(dimension), len(CLASSES[dimension]), dimension > 1
    )


def loaded_cards(folder: Path = SPATIAL_WEIGHTS) -> dict[str, Any]:
    """Return the model cards of the classifiers of signals and volumes, by name."""
    return read_cards(folder)

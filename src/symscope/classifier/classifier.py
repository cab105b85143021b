"""PCA pictures of networks → probabilities of the symmetry classes, for D = 1, 2 or 3.

A classifier is a network (network.py) on fixed features (features.py) with a temperature that makes
its probabilities those of templates it was not trained on. The same networks, trained on something
else than the hidden layer, are controls; they are kept with the evaluation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import NDArray

from symscope.classifier.network import Network, initial_network, is_array, named_arrays
from symscope.classifier.stored_weights import read_cards, read_weights, sound_card
from symscope.errors import UsageError, WeightsRejected
from symscope.features.features import Features, features
from symscope.features.pca import Pictures
from symscope.groups import CLASS_SETS, CLASSES, Symmetry
from symscope.networks.devices import threads
from symscope.networks.settings import of_dimension

CLASSIFIERS: dict[str, tuple[int, tuple[Symmetry, ...]]] = {
    "signal": (1, CLASSES[1]),
    **{name: (2, classes) for name, classes in CLASS_SETS.items()},
    "volume": (3, CLASSES[3]),
}
"""Classifiers that ship for use → their dimension and classes."""

KINDS = ("maps", "plane", "both", "pixels")
"""What a classifier takes: components as maps, the paper's plane, both; pixels are maps too."""

BLOCK = {1: 1, 2: 8, 3: 1}
"""Pictures in one call of the compiled program, by dimension. For pictures a few more would be as
fast, and many no longer fit into the caches."""

NAMED_FROM = 2 / 3
"""Symmetry from which a class is named: odds of two to one that there is any. Chosen on noise, of
which less is then taken for symmetric (``symscope evaluate controls``)."""

WEIGHTS = Path(__file__).with_name("weights")


@eqx.filter_jit
def _probabilities(
    network: Network, batch: Features, temperature: jax.typing.ArrayLike
) -> Float[Array, "B C"]:
    # One after the other: in a batched product a row's rounding depends on its place.
    return jax.lax.map(lambda one: jax.nn.softmax(network(one) / temperature), batch)


@dataclass(frozen=True)
class CalibratedClassifier:
    """A trained network with what its numbers mean.

    Attributes
    ----------
    network : Network
    classes : tuple of Symmetry
    kind : one of KINDS
    temperature : float > 0, fitted on families of templates the network was not trained on
    dimension : 1, 2 or 3
    name : of its model card
    sha256 : checksum of the weights' file
    """

    network: Network
    classes: tuple[Symmetry, ...]
    kind: str
    temperature: float
    dimension: int = 2
    name: str = ""
    sha256: str = ""

    def probabilities(self, batch: Features) -> NDArray[np.float32]:
        """Return class probabilities (B, C) for the features of B pictures."""
        single = {key: np.asarray(value, np.float32) for key, value in batch.items()}
        temperature, block = np.float32(self.temperature), BLOCK[self.dimension]
        count = len(next(iter(single.values())))
        parts = []
        for first in range(0, count, block):
            part = {key: value[first : first + block] for key, value in single.items()}
            parts.append(np.asarray(_probabilities(self.network, part, temperature)))
        return np.concatenate(parts)

    def classify(self, pictures: Pictures) -> NDArray[np.float32]:
        """Return probabilities (N, C) for each of N networks' PCA pictures.

        Raises
        ------
        UsageError
            For a classifier of an unknown kind.
        """
        if self.kind not in KINDS:
            raise UsageError(f"found input {self.kind!r}: expected one of {', '.join(KINDS)}")
        # Blocks of one size, whatever N: one compiled program, the same numbers to the last bit.
        count, block = len(pictures.plane), BLOCK[self.dimension]

        def blocks(array: NDArray[np.float32], wanted: bool) -> list[NDArray[np.float32] | None]:
            if not wanted:
                return [None] * -(-count // block)
            padded = np.zeros((-(-count // block) * block, *array.shape[1:]), np.float32)
            padded[:count] = array
            return list(padded.reshape(-1, block, *array.shape[1:]))

        maps = blocks(pictures.maps, self.kind != "plane")
        plane = blocks(pictures.plane, self.kind in ("plane", "both"))

        def classified(
            maps: NDArray[np.float32] | None, plane: NDArray[np.float32] | None
        ) -> NDArray[np.float32]:
            return self.probabilities(features(maps, plane, self.dimension))

        return np.concatenate(list(threads().map(classified, maps, plane)))[:count]


def most_like(
    probabilities: NDArray[np.floating], classes: Sequence[Symmetry]
) -> NDArray[np.int64]:
    """Name a class for probabilities (…, C): the best one, or ∅ where the odds are against any.

    Returns
    -------
    array of shape (…), indices of ``classes``

    >>> most_like(np.array([[0.4, 0.6], [0.3, 0.7]]), (Symmetry.NONE, Symmetry.MIRROR)).tolist()
    [0, 1]
    """
    none = list(classes).index(Symmetry.NONE)
    others = np.array(probabilities, copy=True)
    others[..., none] = -1
    symmetry = 1 - np.asarray(probabilities)[..., none]
    return np.where(symmetry >= NAMED_FROM, others.argmax(axis=-1), none)


def load_cards(folder: Path = WEIGHTS) -> dict[str, Any]:
    """Return the model cards of a folder of classifiers, by name.

    Raises
    ------
    WeightsRejected
        If there are none, or the file is not what ``symscope train`` writes.
    """
    return read_cards(folder)


def load_classifier(
    name: Any, dimension: int = 2, *, folder: Path = WEIGHTS
) -> CalibratedClassifier:
    """Load a classifier after checking that it is the one its card describes.

    Parameters
    ----------
    name : of a card: "extended", "paper", "signal", "volume"
    dimension : 1, 2 or 3
        Of a line and of space there is one classifier: "extended" and "paper" mean that one there.
    folder : of the weights and their cards

    Raises
    ------
    UsageError
        If no classifier has this name.
    WeightsRejected
        If size, checksum, names, shapes or values differ from the card's.
    """
    if isinstance(name, str) and name in CLASS_SETS:
        name = of_dimension(dimension).classifier or name
    cards = load_cards(folder)
    if not isinstance(name, str) or name not in cards:
        raise UsageError(f"found classifier {name!r}: expected one of {', '.join(sorted(cards))}")
    card = cards[name]
    if not sound_card(card, CLASSIFIERS, KINDS):
        raise WeightsRejected(
            f"the model card of classifier {name!r} is damaged: reinstall symscope"
        )
    dimension, classes = CLASSIFIERS[card["classes"]]
    empty = _empty(dimension, len(classes))
    shapes = {key: leaf.shape for key, leaf in named_arrays(empty).items()}
    arrays = iter(read_weights(folder, name, card["sha256"], shapes).values())
    network = jax.tree.map(lambda leaf: next(arrays) if is_array(leaf) else leaf, empty)
    return CalibratedClassifier(
        network, classes, card["kind"], card["temperature"], dimension, name, card["sha256"]
    )


@cache
def _empty(dimension: int, classes: int) -> Network:
    """Return a network's shapes only: drawing weights to throw them away would cost seconds."""
    return eqx.filter_eval_shape(lambda: initial_network(dimension, classes))

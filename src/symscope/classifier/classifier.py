"""PCA pictures of networks → probabilities of the symmetry classes, for D = 1, 2 or 3.

A classifier is a network (network.py) on fixed features (features.py) with a temperature that makes
its probabilities those of templates it was not trained on. The same networks, trained on something
else than the hidden layer, are controls; they are kept with the evaluation.

Here too is the only door for weights: safetensors files and their cards, checked whole before any
use. A safetensors file holds numbers and nothing that runs. What could still be wrong with one (an
endless header, arrays of other shapes, NaN, another classifier's numbers) is refused before the
first array is made. The checksum guards against damage and mix-ups, and against whoever can change
one of the two files; not against whoever can change both.
"""

import hashlib
import json
import math
import os
import re
import stat
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from symscope.classifier.network import Network, initial_network, named_arrays
from symscope.errors import UsageError, WeightsRejected, among
from symscope.features.features import Features, Pictures, features
from symscope.groups import CLASS_SETS, CLASSES, Symmetry
from symscope.io.files import write_whole
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

SUFFIX = ".safetensors"

CARDS = "cards.json"

MOST_CARD_BYTES = 1 << 20
"""Of all cards of a folder: a hundred times what ships."""

MOST_HEADER_BYTES = 1 << 16
"""Of a safetensors header: ten times what ships."""

LARGEST_WEIGHT = 1000.0
"""Trained ones stay below 2. With seven layers of fewer than a thousand terms each nothing can
overflow below this, so probabilities stay finite."""

STORED = {"F32": np.float32, "F16": np.float16}
"""Types of stored weights: 16 bits halve the controls' files. In use all are 32-bit floats."""

TEMPERATURES = 0.01, 100.0
"""What a calibration can give (0.22 to 7.4), with room."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_CHECKSUM = re.compile(r"[0-9a-f]{64}")

_FLAGS = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_BINARY", "O_CLOEXEC"))


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

    def classify(self, *pictures: Pictures) -> NDArray[np.float32]:
        """Return probabilities (N, C) for each of N networks' PCA pictures, of fields in order.

        Raises
        ------
        UsageError
            For a classifier of an unknown kind.
        """
        if self.kind not in KINDS:
            raise UsageError(f"found input {self.kind!r}: expected {among(self.kind, KINDS)}")
        count, block = sum(len(part.plane) for part in pictures), BLOCK[self.dimension]
        blocks = -(-count // block)
        given: list[Any] = []
        for name, taken in (
            ("maps", self.kind != "plane"),
            ("plane", self.kind in ("plane", "both")),
        ):
            # Blocks of one size, whatever N: one compiled program, the same to the last bit.
            array = np.concatenate([getattr(part, name) for part in pictures])
            padded = np.zeros((blocks * block, *array.shape[1:]), np.float32)
            padded[:count] = array
            padded = padded.reshape(blocks, block, *array.shape[1:])
            given.append(padded if taken else [None] * blocks)
        batches = threads().map(features, *given, [self.dimension] * blocks)
        return np.concatenate([self.probabilities(batch) for batch in batches])[:count]


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


# Stored weights


def load_cards(folder: Path = WEIGHTS) -> dict[str, Any]:
    """Return the model cards of a folder of classifiers by name: what its ``cards.json`` holds.

    Raises
    ------
    WeightsRejected
        There is none, it is no regular file of a sound size, no JSON object, or has a name that
        no classifier could have.
    """
    content = _content(folder / CARDS, MOST_CARD_BYTES, "the model cards")
    try:
        cards = json.loads(content.decode("utf-8"), object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        raise WeightsRejected(
            f"found model cards at {CARDS} that are no JSON, expected the file that `symscope "
            f"train` writes beside the weights; reinstall symscope or train anew"
        ) from error
    if not isinstance(cards, dict) or not cards:
        raise WeightsRejected(
            f"found a {type(cards).__name__} of no classifiers as model cards, expected a JSON "
            f"object with one for each; reinstall symscope or train anew"
        )
    wrong = next((name for name in cards if not _NAME.fullmatch(name)), None)
    if wrong is not None:
        raise WeightsRejected(
            f"found a classifier called {wrong[:64]!a} in the model cards, expected small letters, "
            f"digits and hyphens; reinstall symscope or train anew"
        )
    return cards


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
        raise UsageError(f"found classifier {name!r}: expected {among(name, sorted(cards))}")
    card = cards[name] if isinstance(cards[name], dict) else {}
    sha256, classes, kind, temperature = (
        card.get(key) for key in ("sha256", "classes", "kind", "temperature")
    )
    if not (
        isinstance(sha256, str)
        and _CHECKSUM.fullmatch(sha256)
        and isinstance(classes, str)
        and classes in CLASSIFIERS
        and isinstance(kind, str)
        and kind in KINDS
        and isinstance(temperature, float)
        and TEMPERATURES[0] <= temperature <= TEMPERATURES[1]
    ):
        raise WeightsRejected(
            f"the model card of classifier {name!r} is damaged: reinstall symscope"
        )
    dimension, symmetries = CLASSIFIERS[classes]
    # Shapes only: drawing weights to throw them away would cost seconds.
    empty = eqx.filter_eval_shape(lambda: initial_network(dimension, len(symmetries)))
    shapes = {key: leaf.shape for key, leaf in named_arrays(empty).items()}
    arrays = iter(read_weights(folder, name, sha256, shapes).values())
    network = jax.tree.map(lambda leaf: next(arrays) if hasattr(leaf, "shape") else leaf, empty)
    return CalibratedClassifier(network, symmetries, kind, temperature, dimension, name, sha256)


def read_weights(
    folder: Path, name: str, sha256: str, shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, NDArray[np.float32]]:
    """Return the arrays of a classifier, in the order of ``shapes``.

    Checked in this order: a regular file of no more bytes than such arrays need, its checksum,
    the header (these names, types of STORED, these shapes, nothing else), then the numbers.

    Raises
    ------
    WeightsRejected
        Whatever is wrong with the file; nothing else leaves this function.
    """
    needed = 4 * sum(math.prod(shape) for shape in shapes.values())
    most = needed + MOST_HEADER_BYTES + 8
    content = _content(folder / f"{name}{SUFFIX}", most, f"the weights of classifier {name!r}")
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise WeightsRejected(
            f"found weights of classifier {name!r} with checksum {found[:12]}, expected "
            f"{sha256[:12]}: they were altered; reinstall symscope or run `symscope train`"
        )
    # The header: its length in eight bytes, then JSON.
    size = struct.unpack_from("<Q", content)[0] if len(content) >= 8 else 0
    if not 2 <= size <= min(len(content) - 8, MOST_HEADER_BYTES):
        raise _no_weights(name, "without a header")
    try:
        header = json.loads(content[8 : 8 + size].decode("utf-8"), object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        raise _no_weights(name, "whose header is no JSON") from error
    if not isinstance(header, dict):
        raise _no_weights(name, "whose header is no JSON object")
    if set(header) - {"__metadata__"} != set(shapes):
        raise _no_weights(name, "of other names than a classifier's arrays have")
    for key, shape in shapes.items():
        entry = header[key]
        # A list, since what is no text may not be hashable.
        if not isinstance(entry, dict) or entry.get("dtype") not in list(STORED):
            raise _no_weights(name, f"whose array {key} is not of 32- or 16-bit floats")
        if entry.get("shape") != list(shape):
            raise _no_weights(name, f"whose array {key} has another shape than {shape}")
    # The numbers.
    try:
        arrays = load(content)
    except (SafetensorError, ValueError, TypeError, LookupError) as error:
        raise _no_weights(name, "that are no safetensors") from error
    for key, shape in shapes.items():
        array = arrays[key]
        if array.shape != shape or array.dtype != STORED[header[key]["dtype"]]:
            raise _no_weights(name, f"whose array {key} is not what its header says")
        # NaN compares as False.
        if not (np.abs(array) <= LARGEST_WEIGHT).all():
            raise _no_weights(
                name, f"whose array {key} has values that are not finite or beyond {LARGEST_WEIGHT}"
            )
    return {key: np.asarray(arrays[key], np.float32) for key in shapes}


def _content(path: Path, most: int, what: str) -> bytes:
    """Read a whole regular file (or a link to one) of at most so many bytes."""
    remedy = "reinstall symscope or run `symscope train`"
    try:
        # A pipe would keep an open without this flag waiting; a device may do so all the same.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise WeightsRejected(f"found {what} at {path.name} to be no regular file; {remedy}")
        descriptor = os.open(path, os.O_RDONLY | _FLAGS)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise WeightsRejected(f"found {what} to be no regular file; {remedy}")
            if status.st_size > most:
                raise WeightsRejected(
                    f"found {what} with {status.st_size} bytes, expected at most {most}; {remedy}"
                )
            content = file.read(most + 1)
    except (OSError, ValueError) as error:
        raise WeightsRejected(f"{what} at {path.name} cannot be read; {remedy}") from error
    if len(content) > most:
        raise WeightsRejected(f"found {what} growing while they are read; {remedy}")
    return content


def _no_weights(name: str, which: str) -> WeightsRejected:
    return WeightsRejected(
        f"found weights of classifier {name!r} {which}, expected those of its card; "
        f"reinstall symscope or run `symscope train`"
    )


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name that stands twice")
    return found


def write_classifier(
    folder: Path, name: str, arrays: dict[str, NDArray[np.floating]], card: dict[str, Any]
) -> None:
    """Write a classifier's arrays, then the folder's cards with their checksum, each whole."""
    content = save(arrays)
    write_whole(folder / f"{name}{SUFFIX}", content)
    path = folder / CARDS
    cards = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    cards[name] = {"sha256": hashlib.sha256(content).hexdigest(), **card}
    write_whole(path, f"{json.dumps(cards, indent=1, sort_keys=True)}\n".encode())

"""The classifier: a CNN that tells a symmetry class from a picture of the hidden layer.

Section 4 of arXiv:2103.06115 trains a CNN on PCA pictures of templates. A plain CNN needs very
many pictures to learn what a mirror about an unknown axis is, so this one has a second way in: a
fixed first layer that correlates the picture with moved copies of itself (correlation.py), whose
outputs (agreement by axis, by centre and order, by shift) are pictures too and are read by small
convolutional branches. The same classifier, of the same size, is trained on the pixels as a control.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import NDArray

from symscope.classifier.stored_weights import read_cards, read_weights, sound_card
from symscope.errors import UsageError, WeightsRejected
from symscope.features.correlation import MIRROR_ANGLES, element_maps
from symscope.features.pca import COMPONENTS, Pictures
from symscope.groups import CLASS_SETS, ORDERS, Symmetry
from symscope.networks.devices import threads

INPUTS = ("maps", "plane", "both")
"""Pictures a classifier can take: components as maps, the paper's plane, or both."""

CHANNELS = COMPONENTS + 1
"""Channels of every classifier's picture: the K maps, then the plane; what it does not take is 0."""

GROUPS = ((0,), tuple(range(1, COMPONENTS)), (COMPONENTS,))
"""Channels compared as one vector: first component, the other components, plane."""

STRONGEST_MIRRORS = 12
"""Of the axes' agreements in falling order, every third goes to the head."""

RINGS = tuple((0.1 * k, 0.1 * k + 0.1) for k in range(2, 10))
"""Lengths of shifts that are pooled together, in half frames."""

NAMED_FROM = 2 / 3
"""Symmetry from which a class is named: odds of two to one that there is any. Chosen on noise, of
which less is then taken for symmetric (``symscope evaluate controls``)."""

TOGETHER = 8
"""Pictures read at a time: a few more would be as fast, and many no longer fit into the caches."""

WEIGHTS = Path(__file__).with_name("weights")

Features = dict[str, Any]
"""``picture`` (CHANNELS, G, G), ``mirror``, ``rotation``, ``translation``: see ElementMaps."""


def features(channels: NDArray[np.floating]) -> Features:
    """Correlate pictures of shape (…, CHANNELS, G, G) with their moved copies.

    Groups of channels that are zero everywhere are left out of the arithmetic.

    Returns
    -------
    Features
        With the pictures' leading axes, if any.
    """
    channels = channels.astype(np.float32)
    used = [g for g, group in enumerate(GROUPS) if np.any(channels[..., list(group), :, :])]
    many = channels.shape[:-3]
    # Where all is blank, one channel is correlated for the shapes.
    picked = [c for g in used for c in GROUPS[g]] or [0]
    places = tuple(tuple(picked.index(c) for c in GROUPS[g]) for g in used) or ((0,),)
    maps = element_maps(channels[..., picked, :, :], places)
    result: Features = {"picture": channels}
    for name in ("mirror", "rotation", "translation"):
        found = np.moveaxis(getattr(maps, name), len(many), 0)
        full = np.zeros((len(GROUPS), *found.shape[1:]), np.float32)
        full[used] = found[: len(used)]
        result[name] = np.moveaxis(full, 0, len(many))
    rotation = result["rotation"]
    result["rotation"] = rotation.reshape(*many, -1, *rotation.shape[-2:])
    return result


def picture_channels(pictures: Pictures, network: int, kind: str) -> NDArray[np.float32]:
    """Arrange one network's pictures as a classifier takes them: (CHANNELS, G, G).

    Raises
    ------
    UsageError
        For a kind that is none of INPUTS.
    """
    if kind not in INPUTS:
        raise UsageError(f"found input {kind!r}: expected one of {', '.join(INPUTS)}")
    return arrange(
        pictures.maps[network] if kind != "plane" else None,
        pictures.plane[network] if kind != "maps" else None,
    )


def arrange(
    maps: NDArray[np.floating] | None, plane: NDArray[np.floating] | None
) -> NDArray[np.float32]:
    """Put maps of shape (k ≤ K, G, G) and a plane of shape (G, G) in their channels."""
    grid = maps.shape[-1] if maps is not None else plane.shape[-1] if plane is not None else 0
    result = np.zeros((CHANNELS, grid, grid), np.float32)
    if maps is not None:
        result[: len(maps)] = maps
    if plane is not None:
        result[COMPONENTS] = plane
    return result


def pixel_channels(levels: NDArray[np.integer], grid: int) -> NDArray[np.float32]:
    """Arrange a picture's own pixels (S, S) for the control classifier, averaged to (grid, grid)."""
    step = levels.shape[0] // grid
    small = levels.reshape(grid, step, grid, step).astype(np.float32).mean(axis=(1, 3))
    return arrange((2 * small - 1)[None], None)


class _Branch(eqx.Module):
    """Convolutions, then the largest and the mean response of each channel."""

    convolutions: tuple[eqx.nn.Conv2d, ...]
    coarsen: bool = eqx.field(static=True)

    @classmethod
    def initial(cls, key: Array, sizes: tuple[int, ...], coarsen: bool) -> "_Branch":
        keys = jax.random.split(key, len(sizes))
        return cls(
            tuple(
                eqx.nn.Conv2d(m, n, 3, stride=1 if i == 0 and coarsen else 2, padding=1, key=k)
                for i, (m, n, k) in enumerate(zip(sizes[:-1], sizes[1:], keys, strict=False))
            ),
            coarsen,
        )

    def __call__(self, x: Float[Array, "channels _ _"]) -> Float[Array, " _"]:
        if self.coarsen:
            # A peak of agreement may be one point wide: keep the largest of each 2 × 2.
            x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2), (1, 2, 2), "VALID")
        for convolution in self.convolutions:
            x = jax.nn.leaky_relu(convolution(x))
        return jnp.concatenate([x.max(axis=(1, 2)), x.mean(axis=(1, 2))])


class Classifier(eqx.Module):
    """The network: features of one picture → logits of C classes."""

    picture: _Branch
    mirror: _Branch
    rotation: _Branch
    translation: _Branch
    head: eqx.nn.MLP

    @classmethod
    def initial(cls, key: Array, classes: int) -> "Classifier":
        """Draw an untrained classifier for C classes."""
        keys = jax.random.split(key, 5)
        groups = len(GROUPS)
        branches = (
            _Branch.initial(keys[0], (CHANNELS, 16, 24, 24), coarsen=False),
            _Branch.initial(keys[1], (groups + 2, 16, 16), coarsen=True),
            _Branch.initial(keys[2], (groups * len(ORDERS) + 1, 24, 24), coarsen=True),
            _Branch.initial(keys[3], (groups + 1, 16, 16, 16), coarsen=True),
        )
        strongest = groups * (STRONGEST_MIRRORS + len(ORDERS) + 1 + len(RINGS))
        width = 2 * (24 + 16 + 24 + 16) + strongest
        return cls(*branches, eqx.nn.MLP(width, classes, 64, 2, jax.nn.leaky_relu, key=keys[4]))

    def __call__(self, features: Features, key: Array | None = None) -> Float[Array, " C"]:
        """Return the logits; with a key, a fifth of the pooled responses is dropped."""
        mirror, rotation = features["mirror"], features["rotation"]
        shift = features["translation"]
        # Where on the picture of agreements a peak lies matters: offset, centre, length of shift.
        offset = jnp.broadcast_to(jnp.linspace(-1, 1, mirror.shape[2]), mirror.shape[1:])
        pooled = jnp.concatenate(
            [
                self.picture(features["picture"]),
                self.mirror(jnp.concatenate([mirror, jnp.stack([jnp.abs(offset), offset])])),
                self.rotation(jnp.concatenate([rotation, _radius(rotation)])),
                self.translation(jnp.concatenate([shift, _radius(shift)])),
                strongest(mirror, rotation, shift),
            ]
        )
        if key is not None:
            kept = jax.random.bernoulli(key, 0.8, pooled.shape)
            pooled = jnp.where(kept, pooled / 0.8, 0)
        return self.head(pooled)


def strongest(
    mirror: Float[Array, "groups angles offsets"],
    rotation: Float[Array, "_ rows columns"],
    shift: Float[Array, "groups down across"],
) -> Float[Array, " _"]:
    """Pool the agreements themselves: a global maximum needs no learning to be found.

    k-max pooling (Kalchbrenner et al., arXiv:1404.2188) over the axes' angles; the best centre of
    each order and of all orders at once; the best shift in each ring of lengths.
    """
    groups = len(GROUPS)
    axes = jnp.sort(mirror.max(axis=2), axis=1)[:, ::-1][:, :: MIRROR_ANGLES // STRONGEST_MIRRORS]
    orders = rotation.reshape(groups, len(ORDERS), *rotation.shape[1:])
    length = _radius(shift)
    rings = [
        jnp.where((length >= low) & (length < high), shift, -1.0).max(axis=(1, 2))
        for low, high in RINGS
    ]
    pooled = jnp.concatenate(
        [
            axes.ravel(),
            orders.max(axis=(2, 3)).ravel(),
            orders.min(axis=1).max(axis=(1, 2)),
            jnp.concatenate(rings),
        ]
    )
    # What decides lies between 0.5 (chance) and 0.9 (exact): spread it over about -1 … 2.
    return 5 * (pooled - 0.6)


def _radius(image: Float[Array, "_ rows columns"]) -> Float[Array, "1 rows columns"]:
    rows, columns = image.shape[1:]
    y, x = jnp.linspace(-1, 1, rows), jnp.linspace(-1, 1, columns)
    return jnp.hypot(y[:, None], x[None])[None]


@eqx.filter_jit
def _probabilities(
    classifier: Classifier, batch: Features, temperature: jax.typing.ArrayLike
) -> Float[Array, "B C"]:
    # One after the other: in a batched product a row's rounding depends on its place.
    return jax.lax.map(lambda one: jax.nn.softmax(classifier(one) / temperature), batch)


@dataclass(frozen=True)
class CalibratedClassifier:
    """A trained classifier with its classes, input and temperature.

    Attributes
    ----------
    network : Classifier
    classes : tuple of Symmetry
    kind : "maps", "plane", "both" or, for the control, "pixels"
    temperature : float > 0, fitted on a family the network was not trained on
    sha256 : checksum of the weights' file
    """

    network: Classifier
    classes: tuple[Symmetry, ...]
    kind: str
    temperature: float
    sha256: str = ""

    def probabilities(self, batch: Features) -> NDArray[np.float32]:
        """Return class probabilities (B, C) for stacked features of B pictures."""
        single = {key: np.asarray(value, np.float32) for key, value in batch.items()}
        return np.asarray(_probabilities(self.network, single, np.float32(self.temperature)))

    def read(self, pictures: Pictures) -> NDArray[np.float32]:
        """Return probabilities for each of N networks' pictures: (N, C)."""
        count = len(pictures.maps)
        # Blocks of one size, whatever N: one compiled program, the same numbers to the last bit.
        shape = (-(-count // TOGETHER) * TOGETHER, CHANNELS, *pictures.maps.shape[-2:])
        channels = np.zeros(shape, np.float32)
        for network in range(count):
            channels[network] = picture_channels(pictures, network, self.kind)
        blocks = channels.reshape(-1, TOGETHER, *shape[1:])
        parts = list(threads().map(lambda block: self.probabilities(features(block)), blocks))
        return np.concatenate(parts)[:count]


def most_like(
    probabilities: NDArray[np.floating], classes: Sequence[Symmetry]
) -> NDArray[np.int64]:
    """Name a class for each probabilities (…, C): the best one, or ∅ where the odds are against any.

    Returns
    -------
    array of shape (…), indices of ``classes``

    >>> most_like(np.array([[0.4, 0.6], [0.3, 0.7]]), ("∅", "Z_2")).tolist()
    [0, 1]
    """
    none = list(classes).index(Symmetry.NONE)
    others = np.array(probabilities, copy=True)
    others[..., none] = -1
    symmetry = 1 - np.asarray(probabilities)[..., none]
    return np.where(symmetry >= NAMED_FROM, others.argmax(axis=-1), none)


def stack(rows: list[Features]) -> Features:
    """Stack features of single pictures along a new first axis."""
    return {key: np.stack([row[key] for row in rows]) for key in rows[0]}


def _is_array(leaf: Any) -> bool:
    return eqx.is_array(leaf) or isinstance(leaf, jax.ShapeDtypeStruct)


def _names(classifier: eqx.Module) -> dict[str, Any]:
    """Name every array of a classifier by its place in the module."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(eqx.filter(classifier, _is_array))
    return {jax.tree_util.keystr(path).lstrip("."): leaf for path, leaf in leaves}


def classifier_arrays(classifier: eqx.Module) -> dict[str, NDArray[np.float32]]:
    """Return a classifier's arrays by name, for saving."""
    return {
        name: np.ascontiguousarray(leaf, np.float32) for name, leaf in _names(classifier).items()
    }


def load_cards(folder: Path = WEIGHTS) -> dict[str, Any]:
    """Return the model cards of a folder of classifiers, by name.

    Raises
    ------
    WeightsRejected
        If there are none, or the file is not what ``symscope train`` writes.
    """
    return read_cards(folder)


def load_classifier(name: str, folder: Path = WEIGHTS) -> CalibratedClassifier:
    """Load a classifier after checking that it is the one its card describes.

    Raises
    ------
    UsageError
        If no classifier has this name.
    WeightsRejected
        If size, checksum, names, shapes or values differ from the card's.
    """
    cards = load_cards(folder)
    if not isinstance(name, str) or name not in cards:
        raise UsageError(f"found classifier {name!r}: expected one of {', '.join(sorted(cards))}")
    card = cards[name]
    if not sound_card(card, CLASS_SETS, (*INPUTS, "pixels")):
        raise WeightsRejected(
            f"the model card of classifier {name!r} is damaged: reinstall symscope"
        )
    classes = CLASS_SETS[card["classes"]]
    empty = _empty(len(classes))
    shapes = {key: leaf.shape for key, leaf in _names(empty).items()}
    arrays = iter(read_weights(folder, name, card["sha256"], shapes).values())
    network = jax.tree.map(lambda x: next(arrays) if _is_array(x) else x, empty)
    return CalibratedClassifier(network, classes, card["kind"], card["temperature"], card["sha256"])


@cache
def _empty(classes: int) -> Classifier:
    """Return a classifier's shapes only: drawing weights to throw them away would cost seconds."""
    return eqx.filter_eval_shape(lambda: Classifier.initial(jax.random.key(0), classes))

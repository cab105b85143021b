"""The classifiers' networks: features of one PCA picture → logits of C classes.

Section 4 of arXiv:2103.06115 trains a CNN on PCA pictures of templates. A plain CNN needs very
many pictures to learn what a mirror about an unknown axis is, so these have a second way in: the
agreements of the picture with moved copies of itself (features.py). For pictures they are pictures
too (by axis, by centre and order, by shift) and are read by small convolutional branches; for
signals and volumes the search has done most of the work, and the network is small.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import NDArray

from symscope.features.correlation import MIRROR_ANGLES
from symscope.features.features import CHANNELS, GROUPS, Features, count_numbers
from symscope.groups import ORDERS

STRONGEST_MIRRORS = 12
"""Of the axes' agreements in falling order, every third goes to the head."""

RINGS = tuple((0.1 * k, 0.1 * k + 0.1) for k in range(2, 10))
"""Lengths of shifts that are pooled together, in half frames."""

SHARP, STEEP, HIGH = 0.82, 16.0, 4.0
"""Agreement about which the classifier looks more sharply, how steeply, and by how much. On the
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

PICTURE_DROPPED, DROPPED = 0.2, 0.1
"""Share of the responses left out at random while training."""


class _Branch(eqx.Module):
    """Convolutions of a picture; one of agreements is made coarser first."""

    convolutions: tuple[eqx.nn.Conv2d, ...]
    coarsen: bool = eqx.field(static=True)


class PictureNetwork(eqx.Module):
    """Features of one picture (without leading axis) → logits of C classes."""

    picture: _Branch
    mirror: _Branch
    rotation: _Branch
    translation: _Branch
    head: eqx.nn.MLP

    def __call__(self, features: Features, key: Array | None = None) -> Float[Array, " C"]:
        """Return the logits; with a key, a fifth of the pooled responses is dropped."""
        mirror, rotation = features["mirror"], features["rotation"]
        shift = features["translation"]
        # Where on the picture of agreements a peak lies matters: offset, centre, length of shift.
        offset = jnp.broadcast_to(jnp.linspace(-1, 1, mirror.shape[2]), mirror.shape[1:])
        responses = []
        for branch, x in (
            (self.picture, features["picture"]),
            (self.mirror, jnp.concatenate([mirror, jnp.stack([jnp.abs(offset), offset])])),
            (self.rotation, jnp.concatenate([rotation, _radius(rotation)])),
            (self.translation, jnp.concatenate([shift, _radius(shift)])),
        ):
            if branch.coarsen:
                # A peak of agreement may be one point wide: keep the largest of each 2 × 2.
                x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2), (1, 2, 2), "VALID")
            for convolution in branch.convolutions:
                x = jax.nn.leaky_relu(convolution(x))
            responses += [x.max(axis=(1, 2)), x.mean(axis=(1, 2))]
        pooled = jnp.concatenate([*responses, strongest(mirror, rotation, shift)])
        if key is not None:
            kept = jax.random.bernoulli(key, 1 - PICTURE_DROPPED, pooled.shape)
            pooled = jnp.where(kept, pooled / (1 - PICTURE_DROPPED), 0)
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


class SpatialNetwork(eqx.Module):
    """Features of one signal or volume: numbers (F,), plane (GRID, GRID) → logits of C classes."""

    convolutions: tuple[eqx.nn.Conv2d, ...]
    head: eqx.nn.MLP
    logarithmic: bool = eqx.field(static=True, default=False)

    def __call__(self, features: Features, key: Array | None = None) -> Float[Array, " C"]:
        """Return the logits; with a key, some of the responses are dropped."""
        x = features["plane"][None]
        for convolution in self.convolutions:
            x = jax.nn.leaky_relu(convolution(x))
        spread = lacking if self.logarithmic else sharpened
        pooled = jnp.concatenate(
            [spread(features["numbers"]), x.max(axis=(1, 2)), x.mean(axis=(1, 2))]
        )
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


Network = PictureNetwork | SpatialNetwork


def initial_network(dimension: int, classes: int, seed: int = 0) -> Network:
    """Draw an untrained network for fields of D dimensions (1, 2 or 3) and C classes."""
    keys = jax.random.split(jax.random.key(seed), 5 if dimension == 2 else 4)
    relu = jax.nn.leaky_relu
    if dimension != 2:
        sizes = (1, 8, 12, 16)
        convolutions = tuple(
            eqx.nn.Conv2d(m, n, 3, stride=2, padding=1, key=key)
            for m, n, key in zip(sizes[:-1], sizes[1:], keys[:3], strict=True)
        )
        width = count_numbers(dimension) + 2 * sizes[-1]
        head = eqx.nn.MLP(width, classes, 64, 2, relu, key=keys[3])
        return SpatialNetwork(convolutions, head, logarithmic=dimension > 1)
    groups = len(GROUPS)
    # Channels of the picture, then of the agreements: mirrors, rotations, translations.
    branches, width = [], groups * (STRONGEST_MIRRORS + len(ORDERS) + 1 + len(RINGS))
    for branch_key, *sizes in (
        (keys[0], CHANNELS, 16, 24, 24),
        (keys[1], groups + 2, 16, 16),
        (keys[2], groups * len(ORDERS) + 1, 24, 24),
        (keys[3], groups + 1, 16, 16, 16),
    ):
        coarsen = bool(branches)  # the agreements
        split = jax.random.split(branch_key, len(sizes))
        convolutions = tuple(
            eqx.nn.Conv2d(m, n, 3, stride=1 if i == 0 and coarsen else 2, padding=1, key=key)
            for i, (m, n, key) in enumerate(zip(sizes, sizes[1:], split, strict=False))
        )
        branches.append(_Branch(convolutions, coarsen))
        width += 2 * sizes[-1]
    picture, mirror, rotation, translation = branches
    head = eqx.nn.MLP(width, classes, 64, 2, relu, key=keys[4])
    return PictureNetwork(picture, mirror, rotation, translation, head)


def named_arrays(network: eqx.Module) -> dict[str, Any]:
    """Name every array (or shape of one) of a network by where it stands in the module."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(network)
    return {
        jax.tree_util.keystr(path).lstrip("."): leaf
        for path, leaf in leaves
        if hasattr(leaf, "shape")
    }


def network_arrays(network: eqx.Module) -> dict[str, NDArray[np.float32]]:
    """Return a network's arrays by name, for saving."""
    arrays = named_arrays(network).items()
    return {name: np.ascontiguousarray(leaf, np.float32) for name, leaf in arrays}

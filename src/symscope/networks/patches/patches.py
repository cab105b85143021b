"""The patch of a picture around a point."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import NDArray


def patches_at(
    image: Float[Array, "S S"], points: Float[Array, "P 2"], size: int
) -> Float[Array, "P patch"]:
    """Take the patch of size × size pixels around each point, by linear interpolation.

    Parameters
    ----------
    image : (S, S), rows from the top; 0 outside
    points : (P, 2), x to the right and y up, in [-1, 1]; a patch of even size at a corner between
        pixels is made of whole pixels
    """
    side = image.shape[0]
    steps = jnp.arange(size) - (size - 1) / 2
    column = (points[:, 0] + 1) / 2 * side - 0.5
    row = (1 - points[:, 1]) / 2 * side - 0.5
    rows = jnp.broadcast_to((row[:, None] + steps)[:, :, None], (len(points), size, size))
    columns = jnp.broadcast_to((column[:, None] + steps)[:, None, :], rows.shape)
    found = jax.scipy.ndimage.map_coordinates(image, [rows, columns], order=1, mode="constant")
    return found.reshape(len(points), size * size)


def all_patches(image: Float[Array, "S S"], size: int) -> Float[Array, "M patch"]:
    """Take the patches around all corners between pixels, M = (S - 1)²."""
    half = size // 2
    padded = jnp.pad(image, half)
    corner = np.arange(image.shape[0] - 1) + 1
    rows = corner[:, None] + np.arange(size)  # padded: the corner's patch begins half before it
    return padded[rows[:, None, :, None], rows[None, :, None, :]].reshape(-1, size * size)


def shuffled(key: Array, image: Float[Array, "S S"]) -> Float[Array, "S S"]:
    """Put all pixels of a picture in random order: no structure is left, its colours are."""
    order = jnp.argsort(jax.random.uniform(key, (image.size,)))
    return image.ravel()[order].reshape(image.shape)


def middle(patches: Float[Array, "B patch"]) -> Float[Array, " B"]:
    """Return the mean of each patch's four middle pixels."""
    size = round(patches.shape[-1] ** 0.5)
    square = patches.reshape(-1, size, size)
    return square[:, size // 2 - 1 : size // 2 + 1, size // 2 - 1 : size // 2 + 1].mean(axis=(1, 2))


def shown_picture(levels: NDArray[np.integer]) -> NDArray[np.float32]:
    """Turn levels (S, S) into what a patch is cut from: -1 … 1, darkest to brightest."""
    highest = max(1, int(levels.max()))
    return (2.0 * levels / highest - 1).astype(np.float32)

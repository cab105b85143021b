"""The only thing a decoy network ever sees: points and the level, or the values, at each."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symscope.errors import NotFinite, UsageError


@dataclass(frozen=True)
class Field:
    """A sampled field in any dimension.

    Attributes
    ----------
    coords : ndarray of shape (P, D), float32, in [-1, 1]
    levels : ndarray of shape (P,), int32, in 0 … number of levels - 1
    shape : tuple of int or None
        The grid's shape (rows, columns) where the points form one, in row-major order.
    values : ndarray of shape (P, V), float32, in [0, 1], or None
        What a regression learns at each point: a grey, or a colour.
    """

    coords: NDArray[np.float32]
    levels: NDArray[np.int32]
    shape: tuple[int, ...] | None = None
    values: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        coords = np.asarray(self.coords, dtype=np.float32)
        levels = np.asarray(self.levels)
        if coords.ndim != 2 or levels.shape != coords.shape[:1]:
            raise UsageError(
                f"a Field takes coords of shape (P, D) and levels of shape (P,), "
                f"found {coords.shape} and {levels.shape}: reshape them"
            )
        if not np.isfinite(coords).all() or not np.isfinite(levels).all():
            raise NotFinite("found NaN or infinite values in a Field: remove those points")
        if levels.min(initial=0) < 0:
            raise UsageError(f"a Field's levels start at 0, found {levels.min()}: shift them")
        if np.abs(coords).max(initial=0.0) > 1 + 1e-6:
            raise UsageError("a Field's coords must lie in [-1, 1]: rescale them")
        object.__setattr__(self, "coords", coords)
        object.__setattr__(self, "levels", levels.astype(np.int32))
        if self.values is not None:
            object.__setattr__(self, "values", _checked(self.values, len(coords)))

    @classmethod
    def from_levels(cls, levels: ArrayLike) -> "Field":
        """Make a Field of a picture of levels of shape (rows, columns), rows from the top.

        >>> Field.from_levels([[0, 1], [1, 0]]).coords[0].tolist()  # top left
        [-0.5, 0.5]
        """
        array = np.asarray(levels)
        if array.ndim != 2 or array.size == 0:
            raise UsageError(f"expected levels of shape (rows, columns), found {array.shape}")
        return cls(pixel_centres(*array.shape), array.ravel(), array.shape)

    @classmethod
    def on_grid(cls, levels: ArrayLike) -> "Field":
        """Make a Field of levels on a grid of any dimension; coordinate d runs along axis d.

        >>> Field.on_grid([[[0, 1], [1, 0]], [[1, 0], [0, 1]]]).coords[1].tolist()
        [-0.5, -0.5, 0.5]
        """
        array = np.asarray(levels)
        if array.ndim < 1 or array.size == 0:
            raise UsageError(f"expected levels on a grid, found shape {array.shape}")
        return cls(cell_centres(array.shape), array.ravel(), array.shape)

    @property
    def dimension(self) -> int:
        """The number of coordinates D."""
        return self.coords.shape[1]

    @property
    def is_constant(self) -> bool:
        """Whether every point has the same level or values, so that there is nothing to learn."""
        if self.values is not None and len(self.values):
            return bool((self.values == self.values[0]).all())
        return bool((self.levels == self.levels[0]).all()) if len(self.levels) else True

    @property
    def sha256(self) -> str:
        """A fingerprint of points, levels and values, which seeds the networks of this field."""
        digest = hashlib.sha256(np.ascontiguousarray(self.coords).tobytes())
        digest.update(np.ascontiguousarray(self.levels).tobytes())
        if self.values is not None:
            digest.update(np.ascontiguousarray(self.values).tobytes())
        return digest.hexdigest()


def _checked(values: ArrayLike, points: int) -> NDArray[np.float32]:
    found = np.asarray(values, dtype=np.float32)
    if found.ndim != 2 or len(found) != points or found.shape[1] < 1:
        raise UsageError(
            f"a Field of {points} points takes values of shape ({points}, V), found {found.shape}: "
            "reshape them"
        )
    if not np.isfinite(found).all():
        raise NotFinite("found NaN or infinite values in a Field: remove those points")
    if found.min(initial=0) < 0 or found.max(initial=1) > 1:
        raise UsageError(
            f"a Field's values lie in [0, 1], found {found.min():g} to {found.max():g}: "
            "rescale them"
        )
    return found


def pixel_centres(rows: int, columns: int) -> NDArray[np.float32]:
    """Coordinates of the pixel centres, (rows·columns, 2): x to the right, y up.

    The longer side spans [-1, 1], so that angles and lengths are those of the picture.
    """
    scale = 1.0 / max(rows, columns)
    x = (2 * np.arange(columns) + 1 - columns) * scale
    y = (rows - 1 - 2 * np.arange(rows)) * scale
    grid_y, grid_x = np.meshgrid(y, x, indexing="ij")
    return np.stack([grid_x.ravel(), grid_y.ravel()], axis=1).astype(np.float32)


def cell_centres(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Coordinates of the cells of a grid of any dimension, (P, D); coordinate d is axis d.

    The longest side spans [-1, 1]. Unlike a picture's pixels, no axis is turned round.

    >>> cell_centres((4,)).ravel().tolist()
    [-0.75, -0.25, 0.25, 0.75]
    """
    scale = 1.0 / max(shape)
    axes = [(2 * np.arange(length) + 1 - length) * scale for length in shape]
    return np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], axis=1).astype(
        np.float32
    )

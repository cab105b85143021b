"""What an Image layer shows, as an input to be scored.

A layer has points (its data's indices, whole at pixels' centres) and a place in the world, by its
scale, rotation and so on. What is scored is what is seen: one plane or one volume, between the
layer's contrast limits, with pixels as large as in the world.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.errors import UsageError
from symscope.field import Field
from symscope.io.grids import MOST_SAMPLES, check_kind, check_shape, of_array
from symscope.io.images import Picture, read_picture
from symscope.io.inputs import Input
from symscope.io.pixels import check_size, squared
from symscope.options import Options

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Shown:
    """The plane (D = 2) or volume (D = 3) of a layer that is looked at.

    Attributes
    ----------
    name : of the layer
    data : array-like of shape (n1, … nD), in colour (n1, n2, 3 or 4); not read before ``read``
    axes : (D,), those of the layer that it spans, ascending
    shape : (D,), points of the layer along them; data of a coarser level has fewer
    index : (layer's dimensions,), where it lies on the other axes
    spacing : (D,), distance of the layer's points in the world
    unit : of the spacing; empty where points are only counted
    limits : values that are black and white; None of colours
    notes : what was chosen of the layer
    """

    name: str
    data: Any
    axes: tuple[int, ...]
    shape: tuple[int, ...]
    index: tuple[int, ...]
    spacing: tuple[float, ...]
    unit: str
    limits: tuple[float, float] | None
    notes: tuple[str, ...] = ()

    @property
    def lengths(self) -> Floats:
        """Lengths of its sides in the world, (D,)."""
        return np.array(self.shape) * np.array(self.spacing)

    def in_layer(self, points: Floats) -> Floats:
        """Take points (n, D) along ``axes`` to points of the layer (n, layer's dimensions)."""
        placed = np.tile(np.array(self.index, float), (len(points), 1))
        placed[:, self.axes] = points
        return placed


def shown(layer: Any, dims: Any, volume: bool, options: Options) -> Shown:
    """Find the part of an Image layer that a viewer shows.

    Parameters
    ----------
    layer : napari.layers.Image
    dims : of the viewer: which axes are shown, and where on the others
    volume : whether the part is a volume, of the last three axes in the viewer's order
    options : ``max_megapixels`` chooses among the levels of a pyramid

    Raises
    ------
    UsageError
        If the layer has no such part.
    """
    size = 3 if volume else 2
    if layer.ndim < size or (volume and layer.rgb):
        what = "colours" if layer.rgb else f"{layer.ndim} axes"
        raise UsageError(
            f"found a layer of {what}, expected a grey one of three axes or more for a volume"
            if volume
            else f"found a layer of {what}, expected two or more"
        )
    # The layer's axes are the last ones of the viewer.
    ahead = len(dims.order) - layer.ndim
    axes = tuple(sorted(axis - ahead for axis in dims.order[-size:]))
    if axes[0] < 0:
        raise UsageError(f"{layer.name} does not lie along the axes that are shown: turn them back")
    levels = list(layer.data) if layer.multiscale else [layer.data]
    full = levels[0].shape[: layer.ndim]
    place = np.rint(layer.world_to_data(dims.point)).astype(int)
    others = [axis for axis in range(layer.ndim) if axis not in axes]
    if any(not 0 <= place[axis] < full[axis] for axis in others):
        raise UsageError(f"{layer.name} shows nothing here: move the slider to one of its planes")
    most = MOST_SAMPLES if volume else options.max_megapixels * 1e6
    fitting = [n for n, data in enumerate(levels) if _points(data, axes) <= most]
    level = fitting[0] if fitting else len(levels) - 1
    data = levels[level]
    ratio = np.array(data.shape[: layer.ndim]) / np.array(full)
    at = np.minimum(place * ratio, np.array(data.shape[: layer.ndim]) - 1).astype(int)
    chosen = tuple(slice(None) if axis in axes else int(at[axis]) for axis in range(layer.ndim))

    origin = np.array(layer.data_to_world(np.zeros(layer.ndim)))
    steps = (np.array(layer.data_to_world(step)) - origin for step in np.eye(layer.ndim)[[*axes]])
    units = {layer.units[axis] for axis in axes}
    unit = f"{units.pop():~P}" if len(units) == 1 else ""
    limits = None if layer.rgb else (float(layer.contrast_limits[0]), layer.contrast_limits[1])
    notes = [f"index {place[axis]} of 0 to {full[axis] - 1} along axis {axis}" for axis in others]
    if len(levels) > 1:
        notes.append(f"level {level} of 0 to {len(levels) - 1} of the pyramid")
    if limits:
        notes.append(f"{limits[0]:g} is black and {limits[1]:g} white, the layer's contrast limits")
    return Shown(
        name=layer.name,
        data=data[chosen],
        axes=axes,
        shape=tuple(int(full[axis]) for axis in axes),
        index=tuple(map(int, place)),
        spacing=tuple(float(np.linalg.norm(step)) for step in steps),
        unit="" if unit in ("px", "pixel") else unit,
        limits=limits,
        notes=tuple(notes),
    )


def _points(data: Any, axes: tuple[int, ...]) -> int:
    return math.prod(data.shape[axis] for axis in axes)


def read(part: Shown, options: Options) -> Input:
    """Read what is shown → Input; its elements have the world's angles.

    Raises
    ------
    InputError, UsageError
        If it cannot be scored: what was found, what was expected, what to do.
    """
    name, limits = part.name, part.limits
    shape = part.data.shape[: len(part.axes)]
    spacing = part.lengths / np.array(shape)
    # Of a layer that is read piece by piece, nothing is read that is too large.
    if len(shape) == 3:
        check_shape(shape)
    else:
        check_size(shape[0], shape[1], options.max_megapixels)
    values = np.asarray(part.data)
    check_kind(values.dtype)
    if limits is not None:
        values = np.clip(values.astype(np.float32), limits[0], limits[1])
    if len(shape) == 3:
        grid = of_array(values, name, options.frame, options.zoom, tuple(spacing), part.unit)
        notes = (*part.notes, *grid.notes)
        return Input(name, Field.on_grid(grid.levels), grid, grid.sha256, notes=notes)
    if limits is not None:
        values = np.clip((values - limits[0]) / (limits[1] - limits[0]), 0, 1)
    seen = read_picture(values, max_megapixels=options.max_megapixels)
    down, across = spacing
    resolution = (1 / across, 1 / down)
    grey, rgb, told = squared(seen.grey, seen.rgb, resolution, options.max_megapixels)
    notes = (*part.notes, *told)
    picture = Picture(name, grey, rgb, seen.sha256, notes)
    return Input(name, None, None, seen.sha256, picture, notes=notes)

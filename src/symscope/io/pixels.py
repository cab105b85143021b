"""A decoded raster of any depth and colour space → grey and RGB, the arrays of a Picture.

What is done on the way that a person would not expect is told in notes.
"""

import io
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from symscope.errors import NotFinite, TooLarge, TooSmall, Unreadable

MIN_SIDE = 8
"""Fewest pixels a side: two periods of four pixels, the least in which a symmetry can show."""

LUMINANCE = (0.2125, 0.7154, 0.0721)
"""Weights of red, green and blue: ITU-R BT.709 as in ``skimage.color.rgb2gray``."""

MAX_STATED_BITS = 16
"""Deepest unsigned integers whose largest value means white; wider ones hold counts or labels."""

ORIENTATION_TAG = 0x0112
"""EXIF 2.32, section 4.6.4, and TIFF 6.0: which way up the rows and columns are stored."""

SIDEWAYS = (5, 6, 7, 8)
"""Turns that exchange rows and columns."""

BLOCK_PIXELS = 1 << 20
"""Pixels worked on at a time in double precision: 50 megapixels then stay below a gigabyte."""

GREY_MODES = frozenset({"1", "L", "LA", "La"})
COLOUR_MODES = frozenset({"P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "YCbCr"})
WHITE_FROM = 0.98
"""Grey from which on all of a picture is white paper: five of 255 are what compression leaves."""

LEAST_OPACITY_RANGE = 0.125
"""Share of its range that an opacity must cover to be read as the picture."""

SAME_RESOLUTION = 0.01
"""Relative difference below which two resolutions are the same, rounded to their units."""

MOST_STRETCHED = 8.0
"""Ratio above which two resolutions are a mistake; fax machines reach four."""

SHOWN_DARK = 0.25
"""Share of what lies between black and white below which greys of more than eight bits take up so
little that a screen shows one level: cameras fill few of their sixteen bits."""

PROFILE_MODES = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}
"""Pillow's modes, and the one that a profile of each colour space takes."""


@dataclass(frozen=True, eq=False)
class Raster:
    """One decoded picture as its file holds it.

    Attributes
    ----------
    colour : ndarray of shape (R, C) or (R, C, 3)
        Luminance, or red, green and blue; larger is brighter.
    white : float or None
        The value that means white (0 means black). None: the source states none, and the
        colour's own minimum..maximum becomes 0..1.
    alpha : ndarray of shape (R, C), or None
        Opacity, in 0..``white`` if that is stated, else in 0..1.
    orientation : int
        The EXIF turn, 1..8, still to be applied.
    premultiplied : bool
        Whether the colour is already multiplied by the opacity.
    resolution : (x, y), or None
        Pixels to a length along columns and rows, as far as the file states them.
    notes : tuple of str
        What a person is told of how it was read.
    """

    colour: NDArray[Any]
    white: float | None = 255.0
    alpha: NDArray[Any] | None = None
    orientation: int = 1
    premultiplied: bool = False
    resolution: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()


Rendered = tuple[NDArray[np.float32], NDArray[np.uint8], tuple[str, ...]]
"""Grey, rgb and notes, as a Picture holds them."""


def check_size(rows: int, columns: int, max_megapixels: float) -> None:
    """Refuse a picture by its stated size, before anything is decoded.

    Raises
    ------
    TooLarge
        More than ``max_megapixels`` million pixels.
    TooSmall
        Fewer than ``MIN_SIDE`` rows or columns.

    >>> check_size(600, 800, 50.0)
    """
    if rows * columns > max_megapixels * 1e6:
        raise TooLarge(
            f"found {columns} × {rows} pixels ({rows * columns / 1e6:.6g} megapixels), expected "
            f"at most {max_megapixels:g} megapixels; make it smaller or raise --max-megapixels"
        )
    if min(rows, columns) < MIN_SIDE:
        raise TooSmall(
            f"found {columns} × {rows} pixels, expected at least {MIN_SIDE} × {MIN_SIDE}; "
            f"use a larger picture"
        )


def stated_white(dtype: np.dtype[Any], bits: int | None = None) -> float | None:
    """Return the value that means white, or None where the type of number states none.

    Unsigned integers of up to 16 bits state one; floats, signed and wider integers do not.

    >>> stated_white(np.dtype("uint16"), bits=12), stated_white(np.dtype("float32"))
    (4095.0, None)
    """
    if dtype.kind == "b":
        return 1.0
    bits = bits or 8 * dtype.itemsize
    return 2.0**bits - 1 if dtype.kind == "u" and bits <= MAX_STATED_BITS else None


def rendered(samples: Raster, max_megapixels: float = math.inf) -> Rendered:
    """Scale samples to 0..1, lay them over white, turn them upright and take the luminance.

    What is white on transparent, and nothing over white, is read from its opacity. Pixels that are
    stated to be no squares are made squares. Deep greys that would look like one level (SHOWN_DARK)
    are shown from black to white: rgb is stretched, grey is not.

    Parameters
    ----------
    max_megapixels : most, where there come to be more of them

    Returns
    -------
    grey : ndarray of shape (R, C), float32, in 0..1
    rgb : ndarray of shape (R, C, 3), uint8
    notes : tuple of str

    Raises
    ------
    NotFinite
        NaN or infinite samples.
    Unreadable
        An opacity outside its range.

    >>> grey, rgb, _ = rendered(Raster(np.array([[0, 51], [102, 255]], np.uint8)))
    >>> grey.round(3).tolist(), rgb[0, 1].tolist()
    ([[0.0, 0.20000000298023224], [0.4000000059604645, 1.0]], [51, 51, 51])
    """
    colour, alpha, opaque = samples.colour, samples.alpha, samples.white or 1.0
    _check_finite(colour)
    if alpha is not None:
        _check_finite(alpha)
        if alpha.min() < 0 or alpha.max() > opaque:
            raise Unreadable(
                f"found opacities from {alpha.min():g} to {alpha.max():g}, expected 0 to "
                f"{opaque:g}; rescale them or leave the alpha channel out"
            )
    # In quarters: the range itself may overflow.
    low, span = 0.0, (samples.white or 0.0) / 4
    if not samples.white:
        low = float(colour.min()) / 4
        span = (float(colour.max()) / 4 - low) or 1.0
    rows, columns = colour.shape[:2]
    grey = np.empty((rows, columns), np.float32)
    rgb = np.empty((rows, columns, 3), np.uint8)
    step = max(1, BLOCK_PIXELS // columns)
    for start in range(0, rows, step):
        block = slice(start, start + step)
        light = (colour[block].astype(np.float64) * 0.25 - low) / span
        if alpha is not None:
            share = alpha[block] / opaque
            share = share[..., None] if light.ndim == 3 else share
            light = (light if samples.premultiplied else light * share) + (1.0 - share)
        light = np.clip(light, 0.0, 1.0)
        grey[block] = np.clip(light @ LUMINANCE, 0.0, 1.0) if light.ndim == 3 else light
        rgb[block] = np.rint(255 * (light if light.ndim == 3 else light[..., None]))
    notes = samples.notes
    seen = 0.0 if alpha is None or grey.min() < WHITE_FROM else np.ptp(alpha) / opaque
    if alpha is not None and seen > LEAST_OPACITY_RANGE:
        drawn = opaque - alpha.astype(np.float32)
        told = "white on transparent: read from its opacity, opaque as dark"
        shape = replace(samples, colour=drawn, white=opaque, alpha=None, notes=(*notes, told))
        return rendered(shape, max_megapixels)
    darkest, brightest = float(grey.min()), float(grey.max())
    deep = opaque > 255 and colour.ndim == 2
    if deep and 0 < brightest - darkest < SHOWN_DARK:
        shown = np.rint(255 * (grey - darkest) / (brightest - darkest))
        rgb[...] = shown.astype(np.uint8)[..., None]
        notes += (f"levels from {darkest:.2g} to {brightest:.2g} of white: shown stretched",)
    if samples.resolution is not None:
        grey, rgb, told = squared(grey, rgb, samples.resolution, max_megapixels)
        notes += told
    return turned(grey, samples.orientation), turned(rgb, samples.orientation), notes


def squared(
    grey: NDArray[np.float32],
    rgb: NDArray[np.uint8],
    resolution: tuple[float, float],
    max_megapixels: float,
) -> Rendered:
    """Resample grey (R, C) and rgb (R, C, 3) so that pixels are squares, to the finer resolution.

    >>> fax = np.zeros((10, 20), np.float32), np.zeros((10, 20, 3), np.uint8)
    >>> squared(*fax, (204.0, 98.0), 50.0)[0].shape
    (20, 20)
    """
    across, down = resolution
    if not (0 < across < math.inf and 0 < down < math.inf):
        return grey, rgb, ()
    ratio = across / down
    if abs(ratio - 1) < SAME_RESOLUTION:
        return grey, rgb, ()
    stated = f"pixels are not square ({across:.6g} × {down:.6g} in one length)"
    if not 1 / MOST_STRETCHED <= ratio <= MOST_STRETCHED:
        return grey, rgb, (f"{stated}, which is not believed: taken for squares",)
    rows, columns = grey.shape
    size = np.array([rows * max(ratio, 1), columns * max(1 / ratio, 1)])
    size *= min(1.0, math.sqrt(max_megapixels * 1e6 / size.prod()))
    new_rows, new_columns = (max(MIN_SIDE, int(side)) for side in size)
    shape = (new_columns, new_rows)
    grey = np.asarray(Image.fromarray(grey).resize(shape, Image.Resampling.BILINEAR))
    rgb = np.asarray(Image.fromarray(rgb).resize(shape, Image.Resampling.BILINEAR))
    told = f"{stated}: {columns} × {rows} were made {new_columns} × {new_rows}"
    return np.clip(grey, 0.0, 1.0), rgb, (told,)


def turned(array: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn rows and columns upright after the EXIF orientation tag, 1..8 (others: as they are).

    >>> turned(np.array([[1, 2], [3, 4]]), 6).tolist()  # a quarter turn clockwise
    [[3, 1], [4, 2]]
    """
    if orientation in SIDEWAYS:
        array = array.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    return np.ascontiguousarray(array)


def _check_finite(array: NDArray[Any]) -> None:
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        count = int(np.count_nonzero(~np.isfinite(array)))
        raise NotFinite(
            f"found {count} NaN or infinite values, expected finite ones; fill or cut them out"
        )


def from_pillow(image: Image.Image, orientation: int = 1) -> Raster:
    """Take luminance or sRGB, and the opacity, out of a Pillow picture of any depth.

    Raises
    ------
    Unreadable
        Pixels that are neither grey, RGB, palette nor CMYK.

    >>> from_pillow(Image.new("CMYK", (8, 8), (255, 0, 0, 0))).colour[0, 0].tolist()
    [0, 255, 255]
    """
    alpha = None
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        white = 65535.0 if image.mode.startswith("I;16") else None
        return Raster(np.asarray(image), white, None, orientation)
    if image.has_transparency_data:
        straight = image if image.mode == "RGBA" else image.convert("RGBA")
        alpha = np.asarray(straight.getchannel("A"))
        image = image if image.mode in ("1", "L", "LA") else straight
    converted = _to_srgb(image)
    if converted is None and image.mode == "RGBA":
        return Raster(np.asarray(image)[..., :3], 255.0, alpha, orientation)
    if converted is None and image.mode in GREY_MODES:
        converted = image.convert("L")
    elif converted is None and image.mode in COLOUR_MODES | {"CMYK"}:
        converted = image.convert("RGB")
    if converted is None:
        raise Unreadable(
            f"found pixels of type {image.mode}, expected grey, RGB, palette or CMYK ones; "
            f"convert it to RGB"
        )
    return Raster(np.asarray(converted), 255.0, alpha, orientation)


def managed(samples: Raster, profile: bytes | None, cmyk: bool = False) -> Raster:
    """Convert samples by an embedded profile, and from CMYK, in eight bits: what ICC code takes.

    Raster without a profile, or of a type that states no white, are returned as they are.

    Parameters
    ----------
    samples : Raster
        With four colour channels if ``cmyk``.
    """
    if samples.white is None or not (profile or cmyk):
        return samples
    colour = samples.colour
    if samples.white != 255.0:
        colour = np.rint(colour.astype(np.float32) * (255.0 / samples.white)).astype(np.uint8)
    mode = "CMYK" if cmyk else "RGB" if colour.ndim == 3 else "L"
    image = Image.frombytes(mode, (colour.shape[1], colour.shape[0]), colour.tobytes())
    image.info["icc_profile"] = profile
    alpha = samples.alpha
    if alpha is not None and samples.white != 255.0:
        alpha = alpha.astype(np.float32) * (255.0 / samples.white)
    converted = from_pillow(image).colour
    return replace(samples, colour=converted, white=255.0, alpha=alpha)


def _to_srgb(image: Image.Image) -> Image.Image | None:
    """Convert by the embedded profile, or return None where there is none that fits the pixels."""
    embedded = image.info.get("icc_profile")
    if not embedded:
        return None
    try:
        profile = ImageCms.getOpenProfile(io.BytesIO(embedded))
        space = getattr(profile.profile, "xcolor_space", "").strip()
        mode = PROFILE_MODES[space]
        family = {"L": GREY_MODES, "RGB": COLOUR_MODES}.get(mode, {mode})
        if image.mode not in family:
            return None
        base = image if image.mode == mode else image.convert(mode)
        return ImageCms.profileToProfile(
            base, profile, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except Exception:  # Viewers show a picture with a damaged profile as sRGB; so do we.
        return None

"""Palettes, CMYK and embedded colour profiles to luminance or sRGB."""

import io

import numpy as np
from PIL import Image, ImageCms

from symscope.errors import Unreadable
from symscope.io.pixels import Samples

GREY_MODES = frozenset({"1", "L", "LA", "La"})
COLOUR_MODES = frozenset({"P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "YCbCr"})
PROFILE_MODES = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}
"""Pillow's modes, and the one that a profile of each colour space takes."""


def from_pillow(image: Image.Image, orientation: int = 1) -> Samples:
    """Take luminance or sRGB, and the opacity, out of a Pillow picture of up to eight bits.

    Raises
    ------
    Unreadable
        Pixels that are neither grey, RGB, palette nor CMYK.

    >>> from_pillow(Image.new("CMYK", (8, 8), (255, 0, 0, 0))).colour[0, 0].tolist()
    [0, 255, 255]
    """
    alpha = None
    if image.has_transparency_data:
        straight = image if image.mode == "RGBA" else image.convert("RGBA")
        alpha = np.asarray(straight.getchannel("A"))
        image = image if image.mode in ("1", "L", "LA") else straight
    converted = _to_srgb(image)
    if converted is None and image.mode == "RGBA":
        return Samples(np.asarray(image)[..., :3], 255.0, alpha, orientation)
    if converted is None and image.mode in GREY_MODES:
        converted = image.convert("L")
    elif converted is None and image.mode in COLOUR_MODES | {"CMYK"}:
        converted = image.convert("RGB")
    if converted is None:
        raise Unreadable(
            f"found pixels of type {image.mode}, expected grey, RGB, palette or CMYK ones; "
            f"convert it to RGB"
        )
    return Samples(np.asarray(converted), 255.0, alpha, orientation)


def managed(samples: Samples, profile: bytes | None, cmyk: bool = False) -> Samples:
    """Convert samples by an embedded profile, and from CMYK, in eight bits: what ICC code takes.

    Samples without a profile, or of a type that states no white, are returned as they are.

    Parameters
    ----------
    samples : Samples
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
    return Samples(converted, 255.0, alpha, samples.orientation, samples.premultiplied)


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

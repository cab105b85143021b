"""HEIC and HEIF, pictures of telephones: one of their images → Raster, by libheif."""

import numpy as np

from symscope.errors import Unreadable
from symscope.io.extras import library
from symscope.io.pixels import Raster, check_size, managed, stated_white
from symscope.selection import choose


def decode_heif(data: bytes, max_megapixels: float, select: str | None = None) -> Raster:
    """Decode the primary image of a HEIC file, or the one that is chosen (``page=2``).

    The library has applied the turn that the file states; the EXIF turn beside it is for others.

    Raises
    ------
    InputError
        And what the library raises for a damaged file.
    """
    heif = library("pillow_heif", "pictures", "a HEIC picture")
    file = heif.open_heif(data, convert_hdr_to_8bit=False)
    # The primary image is the first page.
    images = sorted(file, key=lambda image: not image.info.get("primary"))
    places, notes = choose(select, {"page": len(images)})
    image = images[places["page"]]
    columns, rows = image.size
    check_size(rows, columns, max_megapixels)
    array = np.asarray(image)
    if array.shape[:2] != (rows, columns):
        raise Unreadable(
            f"found {array.shape[0]} x {array.shape[1]} pixels in a HEIC picture, expected "
            f"{rows} x {columns} as it states; save it again"
        )
    array = array.reshape(rows, columns, -1)
    alpha = array[..., -1] if image.has_alpha else None
    colour = array[..., 0] if array.shape[2] < 3 else array[..., :3]
    white = stated_white(array.dtype)
    raster = Raster(colour, white, alpha, 1, image.premultiplied_alpha, notes=notes)
    return managed(raster, image.info.get("icc_profile"))

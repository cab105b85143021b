"""PDF: one page, drawn by PDFium without its scripts, forms and annotations → Raster."""

import math
from threading import Lock

from symscope.errors import Unreadable
from symscope.io.extras import library
from symscope.io.pixels import Raster, check_size
from symscope.selection import choose

SIDE = 1024
"""Pixels of the longer side of what is drawn: four to each point at which elements are searched."""

WRONG_PASSWORD = 4
"""PDFium, FPDF_ERR_PASSWORD."""

ALONE = Lock()
"""PDFium serves one thread at a time."""


def decode_pdf(data: bytes, max_megapixels: float, select: str | None = None) -> Raster:
    """Draw the first page, or the one that is chosen (``page=2``), on white.

    Raises
    ------
    InputError
        And what the library raises for a damaged file.
    """
    pdfium = library("pypdfium2", "pictures", "a PDF")
    with ALONE:
        try:
            document = pdfium.PdfDocument(data)
        except pdfium.PdfiumError as error:
            if error.err_code == WRONG_PASSWORD:
                raise Unreadable(
                    "found an encrypted PDF, expected one without a password; save it without"
                ) from None
            raise Unreadable(
                "found a PDF without a readable page, expected one; save or download it again"
            ) from None
        with document:
            places, notes = choose(select, {"page": len(document)})
            page = document[places["page"]]
            width, height = page.get_size()
            longer = max(width, height)
            if not (min(width, height) > 0 and longer < math.inf):
                raise Unreadable(
                    f"found a page of {width:g} x {height:g}, expected a size; save it again"
                )
            scale = SIDE / longer
            rows, columns = math.ceil(height * scale), math.ceil(width * scale)
            check_size(rows, columns, max_megapixels)
            bitmap = page.render(
                scale=scale, may_draw_forms=False, draw_annots=False, rev_byteorder=True
            )
            colour = bitmap.to_numpy()[..., :3].copy()
            bitmap.close()
            page.close()
    return Raster(colour, notes=(*notes, f"drawn with {columns} × {rows} pixels"))

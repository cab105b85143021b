"""SVG: a drawing → Raster, by resvg, which runs no script; nothing leads out of the file."""

import binascii
import io
import threading
from typing import Any
from xml.parsers import expat

import numpy as np
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from symscope.errors import Unreadable
from symscope.io.extras import library
from symscope.io.pixels import Raster, check_size, from_pillow
from symscope.selection import choose

SIDE = 1024
"""Pixels of the longer side of what is drawn, whatever size the file states."""

MOST_ELEMENTS, MOST_DEPTH = 200_000, 200
"""Elements of a drawing, and how deep they may be nested."""

STACK_BYTES = 256 << 20
"""Of the thread that draws: references nest groups deeper than they are written, up to the 1,024
levels at which resvg stops, which overflow the usual eight megabytes."""

EMBEDDED = {"data:image/png;base64": PngImageFile, "data:image/jpeg;base64": JpegImageFile}
"""Pictures that may be part of a drawing: those whose size is known before they are decoded."""


def decode_svg(data: bytes, max_megapixels: float, select: str | None = None) -> Raster:
    """Draw a drawing so that its longer side has SIDE pixels; text is left out.

    Raises
    ------
    InputError
        And what the library raises for a damaged file.
    """
    _, notes = choose(select, {"page": 1})
    resvg = library("resvg_py", "pictures", "an SVG")
    survey = Survey(max_megapixels)
    survey.parse(data)
    drawn = _with_room(resvg.svg_to_bytes, data.decode(survey.encoding))
    with PngImageFile(io.BytesIO(drawn)) as image:
        check_size(image.height, image.width, max_megapixels)
        image.load()
    if survey.text:
        notes += ("its text is left out: no fonts are read",)
    raster = from_pillow(image)
    rows, columns = raster.colour.shape[:2]
    notes += (f"drawn with {columns} × {rows} pixels",)
    return Raster(np.asarray(raster.colour), alpha=raster.alpha, notes=notes)


def _with_room(draw: Any, text: str) -> bytes:
    """Draw in a thread with room for deep nesting."""
    results: list[Any] = []

    def work() -> None:
        try:
            results.append(draw(svg_string=text, width=SIDE, height=SIDE, skip_system_fonts=True))
        except BaseException as error:  # A panic of the library is no Exception.
            results.append(error)

    usual = threading.stack_size(STACK_BYTES)
    try:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
    finally:
        threading.stack_size(usual)
    thread.join()
    if isinstance(results[0], BaseException):
        raise ValueError(str(results[0]))
    return bytes(results[0])


class Survey:
    """What an SVG says about itself, read without following anything."""

    def __init__(self, max_megapixels: float) -> None:
        self.max_megapixels = max_megapixels
        self.encoding, self.text = "utf-8-sig", False
        self.elements = self.depth = 0

    def parse(self, data: bytes) -> None:
        """Go through the file.

        Raises
        ------
        Unreadable
            For what is no SVG, leads out of it, or is nested too deeply.
        """
        parser = expat.ParserCreate()
        parser.XmlDeclHandler = self._declared
        parser.EntityDeclHandler = self._entity
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.Parse(data, True)

    def _declared(self, _: str, encoding: str | None, __: int) -> None:
        if encoding and encoding.lower() not in ("utf-8", "utf8"):
            self.encoding = encoding

    def _entity(self, *_: Any) -> None:
        raise Unreadable("found an SVG with entities, expected none; save it as plain SVG")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if not self.elements and name != "svg":
            raise Unreadable(f"found an XML text that begins with <{name[:40]}>, expected an SVG")
        self.elements += 1
        self.depth += 1
        if self.elements > MOST_ELEMENTS or self.depth > MOST_DEPTH:
            raise Unreadable(
                f"found an SVG of more than {MOST_ELEMENTS} elements, or nested deeper than "
                f"{MOST_DEPTH}, expected less; save it as PNG"
            )
        self.text |= name == "text"
        if name in ("image", "feImage"):
            for key, value in attributes.items():
                if key.rpartition(":")[2] == "href":
                    self._picture(value)

    def _end(self, _: str) -> None:
        self.depth -= 1

    def _picture(self, reference: str) -> None:
        """Check a picture in the drawing: it must be in the file, and of a size that is read."""
        if reference.startswith("#"):
            return
        kind, comma, content = reference.partition(",")
        reader = EMBEDDED.get(kind) if comma else None
        if reader is None:
            raise Unreadable(
                f"found an SVG with a picture at {reference[:60]!r}, expected PNG and JPEG within "
                "the file; embed it or save the drawing as PNG"
            )
        with reader(io.BytesIO(binascii.a2b_base64(content))) as image:
            check_size(max(image.height, 8), max(image.width, 8), self.max_megapixels)

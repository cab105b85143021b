"""Pictures of telephones and designers, and what is told of any picture."""

import base64
import io
import struct
import sys
import zlib

import imagecodecs
import numpy as np
import pillow_heif
import pytest
import tifffile
from PIL import Image

from symscope.errors import TooLarge, TooSmall, Unreadable
from symscope.io.images import GuardedReader, find_pictures, read_picture
from symscope.io.jpegxl import codestream, stated

RGB = np.kron(np.random.default_rng(0).integers(0, 256, (3, 5, 3)), np.ones((8, 8, 1), int)).astype(
    np.uint8
)
GREY = RGB[..., 0]


def pillow(image, kind, **options):
    stream = io.BytesIO()
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    image.save(stream, kind, **options)
    return stream.getvalue()


def heic(*images, turn=1):
    file = pillow_heif.HeifFile()
    for image in images:
        file.add_from_pillow(Image.fromarray(image))
    exif = Image.Exif()
    exif[0x0112] = turn
    if turn > 1:
        file.info["exif"] = exif.tobytes()
    stream = io.BytesIO()
    file.save(stream, quality=-1, chroma=444)
    return stream.getvalue()


def svg(body, attributes='width="300" height="130"', before=""):
    head = f'{before}<svg xmlns="http://www.w3.org/2000/svg" {attributes}>'
    return f"{head}{body}</svg>".encode()


BOX = '<rect x="9" y="9" width="90" height="50" fill="navy"/>'


def pdf(pages=1, size="200 100", encrypted=False):
    kids = " ".join(f"{3 + 2 * page} 0 R" for page in range(pages))
    objects = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {pages}>>"]
    for page in range(pages):
        drawn = f"10 10 {50 + 40 * page} 40 re f"
        box = f"/MediaBox[0 0 {size}]/Contents {4 + 2 * page} 0 R"
        objects.append(f"<</Type/Page/Parent 2 0 R{box}>>")
        objects.append(f"<</Length {len(drawn)}>>\nstream\n{drawn}\nendstream")
    body = "".join(f"{n} 0 obj\n{text}\nendobj\n" for n, text in enumerate(objects, 1))
    lock = f"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O({'o' * 32})/U({'u' * 32})>>/ID[(a)(a)]"
    trailer = f"trailer<</Root 1 0 R/Size {len(objects) + 1}{lock if encrypted else ''}>>"
    return f"%PDF-1.4\n{body}{trailer}\n%%EOF".encode()


def close(picture, expected, by=4):
    assert picture.rgb.shape == expected.shape
    assert np.abs(picture.rgb.astype(int) - expected).max() <= by


@pytest.mark.parametrize("turn", [1, 3, 6])
def test_heic_is_turned_once(turn):
    expected = np.rot90(RGB, {1: 0, 3: 2, 6: 3}[turn])
    close(read_picture(heic(RGB, turn=turn)), expected)
    exif = Image.Exif()
    exif[0x0112] = turn
    close(read_picture(pillow(RGB, "AVIF", quality=100, subsampling="4:4:4", exif=exif)), expected)


def test_opacity_of_each_format():
    alpha = np.where(np.arange(40) < 16, 255, 0) * np.ones((24, 1))
    rgba = np.dstack([RGB, alpha.astype(np.uint8)])
    expected = np.where(alpha[..., None] > 0, RGB, 255)
    close(read_picture(heic(rgba)), expected)
    close(read_picture(pillow(rgba, "AVIF", quality=100, subsampling="4:4:4")), expected)
    close(read_picture(imagecodecs.jpegxl_encode(rgba, lossless=True)), expected, 0)
    close(read_picture(pillow(rgba, "JPEG2000")), expected, 0)


@pytest.mark.parametrize("array", [RGB, GREY, RGB.astype(np.uint16) * 257, RGB / np.float32(255)])
def test_jpeg_xl_is_exact(array):
    picture = read_picture(imagecodecs.jpegxl_encode(np.asarray(array), lossless=True))
    close(picture, RGB if array.ndim == 3 else np.dstack([GREY] * 3), 0)


@pytest.mark.parametrize("shape", [(24, 40), (256, 256), (300, 200), (720, 1280), (2000, 17)])
@pytest.mark.parametrize("container", [False, True])
def test_jpeg_xl_states_its_size(shape, container):
    data = imagecodecs.jpegxl_encode(np.zeros(shape, np.uint8), effort=1, usecontainer=container)
    assert stated(codestream(data)) == (*shape, False)


def test_jpeg_2000_is_exact():
    close(read_picture(pillow(RGB, "JPEG2000")), RGB, 0)
    close(read_picture(pillow(RGB, "JPEG2000", no_jp2=True)), RGB, 0)
    deep = GREY.astype(np.uint16) * 200 + 7
    grey = read_picture(imagecodecs.jpeg2k_encode(deep, level=0)).grey
    np.testing.assert_allclose(grey, deep / 65535, atol=1e-6)


def test_a_drawing_has_the_size_that_is_needed():
    for attributes in ('width="300" height="130"', 'width="3e9" height="13e8"'):
        picture = read_picture(svg(BOX, attributes))
        assert max(picture.grey.shape) == 1024
        assert "drawn with 1024 × 444 pixels" in picture.notes
    assert any("text" in note for note in read_picture(svg(BOX + "<text>A</text>")).notes)
    inside = base64.b64encode(pillow(RGB, "PNG")).decode()
    image = f'<image width="300" height="130" href="data:image/png;base64,{inside}"/>'
    assert read_picture(svg(image)).grey.min() < 0.5


def test_pages_of_a_pdf():
    first, second = (read_picture(pdf(2), select=one) for one in (None, "page=2"))
    assert first.grey.shape == (512, 1024)
    assert first.notes[0].startswith("page 1 of 2")
    assert second.notes[0] == "page 2 of 2, as chosen"
    assert (second.grey < 0.5).sum() > 1.5 * (first.grey < 0.5).sum()


def test_images_of_a_heic():
    file = heic(RGB, 255 - RGB)
    assert read_picture(file).notes[0].startswith("page 1 of 2")
    close(read_picture(file, select="page=2"), 255 - RGB)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_frames_are_told_and_chosen(kind):
    options = {"WEBP": {"lossless": True}, "AVIF": {"quality": 100, "subsampling": "4:4:4"}}
    grey = np.dstack([GREY] * 3)
    others = [Image.fromarray(255 - grey), Image.fromarray(grey // 2)]
    data = pillow(grey, kind, save_all=True, append_images=others, **options.get(kind, {}))
    first = read_picture(data)
    close(first, grey, 6)
    assert first.notes == ("frame 1 of 3; --select t=N takes another",)
    close(read_picture(data, select="t=2"), 255 - grey, 6)
    with pytest.raises(Unreadable, match="t=1 to 3"):
        read_picture(data, select="t=4")
    with pytest.raises(Unreadable, match="t=1 to 3"):
        read_picture(data, select="c=1")


def test_one_frame_has_nothing_to_tell():
    for kind in ("GIF", "WEBP", "PNG", "AVIF", "JPEG", "BMP"):
        assert read_picture(pillow(RGB, kind)).notes == ()


def fax(across, down):
    stream = io.BytesIO()
    tifffile.imwrite(stream, GREY, photometric="minisblack", resolution=(across, down))
    return stream.getvalue()


def test_pixels_become_squares():
    jpeg = bytearray(pillow(GREY, "JPEG", quality=98))
    jpeg[13:18] = b"\x01\x00\xcc\x00\x66"  # JFIF: 204 × 102 to the inch
    for data in (
        fax(204, 102),
        pillow(GREY, "PNG", dpi=(204, 102)),
        bytes(jpeg),
        pillow(GREY, "BMP", dpi=(204, 102)),
    ):
        picture = read_picture(data)
        assert abs(picture.grey.shape[0] - 48) <= 1
        assert picture.grey.shape[1] == 40
        assert picture.rgb.shape == (*picture.grey.shape, 3)
        assert "not square" in picture.notes[0]
    assert read_picture(fax(102, 204)).grey.shape == (24, 80)
    for square in (fax(300, 300), fax(300, 299), fax(300, 0), pillow(GREY, "PNG", dpi=(72, 72))):
        picture = read_picture(square)
        assert picture.notes == ()
        np.testing.assert_array_equal(picture.rgb[..., 0], GREY)


def test_squares_stay_within_the_limit_and_mistakes_are_not_believed():
    small = read_picture(fax(204, 102), max_megapixels=0.001)
    assert small.grey.size <= 1000
    assert abs(small.grey.shape[0] / small.grey.shape[1] - 48 / 40) < 0.05
    mistaken = read_picture(fax(1, 9999))
    assert mistaken.grey.shape == GREY.shape
    assert "not believed" in mistaken.notes[0]


def test_a_turned_fax_is_stretched_as_it_is_stored():
    stream = io.BytesIO()
    turn = [(0x0112, "H", 1, 6, True)]
    tifffile.imwrite(stream, GREY, photometric="minisblack", resolution=(204, 102), extratags=turn)
    assert read_picture(stream.getvalue()).grey.shape == (40, 48)


def test_white_on_transparent_is_read_from_its_opacity():
    white = np.dstack([np.full((24, 40, 3), 255), GREY]).astype(np.uint8)
    for data in (white, pillow(white, "PNG"), pillow(white, "WEBP", lossless=True)):
        picture = read_picture(data)
        np.testing.assert_allclose(picture.grey, 1 - GREY / 255, atol=1e-6)
        assert "opacity" in picture.notes[0]
    assert read_picture(svg(BOX.replace("navy", "white"))).grey.min() == 0
    black = np.dstack([np.zeros((24, 40, 3)), GREY]).astype(np.uint8)
    assert read_picture(black).notes == ()
    opaque = np.full((24, 40, 4), 255, np.uint8)
    assert read_picture(opaque).grey.min() == 1


HEADER = b"IHDR" + struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\x0d" + HEADER + struct.pack(">I", zlib.crc32(HEADER))
BOMB = base64.b64encode(PNG + b"\0\0\0\0IDAT\x35\xaf\x06\x1e").decode()

HUGE = {
    "jpeg-xl": b"\xff\x0a" + (3 << 1 | (2**30 - 1) << 3 | 1 << 33).to_bytes(12, "little"),
    "drawing-with-a-bomb": svg(f'<image href="data:image/png;base64,{BOMB}"/>'),
}
J2K, AVIF = pillow(RGB, "JPEG2000"), pillow(RGB, "AVIF")
HUGE["jpeg-2000"] = J2K.replace(b"\0\0\0\x18\0\0\0\x28", b"\0\0\xc3\x50\0\0\xc3\x50")
HUGE["avif"] = AVIF.replace(b"\0\0\0\x28\0\0\0\x18", b"\0\0\x23\x28\0\0\x23\x28")

REFUSED = {
    "drawing-of-a-file": svg('<image href="/etc/hostname" width="9" height="9"/>'),
    "drawing-of-an-address": svg('<image href="http://localhost/a.png" width="9" height="9"/>'),
    "filter-of-a-file": svg('<filter id="f"><feImage href="a.png"/></filter>'),
    "drawing-in-a-drawing": svg('<image href="data:image/svg+xml;base64,PHN2Zy8+"/>'),
    "drawing-with-entities": svg(BOX, before='<!DOCTYPE svg [<!ENTITY a "b">]>'),
    "drawing-nested-deeply": svg("<g>" * 5000 + "</g>" * 5000),
    "drawing-of-no-size": svg(BOX, 'width="0" height="9"'),
    "drawing-cut-short": svg(BOX)[:90],
    "drawing-whose-parts-contain-each-other": svg(
        "".join(f'<g id="g{n + 1}"><use href="#g{n}"/></g>' for n in range(1200))
    ),
    "other-xml": b'<?xml version="1.0"?><root/>',
    "pdf-of-no-page": pdf(0),
    "pdf-with-a-password": pdf(encrypted=True),
    "pdf-cut-short": pdf()[:150],
    "jpeg-2000-cut-short": J2K[: len(J2K) // 2],
    "jpeg-2000-that-lies": J2K.replace(
        b"\xff\x51\0\x2f\0\0\0\0\0\x28", b"\xff\x51\0\x2f\0\0\0\0\x28\0"
    ),
    "avif-cut-short": AVIF[: len(AVIF) // 2],
    "heic-cut-short": heic(RGB)[:-200],
    "heic-that-lies": heic(RGB).replace(b"\0\0\0\x40\0\0\0\x40", b"\0\0\0\x20\0\0\0\x20"),
    "heic-of-nothing": b"\0\0\0\x18ftypheic" + bytes(60),
    "jpeg-xl-cut-short": imagecodecs.jpegxl_encode(RGB, lossless=True)[:40],
    "jpeg-xl-of-nothing": b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(20),
}


@pytest.fixture(scope="module")
def guarded():
    with GuardedReader() as reader:
        yield reader


@pytest.mark.parametrize("name", [*HUGE, *REFUSED])
def test_hostile_files_are_refused_in_both_processes(name, guarded, capfd):
    data, error = {**HUGE, **REFUSED}[name], TooLarge if name in HUGE else Unreadable
    messages = []
    for read in (read_picture, guarded):
        with pytest.raises(error) as caught:
            read(data)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
    assert messages[0].isprintable()
    assert capfd.readouterr() == ("", "")


def test_thin_drawings_and_pages_are_too_small():
    for data in (svg(BOX, 'width="9999" height="1"'), pdf(size="14400 1")):
        with pytest.raises(TooSmall):
            read_picture(data)


def test_the_guarded_process_tells_the_same(guarded):
    for data in (heic(RGB, 255 - RGB), svg(BOX), pdf(2), fax(204, 102)):
        here, there = read_picture(data), guarded(data)
        assert (here.notes, here.sha256) == (there.notes, there.sha256)
        np.testing.assert_array_equal(here.grey, there.grey)
    assert guarded(pdf(2), select="page=2").notes[0] == "page 2 of 2, as chosen"


def test_a_library_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(Unreadable, match=r'pip install "symscope\[pictures\]"'):
        read_picture(heic(RGB))


def test_folders_are_searched_for_them(tmp_path):
    for name in ("a.HEIC", "b.svg", "c.jxl", "d.pdf", "e.txt"):
        (tmp_path / name).write_bytes(b"")
    assert len(find_pictures([tmp_path])) == 4

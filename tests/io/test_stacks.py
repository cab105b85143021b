"""TIFF files of several pages or planes: each is found, and told."""

import io

import numpy as np
import pytest
import tifffile

from symscope.errors import Unreadable
from symscope.io.images import read_picture

STACK = np.random.default_rng(0).integers(0, 256, (2, 3, 4, 12, 17)).astype(np.uint8)
"""Moments, places, channels, rows, columns."""


def tiff(array, **options):
    stream = io.BytesIO()
    tifffile.imwrite(stream, array, photometric="minisblack", **options)
    return stream.getvalue()


AXES = {"axes": "TZCYX"}
NAMED = [
    tiff(STACK, imagej=True, metadata=AXES),
    tiff(STACK, ome=True, metadata=AXES),
    tiff(STACK, ome=True, metadata=AXES, compression="deflate", bigtiff=True),
    tiff(STACK, metadata=AXES),
]


@pytest.mark.parametrize("data", NAMED)
def test_planes_of_stacks_with_axes(data):
    first = read_picture(data)
    np.testing.assert_array_equal(first.rgb[..., 0], STACK[0, 0, 0])
    assert first.notes[0].startswith("frame 1 of 2, z 1 of 3, channel 1 of 4")
    chosen = read_picture(data, select="c=2,t=2,z=3")
    np.testing.assert_array_equal(chosen.rgb[..., 0], STACK[1, 2, 1])
    assert chosen.notes == ("frame 2 of 2, z 3 of 3, channel 2 of 4, as chosen",)
    np.testing.assert_array_equal(read_picture(data, select="c=4").rgb[..., 0], STACK[0, 0, 3])
    with pytest.raises(Unreadable, match="t=1 to 2, z=1 to 3, c=1 to 4"):
        read_picture(data, select="page=2")


@pytest.mark.parametrize("options", [{"metadata": None}, {}, {"metadata": None, "bigtiff": True}])
def test_pages(options):
    data = tiff(STACK[0], **options)
    assert read_picture(data).notes[0].startswith("page 1 of 12")
    chosen = read_picture(data, select="page=7")
    np.testing.assert_array_equal(chosen.rgb[..., 0], STACK[0, 1, 2])
    with pytest.raises(Unreadable, match="page=1 to 12"):
        read_picture(data, select="page=13")


def test_one_page_has_nothing_to_tell():
    data = tiff(STACK[0, 0, 0])
    assert read_picture(data).notes == ()
    assert read_picture(data, select="page=1").notes == ()


def test_words_of_a_program_that_do_not_fit_its_pages():
    ome = tiff(STACK, ome=True, metadata=AXES)
    longer = ome.replace(b'SizeT="2"', b'SizeT="9"')
    np.testing.assert_array_equal(read_picture(longer).rgb[..., 0], STACK[0, 0, 0])
    with pytest.raises(Unreadable, match="not in this file"):
        read_picture(longer, select="t=9")
    for old, new in (
        (b'SizeC="4" SizeT="2" SizeX', b'SizeC="4" SizeT="999999'),
        (b'IFD="0"', b'IFD="999999"'),
        (b"<Pixels", b"<ModuloAlongZ"),
    ):
        lying = ome.replace(old, new[: len(old)] if len(new) > len(old) else new.ljust(len(old)))
        np.testing.assert_array_equal(read_picture(lying).rgb[..., 0], STACK[0, 0, 0])


def lsm(stack):
    """A stack (Z, C, R, C) as a Zeiss microscope writes it: a thumbnail follows each page."""
    info = np.zeros(1, np.dtype(tifffile.TIFF.CZ_LSMINFO))
    info["MagicNumber"], info["StructureSize"] = 67127628, info.itemsize
    names = ("DimensionZ", "DimensionChannels", "DimensionY", "DimensionX")
    for name, count in zip(names, stack.shape, strict=True):
        info[name] = count
    info["DimensionTime"] = 1
    extra = [(34412, 1, info.nbytes, info.tobytes(), True)]
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as file:
        for n, page in enumerate(stack):
            file.write(
                page,
                photometric="minisblack",
                planarconfig="separate",
                metadata=None,
                extratags=extra if n == 0 else (),
            )
            file.write(page[0, ::2, ::2], photometric="minisblack", metadata=None, subfiletype=1)
    return stream.getvalue()


def test_planes_of_a_zeiss_microscope():
    data = lsm(STACK[0, :, :3])
    picture = read_picture(data)
    np.testing.assert_array_equal(picture.rgb[..., 0], STACK[0, 0, 0])
    assert picture.notes[0].startswith("z 1 of 3;")
    chosen = read_picture(data, select="z=3,c=2")
    np.testing.assert_array_equal(chosen.rgb[..., 0], STACK[0, 2, 1])


def test_axes_of_no_sense_are_pages():
    twice = NAMED[3].replace(b"TZCYX", b"TTCYX")
    assert read_picture(twice).notes[0].startswith("page 1 of 24")

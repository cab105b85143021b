"""Odd structures, bombs, cut files and names: a picture or our error, soon, in one line."""

import os
import time

import numpy as np
import pytest
from hostile_structures import BOMBS, GREY, NAMES, SOURCES, STRUCTURES, stages
from test_hostile_images import SECONDS

from symscope.errors import InputError, Unreadable
from symscope.io.images import GuardedReader, Picture, find_pictures, read_picture

FLAT_SECONDS = 10.0
"""For what holds many pixels within the limit, on a busy machine."""


@pytest.fixture(scope="module")
def guarded():
    with GuardedReader() as reader:
        yield reader


def outcome(data, read=read_picture):
    """Read, and check what came of it, whichever it is."""
    try:
        picture = read(data)
    except InputError as error:
        return type(error), sound_message(error)
    assert 0 <= picture.grey.min() <= picture.grey.max() <= 1
    assert picture.rgb.shape == (*picture.grey.shape, 3)
    return picture


def sound_message(error):
    message = str(error)
    assert error.outcome is not None
    assert message.isprintable()
    assert "expected" in message
    assert len(message) < 600
    return message


@pytest.mark.parametrize("name", [*STRUCTURES, *BOMBS])
def test_a_picture_or_our_error(name, guarded, capfd):
    data = {**STRUCTURES, **BOMBS}[name]()
    assert len(data) < 2 << 20
    started = time.perf_counter()
    found = outcome(data)
    assert time.perf_counter() - started < (FLAT_SECONDS if name in BOMBS else SECONDS)
    # The same once more, and elsewhere: nothing of the memory's earlier contents shows through.
    for again in (outcome(data, guarded), outcome(data)) if len(data) < 1 << 16 else ():
        if isinstance(found, Picture):
            np.testing.assert_array_equal(again.grey, found.grey)
            np.testing.assert_array_equal(again.rgb, found.rgb)
        else:
            assert again == found
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", SOURCES)
def test_cut_at_every_stage(name):
    whole = SOURCES[name]()
    assert isinstance(outcome(whole), Picture)
    kinds = [outcome(data) for data in stages(whole)]
    assert not any(isinstance(kind, Picture) for kind in kinds[:30])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tiff-whose-planes-are-counted-in-bytes", "tag 284"),
        ("tiff-of-unknown-planes", "planar configuration"),
    ],
)
def test_planes_of_no_known_kind_are_refused(name, said):
    """tifffile would take one strip for three planes, and leave two as the memory was."""
    kind, message = outcome(STRUCTURES[name]())
    assert kind is Unreadable
    assert said in message


def test_pictures_of_no_values_are_said_to_be_so():
    for name in ("tiff-with-nan", "tiff-with-infinity", "tiff-with-infinity-in-16-bits"):
        kind, message = outcome(STRUCTURES[name]())
        assert kind.__name__ == "NotFinite"
        assert "found 1 NaN or infinite" in message


@pytest.mark.parametrize("extension", ["jpg", "tif", "txt", "exe", "safetensors", ""])
def test_the_content_decides_whatever_the_extension(extension, tmp_path):
    for name in ("png", "jpeg", "tiff", "gif"):
        file = tmp_path / f"{name}.{extension}"
        file.write_bytes(SOURCES[name]())
        assert read_picture(file).grey.shape == GREY.shape


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_names_are_names_and_nothing_else(name, tmp_path, guarded):
    file = os.path.join(tmp_path, name)
    with open(file, "wb") as stream:
        stream.write(SOURCES["png"]())
    for read in (read_picture, guarded):
        picture = read(file)
        assert picture.name.isprintable()
        assert len(picture.name) <= 1000
    assert [os.path.basename(found) for found in find_pictures([file])] == [os.path.basename(file)]
    with open(file, "wb") as stream:
        stream.write(b"nothing")
    with pytest.raises(Unreadable) as caught:
        read_picture(file)
    assert str(caught.value).isprintable()
    assert sorted(os.listdir(tmp_path)) == [os.path.basename(file)]

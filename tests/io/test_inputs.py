"""Sources of every kind become an Input: its name, dimension, fingerprint and arrays."""

import hashlib

import numpy as np
import pytest
import soundfile
from PIL import Image

from symscope.errors import MissingFile, TooSmall, Unreadable, UsageError
from symscope.field import Field
from symscope.io.inputs import load
from symscope.io.sounds import Broken, SoundWindow, listen
from symscope.options import Options

GREY = (np.arange(20 * 30).reshape(20, 30) % 251).astype(np.uint8)
POINTS = np.random.default_rng(0).normal(size=(600, 4))


def test_a_picture_is_read_with_the_limit_and_the_reader_that_are_given(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(GREY).save(path)
    picture = load(str(path))
    assert (picture.path, picture.dimension) == (str(path), 2)
    assert picture.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert picture.picture is not None
    assert picture.picture.grey.shape == GREY.shape
    assert load(path.read_bytes()).path == "bytes"
    assert picture.field is None
    limits = []

    def read(source, *, max_megapixels, select):
        limits.append((source, max_megapixels))
        return picture.picture

    load(str(path), Options(max_megapixels=7), read)
    assert limits == [(str(path), 7)]


def test_arrays_and_functions_are_what_their_dimension_says(tmp_path):
    np.save(tmp_path / "plane.npy", GREY)
    np.save(tmp_path / "volume.npy", np.random.default_rng(0).random((9, 9, 9)))
    assert load(tmp_path / "plane.npy").picture is not None
    for source, dimension in (
        (np.arange(99.0), 1),
        (tmp_path / "volume.npy", 3),
        (lambda x, y, z: x * y + z, 3),
        ("potential:sphere", 3),
    ):
        read = load(source)
        assert read.dimension == dimension
        assert read.grid is not None
        assert read.field.shape == read.grid.values.shape
    plane = load(lambda x, y: x * y)
    assert plane.picture is not None
    assert plane.path == "function:<lambda>"


def test_a_potential_that_there_is_not_is_one_input_s_fault():
    """Exit codes and rows of a batch tell it as a missing file: the others are scored."""
    for name in ("potential:nosuch", "potential:norm-99"):
        with pytest.raises(MissingFile):
            load(name)


def test_samples_and_functions_elsewhere_are_points(tmp_path):
    np.savez(tmp_path / "s.npz", X=POINTS, y=POINTS[:, 0])
    for source in (tmp_path / "s.npz", lambda a, b, c, d: a * b + c * d):
        read = load(source)
        assert (read.dimension, read.grid) == (4, None)
        assert np.abs(read.field.coords).max() <= 1


def test_a_field_stays_what_it_is():
    field = Field.from_levels(GREY % 2)
    read = load(field)
    assert read.field is field
    assert (read.path, read.dimension, read.sha256) == ("field", 2, field.sha256)


def test_each_window_of_a_sound_is_an_input_and_a_broken_one_raises(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.sin(np.arange(16000) / 5), 8000)
    windows = list(listen(path, 1.0))
    assert len(windows) == 2
    for window in windows:
        assert isinstance(window, SoundWindow)
        read = load(window)
        assert read.window is window
        assert (read.path, read.dimension, read.sha256) == (window.path, 2, window.sha256)
    (broken,) = listen(tmp_path / "b.wav", 1.0)
    assert isinstance(broken, Broken)
    with pytest.raises(MissingFile):
        load(broken)


@pytest.mark.parametrize(
    ("source", "dimension", "error"),
    [
        ("no/such.png", None, MissingFile),
        ("no/such.npz", None, MissingFile),
        (np.zeros((3, 3)), None, TooSmall),
        (np.full(99, 1j), None, Unreadable),
        (lambda x: x, None, UsageError),
        ("a.png", 3, UsageError),
        ("a.tif", 99, UsageError),
    ],
)
def test_what_cannot_be_read_says_why(source, dimension, error):
    with pytest.raises(error):
        load(source, Options(dimension=dimension))


@pytest.mark.parametrize("name", ["a.png", "a.npy", "a.h5", "a.dcm", "a.mrc", "a.nii", "a.xlsx"])
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "an empty file"),
        ("Grüße\n".encode() * 200, "text"),
        ("hello".encode("utf-16"), "text"),
        (b"\n<!DOCTYPE html><p>404", "a web page"),
    ],
)
def test_what_a_file_is_not_is_told_in_words(tmp_path, name, data, said):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(Unreadable, match=f"found {said}, expected"):
        load(tmp_path / name)

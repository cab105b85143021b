"""Hostile files through a GuardedReader: the same answers, and one process survives them all."""

import numpy as np
import pytest
from hostile_images import DAMAGED, HUGE, ODD, SOUND

from symscope.errors import InputError
from symscope.io.images import GuardedReader, Picture, read_picture


@pytest.fixture(scope="module")
def reader():
    with GuardedReader() as reader:
        yield reader


def answer(read, data):
    try:
        return read(data)
    except InputError as error:
        return type(error), str(error)


@pytest.mark.parametrize("name", [*HUGE, *DAMAGED, *ODD])
def test_the_same_answers_as_without(reader, name):
    data = {**HUGE, **DAMAGED, **ODD}[name]()
    assert_same(answer(reader, data), answer(read_picture, data))


@pytest.mark.parametrize("index", range(len(SOUND)))
def test_the_same_pictures_of_sound_files(reader, index):
    assert_same(answer(reader, SOUND[index]), read_picture(SOUND[index]))


def assert_same(found, expected):
    if not isinstance(expected, Picture):
        assert found == expected
        return
    assert (found.name, found.sha256) == (expected.name, expected.sha256)
    np.testing.assert_array_equal(found.grey, expected.grey, strict=True)
    np.testing.assert_array_equal(found.rgb, expected.rgb, strict=True)

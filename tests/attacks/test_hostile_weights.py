"""Whatever the weights and their cards hold: WeightsRejected, in one line, before any use."""

import hashlib
import json
import os
import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hostile_weights import (
    CARD,
    CARDS,
    FILES,
    HALVES,
    SHAPES,
    SOUND,
    card,
    file,
    halved,
    header,
)
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save

from symscope import cli, errors
from symscope.classifier import classifier as classifier
from symscope.classifier.classifier import load_cards, load_classifier, read_weights
from symscope.errors import UsageError, WeightsRejected


def stored(folder, content):
    """Write weights that somebody forged: the checksum agrees."""
    (folder / "a.safetensors").write_bytes(content)
    return folder, "a", hashlib.sha256(content).hexdigest(), SHAPES


def refusal(function, *arguments):
    with pytest.raises(WeightsRejected) as caught:
        function(*arguments)
    message = str(caught.value)
    assert caught.value.exit_code == 5
    assert message.isprintable()
    assert len(message) < 400
    return message


def test_sound_weights_are_read(tmp_path):
    for content in (save(SOUND), save(SOUND, {"made": "here"})):
        found = read_weights(*stored(tmp_path, content))
        assert list(found) == list(SHAPES)
        for name, array in SOUND.items():
            np.testing.assert_array_equal(found[name], array, strict=True)
    found = read_weights(*stored(tmp_path, file(header())))
    assert not found["head.weight"].any()


def test_weights_stored_in_16_bits_are_used_in_32(tmp_path):
    halves = {name: array.astype(np.float16) for name, array in SOUND.items()}
    mixed = SOUND | {"head.weight": halves["head.weight"]}
    for stored_as in (halves, mixed):
        found = read_weights(*stored(tmp_path, save(stored_as)))
        assert list(found) == list(SHAPES)
        for name, array in stored_as.items():
            np.testing.assert_array_equal(found[name], array.astype(np.float32), strict=True)
    found = read_weights(*stored(tmp_path, file(halved(), HALVES)))
    assert not found["head.weight"].any()


@pytest.mark.parametrize("name", FILES)
def test_hostile_weights_are_refused(name, tmp_path):
    assert "of classifier 'a'" in refusal(read_weights, *stored(tmp_path, FILES[name]()))


@pytest.mark.parametrize("name", CARDS)
def test_hostile_cards_are_refused(name, tmp_path):
    (tmp_path / "cards.json").write_bytes(CARDS[name]())
    assert "card" in refusal(partial(load_classifier, folder=tmp_path), "paper")


def test_nothing_is_parsed_whose_checksum_differs(tmp_path, monkeypatch):
    folder, name, _, shapes = stored(tmp_path, save(SOUND))
    monkeypatch.setattr(classifier, "load", pytest.fail)
    monkeypatch.setattr(classifier.json, "loads", pytest.fail)
    assert "checksum" in refusal(read_weights, folder, name, "0" * 64, shapes)


def test_no_array_is_made_of_a_header_that_is_wrong(tmp_path, monkeypatch):
    monkeypatch.setattr(classifier, "load", pytest.fail)
    for name in ("shape-transposed", "type-of-64-bits", "name-that-is-missing"):
        refusal(read_weights, *stored(tmp_path, FILES[name]()))


def test_an_endless_file_is_refused_by_its_size(tmp_path):
    arguments = stored(tmp_path, save(SOUND))
    os.truncate(tmp_path / "a.safetensors", 20 << 30)  # sparse: it takes no room
    assert "21474836480 bytes" in refusal(read_weights, *arguments)
    (tmp_path / "cards.json").write_bytes(card())
    os.truncate(tmp_path / "cards.json", 20 << 30)
    assert "21474836480 bytes" in refusal(load_cards, tmp_path)


def test_pipes_devices_and_folders_are_not_opened(tmp_path):
    for index, make in enumerate(
        (os.mkfifo, os.mkdir, lambda p: os.symlink("/dev/zero", p), lambda p: os.symlink(p, p))
    ):
        folder = tmp_path / str(index)
        folder.mkdir()
        make(folder / "a.safetensors")
        make(folder / "cards.json")
        refusal(read_weights, folder, "a", "0" * 64, SHAPES)
        refusal(load_cards, folder)


def test_a_link_to_sound_weights_is_followed(tmp_path):
    arguments = stored(tmp_path, save(SOUND))
    (tmp_path / "a.safetensors").rename(tmp_path / "elsewhere")
    (tmp_path / "a.safetensors").symlink_to(tmp_path / "elsewhere")
    assert set(read_weights(*arguments)) == set(SHAPES)


@pytest.mark.parametrize("name", ["../paper", "paper\0", "", "PAPER", "a" * 9999, None, 7, ["a"]])
def test_names_that_no_reader_has_are_wrong_use(name, tmp_path):
    (tmp_path / "cards.json").write_bytes(card())
    with pytest.raises(UsageError) as caught:
        load_classifier(name, folder=tmp_path)
    assert str(caught.value).isprintable()


def test_a_forged_card_ends_a_command_with_five(tmp_path, monkeypatch, capfd):
    (tmp_path / "cards.json").write_bytes(CARDS["nested-objects"]())
    monkeypatch.setattr(classifier, "WEIGHTS", tmp_path)
    monkeypatch.setattr(
        "symscope.pipeline.load_classifier", partial(load_classifier, folder=tmp_path)
    )
    monkeypatch.setenv("SYMSCOPE_CACHE", "")
    code = cli.main(["score", "sample:coins", "--format", "json"])
    out, err = capfd.readouterr()
    assert (code, out) == (5, "")
    assert "model cards" in err


@given(st.binary(max_size=200))
def test_no_bytes_escape_as_weights(tmp_path_factory, data):
    refusal(read_weights, *stored(tmp_path_factory.mktemp("weights"), data))


@given(
    edits=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=4)), min_size=1, max_size=6
    )
)
def test_no_damage_escapes(tmp_path_factory, edits):
    content = bytearray(save(SOUND))
    for place, change in edits:
        at = int(place * len(content))
        content[at : at + len(change)] = change
    try:
        found = read_weights(*stored(tmp_path_factory.mktemp("weights"), bytes(content)))
    except WeightsRejected:
        return
    assert {name: array.shape for name, array in found.items()} == SHAPES
    assert all(np.isfinite(array).all() for array in found.values())


def test_the_package_holds_no_way_to_unpickle():
    """Nothing that can run code from a file is imported, and NumPy is never allowed to."""
    forbidden = re.compile(
        r"^\s*(import|from)\s+(pickle|_pickle|dill|joblib|cloudpickle|shelve|marshal)\b"
        r"|allow_pickle\s*=\s*True|torch\.load|yaml\.(unsafe_)?load\(",
        re.MULTILINE,
    )
    sources = list(Path(errors.__file__).parent.rglob("*.py"))
    assert len(sources) > 50
    assert not [path.name for path in sources if forbidden.search(path.read_text("utf-8"))]


def test_a_card_is_refused_before_its_weights_are_read(tmp_path, monkeypatch):
    (tmp_path / "cards.json").write_bytes(json.dumps({"paper": CARD | {"kind": "sound"}}).encode())
    monkeypatch.setattr(classifier, "read_weights", pytest.fail)
    assert "damaged" in refusal(partial(load_classifier, folder=tmp_path), "paper")

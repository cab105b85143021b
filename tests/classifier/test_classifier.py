"""The classifier: what it is given, what it gives back, and weights that are not what they say."""

import dataclasses
import hashlib
import json
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import load, save

import symscope.pipeline
from fakes.small import random_classifier, random_network
from symscope import cli
from symscope.classifier.classifier import (
    CLASSIFIERS,
    WEIGHTS,
    load_cards,
    load_classifier,
    write_classifier,
)
from symscope.classifier.network import lacking, network_arrays, sharpened
from symscope.errors import UsageError, WeightsRejected
from symscope.evaluation.templates import CONTROL_WEIGHTS
from symscope.features.features import COMPONENTS, GRID, Pictures, features, map_grid
from symscope.groups import CLASS_SETS

CARD = {"classes": "extended", "kind": "maps", "temperature": 1.5}
CLASSES = CLASS_SETS["extended"]


@pytest.fixture(scope="module")
def network():
    return random_network(2, len(CLASSES), 3)


@pytest.fixture(scope="module")
def classifier():
    return random_classifier()


@pytest.fixture
def shipped(tmp_path, network):
    """A folder of one classifier, as training leaves it."""
    write_classifier(tmp_path, "extended", network_arrays(network), CARD)
    return tmp_path


@pytest.fixture(scope="module")
def pictures():
    """Pictures of three networks, made up."""
    rng = np.random.default_rng(0)
    maps = rng.normal(size=(3, COMPONENTS, GRID, GRID)).astype(np.float32)
    plane = rng.random((3, GRID, GRID)).astype(np.float32)
    return Pictures(maps, plane, np.tile(np.float32([0.8, 0.1, 0.05, 0.01]), (3, 1)))


# What it gives back


def test_profiles_are_probabilities(classifier, pictures):
    probabilities = classifier.classify(pictures)
    assert probabilities.shape == (3, len(CLASSES))
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_a_profile_does_not_depend_on_the_other_networks(classifier, pictures):
    alone = Pictures(pictures.maps[1:2], pictures.plane[1:2], pictures.variance[1:2])
    np.testing.assert_array_equal(classifier.classify(alone)[0], classifier.classify(pictures)[1])
    # Not on its place among them either, nor on how many there are.
    order = np.arange(19) % 3
    many = Pictures(pictures.maps[order], pictures.plane[order], pictures.variance[order])
    np.testing.assert_array_equal(classifier.classify(many), classifier.classify(pictures)[order])


def test_a_profile_does_not_depend_on_its_place(classifier):
    # In a product over a whole batch, about one row in a hundred is rounded by its place.
    maps = np.random.default_rng(0).normal(size=(192, COMPONENTS, GRID, GRID)).astype(np.float32)
    plane, variance = np.zeros((192, GRID, GRID), np.float32), np.ones((192, COMPONENTS))
    forth = classifier.classify(Pictures(maps, plane, variance.astype(np.float32)))
    back = classifier.classify(Pictures(maps[::-1], plane, variance.astype(np.float32)))
    np.testing.assert_array_equal(back[::-1], forth)


def test_a_reader_of_maps_does_not_see_the_plane(classifier, pictures):
    other = Pictures(pictures.maps, 1 - pictures.plane, pictures.variance)
    np.testing.assert_array_equal(classifier.classify(pictures), classifier.classify(other))
    assert not np.allclose(
        random_classifier(kind="both").classify(pictures), classifier.classify(pictures)
    )


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_blank_pictures_have_finite_probabilities(name):
    classifier = random_classifier(name)
    maps = np.zeros((1, COMPONENTS, *map_grid(classifier.dimension)[1]), np.float32)
    blank = Pictures(maps, np.zeros((1, GRID, GRID), np.float32), maps[:, :, 0])
    probabilities = classifier.classify(blank)
    assert probabilities.shape == (1, len(classifier.classes))
    assert np.isfinite(probabilities).all()


def test_a_kind_that_does_not_exist_is_named(pictures):
    with pytest.raises(UsageError, match="'colours'"):
        random_classifier(kind="colours").classify(pictures)


def test_temperature_flattens_the_profile_and_keeps_the_order(classifier, pictures):
    warm = dataclasses.replace(classifier, temperature=10.0)
    one, other = classifier.classify(pictures), warm.classify(pictures)
    np.testing.assert_array_equal(one.argsort(axis=1), other.argsort(axis=1))
    assert (np.ptp(other, axis=1) < np.ptp(one, axis=1)).all()
    # Softmax of logits divided by ten: a tenth root, normalised.
    root = one.astype(np.float64) ** 0.1
    np.testing.assert_allclose(other, root / root.sum(axis=1, keepdims=True), atol=1e-4)


def test_dropout_acts_only_with_a_key(network, pictures):
    given = {k: jnp.asarray(v[0]) for k, v in features(pictures.maps[:1], None, 2).items()}
    asked = eqx.filter_jit(network)
    plain = asked(given)
    np.testing.assert_array_equal(plain, asked(given))
    dropped = asked(given, jax.random.key(0))
    assert dropped.shape == plain.shape
    assert not np.allclose(plain, dropped)


def test_what_is_lacking_is_spread_near_the_exact():
    agreement = jnp.array([0.5, 0.6, 0.84, 0.88, 0.91, 0.99])
    spread = np.asarray(lacking(4 * (agreement - 0.5)))
    assert (np.diff(spread) > 0).all()
    assert spread[4] - spread[3] > 2 * (spread[1] - spread[0])
    assert (np.diff(spread - np.asarray(sharpened(4 * (agreement - 0.5)))) > 0).all()
    assert random_network(3, 6).logarithmic
    assert not random_network(1, 3).logarithmic


# Weights


def test_what_ships_comes_back_bit_by_bit(shipped, network):
    found = load_classifier("extended", folder=shipped)
    assert found.classes == CLASSES
    assert (found.kind, found.temperature) == ("maps", 1.5)
    assert found.sha256 == load_cards(shipped)["extended"]["sha256"]
    for key, value in network_arrays(network).items():
        np.testing.assert_array_equal(network_arrays(found.network)[key], value)
    assert jax.tree.structure(found.network) == jax.tree.structure(network)


def test_what_ships_reads_as_before(shipped, network, pictures):
    found = load_classifier("extended", folder=shipped)
    before = dataclasses.replace(found, network=network)
    np.testing.assert_array_equal(found.classify(pictures), before.classify(pictures))


def test_a_second_reader_joins_the_first(shipped):
    card = {**CARD, "classes": "paper"}
    write_classifier(shipped, "paper", network_arrays(random_classifier("paper").network), card)
    assert set(load_cards(shipped)) == {"paper", "extended"}
    assert load_classifier("extended", folder=shipped).classes == CLASS_SETS["extended"]
    assert load_classifier("paper", folder=shipped).classes == CLASS_SETS["paper"]
    assert not list(shipped.glob("*.part"))


def weights(folder):
    return folder / "extended.safetensors"


def describe(folder, **changes):
    """Change entries of the card; None removes one."""
    cards = load_cards(folder)
    card = {k: v for k, v in (cards["extended"] | changes).items() if v is not None}
    (folder / "cards.json").write_text(json.dumps(cards | {"extended": card}))


def replace(folder, content):
    """Write other weights and let the card agree with them, as a forger would."""
    weights(folder).write_bytes(content)
    describe(folder, sha256=hashlib.sha256(content).hexdigest())


def edit(folder, change):
    arrays = load(weights(folder).read_bytes())
    change(arrays)
    replace(folder, save(arrays))


def flip_a_byte(folder):
    content = bytearray(weights(folder).read_bytes())
    content[len(content) // 2] ^= 1
    weights(folder).write_bytes(content)


def truncate(folder):
    weights(folder).write_bytes(weights(folder).read_bytes()[:-100])


def drop_an_array(folder):
    edit(folder, lambda arrays: arrays.pop(next(iter(arrays))))


def add_an_array(folder):
    edit(folder, lambda arrays: arrays.update(extra=np.zeros(3, np.float32)))


def reshape_an_array(folder):
    def change(arrays):
        name = max(arrays, key=lambda key: arrays[key].size)
        arrays[name] = arrays[name].ravel()

    edit(folder, change)


def widen_an_array(folder):
    edit(folder, lambda arrays: arrays.update({k: v.astype(float) for k, v in arrays.items()}))


def spoil_a_number(value):
    def change(arrays):
        next(iter(arrays.values())).flat[0] = value

    return partial(edit, change=change)


def wrong_checksum(folder):
    describe(folder, sha256="0" * 64)


def no_safetensors(folder):
    replace(folder, b"these are no weights at all")


def no_weights(folder):
    weights(folder).unlink()


def a_folder_instead(folder):
    weights(folder).unlink()
    weights(folder).mkdir()


def no_cards(folder):
    (folder / "cards.json").unlink()


def damaged_cards(folder):
    (folder / "cards.json").write_text('{"extended": {')


def binary_cards(folder):
    (folder / "cards.json").write_bytes(b"\xff\xfe\x00")


def cards_in_a_list(folder):
    (folder / "cards.json").write_text("[1, 2]")


def card_is_text(folder):
    (folder / "cards.json").write_text('{"extended": "yes"}')


ALTERATIONS = {
    "flipped byte": flip_a_byte,
    "truncated": truncate,
    "missing array": drop_an_array,
    "extra array": add_an_array,
    "wrong shape": reshape_an_array,
    "wrong type": widen_an_array,
    "NaN": spoil_a_number(np.nan),
    "infinity": spoil_a_number(np.inf),
    "wrong checksum": wrong_checksum,
    "not safetensors": no_safetensors,
    "empty": partial(replace, content=b""),
    "missing weights": no_weights,
    "folder instead": a_folder_instead,
    "missing cards": no_cards,
    "damaged cards": damaged_cards,
    "binary cards": binary_cards,
    "cards in a list": cards_in_a_list,
    "card is text": card_is_text,
    "no checksum": partial(describe, sha256=None),
    "no classes": partial(describe, classes=None),
    "unknown classes": partial(describe, classes="other"),
    "other classes": partial(describe, classes="paper"),
    "classes are a list": partial(describe, classes=["extended"]),
    "no kind": partial(describe, kind=None),
    "no temperature": partial(describe, temperature=None),
    "temperature is text": partial(describe, temperature="1.0"),
    "temperature is zero": partial(describe, temperature=0.0),
    "temperature is negative": partial(describe, temperature=-1.0),
    "temperature is huge": partial(describe, temperature=1e30),
    "beyond any trained weight": spoil_a_number(3e38),
    "temperature is no number": partial(describe, temperature=float("nan")),
}


@pytest.mark.parametrize("alter", ALTERATIONS.values(), ids=ALTERATIONS.keys())
def test_altered_weights_are_rejected_and_end_a_command_with_five(
    alter, shipped, monkeypatch, capfd
):
    alter(shipped)
    with pytest.raises(WeightsRejected) as caught:
        load_classifier("extended", folder=shipped)
    assert "\n" not in str(caught.value)

    monkeypatch.setattr(
        symscope.pipeline, "load_classifier", partial(load_classifier, folder=shipped)
    )
    monkeypatch.setenv("SYMSCOPE_CACHE", "")
    code = cli.main(["score", "sample:coins", "--format", "json"])
    out, err = capfd.readouterr()
    assert code == 5
    assert out == ""
    assert err.count("\n") == 1
    assert str(caught.value) in err.replace("\n", " ")


def test_a_reader_that_does_not_exist_is_wrong_use(shipped):
    with pytest.raises(UsageError, match="expected one of extended"):
        load_classifier("other", folder=shipped)


def test_names_of_arrays_are_those_of_the_module(network):
    names = network_arrays(network)
    assert len(names) == len(jax.tree.leaves(eqx.filter(network, eqx.is_array)))
    assert any(name.startswith("head.") for name in names)
    assert all(value.dtype == np.float32 for value in names.values())
    assert all(value.flags.c_contiguous for value in names.values())


@pytest.mark.parametrize("folder", [WEIGHTS, CONTROL_WEIGHTS])
def test_what_ships_is_as_its_cards_say(folder):
    # Those of evidence are held to their cards in test_evidence_classifier.
    names = {name for name, card in load_cards(folder).items() if card["kind"] != "evidence"}
    assert names == set(CLASSIFIERS) if folder == WEIGHTS else len(names) == 20
    for name in names:
        classifier = load_classifier(name, folder=folder)
        assert (classifier.name, len(classifier.sha256)) == (name, 64)
        assert classifier.dimension == CLASSIFIERS[load_cards(folder)[name]["classes"]][0]


def test_of_a_line_and_of_space_there_is_one_classifier():
    assert load_classifier("paper", 1).name == "signal"
    assert load_classifier("extended", 3).name == load_classifier("volume").name == "volume"

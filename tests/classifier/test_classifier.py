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
from small import disc, random_classifier
from symscope import cli
from symscope.classifier.classifier import (
    CHANNELS,
    GROUPS,
    Classifier,
    arrange,
    classifier_arrays,
    features,
    load_cards,
    load_classifier,
    picture_channels,
    pixel_channels,
    stack,
)
from symscope.classifier.stored_weights import write_classifier
from symscope.errors import UsageError, WeightsRejected
from symscope.features.pca import COMPONENTS, GRID, Pictures
from symscope.groups import CLASS_SETS

CARD = {"classes": "extended", "kind": "maps", "temperature": 1.5}
CLASSES = CLASS_SETS["extended"]


@pytest.fixture(scope="module")
def network():
    return Classifier.initial(jax.random.key(3), len(CLASSES))


@pytest.fixture(scope="module")
def classifier():
    return random_classifier()


@pytest.fixture
def shipped(tmp_path, network):
    """A folder of one classifier, as training leaves it."""
    write_classifier(tmp_path, "extended", classifier_arrays(network), CARD)
    return tmp_path


@pytest.fixture(scope="module")
def seen():
    """Pictures of three networks, made up."""
    rng = np.random.default_rng(0)
    maps = rng.normal(size=(3, COMPONENTS, GRID, GRID)).astype(np.float32)
    plane = rng.random((3, GRID, GRID)).astype(np.float32)
    return Pictures(maps, plane, np.tile(np.float32([0.8, 0.1, 0.05, 0.01]), (3, 1)))


# What a classifier is given


def test_channels_that_a_kind_does_not_take_are_zero(seen):
    maps, plane = (picture_channels(seen, 1, kind) for kind in ("maps", "plane"))
    np.testing.assert_array_equal(maps[:COMPONENTS], seen.maps[1])
    np.testing.assert_array_equal(maps[COMPONENTS], 0)
    np.testing.assert_array_equal(plane[:COMPONENTS], 0)
    np.testing.assert_array_equal(plane[COMPONENTS], seen.plane[1])
    np.testing.assert_array_equal(picture_channels(seen, 1, "both"), maps + plane)


def test_a_kind_that_does_not_exist_is_named(seen):
    with pytest.raises(UsageError, match="'pixels'"):
        picture_channels(seen, 0, "pixels")


def test_groups_share_out_all_channels():
    assert sorted(channel for group in GROUPS for channel in group) == list(range(CHANNELS))


def test_pixels_are_averaged_into_the_first_channel():
    levels = disc()
    channels = pixel_channels(levels, GRID)
    assert channels.shape == (CHANNELS, GRID, GRID)
    assert (channels.min(), channels.max()) == (-1, 1)
    np.testing.assert_array_equal(channels[1:], 0)
    assert channels[0].mean() == pytest.approx(2 * levels.mean() - 1, abs=1e-6)
    assert channels[0, 0, 0] == -1


def test_features_of_nothing_are_nothing():
    nothing = features(np.zeros((CHANNELS, GRID, GRID)))
    something = features(pixel_channels(disc(), GRID))
    for key, value in nothing.items():
        assert value.shape == something[key].shape
        np.testing.assert_array_equal(value, 0)


def test_features_of_unused_groups_are_zero(seen):
    found = features(arrange(None, seen.plane[0]))
    np.testing.assert_array_equal(found["mirror"][:2], 0)
    assert np.any(found["mirror"][2])
    orders = found["rotation"].reshape(len(GROUPS), -1)
    assert [bool(np.any(group)) for group in orders] == [False, False, True]


def test_pictures_together_have_the_features_of_each_alone(seen):
    blank = np.zeros((CHANNELS, GRID, GRID), np.float32)
    rows = [picture_channels(seen, 0, "maps"), blank, arrange(seen.maps[1][:1], None)]
    together = features(np.stack(rows))
    for number, row in enumerate(rows):
        for key, value in features(row).items():
            np.testing.assert_array_equal(together[key][number], value)


def test_the_sign_of_a_component_changes_no_agreement(seen):
    signs = np.array([-1, 1, 1, 1, 1], np.float32)[:, None, None]
    channels = picture_channels(seen, 0, "both")
    one, other = features(channels), features(channels * signs)
    for key in ("mirror", "rotation", "translation"):
        np.testing.assert_allclose(other[key], one[key], atol=1e-5)


# What it gives back


def test_profiles_are_probabilities(classifier, seen):
    probabilities = classifier.read(seen)
    assert probabilities.shape == (3, len(CLASSES))
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_a_profile_does_not_depend_on_the_other_networks(classifier, seen):
    alone = Pictures(seen.maps[1:2], seen.plane[1:2], seen.variance[1:2])
    np.testing.assert_array_equal(classifier.read(alone)[0], classifier.read(seen)[1])
    # Not on its place among them either, nor on how many there are.
    order = np.arange(19) % 3
    many = Pictures(seen.maps[order], seen.plane[order], seen.variance[order])
    np.testing.assert_array_equal(classifier.read(many), classifier.read(seen)[order])


def test_a_profile_does_not_depend_on_its_place(classifier):
    # In a product over a whole batch, about one row in a hundred is rounded by its place.
    maps = np.random.default_rng(0).normal(size=(192, COMPONENTS, GRID, GRID)).astype(np.float32)
    plane, variance = np.zeros((192, GRID, GRID), np.float32), np.ones((192, COMPONENTS))
    forth = classifier.read(Pictures(maps, plane, variance.astype(np.float32)))
    back = classifier.read(Pictures(maps[::-1], plane, variance.astype(np.float32)))
    np.testing.assert_array_equal(back[::-1], forth)


def test_a_reader_of_maps_does_not_see_the_plane(classifier, seen):
    other = Pictures(seen.maps, 1 - seen.plane, seen.variance)
    np.testing.assert_array_equal(classifier.read(seen), classifier.read(other))
    assert not np.allclose(random_classifier(kind="both").read(seen), classifier.read(seen))


def test_a_blank_picture_has_a_finite_probabilities(classifier):
    blank = stack([features(np.zeros((CHANNELS, GRID, GRID)))])
    assert np.isfinite(classifier.probabilities(blank)).all()


def test_temperature_flattens_the_profile_and_keeps_the_order(classifier, seen):
    warm = dataclasses.replace(classifier, temperature=10.0)
    one, other = classifier.read(seen), warm.read(seen)
    np.testing.assert_array_equal(one.argsort(axis=1), other.argsort(axis=1))
    assert (np.ptp(other, axis=1) < np.ptp(one, axis=1)).all()
    # Softmax of logits divided by ten: a tenth root, normalised.
    root = one.astype(np.float64) ** 0.1
    np.testing.assert_allclose(other, root / root.sum(axis=1, keepdims=True), atol=1e-4)


def test_dropout_acts_only_with_a_key(network, seen):
    found = {k: jnp.asarray(v) for k, v in features(picture_channels(seen, 0, "maps")).items()}
    plain = network(found)
    np.testing.assert_array_equal(plain, network(found))
    dropped = network(found, jax.random.key(0))
    assert dropped.shape == plain.shape
    assert not np.allclose(plain, dropped)


# Weights


def test_what_ships_comes_back_bit_by_bit(shipped, network):
    found = load_classifier("extended", shipped)
    assert found.classes == CLASSES
    assert (found.kind, found.temperature) == ("maps", 1.5)
    assert found.sha256 == load_cards(shipped)["extended"]["sha256"]
    for key, value in classifier_arrays(network).items():
        np.testing.assert_array_equal(classifier_arrays(found.network)[key], value)
    assert jax.tree.structure(found.network) == jax.tree.structure(network)


def test_what_ships_reads_as_before(shipped, network, seen):
    found = load_classifier("extended", shipped)
    before = dataclasses.replace(found, network=network)
    np.testing.assert_array_equal(found.read(seen), before.read(seen))


def test_a_second_reader_joins_the_first(shipped):
    card = {**CARD, "classes": "paper"}
    write_classifier(shipped, "paper", classifier_arrays(random_classifier("paper").network), card)
    assert set(load_cards(shipped)) == {"paper", "extended"}
    assert load_classifier("extended", shipped).classes == CLASS_SETS["extended"]
    assert load_classifier("paper", shipped).classes == CLASS_SETS["paper"]
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
        load_classifier("extended", shipped)
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
        load_classifier("other", shipped)


def test_names_of_arrays_are_those_of_the_module(network):
    names = classifier_arrays(network)
    assert len(names) == len(jax.tree.leaves(eqx.filter(network, eqx.is_array)))
    assert any(name.startswith("head.") for name in names)
    assert all(value.dtype == np.float32 for value in names.values())
    assert all(value.flags.c_contiguous for value in names.values())

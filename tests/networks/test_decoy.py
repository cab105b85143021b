"""Ensemble: what they learn, what they cannot, and that nobody else's picture matters."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from fakes.small import SIDE, TINY, disc, white_noise
from symscope.errors import UsageError
from symscope.field import Field
from symscope.networks.decoys import SETTINGS, Settings, network_key, train
from symscope.networks.ensemble import Ensemble

NETWORKS = 2
POINTS = np.random.default_rng(0).uniform(-1, 1, (60, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def fields():
    return [Field.from_levels(levels) for levels in (disc(), white_noise(), disc(-0.3, 0.2, 0.4))]


@pytest.fixture(scope="module")
def together(fields):
    return train(fields, NETWORKS, TINY)


@pytest.fixture(scope="module")
def of_disc(together):
    return together[0]


def leaves(decoys):
    return jax.tree.leaves((decoys.stacks[0], decoys.untrained))


def check_equal(one: Ensemble, other: Ensemble, which: slice = slice(None)):
    """Every bit of the networks and of what was measured on them."""
    for a, b in zip(leaves(one), leaves(other), strict=True):
        np.testing.assert_array_equal(a, b[which])
    for name in ("training_accuracy", "validation_accuracy", "explained_variance", "steps"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name)[which])


def test_a_network_does_not_depend_on_what_shares_the_batch(fields, together):
    for field, found in zip(fields, together, strict=True):
        check_equal(train([field], NETWORKS, TINY)[0], found)
    for found, expected in zip(train(fields[::-1], NETWORKS, TINY), together[::-1], strict=True):
        check_equal(found, expected)


def test_a_network_does_not_depend_on_how_many_there_are(fields, of_disc):
    many = train(fields[:1], 18, TINY)[0]  # more than fit one call of the program
    assert many.training_accuracy.shape == (18,)
    check_equal(of_disc, many, slice(NETWORKS))
    hidden = many.hidden(POINTS)
    for i in range(17):
        assert not np.allclose(hidden[i], hidden[i + 1])  # each is another network


def test_the_mean_that_values_are_guessed_to_be_does_not_decay():
    """Else hidden layers would have to make good what is lost, of a bright picture the more."""
    settings = replace(TINY, task="picture", weight_decay=200.0, rounds=1)
    for bright in (0.2, 0.8):
        values = np.where(disc().ravel() > 0, bright, bright + 0.1)[:, None].astype(np.float32)
        field = replace(Field.from_levels(disc()), values=values)
        (answer,) = train([field], 1, settings)[0].preview(disc().shape)
        # All else has decayed.
        assert np.ptp(answer) < 0.02
        assert abs(float(answer.mean()) - float(values.mean())) < 0.02


def test_the_seed_and_the_picture_choose_the_networks(fields, of_disc):
    other = train(fields[:1], NETWORKS, TINY, seed=1)[0]
    assert not np.array_equal(other.untrained[0].weights[0], of_disc.untrained[0].weights[0])
    keys = {
        network_key(field.sha256, seed, network).tobytes()
        for field in fields
        for seed in range(3)
        for network in range(4)
    }
    assert len(keys) == 36


def test_a_simple_picture_is_learned(fields, of_disc):
    assert (of_disc.training_accuracy > 0.95).all()
    assert (of_disc.validation_accuracy > 0.9).all()
    assert ((of_disc.explained_variance > 0.7) & (of_disc.explained_variance <= 1)).all()
    probability = of_disc.answers_at(fields[0].coords)
    assert probability.shape == (NETWORKS, SIDE**2, 2)
    np.testing.assert_allclose(probability.sum(axis=-1), 1, atol=1e-5)
    np.testing.assert_allclose(of_disc.answers, probability, atol=1e-4)
    right = (probability.argmax(axis=-1) == fields[0].levels).mean(axis=1)
    share = TINY.held_out
    np.testing.assert_allclose(
        right,
        (1 - share) * of_disc.training_accuracy + share * of_disc.validation_accuracy,
        atol=2e-3,
    )


def test_noise_is_not_learned(together):
    noise = together[1]
    assert (np.abs(noise.validation_accuracy - 0.5) < 0.1).all()
    assert (noise.training_accuracy < 0.7).all()


@pytest.fixture(scope="module")
def eager():
    """Networks that remember even random levels."""
    settings = replace(TINY, bandwidth=20.0, learned=0.99, weight_decay=0.0, rounds=3)
    return train([Field.from_levels(white_noise(2, side=16))], 8, settings)[0]


def test_what_is_remembered_shows_as_overfitting(eager):
    """Held-out points take no part: random levels are remembered where they were trained on."""
    assert eager.training_accuracy.mean() > 0.9
    assert abs(eager.validation_accuracy.mean() - 0.5) < 0.15


def test_a_network_stops_when_it_has_learned(together, eager):
    assert (together[0].steps >= TINY.steps).all()
    # One round of three was enough; where it was not, the next one followed.
    assert (eager.training_accuracy >= 0.99).all()
    assert (eager.steps == TINY.steps).all()
    assert (together[1].training_accuracy < TINY.learned).all()
    assert (together[1].steps == TINY.rounds * TINY.steps).all()


def test_the_control_has_learned_nothing(fields, of_disc):
    fresh = of_disc.before_training()
    assert (fresh.training_accuracy == 0).all()
    assert (fresh.steps == 0).all()
    assert fresh.hidden(POINTS).shape == of_disc.hidden(POINTS).shape
    assert not np.allclose(fresh.hidden(POINTS), of_disc.hidden(POINTS), atol=0.1)
    # The waves that encode a point are drawn once and stay.
    np.testing.assert_array_equal(fresh.stacks[0].waves, of_disc.stacks[0].waves)
    right = (fresh.answers_at(fields[0].coords).argmax(axis=-1) == fields[0].levels).mean()
    assert right < 0.85


@pytest.mark.parametrize("method", ["hidden", "jacobian", "answers_at"])
def test_a_network_alone_answers_as_among_others_to_the_last_bit(of_disc, method):
    alone = replace(of_disc, stacks=jax.tree.map(lambda leaf: leaf[:1], of_disc.stacks))
    both = getattr(of_disc, method)(POINTS)
    np.testing.assert_array_equal(getattr(alone, method)(POINTS), both[:1])


def by_hand(decoys: Ensemble, network: int, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hidden layer and logits of one network in plain NumPy, double precision."""
    decoy = jax.tree.map(lambda leaf: np.asarray(leaf[network], np.float64), decoys.stacks[0])
    phases = points @ decoy.waves
    x = np.concatenate([points, np.cos(phases), np.sin(phases)], axis=-1)
    for weight, bias in zip(decoy.weights[:-1], decoy.biases[:-1], strict=True):
        x = x @ weight + bias
        x = np.where(x > 0, x, 0.01 * x)
    return x, x @ decoy.weights[-1] + decoy.biases[-1]


def test_the_hidden_layer_is_the_last_one_before_the_logits(of_disc):
    hidden = of_disc.hidden(POINTS)
    assert hidden.shape == (NETWORKS, len(POINTS), TINY.width)
    assert of_disc.output_directions.shape == (NETWORKS, TINY.width, 1)
    for network in range(NETWORKS):
        expected, logits = by_hand(of_disc, network, POINTS.astype(np.float64))
        np.testing.assert_allclose(hidden[network], expected, atol=1e-4, rtol=1e-4)
        probability = 1 / (1 + np.exp(-logits[:, 0]))
        np.testing.assert_allclose(
            of_disc.answers_at(POINTS)[network, :, 1], probability, atol=1e-4
        )


def test_the_jacobian_is_the_finite_difference(of_disc):
    jacobian = of_disc.jacobian(POINTS)
    assert jacobian.shape == (NETWORKS, len(POINTS), TINY.width, 2)
    step = 1e-6
    points = POINTS.astype(np.float64)
    for network in range(NETWORKS):
        for axis in range(2):
            move = step * np.eye(2)[axis]
            rise = by_hand(of_disc, network, points + move)[0]
            fall = by_hand(of_disc, network, points - move)[0]
            expected = (rise - fall) / (2 * step)
            np.testing.assert_allclose(jacobian[network, ..., axis], expected, atol=5e-3, rtol=1e-3)


@pytest.fixture(scope="module")
def three_levels_in_space():
    coords = np.random.default_rng(0).uniform(-1, 1, (600, 3)).astype(np.float32)
    return Field(coords, np.digitize(coords[:, 2], [-0.4, 0.3]).astype(np.int32))


def test_more_levels_and_dimensions(three_levels_in_space):
    field = three_levels_in_space
    settings = Settings(width=16, depth=2, frequencies=0, steps=200, rounds=1, batch=64)
    decoys = train([field], NETWORKS, settings)[0]
    probability = decoys.answers_at(field.coords)
    assert probability.shape == (NETWORKS, 600, 3)
    np.testing.assert_allclose(probability.sum(axis=-1), 1, atol=1e-5)
    assert (probability.argmax(axis=-1) == field.levels).mean() > 0.9
    assert decoys.jacobian(field.coords[:5]).shape == (NETWORKS, 5, 16, 3)
    assert decoys.output_directions.shape == (NETWORKS, 16, 3)


@pytest.mark.parametrize("networks", [0, -1])
def test_there_must_be_a_network(fields, networks):
    with pytest.raises(UsageError, match=str(networks)):
        train(fields[:1], networks, TINY)


def test_fields_of_one_call_have_one_shape(fields):
    other = Field.from_levels(disc(side=32))
    with pytest.raises(UsageError, match="separate calls"):
        train([fields[0], other], 1, TINY)


def test_no_field_is_no_network():
    assert train([], 3, TINY) == []


def test_settings_are_named_by_what_they_say():
    assert Settings().fingerprint == SETTINGS["fast"].fingerprint
    assert len({Settings().fingerprint, SETTINGS["paper"].fingerprint, TINY.fingerprint}) == 3
    assert SETTINGS["paper"].width == 200  # neurons of the paper's last layer
    assert len(TINY.fingerprint) == 12

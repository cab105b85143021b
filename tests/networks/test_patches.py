"""Networks of patches: what they see, what training changes, and that nobody else matters."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fakes.small import disc, white_noise
from symscope.errors import UsageError
from symscope.field import Field, pixel_centres
from symscope.networks.patches import train
from symscope.networks.patches.patches import all_patches, middle, patches_at
from symscope.networks.settings import PatchSettings

SIDE = 32
SMALL = {"patch": 6, "width": 24, "noise": 4, "steps": 150, "batch": 64}
POINTS = np.random.default_rng(0).uniform(-0.9, 0.9, (40, 2)).astype(np.float32)


def settings(word):
    return PatchSettings(task=word, latent=8 if word.startswith("gan") else 4, **SMALL)


@pytest.fixture(scope="module")
def fields():
    return [Field.from_levels(levels) for levels in (disc(side=SIDE), white_noise(side=SIDE))]


@pytest.fixture(scope="module", params=["vae", "gan"])
def trained(request, fields):
    return request.param, train(fields, 2, settings(request.param))


def test_patches_are_cut_around_their_points():
    image = jnp.asarray(np.random.default_rng(1).normal(size=(SIDE, SIDE)).astype(np.float32))
    corners = jnp.asarray(pixel_centres(SIDE - 1, SIDE - 1) * (SIDE - 1) / SIDE)
    np.testing.assert_allclose(patches_at(image, corners, 6), all_patches(image, 6), atol=1e-5)
    inside = middle(patches_at(image, jnp.zeros((1, 2)), 6))[0]
    assert inside == pytest.approx(float(image[15:17, 15:17].mean()), abs=1e-6)


def test_a_network_does_not_depend_on_what_shares_the_batch(fields, trained):
    word, together = trained
    alone = train(fields[1:], 3, settings(word))[0]
    for one, other in zip(
        jax.tree.leaves(alone.stacks), jax.tree.leaves(together[1].stacks), strict=True
    ):
        np.testing.assert_array_equal(one[:2], other)
    np.testing.assert_array_equal(alone.hidden(POINTS)[:2], together[1].hidden(POINTS))
    np.testing.assert_array_equal(alone.validation_accuracy[:2], together[1].validation_accuracy)


def test_later_networks_may_be_trained_later(fields, trained):
    word, together = trained
    later = train(fields[:1], 1, settings(word), first=1)[0]
    np.testing.assert_array_equal(later.hidden(POINTS)[0], together[0].hidden(POINTS)[1])
    assert not np.allclose(later.hidden(POINTS)[0], together[0].hidden(POINTS)[0])


def test_a_picture_is_learned_and_noise_is_not(trained):
    word, (of_disc, of_noise) = trained
    if word == "vae":
        assert (of_disc.validation_accuracy > 0.5).all()
        np.testing.assert_array_equal(of_disc.explained_variance, of_disc.validation_accuracy)
        assert (of_noise.validation_accuracy < 0.4).all()
    else:
        assert (of_disc.validation_accuracy > 0.6).all()
        # A guess puts half of the patches right.
        np.testing.assert_allclose(of_disc.explained_variance, 2 * of_disc.validation_accuracy - 1)
        assert (np.abs(of_noise.validation_accuracy - 0.5) < 0.2).all()


def test_what_is_looked_at_has_the_shapes_of_a_decoys(trained):
    word, (found, _) = trained
    assert found.hidden(POINTS).shape == (2, 40, settings(word).latent)
    jacobian = found.jacobian(POINTS)
    assert jacobian.shape == (2, 40, settings(word).latent, 2)
    assert np.isfinite(jacobian).all()
    preview = found.preview((16, 16))
    assert preview.shape == (2, 16, 16)
    assert ((preview >= 0) & (preview <= 1)).all()
    assert (found.steps == SMALL["steps"]).all()


def test_untrained_and_shuffled_networks_have_learned_nothing_of_the_picture(fields):
    untrained = train(fields[:1], 1, settings("vae:untrained"))[0]
    assert untrained.steps.tolist() == [0]
    assert untrained.validation_accuracy[0] < 0.1
    shuffled = train(fields[:1], 1, settings("vae:shuffled"))[0]
    assert shuffled.validation_accuracy[0] < 0.4
    assert np.abs(shuffled.hidden(POINTS) - untrained.hidden(POINTS)).max() > 1e-3


def test_what_has_no_patches_is_refused(fields):
    scattered = Field(POINTS, np.zeros(40, int))
    for wrong in (scattered, Field.from_levels(np.eye(8, dtype=int))):
        with pytest.raises(UsageError, match="square grids of one size"):
            train([fields[0], wrong], 1, settings("vae"))
    with pytest.raises(UsageError, match="at least 1"):
        train(fields, 0, settings("vae"))
    assert train([], 1, settings("vae")) == []

"""What a network is taught, from which points, and how it is judged."""

from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from symscope.errors import UsageError
from symscope.field import Field, pixel_centres
from symscope.networks.decoys import BLOCKS, NOISE, fit_of, target_of, training_data, training_of
from symscope.networks.ensemble import Ensemble, Fit
from symscope.networks.settings import settings_for
from symscope.options import Options
from symscope.tasks import parse_task

KEY = jax.random.key(3)
POINTS = pixel_centres(64, 64)
LEVELS = jnp.asarray((POINTS[:, 0] > 0.2).astype(np.int32))


@pytest.fixture(scope="module")
def field():
    values = ((POINTS[:, :1] + 1) / 2).astype(np.float32)
    return Field(POINTS, np.asarray(LEVELS), (64, 64), values)


@partial(jax.jit, static_argnums=0)
def drawn(word):
    """What a task draws: training and held-out points, what is taught, and the truth."""
    settings = replace(settings_for(Options(task=word)), held_out=0.25)
    return training_data(settings, KEY, jax.random.key(4), jnp.asarray(POINTS), LEVELS)


@partial(jax.jit, static_argnums=0)
def fitted(word, *given):
    return fit_of(parse_task(word), *given)


def judged(word, outputs, target, points=None):
    """How much is right, and how much explained, among some points; all of them by default."""
    points = jnp.arange(len(target)) if points is None else points
    right, held_out, explained = fitted(word, outputs, target, points, points)
    assert right == held_out
    return float(right), float(explained)


def test_inpainting_leaves_out_whole_blocks():
    training, held, *_ = drawn("inpainting")
    assert len({*training.tolist(), *held.tolist()}) == 4096
    blocks = ((POINTS + 1) / 2 * BLOCKS).astype(int) @ [1, BLOCKS]
    assert not set(blocks[training]) & set(blocks[held])
    assert len(set(blocks[held])) == BLOCKS**2 / 4


def test_other_tasks_hold_out_points_from_everywhere():
    _, held, *_ = drawn("colours")
    blocks = ((POINTS + 1) / 2 * BLOCKS).astype(int) @ [1, BLOCKS]
    assert set(blocks[held]) == set(range(BLOCKS**2))


def test_denoising_is_taught_with_noise_and_judged_without():
    *_, taught, truth = drawn("denoising")
    assert (truth == LEVELS).all()
    assert float((taught != LEVELS).mean()) == pytest.approx(NOISE, abs=0.02)


@pytest.mark.parametrize("word", ["colours", "intensity"])
def test_values_are_guessed_to_be_their_mean_before_they_are_learned(word, field):
    """A picture and its negative begin equally far from what they learn."""
    settings = replace(settings_for(Options(task=word)), steps=1)
    target, outputs = target_of(parse_task(word), field)
    job = jax.random.key_data(KEY), *map(jnp.asarray, (field.coords, target)), jnp.bool_(True)
    decoy = training_of(settings, outputs, 1, job)[0].decoy
    guess = target.mean() if parse_task(word).regression else 0.0
    assert np.asarray(decoy.biases[-1]) == pytest.approx(guess, abs=1e-6)
    assert not np.asarray(decoy.biases[0]).any()


def test_random_colours_are_the_pictures_own_at_random_places():
    *_, taught, truth = drawn("random")
    assert (taught == truth).all()
    assert int(taught.sum()) == int(LEVELS.sum())
    assert abs(np.corrcoef(taught, LEVELS)[0, 1]) < 0.06


def test_a_regression_is_judged_by_the_variance_it_explains(field):
    target, _ = target_of(parse_task("intensity"), field)
    assert judged("intensity", jnp.asarray(target), target)[0] == pytest.approx(1)
    guess = jnp.full_like(target, target.mean())
    assert judged("intensity", guess, target)[0] == pytest.approx(0, abs=1e-5)


def test_levels_are_judged_by_the_points_that_are_right():
    assert judged("colours", jnp.where(LEVELS > 0, 5.0, -5.0)[:, None], LEVELS)[0] == 1


def test_outputs_follow_the_task_and_not_the_picture(field):
    expected = {"colours": 1, "greys:4": 4, "greys:2": 1, "intensity": 1}
    assert {word: target_of(parse_task(word), field)[1] for word in expected} == expected


def test_values_are_asked_for_where_they_lack():
    with pytest.raises(UsageError, match="without values"):
        target_of(parse_task("rgb"), Field.from_levels(np.eye(4, dtype=int)))


def ensemble(word, answers):
    none = np.zeros(len(answers), np.float32)
    settings = settings_for(Options(task=word))
    return Ensemble((), (), answers, none, none, none, none.astype(int), settings)


@pytest.mark.parametrize(
    ("word", "guess"), [("colours", None), ("intensity", 0), ("vae", 0), ("gan", 0.5)]
)
def test_a_constant_guess_has_what_the_task_counts(field, word, guess):
    share = float((LEVELS == 0).mean()) if guess is None else guess
    fit = Fit.of(ensemble(word, np.zeros((2, 5, 1), np.float32)), field)
    assert fit.chance_accuracy == pytest.approx(share)


def test_answers_become_shades():
    even = np.full((2, 6, 3), 1 / 3, np.float32)
    assert ensemble("greys:3", even).preview((2, 3)) == pytest.approx(np.full((2, 2, 3), 0.5))
    assert ensemble("rgb", even + 1).preview((6,)).max() == 1
    assert ensemble("colours", even[..., :2]).preview((6,)).shape == (2, 6)


def test_what_is_explained_counts_a_colour_that_is_nowhere_the_likelier() -> None:
    # One dot in ten on the right side: a probability of 0.1 there is all that can be known.
    dots = np.asarray(LEVELS) * (np.arange(4096) % 10 == 0)
    known = jnp.where(LEVELS > 0, jnp.log(dots.sum() / (np.asarray(LEVELS).sum() - dots.sum())), -9)
    right, explained = judged("colours", known[:, None], jnp.asarray(dots))
    assert right == pytest.approx(1 - dots.mean())
    assert 0.04 < explained < 0.1


@pytest.mark.parametrize("name", ["colours", "greys:3"])
def test_explained_is_one_for_the_truth_and_none_for_a_constant_guess(name) -> None:
    levels = LEVELS + (POINTS[:, 1] > 0.5) if name == "greys:3" else LEVELS
    share = jnp.bincount(levels) / 4096
    if name == "greys:3":
        right, guess = 50.0 * jax.nn.one_hot(levels, 3), jnp.tile(jnp.log(share), (4096, 1))
    else:
        right = 50.0 * (2.0 * levels[:, None] - 1)
        guess = jnp.full((4096, 1), jnp.log(share[1] / share[0]))
    assert judged(name, right, levels)[1] == pytest.approx(1, abs=1e-4)
    assert judged(name, guess, levels)[1] == pytest.approx(0, abs=1e-4)
    # Points of one level alone have no variance of their own.
    assert np.isfinite(judged(name, guess, levels, jnp.flatnonzero(levels == 0))[1])


def test_of_values_explained_is_what_is_right(field) -> None:
    values = jnp.asarray(field.values)
    right, explained = judged("intensity", values + 0.1, values, jnp.arange(100))
    assert explained == right

"""What a network is taught, from which points, and how it is judged."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from symscope.errors import UsageError
from symscope.field import Field, pixel_centres
from symscope.networks.objectives import (
    BLOCKS,
    NOISE,
    constant_guess,
    explained_of,
    loss_of,
    outputs_of,
    right_of,
    shown,
    split_order,
    target_of,
    training_target,
)
from symscope.tasks import parse_task

KEY = jax.random.key(3)
POINTS = pixel_centres(64, 64)
LEVELS = jnp.asarray((POINTS[:, 0] > 0.2).astype(np.int32))


@pytest.fixture(scope="module")
def field():
    values = ((POINTS[:, :1] + 1) / 2).astype(np.float32)
    return Field(POINTS, np.asarray(LEVELS), (64, 64), values)


def test_inpainting_leaves_out_whole_blocks():
    training, held = split_order(parse_task("inpainting"), KEY, jnp.asarray(POINTS), 3072)
    assert len({*training.tolist(), *held.tolist()}) == 4096
    blocks = ((POINTS + 1) / 2 * BLOCKS).astype(int) @ [1, BLOCKS]
    assert not set(blocks[training]) & set(blocks[held])
    assert len(set(blocks[held])) == BLOCKS**2 / 4


def test_other_tasks_hold_out_points_from_everywhere():
    _, held = split_order(parse_task("colours"), KEY, jnp.asarray(POINTS), 3072)
    blocks = ((POINTS + 1) / 2 * BLOCKS).astype(int) @ [1, BLOCKS]
    assert set(blocks[held]) == set(range(BLOCKS**2))


def test_denoising_is_taught_with_noise_and_judged_without():
    taught, judged = training_target(parse_task("denoising"), KEY, LEVELS)
    assert (judged == LEVELS).all()
    assert float((taught != LEVELS).mean()) == pytest.approx(NOISE, abs=0.02)


def test_random_colours_are_the_pictures_own_at_random_places():
    taught, judged = training_target(parse_task("random"), KEY, LEVELS)
    assert (taught == judged).all()
    assert int(taught.sum()) == int(LEVELS.sum())
    assert abs(np.corrcoef(taught, LEVELS)[0, 1]) < 0.06


def test_a_regression_is_judged_by_the_variance_it_explains(field):
    task = parse_task("intensity")
    target = jnp.asarray(target_of(task, field))
    everywhere = jnp.arange(len(target))
    exact = right_of(task, target, target)
    assert float(exact(everywhere)) == pytest.approx(1)
    guess = right_of(task, jnp.full_like(target, target.mean()), target)
    assert float(guess(everywhere)) == pytest.approx(0, abs=1e-5)
    assert constant_guess(task, field.levels) == 0
    assert float(loss_of(task)(target, target)) == 0


def test_levels_are_judged_by_the_points_that_are_right(field):
    task = parse_task("colours")
    right = right_of(task, jnp.where(LEVELS > 0, 5.0, -5.0)[:, None], LEVELS)
    assert float(right(jnp.arange(len(LEVELS)))) == 1
    assert constant_guess(task, field.levels) == pytest.approx(float((LEVELS == 0).mean()))
    assert constant_guess(parse_task("gan"), field.levels) == 0.5


def test_outputs_follow_the_task_and_not_the_picture(field):
    assert outputs_of(parse_task("colours"), field) == 1
    assert outputs_of(parse_task("greys:4"), field) == 4
    assert outputs_of(parse_task("greys:2"), field) == 1
    assert outputs_of(parse_task("intensity"), field) == 1


def test_values_are_asked_for_where_they_lack():
    with pytest.raises(UsageError, match="without values"):
        target_of(parse_task("rgb"), Field.from_levels(np.eye(4, dtype=int)))


def test_answers_become_shades():
    even = np.full((2, 5, 3), 1 / 3, np.float32)
    assert shown(parse_task("greys:3"), even) == pytest.approx(np.full((2, 5), 0.5))
    assert shown(parse_task("rgb"), even + 1).max() == 1
    assert shown(parse_task("colours"), even[..., :2]).shape == (2, 5)


def test_what_is_explained_counts_a_colour_that_is_nowhere_the_likelier() -> None:
    task, everywhere = parse_task("colours"), jnp.arange(4096)
    # One dot in ten on the right side: a probability of 0.1 there is all that can be known.
    dots = np.asarray(LEVELS) * (np.arange(4096) % 10 == 0)
    known = jnp.where(LEVELS > 0, jnp.log(dots.sum() / (np.asarray(LEVELS).sum() - dots.sum())), -9)
    assert right_of(task, known[:, None], jnp.asarray(dots))(everywhere) == pytest.approx(
        1 - dots.mean()
    )
    explained = explained_of(task, known[:, None], jnp.asarray(dots))(everywhere)
    assert 0.04 < float(explained) < 0.1


@pytest.mark.parametrize("name", ["colours", "greys:3"])
def test_explained_is_one_for_the_truth_and_none_for_a_constant_guess(name) -> None:
    task, everywhere = parse_task(name), jnp.arange(4096)
    levels = LEVELS + (POINTS[:, 1] > 0.5) if task.levels else LEVELS
    share = jnp.bincount(levels) / 4096
    if task.levels:
        right, guess = 50.0 * jax.nn.one_hot(levels, 3), jnp.tile(jnp.log(share), (4096, 1))
    else:
        right = 50.0 * (2.0 * levels[:, None] - 1)
        guess = jnp.full((4096, 1), jnp.log(share[1] / share[0]))
    assert float(explained_of(task, right, levels)(everywhere)) == pytest.approx(1, abs=1e-4)
    assert float(explained_of(task, guess, levels)(everywhere)) == pytest.approx(0, abs=1e-4)
    # Points of one level alone have no variance of their own.
    one = jnp.flatnonzero(levels == 0)
    assert np.isfinite(float(explained_of(task, guess, levels)(one)))


def test_of_values_explained_is_what_is_right(field) -> None:
    task, some = parse_task("intensity"), jnp.arange(100)
    values = jnp.asarray(field.values)
    right = right_of(task, values + 0.1, values)(some)
    assert float(explained_of(task, values + 0.1, values)(some)) == pytest.approx(float(right))

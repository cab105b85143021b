"""The adversarial game: a generator of transformations against a discriminator.

LieGAN (Yang, Walters, Dehmamy and Yu, arXiv:2302.00236) plays it so: the generator moves data by
exp(Σ w_i A_i), with matrices A_i that it learns and coefficients w that are drawn; the
discriminator learns to tell moved data from data. If it cannot, the A_i generate symmetries of the
data's distribution. SymmetryGAN (Desai, Nachman and Thaler, arXiv:2112.05722) came before, with one
transformation instead of its generators. Here

- the fields are orthonormal by their length on the data and w has a fixed spread, so that the
  generator cannot win by standing still (``board``);
- where there are values or labels y, only p(y | x) is asked to be unchanged: moved points are
  compared with the data nearest to them, and what is moved to where there are none does not count;
- the game is played on several bootstrap samples at once, and what came of it is judged by
  discriminators that start anew and are asked about points that were in none of it.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import PartitionSpec
from jaxtyping import Array, Float
from numpy.typing import NDArray

from symscope.lie.board import (
    Board,
    Floats,
    Rules,
    Table,
    drawn,
    matched,
    moved_by,
    orthonormal,
    shared_data,
)
from symscope.networks.devices import cores, mesh

SHARED = 5
"""Arguments of a program that all lanes share: ``shared_data``."""

COPIES = 8
"""Moved copies of each point that a new discriminator is asked about: only the points' own number
is then left as noise."""

TINY = 1e-9
"""Added to a sum of weights that may be zero."""

GAIN = 1.5
"""Variance of a layer's first weights, in units of 1 / inputs: between that of linear layers (1)
and of ReLU (2), since silu bends less."""

BETAS = (0.5, 0.95)
"""Adam's memories, short as is usual where two networks learn from each other."""

Layers = list[tuple[Array, Array]]


def _start(key: Array, sizes: tuple[int, ...]) -> Layers:
    keys = jax.random.split(key, len(sizes) - 1)
    return [
        (jax.random.normal(k, (m, n)) * np.sqrt(GAIN / m), jnp.zeros(n))
        for k, m, n in zip(keys, sizes[:-1], sizes[1:], strict=True)
    ]


def _logit(layers: Layers, x: Float[Array, "B D"], y: Float[Array, "B M"]) -> Float[Array, " B"]:
    """Return the discriminator's logit of "a datum"; products of coordinates are among its inputs,
    which makes thin shells easy to see."""
    i, j = np.triu_indices(x.shape[1])
    out = jnp.concatenate([x, x[:, i] * x[:, j] - (i == j), y], axis=1)
    for weight, bias in layers[:-1]:
        out = jax.nn.silu(out @ weight + bias)
    return (out @ layers[-1][0] + layers[-1][1])[:, 0]


class _Referee:
    """The discriminator of one lane: how it learns, and what it is shown."""

    def __init__(self, rules: Rules, dimension: int, known: int) -> None:
        inputs = dimension + dimension * (dimension + 1) // 2 + known
        self.sizes = (inputs, rules.width, rules.width, 1)
        schedule = optax.cosine_onecycle_schedule(rules.steps, rules.rate, pct_start=0.1)
        self.optimiser = optax.adamw(schedule, *BETAS, weight_decay=rules.decay)

    def start(self, key: Array) -> tuple[Layers, Any]:
        """Return a new network and the optimiser's state."""
        layers = _start(key, self.sizes)
        return layers, self.optimiser.init(layers)

    def learn(self, layers: Layers, state: Any, real: Any, moved: Any, counts: Array) -> Any:
        """Take one step on real and moved points, each (x, y)."""

        def loss(layers: Layers) -> Array:
            each = jax.nn.softplus(-_logit(layers, *real)) + jax.nn.softplus(_logit(layers, *moved))
            return (counts * each).sum() / (counts.sum() + TINY)

        updates, state = self.optimiser.update(jax.grad(loss)(layers), state, layers)
        return optax.apply_updates(layers, updates), state


def _shared(lane: Callable[..., Any], own: int) -> Any:
    """Compile a program for many lanes, one after the other on each core; its first ``own``
    arguments are the lanes', the others are shared."""

    def share(*arguments: Any) -> Any:
        return jax.lax.map(lambda mine: lane(*mine, *arguments[own:]), arguments[:own])

    each, every = PartitionSpec("n"), PartitionSpec()
    specs = (*[each] * own, *[every] * SHARED)
    return jax.jit(
        jax.shard_map(share, mesh=mesh(), in_specs=specs, out_specs=each, check_vma=False)
    )


@cache
def _game(rules: Rules, number: int) -> Any:
    """Compile the game for a number of generators: lanes of bootstrap samples side by side."""

    def lane(key_data: Array, *data: Any) -> tuple[Array, Array]:
        starts, first, bag, draws = jax.random.split(jax.random.wrap_key_data(key_data), 4)
        *known, fields = data
        table = Table.of(bag, *known)
        referee = _Referee(rules, table.x.shape[1], table.y.shape[1])
        layers, state = referee.start(starts)
        u = orthonormal(jax.random.normal(first, (number, len(fields))))
        schedule = optax.cosine_decay_schedule(rules.generator_rate, rules.steps)
        optimiser = optax.adam(schedule, *BETAS)

        def step(carry: Any, i: Array) -> tuple[Any, Array]:
            layers, state, u, state_u = carry
            real, which, w = table.batch(jax.random.fold_in(draws, i), rules, number)

            def moved(u: Array) -> tuple[Array, Array]:
                chosen = jnp.einsum("nk,kde->nde", orthonormal(u), fields)
                return moved_by(chosen, table.x[which], w), table.y[which]

            fake = moved(u)
            shown, counts = table.shown(fake[0], real)
            layers, state = referee.learn(layers, state, shown, fake, counts)

            def loss(u: Array) -> Array:
                each = counts * jax.nn.softplus(-_logit(layers, *moved(u)))
                return each.sum() / (counts.sum() + TINY)

            lost, slope = jax.value_and_grad(loss)(u)
            updates, state_u = optimiser.update(slope, state_u)
            u = orthonormal(jnp.asarray(optax.apply_updates(u, updates)))
            return (layers, state, u, state_u), lost

        carry = (layers, state, u, optimiser.init(u))
        (_, _, u, _), lost = jax.lax.scan(step, carry, jnp.arange(rules.steps))
        return u, lost[-rules.steps // 4 :].mean()

    return _shared(lane, 1)


@cache
def _trial(rules: Rules, number: int) -> Any:
    """Compile the judgement: a new discriminator for each lane's generators, asked about the points
    out of its bag."""

    def lane(key_data: Array, u: Array, *data: Any) -> tuple[Array, Array]:
        starts, bag, draws, last = jax.random.split(jax.random.wrap_key_data(key_data), 4)
        *known, fields = data
        table = Table.of(bag, *known)
        referee = _Referee(rules, table.x.shape[1], table.y.shape[1])
        chosen = jnp.einsum("nk,kde->nde", u, fields)

        def step(carry: Any, i: Array) -> tuple[Any, None]:
            real, which, w = table.batch(jax.random.fold_in(draws, i), rules, number)
            fake = moved_by(chosen, table.x[which], w), table.y[which]
            shown, counts = table.shown(fake[0], real)
            layers, state = carry
            return referee.learn(layers, state, shown, fake, counts), None

        (layers, _), _ = jax.lax.scan(step, referee.start(starts), jnp.arange(rules.steps))
        x, y, out = table.x, table.y, table.out
        xs, ys, outs = (jnp.tile(a, (COPIES, *[1] * (a.ndim - 1))) for a in (x, y, out))
        fake = moved_by(chosen, xs, drawn(last, len(xs), number, rules.reach)), ys
        scores = _logit(layers, x, y), _logit(layers, *fake)
        if not y.shape[1]:
            return _advantage(*scores, out, outs), jnp.ones(())
        sparser = (out.sum() / table.count) ** (-1 / x.shape[1])
        nearest, counts = jax.lax.map(
            lambda moved: matched(moved, x, out, table.far * sparser),
            fake[0].reshape(COPIES, *x.shape),
        )
        nearest, counts = nearest.ravel(), counts.ravel() * outs
        shown = jnp.zeros(len(x)).at[nearest].add(counts)
        return _advantage(*scores, shown, counts), counts.sum() / outs.sum()

    return _shared(lane, 2)


def _advantage(real: Array, fake: Array, weight: Array, other: Array) -> Array:
    """Return 2 AUC - 1: how much oftener a datum is ranked above a moved point than below it."""
    order = jnp.argsort(jnp.concatenate([fake, real]))
    ours = jnp.concatenate([jnp.zeros_like(other), weight])[order]
    theirs = jnp.concatenate([other, jnp.zeros_like(weight)])[order]
    below = jnp.cumsum(theirs)
    return 2 * (ours @ below) / (ours.sum() * theirs.sum() + 1e-30) - 1


def _keys(seed: int, lanes: int) -> NDArray[Any]:
    return np.asarray(jax.random.key_data(jax.random.split(jax.random.key(seed), lanes)))


def _even(lanes: int) -> int:
    """Return as many lanes as the cores share evenly."""
    return -(-lanes // cores()) * cores()


def play(board: Board, number: int, lanes: int, seed: int, rules: Rules) -> tuple[Floats, Floats]:
    """Let so many generators be learned, on as many bootstrap samples as there are lanes.

    Returns
    -------
    coefficients : ndarray of shape (lanes, n, K), of the board's fields, orthonormal
    lost : ndarray of shape (lanes,), the generator's loss at the end: log 2 where it fools
    """
    mesh()  # JAX would keep to a single device if anything else used it first
    keys = _keys(seed, _even(lanes))
    played = _game(rules, number)(keys, *shared_data(board))
    coefficients, lost = (np.asarray(one, dtype=np.float64)[:lanes] for one in played)
    return coefficients, lost


def told(board: Board, tried: Floats, seed: int, rules: Rules) -> tuple[Floats, Floats]:
    """Measure how well new discriminators tell data from what generators make of it.

    Parameters
    ----------
    tried : array of shape (lanes, n, K), orthonormal coefficients of the board's fields

    Returns
    -------
    advantage : ndarray of shape (lanes,): 2 AUC - 1 on points that were not learned from, 0 if
        they are not told apart at all
    stay : ndarray of shape (lanes,), share of the moved points that count
    """
    mesh()
    keys = _keys(seed, _even(len(tried)))
    filled = np.resize(tried, (len(keys), *tried.shape[1:])).astype(np.float32)
    found = _trial(rules, tried.shape[1])(keys, filled, *shared_data(board))
    advantage, stay = (np.asarray(one, dtype=np.float64)[: len(tried)] for one in found)
    return advantage, stay

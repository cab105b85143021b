"""The last hidden layers of N networks, whatever they have learned, asked at any points."""

from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import ArrayLike, NDArray


class HiddenLayers(Protocol):
    """What is looked at after training: of decoys, or of networks of patches."""

    @property
    def training_accuracy(self) -> NDArray[np.float32]:
        """How much of what they learned from is right, (N,)."""
        ...

    @property
    def validation_accuracy(self) -> NDArray[np.float32]:
        """How much is right of what was kept from them, (N,)."""
        ...

    @property
    def explained_variance(self) -> NDArray[np.float32]:
        """Share of what a constant guess leaves open there that is told, (N,)."""
        ...

    @property
    def steps(self) -> NDArray[np.int64]:
        """Optimiser steps of each network, (N,)."""
        ...

    def shades(self, side: int) -> NDArray[np.float32]:
        """Return what the networks say on a grid, as shades (N, side, side)."""
        ...

    def hidden(self, points: ArrayLike) -> NDArray[np.float32]:
        """Return the last hidden layer at points (P, D) → (N, P, H)."""
        ...

    def jacobian(self, points: ArrayLike) -> NDArray[np.float32]:
        """Return its derivative by the point at points (P, D) → (N, P, H, D)."""
        ...


def over_networks(method: str) -> Any:
    """Compile a module's method for a stack of networks on the same points → (N, P, …)."""

    @jax.jit
    def run(networks: Any, points: Array, count: Array) -> Array:
        def of(number: Array | int) -> Array:
            return getattr(jax.tree.map(lambda leaf: leaf[number], networks), method)(points)

        one = jax.eval_shape(of, 0)
        empty = jnp.zeros((_count(networks), *one.shape), one.dtype)
        return jax.lax.fori_loop(0, count, lambda i, made: made.at[i].set(of(i)), empty)

    def over(networks: Any, points: ArrayLike) -> NDArray[np.float32]:
        # How many there are is an argument: a loop that is known to have one round is compiled
        # as none, and the last bits of a network alone would not be those of it among others.
        return np.asarray(run(networks, np.asarray(points, np.float32), np.int32(_count(networks))))

    return over


def _count(networks: Any) -> int:
    return len(jax.tree.leaves(networks)[0])

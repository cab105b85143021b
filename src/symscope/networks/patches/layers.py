"""Fully connected layers, as the encoder, decoder, generator and discriminator have them."""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float


class Dense(eqx.Module):
    """Layers with leaky ReLU between them."""

    weights: tuple[Float[Array, "_ _"], ...]
    biases: tuple[Float[Array, " _"], ...]

    @classmethod
    def initial(cls, key: Array, sizes: Sequence[int], gain: float) -> "Dense":
        """Draw the weights, of variance gain / inputs (He: 2), and zero biases."""
        keys = jax.random.split(key, len(sizes) - 1)
        pairs = zip(keys, sizes[:-1], sizes[1:], strict=True)
        weights = tuple(jax.random.normal(k, (m, n)) * np.sqrt(gain / m) for k, m, n in pairs)
        return cls(weights, tuple(jnp.zeros(n) for n in sizes[1:]))

    def hidden(self, x: Float[Array, "B inputs"]) -> Float[Array, "B H"]:
        """Return the activations of the last hidden layer."""
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            x = jax.nn.leaky_relu(x @ weight + bias)
        return x

    def __call__(self, x: Float[Array, "B inputs"]) -> Float[Array, "B outputs"]:
        """Return the outputs."""
        return self.hidden(x) @ self.weights[-1] + self.biases[-1]

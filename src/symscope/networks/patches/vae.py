"""A variational autoencoder of patches (Kingma and Welling, arXiv:1312.6114).

What is looked at are the means of the latent layer. It is narrow, so that it has room for nothing
but what patches of the picture have in common.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from symscope.networks.patches.layers import Dense
from symscope.networks.patches.patches import middle
from symscope.networks.settings import PatchSettings

LARGEST = 5.0
"""Largest logarithm of a latent variance: beyond it exponentials overflow in the first steps."""


class Vae(eqx.Module):
    """Encoder and decoder: patch → latent means and variances → patch."""

    encoder: Dense
    decoder: Dense

    @classmethod
    def initial(cls, key: Array, settings: PatchSettings) -> "Vae":
        """Draw both."""
        first, second = jax.random.split(key)
        pixels, width, latent = settings.patch**2, settings.width, settings.latent
        return cls(
            Dense.initial(first, (pixels, width, width, 2 * latent), settings.gain),
            Dense.initial(second, (latent, width, width, pixels), settings.gain),
        )

    def layer(self, patches: Float[Array, "B patch"]) -> Float[Array, "B H"]:
        """Return the latent means."""
        return jnp.split(self.encoder(patches), 2, axis=-1)[0]

    def decoded(self, patches: Float[Array, "B patch"]) -> Float[Array, "B patch"]:
        """Return the patches that the means stand for, -1 … 1."""
        return 2 * jax.nn.sigmoid(self.decoder(self.layer(patches))) - 1

    def shade(self, patches: Float[Array, "B patch"]) -> Float[Array, " B"]:
        """Return the middle of each decoded patch, 0 … 1."""
        return (middle(self.decoded(patches)) + 1) / 2

    def gradient(
        self, patches: Float[Array, "B patch"], key: Array, settings: PatchSettings
    ) -> "Vae":
        """Return the gradient of the loss: minus the evidence lower bound."""

        def loss(model: "Vae") -> Float[Array, ""]:
            mean, variance = jnp.split(model.encoder(patches), 2, axis=-1)
            variance = jnp.clip(variance, -2 * LARGEST, LARGEST)
            latent = mean + jnp.exp(variance / 2) * jax.random.normal(key, mean.shape)
            logits = model.decoder(latent)
            wrong = optax.sigmoid_binary_cross_entropy(logits, (patches + 1) / 2).sum(axis=-1)
            apart = 0.5 * (mean**2 + jnp.exp(variance) - 1 - variance).sum(axis=-1)
            return (wrong + settings.beta * apart).mean()

        return jax.grad(loss)(self)

    def fit(
        self, patches: Float[Array, "B patch"], others: Float[Array, "M patch"]
    ) -> Float[Array, ""]:
        """Return the share of the patches' variance that is decoded."""
        del others
        variance = ((patches - patches.mean(axis=0)) ** 2).mean()
        return 1 - ((self.decoded(patches) - patches) ** 2).mean() / (variance + 1e-12)

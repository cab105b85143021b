"""Adversarial networks of patches (Goodfellow et al., arXiv:1406.2661).

A generator makes patches, a discriminator tells them from the picture's; what is looked at is the
discriminator's last hidden layer.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from symscope.networks.patches.layers import Dense
from symscope.networks.settings import PatchSettings

ROUGHNESS = 0.1
"""Weight of the penalty on the discriminator's slope at the picture's patches (R1, Mescheder et
al., arXiv:1801.04406), without which it learns the rims of two colours and nothing else."""


class Gan(eqx.Module):
    """Generator and discriminator: numbers → patch → logit of its being the picture's."""

    generator: Dense
    discriminator: Dense

    @classmethod
    def initial(cls, key: Array, settings: PatchSettings) -> "Gan":
        """Draw both."""
        first, second = jax.random.split(key)
        pixels, width = settings.patch**2, settings.width
        return cls(
            Dense.initial(first, (settings.noise, width, width, pixels), settings.gain),
            Dense.initial(second, (pixels, width, settings.latent, 1), settings.gain),
        )

    def layer(self, patches: Float[Array, "B patch"]) -> Float[Array, "B H"]:
        """Return the discriminator's last hidden layer."""
        return self.discriminator.hidden(patches)

    def shade(self, patches: Float[Array, "B patch"]) -> Float[Array, " B"]:
        """Return the discriminator's belief that each patch is the picture's, 0 … 1."""
        return jax.nn.sigmoid(self.discriminator(patches)[:, 0])

    def gradient(
        self, patches: Float[Array, "B patch"], key: Array, settings: PatchSettings
    ) -> "Gan":
        """Return the gradients of both losses, each by its own network (non-saturating)."""
        numbers = jax.random.normal(key, (len(patches), settings.noise))

        def made(generator: Dense) -> Float[Array, "B patch"]:
            return jnp.tanh(generator(numbers))

        def discriminator_loss(discriminator: Dense) -> Float[Array, ""]:
            fake = jax.lax.stop_gradient(made(self.generator))
            slope = jax.grad(lambda x: discriminator(x).sum())(patches)
            wrong = jax.nn.softplus(-discriminator(patches)) + jax.nn.softplus(discriminator(fake))
            return wrong.mean() + ROUGHNESS / 2 * (slope**2).sum(axis=-1).mean()

        def fooled(generator: Dense) -> Float[Array, ""]:
            return jax.nn.softplus(-self.discriminator(made(generator))).mean()

        return Gan(
            jax.grad(fooled)(self.generator), jax.grad(discriminator_loss)(self.discriminator)
        )

    def fit(
        self, patches: Float[Array, "B patch"], others: Float[Array, "M patch"]
    ) -> Float[Array, ""]:
        """Return the chance that a patch is rated above one of a picture without structure."""
        real, noise = self.discriminator(patches), self.discriminator(others)
        above = (real > noise.T).mean() + 0.5 * (real == noise.T).mean()
        return above

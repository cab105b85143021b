"""Networks that learn the patches of a picture, without a decoy task.

A variational autoencoder (``vae``) and the discriminator of adversarial networks (``gan``) see the
patch around a point; their latent layer or last hidden layer stands in the place of a decoy's.
"""

from symscope.networks.patches.networks import Pool, train

__all__ = ["Pool", "train"]

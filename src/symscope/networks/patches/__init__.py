"""Networks that are told nothing at all: patches of a picture, learned without colours to guess.

A variational autoencoder (``vae``) and the discriminator of adversarial networks (``gan``) see the
patch around a point; their latent layer or last hidden layer stands in the place of a decoy's.
"""

from symscope.networks.patches.networks import Pool, train

__all__ = ["Pool", "train"]

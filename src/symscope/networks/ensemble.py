"""One door for all that may be trained on a Field: decoys, or networks of patches."""

from collections.abc import Sequence

from symscope.field import Field
from symscope.networks import decoys as decoy
from symscope.networks import patches as unsupervised
from symscope.networks.hidden import HiddenLayers
from symscope.networks.settings import PatchSettings, Settings


def train(
    fields: Sequence[Field],
    networks: int,
    settings: Settings | PatchSettings,
    seed: int = 0,
    first: int = 0,
) -> Sequence[HiddenLayers]:
    """Train networks number ``first`` … ``first + networks - 1`` on each field.

    The parameters are those of ``decoy.train``; the settings choose what is trained.
    """
    if isinstance(settings, PatchSettings):
        return unsupervised.train(fields, networks, settings, seed, first)
    return decoy.train(fields, networks, settings, seed, first)

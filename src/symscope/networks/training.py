"""Training: N networks on each of some fields, whatever they learn."""

from collections.abc import Sequence

from symscope.field import Field
from symscope.networks import decoys, patches
from symscope.networks.ensemble import Ensemble
from symscope.networks.patches import Pool
from symscope.networks.settings import PatchSettings, Settings


def train(
    fields: Sequence[Field],
    networks: int,
    settings: Settings | PatchSettings,
    seed: int = 0,
    first: int = 0,
    pool: Pool | None = None,
) -> list[Ensemble]:
    """Train networks number ``first`` … ``first + networks - 1`` on each field.

    The parameters are those of ``decoys.train``; the settings choose what is trained. ``pool``
    gives the pictures that ``vae:templates`` learns.
    """
    if isinstance(settings, PatchSettings):
        return patches.train(fields, networks, settings, seed, first, pool)
    return decoys.train(fields, networks, settings, seed, first)

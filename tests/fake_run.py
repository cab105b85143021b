"""A training run so small that it is over in a second: what its tests share."""

import numpy as np

from symscope.features.pca import COMPONENTS, GRID
from symscope.groups import EXTENDED

SHARDS = 2 * len(EXTENDED)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.glob("**/*.safetensors")}


class Stopped(Exception):
    """Somebody pulled the plug."""


class Observer:
    """Stands in for the decoys: pictures of noise, fixed by the templates; counts its calls."""

    def __init__(self, stop_after=None):
        self.seen, self.stop_after = 0, stop_after

    def __call__(self, drawn, networks, seed):
        if self.seen == self.stop_after:
            raise Stopped
        self.seen += 1
        levels = np.stack([template.levels for template in drawn]).astype(np.uint8)
        rng = np.random.default_rng([int(levels.sum()), seed])
        count = len(drawn)
        maps = (count, networks, COMPONENTS, GRID, GRID)
        found = {name: rng.normal(size=maps) for name in ("maps", "beyond", "untrained")}
        found["plane"] = rng.random((count, networks, GRID, GRID))
        found["fit"] = rng.random((count, networks, 2))
        found = {k: v.astype(np.float16) for k, v in found.items()}
        return found | {"levels": levels, "kept": np.linspace(1, 0.5, count, dtype=np.float32)}

"""A training run so small that it is over in a second: what its tests share."""

from dataclasses import replace

import numpy as np

from symscope.classifier.dataset import PLANS, SOURCES, Observation
from symscope.features.features import COMPONENTS, GRID, map_grid, pixel_maps
from symscope.groups import CLASSES

SHARDS = 2 * len(CLASSES[2])

PLAN, SIGNAL_PLAN = (
    replace(
        PLANS[dimension],
        block=1,
        broken=0,
        networks=1,
        families=("wells",),
        calibration_families=("waves",),
    )
    for dimension in (2, 1)
)
"""One template of two families in a shard."""


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.glob("**/*.safetensors")}


class Stopped(Exception):
    """Somebody pulled the plug."""


class Observer:
    """Stands in for the decoys: pictures of noise, fixed by the templates; counts its calls."""

    def __init__(self, stop_after=None):
        self.calls, self.stop_after = 0, stop_after

    def __call__(self, drawn, networks, seed, dimension=2):
        if self.calls == self.stop_after:
            raise Stopped
        self.calls += 1
        observations = []
        for template in drawn:
            rng = np.random.default_rng([int(template.levels.sum()), seed])
            maps = rng.normal(size=(networks, COMPONENTS, *map_grid(dimension)[1]))
            plane = rng.random((networks, GRID, GRID))
            pictures = dict.fromkeys(SOURCES[dimension], (maps, plane))
            if dimension == 2:
                pictures = {source: (maps, None) for source in SOURCES[2]}
            pictures |= {"plane": (None, plane), "both": (maps, plane)}
            pictures["pixels"] = pixel_maps(template.levels)[None], None
            fit = np.full((networks, 2), 0.9, np.float32)
            observations.append(Observation(dimension, pictures, fit))
        return observations

"""Labelled templates as every classifier, those of the controls included, sees them.

A *source* is what a classifier looks at:

- ``maps``: principal components of the last hidden layer as maps (what ships),
- ``plane``: the paper's picture, ``both``: maps and plane,
- ``beyond``: maps of the hidden layer with the output's direction projected out,
- ``untrained``: maps of networks that have learned nothing,
- ``pixels``: the template's own pixels; no network at all.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symscope.classifier.classifier import Features, arrange, features, pixel_channels
from symscope.features.pca import GRID, beyond_colour, grid_hidden, pictures
from symscope.networks.decoys import train
from symscope.networks.settings import SETTINGS
from symscope.synth.templates import Template

SOURCES = ("maps", "pixels", "beyond", "untrained", "plane", "both")

Observation = dict[str, NDArray]
"""Arrays with a leading axis B of templates (observe) or without it (one template)."""


def observe(drawn: Sequence[Template], networks: int, seed: int) -> Observation:
    """Train decoys on B templates and take their pictures, in half precision.

    Returns
    -------
    dict with ``levels`` (B, S, S), ``maps``, ``beyond`` and ``untrained`` (B, N, K, G, G),
    ``plane`` (B, N, G, G), ``fit`` (B, N, 2): shares of training and of held-out points right,
    ``kept`` (B,): share of the symmetry that is left
    """
    half = np.float16
    rows: dict[str, list[NDArray]] = {}
    fields = [template.field for template in drawn]
    for decoys in train(fields, networks, SETTINGS["fast"], seed):
        hidden = grid_hidden(decoys)
        seen = pictures(hidden)
        rest = pictures(beyond_colour(hidden, decoys.output_directions))
        fresh = pictures(grid_hidden(decoys.before_training()))
        row = {
            "maps": seen.maps.astype(half),
            "plane": seen.plane.astype(half),
            "beyond": rest.maps.astype(half),
            "untrained": fresh.maps.astype(half),
            "fit": np.stack([decoys.training_accuracy, decoys.validation_accuracy], axis=1),
        }
        for key, value in row.items():
            rows.setdefault(key, []).append(value)
    result = {key: np.stack(values) for key, values in rows.items()}
    result["levels"] = np.stack([template.levels for template in drawn]).astype(np.uint8)
    result["kept"] = np.array([template.kept for template in drawn], np.float32)
    return result


def source_features(row: Observation, source: str) -> list[Features]:
    """Correlate what the classifier of a source sees of one template, once for each network.

    Parameters
    ----------
    row : the arrays of ``observe`` for one template
    source : one of SOURCES; ``pixels`` has one entry, whatever the number of networks
    """
    if source == "pixels":
        return [features(pixel_channels(row["levels"], GRID))]
    if source == "plane":
        return [features(arrange(None, plane)) for plane in row["plane"]]
    if source == "both":
        # Groups of channels are correlated apart, so the features of the parts add up.
        parts = zip(source_features(row, "maps"), source_features(row, "plane"), strict=True)
        return [{key: maps[key] + plane[key] for key in maps} for maps, plane in parts]
    return [features(arrange(maps, None)) for maps in row[source]]

"""Why the decoys are what they are: fit and realised symmetry for several settings.

    python benchmarks/bench_settings.py [--json] [--quick] [--seed S]

For fresh templates with an exact element g, one network each: the share of held-out points right,
and the agreement of the hidden layer under g, 1 - E|h(gx) - h(x)|² / E|h(x) - h(x')|² (1 = the same
vector, 0 = as unrelated points), for the whole layer, for what is left when the output's direction
is projected out, and for the first principal component; beside it the same network before training
and the share of the variance that is left beyond the colour.
"""

import json
from dataclasses import replace
from time import perf_counter

import numpy as np

from machine import options_of
from symscope.features.features import beyond_colour
from symscope.groups import EXTENDED, Isometry, Symmetry
from symscope.networks.decoys import train
from symscope.networks.ensemble import Ensemble
from symscope.networks.settings import SETTINGS, Settings
from symscope.synth.templates import Template, templates

FAST = SETTINGS["fast"]
VARIANTS: dict[str, Settings] = {
    "fast": FAST,
    "no encoding": replace(FAST, frequencies=0),
    "bandwidth 2": replace(FAST, bandwidth=2.0),
    "bandwidth 8": replace(FAST, bandwidth=8.0),
    "weight decay 0": replace(FAST, weight_decay=0.0),
    "weight decay 0.3": replace(FAST, weight_decay=0.3),
    "100 steps": replace(FAST, steps=100),
    "depth 2": replace(FAST, depth=2),
    "paper": SETTINGS["paper"],
}
STREAM = 3


def agreement(here: np.ndarray, there: np.ndarray, inside: np.ndarray) -> float:
    """Compare hidden vectors at x and at gx, (P, H), where gx is inside the frame."""
    unrelated = 2 * ((here - here.mean(axis=0)) ** 2).sum(axis=1).mean()
    moved = ((here - there)[inside] ** 2).sum(axis=1).mean()
    return float(1 - moved / max(unrelated, 1e-12))


def realised(decoys: Ensemble, template: Template, element: Isometry) -> dict[str, float]:
    """Agreements of one network under one element."""
    points = template.field.coords
    moved = element(points)
    inside = (np.abs(moved) <= 1).all(axis=1)
    here, there = decoys.hidden(points), decoys.hidden(moved)
    rest = beyond_colour(np.concatenate([here, there], axis=1), decoys.output_directions)[0]
    rest_here, rest_there = np.split(rest, 2)
    centred = here[0] - here[0].mean(axis=0)
    first = np.linalg.svd(centred, full_matrices=False)[2][:1].T
    fresh = decoys.before_training()
    return {
        "whole_layer": agreement(here[0], there[0], inside),
        "beyond_colour": agreement(rest_here, rest_there, inside),
        "first_component": agreement(here[0] @ first, there[0] @ first, inside),
        "untrained": agreement(fresh.hidden(points)[0], fresh.hidden(moved)[0], inside),
        "variance_beyond_colour": float(rest_here.var(axis=0).sum() / here[0].var(axis=0).sum()),
    }


def measure(settings: Settings, drawn: list[Template], seed: int) -> dict[str, float]:
    """Train one network on each template and average what is seen."""
    fields = [template.field for template in drawn]
    train(fields[:1], 1, settings, seed)  # compile
    start = perf_counter()
    trained = train(fields, 1, settings, seed)
    seconds = (perf_counter() - start) / len(drawn)
    rows = [realised(d, t, t.elements[0]) for d, t in zip(trained, drawn, strict=True)]
    return {
        "seconds_per_network": seconds,
        "learned": float(np.mean([d.training_accuracy for d in trained])),
        "held_out": float(np.mean([d.validation_accuracy for d in trained])),
        **{key: float(np.mean([row[key] for row in rows])) for key in rows[0]},
    }


def main() -> None:
    """Print the table."""
    chosen = options_of(__doc__, "a few templates and two settings").parse_args()
    symmetric = [label for label in EXTENDED if label is not Symmetry.NONE]
    drawn = templates(1 if chosen.quick else 2, classes=symmetric, seed=(STREAM, chosen.seed))
    drawn = drawn[::5] if chosen.quick else drawn
    names = ["fast", "no encoding"] if chosen.quick else list(VARIANTS)
    table = {name: measure(VARIANTS[name], drawn, chosen.seed) for name in names}
    if chosen.json:
        print(json.dumps({"templates": len(drawn), "settings": table}))
        return
    columns = list(next(iter(table.values())))
    print(f"{'settings':18}" + "".join(f"{c[:12]:>14}" for c in columns))
    for name, row in table.items():
        print(f"{name:18}" + "".join(f"{row[c]:14.3f}" for c in columns))


if __name__ == "__main__":
    main()

"""Time the decoy networks side by side with a plain PyTorch loop, in one run.

    python benchmarks/bench_decoy.py --json [--quick] [--seed S]

Needs torch beside symscope: `pip install -r benchmarks/requirements.txt`.

Both sides train the same networks (layers, plane waves, batch, steps, AdamW, one-cycle learning
rate) on the same physics templates. They take turns; every figure is made of medians over the
turns, after compilation, whose time is reported apart.

`ratio.fast`, `ratio.paper`
    Networks per second, symscope over PyTorch, for one cycle at the settings of that name.
    Expect at least 4 and 1.3 on two cores. PyTorch's AdamW runs in its fused form, the fastest
    that it has; `ratio_to_default_adamw` compares with the form that it takes by default.
`ratio.time_to_fit`
    Seconds until 100 template networks tell 99 % of the pixels, PyTorch over symscope; each side
    at the best learning rate, batch and cycle of its own sweep. Expect at least 6.
`share_of_matmul`
    Arithmetic per second of symscope at `paper`, as a share of what this machine reaches on
    large float32 matrix products (the better of NumPy and PyTorch, measured between the turns).
`busy_by_others`
    Share of the machine that other programs used meanwhile. Above a few hundredths the figures
    mean little: threads that wait for each other lose much more than their share.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from scipy.ndimage import convolve

from machine import Company, describe, matmul_rate, options_of
from symscope.field import Field
from symscope.networks.decoys import train
from symscope.networks.devices import CHUNK
from symscope.networks.settings import SETTINGS, Settings
from symscope.synth.templates import templates
from torch_loop import Loop, fit_torch, train_torch

CLASSES = ("∅", "Z_2", "T_n", "T", "O(2)")
"""The five classes of arXiv:2103.06115."""

TARGET = 0.99
"""Share of the pixels at which a network counts as fitted."""

FIT_LIMIT = 4000
"""Steps after which a network that has not reached TARGET is given up, on both sides."""

LONE_PIXELS = 0.002
"""Largest share of pixels unlike all eight neighbours in a template for the time to fit: the
rest have noise turned over, and to learn noise is to overfit."""

TORCH_SWEEP = {
    "learning_rate": (6e-3, 1.2e-2, 2.4e-2),
    "batch": (512, 256, 1024),
    "steps": (200, 400),
}
"""What PyTorch's settings for the time to fit are chosen from, afresh in each run (--quick takes
the first batch and steps)."""

FIT = replace(
    SETTINGS["fast"],
    steps=150,
    batch=160,
    learning_rate=1.2e-2,
    bandwidth=16.0,
    weight_decay=0.0,
    held_out=0.0,
    least_gain=-1.0,
)
"""symscope's settings for the time to fit, chosen on templates of another seed among 100 to 300
steps, batches of 96 to 192, rates of 6e-3 to 1.2e-2 and bandwidths of 6 to 20 (98 ms a network at
6, 60 at 10, 39 to 62 from 14 on) and again on the present templates. PyTorch's networks have the
same bandwidth."""

BUSY = 0.05
"""Share of the machine used by others above which the run says that it was disturbed."""


@dataclass(frozen=True)
class Turns:
    """How much is measured."""

    fast: int
    paper: int
    paper_steps: int
    fitted: int
    fit_turns: int
    sweep_fields: int


FULL = Turns(fast=7, paper=3, paper_steps=400, fitted=100, fit_turns=2, sweep_fields=6)
QUICK = Turns(fast=3, paper=3, paper_steps=40, fitted=16, fit_turns=2, sweep_fields=2)


def loop_for(settings: Settings) -> Loop:
    """Give PyTorch the same networks and the same training as symscope."""
    return Loop(
        widths=(settings.width,) * settings.depth,
        steps=settings.steps,
        batch=settings.batch,
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        betas=settings.betas,
        frequencies=settings.frequencies,
        bandwidth=settings.bandwidth,
    )


def flop(settings: Settings, dimension: int = 2) -> float:
    """Count the arithmetic of matrix products in one cycle of one network."""
    entry = dimension + 2 * settings.frequencies
    sizes = [entry, *[settings.width] * settings.depth, 1]
    products = [fan_in * fan_out for fan_in, fan_out in pairwise(sizes)]
    # Forward, gradient of the weights, gradient of the inputs (which the first layer has not).
    return 2 * settings.batch * settings.steps * (3 * sum(products) - products[0])


def lone_pixels(levels: np.ndarray) -> float:
    """Measure the share of pixels unlike all their neighbours."""
    ones = convolve(levels.astype(int), np.ones((3, 3), int), mode="nearest")
    return float(np.mean((levels == 1) & (ones == 1) | (levels == 0) & (ones == 8)))


def template_fields(count: int, seed: int) -> list[Field]:
    """Draw templates without noise, evenly over classes and families."""
    found: list[Field] = []
    first = 0
    while len(found) < count:
        drawn = templates(1, classes=CLASSES, seed=seed, first=first)
        found += [Field.from_levels(t.levels) for t in drawn if lone_pixels(t.levels) < LONE_PIXELS]
        first += 1
    order = np.random.default_rng(seed).permutation(len(found))[:count]
    return [found[i] for i in order]


def jax_seconds(fields: Sequence[Field], settings: Settings, seed: int) -> tuple[float, float]:
    """Train one network on each field with symscope.

    Returns
    -------
    seconds : wall-clock time of all
    learned : mean share of the pixels learned
    """
    start = time.perf_counter()
    decoys = train(fields, 1, settings, seed)
    seconds = time.perf_counter() - start
    return seconds, float(np.mean([d.training_accuracy.mean() for d in decoys]))


def torch_matmul_rate(side: int = 1024, repeats: int = 8) -> float:
    """Measure what PyTorch reaches on a product of two square float32 matrices, in GFLOP/s."""
    left, right = torch.randn(2, side, side)
    out = left @ right
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        torch.matmul(left, right, out=out)
        seconds.append(time.perf_counter() - start)
    return 2 * side**3 / min(seconds) / 1e9


def throughput(settings: Settings, fields: Sequence[Field], turns: int, seed: int) -> dict:
    """Compare networks per second over one cycle of the same training."""
    settings = replace(settings, rounds=1)
    loop = loop_for(settings)
    compiling, _ = jax_seconds(fields[:CHUNK], settings, seed)
    for fused in (True, False):
        warm_up = replace(loop, steps=10, fused=fused)
        train_torch(fields[0].levels, fields[0].coords, warm_up, seed=seed)
    jax, torch_fused, torch_default, rates = [], [], [], []
    learned = {"symscope": [], "torch": []}
    with Company() as company:
        for turn in range(turns):
            field = fields[turn % len(fields)]
            accuracy, seconds = train_torch(field.levels, field.coords, loop, seed=seed + turn)
            torch_fused.append(seconds)
            learned["torch"].append(accuracy)
            seconds, accuracy = jax_seconds(fields[:CHUNK], settings, seed + turn)
            jax.append(seconds / CHUNK)
            learned["symscope"].append(accuracy)
            plain = replace(loop, fused=False)
            _, seconds = train_torch(field.levels, field.coords, plain, seed=seed + turn)
            torch_default.append(seconds)
            rates.append(max(matmul_rate(), torch_matmul_rate()))
    seconds = {
        "symscope": statistics.median(jax),
        "torch": statistics.median(torch_fused),
        "torch_default_adamw": statistics.median(torch_default),
    }
    rate, work = statistics.median(rates), flop(settings) / 1e9
    return {
        "ratio": seconds["torch"] / seconds["symscope"],
        "ratio_to_default_adamw": seconds["torch_default_adamw"] / seconds["symscope"],
        "seconds_per_network": seconds,
        "seconds_to_compile": compiling - CHUNK * seconds["symscope"],
        "gflop_per_network": work,
        "gflop_per_second": {name: work / value for name, value in seconds.items()},
        "matmul_gflop_per_second": rate,
        "share_of_matmul": work / seconds["symscope"] / rate,
        "learned": {name: statistics.mean(values) for name, values in learned.items()},
        "turns": turns,
        "steps": settings.steps,
        "batch": settings.batch,
        "busy_by_others": company.share,
    }


def fit_seconds_torch(fields: Sequence[Field], loop: Loop, seed: int) -> tuple[float, int]:
    """Fit one network to each field with PyTorch: seconds of all, and how many got there."""
    cycles = FIT_LIMIT // loop.steps
    results = [
        fit_torch(f.levels, f.coords, loop, seed=seed, target=TARGET, cycles=cycles) for f in fields
    ]
    return sum(seconds for _, seconds in results), sum(reached for reached, _ in results)


def fit_seconds_jax(fields: Sequence[Field], settings: Settings, seed: int) -> tuple[float, int]:
    """Fit one network to each field with symscope: seconds of all, and how many got there."""
    settings = replace(settings, learned=TARGET, rounds=FIT_LIMIT // settings.steps)
    start = time.perf_counter()
    decoys = train(fields, 1, settings, seed)
    seconds = time.perf_counter() - start
    # float32 means of many ones: without the margin, 0.99 exactly could be missed.
    return seconds, sum(int(d.training_accuracy[0] >= TARGET - 1e-6) for d in decoys)


def torch_sweep(fields: Sequence[Field], quick: bool, seed: int) -> tuple[Loop, list[dict]]:
    """Find the settings with which PyTorch fits fastest."""
    start = loop_for(FIT)
    grid = [
        replace(start, learning_rate=rate, batch=batch, steps=steps)
        for rate in TORCH_SWEEP["learning_rate"]
        for batch in (TORCH_SWEEP["batch"][:1] if quick else TORCH_SWEEP["batch"])
        for steps in (TORCH_SWEEP["steps"][:1] if quick else TORCH_SWEEP["steps"])
    ]
    rows = []
    for loop in grid:
        seconds, reached = fit_seconds_torch(fields, loop, seed)
        rows.append(
            {
                "learning_rate": loop.learning_rate,
                "batch": loop.batch,
                "steps": loop.steps,
                "seconds_per_network": seconds / len(fields),
                "reached": reached,
            }
        )
    best = min(range(len(rows)), key=lambda i: rows[i]["seconds_per_network"])
    return grid[best], rows


def time_to_fit(turns: Turns, quick: bool, seed: int) -> dict:
    """Compare the seconds until networks tell 99 % of the pixels of templates."""
    # The sweep has templates of its own, so that nothing is chosen on those that are timed.
    fields = template_fields(turns.fitted + turns.sweep_fields, seed)
    timed, others = fields[: turns.fitted], fields[turns.fitted :]
    with Company() as company:
        loop, sweep = torch_sweep(others, quick, seed)
        compiling, _ = fit_seconds_jax(others[:1], FIT, seed)
        seconds, reached = {"symscope": [], "torch": []}, {"symscope": 0, "torch": 0}
        for part in range(turns.fit_turns):
            some = timed[part :: turns.fit_turns]
            for name, result in (
                ("torch", fit_seconds_torch(some, loop, seed)),
                ("symscope", fit_seconds_jax(some, FIT, seed)),
            ):
                seconds[name].append(result[0])
                reached[name] += result[1]
    totals = {name: sum(values) for name, values in seconds.items()}
    return {
        "ratio": totals["torch"] / totals["symscope"],
        "seconds": totals,
        "seconds_per_turn": seconds,
        "networks": len(timed),
        "reached": reached,
        "seconds_of_first_call": compiling,
        "torch_sweep": sweep,
        "busy_by_others": company.share,
    }


def measure(turns: Turns, quick: bool, seed: int) -> dict:
    """Measure everything, and return the figures."""
    fields = template_fields(CHUNK, seed + 1)
    fast = throughput(SETTINGS["fast"], fields, turns.fast, seed)
    shorter = replace(SETTINGS["paper"], steps=turns.paper_steps)
    paper = throughput(shorter, fields, turns.paper, seed)
    fit = time_to_fit(turns, quick, seed)
    busy = max(part["busy_by_others"] for part in (fast, paper, fit))
    if busy > BUSY:
        print(f"other programs used {busy:.0%} of the machine: run again", file=sys.stderr)
    return {
        "ratio": {
            "paper": paper["ratio"],
            "fast": fast["ratio"],
            "time_to_fit": fit["ratio"],
        },
        "share_of_matmul": paper["share_of_matmul"],
        "busy_by_others": busy,
        "fast": fast,
        "paper": paper,
        "time_to_fit": fit,
        "quick": quick,
        "seed": seed,
        "machine": describe("symscope", "jax", "torch", "numpy"),
    }


def main() -> None:
    """Read the options, measure, print."""
    options = options_of(__doc__, "in under a minute, less exact").parse_args()
    figures = measure(QUICK if options.quick else FULL, options.quick, options.seed)
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        for name, value in figures["ratio"].items():
            print(f"{'ratio.' + name:18} {value:6.2f}")
        print(f"{'share_of_matmul':18} {figures['share_of_matmul']:6.2f}")


if __name__ == "__main__":
    main()

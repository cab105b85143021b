"""The peer of bench_decoy.py: a plain PyTorch loop that trains decoy networks one after the other.

It is what one would write without symscope: `nn.Sequential`, AdamW, `OneCycleLR`, minibatches drawn
with replacement from tensors that are already in memory, all cores. Where the networks see a point
through random plane waves, those are computed once for all points, not again at every step.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

torch.set_num_threads(os.cpu_count() or 1)

CHECK_EVERY = 10
"""Steps between two looks at the accuracy when training stops at a target."""


@dataclass(frozen=True)
class Loop:
    """How the loop trains; the names are those of symscope.networks.decoys.Settings.

    Attributes
    ----------
    widths : widths of the hidden layers
    steps : steps in one cycle of the learning rate
    batch : points in a minibatch
    learning_rate : peak of the one-cycle schedule
    weight_decay, betas : of AdamW
    frequencies, bandwidth : number and standard deviation of the plane waves that encode a point
    fused : whether AdamW runs as one kernel for all parameters, or as PyTorch does by default
    """

    widths: tuple[int, ...]
    steps: int
    batch: int
    learning_rate: float
    weight_decay: float
    betas: tuple[float, float] = (0.9, 0.999)
    frequencies: int = 0
    bandwidth: float = 0.0
    fused: bool = True


def encoded(coords: ArrayLike, loop: Loop) -> Tensor:
    """Return what the first layer sees: (P, D) → (P, D + 2 · frequencies)."""
    points = torch.from_numpy(np.asarray(coords, np.float32))
    phases = points @ (torch.randn(points.shape[1], loop.frequencies) * loop.bandwidth)
    return torch.cat([points, phases.cos(), phases.sin()], dim=1)


def network(inputs: int, widths: tuple[int, ...]) -> nn.Sequential:
    """Make a fully connected network: (P, inputs) → one logit (P, 1)."""
    layers: list[nn.Module] = []
    for fan_in, fan_out in zip((inputs, *widths), widths, strict=False):
        layers += [nn.Linear(fan_in, fan_out), nn.LeakyReLU()]
    return nn.Sequential(*layers, nn.Linear(widths[-1], 1))


def one_cycle(model: nn.Sequential, inputs: Tensor, targets: Tensor, loop: Loop) -> Iterator[int]:
    """Train in place through one cycle, yielding the number of steps done after each."""
    optimiser = torch.optim.AdamW(
        model.parameters(),
        lr=loop.learning_rate,
        betas=loop.betas,
        weight_decay=loop.weight_decay,
        fused=loop.fused or None,
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, loop.learning_rate, total_steps=loop.steps, cycle_momentum=False
    )
    loss_function = nn.BCEWithLogitsLoss()
    for step in range(1, loop.steps + 1):
        index = torch.randint(len(inputs), (loop.batch,))
        loss = loss_function(model(inputs[index]), targets[index])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        yield step


@torch.inference_mode()
def accuracy_of(model: nn.Sequential, inputs: Tensor, targets: Tensor) -> float:
    """Measure the fraction of points whose level the network tells."""
    return ((model(inputs) > 0) == (targets > 0.5)).float().mean().item()


def train_torch(
    levels: ArrayLike, coords: ArrayLike, loop: Loop, *, seed: int
) -> tuple[float, float]:
    """Train one network through one cycle.

    Parameters
    ----------
    levels : array of shape (P,), 0 or 1
    coords : array of shape (P, D)
    loop : Loop
    seed : for weights, waves and minibatches

    Returns
    -------
    accuracy : fraction of all points learned
    seconds : wall-clock time, with making the network and measuring its accuracy
    """
    start = time.perf_counter()
    torch.manual_seed(seed)
    inputs = encoded(coords, loop)
    targets = torch.from_numpy(np.asarray(levels, np.float32))[:, None]
    model = network(inputs.shape[1], loop.widths)
    for _ in one_cycle(model, inputs, targets, loop):
        pass
    accuracy = accuracy_of(model, inputs, targets)
    return accuracy, time.perf_counter() - start


def fit_torch(
    levels: ArrayLike, coords: ArrayLike, loop: Loop, *, seed: int, target: float, cycles: int
) -> tuple[bool, float]:
    """Train one network until it tells `target` of the points, for at most `cycles` cycles.

    Parameters are those of `train_torch`. The network stops as soon as it is there, within a
    cycle too.

    Returns
    -------
    reached : whether the target was reached
    seconds : wall-clock time until then, or until it gave up
    """
    start = time.perf_counter()
    torch.manual_seed(seed)
    inputs = encoded(coords, loop)
    targets = torch.from_numpy(np.asarray(levels, np.float32))[:, None]
    model = network(inputs.shape[1], loop.widths)
    for _ in range(cycles):
        for step in one_cycle(model, inputs, targets, loop):
            due = step % CHECK_EVERY == 0 or step == loop.steps
            if due and accuracy_of(model, inputs, targets) >= target:
                return True, time.perf_counter() - start
    return False, time.perf_counter() - start

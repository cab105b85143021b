"""The peer of bench_decoy.py: a plain PyTorch loop that trains decoy networks one after the other.

It is what one would write without symscope: `nn.Sequential`, AdamW, `OneCycleLR`, minibatches drawn
with replacement from tensors that are already in memory. AdamW runs in its fused form, which is
the fastest of the three that PyTorch has for the CPU, and all cores are used.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn

torch.set_num_threads(os.cpu_count() or 1)

CHECK_EVERY = 10
"""Steps between two looks at the accuracy when training stops at a target."""


def network(
    widths: Sequence[int], dimension: int, activation: Callable[[], nn.Module]
) -> nn.Sequential:
    """Make a fully connected network: coordinates (P, D) to one logit (P, 1)."""
    layers: list[nn.Module] = []
    for fan_in, fan_out in zip((dimension, *widths), widths, strict=False):
        layers += [nn.Linear(fan_in, fan_out), activation()]
    return nn.Sequential(*layers, nn.Linear(widths[-1], 1))


def _steps(
    model: nn.Sequential,
    coords: Tensor,
    targets: Tensor,
    *,
    steps: int,
    batch: int,
    learning_rate: float,
    weight_decay: float,
) -> Iterator[int]:
    """Train in place, yielding the number of steps done after each."""
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=learning_rate, weight_decay=weight_decay, fused=True
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, learning_rate, total_steps=steps, cycle_momentum=False
    )
    loss_function = nn.BCEWithLogitsLoss()
    for step in range(1, steps + 1):
        index = torch.randint(len(coords), (batch,))
        loss = loss_function(model(coords[index]), targets[index])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        yield step


@torch.inference_mode()
def _accuracy(model: nn.Sequential, coords: Tensor, targets: Tensor) -> float:
    """Measure the fraction of points whose level the network tells."""
    return ((model(coords) > 0) == (targets > 0.5)).float().mean().item()


def train_torch(
    levels: np.ndarray,
    coords: np.ndarray,
    *,
    widths: Sequence[int],
    steps: int,
    batch: int,
    learning_rate: float,
    weight_decay: float,
    seed: int,
    activation: Callable[[], nn.Module] = nn.LeakyReLU,
) -> tuple[float, float]:
    """Train one network for a fixed number of steps.

    Parameters
    ----------
    levels : ndarray of shape (P,), 0 or 1
    coords : ndarray of shape (P, D)
    widths : widths of the hidden layers
    steps, batch : number of optimiser steps, and points in each
    learning_rate : peak of the one-cycle schedule
    weight_decay : of AdamW
    seed : for weights and minibatches
    activation : makes the module between two layers

    Returns
    -------
    accuracy : fraction of all points learned
    seconds : wall-clock time, with making the network and measuring its accuracy
    """
    torch.manual_seed(seed)
    start = time.perf_counter()
    inputs = torch.from_numpy(np.asarray(coords, np.float32))
    targets = torch.from_numpy(np.asarray(levels, np.float32))[:, None]
    model = network(widths, inputs.shape[1], activation)
    for _ in _steps(
        model,
        inputs,
        targets,
        steps=steps,
        batch=batch,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
    ):
        pass
    accuracy = _accuracy(model, inputs, targets)
    return accuracy, time.perf_counter() - start


def fit_torch(
    levels: np.ndarray,
    coords: np.ndarray,
    *,
    widths: Sequence[int],
    steps: int,
    batch: int,
    learning_rate: float,
    weight_decay: float,
    seed: int,
    target: float,
    limit: int,
    activation: Callable[[], nn.Module] = nn.LeakyReLU,
) -> tuple[bool, float]:
    """Train one network until it tells `target` of the points.

    One cycle of the learning rate lasts `steps`; another follows while the target is not
    reached, up to `limit` steps in all. Other parameters are those of `train_torch`.

    Returns
    -------
    reached : whether the target was reached
    seconds : wall-clock time until then, or until the limit
    """
    torch.manual_seed(seed)
    start = time.perf_counter()
    inputs = torch.from_numpy(np.asarray(coords, np.float32))
    targets = torch.from_numpy(np.asarray(levels, np.float32))[:, None]
    model = network(widths, inputs.shape[1], activation)
    done = 0
    while done < limit:
        cycle = min(steps, limit - done)
        for step in _steps(
            model,
            inputs,
            targets,
            steps=cycle,
            batch=batch,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
        ):
            if step % CHECK_EVERY == 0 and _accuracy(model, inputs, targets) >= target:
                return True, time.perf_counter() - start
        done += cycle
    return _accuracy(model, inputs, targets) >= target, time.perf_counter() - start

"""Problems for bench_generators.py: clouds, functions and data, with a symmetry or without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.evaluation import clouds
from symscope.synth.potentials import potential, preserving, rotations

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Problem:
    """Arguments of ``discover``, and what it should say.

    ``generators`` (n, D, D + 1) is the true algebra, empty without symmetry.
    """

    kind: str
    source: Any
    target: Any = None
    options: dict[str, Any] = field(default_factory=dict)
    name: str = "none"
    generators: Floats = field(default_factory=lambda: np.zeros((0, 0, 0)))


def circle(count: int, seed: int) -> Floats:
    """Draw SymDet's SO(2) cloud."""
    return clouds.circle(np.random.default_rng(seed), count)


def sphere(count: int, seed: int) -> Floats:
    """Draw SymDet's SO(3) cloud, dense at the poles."""
    return clouds.sphere(np.random.default_rng(seed), count)


def arc(count: int, degrees: float, noise: float, seed: int) -> Floats:
    """Draw a short arc of the unit circle, with uniform radial noise."""
    random = np.random.default_rng(seed)
    angle = np.deg2rad(random.uniform(-degrees / 2, degrees / 2, count))
    radius = 1 + noise * random.uniform(-1, 1, count)
    return radius[:, None] * np.stack([np.sin(angle), -np.cos(angle)], axis=1)


def pendulum(amplitude_deg: float, count: int) -> Floats:
    """Follow a pendulum of small amplitude: positions (sin θ, -cos θ) at equal times."""
    phase = np.linspace(0, 12 * np.pi, count)
    angle = np.deg2rad(amplitude_deg) * np.cos(phase)
    return np.stack([np.sin(angle), -np.cos(angle)], axis=1)


def double_well_levels(count: int, seed: int) -> tuple[Floats, NDArray[np.int64]]:
    """Draw SymDet's double well: V = -2.4 r² + r⁴ on [0, 1.6]², levels k/5 ± 0.001, k = -5 … 5."""
    random = np.random.default_rng(seed)
    found: list[list[Floats]] = [[] for _ in range(11)]
    while min(sum(len(part) for part in parts) for parts in found) < count:
        points = random.uniform(0, 1.6, (1_000_000, 2))
        square = (points**2).sum(axis=1)
        value = -2.4 * square + square**2
        nearest = np.rint(5 * value).astype(int)
        near = np.abs(value - nearest / 5) < 1e-3
        for k, parts in enumerate(found):
            parts.append(points[near & (nearest == k - 5)])
    points = np.concatenate([np.concatenate(parts)[:count] for parts in found])
    return points, np.repeat(np.arange(11), count)


def _rotation(dimension: int, random: np.random.Generator) -> Floats:
    turned, _ = np.linalg.qr(random.standard_normal((dimension, dimension)))
    return turned


def positives(rounds: int, seed: int) -> Iterator[Problem]:
    """Draw problems with a symmetry: formulas turned and shifted, data, labels, clouds."""
    names = ("circle", "sphere", "double-well", "lorentz", "squeeze", "elliptic-well", "su2",
             "mexican-hat-4", "norm-5", "stripes-2", "stripes-3")  # fmt: skip
    for number in range(rounds):
        for name in names:
            yield _formula(name, np.random.default_rng([seed, number, 1]))
        random = np.random.default_rng([seed, number, 2])
        for name, count in (
            ("circle", 600),
            ("sphere", 1000),
            ("double-well", 1000),
            ("squeeze", 600),
            ("elliptic-well", 600),
            ("stripes-2", 600),
            ("lorentz", 2000),
        ):
            found = potential(name, number)
            points, values = found.sample(count, int(random.integers(2**31)))
            yield Problem("data", points, values, {}, _connected(name), found.generators)
        found = potential("double-well")
        points, values = found.sample(4000, int(random.integers(2**31)))
        label = np.rint(values * 2).astype(int)
        near = (np.abs(values * 2 - label) < 0.25) & (label < 2)
        yield Problem("labels", points[near], label[near], {}, "SO(2)", rotations(2))
        yield from _clouds(random)


def _connected(name: str) -> str:
    group = potential(name).group
    return "S" + group if group.startswith("O(") else group


def _formula(name: str, random: np.random.Generator) -> Problem:
    found = potential(name, int(random.integers(2**31)))
    size = found.dimension
    turned, shift = _rotation(size, random), 0.3 * random.standard_normal(size)
    fields = found.generators.copy()
    # x → R(x - s): the field A x + b becomes RᵀA R(x - s) + Rᵀb.
    linear = turned.T @ fields[:, :, :-1] @ turned
    fields[:, :, -1] = fields[:, :, -1] @ turned - linear @ shift
    fields[:, :, :-1] = linear
    options = {"dimension": size, "domain": (shift - 1.0, shift + 1.0)}
    return Problem(
        "formula",
        lambda x: found((x - shift) @ turned.T),
        None,
        options,
        _connected(name),
        fields,
    )


def _clouds(random: np.random.Generator) -> Iterator[Problem]:
    def seed() -> int:
        return int(random.integers(2**31))

    yield Problem("cloud", circle(500, seed()), None, {}, "SO(2)", rotations(2))
    yield Problem("cloud", sphere(1000, seed()), None, {}, "SO(3)", rotations(3))
    turn, height = random.uniform(0, 2 * np.pi, 600), random.uniform(-1.2, 1.2, 600)
    wall = np.stack([np.cos(turn), np.sin(turn), height], axis=1)
    fields = np.zeros((2, 3, 4))
    fields[0, :2, :2], fields[1, 2, 3] = [[0, -1], [1, 0]], 1.0
    yield Problem(
        "cloud", wall + 0.02 * random.standard_normal(wall.shape), None, {}, "SO(2) × T", fields
    )
    oval = circle(500, seed()) * (2.0, 1.0)
    yield Problem("cloud", oval, None, {}, "SO(2)", preserving(np.diag([0.25, 1.0])))
    ball = random.standard_normal((2000, 4))
    ball *= (1 + 0.02 * random.standard_normal(2000) / 1)[:, None] / np.linalg.norm(
        ball, axis=1, keepdims=True
    )
    yield Problem("cloud", ball, None, {}, "SO(4)", rotations(4))


def negatives(rounds: int, seed: int) -> Iterator[Problem]:
    """Draw problems without continuous symmetry, of many kinds and in two to five dimensions."""
    for number in range(rounds):
        random = np.random.default_rng([seed, number, 3])
        yield from _negative_formulas(random)
        yield from _negative_data(random)
        yield from _negative_clouds(random)


def _polynomial(dimension: int, random: np.random.Generator) -> Callable[[Floats], Floats]:
    linear = random.standard_normal(dimension)
    square = random.standard_normal((dimension, dimension))
    cube = random.standard_normal((dimension,) * 3)
    fourth = random.standard_normal(dimension)

    def values(x: Floats) -> Floats:
        return (
            x @ linear
            + np.einsum("pi,ij,pj->p", x, square, x)
            + np.einsum("pi,pj,pk,ijk->p", x, x, x, cube)
            + (x**4) @ fourth
        )

    return values


def _untrained(dimension: int, random: np.random.Generator) -> Callable[[Floats], Floats]:
    first = random.standard_normal((dimension, 40)) * 1.5
    second = random.standard_normal((40, 40)) / 4
    last = random.standard_normal(40)
    return lambda x: np.tanh(np.tanh(x @ first) @ second) @ last


def _negative_formulas(random: np.random.Generator) -> Iterator[Problem]:
    def seed() -> int:
        return int(random.integers(2**31))

    for size in (2, 3, 5):
        options = {"dimension": size}
        yield Problem("formula: plane waves", potential(f"fourier-{size}", seed()), None, options)
        yield Problem("formula: polynomial", _polynomial(size, random), None, options)
        yield Problem("formula: untrained network", _untrained(size, random), None, options)
    for name in ("d4", "henon-heiles", "mirror", "cubic"):
        turned = _rotation(2, random)
        found = potential(name)
        yield Problem(
            f"formula: {name}", lambda x, f=found, r=turned: f(x @ r), None, {"dimension": 2}
        )


def _noise_picture(random: np.random.Generator, slope: float) -> Floats:
    """Draw a picture whose spectrum falls with a power of the frequency, 32 × 32."""
    frequency = np.fft.fftfreq(32)
    size = np.hypot(frequency[:, None], frequency)
    size[0, 0] = 1.0
    return np.fft.ifft2(np.fft.fft2(random.standard_normal((32, 32))) * size**slope).real


def _negative_data(random: np.random.Generator) -> Iterator[Problem]:
    def seed() -> int:
        return int(random.integers(2**31))

    for size, count in ((2, 600), (3, 1000)):
        found = potential(f"fourier-{size}", seed())
        points, values = found.sample(count, seed())
        yield Problem("data: plane waves", points, values)
        yield Problem("data: polynomial", points, _polynomial(size, random)(points))
        round_values = (points**2).sum(axis=1)
        yield Problem("data: permuted values", points, random.permutation(round_values))
        yield Problem(
            "data: labels of plane waves",
            points,
            np.digitize(values, np.quantile(values, (0.25, 0.5, 0.75))),
        )
        labels = np.digitize(round_values, np.quantile(round_values, (0.25, 0.5, 0.75)))
        yield Problem("data: permuted labels", points, random.permutation(labels))
    points = np.stack(np.meshgrid(*[np.linspace(-1, 1, 32)] * 2, indexing="ij"), -1).reshape(-1, 2)
    for name, slope in (("white noise", 0.0), ("pink noise", -1.0), ("brown noise", -2.0)):
        yield Problem(f"data: {name}", points, _noise_picture(random, slope).ravel())


def _negative_clouds(random: np.random.Generator) -> Iterator[Problem]:
    def noisy(points: Floats) -> Floats:
        return points + 0.01 * random.standard_normal(points.shape)

    yield Problem("cloud: normal", random.standard_normal((500, 2)))
    yield Problem("cloud: cube", random.uniform(-1, 1, (800, 3)))
    turn = random.uniform(0, 2 * np.pi, 600)
    ring = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    for lobes, depth in ((3, 0.15), (5, 0.3)):
        radius = 1 + depth * np.cos(lobes * turn + random.uniform(0, 6))
        yield Problem("cloud: lobes", noisy(radius[:, None] * ring))
    yield Problem("cloud: figure eight", noisy(np.stack([np.sin(turn), np.sin(2 * turn)], 1)))
    side = random.uniform(-1, 1, 600)
    square = np.where(
        (np.arange(600) % 4 < 2)[:, None],
        np.stack([side, np.sign(np.arange(600) % 2 - 0.5)], axis=1),
        np.stack([np.sign(np.arange(600) % 2 - 0.5), side], axis=1),
    )
    yield Problem("cloud: square outline", noisy(square))
    phases = random.uniform(0, 2 * np.pi, 3)
    knot = np.cos(turn[:, None] * (1, 2, 3) + phases)
    yield Problem("cloud: knot", noisy(knot))
    direction = random.standard_normal((1500, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    waves = random.standard_normal((3, 3))
    radius = 1 + 0.2 * np.sin(2 * direction @ waves).sum(axis=1)
    yield Problem("cloud: potato", noisy(radius[:, None] * direction))

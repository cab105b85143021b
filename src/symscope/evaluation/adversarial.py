"""The adversarial route to generators: how exact, how sure, and what it makes of data without."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from symscope.evaluation.clouds import THICKNESS, circle, error_deg, sphere
from symscope.lie.algebra import Algebra, Verdict
from symscope.lie.discover import discover
from symscope.synth.potentials import potential, rotations

Floats = NDArray[np.float64]

STREAM = 7
"""First word of the seeds of what is drawn."""

CIRCLES = (20, 3)
"""Clouds of 500 points, as SymDet publishes for SO(2), full and quick."""

CONTROLS = (3, 1)
"""Draws of each kind without a symmetry, or from which it cannot be known, full and quick."""

BOUND = 2.0
"""Degrees within which a generator counts as found."""

Drawn = tuple[Floats, Floats | None]


def _sphere(random: Generator) -> Drawn:
    direction = random.standard_normal((1000, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    return direction * random.uniform(1 - THICKNESS, 1 + THICKNESS, (1000, 1)), None


def _lobes(random: Generator) -> Drawn:
    angle = random.uniform(0, 2 * np.pi, 500)
    radius = 1 + 0.15 * np.cos(3 * angle) + 0.02 * random.standard_normal(500)
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1), None


def _values(name: str, random: Generator, count: int = 600) -> Drawn:
    points, values = potential(name).sample(count, int(random.integers(2**31)))
    return points, np.asarray(values, dtype=np.float64)


def _permuted(random: Generator) -> Drawn:
    points, values = _values("circle", random)
    assert values is not None
    return points, random.permutation(values)


def _levels(random: Generator) -> Drawn:
    """Label 1,200 points by three levels of x² + y³."""
    points, values = _values("cubic", random, 1200)
    assert values is not None
    return points, np.digitize(values, np.quantile(values, (1 / 3, 2 / 3))).astype(float)


WITHOUT: dict[str, Callable[[Generator], Drawn]] = {
    "uniform square": lambda random: (random.uniform(-1, 1, (500, 2)), None),
    "three lobes": _lobes,
    "arc of 60° of an ellipse": lambda random: (circle(random, 500, np.pi / 3) * (2, 1), None),
    "values of x² + y³": lambda random: _values("cubic", random),
    "levels of x² + y³": _levels,
    "permuted values": _permuted,
}
"""What has no symmetry of the class, or too little of it to be known."""

HARDER: dict[str, tuple[Callable[[Generator], Drawn], Floats, str]] = {
    "normal cloud: SO(2)": (
        lambda random: (random.standard_normal((500, 2)), None),
        rotations(2),
        "affine",
    ),
    "values of a double well: SO(2)": (
        lambda random: _values("double-well", random),
        rotations(2),
        "affine",
    ),
    "values of x y: SO(1,1)": (
        lambda random: _values("squeeze", random),
        potential("squeeze").generators,
        "affine",
    ),
    "uniform sphere: SO(3)": (_sphere, rotations(3), "affine"),
    "sphere, dense at the poles: SO(3)": (
        lambda random: (sphere(random, 1000), None),
        rotations(3),
        "affine",
    ),
    "values of the Lorentz form: SO(1,3)": (
        lambda random: _values("lorentz", random, 2000),
        potential("lorentz").generators,
        "linear",
    ),
}
"""Other data with a symmetry, to see where this route ends: draw, generators, class."""

MOST_HARDER = (6, 3)
"""Of them, full and quick."""


def measure(
    *,
    seed: int,
    quick: bool,
    progress: Callable[[int, int], None],
    find: Callable[..., Algebra] = discover,
) -> dict[str, Any]:
    """Find SO(2) on fresh circles, beside the pair route; then what has no symmetry, and harder.

    Returns
    -------
    dict
        ``circles``: for both routes the error of each draw in degrees, the share within BOUND,
        what was said, the generators' largest defect and the random fields' least (of the
        adversarial route: the advantage of new discriminators), and seconds (the first draw of the
        adversarial route compiles its programs); ``without``: verdicts by kind, and
        ``false_generators``, how many draws got one; ``harder``: verdict, name, error and seconds
        of each.
    """
    harder = dict(list(HARDER.items())[: MOST_HARDER[quick]])
    total = CIRCLES[quick] + CONTROLS[quick] * len(WITHOUT) + len(harder)
    done = 0

    def found(drawn: Drawn, true: Floats | None = None, **options: Any) -> dict[str, Any]:
        start = time.perf_counter()
        algebra = find(*drawn, **options)
        return {
            "verdict": str(algebra.verdict),
            "name": algebra.name,
            "generators": algebra.dimension,
            "error_deg": None if true is None else error_deg(algebra, true),
            "defect": float(algebra.defects[: algebra.dimension].max(initial=0.0)),
            "null": algebra.null,
            "seconds": time.perf_counter() - start,
        }

    def step() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    circles: dict[str, list[dict[str, Any]]] = {"adversarial": [], "pairs": []}
    for number in range(CIRCLES[quick]):
        points = circle(np.random.default_rng([STREAM, seed, number]))
        for route, rows in circles.items():
            rows.append(found((points, None), rotations(2), route=route, seed=number))
        step()
    verdicts: dict[str, Counter[str]] = {kind: Counter() for kind in WITHOUT}
    for place, (kind, draw) in enumerate(WITHOUT.items()):
        for number in range(CONTROLS[quick]):
            drawn = draw(np.random.default_rng([STREAM, seed, 1 + place, number]))
            row = found(drawn, route="adversarial", seed=number)
            verdicts[kind][row["verdict"]] += 1
            step()
    rows = {}
    for place, (kind, (draw, true, of)) in enumerate(harder.items()):
        drawn = draw(np.random.default_rng([STREAM, seed, 101 + place, 0]))
        rows[kind] = found(drawn, true, route="adversarial", kind=of, seed=seed)
        step()
    return {
        "suite": "adversarial",
        "seed": seed,
        "quick": quick,
        "circles": {route: _summary(of) for route, of in circles.items()},
        "without": {kind: dict(counts) for kind, counts in verdicts.items()},
        "false_generators": sum(counts[Verdict.SYMMETRIC] for counts in verdicts.values()),
        "harder": rows,
    }


def _summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    errors, seconds = ([row[key] for row in rows] for key in ("error_deg", "seconds"))
    return {
        "draws": len(rows),
        "errors_deg": errors,
        "median_deg": float(np.median(errors)),
        f"within_{BOUND:g}_deg": int(np.sum(np.array(errors) <= BOUND)),
        "said": dict(Counter(f"{row['verdict']}: {row['name']}" for row in rows)),
        "largest_defect": max(row["defect"] for row in rows),
        "least_null": min(row["null"] or 0.0 for row in rows),
        "seconds": {"median": float(np.median(seconds)), "largest": float(np.max(seconds))},
    }

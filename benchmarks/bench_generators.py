"""Measure the generators that symscope finds, beside SymDet, the packaged code of the same paper.

    python benchmarks/bench_generators.py --json [--quick] [--seed S] [--only PART,…]
        [--symdet DIR] [--tensorflow PYTHON]

Angles are principal angles in degrees between the span of the generators found (their linear parts)
and the true algebra, the largest first; where a run finds another number of generators, its angle
counts as 90. Times are those of one `discover` call in this process, after a first one.

SymDet 0.0.1 runs in processes of its own (symdet_peer.py), on the same points, from DIR
(`pip install --no-deps --target DIR symdet==0.0.1 tqdm`); without --symdet it is installed into a
temporary folder. As published it reads TensorFlow tensors one element at a time: --tensorflow names
a Python that has TensorFlow, and one SO(2) cloud is run so. On plain arrays (no TensorFlow) it runs
on as many clouds as symscope, for SO(3) on a quarter of them.

Expect: so2.angle_deg < 0.2, so2.seconds < 0.5, so3.angles_deg < 0.6 with dimension 3 and < 2 s; no
wrong generator on short arcs; 11 double_well levels right; o5.largest_deg and lorentz.largest_deg
< 2; exact functions to round-off in < 1 s; false_symmetric <= 0.01; right_name >= 0.95; on
pictures a direction to 1 degree, a centre to 0.01 of the side, false alarms <= 0.02.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.linalg import subspace_angles

from generator_cases import (
    Problem,
    arc,
    circle,
    double_well_levels,
    negatives,
    pendulum,
    positives,
    sphere,
)
from machine import Company, describe, options_of
from symscope.evaluation.claims.orbits import SYMDET_ORBITS
from symscope.lie.algebra import Algebra
from symscope.lie.discover import discover
from symscope.lie.pairs import clusters
from symscope.networks.devices import enable_compilation_cache
from symscope.synth.potentials import potential, rotations

SEEDS = {"full": 20, "quick": 2}
LEARNED_SEEDS = {"full": 20, "quick": 1}
LEARNED_POINTS = {"full": {"lorentz": 3000, "o5": 10_000}, "quick": {"lorentz": 1500, "o5": 10_000}}
ROUNDS = {"full": (5, 9), "quick": (1, 1)}
"""Rounds of positive and negative problems."""

TEMPLATES = {"full": 4, "quick": 1}
"""Templates of each class and family, for pictures; a quick run takes one family."""

PEER_SPHERE = {"full": 1000, "quick": 200}
"""Points of SymDet's sphere: its time grows as their square."""

WRONG = 90.0


def say(text: str) -> None:
    """Tell how far it has come."""
    print(f"bench_generators: {text}", file=sys.stderr, flush=True)


def angles(algebra: Algebra, true: np.ndarray) -> list[float]:
    """Return the principal angles to the true algebra (n, D, D + 1), in degrees."""
    if algebra.dimension != len(true):
        return [WRONG] * len(true)
    linear = np.abs(true[:, :, :-1]).max() > 0 and np.abs(algebra.generators).max() > 1e-9
    if linear and np.abs(true[:, :, :-1]).reshape(len(true), -1).max(axis=1).min() > 0:
        found, wanted = algebra.generators, true[:, :, :-1]
    else:
        found = np.concatenate([algebra.generators, algebra.shifts[:, :, None]], axis=2)
        wanted = true
    one, two = (part.reshape(len(part), -1).T for part in (found, wanted))
    return np.rad2deg(subspace_angles(one, two)).tolist()


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return median and range."""
    return {
        "median": float(np.median(values)),
        "least": float(np.min(values)),
        "largest": float(np.max(values)),
        "runs": len(values),
    }


def timed(*arguments: Any, **options: Any) -> tuple[Algebra, float]:
    """Call discover and time it."""
    start = time.perf_counter()
    algebra = discover(*arguments, **options)
    return algebra, time.perf_counter() - start


def clouds(
    draw: Callable[[int, int], np.ndarray], count: int, true: np.ndarray, seeds: Sequence[int]
) -> dict[str, Any]:
    """Find the generators of clouds near one orbit."""
    discover(draw(count, seeds[0] + 10_000))
    found, seconds, names = [], [], Counter()
    for seed in seeds:
        algebra, took = timed(draw(count, seed))
        found.append(angles(algebra, true))
        seconds.append(took)
        names[f"{algebra.verdict}: {algebra.name}"] += 1
    return {
        "largest": [max(one) for one in found],
        "medians": np.median(found, axis=0).tolist(),
        "seconds": seconds,
        "said": dict(names),
    }


def so2_and_so3(size: str, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """SymDet's own set-up, for both."""
    seeds = range(seed, seed + SEEDS[size])
    flat, space = (
        clouds(circle, 500, rotations(2), seeds),
        clouds(sphere, 1000, rotations(3), seeds),
    )
    ours = {
        "so2": {
            "angle_deg": spread(flat["largest"]),
            "seconds": spread(flat["seconds"]),
            "said": flat["said"],
        },
        "so3": {
            "angles_deg": space["medians"],
            "largest_deg": spread(space["largest"]),
            "seconds": spread(space["seconds"]),
            "said": space["said"],
        },
    }
    return ours | {"symdet": symdet(size, list(seeds), options)}


def symdet(size: str, seeds: list[int], options: argparse.Namespace) -> dict[str, Any]:
    """Run SymDet on the same clouds."""
    with tempfile.TemporaryDirectory() as folder:
        package = options.symdet
        if package is None:
            package = Path(folder) / "package"
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
            command += ["--target", str(package), "symdet==0.0.1", "tqdm"]
            if subprocess.run(command, capture_output=True).returncode:
                return {"missing": "symdet==0.0.1 could not be installed: give --symdet DIR"}
        rows = {
            "so2": [
                _peer(package, folder, "so2", circle(500, s), s)
                for s in seeds[: len(seeds) if size == "full" else 1]
            ],
            "so3": [
                _peer(package, folder, "so3", sphere(PEER_SPHERE[size], s), s)
                for s in seeds[: max(1, len(seeds) // 4)]
            ],
        }
        result = {task: _peer_figures(rows[task]) for task in rows}
        if options.tensorflow:
            row = _peer(package, folder, "so2", circle(500, seeds[0]), seeds[0], options.tensorflow)
            result["so2_as_published"] = _peer_figures([row])
        else:
            result["so2_as_published"] = {"missing": "needs --tensorflow PYTHON"}
        return result


def _peer(
    package: Path,
    folder: str,
    task: str,
    points: np.ndarray,
    seed: int,
    python: str | None = None,
) -> dict[str, Any]:
    file = Path(folder) / "points.npz"
    np.savez(file, points=points)
    script = Path(__file__).with_name("symdet_peer.py")
    mode = "published" if python else "arrays"
    command = [python or sys.executable, str(script), "--package", str(package), "--task", task]
    command += ["--mode", mode, "--data", str(file), "--seed", str(seed)]
    say(f"symdet {task} {mode} seed {seed}")
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        return {"failed": done.stderr.strip()[-200:], "generators": None, "seconds": None}
    row = json.loads(done.stdout)
    true = rotations(points.shape[1])[:, :, :-1]
    if row["generators"]:
        found = np.array(row["generators"], dtype=float)[: len(true)].reshape(len(true), -1)
        if np.isfinite(found).all() and np.linalg.matrix_rank(found) == len(true):
            apart = subspace_angles(found.T, true.reshape(len(true), -1).T)
            row["angle_deg"] = float(np.rad2deg(apart.max()))
    return row


def _peer_figures(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A failure is an error, no generator, or one more than 10 degrees wrong, said as any other."""
    known = [row.get("angle_deg", WRONG) for row in rows]
    seconds = [row["seconds"] for row in rows if row["seconds"] is not None]
    return {
        "angle_deg": spread(known),
        "seconds": spread(seconds) if seconds else None,
        "errors": sum(row["failed"] is not None for row in rows),
        "wrong_generators": sum(
            row["failed"] is None and a > 10 for row, a in zip(rows, known, strict=True)
        ),
    }


def short_arcs(size: str, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """Arcs of 5°: the right generator, or the verdict that it cannot be known."""
    said, wrong = Counter(), 0
    for one in range(seed, seed + SEEDS[size]):
        cases = [arc(500, 5.0, noise, one) for noise in (0.0, 1e-5, 1e-4, 1e-3, 1e-2)]
        cases += [pendulum(2.5, 400 + one), pendulum(5.0, 400 + one)]
        for points in cases:
            algebra = discover(points)
            said[str(algebra.verdict)] += 1
            if algebra.dimension:
                wrong += np.cos(np.deg2rad(max(angles(algebra, rotations(2))))) <= 0.999
    return {"short_arc": {"said": dict(said), "wrong_generators": int(wrong)}}


def double_well(size: str, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """Count the orbits of each level of SymDet's double well."""
    right = []
    for one in range(seed, seed + SEEDS[size]):
        points, labels = double_well_levels(1000, one)
        orbit = clusters(points, labels)
        counted = [len(set(orbit[labels == k].tolist()) - {-1}) for k in range(11)]
        right.append(sum(a == b for a, b in zip(counted, SYMDET_ORBITS, strict=True)))
    return {"double_well": {"right": spread(right), "levels": 11}}


def learned(size: str, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """Functions that networks have learned: the O(5) regression of LieGG, the Lorentz form."""
    result = {}
    for key, kind in (("lorentz", "affine"), ("o5", "linear")):
        found, count = potential(key), LEARNED_POINTS[size][key]
        largest, every, seconds, names, signatures = [], [], [], Counter(), Counter()
        for one in range(seed, seed + LEARNED_SEEDS[size]):
            points = np.random.default_rng(one).standard_normal((count, found.dimension))
            algebra, took = timed(points, found(points), kind=kind, seed=one)
            apart = angles(algebra, found.generators)
            largest.append(max(apart))
            every.append(apart)
            seconds.append(took)
            names[f"{algebra.verdict}: {algebra.name}, {algebra.dimension}"] += 1
            naming = algebra.naming
            signatures[str(naming.signature[:2]) if naming and naming.signature else "none"] += 1
            say(f"{key} seed {one}: {max(apart):.2f} degrees, {took:.0f} s, {algebra.name}")
        result[key] = {
            "largest_deg": spread(largest),
            "angles_deg": np.median(every, axis=0).tolist(),
            "seconds": spread(seconds),
            "said": dict(names),
            "signature": dict(signatures),
        }
    return result


def exact(size: str, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """Exact functions, to round-off."""
    result = {}
    for key, name in (("so3", "norm-3"), ("so10", "norm-10"), ("lorentz", "lorentz")):
        found = potential(name)
        domain = (found.low, found.high)
        apart, seconds, names = [], [], Counter()
        for one in range(seed, seed + SEEDS[size]):
            algebra, took = timed(found, dimension=found.dimension, domain=domain, seed=one)
            apart.append(max(angles(algebra, found.generators)))
            seconds.append(took)
            names[algebra.group] += 1
        result[key] = {
            "largest_deg": spread(apart),
            "seconds": spread(seconds),
            "said": dict(names),
        }
    return {"exact": result}


def _said(problem: Problem, seed: int) -> Algebra:
    return discover(problem.source, problem.target, seed=seed, **problem.options)


def _some(problems: Iterator[Problem], size: str) -> Iterator[Problem]:
    """Take all of them, or in a quick run every third of those that need no networks."""
    if size == "full":
        yield from problems
    else:
        yield from itertools.islice((p for p in problems if p.target is None), 0, None, 3)


def names(size: str, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """Positive and negative problems of many kinds: how often is it said right?"""
    rounds_positive, rounds_negative = ROUNDS[size]
    false, said, kinds = [], Counter(), Counter()
    for number, problem in enumerate(_some(negatives(rounds_negative, seed), size)):
        algebra = _said(problem, number)
        said[str(algebra.verdict)] += 1
        kinds[problem.kind.split(":")[0]] += 1
        if algebra.verdict == "symmetric":
            false.append(f"{problem.kind}: {algebra.name}")
        if number % 50 == 49:
            say(f"{number + 1} negatives, {len(false)} false")
    total = sum(said.values())
    wrong: dict[str, Counter[str]] = {}
    right, dimension, count = 0, 0, 0
    for number, problem in enumerate(_some(positives(rounds_positive, seed), size)):
        algebra = _said(problem, number)
        count += 1
        same = algebra.dimension == len(problem.generators)
        dimension += same
        right += same and algebra.name == problem.name
        if not (same and algebra.name == problem.name):
            text = f"{algebra.verdict}: {algebra.name}, {algebra.dimension}"
            wrong.setdefault(f"{problem.kind}: {problem.name}", Counter())[text] += 1
        if number % 50 == 49:
            say(f"{number + 1} positives, {right} right")
    return {
        "false_symmetric": len(false) / total,
        "negatives": {"problems": total, "kinds": dict(kinds), "said": dict(said), "false": false},
        "right_name": right / count,
        "right_dimension": dimension / count,
        "positives": {"problems": count, "wrong": {k: dict(v) for k, v in wrong.items()}},
    }


def images(size: str, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """Fresh templates: where is the generator, and how often is there one that is none?"""
    from symscope.features.features import GRID
    from symscope.features.lie_defect import best_flow, flow_sums, judged
    from symscope.field import pixel_centres
    from symscope.groups import Symmetry
    from symscope.networks.decoys import train
    from symscope.networks.devices import mesh
    from symscope.networks.settings import SETTINGS, network_range
    from symscope.options import Options
    from symscope.synth.families import FAMILIES
    from symscope.synth.templates import templates

    mesh()
    families = tuple(FAMILIES) if size == "full" else ("waves",)
    drawn = templates(TEMPLATES[size], families=families, seed=(11, seed))
    points = pixel_centres(GRID, GRID).astype(float)
    fields = [template.field for template in drawn]
    networks = network_range(Options())[0]
    direction, centre = [], []
    verdicts: dict[str, Counter[str]] = {}
    trained = train(fields, networks, SETTINGS["fast"], seed)
    for template, decoys in zip(drawn, trained, strict=True):
        flow = judged(best_flow(flow_sums(decoys.jacobian(points), points)), [decoys], points)
        label, true = template.label, template.construction.parameters
        verdicts.setdefault(str(label), Counter())[f"{flow.verdict}: {flow.kind}"] += 1
        if label is Symmetry.STRIPED:
            off = None if flow.angle_deg is None else flow.angle_deg - true["direction_deg"]
            direction.append(WRONG if off is None else abs((off + 90) % 180 - 90))
        if label is Symmetry.ROUND:
            off = None if flow.centre is None else np.subtract(flow.centre, true["centre"])
            centre.append(1.0 if off is None else float(np.hypot(*off)) / 2)
    others = [(str(c), v) for c, v in verdicts.items() if c not in ("T", "O(2)")]
    alarms = sum(v[said] for _, v in others for said in v if said.startswith("symmetric"))
    return {
        "image": {
            "direction_deg": spread(direction),
            "centre": spread(centre),
            "false_alarms": alarms / sum(sum(v.values()) for _, v in others),
            "said": {label: dict(v) for label, v in verdicts.items()},
            "networks": networks,
        }
    }


PARTS: dict[str, Callable[[str, int, argparse.Namespace], dict[str, Any]]] = {
    "clouds": so2_and_so3,
    "arcs": short_arcs,
    "double_well": double_well,
    "exact": exact,
    "images": images,
    "names": names,
    "learned": learned,
}


def main() -> None:
    """Read the options, measure, print."""
    parser = options_of(__doc__, "a few runs instead of twenty")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, with commas")
    parser.add_argument("--symdet", type=Path, help="folder with symdet 0.0.1")
    parser.add_argument("--tensorflow", metavar="PYTHON", help="a Python with TensorFlow")
    options = parser.parse_args()
    wanted = options.only.split(",")
    if unknown := set(wanted) - set(PARTS):
        parser.error(f"unknown parts {', '.join(sorted(unknown))}: expected {', '.join(PARTS)}")
    enable_compilation_cache()
    figures: dict[str, Any] = {}
    with Company() as company:
        for part in wanted:
            start = time.perf_counter()
            figures |= PARTS[part]("quick" if options.quick else "full", options.seed, options)
            say(f"{part} took {time.perf_counter() - start:.0f} s")
    figures |= {
        "seed": options.seed,
        "quick": options.quick,
        "busy_by_others": company.share,
        "machine": describe("symscope", "jax", "scipy"),
    }
    if options.json:
        print(json.dumps(figures))
    else:
        print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()

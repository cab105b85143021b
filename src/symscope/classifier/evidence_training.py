"""Train the classifiers of evidence, from nothing, in one run that can be stopped and resumed.

The shards that are missing are made (evidence_dataset.py). Then the networks that vote are trained:
each minimises the surprise at the candidates that are right.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray
from scipy.optimize import minimize

from symscope.classifier.classifier import write_classifier
from symscope.classifier.evidence import (
    LEAST_ODDS,
    MEMBERS,
    NULLS,
    REACH,
    SOURCES,
    WIDTH,
    EvidenceClassifier,
    evidence_name,
    explaining,
    inputs,
    kind,
    named,
    of_kinds,
    probabilities,
    shares_of,
)
from symscope.classifier.evidence_dataset import SHARDS, Example, load_examples, make_shards
from symscope.classifier.model_card import write_model_card
from symscope.groups import CLASSES, Symmetry

BATCH = 32
"""Pictures in a step."""

SCHEDULE = {1: (2000, 0.6), 2: (4000, 0.3), 3: (2000, 0.6)}
"""Steps, and decay of the weights, by dimension. Chosen, like NOISE, by the surprise at held-out
inputs: in pictures half the steps or twice the decay add 0.04 to 0.81; twice the steps, half the
noise, or half the noise and half the decay change it by at most 0.006."""

FOLDS = 8
"""Parts of the shards, each judged by networks trained on the others: by networks trained on half
of them, less sure than those that ship, odds came out too wide and probabilities too low."""

NOISE, NOISES = 0.2, 256
"""Deviation of what is added to the inputs, in theirs; and of how many pictures it is drawn."""

LIMITS = ((-3.0, 3.0), (0.3, 4.0))
"""Of the shift of odds and of the temperature."""

PLAIN = {"shift": np.zeros(1, np.float32), "temperature": np.ones(1, np.float32)}
"""Of networks that are not calibrated."""

HALVED = ("weights_", "null_")
"""How the names of arrays begin that are stored in 16 bits: on the pictures trained on, no
probability differs by more than 2e-4, and no label does."""

RIDGE, LEAST_LEFT, FAR_AWAY = 30.0, 0.3, 999.0
"""Penalty of the regressions of odds on kinds; what is added to what they leave before its
logarithm is taken; and what is further away than any odds."""


def _padded(examples: Sequence[Example], source: str, dimension: int) -> tuple[NDArray[Any], ...]:
    """Stack inputs (B, C + 1, D), whether there is a candidate, and what it is to get, of 1."""
    values = [inputs(example.evidence, source, dimension) for example in examples]
    most, size = max(map(len, values)), values[0].shape[1]
    stacked = np.zeros((len(values), most, size), np.float32)
    there = np.zeros((len(values), most + 1), bool)
    wanted = np.zeros((len(values), most + 1), bool)
    for i, (rows, example) in enumerate(zip(values, examples, strict=True)):
        stacked[i, : len(rows)] = rows
        there[i, : len(rows)] = there[i, -1] = True
        wanted[i, : len(rows)] = example.right
    return stacked, there, wanted


def fit(
    examples: Sequence[Example],
    source: str,
    seed: int = 0,
    dimension: int = 2,
    steps: int | None = None,
) -> dict[str, NDArray[np.float32]]:
    """Train the networks that vote on examples of one source → their arrays."""
    usual, decay = SCHEDULE[dimension]
    steps = steps or usual
    stacked, there, wanted = _padded(examples, source, dimension)
    rows = stacked[there[:, :-1]]
    mean, deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-3
    given = np.clip((stacked - mean) / deviation, -REACH, REACH)
    kept = np.array([e.kept if e.label is not Symmetry.NONE else 0.0 for e in examples], np.float32)

    def odds(weights: Any, x: Any) -> Any:
        for matrix, bias in weights[:-1]:
            hidden = x @ matrix + bias
            x = hidden * jax.nn.sigmoid(1.702 * hidden)
        matrix, bias = weights[-1]
        return (x @ matrix + bias)[..., 0]

    def loss(weights: Any, batch: Any) -> Any:
        x, exists, target, share = batch
        values = jnp.concatenate([odds(weights, x), jnp.zeros((len(x), 1))], axis=1)
        logs = jax.nn.log_softmax(jnp.where(exists, values, -1e9))
        hit = jax.nn.logsumexp(jnp.where(target, logs, -1e9), axis=1)
        return -(share * jnp.where(share > 0, hit, 0) + (1 - share) * logs[:, -1]).mean()

    rate = optax.cosine_onecycle_schedule(steps, 4e-3)
    optimiser = optax.adamw(rate, weight_decay=decay)
    data = tuple(map(jnp.asarray, (given, there, wanted, kept)))

    def taught(key: Any, data: Any) -> Any:
        first, keys = jax.random.split(key), jax.random.split(jax.random.fold_in(key, 1), steps)
        # Drawn once and picked from: to draw it anew takes longer than all else in a step.
        drawn = NOISE * jax.random.normal(jax.random.fold_in(key, 2), (NOISES, *given.shape[1:]))
        sizes = (given.shape[2], WIDTH, WIDTH, 1)
        weights = [
            (jax.random.normal(k, (fan_in, out)) / np.sqrt(fan_in), jnp.zeros(out))
            for k, fan_in, out in zip(
                jax.random.split(first[0], 3), sizes[:-1], sizes[1:], strict=True
            )
        ]

        def step(carry: Any, key: Any) -> Any:
            weights, state = carry
            picked, noise = jax.random.split(key)
            some = jax.random.randint(picked, (BATCH,), 0, len(given))
            x, *rest = (array[some] for array in data)
            x = x + drawn[jax.random.randint(noise, (BATCH,), 0, NOISES)]
            slopes = jax.grad(loss)(weights, (x, *rest))
            updates, state = optimiser.update(slopes, state, weights)
            return (optax.apply_updates(weights, updates), state), None

        (weights, _), _ = jax.lax.scan(step, (weights, optimiser.init(weights)), keys)
        return weights

    # One member after the other: together they would be slower on two cores.
    run = jax.jit(taught)
    members = [run(jax.random.key(1000 * seed + member), data) for member in range(MEMBERS)]
    arrays: dict[str, NDArray[np.float32]] = {"mean": mean, "deviation": deviation}
    for layer in range(3):
        arrays[f"weights_{layer + 1}"] = np.stack([np.asarray(m[layer][0]) for m in members])
        arrays[f"biases_{layer + 1}"] = np.stack([np.asarray(m[layer][1]) for m in members])
    arrays |= PLAIN
    return {name: np.ascontiguousarray(value, np.float32) for name, value in arrays.items()}


def calibration(
    parts: Sequence[tuple[dict[str, NDArray[np.float32]], Sequence[Example]]],
    source: str,
    dimension: int = 2,
) -> dict[str, NDArray[np.float32]]:
    """Fit shift and temperature on examples that networks were not trained on; count their nulls.

    As if every second picture had no symmetry: here it is a third, of people's nobody knows.

    Parameters
    ----------
    parts : arrays of a classifier, and examples that were held out from it
    """
    examples = [example for _, held_out in parts for example in held_out]
    votes = [
        EvidenceClassifier(source, arrays | PLAIN, dimension=dimension).odds(
            inputs(example.evidence, source, dimension)
        )
        for arrays, held_out in parts
        for example in held_out
    ]
    kept = np.array([e.kept if e.label is not Symmetry.NONE else 0.0 for e in examples])

    def surprise(parameters: NDArray[np.float64]) -> float:
        shift, temperature = parameters
        shares = [shares_of((odds + shift) / temperature) for odds in votes]
        hit = [of[:-1][e.right].sum() for of, e in zip(shares, examples, strict=True)]
        none = [of[-1] for of in shares]
        of_both = (-np.log(np.maximum(share, 1e-9)) for share in (hit, none))
        with_symmetry, without = (
            (weight * lost).sum() / weight.sum()
            for weight, lost in zip((kept, 1 - kept), of_both, strict=True)
        )
        return float(with_symmetry + without)

    start, steps = (0.0, 1.0), np.array([[0.0, 0.0], [0.5, 0.0], [0.0, 0.2]])
    options = {"initial_simplex": start + steps, "xatol": 0.01, "fatol": 1e-4}
    best = minimize(surprise, start, method="Nelder-Mead", bounds=LIMITS, options=options).x
    shift, temperature = np.array(best, np.float32)[:, None]

    kinds, reached, without = [], [], []
    for example, vote in zip(examples, votes, strict=True):
        of = example.evidence
        odds = np.maximum(((vote + shift) / temperature).mean(axis=0), LEAST_ODDS)
        own = np.array([c.symmetry for c in of.candidates])
        reached.append([odds[own == s].max(initial=LEAST_ODDS) for s in CLASSES[dimension]])
        kinds.append(kind(of, source, dimension))
        without.append([_lacks(example, symmetry) for symmetry in CLASSES[dimension]])
    measured = {"shift": shift, "temperature": temperature} | nulls(
        np.array(kinds), np.array(reached), np.array(without), source, dimension
    )
    return {name: np.asarray(value, np.float32) for name, value in measured.items()}


def nulls(
    kinds: NDArray[np.float64],
    odds: NDArray[np.float64],
    without: NDArray[np.bool_],
    source: str,
    dimension: int = 2,
) -> dict[str, NDArray[np.float64]]:
    """Say what odds each class reaches where it is not, by the kind of a picture.

    Parameters
    ----------
    kinds : (P, K), of pictures that were held out
    odds : (P, classes), of the best candidate of each class; LEAST_ODDS where there is none
    without : (P, classes), whether a picture was made without it

    Returns
    -------
    what ``EvidenceClassifier.chance`` counts by; of a class without pictures, 1
    """
    mean, deviation = kinds.mean(axis=0), kinds.std(axis=0) + 1e-3
    rows = of_kinds(kinds, mean, deviation)
    expected = np.zeros((len(CLASSES[dimension]), rows.shape[1]))
    spread, away = np.zeros_like(expected), np.full((len(expected), NULLS), FAR_AWAY)
    for number, symmetry in enumerate(CLASSES[dimension]):
        some = without[:, number] & (odds[:, number] > LEAST_ODDS)
        if not some.any():
            continue
        known = explaining(symmetry, source, dimension)
        given = rows[some] * np.r_[True, known, known]
        expected[number] = _ridge(given, odds[some, number])
        left = odds[some, number] - given @ expected[number]
        spread[number] = _ridge(given, np.log(np.abs(left) + LEAST_LEFT))
        left = np.sort(left / np.exp(given @ spread[number]))
        away[number] = left[np.linspace(0, len(left) - 1, NULLS).round().astype(int)]
    return {
        "null_mean": mean,
        "null_deviation": deviation,
        "null_expected": expected,
        "null_spread": spread,
        "null_away": away,
    }


def _ridge(rows: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Regress values on rows whose first column is 1 → coefficients."""
    penalty = RIDGE * np.eye(rows.shape[1])
    penalty[0, 0] = 1e-9
    return np.asarray(np.linalg.solve(rows.T @ rows + penalty, rows.T @ values), np.float64)


def _lacks(example: Example, symmetry: Symmetry) -> bool:
    """Whether a picture was made without a symmetry, as far as that is known.

    Not of one that an odd part has ended: as much of it is left by no chance.
    """
    if symmetry is Symmetry.NONE or example.label is Symmetry.REPEATED:
        return False
    if example.kept < 1 or example.odd:
        return False
    if example.label is Symmetry.STRIPED and symmetry in (Symmetry.CYCLIC, Symmetry.DIHEDRAL):
        return False
    return not example.label.contains(symmetry)


def train(
    out: Path,
    work: Path,
    seed: int = 0,
    shards: int | None = None,
    progress: Callable[[int, int], None] = lambda _, __: None,
    dimension: int = 2,
) -> None:
    """Make the shards that are missing, then a classifier of each source, with its cards."""
    out.mkdir(parents=True, exist_ok=True)
    shards = SHARDS[dimension] if shards is None else shards
    make_shards(work, shards, seed, progress, dimension)
    every = load_examples(work, shards, dimension)
    folds = [[e for of in every[start::FOLDS] for e in of] for start in range(FOLDS)]
    for source in SOURCES:
        # Each fold is judged by networks that were trained on the others.
        parts = []
        for number, held_out in enumerate(folds):
            others = [e for each in (*folds[:number], *folds[number + 1 :]) for e in each]
            parts.append((fit(others, source, seed, dimension=dimension), held_out))
        measured = calibration(parts, source, dimension)
        judged = [
            _named(EvidenceClassifier(source, arrays | measured, "", dimension), example)
            is example.label
            for arrays, examples in parts
            for example in examples
            if example.kept == 1
        ]
        card = {
            "kind": "evidence",
            "classes": {1: "signal", 2: "extended", 3: "volume"}[dimension],
            "source": source,
            "pictures": sum(map(len, folds)),
            "held_out_accuracy": round(float(np.mean(judged)), 4),
            "temperature": round(float(measured["temperature"][0]), 4),
            "seed": seed,
        }
        taught = fit([e for each in folds for e in each], source, seed, dimension=dimension)
        arrays = {
            key: value.astype(np.float16 if key.startswith(HALVED) else np.float32)
            for key, value in (taught | measured).items()
        }
        write_classifier(out, evidence_name(source, dimension), arrays, card)
    write_model_card(out)


def _named(classifier: EvidenceClassifier, example: Example) -> Symmetry:
    reading = classifier.read(example.evidence)
    return named(probabilities(example.evidence, reading, CLASSES[classifier.dimension]))

"""Train the classifiers of evidence, from nothing, in one run that can be stopped and resumed.

Pictures are drawn, scenes (synth/scenes.py) and templates; networks learn each; the evidence of all
its candidates is gathered, in shards on disk. Then the networks that vote are trained: each
minimises the surprise at the candidates that are right.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray
from safetensors.numpy import load, save
from scipy.optimize import minimize

from symscope.classifier.classifier import write_classifier
from symscope.classifier.dataset import TRAINING_FAMILIES
from symscope.classifier.evidence import (
    LEAST_ODDS,
    MEMBERS,
    NULLS,
    OF_DIMENSION,
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
from symscope.elements import find_elements
from symscope.elements.element import Element
from symscope.elements.evidence import (
    HIDDEN_POINTS,
    LEAST_COMPARED,
    Candidate,
    Evidence,
    evidence,
    field_evidence,
    joint_agreement,
    layer_points,
    layer_scene,
)
from symscope.features.agreement import sample_points
from symscope.field import Field
from symscope.groups import CLASSES, EXTENDED, ORDERS, Symmetry
from symscope.io.files import write_whole
from symscope.io.grids import Grid, of_array
from symscope.io.images import read_picture
from symscope.networks.decoys import train as train_networks
from symscope.networks.devices import threads
from symscope.networks.ensemble import Ensemble, Fit
from symscope.networks.processes import in_processes
from symscope.networks.settings import SETTINGS, of_dimension
from symscope.preprocess.sketch import colourful, picture_field, sketch
from symscope.synth.banners import banner
from symscope.synth.scenes import (
    ODD_FEW,
    Scene,
    design,
    drawing,
    emblem,
    grains,
    pair,
    ringed,
    scene,
    scenes,
    surrogate,
    unsymmetric,
)
from symscope.synth.sparse import sparse
from symscope.synth.templates import SIDES, draw
from symscope.synth.textures import in_colours
from symscope.tasks import PICTURE, parse_task

STREAM = 20
"""Word of the seeds of what is drawn here."""

SHARD = 16
"""Pictures in a shard."""

SHARDS, QUICK_SHARDS = {1: 32, 2: 288, 3: 48}, 4
"""In a full run, by dimension, and in one to try it out."""

SCENES = 11
"""Scenes in a shard of scenes and templates; half of the templates are broken by degrees."""

MADE: dict[int, tuple[tuple[int, Callable[[Symmetry, np.random.Generator], Scene]], ...]] = {
    0: ((SCENES, scene),),
    80: ((10, drawing), (SHARD - 10, design)),
    124: ((6, pair), (4, ringed), (3, grains), (3, design)),
    144: ((SHARD, emblem),),
    160: ((10, banner), (SHARD - 10, partial(emblem, odd=ODD_FEW))),
    208: ((SHARD // 2, surrogate), (SHARD // 2, unsymmetric)),
    240: ((10, partial(banner, on_ground=1.0)), (SHARD - 10, partial(emblem, odd=ODD_FEW))),
    248: ((5, banner), (5, partial(emblem, odd=ODD_FEW)), (3, scene), (3, design)),
}
"""Of what the shards from a number on are: how many pictures of each kind. What is left of SHARD
are templates."""

COLOURED = 248
"""From that shard on, pictures are in colours."""

NETWORKS = {1: (16,), 2: (8, 16), 3: (8,)}
"""Networks of an input, by dimension, and by shards in turn."""

SPARSE_CLASSES = (Symmetry.NONE, Symmetry.MIRROR, Symmetry.ROUND, Symmetry.BALL)
SPARSE, CAGED = 0.5, 46
"""Classes of which that share of the signals and volumes is sparse. The shards of volumes from that
number on are of those alone, mirrored ones all cages: they come near to balls."""

SHOWN = 1.5
"""Deviations of a potential that are told apart: beyond, signals and volumes are cut."""

GONE = 0.4
"""Agreement below which a symmetry that was drawn is no longer there to be seen."""

BATCH, STEPS = 32, 2000
"""Pictures in a step, and steps."""

FOLDS = 8
"""Parts of the shards, each judged by networks trained on the others: by networks trained on half
of them, less sure than those that ship, odds came out too wide and probabilities too low."""

NOISE, DECAY = 0.2, 0.6
"""Deviation of what is added to the inputs, in theirs, and decay of the weights. Chosen, like
STEPS, on held-out pictures: with less of either the networks are surer than they are right."""

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

ALSO = 0.965
"""Agreement from which another symmetry than the one that was drawn is there too, by chance."""

MOST_OF_IT = 0.65
"""Share of a picture without symmetry that such a one must compare: beside an odd part what is left
may have a mirror exactly, which is none of the picture."""


@dataclass(frozen=True)
class Drawn:
    """A picture, signal or volume, and its symmetry: None where that does not matter.

    Attributes
    ----------
    shown : (R, C), in 0 … 1, or (R, C, 3) in colours; values of a signal or volume
    label, order : its class, and n of C_n and D_n
    kept : share of the symmetry that is left: of a broken template less than 1
    axis_deg, centre : of a mirror, or the direction of stripes; of the body
    odd : whether one odd part has ended a symmetry that it was made with
    """

    shown: NDArray[np.float32]
    label: Symmetry
    order: int
    kept: float = 1.0
    axis_deg: float | None = None
    centre: tuple[float, float] | None = None
    odd: bool = False


@dataclass(frozen=True)
class Example:
    """Evidence of one picture, which of its candidates are right, (C,), and how it was made."""

    evidence: Evidence
    right: NDArray[np.bool_]
    label: Symmetry
    kept: float
    odd: bool = False


def drawn(seed: int, shard: int, dimension: int = 2) -> list[Drawn]:
    """Draw the pictures, signals or volumes of one shard."""
    rng = np.random.default_rng([STREAM, seed, shard] + [dimension] * (dimension != 2))
    if dimension != 2:
        caged = dimension == 3 and shard >= CAGED
        return [_field(rng, number, dimension, caged) for number in range(SHARD)]
    pictures = []
    first = max(number for number in MADE if number <= shard)
    for stream, (count, draw_one) in enumerate(MADE[first], 1 if first == 0 else 2):
        for each in scenes(count, (STREAM, seed, shard, stream), draw=draw_one):
            shown = in_colours(each.grey, rng) if shard >= COLOURED else each.grey
            of = (each.label, each.order, 1.0, each.axis_deg, each.centre)
            odd = each.made_as is not each.label
            pictures.append(Drawn(shown.astype(np.float32), *of, odd))
    for number in range(SHARD - len(pictures)):
        label = EXTENDED[int(rng.integers(len(EXTENDED)))]
        family = TRAINING_FAMILIES[int(rng.integers(len(TRAINING_FAMILIES)))]
        broken = label is not Symmetry.NONE and number % 2 == 1
        template = draw(label, family, rng, breaking=float(rng.uniform(0, 1)) if broken else 0.0)
        known: Any = template.construction.parameters
        pictures.append(
            Drawn(
                template.levels.astype(np.float32),
                label,
                int(known.get("order", 1)) if label is not Symmetry.REPEATED else 1,
                template.kept**2,
            )
        )
    return pictures


def _field(rng: np.random.Generator, number: int, dimension: int, caged: bool) -> Drawn:
    """Draw a sparse field, or a template: two levels, or the potential that they are cut of."""
    if caged:
        made_as = SPARSE_CLASSES[number % len(SPARSE_CLASSES)]
        values, label = sparse(made_as, rng, dimension, SIDES[dimension], cages=1.0)
        return Drawn(_noisy(values, rng), label, 1, odd=label is not made_as)
    label = CLASSES[dimension][int(rng.integers(len(CLASSES[dimension])))]
    if label in SPARSE_CLASSES and rng.random() < SPARSE:
        values, found = sparse(label, rng, dimension, SIDES[dimension])
        return Drawn(_noisy(values, rng), found, 1, odd=found is not label)
    families = TRAINING_FAMILIES + (("hills", "bodies") if dimension == 3 else ())
    broken = label is not Symmetry.NONE and number % 2 == 1
    template = draw(
        label,
        families[int(rng.integers(len(families)))],
        rng,
        dimension=dimension,
        breaking=float(rng.uniform(0, 1)) if broken else 0.0,
    )
    values: Any = template.levels.astype(np.float32)
    if template.signed is not None and rng.random() < 0.5:
        values = np.clip(template.signed / template.signed.std(), -SHOWN, SHOWN)
    return Drawn(_noisy(values, rng), label, 1, template.kept**2)


def _noisy(values: NDArray[Any], rng: np.random.Generator) -> NDArray[np.float32]:
    """Add noise to three in ten."""
    strength = rng.uniform(0.02, 0.3) * (rng.random() < 0.3)
    return (values + strength * values.std() * rng.normal(size=values.shape)).astype(np.float32)


def observe_fields(fields: Sequence[NDArray[Any]], networks: int, seed: int = 0) -> list[Evidence]:
    """Let networks learn signals or volumes, and gather the evidence of each."""
    grids = [of_array(values) for values in fields]
    dimension = grids[0].dimension
    learned = [Field.on_grid(grid.levels) for grid in grids]
    ensembles = train_networks(learned, networks, of_dimension(dimension).settings, seed)
    points = sample_points(dimension, HIDDEN_POINTS)

    def of(grid: Grid, field: Field, ensemble: Any) -> Evidence:
        elements, fit = find_elements(grid), Fit.of(ensemble, field, grid.retained_variance)
        every = (*elements.items, *elements.nearly)
        agreement = joint_agreement(every, ensemble.hidden, points)[0]
        return field_evidence(elements, agreement, (fit.skill, grid.retained_variance))

    return list(threads().map(of, grids, learned, ensembles))


def observe(pictures: Sequence[NDArray[Any]], networks: int, seed: int = 0) -> list[Evidence]:
    """Let networks learn pictures, and gather the evidence of each."""
    task = parse_task(PICTURE)
    read = [read_picture(shown) for shown in pictures]
    drawings = [sketch(picture.grey, frame="pad") for picture in read]
    fields = [picture_field(task, *each, "pad", 1.0) for each in zip(read, drawings, strict=True)]
    # Those in grey and those in colours have networks of one and of three outputs.
    outputs = np.array([field.values.shape[1] for field in fields if field.values is not None])
    ensembles: dict[int, Ensemble] = {}
    for count in np.unique(outputs):
        some = np.flatnonzero(outputs == count).tolist()
        settings = replace(SETTINGS["fast"], task=PICTURE)
        trained = train_networks([fields[i] for i in some], networks, settings, seed)
        ensembles |= zip(some, trained, strict=True)

    def of(number: int) -> Evidence:
        picture, ensemble = read[number], ensembles[number]
        layer, _ = layer_scene(ensemble.hidden(layer_points()), picture.grey.shape)
        explained = float(ensemble.explained_variance.mean())
        colours = colourful(picture)
        seen = picture.grey if colours is None else colours
        return evidence(seen, layer, (explained, drawings[number].retained_variance))

    return list(threads().map(of, range(len(read))))


def right(of: Evidence, picture: Drawn) -> NDArray[np.bool_]:
    """Say which candidates are the symmetry that was drawn; none where there is none."""
    same = np.array([c.symmetry is picture.label for c in of.candidates], bool)
    order = picture.order
    if picture.label in (Symmetry.CYCLIC, Symmetry.DIHEDRAL):
        # Of more than eight arms, the candidate of the highest order that divides theirs.
        known = max((n for n in ORDERS if order % n == 0), default=0)
        same &= np.array([c.order == known for c in of.candidates])
    if picture.centre is None:
        # Of templates, which have one symmetry, the best of those is it.
        least = np.maximum(of.column("least"), of.column("even_light"))
        return same & (least >= least[same].max(initial=-1.0) - 0.03)
    near = [_near(c.elements, picture) for c in of.candidates]
    return same & np.array(near, bool)


def _near(elements: Sequence[Element], picture: Drawn) -> bool:
    """Whether the elements lie where the symmetry was drawn: 4°, 0.07 of half the longer side."""
    assert picture.centre is not None
    for item in elements:
        if item.kind == "translation":
            continue
        if item.centre is not None:
            if np.hypot(*np.subtract(item.centre, picture.centre)) > 0.07:
                return False
        elif picture.axis_deg is not None and item.angle_deg is not None:
            away = item.angle_deg - picture.axis_deg
            fold = 180.0 if len(elements) == 1 else 360.0 / (2 * (len(elements) - 1))
            if abs((away + fold / 2) % fold - fold / 2) > 4.0:
                return False
            angle = np.deg2rad(item.angle_deg)
            across = picture.centre[1] * np.cos(angle) - picture.centre[0] * np.sin(angle)
            if item.offset is not None and abs(across - item.offset) > 0.07:
                return False
    return True


_FOLLOWS = {
    Symmetry.DIHEDRAL: (Symmetry.MIRROR, Symmetry.CYCLIC, Symmetry.DIHEDRAL),
    Symmetry.CYCLIC: (Symmetry.CYCLIC,),
    Symmetry.ROUND: (Symmetry.MIRROR, Symmetry.CYCLIC, Symmetry.DIHEDRAL),
    Symmetry.STRIPED: (
        *(Symmetry.MIRROR, Symmetry.CYCLIC, Symmetry.DIHEDRAL),
        *(Symmetry.REPEATED, Symmetry.STRIPED),
    ),
    Symmetry.REPEATED: (*(Symmetry.MIRROR, Symmetry.CYCLIC, Symmetry.DIHEDRAL), Symmetry.REPEATED),
    Symmetry.BALL: (Symmetry.MIRROR, Symmetry.ROUND, Symmetry.BALL),
}
"""What a picture of a class may have too; of C_n and D_n, of orders that divide n."""


def usable(example: Example, order: int) -> bool:
    """Whether what was drawn can be seen, and nothing else is there by chance."""
    of, label = example.evidence, example.label
    there = np.maximum(of.column("least"), of.column("even_light"))
    own = float(np.maximum(there, of.column("high_pass"))[example.right].max(initial=-1.0))
    if label is not Symmetry.NONE and own < GONE and example.kept == 1:
        return False
    if label is not Symmetry.NONE and not example.right.any():
        return False
    if example.kept < 1:
        return True
    for number, candidate in enumerate(of.candidates):
        if example.right[number]:
            continue
        follows = candidate.symmetry in _FOLLOWS.get(label, ())
        if label in (Symmetry.CYCLIC, Symmetry.DIHEDRAL) and candidate.order > 1:
            follows &= order % candidate.order == 0
        if candidate.symmetry is Symmetry.MIRROR and label is Symmetry.MIRROR:
            follows = False
        enough = LEAST_COMPARED if label is not Symmetry.NONE else MOST_OF_IT
        seen = of.column("overlap")[number] >= enough and there[number] >= max(ALSO, own - 0.02)
        if seen and not follows:
            return False
    return True


def make_shards(
    folder: Path,
    shards: int,
    seed: int,
    progress: Callable[[int, int], None] = lambda _, __: None,
    dimension: int = 2,
) -> None:
    """Write every shard that is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [n for n in range(shards) if not _shard(folder, n, dimension).exists()]
    write = partial(_make_shard, folder, seed, dimension)
    for done, _ in enumerate(in_processes(write, missing), 1):
        progress(done, len(missing))


def _make_shard(folder: Path, seed: int, dimension: int, number: int) -> None:
    inputs = drawn(seed, number, dimension)
    look = observe if dimension == 2 else observe_fields
    networks = NETWORKS[dimension][number % len(NETWORKS[dimension])]
    every = look([each.shown for each in inputs], networks, seed + number)
    _write_shard(_shard(folder, number, dimension), inputs, every, dimension)


def _shard(folder: Path, number: int, dimension: int = 2) -> Path:
    return folder / f"{OF_DIMENSION[dimension]}-{number:04d}.safetensors"


def _write_shard(
    path: Path, pictures: Sequence[Drawn], every: Sequence[Evidence], dimension: int
) -> None:
    symmetries: list[Symmetry] = list(CLASSES[dimension])
    candidates = [c for of in every for c in of.candidates]
    flags = [right(of, picture) for of, picture in zip(every, pictures, strict=True)]
    labels = [[symmetries.index(p.label), p.order, p.odd] for p in pictures]
    vectors = [sum(e.vector is not None for e in c.elements) for c in candidates]
    kinds = [symmetries.index(c.symmetry) for c in candidates]
    arrays = {
        "counts": np.array([len(of.candidates) for of in every], np.int32),
        "numbers": np.concatenate([of.numbers for of in every]).astype(np.float32),
        "context": np.stack([of.context for of in every]).astype(np.float32),
        "labels": np.array(labels, np.int32),
        "kept": np.array([p.kept for p in pictures], np.float32),
        "right": np.concatenate(flags).astype(np.uint8),
        "candidates": np.array([kinds, [c.order for c in candidates], vectors], np.int32).T.copy(),
    }
    write_whole(path, save(arrays))


def load_examples(folder: Path, shards: int, dimension: int = 2) -> list[list[Example]]:
    """Load the examples of each shard that can be used."""
    result = []
    for number in range(shards):
        arrays = load(_shard(folder, number, dimension).read_bytes())
        ends = np.cumsum(arrays["counts"])[:-1]
        split = {name: np.split(arrays[name], ends) for name in ("numbers", "right", "candidates")}
        examples = []
        for i, (label, order, odd) in enumerate(arrays["labels"]):
            made = tuple(_candidate(dimension, *row) for row in split["candidates"][i])
            of = Evidence(
                made,
                split["numbers"][i].astype(np.float64),
                arrays["context"][i].astype(np.float64),
            )
            flags = split["right"][i].astype(bool)
            kept = float(arrays["kept"][i])
            example = Example(of, flags, CLASSES[dimension][label], kept, bool(odd))
            if usable(example, int(order)):
                examples.append(example)
        result.append(examples)
    return result


def _candidate(dimension: int, kind: int, order: int, vectors: int) -> Candidate:
    periods = [Element("translation", (), 0.0, vector=(0.0, 0.0))] * int(vectors)
    return Candidate(CLASSES[dimension][kind], int(order), tuple(periods), ())


# Training


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
    steps: int = STEPS,
    dimension: int = 2,
) -> dict[str, NDArray[np.float32]]:
    """Train the networks that vote on examples of one source → their arrays."""
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

    optimiser = optax.adamw(optax.cosine_onecycle_schedule(steps, 4e-3), weight_decay=DECAY)
    data = tuple(map(jnp.asarray, (given, there, wanted, kept)))

    def taught(key: Any, data: Any) -> Any:
        first, keys = jax.random.split(key), jax.random.split(jax.random.fold_in(key, 1), steps)
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
            x = x + NOISE * jax.random.normal(noise, x.shape)
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
    """Make the shards that are missing, then a classifier of each source, with its card."""
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


def _named(classifier: EvidenceClassifier, example: Example) -> Symmetry:
    reading = classifier.read(example.evidence)
    return named(probabilities(example.evidence, reading, CLASSES[classifier.dimension]))

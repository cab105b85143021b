"""What classifiers of evidence are taught with: pictures of known symmetry, and their evidence.

Pictures are drawn, scenes (synth/scenes.py) and templates; networks learn each; the evidence of all
its candidates is gathered, in shards on disk, and which of them are right.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

from symscope.classifier.dataset import TRAINING_FAMILIES
from symscope.classifier.evidence import OF_DIMENSION
from symscope.elements import find_elements
from symscope.elements.candidates import LEAST_COMPARED, Candidate
from symscope.elements.element import Element
from symscope.elements.evidence import (
    Evidence,
    evidence,
    layer_points,
    layer_scene,
)
from symscope.elements.field_evidence import HIDDEN_POINTS, field_evidence, joint_agreement
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
    near_miss,
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

SHARDS, QUICK_SHARDS = {1: 32, 2: 320, 3: 48}, 4
"""In a full run, by dimension, and in one to try it out."""

SCENES = 11
"""Scenes in a shard of scenes and templates; half of the templates are broken by degrees."""

FEW_ODD = partial(emblem, odd=ODD_FEW)

MADE: dict[int, tuple[tuple[int, Callable[[Symmetry, np.random.Generator], Scene]], ...]] = {
    0: ((SCENES, scene),),
    80: ((10, drawing), (SHARD - 10, design)),
    124: ((6, pair), (4, ringed), (3, grains), (3, design)),
    144: ((SHARD, emblem),),
    160: ((10, banner), (SHARD - 10, FEW_ODD)),
    208: ((SHARD // 2, surrogate), (SHARD // 2, unsymmetric)),
    240: ((10, partial(banner, on_ground=1.0)), (SHARD - 10, FEW_ODD)),
    248: ((5, banner), (5, FEW_ODD), (3, scene), (3, design)),
    288: ((10, near_miss), (3, drawing), (SHARD - 13, FEW_ODD)),
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


def _trained(fields: Sequence[Field], networks: int, seed: int) -> list[Ensemble]:
    """Train networks on pictures: those in grey have one output, those in colours three."""
    settings = replace(SETTINGS["fast"], task=PICTURE)
    outputs = np.array([field.values.shape[1] for field in fields if field.values is not None])
    ensembles: dict[int, Ensemble] = {}
    for count in np.unique(outputs):
        some = np.flatnonzero(outputs == count).tolist()
        trained = train_networks([fields[i] for i in some], networks, settings, seed)
        ensembles |= zip(some, trained, strict=True)
    return [ensembles[i] for i in range(len(fields))]


def observe(pictures: Sequence[NDArray[Any]], networks: int, seed: int = 0) -> list[Evidence]:
    """Let networks learn pictures, and gather the evidence of each."""
    task = parse_task(PICTURE)
    read = [read_picture(shown) for shown in pictures]
    drawings = [sketch(picture.grey, frame="pad") for picture in read]
    fields = [picture_field(task, *each, "pad", 1.0) for each in zip(read, drawings, strict=True)]
    ensembles = _trained(fields, networks, seed)

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

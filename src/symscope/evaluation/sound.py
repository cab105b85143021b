"""Whether the structure of pieces of music is found, and what is left of a picture when played."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from symscope.classifier.dataset import TRAINING_FAMILIES, UNSEEN_FAMILIES
from symscope.elements import hidden_agreement
from symscope.elements.found import Elements, Found
from symscope.evaluation.pieces import STRUCTURES, DrawnPiece, draw
from symscope.evaluation.statistics import wilson
from symscope.features.pca import GRID
from symscope.field import Field, pixel_centres
from symscope.groups import PAPER, Symmetry
from symscope.io.images import read_picture
from symscope.io.sounds import SoundWindow, Stretch
from symscope.music.names import Music, candidates, named
from symscope.music.piece import piece_of
from symscope.music.synthesis import RATE, synthesise
from symscope.networks.decoys import train
from symscope.networks.ensemble import Ensemble
from symscope.networks.settings import SETTINGS
from symscope.pipeline import score_many
from symscope.preprocess.sketch import sketch
from symscope.preprocess.time_pitch import time_pitch
from symscope.results import Score
from symscope.synth.templates import Template, templates

STREAM = 6
"""First word of the seeds of pieces and templates."""

PER_STRUCTURE = {"full": 40, "quick": 4}
PER_CONTROL = {"full": 8, "quick": 1}
"""Pieces of each structure that are shuffled, and that untrained networks see."""

NOISES = {"full": 20, "quick": 3}
NOISE_SECONDS = 10.0

PER_CLASS = {"full": 12, "quick": 2}
"""Templates of each class that are played."""

NETWORKS = 4
"""Networks for each piece and template."""

CLOSE = 0.01
"""Relative error up to which a period counts as found."""

PLAYED: dict[str, Any] = {"scale": "chromatic", "root": 40, "notes": 64, "seconds": 12.8}
"""How templates are played: a row and a fifth of a second for each of their 64 points."""

Progress = Callable[[int], None]


def measure(
    *, classes: str, seed: int, quick: bool, progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """Measure the names of drawn pieces, their periods, and what is left of played templates.

    Returns
    -------
    dict
        ``accuracy``: share of the pieces whose structure is named right, by the hidden layer and
        the picture together (``music.holds``), and its ``controls``: ``pixels`` (the same rule on
        the picture's own agreement), ``probabilities`` (the classifier's class, with the better mirror's
        direction), ``untrained`` networks, chance;
        ``rejected``: share of shuffled pieces and of white noise in which no structure is seen;
        ``period``: relative errors of the loops' periods; ``round_trip``: class of templates read
        directly and after they were played and heard.
    """
    size = "quick" if quick else "full"
    pieces = [
        draw(structure, np.random.default_rng([STREAM, seed, number, i]))
        for number, structure in enumerate(STRUCTURES)
        for i in range(PER_STRUCTURE[size])
    ]
    some = [p for i, p in enumerate(pieces) if i % PER_STRUCTURE[size] < PER_CONTROL[size]]
    rng = np.random.default_rng([STREAM, seed, len(STRUCTURES)])
    # A drone's notes last as long as the piece: there is no other time for them.
    shuffled = [piece.shuffled(rng) for piece in some if piece.structure != "drone"]
    drawn = _templates(PER_CLASS[size], seed)
    total = len(pieces) + len(some) + len(shuffled) + NOISES[size] + 2 * len(drawn)
    done = _counted(total, progress)
    scores = _scored((_window(p.samples()) for p in pieces), seed, done)
    figures = _structures(pieces, scores)
    figures["controls"]["untrained"] = _untrained(some, seed, done)
    mixed = _scored((_window(p.samples()) for p in shuffled), seed, done)
    noise = _scored((_window(_noise(rng)) for _ in range(NOISES[size])), seed, done)
    return {
        "suite": "sound",
        "seed": seed,
        "quick": quick,
        "pieces": len(pieces),
        "networks": NETWORKS,
        **figures,
        "rejected": {
            "shuffled": _share([_name(score.music) == "none" for score in mixed]),
            "noise": _share([_name(score.music) == "none" for score in noise]),
        },
        "round_trip": _round_trip(drawn, seed, done),
    }


def _counted(total: int, progress: Callable[[int, int], None]) -> Progress:
    done = 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        progress(done, total)

    return count


def _window(samples: NDArray[np.float32]) -> SoundWindow:
    return SoundWindow("piece", Stretch(0.0, RATE, samples), "")


def _noise(rng: Generator) -> NDArray[np.float32]:
    return (0.3 * rng.normal(size=round(NOISE_SECONDS * RATE))).clip(-1, 1).astype(np.float32)


def _scored(windows: Iterable[SoundWindow], seed: int, done: Progress) -> list[Score]:
    """Score windows as a user would, with fewer networks."""
    found = []
    for score in score_many(windows, networks=NETWORKS, seed=seed, classifier="paper"):
        found.append(score)
        done(1)
    return found


def _name(music: Music | None) -> str:
    """Name the main structure as the pieces do; what is no outcome to rely on has none."""
    if music is None or not music.structures:
        return "none"
    name = music.structures[0].name
    return "loop" if name == "beat" else name


def _structures(pieces: Sequence[DrawnPiece], scores: Sequence[Score]) -> dict[str, Any]:
    true = [piece.structure for piece in pieces]
    found = [_name(score.music) for score in scores]
    by_pixels = [_name(_renamed(score.music, lambda item: item.pixels)) for score in scores]
    by_probabilities = [_by_probabilities(score) for score in scores]
    names = [*STRUCTURES, "harmonics"]
    return {
        "accuracy": _share([a == b for a, b in zip(found, true, strict=True)]),
        "accuracy_by_structure": {
            name: _share([f == t for f, t in zip(found, true, strict=True) if t == name])
            for name in STRUCTURES
        },
        "confusion": {
            name: {
                other: sum(t == name and f == other for f, t in zip(found, true, strict=True))
                for other in names
            }
            for name in STRUCTURES
        },
        "controls": {
            "chance": 1 / len(STRUCTURES),
            "pixels": _share([a == b for a, b in zip(by_pixels, true, strict=True)]),
            "probabilities": _share([a == b for a, b in zip(by_probabilities, true, strict=True)]),
        },
        "period": _periods(pieces, scores),
        "outcomes": _counts(str(score.outcome) for score in scores),
    }


def _renamed(music: Music | None, value: Callable[[Found], float]) -> Music | None:
    """Name structures by another agreement than the hidden layer's."""
    if music is None:
        return None
    items = tuple(replace(item, hidden=value(item)) for item in music.looked_for)
    return named(Elements(items, {}), music.heard)


def _by_probabilities(score: Score) -> str:
    """Name the structure by the classifier's class alone; a mirror's direction by the hidden layer."""
    if score.label in (None, Symmetry.NONE) or score.music is None:
        return "none"
    if score.label == Symmetry.MIRROR:
        mirrors = [item for item in score.music.looked_for if item.kind == "mirror"]
        best = max(mirrors, key=lambda item: item.hidden or 0.0)
        return "palindrome" if best.angle_deg == 90 else "inversion"
    return {Symmetry.REPEATED: "loop", Symmetry.STRIPED: "drone"}.get(
        Symmetry(str(score.label)), "none"
    )


def _periods(pieces: Sequence[DrawnPiece], scores: Sequence[Score]) -> dict[str, Any]:
    """Relative errors of the loops' periods; one that was not named is missed."""
    errors = []
    for piece, score in zip(pieces, scores, strict=True):
        if piece.period is None:
            continue
        loops = (
            [s for s in score.music.structures if s.symbol == "T_n in time"] if score.music else []
        )
        error = abs((loops[0].seconds or 0.0) / piece.period - 1) if loops else 1.0
        errors.append(error)
    return {
        "within": _share([error <= CLOSE for error in errors]),
        "error_median": float(np.median(errors)),
        "error_p95": float(np.quantile(errors, 0.95)),
    }


def _untrained(pieces: Sequence[DrawnPiece], seed: int, done: Progress) -> dict[str, Any]:
    """Name structures by networks that have learned nothing, where trained ones are asked too."""
    points = pixel_centres(GRID, GRID).astype(np.float64)
    right = []
    for piece in pieces:
        picture, heard = time_pitch(_window(piece.samples()))
        elements = candidates(picture.grey, heard)
        field = Field.from_levels(sketch(picture.grey).levels)
        decoys: Ensemble = train([field], NETWORKS, SETTINGS["fast"], seed)[0]
        fresh = decoys.before_training()
        agreement = hidden_agreement(elements, fresh.hidden, points)
        values = np.nan_to_num(agreement.mean(axis=0))
        items = [
            replace(item, hidden=float(value))
            for item, value in zip(elements.found, values, strict=True)
        ]
        right.append(_name(named(Elements(tuple(items), {}), heard)) == piece.structure)
        done(1)
    return _share(right)


def _templates(count: int, seed: int) -> list[Template]:
    """Draw templates, as many of each class, from the families in turn."""
    families = (*UNSEEN_FAMILIES, *TRAINING_FAMILIES)[:count]
    each = -(-count // len(families))
    drawn = templates(each, classes=PAPER, families=families, seed=(STREAM, seed))
    return [t for label in PAPER for t in [t for t in drawn if t.label == label][:count]]


def _round_trip(drawn: Sequence[Template], seed: int, done: Progress) -> dict[str, Any]:
    """Read templates directly, and after they were played and heard."""
    fields = [template.field for template in drawn]
    options: dict[str, Any] = {"networks": NETWORKS, "seed": seed, "classifier": "paper"}
    direct = []
    for score in score_many(fields, elements=False, **options):
        direct.append(score.label)
        done(1)
    heard = [score.label for score in _scored(map(_played, drawn), seed, done)]
    true = [str(template.label) for template in drawn]
    trios = list(zip(heard, direct, true, strict=True))
    return {
        "templates": len(drawn),
        "right": _share([h == t for h, _, t in trios]),
        "right_directly": _share([d == t for _, d, t in trios]),
        "kept": _share([h == d for h, d, _ in trios]),
        "right_by_class": {
            str(label): _share([h == t for h, _, t in trios if t == label]) for label in PAPER
        },
        "chance": 1 / len(PAPER),
    }


def _played(template: Template) -> SoundWindow:
    picture = read_picture(template.levels.astype(np.float64))
    piece = piece_of(picture, **PLAYED)
    return _window(synthesise(piece.notes, piece.seconds))


def _share(right: Sequence[bool]) -> dict[str, Any]:
    """A share with its 95 % interval (Wilson)."""
    interval = wilson(int(sum(right)), len(right))
    return {"value": float(np.mean(right)), "interval": interval, "of": len(right)}


def _counts(words: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for word in words:
        found[word] = found.get(word, 0) + 1
    return found

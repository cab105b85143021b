"""Whether the structure of pieces of music is found, and what is left of a picture when played."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from symscope.api import score_many
from symscope.classifier.dataset import TRAINING_FAMILIES, UNSEEN_FAMILIES
from symscope.elements import hidden_agreement
from symscope.elements.element import Elements
from symscope.evaluation.pieces import STRUCTURES, DrawnPiece, draw
from symscope.evaluation.statistics import confusion, share
from symscope.features.features import GRID
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
from symscope.preprocess.sketch import sketch
from symscope.preprocess.time_pitch import time_pitch
from symscope.results import Result
from symscope.synth.templates import Template, templates

STREAM = 6
"""First word of the seeds of pieces and templates."""

PER_STRUCTURE = (40, 4)
PER_CONTROL = (8, 1)
"""Pieces of each structure, and of these such as are shuffled and given to untrained networks."""

NOISES = (20, 3)
PER_CLASS = (12, 2)
"""Pieces of noise, and templates of each class that are played. All full and quick."""

NOISE_SECONDS = 10.0

NETWORKS = 4
"""Networks for each piece and template."""

CLOSE = 0.01
"""Relative error up to which a period counts as found."""

PLAYED: dict[str, Any] = {"scale": "chromatic", "root": 40, "notes": 64, "seconds": 12.8}
"""How templates are played: a row and a fifth of a second for each of their 64 points."""

Answer = TypeVar("Answer")


def measure(
    *,
    seed: int,
    quick: bool,
    progress: Callable[[int, int], None],
    score: Callable[..., Iterable[Result]] = score_many,
    train: Callable[..., list[Ensemble]] = train,
) -> dict[str, Any]:
    """Measure the names of drawn pieces, their periods, and what is left of played templates.

    Returns
    -------
    dict
        ``accuracy``: share of the pieces whose structure is named right, by the hidden layer and
        the picture together (``music.holds``), and its ``controls``: ``pixels`` (the same rule on
        the picture's own agreement), ``probabilities`` (the classifier's class, with the better
        mirror's direction), ``untrained`` networks, chance;
        ``rejected``: share of shuffled pieces and of white noise in which no structure is seen;
        ``period``: relative errors of the loops' periods; ``round_trip``: class of templates read
        directly and after they were played and heard.
    """
    pieces = [
        draw(structure, np.random.default_rng([STREAM, seed, number, i]))
        for number, structure in enumerate(STRUCTURES)
        for i in range(PER_STRUCTURE[quick])
    ]
    few = [p for i, p in enumerate(pieces) if i % PER_STRUCTURE[quick] < PER_CONTROL[quick]]
    rng = np.random.default_rng([STREAM, seed, len(STRUCTURES)])
    # A drone's notes last as long as the piece: there is no other time for them.
    shuffled = [piece.shuffled(rng) for piece in few if piece.structure != "drone"]
    # As many templates of each class, from the families in turn.
    families = (*UNSEEN_FAMILIES, *TRAINING_FAMILIES)[: PER_CLASS[quick]]
    each = -(-PER_CLASS[quick] // len(families))
    drawn = templates(each, classes=PAPER, families=families, seed=(STREAM, seed))
    drawn = [t for c in PAPER for t in [t for t in drawn if t.label == c][: PER_CLASS[quick]]]
    total, done = len(pieces) + len(few) + len(shuffled) + NOISES[quick] + 2 * len(drawn), 0

    def counted(results: Iterable[Answer]) -> Iterator[Answer]:
        nonlocal done
        for result in results:
            done += 1
            progress(done, total)
            yield result

    # The CNN is asked: its class is the control that stands beside the music.
    options: dict[str, Any] = {
        **{"networks": NETWORKS, "seed": seed},
        **{"classifier": "paper", "evidence": "cnn"},
    }

    def scored(sounds: Iterable[NDArray[np.float32]]) -> list[Result]:
        """Score sounds as a user would, with fewer networks."""
        return list(counted(score(map(_window, sounds), **options)))

    def untrained(piece: DrawnPiece) -> bool:
        """Whether networks that have learned nothing name a piece's structure."""
        picture, heard = time_pitch(_window(piece.samples()))
        elements = candidates(picture.grey, heard)
        field = Field.from_levels(sketch(picture.grey).levels)
        decoys = train([field], NETWORKS, SETTINGS["fast"], seed)[0].before_training()
        points = pixel_centres(GRID, GRID).astype(np.float64)
        values = np.nan_to_num(hidden_agreement(elements.items, decoys.hidden, points).mean(axis=0))
        items = [
            replace(item, hidden=float(value))
            for item, value in zip(elements.items, values, strict=True)
        ]
        return _name(named(Elements(tuple(items), {}), heard)) == piece.structure

    def played(template: Template) -> NDArray[np.float32]:
        piece = piece_of(read_picture(template.levels.astype(np.float64)), **PLAYED)
        return synthesise(piece.notes, piece.seconds)

    def is_none(sounds: Iterable[NDArray[np.float32]]) -> dict[str, Any]:
        return share([_name(result.music) == "none" for result in scored(sounds)])

    figures = _structures(pieces, scored(piece.samples() for piece in pieces))
    figures["controls"]["untrained"] = share(list(counted(map(untrained, few))))
    noise = (
        (0.3 * rng.normal(size=round(NOISE_SECONDS * RATE))).clip(-1, 1).astype(np.float32)
        for _ in range(NOISES[quick])
    )
    rejected = {
        "shuffled": is_none(piece.samples() for piece in shuffled),
        "noise": is_none(noise),
    }
    fields = [template.field for template in drawn]
    direct = [result.label for result in counted(score(fields, elements=False, **options))]
    after = [result.label for result in scored(map(played, drawn))]
    trios = list(zip(after, direct, [str(template.label) for template in drawn], strict=True))
    return {
        "suite": "sound",
        "seed": seed,
        "quick": quick,
        "pieces": len(pieces),
        "networks": NETWORKS,
        **figures,
        "rejected": rejected,
        "round_trip": {
            "templates": len(drawn),
            "right": share([h == t for h, _, t in trios]),
            "right_directly": share([d == t for _, d, t in trios]),
            "kept": share([h == d for h, d, _ in trios]),
            "right_by_class": {
                str(label): share([h == t for h, _, t in trios if t == label]) for label in PAPER
            },
            "chance": 1 / len(PAPER),
        },
    }


def _window(samples: NDArray[np.float32]) -> SoundWindow:
    return SoundWindow("piece", Stretch(0.0, RATE, samples), "")


def _name(music: Music | None) -> str:
    """Name the main structure as the pieces do; what is no outcome to rely on has none."""
    if music is None or not music.structures:
        return "none"
    name = music.structures[0].name
    return "loop" if name == "beat" else name


def _structures(pieces: Sequence[DrawnPiece], scores: Sequence[Result]) -> dict[str, Any]:
    """Compare the pieces' structures with the names that were found → accuracies, periods."""
    true = [piece.structure for piece in pieces]
    read = [_name(score.music) for score in scores]

    def right(names: Iterable[str]) -> list[bool]:
        return [name == structure for name, structure in zip(names, true, strict=True)]

    errors = []  # Relative, of the loops' periods; one that was not named is missed.
    for piece, score in zip(pieces, scores, strict=True):
        if piece.period is not None:
            structures = score.music.structures if score.music else ()
            loops = [s for s in structures if s.symbol == "T_n in time"]
            errors.append(abs((loops[0].seconds or 0.0) / piece.period - 1) if loops else 1.0)
    return {
        "accuracy": share(right(read)),
        "accuracy_by_structure": {
            name: share([fine for fine, t in zip(right(read), true, strict=True) if t == name])
            for name in STRUCTURES
        },
        "confusion": confusion(true, read, STRUCTURES, (*STRUCTURES, "harmonics")),
        "controls": {
            "chance": 1 / len(STRUCTURES),
            "pixels": share(right(map(_by_pixels, scores))),
            "probabilities": share(right(map(_by_probabilities, scores))),
        },
        "period": {
            "within": share([error <= CLOSE for error in errors]),
            "error_median": float(np.median(errors)),
            "error_p95": float(np.quantile(errors, 0.95)),
        },
        "outcomes": dict(Counter(str(score.outcome) for score in scores)),
    }


def _by_pixels(score: Result) -> str:
    """Name the structure by the picture's own agreement instead of the hidden layer's."""
    if score.music is None:
        return "none"
    items = tuple(replace(item, hidden=item.pixels) for item in score.music.looked_for)
    return _name(named(Elements(items, {}), score.music.heard))


def _by_probabilities(score: Result) -> str:
    """Name the structure by the class alone; a mirror's direction by the hidden layer."""
    if score.label in (None, Symmetry.NONE) or score.music is None:
        return "none"
    if score.label == Symmetry.MIRROR:
        mirrors = [item for item in score.music.looked_for if item.kind == "mirror"]
        best = max(mirrors, key=lambda item: item.hidden or 0.0)
        return "palindrome" if best.angle_deg == 90 else "inversion"
    return {Symmetry.REPEATED: "loop", Symmetry.STRIPED: "drone"}.get(
        Symmetry(str(score.label)), "none"
    )

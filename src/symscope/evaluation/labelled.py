"""Anyone's labelled folder: what was found against what its table says."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.api import score_many
from symscope.baselines import Baseline, Measured, baselines
from symscope.classifier.evidence import SOURCES, judged_by, reader_of
from symscope.elements import (
    BILATERAL,
    LATTICE_ORDERS,
    UPRIGHT,
    Element,
    Elements,
    bravais,
    find_elements,
)
from symscope.errors import InputError, Outcome, UsageError
from symscope.evaluation.labels import CENTRE, GROUP, TABLE, YES_NO, Label, read_labels
from symscope.evaluation.statistics import (
    Figure,
    accuracy,
    auc,
    between_lines,
    calibration_error,
    confusion,
    figure,
    rank_correlation,
    share,
)
from symscope.groups import Symmetry
from symscope.io.inputs import load
from symscope.io.paths import is_sound
from symscope.networks.processes import in_processes
from symscope.preprocess.sketch import colourful
from symscope.results import Result, Score

NEAR = 2.0
"""Degrees up to which an axis counts as found."""

NEAR_CENTRE = 0.02
"""Share of the longer side up to which a centre counts as found."""

SCORED = ("class", "rating")
"""Columns that are compared with scores, not with elements."""

NO_AXIS = 90.0
"""Error in degrees where no axis was found."""

Crop = tuple[int, int, int, int]
Values = NDArray[np.float64]


NO_CANDIDATE = -30.0
"""Logarithm of the odds of what a picture has no candidate of: below those of any candidate."""


def parse_crop(text: str) -> Crop:
    """Read ``x0,y0,x1,y1`` in pixels, x to the right and y down, the last ones not included.

    >>> parse_crop("109,20,530,440")
    (109, 20, 530, 440)
    """
    try:
        x0, y0, x1, y1 = (int(part) for part in text.split(","))
    except ValueError:
        x0 = y0 = x1 = y1 = 0
    if not (0 <= x0 < x1 and 0 <= y0 < y1):
        raise UsageError(
            f"found --crop {text!r}: expected four whole numbers x0,y0,x1,y1 with x0 < x1, y0 < y1"
        )
    return x0, y0, x1, y1


def _part(path: Path, crop: Crop) -> NDArray[Any]:
    """Read a part of a picture, in colours where they carry it."""
    picture = load(str(path)).picture
    if picture is None:
        raise UsageError("found no picture: --crop is for pictures alone")
    return _cropped(picture.grey if colourful(picture) is None else picture.rgb, crop)


def _cropped(shown: NDArray[Any], crop: Crop | None) -> NDArray[Any]:
    if crop is None:
        return shown
    x0, y0, x1, y1 = crop
    rows, columns = shown.shape[:2]
    if x1 > columns or y1 > rows:
        raise UsageError(f"found a picture of {columns} × {rows} pixels: --crop reaches beyond it")
    return shown[y0:y1, x0:x1]


def _in_part(row: Label, crop: Crop) -> Label:
    """Count a label's place from the corner of the part that is looked at."""
    known = [(name, row.get(name)) for name in CENTRE]
    moved = {n: v - corner for (n, v), corner in zip(known, crop, strict=False) if v is not None}
    return row | moved


@dataclass(frozen=True)
class _Picture:
    """A label, the elements of what it is of, and what the baselines say of a picture.

    What has no grid, a sound or scattered samples, is not ``searched``; only pictures have
    baselines.
    """

    label: Label
    elements: Elements
    measured: dict[str, Measured]
    searched: bool = True


def _searched(
    label: Label,
    folder: Path,
    crop: Crop | None,
    peers: Sequence[Baseline],
    find: Callable[[NDArray[np.float32]], Elements],
) -> _Picture | str:
    """Search one picture, signal or volume, or say why not."""
    path = folder / label["file"]
    try:
        read = None if is_sound(path) else load(str(path))
        if read is None or read.picture is None:
            grid = read.grid if read else None
            found = Elements((), {}) if grid is None else find_elements(grid)
            return _Picture(label, found, {}, grid is not None)
        grey = _cropped(read.picture.grey, crop)
        measured = {baseline.name: baseline(grey) for baseline in peers}
        return _Picture(label, find(grey), measured)
    except (InputError, UsageError) as error:
        return str(error)


def _figures(
    column: str,
    read: Sequence[Any],
    true: Sequence[Any],
    strength: Values | None,
    groups: Sequence[str],
    seed: int,
) -> dict[str, Any]:
    """Compare what was read with what is true; of axes ``read`` holds the errors in degrees."""
    if column == "axis_deg":
        away = np.array(read, float)
        return {
            "median_error_deg": figure(lambda draw: float(np.median(away[draw])), len(away), seed)
        }
    ranks = {} if strength is None else _ranks(strength, true, groups, seed)
    return {"accuracy": accuracy(read, true, seed), **ranks, "confusion": confusion(true, read)}


def _ranks(
    strength: Values, true: Sequence[int], groups: Sequence[str], seed: int
) -> dict[str, Figure]:
    """Say how well strengths tell yes from no, over pictures and, if there are any, groups.

    A group is rated by its pictures' mean strength; one with both labels is left out.
    """
    result = {"auc": auc(strength, np.array(true, bool), seed)}
    if groups:
        members: dict[str, list[int]] = {}
        for number, group in enumerate(groups):
            members.setdefault(group, []).append(number)
        pure = [of for group, of in members.items() if group and len({true[i] for i in of}) == 1]
        means = np.array([strength[of].mean() for of in pure])
        labels = np.array([bool(true[of[0]]) for of in pure])
        result["auc_of_groups"] = auc(means, labels, seed)
    return result


_BASELINE_KIND = {
    "rotation_order": "rotation",
    "axis_deg": "mirror",
    "has_mirror": "mirror",
    "has_upright_mirror": "mirror",
    "has_translation": "translation",
}
"""What a baseline must look for to say something of a column; a rating takes any."""


def _asked(columns: Sequence[str], peers: Sequence[Baseline]) -> list[Baseline]:
    """List the baselines that have something to say of one of the columns."""
    kinds = {_BASELINE_KIND.get(column) for column in columns}
    return [peer for peer in peers if peer.kind in kinds or "rating" in columns]


def _of_baseline(
    baseline: Baseline, column: str, pictures: Sequence[_Picture], seed: int
) -> dict[str, Any]:
    """Compute the same figures for one baseline."""
    true, groups = _truth(column, pictures), _groups(pictures)
    measured = [picture.measured[baseline.name] for picture in pictures]
    strength = np.array([item.strength for item in measured])
    if column == "rating":
        return {"spearman": rank_correlation(strength, np.array(true, float), seed)}
    if column == "rotation_order":
        return _figures(column, [item.order for item in measured], true, None, groups, seed)
    if column == "axis_deg":
        away = [
            NO_AXIS if item.axis_deg is None else between_lines(item.axis_deg, axis)
            for item, axis in zip(measured, true, strict=True)
        ]
        return _figures(column, away, true, None, groups, seed)
    if YES_NO[column] == UPRIGHT:
        strength = np.array([item.upright for item in measured], float)
    if baseline.threshold is None:
        return _ranks(strength, true, groups, seed)
    read = (strength >= baseline.threshold).astype(int).tolist()
    return _figures(column, read, true, strength, groups, seed)


def _of_scores(
    column: str, scores: Sequence[Result], true: Sequence[Any], seed: int
) -> dict[str, Any]:
    if column == "class":
        read = [s.label if s.outcome is Outcome.OK else str(s.outcome) for s in scores]
        right = accuracy(read, [str(value) for value in true], seed)
        return {"accuracy": right, "confusion": confusion(true, read)}
    strength = np.array([score.symmetry or 0.0 for score in scores])
    return {"spearman": rank_correlation(strength, np.array(true, float), seed)}


def _of_answers(scores: Sequence[Result], pictures: Sequence[_Picture]) -> dict[str, Any]:
    """Say whether the axes and centres of the elements that carry a label are right.

    And, as controls, how many classes are right by each kind of evidence, all else equal; and how
    far the most probable class's probability is from the share that is right.
    """
    near, centred = [], []
    for score, picture in zip(scores, pictures, strict=True):
        axis = picture.label.get("axis_deg")
        if score.label != picture.label["class"] or not score.elements:
            continue
        items = score.elements.items
        if items and score.picture and score.label in _WITH_CENTRE:
            away = _from_centre(items[0], picture.label, score.picture.grey.shape)
            centred += [] if away is None else [away <= NEAR_CENTRE]
        if axis is None:
            continue
        if score.label == Symmetry.STRIPED:
            # Of stripes the table names the mirror axis across them.
            near.append(any(between_lines((i.angle_deg or 0.0) + 90, axis) <= NEAR for i in items))
        elif score.label in (Symmetry.MIRROR, Symmetry.DIHEDRAL):
            mirrors = score.elements.of("mirror")
            near.append(any(between_lines(i.angle_deg or 0.0, axis) <= NEAR for i in mirrors))
    weighed = [
        (score, picture.label["class"])
        for score, picture in zip(scores, pictures, strict=True)
        if isinstance(score, Score) and score.evidence is not None
    ]
    alone = {
        source: share(
            [
                (judged := judged_by(source, score.evidence, score.dimension)) is not None
                and judged.label == label
                for score, label in weighed
                if score.evidence is not None
            ]
        )
        for source in SOURCES
        if weighed
    }
    said = [
        (max(s.probabilities.items(), key=itemgetter(1)), c) for s, c in weighed if s.probabilities
    ]
    right = np.array([likeliest == label for (likeliest, _), label in said], float)
    ece, bins = (
        calibration_error(np.array([p for (_, p), _ in said]), right) if said else (None, [])
    )
    return {
        "by_evidence": alone,
        "ece": ece,
        "reliability": bins,
        "axis_within_2_deg": share(near) if near else None,
        "centre_within_2_percent": share(centred) if centred else None,
    }


def _bare(scores: Sequence[Result]) -> list[Result]:
    """List the answers that name a symmetry and list no element of it."""
    named = [s for s in scores if s.label not in (None, str(Symmetry.NONE))]
    return [s for s in named if not (s.elements and s.elements.items)]


_ALL_MIRRORS = (Symmetry.ROUND, Symmetry.BALL, Symmetry.STRIPED)
"""Classes that have mirrors which are not listed one by one."""


def _names_a_mirror(score: Result) -> bool:
    """Whether an answer has a mirror: one that is listed, or all about a centre or across."""
    return score.label in _ALL_MIRRORS or bool(score.elements and score.elements.of("mirror"))


def _mirror_odds(score: Result, source: str, kind: str) -> float:
    """Return the logarithm of the odds of the likeliest mirror, or upright mirror."""
    if not isinstance(score, Score) or score.evidence is None:
        return NO_CANDIDATE
    of, reader = score.evidence, reader_of(score.evidence, source, score.dimension)
    if reader is None:
        return NO_CANDIDATE
    odds = reader.read(of).odds
    return max(
        (
            float(odds[number])
            for number, candidate in enumerate(of.candidates)
            if Elements(candidate.elements, {}).of(kind)
            # Stripes have mirrors across them, which may all be oblique.
            or candidate.symmetry in (_ALL_MIRRORS[:2] if kind == UPRIGHT else _ALL_MIRRORS)
        ),
        default=NO_CANDIDATE,
    )


_WITH_CENTRE = (Symmetry.MIRROR, Symmetry.CYCLIC, Symmetry.DIHEDRAL, Symmetry.ROUND)


def _from_centre(element: Element, label: Label, shape: Sequence[int]) -> float | None:
    """How far an axis or a centre is from where it should be, in longer sides; None: not known."""
    rows, columns = shape
    column, row = (label.get(name) for name in CENTRE)
    if column is None or row is None:
        return None
    place = np.array([column - (columns - 1) / 2, (rows - 1) / 2 - row]) / max(shape)
    if element.centre is not None:
        return float(np.hypot(*(np.array(element.centre) / 2 - place)))
    angle = np.deg2rad(element.angle_deg or 0.0)
    across = float(place @ np.array([-np.sin(angle), np.cos(angle)]))
    return abs((element.offset or 0.0) / 2 - across)


def _of_elements(
    column: str, pictures: Sequence[_Picture], lattices: bool, seed: int
) -> tuple[dict[str, Any], list[str]]:
    """Compare a column with the elements → (figures, files whose label was not found)."""
    true, strength = _truth(column, pictures), None
    every = [picture.elements for picture in pictures]
    names = [bravais(elements.of("translation")) or "none" for elements in every]
    if column == "axis_deg":
        read = []
        for elements, axis in zip(every, true, strict=True):
            best = max(elements.of("mirror"), key=lambda item: item.pixels, default=None)
            read.append(NO_AXIS if best is None else between_lines(best.angle_deg or 0.0, axis))
        right = [away <= NEAR for away in read]
    else:
        if column == "bravais":
            read = names
        elif column == "rotation_order":
            read = [elements.order for elements in every]
            if lattices:
                read = [LATTICE_ORDERS.get(name, 1) for name in names]
        else:
            kind = YES_NO[column]
            read = [int(bool(elements.of(kind))) for elements in every]
            rated = BILATERAL if kind == UPRIGHT else kind
            strength = np.array([elements.strongest.get(rated, 0.0) for elements in every])
        right = [value == label for value, label in zip(read, true, strict=True)]
    missed = [p.label["file"] for p, fine in zip(pictures, right, strict=True) if not fine]
    return _figures(column, read, true, strength, _groups(pictures), seed), missed


def _truth(column: str, pictures: Sequence[_Picture]) -> list[Any]:
    return [picture.label[column] for picture in pictures]


def _groups(pictures: Sequence[_Picture]) -> list[str]:
    return [picture.label[GROUP] for picture in pictures if GROUP in picture.label]


def _scores(given: Sequence[Any], score: Callable[..., Iterable[Result]]) -> Iterator[Result]:
    """Score inputs, of a sound with many windows the first that can be scored."""
    sounds = [isinstance(one, str) and is_sound(one) for one in given]
    others = iter(score([one for one, s in zip(given, sounds, strict=True) if not s]))
    for one, sound in zip(given, sounds, strict=True):
        windows = list(score([one])) if sound else [next(others)]
        yield next((w for w in windows if w.outcome is Outcome.OK), windows[0])


def measure(
    *,
    folder: Path,
    labels: Path | None = None,
    crop: str | None = None,
    with_baselines: bool = False,
    seed: int = 0,
    quick: bool = False,
    evidence: str = "both",
    progress: Callable[[int, int], None],
    find: Callable[[NDArray[np.float32]], Elements] = find_elements,
    score: Callable[..., Iterable[Result]] = score_many,
    peers: Sequence[Baseline] | None = None,
) -> dict[str, Any]:
    """Compare what symscope finds in a folder's inputs with the folder's labels.

    Parameters
    ----------
    folder : holds pictures, sounds, signals and volumes
    labels : the table that names them, ``labels.csv`` in the folder by default
    crop : part of every picture that is searched, as ``parse_crop`` reads it
    with_baselines : whether the measures of ``baselines`` are compared too
    quick : the first 20 pictures only
    evidence : what the class is read from (``options.Options``)
    peers : the baselines, by default all that can be used here

    Returns
    -------
    dict
        ``columns``: for each column present its figures with 95 % intervals (where the table has
        a ``bravais`` column, ``rotation_order`` is that of the lattice; of mirrors, ``answer`` is
        how many answers have one or none rightly, and ``weighed`` how well the odds of a mirror
        rank the pictures, by each kind of evidence);
        ``labels_without_element``: how many answers name what they do not list; ``wrong``: cells
        and files that could not be used; ``mistakes``: files whose label was not found, by column.

    Raises
    ------
    UsageError
        If the table is missing or says nothing that can be compared.
    """
    part = parse_crop(crop) if crop else None
    rows, present, wrong = read_labels(labels or folder / TABLE)
    rows = rows[:20] if quick else rows
    rows = [_in_part(row, part) for row in rows] if part else rows
    peers = _asked(present, baselines() if peers is None else peers) if with_baselines else []
    search = partial(_searched, folder=folder, crop=part, peers=peers, find=find)
    usable: list[_Picture] = []
    weighs = evidence != "cnn"
    total = len(rows) * (2 if weighs or set(SCORED) & set(present) else 1)
    for number, searched in enumerate(in_processes(search, rows, together=2), start=1):
        if isinstance(searched, str):
            wrong.append(f"{rows[number - 1]['file']}: {searched}")
        else:
            usable.append(searched)
        progress(number, total)
    asked = [p for p in usable if weighs or any(p.label.get(c) is not None for c in SCORED)]
    files = [folder / picture.label["file"] for picture in asked]
    given = [_part(file, part) if part else str(file) for file in files]
    scored: list[Result] = []
    for one in _scores(given, partial(score, seed=seed, evidence=evidence)):
        scored.append(one)
        progress(len(rows) + len(scored), total)
    score_of = {p.label["file"]: one for p, one in zip(asked, scored, strict=True)}
    columns: dict[str, Any] = {}
    mistakes: dict[str, list[str]] = {}
    for column in present:
        pictures = [
            picture
            for picture in usable
            if picture.label.get(column) is not None and (column in SCORED or picture.searched)
        ]
        scores = [score_of[p.label["file"]] for p in pictures if p.label["file"] in score_of]
        if not pictures:
            wrong.append(f"column {column}: no usable label")
            continue
        if column in SCORED:
            columns[column] = _of_scores(column, scores, _truth(column, pictures), seed)
            if column == "class" and weighs:
                columns[column] |= _of_answers(scores, pictures)
                wrong_class = [
                    f"{picture.label['file']}: {score.label}"
                    for picture, score in zip(pictures, scores, strict=True)
                    if score.label != picture.label["class"]
                ]
                mistakes |= {column: wrong_class} if wrong_class else {}
        else:
            lattices = "bravais" in present
            columns[column], missed = _of_elements(column, pictures, lattices, seed)
            mistakes |= {column: missed} if missed else {}
            if weighs and column == "has_mirror":
                named = [int(_names_a_mirror(one)) for one in scores]
                columns[column]["answer"] = accuracy(named, _truth(column, pictures), seed)
            if weighs and YES_NO.get(column) in ("mirror", UPRIGHT):
                columns[column]["weighed"] = {
                    source: _ranks(
                        np.array([_mirror_odds(s, source, YES_NO[column]) for s in scores]),
                        _truth(column, pictures),
                        _groups(pictures),
                        seed,
                    )
                    for source in SOURCES
                }
        measured = [picture for picture in pictures if picture.measured]
        if measured:
            columns[column]["baselines"] = {
                baseline.name: _of_baseline(baseline, column, measured, seed)
                for baseline in _asked([column], peers)
            }
    return {
        "suite": "labelled",
        "folder": folder.name,
        "seed": seed,
        "quick": quick,
        "pictures": len(rows),
        "evaluated": len(usable),
        **({"labels_without_element": len(_bare(scored))} if weighs else {}),
        "columns": columns,
        "mistakes": mistakes,
        "wrong": wrong,
    }

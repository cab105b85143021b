"""Anyone's labelled folder: what was found against what its table says."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.baselines import Baseline, Measured, baselines
from symscope.elements import LATTICE_ORDERS, UPRIGHT, Elements, bravais, find_elements
from symscope.errors import InputError, UsageError
from symscope.evaluation.labels import GROUP, TABLE, YES_NO, Label, read_labels
from symscope.evaluation.statistics import Figure, accuracy, auc, figure, rank_correlation
from symscope.io.images import read_picture
from symscope.networks.devices import cores
from symscope.pipeline import score_many

NEAR = 2.0
"""Degrees up to which an axis counts as found."""

Crop = tuple[int, int, int, int]
Values = NDArray[np.float64]


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


def _grey(path: Path, crop: Crop | None) -> NDArray[np.float32]:
    grey = read_picture(str(path)).grey
    if crop is None:
        return grey
    x0, y0, x1, y1 = crop
    if x1 > grey.shape[1] or y1 > grey.shape[0]:
        raise UsageError(
            f"found a picture of {grey.shape[1]} × {grey.shape[0]} pixels: --crop reaches beyond it"
        )
    return grey[y0:y1, x0:x1]


@dataclass(frozen=True)
class _Looked:
    """A picture's label, its elements, and what the baselines say of it, by their names."""

    row: Label
    elements: Elements
    measured: dict[str, Measured]


def _look(row: Label, folder: Path, crop: Crop | None, peers: Sequence[Baseline]) -> _Looked | str:
    """Look at one picture, or say why not."""
    try:
        grey = _grey(folder / row["file"], crop)
        measured = {b.name: b(grey) for b in peers}
        return _Looked(row, find_elements(grey), measured)
    except (InputError, UsageError) as error:
        return str(error)


def _axis_error(elements: Elements, true: float) -> float:
    mirrors = elements.of("mirror")
    if not mirrors:
        return 90.0
    found = max(mirrors, key=lambda item: item.pixels).angle_deg or 0.0
    return abs((found - true + 90) % 180 - 90)


def _order(elements: Elements, lattices: bool) -> int:
    if not lattices:
        return elements.order
    return LATTICE_ORDERS.get(bravais(elements.of("translation")) or "", 1)


def _of_symscope(column: str, looked: Sequence[_Looked], lattices: bool) -> list[Any]:
    """What symscope's elements say of a column, picture by picture."""
    every = [item.elements for item in looked]
    if column == "rotation_order":
        return [_order(elements, lattices) for elements in every]
    if column == "bravais":
        return [bravais(elements.of("translation")) or "none" for elements in every]
    if column == "axis_deg":
        return [_axis_error(e, item.row[column]) for e, item in zip(every, looked, strict=True)]
    return [int(bool(elements.of(YES_NO[column]))) for elements in every]


def _figures(
    column: str,
    found: Sequence[Any],
    true: Sequence[Any],
    strength: Values | None,
    groups: Sequence[str],
    seed: int,
) -> dict[str, Any]:
    """Compare what was found with what is true; for axes ``found`` holds the errors."""
    if column == "axis_deg":
        away = np.array(found, float)
        return {
            "median_error_deg": figure(lambda some: float(np.median(away[some])), len(away), seed)
        }
    result: dict[str, Any] = {"accuracy": accuracy(found, true, seed)}
    if strength is not None:
        result |= _ranks(strength, true, groups, seed)
    return result | {"confusion": _confusion(true, found)}


def _ranks(
    strength: Values, true: Sequence[int], groups: Sequence[str], seed: int
) -> dict[str, Figure]:
    """Say how well strengths tell yes from no, over pictures and, if there are any, groups."""
    result = {"auc": auc(strength, np.array(true, bool), seed)}
    if groups:
        result["auc_of_groups"] = _auc_of_groups(strength, true, groups, seed)
    return result


def _auc_of_groups(
    strength: Values, true: Sequence[int], groups: Sequence[str], seed: int
) -> Figure:
    """Rate each group by its pictures' mean strength; one with both labels is left out."""
    members: dict[str, list[int]] = {}
    for number, group in enumerate(groups):
        members.setdefault(group, []).append(number)
    pure = [some for group, some in members.items() if group and len({true[i] for i in some}) == 1]
    means = np.array([strength[some].mean() for some in pure])
    return auc(means, np.array([bool(true[some[0]]) for some in pure]), seed)


def _asked(columns: Sequence[str]) -> list[Baseline]:
    """List the baselines that have something to say of one of the columns."""
    kinds = {_BASELINE_KIND.get(column) for column in columns}
    return [b for b in baselines() if b.kind in kinds or "rating" in columns]


_BASELINE_KIND = {
    "rotation_order": "rotation",
    "axis_deg": "mirror",
    "has_mirror": "mirror",
    "has_upright_mirror": "mirror",
    "has_translation": "translation",
}
"""What a baseline must look for to say something of a column; a rating takes any."""


def _of_baseline(
    baseline: Baseline, column: str, looked: Sequence[_Looked], seed: int
) -> dict[str, Any]:
    """Compute the same figures for one baseline."""
    true, groups = _truth(column, looked), _groups(looked)
    measured = [item.measured[baseline.name] for item in looked]
    strength = np.array([item.strength for item in measured])
    if column == "rating":
        return {"spearman": rank_correlation(strength, np.array(true, float), seed)}
    if column == "rotation_order":
        found = [item.order for item in measured]
        return _figures(column, found, true, None, groups, seed)
    if column == "axis_deg":
        away = [
            90.0 if item.axis_deg is None else abs((item.axis_deg - t + 90) % 180 - 90)
            for item, t in zip(measured, true, strict=True)
        ]
        return _figures(column, away, true, None, groups, seed)
    if YES_NO[column] == UPRIGHT:
        strength = np.array([item.upright for item in measured], float)
    if baseline.threshold is None:
        return _ranks(strength, true, groups, seed)
    found = (strength >= baseline.threshold).astype(int).tolist()
    return _figures(column, found, true, strength, groups, seed)


def _confusion(true: Sequence[Any], found: Sequence[Any]) -> dict[str, dict[str, int]]:
    counts = Counter(zip(map(str, true), map(str, found), strict=True))
    columns = sorted({str(value) for value in (*true, *found)})
    return {
        row: {column: counts[row, column] for column in columns}
        for row in sorted({*map(str, true)})
    }


def _from_scores(
    column: str, scores: Sequence[Any], true: Sequence[Any], seed: int
) -> dict[str, Any]:
    if column == "class":
        found = [score.label if score.outcome == "ok" else str(score.outcome) for score in scores]
        right = accuracy(found, [str(value) for value in true], seed)
        return {"accuracy": right, "confusion": _confusion(true, found)}
    strength = np.array([score.symmetry or 0.0 for score in scores])
    return {"spearman": rank_correlation(strength, np.array(true, float), seed)}


def measure(
    *,
    folder: Path,
    labels: Path | None = None,
    crop: Crop | None = None,
    with_baselines: bool = False,
    seed: int = 0,
    quick: bool = False,
    progress: Callable[[int, int], None],
) -> dict[str, Any]:
    """Compare what symscope finds in a folder's pictures with the folder's labels.

    Parameters
    ----------
    folder : holds the pictures
    labels : the table that names them, ``labels.csv`` in the folder by default
    crop : part of every picture that is looked at
    with_baselines : whether the measures of ``baselines`` are compared too
    quick : the first 20 pictures only

    Returns
    -------
    dict
        ``columns``: for each column present its figures with 95 % intervals (where the table has
        a ``bravais`` column, ``rotation_order`` is that of the lattice); ``wrong``: cells and
        files that could not be used; ``mistakes``: files whose label was not found, by column.

    Raises
    ------
    UsageError
        If the table is missing or says nothing that can be compared.
    """
    rows, present, wrong = read_labels(labels or folder / TABLE)
    rows = rows[:20] if quick else rows
    peers = _asked(present) if with_baselines else []
    usable: list[_Looked] = []
    with ProcessPoolExecutor(cores(), get_context("spawn")) as pool:
        look = partial(_look, folder=folder, crop=crop, peers=peers)
        for number, (row, found) in enumerate(
            zip(rows, pool.map(look, rows, chunksize=2), strict=True), start=1
        ):
            if isinstance(found, str):
                wrong.append(f"{row['file']}: {found}")
            else:
                usable.append(found)
            progress(number, len(rows))
    columns: dict[str, Any] = {}
    mistakes: dict[str, list[str]] = {}
    for column in present:
        looked = [item for item in usable if item.row.get(column) is not None]
        if not looked:
            wrong.append(f"column {column}: no usable label")
        elif column in ("class", "rating"):
            pictures = [_grey(folder / item.row["file"], crop) for item in looked]
            scores = list(score_many(pictures, seed=seed, elements=False))
            columns[column] = _from_scores(column, scores, _truth(column, looked), seed)
        else:
            lattices = "bravais" in present
            columns[column], mistakes[column] = _from_elements(column, looked, lattices, seed)
        if column in columns and peers:
            columns[column]["baselines"] = {
                baseline.name: _of_baseline(baseline, column, looked, seed)
                for baseline in _asked([column])
            }
    return {
        "suite": "labelled",
        "folder": folder.name,
        "seed": seed,
        "quick": quick,
        "pictures": len(rows),
        "evaluated": len(usable),
        "columns": columns,
        "mistakes": {column: files for column, files in mistakes.items() if files},
        "wrong": wrong,
    }


def _truth(column: str, looked: Sequence[_Looked]) -> list[Any]:
    return [item.row[column] for item in looked]


def _groups(looked: Sequence[_Looked]) -> list[str]:
    return [item.row[GROUP] for item in looked if GROUP in item.row]


def _from_elements(
    column: str, looked: Sequence[_Looked], lattices: bool, seed: int
) -> tuple[dict[str, Any], list[str]]:
    """Compare a column with the elements → (figures, files whose label was not found)."""
    true, found = _truth(column, looked), _of_symscope(column, looked, lattices)
    kind = YES_NO.get(column)
    strength = np.array([item.elements.strongest[kind] for item in looked]) if kind else None
    # For axes, what was found are the errors; NEAR is near enough.
    right = [
        v <= NEAR if column == "axis_deg" else v == t for v, t in zip(found, true, strict=True)
    ]
    missed = [item.row["file"] for item, fine in zip(looked, right, strict=True) if not fine]
    return _figures(column, found, true, strength, _groups(looked), seed), missed

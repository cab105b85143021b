"""Templates as files: one PNG or .npy each, and one table with their labels and elements."""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from symscope.groups import Symmetry

if TYPE_CHECKING:
    from symscope.synth.templates import Template
    from symscope.synth.templates_nd import SpatialTemplate

COLUMNS = ("file", "label", "family", "breaking", "parameters", "elements")


def labelled_files(templates: Sequence["Template"]) -> Iterator[tuple[str, bytes]]:
    """Encode templates as named files.

    Parameters
    ----------
    templates : sequence of Template

    Yields
    ------
    name : str
        Such as ``mirror_wells_000.png``, and last ``labels.csv``.
    data : bytes
        Of the PNGs: 8-bit grey, level 0 black and the highest level white. Of the table: one line
        per PNG; ``elements`` is a JSON list of ``[linear, shift]``, the affine maps in the
        coordinates [-1, 1] (x right, y up) that leave the unbroken potential as it is.
    """
    yield from _files(templates, "png", _png)


def spatial_files(templates: Sequence["SpatialTemplate"]) -> Iterator[tuple[str, bytes]]:
    """Encode templates of a line or of space as named files, .npy of 8-bit levels.

    The table is that of ``labelled_files``; coordinate d runs along axis d, over [-1, 1].
    """
    yield from _files(templates, "npy", _npy)


def _files(
    templates: Sequence[Any], suffix: str, encoded: Callable[[Any], bytes]
) -> Iterator[tuple[str, bytes]]:
    numbers: Counter[str] = Counter()
    table = io.StringIO(newline="")
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    for template in templates:
        kind = f"{Symmetry(template.label).name.lower()}_{template.family}"
        name = f"{kind}_{numbers[kind]:03}.{suffix}"
        numbers[kind] += 1
        elements = [[e.linear.tolist(), e.shift.tolist()] for e in template.elements]
        parameters = json.dumps(template.construction.parameters)
        label, breaking = str(template.label), template.breaking
        writer.writerow((name, label, template.family, breaking, parameters, json.dumps(elements)))
        yield name, encoded(template)
    yield "labels.csv", table.getvalue().encode("utf-8")


def _npy(template: "SpatialTemplate") -> bytes:
    encoded = io.BytesIO()
    np.save(encoded, template.levels.astype(np.uint8), allow_pickle=False)
    return encoded.getvalue()


def _png(template: "Template") -> bytes:
    levels = np.asarray(template.levels)
    grey = np.rint(levels * (255 / max(int(levels.max()), 1))).astype(np.uint8)
    encoded = io.BytesIO()
    Image.fromarray(grey).save(encoded, format="PNG")
    return encoded.getvalue()

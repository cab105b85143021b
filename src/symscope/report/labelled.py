"""Templates as files: one PNG or .npy each, and one table with their labels and elements."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image

from symscope.groups import Symmetry
from symscope.synth.templates import Template

COLUMNS = ("file", "label", "family", "breaking", "parameters", "elements")


def labelled_files(templates: Sequence[Template]) -> Iterator[tuple[str, bytes]]:
    """Encode templates as named files.

    Parameters
    ----------
    templates : sequence of Template

    Yields
    ------
    name : str
        Such as ``mirror_wells_000.png``, or ``….npy`` of signals and volumes, and last
        ``labels.csv``.
    data : bytes
        Of the PNGs: 8-bit grey, level 0 black and the highest level white; of the .npy: 8-bit
        levels. Of the table: one line per file; ``elements`` is a JSON list of ``[linear, shift]``,
        the affine maps in the coordinates [-1, 1] (of a picture x right, y up; else coordinate d
        runs along axis d) that leave the unbroken potential as it is.
    """
    numbers: Counter[str] = Counter()
    table = io.StringIO(newline="")
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    for template in templates:
        kind = f"{Symmetry(template.label).name.lower()}_{template.family}"
        picture = template.levels.ndim == 2
        name = f"{kind}_{numbers[kind]:03}.{'png' if picture else 'npy'}"
        numbers[kind] += 1
        elements = [[e.linear.tolist(), e.shift.tolist()] for e in template.elements]
        parameters = json.dumps(template.construction.parameters)
        label, breaking = str(template.label), template.breaking
        writer.writerow((name, label, template.family, breaking, parameters, json.dumps(elements)))
        encoded = io.BytesIO()
        if picture:
            grey = np.rint(template.levels * (255 / max(int(template.levels.max()), 1)))
            Image.fromarray(grey.astype(np.uint8)).save(encoded, format="PNG")
        else:
            np.save(encoded, template.levels.astype(np.uint8), allow_pickle=False)
        yield name, encoded.getvalue()
    yield "labels.csv", table.getvalue().encode("utf-8")

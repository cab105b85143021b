"""Templates as files with their labels."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
from PIL import Image

from symscope.groups import Isometry
from symscope.report.labelled import COLUMNS, labelled_files
from symscope.synth.templates import templates


def test_files_hold_the_pixels_and_the_table_their_exact_elements() -> None:
    drawn = templates(2, classes=["Z_2", "∅"], families=["wells"], seed=3)
    named = dict(labelled_files(drawn))
    lines = list(csv.DictReader(io.StringIO(named.pop("labels.csv").decode())))
    assert tuple(lines[0]) == COLUMNS
    assert [line["file"] for line in lines] == list(named)
    assert list(named)[:2] == ["mirror_wells_000.png", "mirror_wells_001.png"]
    for line, template in zip(lines, drawn, strict=True):
        pixels = np.asarray(Image.open(io.BytesIO(named[line["file"]])))
        np.testing.assert_array_equal(pixels, 255 * (template.levels > 0))
        assert line["label"] == str(template.label)
    ((linear, shift),) = json.loads(lines[0]["elements"])
    mirror = Isometry(np.array(linear), np.array(shift))
    twice = (mirror @ mirror)([[0.3, -0.2]])
    np.testing.assert_allclose(twice, [[0.3, -0.2]], atol=1e-12)

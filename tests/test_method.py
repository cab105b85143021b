"""The method in one file: it gives the package's numbers for one picture."""

import json
import os
import subprocess
import sys
from pathlib import Path

import method

TOLERANCE = 1e-5
"""The features are correlated in double precision, one after the other, instead of in single
precision, together; found 1.2e-7. Networks are trained by the same arithmetic: where a version of
JAX compiles the two programs differently, their last bits, and then the networks, differ."""


COMPARED = """
import json, sys
import numpy as np, method
from symscope import score
from symscope.io.images import read_picture
picture = read_picture("sample:retina")
wanted = score("sample:retina", evidence="cnn", networks=2, elements=False)
probabilities, explained = method.score(picture.rgb, networks=2)
json.dump({
    "probabilities": float(np.abs(probabilities - wanted.views.probabilities).max()),
    "explained": float(abs(explained.mean() - wanted.fit.explained_variance)),
    "classes": tuple(wanted.probabilities) == method.CLASSES,
}, sys.stdout)
"""


def test_one_file_gives_the_probabilities_of_the_package():
    env = os.environ | {"PYTHONPATH": str(Path(method.__file__).parent)}
    done = subprocess.run(
        [sys.executable, "-c", COMPARED], env=env, capture_output=True, text=True, check=True
    )
    away = json.loads(done.stdout)
    assert away["probabilities"] < TOLERANCE
    assert away["explained"] < TOLERANCE
    assert away["classes"]


def test_it_is_short_and_uses_nothing_of_the_package_but_the_weights():
    text = Path(method.__file__).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 250
    assert "import symscope" not in text
    assert "from symscope" not in text

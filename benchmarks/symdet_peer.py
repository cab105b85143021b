"""Run SymDet, the packaged code of arXiv:2003.13679, on a point cloud, in a process of its own.

    pip install --no-deps --target DIR symdet==0.0.1 tqdm
    python benchmarks/symdet_peer.py --package DIR --task TASK --mode MODE --data FILE --seed S

FILE is an .npz with `points`, one point a row; for `double_well`, also `values`, the potential at
each point. Prints one JSON object; the peer's own printing is dropped, and what it raises is the
text of `failed`. A run with nothing to report has null `generators` and exit code 0.

`generators` are the peer's principal components as flat matrices, largest variance first, and
`explained_variance` their shares. How many are real the peer leaves to the reader of a plot: take
one for SO(2), three for SO(3). `candidates` is the number of regressions behind them, `seconds`
the time of the extraction without imports. For `double_well` they are those of the first level
kept, and `levels` are all levels for which the peer reports a symmetry.

`published` needs TensorFlow, whose tensors the peer reads one element at a time. `arrays` is the
same code with NumPy arrays in their place, for speed; a stub stands in for a TensorFlow that is
missing. Detecting the levels trains a network and needs the real one, 2.15 or older, in either
mode.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import os
import random
import sys
import time
import types
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

Row = dict[str, Any]

# Regressions, components and options in the peer's examples. It has none that goes on from the
# double well to a generator: there, those of SO(2).
RUNS = {"so2": 5, "so3": 9, "pendulum": 5, "double_well": 5}
COMPONENTS = {"so2": 4, "so3": 9, "pendulum": 4, "double_well": 4}
OPTIONS: dict[str, dict[str, Any]] = {"pendulum": {"factor": False, "gs_precision": 3}}

LEVELS = {"value_range": [-5, 5], "bin_operation": [1 / 5, 1e-3], "representatives": 1000}
NETWORK = {"n_layers": 7, "units": 80, "epochs": 10, "batch_size": 64, "lr": 0.00025}


def stub_tensorflow() -> None:
    """Put modules in place of TensorFlow that hold just what the peer names on import."""
    tensorflow = types.ModuleType("tensorflow")
    keras = types.ModuleType("tensorflow.keras")
    layers = types.ModuleType("tensorflow.keras.layers")
    members = {
        tensorflow: {"Tensor": np.ndarray, "convert_to_tensor": np.asarray, "keras": keras},
        keras: {"regularizers": None, "layers": layers},
        layers: {"Input": None},
    }
    for module, names in members.items():
        vars(module).update(names)
        sys.modules[module.__name__] = module


def detect(peer: Any, points: np.ndarray, values: np.ndarray, seed: int) -> dict[int, np.ndarray]:
    """Return the points of each level for which the peer reports a symmetry."""
    tensorflow = sys.modules["tensorflow"]
    keras = tensorflow.keras
    keras.utils.set_random_seed(seed)
    if keras.__version__.startswith("2.") and hasattr(keras.optimizers, "legacy"):
        # The peer passes `decay`, which only the optimizers from before TensorFlow 2.11 take.
        keras.optimizers.Adam = keras.optimizers.legacy.Adam
    clustering = importlib.import_module("symdet.utils.data_clustering")
    image, domain = map(tensorflow.convert_to_tensor, (values, points))
    clusters = clustering.range_binning(image, domain, **LEVELS)
    detector = peer.GroupDetection(peer.DenseModel(**NETWORK), clusters)
    clouds = detector.run_symmetry_detection(plot=False)
    return {int(level): np.asarray(cloud) for level, cloud in clouds.items()}


def run(task: str, mode: str, data: dict[str, np.ndarray], seed: int, result: Row) -> None:
    """Extract generators as the peer's examples do, and write into the result what came out."""
    real = find_spec("tensorflow") is not None
    if not real and (mode == "published" or task == "double_well"):
        raise RuntimeError("TensorFlow is not installed, and a stub would not be the peer")
    if not real:
        stub_tensorflow()
    peer = importlib.import_module("symdet")
    result["tensorflow"] = getattr(sys.modules["tensorflow"], "__version__", None)
    # The peer draws its bases from `random`; the rest is for the libraries under it.
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    points = data["points"]
    start = time.perf_counter()
    if task == "double_well":
        clouds = detect(peer, points, data["values"], seed)
        result["detection_seconds"] = time.perf_counter() - start
        result["levels"] = sorted(clouds)
        if not clouds:
            raise RuntimeError("no level is reported to have a symmetry")
        points = clouds[min(clouds)]
        start = time.perf_counter()
    if mode == "arrays":
        # All that the extraction takes from TensorFlow.
        module = importlib.import_module("symdet.generator_extraction.generators")
        vars(module)["tf"] = types.SimpleNamespace(convert_to_tensor=np.asarray)
    extraction = peer.GeneratorExtraction(points, delta=0.5, epsilon=0.3, candidate_runs=RUNS[task])
    generators, explained = extraction.perform_generator_extraction(
        pca_components=COMPONENTS[task], plot=False, **OPTIONS.get(task, {})
    )
    result["seconds"] = time.perf_counter() - start
    result["candidates"] = len(extraction.generator_candidates)
    result["generators"] = finite(generators)
    result["explained_variance"] = finite(explained)


def finite(values: np.ndarray) -> list[Any]:
    """Return nested lists with null where a number is not finite: JSON has no NaN."""
    return np.where(np.isfinite(values), values, np.array(None)).tolist()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--package", type=Path, required=True, help="folder with symdet in it")
    parser.add_argument("--task", choices=sorted(RUNS), required=True)
    parser.add_argument("--mode", choices=("published", "arrays"), required=True)
    parser.add_argument("--data", type=Path, required=True, help=".npz with the points")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    sys.path.insert(0, str(arguments.package))
    os.environ.setdefault("MPLBACKEND", "Agg")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    result: Row = dict.fromkeys(("generators", "seconds", "explained_variance", "failed"))
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            with np.load(arguments.data) as data:
                run(arguments.task, arguments.mode, dict(data), arguments.seed, result)
        except Exception as error:
            result["failed"] = f"{type(error).__name__}: {error}"
    print(json.dumps(result))


if __name__ == "__main__":
    main()

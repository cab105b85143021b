"""Settings that every test shares."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import jax
import jaxtyping
import numpy as np
import pytest

SOURCE = Path(__file__).parents[1] / "src"

# Several processes test side by side: each takes one core, or they would wait for each other.
os.environ.setdefault("SYMSCOPE_CORES", "1")

# Programs are compiled by XLA's older code generator, and hardly optimised: in half of the time.
# With XLA_FLAGS set, be it to nothing, they are compiled as users have them: try
# `XLA_FLAGS= make test`.
QUICKLY_COMPILED = "--xla_cpu_use_fusion_emitters=false --xla_backend_optimization_level=1"
os.environ.setdefault("XLA_FLAGS", QUICKLY_COMPILED)
# So is what librosa compiles when it is first imported.
os.environ.setdefault("NUMBA_OPT", "0")

# A first call compiles, so the time of one example says nothing; and a failure must come back
# when the run is repeated.
hypothesis.settings.register_profile(
    "symscope",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("symscope")


def modules_with_shapes() -> list[str]:
    """Name the modules that annotate arrays with shapes."""
    files = (path for path in SOURCE.rglob("*.py") if "from jaxtyping import" in path.read_text())
    return [".".join(path.relative_to(SOURCE).with_suffix("").parts) for path in files]


# In every test, what such a module takes and returns is held to its annotations. Functions of JAX
# take arrays of NumPy too.
jaxtyping.Array = jax.Array | np.ndarray
jaxtyping.install_import_hook(modules_with_shapes(), "shape_checks.checked")


def pytest_configure(config):
    """Compile each program once for all processes of a run, and keep it for the next run."""
    from symscope.networks.devices import enable_compilation_cache

    os.environ.setdefault("SYMSCOPE_CACHE", str(config.cache.mkdir("compiled")))
    enable_compilation_cache()
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.05)


@pytest.fixture
def observer(monkeypatch):
    """Replace the decoys of a data set by an Observer, which is returned."""
    from fakes.training import Observer
    from symscope.classifier import dataset

    def install(stop_after=None):
        new = Observer(stop_after)
        monkeypatch.setattr(dataset, "observe", new)
        return new

    return install

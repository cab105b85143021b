"""Where the arithmetic runs, and where compiled programs are kept."""

import os
import stat
import subprocess
import sys

import jax
import numpy as np
import pytest

from symscope.errors import UsageError
from symscope.networks import devices as engine


@pytest.fixture
def configured(monkeypatch):
    """Record what JAX is told instead of telling it."""
    told = {}
    monkeypatch.setattr(jax.config, "update", told.__setitem__)
    for name in ("SYMSCOPE_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return told


def test_there_is_a_core_and_a_mesh_over_all_devices():
    assert 1 <= engine.cores() <= (os.cpu_count() or 1)
    mesh = engine.mesh()
    assert mesh.axis_names == ("n",)
    assert mesh.size == jax.local_device_count()
    assert engine.mesh() is mesh


def test_the_number_of_cores_can_be_given():
    code = (
        "from symscope.networks import devices as engine; print(engine.cores(), engine.mesh().size)"
    )
    some = os.environ | {"SYMSCOPE_CORES": "3"}
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=some
    )
    assert found.stdout.split() == ["3", "3"]


@pytest.mark.parametrize("wrong", ["0", "-1", "two", "1.5", "²"])
def test_a_wrong_number_of_cores_is_refused(monkeypatch, wrong):
    monkeypatch.setenv("SYMSCOPE_CORES", wrong)
    with pytest.raises(UsageError, match="SYMSCOPE_CORES"):
        engine.cores()


def test_scoring_has_all_cores_though_a_reader_is_loaded_first():
    """JAX keeps the devices that its first use finds; once, that was the classifier's loading."""
    code = (
        "import numpy as np, jax, symscope\n"
        "symscope.score(np.zeros((64, 64)), networks=1)\n"
        "print(jax.local_device_count())"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(found.stdout) == engine.cores()


def test_the_cache_is_where_the_variable_says(configured, monkeypatch, tmp_path):
    monkeypatch.setenv("SYMSCOPE_CACHE", str(tmp_path / "mine"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    engine.enable_compilation_cache()
    assert configured["jax_compilation_cache_dir"] == str(tmp_path / "mine")
    assert (tmp_path / "mine").is_dir()
    assert not (tmp_path / "other").exists()


def test_the_cache_is_in_the_user_s_cache_folder(configured, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    engine.enable_compilation_cache()
    assert configured["jax_compilation_cache_dir"] == str(tmp_path / ".cache" / "symscope")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    engine.enable_compilation_cache()
    assert configured["jax_compilation_cache_dir"] == str(tmp_path / "xdg" / "symscope")


def test_an_empty_variable_switches_the_cache_off(configured, monkeypatch):
    monkeypatch.setenv("SYMSCOPE_CACHE", "")
    engine.enable_compilation_cache()
    assert configured == {}


def test_without_a_place_to_write_there_is_no_cache_and_no_error(configured, monkeypatch, tmp_path):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    in_the_way.chmod(stat.S_IRUSR)
    monkeypatch.setenv("SYMSCOPE_CACHE", str(in_the_way / "cache"))
    engine.enable_compilation_cache()
    assert configured == {}


@pytest.mark.parametrize("count", [1, 16, 37])
def test_jobs_come_back_in_order_from_calls_of_one_size(count):
    sizes, wanted_in_all = set(), 0

    def run(arrays):
        nonlocal wanted_in_all
        numbers, wanted = arrays
        sizes.add(len(numbers))
        wanted_in_all += int(wanted.sum())
        return {"twice": 2 * numbers}

    jobs = [(np.int64(number),) for number in range(count)]
    assert engine.in_chunks(run, jobs)["twice"].tolist() == list(range(0, 2 * count, 2))
    assert len(sizes) == 1
    assert wanted_in_all == count

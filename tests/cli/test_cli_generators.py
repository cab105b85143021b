"""``symscope generators`` and ``symscope orbits``: what goes where, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.linalg import expm

import symscope.api
import symscope.lie.orbits
from fakes.scores import a_score
from symscope import cli
from symscope.errors import UsageError
from symscope.lie.orbits import Case, Study

CIRCLE = np.stack([np.cos(np.arange(120) * 2.4), np.sin(np.arange(120) * 2.4)], axis=1)


@pytest.fixture
def run(capfdbinary, monkeypatch, tmp_path):
    """Run one command in this process, in an empty folder, without a cache."""
    monkeypatch.setenv("SYMSCOPE_CACHE", "")
    monkeypatch.chdir(tmp_path)

    def command(*arguments):
        code = cli.main([str(argument) for argument in arguments])
        out, err = capfdbinary.readouterr()
        return SimpleNamespace(code=code, out=out.decode(), err=err.decode())

    return command


def left(folder):
    return sorted(file.name for file in folder.iterdir())


@pytest.fixture
def cloud(tmp_path):
    """A cloud of points on a circle, as a table."""
    rows = "\n".join(f"{x},{y}" for x, y in CIRCLE)
    (tmp_path / "cloud.csv").write_text(f"x,p\n{rows}\n")
    return "cloud.csv"


# generators


def test_a_table_is_printed_and_nothing_else(run, tmp_path):
    result = run("generators", "potential:double-well")
    assert (result.code, result.err) == (0, "")
    assert "O(2)" in result.out
    assert "symmetric" in result.out
    assert "generator 1" in result.out
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "group", "verdict", "number"),
    [("double-well", "O(2)", "symmetric", 1), ("d4", "D_4", "none", 0)],
)
def test_json_is_one_line_with_the_generators(run, name, group, verdict, number):
    result = run("generators", f"potential:{name}", "--json")
    assert (result.code, result.err) == (0, "")
    assert result.out.count("\n") == 1
    row = json.loads(result.out)
    assert row["source"] == f"potential:{name}"
    assert (row["group"], row["verdict"], row["dimension"]) == (group, verdict, number)
    assert len(row["generators"]) == len(row["shifts"]) == number
    assert row["provenance"]["seed"] == 0
    assert {"defects", "spectrum", "null", "finite", "discrete", "message"} <= set(row)


def test_a_cloud_in_a_file_is_read(run, cloud, tmp_path):
    result = run("generators", cloud, "--json")
    assert (result.code, result.err) == (0, "")
    row = json.loads(result.out)
    assert (row["group"], row["verdict"]) == ("SO(2)", "symmetric")
    np.testing.assert_allclose(np.abs(row["generators"][0]), [[0, 1], [1, 0]], atol=0.05)
    assert left(tmp_path) == [cloud]


def test_figure_and_export_are_written_and_hold_what_was_found(run, tmp_path):
    result = run(
        "generators", "potential:elliptic-well", "--figure", "a.pdf", "--export", "a.npz", "--json"
    )
    assert result.code == 0
    assert left(tmp_path) == ["a.npz", "a.pdf"]
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as archive:
        arrays = dict(archive)
    row = json.loads(result.out)
    shapes = {name: array.shape for name, array in arrays.items()}
    assert shapes == {
        "lie_algebra": (1, 2, 2), "discrete_generators": (len(row["discrete"]), 2, 2),
        "centre": (2,), "shifts": (1, 2),
    }  # fmt: skip
    np.testing.assert_allclose(arrays["lie_algebra"], row["generators"])
    np.testing.assert_allclose(arrays["centre"], [0.2, -0.1], atol=1e-6)
    np.testing.assert_allclose(arrays["shifts"], 0, atol=1e-9)
    form = np.array([[1.0, 0.3], [0.3, 0.4]])
    turned = expm(0.7 * arrays["lie_algebra"][0])
    np.testing.assert_allclose(turned.T @ form @ turned, form, atol=1e-9)


def test_options_reach_the_science(run, cloud, monkeypatch):
    called = {}

    def discover(*source, **options):
        called.update(options, source=source)
        raise UsageError("seen")

    monkeypatch.setattr(sys.modules["symscope.lie.discover"], "discover", discover)
    options = "--route pairs --class isometry --seed 7 --networks 3"
    assert run("generators", cloud, *options.split(), "--target", "p").code == 2
    points, target = called.pop("source")
    np.testing.assert_allclose(points[:, 0], CIRCLE[:, 0])
    np.testing.assert_allclose(target, CIRCLE[:, 1])
    assert called == {"route": "pairs", "kind": "isometry", "seed": 7, "networks": 3}
    run("generators", "potential:squeeze", "--samples", "80")
    points, values = called.pop("source")
    np.testing.assert_allclose(points[:, 0] * points[:, 1], values)
    assert len(points) == 80


WRONG_USE = [
    ([], "expected either SOURCE or --image"),
    (["potential:circle", "--image", "a.png"], "expected either SOURCE or --image"),
    (["--image", "a.png", "--samples", "100"], "--image goes without"),
    (["potential:hexagon"], "expected one of circle"),
    (["potential:norm-1"], "2 to 32"),
    (["potential:circle", "--route", "scenic"], "gradient"),
    (["potential:circle", "--class", "conformal"], "isometry"),
    (["potential:circle", "--samples", "5"], "50"),
    (["potential:circle", "--networks", "1"], "2"),
    (["potential:circle", "--seed", "-1"], "seed"),
    (["potential:circle", "--figure", "a.txt"], "--figure found a.txt"),
    (["potential:circle", "--figure", "."], "--figure found the folder"),
    (["potential:circle", "--export", "a.h5"], "ends in .npz"),
    (["cloud.csv", "--samples", "100"], "--samples is for potential:NAME"),
    (["cloud.csv", "--target", "charge"], "expected one of x, p"),
    (["cloud.csv", "--route", "gradient"], "no gradient"),
]


@pytest.mark.parametrize(
    ("arguments", "message"), WRONG_USE, ids=[" ".join(a) for a, _ in WRONG_USE]
)
def test_wrong_use_is_refused_in_one_line_and_nothing_is_written(
    run, cloud, tmp_path, arguments, message
):
    extra = [] if {"--figure", "--export"} & set(arguments) else ["--export", "out.npz"]
    result = run("generators", *arguments, *extra)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("symscope: ")
    assert result.err.count("\n") == 1
    assert message in result.err
    assert left(tmp_path) == [cloud]


BAD_FILES = {
    "no.npz": (None, "no file no.npz"),
    "text.npz": (b"what is this?", "text.npz"),
    "words.csv": (b"a,b\n1,red\n", "'b' holds no numbers"),
    "same.csv": (b"a,b\n1,2\n" + b"1,2\n" * 3, "expected at least 50"),
    "flat.csv": (b"a,b,y\n" + b"".join(b"%d,%d,3\n" % (i, i * i) for i in range(60)), "the same"),
    "hole.csv": (b"a,b\n" + b"1,2\n" * 60 + b"1,nan\n", "first in row 60"),
    "a.xyz": (b"1 2\n", "neither .npz nor .csv"),
}


@pytest.mark.parametrize("name", BAD_FILES)
@pytest.mark.parametrize("command", ["generators", "orbits"])
def test_a_file_that_cannot_be_used_is_refused_and_nothing_is_written(run, tmp_path, command, name):
    data, message = BAD_FILES[name]
    if command == "orbits" and name in ("same.csv", "hole.csv"):
        data = data.replace(b"a,b\n", b"label,a,b\n").replace(b"\n1,", b"\n1,1,")
    if data is not None:
        (tmp_path / name).write_bytes(data)
    result = run(command, name, "--figure", "out.png")
    assert (result.code, result.out) == (4, "")
    assert message in result.err
    assert result.err.startswith("symscope: ")
    assert result.err.count("\n") == 1
    assert left(tmp_path) == ([] if data is None else [name])


def test_a_pickle_is_never_executed(run, tmp_path):
    attack = b"cbuiltins\nopen\n(S'executed'\nS'w'\ntR."  # opens a file when it is loaded
    (tmp_path / "a.npz").write_bytes(attack)
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as archive:
        archive.writestr("X.npy", attack)
    for name in ("a.npz", "b.npz"):
        assert run("generators", name).code == 4
    assert left(tmp_path) == ["a.npz", "b.npz"]


def test_a_picture_without_networks_that_learned_is_undecided(run, monkeypatch, tmp_path):
    called = {}

    def score(path, **options):
        called.update(options, path=path)
        return replace(a_score(path), elements=None)

    monkeypatch.setattr(symscope.api, "score", score)
    result = run("generators", "--image", "kite.png", "--networks", "8", "--seed", "2", "--json")
    assert (result.code, result.err) == (0, "")
    row = json.loads(result.out)
    assert called == {"path": "kite.png", "networks": 8, "seed": 2}
    assert (row["source"], row["verdict"], row["group"]) == ("kite.png", "undecided", "none")
    assert row["generators"] == row["shifts"] == []


def test_a_formula_needs_no_jax(tmp_path):
    code = (
        "import sys; from symscope import cli; code = cli.main(['generators', 'potential:circle']);"
        "sys.exit(code or ('jax' in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert "O(2)" in done.stdout.decode()


# orbits


def a_study(source):
    """Make up a study: no network is trained."""
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1], 20)
    names = ("data", "untrained", "no symmetry", "permuted labels")
    cases = tuple(
        Case(n, *random.uniform(-1, 1, (1, 40, 2)), labels, *random.normal(size=(2, 40, 2)),
             0.5, 0.1 * (i + 1), 0.01, 0.9)
        for i, n in enumerate(names)
    )  # fmt: skip
    levels = tuple({"level": level, "points": 20, "orbits": 2} for level in (-0.5, 0.5))
    return Study(source, cases, levels, "affine", 0)


@pytest.fixture
def studied(monkeypatch):
    """Replace the training; what it was asked for is returned."""
    called = {}

    def study_potential(source, **options):
        called.update(options, source=source.name)
        return a_study(source.name)

    def study_data(name, points, target, **options):
        called.update(options, source=name, points=points, target=target)
        return a_study(name)

    monkeypatch.setattr(symscope.lie.orbits, "study_potential", study_potential)
    monkeypatch.setattr(symscope.lie.orbits, "study_data", study_data)
    return called


def test_orbits_prints_the_place_of_its_figure(run, studied, tmp_path):
    result = run("orbits", "potential:double-well")
    assert (result.code, result.out, result.err) == (0, "orbits.png\n", "")
    assert left(tmp_path) == ["orbits.png"]
    assert (tmp_path / "orbits.png").read_bytes().startswith(b"\x89PNG")


def test_orbits_options_reach_the_science(run, studied, tmp_path):
    options = "--levels 5 --points 300 --class isometry --seed 7 --figure o.svg --json"
    result = run("orbits", "potential:squeeze", *options.split())
    assert (result.code, result.err) == (0, "")
    row = json.loads(result.out)
    assert (row["source"], row["figure"]) == ("squeeze", "o.svg")
    assert set(row["cases"]) == {"data", "untrained", "no symmetry", "permuted labels"}
    assert callable(studied.pop("progress"))
    assert studied == {
        "source": "squeeze", "levels": 5, "count": 300, "kind": "isometry", "seed": 7,
    }  # fmt: skip
    assert left(tmp_path) == ["o.svg"]


def test_orbits_reads_labels_from_a_file(run, studied, tmp_path):
    labels = np.arange(120) % 2
    np.savez(tmp_path / "a.npz", X=CIRCLE, phase=labels)
    assert run("orbits", "a.npz", "--target", "phase").code == 0
    assert studied["source"] == "a.npz"
    np.testing.assert_array_equal(studied["points"], CIRCLE)
    np.testing.assert_array_equal(studied["target"], labels)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "SOURCE"),
        (["potential:hexagon"], "expected one of circle"),
        (["potential:circle", "--levels", "1"], "levels"),
        (["potential:circle", "--points", "10"], "points"),
        (["potential:circle", "--figure", "a.txt"], "--figure found a.txt"),
        (["cloud.csv"], "holds no labels: name their column with --target"),
        (["cloud.csv", "--target", "charge"], "expected one of x, p"),
    ],
)
def test_wrong_use_of_orbits_is_refused_and_nothing_is_written(
    run, cloud, tmp_path, arguments, message
):
    result = run("orbits", *arguments)
    assert (result.code, result.out) == (2, "")
    assert message in result.err
    assert result.err.count("\n") == 1
    assert left(tmp_path) == [cloud]


@pytest.mark.parametrize("command", ["generators", "orbits"])
def test_help_is_there(run, command):
    result = run(command, "--help")
    assert result.code == 0
    assert "potential:NAME" in result.out
    assert result.err == ""

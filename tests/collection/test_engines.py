"""The engines: the same rows from both, and no fault in one picture costs another."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import symscope
import symscope.api
from fakes.small import disc
from fakes.worker import answer
from symscope.collection import engines
from symscope.collection.engines import DaskEngine, LocalEngine, batch_size, batches, score_paths
from symscope.collection.manifest import Entry, fingerprinted, listed
from symscope.collection.run import run, terms_of, write_table
from symscope.drawing.rows import plain
from symscope.errors import UsageError, WeightsRejected
from symscope.options import Options

OPTIONS = Options(networks=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Make three small pictures and a file that is none."""
    root = tmp_path_factory.mktemp("pictures")
    for number, radius in enumerate((0.3, 0.5, 0.7)):
        grey = 120 * disc(radius=radius).astype(np.uint8)
        Image.fromarray(grey).save(root / f"{number}: \n.png")
    (root / "3.png").write_bytes(b"no picture")
    return root


@pytest.fixture(scope="module")
def rows(folder, tmp_path_factory) -> list[dict]:
    """Score the pictures with the engine of this process."""
    return collected(folder, tmp_path_factory.mktemp("local"), lambda t: LocalEngine(t.options))


def collected(folder: Path, place: Path, make) -> list[dict]:
    """Run a collection and return its rows."""
    run(listed(folder), place / "out.jsonl", terms_of(OPTIONS), make)
    return [json.loads(line) for line in (place / "out.jsonl").read_text().splitlines()]


def entries(folder: Path, *contents: str) -> list[Entry]:
    """Write files and list them."""
    for number, content in enumerate(contents):
        (folder / f"{number}.png").write_text(content)
    return [fingerprinted(entry, 1000, {}, {}) for entry in listed(folder).entries]


def test_rows_are_those_of_score(folder, rows) -> None:
    """… with the manifest's columns, and with what computes them again."""
    for row in copy.deepcopy(rows):
        assert row.pop("manifest")["folder"] == "."
        assert row["provenance"].pop("arguments") == "--networks 1"
        if row["outcome"] == "ok":
            assert row == plain(symscope.score(row["path"], networks=1).to_row())
    assert [row["outcome"] for row in rows] == ["ok", "ok", "ok", "unreadable"]
    (failed,) = symscope.score_many([str(folder / "3.png")], networks=1)
    assert rows[3]["message"] == failed.message
    assert rows[3]["path"] == failed.path


def test_a_score_does_not_depend_on_its_batch(folder, rows) -> None:
    paths = [row["path"] for row in rows]
    with LocalEngine(OPTIONS):
        for some in (paths[::-1], paths[1:2]):
            found = score_paths(some, OPTIONS, symscope.io.images.read_picture)
            for result in found:
                row = rows[paths.index(result.row["path"])]
                for key in ("symmetry", "probabilities", "fit", "elements", "flow", "message"):
                    assert result.row[key] == row[key]


@pytest.fixture(scope="module")
def cluster() -> Iterator[DaskEngine]:
    """Start two workers with one core each; this process has all of them."""
    with DaskEngine(terms_of(OPTIONS), workers=2) as engine:
        yield engine


def test_a_cluster_gives_the_same_rows_to_the_last_bit(folder, rows, cluster, tmp_path) -> None:
    assert collected(folder, tmp_path, lambda terms: nullcontext(cluster)) == rows


@pytest.fixture
def faked(cluster, monkeypatch) -> DaskEngine:
    """Let the workers do as the files say."""
    monkeypatch.setattr(cluster, "_score", answer)
    return cluster


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ("rejected", WeightsRejected, "found altered weights"),
        ("unseen", UsageError, r"workers do not see .*0\.png"),
        ("older", UsageError, r"found symscope 0\.0\.1 on a worker"),
    ],
)
def test_what_is_wrong_with_workers_ends_the_run(faked, tmp_path, content, error, message) -> None:
    with pytest.raises(error, match=message):
        list(faked.scored(batches(entries(tmp_path, content), 1)))


def test_a_picture_that_kills_its_workers_is_found_and_costs_no_other(faked, tmp_path) -> None:
    listing = entries(tmp_path, "0", "1", "deadly", "3", "4")
    scored = [pair for results in faked.scored(batches(listing, 3)) for pair in results]
    outcomes = {entry.columns["file"]: result.row["outcome"] for entry, result in scored}
    assert outcomes == dict.fromkeys(("0.png", "1.png", "3.png", "4.png"), "ok") | {
        "2.png": "unreadable"
    }
    (killer,) = [result for entry, result in scored if entry.columns["file"] == "2.png"]
    assert killer.again
    assert "every worker died over it" in killer.row["message"]


def test_a_scheduler_that_is_gone_is_said(tmp_path) -> None:
    code = (
        "import sys\n"
        "from distributed import LocalCluster\n"
        "with LocalCluster(n_workers=1, threads_per_worker=1, processes=False,\n"
        "                  dashboard_address=None, protocol='tcp') as cluster:\n"
        "    print(cluster.scheduler_address, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "env": environment}
    with subprocess.Popen([sys.executable, "-c", code], text=True, **pipes) as process:
        address = process.stdout.readline().strip()
        listing = entries(tmp_path, *["slow"] * 6)
        with DaskEngine(terms_of(OPTIONS), address, score=answer) as engine:
            finished = engine.scored(batches(listing, 1))
            assert next(finished)[0][1].row["outcome"] == "ok"
            process.kill()
            with pytest.raises(UsageError, match=r"scheduler at .* is gone"):
                list(finished)


def test_without_a_scheduler_at_the_address_it_is_said(monkeypatch) -> None:
    monkeypatch.setattr("symscope.collection.engines.CONNECT_SECONDS", 1)
    with pytest.raises(UsageError, match=r"found none at tcp://127\.0\.0\.1:1 "):
        DaskEngine(terms_of(OPTIONS), "tcp://127.0.0.1:1").__enter__()


def test_a_fault_of_symscope_costs_one_picture(monkeypatch) -> None:
    def score_many(paths, *_, **__):
        for path in paths:
            if path == "b":
                raise ZeroDivisionError("by zero")
            yield symscope.results.Score(path, symscope.errors.Outcome.OK)

    monkeypatch.setattr(symscope.api, "score_many", score_many)
    found = score_paths(["a", "b", "c"], OPTIONS, None)
    assert [result.row["outcome"] for result in found] == ["ok", "unreadable", "ok"]
    assert found[1].again
    assert (
        "a fault of symscope, please report it: ZeroDivisionError: by zero"
        in (found[1].row["message"])
    )


@pytest.mark.parametrize(("networks", "pictures"), [(1, 16), (16, 1), (None, 1), (6, 8), (48, 1)])
def test_a_batch_fills_the_trainer(networks, pictures) -> None:
    assert batch_size(Options(networks=networks)) == pictures


def test_a_batch_of_large_files_is_small(monkeypatch) -> None:
    monkeypatch.setattr(engines, "LARGEST_BATCH_BYTES", 10)
    listing = [Entry(str(size), {}, size=size) for size in (3, 3, 3, 3, 20, 1, 10, 1)]
    parts = [[entry.size for entry in batch] for batch in batches(listing, 3)]
    assert parts == [[3, 3, 3], [3], [20], [1], [10], [1]]


def test_a_table_that_cannot_be_written_leaves_nothing(tmp_path) -> None:
    def broken():
        yield {"path": "a"}
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_table(tmp_path / "out.jsonl", broken)
    assert list(tmp_path.iterdir()) == []

"""A collection is scored once, whatever interrupts it."""

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from filelock import FileLock

from fakes import engine
from fakes.engine import UNREADABLE, FakeEngine, collect, made_up, terms
from symscope.collection.engines import joined
from symscope.collection.manifest import listed
from symscope.collection.run import Watch, fingerprint_files, journal_folder, run, score_missing
from symscope.collection.store import ROWS, Store
from symscope.errors import UsageError

PICTURES = 30


@pytest.fixture
def folder(tmp_path) -> Path:
    """Make files that a FakeEngine scores: two are the same, one is unreadable."""
    root = tmp_path / "scans"
    root.mkdir()
    for number in range(PICTURES):
        (root / f"{number:02}.png").write_bytes(b"%d" % number)
    (root / "07.png").write_bytes((root / "03.png").read_bytes())
    (root / "11.png").write_bytes(UNREADABLE)
    return root


def rows(path: Path) -> list[dict]:
    """Read a table in JSON lines."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def stored(out: Path) -> list[bytes]:
    """List the keys of all rows that are kept of a table, in the order of writing."""
    with closing(sqlite3.connect(journal_folder(out) / ROWS)) as database:
        return [key for (key,) in database.execute("SELECT key FROM rows ORDER BY rowid")]


def test_every_entry_has_its_row_and_equal_files_are_scored_once(folder, tmp_path) -> None:
    out = tmp_path / "out.jsonl"
    report, asked = collect(folder, out)
    found = rows(out)
    assert report is not None
    assert report.outcomes == {"ok": PICTURES - 1, "unreadable": 1}
    assert [row["path"] for row in found] == [str(folder / f"{n:02}.png") for n in range(PICTURES)]
    assert sorted(asked) == [f"{n:02}.png" for n in range(PICTURES) if n != 7]
    assert found[7]["symmetry"] == found[3]["symmetry"]
    assert found[11]["message"] == f"{folder / '11.png'}: what is it?"
    assert found[3]["manifest"] == {"file": "03.png", "folder": "."}
    assert len(found[3]["provenance"]["file_sha256"]) == 64


@pytest.mark.parametrize("name", ["out.jsonl", "out.json", "out.csv", "out.parquet"])
def test_a_run_that_was_stopped_goes_on_and_ends_with_the_same_table(
    folder, tmp_path, name
) -> None:
    whole, parts = tmp_path / name, tmp_path / "parts" / name
    parts.parent.mkdir()
    collect(folder, whole)
    for stop in (0, 2, 1, 3):
        report, _ = collect(folder, parts, stop_after=stop)
        assert report is None
        assert not parts.exists()
    report, asked = collect(folder, parts)
    assert report is not None
    assert len(asked) == PICTURES - 1 - 4 * 6
    assert parts.read_bytes() == whole.read_bytes()
    assert len(stored(parts)) == PICTURES - 1


def test_a_second_run_computes_nothing_and_fresh_computes_all(folder, tmp_path) -> None:
    out = tmp_path / "out.csv"
    collect(folder, out)
    before = out.read_bytes()
    assert collect(folder, out)[1] == []
    assert len(collect(folder, out, fresh=True)[1]) == PICTURES - 1
    assert out.read_bytes() == before


def test_other_options_are_other_rows_and_the_old_ones_are_kept(folder, tmp_path) -> None:
    out = tmp_path / "out.jsonl"
    collect(folder, out)
    first = out.read_bytes()
    assert len(collect(folder, out, seed=1)[1]) == PICTURES - 1
    assert rows(out)[0]["provenance"]["arguments"] == "--seed 1"
    assert out.read_bytes() != first
    assert collect(folder, out)[1] == []
    assert out.read_bytes() == first


def test_what_decides_only_what_is_refused_does_not_score_again(folder, tmp_path) -> None:
    out = tmp_path / "out.jsonl"
    collect(folder, out)
    first = out.read_bytes()
    assert collect(folder, out, max_megapixels=20.0)[1] == []
    assert out.read_bytes() == first


def test_too_large_pictures_are_asked_again_under_another_limit(folder, tmp_path) -> None:
    def refusing(entry, seed):
        result = made_up(entry, seed)
        if entry.columns["file"] == "05.png":
            result.row["outcome"] = "too_large"
        return result

    out = tmp_path / "out.jsonl"
    collect(folder, out, make=refusing)
    assert collect(folder, out)[1] == []
    assert collect(folder, out, max_megapixels=100.0)[1] == ["05.png"]
    assert rows(out)[5]["outcome"] == "ok"


def test_a_missing_file_is_a_row_and_is_looked_for_again(folder, tmp_path) -> None:
    out = tmp_path / "out.jsonl"
    table = tmp_path / "list.csv"
    table.write_text("file,year\nscans/01.png,1899\nscans/late.png,1900\nscans/late.png,1901\n")
    report, asked = collect(table, out)
    assert report is not None
    assert report.outcomes == {"ok": 1, "missing": 2}
    assert rows(out)[2]["message"] == f"{tmp_path / 'scans/late.png'}: gone"
    assert collect(table, out)[1] == asked[1:]
    assert len(stored(out)) == 2
    (folder / "late.png").write_bytes(b"late")
    report, _ = collect(table, out)
    assert report is not None
    assert report.outcomes == {"ok": 3}
    assert [row["manifest"]["year"] for row in rows(out)] == [1899, 1900, 1901]


def test_a_file_that_changes_while_it_waits_is_not_taken_for_another(folder, tmp_path) -> None:
    class Changed(FakeEngine):
        def scored(self, batches):
            for results in super().scored(batches):
                for _, result in results:
                    result.row["provenance"]["file_sha256"] = "e" * 64
                yield [(e, joined((e,), [r])[0][1]) for e, r in results]

    out = tmp_path / "out.jsonl"
    report = run(listed(folder), out, terms(), Changed)
    assert report.outcomes == {"unreadable": PICTURES}
    assert "found other content" in rows(out)[0]["message"]
    report, _ = collect(folder, out)
    assert report is not None
    assert report.outcomes["ok"] == PICTURES - 1


def test_names_may_be_anything_that_a_file_system_takes(tmp_path) -> None:
    root = tmp_path / "scans"
    names = [b"=cmd|' C'!A0.png", b"caf\xe9.png", b"a\nb\r.png", b"\x1b[2J.png", b"'\"; --.png"]
    for name in names:
        path = os.fsencode(root) + b"/" + name[::-1].removeprefix(b"gnp.") + b"/" + name
        os.makedirs(os.path.dirname(path))
        with open(path, "wb") as file:
            file.write(name)
    for suffix in ("jsonl", "csv", "parquet"):
        out = tmp_path / f"out.{suffix}"
        assert len(collect(root, out)[1]) == len(names)
        assert collect(root, out)[1] == []
    assert {os.path.basename(os.fsencode(row["path"])) for row in rows(tmp_path / "out.jsonl")} == (
        set(names)
    )
    assert "\n=" not in (tmp_path / "out.csv").read_text()


def test_a_second_run_at_the_same_time_is_refused(folder, tmp_path) -> None:
    out = tmp_path / "out.csv"
    with Store(journal_folder(out), terms()), pytest.raises(UsageError, match="another run"):
        collect(folder, out)
    with FileLock(journal_folder(out) / "lock"), pytest.raises(UsageError, match="another run"):
        collect(folder, out, fresh=True)
    collect(folder, out)


def test_a_row_is_on_the_disk_before_the_next_batch_is_asked_for(folder, tmp_path) -> None:
    class Looking(FakeEngine):
        def scored(self, batches):
            for number, results in enumerate(super().scored(batches)):
                assert len(stored(out)) == number * self.together
                yield results

    out = tmp_path / "out.csv"
    run(listed(folder), out, terms(), Looking)
    assert len(stored(out)) == PICTURES - 1


def test_rows_that_cannot_be_written_are_said_and_those_before_are_kept(folder, tmp_path) -> None:
    out = tmp_path / "out.csv"

    class Filling(FakeEngine):
        def scored(self, batches):
            for number, results in enumerate(super().scored(batches)):
                if number == 3:
                    store._database.execute("PRAGMA max_page_count = 1")
                    results[0][1].row["message"] = "x" * 1_000_000
                yield results

    with Store(journal_folder(out), terms()) as store:
        manifest = fingerprint_files(listed(folder), store, 1000, Watch())
        with pytest.raises(UsageError, match=r"could not write .*rows\.sqlite .*full"):
            score_missing(manifest, store, Filling, Watch())
    assert len(stored(out)) == 12
    assert len(collect(folder, out)[1]) == PICTURES - 1 - 12


@pytest.mark.parametrize("other", [b"PAR1" * 300, b"path,symmetry\na.png,0.5\n"])
def test_another_file_in_the_place_of_the_rows_is_left_alone(folder, tmp_path, other) -> None:
    out = tmp_path / "out.csv"
    journal_folder(out).mkdir()
    (journal_folder(out) / ROWS).write_bytes(other)
    with pytest.raises(UsageError, match="another kind of file"):
        collect(folder, out)
    assert (journal_folder(out) / ROWS).read_bytes() == other


def test_rows_of_the_first_version_are_left_alone_until_they_may_be_forgotten(folder, tmp_path):
    out = tmp_path / "out.csv"
    journal_folder(out).mkdir()
    journal = journal_folder(out) / "rows.journal"
    journal.write_bytes(b"rows")
    with pytest.raises(UsageError, match=r"rows of symscope 0\.1 .* add --fresh"):
        collect(folder, out)
    assert journal.read_bytes() == b"rows"
    collect(folder, out, fresh=True)
    assert not journal.exists()


def test_a_run_that_is_killed_at_any_moment_loses_nothing(folder, tmp_path) -> None:
    whole, out = tmp_path / "whole.parquet", tmp_path / "out.parquet"
    collect(folder, whole)
    instants = random.Random(1)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, engine.__file__, str(folder), str(out), "0.05"]
    finished: list[bytes] = []
    for _ in range(3):
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
            # From its first rows on: earlier there is nothing to lose.
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(instants.random() * 0.15)
            process.kill()  # Nothing where it has come to its end.
        now = stored(out)
        assert now[: len(finished)] == finished
        finished = now
    assert finished
    collect(folder, out)
    assert len(stored(out)) == len(set(stored(out))) == PICTURES - 1
    assert pq.read_table(out).equals(pq.read_table(whole), check_metadata=True)


def test_progress_and_failures_are_told(folder, tmp_path) -> None:
    told: list[tuple] = []
    watch = Watch(
        lambda *step: told.append(step),
        lambda path, message: told.append(("failed", Path(path).name, message)),
        lambda text: told.append(("note", text)),
    )
    out = tmp_path / "out.csv"
    collect(folder, out, stop_after=1)
    run(listed(folder), out, terms(), FakeEngine, watch=watch)
    assert ("reading files", PICTURES, PICTURES) in told
    assert ("scoring", PICTURES - 5, PICTURES - 5) in told
    assert ("failed", "11.png", "what is it?") in told
    assert ("note", f"4 of {PICTURES - 1} pictures have been scored before") in told


def test_a_parquet_table_says_how_it_was_made(folder, tmp_path) -> None:
    out = tmp_path / "out.parquet"
    collect(folder, out, networks=2, elements=False)
    found = json.loads(pq.read_schema(out).metadata[b"symscope"])
    manifest = json.loads((journal_folder(out) / "manifest.json").read_text())
    assert found["manifest_sha256"] == manifest["sha256"]
    assert found["terms"]["networks"] == 2
    assert found["terms"]["classifier_sha256"] == ["f" * 64]
    assert found["command"] == "symscope score --networks 2 --no-elements PICTURE"
    assert [e["manifest"]["file"] for e in manifest["pictures"]][:2] == ["00.png", "01.png"]

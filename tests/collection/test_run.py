"""A collection is scored once, whatever interrupts it."""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from filelock import FileLock

import fake_engine
from fake_engine import UNREADABLE, collect, terms
from symscope.collection.journal import Journal
from symscope.collection.manifest import listed
from symscope.collection.output import table_metadata
from symscope.collection.run import Watch, journal_folder, run
from symscope.collection.store import Store
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


def journaled(out: Path) -> list[str]:
    """List the keys of all rows in a journal."""
    with Journal(journal_folder(out) / "rows.journal") as journal:
        return [record["key"] for _, record in journal.records() if "row" in record]


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
    assert max(Counter(journaled(parts)).values()) == 1


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


def test_too_large_pictures_are_asked_again_under_another_limit(folder, tmp_path, monkeypatch):
    def made_up(entry, seed=0):
        result = honest(entry, seed)
        if entry.columns["file"] == "05.png":
            result.row["outcome"] = "too_large"
        return result

    out, honest = tmp_path / "out.jsonl", fake_engine.made_up
    monkeypatch.setattr(fake_engine, "made_up", made_up)
    collect(folder, out)
    assert collect(folder, out)[1] == []
    monkeypatch.setattr(fake_engine, "made_up", honest)
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
    assert len(journaled(out)) == 2
    (folder / "late.png").write_bytes(b"late")
    report, _ = collect(table, out)
    assert report is not None
    assert report.outcomes == {"ok": 3}
    assert [row["manifest"]["year"] for row in rows(out)] == [1899, 1900, 1901]


def test_a_file_that_changes_while_it_waits_is_not_taken_for_another(folder, tmp_path) -> None:
    class Changed(fake_engine.FakeEngine):
        def scored(self, batches):
            for results in super().scored(batches):
                for _, result in results:
                    result.row["provenance"]["file_sha256"] = "e" * 64
                yield [(e, fake_engine.joined((e,), [r])[0][1]) for e, r in results]

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


def test_the_last_row_torn_at_any_byte_is_computed_again(folder, tmp_path) -> None:
    out = tmp_path / "out.csv"
    collect(folder, out)
    table, journal = out.read_bytes(), journal_folder(out) / "rows.journal"
    whole = journal.read_bytes()
    last = whole[:-1].rfind(b"\n") + 1
    for end in range(last, len(whole), 41):
        journal.write_bytes(whole[:end])
        assert collect(folder, out)[1] == [f"{PICTURES - 1}.png"]
        assert out.read_bytes() == table


def test_a_run_that_is_killed_at_any_moment_loses_nothing(folder, tmp_path) -> None:
    whole, out = tmp_path / "whole.parquet", tmp_path / "out.parquet"
    collect(folder, whole)
    instants = random.Random(1)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, fake_engine.__file__, str(folder), str(out), "0.05"]
    finished: list[str] = []
    for _ in range(5):
        with subprocess.Popen(command, env=environment, start_new_session=True) as process:
            journal = journal_folder(out) / "rows.journal"
            deadline = time.monotonic() + 20
            before = journal.stat().st_size if journal.exists() else 0
            # From its first sign of life on: earlier there is nothing to lose.
            while process.poll() is None and time.monotonic() < deadline:
                if journal.exists() and journal.stat().st_size > before:
                    break
                time.sleep(0.005)
            time.sleep(instants.random() * 0.2)
            process.kill()  # Nothing where it has come to its end.
        now = journaled(out)
        assert now[: len(finished)] == finished
        finished = now
    assert finished
    collect(folder, out)
    assert max(Counter(journaled(out)).values()) == 1
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
    run(listed(folder), out, terms(), fake_engine.FakeEngine, watch=watch)
    assert ("reading files", PICTURES, PICTURES) in told
    assert ("scoring", PICTURES - 5, PICTURES - 5) in told
    assert ("failed", "11.png", "what is it?") in told
    assert ("note", f"4 of {PICTURES - 1} pictures have been scored before") in told


def test_a_parquet_table_says_how_it_was_made(folder, tmp_path) -> None:
    out = tmp_path / "out.parquet"
    collect(folder, out, networks=2, elements=False)
    found = table_metadata(out)
    manifest = json.loads((journal_folder(out) / "manifest.json").read_text())
    assert found["manifest_sha256"] == manifest["sha256"]
    assert found["terms"]["networks"] == 2
    assert found["terms"]["classifier_sha256"] == "f" * 64
    assert found["command"] == "symscope score --networks 2 --no-elements PICTURE"
    assert [e["manifest"]["file"] for e in manifest["pictures"]][:2] == ["00.png", "01.png"]


def test_a_table_without_metadata_is_not_taken_for_one(folder, tmp_path) -> None:
    import pyarrow as pa

    pq.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    with pytest.raises(UsageError, match="found no collection"):
        table_metadata(tmp_path / "other.parquet")

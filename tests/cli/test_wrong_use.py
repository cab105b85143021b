"""Wrong use: what was found, what was expected and what to do, on one line; and how to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from symscope import cli

STOPPED = """
import sys, threading, time
import symscope.api, symscope.cli
from fakes.scores import a_score

def score_many(sources, options, **more):
    # As a thread that searches on: nobody waits for it.
    threading.Thread(target=time.sleep, args=(60,)).start()
    yield a_score(sources[0])
    print("begun", file=sys.stderr, flush=True)
    time.sleep(60)

symscope.api.score_many = score_many
sys.exit(symscope.cli.main())
"""

COLLECTED = """
import sys, threading, time
import symscope.cli, symscope.collection.engines, symscope.collection.run
from fakes.engine import FakeEngine, terms

class Slow(FakeEngine):
    def scored(self, batches):
        for number, results in enumerate(super().scored(batches)):
            yield results
            if not number:
                threading.Thread(target=time.sleep, args=(60,)).start()
                print("begun", file=sys.stderr, flush=True)
                time.sleep(60)

symscope.collection.engines.LocalEngine = lambda options: Slow(terms())
symscope.collection.run.terms_of = lambda options: terms()
sys.exit(symscope.cli.main())
"""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("score --nope", "found --nope, expected an option of symscope score"),
        ("score a.png --sketc otsu", "found --sketc, expected --sketch"),
        ("score", "found no PATH…, expected PATH… after symscope score"),
        ("scor", "found 'scor', expected a command such as 'score'"),
        ("xyzzy", "expected a command of score, serve, report"),
        ("score a.png --sketch fancy", "--sketch found 'fancy', expected one of otsu, adaptive"),
        ("score a.png --networks abc", "--networks found 'abc', expected a whole number"),
        ("score a.png --networks=1.5", "--networks found '1.5', expected a whole number"),
        ("score a.png --zoom wide", "--zoom found 'wide', expected a number"),
        ("score a.png --seed -1", "--seed found '-1', expected 0 or more"),
        ("serve --port 99999", "--port found '99999', expected 65535 or less"),
        ("score a.png --format", "found --format and nothing after it, expected its value"),
        ("score a.png --excel=yes", "found a value for --excel, expected none"),
        ("collection scans", "found no --out, expected --out FILE after symscope collection"),
        ("collection scans more --out a.csv", "found more too, expected no more"),
        ("evaluate nonsense", "found 'nonsense', expected one of templates"),
    ],
)
def test_what_typer_refuses_is_told_as_all_else(capfd, words, said):
    assert cli.main(words.split()) == 2
    out, err = capfd.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert err.startswith("symscope: ")
    assert said in err
    assert "--help" in err


def test_help_stays(capfd):
    assert cli.main(["score", "--help"]) == 0
    assert "Usage" in capfd.readouterr().out


def stopped(program, folder, *arguments, times=1):
    """Run a program, and send it Ctrl-C once it has begun → exit code, output, errors, seconds."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    said = b""
    while b"begun" not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    since = time.monotonic()
    for _ in range(times):
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)
    out, more = process.communicate(timeout=50)
    return process.returncode, out.decode(), more.decode(), time.monotonic() - since


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_a_score_with_what_is_finished(tmp_path, times):
    wanted = ("score", "a.png", "b.png", "--out", "rows.csv")
    code, out, err, seconds = stopped(STOPPED, tmp_path, *wanted, times=times)
    assert (code, out) == (130, "")
    assert len((tmp_path / "rows.csv").read_text().splitlines()) == 2
    assert "Traceback" not in err
    assert seconds < 40  # not the minute of what nobody waits for
    if times == 1:
        assert "interrupted: 1 of 2 are scored" in err
        assert "symscope collection" in err


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_a_collection_that_goes_on_later(tmp_path, times):
    (tmp_path / "scans").mkdir()
    for name in "abcdef":
        (tmp_path / f"scans/{name}.png").write_bytes(name.encode())
    wanted = ("collection", "scans", "--out", "rows.csv")
    code, _, err, seconds = stopped(COLLECTED, tmp_path, *wanted, times=times)
    assert code == 130
    assert "Traceback" not in err
    assert seconds < 40
    assert (tmp_path / "rows.csv.journal").is_dir()
    if times == 1:
        assert "run the same command again to go on" in err

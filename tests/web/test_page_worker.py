"""The process that the page asks: every request is answered, whatever becomes of it."""

from __future__ import annotations

import io
import json
import queue
import subprocess
import sys

import pytest

from symscope.errors import TooLarge, UsageError
from symscope.web import worker


class FakeDesk:
    """Answer as the request says, and end the process at the last one."""

    def prepare(self, wanted):
        self.warmed = not wanted()

    def answer(self, request, tell):
        failure = {
            "usage": UsageError("found an odd option, expected another"),
            "large": TooLarge("found too much"),
            "memory": MemoryError(),
            "fault": KeyError("x"),
            "end": SystemExit(),
        }
        if request["do"] in failure:
            raise failure[request["do"]]
        tell("stage", {"step": 1})
        return {"value": request["value"]}


def answers(*requests):
    """Serve requests, and return what was answered to them."""
    waiting, sink = queue.Queue(), io.StringIO()
    for number, request in enumerate((*requests, {"do": "end"})):
        waiting.put({"id": number, **request})
    with pytest.raises(SystemExit):
        worker.serve(FakeDesk(), waiting, sink)
    told = [json.loads(line) for line in sink.getvalue().splitlines()]
    assert [one["event"] for one in told[:2]] == ["started", "ready"]
    return told[2:]


def test_events_and_the_answer_carry_the_number_of_their_request():
    assert answers({"do": "work", "value": "é\n∅"}) == [
        {"id": 0, "event": "stage", "step": 1},
        {"id": 0, "event": "done", "value": "é\n∅"},
    ]


@pytest.mark.parametrize(
    ("do", "said"),
    [
        ("usage", "found an odd option, expected another"),
        ("large", "found too much"),
        ("memory", "found too little memory"),
        ("fault", "a fault of symscope, please report it: KeyError"),
    ],
)
def test_a_failure_is_told_and_the_next_request_is_answered(do, said):
    failed, *rest = answers({"do": do}, {"do": "work", "value": 2})
    assert (failed["id"], failed["event"]) == (0, "failed")
    assert failed["message"].startswith(said)
    assert [one["event"] for one in rest] == ["stage", "done"]


def test_it_ends_when_nobody_asks_any_more_and_takes_no_module_from_where_it_runs(tmp_path):
    (tmp_path / "json.py").write_text("raise SystemExit('a module of a stranger')")
    command = [sys.executable, "-P", "-m", "symscope.web.worker", "preview"]
    wish = {"id": 5, "do": "template", "symmetry": "∅", "seed": 0, "path": "template"}
    process = subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(wish) + "\n")
    process.stdin.flush()
    lines = [json.loads(process.stdout.readline()) for _ in range(3)]
    assert [(one.get("id"), one["event"]) for one in lines] == [
        *((None, "started"), (None, "ready"), (5, "done"))
    ]
    assert (tmp_path / "template").read_bytes().startswith(b"\x89PNG")
    process.stdin.close()
    assert process.wait(20) == 0
    process.stdout.close()

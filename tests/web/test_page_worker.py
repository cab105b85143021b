"""The process that the page asks: every request is answered, whatever becomes of it."""

from __future__ import annotations

import io
import math
import queue

import pytest

from symscope.errors import TooLarge, UsageError
from symscope.io.sandbox import Sandbox, framed, receive_header
from symscope.web import worker
from symscope.web.process import WORKING


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
        if request["do"] == "no number":
            return {"value": math.nan}
        tell({"step": 1})
        return {"value": request["value"]}


def answers(*requests):
    """Serve requests, and return what was answered to them."""
    waiting, sink = queue.Queue(), io.BytesIO()
    for request in (*requests, {"do": "end"}):
        waiting.put(request)
    with pytest.raises(SystemExit):
        worker.serve(FakeDesk(), waiting, sink)
    sink.seek(0)
    warm, *told = iter(lambda: receive_header(sink), None)
    assert warm == {"warm": 1}
    return told


def test_stages_come_before_the_answer():
    told = answers({"do": "work", "value": "é\n∅"})
    assert told == [{"stage": {"step": 1}}, {"done": {"value": "é\n∅"}}]


@pytest.mark.parametrize(
    ("do", "said"),
    [
        ("usage", "found an odd option, expected another"),
        ("large", "found too much"),
        ("memory", "found too little memory"),
        ("fault", "a fault of symscope, please report it: KeyError"),
        ("no number", "a fault of symscope, please report it: ValueError"),
    ],
)
def test_a_failure_is_told_and_the_next_request_is_answered(do, said):
    failed, *rest = answers({"do": do}, {"do": "work", "value": 2})
    assert failed["error"] == "Unreadable"
    assert failed["message"].startswith(said)
    assert rest == [{"stage": {"step": 1}}, {"done": {"value": 2}}]


def test_it_ends_when_nobody_asks_any_more_and_takes_no_module_from_where_it_runs(tmp_path):
    (tmp_path / "json.py").write_text("raise SystemExit('a module of a stranger')")
    wanted = {"desk": "symscope.web.preview:Previewer", "folder": str(tmp_path)}
    sandbox = Sandbox(WORKING, wanted, None, 60.0)
    assert sandbox.process.stdin is not None
    wish = {"do": "template", "symmetry": "∅", "seed": 0, "path": "template"}
    with sandbox.exchange(framed(wish)) as header:
        assert header == {"warm": 1}
    with sandbox.exchange() as header:
        assert list(header["done"]) == ["name", "bytes"]
    assert (tmp_path / "template").read_bytes().startswith(b"\x89PNG")
    sandbox.process.stdin.close()
    assert sandbox.process.wait(20) == 0
    sandbox.stop()

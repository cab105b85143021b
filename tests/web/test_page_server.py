"""How a launch begins and ends: the address, the folder, the processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from fakes.serving import until
from symscope import cli
from symscope.web import server

SERVE = [sys.executable, "-m", "symscope", "serve", "--no-open", "--port", "0"]


def refused(capsys, *arguments: str) -> str:
    """Run the command, which must refuse, and return what it says."""
    assert cli.main(["serve", "--no-open", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


def launched(
    temporary: Path, *more: str, ready: bool = True
) -> tuple[subprocess.Popen[bytes], str]:
    process = subprocess.Popen(
        [*SERVE, *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"TMPDIR": str(temporary)},
    )
    assert process.stdout is not None
    address = process.stdout.readline().decode().strip()
    process.stdout.close()
    return process, address


def children(pid: int) -> set[int]:
    """Return the processes that a process has started, and theirs."""
    found = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found |= {child} | children(child)
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_other_machines_are_let_in_only_when_asked_for(capsys):
    said = refused(capsys, "--host", "0.0.0.0")
    assert "--allow-remote" in said
    assert "ssh -L" in said


def test_a_port_in_use_is_said(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert "--port" in refused(capsys, "--port", str(port))


def test_a_host_that_is_none_is_said(capsys):
    assert "cannot listen" in refused(capsys, "--host", "127.0.0.1.example", "--allow-remote")


def test_a_kept_folder_that_is_a_file_is_said(capsys, tmp_path):
    (tmp_path / "file").write_text("mine")
    assert "--keep" in refused(capsys, "--port", "0", "--keep", str(tmp_path / "file"))
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(("end", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 0)])
def test_an_end_by_signal_leaves_no_process_and_no_file(tmp_path, end, code):
    process, address = launched(tmp_path)
    assert httpx.get(address).status_code == 303
    until(lambda: len(children(process.pid)) >= 2)
    workers = children(process.pid)
    process.send_signal(end)
    assert process.wait(20) == code
    assert list(tmp_path.iterdir()) == []
    until(lambda: not any(alive(pid) for pid in workers))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_workers_end_even_if_the_server_is_killed(tmp_path):
    keep = tmp_path / "kept"
    process, address = launched(tmp_path, "--keep", str(keep))
    until(lambda: len(children(process.pid)) >= 2)
    workers = children(process.pid)
    second = subprocess.run(
        [*SERVE, "--keep", str(keep)], capture_output=True, check=False, timeout=60
    )
    assert second.returncode == 2
    assert b"in use" in second.stderr
    process.kill()
    process.wait(20)
    until(lambda: not any(alive(pid) for pid in workers))
    # A folder whose page was killed can be used again.
    process, address = launched(tmp_path, "--keep", str(keep))
    assert httpx.get(address).status_code == 303
    process.terminate()
    process.wait(20)
    assert keep.stat().st_mode & 0o077 == 0


def test_an_open_stream_does_not_hold_the_end_up(tmp_path):
    process, address = launched(tmp_path)
    with httpx.Client(base_url=address.partition("?")[0]) as client:
        client.get(address)
        with client.stream("GET", "/api/events") as stream:
            lines = stream.iter_lines()
            assert next(lines) == "event: state"
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
            assert list(lines)[-1] == ""  # The stream was ended whole, not torn.


def test_the_browser_is_led_to_the_page_by_a_private_file(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(server.webbrowser, "open", opened.append)
    server._open("http://127.0.0.1:1/?token=secret", tmp_path)
    until(lambda: len(opened) == 1)
    assert "secret" not in opened[0]
    file = tmp_path / "open.html"
    assert "token=secret" in file.read_text()
    assert file.stat().st_mode & 0o077 == 0


def test_no_browser_opens_where_there_is_no_screen(monkeypatch):
    monkeypatch.setattr(server.sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not server.may_show_browser()

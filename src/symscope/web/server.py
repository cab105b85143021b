"""One launch of the page: its socket, its folder, its token, and its end."""

import contextlib
import ipaddress
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from symscope.errors import UsageError
from symscope.web.security import Names, new_token
from symscope.web.store import make_private

if TYPE_CHECKING:
    from uvicorn import Config, Server

    from symscope.web.app import Page

STOP_SECONDS = 2
"""For answers under way when the page is closed."""

WAY_IN = "open.html"
"""A private file that leads a browser to the page."""

LOCK = ".symscope-page.lock"


def serve(
    host: str, port: int, keep: Path | None, show_browser: bool, announce: Callable[[str], None]
) -> None:
    """Serve the page until interrupted.

    Parameters
    ----------
    host, port : where it listens; port 0 takes a free one
    keep : a folder that stays; without it everything goes into a temporary one
    show_browser : whether to open the page in a browser
    announce : is told the address, with the token, once the page answers

    Raises
    ------
    UsageError
        The address cannot be listened on, or the folder is in use or cannot be written.
    """
    from symscope.web.app import Launch, Page

    with _listening(host, port) as listener, _ended_by_signals(), _folder(keep) as folder:
        port = listener.getsockname()[1]
        token = new_token()
        address = f"http://{_shown(host)}:{port}/?token={token}"

        def started() -> None:
            announce(address)
            if show_browser:
                _open(address, folder)

        launch = Launch(folder, token, _names(host, port), f"symscope-{port}", started=started)
        page = Page(launch)
        server = _ending_streams(make_config(page), page.jobs.close)
        try:
            server.run(sockets=[listener])
        finally:
            (folder / WAY_IN).unlink(missing_ok=True)


def make_config(page: "Page") -> "Config":
    """Return how the page is served: plain HTTP, no logs of visits, nothing that tells versions."""
    from uvicorn import Config

    from symscope.web.app import make_app

    return Config(
        make_app(page),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        backlog=256,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=STOP_SECONDS,
        h11_max_incomplete_event_size=16 << 10,
    )


def _ending_streams(config: "Config", end_streams: Callable[[], None]) -> "Server":
    """Return a server that ends the open streams first, so that its end need not wait for them."""
    from uvicorn import Server

    class StreamingServer(Server):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            end_streams()
            super().handle_exit(sig, frame)

    server = StreamingServer(config)
    if hasattr(signal, "SIGHUP"):  # The terminal is closed; uvicorn knows of the others.
        signal.signal(signal.SIGHUP, server.handle_exit)
    return server


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=256)
    except OverflowError:
        raise UsageError(f"found --port {port}, expected 0 … 65535") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(
            f"cannot listen on {host} port {port} ({reason}): choose another --port, or 0 for a "
            "free one"
        ) from error


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine can connect to an address.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _names(host: str, port: int) -> Names:
    if is_loopback(host):
        return Names({host, "localhost", "127.0.0.1", "::1"}, port)
    own = {host, socket.gethostname(), socket.getfqdn(), "localhost"}
    return Names(own, port, any_address=True)


def _shown(host: str) -> str:
    if host in ("0.0.0.0", "::"):
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Give the launch's folder: the kept one, locked, or a temporary one that is removed."""
    if keep is None:
        folder = Path(tempfile.mkdtemp(prefix="symscope-page-"))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return
    from filelock import FileLock, Timeout

    try:
        make_private(keep)
        with FileLock(keep / LOCK, timeout=0):
            yield keep.resolve()
    except Timeout:
        raise UsageError(
            f"--keep {keep} is in use by another page: close it, or choose another folder"
        ) from None
    except OSError as error:
        raise UsageError(
            f"--keep cannot use the folder {keep} ({error.strerror}): choose another one"
        ) from error


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Turn the signals that end a program into an orderly end, which removes what is temporary."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)  # Also raised by uvicorn, once it has closed everything.

    names = ("SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _open(address: str, folder: Path) -> None:
    """Open the page in a browser, by way of a private file.

    A browser's arguments can be read by every user of the machine: the token must not be in them.
    """
    file = folder / WAY_IN
    text = (
        '<!doctype html><meta charset="utf-8"><title>symscope</title>'
        f'<meta http-equiv="refresh" content="0;url={address}">'
        f'<a href="{address}">Open symscope</a>'
    )
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
    threading.Thread(target=webbrowser.open, args=(file.as_uri(),), daemon=True).start()


def may_show_browser() -> bool:
    """Whether a browser would open in a window, and not in the terminal or nowhere."""
    if sys.platform in ("win32", "darwin"):
        return sys.stderr.isatty()
    shown = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(shown) and sys.stderr.isatty()

"""Who may ask, how much at a time, and what every answer says.

The page listens on this machine, where any website that is open in a browser can send requests,
and any user can connect. So each request must name a host that is this page's (a website can make
its own name lead here), come from this page if it changes anything, and carry the token that only
whoever started the page has seen.
"""

import hmac
import ipaddress
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import NamedTuple
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from symscope.errors import SymscopeError

SAFE = ("GET", "HEAD")

STREAM_PATH = "/api/events"

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self'",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
"""Of every answer."""

ONWARD = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>symscope</title>'
    '<meta http-equiv="refresh" content="0;url=/"><p><a href="/">Open symscope</a></p></html>'
)
"""Instead of a redirect where another page or a file led here: a browser would not send the new
cookie along with that redirect."""


class Refusal(NamedTuple):
    """An answer to a request that is not let in."""

    status: int
    text: str


NO_TOKEN = Refusal(
    403, "Use the whole address that symscope printed when it started, with its token.\n"
)
WRONG_HOST = Refusal(421, "Found another host's name, expected this page's own address.\n")
WRONG_ORIGIN = Refusal(403, "Found a request of another website, expected one of this page.\n")


class Names:
    """The hosts under which the page is reached.

    Parameters
    ----------
    hosts : names and addresses
    port : number
    any_address : whether an address that is no name counts too; a website can make its name lead
        here, but not an address
    """

    def __init__(self, hosts: Iterable[str], port: int, any_address: bool = False) -> None:
        self._hosts = {host.lower().strip("[]") for host in hosts}
        self._port, self._any_address = port, any_address

    def __contains__(self, host: str) -> bool:
        name, port = _split(host.lower())
        if port != self._port:
            return False
        return name in self._hosts or (self._any_address and _is_address(name))


def _split(host: str) -> tuple[str, int]:
    """Part a Host header into name and port; a port that is none of them becomes -1."""
    name, colon, port = host.rpartition(":")
    if not colon or port.endswith("]"):
        name, port = host, "80"
    number = int(port) if port.isascii() and port.isdecimal() and len(port) < 6 else -1
    return (name[1:-1] if name.startswith("[") and name.endswith("]") else name), number


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Gate:
    """Let in what may come in, and put HEADERS on every answer.

    Parameters
    ----------
    app : what is behind the gate
    names : the hosts of the page
    token : the launch's secret
    cookie : name of the cookie that carries it
    """

    def __init__(self, app: ASGIApp, names: Names, token: str, cookie: str) -> None:
        self._app, self._names, self._token, self._cookie = app, names, token, cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":
            return None  # No web sockets.

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        answer = self._answer(scope) or self._app
        await answer(scope, receive, send_with_headers)

    def _answer(self, scope: Scope) -> Response | None:
        """Return the answer to a request that is not passed on."""
        headers = Headers(scope=scope)
        if len(headers.getlist("host")) != 1 or headers["host"] not in self._names:
            return _refused(WRONG_HOST)
        if scope["method"] not in SAFE and not _from_here(headers):
            return _refused(WRONG_ORIGIN)
        site = headers.get("sec-fetch-site", "none")
        given = self._given(scope)
        if given is not None:
            return self._admitted(site) if self._is_token(given) else _refused(NO_TOKEN)
        if site not in ("none", "same-origin"):
            return _refused(WRONG_ORIGIN)
        return None if self._is_token(_cookie(headers, self._cookie)) else _refused(NO_TOKEN)

    def _given(self, scope: Scope) -> str | None:
        """Return the token in the address of the page itself."""
        if scope["method"] not in SAFE or scope["path"] != "/":
            return None
        query = scope.get("query_string", b"")
        if len(query) > 1000:
            return None
        return parse_qs(query.decode("latin-1")).get("token", [None])[0]

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())

    def _admitted(self, site: str) -> Response:
        led_here = site not in ("none", "same-origin")
        answer = HTMLResponse(ONWARD) if led_here else RedirectResponse("/", status_code=303)
        answer.set_cookie(self._cookie, self._token, httponly=True, samesite="strict", path="/")
        return answer


def _from_here(headers: Headers) -> bool:
    """Whether a request was made by this page: a browser says so, and no script can change it."""
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    return headers.getlist("origin") == [f"http://{headers['host']}"]


def _cookie(headers: Headers, name: str) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _refused(refusal: Refusal) -> Response:
    return PlainTextResponse(refusal.text, refusal.status)


def new_token() -> str:
    """Return a secret for one launch."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class Limits:
    """The limits of one launch.

    Attributes
    ----------
    requests : under way at a time
    streams : tabs that are open
    file_bytes : of one picture's file
    total_bytes : of all pictures that are kept
    pictures : that are kept
    spare_bytes : that must stay free on the disk
    stall_seconds : without a byte of an upload
    max_megapixels : of one picture
    """

    requests: int = 64
    streams: int = 24
    file_bytes: int = (64 << 20) + 16 * 50_000_000
    total_bytes: int = 8 << 30
    pictures: int = 20_000
    spare_bytes: int = 512 << 20
    stall_seconds: float = 30.0
    max_megapixels: float = 50.0


class Busy:
    """Answer 503 at once while too many requests are under way; the others go on.

    Parameters
    ----------
    app : what is behind it
    limits : Limits
    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app, self._limits = app, limits
        self._open = {False: 0, True: 0}  # requests, and streams among them

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        stream = scope["path"] == STREAM_PATH
        most = self._limits.streams if stream else self._limits.requests
        if self._open[stream] >= most:
            text = "open tabs: close some" if stream else "requests at once: try again"
            answer = PlainTextResponse(f"Too many {text}.\n", 503, headers={"Retry-After": "1"})
            return await answer(scope, receive, send)
        self._open[stream] += 1
        try:
            return await self._app(scope, receive, send)
        finally:
            self._open[stream] -= 1


class TooMuchError(SymscopeError):
    """More than a limit allows; ``status`` is that of the answer."""

    def __init__(self, message: str, status: int = 413) -> None:
        super().__init__(message)
        self.status = status

"""``symscope serve``: the page, on this machine."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from symscope.errors import UsageError
from symscope.report.terminal import emit, say


def serve(
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8765,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Keep pictures and results there; else they go when the page ends."
        ),
    ] = None,
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Do not open the page in a browser.")
    ] = False,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Let other machines connect, unencrypted.")
    ] = False,
) -> None:
    """Open a page for pictures in the browser; prints its address."""
    from symscope.web.server import is_loopback, may_show_browser
    from symscope.web.server import serve as serve_page

    if not is_loopback(host):
        if not allow_remote:
            raise UsageError(
                f"found --host {host}, which other machines can reach: add --allow-remote if that "
                "is wanted, or better `ssh -L` to this machine"
            )
        say(
            f"--host {host}: other machines can reach this page, and nothing that it sends is "
            "encrypted; whoever has its address with the token can use it"
        )

    def announce(address: str) -> None:
        emit(f"{address}\n".encode())
        say("open that address in a browser; Ctrl-C ends the page")

    with suppress(KeyboardInterrupt):
        serve_page(host, port, keep, not no_open and may_show_browser(), announce)
    say("the page is closed")

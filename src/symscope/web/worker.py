"""The process that the page asks: requests in, stages and answers out, as sandbox.py frames them.

A request is an object with ``do``. Messages are ``{"warm": 1}``, once the first request would be
answered without delay; ``{"stage": ...}``, while one is worked on; and last ``{"done": ...}``, or
a refusal. The process ends with the server: when its standard input closes, whatever it is busy
with.
"""

import os
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from pkgutil import resolve_name
from typing import IO, Any, Protocol

from symscope.errors import SymscopeError
from symscope.io.sandbox import receive_header
from symscope.io.sandbox_worker import Answer, Pipes, send

Request = Mapping[str, Any]
Tell = Callable[[Mapping[str, Any]], None]
"""Send a stage of what is worked on."""


class Desk(Protocol):
    """What answers the requests of one process."""

    def prepare(self, wanted: Callable[[], bool]) -> None:
        """Get ready for the first request; stop early once one is ``wanted``."""
        ...

    def answer(self, request: Request, tell: Tell) -> Mapping[str, Any]:
        """Answer one request: its stages by ``tell``, and what ``done`` carries."""
        ...


def work(pipes: Pipes, seconds: float, desk: str, folder: str) -> Iterator[Answer]:
    """Serve a desk, named as ``module:class``, from a folder until requests end."""
    os.chdir(folder)
    yield {"ready": 1}, ()
    requests, answers = pipes
    waiting: queue.Queue[dict[str, Any]] = queue.Queue()

    def listen() -> None:
        while (request := receive_header(requests)) is not None:
            waiting.put(request)
        os._exit(0)  # The server is gone: nobody waits for what is being computed.

    threading.Thread(target=listen, daemon=True).start()
    serve(resolve_name(desk)(), waiting, answers)


def serve(desk: Desk, waiting: "queue.Queue[dict[str, Any]]", answers: IO[bytes]) -> None:
    """Answer what is waiting, one request at a time, for ever."""

    def tell(**message: Any) -> None:
        send(answers, (message, ()))

    desk.prepare(lambda: not waiting.empty())
    tell(warm=1)
    while True:
        request = waiting.get()
        try:
            tell(done=desk.answer(request, lambda stage: tell(stage=stage)))
        except SymscopeError as error:
            tell(error="Unreadable", message=str(error))
        except MemoryError:
            message = "found too little memory for it: use a smaller picture"
            tell(error="Unreadable", message=message)
        except Exception as error:
            message = f"a fault of symscope, please report it: {type(error).__name__}: {error}"
            tell(error="Unreadable", message=message)

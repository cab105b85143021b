"""A process that the page asks: requests as JSON lines in, events as JSON lines out.

``python -P -m symscope.web.worker score`` trains networks; ``... preview`` draws previews. A
request is an object with ``id`` and ``do``. Its answers carry the same ``id`` and an ``event``;
the last one is ``done``, or ``failed`` with a ``message``. The process ends with the server: when
its standard input closes, whatever it is busy with.
"""

import json
import os
import queue
import sys
import threading
from collections.abc import Callable, Mapping
from typing import IO, Any, Protocol

from symscope.errors import SymscopeError

Request = Mapping[str, Any]
Tell = Callable[[str, Mapping[str, Any]], None]
"""Send an event with its name and what it carries."""


class Desk(Protocol):
    """What answers the requests of one process."""

    def prepare(self, wanted: Callable[[], bool]) -> None:
        """Get ready for the first request; stop early once one is ``wanted``."""
        ...

    def answer(self, request: Request, tell: Tell) -> Mapping[str, Any]:
        """Answer one request: events by ``tell``, and what ``done`` carries."""
        ...


def main() -> None:
    """Serve the desk that the first argument names until standard input ends."""
    requests, answers = _private_streams()
    waiting: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(requests, waiting), daemon=True).start()
    serve(_desk(sys.argv[1]), waiting, answers)


def serve(desk: Desk, waiting: "queue.Queue[dict[str, Any]]", answers: IO[str]) -> None:
    """Answer what is waiting, one request at a time, for ever."""
    _send(answers, {"event": "started"})
    desk.prepare(lambda: not waiting.empty())
    _send(answers, {"event": "ready"})
    while True:
        request = waiting.get()
        number = request.get("id")

        def tell(event: str, carried: Mapping[str, Any], number: Any = number) -> None:
            _send(answers, {"id": number, "event": event, **carried})

        try:
            tell("done", desk.answer(request, tell))
        except SymscopeError as error:
            tell("failed", {"message": str(error)})
        except MemoryError:
            tell("failed", {"message": "found too little memory for it: use a smaller picture"})
        except Exception as error:
            name = type(error).__name__
            tell("failed", {"message": f"a fault of symscope, please report it: {name}: {error}"})


def _desk(role: str) -> Desk:
    if role == "score":
        from symscope.web.scorer import Scorer

        return Scorer()
    from symscope.web.preview import Previewer

    return Previewer()


def _private_streams() -> tuple[IO[str], IO[str]]:
    """Keep the two pipes for messages; what a library prints goes to standard error."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return requests, answers


def _listen(requests: IO[str], waiting: "queue.Queue[dict[str, Any]]") -> None:
    for line in requests:
        waiting.put(json.loads(line))
    os._exit(0)  # The server is gone: nobody waits for what is being computed.


def _send(answers: IO[str], message: Mapping[str, Any]) -> None:
    try:
        answers.write(json.dumps(message, ensure_ascii=True, allow_nan=False) + "\n")
        answers.flush()
    except BrokenPipeError:
        os._exit(0)


if __name__ == "__main__":
    main()

"""What happens, in order, for every open tab: a log that a stream can be resumed from."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

MOST = 4000
"""Events that are remembered; a tab that was away for longer is told the whole state anew."""


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Attributes
    ----------
    number : counts up from 1 in each launch
    name : the event's kind
    data : what the page is told, ready for JSON
    passing : whether it is of no use once its job is over
    """

    number: int
    name: str
    data: Mapping[str, Any]
    passing: bool = False


class Events:
    """The log and its readers; all within one event loop.

    Parameters
    ----------
    state : function that returns the whole state, for a tab that is new
    """

    def __init__(self, state: Callable[[], Mapping[str, Any]]) -> None:
        self._state = state
        self._launch = secrets.token_hex(4)
        self._log: list[Event] = []
        self._number = 0
        self._forgotten = 0  # number of the newest event that is no longer in the log
        self._more = asyncio.Event()
        self._closed = False

    def tell(self, name: str, data: Mapping[str, Any], passing: bool = False) -> None:
        """Add an event to the log."""
        self._number += 1
        self._log.append(Event(self._number, name, data, passing))
        if len(self._log) > MOST:
            self._forgotten = self._log[len(self._log) - MOST - 1].number
            del self._log[: len(self._log) - MOST]
        self._wake()

    def passing(self, name: str) -> list[Mapping[str, Any]]:
        """Return what events of that name said of the job under way."""
        return [event.data for event in self._log if event.passing and event.name == name]

    def forget_passing(self) -> None:
        """Drop the frames of a job that is over."""
        self._log = [event for event in self._log if not event.passing]

    def close(self) -> None:
        """End all streams."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        self._more.set()
        self._more = asyncio.Event()

    def identity(self, number: int) -> str:
        """Return the id under which a browser resumes after an event."""
        return f"{self._launch}-{number}"

    async def stream(self, last: str | None = None) -> AsyncIterator[Event]:
        """Yield what happened after ``last`` (a Last-Event-ID), and what happens, until closed.

        Without it, or with one of another launch or one that is forgotten, the first event is the
        whole ``state``, and the frames of the job under way follow.
        """
        seen = self._resumed(last)
        if seen is None:
            frames = [event for event in self._log if event.passing]
            seen = self._number
            yield Event(frames[0].number - 1 if frames else seen, "state", self._state())
            for event in frames:
                yield event
        while not self._closed:
            more = self._more
            new = [event for event in self._log if event.number > seen]
            for event in new:
                yield event
            if new:
                seen = new[-1].number
            else:
                await more.wait()

    def _resumed(self, last: str | None) -> int | None:
        launch, _, number = (last or "").partition("-")
        if launch != self._launch or not number.isdecimal() or len(number) > 15:
            return None
        return int(number) if self._forgotten <= int(number) <= self._number else None

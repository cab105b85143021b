"""What all addresses of one launch share: jobs, store, limits, and the two processes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from fastapi import HTTPException

from symscope.errors import SymscopeError
from symscope.web.jobs import Jobs
from symscope.web.limits import Limits, TooMuchError
from symscope.web.process import Process, worker_command
from symscope.web.records import Job, PictureRecord
from symscope.web.security import Names
from symscope.web.store import Store

HEAD_START = 0.2
"""Seconds that the page itself has before the processes, which import much, are started."""

Known = TypeVar("Known")


@dataclass(frozen=True)
class Launch:
    """What one launch is made of.

    Attributes
    ----------
    folder : an existing, private folder for everything
    token, names, cookie : who may ask (security)
    limits : how much at a time
    scorer, looker : commands of the two worker processes
    started : is called once the page answers
    """

    folder: Path
    token: str
    names: Names
    cookie: str = "symscope"
    limits: Limits = field(default_factory=Limits)
    scorer: tuple[str, ...] = tuple(worker_command("score"))
    looker: tuple[str, ...] = tuple(worker_command("look"))
    started: Callable[[], None] = lambda: None


class Hub:
    """What the addresses share: the jobs, the store and the two processes."""

    def __init__(self, launch: Launch) -> None:
        self.launch = launch
        self.limits = launch.limits
        self.store = Store(launch.folder)
        self.scorer = Process(
            launch.scorer, launch.folder, lambda ready: self.jobs.set_ready(ready)
        )
        self.looker = Process(launch.looker, launch.folder)
        self.jobs = Jobs(self.store, self.scorer)
        self.samples: list[dict[str, str]] | None = None

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Keep the processes warm and the jobs going."""
        working = asyncio.create_task(self.jobs.run())
        warming = asyncio.create_task(self._warm())
        try:
            yield
        finally:
            self.jobs.close()
            for task in (working, warming):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, SymscopeError):
                    await task
            await self.scorer.close()
            await self.looker.close()

    async def _warm(self) -> None:
        await asyncio.sleep(HEAD_START)
        await self.scorer.start()
        await self.looker.start()

    def _ready(self, ready: bool) -> None:
        self.jobs.set_ready(ready)

    def job(self, identity: str) -> Job:
        """Return a job, or answer 404."""
        return found(self.jobs.jobs, identity, "score")

    def picture(self, identity: str) -> PictureRecord:
        """Return a picture, or answer 404."""
        return found(self.jobs.pictures, identity, "picture")

    def check_room(self) -> None:
        """Refuse one more picture than is allowed, or than the disk has room for."""
        if len(self.jobs.pictures) >= self.limits.pictures:
            raise TooMuchError(
                f"found {self.limits.pictures} pictures already: remove some of the history", 507
            )
        if self.store.free_bytes() < self.limits.spare_bytes:
            raise TooMuchError("found a disk that is nearly full: make room on it", 507)

    def take(self, size: int) -> None:
        """Count bytes that are to be stored; refuse more than are allowed."""
        if size > 0 and self.store.picture_bytes + size > self.limits.total_bytes:
            raise TooMuchError("found no room for more pictures: remove some of the history", 507)
        self.store.add_bytes(size)


def found(known: Mapping[str, Known], identity: str, what: str) -> Known:
    """Return what is known under an id, or answer 404."""
    if identity not in known:
        raise HTTPException(404, f"found no such {what}: it was removed")
    return known[identity]

"""The queue: jobs one after the other in a worker process, cancelled, removed, found again."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from symscope.errors import SymscopeError
from symscope.io.paths import TIFF, fragment, suffix_of
from symscope.options import Options
from symscope.web.process import Answer, Process
from symscope.web.store import Store, new_identity

CANCELLED = "cancelled by you"

LATER = 1e-6
"""Seconds between the windows of a sound, so that they are found again in their order."""

LEARNING = "learning.json"
"""The frames in which a job's networks were seen to learn."""

MOST_UNREAD = 4000
"""Events that wait for a tab; one that does not read them is ended, and begins anew."""


class State(StrEnum):
    """Where a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (State.WAITING, State.RUNNING)

Part = tuple[float, float | None]
"""Where a window of a sound begins and ends, in seconds; None: wherever the sound ends."""


@dataclass(frozen=True)
class PictureRecord:
    """A picture that was given.

    Attributes
    ----------
    identity : made by the server
    name : what the user calls it; only ever shown
    sample : the name of a sample; then there is no file
    size : bytes of its file
    """

    identity: str
    name: str
    sample: str | None = None
    size: int = 0


@dataclass
class Job:
    """One picture with the options it is scored with, and what became of it.

    ``summary`` holds SUMMARY and HEARD of a finished score;
    ``thumbnail`` tells whether there is a small picture; ``part`` is a window of a longer sound.
    """

    identity: str
    picture: PictureRecord
    options: Options
    created: float
    set: str | None = None
    state: State = State.WAITING
    error: str | None = None
    summary: dict[str, Any] = field(default_factory=dict)
    seconds: float | None = None
    thumbnail: bool = False
    part: Part | None = None

    @property
    def fragment(self) -> str:
        """Which part of a sound it is, as a path says it."""
        return fragment(*self.part) if self.part else ""

    @property
    def path(self) -> str:
        """The picture's name, with the part as a row of ``symscope score`` names it."""
        return self.picture.name + self.fragment

    @property
    def title(self) -> str:
        """The picture's name, with the part for people."""
        if self.part is None:
            return self.picture.name
        start, end = self.part
        return f"{self.picture.name}, {clock(start)} to {'its end' if end is None else clock(end)}"

    @classmethod
    def restored(cls, value: dict[str, Any]) -> Self:
        """Take a job from its file; one that was not over waits again."""
        state, part = State(value["state"]), value["part"]
        value["picture"] = PictureRecord(**value["picture"])
        value["options"] = Options(**value["options"])
        value["state"] = State.WAITING if state in OPEN else state
        value["part"] = (part[0], part[1]) if part else None
        return cls(**value)

    def shown(self) -> dict[str, Any]:
        """Return what lists show of it."""
        return {
            "id": self.identity,
            "picture": self.picture.identity,
            "name": self.title,
            "part": bool(self.part),
            "dimension": self.options.dimension,
            "set": self.set,
            "state": self.state.value,
            "error": self.error,
            "created": self.created,
            "seconds": self.seconds,
            "thumbnail": self.thumbnail,
            "options": asdict(self.options),
            "changed": self.options.arguments(),
            **{key: self.summary.get(key) for key in (*SUMMARY, *HEARD)},
        }


SUMMARY = ("outcome", "message", "label", "symmetry", "symmetry_sd")

HEARD = ("music", "agreement")
"""Of a sound: its structure, and how well it holds."""


@dataclass
class JobSet:
    """Pictures that were given together."""

    identity: str
    name: str
    created: float

    def shown(self) -> dict[str, Any]:
        """Return what lists show of it."""
        return {"id": self.identity, "name": self.name, "created": self.created}


def options_of(options: Options, picture: PictureRecord) -> Options:
    """Return what a picture is scored with: only a TIFF is taken for a volume."""
    return options if suffix_of(picture.name) in TIFF else replace(options, dimension=None)


def clock(seconds: float) -> str:
    """Write seconds as a player does.

    >>> clock(0), clock(90.25), clock(3661)
    ('0:00', '1:30', '1:01:01')
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@dataclass
class _FileOrder:
    """A file of a finished job that somebody waits for."""

    job: Job
    kind: str
    path: Path
    made: "asyncio.Future[None]"


class Jobs:
    """All jobs of a page, and the task that works on them.

    Parameters
    ----------
    store : where pictures and results lie; what it holds is taken up again
    scorer : the process that scores
    """

    def __init__(self, store: Store, scorer: Process) -> None:
        self._store, self._scorer = store, scorer
        self._tabs: list[asyncio.Queue[tuple[str, Mapping[str, Any]] | None]] = []
        self._stages: list[dict[str, Any]] = []  # of the job under way
        self._closed = False
        self.pictures: dict[str, PictureRecord] = {}
        self.jobs: dict[str, Job] = {}
        self.sets: dict[str, JobSet] = {}
        self._waiting: deque[Job] = deque()
        self._orders: deque[_FileOrder] = deque()
        self._something = asyncio.Event()
        self._running: Job | None = None
        self._asking: asyncio.Task[Answer] | None = None
        self._cancelled: Job | None = None
        self.ready = False
        self._restore()

    # What there is

    async def events(self) -> AsyncIterator[tuple[str, Mapping[str, Any]]]:
        """Yield the whole ``state``, the stages of the job under way, and then what happens.

        A tab that comes back after a break begins anew.
        """
        tab: asyncio.Queue[tuple[str, Mapping[str, Any]] | None] = asyncio.Queue()
        state = {
            "jobs": [job.shown() for job in self.jobs.values()],
            "sets": [together.shown() for together in self.sets.values()],
            "ready": self.ready,
        }
        for event in (("state", state), *(("stage", stage) for stage in self._stages)):
            tab.put_nowait(event)
        self._tabs.append(tab)
        try:
            while not self._closed and (event := await tab.get()):
                yield event
        finally:
            if tab in self._tabs:
                self._tabs.remove(tab)

    def tell(self, name: str, data: Mapping[str, Any]) -> None:
        """Tell all tabs what happened."""
        for tab in list(self._tabs):
            if tab.qsize() < MOST_UNREAD:
                tab.put_nowait((name, data))
            else:
                self._end(tab)

    def _end(self, tab: "asyncio.Queue[tuple[str, Mapping[str, Any]] | None]") -> None:
        self._tabs.remove(tab)
        while not tab.empty():
            tab.get_nowait()
        tab.put_nowait(None)

    def of_set(self, identity: str) -> list[Job]:
        """Return the jobs of a set, in the order in which they were given."""
        return [job for job in self.jobs.values() if job.set == identity]

    def set_ready(self, ready: bool) -> None:
        """Tell the page whether the worker is warm."""
        if ready != self.ready:
            self.ready = ready
            self.tell("worker", {"ready": ready})

    # What can be asked for

    def add_picture(self, picture: PictureRecord) -> None:
        """Take a picture whose file is stored."""
        self.pictures[picture.identity] = picture
        self._store.write("pictures", picture.identity, "picture.json", asdict(picture))

    async def submit(
        self,
        pictures: Iterable[PictureRecord],
        options: Options,
        set_name: str | None = None,
    ) -> tuple[list[Job], JobSet | None]:
        """Queue one job for each picture; with a name, as a set."""
        together = None if set_name is None else self._together(set_name)
        added = []
        for picture in pictures:
            job = Job(new_identity(), picture, options_of(options, picture), time.time())
            job.set = together.identity if together else None
            self.jobs[job.identity] = job
            self._waiting.append(job)
            self._changed(job)
            added.append(job)
            if len(added) % 50 == 0:
                await asyncio.sleep(0)  # Others are answered meanwhile.
        self._something.set()
        return added, together

    def _together(self, name: str) -> JobSet:
        together = JobSet(new_identity(), name, time.time())
        self.sets[together.identity] = together
        self._store.write("sets", together.identity, "set.json", asdict(together))
        self.tell("set", together.shown())
        return together

    async def cancel(self, chosen: Iterable[Job]) -> None:
        """Cancel jobs that wait or run; the others stay as they are."""
        running = None
        for job in list(chosen):
            if job.state is State.WAITING:
                self._over(job, State.CANCELLED, CANCELLED)
            elif job.state is State.RUNNING:
                running = job
        self._waiting = deque(job for job in self._waiting if job.state is State.WAITING)
        if running is not None and running is self._running and self._asking is not None:
            self._cancelled = running
            self._asking.cancel()
            await asyncio.wait([self._asking])

    async def remove(self, chosen: Iterable[Job]) -> None:
        """Remove jobs with all their files, and pictures and sets that no job needs any more."""
        gone = list(chosen)
        await self.cancel(gone)
        for job in gone:
            job.state = State.CANCELLED  # The one that runs is not to be written any more.
            self.jobs.pop(job.identity, None)
        needed = {job.picture.identity for job in self.jobs.values()}
        pictures = {job.picture.identity for job in gone} - needed
        sets = {job.set for job in gone if job.set} - {job.set for job in self.jobs.values()}
        for known, emptied in ((self.pictures, pictures), (self.sets, sets)):
            for identity in emptied:
                known.pop(identity, None)
        entries = [("jobs", job.identity) for job in gone]
        entries += [("pictures", one) for one in pictures] + [("sets", one) for one in sets]
        self.tell("gone", {"jobs": [job.identity for job in gone], "sets": sorted(sets)})
        freed = await asyncio.to_thread(lambda: [self._store.remove(*entry) for entry in entries])
        self._store.add_bytes(-sum(freed))

    async def file(self, job: Job, kind: str) -> Path:
        """Return a file of a finished job, made on demand, before jobs that wait.

        Raises
        ------
        SymscopeError
            It cannot be made.
        """
        path = self._store.folder("jobs", job.identity) / f"file.{kind}"
        if not path.exists():
            made: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._orders.append(_FileOrder(job, kind, path, made))
            self._something.set()
            await made
        return path

    def learning(self, job: Job) -> dict[str, Any]:
        """Return the frames in which the networks of a finished job were seen to learn."""
        return self._store.read("jobs", job.identity, LEARNING) or {"frames": []}

    # The work

    async def run(self) -> None:
        """Work on what is waiting until cancelled."""
        while True:
            while self._orders or self._waiting:
                if self._orders:
                    await self._make(self._orders.popleft())
                else:
                    await self._work(self._waiting.popleft())
            self._something.clear()
            await self._something.wait()

    def close(self) -> None:
        """End what others wait for: open streams and files that are ordered."""
        self._closed = True
        for tab in list(self._tabs):
            self._end(tab)
        while self._orders:
            order = self._orders.popleft()
            if not order.made.done():
                order.made.set_exception(SymscopeError("the page is being closed"))

    async def _work(self, job: Job) -> None:
        """Score one job; whatever happens to it, the next one gets its turn."""
        try:
            if job.state is State.WAITING:
                await self._score(job)
        except Exception as error:
            name = type(error).__name__
            self._over(job, State.FAILED, f"a fault of symscope, please report it: {name}: {error}")

    async def _score(self, job: Job) -> None:
        self._running, job.state = job, State.RUNNING
        self._changed(job)
        started = time.monotonic()

        def seen(stage: Answer) -> None:
            self._stages.append({"job": job.identity, **stage})
            self.tell("stage", self._stages[-1])

        request = self._request("score", job) | {"watch": job.set is None}
        self._asking = asyncio.create_task(self._scorer.ask(request, seen))
        try:
            found = await self._asking
            if job.state is State.RUNNING and "parts" in found:
                self._parted(job, found["parts"])
            elif job.state is State.RUNNING:
                self._finished(job, found, time.monotonic() - started)
        except asyncio.CancelledError:
            if self._cancelled is not job:
                raise  # The page is being closed.
            self._unfinished(job, State.CANCELLED, CANCELLED)
        except SymscopeError as error:
            self._unfinished(job, State.FAILED, str(error))
        finally:
            self._running = self._cancelled = self._asking = None
            self._stages = []
        with contextlib.suppress(SymscopeError):
            await self._scorer.start()  # Warm for the next one.

    def _unfinished(self, job: Job, state: State, error: str) -> None:
        if job.state is State.RUNNING:  # Not removed meanwhile.
            self._over(job, state, error)

    def _finished(self, job: Job, result: Answer, seconds: float) -> None:
        job.seconds = seconds
        job.summary = {key: result["row"].get(key) for key in SUMMARY}
        music = result["row"].get("music") or {}
        job.summary |= {"music": result.get("in_music"), "agreement": music.get("strength")}
        self._store.write("jobs", job.identity, "result.json", result)
        frames = [stage for stage in self._stages if stage.get("stage") == "learning"]
        self._store.write("jobs", job.identity, LEARNING, {"frames": frames})
        self._over(job, State.DONE, None)

    def _parted(self, job: Job, parts: list[list[Any]]) -> None:
        """Replace the job of a long sound by one for each of its windows, which come next."""
        if job.set is None:
            job.set = self._together(job.picture.name).identity
        more = (
            replace(job, identity=new_identity(), created=job.created + LATER * number)
            for number in range(1, len(parts))
        )
        windows = [job, *more]
        for window, (start, end) in zip(windows, parts, strict=True):
            window.state, window.part = State.WAITING, (start, end)
        known = list(self.jobs.items())
        place = next(i for i, (identity, _) in enumerate(known) if identity == job.identity)
        known[place : place + 1] = [(window.identity, window) for window in windows]
        self.jobs = dict(known)
        self._waiting.extendleft(reversed(windows))
        for window in windows:
            self._changed(window)

    def _request(self, do: str, job: Job) -> dict[str, Any]:
        picture = job.picture
        return {
            "do": do,
            "job": job.identity,
            "source": self.source(picture) + job.fragment,
            "name": job.path,
            "part": job.part is not None,
            "options": asdict(job.options),
            "thumbnail": self._store.relative(self.thumbnail(job)),
        }

    def thumbnail(self, job: Job) -> Path:
        """Return where a job's small picture is: that of its picture, or of its part of a sound."""
        kind, owner = ("jobs", job) if job.part else ("pictures", job.picture)
        return self._store.folder(kind, owner.identity) / "thumbnail"

    def source(self, picture: PictureRecord) -> str:
        """Return what a worker reads a picture from."""
        if picture.sample:
            return f"sample:{picture.sample}"
        return self._store.relative(self._store.picture_file(picture.identity))

    async def _make(self, order: _FileOrder) -> None:
        request = self._request("file", order.job)
        request |= {"kind": order.kind, "path": self._store.relative(order.path)}
        try:
            if not order.path.exists():
                await self._scorer.ask(request)
        except SymscopeError as error:
            if not order.made.done():
                order.made.set_exception(error)
        else:
            if not order.made.done():
                order.made.set_result(None)

    def _over(self, job: Job, state: State, error: str | None) -> None:
        job.state, job.error = state, error
        job.thumbnail = self.thumbnail(job).is_file()
        self._changed(job)

    def _changed(self, job: Job) -> None:
        # A full disk must not stop the queue; what is shown is right all the same.
        with contextlib.suppress(SymscopeError, OSError):
            self._store.write("jobs", job.identity, "job.json", asdict(job))
        self.tell("job", job.shown())

    def _restore(self) -> None:
        """Take up what the store holds; what cannot be read is left alone."""
        for identity in self._store.identities("pictures"):
            if value := self._store.read("pictures", identity, "picture.json"):
                with contextlib.suppress(KeyError, TypeError):
                    self.pictures[identity] = PictureRecord(**value)
        for identity in self._store.identities("sets"):
            if value := self._store.read("sets", identity, "set.json"):
                with contextlib.suppress(KeyError, TypeError):
                    self.sets[identity] = JobSet(**value)
        found = []
        for identity in self._store.identities("jobs"):
            if value := self._store.read("jobs", identity, "job.json"):
                with contextlib.suppress(KeyError, TypeError, ValueError, SymscopeError):
                    found.append(Job.restored(value))
        for job in sorted(found, key=lambda job: job.created):
            self.jobs[job.identity] = job
            if job.state in OPEN:
                self._waiting.append(job)
        needed = {job.picture.identity for job in found}
        for identity in set(self.pictures) - needed:  # Given, but never scored.
            del self.pictures[identity]
            self._store.add_bytes(-self._store.remove("pictures", identity))

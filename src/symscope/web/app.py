"""The page's addresses: what each takes and answers; no science and no decoding."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Request
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from fastapi.staticfiles import StaticFiles
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp

from symscope.errors import SymscopeError
from symscope.web import page, tables
from symscope.web.jobs import Jobs
from symscope.web.limits import Busy, Limits, TooMuchError, check_size, received
from symscope.web.process import Process, worker_command
from symscope.web.records import Job, PictureRecord, State, shown_name
from symscope.web.requests import (
    Chosen,
    JobsWish,
    PreviewWish,
    SampleWish,
    TemplateWish,
)
from symscope.web.security import Gate, Names
from symscope.web.store import Store, new_identity

MOST_JSON = 1 << 20
"""Bytes of a request that is no picture: twenty thousand ids are half of it."""

HEAD_START = 0.2
"""Seconds that the page itself has before the processes, which import much, are started."""

MADE = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
}
"""Files that the worker makes of a score, and their types."""

Identity = Annotated[str, PathParameter(pattern=r"^[0-9a-f]{16}$")]


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


class Desk:
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
        return _found(self.jobs.jobs, identity, "score")

    def picture(self, identity: str) -> PictureRecord:
        """Return a picture, or answer 404."""
        return _found(self.jobs.pictures, identity, "picture")

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


def _found(known: dict[str, Any], identity: str, what: str) -> Any:
    if identity not in known:
        raise HTTPException(404, f"found no such {what}: it was removed")
    return known[identity]


def make_app(desk: Desk) -> ASGIApp:
    """Make the application of one launch."""
    launch = desk.launch

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with desk.open():
            launch.started()
            yield

    app = FastAPI(
        title="symscope",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        max_body_size=MOST_JSON,
        # Not even where the environment asks for it: the page sends nothing to anyone.
        telemetry={"auto_configure": False},
    )
    _page(app)
    _pictures(app, desk)
    _jobs(app, desk)
    _sets(app, desk)
    app.add_exception_handler(SymscopeError, _explained)
    # Around everything, so that an answer to a fault of ours has the gate's headers too.
    return Gate(Busy(app, launch.limits), launch.names, launch.token, launch.cookie)


async def _explained(request: Request, error: Exception) -> JSONResponse:
    status = error.status if isinstance(error, TooMuchError) else 422
    return JSONResponse({"detail": str(error)}, status)


def _page(app: FastAPI) -> None:
    app.mount("/static", StaticFiles(directory=str(files("symscope.web") / "static")))

    @app.get("/")
    async def index() -> HTMLResponse:
        return HTMLResponse(page.html())


def _pictures(app: FastAPI, desk: Desk) -> None:
    @app.post("/api/pictures", max_body_size=desk.limits.file_bytes + 1)
    async def upload(request: Request, name: str = "") -> dict[str, Any]:
        desk.check_room()
        announced = request.headers.get("content-length", "0")
        check_size(int(announced) if announced.isdecimal() else 0, desk.limits)
        identity = new_identity()
        desk.store.folder("pictures", identity)
        file = desk.store.picture_file(identity)
        try:
            size = await received(request.stream(), file, desk.take, desk.limits)
            if not size:
                raise TooMuchError("found an empty file, expected a picture", 422)
        except (SymscopeError, ClientDisconnect, OSError) as error:
            desk.store.remove("pictures", identity)
            if isinstance(error, SymscopeError):
                raise
            raise TooMuchError("the upload broke off: send it again", 400) from error
        return _added(desk, PictureRecord(identity, shown_name(name), None, size))

    @app.get("/api/samples")
    async def samples() -> dict[str, Any]:
        if desk.samples is None:
            desk.samples = (await desk.looker.ask({"do": "samples"}))["samples"]
        return {"samples": desk.samples}

    @app.post("/api/samples")
    async def sample(wish: SampleWish) -> dict[str, Any]:
        from symscope.sources.images import sample_names

        if wish.name not in sample_names():
            raise HTTPException(404, "found no sample of that name")
        desk.check_room()
        record = PictureRecord(new_identity(), f"sample:{wish.name}", wish.name)
        return _added(desk, record)

    @app.post("/api/templates")
    async def template(wish: TemplateWish) -> dict[str, Any]:
        if not wish.is_known():
            raise HTTPException(404, "found no class of that symbol")
        desk.check_room()
        identity = new_identity()
        desk.store.folder("pictures", identity)
        path = desk.store.relative(desk.store.picture_file(identity))
        request = {"do": "template", "symmetry": wish.symmetry, "seed": wish.seed, "path": path}
        try:
            made = await desk.looker.ask(request)
        except SymscopeError:
            desk.store.remove("pictures", identity)
            raise
        desk.store.add_bytes(int(made["bytes"]))
        return _added(desk, PictureRecord(identity, str(made["name"]), None, int(made["bytes"])))

    @app.post("/api/pictures/{identity}/sketch")
    async def sketch(identity: Identity, wish: PreviewWish) -> dict[str, Any]:
        request = {"do": "sketch", "source": desk.jobs.source(desk.picture(identity))}
        request |= wish.model_dump(mode="json") | {"max_megapixels": desk.limits.max_megapixels}
        drawn = await desk.looker.ask(request)
        return {key: value for key, value in drawn.items() if key not in ("id", "event")}

    @app.get("/api/pictures/{identity}/thumbnail")
    async def thumbnail(identity: Identity) -> Response:
        desk.picture(identity)
        path = desk.store.folder("pictures", identity) / "thumbnail"
        if not path.is_file():
            raise HTTPException(404, "found no small picture yet")
        data = path.read_bytes()
        kind = "image/png" if data.startswith(b"\x89PNG") else "image/webp"
        return Response(data, media_type=kind)

    @app.get("/api/pictures/{identity}/file")
    async def original(identity: Identity) -> Response:
        picture = desk.picture(identity)
        if picture.sample:
            raise HTTPException(404, "a sample has no file here")
        path = desk.store.picture_file(identity)
        return FileResponse(path, filename=picture.name, media_type="application/octet-stream")


def _added(desk: Desk, picture: PictureRecord) -> dict[str, Any]:
    desk.jobs.add_picture(picture)
    return {"id": picture.identity, "name": picture.name, "bytes": picture.size}


def _jobs(app: FastAPI, desk: Desk) -> None:
    jobs = desk.jobs

    @app.get("/api/events", response_class=EventSourceResponse)
    async def events(request: Request) -> AsyncIterator[ServerSentEvent]:
        async for event in jobs.events.stream(request.headers.get("last-event-id")):
            identity = jobs.events.identity(event.number)
            yield ServerSentEvent(data=event.data, event=event.name, id=identity, retry=1000)

    @app.post("/api/jobs")
    async def submit(wish: JobsWish) -> dict[str, Any]:
        pictures = [desk.picture(identity) for identity in wish.pictures]
        name = shown_name(wish.set) if wish.set else None
        options = wish.options.options(desk.limits.max_megapixels)
        added, together = await jobs.submit(pictures, options, name)
        return {
            "jobs": [job.shown() for job in added],
            "set": together.shown() if together else None,
        }

    @app.get("/api/jobs/{identity}")
    async def result(identity: Identity) -> Response:
        job = desk.job(identity)
        path = desk.store.folder("jobs", identity) / "result.json"
        if job.state is not State.DONE or not path.is_file():
            raise HTTPException(404, job.error or "there is no result yet")
        return FileResponse(path, media_type="application/json")

    @app.get("/api/jobs/{identity}/learning")
    async def learning(identity: Identity) -> dict[str, Any]:
        return jobs.learning(desk.job(identity))

    @app.post("/api/jobs/cancel")
    async def cancel(chosen: Chosen) -> dict[str, Any]:
        await jobs.cancel([jobs.jobs[one] for one in chosen.jobs if one in jobs.jobs])
        return {}

    @app.post("/api/jobs/remove")
    async def remove(chosen: Chosen) -> dict[str, Any]:
        await jobs.remove([jobs.jobs[one] for one in chosen.jobs if one in jobs.jobs])
        return {}

    @app.get("/api/jobs/{identity}/file/{kind}")
    async def file(identity: Identity, kind: str) -> Response:
        job = desk.job(identity)
        if job.state is not State.DONE:
            raise HTTPException(404, job.error or "there is no result yet")
        stem = tables.stem(job.picture.name)
        if kind in tables.ENCODED:
            return await _table(desk, [job], kind, stem)
        if kind not in MADE:
            raise HTTPException(404, "found no file of that kind")
        path = await jobs.file(job, kind)
        return FileResponse(path, filename=f"{stem}.{kind}", media_type=MADE[kind])


async def _table(desk: Desk, jobs: list[Job], kind: str, stem: str) -> Response:
    """Answer with the rows of jobs; a job that failed is a row with its reason."""
    data = await asyncio.to_thread(tables.encoded, desk.store, jobs, kind)
    disposition = tables.disposition(f"{stem}.{kind}")
    return Response(data, media_type=tables.ENCODED[kind], headers=disposition)


def _sets(app: FastAPI, desk: Desk) -> None:
    @app.get("/api/sets/{identity}/file/{kind}")
    async def set_file(identity: Identity, kind: str) -> Response:
        together = _found(desk.jobs.sets, identity, "set")
        if kind not in tables.ENCODED:
            raise HTTPException(404, "found no file of that kind")
        return await _table(desk, desk.jobs.of_set(identity), kind, tables.stem(together.name))

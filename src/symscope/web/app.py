"""The page's addresses: what each takes and answers; no science and no decoding."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
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
from symscope.web.hub import Hub, found
from symscope.web.limits import Busy, TooMuchError, check_size, received
from symscope.web.records import Job, PictureRecord, State, shown_name
from symscope.web.requests import (
    Chosen,
    JobsWish,
    PreviewWish,
    SampleWish,
    TemplateWish,
)
from symscope.web.security import Gate
from symscope.web.store import kept_ending, new_identity

MOST_JSON = 1 << 20
"""Bytes of a request that is no picture: twenty thousand ids are half of it."""

MADE = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "wav": "audio/wav",
    "mid": "audio/midi",
}
"""Files that the worker makes of a score, and their types."""

Identity = Annotated[str, PathParameter(pattern=r"^[0-9a-f]{16}$")]


def make_app(hub: Hub) -> ASGIApp:
    """Make the application of one launch."""
    launch = hub.launch

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with hub.open():
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
    _pictures(app, hub)
    _jobs(app, hub)
    _sets(app, hub)
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


def _pictures(app: FastAPI, hub: Hub) -> None:
    @app.post("/api/pictures", max_body_size=hub.limits.file_bytes + 1)
    async def upload(request: Request, name: str = "") -> dict[str, Any]:
        hub.check_room()
        announced = request.headers.get("content-length", "0")
        check_size(int(announced) if announced.isdecimal() else 0, hub.limits)
        identity = new_identity()
        hub.store.folder("pictures", identity)
        file = hub.store.picture_file(identity, kept_ending(name))
        try:
            size = await received(request.stream(), file, hub.take, hub.limits)
            if not size:
                raise TooMuchError("found an empty file, expected one to be scored", 422)
        except (SymscopeError, ClientDisconnect, OSError) as error:
            hub.store.remove("pictures", identity)
            if isinstance(error, SymscopeError):
                raise
            raise TooMuchError("the upload broke off: send it again", 400) from error
        return _added(hub, PictureRecord(identity, shown_name(name), None, size))

    @app.get("/api/samples")
    async def samples() -> dict[str, Any]:
        if hub.samples is None:
            hub.samples = (await hub.looker.ask({"do": "samples"}))["samples"]
        return {"samples": hub.samples}

    @app.post("/api/samples")
    async def sample(wish: SampleWish) -> dict[str, Any]:
        from symscope.io.images import sample_names

        if wish.name not in sample_names():
            raise HTTPException(404, "found no sample of that name")
        hub.check_room()
        record = PictureRecord(new_identity(), f"sample:{wish.name}", wish.name)
        return _added(hub, record)

    @app.post("/api/templates")
    async def template(wish: TemplateWish) -> dict[str, Any]:
        if not wish.is_known():
            raise HTTPException(404, "found no class of that symbol")
        hub.check_room()
        identity = new_identity()
        hub.store.folder("pictures", identity)
        path = hub.store.relative(hub.store.picture_file(identity))
        request = {"do": "template", "symmetry": wish.symmetry, "seed": wish.seed, "path": path}
        try:
            made = await hub.looker.ask(request)
        except SymscopeError:
            hub.store.remove("pictures", identity)
            raise
        hub.store.add_bytes(int(made["bytes"]))
        return _added(hub, PictureRecord(identity, str(made["name"]), None, int(made["bytes"])))

    @app.post("/api/pictures/{identity}/sketch")
    async def sketch(identity: Identity, wish: PreviewWish) -> dict[str, Any]:
        request = {"do": "sketch", "source": hub.jobs.source(hub.picture(identity))}
        request |= wish.model_dump(mode="json") | {"max_megapixels": hub.limits.max_megapixels}
        drawn = await hub.looker.ask(request)
        return {key: value for key, value in drawn.items() if key not in ("id", "event")}

    @app.get("/api/pictures/{identity}/thumbnail")
    async def thumbnail(identity: Identity) -> Response:
        hub.picture(identity)
        return _small(hub.store.folder("pictures", identity) / "thumbnail")

    @app.get("/api/pictures/{identity}/file")
    async def original(identity: Identity) -> Response:
        picture = hub.picture(identity)
        if picture.sample:
            raise HTTPException(404, "a sample has no file here")
        path = hub.store.picture_file(identity)
        return FileResponse(path, filename=picture.name, media_type="application/octet-stream")


def _small(path: Path) -> Response:
    if not path.is_file():
        raise HTTPException(404, "found no small picture yet")
    data = path.read_bytes()
    kind = "image/png" if data.startswith(b"\x89PNG") else "image/webp"
    return Response(data, media_type=kind)


def _added(hub: Hub, picture: PictureRecord) -> dict[str, Any]:
    hub.jobs.add_picture(picture)
    return {"id": picture.identity, "name": picture.name, "bytes": picture.size}


def _jobs(app: FastAPI, hub: Hub) -> None:
    jobs = hub.jobs

    @app.get("/api/events", response_class=EventSourceResponse)
    async def events(request: Request) -> AsyncIterator[ServerSentEvent]:
        async for event in jobs.events.stream(request.headers.get("last-event-id")):
            identity = jobs.events.identity(event.number)
            yield ServerSentEvent(data=event.data, event=event.name, id=identity, retry=1000)

    @app.post("/api/jobs")
    async def submit(wish: JobsWish) -> dict[str, Any]:
        pictures = [hub.picture(identity) for identity in wish.pictures]
        name = shown_name(wish.set) if wish.set else None
        options = wish.options.options(hub.limits.max_megapixels)
        added, together = await jobs.submit(pictures, options, name, wish.options.dimension)
        return {
            "jobs": [job.shown() for job in added],
            "set": together.shown() if together else None,
        }

    @app.get("/api/jobs/{identity}")
    async def result(identity: Identity) -> Response:
        job = hub.job(identity)
        path = hub.store.folder("jobs", identity) / "result.json"
        if job.state is not State.DONE or not path.is_file():
            raise HTTPException(404, job.error or "there is no result yet")
        return FileResponse(path, media_type="application/json")

    @app.get("/api/jobs/{identity}/learning")
    async def learning(identity: Identity) -> dict[str, Any]:
        return jobs.learning(hub.job(identity))

    @app.get("/api/jobs/{identity}/thumbnail")
    async def thumbnail(identity: Identity) -> Response:
        return _small(jobs.thumbnail(hub.job(identity)))

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
        job = hub.job(identity)
        if job.state is not State.DONE:
            raise HTTPException(404, job.error or "there is no result yet")
        stem = tables.stem(job.picture.name)
        stem += f"-{job.part[0]:g}s" if job.part else ""
        if kind in tables.ENCODED:
            return await _table(hub, [job], kind, stem)
        if kind not in MADE:
            raise HTTPException(404, "found no file of that kind")
        path = await jobs.file(job, kind)
        return FileResponse(path, filename=f"{stem}.{kind}", media_type=MADE[kind])


async def _table(hub: Hub, jobs: list[Job], kind: str, stem: str) -> Response:
    """Answer with the rows of jobs; a job that failed is a row with its reason."""
    data = await asyncio.to_thread(tables.encoded, hub.store, jobs, kind)
    disposition = tables.disposition(f"{stem}.{kind}")
    return Response(data, media_type=tables.ENCODED[kind], headers=disposition)


def _sets(app: FastAPI, hub: Hub) -> None:
    @app.get("/api/sets/{identity}/file/{kind}")
    async def set_file(identity: Identity, kind: str) -> Response:
        together = found(hub.jobs.sets, identity, "set")
        if kind not in tables.ENCODED:
            raise HTTPException(404, "found no file of that kind")
        members = hub.jobs.of_set(identity)
        what = "parts" if all(member.part for member in members) else "files"
        stem = f"{tables.stem(together.name)} ({len(members)} {what})"
        return await _table(hub, members, kind, stem)

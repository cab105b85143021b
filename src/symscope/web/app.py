"""The page's addresses: what each takes and answers; no science and no decoding."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_type_hints
from urllib.parse import quote

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, Field, create_model
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp

from symscope.drawing.kinds import CLASSES
from symscope.errors import SymscopeError, UsageError
from symscope.groups import EXTENDED, Symmetry
from symscope.io.images import SUFFIXES
from symscope.io.paths import NO_PICTURES, SOUND_SUFFIXES
from symscope.options import Options
from symscope.tasks import TASKS
from symscope.web.jobs import OPEN, Job, Jobs, PictureRecord, State, options_of
from symscope.web.process import Process
from symscope.web.security import Busy, Gate, Limits, Names, TooMuchError
from symscope.web.store import Store, kept_ending, new_identity, shown_name

HEAD_START = 0.2
"""Seconds that the page itself has before the processes, which import much, are started."""

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

TABLES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
"""Kinds of table, and their types."""

CHOICES: dict[str, tuple[str, dict[str, str]]] = {
    "sketch": (
        "Its two colours, if they are learned",
        {
            "otsu": "One threshold",
            "adaptive": "Local threshold",
            "edges": "Edges",
            "quantile": "Equal halves",
        },
    ),
    "frame": ("Frame", {"pad": "Whole picture", "crop": "Middle square"}),
    "classifier": ("Classes", {"extended": "Seven classes", "paper": "Five, as in the paper"}),
    "evidence": (
        "Answered from",
        {
            "both": "Picture and networks",
            "hidden": "Networks",
            "pixels": "Picture",
            "cnn": "The CNN",
        },
    ),
    "view": ("Sounds as", {"pitch": "Time and pitch", "similarity": "Time and time"}),
    "dimension": (
        "A TIFF of many pages is",
        {"": "A picture, its first page", "3": "A volume of grey pages"},
    ),
    "settings": ("Training", {"fast": "Fast", "paper": "As in the paper, slow"}),
}
"""The form's choices: of each option, what it is called, and its values with their words."""

RANGES = {"networks": (1, 96), "zoom": (1, 64), "window": (0.5, 600)}
"""Least and most of an option on the page, so that a request stays one of minutes."""

FORMATS = ("image/*", "audio/*", *sorted(SUFFIXES | SOUND_SUFFIXES | NO_PICTURES))
"""What the page's dialog for files offers, and of a folder is taken."""

# What the page may send: every field with its type.

Identity = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Word = Annotated[str, Field(max_length=24)]
NoWord = Annotated[str | None, Field(max_length=24)]
STRICT = ConfigDict(extra="forbid")


def _of_options() -> dict[str, Any]:
    """Give each option of a score, but the limit that is the page's own, its type and default."""
    types, texts = get_type_hints(Options), {str: Word, str | None: NoWord}
    return {
        option.name: (texts.get(types[option.name], types[option.name]), option.default)
        for option in fields(Options)
        if option.name not in ("max_megapixels", "domain")
    }


_make: Any = create_model


class OptionsWish(_make("Options", **_of_options())):
    """How a picture is to be scored; ``dimension`` 3 takes a TIFF for a volume."""

    model_config = STRICT
    dimension: Literal[3] | None = None


class JobsWish(BaseModel):
    """Pictures to be scored; with ``set``, as one set of that name."""

    model_config = STRICT
    pictures: Annotated[list[Identity], Field(min_length=1, max_length=20_000)]
    options: OptionsWish = OptionsWish()
    set: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class PreviewWish(BaseModel):
    """A preview under options; ``picture`` tells whether the picture itself is wanted too."""

    model_config = STRICT
    options: OptionsWish = OptionsWish()
    picture: bool = False


class SampleWish(BaseModel):
    """One of the samples."""

    model_config = STRICT
    name: Annotated[str, Field(max_length=100)]


class TemplateWish(BaseModel):
    """A physics template of a class."""

    model_config = STRICT
    symmetry: Word
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0


class Chosen(BaseModel):
    """Jobs, by their ids."""

    model_config = STRICT
    jobs: Annotated[list[Identity], Field(max_length=20_000)]


def chosen_options(wish: Any, max_megapixels: float) -> Options:
    """Check the options of a wish, and return them as ``score`` takes them.

    Raises
    ------
    UsageError
    """
    values = wish.model_dump()
    for name, (least, most) in RANGES.items():
        if values[name] is not None and not least <= values[name] <= most:
            raise UsageError(f"found {name} {values[name]:g}, expected {least:g} to {most:g}")
    return Options(**values, max_megapixels=max_megapixels)


@cache
def html() -> str:
    """Return the page; it is the same for every visit, and all that is private comes later."""
    environment = Environment(
        loader=PackageLoader("symscope.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2").render(
        kinds=[
            {
                "symbol": str(symbol),
                "name": CLASSES[str(symbol)].name,
                "meaning": CLASSES[str(symbol)].meaning,
                "drawn": symbol in EXTENDED,
            }
            for symbol in (*EXTENDED, Symmetry.BALL)
        ],
        formats=",".join((*FORMATS, ".gz")),
        choices=CHOICES,
        ranges=RANGES,
        defaults={"dimension": ""}
        | {name: default for name, (_, default) in _of_options().items()},
        tasks={
            "What is learned": [task for task in TASKS.values() if not task.control],
            "Controls": [task for task in TASKS.values() if task.control],
        },
    )


# What all addresses of one launch share.

Known = TypeVar("Known")


@dataclass(frozen=True)
class Launch:
    """What one launch is made of.

    Attributes
    ----------
    folder : an existing, private folder for everything
    token, names, cookie : who may ask (security)
    limits : how much at a time
    scorer, previewer : the desks of the two worker processes, as ``module:class``
    started : is called once the page answers
    """

    folder: Path
    token: str
    names: Names
    cookie: str = "symscope"
    limits: Limits = field(default_factory=Limits)
    scorer: str = "symscope.web.scorer:Scorer"
    previewer: str = "symscope.web.preview:Previewer"
    started: Callable[[], None] = lambda: None


class Page:
    """What the addresses share: the jobs, the store and the two processes."""

    def __init__(self, launch: Launch) -> None:
        self.launch, self.limits = launch, launch.limits
        self.store = Store(launch.folder, launch.limits)
        self.scorer = Process(
            launch.scorer, launch.folder, lambda ready: self.jobs.set_ready(ready)
        )
        self.previewer = Process(launch.previewer, launch.folder)
        self.jobs = Jobs(self.store, self.scorer)
        self.samples: list[dict[str, str]] | None = None

    @contextlib.asynccontextmanager
    async def open(self, app: FastAPI) -> AsyncIterator[None]:
        """Keep the processes warm and the jobs going."""

        async def warm() -> None:
            await asyncio.sleep(HEAD_START)
            await asyncio.gather(self.scorer.start(), self.previewer.start())

        tasks = asyncio.create_task(self.jobs.run()), asyncio.create_task(warm())
        try:
            self.launch.started()
            yield
        finally:
            self.jobs.close()
            for task in tasks:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, SymscopeError):
                    await task
            await self.scorer.close()
            await self.previewer.close()

    def job(self, identity: str) -> Job:
        """Return a job, or answer 404."""
        return _known(self.jobs.jobs, identity, "score")

    def picture(self, identity: str) -> PictureRecord:
        """Return a picture, or answer 404."""
        return _known(self.jobs.pictures, identity, "picture")

    def add_picture(self, picture: PictureRecord) -> dict[str, Any]:
        """Take a picture whose file is stored."""
        self.jobs.add_picture(picture)
        return {"id": picture.identity, "name": picture.name, "bytes": picture.size}


def _known(known: Mapping[str, Known], identity: str, what: str) -> Known:
    if identity not in known:
        raise HTTPException(404, f"found no such {what}: it was removed")
    return known[identity]


def make_app(page: Page) -> ASGIApp:
    """Make the application of one launch."""
    launch = page.launch
    app = FastAPI(
        title="symscope",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=page.open,
        max_body_size=MOST_JSON,
        # Not even where the environment asks for it: the page sends nothing to anyone.
        telemetry={"auto_configure": False},
    )
    app.mount("/static", StaticFiles(directory=str(files("symscope.web") / "static")))

    @app.get("/")
    async def index() -> HTMLResponse:
        return HTMLResponse(html())

    _add_pictures(app, page)
    _add_jobs(app, page)
    app.add_exception_handler(SymscopeError, _explained)
    # Around everything, so that an answer to a fault of ours has the gate's headers too.
    return Gate(Busy(app, launch.limits), launch.names, launch.token, launch.cookie)


async def _explained(request: Request, error: Exception) -> JSONResponse:
    status = error.status if isinstance(error, TooMuchError) else 422
    return JSONResponse({"detail": str(error)}, status)


def _add_pictures(app: FastAPI, page: Page) -> None:
    @app.post("/api/pictures", max_body_size=page.limits.file_bytes + 1)
    async def upload(request: Request, name: str = "") -> dict[str, Any]:
        page.store.check_room(len(page.jobs.pictures))
        announced = request.headers.get("content-length", "0")
        page.store.check_size(int(announced) if announced.isdecimal() else 0)
        identity = new_identity()
        page.store.folder("pictures", identity)
        file = page.store.picture_file(identity, kept_ending(name))
        try:
            size = await page.store.receive(request.stream(), file)
            if not size:
                raise TooMuchError("found an empty file, expected one to be scored", 422)
        except (SymscopeError, ClientDisconnect, OSError) as error:
            page.store.remove("pictures", identity)
            if isinstance(error, SymscopeError):
                raise
            raise TooMuchError("the upload broke off: send it again", 400) from error
        return page.add_picture(PictureRecord(identity, shown_name(name), None, size))

    @app.get("/api/samples")
    async def samples() -> dict[str, Any]:
        if page.samples is None:
            page.samples = (await page.previewer.ask({"do": "samples"}))["samples"]
        return {"samples": page.samples}

    @app.post("/api/samples")
    async def sample(wish: SampleWish) -> dict[str, Any]:
        from symscope.io.images import sample_names

        if wish.name not in sample_names():
            raise HTTPException(404, "found no sample of that name")
        page.store.check_room(len(page.jobs.pictures))
        record = PictureRecord(new_identity(), f"sample:{wish.name}", wish.name)
        return page.add_picture(record)

    @app.post("/api/templates")
    async def template(wish: TemplateWish) -> dict[str, Any]:
        if wish.symmetry not in {str(symbol) for symbol in EXTENDED}:
            raise HTTPException(404, "found no class of that symbol")
        page.store.check_room(len(page.jobs.pictures))
        identity = new_identity()
        page.store.folder("pictures", identity)
        path = page.store.relative(page.store.picture_file(identity))
        request = {"do": "template", "symmetry": wish.symmetry, "seed": wish.seed, "path": path}
        try:
            made = await page.previewer.ask(request)
        except SymscopeError:
            page.store.remove("pictures", identity)
            raise
        page.store.add_bytes(int(made["bytes"]))
        return page.add_picture(
            PictureRecord(identity, str(made["name"]), None, int(made["bytes"]))
        )

    @app.post("/api/pictures/{identity}/sketch")
    async def sketch(identity: Identity, wish: PreviewWish) -> dict[str, Any]:
        options = chosen_options(wish.options, page.limits.max_megapixels)
        picture = page.picture(identity)
        request = {"do": "sketch", "source": page.jobs.source(picture), "picture": wish.picture}
        request |= {"options": asdict(options_of(options, picture))}
        return dict(await page.previewer.ask(request))

    @app.get("/api/pictures/{identity}/thumbnail")
    async def thumbnail(identity: Identity) -> Response:
        page.picture(identity)
        return _small(page.store.folder("pictures", identity) / "thumbnail")

    @app.get("/api/pictures/{identity}/file")
    async def original(identity: Identity) -> Response:
        picture = page.picture(identity)
        if picture.sample:
            raise HTTPException(404, "a sample has no file here")
        path = page.store.picture_file(identity)
        return FileResponse(path, filename=picture.name, media_type="application/octet-stream")


def _small(path: Path) -> Response:
    if not path.is_file():
        raise HTTPException(404, "found no small picture yet")
    data = path.read_bytes()
    kind = "image/png" if data.startswith(b"\x89PNG") else "image/webp"
    return Response(data, media_type=kind)


def _add_jobs(app: FastAPI, page: Page) -> None:
    jobs = page.jobs

    @app.get("/api/events", response_class=EventSourceResponse)
    async def events() -> AsyncIterator[ServerSentEvent]:
        async for name, data in jobs.events():
            yield ServerSentEvent(data=data, event=name, retry=1000)

    @app.post("/api/jobs")
    async def submit(wish: JobsWish) -> dict[str, Any]:
        pictures = [page.picture(identity) for identity in wish.pictures]
        name = shown_name(wish.set) if wish.set else None
        options = chosen_options(wish.options, page.limits.max_megapixels)
        added, together = await jobs.submit(pictures, options, name)
        return {
            "jobs": [job.shown() for job in added],
            "set": together.shown() if together else None,
        }

    @app.get("/api/jobs/{identity}")
    async def result(identity: Identity) -> Response:
        job = page.job(identity)
        path = page.store.folder("jobs", identity) / "result.json"
        if job.state is not State.DONE or not path.is_file():
            raise HTTPException(404, job.error or "there is no result yet")
        return FileResponse(path, media_type="application/json")

    @app.get("/api/jobs/{identity}/learning")
    async def learning(identity: Identity) -> dict[str, Any]:
        return jobs.learning(page.job(identity))

    @app.get("/api/jobs/{identity}/thumbnail")
    async def thumbnail(identity: Identity) -> Response:
        return _small(jobs.thumbnail(page.job(identity)))

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
        job = page.job(identity)
        if job.state is not State.DONE:
            raise HTTPException(404, job.error or "there is no result yet")
        stem = _stem(job.picture.name)
        stem += f"-{job.part[0]:g}s" if job.part else ""
        if kind in TABLES:
            return await _table(page, [job], kind, stem)
        if kind not in MADE:
            raise HTTPException(404, "found no file of that kind")
        path = await jobs.file(job, kind)
        return FileResponse(path, filename=f"{stem}.{kind}", media_type=MADE[kind])

    @app.get("/api/sets/{identity}/file/{kind}")
    async def set_file(identity: Identity, kind: str) -> Response:
        together = _known(jobs.sets, identity, "set")
        if kind not in (*TABLES, "html"):
            raise HTTPException(404, "found no file of that kind")
        members = jobs.of_set(identity)
        over = [member for member in members if member.state not in OPEN]
        count = _count(members)
        stem = _file_name(f"{together.name} ({count})")
        if kind in TABLES:
            return await _table(page, members, kind, stem)
        if not over:
            raise HTTPException(404, "there is no result yet")
        path = page.store.folder("sets", identity) / f"{new_identity()}.html"
        request = {
            "do": "summary",
            "title": f"{together.name}, {count}",
            "path": page.store.relative(path),
            "members": [_member(page, job) for job in over],
        }
        await page.previewer.ask(request)
        data = await asyncio.to_thread(path.read_bytes)
        path.unlink()
        return Response(data, media_type=MADE["html"], headers=_attached(f"{stem}.html"))


def _count(members: Sequence[Job]) -> str:
    """Say how many of a set were scored: a file says by its name that it is not all."""
    what = "parts" if all(member.part for member in members) else "files"
    tried = sum(member.state in (State.DONE, State.FAILED) for member in members)
    if tried == len(members):
        return f"{tried} {what}"
    so_far = ", so far" if any(member.state in OPEN for member in members) else ""
    return f"{tried} of {len(members)} {what}{so_far}"


async def _table(page: Page, jobs: Sequence[Job], kind: str, stem: str) -> Response:
    """Answer with the rows of jobs that are over; one that failed is a row with its reason."""
    from symscope.drawing.rows import encoded

    def table() -> bytes:
        rows: list[dict[str, Any]] = []
        for job in jobs:
            if job.state is State.DONE:
                result = page.store.read("jobs", job.identity, "result.json")
                rows += [result["row"]] if result else []
            elif job.state in (State.FAILED, State.CANCELLED):
                rows.append(_without_score(job))
        return encoded(rows, kind)

    data = await asyncio.to_thread(table)
    return Response(data, media_type=TABLES[kind], headers=_attached(f"{stem}.{kind}"))


def _without_score(job: Job) -> dict[str, Any]:
    """Make the row of a job that failed or was cancelled."""
    return {"path": job.path, "outcome": job.state.value, "message": job.error}


def _member(page: Page, job: Job) -> dict[str, Any]:
    """Say where what is known of a job that is over stands, for its set's summary."""
    if job.state is not State.DONE:
        return {"row": _without_score(job)}
    result = page.store.folder("jobs", job.identity) / "result.json"
    thumbnail = page.jobs.thumbnail(job)
    return {"result": page.store.relative(result), "thumbnail": page.store.relative(thumbnail)}


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}


def _stem(name: str) -> str:
    """Return what a download of a picture of that name is called, without its ending."""
    without = name.removeprefix("sample:").rpartition(".")[0] or name.removeprefix("sample:")
    return _file_name(without)[:100] or "score"


def _file_name(name: str) -> str:
    """Return a name with nothing in it that a file's name may not have."""
    return "".join(c if c.isalnum() or c in "-_ (),." else "_" for c in name).strip(" .")

"""A page with fake worker processes, without a browser."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from symscope.web.app import Launch, Page
from symscope.web.jobs import OPEN
from symscope.web.security import Limits, Names
from symscope.web.server import make_config

TOKEN = "the-token-of-this-launch"
FAKE = "fakes.page_worker:FakeDesk"


class FakePage:
    """The page's server, and a client that has been let in.

    ``ask`` sends what the page itself would send; ``client`` has only the cookie.
    """

    def __init__(self, page: Page, client: httpx.Client) -> None:
        self.client, self.store, self.jobs = client, page.store, page.jobs
        self.base = str(client.base_url).rstrip("/")
        client.get(f"/?token={TOKEN}")

    def ask(self, path: str, value: Any = None, **more: Any) -> httpx.Response:
        headers = {"Origin": self.base, "Sec-Fetch-Site": "same-origin"}
        if value is None and "content" not in more:
            return self.client.get(path, headers=headers)
        if "content" not in more:
            more["json"] = value
        return self.client.post(path, headers=headers, **more)

    def upload(self, name: str, data: bytes = b"bytes of a picture") -> str:
        answer = self.ask("/api/pictures", content=data, params={"name": name})
        assert answer.status_code == 200, answer.text
        return answer.json()["id"]

    def submit(self, *names: str, set: str | None = None, **options: Any) -> list[str]:
        pictures = [self.upload(name) for name in names]
        wish = {"pictures": pictures, "options": options, "set": set}
        answer = self.ask("/api/jobs", wish)
        assert answer.status_code == 200, answer.text
        return [job["id"] for job in answer.json()["jobs"]]

    def job(self, identity: str) -> Any:
        return self.jobs.jobs[identity]

    def wait(self, *identities: str) -> list[Any]:
        """Wait until jobs are over, and return them."""
        jobs = [self.job(identity) for identity in identities]
        until(lambda: all(job.state not in OPEN for job in jobs))
        return jobs

    def files(self) -> list[str]:
        """Return all files that lie in the page's folder."""
        root = self.store.root
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def until(happened: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something happened."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


@contextmanager
def opened(
    folder: Path,
    scorer: str = FAKE,
    previewer: str = FAKE,
    **limits: Any,
) -> Iterator[FakePage]:
    """Serve a page from a folder."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        port = listener.getsockname()[1]
        names = Names({"localhost", "127.0.0.1"}, port)
        launch = Launch(
            folder, TOKEN, names, limits=Limits(**limits), scorer=scorer, previewer=previewer
        )
        page = Page(launch)
        server = uvicorn.Server(make_config(page))
        serving = threading.Thread(target=server.run, args=([listener],))
        serving.start()
        try:
            with httpx.Client(base_url=f"http://localhost:{port}", timeout=20) as client:
                yield FakePage(page, client)
        finally:
            server.should_exit = True
            serving.join()

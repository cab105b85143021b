"""Who is let in, and what is refused while the page goes on."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest

from fakes.serving import TOKEN, opened
from symscope.web import app as web_app
from symscope.web.security import HEADERS, Busy, Limits, Names, TooMuchError
from symscope.web.store import Store

NOWHERE = "0" * 16
PATHS = [
    "/",
    "/static/main.js",
    "/api/events",
    "/api/samples",
    f"/api/jobs/{NOWHERE}",
    f"/api/jobs/{NOWHERE}/file/png",
    "/no/such/page",
    "/docs",
    "/openapi.json",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("cookie", [None, "", "wrong", TOKEN[:-1], f"{TOKEN}x", '"', "\xff"])
def test_without_the_token_every_path_is_closed(shared_page, path, cookie):
    headers = {} if cookie is None else {"Cookie": f"symscope={cookie}".encode("latin-1")}
    answer = httpx.get(f"{shared_page.base}{path}", headers=headers)
    assert answer.status_code == 403
    assert "token" in answer.text
    assert len(answer.text) < 200


def test_the_token_becomes_a_cookie_that_no_script_and_no_other_site_can_use(shared_page):
    answer = httpx.get(f"{shared_page.base}/?token={TOKEN}")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert shared_page.client.get("/").status_code == 200


def test_a_wrong_token_is_refused_even_with_the_cookie(shared_page):
    assert shared_page.client.get("/?token=wrong").status_code == 403


def test_led_here_by_a_file_the_page_opens_in_a_second_step(shared_page):
    # A strict cookie is not sent along with a redirect that another site has begun.
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = httpx.get(f"{shared_page.base}/?token={TOKEN}", headers=headers)
    assert answer.status_code == 200
    assert 'http-equiv="refresh"' in answer.text
    assert TOKEN not in answer.text


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:PORT",
        "localhost",
        "localhost:80",
        "localhost:1",
        "localhost.evil.example:PORT",
        "evil.example@localhost:PORTx",
        "localhost:PORT:PORT",
        "[::1]:PORT",
        "192.168.0.7:PORT",
        "",
    ],
)
def test_another_hosts_name_is_refused(shared_page, host):
    host = host.replace("PORT", shared_page.base.rpartition(":")[2])
    assert shared_page.client.get("/", headers={"Host": host}).status_code in (400, 421)


def test_two_hosts_are_refused(shared_page):
    port = int(shared_page.base.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        hosts = f"Host: localhost:{port}\r\nHost: evil.example\r\n"
        cookie = f"Cookie: symscope={TOKEN}\r\n"
        connection.sendall(f"GET / HTTP/1.1\r\n{hosts}{cookie}\r\n".encode())
        assert connection.recv(12) in (b"HTTP/1.1 400", b"HTTP/1.1 421")


def test_an_address_of_the_machine_counts_where_others_may_connect():
    names = Names({"lab"}, 8765, any_address=True)
    assert "192.168.0.7:8765" in names
    assert "[fe80::1]:8765" in names
    assert "lab:8765" in names
    assert "evil.example:8765" not in names


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Origin": "https://HERE"},
        {"Origin": "http://HERE", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://HERE", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://HERE", "Sec-Fetch-Site": "none"},
    ],
)
def test_what_another_website_sends_changes_nothing(shared_page, headers):
    before = shared_page.files()
    headers = {key: value.replace("HERE", shared_page.base[7:]) for key, value in headers.items()}
    for path in ("/api/pictures?name=a.png", "/api/jobs", "/api/jobs/remove", "/api/samples"):
        answer = shared_page.client.post(path, content=b"{}", headers=headers)
        assert answer.status_code == 403
    assert shared_page.files() == before


def test_another_website_reads_nothing_even_with_the_cookie(shared_page):
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert shared_page.client.get("/api/samples", headers=headers).status_code == 403


def test_every_answer_has_the_headers(shared_page, monkeypatch):
    answers = [
        shared_page.client.get("/"),
        shared_page.client.get("/static/main.js"),
        shared_page.client.get("/no/such/page"),
        shared_page.client.get("/", headers={"Host": "evil.example"}),
        shared_page.client.post("/api/jobs", content=b"{}"),
        shared_page.ask("/api/jobs", {"pictures": []}),
    ]

    def broken():
        raise RuntimeError("a fault")

    monkeypatch.setattr(web_app, "html", broken)
    answers.append(shared_page.client.get("/"))
    assert [answer.status_code for answer in answers] == [200, 200, 404, 421, 403, 422, 500]
    for answer in answers:
        for name, value in HEADERS.items():
            assert answer.headers[name] == value
        assert "server" not in answer.headers


def test_the_policy_lets_nothing_in_from_elsewhere():
    policy = HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize("announced", [True, False])
def test_a_file_that_is_too_large_is_refused_while_it_arrives(tmp_path, announced):
    sent = []

    def chunks():
        for _ in range(1000):
            sent.append(1)
            yield b"x" * 1000

    with opened(tmp_path, file_bytes=5000) as page:
        content = b"x" * 5001 if announced else chunks()
        answer = page.ask("/api/pictures", content=content, params={"name": "a.png"})
        assert answer.status_code == 413
        assert page.files() == []
        assert page.store.picture_bytes == 0
        page.upload("b.png", b"x" * 5000)
        assert page.client.get("/").status_code == 200


def test_all_pictures_together_have_a_limit_and_removing_makes_room(tmp_path):
    with opened(tmp_path, total_bytes=100) as page:
        (job,) = page.submit("a.png")
        page.wait(job)
        answer = page.ask("/api/pictures", content=b"x" * 90)
        assert answer.status_code == 507
        assert "history" in answer.json()["detail"]
        page.ask("/api/jobs/remove", {"jobs": [job]})
        assert page.store.picture_bytes == 0
        assert page.ask("/api/pictures", content=b"x" * 90).status_code == 200


def test_the_number_of_pictures_has_a_limit(tmp_path):
    with opened(tmp_path, pictures=2) as page:
        page.upload("a.png")
        page.upload("b.png")
        assert page.ask("/api/pictures", content=b"x").status_code == 507
        assert page.ask("/api/samples", {"name": "brick"}).status_code == 507


def test_a_full_disk_is_said_before_anything_is_written(tmp_path):
    with opened(tmp_path, spare_bytes=1 << 60) as page:
        answer = page.ask("/api/pictures", content=b"x")
        assert answer.status_code == 507
        assert "disk" in answer.json()["detail"]


def test_an_empty_file_is_refused(shared_page):
    before = shared_page.files()
    assert shared_page.ask("/api/pictures", content=b"").status_code == 422
    assert shared_page.files() == before


@pytest.mark.parametrize(
    "name",
    [
        "../../../../tmp/evil.png",
        "/etc/passwd",
        "C:\\Windows\\evil.png",
        'a".png\r\nSet-Cookie: evil=1',
        "a\x00b.png",
        "..",
        "",
        "\u202egnp.exe",
        "é" * 5000,
        "<img src=x onerror=alert(1)>.png",
    ],
)
def test_a_clients_name_is_only_shown(shared_page, tmp_path, name):
    (job,) = shared_page.submit(name)
    shared_page.wait(job)
    shown = shared_page.job(job).picture.name
    assert shown
    assert len(shown) <= 200
    assert shown.isprintable()
    assert "/" not in shown
    assert all("evil" not in file and "passwd" not in file for file in shared_page.files())
    for path in (f"/api/jobs/{job}/file/png", f"/api/jobs/{job}/file/csv"):
        answer = shared_page.ask(path)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        disposition = answer.headers["content-disposition"]
        assert disposition.startswith("attachment")
        assert disposition.isascii()
        assert "/" not in disposition
        assert "\\" not in disposition


@pytest.mark.parametrize("identity", ["..%2f..%2f..", "..", "%00", "A" * 16, "0" * 15, "job.json"])
def test_an_id_is_never_a_path(shared_page, identity):
    for path in (
        f"/api/jobs/{identity}",
        f"/api/jobs/{identity}/file/png",
        f"/api/pictures/{identity}/file",
        f"/api/sets/{identity}/file/csv",
    ):
        assert shared_page.ask(path).status_code in (404, 422)


@pytest.mark.parametrize("kind", ["exe", "%2e%2e%2fjob.json", "job.json", "thumbnail"])
def test_only_known_kinds_of_file_are_given_out(shared_page, kind):
    (job,) = shared_page.submit("a.png")
    shared_page.wait(job)
    assert shared_page.ask(f"/api/jobs/{job}/file/{kind}").status_code == 404


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py"]
)
def test_static_files_are_those_of_one_folder(shared_page, path):
    assert shared_page.ask(path).status_code == 404


@pytest.mark.parametrize(
    "options",
    [
        {"networks": 10**9},
        {"networks": 0},
        {"zoom": 0.5},
        {"zoom": 1e300},
        {"zoom": "nan"},
        {"seed": -1},
        {"seed": 2**32},
        {"sketch": "../otsu"},
        {"classifier": "/etc/passwd"},
        {"max_megapixels": 1e9},
        {"watch": True},
    ],
)
def test_options_outside_their_range_are_refused(shared_page, options):
    picture, before = shared_page.upload("a.png"), len(shared_page.jobs.jobs)
    answer = shared_page.ask("/api/jobs", {"pictures": [picture], "options": options})
    assert answer.status_code == 422
    assert len(shared_page.jobs.jobs) == before


def test_a_request_that_is_no_picture_is_small(shared_page):
    answer = shared_page.ask("/api/jobs", content=b"[" * (2 << 20))
    assert answer.status_code == 413


def test_of_a_hundred_at_once_a_few_are_served_and_the_others_told_so_at_once():
    release = asyncio.Event()

    async def slow(scope, receive, send):
        await release.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def scenario():
        transport = httpx.ASGITransport(Busy(slow, Limits(requests=8)))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            asking = [asyncio.create_task(client.get("/")) for _ in range(100)]
            await asyncio.wait(asking, timeout=10, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(0.05)
            refused = [task.result().status_code for task in asking if task.done()]
            release.set()
            served = [task.result().status_code for task in asking if await task]
            return refused, served, (await client.get("/")).status_code

    refused, served, afterwards = asyncio.run(scenario())
    assert refused == [503] * 92
    assert served.count(200) == 8
    assert afterwards == 200


def test_an_upload_that_stalls_is_given_up(tmp_path):
    store = Store(tmp_path, Limits(stall_seconds=0.05))

    async def chunks():
        yield b"abc"
        await asyncio.sleep(60)

    async def scenario():
        await store.receive(chunks(), tmp_path / "file")

    with pytest.raises(TooMuchError, match="stalled"):
        asyncio.run(scenario())
    assert not (tmp_path / "file").exists()
    assert store.picture_bytes == 0


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        *(("../Brain.NII.gz", ".nii.gz"), ("a.npy/../../b.MRC", ".mrc"), ("v.npy", ".npy")),
        *(("photo.jpg", ""), ("a.npy\0.sh", ""), ("picture.json", ""), (".npy", "")),
    ],
)
def test_of_a_clients_name_only_a_known_ending_is_kept(fake_page, name, ending):
    identity = fake_page.upload(name)
    kept = [file for file in fake_page.files() if not file.endswith(".json")]
    assert kept == [f"pictures/{identity}/picture{ending}"]

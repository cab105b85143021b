"""Jobs: one after the other, cancelled, crashed, removed, and there again after a restart."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import signal
import sys

import pytest

from fakes.serving import opened, until
from symscope.tasks import TASKS
from symscope.web import jobs as jobs_module
from symscope.web.app import html
from symscope.web.jobs import State


def test_a_job_is_scored_and_its_result_given_out(fake_page):
    (identity,) = fake_page.submit("a.png", seed=7)
    (job,) = fake_page.wait(identity)
    assert (job.state, job.summary["symmetry"]) == (State.DONE, 0.9)
    result = fake_page.ask(f"/api/jobs/{identity}").json()
    assert result["row"] == {
        **{"path": "a.png", "outcome": "ok", "message": None, "label": "Z_2"},
        **{"symmetry": 0.9, "symmetry_sd": 0.1, "seed": 7, "dimension": None},
    }
    thumbnail = fake_page.ask(f"/api/pictures/{job.picture.identity}/thumbnail")
    assert thumbnail.headers["content-type"] == "image/png"
    assert fake_page.ask(f"/api/pictures/{job.picture.identity}/file").content == (
        b"bytes of a picture"
    )


def test_how_it_was_learned_is_kept(fake_page):
    single, member = fake_page.submit("a.png")[0], fake_page.submit("b.png", set="one")[0]
    fake_page.wait(single, member)
    frames = fake_page.ask(f"/api/jobs/{single}/learning").json()["frames"]
    assert [frame["step"] for frame in frames] == [10, 20]
    assert fake_page.ask(f"/api/jobs/{member}/learning").json() == {"frames": []}


def test_files_are_made_on_demand_and_kept(fake_page):
    (identity,) = fake_page.submit("a b.png")
    fake_page.wait(identity)
    answer = fake_page.ask(f"/api/jobs/{identity}/file/pdf")
    assert answer.text == "pdf of a b.png"
    assert answer.headers["content-type"] == "application/pdf"
    assert f"jobs/{identity}/file.pdf" in fake_page.files()
    assert json.loads(fake_page.ask(f"/api/jobs/{identity}/file/json").content)[0]["label"] == "Z_2"


def test_a_job_without_a_result_has_no_files(fake_page):
    (identity,) = fake_page.submit("refuse.png")
    fake_page.wait(identity)
    for path in ("", "/file/png", "/file/csv"):
        answer = fake_page.ask(f"/api/jobs/{identity}{path}")
        assert answer.status_code == 404
        assert answer.json()["detail"] == "found something odd: do otherwise"


@pytest.mark.parametrize("name", ["crash.png", "nonsense.png"])
def test_a_worker_that_crashes_costs_one_job(fake_page, name):
    first, second = fake_page.submit(name)[0], fake_page.submit("a.png")[0]
    crashed, fine = fake_page.wait(first, second)
    assert crashed.state is State.FAILED
    assert "has ended" in crashed.error
    assert fine.state is State.DONE


def test_a_worker_that_cannot_start_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-such-program"))
    with opened(tmp_path) as page:
        (job,) = page.wait(*page.submit("a.png"))
        assert job.state is State.FAILED
        assert "cannot be started" in job.error
        assert page.client.get("/").status_code == 200


def test_cancelling_kills_the_worker_and_the_next_job_finds_another(fake_page):
    slow, waiting, last = (fake_page.submit(name)[0] for name in ("slow.png", "b.png", "c.png"))
    until(lambda: fake_page.job(slow).state is State.RUNNING)
    fake_page.ask("/api/jobs/cancel", {"jobs": [slow, waiting]})
    states = [job.state for job in fake_page.wait(slow, waiting, last)]
    assert states == [State.CANCELLED, State.CANCELLED, State.DONE]


def test_a_running_job_can_be_removed(fake_page):
    (slow,) = fake_page.submit("slow.png")
    until(lambda: fake_page.job(slow).state is State.RUNNING)
    fake_page.ask("/api/jobs/remove", {"jobs": [slow]})
    fake_page.wait(*fake_page.submit("a.png"))
    assert not any(slow in file for file in fake_page.files())
    assert len(fake_page.jobs.pictures) == 1


def test_removing_leaves_nothing_behind_and_spares_what_others_need(fake_page):
    picture = fake_page.upload("a.png")
    first = fake_page.ask("/api/jobs", {"pictures": [picture]}).json()["jobs"][0]["id"]
    wish = {"pictures": [picture], "options": {"seed": 1}}
    second = fake_page.ask("/api/jobs", wish).json()["jobs"][0]["id"]
    fake_page.wait(first, second)
    fake_page.ask("/api/jobs/remove", {"jobs": [first, "0" * 16]})
    assert fake_page.store.picture_file(picture).is_file()
    fake_page.ask("/api/jobs/remove", {"jobs": [second]})
    assert fake_page.files() == []
    assert fake_page.store.picture_bytes == 0


def test_a_set_goes_on_past_what_fails_and_tells_the_reasons(fake_page):
    names = ("a.png", "crash.png", "refuse.png", "bad.png", "e.png")
    jobs = fake_page.wait(*fake_page.submit(*names, set="holiday"))
    assert [job.state.value for job in jobs] == ["done", "failed", "failed", "done", "done"]
    answer = fake_page.ask(f"/api/sets/{jobs[0].set}/file/csv")
    assert "holiday%20%285%20files%29.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["path"] for row in rows] == list(names)
    assert [row["outcome"] for row in rows] == ["ok", "failed", "failed", "unreadable", "ok"]
    assert rows[2]["message"] == "found something odd: do otherwise"
    parquet = fake_page.ask(f"/api/sets/{jobs[0].set}/file/parquet").content
    assert parquet.startswith(b"PAR1")


def test_a_set_is_summed_up_and_taken_away_while_it_runs(fake_page):
    jobs = fake_page.submit("a.png", "crash.png", "slow.png", set="a.png and 2 more")
    fake_page.wait(*jobs[:2])
    address = f"/api/sets/{fake_page.job(jobs[0]).set}/file"
    told = fake_page.ask(f"{address}/csv").headers["content-disposition"]
    assert "a.png%20and%202%20more%20%282%20of%203%20files%2C%20so%20far%29.csv" in told
    answer = fake_page.ask(f"{address}/html")
    assert "2%20of%203%20files%2C%20so%20far%29.html" in answer.headers["content-disposition"]
    asked = answer.json()
    assert "2 of 3" in asked["title"]
    done, failed = asked["members"]
    assert (fake_page.store.root / done["result"]).is_file()
    assert (fake_page.store.root / done["thumbnail"]).is_file()
    assert failed["row"]["outcome"] == "failed"
    assert not (fake_page.store.root / asked["path"]).exists()
    fake_page.ask("/api/jobs/cancel", {"jobs": jobs})
    answer = fake_page.ask(f"{address}/csv")
    assert "%282%20of%203%20files%29.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["outcome"] for row in rows] == ["ok", "failed", "cancelled"]


def test_a_set_of_which_nothing_is_done_has_no_summary(fake_page):
    jobs = fake_page.submit("slow.png", "b.png", set="holiday")
    assert fake_page.ask(f"/api/sets/{fake_page.job(jobs[0]).set}/file/html").status_code == 404


def test_the_page_offers_what_is_read_and_asks_which_of_several(fake_page):
    text = fake_page.client.get("/").text
    for offered in (
        ".heic",
        ".pdf",
        ".svg",
        ".dcm",
        ".h5",
        ".stl",
        ".xlsx",
        ".opus",
        'name="select"',
    ):
        assert offered in text
    (job,) = fake_page.submit("a.png", select="t = 3")
    assert fake_page.job(job).options.select == "t=3"


def test_removing_the_last_of_a_set_removes_the_set(fake_page):
    jobs = fake_page.submit("a.png", "b.png", set="two")
    fake_page.wait(*jobs)
    fake_page.ask("/api/jobs/remove", {"jobs": jobs})
    assert fake_page.jobs.sets == {}
    assert fake_page.files() == []


def test_a_kept_folder_survives_a_restart_and_what_was_open_goes_on(tmp_path):
    with opened(tmp_path) as page:
        (done,) = page.submit("a.png")
        page.wait(done)
        members = page.submit("slow.png", "b.png", set="pair")
        page.upload("never scored.png")
        until(lambda: page.job(members[0]).state is State.RUNNING)
    with opened(tmp_path) as page:
        assert list(page.jobs.jobs) == [done, *members]
        assert [found.name for found in page.jobs.sets.values()] == ["pair"]
        assert page.ask(f"/api/jobs/{done}").json()["row"]["path"] == "a.png"
        assert len(page.jobs.pictures) == 3
        until(lambda: page.job(members[0]).state is State.RUNNING)
        page.ask("/api/jobs/cancel", {"jobs": [members[0]]})
        assert page.wait(members[1])[0].state is State.DONE


def test_what_a_kept_folder_holds_beside_its_own_is_left_alone(tmp_path):
    (tmp_path / "jobs" / ("a" * 16)).mkdir(parents=True)
    (tmp_path / "jobs" / ("a" * 16) / "job.json").write_text("{broken")
    (tmp_path / "jobs" / "notes.txt").write_text("mine")
    with opened(tmp_path) as page:
        assert page.jobs.jobs == {}
        page.wait(*page.submit("a.png"))
    assert (tmp_path / "jobs" / "notes.txt").read_text() == "mine"


def test_samples_and_templates_become_pictures(fake_page):
    assert fake_page.ask("/api/samples").json()["samples"][0]["name"] == "brick"
    sample = fake_page.ask("/api/samples", {"name": "brick"}).json()
    template = fake_page.ask("/api/templates", {"symmetry": "Z_2"}).json()
    assert (sample["name"], template["name"]) == ("sample:brick", "mirror.png")
    wish = {"pictures": [sample["id"], template["id"]], "set": "both"}
    jobs = fake_page.ask("/api/jobs", wish).json()["jobs"]
    assert [job.state for job in fake_page.wait(*[job["id"] for job in jobs])] == [State.DONE] * 2
    assert fake_page.ask("/api/samples", {"name": "../brick"}).status_code == 404
    assert fake_page.ask("/api/templates", {"symmetry": "Z_99"}).status_code == 404


def test_the_sketch_is_drawn_by_the_other_process(fake_page):
    picture = fake_page.upload("a.png")
    (slow,) = fake_page.submit("slow.png")
    until(lambda: fake_page.job(slow).state is State.RUNNING)
    drawn = fake_page.ask(f"/api/pictures/{picture}/sketch", {"options": {"zoom": 2}}).json()
    assert drawn == {"source": f"pictures/{picture}/picture", "zoom": 2.0}


def test_a_picture_that_is_gone_cannot_be_scored(fake_page):
    answer = fake_page.ask("/api/jobs", {"pictures": ["0" * 16]})
    assert answer.status_code == 404


def test_workers_end_with_the_page(tmp_path):
    with opened(tmp_path) as page:
        (job,) = page.submit("a.png")
        page.wait(job)
        pid = page.ask(f"/api/jobs/{job}").json()["pid"]
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_worker_that_ends_while_nobody_asks_is_seen_and_replaced(fake_page):
    (job,) = fake_page.submit("a.png")
    fake_page.wait(job)
    until(lambda: fake_page.jobs.ready)
    os.kill(fake_page.ask(f"/api/jobs/{job}").json()["pid"], signal.SIGKILL)
    until(lambda: not fake_page.jobs.ready)
    (after,) = fake_page.wait(*fake_page.submit("b.png"))
    assert after.state is State.DONE


def test_the_server_imports_no_jax():
    import subprocess

    code = "import sys, symscope.web.app, symscope.web.server; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_job_may_have_another_task(fake_page):
    picture = fake_page.upload("a.png")
    wish = {"pictures": [picture], "options": {"task": "greys"}}
    (job,) = fake_page.ask("/api/jobs", wish).json()["jobs"]
    assert job["options"]["task"] == "greys:4"
    wish["options"]["task"] = "greys:1000"
    refused = fake_page.ask("/api/jobs", wish)
    assert refused.status_code == 422
    assert "found task 'greys:1000'" in refused.text


def test_the_page_offers_every_task_and_the_controls_apart(fake_page):
    shown = html()
    for task in TASKS.values():
        assert f'<option value="{task.text}">' in shown
    learned, controls = shown.split('<optgroup label="Controls">')
    assert 'value="colours"' in learned
    assert 'value="frozen"' in controls


PARTS = ["long.wav#t=0,30", "long.wav#t=30,60.25", "long.wav#t=60.25"]


def test_a_long_sound_becomes_a_set_of_its_parts_before_what_waits(fake_page):
    (sound,), (other,) = fake_page.submit("long.wav"), fake_page.submit("a.png")
    (last,) = fake_page.wait(other)
    members = fake_page.jobs.of_set(fake_page.job(sound).set)
    assert [job.state for job in members] == [State.DONE] * 3
    assert [job.title for job in members] == [
        *("long.wav, 0:00 to 0:30", "long.wav, 0:30 to 1:00", "long.wav, 1:00 to its end")
    ]
    assert members[0].identity == sound
    assert last.set is None
    answer = fake_page.ask(f"/api/sets/{members[0].set}/file/csv")
    assert "%283%20parts%29.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["path"] for row in rows] == PARTS
    figure = fake_page.ask(f"/api/jobs/{members[1].identity}/file/png")
    assert figure.headers["content-disposition"].endswith('filename="long-30s.png"')
    small = [fake_page.ask(f"/api/jobs/{job.identity}/thumbnail").status_code for job in members]
    assert small == [200] * 3
    fake_page.ask("/api/jobs/remove", {"jobs": [*(job.identity for job in members), other]})
    assert fake_page.files() == []


def test_the_parts_of_a_sound_are_stopped_in_between_and_found_again_in_their_order(tmp_path):
    with opened(tmp_path) as page:
        both = page.submit("long slow.wav", "b.png", set="two")
        until(lambda: page.job(both[0]).part is not None)
        together = page.job(both[0]).set
        members = page.jobs.of_set(together)
        assert [job.path for job in members[:3]] == [f"long slow{one[4:]}" for one in PARTS]
        until(lambda: members[0].state is State.RUNNING)
        page.ask("/api/jobs/cancel", {"jobs": [job.identity for job in members[:2]]})
        until(lambda: members[2].state is State.RUNNING)
        kept = [job.identity for job in members]
    with opened(tmp_path) as page:
        members = page.jobs.of_set(together)
        assert [job.identity for job in members] == kept
        assert [job.fragment for job in members] == ["#t=0,30", "#t=30,60.25", "#t=60.25", ""]
        until(lambda: members[2].state is State.RUNNING)
        page.ask("/api/jobs/cancel", {"jobs": kept[:3]})
        states = [job.state for job in page.wait(*kept)]
        assert states == [*[State.CANCELLED] * 3, State.DONE]


def test_only_a_tiff_is_taken_for_a_volume_where_that_is_asked_for(fake_page):
    jobs = fake_page.wait(*fake_page.submit("a.png", "stack.TIF", set="both", dimension=3))
    rows = [fake_page.ask(f"/api/jobs/{job.identity}").json()["row"] for job in jobs]
    assert [row.get("dimension") for row in rows] == [None, 3]
    assert jobs[1].shown()["changed"] == ["--dimension", "3"]
    refused = fake_page.ask("/api/jobs", {"pictures": ["0" * 16], "options": {"dimension": 4}})
    assert refused.status_code == 422


def told(page, count):
    """The first events of a new tab."""
    with page.client.stream("GET", "/api/events") as stream:
        events, name = [], None
        for line in stream.iter_lines():
            kind, _, text = line.partition(": ")
            if kind == "event":
                name = text
            if kind == "data":
                events.append((name, json.loads(text)))
                if len(events) == count:
                    return events
    raise AssertionError(events)


def test_a_tab_is_told_the_state_and_how_far_the_job_under_way_has_come(fake_page):
    (slow,) = fake_page.submit("slow.png")
    until(lambda: len(fake_page.jobs._stages) == 3)
    for _ in range(2):  # A tab that comes back is told the same.
        events = told(fake_page, 4)
        assert [name for name, _ in events] == ["state", "stage", "stage", "stage"]
        assert events[0][1]["jobs"][0]["state"] == "running"
        assert [stage.get("step") for _, stage in events[1:]] == [None, 10, 20]
    fake_page.ask("/api/jobs/cancel", {"jobs": [slow]})
    fake_page.wait(slow)
    assert fake_page.jobs._stages == []


def test_a_tab_that_reads_nothing_is_ended_and_others_go_on(fake_page, monkeypatch):
    monkeypatch.setattr(jobs_module, "MOST_UNREAD", 3)

    async def scenario():
        jobs = jobs_module.Jobs(fake_page.store, None)
        stalled, reading = jobs.events(), jobs.events()
        assert [(await anext(tab))[0] for tab in (stalled, reading)] == ["state"] * 2
        for number in range(5):
            jobs.tell("job", {"n": number})
            assert await anext(reading) == ("job", {"n": number})
        with pytest.raises(StopAsyncIteration):
            await anext(stalled)
        jobs.close()
        with pytest.raises(StopAsyncIteration):
            await anext(reading)

    asyncio.run(scenario())

"""What a tab is told: all of it, in order, and again after a break."""

from __future__ import annotations

import asyncio
import functools

from symscope.web import events as module
from symscope.web.events import Events


def in_a_loop(test):
    """Run a test that is a coroutine."""

    @functools.wraps(test)
    def run(*given, **named):
        asyncio.run(test(*given, **named))

    return run


async def told(events, last=None, count=100):
    """What a stream gives at once, as (name, data) and the id of the last one."""
    found = []
    stream = events.stream(last)
    try:
        while len(found) < count:
            found.append(await asyncio.wait_for(anext(stream), 0.05))
    except TimeoutError:
        pass
    await stream.aclose()
    names = [(event.name, event.data) for event in found]
    return names, events.identity(found[-1].number) if found else None


def some_events():
    events = Events(lambda: {"whole": True})
    events.tell("job", {"n": 1})
    events.tell("stage", {"n": 2}, passing=True)
    events.tell("stage", {"n": 3}, passing=True)
    return events


@in_a_loop
async def test_a_new_tab_is_told_the_state_and_the_frames_of_what_is_under_way():
    names, last = await told(some_events())
    assert names == [("state", {"whole": True}), ("stage", {"n": 2}), ("stage", {"n": 3})]
    assert last.endswith("-3")


@in_a_loop
async def test_a_tab_that_comes_back_is_told_only_what_it_missed():
    events = some_events()
    _, last = await told(events)
    assert await told(events, last) == ([], None)
    events.tell("job", {"n": 4})
    assert (await told(events, last))[0] == [("job", {"n": 4})]


@in_a_loop
async def test_a_break_amid_frames_is_resumed_amid_frames():
    events = some_events()
    assert (await told(events, events.identity(2)))[0] == [("stage", {"n": 3})]


@in_a_loop
async def test_frames_of_what_is_over_are_forgotten():
    events = some_events()
    events.forget_passing()
    assert (await told(events))[0] == [("state", {"whole": True})]


@in_a_loop
async def test_an_id_of_another_launch_or_nonsense_brings_the_whole_state():
    events = some_events()
    for last in ("", "other-2", "-", events.identity(99), f"{events.identity(1)}x", "9" * 99):
        assert (await told(events, last, 1))[0][0][0] == "state"


@in_a_loop
async def test_a_tab_that_was_away_for_too_long_is_told_the_whole_state(monkeypatch):
    monkeypatch.setattr(module, "MOST", 2)
    events = some_events()
    first = events.identity(1)
    events.tell("job", {"n": 4})
    events.tell("job", {"n": 5})
    assert (await told(events, first, 1))[0][0][0] == "state"


def test_streams_hear_of_what_happens_and_end_when_closed():
    async def scenario():
        events = Events(lambda: {})
        heard = []

        async def listen():
            async for event in events.stream():
                heard.append(event.name)

        tabs = [asyncio.create_task(listen()) for _ in range(3)]
        await asyncio.sleep(0)
        events.tell("job", {})
        await asyncio.sleep(0.01)
        events.close()
        await asyncio.wait_for(asyncio.gather(*tabs), 5)
        return heard

    assert sorted(asyncio.run(scenario())) == ["job"] * 3 + ["state"] * 3

"""The hub: everybody hears everything once, in order, and nobody is buffered without bound."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from statuspage.edge.live import hub as hub_module
from statuspage.edge.live import sse
from statuspage.edge.live.events import LiveEvent
from statuspage.edge.live.hub import MAX_QUEUED, RING_SIZE, Hub
from statuspage.pages.face import Door, Face
from tests.statuspage.asgi import scope
from tests.statuspage.page_states import component, group
from tests.statuspage.page_states import page as page_state
from tests.waiting import PATIENCE

pytestmark = pytest.mark.asyncio


def event(number: int) -> LiveEvent:
    return LiveEvent(number, "status.global_changed", "{}")


def hub_at(version: int) -> Hub:
    hub = Hub()
    hub.set_state(replace(page_state(), version=version))
    return hub


def tell(hub: Hub, *numbers: int) -> None:
    state = replace(page_state(), version=numbers[-1])
    hub.publish([event(number) for number in numbers], state)


def joined(hub: Hub, last: int | None = None) -> tuple[Any, list[int]]:
    found = hub.join(last)
    assert found is not None
    viewer, first = found
    return viewer, [item.id for item in first]


async def test_a_newcomer_is_told_the_whole_state_first_l01() -> None:
    hub = hub_at(7)

    found = hub.join(None)

    assert found is not None
    assert [(item.id, item.name) for item in found[1]] == [(7, "status.snapshot")]


async def test_nobody_can_join_before_there_is_anything_to_tell() -> None:
    assert Hub().join(None) is None


async def test_who_comes_back_gets_what_was_missed_once_and_in_order_l02() -> None:
    hub = hub_at(7)
    tell(hub, 8, 9, 11)

    _, first = joined(hub, last=8)

    assert first == [9, 11]


async def test_who_missed_nothing_is_told_nothing() -> None:
    hub = hub_at(7)
    tell(hub, 8)

    assert joined(hub, last=8)[1] == []


@pytest.mark.parametrize("last", [3, 10_000])
async def test_too_old_or_never_seen_gets_a_fresh_snapshot_l02(last: int) -> None:
    hub = hub_at(7)
    tell(hub, 8)

    assert joined(hub, last=last)[1] == [8]


async def test_the_ring_forgets_and_says_so() -> None:
    hub = hub_at(0)
    tell(hub, *range(1, RING_SIZE + 11))

    assert joined(hub, last=5)[1] == [RING_SIZE + 10]
    assert len(joined(hub, last=20)[1]) == RING_SIZE - 10


async def test_an_event_that_the_snapshot_already_shows_is_not_told_again() -> None:
    hub = hub_at(7)
    hub.set_state(replace(page_state(), version=8))
    viewer, first = joined(hub)

    tell(hub, 8, 9)

    assert first == [8]
    assert [item.id for item in await viewer.next(0.1)] == [9]


async def test_a_viewer_that_does_not_keep_up_is_sent_away_l05() -> None:
    hub = hub_at(0)
    slow, _ = joined(hub)
    quick, _ = joined(hub)

    for number in range(1, MAX_QUEUED + 2):
        tell(hub, number)
        if number == MAX_QUEUED // 2:
            await quick.next(0.1)

    assert slow.dropped
    assert not quick.dropped
    assert len(slow.events) == MAX_QUEUED


async def test_the_stream_opens_as_l01_and_l05_say() -> None:
    hub = hub_at(7)
    sent: list[Any] = []
    gone = asyncio.Event()

    async def receive() -> Any:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    task = asyncio.create_task(sse.stream(scope("/status/events"), receive, send, hub=hub))
    await asyncio.sleep(0.01)
    tell(hub, 8)
    await asyncio.sleep(0.01)
    gone.set()
    await task

    headers = dict(sent[0]["headers"])
    assert headers[b"content-type"] == b"text/event-stream"
    assert headers[b"cache-control"] == b"no-cache"
    assert headers[b"x-accel-buffering"] == b"no"
    assert sent[1]["body"].startswith(b"retry: 3000\n\nid: 7\nevent: status.snapshot\ndata: {")
    assert sent[2]["body"] == b"id: 8\nevent: status.global_changed\ndata: {}\n\n"
    assert hub.viewers == set()


async def test_silence_is_filled_with_keep_alives_l05(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "KEEP_ALIVE", 0.01)
    sent: list[bytes] = []
    filled = asyncio.Event()

    async def receive() -> Any:
        await filled.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message.get("body", b""))
        if sent[-1] == b": keep-alive\n\n":
            filled.set()

    await sse.stream(scope("/status/events"), receive, send, hub=hub_at(1))

    assert b": keep-alive\n\n" in sent


async def test_l06_two_thousand_viewers_hear_of_a_change_by_the_same_bytes() -> None:
    """The hub's share of a second: it makes one event, and hands its bytes to each.
    `make bench ARGS=streams` measures it over sockets."""
    hub = hub_at(7)
    viewers = [joined(hub)[0] for _ in range(2_000)]
    waiting = [asyncio.ensure_future(viewer.next(30.0)) for viewer in viewers]
    await asyncio.sleep(0)

    tell(hub, 8)
    heard = await asyncio.gather(*waiting)

    assert {tuple(each.id for each in events) for events in heard} == {(8,)}
    assert len({id(events[0].sse) for events in heard}) == 1


async def test_one_network_cannot_take_all_places_from_the_others_s13() -> None:
    hub = Hub(4)
    hub.set_state(page_state())
    greedy = [hub.join(None, network="a") for _ in range(4)]
    assert all(greedy)

    assert hub.join(None, network="a") is None
    newcomer = hub.join(None, network="b")

    assert newcomer is not None
    assert len(hub.viewers) == 4
    dropped = [found[0].dropped for found in greedy if found]
    assert dropped == [False, False, False, True], "the youngest gave way"
    assert hub.join(None, network="b") is not None
    assert hub.join(None, network="b") is None, "now both hold the same"
    assert hub.join(None, network="c") is not None


async def test_who_leaves_frees_a_place_s13() -> None:
    hub = Hub(1)
    hub.set_state(page_state())
    viewer, _ = joined(hub)

    hub.leave(viewer)
    hub.leave(viewer)

    assert joined(hub)


async def test_who_was_told_by_a_machine_that_is_ahead_hears_nothing_twice_f_o5() -> None:
    hub = hub_at(7)
    tell(hub, 8)

    viewer, first = joined(hub, last=10)
    tell(hub, 9, 10, 11)

    assert first == []
    assert [item.id for item in await viewer.next(0.1)] == [11]


async def test_who_waits_for_what_never_comes_gets_the_whole_state(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hub_module, "AHEAD_SECONDS", 0.0)
    hub = hub_at(7)
    tell(hub, 8)

    viewer, _ = joined(hub, last=10)
    told = [item.id for item in await viewer.next(PATIENCE)]
    tell(hub, 9)

    assert told == [8]
    assert [item.id for item in await viewer.next(0.1)] == [9]


async def test_a_hub_that_begins_anew_sends_its_viewers_away_and_replays_nothing() -> None:
    hub = hub_at(7)
    tell(hub, 8)
    viewer, _ = joined(hub)

    hub.restart()
    hub.set_state(replace(page_state(), version=5))

    assert viewer.dropped
    assert joined(hub)[1] == [5]


@pytest.mark.parametrize("comes_first", ["events", "publication"])
async def test_whoever_listens_is_sent_away_when_the_door_changes(comes_first: str) -> None:
    """Events may bring the new state before its publication does: nobody stays then either."""
    hub = Hub()
    before, after = (
        replace(page_state(), face=Face("shop", door=Door(key_version=version)))
        for version in (1, 2)
    )
    hub.set_state(before)
    viewer, _ = joined(hub)

    if comes_first == "events":
        hub.publish([event(10**6)], after)
    hub.set_state(after)

    assert viewer.dropped
    assert not hub.viewers
    assert not viewer.events


@pytest.mark.parametrize("comes_first", ["events", "publication"])
async def test_past_events_are_forgotten_with_what_they_may_name_s2(comes_first: str) -> None:
    """Who named an earlier event was told what a page had said before it selected less."""
    hub = Hub()
    vault, shelf = component("Vault", pk=1), component("Shelf", pk=2)
    whole, less = (
        replace(page_state([group(components=shown)]), version=version)
        for version, shown in ((7, [vault, shelf]), (9, [shelf]))
    )
    hub.set_state(whole)
    hub.publish([event(8)], replace(whole, version=8))

    if comes_first == "events":
        hub.publish([event(9)], less)
    hub.set_state(less)
    found = hub.join(7)

    assert found is not None
    assert [(each.id, each.name) for each in found[1]] == [(9, "status.snapshot")]
    assert "Vault" not in found[1][0].data

"""Deadlines of responses: kept whatever the view does, and never at the price of the others."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from statuspage.edge.problems import problem
from statuspage.server import response_deadline
from statuspage.server.asgi_types import Message
from statuspage.server.response_deadline import ResponseDeadline, is_awaited
from tests.waiting import FOR_EVER, PATIENCE

pytestmark = pytest.mark.asyncio
SOON = 0.05


class Caller:
    """Who asked: keeps what was sent."""

    def __init__(self) -> None:
        self.sent: list[Message] = []

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def statuses(self) -> list[int]:
        return [message["status"] for message in self.sent if "status" in message]


def made(seconds: float) -> ResponseDeadline:
    return ResponseDeadline(seconds, problem(503, "Too slow."))


async def answer(send: Callable[[Message], Any]) -> int:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"done"})
    return 200


async def test_who_is_in_time_is_answered_by_the_view() -> None:
    caller = Caller()

    assert await made(PATIENCE).respond(caller.send, answer) == 200
    assert caller.sent[1]["body"] == b"done"


async def test_a_view_that_hangs_is_left_and_nothing_of_it_is_sent_later_f_t18() -> None:
    caller, released, ended = Caller(), asyncio.Event(), asyncio.Event()
    awaited = []

    async def hang(send: Callable[[Message], Any]) -> int:
        awaited.append(is_awaited())
        await released.wait()
        awaited.append(is_awaited())
        await answer(send)
        ended.set()
        return 200

    status = await made(SOON).respond(caller.send, hang)
    released.set()
    await asyncio.wait_for(ended.wait(), PATIENCE)

    assert status == 503
    assert json.loads(caller.sent[1]["body"])["detail"] == "Too slow."
    assert caller.statuses == [503]
    assert awaited == [True, False]


async def test_a_view_on_a_thread_is_never_waited_for_f_t18() -> None:
    caller = Caller()
    released = asyncio.get_running_loop().create_future()

    async def on_thread(send: Callable[[Message], Any]) -> int:
        try:
            await released
        except asyncio.CancelledError:  # what Django does: it waits for its thread
            await asyncio.sleep(FOR_EVER)
        return await answer(send)

    assert await asyncio.wait_for(made(SOON).respond(caller.send, on_thread), PATIENCE) == 503
    released.set_result(None)


async def test_those_that_hang_are_counted_and_the_next_are_refused_in_time_f_t18(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(response_deadline, "MAX_RUNNING", 2)
    deadline, released, begun = made(SOON), asyncio.Event(), []

    async def hang(send: Callable[[Message], Any]) -> int:
        begun.append(1)
        await released.wait()
        return await answer(send)

    statuses = [await deadline.respond(Caller().send, hang) for _ in range(5)]
    at_work = len(begun)
    released.set()
    await asyncio.wait_for(asyncio.gather(*deadline._running), PATIENCE)
    after = await deadline.respond(Caller().send, answer)

    assert statuses == [503] * 5
    assert at_work == 2
    assert after == 200


async def test_what_a_view_raises_in_time_is_raised() -> None:
    async def fail(_send: Callable[[Message], Any]) -> int:
        raise LookupError("broken")

    with pytest.raises(LookupError, match="broken"):
        await made(PATIENCE).respond(Caller().send, fail)


async def test_a_response_that_has_begun_is_completed() -> None:
    caller, begun = Caller(), asyncio.Event()

    async def slowly(send: Callable[[Message], Any]) -> int:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        begun.set()
        await asyncio.sleep(SOON * 2)
        await send({"type": "http.response.body", "body": b"whole"})
        return 200

    assert await made(SOON).respond(caller.send, slowly) == 200
    assert caller.statuses == [200]
    assert caller.sent[-1]["body"] == b"whole"

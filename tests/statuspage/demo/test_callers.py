"""The demonstration's services that call in: what they send in each state."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http import HTTPStatus

import pytest

from statuspage.demo import http
from statuspage.demo.callers import AGENTS, Agents, Caller, Scheduler
from statuspage.demo.targets import State
from tests.waiting import PATIENCE

pytestmark = pytest.mark.asyncio


@dataclass
class Product:
    """Who is called: keeps what came."""

    url: str = ""
    calls: list[http.Request] = field(default_factory=list)
    wanted: int = 1
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await http.read_request(reader)
            writer.write(http.response_bytes(HTTPStatus.OK, b"OK", to=request))
            await writer.drain()
            self.calls.append(request)
            if len(self.calls) >= self.wanted:
                self.arrived.set()
        except (http.BadRequestError, OSError):
            pass  # the caller was ended
        finally:
            writer.close()

    async def called(self, times: int) -> list[http.Request]:
        self.wanted = times
        await asyncio.wait_for(self.arrived.wait(), PATIENCE)
        return list(self.calls)


@pytest.fixture
async def product() -> AsyncIterator[Product]:
    made = Product()
    server = await asyncio.start_server(made.serve, host="127.0.0.1", port=0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield made
    server.close()
    # What was cut off is closed by the loop.
    await asyncio.sleep(0.05)


def agents(product: Product) -> Agents:
    made = Agents(slug="agents", name="Agents", component="shared-agents", group="shared-agents")
    made.connect(product=lambda: product.url, token="key")
    return made


def scheduler(product: Product) -> Scheduler:
    made = Scheduler(slug="scheduler", name="Scheduler", component="shared-agents")
    made.connect(product=lambda: product.url, key="0123")
    return made


async def test_agents_report_as_readers_each_report_under_a_number_x14(product: Product) -> None:
    caller = agents(product)
    caller.seconds = 0.0
    await caller.open()
    calls = await product.called(AGENTS * 2)
    caller.close()

    reports = [json.loads(call.body) for call in calls]
    assert {call.path for call in calls} == {"/api/v1/readers/heartbeat"}
    assert calls[0].headers["authorization"] == "Bearer key"
    assert len({report["consumer_name"] for report in reports}) == AGENTS
    assert len({report["report_id"] for report in reports}) == len(reports)


@pytest.mark.parametrize(
    ("state", "live"),
    [(State.HEALTHY, 4), (State.SLOW, 3), (State.FAILING, 1), (State.SILENT, 0)],
)
async def test_fewer_agents_report_when_they_are_not_well(
    product: Product, state: State, live: int
) -> None:
    caller = agents(product)
    await caller.set_state(state)

    assert len(caller.reports()) == live


@pytest.mark.parametrize(
    ("state", "paths"),
    [
        (State.HEALTHY, ["/ping/0123"]),
        (State.SLOW, ["/ping/0123"]),
        (State.FAILING, ["/ping/0123/fail"]),
        (State.SILENT, []),
    ],
)
async def test_the_scheduler_pings_its_heartbeat(
    product: Product, state: State, paths: list[str]
) -> None:
    caller = scheduler(product)
    await caller.set_state(state)

    await caller.call(product.url)

    assert [call.path for call in product.calls] == paths


@pytest.mark.parametrize("make", [agents, scheduler])
async def test_a_product_that_is_not_there_yet_is_called_again(
    product: Product, make: object
) -> None:
    caller: Caller = make(product)  # type: ignore[operator]
    there, product.url = product.url, "http://127.0.0.1:9"
    caller.seconds = 0.0
    await caller.open()
    await asyncio.sleep(0.05)
    product.url = there

    assert await product.called(1)
    caller.close()

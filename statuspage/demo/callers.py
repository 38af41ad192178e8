"""The demonstration's services that call in: agents that report as readers, and a scheduler.

They do as docs/integrating.md says, through the product's own listener.
"""

import asyncio
import json
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from statuspage.demo import http
from statuspage.demo.targets import Service, State

AGENTS = 4
AGENT_SECONDS = 2.0
"""Seconds between two reports of an agent; it is dead after three of them."""
PING_SECONDS = 2.0
_LIVE_AGENTS = {State.HEALTHY: AGENTS, State.SLOW: AGENTS - 1, State.FAILING: 1}
"""How many agents report; none in any other state."""


class Caller(Service):
    """A service that calls the product every few seconds, once it is connected."""

    seconds: float

    def __init__(self, *, slug: str, name: str, component: str) -> None:
        super().__init__(slug=slug, name=name, component=component)
        self._product: Callable[[], str] = lambda: ""
        self._task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return self._product()

    async def open(self) -> None:
        self._task = asyncio.create_task(self._work())

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task = None

    async def _work(self) -> None:
        while True:
            if product := self._product():
                # The product may not be there yet, or not any more.
                with suppress(OSError, TimeoutError, http.BadRequestError):
                    await self.call(product)
            await asyncio.sleep(self.seconds)

    async def call(self, product: str) -> None:
        """Call the product at its address, as the state demands."""
        raise NotImplementedError


class Agents(Caller):
    """Agents that report as readers of one consumer group; fewer of them when it is not well."""

    seconds = AGENT_SECONDS

    def __init__(self, *, slug: str, name: str, component: str, group: str) -> None:
        super().__init__(slug=slug, name=name, component=component)
        self.group = group
        self._token = ""

    def connect(self, *, product: Callable[[], str], token: str) -> None:
        """Have the agents report to `product` from now on."""
        self._product, self._token = product, token

    def reports(self) -> list[dict[str, Any]]:
        """Return what the agents that are live report now."""
        return [
            {
                "consumer_name": f"agent-{number}",
                "consumer_groups": [self.group],
                "device": "cpu",
                "model_type": "agent",
                "heartbeat_wait_interval": AGENT_SECONDS,
                "report_id": str(uuid.uuid4()),
            }
            for number in range(1, _LIVE_AGENTS.get(self.state, 0) + 1)
        ]

    async def call(self, product: str) -> None:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        for report in self.reports():
            body = json.dumps(report).encode()
            await http.post(f"{product}/api/v1/readers/heartbeat", body, headers=headers)


class Scheduler(Caller):
    """A job that pings its heartbeat; it tells of failure, or is silent, when it is not well."""

    seconds = PING_SECONDS

    def __init__(self, *, slug: str, name: str, component: str) -> None:
        super().__init__(slug=slug, name=name, component=component)
        self._key = ""

    def connect(self, *, product: Callable[[], str], key: str) -> None:
        """Have the job ping `product` under `key` from now on."""
        self._product, self._key = product, key

    async def call(self, product: str) -> None:
        if self.state is State.SILENT:
            return
        failed = "/fail" if self.state is State.FAILING else ""
        await http.post(f"{product}/ping/{self._key}{failed}")

"""The demonstration's services: most are a real HTTP server each, and all are easily broken."""

import asyncio
import random
import socket
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import suppress
from enum import StrEnum
from http import HTTPStatus

from statuspage.demo import http
from statuspage.server.sockets import ListenError, listen

HOST = "127.0.0.1"
SLOW_SECONDS = 1.5
"""Above the threshold for "degraded" and below the time-out (see `catalogue.py`)."""
PACE_SECONDS = (0.02, 0.09)
"""How long a healthy answer takes, at random: a platform's figures, not those of a loopback."""
MAX_SECONDS = 30.0
"""Seconds after which a silent service closes a connection."""
ALL = "all"


class State(StrEnum):
    """The state of a service: how it responds."""

    HEALTHY = "healthy"
    SLOW = "slow"
    """Answers 200 after `SLOW_SECONDS`."""
    FAILING = "failing"
    """Answers 503 at once."""
    SILENT = "silent"
    """Accepts the connection and never answers."""
    STOPPED = "stopped"
    """Its port is closed."""


_NEXT = {State.HEALTHY: State.FAILING, State.FAILING: State.SLOW}


class PortTakenError(Exception):
    """A stopped service cannot listen again: its port is taken. Stop what has it, try again."""


class UnknownTargetError(LookupError):
    """There is no such service; the message names those there are."""


class Service(ABC):
    """One service. `component` is the slug of the component that it stands for, maybe in part."""

    def __init__(self, *, slug: str, name: str, component: str) -> None:
        self.slug, self.name, self.component = slug, name, component
        self.state = State.HEALTHY

    @property
    @abstractmethod
    def url(self) -> str:
        """Where it is, or whom it calls; '' while that is not known."""

    @abstractmethod
    async def open(self) -> None:
        """Begin to work. Raises PortTakenError."""

    @abstractmethod
    def close(self) -> None:
        """End at once."""

    async def set_state(self, state: State) -> None:
        """Set the state from now on. Raises PortTakenError, and stays stopped."""
        if state is State.STOPPED:
            self.close()
        elif self.state is State.STOPPED:
            await self.open()
        self.state = state

    async def next_state(self) -> None:
        """Advance to the next state: failing, slow, healthy. Raises PortTakenError."""
        await self.set_state(_NEXT.get(self.state, State.HEALTHY))


class Target(Service):
    """A service that is an HTTP server on a port of its own."""

    def __init__(self, *, slug: str, name: str, component: str, port: int = 0) -> None:
        """Reserves `port`, or any free one when that is taken. Raises ListenError."""
        super().__init__(slug=slug, name=name, component=component)
        self._socket: socket.socket | None = reserve(port)
        self.port = int(self._socket.getsockname()[1])
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        # The path distinguishes a monitor that still watches this service from an edited one.
        return f"http://{HOST}:{self.port}/demo/{self.slug}"

    async def open(self) -> None:
        """Begin to answer. Raises PortTakenError."""
        if self._socket is None:
            try:
                self._socket = listen(host=HOST, port=self.port, option="")
            except ListenError as error:
                raise PortTakenError(f"{self.name} cannot use port {self.port} again") from error
        self._server = await asyncio.start_server(self._serve, sock=self._socket)

    def close(self) -> None:
        """Close the port and all connections."""
        if self._server is not None:
            self._server.close()
        elif self._socket is not None:
            self._socket.close()
        for writer in self._connections:
            writer.transport.abort()
        self._server = self._socket = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        try:
            request = await http.read_request(reader)
            # The client may leave at any moment; that is its way to say it has waited enough.
            with suppress(TimeoutError, OSError):
                async with asyncio.timeout(MAX_SECONDS):
                    await self._answer(request, reader, writer)
        except http.BadRequestError:
            pass
        finally:
            self._connections.discard(writer)
            writer.close()

    async def _answer(
        self, request: http.Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self.state is State.SILENT:
            await reader.read()
            return
        if self.state is State.SLOW:
            await asyncio.sleep(self.slow_seconds)
        elif self.state is State.HEALTHY:
            await asyncio.sleep(random.uniform(*PACE_SECONDS))  # noqa: S311  (no secret)
        if self.state is State.FAILING:
            status, body = HTTPStatus.SERVICE_UNAVAILABLE, f"{self.name} was broken on purpose\n"
        else:
            status, body = self.respond(request)
        writer.write(http.response_bytes(status, body.encode("utf-8"), to=request))
        await writer.drain()

    @property
    def slow_seconds(self) -> float:
        """How long one answer takes when it is slow."""
        return SLOW_SECONDS

    def respond(self, request: http.Request) -> tuple[HTTPStatus, str]:
        """Return what a service that is well answers."""
        return HTTPStatus.OK, f"{self.name} is well\n"


class DemoTargets:
    """The services, in the order of the page."""

    def __init__(self, targets: Iterable[Service]) -> None:
        self._targets = tuple(targets)

    def __iter__(self) -> Iterator[Service]:
        return iter(self._targets)

    def named(self, name: str) -> list[Service]:
        """Return the service `name`, the component's `name`, or all. Raises UnknownTargetError."""
        matches = [item for item in self if name in (item.slug, item.component)]
        if name == ALL:
            matches = list(self)
        if not matches:
            components = {item.component: None for item in self}
            known = {**{item.slug: None for item in self}, **components, ALL: None}
            raise UnknownTargetError(f"There is no service “{name}”; there are: {', '.join(known)}")
        return matches

    async def open(self) -> None:
        for target in self:
            await target.open()

    def close(self) -> None:
        for target in self:
            target.close()


def reserve(port: int) -> socket.socket:
    """Return a listening socket on `port`, or on any free one when that is taken."""
    try:
        return listen(host=HOST, port=port, option="")
    except ListenError:
        return listen(host=HOST, port=0, option="")

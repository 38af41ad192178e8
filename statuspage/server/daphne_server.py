"""daphne on bound sockets: with lifespan events and a Date, which it lacks, known heads answered at
once, and an end that comes in time."""

import asyncio
import logging
import signal
import socket
import time
from collections.abc import Sequence
from email.utils import formatdate
from typing import Any

import uvloop
from twisted.internet import asyncioreactor

# Before daphne is imported, which would install a reactor on a slower loop.
LOOP = uvloop.new_event_loop()
asyncioreactor.install(LOOP)  # type: ignore[no-untyped-call]

from daphne.server import Server  # noqa: E402
from twisted.internet import reactor  # noqa: E402
from twisted.logger import STDLibLogObserver, globalLogPublisher  # noqa: E402

from statuspage.server.asgi_types import Application, Message  # noqa: E402
from statuspage.server.connection_slots import PlaceRegister  # noqa: E402
from statuspage.server.daphne_channel import FastPathChannel, FastPathFactory, PlacedWebSocket  # noqa: E402
from statuspage.server.descriptors import present_places  # noqa: E402
from statuspage.server.response_cache import FastPathApp, Headers  # noqa: E402
from statuspage.server.sockets import (  # noqa: E402
    RESPONSE_GRACE,
    WEBSOCKET_MESSAGE_BYTES,
    force_exit_after_deadline,
)

logger = logging.getLogger(__name__)

LIFESPAN_TIMEOUT = 0.5


class _Lifespan:
    """The application's lifespan, which uvicorn runs of its own accord and daphne does not."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._outbox: asyncio.Queue[Message] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def startup(self) -> None:
        """Start the application. Raises RuntimeError when it cannot start."""
        self._task = asyncio.create_task(self._run())
        response = await self._send_event("lifespan.startup")
        if response["type"] != "lifespan.startup.complete":
            raise RuntimeError(f"the application did not start: {response.get('message', '')}")

    async def shutdown(self) -> None:
        async with asyncio.timeout(LIFESPAN_TIMEOUT):
            await self._send_event("lifespan.shutdown")

    async def _send_event(self, event: str) -> Message:
        await self._inbox.put({"type": event})
        return await self._outbox.get()

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        try:
            await self._app(scope, self._inbox.get, self._outbox.put)
        except Exception as error:
            logger.exception("lifespan of the application failed")
            await self._outbox.put({"type": "lifespan.startup.failed", "message": str(error)})


class _Daphne(Server):  # type: ignore[misc]  # daphne has no types
    """daphne that stops accepting first, ends open streams, then leaves the reactor."""

    def __init__(
        self, app: Application, *, lifespan: _Lifespan, sockets: Sequence[socket.socket]
    ) -> None:
        super().__init__(
            app,
            # It insists on an endpoint; but its own kind for descriptors is deaf to IPv6.
            endpoints=["adopted"],
            ready_callable=self._adopt,
            signal_handlers=False,
            server_name="",
            websocket_max_message_size=WEBSOCKET_MESSAGE_BYTES,
            websocket_max_frame_size=WEBSOCKET_MESSAGE_BYTES,
            verbosity=0,
        )
        self.endpoints: list[str] = []
        self._sockets = sockets
        self._lifespan = lifespan
        self._ports: list[Any] = []
        self._ending: asyncio.Task[None] | None = None
        self.register = PlaceRegister(present_places().connections)
        self.common: Headers = []
        """The headers that every response carries; another list each second."""

    def create_application(self, protocol: Any, scope: Any) -> Any:
        if scope["type"] == "http" and isinstance(protocol.channel, FastPathChannel):
            protocol.channel.learn(scope)
        return super().create_application(protocol, scope)

    async def handle_reply(self, protocol: Any, message: Any) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*self.common, *message.get("headers", ())]}
        await super().handle_reply(protocol, message)

    def _update_date(self) -> None:
        now = time.time()
        self.common = [(b"date", formatdate(now, usegmt=True).encode())]
        LOOP.call_later(1 - now % 1, self._update_date)

    def _adopt(self) -> None:
        self._update_date()
        self.ws_factory.protocol = PlacedWebSocket
        for sock in self._sockets:
            sock.setblocking(False)
            factory = self.http_factory
            if isinstance(self.application, FastPathApp):
                factory = FastPathFactory(self, self.application)
            self._ports.append(reactor.adoptStreamPort(sock.fileno(), sock.family, factory))

    def end(self) -> None:
        """Begin to stop; a second call changes nothing."""
        if self._ending is None:
            force_exit_after_deadline()
            self._ending = asyncio.get_running_loop().create_task(self._end())

    def kill_all_applications(self) -> None:
        """Done in `end`; daphne's own stumbles over a connection that is between two requests."""

    async def _end(self) -> None:
        for port in self._ports:
            port.stopListening()
        if running := self._running():
            _, late = await asyncio.wait(running, timeout=RESPONSE_GRACE)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=RESPONSE_GRACE)
        try:
            await self._lifespan.shutdown()
        except Exception:
            logger.exception("the application did not shut down cleanly")
        self.stop()

    def _running(self) -> list[asyncio.Future[None]]:
        instances = (details.get("application_instance") for details in self.connections.values())
        return [instance for instance in instances if instance is not None and not instance.done()]


def serve_with_daphne(app: Application, sockets: Sequence[socket.socket]) -> None:
    """Serve `app` with daphne; see `serve.serve`."""
    # What twisted tells becomes lines of log as all others; daphne itself would drop it.
    globalLogPublisher.addObserver(STDLibLogObserver())  # type: ignore[arg-type]  # it is one
    lifespan = _Lifespan(app)
    server = _Daphne(app, lifespan=lifespan, sockets=sockets)
    # The reactor runs on this loop later; what is begun here goes on there.
    LOOP.run_until_complete(lifespan.startup())
    for number in (signal.SIGTERM, signal.SIGINT):
        LOOP.add_signal_handler(number, server.end)
    server.run()

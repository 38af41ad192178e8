"""uvicorn on bound sockets, with an end that comes in time however many streams are open."""

import asyncio
import signal
import socket
from collections.abc import Sequence
from types import FrameType

import uvicorn

from statuspage.server.asgi_types import Application
from statuspage.server.sockets import (
    BACKLOG,
    RESPONSE_GRACE,
    WEBSOCKET_MESSAGE_BYTES,
    force_exit_after_deadline,
)
from statuspage.server.uvicorn_protocol import FastPathProtocol, PlacedWebSocket

CANCEL_AFTER = 2


class Uvicorn(uvicorn.Server):
    """uvicorn that ends open streams instead of waiting for them, and keeps to a deadline."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            force_exit_after_deadline()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        ending = asyncio.create_task(self._end_streams())
        try:
            await super().shutdown(sockets)
        finally:
            ending.cancel()

    async def _end_streams(self) -> None:
        """Close what is still open: to the application it is like a viewer who left.

        Left to itself uvicorn would cancel each stream after a timeout, with a traceback for
        each of thousands.
        """
        await asyncio.sleep(RESPONSE_GRACE)
        for connection in list(self.server_state.connections):
            connection.transport.close()
        await asyncio.sleep(RESPONSE_GRACE)
        for connection in list(self.server_state.connections):
            connection.transport.abort()


def build_config(app: Application) -> uvicorn.Config:
    """Return the configuration with which uvicorn serves the product."""
    return uvicorn.Config(
        app,
        interface="asgi3",
        loop="uvloop",
        http=FastPathProtocol,
        ws=PlacedWebSocket,
        ws_max_size=WEBSOCKET_MESSAGE_BYTES,
        # A compression window per viewer costs more memory than short messages save.
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        # A line for each request that cannot be parsed would let anybody fill the disk.
        log_level="error",
        access_log=False,
        server_header=False,
        # Whom to believe about forwarded addresses is the edge's to decide.
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=CANCEL_AFTER,
    )


def serve_with_uvicorn(app: Application, sockets: Sequence[socket.socket]) -> None:
    """Serve `app` with uvicorn; see `serve.serve`."""
    server = Uvicorn(build_config(app))
    # uvicorn raises the signal again when it is done; this keeps a clean stop at exit code 0,
    # and catches a signal that comes before uvicorn listens for it.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)
    try:
        server.run(sockets=list(sockets))
    except SystemExit as error:
        raise RuntimeError("the application did not start") from error

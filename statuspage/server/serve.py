"""Serving of the ASGI application on sockets that are bound already, with uvicorn or daphne.

Both listeners live in one event loop; the application distinguishes them by `scope["server"]`.
On SIGTERM a server accepts nothing more, finishes what it is answering, ends the open streams
and is gone within `EXIT_DEADLINE` seconds, whatever the application does.
"""

import importlib
import socket
from collections.abc import Sequence

from statuspage.server.asgi_types import Application
from statuspage.server.gc_tuning import collect_seldom

SERVERS = ("uvicorn", "daphne")


def serve(*, server: str, application: str, sockets: Sequence[socket.socket]) -> None:
    """Serve `application` ("module:attribute") on `sockets` until SIGTERM or SIGINT.

    Must be called in the main thread. Raises RuntimeError if the application cannot start.
    """
    module, _, attribute = application.partition(":")
    app: Application = getattr(importlib.import_module(module), attribute)
    collect_seldom()
    # Imported only now: either brings much along that the other, and `up`, have no use for.
    if server == "uvicorn":
        # Either brings much along that the other, and `up`, do not need.
        from statuspage.server.uvicorn_server import serve_with_uvicorn  # noqa: PLC0415

        serve_with_uvicorn(app, sockets)
    elif server == "daphne":
        # Either brings much along that the other, and `up`, do not need.
        from statuspage.server.daphne_server import serve_with_daphne  # noqa: PLC0415

        serve_with_daphne(app, sockets)
    else:
        raise ValueError(f"{server} is not one of " + ", ".join(SERVERS))

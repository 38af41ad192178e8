"""A edge with one page on a real server; it counts what went past the short way.

As a program it is like `toy_asgi`: `known_heads_site SERVER` prints its public and its management
port and serves. `/counts` tells how often the edge was called and what was served in all;
`/newer` publishes another page.
"""
# ruff: noqa: T201  (it speaks to the test through its standard output)

import importlib
import json
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

import django

from statuspage.publishing import rendered
from statuspage.server.serve import serve
from statuspage.server.sockets import listen

django.setup()

from statuspage.edge.app import EdgeApp  # noqa: E402
from statuspage.edge.listeners import MANAGEMENT  # noqa: E402
from statuspage.server.request_counter import SERVED  # noqa: E402
from tests.statuspage.page_states import page as page_state  # noqa: E402


class Counting(EdgeApp):
    calls = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.calls += scope["type"] == "http" and scope["path"] != "/counts"
        await super().__call__(scope, receive, send)


async def behind(scope: Any, receive: Any, send: Any) -> None:
    while (message := await receive()).get("more_body"):
        pass
    if message["type"] == "http.disconnect":
        return
    body = b"behind"
    if scope["path"] == "/counts":
        body = json.dumps({"called": app.calls, "served": SERVED.total}).encode()
    elif scope["path"] == "/newer":
        now = page_state()
        newer = replace(now, version=now.version + 1, built_at=now.built_at + timedelta(hours=1))
        app.pages.install(rendered.build(newer))
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


app = Counting(behind)
app._started = True
app.pages.install(rendered.build(page_state()))


def main() -> None:
    sockets = [listen(host="127.0.0.1", port=0, option="--port") for _ in range(2)]
    ports = [sock.getsockname()[1] for sock in sockets]
    # The server serves what it imports by name, not what this program has made.
    served = importlib.import_module("tests.statuspage.known_heads_site")
    served.app._listeners = {ports[1]: MANAGEMENT}
    print(*ports, flush=True)
    serve(server=sys.argv[1], application="tests.statuspage.known_heads_site:app", sockets=sockets)


if __name__ == "__main__":
    main()

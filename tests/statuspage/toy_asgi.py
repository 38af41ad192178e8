"""A small ASGI application for the tests of the servers, served as they serve the real one.

As a program it binds two sockets, prints their ports and serves: `toy_asgi SERVER [APPLICATION]`.
"""
# ruff: noqa: T201  (it speaks to the test through its standard output)

import asyncio
import json
import sys
from typing import Any

from statuspage.server.serve import serve
from statuspage.server.sockets import listen

State = dict[str, Any]
SEEN: State = {"lifespan": []}


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Tells what it was asked, or streams for ever, politely or not."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": str(scope["server"][1])})
        await receive()
    elif scope["path"] == "/stream":
        await stream(receive, send)
    elif scope["path"] == "/rude":
        await begin(send)
        await asyncio.Event().wait()
    elif scope["path"] == "/slow":
        await begin(send)
        await asyncio.sleep(0.3)
        await send({"type": "http.response.body", "body": b"data: 2\n\n"})
    elif scope["path"] == "/block":
        await answer(scope, send)
        asyncio.get_running_loop().run_in_executor(None, __import__("time").sleep, 3600)
    else:
        await answer(scope, send)


async def broken(scope: Any, receive: Any, send: Any) -> None:
    """An application that cannot start."""
    assert scope["type"] == "lifespan"
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no snapshot"})


async def lifespan(receive: Any, send: Any) -> None:
    for step in ("startup", "shutdown"):
        message = await receive()
        assert message["type"] == f"lifespan.{step}"
        SEEN["lifespan"].append(step)
        print(step, flush=True)
        await send({"type": f"lifespan.{step}.complete"})


async def answer(scope: Any, send: Any) -> None:
    body = json.dumps(
        {"server": scope["server"], "client": scope["client"], "lifespan": SEEN["lifespan"]}
    ).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def begin(send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})


async def stream(receive: Any, send: Any) -> None:
    await begin(send)
    while (await receive())["type"] != "http.disconnect":
        pass
    print("stream ended", flush=True)


def main() -> None:
    sockets = [listen(host="127.0.0.1", port=0, option="--port") for _ in range(2)]
    print(*(sock.getsockname()[1] for sock in sockets), flush=True)
    name = sys.argv[2] if len(sys.argv) > 2 else "app"
    serve(server=sys.argv[1], application=f"tests.statuspage.toy_asgi:{name}", sockets=sockets)
    print("clean", flush=True)


if __name__ == "__main__":
    main()

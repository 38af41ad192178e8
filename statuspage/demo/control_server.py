"""The control server: breaks and repairs services by URL. GET never changes anything."""

import asyncio
import json
import socket
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from statuspage.demo import http
from statuspage.demo.targets import DemoTargets, PortTakenError, Service, State, UnknownTargetError

_HOW = "POST /NAME/STATE changes, GET / tells."


class ControlServer:
    """A server on its own listener. `on_change` is called with every service that was changed."""

    def __init__(self, *, targets: DemoTargets, on_change: Callable[[Service], None]) -> None:
        self._targets = targets
        self._on_change = on_change

    async def open(self, listener: socket.socket) -> asyncio.Server:
        return await asyncio.start_server(self._serve, sock=listener)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await http.read_request(reader)
            status, body = await self._respond(request)
            headers = {"Allow": "POST"} if status is HTTPStatus.METHOD_NOT_ALLOWED else {}
            shown = json.dumps(body, ensure_ascii=False, indent=2).encode() + b"\n"
            writer.write(
                http.response_bytes(
                    status, shown, to=request, content_type="application/json", headers=headers
                )
            )
            await writer.drain()
        except (http.BadRequestError, OSError):
            pass
        finally:
            writer.close()

    async def _respond(self, request: http.Request) -> tuple[HTTPStatus, dict[str, Any]]:
        if request.path == "/" and request.method in ("GET", "HEAD"):
            services = [_describe(target) for target in self._targets]
            return HTTPStatus.OK, {"services": services, "states": [*State], "help": _HOW}
        words = request.path.strip("/").split("/")
        try:
            targets = self._targets.named(words[0])
        except UnknownTargetError as error:
            return HTTPStatus.NOT_FOUND, {"error": f"{error}. {_HOW}"}
        if len(words) != 2 or words[1] not in [*State]:
            return HTTPStatus.BAD_REQUEST, {
                "error": f"“{'/'.join(words[1:])}” is not a state; write one of {', '.join(State)}."
            }
        if request.method != "POST":
            return HTTPStatus.METHOD_NOT_ALLOWED, {"error": f"{request.method} changes nothing."}
        return await self._set_state(targets, State(words[1]))

    async def _set_state(
        self, targets: list[Service], state: State
    ) -> tuple[HTTPStatus, dict[str, Any]]:
        for target in targets:
            former = target.state
            try:
                await target.set_state(state)
            except PortTakenError as error:
                return HTTPStatus.CONFLICT, {"error": f"{error}: stop who has it and try again."}
            if state is not former:
                self._on_change(target)
        return HTTPStatus.OK, {"services": [_describe(target) for target in targets]}


def _describe(target: Service) -> dict[str, Any]:
    return {
        "name": target.slug,
        "title": target.name,
        "component": target.component,
        "state": target.state,
        "url": target.url,
    }

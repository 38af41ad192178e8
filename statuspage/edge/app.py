"""The edge: answers everything that must be fast or must not fail, before Django.

It guards what lies behind it: `root_path` is forced empty (daphne takes it from a header that
anybody may send), and request bodies are counted as they arrive.
"""

import asyncio
import logging
from collections.abc import Awaitable
from time import perf_counter
from typing import TYPE_CHECKING

from django.conf import settings

from components.values import request_id
from statuspage.access.client_scheme import set_forwarded_scheme
from statuspage.edge import (
    api_requests,
    body_limits,
    listeners,
    management_listener,
    negotiation,
    pings,
)
from statuspage.edge.body_limits import Receive, forward_within_limits
from statuspage.edge.document_cache import DocumentCache
from statuspage.edge.live import sse, ws
from statuspage.edge.live.hub import Hub
from statuspage.edge.live.journal_follower import JournalFollower, watch_age
from statuspage.edge.maintenance_gate import Gate
from statuspage.edge.not_found import with_pages
from statuspage.edge.outage.database_guard import DatabaseGuard
from statuspage.edge.outage.first_snapshot import first_snapshot
from statuspage.edge.pages import PublicPages, Send
from statuspage.edge.problems import problem
from statuspage.edge.request_identity import identified
from statuspage.edge.sites import PAGE, Site, Sites, moved_to, ready_response
from statuspage.edge.strict_transport import StrictTransport
from statuspage.edge.system_status import SystemStatusEndpoint
from statuspage.edge.token_cache import TokenCache
from statuspage.edge.translated_page import TranslatedPage
from statuspage.mcp.endpoint import McpEndpoint
from statuspage.pages.face import FACE, MAIN
from statuspage.publishing import disk_copy, snapshot
from statuspage.publishing.rendered import Snapshot
from statuspage.server import peer_processes
from statuspage.server.asgi_types import Application, ResponsePair, Scope
from statuspage.server.descriptors import present_places
from statuspage.server.loop_lag import LAG
from statuspage.server.request_counter import Cell
from statuspage.server.response_cache import Headers

if TYPE_CHECKING:
    from statuspage.edge.metrics.exposition import Exposition

log = logging.getLogger(__name__)


class EdgeApp:
    """The ASGI application of all listeners."""

    def __init__(self, inner: Application) -> None:
        self._inner = inner
        self._started = False
        self._follower: JournalFollower | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._listeners = listeners.listener_by_port(settings.STATUSPAGE)
        self._echo = settings.STATUSPAGE.echo
        self._deadlines = listeners.response_deadlines(settings.STATUSPAGE)
        self._transport = StrictTransport()
        self._guard = DatabaseGuard(self._is_database_away)
        self._limit = settings.STATUSPAGE.body_size_limit_bytes
        self.pages = PublicPages()
        self.sites = Sites(self.pages)
        self.translated = TranslatedPage()
        self.documents = DocumentCache(self.pages)
        self.gate = Gate(self.pages)
        self.tokens = TokenCache()
        self.system = SystemStatusEndpoint(self.pages, self.tokens)
        self.hub = Hub(present_places().streams)
        self.ping_endpoint = pings.PingEndpoint()
        self.mcp = McpEndpoint()
        self._expositions: dict[str, Exposition] = {}
        """By whose names they are."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "lifespan":
            await self._lifespan(receive, send)
            return
        if not self._started:
            self._start(disk_copy.read())
        if kind == "http":
            set_forwarded_scheme(scope)
            send = self._transport.on_send(scope, send)
            site = None if self._listener(scope) else self.sites.of(scope)
            if site is None:
                await self._http(scope, receive, send)
            else:
                await self._serve_site(site, scope, receive, send)
        elif scope["path"] == ws.PATH and not self._listener(scope) and self._socket(scope):
            scope["root_path"] = ""
            set_forwarded_scheme(scope)
            await self._inner(scope, receive, send)
        else:
            # Closed before it is accepted, which is a 403; the router would raise.
            await receive()
            await send({"type": "websocket.close"})

    @property
    def max_body_bytes(self) -> int:
        """See `FastPathApp`."""
        return self._limit

    @property
    def too_long_response(self) -> ResponsePair:
        """See `FastPathApp`."""
        return body_limits.too_long(self._limit)

    def fields_of_refusal(self, headers: Headers) -> Headers:
        """See `FastPathApp`: Strict-Transport-Security, where a proxy said that it was HTTPS."""
        scope: Scope = {"scheme": "http", "headers": headers}
        set_forwarded_scheme(scope)
        return self._transport.fields(scope)

    def takes_any_length(self, path: str) -> bool:
        """See `FastPathApp`: a ping counts however much comes with it."""
        return path.startswith(pings.PREFIXES)

    @property
    def edition(self) -> object:
        """See `FastPathApp`; an immediate response changes with the published page alone."""
        return self.pages.edition

    def immediate_response(self, scope: Scope) -> ResponsePair | None:
        """Return the response that the published page and the request's head decide, or None."""
        if self._echo or self._listener(scope):
            return None
        site = self.sites.of(scope)
        if site is None:
            pair = ready_response(scope, self.pages)
        elif site.moved or self.sites.depends_on_address(site.face):
            return None
        else:
            pair = self.sites.refuse(site, scope) or ready_response(site.scope(scope), site.pages)
        if pair is None:
            return None
        set_forwarded_scheme(scope)
        return self._transport.on_pair(scope, pair)

    def counted_by(self, scope: Scope, status: int) -> Cell:
        """See `FastPathApp`."""
        return api_requests.cell(scope, status, self._listener(scope))

    def normalised_head(self, head: bytes) -> bytes:
        """See `FastPathApp`: a random query string makes no other request."""
        return negotiation.strip_idle_query(head)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        started_at, listener, path = perf_counter(), self._listener(scope), scope["path"]
        if self._echo:
            request_id.begin(request_id.request_id_of(scope["headers"]))
            log.info(
                "%s %s %s", listener or "public", scope["method"], listeners.loggable_path(path)
            )
        if listener and listener != listeners.INTERNAL:
            await self._serve_operators(listener, scope, receive, send)
        elif not listeners.is_served(listener, path):
            for message in problem(404, "Here are agents, readers and heartbeats only."):
                await send(message)
        elif (response := await self._prepared(scope, listener)) is not None:
            for message in response:
                await send(message)
            api_requests.count(scope, started_at, status=response[0]["status"], listener=listener)
        elif path == "/status/events":
            await sse.stream(scope, receive, send, hub=self.hub)
        elif path.startswith(pings.PREFIXES):
            status = await self.ping_endpoint.respond(scope, receive, send)
            api_requests.count(scope, started_at, status=status, listener=listener)
        else:
            scope["root_path"] = ""
            status = await self._forward(scope, receive, send)
            api_requests.count(scope, started_at, status=status, listener=listener)

    async def _serve_site(self, site: Site, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a page besides `main`."""
        started_at, inner = perf_counter(), site.scope(scope)
        response = moved_to(site.moved) if site.moved else None
        response = response or self.sites.refuse(site, scope)
        if response is None and site.path == "/status/events":
            await sse.stream(
                scope,
                receive,
                send,
                hub=self._hub_of(site),
                until=self.sites.pass_until(site.face, scope) or 0.0,
                private=site.face.is_private,
            )
            return
        if response is None:
            response = (
                ready_response(inner, site.pages)
                or Gate(site.pages).respond(inner)
                or await self._document(inner, site.pages)
            )
        if response is None:
            inner["root_path"] = ""
            status = await self._forward(inner, receive, send)
        else:
            status = response[0]["status"]
            for message in response:
                await send(message)
        api_requests.count(inner, started_at, status=status, listener="")

    def _hub_of(self, site: Site) -> Hub:
        snapshot = site.pages.snapshot
        # Before its first publication nobody can join.
        return Hub(0) if snapshot is None else self.hub.room(snapshot.state)

    async def _prepared(self, scope: Scope, listener: str) -> ResponsePair | None:
        """Return what needs no Django: ready as it stands, or a public document."""
        ready = self._ready(scope)
        if ready is not None or listener:
            return ready
        return await self._document(scope, self.pages)

    async def _document(self, scope: Scope, pages: PublicPages) -> ResponsePair | None:
        """Return what is made on demand: the page in another language, or a document of it."""
        if scope["path"] in PAGE:
            return await self.translated.respond(scope, pages)
        return await self.documents.respond(scope, pages)

    def _ready(self, scope: Scope) -> ResponsePair | None:
        """Return the response that waits for nothing; None where there is none."""
        return (
            ready_response(scope, self.pages)
            or self.system.respond(scope)
            or self.gate.respond(scope)
            or self.gate.refuse(scope)
        )

    def _socket(self, scope: Scope) -> bool:
        """Give a socket the hub of the page that it is for; return whether it may listen there."""
        site = self.sites.of(scope)
        slug = ws.page_param(scope["query_string"])
        if site is None and slug and (page := self.sites.named(slug)) is not None:
            site = Site(page[1], page[0], scope["path"])
        if site is None:
            scope[ws.HUB] = self.hub
            return slug in ("", MAIN)
        until = self.sites.pass_until(site.face, scope)
        scope[ws.HUB], scope[ws.UNTIL] = self._hub_of(site), until or 0.0
        return until is not None

    async def _serve_operators(
        self, listener: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Serve the management and readiness listeners."""
        if path := listeners.readiness_path(listener):
            await management_listener.respond_readiness(scope, send, pages=self.pages, path=path)
        else:
            await management_listener.respond(
                scope, receive, send, pages=self.pages, metrics=self._metrics, mcp=self.mcp
            )

    def _metrics(self, names: str) -> bytes:
        """Return the text of `/metrics?names=`; on a thread."""
        exposition = self._expositions.get(names)
        if exposition is None:
            # Only who asks for metrics needs the client library: it costs memory.
            from statuspage.edge.metrics.exposition import Exposition  # noqa: PLC0415

            streams = self.hub.seats.viewers
            exposition = Exposition(self.pages, streams=lambda: len(streams), names=names)
            self._expositions[names] = exposition
        return exposition.text()

    def _listener(self, scope: Scope) -> str:
        """Return which special listener this came to; '' for the public one."""
        server = scope.get("server")
        return self._listeners.get(server[1], "") if server is not None else ""

    async def _forward(self, scope: Scope, receive: Receive, send: Send) -> int:
        """Pass a request on to Django; return the status that was sent."""
        # Here alone: what comes from memory carries no id, for it is the same for everybody.
        with identified(scope, send) as send_identified:
            return await self._forward_identified(scope, receive, send_identified)

    async def _forward_identified(self, scope: Scope, receive: Receive, send: Send) -> int:
        missing = self.documents.missing
        if (face := scope.get(FACE)) is None:
            scope = {**scope, FACE: self.sites.main_face()}
        elif page := self.sites.named(face.slug):
            missing = self.documents.missing_on(page[1])
        send = with_pages(missing, scope, send)

        def forward(send: Send) -> Awaitable[int]:
            return forward_within_limits(self._inner, scope, receive, send, max_bytes=self._limit)

        deadline = self._deadlines.get(scope["path"])
        if deadline is not None:
            return await deadline.respond(send, forward)
        return await self._guard.respond(scope, send, forward)

    def _is_database_away(self) -> bool:
        return self._follower is not None and self._follower.is_database_away()

    def _start(self, stored: Snapshot | None) -> None:
        """Show what was published last, then follow the journal."""
        self._started = True
        if stored is not None:
            self.pages.install(stored)
            self.hub.set_state(stored.state)
        loop = asyncio.get_running_loop()
        # What is published in this very process (by the admin, say) is served at once.
        snapshot.on_publish(self.pages.install)
        self._follower = JournalFollower(
            pages=self.pages, hub=self.hub, loop=loop, tokens=self.tokens
        )
        self._follower.start()
        self.ping_endpoint.ping_writer.start_on(loop)
        self._tasks.add(loop.create_task(watch_age(self.pages)))
        self._tasks.add(loop.create_task(LAG.watch()))
        if (sibling := peer_processes.here()) is not None:
            self._tasks.add(
                loop.create_task(sibling.mark_for_ever(lambda: len(self.hub.seats.viewers)))
            )

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            event = (await receive())["type"]
            if event == "lifespan.startup":
                if not self._started:
                    self._start(await first_snapshot())
                await send({"type": "lifespan.startup.complete"})
            elif event == "lifespan.shutdown":
                if self._follower is not None:
                    self._follower.stop()
                    self.ping_endpoint.ping_writer.stop()
                self.mcp.stop()
                for task in self._tasks:
                    task.cancel()
                await send({"type": "lifespan.shutdown.complete"})
                return

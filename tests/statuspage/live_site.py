"""A small real server for browser tests: the page, and a stream that the test speaks on."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from statuspage.renderers.html.appearance.brand import own_policy
from statuspage.renderers.html.csp import CONTENT_SECURITY_POLICY
from statuspage.renderers.html.render import render_page
from statuspage.state.page_state import PageState

ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE = 30_000
"""Milliseconds that a browser gets for what takes it a hundredth of that."""


def now(state: PageState, *, version: int = 1, age: float = 0) -> PageState:
    """The same page as if it had been built `age` seconds ago."""
    built_at = datetime.now(UTC) - timedelta(seconds=age)
    return replace(
        state, version=version, built_at=built_at, checked_at=built_at - timedelta(seconds=2)
    )


@dataclass
class Site:
    """What the server says; a test changes it while a browser looks."""

    state: PageState
    url: str = ""
    stale: bool = False
    streaming: bool = True
    skew_seconds: float = 0.0
    """How far the server's clock is ahead of the browser's."""
    streams_opened: int = 0
    streams_refused: int = 0
    others: dict[str, Callable[[PageState], bytes]] = field(default_factory=dict)
    """How pages beside the main one are made, by path."""
    events: list[bytes] = field(default_factory=list)
    spoken: threading.Condition = field(default_factory=threading.Condition)

    def say(self, name: str, number: int) -> None:
        """Send one event to every open stream."""
        with self.spoken:
            self.events.append(f"id: {number}\nevent: {name}\ndata: {{}}\n\n".encode())
            self.spoken.notify_all()

    def cut(self) -> None:
        """End every stream and refuse new ones."""
        with self.spoken:
            self.streaming = False
            self.spoken.notify_all()


class _Handler(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        if self.path == "/status/events":
            self._stream()
        elif (make := self.site.others.get(self.path)) is not None:
            body = make(self.site.state)
            self._head(200, "text/html; charset=utf-8", len(body))
            self.wfile.write(body)
        elif self.path.split("?")[0] == "/status":
            body = render_page(self.site.state, stale=self.site.stale)
            self._head(200, "text/html; charset=utf-8", len(body))
            self.wfile.write(body)
        else:
            self._head(404, "text/plain", 0)

    def _head(self, status: int, content_type: str, length: int | None) -> None:
        self.send_response_only(status)
        self.send_header("Date", formatdate(time.time() + self.site.skew_seconds, usegmt=True))
        self.send_header("Content-Type", content_type)
        policy = own_policy(self.site.state.appearance) or CONTENT_SECURITY_POLICY
        self.send_header("Content-Security-Policy", policy)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _stream(self) -> None:
        if not self.site.streaming:
            self.site.streams_refused += 1
            return self._head(503, "text/plain", 0)
        self._head(200, "text/event-stream", None)
        said = len(self.site.events)
        self.site.streams_opened += 1
        snapshot = f"id: {self.site.state.version}\nevent: status.snapshot\ndata: {{}}\n\n"
        self.wfile.write(f"retry: 200\n\n{snapshot}".encode())
        while self.site.streaming:
            fresh = self.site.events[said:]
            said += len(fresh)
            try:
                self.wfile.write(b"".join(fresh) or b": still here\n\n")
            except OSError:
                break
            with self.site.spoken:
                if len(self.site.events) == said and self.site.streaming:
                    self.site.spoken.wait(timeout=0.5)
        return None

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing: a browser's requests are not a test's output."""


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    """Serve `site` on a free port of 127.0.0.1 until the block ends."""
    handler = type("Handler", (_Handler,), {"site": site})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}/status"
    try:
        yield site
    finally:
        site.cut()
        server.shutdown()
        thread.join()
        server.server_close()

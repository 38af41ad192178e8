"""Answers for every public document beside the main page: from memory, or made on first demand.

What the read model tells is made without a database; older pages are gathered from it, in threads
of their own, once for all who ask at the same time. While the database is away the last known bytes
are answered, or a 503 that says so; after one failure nobody waits for it for some seconds.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import connection

from statuspage.edge import negotiation
from statuspage.edge.pages import OPEN, PreparedResponse, PublicPages, prepare, refuse_method
from statuspage.edge.problems import problem
from statuspage.publishing import archive, documents
from statuspage.publishing.documents import Document
from statuspage.publishing.rendered import variant
from statuspage.server.asgi_types import Message, ResponsePair, Scope
from statuspage.state.page_state import PageState

log = logging.getLogger(__name__)

KEPT = 512
"""Documents kept, each in three encodings: at some 30 kB a page that is 15 MB at the very most."""
WAITING = 64
"""Documents under way at the same time; whoever asks for yet another is told to come back."""
PATIENCE = 2.0
"""Seconds that a reader waits for the database."""
AVOIDED = 5.0
"""Seconds for which a database that did not answer is not asked again."""
FIGURES_SECONDS = 300
"""How old the figures of an older page may be when nothing has happened."""

_NOTHING: Message = {"type": "http.response.body", "body": b""}
_MISSING = problem(404, "There is nothing here.", headers=OPEN)
_LATER = problem(
    503,
    "The records cannot be reached at the moment; /status is up to date as far as is known.",
    headers=[(b"retry-after", b"5"), *OPEN],
)


@dataclass(slots=True)
class _Kept:
    mark: Hashable
    answers: dict[str, PreparedResponse]


class DocumentCache:
    def __init__(self, pages: PublicPages, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._pages, self._clock = pages, clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._under_way: dict[tuple[str, Hashable], asyncio.Future[Document | None]] = {}
        # Two kinds, so that a database that hangs holds up nothing that can do without it.
        self._from_memory = ThreadPoolExecutor(1, thread_name_prefix="documents")
        self._from_records = ThreadPoolExecutor(2, thread_name_prefix="archive")
        self._avoid_until = 0.0

    async def answer(self, scope: Scope) -> ResponsePair | None:
        """The answer, or None for a path that is no document's."""
        path = scope["path"].rstrip("/")
        asked = archive.parse_path(path, scope["query_string"])
        if asked is None and not documents.is_ours(path):
            return None
        if scope["method"] not in ("GET", "HEAD"):
            return refuse_method(scope["method"])
        snapshot = self._pages.snapshot
        if snapshot is None:
            return _LATER
        state = snapshot.state
        ready = self._ready(path, (snapshot.version, snapshot.built_at)) if asked is None else None
        if ready is None and documents.is_ours(path):
            made = await self._made(path, state)
            ready = self._keep(path, (snapshot.version, snapshot.built_at), made)
        if ready is None:
            # What the read model does not tell of (any more) may be in the records.
            asked = asked or archive.find_in_records(path)
            if asked is None:
                return _MISSING
            return await self._from_archive(asked, state, scope)
        return _chosen(ready, scope)

    async def _made(self, path: str, state: PageState) -> Document | None:
        return await self._once(
            (path, state.built_at), self._from_memory, lambda: documents.document(path, state)
        )

    async def _from_archive(
        self, asked: archive.ArchiveRequest, state: PageState, scope: Scope
    ) -> ResponsePair:
        if not asked.is_shown(state):
            # Also while the database is away: what was hidden since is not the last known state.
            self._kept.pop(asked.key, None)
            return _MISSING
        key = asked.key
        mark = (state.version, int(state.built_at.timestamp()) // FIGURES_SECONDS)
        ready = self._ready(key, mark)
        if ready is not None:
            return _chosen(ready, scope)
        if self._clock() < self._avoid_until or len(self._under_way) >= WAITING:
            return self._last_known(key, scope)
        try:
            made = await asyncio.wait_for(
                self._once((key, mark), self._from_records, lambda: _gathered(asked, state)),
                PATIENCE,
            )
        # The edge: the last copy is served, whatever happened.
        except Exception as error:  # noqa: BLE001
            self._avoid_until = self._clock() + AVOIDED
            log.warning("an older page could not be made: %s: %s", type(error).__name__, error)
            return self._last_known(key, scope)
        ready = self._keep(key, mark, made)
        return _MISSING if ready is None else _chosen(ready, scope)

    def _last_known(self, key: str, scope: Scope) -> ResponsePair:
        kept = self._kept.get(key)
        return _chosen(kept.answers, scope) if kept else _LATER

    async def _once(
        self,
        key: tuple[str, Hashable],
        threads: ThreadPoolExecutor,
        make: Callable[[], Document | None],
    ) -> Document | None:
        """Have it made by one thread, for everybody who waits for it."""
        future = self._under_way.get(key)
        if future is None:
            future = asyncio.get_running_loop().run_in_executor(threads, make)
            self._under_way[key] = future
            future.add_done_callback(lambda done: self._done(key, done))
        # One reader who goes away does not take it from the others.
        return await asyncio.shield(future)

    def _done(self, key: tuple[str, Hashable], done: "asyncio.Future[Document | None]") -> None:
        self._under_way.pop(key, None)
        if not done.cancelled():
            done.exception()  # looked at, also when nobody waits for it any more

    def _ready(self, key: str, mark: Hashable) -> dict[str, PreparedResponse] | None:
        kept = self._kept.get(key)
        return kept.answers if kept is not None and kept.mark == mark else None

    def _keep(
        self, key: str, mark: Hashable, made: Document | None
    ) -> dict[str, PreparedResponse] | None:
        if made is None:
            # Hidden since: its last bytes are nothing to fall back on.
            self._kept.pop(key, None)
            return None
        kept = self._kept.get(key)
        if kept is None or kept.mark != mark:
            kept = _Kept(mark, prepare(variant(made.content_type, made.body), made.policy))
            self._kept[key] = kept
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return kept.answers


def _gathered(asked: archive.ArchiveRequest, state: PageState) -> Document | None:
    try:
        return asked.make(state)
    finally:
        # The thread may be asked again in an hour: an idle connection is nobody's.
        connection.close()


def _chosen(answers: dict[str, PreparedResponse], scope: Scope) -> ResponsePair:
    accept_encoding = if_none_match = b""
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            accept_encoding = value
        elif name == b"if-none-match":
            if_none_match = value
    answer = answers[negotiation.encoding(accept_encoding)]
    if if_none_match and negotiation.is_known(if_none_match, answer.etag):
        return answer.unchanged, _NOTHING
    return answer.start, answer.body if scope["method"] == "GET" else _NOTHING

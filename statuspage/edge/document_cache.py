"""Serves every public document beside the main page: from memory, or made on first demand.

What the read model holds is made without a database; older pages are gathered from it, in threads
of their own, once for all who ask at the same time. While the database is away the last known bytes
are answered, or a 503 that says so; after one failure it is not waited for during some seconds.
"""

import asyncio
import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from django.db import connection

from components.languages.words import Words
from statuspage.access.client_address import address_of_scope, network_of
from statuspage.edge import negotiation, slug_redirects
from statuspage.edge.known_references import KnownReferences
from statuspage.edge.not_found import MissingPages
from statuspage.edge.pages import (
    CORS_HEADERS,
    PreparedResponse,
    PublicPages,
    in_languages,
    refuse_method,
    select,
)
from statuspage.edge.problems import problem
from statuspage.pages.face import MAIN
from statuspage.publishing import archive, documents
from statuspage.publishing.archive import Withdrawn
from statuspage.publishing.documents import Document
from statuspage.publishing.rendered import variant
from statuspage.renderers.html.missing_page import WITHDRAWN
from statuspage.server.asgi_types import GIVES_WAY, Message, ResponsePair, Scope
from statuspage.state.languages import words_for
from statuspage.state.page_state import PageState

log = logging.getLogger(__name__)

MAX_DOCUMENTS = 512
"""Documents kept, each in three encodings: at some 30 kB a page that is 15 MB at the very most."""
MAX_IN_PROGRESS = 64
"""Older pages that are made at the same time; a request for yet another gets a 503."""
RECORDS_TIMEOUT = 2.0
"""Seconds that a reader waits for the database."""
BACKOFF_SECONDS = 5.0
"""Seconds for which a database that did not answer is not asked again."""
GUESS_SECONDS = 0.25
"""How long the answer to a reference that never was is kept back."""
FIGURES_SECONDS = 300
"""How old the figures of an older page may be when nothing has happened."""

_EMPTY_BODY: Message = {"type": "http.response.body", "body": b""}
_UNAVAILABLE = problem(
    503,
    "The records cannot be reached at the moment; /status is up to date as far as is known.",
    headers=[(b"retry-after", b"5"), *CORS_HEADERS],
)


class _BusyError(Exception):
    """The records are not asked just now: too many ask, or they did not answer lately."""


@dataclass(slots=True)
class _CachedDocument:
    """A document's responses by encoding, and the version that they are of."""

    version: Hashable
    responses: dict[str, PreparedResponse]
    selected: tuple[int, ...] | None
    """What its page selected then."""


class DocumentCache:
    """The responses of documents, made once for each state of the page."""

    def __init__(self, pages: PublicPages, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._pages, self._clock = pages, clock
        self.missing = MissingPages(pages)
        self._missing: WeakKeyDictionary[PublicPages, MissingPages] = WeakKeyDictionary()
        """Those of other pages."""
        self._cache: OrderedDict[str, _CachedDocument] = OrderedDict()
        self._in_progress: dict[
            tuple[str, Hashable], asyncio.Future[Document | Withdrawn | None]
        ] = {}
        # Two kinds, so that a database that hangs holds up nothing that can do without it.
        self._memory_threads = ThreadPoolExecutor(1, thread_name_prefix="documents")
        self._records_threads = ThreadPoolExecutor(2, thread_name_prefix="archive")
        self._backoff_until = 0.0
        self._references = KnownReferences()
        self._asking: Counter[str] = Counter()
        """How many requests of each network wait for the records."""

    def missing_on(self, pages: PublicPages) -> MissingPages:
        """Return the answers of a page for what is not there."""
        if pages is self._pages:
            return self.missing
        if pages not in self._missing:
            self._missing[pages] = MissingPages(pages)
        return self._missing[pages]

    async def respond(  # noqa: PLR0911  (one for each that may have a say)
        self, scope: Scope, pages: PublicPages | None = None
    ) -> ResponsePair | None:
        """Return the response; None for a path that is no document's.

        `pages` is another page than `main`; the path is written as `main` would have it.
        """
        pages = pages or self._pages
        path = scope["path"].rstrip("/")
        if pages.snapshot is not None and scope["method"] in ("GET", "HEAD"):
            moved = slug_redirects.redirect(scope, pages.snapshot.state)
            if moved is not None:
                return moved
        archived = archive.parse_path(path, scope["query_string"])
        if archived is None and not documents.is_document_path(path):
            return None
        if scope["method"] not in ("GET", "HEAD"):
            return refuse_method(scope["method"])
        snapshot = pages.snapshot
        if snapshot is None:
            return _UNAVAILABLE
        state = snapshot.state
        by_header = archived is not None or documents.chooses_language(path)
        language = negotiation.language_of(scope, state.languages, by_header=by_header)
        key, version = _key(state, path, language), (snapshot.version, snapshot.built_at)
        responses = self._cached(key, version) if archived is None else None
        if (
            responses is None
            and documents.is_document_path(path)
            and documents.may_be_in_read_model(path, state)
        ):
            document = await self._rendered(path, state, language)
            responses = self._store(key, version, document, state, language)
        if responses is None:
            # What the read model does not hold (any more) may be in the records.
            archived = archived or archive.find_in_records(path)
            missing = self.missing_on(pages)
            if archived is None:
                return missing.respond(scope)
            return await self._from_archive(archived, state, scope, missing, language)
        return select(responses, scope)

    async def _rendered(self, path: str, state: PageState, language: str) -> Document | None:
        found = await self._shared(
            (_key(state, path, language), state.built_at),
            self._memory_threads,
            lambda: documents.document(path, state, words_for(state, language)),
        )
        return None if isinstance(found, Withdrawn) else found

    async def _from_archive(
        self,
        archived: archive.ArchiveRequest,
        state: PageState,
        scope: Scope,
        missing: MissingPages,
        language: str,
    ) -> ResponsePair:
        key = _key(state, archived.key, language)
        if not archived.is_shown(state):
            # Also while the database is away: what was hidden since is not the last known state.
            self._cache.pop(key, None)
            return missing.respond(scope)
        version = (state.version, int(state.built_at.timestamp()) // FIGURES_SECONDS)
        responses = self._cached(key, version)
        if responses is not None:
            return select(responses, scope)
        try:
            async with asyncio.timeout(RECORDS_TIMEOUT):
                document = await self._read(archived, state, version, scope, language)
        except _BusyError:
            return self._last_known(key, scope, state)
        # The edge: the last copy is served, whatever happened.
        except Exception as error:  # noqa: BLE001
            self._backoff_until = self._clock() + BACKOFF_SECONDS
            log.warning("an older page could not be made: %s: %s", type(error).__name__, error)
            return self._last_known(key, scope, state)
        if isinstance(document, Withdrawn):
            self._cache.pop(key, None)
            return missing.respond(scope, WITHDRAWN)
        responses = self._store(key, version, document, state, language)
        return missing.respond(scope) if responses is None else select(responses, scope)

    async def _read(
        self,
        archived: archive.ArchiveRequest,
        state: PageState,
        version: Hashable,
        scope: Scope,
        language: str,
    ) -> Document | Withdrawn | None:
        """Have an older page made. Raises _BusyError, and what keeps the records from us."""
        if self._clock() < self._backoff_until:
            raise _BusyError
        reference, key = archived.reference, (_key(state, archived.key, language), version)
        if reference and not await self._references.has(reference, version=state.version):
            # Guessing costs the guesser time. Nobody is led to what never was.
            scope[GIVES_WAY] = True
            await asyncio.sleep(GUESS_SECONDS)
            return None
        if key in self._in_progress:  # its readers take one place, however many there are
            return await self._shared(key, self._records_threads, lambda: None)
        if not self._has_room(scope):
            raise _BusyError
        with self._place(scope):
            words = words_for(state, language)
            return await self._shared(
                key, self._records_threads, lambda: _gather(archived, state, words)
            )

    def _has_room(self, scope: Scope) -> bool:
        """Return whether one more may wait for the records: not all places are for one network."""
        asking = self._asking.total()
        near = self._asking[network_of(address_of_scope(scope))]
        return asking < MAX_IN_PROGRESS // 2 or (
            asking < MAX_IN_PROGRESS and near < MAX_IN_PROGRESS // 8
        )

    @contextmanager
    def _place(self, scope: Scope) -> Iterator[None]:
        network = network_of(address_of_scope(scope))
        self._asking[network] += 1
        try:
            yield
        finally:
            self._asking[network] -= 1
            if not self._asking[network]:
                del self._asking[network]

    def _last_known(self, key: str, scope: Scope, state: PageState) -> ResponsePair:
        cached = self._cache.get(key)
        if cached is None or cached.selected != state.face.component_ids:
            return _UNAVAILABLE
        return select(cached.responses, scope)

    async def _shared(
        self,
        key: tuple[str, Hashable],
        threads: ThreadPoolExecutor,
        make: Callable[[], Document | Withdrawn | None],
    ) -> Document | Withdrawn | None:
        """Have it made by one thread, for all requests that wait for it."""
        future = self._in_progress.get(key)
        if future is None:
            future = asyncio.get_running_loop().run_in_executor(threads, make)
            self._in_progress[key] = future
            future.add_done_callback(lambda done: self._done(key, done))
        # One reader who goes away does not take it from the others.
        return await asyncio.shield(future)

    def _done(
        self, key: tuple[str, Hashable], done: "asyncio.Future[Document | Withdrawn | None]"
    ) -> None:
        self._in_progress.pop(key, None)
        if not done.cancelled():
            done.exception()  # looked at, also when no request waits for it any more

    def _cached(self, key: str, version: Hashable) -> dict[str, PreparedResponse] | None:
        cached = self._cache.get(key)
        return cached.responses if cached is not None and cached.version == version else None

    def _store(
        self,
        key: str,
        version: Hashable,
        document: Document | None,
        state: PageState,
        language: str,
    ) -> dict[str, PreparedResponse] | None:
        if document is None:
            # Hidden since: its last bytes are nothing to fall back on.
            self._cache.pop(key, None)
            return None
        cached = self._cache.get(key)
        if cached is None or cached.version != version:
            body = variant(document.content_type, document.body)
            responses = in_languages(body, state, language, document.policy)
            cached = _CachedDocument(version, responses, state.face.component_ids)
            self._cache[key] = cached
        self._cache.move_to_end(key)
        while len(self._cache) > MAX_DOCUMENTS:
            self._cache.popitem(last=False)
        return cached.responses


def _key(state: PageState, path: str, language: str) -> str:
    """Return under what a document of a page in a language is kept; `@` stands in no path."""
    return f"{'' if state.face.slug == MAIN else state.face.slug + ':'}{path}@{language}"


def _gather(
    archived: archive.ArchiveRequest, state: PageState, words: Words
) -> Document | Withdrawn | None:
    try:
        return archived.make(state, words)
    finally:
        # The thread may be asked again in an hour: an idle connection is of no use.
        connection.close()

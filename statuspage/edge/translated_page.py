"""Renders the main page in the languages that readers ask for, once for each snapshot and language.

What is published is the page in its own language alone, so that no publication takes longer for
there being others. The first reader of another one waits while it is rendered from the very state
that was published, on a thread; from then on it is as ready as the rest, until the next snapshot.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from statuspage.edge import negotiation
from statuspage.edge.pages import PreparedResponse, PublicPages, in_languages, page_in, select
from statuspage.publishing.rendered import HTML, Snapshot, variant
from statuspage.renderers.html.render import render_page
from statuspage.server.asgi_types import ResponsePair, Scope
from statuspage.state.languages import words_for

_Responses = dict[str, PreparedResponse]


class TranslatedPage:
    """Makes what `PublicPages.status` lacks."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="languages")
        self._in_progress: dict[tuple[object, ...], asyncio.Future[_Responses]] = {}

    async def respond(self, scope: Scope, pages: PublicPages) -> ResponsePair | None:
        """Return the page in the language that is asked for, once it is rendered."""
        snapshot, edition = pages.snapshot, pages.edition
        if snapshot is None:
            return None
        key = negotiation.language_of(scope, pages.languages)
        if not key:
            return pages.status(scope)
        responses = await self._rendered(snapshot, key)
        pages.add(edition, page_in(key), responses)
        return select(responses, scope)

    async def _rendered(self, snapshot: Snapshot, key: str) -> _Responses:
        """Return the responses, made by one thread for all who wait for them."""
        asked = (snapshot.state.face.slug, snapshot.version, snapshot.built_at, snapshot.stale, key)
        future = self._in_progress.get(asked)
        if future is None:
            loop = asyncio.get_running_loop()
            future = loop.run_in_executor(self._threads, render, snapshot, key)
            self._in_progress[asked] = future
            future.add_done_callback(lambda _: self._in_progress.pop(asked))
        return await asyncio.shield(future)


def render(snapshot: Snapshot, key: str) -> _Responses:
    """Return the responses of a snapshot's page in a language, by encoding."""
    state = snapshot.state
    html = render_page(state, stale=snapshot.stale, words=words_for(state, key))
    return in_languages(variant(HTML, html), state, key)

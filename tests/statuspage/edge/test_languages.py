"""The page in the language that a reader asks for, rendered once and never mixed up."""

from dataclasses import replace

import pytest

from statuspage.edge import negotiation
from statuspage.edge.pages import PublicPages
from statuspage.edge.translated_page import TranslatedPage
from statuspage.publishing.rendered import build
from statuspage.server.asgi_types import ResponsePair, Scope
from tests.statuspage.public_pages import partial_outage

OFFERED = ("en", "de")


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        (b"", b"", ""),
        (b"", b"en-GB,en;q=0.9", ""),
        (b"", b"de-AT,de;q=0.9,en;q=0.8", "de"),
        (b"", b"nl, de;q=0.5, en;q=0.4", "de"),
        (b"", b"de;q=0, *", ""),
        (b"lang=de", b"en", "de"),
        (b"lang=en", b"de", "en"),
        (b"lang=xx", b"de", "de"),
    ],
)
def test_a_request_says_its_language(query: bytes, accepted: bytes, language: str) -> None:
    assert negotiation.language(query, accepted, OFFERED) == language


def test_a_page_of_one_language_looks_at_no_header() -> None:
    assert negotiation.language(b"lang=de", b"de", ("en",)) == ""


def test_a_query_that_names_a_language_is_part_of_the_known_head() -> None:
    head = b"GET /status?lang=de HTTP/1.1\r\n\r\n"

    assert negotiation.strip_idle_query(head) == head


async def test_the_page_is_rendered_in_a_language_when_somebody_asks() -> None:
    pages, translated = PublicPages(), TranslatedPage()
    pages.install(build(replace(partial_outage(), languages=OFFERED)))
    scope = _request(b"de")

    assert pages.status(scope) is None
    first = await translated.respond(scope, pages)

    assert first is not None
    assert first == pages.status(scope)
    assert b'lang="de"' in first[1]["body"]
    assert b'href="/status/history?lang=de"' in first[1]["body"]
    headers = dict(first[0]["headers"])
    assert headers[b"vary"] == b"Accept, Accept-Encoding, Accept-Language"
    assert headers[b"content-language"] == b"de"


async def test_a_newer_page_is_not_answered_with_an_older_translation() -> None:
    pages, translated = PublicPages(), TranslatedPage()
    state = replace(partial_outage(), languages=OFFERED)
    pages.install(build(state))
    edition = pages.edition
    older = await translated.respond(_request(b"de"), pages)
    pages.install(build(replace(state, version=state.version + 1)))

    assert older is not None
    pages.add(edition, "page.html@de", {})
    assert pages.status(_request(b"de")) is None


def test_english_is_what_it_was() -> None:
    one = build(partial_outage()).bodies["page.html"]
    scope = _request(b"en")
    pages = PublicPages()
    pages.install(build(partial_outage()))
    response: ResponsePair | None = pages.status(scope)

    assert response is not None
    assert response[1]["body"] == one.identity
    assert dict(response[0]["headers"])[b"vary"] == b"Accept, Accept-Encoding"


def _request(language: bytes) -> Scope:
    headers = [(b"accept", b"text/html"), (b"accept-language", language)]
    return {"type": "http", "method": "GET", "path": "/status", "query_string": b"",
            "headers": headers}  # fmt: skip

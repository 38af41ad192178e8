"""F-O9: behind a proxy with TLS every answer says so, and only a proxy of ours is believed."""

from io import BytesIO
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest

from statuspage.access.client_scheme import is_forwarded_https
from statuspage.edge.app import EdgeApp
from statuspage.publishing import rendered
from statuspage.server.head_limits import too_large
from statuspage.server.response_cache import ResponseCache
from tests.statuspage.asgi import Answer, ask, scope
from tests.statuspage.page_states import page as page_state

HSTS = "strict-transport-security"
PATHS = [
    "/",
    "/status",
    "/status/api",
    "/status.txt",
    "/status/nothing-here",
    "/api/v1/x",
    "/ping/x",
]


class Behind:
    """What stands where Django does; it keeps what Django would make of the request."""

    def __init__(self) -> None:
        self.secure: list[bool] = []

    async def __call__(self, asked: Any, receive: Any, send: Any) -> None:
        self.secure.append(ASGIRequest(asked, BytesIO()).is_secure())
        headers = [(b"strict-transport-security", b"max-age=1")] if "own" in asked["path"] else []
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"behind"})


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, behind: Behind) -> Any:
    """Make an edge, as settings with these values would have it."""

    def make(*, proxies: int = 1, seconds: int = 31_536_000) -> EdgeApp:
        monkeypatch.setattr(settings, "SECURE_HSTS_SECONDS", seconds)
        monkeypatch.setattr(settings.STATUSPAGE, "num_proxies", proxies)
        made = EdgeApp(behind)
        made._started = True
        made.pages.install(rendered.build(page_state()))
        return made

    return make


@async_to_sync
async def fetch(edge: EdgeApp, path: str, *forwarded: str) -> Answer:
    asked = scope(path)
    asked["headers"] += [(b"x-forwarded-proto", each.encode()) for each in forwarded]
    return await ask(edge, asked)


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_it_behind_a_proxy_with_tls_f_o9(site: Any, path: str) -> None:
    edge = site()

    assert fetch(edge, path, "https").headers[HSTS] == "max-age=31536000"
    assert HSTS not in fetch(edge, path, "http").headers
    assert HSTS not in fetch(edge, path).headers


@pytest.mark.django_db
def test_it_is_nowhere_without_a_trusted_proxy_or_an_https_address_f_o9(
    site: Any, behind: Behind
) -> None:
    assert HSTS not in fetch(site(proxies=0), "/status", "https").headers
    assert HSTS not in fetch(site(proxies=0), "/admin/", "https").headers
    assert behind.secure == [False]
    assert HSTS not in fetch(site(seconds=0), "/status", "https").headers


def test_django_hears_of_it_and_its_own_header_stands_alone_f_o9(site: Any, behind: Behind) -> None:
    edge = site()

    assert fetch(edge, "/admin/own", "https").headers[HSTS] == "max-age=1"
    fetch(edge, "/admin/", "http")
    assert behind.secure == [True, False]


def test_a_head_that_is_known_is_answered_with_it_f_o9(site: Any) -> None:
    edge = site()
    cache, common = ResponseCache(edge), [(b"date", b"now")]
    heads = {word: f"GET /status HTTP/1.1\r\nx-forwarded-proto: {word}\r\n\r\n".encode()
             for word in ("https", "http")}  # fmt: skip
    for word, head in heads.items():
        cache.learn(head, {**scope("/status", x_forwarded_proto=word)}, common)

    secure, plain = (cache.find(heads[word], common) for word in ("https", "http"))

    assert secure is not None
    assert plain is not None
    assert HSTS.encode() in secure[0]
    assert HSTS.encode() not in plain[0]
    assert secure[1] == plain[1]


@pytest.mark.parametrize(
    ("forwarded", "proxies", "secure"),
    [
        ("https", 0, False),
        ("", 1, False),
        ("https", 1, True),
        ("HTTPS ", 1, True),
        ("http", 1, False),
        ("gopher", 1, False),
        ("https, http", 1, False),  # the first word is the caller's own
        ("http,https", 1, True),
        ("https", 2, True),  # the inner one passed it on
        ("https, http", 2, True),  # TLS ends at the outer one
        ("https, http, http", 2, False),
        (",", 1, False),
    ],
)
def test_whose_word_counts_f_o9(forwarded: str, proxies: int, secure: bool) -> None:
    assert is_forwarded_https(forwarded, proxies=proxies) is secure


def test_what_the_server_refuses_by_itself_has_it_too_f_o9(site: Any) -> None:
    edge = site()
    secure = edge.fields_of_refusal([(b"x-forwarded-proto", b"https")])

    assert secure == [(HSTS.encode(), b"max-age=31536000")]
    assert b"\r\n%s: max-age=31536000\r\n" % HSTS.encode() in too_large(secure)
    assert edge.fields_of_refusal([(b"x-forwarded-proto", b"http")]) == []
    assert edge.fields_of_refusal([]) == []
    assert site(proxies=0).fields_of_refusal([(b"x-forwarded-proto", b"https")]) == []

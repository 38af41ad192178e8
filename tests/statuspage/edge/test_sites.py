"""The page of a request, and the doors of private pages: the same whatever answers behind."""

import asyncio
import gzip
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import brotli
import pytest
from django.contrib.auth.hashers import make_password

from statuspage.access import passes
from statuspage.asgi import application
from statuspage.edge.app import EdgeApp
from statuspage.pages.face import Door, Face
from statuspage.publishing import rendered
from statuspage.server.response_cache import ResponseCache
from statuspage.state.selection import shown_on
from tests.statuspage.asgi import Answer, ask, scope
from tests.statuspage.pages.fleet import fleet, foreign_words, word

PASSWORD = "correct horse"
SHOP = Face("shop", "Shop", component_ids=(1, 2))
HOSTED = Face("hosted", "Hosted", hosts=("status.hosted.example",), component_ids=(3,))
DOOR = Door(
    password=make_password(PASSWORD),
    networks=("198.51.100.0/24",),
    mail_domains=("example.net",),
)
INNER = Face("inner", "Inner", component_ids=(5,), door=DOOR)
PLAIN = Face("plain", "Plain", component_ids=(6,), door=Door(password=DOOR.password))
DIALECTS = (
    *("", ".txt", "/api", "/feed.atom", "/feed.rss", "/calendar.ics", "/badge.svg", "/uptime.svg"),
    *(
        "/banner",
        "/banner.js",
        "/history",
        "/gate",
        "/check",
        "/events",
        "/subscribe",
        "/preview-degraded.png",
    ),
    *("/incidents/INC-2026-001", "/maintenance/MAINT-2026-002", "/components/zqcomponent5qz"),
    *("/api/v2/summary.json", "/api/v2/incidents.json", "/components/zqcomponent5qz/feed.atom"),
    "/nothing-here",
)


def installed(*faces: Face, later: float = 0) -> EdgeApp:
    made = EdgeApp(application._inner)
    made._started = True
    install(made, *faces)
    return made


def install(app: EdgeApp, *faces: Face) -> None:
    state = fleet(*faces)
    shown = tuple(rendered.build(shown_on(state, face)) for face in faces)
    app.pages.install(replace(rendered.build(state), pages=shown))


@pytest.fixture(scope="module")
def app() -> EdgeApp:
    return installed(SHOP, HOSTED, INNER, PLAIN)


def get(app: EdgeApp, path: str, **more: Any) -> Answer:
    return asyncio.run(ask(app, scope(path, **more)))


def cookie(face: Face, *, until: float | None = None) -> dict[str, str]:
    pass_ = passes.make_pass(face, until=int(until or time.time() + 60))
    return {"cookie": f"a=b; {passes.COOKIE}{face.slug}={pass_}"}


def test_a_page_lies_below_and_says_nothing_of_others(app: EdgeApp) -> None:
    page = get(app, "/status/p/shop", headers={"accept": "text/html"})
    told = json.loads(get(app, "/status/p/shop").body)
    feed = get(app, "/status/p/shop/feed.atom")

    assert (page.status, feed.status) == (200, 200)
    assert [each["id"] for each in told["services"]] == [word("component", 1), word("component", 2)]
    said = page.body + feed.body
    assert [each for each in foreign_words((1, 2)) if each.encode() in said] == []


def test_pages_besides_main_are_kept_packed_and_read_in_every_encoding(app: EdgeApp) -> None:
    """The body as it is takes five times as much memory as both packed ones."""
    kept = app.pages.others["shop"].snapshot
    main = app.pages.snapshot
    assert kept is not None
    assert main is not None
    assert {body.whole for body in kept.bodies.values()} == {None}
    assert None not in {body.whole for body in main.bodies.values()}

    told = {
        encoding: get(app, "/status/p/shop", headers={"accept": "text/html", **named})
        for encoding, named in (
            ("identity", {}),
            ("br", {"accept-encoding": "br"}),
            ("gzip", {"accept-encoding": "gzip"}),
        )
    }

    plain = told["identity"].body
    assert brotli.decompress(told["br"].body) == gzip.decompress(told["gzip"].body) == plain
    assert [int(each.headers["content-length"]) for each in told.values()] == [
        len(each.body) for each in told.values()
    ]


def test_a_page_leads_to_its_own_sign_up(app: EdgeApp) -> None:
    page = get(app, "/status/p/shop", headers={"accept": "text/html"})

    assert b'href="/status/p/shop/subscribe"' in page.body
    assert b'href="/status/subscribe"' not in page.body


def test_main_is_what_it_was_beside_other_pages(app: EdgeApp) -> None:
    alone = installed()
    for path in ("/status", "/status/api", "/api/v2/summary.json"):
        for accept in ("text/html", "application/json"):
            asked = {"headers": {"accept": accept}}
            beside, before = get(app, path, **asked), get(alone, path, **asked)
            assert (beside.body, beside.headers) == (before.body, before.headers), path


def test_a_host_shows_its_page_and_no_other(app: EdgeApp) -> None:
    host = {"host": "status.hosted.example:8443"}

    told = json.loads(get(app, "/status", headers=host).body)
    other = get(app, "/status/p/shop", headers={**host, "accept": "text/html"})
    moved = get(app, "/status/p/hosted/feed.atom")

    assert [each["id"] for each in told["services"]] == [word("component", 3)]
    assert other.status == 404
    assert word("component", 1).encode() not in other.body
    assert moved.status == 307
    assert moved.headers["location"].endswith("status.hosted.example/status/feed.atom")


@pytest.mark.parametrize("accept", ["text/html", "*/*"])
def test_nothing_of_a_private_page_is_said_at_its_door(app: EdgeApp, accept: str) -> None:
    answers = {
        path: get(app, f"/status/p/inner{path}", headers={"accept": accept}) for path in DIALECTS
    }

    assert {path: each.status for path, each in answers.items()} == dict.fromkeys(DIALECTS, 401)
    assert {each.headers["cache-control"] for each in answers.values()} == {"no-store"}
    # Whatever is asked for, whether it is there or not, and however the page is.
    assert len({each.body for each in answers.values()}) == 1
    words = {word("component", 5), word("incident", 5), word("window", 2), "etag"}
    said = "".join(f"{each.body!r}{each.headers}" for each in answers.values())
    assert [each for each in words if each in said] == []


def test_who_has_a_pass_is_let_in_and_no_cache_keeps_it(app: EdgeApp) -> None:
    for path in ("", "/feed.atom", "/api/v2/summary.json", "/status.json?", ".txt"):
        answer = get(app, f"/status/p/inner{path.rstrip('?')}", headers=cookie(INNER))
        if answer.status == 404:
            continue
        assert answer.status == 200, path
        assert answer.headers["cache-control"] == "private, no-cache"
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "make_header",
    [
        pytest.param(
            lambda: cookie(PLAIN)["cookie"].replace("plain", "inner"), id="of another page"
        ),
        pytest.param(lambda: cookie(INNER, until=time.time() - 1)["cookie"], id="that has ended"),
        pytest.param(
            lambda: cookie(replace(INNER, door=replace(DOOR, key_version=2)))["cookie"],
            id="of another version",
        ),
        pytest.param(
            lambda: cookie(replace(INNER, identity="00000000-0000-0000-0000-000000000001"))[
                "cookie"
            ],
            id="of a page that had this name",
        ),
        pytest.param(
            lambda: (
                f"{passes.COOKIE}inner={passes.make_link_key(INNER, until=int(time.time() + 60))}"
            ),
            id="a link's key",
        ),
        pytest.param(
            lambda: f"{passes.COOKIE}inner=99999999999.{'0' * 64}", id="with another signature"
        ),
        pytest.param(lambda: f"{passes.COOKIE}inner=", id="empty"),
        pytest.param(lambda: f"{passes.COOKIE}inner=\xff", id="no text"),
    ],
)
def test_what_is_no_pass_opens_nothing(app: EdgeApp, make_header: Callable[[], str]) -> None:
    asked = scope("/status/p/inner")
    asked["headers"].append((b"cookie", make_header().encode("latin-1")))

    assert asyncio.run(ask(app, asked)).status == 401
    assert app.immediate_response(asked) is None


def test_an_address_range_needs_no_pass_and_is_never_answered_by_head_alone(app: EdgeApp) -> None:
    near = scope("/status/p/inner")
    near["client"] = ("::ffff:198.51.100.7", 1)

    assert asyncio.run(ask(app, near)).status == 200
    # The table of known heads does not know who asks.
    assert app.immediate_response(near) is None
    assert get(app, "/status/p/inner").status == 401


@pytest.mark.parametrize("name", ["x-forwarded-for", "forwarded", "via", "x-real-ip"])
def test_a_proxy_that_no_setting_names_is_in_no_range_s17(app: EdgeApp, name: str) -> None:
    asked = scope("/status/p/inner", headers={name: "198.51.100.9", "accept": "application/json"})
    asked["client"] = ("198.51.100.9", 1)

    assert asyncio.run(ask(app, asked)).status == 401


def test_a_known_head_is_forgotten_with_the_version_of_the_key() -> None:
    app, common = installed(PLAIN), [(b"date", b"now")]
    cache = ResponseCache(app)
    asked = scope("/status/p/plain", headers=cookie(PLAIN))
    cache.find(b"head", common)
    cache.learn(b"head", asked, common)
    known = cache.find(b"head", common)

    install(app, replace(PLAIN, door=Door(password=DOOR.password, key_version=2)))

    assert known is not None
    assert cache.find(b"head", common) is None
    assert asyncio.run(ask(app, asked)).status == 401


def form(app: EdgeApp, path: str, body: bytes, **headers: str) -> Answer:
    sent = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html", **headers}
    sent["content-length"] = str(len(body))
    return asyncio.run(ask(app, scope(path, "POST", headers=sent), (body,)))


@pytest.mark.django_db(transaction=True)
class TestWaysIn:
    def test_the_password_gives_a_pass(self, app: EdgeApp) -> None:
        wrong = form(app, "/status/p/inner/door", b"password=wrong")
        right = form(app, "/status/p/inner/door", b"password=correct+horse")
        other_site = form(
            app, "/status/p/inner/door", b"password=correct+horse", sec_fetch_site="cross-site"
        )

        assert (wrong.status, right.status, other_site.status) == (401, 302, 403)
        assert b"Wrong password" in wrong.body
        assert right.headers["location"] == "/status/p/inner"
        held = right.headers["set-cookie"].split(";")[0]
        assert "HttpOnly" in right.headers["set-cookie"]
        assert get(app, "/status/p/inner", headers={"cookie": held}).status == 200

    def test_wrong_passwords_are_limited_as_those_of_the_admin(self, app: EdgeApp) -> None:
        tries = [form(app, "/status/p/plain/door", b"password=wrong").status for _ in range(11)]

        assert tries == [*[401] * 10, 429]
        assert form(app, "/status/p/plain/door", b"password=correct+horse").status == 429

    def test_a_mailbox_of_the_domain_gets_a_link(
        self, app: EdgeApp, mailoutbox: list[Any], send: Callable[..., int]
    ) -> None:
        other = form(app, "/status/p/inner/door", b"email=eve%40example.com")
        sent = form(app, "/status/p/inner/door", b"email=ann%40example.net")

        assert (other.status, sent.status) == (401, 202)
        send()
        (mail,) = mailoutbox
        assert mail.to == ["ann@example.net"]
        assert word("component", 5) not in mail.body
        key = mail.body.partition("/status/p/inner/door/")[2].split()[0]
        followed = get(app, f"/status/p/inner/door/{key}")
        assert followed.status == 302
        held = followed.headers["set-cookie"].split(";")[0]
        assert get(app, "/status/p/inner", headers={"cookie": held}).status == 200
        assert get(app, f"/status/p/plain/door/{key}").status == 401

    def test_a_page_for_everybody_has_no_door(self, app: EdgeApp) -> None:
        assert get(app, "/status/p/shop/door").status == 404
        assert get(app, "/status/door").status == 404

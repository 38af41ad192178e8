"""`robots.txt`, `sitemap.xml` and `security.txt` of every page."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings

from statuspage.config.parsers import contacts
from statuspage.pages.face import Face
from statuspage.renderers import crawling
from statuspage.renderers.html.icons import TAB_COLOURS
from statuspage.renderers.html.layout import shown_status
from tests.statuspage.edge.test_sites import DOOR, HOSTED, SHOP, cookie, get, installed
from tests.statuspage.pages.fleet import fleet, foreign_words, word

INNER = Face("inner", "Inner", component_ids=(5,), door=DOOR)
LOCKED = Face("locked", "L", hosts=("status.locked.example",), component_ids=(6,), door=DOOR)
LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
APP = installed(SHOP, HOSTED, INNER, LOCKED)


@pytest.fixture
def contact() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        value = ("mailto:security@example.com", "https://example.com/report")
        patch.setattr(settings.STATUSPAGE, "security_contact", value)
        yield


def addresses(body: bytes) -> list[str]:
    return [str(each.text) for each in ET.fromstring(body).iter(LOC)]


def test_robots_are_told_of_the_page_s_sitemap_and_of_no_other_page() -> None:
    answer = get(APP, "/robots.txt")

    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    maps = [line for line in answer.body.decode().splitlines() if line.startswith("Sitemap")]
    shown = fleet().site_url.rstrip("/")
    assert maps == [f"Sitemap: {shown}/sitemap.xml"]
    assert b"Disallow: /status/confirm/" in answer.body
    for slug in (b"inner", b"shop", b"hosted"):
        assert slug not in answer.body


def test_a_sitemap_names_what_its_page_shows_at_the_page_s_own_addresses() -> None:
    below = get(APP, "/status/p/shop/sitemap.xml")
    hosted = get(APP, "/sitemap.xml", headers={"host": "status.hosted.example"})
    robots = get(APP, "/robots.txt", headers={"host": "status.hosted.example"})

    found = addresses(below.body)
    assert found[0].endswith("/status/p/shop")
    assert any(each.endswith(f"/status/p/shop/components/{word('component', 1)}") for each in found)
    assert [each for each in foreign_words((1, 2)) if each.encode() in below.body] == []
    assert all(each.split("/")[2].startswith("status.hosted.example") for each in addresses(
        hosted.body
    ))  # fmt: skip
    assert b"status.hosted.example" in robots.body
    assert b"shop" not in robots.body + hosted.body


def test_a_private_page_keeps_robots_out_and_has_no_sitemap() -> None:
    host = {"host": "status.locked.example"}
    robots = get(APP, "/robots.txt", headers=host)

    assert (robots.status, robots.body) == (200, b"User-agent: *\nDisallow: /\n")
    assert get(APP, "/sitemap.xml", headers=host).status == 401
    assert get(APP, "/sitemap.xml", headers={**host, **cookie(LOCKED)}).status == 404
    assert get(APP, "/status/p/inner/sitemap.xml").status == 401


def test_pages_that_ask_not_to_be_listed_have_no_sitemap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "robots", "noindex, nofollow")
    app = installed(SHOP)

    assert b"Sitemap" not in get(app, "/robots.txt").body
    assert get(app, "/sitemap.xml").status == 404


def test_security_contact_is_named_with_its_end(contact: None) -> None:
    app = installed(HOSTED, LOCKED)
    for host in ("", "status.hosted.example", "status.locked.example"):
        asked = {"headers": {"host": host}} if host else {}
        answer = get(app, "/.well-known/security.txt", **asked)
        lines = answer.body.decode().splitlines()
        assert answer.status == 200
        assert lines[:2] == [
            "Contact: mailto:security@example.com",
            "Contact: https://example.com/report",
        ]
        assert re.fullmatch(r"Expires: \d{4}-\d\d-\d\dT00:00:00Z", lines[2])
        assert lines[3].startswith(f"Canonical: https://{host}" if host else "Canonical: http")


def test_there_is_no_security_file_without_a_contact() -> None:
    assert get(APP, "/.well-known/security.txt").status == 404


def test_the_contact_is_good_for_less_than_a_year() -> None:
    body = crawling.security(["tel:+1"], "https://x", built_at=datetime(2026, 1, 1, 9, tzinfo=UTC))

    assert b"Expires: 2026-06-30T00:00:00Z" in body


def test_contacts_are_addresses() -> None:
    assert contacts("security@example.com, https://example.com/x") == (
        "mailto:security@example.com",
        "https://example.com/x",
    )
    for wrong in ("http://example.com", "somebody", "a@b\nExpires: 1"):
        with pytest.raises(ValueError, match="write mail addresses"):
            contacts(wrong)


def test_browsers_get_an_icon_with_the_page_s_status_where_no_head_names_one() -> None:
    answer = get(APP, "/favicon.ico")

    assert answer.status == 200
    assert answer.headers["content-type"] == "image/svg+xml"
    drawing = ET.fromstring(answer.body)
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    assert TAB_COLOURS[shown_status(fleet())].encode() in answer.body

"""Pages by API: doors, looks, links; and tokens that are bound to one page."""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from components.models import Component, JournalEntry
from components.status import Status
from components.values.severity import Severity
from incidents.services import open_incident
from maintenance import services as maintenance
from maintenance.models import Window
from statuspage.access import tokens
from statuspage.access.pages import delete_page, page_face, save_page
from statuspage.access.passes import link_until
from statuspage.api.serializers.pages import AppearanceBody
from statuspage.models import ApiToken, Page
from statuspage.state.appearance_input import NAMES
from subscribers.models import Subscriber
from tests import build
from tests.statuspage.state.test_social_picture import png

pytestmark = pytest.mark.django_db(transaction=True)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><path d="M0 0h4v4z"/></svg>'
ALL = ("status:read", "status:write", "subscribers:read", "subscribers:write", "pages:read",
       "pages:write")  # fmt: skip


def asking(*scopes: str, page: str = "") -> Any:
    key = tokens.create(name=f"t{ApiToken.objects.count()}", scopes=scopes or ALL, page=page)

    def ask(method: str, path: str, body: Any = None, **headers: str) -> Any:
        sent = {} if body is None else {"data": body, "content_type": "application/json"}
        return getattr(Client(), method)(
            f"/api/v1/{path}", headers={"Authorization": f"Bearer {key}", **headers}, **sent
        )

    return ask


@pytest.fixture
def ask() -> Any:
    return asking()


def test_a_page_selects_by_groups_components_and_tags_and_says_where_it_lies(ask: Any) -> None:
    group, component = build.group(), build.component()
    tagged = build.component("API")

    told = ask("patch", f"status/components/{tagged.pk}", {"tags": ["eu", "pay"]}).json()
    made = ask("post", "pages", {
        "slug": "shop", "groups": [group.pk], "components": [component.pk], "tags": ["pay"],
        "hosts": ["Status.Shop.example"], "languages": ["de", "en"],
    })  # fmt: skip

    assert told["tags"] == ["eu", "pay"]
    assert made.status_code == 201, made.content
    page = made.json()
    assert (page["groups"], page["components"], page["tags"]) == (
        [group.pk], [component.pk], ["pay"],
    )  # fmt: skip
    assert page["address"].startswith("http://status.shop.example:")
    assert (page["hosts"], page["languages"]) == (["status.shop.example"], ["de", "en"])
    for wrong, field in (
        ({"groups": [999]}, "groups"), ({"hosts": ["https://x"]}, "hosts"),
        ({"networks": ["0.0.0.0/0"]}, "networks"), ({"parent": "none"}, "parent"),
        ({"slug": "other"}, "slug"), ({"password": "short"}, "password"),
        ({"languages": ["xx"]}, "languages"),
    ):  # fmt: skip
        refused = ask("patch", "pages/shop", wrong)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, field)


def test_main_is_told_and_stays_what_it_is(ask: Any) -> None:
    main = ask("get", "pages/main").json()

    assert (main["everything"], main["private"]) == (True, False)
    assert ask("patch", "pages/main", {"private": True}).status_code == 400
    assert ask("patch", "pages/main", {"tags": ["a"]}).status_code == 400
    assert ask("delete", "pages/main").status_code == 403
    assert ask("patch", "pages/main", {"languages": ["de"]}).json()["languages"] == ["de"]


def test_a_new_password_puts_everybody_out_and_is_told_nowhere(ask: Any) -> None:
    made = ask("post", "pages", {"slug": "shop", "private": True, "password": "correct horse"})

    changed = ask("patch", "pages/shop", {"password": "battery staple"})
    ended = ask("post", "pages/shop/end-passes")
    open_again = ask("patch", "pages/shop", {"password": ""})

    versions = [each.json()["key_version"] for each in (made, changed, ended, open_again)]
    assert versions == sorted(set(versions))
    assert (made.json()["has_password"], open_again.json()["has_password"]) == (True, False)
    journal = json.dumps(list(JournalEntry.objects.values_list("data", flat=True)))
    assert "horse" not in journal
    assert "staple" not in journal


def test_a_look_is_read_changed_and_dropped(ask: Any) -> None:
    ask("post", "pages", {"slug": "shop"})
    look = "pages/shop/appearance"
    before = ask("get", look)

    put = ask("put", look, {"logo": SVG, "accent": "#FFFF00", "show_uptime": False})
    patched = ask("patch", look, {"name": "Store"}, **{"If-Match": put["ETag"]})
    stale = ask("patch", look, {"name": "Other"}, **{"If-Match": put["ETag"]})
    wrong = ask("patch", look, {"accent": "red", "css": "body { color: red }"})

    assert (before.json()["inherited"], put.json()["inherited"]) == (True, False)
    assert ask("get", look, **{"If-None-Match": patched["ETag"]}).status_code == 304
    assert (patched.json()["accent"], patched.json()["name"]) == ("#ffff00", "Store")
    assert "accent" in patched.json()["hard_to_read"]
    assert stale.status_code == 412
    assert {each["field"] for each in wrong.json()["errors"]} == {"accent", "css"}
    assert ask("delete", look).status_code == 204
    assert ask("get", look).json() == before.json()


def test_the_picture_beside_links_goes_with_the_name_that_it_shows(ask: Any) -> None:
    look, picture = "pages/main/appearance", png()
    ask("put", look, {"name": "Store", "social": picture, "social_name": "Store"})

    kept = ask("patch", look, {"intro": "Hello"}).json()
    renamed = ask("patch", look, {"name": "Shop"}).json()

    assert (kept["social"], kept["social_name"]) == (picture, "Store")
    assert (renamed["social"], renamed["social_name"]) == ("", "")


def test_every_field_of_an_appearance_is_in_the_api() -> None:
    assert set(AppearanceBody().fields) == set(NAMES)


def test_a_link_is_told_once_and_lets_in_until_it_ends(ask: Any) -> None:
    ask("post", "pages", {"slug": "shop", "private": True})
    ask("post", "pages", {"slug": "open"})
    at = datetime.now(UTC) + timedelta(days=2)

    made = ask("post", "pages/shop/links", {"expires_at": at.isoformat()})
    again = ask("post", "pages/shop/links", {}, **{"Idempotency-Key": "k"})

    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    key = made.json()["url"].rpartition("/")[2]
    page = Page.objects.get(slug="shop")
    assert link_until(page_face(page), key, now=time.time()) == int(at.timestamp())
    assert ask("post", "pages/shop/links", {}, **{"Idempotency-Key": "k"}).json() == again.json()
    assert key not in json.dumps(list(JournalEntry.objects.values_list("data", flat=True)))
    ask("post", "pages/shop/end-passes")
    page.refresh_from_db()
    assert link_until(page_face(page), key, now=time.time()) is None
    assert ask("post", "pages/open/links", {}).status_code == 400
    late = {"expires_at": "2199-01-01T00:00:00Z"}
    assert ask("post", "pages/shop/links", late).json()["errors"][0]["field"] == "expires_at"


def test_a_link_is_made_by_command() -> None:
    save_page(Page(slug="shop", private=True))
    said = StringIO()

    call_command("page", "link", "shop", "--expires", "3d", stdout=said)
    call_command("page", "list", stdout=said)

    assert re.search(r"/status/p/shop/door/[0-9]+\.[0-9a-f]{64}\n", said.getvalue())
    assert "shop\tprivate\t" in said.getvalue()
    with pytest.raises(CommandError, match="There is no page nope"):
        call_command("page", "link", "nope")


class Shop:
    """A page of one of two components, with something on each side of it."""

    def __init__(self) -> None:
        self.own, self.other = build.component("Own"), build.component("Zqother")
        self.other.depends_on.add(self.own)
        self.own.depends_on.add(build.component("Zqneeded"))
        save_page(Page(slug="shop", private=True), components=[self.own])
        now = datetime.now(UTC)
        self.incidents = {
            name: open_incident(
                title=f"{name} title", message="m", severity=Severity.MAJOR,
                impacts=dict.fromkeys(touched, Status.DEGRADED),
            )
            for name, touched in {
                "own": [self.own],
                "both": [self.own, self.other],
                "zqforeign": [self.other],
                "none": [],
            }.items()
        }  # fmt: skip
        self.windows = {
            name: maintenance.schedule(
                Window(title=f"{name} window", starts_at=now + timedelta(hours=1),
                       ends_at=now + timedelta(hours=2)),
                components=covered, at=now,
            )
            for name, covered in {
                "own": [self.own], "both": [self.own, self.other], "zqforeign": [self.other],
            }.items()
        }  # fmt: skip
        self.ask = asking(page="shop")


@pytest.fixture
def shop() -> Shop:
    return Shop()


READ = ("status/components", "status/groups", "status/incidents", "status/maintenance",
        "announcements", "pages", "status/subscribers")  # fmt: skip


def test_a_bound_token_reads_what_the_page_selects_and_no_name_of_anything_else(
    shop: Shop,
) -> None:
    save_page(Page(slug="zqpage"))
    said = b""
    for path in READ:
        answer = shop.ask("get", path)
        assert answer.status_code == 200, (path, answer.content)
        said += answer.content
    one = shop.ask("get", f"status/maintenance/{shop.windows['own'].pk}")
    said += one.content

    assert b"zq" not in said.lower()
    assert b"own title" in said
    assert b"both title" in said
    assert [each["id"] for each in one.json()["overlaps"]] == [shop.windows["both"].pk]
    both = shop.ask("get", f"status/incidents/{shop.incidents['both'].pk}").json()
    assert (both["components"], list(both["component_statuses"])) == (
        [shop.own.pk], [str(shop.own.pk)],
    )  # fmt: skip
    assert list(both["updates"][0]["component_statuses"]) in ([], [str(shop.own.pk)])
    (component,) = shop.ask("get", "status/components").json()["components"]
    assert (component["id"], component["depends_on"]) == (shop.own.pk, [])
    for path in (
        f"status/components/{shop.other.pk}",
        f"status/incidents/{shop.incidents['zqforeign'].pk}",
        f"status/maintenance/{shop.windows['zqforeign'].pk}", "pages/main", "pages/zqpage",
    ):  # fmt: skip
        assert shop.ask("get", path).status_code == 404, path


def test_a_bound_token_changes_what_touches_the_page_alone(shop: Shop) -> None:
    own, both, none = (shop.incidents[name].pk for name in ("own", "both", "none"))
    update = {"status": "identified", "message": "m"}

    assert shop.ask("post", f"status/incidents/{own}/updates", update).status_code == 201
    for pk in (both, none):
        assert shop.ask("post", f"status/incidents/{pk}/updates", update).status_code == 403
        assert shop.ask("patch", f"status/incidents/{pk}", {"title": "x"}).status_code == 403
        assert shop.ask("delete", f"status/incidents/{pk}").status_code == 403
    window = shop.windows["both"].pk
    assert shop.ask("post", f"status/maintenance/{window}/cancel").status_code == 403
    foreign = {str(shop.other.pk): "degraded"}
    new = {"title": "t", "severity": "minor", "message": "m"}
    for path, body in (
        ("status/incidents", new), ("status/incidents", {**new, "components": [shop.other.pk]}),
        (f"status/incidents/{own}/updates", {**update, "component_statuses": foreign}),
    ):  # fmt: skip
        assert shop.ask("post", path, body).status_code == 400, body
    for ids in ([], [shop.other.pk]):
        named = {"components": ids}
        assert shop.ask("patch", f"status/incidents/{own}", named).status_code == 400
    made = shop.ask("post", "status/incidents", {**new, "components": [shop.own.pk]})
    assert made.status_code == 201


def test_a_bound_token_changes_components_but_not_which_pages_show_them(shop: Shop) -> None:
    path = f"status/components/{shop.own.pk}"

    assert shop.ask("patch", path, {"status_override": "degraded"}).status_code == 200
    closed: dict[str, Any] = {
        "tags": ["a"], "group_id": None, "depends_on": [], "visible": False,
    }  # fmt: skip
    for name, value in closed.items():
        assert shop.ask("patch", path, {name: value}).status_code == 400, name
    assert Component.objects.get(pk=shop.own.pk).depends_on.count() == 1
    assert shop.ask("post", "status/components", {"name": "New"}).status_code == 403
    assert shop.ask("patch", "pages/shop", {"everything": True}).status_code == 403
    assert shop.ask("post", "pages", {"slug": "new"}).status_code == 403
    assert shop.ask("patch", "pages/shop/appearance", {"name": "S"}).status_code == 200
    assert shop.ask("get", "pages/main/appearance").status_code == 404


def test_a_bound_token_announces_on_its_page_and_sees_its_subscribers(shop: Shop) -> None:
    build.subscriber("main@example.org")
    mine = build.subscriber("mine@example.org")
    Subscriber.objects.filter(pk=mine.pk).update(page="shop")

    made = shop.ask("post", "announcements", {"message": "m"})
    other = shop.ask("post", "announcements", {"message": "m", "page": "main"})
    listed = shop.ask("get", "status/subscribers").json()

    assert (made.json()["page"], other.status_code) == ("shop", 403)
    assert ([each["id"] for each in listed["subscribers"]], listed["total"]) == ([mine.pk], 1)
    assert shop.ask("post", "status/subscribers", {"address": "x@example.org"}).status_code == 403


def test_a_bound_token_is_let_in_nowhere_else(shop: Shop) -> None:
    """Every address of the API: what has not been narrowed refuses such a token."""
    known = {f"api/v1/{path}" for path in READ}
    patterns = [each for each in walk(get_resolver()) if each.startswith("api/v1/")]
    refused = 0
    for pattern in patterns:
        if any(pattern.startswith(each) for each in known) and "history" not in pattern:
            continue
        path = re.sub(r"<[^>]+>", "1", pattern.removeprefix("api/v1/"))
        assert shop.ask("get", path).status_code in (403, 405), path
        refused += 1
    assert refused > 20


def walk(resolver: Any, prefix: str = "") -> list[str]:
    found = []
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            found += walk(each, prefix + str(each.pattern))
        elif isinstance(each, URLPattern):
            found.append(prefix + str(each.pattern))
    return found


def test_a_token_of_a_page_has_scopes_that_know_pages_and_ends_with_it() -> None:
    page = save_page(Page(slug="shop"))
    for scope, slug in (("manage", "shop"), ("status:read", "x")):
        with pytest.raises(ValidationError) as refused:
            tokens.create(name="t", scopes=[scope], page=slug)
        assert "page" in refused.value.message_dict
    said = StringIO()
    call_command("token", "t", "--scope", "status:read", "--page", "shop", stdout=said)
    assert ApiToken.objects.get().page == "shop"

    delete_page(page)

    assert not ApiToken.objects.exists()
    assert JournalEntry.objects.filter(kind="token.deleted").exists()

"""What subscribers of a page are told: what it selects, at its address, under its name."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from components.models import Component
from statuspage.access import pages
from statuspage.models import Page
from subscribers import pages as subscribed
from subscribers.delivery.fanout import count_recipients, create_notice, recipients
from subscribers.delivery.matching import Audience, Preferences, matches
from subscribers.delivery.page_facts import facts_on
from subscribers.enums import Kind, Scope
from subscribers.message import ActiveIncident, Change
from subscribers.models import Delivery, Subscriber
from subscribers.pages import SubscribedPage
from tests import build
from tests.mailserver import Script
from tests.subscribers.news import CHANGE, INCIDENT, WINDOW

SITE = "https://status.example.org/status"
SHOP = SubscribedPage(
    "shop",
    "The shop",
    f"{SITE}/p/shop",
    SITE,
    frozenset({3}),
    frozenset({"Search"}),
    overall="degraded",
)
OTHER = ActiveIncident("Mail is late", "major", "identified", f"{SITE}/incidents/INC-8", "INC-8")
KINDS = ("incidents", "maintenance", "status")
TOUCHED = [
    # chosen, selected, about, whether it is told
    ((), {3}, {3, 4}, True),
    ((), {3}, {4}, False),
    ((), {3}, (), True),
    ((), (), {4}, False),
    ({3}, {3}, {3}, True),
    ({4}, {3}, {4}, False),
    ({4}, {3}, {3, 4}, False),
    ({4}, {3}, (), True),
]


@pytest.mark.parametrize(("chosen", "selected", "about", "told"), TOUCHED)
def test_a_page_s_subscriber_hears_of_what_it_selects(
    chosen: Any, selected: Any, about: Any, told: bool
) -> None:
    preferences = Preferences(
        Scope.COMPONENTS if chosen else Scope.ALL, KINDS,
        component_ids=frozenset(chosen), selected=frozenset(selected),
    )  # fmt: skip

    assert matches(preferences, Audience(Kind.STATUS, component_ids=frozenset(about))) is told


def test_who_follows_an_incident_hears_of_it_only_where_the_page_shows_it() -> None:
    follower = Preferences(Scope.INCIDENT, KINDS, incident_id=7, selected=frozenset({3}))

    def hears(*ids: int, told: bool = False) -> bool:
        about = Audience(Kind.INCIDENTS, component_ids=frozenset(ids), incident_id=7)
        return matches(follower, about, told=told)

    assert hears(3)
    assert hears()
    assert not hears(4)
    # Who was told of a beginning is told of every later step.
    assert hears(4, told=True)


def test_a_message_names_nothing_that_the_page_does_not_show() -> None:
    facts = replace(
        INCIDENT, components=("API", "Search"), component_ids=(1, 3),
        incidents=(*INCIDENT.incidents, OTHER),
        more={"states": [("API", "operational", 1), ("Search", "degraded", 3)]},
    )  # fmt: skip

    told = facts_on(facts, SHOP)

    assert told is not None
    assert (told.components, told.component_ids) == (("Search",), (3,))
    assert told.more["states"] == [("Search", "degraded", 3)]
    assert told.url == f"{SITE}/p/shop/incidents/INC-7"
    assert [each.url for each in told.incidents] == [f"{SITE}/p/shop/incidents/INC-7"]
    assert (told.overall, told.overall_message) == ("degraded", "")
    for gone in ("API", "Mail is late", "partial"):
        assert gone not in repr(told)


def test_a_page_of_everything_moves_links_alone() -> None:
    told = facts_on(WINDOW, replace(SHOP, component_ids=None))

    assert told == replace(WINDOW, url=f"{SITE}/p/shop/maintenance/MNT-2")


def test_changes_of_status_are_those_of_the_page() -> None:
    api = Change("API", "major_outage", "operational", component_id=1)
    search = Change("Search", "degraded", "operational", component_id=3)
    facts = replace(
        CHANGE, changes=(api, search), components=("API", "Search"), component_ids=(1, 3),
        subject_id=1, headline="API: Major outage, Search: Degraded", state="major_outage",
    )  # fmt: skip

    told = facts_on(facts, SHOP)

    assert told is not None
    assert told.changes == (search,)
    assert (told.state, told.subject_id) == ("degraded", 3)
    assert "API" not in repr(told)
    assert facts_on(replace(facts, changes=(api,)), SHOP) is None


def test_only_links_of_ours_are_moved() -> None:
    for url in ("https://example.org/x", f"{SITE}x", ""):
        assert SHOP.moved(url) == url
    assert SHOP.moved(SITE) == SHOP.address


@pytest.fixture
def sold() -> tuple[Component, Component]:
    return build.component("Cart"), build.component("Mailer")


def page_of(*components: Component, **fields: Any) -> Page:
    return pages.save_page(Page(**{"slug": "shop", **fields}), components=components)


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_mails_of_a_page_lead_to_it_and_wear_its_name(
    mails: Script, send: Callable[..., int], sold: tuple[Component, Component]
) -> None:
    cart, mailer = sold
    page_of(cart, name="The shop")
    pages.save_page(Page(slug="host", hosts=["status.shop.example"], everything=True))
    build.subscriber("main@example.org")
    build.subscriber("page@example.org", page="shop")
    build.subscriber("host@example.org", page="host")
    build.subscriber("chosen@example.org", page="shop", components=[mailer])
    build.subscriber("gone@example.org", page="gone")
    at = datetime.now(UTC)
    facts = replace(
        INCIDENT, url=f"{subscribed.subscribed_pages()['shop'].main_address}/incidents/INC-7",
        components=(cart.name, mailer.name), component_ids=(cart.pk, mailer.pk),
    )  # fmt: skip
    both, one = frozenset({cart.pk, mailer.pk}), frozenset({mailer.pk})
    create_notice(key="journal-1", facts=facts, audience=Audience(Kind.INCIDENTS,
                  component_ids=both), at=at)  # fmt: skip
    create_notice(key="journal-2", facts=facts, audience=Audience(Kind.INCIDENTS,
                  component_ids=one), at=at)  # fmt: skip

    assert count_recipients(Audience(Kind.INCIDENTS, component_ids=one)) == {"email": 2}
    assert len(recipients(Audience(Kind.INCIDENTS, component_ids=both))) == 3
    send()

    read: dict[str, list[Any]] = {}
    for mail in mails.mails:
        read.setdefault(mail.recipients[0].partition("@")[0], []).append(mail.message)
    assert {name: len(each) for name, each in read.items()} == {"main": 2, "page": 1, "host": 2}
    of_page, of_host, of_main = read["page"][0], read["host"][0], read["main"][0]
    assert of_page["From"].startswith("The shop <")
    assert "/status/p/shop/unsubscribe/" in of_page["List-Unsubscribe"]
    plain = of_page.get_body(("plain",)).get_content()
    assert "/status/p/shop/incidents/INC-7" in plain
    assert mailer.name not in of_page.as_string()
    hosted = of_host.get_body(("plain",)).get_content()
    assert "status.shop.example" in hosted
    assert "/status/incidents/INC-7" in hosted
    assert mailer.name in of_main.get_body(("plain",)).get_content()
    assert "/p/shop" not in of_main.as_string()


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_a_deleted_page_leaves_no_subscriber_to_a_later_one(
    mails: Script, send: Callable[..., int], sold: tuple[Component, Component]
) -> None:
    page = page_of(sold[0])
    row = build.subscriber("page@example.org", page="shop")

    pages.delete_page(page)
    page_of(*sold)
    create_notice(key="journal-1", facts=INCIDENT, audience=Audience(Kind.INCIDENTS),
                  at=datetime.now(UTC))  # fmt: skip
    send()

    assert Subscriber.objects.get(pk=row.pk).unsubscribed_at is not None
    assert not Delivery.objects.exists()
    assert mails.mails == []


def test_of_two_components_of_one_name_a_page_tells_of_the_one_that_it_shows() -> None:
    facts = replace(
        INCIDENT, components=("Search", "Search"), component_ids=(3, 4),
        more={"states": [("Search", "degraded", 3), ("Search", "major_outage", 4)]},
    )  # fmt: skip

    told = facts_on(facts, SHOP)

    assert told is not None
    assert (told.components, told.component_ids) == (("Search",), (3,))
    assert told.more["states"] == [("Search", "degraded", 3)]

"""F-M12: whoever was called by, or follows, a component that is retired is not left hanging."""

import time
from datetime import UTC, datetime

import pytest

from components.models import Component
from components.status import Verdict
from statuspage.automation import auto_incidents, notices
from statuspage.catalogue_files.components import restore, retire
from statuspage.models import Watch
from subscribers.channels.formats import native, statuspage, wording
from subscribers.channels.mail_templates import render
from subscribers.delivery.fanout import fan_out
from subscribers.message import Facts
from subscribers.models import Alert, Delivery, Notice
from tests import build
from tests.statuspage.automation.test_alerts import channel, route, run, told, turns, watched
from tests.statuspage.outages import the_incident
from tests.statuspage.outages import turns as turn
from tests.statuspage.outages import watched as with_incidents

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def off(component: Component, *, notify: bool = True) -> None:
    component.refresh_from_db()
    retire(component, notify=notify, now=time.time())


def test_its_alert_is_closed_and_says_why() -> None:
    route(channel("pager"))
    shop = watched("Shop")
    turns(shop, Verdict.DOWN, 0)

    off(shop)
    run(60)
    run(120)

    assert told() == [("pager", "raised", "queued"), ("pager", "resolved", "queued")]
    assert Notice.objects.latest("id").facts["headline"] == "RETIRED: Shop"
    assert Alert.objects.get().resolved_at is not None
    assert Watch.objects.get().known == "unknown"


def test_its_own_incident_is_resolved_and_one_that_comes_back_starts_anew() -> None:
    shop = with_incidents("Shop")
    turn(shop, Verdict.DOWN, 0)
    auto_incidents.run(now=datetime.now(UTC))
    assert the_incident().resolved_at is None

    off(shop)
    auto_incidents.run(now=datetime.now(UTC))
    shop.refresh_from_db()
    restore(shop, now=time.time())
    auto_incidents.run(now=datetime.now(UTC))

    incident = the_incident()
    assert incident.status == "resolved"
    assert "retired" in incident.updates.all()[0].message
    assert [each.component_id for each in incident.impacts.all()] == [shop.pk]
    assert Watch.objects.get().alert == ""


@pytest.mark.parametrize("notify", [True, False])
def test_those_who_follow_it_are_told_whatever_else_they_chose(notify: bool) -> None:
    shop, other = build.component("Shop", slug="shop"), build.component("Other")
    follower = build.subscriber(components=[shop, other], kinds=["incidents"])
    build.subscriber(components=[other])
    build.subscriber()
    unconfirmed = build.subscriber(components=[shop], confirmed_at=None)

    off(shop, notify=notify)
    notices.run(now=datetime.now(UTC))
    while fan_out(now=datetime.now(UTC)):
        pass

    sent = Delivery.objects.filter(due__isnull=False)
    assert [row.subscriber for row in sent] == ([follower] if notify else [])
    assert not Delivery.objects.filter(subscriber=unconfirmed, state="queued").exists()


def test_every_shape_says_that_it_is_retired_and_makes_up_no_incident() -> None:
    shop = build.component("Shop", slug="shop")
    off(shop)
    notices.run(now=datetime.now(UTC))
    facts = Facts.from_json(Notice.objects.get().facts)

    mail = render(facts)
    hook = statuspage.body(facts, unsubscribe_url="")
    own = native.body(facts, unsubscribe_url="")

    assert mail.subject == "Retired: Shop"
    assert "no longer part of our status page" in mail.plain
    assert wording.title(facts) == "Component retired: Shop"
    assert ("incident" in hook, hook["component"]["name"]) == (False, "Shop")
    assert (own["type"], own["data"]["components"]) == ("component.retired", ["Shop"])

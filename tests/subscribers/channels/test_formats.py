"""What is posted in each format of a webhook, kept as golden files (contract L, Webhooks)."""

import json
from dataclasses import replace
from typing import Any

import pytest

from subscribers.channels.formats import FORMATS, encoded
from subscribers.message import Facts
from tests.contracts.golden import golden
from tests.subscribers.news import CHANGE, INCIDENT, UNSUBSCRIBE, WINDOW

NEWS = {"incident": INCIDENT, "maintenance": WINDOW, "change": CHANGE}


def told_in(name: str, facts: Facts, *, unsubscribe_url: str = "") -> Any:
    return json.loads(encoded(FORMATS[name], facts, unsubscribe_url=unsubscribe_url))


@pytest.mark.parametrize("news", NEWS)
@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_as_it_was_agreed(name: str, news: str) -> None:
    """Contract L, Webhooks: native, statuspage, text."""
    told = told_in(name, NEWS[news], unsubscribe_url=UNSUBSCRIBE)

    assert told == golden(f"hook-{name}-{news}.json", told)


def test_native_events_have_the_names_of_the_stream() -> None:
    """L03."""
    names = {
        event: told_in("native", replace(INCIDENT, event=event))
        for event in ("incident.created", "maintenance.ended", "overall.status_changed")
    }

    assert [each["type"] for each in names.values()] == [
        "status.incident_created", "status.maintenance_ended", "status.global_changed",
    ]  # fmt: skip


def test_text_has_its_four_keys_and_no_others() -> None:
    told = told_in("text", INCIDENT, unsubscribe_url=UNSUBSCRIBE)

    assert list(told) == ["text", "status", "timestamp", "incidents"]


def test_a_statuspage_message_is_about_an_incident_or_a_component_never_both() -> None:
    about_incident = told_in("statuspage", INCIDENT)
    about_component = told_in("statuspage", CHANGE)

    assert {"meta", "page", "incident"} == set(about_incident)
    assert {"meta", "page", "component", "component_update"} == set(about_component)
    assert about_component["component_update"]["new_status"] == "major_outage"


def test_an_empty_message_is_still_a_message() -> None:
    bare = Facts(event="subscriber.test", headline="Test", at="2026-11-21T14:02:08Z", url="u")

    for name in FORMATS:
        assert told_in(name, bare)

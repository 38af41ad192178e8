"""P05: what each format of status pages says, in this product's words."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.status import Status
from monitors.probing.upstream.base import Question, Reading, UnreadableError
from monitors.probing.upstream.registry import FORMATS
from monitors.probing.upstream.xml import entries
from tests.monitors.probing.upstream import bodies
from tests.monitors.probing.upstream.bodies import event, packed, statuspage

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()
PAGE = "https://status.shop.example/feed"
UP, MAINTENANCE, DEGRADED = Status.OPERATIONAL, Status.MAINTENANCE, Status.DEGRADED
PARTIAL, MAJOR = Status.PARTIAL_OUTAGE, Status.MAJOR_OUTAGE


def read(kind: str, *documents: bytes, component: str = "") -> Reading:
    return FORMATS[kind].read(documents, Question(component, PAGE, NOW))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("operational", UP),
        ("degraded_performance", DEGRADED),
        ("partial_outage", PARTIAL),
        ("major_outage", MAJOR),
        ("under_maintenance", MAINTENANCE),
    ],
)
@pytest.mark.parametrize("component", ["API", "api", "id-API"])
def test_p05_a_component_of_statuspage_is_known_by_id_or_name(
    word: str, expected: Status, component: str
) -> None:
    body = statuspage(("Web", "major_outage"), ("API", word), indicator="critical")

    assert read("statuspage", body, component=component).status is expected


@pytest.mark.parametrize(
    ("indicator", "expected"),
    [("none", UP), ("minor", DEGRADED), ("major", PARTIAL), ("critical", MAJOR),
     ("maintenance", MAINTENANCE)],
)  # fmt: skip
def test_p05_the_page_of_statuspage_speaks_for_itself(indicator: str, expected: Status) -> None:
    assert read("statuspage", statuspage(indicator=indicator)).status is expected


def test_p05_a_page_without_a_word_for_maintenance_is_in_it_while_a_window_is() -> None:
    """As this product's own dialect has it."""
    soon, now = event("Soon", "scheduled"), event("Disks", "in_progress")

    assert read("statuspage", statuspage(scheduled_maintenances=[soon])) == Reading(UP)
    assert read("statuspage", statuspage(scheduled_maintenances=[soon, now])) == Reading(
        MAINTENANCE, "Disks", "https://stspg.example/Disks"
    )


def test_p05_the_reason_is_the_incident_of_the_component() -> None:
    body = statuspage(
        ("API", "partial_outage"), ("Web", "under_maintenance"),
        incidents=[event("Old", "resolved", "API"), event("Web", "identified", "Web"),
                   event("API", "investigating", "API")],
        scheduled_maintenances=[event("Disks", "in_progress", "Web")],
    )  # fmt: skip

    assert read("statuspage", body, component="API").title == "API"
    assert read("statuspage", body, component="Web").title == "Disks"


def test_p05_lists_may_be_null_and_incidents_without_components() -> None:
    """As incident.io serves this format."""
    body = statuspage(
        ("API", "full_outage"), scheduled_maintenances=None,
        incidents=[{"name": "All gone", "status": "identified", "shortlink": None}],
    )  # fmt: skip

    assert read("statuspage", body, component="API") == Reading(MAJOR, "All gone", "")


@pytest.mark.parametrize(
    ("kind", "documents", "component", "expected"),
    [
        ("instatus", [bodies.INSTATUS_SUMMARY], "",
         Reading(MAJOR, "API gone", "https://shop.instatus.example/incident/j")),
        ("instatus", [bodies.INSTATUS_SUMMARY, bodies.INSTATUS_COMPONENTS], "api",
         Reading(MAJOR, "API gone", "https://shop.instatus.example/incident/j")),
        ("instatus", [bodies.INSTATUS_SUMMARY, bodies.INSTATUS_COMPONENTS], "c2",
         Reading(MAINTENANCE, "New disks", "https://shop.instatus.example/maintenance/m")),
        ("instatus", [bodies.INSTATUS_SUMMARY, bodies.INSTATUS_COMPONENTS], "Web", Reading(UP)),
        ("instatus", [bodies.INSTATUS_SUMMARY, bodies.INSTATUS_LIST], "API",
         Reading(PARTIAL, "Slow", "https://shop.instatus.example/incident/i")),
        ("instatus", [{"page": {"status": "UP"}}], "", Reading(UP)),
        ("instatus", [{"page": {"status": "UNDERMAINTENANCE"}}], "", Reading(MAINTENANCE)),
        ("betterstack", [bodies.BETTERSTACK], "", Reading(DEGRADED, "API is down")),
        ("betterstack", [bodies.BETTERSTACK], "API", Reading(MAJOR, "API is down")),
        ("betterstack", [bodies.BETTERSTACK], "9", Reading(MAINTENANCE, "New racks")),
        ("incidentio", [bodies.INCIDENTIO], "",
         Reading(MAJOR, "Payments fail", "https://status.shop.example/incidents/i")),
        ("incidentio", [bodies.INCIDENTIO], "Refunds",
         Reading(PARTIAL, "Payments fail", "https://status.shop.example/incidents/i")),
        ("incidentio", [bodies.INCIDENTIO], "q",
         Reading(MAJOR, "Payments fail", "https://status.shop.example/incidents/i")),
        ("incidentio", [bodies.INCIDENTIO], "Storage", Reading(MAINTENANCE, "New disks")),
        ("incidentio", [bodies.INCIDENTIO], "Web", Reading(UP)),
        ("gcp", [bodies.GCP], "", Reading(
            PARTIAL, "Cloud SQL is slow in Iowa", "https://status.shop.example/incidents/B")),
        ("gcp", [bodies.GCP], "us-central1", Reading(
            PARTIAL, "Cloud SQL is slow in Iowa", "https://status.shop.example/incidents/B")),
        ("gcp", [bodies.GCP], "Gmail", Reading(UP)),
        ("gcp", [[]], "", Reading(UP)),
        ("aws", [bodies.AWS], "me-central-1", Reading(
            MAJOR, "Multiple services: UAE: Region Availability",
            "https://health.aws.amazon.com/health/status")),
        ("aws", [bodies.AWS], "Amazon EC2", Reading(
            DEGRADED, "Multiple services: UAE: Region Availability",
            "https://health.aws.amazon.com/health/status")),
        ("aws", [bodies.AWS], "s3-me-central-1", Reading(UP)),
        ("aws", [bodies.AWS], "eu-west-1", Reading(UP)),
        ("aws", [{"archive": [], "current": bodies.AWS}], "us-east-1", Reading(UP)),
    ],
)  # fmt: skip
def test_p05_the_words_of_others_are_put_into_ours(
    kind: str, documents: list[Any], component: str, expected: Reading
) -> None:
    assert read(kind, *map(packed, documents), component=component) == expected


def test_p05_amazons_list_is_in_utf_16() -> None:
    document = json.dumps(bodies.AWS).encode("utf-16")

    assert read("aws", document, component="UAE").status is MAJOR


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Resolved", UP),
        ("Monitoring", DEGRADED),
        ("Partial outage", PARTIAL),
        ("Major outage", MAJOR),
        ("In progress", MAINTENANCE),
        ("Scheduled", UP),
        ("Something", DEGRADED),
    ],
)
def test_p05_the_newest_word_of_a_feed_counts(word: str, expected: Status) -> None:
    found = read("feed", bodies.RSS.format(word=word).encode())

    assert found.status is expected
    assert found.title == ("" if expected is UP else "Checkout fails")
    assert found.link == ("" if expected is UP else "https://status.shop.example/i/2")


def test_p05_a_component_of_a_feed_is_a_word_in_an_entry() -> None:
    document = bodies.ATOM.encode()

    assert read("feed", document, component="storage") == Reading(
        MAINTENANCE, "New disks", "https://status.shop.example/m/1"
    )
    assert read("feed", document, component="Payments") == Reading(UP)


def test_p05_a_feed_without_entries_tells_of_no_trouble() -> None:
    assert read("feed", b"<rss><channel><title>Azure</title></channel></rss>") == Reading(UP)


@pytest.mark.parametrize(
    ("kind", "documents", "component", "why"),
    [
        ("statuspage", [b"<html>"], "", "the answer is not JSON"),
        ("statuspage", [b"[" * 100_000], "", "the answer is not JSON"),
        ("statuspage", [b"[]"], "", "the answer is not a summary of Statuspage"),
        ("statuspage", [b"{}"], "", "the status “” is not known"),
        ("statuspage", [statuspage(("API", "fine"))], "API", "the status “fine” is not known"),
        ("statuspage", [statuspage(("API", "operational"))], "Shop",
         "the page has no component “Shop”"),
        ("instatus", [packed({"page": {"status": "UP"}}), b"7"], "API",
         "the answer is not a list of components of Instatus"),
        ("betterstack", [packed(bodies.BETTERSTACK)], "Lab",
         "the status “not_monitored” is not known"),
        ("incidentio", [b"{}"], "", "the answer is not a summary of incident.io"),
        ("gcp", [b"{}"], "", "the answer is not a list of incidents of Google Cloud"),
        ("aws", [b"{}"], "", "the answer is not a list of events of Amazon"),
        ("feed", [b"{}"], "", "the answer is not XML"),
        ("feed", [b"<html></html>"], "", "the answer is not a feed"),
        ("feed", [b"<rss>" + b"<a>" * 60], "", "the feed is nested too deeply"),
        ("feed", [b'<!DOCTYPE r [<!ENTITY a "b">]><rss>&a;</rss>'], "",
         "the feed has a document type, which is not read"),
    ],
)  # fmt: skip
def test_p05_what_is_something_else_is_said_in_a_sentence(
    kind: str, documents: list[bytes], component: str, why: str
) -> None:
    with pytest.raises(UnreadableError) as refused:
        read(kind, *documents, component=component)

    assert str(refused.value) == why


def test_of_a_feed_no_more_is_read_than_its_newest_entries() -> None:
    document = b"<rss>" + b"<item><title>x</title></item>" * 300 + b"</rss>"

    assert len(entries(document)) == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["API", "operational", "UP", "3", "degraded", "https://[x", "in_progress"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from([
            "components", "incidents", "status", "indicator", "name", "id", "page", "included",
            "attributes", "type", "data", "ongoing_incidents", "affected_components", "children",
            "activeIncidents", "impact", "current", "arn", "impacted_services", "uri",
            "affected_products", "scheduled_maintenances", "aggregate_state", "service",
            "external_desc", "most_recent_update", "status_impact", "affected_resources",
        ]), inner, max_size=5),
    max_leaves=25,
)  # fmt: skip


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=60)
@given(value=JSON, junk=st.binary(max_size=200), component=st.sampled_from(["", "API"]))
def test_p05_no_body_is_a_traceback(kind: str, value: Any, junk: bytes, component: str) -> None:
    for document in (packed(value), junk, b"<rss><item>" + junk + b"</item></rss>"):
        try:
            found = read(kind, document, document, component=component)
        except UnreadableError as refused:
            message = str(refused)
        else:
            message = found.status.value
        assert message.isprintable()
        assert message

"""P05: documents as status pages of each maker serve them, field for field, names ours.

Sources, besides each maker's own documentation: documents of status.github.com, status.openai.com,
status.wistia.com, status.betterstack.com, www.google.com/appsstatus, status.cloud.google.com,
health.aws.amazon.com and azure.status.microsoft as they were served in September 2026.
"""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from components.status import Status
from monitors.probing.upstream.base import Question, Reading
from monitors.probing.upstream.registry import FORMATS

NOW = datetime(2026, 9, 23, 16, tzinfo=UTC).timestamp()
PAGE = "https://status.shop.example/feed"

STATUSPAGE = {
    "page": {"id": "kctbh9vrtdwd", "name": "Shop", "url": "https://status.shop.example",
             "time_zone": "Etc/UTC", "updated_at": "2026-09-23T13:35:44.700Z"},
    "components": [
        {"id": "8l4ygp009s5s", "name": "Git Operations", "status": "degraded_performance",
         "created_at": "2017-01-31T20:05:05.370Z", "updated_at": "2026-09-23T10:00:00.000Z",
         "position": 1, "description": "git clone, pull, push", "showcase": False, "start_date":
         None, "group_id": None, "page_id": "kctbh9vrtdwd", "group": False,
         "only_show_if_degraded": False},
        {"id": "brv1bkgrwx7q", "name": "API Requests", "status": "operational", "position": 2,
         "description": None, "group_id": None, "group": False, "only_show_if_degraded": False},
    ],
    "incidents": [
        {"id": "8zc63m64hy36", "name": "Slow pushes", "status": "investigating", "impact": "minor",
         "created_at": "2026-09-23T10:11:12.836Z", "monitoring_at": None, "resolved_at": None,
         "shortlink": "https://stspg.io/m1ps7yrhp4n8", "started_at": "2026-09-23T10:11:12.836Z",
         "page_id": "kctbh9vrtdwd", "reminder_intervals": None,
         "components": [{"id": "8l4ygp009s5s", "name": "Git Operations"}],
         "incident_updates": [{"status": "investigating", "body": "We look.", "display_at":
                               "2026-09-23T13:35:44.672Z", "affected_components": None}]},
    ],
    "scheduled_maintenances": [],
    "status": {"indicator": "minor", "description": "Minor Service Outage"},
}  # fmt: skip
INCIDENTIO_COMPAT: dict[str, Any] = {
    "page": {"id": "01J", "name": "Shop", "url": "https://status.shop.example"},
    "components": [{"id": "01K", "name": "Chat", "status": "partial_outage", "position": 1}],
    "incidents": [{"id": "01M36RMC01ZFWQ861WYJKC4XE1", "name": "Elevated error rates", "status":
                   "identified", "impact": "major", "shortlink": None,
                   "created_at": "2026-09-23T09:13:00Z", "incident_updates": []}],
    "scheduled_maintenances": None,
    "status": {"indicator": "major", "description": "Partial System Outage"},
}  # fmt: skip
INCIDENTIO = {
    "page_title": "Shop", "page_url": "https://status.shop.example",
    "ongoing_incidents": [
        {"id": "01FCNDV6P870EA6S7TK1DSYDG0", "name": "Our database is sad", "status": "identified",
         "url": "https://status.shop.example/incidents/01F", "last_update_at":
         "2026-09-23T09:13:00Z", "last_update_message": "We look", "current_worst_impact":
         "partial_outage", "affected_components": [
             {"id": "01G", "name": "API", "group_name": "Core", "current_status":
              "degraded_performance"}]}],
    "in_progress_maintenances": [], "scheduled_maintenances": [],
}  # fmt: skip
INSTATUS = [
    {"page": {"name": "Shop", "url": "https://status.shop.example", "status": "HASISSUES"},
     "activeIncidents": [{"id": "cl4", "name": "An issue with our API", "started":
                          "2026-09-23T18:55:50Z", "status": "INVESTIGATING", "impact":
                          "MAJOROUTAGE", "url": "https://status.shop.example/incident/cl4",
                          "updatedAt": "2026-09-23T18:55:50Z"}],
     "activeMaintenances": [{"id": "cl5", "name": "Database", "start": "2026-09-24T18:55:54Z",
                             "status": "NOTSTARTEDYET", "duration": "60", "url":
                             "https://status.shop.example/maintenance/cl5"}]},
    {"components": [
        {"id": "cm86c68hh003drlefrrklqlw1", "name": "API", "description": "", "status":
         "PARTIALOUTAGE", "group": None}]},
]  # fmt: skip
BETTERSTACK = {
    "data": {"id": "133002", "type": "status_page", "attributes": {
        "company_name": "Shop", "aggregate_state": "degraded", "announcement": None,
        "timezone": "UTC"}},
    "included": [
        {"type": "status_page_section", "id": "104771", "attributes": {"name": "Shop ",
                                                                        "position": 0}},
        {"type": "status_page_resource", "id": "4188758", "attributes": {
            "public_name": "Europe", "status": "degraded", "status_page_section_id": 104771,
            "availability": 0.99, "status_history": [{"day": "2026-06-26", "status":
                                                       "operational", "downtime_duration": 0}]}},
        {"type": "status_report", "id": "1050825", "attributes": {
            "title": "Delayed data in Europe", "report_type": "manual", "starts_at":
            "2026-09-23T13:50:00.000Z", "ends_at": None, "aggregate_state": "degraded",
            "affected_resources": [{"status_page_resource_id": "4188758", "status": "degraded"}]},
         "relationships": {"status_updates": {"data": [{"id": "57", "type": "status_update"}]}}},
        {"type": "status_update", "id": "57", "attributes": {"message": "Recovering."}},
    ],
}  # fmt: skip
GOOGLE = [
    {"id": "B5V4MfnVp97nxoTYbxdX", "number": "9353823205405529898", "begin":
     "2026-09-18T05:00:00+00:00", "end": None, "created": "2026-09-22T21:38:51+00:00", "modified":
     "2026-09-23T03:05:44+00:00", "external_desc": "**Title:**\nMail is late on some phones",
     "updates": [], "most_recent_update": {"when": "2026-09-23T02:56:03+00:00", "status":
                                           "SERVICE_DISRUPTION", "text": "**Title:**\n…",
                                           "affected_locations": []},
     "status_impact": "SERVICE_DISRUPTION", "severity": "low", "service_key":
     "prPt2Yra2CbGsbEm9cpC", "service_name": "Gmail", "affected_products":
     [{"title": "Gmail", "id": "prPt2Yra2CbGsbEm9cpC"}], "uri": "incidents/B5V4MfnVp97nxoTYbxdX"},
    {"id": "mLBH", "begin": "2026-09-01T14:44:00+00:00", "end": "2026-09-01T18:52:00+00:00",
     "severity": "medium", "status_impact": "SERVICE_OUTAGE", "service_name": "Multiple Products",
     "affected_products": [{"title": "AlloyDB", "id": "fPov", "current_title": "AlloyDB"}],
     "currently_affected_locations": [], "previously_affected_locations":
     [{"title": "Iowa (us-central1)", "id": "us-central1"}]},
]  # fmt: skip
AMAZON = [
    {"date": "1772369485", "arn": "arn:aws:health:me-central-1::event/MULTIPLE_SERVICES/A/B",
     "region_name": "UAE", "status": "3", "service": "multipleservices-me-central-1",
     "service_name": "Multiple services", "summary": "Region Availability",
     "event_log": [{"summary": "Increased Error Rates", "message": "We investigate.", "status": 1,
                    "timestamp": 1772369485}],
     "impacted_services": {"ec2-me-central-1": {"service_name": "Amazon EC2", "current": "3",
                                                "max": "3"}},
     "impacted_service_status_changes": [{"service": "acm-pca-me-central-1", "service_name": "ACM",
                                          "previous_status": "0", "current_status": "3",
                                          "timestamp": 1772369485}]},
]  # fmt: skip
AZURE = """<?xml version="1.0" encoding="utf-8"?><rss xmlns:a10="http://www.w3.org/2005/Atom"
version="2.0"><channel><title>Azure Status</title>
<link>https://azure.status.microsoft/en-us/status/</link><description>Azure Status</description>
<lastBuildDate>Wed, 23 Sep 2026 15:42:00 Z</lastBuildDate></channel></rss>"""
RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>Shop Status - Incident History</title><link>https://status.shop.example</link>
<description>Statuspage</description><pubDate>Wed, 23 Sep 2026 13:35:44 +0000</pubDate>
<item><title>Slow pushes</title><description>
&lt;p&gt;&lt;small&gt;Sep &lt;var data-var=&#39;date&#39;&gt;23&lt;/var&gt;&lt;/small&gt;&lt;br&gt;
&lt;strong&gt;Investigating&lt;/strong&gt; - Pushes are slow.&lt;/p&gt;</description>
<pubDate>Wed, 23 Sep 2026 13:35:44 +0000</pubDate><link>https://status.shop.example/i/8zc</link>
<guid>https://status.shop.example/incidents/8zc</guid></item></channel></rss>"""
ATOM = """<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom">
<id>tag:status.shop.example,2005:/history</id><link rel="alternate" type="text/html"
href="https://status.shop.example"/><title>Shop status - Incident history</title>
<updated>2026-09-23T09:54:16Z</updated><entry><title>Elevated error rates</title>
<id>https://status.shop.example//incidents/01M</id>
<link rel="alternate" type="text/html" href="https://status.shop.example//incidents/01M"/>
<updated>2026-09-23T09:54:16Z</updated><summary type="html">&lt;b&gt;Status: Resolved&lt;/b&gt;
&lt;br/&gt;&lt;br/&gt;All recovered.&lt;br/&gt;&lt;b&gt;Affected components&lt;/b&gt;</summary>
</entry></feed>"""


def packed(*values: object) -> list[bytes]:
    return [json.dumps(value).encode() for value in values]


@pytest.mark.parametrize(
    ("kind", "documents", "component", "expected"),
    [
        ("statuspage", packed(STATUSPAGE), "",
         Reading(Status.DEGRADED, "Slow pushes", "https://stspg.io/m1ps7yrhp4n8")),
        ("statuspage", packed(STATUSPAGE), "8l4ygp009s5s",
         Reading(Status.DEGRADED, "Slow pushes", "https://stspg.io/m1ps7yrhp4n8")),
        ("statuspage", packed(STATUSPAGE), "API Requests", Reading(Status.OPERATIONAL)),
        ("statuspage", packed(INCIDENTIO_COMPAT), "Chat",
         Reading(Status.PARTIAL_OUTAGE, "Elevated error rates")),
        ("incidentio", packed(INCIDENTIO), "", Reading(
            Status.PARTIAL_OUTAGE, "Our database is sad",
            "https://status.shop.example/incidents/01F")),
        ("incidentio", packed(INCIDENTIO), "API", Reading(
            Status.DEGRADED, "Our database is sad", "https://status.shop.example/incidents/01F")),
        ("instatus", packed(INSTATUS[0]), "", Reading(
            Status.MAJOR_OUTAGE, "An issue with our API",
            "https://status.shop.example/incident/cl4")),
        ("instatus", packed({"page": {"name": "S", "url": "x", "status": "UP"}}), "",
         Reading(Status.OPERATIONAL)),
        ("instatus", packed(*INSTATUS), "API", Reading(
            Status.PARTIAL_OUTAGE, "An issue with our API",
            "https://status.shop.example/incident/cl4")),
        ("betterstack", packed(BETTERSTACK), "", Reading(
            Status.DEGRADED, "Delayed data in Europe")),
        ("betterstack", packed(BETTERSTACK), "Europe", Reading(
            Status.DEGRADED, "Delayed data in Europe")),
        ("gcp", packed(GOOGLE), "Gmail", Reading(
            Status.PARTIAL_OUTAGE, "Mail is late on some phones",
            "https://status.shop.example/incidents/B5V4MfnVp97nxoTYbxdX")),
        ("gcp", packed(GOOGLE), "AlloyDB", Reading(Status.OPERATIONAL)),
        ("aws", [json.dumps(AMAZON).encode("utf-16")], "me-central-1", Reading(
            Status.MAJOR_OUTAGE, "Multiple services: UAE: Region Availability",
            "https://health.aws.amazon.com/health/status")),
        ("aws", [json.dumps(AMAZON).encode("utf-16")], "eu-west-1", Reading(Status.OPERATIONAL)),
        ("aws", ["[]".encode("utf-16")], "", Reading(Status.OPERATIONAL)),
        ("feed", [AZURE.encode()], "", Reading(Status.OPERATIONAL)),
        ("feed", [RSS.encode()], "", Reading(
            Status.DEGRADED, "Slow pushes", "https://status.shop.example/i/8zc")),
        ("feed", [ATOM.encode()], "", Reading(Status.OPERATIONAL)),
    ],
    ids=range(19),
)  # fmt: skip
def test_p05_a_makers_own_document_says_what_it_says_there(
    kind: str, documents: list[bytes], component: str, expected: Reading
) -> None:
    assert FORMATS[kind].read(documents, Question(component, PAGE, NOW)) == expected


def test_every_format_has_a_document_of_its_maker() -> None:
    (mark,) = test_p05_a_makers_own_document_says_what_it_says_there.pytestmark  # type: ignore[attr-defined]
    assert {row[0] for row in mark.args[1]} == set(FORMATS)

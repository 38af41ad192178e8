"""Documents of status pages, as their makers serve them, cut to what is read and some beside it."""

import json
from typing import Any


def packed(value: Any) -> bytes:
    return json.dumps(value).encode()


def statuspage(*components: tuple[str, str], indicator: str = "none", **more: Any) -> bytes:
    """A summary with these components, each a name and its status; ids are `id-NAME`."""
    listed = [
        {"id": f"id-{name}", "name": name, "status": status, "group_id": None, "group": False}
        for name, status in components
    ]
    return packed({
        "page": {"id": "p", "name": "Shop", "url": "https://status.shop.example"},
        "components": listed, "incidents": [], "scheduled_maintenances": [],
        "status": {"indicator": indicator, "description": "…"}, **more,
    })  # fmt: skip


def event(name: str, status: str, *components: str, **more: Any) -> dict[str, Any]:
    """An incident or a maintenance of Statuspage."""
    return {
        "id": "e", "name": name, "status": status, "shortlink": f"https://stspg.example/{name}",
        "components": [{"id": f"id-{each}", "name": each} for each in components], **more,
    }  # fmt: skip


INSTATUS_SUMMARY = {
    "page": {"name": "Shop", "url": "https://shop.instatus.example", "status": "HASISSUES"},
    "activeIncidents": [
        {"id": "i", "name": "Slow", "status": "INVESTIGATING", "impact": "DEGRADEDPERFORMANCE",
         "url": "https://shop.instatus.example/incident/i"},
        {"id": "j", "name": "API gone", "status": "IDENTIFIED", "impact": "MAJOROUTAGE",
         "url": "https://shop.instatus.example/incident/j"},
    ],
    "activeMaintenances": [
        {"id": "k", "name": "Later", "status": "NOTSTARTEDYET"},
        {"id": "m", "name": "New disks", "status": "INPROGRESS",
         "url": "https://shop.instatus.example/maintenance/m"},
    ],
}  # fmt: skip
INSTATUS_COMPONENTS = {
    "components": [
        {"id": "c1", "name": "API", "status": "MAJOROUTAGE", "group": None},
        {"id": "c2", "name": "Disks", "status": "UNDERMAINTENANCE", "group": {"id": "g"}},
        {"id": "c3", "name": "Web", "status": "OPERATIONAL", "group": None},
    ]
}
INSTATUS_LIST = [
    {
        "id": "g", "name": "All", "status": "OPERATIONAL", "isParent": True,
        "children": [{"id": "c1", "name": "API", "status": "PARTIALOUTAGE"}],
    }
]  # fmt: skip
BETTERSTACK = {
    "data": {"id": "1", "type": "status_page", "attributes": {"aggregate_state": "degraded"}},
    "included": [
        {"type": "status_page_section", "id": "7", "attributes": {"name": "API"}},
        {"type": "status_page_resource", "id": "8",
         "attributes": {"public_name": "API", "status": "downtime"}},
        {"type": "status_page_resource", "id": "9",
         "attributes": {"public_name": "Web", "status": "maintenance"}},
        {"type": "status_page_resource", "id": "10",
         "attributes": {"public_name": "Lab", "status": "not_monitored"}},
        {"type": "status_report", "id": "20", "attributes": {
            "title": "Old trouble", "report_type": "manual", "aggregate_state": "resolved",
            "ends_at": None, "affected_resources": [{"status_page_resource_id": "8"}]}},
        {"type": "status_report", "id": "21", "attributes": {
            "title": "New racks", "report_type": "maintenance", "aggregate_state": "maintenance",
            "affected_resources": [{"status_page_resource_id": 9, "status": "maintenance"}]}},
        {"type": "status_report", "id": "22", "attributes": {
            "title": "API is down", "report_type": "manual", "aggregate_state": "downtime",
            "affected_resources": [{"status_page_resource_id": "8", "status": "downtime"}]}},
    ],
}  # fmt: skip
INCIDENTIO = {
    "page_title": "Shop", "page_url": "https://status.shop.example",
    "ongoing_incidents": [
        {"id": "i", "name": "Payments fail", "status": "identified", "current_worst_impact":
         "full_outage", "url": "https://status.shop.example/incidents/i", "affected_components": [
             {"id": "p", "name": "Payments", "current_status": "full_outage"},
             {"id": "r", "name": "Refunds", "current_status": "partial_outage"},
             {"id": "q", "name": "Quotes"}]},
    ],
    "in_progress_maintenances": [
        {"id": "m", "name": "New disks", "status": "maintenance_in_progress",
         "affected_components": [{"id": "s", "name": "Storage", "group_name": "Core"}]}],
    "scheduled_maintenances": [
        {"id": "n", "name": "Later", "affected_components": [{"id": "w", "name": "Web"}]}],
}  # fmt: skip
GCP = [
    {"id": "A", "begin": "2026-09-01T14:44:00+00:00", "end": "2026-09-01T18:52:00+00:00",
     "status_impact": "SERVICE_OUTAGE", "affected_products": [{"title": "Cloud SQL", "id": "sql"}]},
    {"id": "B", "begin": "2026-09-18T05:00:00+00:00", "end": None, "uri": "incidents/B",
     "external_desc": "**Title:**\n**Cloud SQL is slow** in Iowa\nMore", "status_impact":
     "SERVICE_DISRUPTION", "service_name": "Multiple Products", "severity": "medium",
     "most_recent_update": {"status": "SERVICE_DISRUPTION"},
     "affected_products": [{"title": "Cloud SQL", "id": "sql", "current_title": "Cloud SQL"}],
     "currently_affected_locations": [{"title": "Iowa (us-central1)", "id": "us-central1"}]},
    {"id": "C", "begin": "2026-09-18T05:00:00+00:00", "status_impact": "SERVICE_OUTAGE",
     "most_recent_update": {"status": "AVAILABLE"}, "affected_products": [{"title": "Gmail"}]},
]  # fmt: skip
AWS = [
    {"date": "1772369485", "arn": "arn:aws:health:me-central-1::event/MULTIPLE_SERVICES/X/Y",
     "region_name": "UAE", "status": "3", "service": "multipleservices-me-central-1",
     "service_name": "Multiple services", "summary": "Region Availability",
     "event_log": [{"summary": "Increased Error Rates", "status": 1, "timestamp": 1772369485}],
     "impacted_services": {
         "ec2-me-central-1": {"service_name": "Amazon EC2", "current": "2", "max": "3"},
         "s3-me-central-1": {"service_name": "Amazon S3", "current": "0", "max": "3"}}},
    {"date": "1772369486", "arn": "arn:aws:health:eu-west-1::event/SES/X/Y", "region_name":
     "Ireland", "status": "1", "service": "ses-eu-west-1", "service_name": "Amazon SES",
     "summary": "Notice"},
]  # fmt: skip
RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Shop status</title><link>https://status.shop.example</link>
<item><title>Checkout fails</title><link>https://status.shop.example/i/2</link>
<pubDate>Mon, 30 Nov 2026 10:00:00 +0000</pubDate><description>
&lt;p&gt;&lt;small&gt;Nov &lt;var&gt;30&lt;/var&gt;&lt;/small&gt;&lt;br&gt;&lt;strong&gt;{word}&lt;/strong&gt; - We look.&lt;/p&gt;
&lt;p&gt;&lt;strong&gt;Investigating&lt;/strong&gt; - Checkout is down.&lt;/p&gt;</description></item>
<item><title>Old story</title><pubDate>Mon, 02 Nov 2026 10:00:00 +0000</pubDate>
<description>Nobody closed it.</description></item>
</channel></rss>"""  # noqa: E501  (as it is served)
ATOM = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Shop</title><entry>
<id>1</id><title>New disks</title><updated>2026-11-30T09:00:00Z</updated>
<link rel="self" href="https://status.shop.example/self"/>
<link href="https://status.shop.example/m/1"/>
<content type="html">&lt;b&gt;Status: In progress&lt;/b&gt;&lt;br/&gt;Storage</content>
</entry></feed>"""

"""Statuspage: answers of its API in this product's words."""

import json
from datetime import UTC, datetime
from pathlib import Path

from components.status import Status
from statuspage.importers.products import statuspage_io

EXPORT = {
    "components": [
        {"id": "g1", "name": "Core", "group": True, "position": 1},
        {"id": "c1", "name": "API", "group_id": "g1", "position": 2, "start_date": "2025-01-01",
         "created_at": "2020-01-01T00:00:00.000-07:00", "status": "operational"},
        {"id": "c2", "name": "Site", "group_id": None, "position": 1, "start_date": None,
         "created_at": "2020-06-01T00:00:00Z"},
    ],
    "incidents": [
        {
            "id": "i1", "name": "Errors", "status": "postmortem", "impact": "major",
            "created_at": "2026-05-01T10:00:00Z", "started_at": "2026-05-01T09:50:00Z",
            "resolved_at": "2026-05-01T12:00:00Z", "postmortem_body": "Long.",
            "components": [{"id": "c1"}, {"id": "c2"}],
            "incident_updates": [
                {"status": "resolved", "body": "Done.", "display_at": "2026-05-01T12:00:00Z",
                 "affected_components": [{"code": "c1", "new_status": "operational"}]},
                {"status": "identified", "body": "Found.", "created_at": "2026-05-01T11:00:00Z",
                 "affected_components": [{"code": "c1", "new_status": "partial_outage"}]},
                {"status": "investigating", "body": "We look.", "created_at": "2026-05-01T10:00Z",
                 "affected_components": [{"code": "c1", "new_status": "major_outage"}]},
            ],
        },
        {"id": "i2", "name": "Upgrade", "status": "scheduled", "impact": "maintenance",
         "created_at": "2026-05-01T10:00:00Z", "scheduled_for": "2026-06-01T10:00:00Z"},
    ],
    "subscribers": [
        {"id": "s1", "mode": "email", "email": "a@example.com", "created_at": "2024-01-01"},
        {"id": "s2", "mode": "webhook", "email": "b@example.com",
         "endpoint": "https://hook.example.com/", "created_at": "2024-01-01T00:00:00Z",
         "components": ["c1"]},
        {"id": "s3", "mode": "sms", "phone_number": "1"},
        {"id": "s4", "mode": "email", "email": "d@example.com", "quarantined_at": "2025-01-01"},
    ],
    "unconfirmed_subscribers": [{"id": "s5", "mode": "email", "email": "e@example.com"}],
}  # fmt: skip


def test_an_export(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text(json.dumps(EXPORT), encoding="utf-8")

    found = statuspage_io.read(path)

    assert [(each.key, each.name) for each in found.groups] == [("g1", "Core")]
    site, api = found.components
    assert (api.group, api.history[0].start) == ("g1", datetime(2025, 1, 1, tzinfo=UTC))
    assert (site.group, site.measured) == ("", False)
    (incident,) = found.incidents
    assert (incident.started_at.minute, incident.resolved_at) == (
        50, datetime(2026, 5, 1, 12, tzinfo=UTC)
    )  # fmt: skip
    assert [dict(each.statuses) for each in incident.updates] == [
        {"c1": Status.MAJOR_OUTAGE}, {"c1": Status.PARTIAL_OUTAGE}, {"c1": Status.OPERATIONAL}
    ]  # fmt: skip
    assert incident.impacts == {"c2": Status.PARTIAL_OUTAGE}
    assert incident.severity == "major"
    assert [(each.channel, each.address, each.confirmed_at is not None, each.components)
            for each in found.subscribers] == [
        ("email", "a@example.com", True, ()),
        ("webhook", "https://hook.example.com/", True, ("c1",)),
        ("email", "e@example.com", False, ()),
    ]  # fmt: skip
    told = "\n".join(map(str, found.refused))
    assert "incidents[1] “Upgrade”: it is planned maintenance" in told
    assert "subscribers[2]: the way “sms” is not taken" in told
    assert "subscribers[3]: messages did not reach it" in told
    assert "its post-mortem" in told

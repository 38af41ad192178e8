"""Upptime: what a clone of its repository holds in this product's words."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from components.status import Status
from monitors.config.parsing import parse_config
from statuspage.importers.description import SourceFileError
from statuspage.importers.products import upptime

CONFIGURATION = """
owner: example
repo: status
sites:
  - {name: Front Page, url: "https://example.org", expectedStatusCodes: [200, 404],
     maxResponseTime: 5000, headers: ["X-A: b: c"], __dangerous__body_down: Fatal}
  - {name: Port, url: example.org, port: 8080, check: tcp-ping}
  - {name: Secret, url: "https://$API_HOST/"}
  - {url: "https://nameless.example"}
"""
ISSUES = [[
    {"number": 3, "title": "🛑 Front Page is down", "state": "closed", "body": "In abc, down.",
     "created_at": "2026-03-02T00:00:00Z", "closed_at": "2026-03-02T01:00:00Z",
     "labels": [{"name": "status"}, {"name": "front-page"}]},
    {"number": 4, "title": "⚠️ Port has degraded performance", "state": "open", "body": None,
     "created_at": "2026-03-02T00:00:00Z", "closed_at": None, "labels": [{"name": "port"}]},
    {"number": 5, "title": "Upgrade", "state": "closed", "created_at": "2026-03-02T00:00:00Z",
     "labels": [{"name": "maintenance"}]},
]]  # fmt: skip


def test_a_clone(tmp_path: Path) -> None:
    (tmp_path / ".upptimerc.yml").write_text(CONFIGURATION, encoding="utf-8")
    (tmp_path / "history").mkdir()
    (tmp_path / "history" / "summary.json").write_text(
        json.dumps([{"slug": "front-page", "dailyMinutesDown": {"2026-03-02": 60, "soon": 1}}])
    )
    (tmp_path / "history" / "front-page.yml").write_text(
        "status: up\nstartTime: 2026-03-01T12:00:00.000Z\nlastUpdated: 2026-03-03T06:00:00.000Z\n"
    )
    (tmp_path / "issues.json").write_text(json.dumps(ISSUES))

    found = upptime.read(tmp_path)

    front, port, secret = found.components
    monitor = front.monitors[0]
    assert monitor.config["expected_status"] == "200,404"
    assert monitor.config["assertions"] == ["body not contains Fatal"]
    assert monitor.config["headers"] == {"X-A": "b: c"}
    parse_config(monitor.kind, dict(monitor.config))
    assert (port.monitors[0].kind, port.monitors[0].config["port"]) == ("tcp", 8080)
    assert (secret.monitors, secret.measured) == ((), True)
    down = [each for each in front.history if each.status is Status.MAJOR_OUTAGE]
    assert [(each.end - each.start, each.note) for each in down] == [
        (timedelta(hours=1), "down for 60 minutes")
    ]
    assert front.history[-1].end.hour == 6
    over, going_on = found.incidents
    assert over.impacts == {"front-page": Status.MAJOR_OUTAGE}
    assert (over.resolved_at is not None, going_on.resolved_at) == (True, None)
    told = "\n".join(map(str, found.refused))
    assert "sites[2] “Secret”: url: $API_HOST is a secret" in told
    assert "sites[3]: it has no name" in told
    assert "issue 5 “Upgrade”: it is planned maintenance" in told
    assert "its history of “soon”: that is no day" in told


def test_a_folder_of_something_else_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceFileError, match=r"a folder without \.upptimerc\.yml"):
        upptime.read(tmp_path)

"""Healthchecks: the answer of its API in this product's words."""

import json
from datetime import UTC, datetime
from pathlib import Path

from components.status import Status
from monitors.config.parsing import parse_config
from statuspage.importers.products import healthchecks

CHECKS = {
    "checks": [
        {
            "name": "Backups", "slug": "backups", "tags": "prod db", "desc": "Each night.",
            "grace": 600, "n_pings": 3, "status": "up", "last_ping": "2026-11-01T02:31:00+00:00",
            "ping_url": "https://hc-ping.com/0c8983c9-9d73-446f-adb5-0641fdacc9d4",
            "channels": "4ec5a071", "schedule": "30 2 * * *", "tz": "Europe/Berlin",
            "subject": "", "methods": "",
            "flips": [
                {"timestamp": "2026-10-30T02:31:00+00:00", "up": 1},
                {"timestamp": "2026-10-31T03:00:00+00:00", "up": 0},
                {"timestamp": "2026-10-31T05:00:00+00:00", "up": 1},
            ],
        },
        {"name": "", "unique_key": "a6c7b0a8", "grace": 60, "timeout": 3600, "status": "paused"},
        {"name": "Nameless key", "grace": 60, "timeout": 3600, "status": "new"},
    ]
}  # fmt: skip


def test_checks_are_heartbeats_with_their_history(tmp_path: Path) -> None:
    path = tmp_path / "checks.json"
    path.write_text(json.dumps(CHECKS), encoding="utf-8")

    found = healthchecks.read(path)

    nightly, paused = found.components
    monitor = nightly.monitors[0]
    assert dict(monitor.config) == {
        "cron": "30 2 * * *", "timezone": "Europe/Berlin", "grace": 600
    }  # fmt: skip
    parse_config(monitor.kind, dict(monitor.config))
    assert nightly.tags == "prod, db"
    assert nightly.key == "0c8983c9-9d73-446f-adb5-0641fdacc9d4"
    assert [(each.status, each.start.day, each.end.hour) for each in nightly.history] == [
        (Status.OPERATIONAL, 30, 3), (Status.MAJOR_OUTAGE, 31, 5), (Status.OPERATIONAL, 31, 2)
    ]  # fmt: skip
    assert nightly.history[-1].end == datetime(2026, 11, 1, 2, 31, tzinfo=UTC)
    assert (paused.name, paused.monitors[0].enabled) == ("Check a6c7b0a8", False)
    told = [str(each) for each in found.refused]
    assert "checks[2] “Nameless key”: it has neither uuid, ping_url nor unique_key" in told
    assert any("channels: add them under Alert channels" in each for each in told)

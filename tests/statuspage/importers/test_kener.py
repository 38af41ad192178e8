"""Kener: what its database holds in this product's words."""

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from components.status import Status
from monitors.config.parsing import parse_config
from statuspage.importers.products import kener

SCHEMA = """
CREATE TABLE monitoring_data (monitor_tag VARCHAR, timestamp INTEGER, status TEXT, latency FLOAT,
    type TEXT, PRIMARY KEY (monitor_tag, timestamp));
CREATE TABLE monitors (id INTEGER PRIMARY KEY, tag VARCHAR, name VARCHAR, description TEXT,
    cron VARCHAR, status VARCHAR, category_name VARCHAR, monitor_type VARCHAR, type_data TEXT,
    is_hidden VARCHAR DEFAULT 'NO');
CREATE TABLE incidents (id INTEGER PRIMARY KEY, title VARCHAR, start_date_time INTEGER,
    end_date_time INTEGER, status VARCHAR, state VARCHAR, incident_type VARCHAR DEFAULT 'INCIDENT');
CREATE TABLE incident_monitors (id INTEGER PRIMARY KEY, monitor_tag VARCHAR, monitor_impact VARCHAR,
    incident_id INTEGER);
CREATE TABLE incident_comments (id INTEGER PRIMARY KEY, comment TEXT, incident_id INTEGER,
    commented_at INTEGER, status VARCHAR DEFAULT 'ACTIVE', state VARCHAR);
CREATE TABLE pages (id INTEGER PRIMARY KEY, page_path VARCHAR, page_title VARCHAR);
CREATE TABLE pages_monitors (page_id INTEGER, monitor_tag VARCHAR);
CREATE TABLE subscriber_users (id INTEGER PRIMARY KEY, email VARCHAR, status VARCHAR,
    created_at TIMESTAMP);
CREATE TABLE subscriber_methods (id INTEGER PRIMARY KEY, subscriber_user_id INTEGER,
    method_type VARCHAR, method_value VARCHAR, status VARCHAR, created_at TIMESTAMP);
CREATE TABLE triggers (id INTEGER PRIMARY KEY, name VARCHAR);
INSERT INTO incidents VALUES (1, 'Slow', 1780000000, 1780003600, 'OPEN', 'RESOLVED', 'INCIDENT');
INSERT INTO incidents VALUES (2, 'Upgrade', 1780000000, NULL, 'OPEN', 'RESOLVED', 'MAINTENANCE');
INSERT INTO incident_monitors VALUES (1, 'api', 'DEGRADED', 1);
INSERT INTO incident_comments VALUES (1, 'We look.', 1, 1780000060, 'ACTIVE', 'IDENTIFIED');
INSERT INTO pages VALUES (1, '/', 'All'), (2, '/shop', 'Shop');
INSERT INTO pages_monitors VALUES (2, 'api');
INSERT INTO subscriber_users VALUES (1, 'a@example.com', 'ACTIVE', '2026-01-01 00:00:00'),
    (2, 'b@example.com', 'PENDING', '2026-01-01 00:00:00');
INSERT INTO subscriber_methods VALUES (1, 1, 'email', 'a@example.com', 'ACTIVE', '2026-01-01'),
    (2, 2, 'email', 'b@example.com', 'ACTIVE', '2026-01-01'),
    (3, 1, 'slack', 'https://secret.example', 'ACTIVE', '2026-01-01');
INSERT INTO triggers VALUES (1, 'Discord');
"""
MONITORS = [
    ("api", "API", "Core", "API", {"url": "https://x.example/", "method": "POST", "body": "{}",
     "timeout": 5000, "headers": [{"key": "X-A", "value": "1"}], "eval": ""}),
    ("two", "Two", "Home", "TCP", {"hosts": [{"host": "a.example", "port": 22},
                                             {"host": "b.example", "port": 22}]}),
    ("cert", "Cert", "Core", "SSL", {"host": "x.example", "port": "443",
                                     "degradedRemainingHours": 240}),
    ("dns", "Dns", "Core", "DNS", {"host": "x.example", "lookupRecord": "A", "matchType": "ANY",
                                   "nameServer": "8.8.8.8", "values": ["192.0.2.1"]}),
    ("eval", "Eval", "Core", "API", {"url": "https://x.example/", "eval": "return {}"}),
    ("env", "Env", "Core", "API", {"url": "https://x.example/$TOKEN"}),
    ("game", "Game", "Core", "GAMEDIG", {"host": "x"}),
    ("none", "None", "Core", "NONE", {}),
]  # fmt: skip


def test_a_database(tmp_path: Path) -> None:
    path = tmp_path / "kener.sqlite.db"
    begin = 1_780_000_000
    with sqlite3.connect(path) as connection:
        connection.executescript(SCHEMA)
        for number, (tag, name, category, kind, data) in enumerate(MONITORS):
            connection.execute(
                "INSERT INTO monitors VALUES (?, ?, ?, '', '*/5 * * * *', 'ACTIVE', ?, ?, ?, 'NO')",
                [number, tag, name, category, kind, json.dumps(data)],
            )
        words = ["UP"] * 3 + ["DOWN"] * 2 + ["UP"] + [""] * 40 + ["UP"]
        rows = [("api", begin + 60 * n, word) for n, word in enumerate(words) if word]
        connection.executemany("INSERT INTO monitoring_data VALUES (?, ?, ?, 1, 'x')", rows)
    connection.close()

    found = kener.read(path)

    made = {each.name: each for component in found.components for each in component.monitors}
    assert {name: each.kind for name, each in made.items()} == {
        "API": "endpoint", "Two": "tcp", "Two 2": "tcp", "Cert": "certificate", "Dns": "dns"
    }  # fmt: skip
    for each in made.values():
        parse_config(each.kind, dict(each.config))
    assert (made["API"].interval, made["API"].timeout) == (300, 5)
    assert [each.name for each in found.groups] == ["Core"]
    api = found.components[0]
    minutes = [
        (each.status, (each.start.timestamp() - begin) / 60, (each.end.timestamp() - begin) / 60)
        for each in api.history
    ]
    assert minutes == [
        (Status.OPERATIONAL, 0, 3), (Status.MAJOR_OUTAGE, 3, 5), (Status.OPERATIONAL, 5, 6),
        (Status.OPERATIONAL, 46, 47),
    ]  # fmt: skip
    (incident,) = found.incidents
    assert incident.resolved_at == datetime.fromtimestamp(1_780_003_600, UTC)
    assert [each.message for each in incident.updates] == ["We look.", "Resolved."]
    assert incident.impacts == {"api": Status.DEGRADED}
    assert [(each.slug, each.components) for each in found.pages] == [("shop", ("api",))]
    assert [(each.address, each.confirmed_at is not None) for each in found.subscribers] == [
        ("a@example.com", True), ("b@example.com", False)
    ]  # fmt: skip
    assert [each.measured for each in found.components if each.name == "None"] == [False]
    told = "\n".join(map(str, found.refused))
    for expected in (
        "monitor “eval”: it judges the answer by JavaScript",
        "monitor “env”: $TOKEN is a variable of the environment",
        "monitor “game”: the type “GAMEDIG” is not known here",
        "incident 2 “Upgrade”: it is planned maintenance",
        "subscriber 3: the way “slack” is not taken",
        "triggers 1 “Discord”: add it under Alert channels",
    ):
        assert expected in told
    assert "secret.example" not in told

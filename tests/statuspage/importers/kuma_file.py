"""A small database of Uptime Kuma, by its schema: `db/kuma.db` with patches of 1.23, or 2.0."""

import sqlite3
from pathlib import Path

_ONE = """
CREATE TABLE monitor (
    id INTEGER PRIMARY KEY, name VARCHAR(150), active BOOLEAN NOT NULL DEFAULT 1, user_id INTEGER,
    interval INTEGER NOT NULL DEFAULT 20, url TEXT, type VARCHAR(20), weight INTEGER DEFAULT 2000,
    hostname VARCHAR(255), port INTEGER, created_date DATETIME, keyword VARCHAR(255),
    maxretries INTEGER NOT NULL DEFAULT 0, ignore_tls BOOLEAN NOT NULL DEFAULT 0,
    upside_down BOOLEAN NOT NULL DEFAULT 0, maxredirects INTEGER NOT NULL DEFAULT 10,
    accepted_statuscodes_json TEXT NOT NULL DEFAULT '["200-299"]', dns_resolve_type VARCHAR(5),
    dns_resolve_server VARCHAR(255), retry_interval INTEGER NOT NULL DEFAULT 0,
    push_token VARCHAR(20), method TEXT NOT NULL DEFAULT 'GET', body TEXT, headers TEXT,
    basic_auth_user TEXT, basic_auth_pass TEXT, docker_host INTEGER,
    docker_container VARCHAR(255), proxy_id INTEGER, mqtt_topic TEXT,
    database_connection_string VARCHAR(2000), database_query TEXT, auth_method VARCHAR(250),
    invert_keyword BOOLEAN DEFAULT 0, description TEXT, parent INTEGER, json_path TEXT,
    expected_value VARCHAR(255), timeout DOUBLE NOT NULL DEFAULT 0, http_body_encoding VARCHAR(25)
);
CREATE TABLE heartbeat (
    id INTEGER PRIMARY KEY, important BOOLEAN NOT NULL DEFAULT 0, monitor_id INTEGER NOT NULL,
    status SMALLINT NOT NULL, msg TEXT, time DATETIME NOT NULL, ping INTEGER,
    duration INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE "group" (id INTEGER PRIMARY KEY, name VARCHAR(255), public BOOLEAN,
    weight INTEGER DEFAULT 1000, status_page_id INTEGER);
CREATE TABLE monitor_group (id INTEGER PRIMARY KEY, monitor_id INTEGER, group_id INTEGER,
    weight INTEGER DEFAULT 1000);
CREATE TABLE status_page (id INTEGER PRIMARY KEY, slug VARCHAR(255), title VARCHAR(255),
    published BOOLEAN NOT NULL DEFAULT 1);
CREATE TABLE status_page_cname (id INTEGER PRIMARY KEY, status_page_id INTEGER, domain TEXT);
CREATE TABLE incident (id INTEGER PRIMARY KEY, title VARCHAR(255), content TEXT,
    style VARCHAR(30) DEFAULT 'warning', created_date DATETIME, last_updated_date DATETIME,
    pin BOOLEAN DEFAULT 1, active BOOLEAN DEFAULT 1, status_page_id INTEGER);
CREATE TABLE tag (id INTEGER PRIMARY KEY, name VARCHAR(255), color VARCHAR(255));
CREATE TABLE monitor_tag (id INTEGER PRIMARY KEY, monitor_id INTEGER, tag_id INTEGER, value TEXT);
CREATE TABLE docker_host (id INTEGER PRIMARY KEY, docker_daemon VARCHAR(255),
    docker_type VARCHAR(255), name VARCHAR(255));
CREATE TABLE notification (id INTEGER PRIMARY KEY, name VARCHAR(255), config TEXT);
CREATE TABLE maintenance (id INTEGER PRIMARY KEY, title VARCHAR(150), description TEXT);

INSERT INTO monitor (id, name, type, hostname, weight) VALUES (1, 'Platform', 'group', NULL, 3000);
INSERT INTO monitor (id, name, type, url, interval, maxretries, parent, keyword, body, headers,
    basic_auth_user, basic_auth_pass, auth_method)
    VALUES (2, 'API', 'keyword', 'https://api.example.com/health', 60, 2, 1, 'ok', NULL,
    '{"X-Probe": "1"}', 'probe', 'canary-pass', 'basic');
INSERT INTO monitor (id, name, type, hostname, port, interval, active)
    VALUES (3, 'Database', 'port', 'db.example.com', 5432, 30, 0);
INSERT INTO monitor (id, name, type, interval) VALUES (4, 'Game', 'steam', 60);
INSERT INTO monitor (id, name, type, push_token, interval)
    VALUES (5, 'Backup', 'push', 'tok', 3600);
INSERT INTO monitor (id, name, type, url, upside_down)
    VALUES (6, 'Must be down', 'http', 'https://old.example.com/', 1);
INSERT INTO tag VALUES (1, 'eu', '#fff');
INSERT INTO monitor_tag VALUES (1, 2, 1, '');
INSERT INTO status_page VALUES (1, 'shop', 'The shop', 1);
INSERT INTO status_page_cname VALUES (1, 1, 'status.example.com');
INSERT INTO "group" VALUES (1, 'Services', 1, 1, 1);
INSERT INTO monitor_group VALUES (1, 3, 1, 1), (2, 2, 1, 2);
INSERT INTO incident VALUES
    (1, 'Disk full', 'We add one.', 'danger', '2026-03-01 10:00:00.000',
        '2026-03-01 11:30:00.000', 0, 0, 1),
    (2, 'Slow', 'We look.', 'warning', '2026-10-01 10:00:00.000', NULL, 1, 1, 1);
INSERT INTO notification VALUES (1, 'Slack', '{"slackwebhookURL": "https://secret.example"}');
INSERT INTO heartbeat (monitor_id, status, time, important, duration) VALUES
    (2, 1, '2026-09-01 00:00:00.000', 1, 0),
    (2, 1, '2026-09-01 00:01:00.000', 0, 60),
    (2, 2, '2026-09-02 00:00:00.000', 0, 60),
    (2, 0, '2026-09-02 00:01:00.000', 1, 60),
    (2, 1, '2026-09-02 02:01:00.000', 1, 60),
    (2, 1, '2026-09-05 00:00:00.000', 0, 86400),
    (2, 1, '2026-09-06 00:00:00.000', 0, 60);
"""
_TWO = """
CREATE TABLE stat_daily (id INTEGER PRIMARY KEY, monitor_id INTEGER, timestamp INTEGER,
    ping FLOAT, up SMALLINT, down SMALLINT, extras TEXT);
CREATE TABLE stat_hourly (id INTEGER PRIMARY KEY, monitor_id INTEGER, timestamp INTEGER,
    ping FLOAT, up SMALLINT, down SMALLINT, extras TEXT);
ALTER TABLE monitor ADD COLUMN conditions TEXT NOT NULL DEFAULT '[]';
ALTER TABLE monitor ADD COLUMN json_path_operator VARCHAR(255);
INSERT INTO stat_daily (monitor_id, timestamp, up, down) VALUES
    (2, 1787961600, 1440, 0), (2, 1788048000, 1080, 360), (2, 1788220800, 1440, 0),
    (2, 1788307200, 1320, 120);
"""
# 2026-08-29, 2026-08-30 (a quarter down), 2026-09-01, 2026-09-02; nothing of 08-31 and 09-03 on.


def make(folder: Path, *, release: int = 1, more: str = "") -> Path:
    """Write a database and return its path."""
    path = folder / "kuma.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(_ONE + (_TWO if release == 2 else "") + more)
    connection.close()
    return path

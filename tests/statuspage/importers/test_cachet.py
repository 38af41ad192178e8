"""Cachet: a dump of its database in this product's words."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from components.status import Status
from statuspage.importers.description import Description, SourceFileError
from statuspage.importers.products import cachet
from statuspage.importers.sql_dump import read_dump

TWO = r"""-- MySQL dump 10.13
/*!40101 SET NAMES utf8 */;
CREATE TABLE `component_groups` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(255) NOT NULL DEFAULT 'a,(b',
  `order` int(11) NOT NULL,
  PRIMARY KEY (`id`), KEY `x` (`name`,`order`)
) ENGINE=InnoDB;
INSERT INTO `component_groups` VALUES (1,'Core',2),(2,'Edge',1);
CREATE TABLE `components` (`id` int, `name` varchar(255), `description` text, `status` int,
  `order` int, `group_id` int, `created_at` timestamp NULL, `deleted_at` timestamp NULL,
  `enabled` tinyint(1));
INSERT INTO `components` VALUES
 (1,'API','It\'s \"the\" API\nof ours',1,1,1,'2026-01-01 00:00:00',NULL,1),
 (2,'Old','',1,2,0,'2026-01-01 00:00:00','2026-02-01 00:00:00',1),
 (3,'CDN','',1,0,0,'2026-01-01 00:00:00',NULL,0);
CREATE TABLE `tags` (`id` int, `name` text);
INSERT INTO `tags` VALUES (1,'
INSERT INTO `incidents` VALUES (9,\'forged\');
');
CREATE TABLE `incidents` (`id` int, `component_id` int, `name` text, `status` int, `visible` int,
  `message` longtext, `occurred_at` timestamp NULL, `created_at` timestamp NULL,
  `updated_at` timestamp NULL, `deleted_at` timestamp NULL);
INSERT INTO `incidents` VALUES
 (1,1,'Slow; very','1',1,'We look (now).','2026-03-01 10:00:00','2026-03-01 10:05:00','2026-03-01 10:05:00',NULL),
 (2,0,'Hidden',2,0,'x',NULL,'2026-03-02 10:00:00','2026-03-02 10:00:00',NULL);
CREATE TABLE `incident_updates` (`id` int, `incident_id` int, `status` int, `message` text,
  `created_at` timestamp NULL);
INSERT INTO `incident_updates` VALUES (1,1,2,'Found.','2026-03-01 11:00:00'),
 (2,1,4,'Done.','2026-03-01 12:00:00');
CREATE TABLE `subscribers` (`id` int, `email` text, `verified_at` timestamp NULL, `global` int);
INSERT INTO `subscribers` VALUES (1,'a@example.com','2026-01-05 00:00:00',1),
 (2,'b@example.com',NULL,0),(3,'c@example.com','2026-01-06 00:00:00',0);
CREATE TABLE `subscriptions` (`id` int, `subscriber_id` int, `component_id` int);
INSERT INTO `subscriptions` VALUES (1,2,1);
-- Dump completed on 2026-11-30 12:00:00
"""  # noqa: E501  (as mysqldump writes it)
THREE = """--
-- PostgreSQL database dump
--
COPY public.component_groups (id, name, "order") FROM stdin;
1\tCore\t1
\\.

COPY public.components (id, name, component_group_id, created_at, enabled) FROM stdin;
1\tA\\tPI\t1\t2026-01-01 00:00:00\tt
\\.

COPY public.incidents (id, name, status, message, occurred_at, created_at, updated_at, visible) FROM stdin;
5\tDown\t4\tAll is down.\\nAll.\t\\N\t2026-04-01 08:00:00\t2026-04-01 09:30:00\t1
\\.

COPY public.incident_components (id, incident_id, component_id, component_status) FROM stdin;
1\t5\t1\t4
\\.

COPY public.updates (id, updateable_type, updateable_id, status, message, created_at) FROM stdin;
1\tschedule\t5\t1\tnot of it\t2026-04-01 08:30:00
\\.

COPY public.subscribers (id, email, email_verified_at, global) FROM stdin;
1\td@example.com\t2026-01-05 00:00:00\t1
\\.

--
-- PostgreSQL database dump complete
--
"""  # noqa: E501  (as pg_dump writes it)


def read(tmp_path: Path, text: str) -> Description:
    path = tmp_path / "dump.sql"
    path.write_text(text, encoding="utf-8")
    return cachet.read(path)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_release_two_by_mysql(tmp_path: Path) -> None:
    found = read(tmp_path, TWO)

    assert [each.name for each in found.groups] == ["Edge", "Core"]
    cdn, api = found.components
    assert (api.group, api.description, api.visible) == ("1", 'It\'s "the" API of ours', True)
    assert (cdn.group, cdn.visible) == ("", False)
    assert (api.history[0].status, api.history[0].start) == (
        Status.OPERATIONAL, at("2026-01-01 00:00")
    )  # fmt: skip
    (incident,) = found.incidents
    assert (incident.title, incident.started_at, incident.resolved_at) == (
        "Slow; very", at("2026-03-01 10:00"), at("2026-03-01 12:00")
    )  # fmt: skip
    assert [each.status.value for each in incident.updates] == [
        "investigating", "identified", "resolved"
    ]  # fmt: skip
    assert incident.impacts == {"1": Status.PARTIAL_OUTAGE}
    assert [(each.address, each.confirmed_at, each.components) for each in found.subscribers] == [
        ("a@example.com", at("2026-01-05 00:00"), ()), ("b@example.com", None, ("1",))
    ]  # fmt: skip
    told = "\n".join(map(str, found.refused))
    assert "incident 2 “Hidden”: it is not public there" in told
    assert "subscriber 3: it follows no component" in told
    assert "forged" not in told


def test_release_three_by_postgresql(tmp_path: Path) -> None:
    found = read(tmp_path, THREE)

    (component,), (incident,) = found.components, found.incidents
    assert (component.name, component.group) == ("A PI", "1")
    assert incident.impacts == {"1": Status.MAJOR_OUTAGE}
    assert incident.severity == "critical"
    assert (incident.started_at, incident.resolved_at) == (
        at("2026-04-01 08:00"), at("2026-04-01 09:30")
    )  # fmt: skip
    assert incident.updates[0].message == "All is down.\nAll."
    assert found.subscribers[0].confirmed_at == at("2026-01-05 00:00")


@pytest.mark.parametrize("dump", [TWO, THREE], ids=["two", "three"])
def test_a_dump_that_is_cut_off_anywhere_is_refused_with_where_it_ends(
    tmp_path: Path, dump: str
) -> None:
    """Of half of it the other half would be missing here, and nobody would know."""
    for end in range(60, len(dump.rstrip(" -\n")) - 30, 37):
        with pytest.raises(SourceFileError) as refused:
            read(tmp_path, dump[:end])

        told = str(refused.value)
        assert "cut off" in told, (end, told)
    whole = dump[: dump.rindex("-- ")].rstrip(" -\n")
    with pytest.raises(
        SourceFileError, match="which ends such a dump, is missing: the file is cut"
    ):
        read(tmp_path, whole)
    assert f"line {dump[:end].rstrip().count(chr(10)) + 1}: " in told


def test_sqlite_quotes_by_doubling() -> None:
    text = 'CREATE TABLE IF NOT EXISTS "t" (id integer, name text);\n'
    text += "INSERT INTO t VALUES(1,'a''b\\');"

    assert read_dump(text, ["t"]).tables["t"] == [{"id": 1, "name": "a'b\\"}]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("INSERT INTO incidents (id) VALUES (1), (", "line 1: a row of incidents has no end"),
        ("INSERT INTO incidents (id) VALUES ('a", "the file is cut off"),
        ("\nINSERT INTO incidents (id) VALUES (now());", "line 2: “now\\(\\)\\);” is no value"),
        ("INSERT INTO incidents (id) VALUES (1, 2);", "2 values for 1 columns"),
        ("INSERT INTO incidents VALUES (1);", "columns of incidents are not known"),
        (
            "COPY incidents (id) FROM stdin;\n1\n",
            "line 2: this COPY, which begins in line 1, has no end: the file is cut off",
        ),
        ("COPY incidents (id) FROM stdin;\n1\t2\n\\.\n", "2 values for 1 columns"),
        ("SELECT 1;", "no rows of components or incidents"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SourceFileError, match=told):
        read(tmp_path, text)

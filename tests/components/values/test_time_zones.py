"""Zones are named as the IANA list names them, whatever the machine's own files offer."""

import ast
import pathlib
from zoneinfo import ZoneInfo

import pytest

from components.values.time_zones import named_zone, time_zone, time_zone_names

ROOT = pathlib.Path(__file__).parents[3]
APPS = ("components", "monitors", "incidents", "maintenance", "subscribers", "statuspage")
KNOW_A_ZONE = {
    "components/values/time_zones.py",
    "monitors/rules/cron.py",  # of a schedule whose zone was checked
}


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "Etc/GMT+5", "EST5EDT", "Asia/Calcutta"])
def test_names_of_the_iana_list_are_taken(name: str) -> None:
    assert time_zone(name) == ZoneInfo(name)


@pytest.mark.parametrize(
    "name",
    [
        "localtime", "posixrules", "Factory", "posix/Europe/Berlin", "right/Europe/Berlin", "",
        "Europe", "europe/berlin", " UTC", "UTC\0", "../zoneinfo/UTC", "/etc/localtime", "zone.tab",
        "CET-1CEST", "+01:00", "UTC+1", "Mars/Base", "x" * 5_000,
    ],
)  # fmt: skip
def test_what_one_machine_makes_of_a_name_is_refused_with_words_f_t12(name: str) -> None:
    with pytest.raises(ValueError, match="write a name such as Europe/Berlin") as refused:
        time_zone(name)

    assert len(str(refused.value)) < 200


def test_every_name_has_a_zone() -> None:
    assert len(time_zone_names()) > 400
    assert all(time_zone(name).key == name for name in time_zone_names())


@pytest.mark.parametrize(
    ("stored", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("posix/Europe/Berlin", "Europe/Berlin"),
        ("right/Asia/Tokyo", "Asia/Tokyo"),
        ("Factory", "UTC"),
        ("posixrules", "UTC"),
    ],
)
def test_what_was_stored_before_gets_the_name_it_stood_for(stored: str, name: str) -> None:
    assert named_zone(stored) == name


def test_the_zone_of_this_machine_gets_a_name() -> None:
    assert named_zone("localtime") in time_zone_names()


def test_there_is_one_way_from_a_name_to_a_zone_f_t12() -> None:
    """Whoever makes a zone of a name elsewhere takes names that nobody has checked."""
    found = set()
    for path in (path for app in APPS for path in (ROOT / app).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            called = node.func if isinstance(node, ast.Call) else None
            name = getattr(called, "id", getattr(called, "attr", ""))
            if name in ("ZoneInfo", "available_timezones", "gettz"):
                found.add(path.relative_to(ROOT).as_posix())

    assert found <= KNOW_A_ZONE

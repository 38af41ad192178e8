"""Monitors that cannot be are refused by name, whichever way they come."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from components.models import JournalEntry
from monitors.models import Check, Monitor
from monitors.services import save_monitor
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("fields", "named", "says"),
    [
        ({"config": {"url": "not a url"}}, "config", "url"),
        ({"config": {"url": "ftp://example.org/"}}, "config", "url"),
        ({"config": {}}, "config", "url"),
        ({"config": {"url": "http://e.org/", "colour": "red"}}, "config", "colour"),
        ({"kind": "telepathy"}, "kind", "telepathy"),
        ({"interval": -5}, "interval", ""),
        ({"interval": 0}, "interval", "1 to 86400"),
        ({"interval": 10, "timeout": 11.0}, "timeout", "must not be longer than the interval"),
        ({"timeout": -1.0}, "timeout", "above 0"),
        ({"interval": 3600, "timeout": 61.0}, "timeout", "at most 60"),
        ({"confirm_down": 99}, "confirm_down", "at most 20"),
        ({"retry_interval": 0}, "retry_interval", "from 1"),
        ({"name": ""}, "name", ""),
    ],
)
def test_a_bad_monitor_is_refused_and_the_field_is_named(
    fields: dict[str, Any], named: str, says: str
) -> None:
    values: dict[str, Any] = {
        "name": "m", "kind": "endpoint", "config": {"url": "http://127.0.0.1:9/"}, "interval": 60,
        "timeout": 5.0, "component": build.component(),
    }  # fmt: skip

    with pytest.raises(ValidationError) as caught:
        save_monitor(Monitor(**{**values, **fields}), regions=[])

    assert named in caught.value.message_dict
    assert says in " ".join(caught.value.message_dict[named])
    assert not Monitor.objects.exists()


def test_a_new_monitor_is_checked_within_two_seconds() -> None:
    build.monitor(interval=3600, timeout=5, now=1_000.0)

    due = Check.objects.get().due
    assert due is not None
    assert 1_000.0 <= due <= 1_002.0


def test_a_changed_target_is_believed_nothing_of() -> None:
    monitor = build.monitor()
    Check.objects.update(verdict="up", checked=5.0, message="x")

    monitor.config = {"url": "http://127.0.0.1:10/"}
    save_monitor(monitor, regions=[])

    check = Check.objects.get()
    assert (check.verdict, check.checked, check.message) == ("unknown", None, "")
    assert check.revision == monitor.revision == 2


def test_a_new_name_or_rhythm_leaves_the_belief_alone() -> None:
    monitor = build.monitor()
    Check.objects.update(verdict="up", checked=5.0)

    monitor.name, monitor.interval = "Another name", 20
    save_monitor(monitor, regions=[])

    assert Check.objects.get().verdict == "up"


def test_leaving_a_region_stops_its_checks_and_keeps_their_rows() -> None:
    ireland, oregon = build.region("eu-west-1", "Ireland"), build.region("us-west-2", "Oregon")
    monitor = build.monitor(regions=(ireland, oregon))

    save_monitor(monitor, regions=[oregon])

    paused = {check.region_id: check.due is None for check in Check.objects.all()}
    assert paused == {"eu-west-1": True, "us-west-2": False}


def test_a_change_is_journalled_with_who_made_it_and_not_where_it_looks() -> None:
    monitor = build.monitor(url="http://10.9.8.7/internal")
    monitor.name = "Renamed"
    save_monitor(monitor, regions=[], actor="olga")

    entry = JournalEntry.objects.filter(kind="monitor.changed").latest("id")
    assert (entry.actor, entry.data["name"], entry.public) == ("olga", "Renamed", False)
    assert "10.9.8.7" not in str(entry.data)

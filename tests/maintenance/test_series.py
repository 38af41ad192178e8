"""Recurring maintenance: windows made ahead, once; a person's exceptions stay as they are."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from components.models import JournalEntry
from maintenance import services
from maintenance.jobs import create_recurring_windows, transition_due_windows
from maintenance.lifecycle import WindowState
from maintenance.models import Series, Window
from maintenance.series import change_series, start_series, stop_series
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def series(**fields: Any) -> Series:
    values = {
        "title": "Patches",
        "rule": "FREQ=WEEKLY;BYDAY=TU",
        "timezone": "Europe/Berlin",
        "first_local": "2026-11-24T02:00:00",
        "duration": timedelta(hours=2),
    }
    return Series(**{**values, **fields})


def begin(**fields: Any) -> Series:
    made = series(**fields)
    start_series(made, components=[build.component()], actor="olga", at=NOW)
    return made


def starts(**filters: Any) -> list[str]:
    rows = Window.objects.filter(**filters).order_by("starts_at")
    return [f"{row.starts_at:%m-%dT%H:%M}" for row in rows]


def test_the_next_five_are_windows_and_only_the_first_is_announced() -> None:
    begin()

    assert starts() == ["11-24T01:00", "12-01T01:00", "12-08T01:00", "12-15T01:00", "12-22T01:00"]
    rows = JournalEntry.objects.filter(kind="maintenance.scheduled").order_by("id")
    assert [row.data["notify"] for row in rows] == [True, False, False, False, False]
    assert JournalEntry.objects.filter(kind="maintenance.series_changed").count() == 1
    window = Window.objects.first()
    assert window is not None
    assert window.components.count() == 1


def test_nothing_is_made_further_ahead_than_sixty_days() -> None:
    begin(rule="FREQ=MONTHLY;BYDAY=1MO", first_local="2026-12-07T02:00:00")

    assert starts() == ["12-07T01:00", "01-04T01:00"]


def test_as_time_passes_the_next_are_made_once_however_many_beats_there_are_r4() -> None:
    begin()
    made: list[int] = []

    def beat() -> None:
        try:
            made.extend(create_recurring_windows(now=NOW + days * DAY) for days in (4, 4, 11, 18))
        finally:
            connection.close()

    threads = [threading.Thread(target=beat) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(made) == 3
    assert len(starts()) == len(set(starts())) == 8


def test_a_cancelled_or_deleted_occurrence_is_not_made_again() -> None:
    begin()
    first, second = Window.objects.order_by("starts_at")[:2]

    services.transition(first, to=WindowState.CANCELLED, at=NOW)
    services.delete_window(second)

    assert create_recurring_windows(now=NOW) == 1
    assert starts(state="scheduled") == ["12-08T01:00", "12-15T01:00", "12-22T01:00", "12-29T01:00"]


def test_editing_a_series_changes_what_is_to_come_and_leaves_alone_what_a_person_touched() -> None:
    made = begin()
    touched = Window.objects.order_by("starts_at")[1]
    later = timedelta(hours=3)
    services.change(
        touched,
        values={"starts_at": touched.starts_at + later, "ends_at": touched.ends_at + later},
        at=NOW,
    )
    references = set(Window.objects.values_list("reference", flat=True))

    change_series(
        made, at=NOW, actor="olga",
        values={"title": "Patches and disks", "rule": "FREQ=WEEKLY;BYDAY=WE",
                "first_local": "2026-11-25T03:00:00"},
    )  # fmt: skip

    assert starts() == ["11-25T02:00", "12-01T04:00", "12-02T02:00", "12-09T02:00", "12-16T02:00",
                        "12-23T02:00"]  # fmt: skip
    touched.refresh_from_db()
    assert touched.title == "Patches"
    assert references <= set(Window.objects.values_list("reference", flat=True))
    assert not Window.objects.filter(state="cancelled").exists()


def test_what_is_over_or_running_is_not_rewritten() -> None:
    made = begin()
    transition_due_windows(now=NOW + 2.6 * DAY)
    running = Window.objects.get(state="in_progress")

    change_series(made, values={"title": "Other"}, at=NOW + 2.6 * DAY)

    running.refresh_from_db()
    assert running.title == "Patches"
    assert Window.objects.filter(title="Other").count() == 4


def test_occurrences_that_a_shorter_rule_no_longer_names_are_cancelled() -> None:
    made = begin()

    change_series(made, values={"rule": "FREQ=WEEKLY;BYDAY=TU;COUNT=2"}, at=NOW)

    assert starts(state="scheduled") == ["11-24T01:00", "12-01T01:00"]
    assert JournalEntry.objects.filter(kind="maintenance.cancelled").count() == 3


def test_a_stopped_series_cancels_what_was_to_come_and_makes_no_more() -> None:
    made = begin()

    stop_series(made, at=NOW)

    assert starts(state="scheduled") == []
    assert create_recurring_windows(now=NOW + 30 * DAY) == 0


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"rule": "FREQ=SECONDLY"}, "rule"),
        ({"timezone": "Moon/Base"}, "timezone"),
        ({"first_local": "soon"}, "first_local"),
        ({"first_local": "2026-11-24T02:00:00Z"}, "first_local"),
        ({"duration": timedelta(0)}, "duration"),
        ({"duration": timedelta(days=31)}, "duration"),
    ],
)
def test_what_is_wrong_with_a_series_is_named(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError) as caught:
        start_series(series(**fields), components=[], at=NOW)

    assert named in caught.value.message_dict
    assert not Window.objects.exists()


def test_a_rule_that_can_no_longer_be_counted_through_holds_up_no_other_series() -> None:
    old, other = begin(), begin()
    Series.objects.filter(pk=old.pk).update(rule="FREQ=DAILY", first_local="1970-01-01T02:00:00")

    assert create_recurring_windows(now=NOW + 7 * DAY) == 1
    assert Window.objects.filter(series=other).count() == 6


def test_a_rule_that_began_too_long_ago_is_refused_s16() -> None:
    one, far = begin(), {"rule": "FREQ=DAILY", "first_local": "1970-01-01T02:00:00"}

    with pytest.raises(ValidationError, match="too many occurrences"):
        begin(**far)
    with pytest.raises(ValidationError, match="too many occurrences"):
        change_series(one, values=far, at=NOW)
    assert [each.rule for each in Series.objects.all()] == [one.rule]


def test_two_hours_are_two_hours_in_any_night_r9() -> None:
    begin(rule="FREQ=DAILY", first_local="2026-11-24T02:00:00")
    night = datetime(2027, 3, 27, 12, tzinfo=UTC)

    create_recurring_windows(now=night)

    short = Window.objects.get(occurrence="2027-03-28T02:00:00")
    assert short.starts_at == datetime(2027, 3, 28, 1, tzinfo=UTC)
    assert short.ends_at - short.starts_at == timedelta(hours=2)

"""What was just done to windows and series is undone, before anybody is written to."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from components.journal.hold import held_until
from components.models import JournalEntry
from maintenance import services as maintenance
from maintenance.lifecycle import WindowState
from maintenance.models import Series, Window, WindowUpdate
from maintenance.series import (
    change_series,
    delete_series,
    start_series,
    stop_series,
)
from statuspage.automation.undo import UndoError, undo
from statuspage.edge.live.events import live_event
from statuspage.state.builder import gather
from tests import build
from tests.mailserver import Script
from tests.undoing import HOLD, Send, later, newest, newest_held, now, subjects, tell, window

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def test_a_window_that_is_undone_is_a_draft_and_viewers_see_it_go(
    mails: Script, send: Send
) -> None:
    shop = build.component("Shop")
    build.subscriber()
    planned = maintenance.schedule(window(), components=[shop], hold_seconds=HOLD)
    tell()

    undo(newest("maintenance.scheduled"), now=now(), actor="olga")
    tell()

    planned.refresh_from_db()
    assert planned.state == WindowState.DRAFT
    assert send(clock=later(3600), seconds=1.0) == 0
    entry = newest("maintenance.withdrawn")
    live = live_event(entry, gather(now=now()))
    assert entry.public
    assert live is not None
    assert live.name == "status.maintenance_cancelled"
    assert '"state":"cancelled"' in live.data


@pytest.mark.parametrize("to", [WindowState.IN_PROGRESS, WindowState.CANCELLED])
def test_a_transition_of_a_window_is_undone(to: WindowState) -> None:
    planned = maintenance.schedule(window(), components=[build.component()])
    before = Window.objects.values().get()
    maintenance.transition(planned, to=to, at=now(), message="So be it.", hold_seconds=HOLD)

    undo(JournalEntry.objects.filter(kind__startswith="maintenance.").latest("id"), now=now())

    after = Window.objects.values().get()
    ignored = {"version", "updated_at"}
    assert {n: v for n, v in after.items() if n not in ignored} == {
        n: v for n, v in before.items() if n not in ignored
    }
    assert not planned.updates.exists()


def test_an_update_and_a_change_of_a_window_are_undone() -> None:
    shop, search = build.component("Shop"), build.component("Search")
    planned = maintenance.schedule(window(), components=[shop])
    maintenance.change(
        planned, values={"title": "Other"}, components=[search], at=now(), hold_seconds=HOLD
    )
    undo(newest("maintenance.updated"), now=now())
    planned.refresh_from_db()
    assert planned.title == "Database upgrade"
    assert list(planned.components.all()) == [shop]

    maintenance.post_update(planned, message="New.", at=now(), hold_seconds=HOLD)
    undo(newest("maintenance.updated"), now=now())
    assert not planned.updates.exists()


def test_a_series_that_is_undone_leaves_its_first_window_as_a_draft() -> None:
    series = Series(
        title="Weekly", rule="FREQ=DAILY", timezone="UTC", duration=timedelta(hours=1),
        first_local=(now() + timedelta(days=1)).replace(tzinfo=None).isoformat(timespec="seconds"),
    )  # fmt: skip
    windows = start_series(series, components=[], at=now(), hold_seconds=HOLD)
    assert len(windows) > 1

    undo(first_held(), now=now())

    left = Window.objects.get()
    assert (left.pk, left.state, left.series) == (windows[0].pk, WindowState.DRAFT, None)
    assert not Series.objects.exists()


def first_held() -> JournalEntry:
    return next(entry for entry in JournalEntry.objects.order_by("id") if held_until(entry))


def test_a_window_that_time_has_moved_on_is_not_undone() -> None:
    planned = maintenance.schedule(
        window(starts_at=now() + timedelta(seconds=1)), components=[], hold_seconds=HOLD
    )
    maintenance.transition_by_time(planned, at=now() + timedelta(seconds=2))

    with pytest.raises(UndoError, match="changed since"):
        undo(newest("maintenance.scheduled"), now=now())


def rows(*models: Any) -> list[list[dict[str, Any]]]:
    """Everything that is stored of them, but what counts changes."""
    ignored = {"version", "updated_at"}
    found = [
        [{n: v for n, v in row.items() if n not in ignored} for row in model.objects.values()]
        for model in models
    ]
    covered = Window.objects.order_by("pk").values_list("pk", "components")
    return [*found, [{"pk": pk, "component": component} for pk, component in covered]]


def weekly(**fields: Any) -> tuple[Series, list[Window]]:
    first = (now() + timedelta(days=1)).replace(tzinfo=None, microsecond=0)
    series = Series(
        title="Weekly", rule="FREQ=DAILY", timezone="UTC", duration=timedelta(hours=1),
        first_local=first.isoformat(timespec="seconds"), **fields,
    )  # fmt: skip
    components = [build.component("Shop")]
    return series, start_series(series, components=components, at=now())


def edit(series: Series) -> None:
    other = build.component("Search")
    values = {"title": "Nightly", "rule": "FREQ=DAILY;INTERVAL=2", "duration": timedelta(hours=2)}
    change_series(series, values=values, components=[other], hold_seconds=HOLD, at=now())


def stop(series: Series) -> None:
    stop_series(series, hold_seconds=HOLD, at=now())


def remove(series: Series) -> None:
    delete_series(series, hold_seconds=HOLD, at=now())


@pytest.mark.parametrize("change", [edit, stop, remove], ids=["edit", "stop", "delete"])
def test_f_m4_what_is_done_to_a_series_waits_and_is_undone_with_all_its_windows(
    change: Callable[[Series], None], mails: Script, send: Send
) -> None:
    build.subscriber()
    series, windows = weekly()
    maintenance.post_update(windows[1], message="Read this.", at=now(), notify=False)
    tell()
    send()
    before, mailed = rows(Series, Window, WindowUpdate), len(mails.mails)
    assert mailed == 1

    change(series)
    tell()
    assert rows(Series, Window, WindowUpdate) != before
    assert send(seconds=0.5) == 0
    undo(newest("maintenance.series_changed"), now=now(), actor="olga")
    tell()
    send(clock=later(3600), seconds=0.5)

    assert rows(Series, Window, WindowUpdate) == before
    assert len(mails.mails) == mailed
    assert newest("maintenance.series_changed").actor == "olga"
    with pytest.raises(UndoError, match="undone already"):
        undo(newest_held("maintenance.series_changed"), now=now())


@pytest.mark.parametrize("change", [edit, stop, remove], ids=["edit", "stop", "delete"])
def test_f_m4_who_was_told_of_a_window_is_told_once_the_hold_of_its_series_is_over(
    change: Callable[[Series], None], mails: Script, send: Send
) -> None:
    build.subscriber()
    series, _ = weekly()
    tell()
    send()
    change(series)
    tell()

    assert send(clock=later(HOLD + 1)) == 1
    with pytest.raises(UndoError, match="1 recipient was written to already"):
        undo(newest("maintenance.series_changed"), now=now())


def test_a_series_one_of_whose_windows_was_changed_since_is_not_undone() -> None:
    series, windows = weekly()
    stop(series)
    edited = maintenance.post_update(windows[0], message="Sorry.", at=now())

    with pytest.raises(UndoError, match="changed since"):
        undo(newest("maintenance.series_changed"), now=now())

    assert edited.pk
    assert Window.objects.filter(state=WindowState.CANCELLED).count() == len(windows)


def test_f_m4_a_deleted_window_comes_back_with_its_updates_and_in_its_series() -> None:
    _, windows = weekly()
    maintenance.post_update(windows[0], message="Read this.", at=now())
    before = rows(Series, Window, WindowUpdate)

    maintenance.delete_window(windows[0], hold_seconds=HOLD)
    undo(newest("maintenance.deleted"), now=now())

    assert rows(Series, Window, WindowUpdate) == before
    live = live_event(newest("maintenance.restored"), gather(now=now()))
    assert live is not None
    assert live.name == "status.maintenance_updated"


def test_a_component_that_is_no_more_stays_away_from_a_window_that_comes_back() -> None:
    shop, search = build.component("Shop"), build.component("Search")
    planned = maintenance.schedule(window(), components=[shop, search])
    maintenance.delete_window(planned, hold_seconds=HOLD)
    shop.delete()

    undo(newest("maintenance.deleted"), now=now())

    assert list(Window.objects.get().components.all()) == [search]


def test_what_a_deleted_window_was_about_to_tell_is_told_when_it_comes_back(
    mails: Script, send: Send
) -> None:
    build.subscriber()
    planned = maintenance.schedule(window(), components=[], hold_seconds=HOLD)
    tell()
    maintenance.delete_window(planned, hold_seconds=HOLD)
    tell()

    undo(newest("maintenance.deleted"), now=now())
    tell()

    assert send(seconds=0.5) == 0
    assert send(clock=later(HOLD + 1)) == 1
    assert "Database upgrade" in subjects(mails)[0]

"""Windows through their lives: who may do what when, and what the journal keeps of it."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from components.models import JournalEntry
from components.optimistic_lock import ConflictError
from maintenance import services
from maintenance.errors import WrongStateError
from maintenance.jobs import remind_of_windows, transition_due_windows
from maintenance.lifecycle import WindowState, due_state, may_transition
from maintenance.models import Window
from maintenance.selectors import covered_components, overlapping
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def window(start: float = 24, end: float = 26, *components: Any, **fields: Any) -> Window:
    made = Window(
        title=fields.pop("title", "Disks"),
        starts_at=NOW + start * HOUR,
        ends_at=NOW + end * HOUR,
        **fields,
    )
    return services.schedule(made, components=components, actor="olga", at=NOW)


def news() -> list[str]:
    rows = JournalEntry.objects.filter(kind__startswith="maintenance.").order_by("id")
    return [row.kind.removeprefix("maintenance.") for row in rows]


def state(of: Window) -> str:
    of.refresh_from_db()
    return of.state


def test_a_window_goes_through_its_life_by_itself_one_entry_each_x19() -> None:
    made = window(1, 2, remind_before=30)

    for minutes in (0, 29, 30, 31, 59, 60, 61, 119, 120, 121):
        now = NOW + timedelta(minutes=minutes)
        remind_of_windows(now=now)
        transition_due_windows(now=now)

    assert news() == ["scheduled", "reminder", "started", "ended"]
    assert state(made) == "completed"
    assert made.closed_at == NOW + 2 * HOUR
    assert made.reference == "MAINT-2026-001"


def test_a_window_in_the_past_is_completed_and_nobody_is_told_m24() -> None:
    made = window(-3, -1)

    entry = JournalEntry.objects.get(kind="maintenance.scheduled")
    assert made.state == "completed"
    assert (entry.public, entry.data["notify"]) == (False, False)


def test_a_window_that_has_begun_starts_at_once_m24() -> None:
    assert window(-1, 1).state == "in_progress"
    assert news() == ["started"]


def test_completed_early_it_ended_then_x20() -> None:
    made = window(-1, 1)

    done = services.transition(
        made, to=WindowState.COMPLETED, at=NOW, actor="olga", message="Done."
    )

    assert (done.state, done.ends_at, done.closed_at) == ("completed", NOW, NOW)
    assert done.updates.get().message == "Done."
    entry = JournalEntry.objects.get(kind="maintenance.ended")
    assert (entry.actor, entry.data["message"], entry.data["notify"]) == ("olga", "Done.", True)


def test_started_by_hand_it_began_then() -> None:
    begun = services.transition(window(), to=WindowState.IN_PROGRESS, at=NOW)

    assert (begun.state, begun.starts_at) == ("in_progress", NOW)


@pytest.mark.parametrize("when", [(24, 26), (-1, 1)])
def test_cancelled_before_or_during_x21(when: tuple[int, int]) -> None:
    gone = services.transition(window(*when), to=WindowState.CANCELLED, at=NOW)

    assert (gone.state, gone.closed_at) == ("cancelled", NOW)
    assert transition_due_windows(now=NOW + 100 * HOUR) == 0


@pytest.mark.parametrize(
    ("before", "to"),
    [
        ("scheduled", "completed"), ("in_progress", "in_progress"),
        *(("completed", to) for to in ("in_progress", "completed", "cancelled")),
        *(("cancelled", to) for to in ("in_progress", "completed", "cancelled")),
    ],
)  # fmt: skip
def test_a_wrong_transition_is_refused_naming_the_state_and_journals_nothing(
    before: str, to: str
) -> None:
    made = window(-1, 1) if before == "in_progress" else window()
    Window.objects.filter(pk=made.pk).update(state=before)
    entries = len(news())

    with pytest.raises(WrongStateError, match=before):
        services.transition(made, to=WindowState(to), at=NOW)

    assert len(news()) == entries
    assert state(made) == before


def test_rescheduling_keeps_the_old_times_in_the_journal_and_reminds_anew() -> None:
    made = window(1, 2)
    assert made.reminded_at == NOW

    later = services.change(made, values={"starts_at": NOW + 5 * HOUR, "ends_at": NOW + 6 * HOUR},
                            at=NOW)  # fmt: skip

    assert news()[-1] == "rescheduled"
    data = JournalEntry.objects.latest("id").data
    assert data["old_starts_at"] == (NOW + HOUR).isoformat()
    assert later.reminded_at is None
    assert remind_of_windows(now=NOW + 3 * HOUR) == 0
    assert remind_of_windows(now=NOW + 4 * HOUR) == 1


def test_moving_the_start_to_the_past_starts_it() -> None:
    begun = services.change(window(), values={"starts_at": NOW - HOUR}, at=NOW)

    assert begun.state == "in_progress"
    assert news() == ["scheduled", "started"]


@pytest.mark.parametrize(
    ("when", "values", "named"),
    [
        ((-1, 1), {"starts_at": NOW + HOUR / 2}, "starts_at"),
        ((-1, 1), {"ends_at": NOW - HOUR / 2}, "ends_at"),
        ((24, 26), {"ends_at": NOW + 24 * HOUR}, "ends_at"),
        ((24, 26), {"starts_at": NOW - 3 * HOUR, "ends_at": NOW - HOUR}, "ends_at"),
        ((24, 26), {"regions": ["NO SUCH"]}, "regions"),
        ((24, 26), {"impact": "huge"}, "impact"),
        ((24, 26), {"title": ""}, "title"),
    ],
)
def test_what_is_wrong_with_an_edit_is_named_and_nothing_is_written(
    when: tuple[int, int], values: dict[str, Any], named: str
) -> None:
    made = window(*when)

    with pytest.raises(ValidationError) as caught:
        services.change(made, values=values, at=NOW)

    assert named in caught.value.message_dict
    made.refresh_from_db()
    assert (made.version, made.title) == (0, "Disks")


def test_the_times_of_what_is_over_cannot_move_but_its_words_can() -> None:
    made = window(-3, -1)

    with pytest.raises(WrongStateError):
        services.change(made, values={"ends_at": NOW + HOUR}, at=NOW)
    services.change(made, values={"message": "It went well."}, at=NOW)

    assert news()[-1] == "updated"


def test_whoever_has_seen_an_older_version_is_refused_r17() -> None:
    made = window()
    services.change(made, values={"title": "Hers"}, version=made.version, at=NOW)

    with pytest.raises(ConflictError):
        services.change(made, values={"title": "His"}, version=made.version, at=NOW)
    with pytest.raises(ConflictError):
        services.transition(made, to=WindowState.CANCELLED, version=made.version, at=NOW)

    made.refresh_from_db()
    assert (made.title, made.state) == ("Hers", "scheduled")


def test_an_update_is_told_whatever_the_state() -> None:
    made = window(-3, -1)

    update = services.post_update(made, message="Looking *good*.", at=NOW, actor="olga")

    assert (update.state, update.author) == ("completed", "olga")
    assert news()[-1] == "updated"


def test_a_reminder_comes_once_late_rather_than_never_and_not_after_the_start() -> None:
    late, missed = window(5, 6), window(1.5, 2)
    now = NOW + 4.5 * HOUR

    assert [remind_of_windows(now=now), remind_of_windows(now=now)] == [1, 0]

    late.refresh_from_db()
    missed.refresh_from_db()
    assert (late.reminded_at, missed.reminded_at) == (now, None)


def test_a_window_on_hidden_components_alone_is_kept_off_the_stream_l04() -> None:
    hidden, shown = build.component(visible=False), build.component()

    window(1, 2, hidden)
    window(1, 2, hidden, shown)
    window(1, 2)

    rows = JournalEntry.objects.filter(kind="maintenance.scheduled").order_by("id")
    assert [row.public for row in rows] == [False, True, True]


def test_a_component_stays_covered_until_the_last_of_overlapping_windows_ends() -> None:
    component, other = build.component(), build.component()
    first, second = window(-1, 1, component), window(-0.5, 2, component)
    window(1, 3, other)

    assert overlapping(first) == [second]
    services.transition(first, to=WindowState.COMPLETED, at=NOW)
    assert component.pk in covered_components(NOW)
    assert other.pk not in covered_components(NOW)
    assert component.pk not in covered_components(NOW + 2 * HOUR)


def test_a_window_on_the_whole_platform_covers_everything_and_overlaps_with_all() -> None:
    everything, one = window(-1, 1), window(-1, 1, build.component())

    assert 4711 in covered_components(NOW)
    assert overlapping(one) == [everything]


def test_two_beats_at_once_move_each_window_once() -> None:
    for _ in range(5):
        window(1, 2)
    moved: list[int] = []

    def beat() -> None:
        try:
            for minutes in (10, 60, 60, 120, 120):
                now = NOW + timedelta(minutes=minutes)
                moved.append(transition_due_windows(now=now))
                moved.append(remind_of_windows(now=now) * 0)
        finally:
            connection.close()

    threads = [threading.Thread(target=beat) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(moved) == 10
    assert (news().count("started"), news().count("ended")) == (5, 5)


def test_the_clock_may_jump_without_a_window_missed_or_doubled_r9() -> None:
    window(1, 2)
    window(30, 31)

    for hours in (0, 1.5, 0.5, 1.5, -24, 25, 1, 30.5, 29, 30.5, 60, 1):
        transition_due_windows(now=NOW + hours * HOUR)

    assert sorted(news()) == ["ended", "ended", "scheduled", "scheduled", "started", "started"]


times = st.integers(-50, 50).map(lambda hours: NOW + hours * HOUR)


@given(st.sampled_from(WindowState), times, times, times, times)
@settings(max_examples=200)
def test_time_only_moves_on_and_the_same_time_moves_once(
    before: WindowState, starts_at: datetime, ends_at: datetime, now: datetime, later: datetime
) -> None:
    after = due_state(before, starts_at=starts_at, ends_at=ends_at, now=now)

    assert due_state(after, starts_at=starts_at, ends_at=ends_at, now=now) is after
    order = [WindowState.SCHEDULED, WindowState.IN_PROGRESS, WindowState.COMPLETED]
    if before in (WindowState.CANCELLED, WindowState.DRAFT):
        assert after is before
    else:
        assert order.index(after) >= order.index(before)
        assert order.index(
            due_state(after, starts_at=starts_at, ends_at=ends_at, now=max(now, later))
        ) >= order.index(after)


@given(st.lists(st.sampled_from(WindowState), max_size=6))
def test_no_way_of_moving_leads_out_of_a_final_state(wishes: list[WindowState]) -> None:
    at = WindowState.SCHEDULED
    for wish in wishes:
        if may_transition(at, wish):
            assert not at.is_final
            at = wish

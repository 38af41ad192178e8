"""A draft of a window is announced to nobody, and begins nothing, until it is published (F-M3)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from components.models import JournalEntry
from maintenance import jobs
from maintenance.errors import WrongStateError
from maintenance.lifecycle import WindowState
from maintenance.models import Window
from maintenance.selectors import covered_components, listed_windows, public_windows
from maintenance.services import change, delete_window, publish, schedule, transition

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def draft(start: float = 1, end: float = 2) -> Window:
    window = Window(
        title="Move", message="We move.", impact="partial", blocks_api=True,
        starts_at=NOW + timedelta(hours=start), ends_at=NOW + timedelta(hours=end),
    )  # fmt: skip
    return schedule(window, components=[], draft=True, at=NOW)


def kinds() -> list[tuple[str, bool]]:
    return list(JournalEntry.objects.order_by("id").values_list("kind", "public"))


def test_a_draft_is_nowhere_in_public_and_time_leaves_it_alone() -> None:
    window = draft()

    later = NOW + timedelta(hours=1, minutes=30)
    assert jobs.transition_due_windows(now=later) == 0
    assert jobs.remind_of_windows(now=NOW + timedelta(minutes=30)) == 0
    window.refresh_from_db()
    assert window.state == WindowState.DRAFT
    assert not public_windows().exists()
    assert not list(listed_windows(closed_since=NOW - timedelta(days=9)))
    assert not covered_components(later).everything
    assert not any(public for _, public in kinds())


@pytest.mark.parametrize(
    ("start", "kind"), [(1, "maintenance.scheduled"), (-1, "maintenance.started")]
)
@pytest.mark.parametrize("notify", [True, False])
def test_publishing_announces_it_with_the_choice(start: float, kind: str, notify: bool) -> None:
    window = publish(draft(start), notify=notify, at=NOW)

    entry = JournalEntry.objects.latest("id")
    assert (entry.kind, entry.public, entry.data["notify"]) == (kind, True, notify)
    assert (entry.data["message"], entry.data["impact"], entry.data["blocks_api"]) == (
        "We move.", "partial", True,
    )  # fmt: skip
    with pytest.raises(WrongStateError):
        publish(window, at=NOW)


def test_a_draft_may_be_edited_and_deleted_and_nothing_else() -> None:
    window = change(draft(), values={"ends_at": NOW + timedelta(hours=5)}, at=NOW)
    assert window.state == WindowState.DRAFT
    for to in (WindowState.IN_PROGRESS, WindowState.COMPLETED, WindowState.CANCELLED):
        with pytest.raises(WrongStateError):
            transition(window, to=to, at=NOW)
    with pytest.raises(ValidationError):
        publish(window, at=NOW + timedelta(hours=6))
    delete_window(window)

    assert not any(public for _, public in kinds())


def test_f_m3_each_step_carries_the_message_unless_it_has_one_of_its_own() -> None:
    window = publish(draft(3, 5), at=NOW)
    change(window, values={"title": "Moved"}, at=NOW)
    window.refresh_from_db()
    jobs.remind_of_windows(now=NOW + timedelta(hours=2))
    jobs.transition_due_windows(now=NOW + timedelta(hours=3))
    window.refresh_from_db()
    transition(window, to=WindowState.COMPLETED, message="Done.", at=NOW + timedelta(hours=4))

    told = JournalEntry.objects.filter(public=True).order_by("id")
    assert [(each.kind.partition(".")[2], each.data["message"]) for each in told] == [
        ("scheduled", "We move."), ("updated", "We move."), ("reminder", "We move."),
        ("started", "We move."), ("ended", "Done."),
    ]  # fmt: skip

"""What is over is added up once, and anew whenever one of its rows is not what it was."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from components.history.selectors import combined_periods
from components.models import Component, DeclaredPeriod, StatusPeriod
from components.status import Status
from components.uptime.layers import Policy, Source
from components.uptime.periods import day_cells, day_start, summarise, uptime_percent
from statuspage.state import uptime_history
from statuspage.state.uptime_history import History, histories
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

FIRST = date(2026, 1, 1)
START = day_start(FIRST)
HOUR = timedelta(hours=1)
END = START + 20 * HOUR


@pytest.fixture(autouse=True)
def nothing_is_kept() -> Iterator[None]:
    uptime_history.reset()
    yield
    uptime_history.reset()


@pytest.fixture
def component() -> Component:
    """Up, three hours down, up, one hour degraded, up until now."""
    made = build.component()
    DeclaredPeriod.objects.filter(component=made).delete()
    log = [
        (Status.OPERATIONAL, 0, 2),
        (Status.MAJOR_OUTAGE, 2, 5),
        (Status.OPERATIONAL, 5, 9),
        (Status.DEGRADED, 9, 10),
        (Status.OPERATIONAL, 10, None),
    ]
    StatusPeriod.objects.bulk_create(
        StatusPeriod(
            component=made,
            status=status,
            started_at=START + begin * HOUR,
            ended_at=None if finish is None else START + finish * HOUR,
        )
        for status, begin, finish in log
    )
    return made


def told(component: Component, *, end: datetime = END) -> History | None:
    policies = {component.pk: Policy(component.uptime_policy)}
    return histories(first=FIRST, end=end, policies=policies).get(component.pk)


def afresh(component: Component, *, end: datetime = END) -> tuple[Any, ...]:
    """The same, from all rows by the plain rule."""
    periods = combined_periods([component.pk], since=START)[component.pk]
    summary = summarise(periods, start=START, end=end)
    cells = day_cells(summary, end=end)
    return uptime_percent(summary.totals), summary.known_from, [day.seconds for day in cells]


def shown(component: Component, *, end: datetime = END) -> tuple[Any, ...]:
    found = told(component, end=end)
    assert found is not None
    return uptime_percent(found.totals), found.known_from, [day.seconds for day in found.days]


def over(component: Component) -> Any:
    return StatusPeriod.objects.filter(component=component, ended_at__isnull=False)


def queries(act: Callable[[], object]) -> list[str]:
    seen: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        seen.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        act()
    return seen


def test_what_is_over_is_read_once(component: Component) -> None:
    first = told(component, end=END + 24 * HOUR)

    asked = queries(lambda: told(component, end=END + 25 * HOUR))

    assert len(asked) == 2
    again = told(component, end=END + 26 * HOUR)
    assert again is not None
    assert first is not None
    assert again.days is first.days
    assert shown(component) == afresh(component)


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.filter(status=Status.MAJOR_OUTAGE).delete(),
        lambda rows: rows.filter(status=Status.MAJOR_OUTAGE).update(status=Status.MAINTENANCE),
        lambda rows: rows.filter(status=Status.MAJOR_OUTAGE).update(ended_at=START + 4 * HOUR),
        lambda rows: rows.filter(status=Status.DEGRADED).update(started_at=START + 9.5 * HOUR),
        lambda rows: StatusPeriod.objects.filter(ended_at=None).update(ended_at=END - HOUR),
        lambda rows: StatusPeriod.objects.filter(ended_at=None).update(status=Status.UNKNOWN),
        lambda rows: rows.delete(),
    ],
)
def test_a_row_that_changes_behind_our_back_is_noticed(
    component: Component, change: Callable[[Any], object]
) -> None:
    before = shown(component)

    change(over(component))

    assert shown(component) == afresh(component)
    assert shown(component) != before or not over(component).exists()


def test_every_instant_is_told_as_the_plain_rule_tells_it(component: Component) -> None:
    StatusPeriod.objects.filter(ended_at=None).update(status=Status.PARTIAL_OUTAGE)

    for hours in (11, 20, 30, 23.5, 49):
        end = START + hours * HOUR
        assert shown(component, end=end) == afresh(component, end=end)


def test_a_period_closed_by_a_clock_ahead_of_ours_is_not_remembered_as_cut(
    component: Component,
) -> None:
    early = START + 9.5 * HOUR

    assert shown(component, end=early) == afresh(component, end=early)
    assert shown(component) == afresh(component)


def test_a_new_day_begins_with_a_new_first_day(component: Component) -> None:
    told(component)
    later = FIRST + timedelta(days=1)

    found = histories(first=later, end=datetime(2026, 1, 3, tzinfo=UTC))[component.pk]

    assert (uptime_percent(found.totals), found.days, found.first_known_on) == (100.0, (), later)


def test_what_is_deleted_is_forgotten(component: Component) -> None:
    told(component)

    component.delete()

    assert histories(first=FIRST, end=END) == {}
    assert uptime_history._cache == {}


def test_a_component_that_has_only_begun_is_known_from_its_beginning() -> None:
    component = build.component()
    began = DeclaredPeriod.objects.get(component=component).started_at

    (found,) = histories(first=began.date(), end=began + HOUR).values()

    assert (uptime_percent(found.totals), found.first_known_on, found.days) == (
        100.0,
        began.date(),
        (),
    )


def declare(component: Component, status: Status, begin: float, finish: float | None) -> Any:
    return DeclaredPeriod.objects.create(
        component=component, status=status, started_at=START + begin * HOUR,
        ended_at=None if finish is None else START + finish * HOUR,
        source=Source.CORRECTION if finish else Source.OVERRIDE,
    )  # fmt: skip


@pytest.mark.parametrize("policy", list(Policy))
def test_whatever_is_declared_afterwards_is_told_as_the_plain_rule_tells_it_f_t15(
    component: Component, policy: Policy
) -> None:
    component.uptime_policy = policy
    component.save()
    shown(component)

    first = declare(component, Status.PARTIAL_OUTAGE, 3, 6)
    assert shown(component) == afresh(component)
    second = declare(component, Status.DEGRADED, 5.5, 11)
    assert shown(component) == afresh(component)
    first.ended_at, first.version = START + 4 * HOUR, 1
    first.save()
    assert shown(component) == afresh(component)
    second.withdrawn_at, second.version = END, 1
    second.save()
    assert shown(component) == afresh(component)
    declare(component, Status.MAJOR_OUTAGE, 15, None)
    for hours in (20, 20.5, 49):
        end = START + hours * HOUR
        assert shown(component, end=end) == afresh(component, end=end)


def test_two_corrections_that_change_places_are_noticed(component: Component) -> None:
    one = declare(component, Status.PARTIAL_OUTAGE, 11, 12)
    other = declare(component, Status.DEGRADED, 15, 16)
    before = shown(component)

    for row, begin in ((one, 15), (other, 11)):
        row.started_at, row.ended_at = START + begin * HOUR, START + (begin + 1) * HOUR
        row.version += 1
        row.save()
    DeclaredPeriod.objects.filter(pk=one.pk).update(status=Status.MAJOR_OUTAGE)

    assert shown(component) == afresh(component)
    assert shown(component) != before


def test_another_policy_is_noticed(component: Component) -> None:
    declare(component, Status.MAJOR_OUTAGE, 11, 12)
    before = shown(component)

    component.uptime_policy = Policy.MEASURED
    component.save()

    assert shown(component) == afresh(component)
    assert shown(component) != before

"""Builders of page states: one plain typed function for each kind of value in them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random

from components.status import Status
from components.uptime.layers import Policy
from components.uptime.periods import day_start
from statuspage.state.page_state import (
    ComponentView,
    Day,
    GroupView,
    IncidentView,
    PageState,
    UpdateView,
    WindowView,
)

NOW = datetime(2026, 11, 21, 14, 40, 10, tzinfo=UTC)
TODAY = NOW.date()
FIRST = TODAY - timedelta(days=89)


def at(hour: int, minute: int = 0, second: int = 0, *, days: int = 0) -> datetime:
    """A clock time of today, or of a day so many days away."""
    return datetime(2026, 11, 21, hour, minute, second, tzinfo=UTC) + timedelta(days=days)


BEGAN, TOLD = at(14, 2), at(14, 6)
TOMORROW_AT_6, TOMORROW_AT_8 = at(6, days=1), at(8, days=1)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def day(days_ago: int, status: Status, seconds: int, **more: int) -> Day:
    """A notable day; `more` maps other status words to their seconds."""
    spent = {status: seconds} | {Status(word): other for word, other in more.items()}
    return Day(on=ago(days_ago), status=status, seconds=spent)


def hours(usual: int, seed: int) -> list[int | None]:
    """A day of response times that vary by a quarter, as those of real services do."""
    random = Random(seed)
    return [round(usual * random.uniform(0.8, 1.3)) for _ in range(24)]


def component(
    name: str = "API",
    *,
    pk: int = 1,
    status: Status = Status.OPERATIONAL,
    slug: str | None = None,
    description: str = "",
    since: datetime | None = None,
    note: str = "",
    uptime: float | None = 100.0,
    latency_ms: float | None = None,
    checked_at: datetime | None = NOW - timedelta(seconds=2),
    first_known_on: date | None = FIRST,
    days: Sequence[Day] = (),
    response_ms: Sequence[int | None] = (),
    affected_by: Sequence[str] = (),
    counts_for_overall: bool = True,
    basis: Policy = Policy.WORST,
    by_staff: bool = False,
) -> ComponentView:
    return ComponentView(
        id=pk,
        slug=slug or name.lower().replace(" ", "-"),
        name=name,
        description=description,
        status=status,
        since=since,
        note=note,
        uptime=uptime,
        latency_ms=latency_ms,
        checked_at=checked_at,
        first_known_on=first_known_on,
        days=tuple(days),
        response_ms=tuple(response_ms),
        affected_by=tuple(affected_by),
        counts_for_overall=counts_for_overall,
        basis=basis,
        by_staff=by_staff,
        known_from=day_start(first_known_on) if first_known_on else None,
        created_at=at(9, days=-200),
        updated_at=since or at(9, days=-3),
    )


def group(
    name: str = "Platform",
    components: Sequence[ComponentView] = (),
    *,
    pk: int | None = 1,
    description: str = "",
    collapsed: bool = False,
    open_when_wrong: bool = True,
    slug: str | None = None,
) -> GroupView:
    return GroupView(
        id=pk,
        name=name,
        description=description,
        collapsed=collapsed,
        open_when_wrong=open_when_wrong,
        components=tuple(components),
        slug=name.lower().replace(" ", "-") if slug is None else slug,
    )


def update(
    message: str, *, pk: int = 1, status: str = "investigating", created_at: datetime = TOLD
) -> UpdateView:
    return UpdateView(id=pk, status=status, message=message, created_at=created_at)


def incident(
    title: str = "Elevated errors",
    *,
    pk: int = 1,
    severity: str = "major",
    status: str = "investigating",
    components: Sequence[str] = (),
    started_at: datetime = BEGAN,
    resolved_at: datetime | None = None,
    updates: Sequence[UpdateView] = (),
) -> IncidentView:
    return IncidentView(
        id=pk,
        title=title,
        severity=severity,
        status=status,
        components=tuple(components),
        started_at=started_at,
        resolved_at=resolved_at,
        updates=tuple(updates),
    )


def window(
    title: str = "Database work",
    *,
    pk: int = 1,
    message: str = "",
    state: str = "scheduled",
    starts_at: datetime = TOMORROW_AT_6,
    ends_at: datetime = TOMORROW_AT_8,
    components: Sequence[str] = (),
    blocks_api: bool = False,
) -> WindowView:
    return WindowView(
        id=pk,
        title=title,
        message=message,
        state=state,
        starts_at=starts_at,
        ends_at=ends_at,
        components=tuple(components),
        blocks_api=blocks_api,
    )


def page(
    groups: Sequence[GroupView] = (),
    *,
    status: Status = Status.OPERATIONAL,
    since: datetime | None = None,
    checked_at: datetime | None = NOW - timedelta(seconds=2),
    incidents: Sequence[IncidentView] = (),
    past_incidents: Sequence[IncidentView] = (),
    windows: Sequence[WindowView] = (),
    demo: bool = False,
    site_name: str = "Northwind",
) -> PageState:
    return PageState(
        version=4711,
        built_at=NOW,
        site_name=site_name,
        site_url="https://status.example.org",
        demo=demo,
        status=status,
        since=since,
        checked_at=checked_at if any(each.components for each in groups) else None,
        history_from=FIRST,
        today=TODAY,
        groups=tuple(groups),
        incidents=tuple(incidents),
        past_incidents=tuple(past_incidents),
        windows=tuple(windows),
    )


def one(each: ComponentView, *, status: Status | None = None) -> PageState:
    """A page with this component alone."""
    return page([group(components=[each])], status=status or each.status)

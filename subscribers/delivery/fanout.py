"""Fan-out of a notice into its recipients' deliveries, in batches, each with its position.

A process that is killed in between leaves the position of the last batch; the next one goes on
from there, and a row that is there already is left as it is. So no recipient is left out, and
none gets a notice twice.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import (
    BooleanField,
    Count,
    ExpressionWrapper,
    Q,
    QuerySet,
    Value,
)

from components.values.severity import Severity
from subscribers.delivery import holds, order
from subscribers.delivery.matching import Audience, Preferences, matches
from subscribers.enums import Kind, Scope, State
from subscribers.message import Facts
from subscribers.models import Delivery, Notice, Subscriber, Suspension
from subscribers.pages import SubscribedPage, subscribed_pages

BATCH = 250


def create_notice(
    *,
    key: str,
    facts: Facts,
    audience: Audience,
    at: datetime,
    thread: str = "",
    entry_id: int | None = None,
    due_at: datetime | None = None,
) -> Notice:
    """Store a notice to be fanned out; return it, or the one that has the key already.

    No copy of it leaves before `due_at`; None: at once.
    """
    notice, _ = Notice.objects.get_or_create(
        key=key,
        defaults={
            "entry_id": entry_id,
            "kind": audience.kind.value,
            "thread": thread,
            "facts": facts.as_json(),
            "audience": audience.as_json(),
            "created_at": at,
            "due_at": due_at,
        },
    )
    return notice


def fan_out(*, now: datetime, limit: int = BATCH) -> int:
    """Write the next batch of the oldest notice that has not reached everybody.

    Returns how many subscribers were examined; 0 when there is nothing to do.
    """
    if not has_pending_notices():
        return 0
    notice = Notice.objects.filter(fanned_out_at=None).order_by("id").first()
    if notice is None:
        return 0
    audience = Audience.from_json(notice.audience)
    # Read and made before the transaction: on SQLite that keeps everybody else from writing.
    pages = subscribed_pages()
    candidates = list(_candidates(notice, audience, pages)[:limit])
    told = order.told(notice.thread).filter(subscriber__in=candidates)
    told_ids = set(told.values_list("subscriber_id", flat=True)) if notice.thread else set()
    recipients = [
        each
        for each in candidates
        if audience.only or matches(_preferences(each, pages), audience, told=each.pk in told_ids)
    ]
    rows = _deliveries(notice, recipients, now=now)
    with transaction.atomic():
        as_it_was = Notice.objects.filter(
            pk=notice.pk, position=notice.position, fanned_out_at=None, due_at=notice.due_at
        )
        moved = as_it_was.update(
            position=candidates[-1].pk if candidates else notice.position,
            fanned_out_at=now if len(candidates) < limit else None,
        )
        if moved:
            Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    return max(len(candidates), 1)


def has_pending_notices() -> bool:
    return Notice.objects.filter(fanned_out_at=None).exists()


def _candidates(
    notice: Notice, audience: Audience, pages: Mapping[str, SubscribedPage]
) -> QuerySet[Subscriber]:
    rows = Subscriber.objects.filter(id__gt=notice.position).order_by("id")
    if audience.only:
        return rows.filter(pk=audience.only)
    # A subscriber who came after the news has read it on the page. Who never confirmed gets no row
    # either: anybody can enter strangers, in any number.
    return rows.filter(
        _followers(audience, notice.thread, pages),
        created_at__lte=notice.created_at,
        confirmed_at__isnull=False,
    ).prefetch_related("components", "suspensions")


def _followers(audience: Audience, thread: str, pages: Mapping[str, SubscribedPage]) -> Q:
    """Return the filter of subscribers who may be concerned, as far as the database knows.

    Who was told of an event is concerned by all of it, whatever it is about by now. Of pages those
    are asked that select some of it; one that is gone has no followers.
    """
    ids = audience.component_ids
    of_all = ["", *(slug for slug, page in pages.items() if page.selected(ids) == ids)]
    followers = Q(page__in=of_all) & _following(audience, ids)
    for slug, page in pages.items():
        if slug not in of_all and (shown := page.selected(ids)):
            followers |= Q(page=slug) & _following(audience, shown)
    if thread:
        followers |= Q(pk__in=order.told(thread).values("subscriber_id"), page__in=["", *pages])
    if audience.page is not None:
        followers &= Q(page=audience.page)
    return followers & Q(unsubscribed_at=None)


def _following(audience: Audience, component_ids: frozenset[int]) -> Q:
    """Return the filter of subscribers who follow some components; none: the whole platform."""
    following = Q(scope=Scope.ALL)
    if component_ids:
        chosen = Subscriber.components.through.objects.filter(component_id__in=component_ids)
        following |= Q(scope=Scope.COMPONENTS, pk__in=chosen.values("subscriber_id"))
    else:
        following |= Q(scope=Scope.COMPONENTS)
    if audience.incident_id:
        following |= Q(scope=Scope.INCIDENT, incident_id=audience.incident_id)
    return following


def count_recipients(audience: Audience, *, thread: str = "") -> dict[str, int]:
    """Return how many recipients an audience has now, by channel, in one query.

    `thread` is the event's, if it has begun: who was told of it is counted as well.
    """
    columns = ("channel", "scope", "kinds", "min_severity", "told")
    groups = _active_followers(audience, thread).values_list(*columns).annotate(Count("pk"))
    totals: dict[str, int] = {}
    for channel, scope, kinds, severity, was_told, number in groups:
        if _matches(audience, scope, kinds, severity, told=was_told):
            totals[channel] = totals.get(channel, 0) + number
    return totals


def recipients(audience: Audience, *, thread: str = "") -> dict[int, str]:
    """Return the recipients an audience has now, as `{id: channel}`, in one query."""
    columns = ("pk", "channel", "scope", "kinds", "min_severity", "told")
    rows = _active_followers(audience, thread).values_list(*columns)
    return {
        pk: channel for pk, channel, scope, kinds, severity, was_told in rows
        if _matches(audience, scope, kinds, severity, told=was_told)
    }  # fmt: skip


def _active_followers(audience: Audience, thread: str) -> QuerySet[Any]:
    """Return the confirmed followers that are not suspended, with whether they were `told`."""
    suspended = Suspension.objects.filter(lifted_at=None).values("subscriber_id")
    followers = _followers(audience, thread, subscribed_pages())
    rows = Subscriber.objects.filter(followers, confirmed_at__isnull=False)
    told: Any = Value(False)
    if thread:
        # All of them at once: asked for each follower, PostgreSQL sorts 100,000 to count them.
        recipients = order.told(thread).filter(subscriber__isnull=False).values("subscriber_id")
        told = ExpressionWrapper(Q(pk__in=recipients), output_field=BooleanField())
    return rows.exclude(pk__in=suspended).order_by().annotate(told=told)


def _matches(
    audience: Audience, scope: str, kinds: list[str], severity: str, *, told: bool
) -> bool:
    preferences = Preferences(
        scope=Scope(scope),
        kinds=kinds,
        min_severity=Severity(severity),
        # The query has seen to these two.
        component_ids=audience.component_ids,
        incident_id=audience.incident_id,
    )
    return matches(preferences, audience, told=told)


def _preferences(row: Subscriber, pages: Mapping[str, SubscribedPage]) -> Preferences:
    page = pages.get(row.page)
    return Preferences(
        scope=Scope(row.scope),
        kinds=row.kinds,
        min_severity=Severity(row.min_severity),
        component_ids=frozenset(component.pk for component in row.components.all())
        if row.scope == Scope.COMPONENTS
        else frozenset(),
        incident_id=row.incident_id,
        selected=page.component_ids if page is not None else None,
    )


def _deliveries(
    notice: Notice, recipients: Iterable[Subscriber], *, now: datetime
) -> list[Delivery]:
    recipients = list(recipients)
    earlier = order.pending_before(notice, subscribers=[each.pk for each in recipients])
    host = urlsplit(settings.STATUSPAGE.site_url).hostname or "localhost"
    due = max(now, notice.due_at or now).timestamp()
    hold = holds.active_hold()
    held = holds.must_hold(hold, kind=notice.kind, at=notice.created_at)
    return [
        Delivery(
            notice=notice,
            subscriber=row,
            channel=row.channel,
            lane=row.lane,
            message_id=f"{notice.key}.{row.pk}@{host}",
            created_at=now,
            waits_for=earlier.get(row.pk),
            **_initial_state(notice, row, due=due, now=now, held=held),
        )
        for row in recipients
    ]


def _initial_state(
    notice: Notice, row: Subscriber, *, due: float, now: datetime, held: bool
) -> dict[str, object]:
    queued = {"state": State.QUEUED, "due": due}
    if held:
        queued = {"state": State.HELD, "reason": holds.WHY}
    if notice.kind == Kind.SERVICE:
        return queued
    if row.confirmed_at is None or row.confirmed_at > notice.created_at:
        return {"state": State.UNCONFIRMED, "reason": "not confirmed then", "ended_at": now}
    if any(each.lifted_at is None for each in row.suspensions.all()):
        return {"state": State.SUPPRESSED, "reason": "suspended", "ended_at": now}
    return queued

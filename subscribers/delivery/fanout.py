"""From one notice to its recipients' rows: in batches, each with the place it came to.

Whoever is killed in between leaves the place of the last batch; the next one goes on from there,
and a row that is there already is left as it is. So nobody is left out and nobody is told twice.
"""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from components.values.severity import Severity
from subscribers.delivery import holds
from subscribers.delivery.matching import Concern, Preferences, concerns
from subscribers.enums import Kind, Scope, State
from subscribers.message import Facts
from subscribers.models import Delivery, Notice, Subscriber, Suspension

BATCH = 250


def announce(
    *,
    key: str,
    facts: Facts,
    concern: Concern,
    at: datetime,
    thread: str = "",
    entry_id: int | None = None,
) -> Notice:
    """Keep a piece of news to be told; the same key again is the same news."""
    notice, _ = Notice.objects.get_or_create(
        key=key,
        defaults={
            "entry_id": entry_id,
            "kind": concern.kind.value,
            "thread": thread,
            "facts": facts.as_json(),
            "audience": concern.as_json(),
            "created_at": at,
        },
    )
    return notice


def fan_out(*, now: datetime, limit: int = BATCH) -> int:
    """Write the next batch of the oldest notice that has not reached everybody.

    The answer is how many subscribers were looked at; 0 when there is nothing to do.
    """
    if not anything_to_tell():
        return 0
    notice = Notice.objects.filter(fanned_out_at=None).order_by("id").first()
    if notice is None:
        return 0
    concern = Concern.from_json(notice.audience)
    # Read and made before the transaction: on SQLite that keeps everybody else from writing.
    candidates = list(_candidates(notice, concern)[:limit])
    told = [each for each in candidates if concern.only or concerns(_wish(each), concern)]
    rows = _rows(notice, told, now=now)
    with transaction.atomic():
        as_it_was = Notice.objects.filter(
            pk=notice.pk, position=notice.position, fanned_out_at=None
        )
        moved = as_it_was.update(
            position=candidates[-1].pk if candidates else notice.position,
            fanned_out_at=now if len(candidates) < limit else None,
        )
        if moved:
            Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    return max(len(candidates), 1)


def anything_to_tell() -> bool:
    return Notice.objects.filter(fanned_out_at=None).exists()


def _candidates(notice: Notice, concern: Concern) -> QuerySet[Subscriber]:
    rows = Subscriber.objects.filter(id__gt=notice.position).order_by("id")
    if concern.only:
        return rows.filter(pk=concern.only)
    # Whoever came after the news has read it on the page.
    return rows.filter(_follows(concern), created_at__lte=notice.created_at).prefetch_related(
        "components", "suspensions"
    )


def _follows(concern: Concern) -> Q:
    """Who may be concerned, as far as the database can tell."""
    follows = Q(scope=Scope.ALL)
    if concern.component_ids:
        chosen = Subscriber.components.through.objects.filter(
            component_id__in=concern.component_ids
        )
        follows |= Q(scope=Scope.COMPONENTS, pk__in=chosen.values("subscriber_id"))
    else:
        follows |= Q(scope=Scope.COMPONENTS)
    if concern.incident_id:
        follows |= Q(scope=Scope.INCIDENT, incident_id=concern.incident_id)
    return follows & Q(unsubscribed_at=None)


def reached(concern: Concern) -> dict[str, int]:
    """How many this news would be sent to by now, by channel. One query, however many they are."""
    suspended = Suspension.objects.filter(lifted_at=None).values("subscriber_id")
    rows = Subscriber.objects.filter(_follows(concern), confirmed_at__isnull=False)
    wishes = (
        rows.exclude(pk__in=suspended)
        .order_by()
        .values_list("channel", "scope", "kinds", "min_severity")
        .annotate(Count("pk"))
    )
    found: dict[str, int] = {}
    for channel, scope, kinds, severity, number in wishes:
        wish = Preferences(
            scope=Scope(scope),
            kinds=kinds,
            min_severity=Severity(severity),
            # The query has seen to these two.
            component_ids=concern.component_ids,
            incident_id=concern.incident_id,
        )
        if concerns(wish, concern):
            found[channel] = found.get(channel, 0) + number
    return found


def _wish(row: Subscriber) -> Preferences:
    return Preferences(
        scope=Scope(row.scope),
        kinds=row.kinds,
        min_severity=Severity(row.min_severity),
        component_ids=frozenset(component.pk for component in row.components.all())
        if row.scope == Scope.COMPONENTS
        else frozenset(),
        incident_id=row.incident_id,
    )


def _rows(notice: Notice, told: Iterable[Subscriber], *, now: datetime) -> list[Delivery]:
    host = urlsplit(settings.STATUSPAGE.site_url).hostname or "localhost"
    due = now.timestamp()
    hold = holds.current()
    held = holds.holds_back(hold, kind=notice.kind, at=notice.created_at)
    return [
        Delivery(
            notice=notice,
            subscriber=row,
            channel=row.channel,
            lane=row.lane,
            message_id=f"{notice.key}.{row.pk}@{host}",
            created_at=now,
            **_fate(notice, row, due=due, now=now, held=held),
        )
        for row in told
    ]


def _fate(
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

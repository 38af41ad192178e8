"""The deletion of old deliveries, with their notices, bounces and suspensions.

An event goes as a whole: who was told of its beginning is told of every later step, and that is
known from the deliveries of the beginning. So they stay while it is open, and until its last
message is old enough. What is on its way, or held, stays whatever its age.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from components.models.deletion import (
    BATCH,
    delete_in_batches,
    delete_plainly,
    free_ids,
    old_pages,
)
from subscribers.enums import State
from subscribers.models import Alert, Bounce, Delivery, Notice, Suspension

PAGE = 20_000
"""Keys of a notice's deliveries that are looked up at a time."""
_UNFINISHED = (State.QUEUED, State.SENDING, State.RETRYING, State.HELD)


def prune(*, before: datetime, open_threads: Collection[str]) -> Iterator[int]:
    """Delete what was sent about events that were over before `before`; yield after each batch.

    `open_threads` are the threads of incidents and windows that are not over.
    """
    for page in old_pages(Notice, "thread", "fanned_out_at", at="created_at", before=before):
        needed = _needed_threads(page, before) | set(open_threads)
        for pk, thread, fanned_out_at in page:
            if fanned_out_at is not None and thread not in needed:
                yield from _delete_notice(pk, before=before)
        yield 0
    yield from delete_in_batches(Suspension.objects.filter(lifted_at__lt=before))


def _needed_threads(page: Sequence[Sequence[Any]], before: datetime) -> set[str]:
    """Return the threads of a page that go on: of alerts, and those with a younger message."""
    threads = {thread for _, thread, _ in page if thread}
    alerts = {
        int(number)
        for kind, _, number in (thread.partition("-") for thread in threads)
        if kind == "alert" and number.isdecimal()
    }
    open_alerts = Alert.objects.filter(pk__in=alerts, resolved_at=None)
    younger = Notice.objects.filter(thread__in=threads, created_at__gte=before)
    return {
        *(f"alert-{pk}" for pk in open_alerts.values_list("pk", flat=True)),
        *younger.values_list("thread", flat=True).distinct(),
    }


def _delete_notice(pk: int, *, before: datetime) -> Iterator[int]:
    position = 0
    while True:
        rows = Delivery.objects.filter(notice=pk, pk__gt=position).order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:PAGE])
        for start in range(0, len(ids), BATCH):
            yield _delete_deliveries(ids[start : start + BATCH], before=before)
        if len(ids) < PAGE:
            break
        position = ids[-1]
    left = Delivery.objects.filter(notice=OuterRef("pk"))
    yield delete_plainly(Notice.objects.filter(~Exists(left), pk=pk))


def _delete_deliveries(ids: Sequence[int], *, before: datetime) -> int:
    with transaction.atomic():
        ended = Delivery.objects.filter(pk__in=ids, due=None, created_at__lt=before)
        free = free_ids(ended.exclude(state__in=_UNFINISHED).order_by("pk"))
        delete_plainly(Bounce.objects.filter(delivery__in=free))
        return delete_plainly(Delivery.objects.filter(pk__in=free))

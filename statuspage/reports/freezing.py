"""Freezes the reports of months that are over, and freezes anew what history says otherwise since.

beat runs it. Each revision is kept, names the former one by its digest, and is signed. Whether a
month has to be looked at again is told by the journal, and by a fingerprint of its rows.
"""

import hashlib
import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Min

from components.journal import Event, position, record
from components.journal.event_types import STATUS_CHANGED, registered
from components.models import DeclaredPeriod, JournalEntry, StatusPeriod
from components.secrets import SecretError
from components.values.instants import iso
from statuspage.event_types import REPORT_FROZEN
from statuspage.report_models import FrozenReport
from statuspage.reports.document import (
    MonthlyReportJson,
    ReportPreviousJson,
    canonical,
    same_figures,
    sha256,
)
from statuspage.reports.fingerprints import fingerprint
from statuspage.reports.frozen import Revision, revisions
from statuspage.reports.gathering import month_again, month_report, shown_ids
from statuspage.reports.month import Span, month_span, previous_month
from statuspage.reports.signing import key_or_create, sign
from statuspage.state.builder import READER
from statuspage.state.page_state import PageState
from statuspage.state.selection import shown_on

log = logging.getLogger(__name__)

SETTLED = timedelta(minutes=10)
"""After its end: until what was measured in a month's last seconds is written down."""
MAX_MONTHS = 60
"""How far back months are frozen that were over before there were reports."""
CORRECTED, COMPONENTS = "history_corrected", "components_changed"
"""Why there is another revision."""
RETRY = timedelta(minutes=5)
_SUBJECTS = ("component.", "group.", "incident.", "maintenance.", "page.")


class Freezer:
    """What one beat knows of the reports: what it has looked at, and what it has still to."""

    def __init__(self, state: Callable[[], PageState | None]) -> None:
        self._state = state
        self._seen = -1
        """The journal's entry up to which everything is as it should be."""
        self._until: date | None = None
        """The last month that was over then."""
        self._months: list[date] = []
        self._not_before: datetime | None = None
        self._shown: PageState | None = None
        """What is published, while there is anything to be looked at."""

    def step(self, now: datetime) -> None:
        """Look at one month, if there is any to be looked at."""
        if self._not_before is not None and now < self._not_before:
            return
        if not self._months and not self._plan(now):
            return
        state = self._shown = self._shown or self._state()
        if state is None or state.version < self._seen:
            self._shown = None
            return  # what is published is older than what is to be reported
        span = month_span(self._months[0], now=now)
        try:
            if span is not None:
                freeze_month(state, span, now=now)
        except SecretError as error:
            # Another machine may have the key.
            log.warning("reports cannot be signed here: %s", error)
            self._not_before = now + RETRY
            return
        self._months.pop(0)
        if not self._months:
            self._shown = None

    def _plan(self, now: datetime) -> bool:
        """Note what is to be looked at, if anything may have changed; return whether there is."""
        last, newest = last_month(now), position(READER)
        if last != self._until or _concerns_reports(self._seen, newest):
            self._months = months_to_freeze(last)
        self._seen, self._until = newest, last
        return bool(self._months)


def last_month(now: datetime) -> date:
    """Return the newest month that is over, and settled."""
    return previous_month((now - SETTLED).date().replace(day=1))


def _concerns_reports(seen: int, newest: int) -> bool:
    if newest == seen:
        return False
    if newest < seen:
        return True  # the store was set back
    kinds = [
        each.name
        for each in registered()
        if each.name.startswith(_SUBJECTS) and each is not STATUS_CHANGED
    ]
    return JournalEntry.objects.filter(id__gt=seen, id__lte=newest, kind__in=kinds).exists()


def months_to_freeze(last: date) -> list[date]:
    """Return the months until `last` that have, or should have, a frozen report, oldest first."""
    begun = [
        StatusPeriod.objects.aggregate(first=Min("started_at"))["first"],
        DeclaredPeriod.objects.aggregate(first=Min("started_at"))["first"],
    ]
    known = min((each.date() for each in begun if each is not None), default=None)
    months = set(FrozenReport.objects.filter(month__lte=last).values_list("month", flat=True))
    month = last
    for _ in range(MAX_MONTHS):
        if known is None or month < known.replace(day=1):
            break
        months.add(month)
        month = previous_month(month)
    return sorted(months)


def freeze_month(state: PageState, span: Span, *, now: datetime) -> None:
    """Freeze the reports of all pages of a month, or what is not as it was frozen.

    `state` is that of `main`. Raises SecretError where the key of reports cannot be read.
    """
    rows = fingerprint(span)
    for shown in (state, *(shown_on(state, face) for face in state.faces)):
        _freeze(shown, span, rows, now)


def _freeze(shown: PageState, span: Span, rows: str, now: datetime) -> None:
    ids = shown_ids(shown)
    inputs = hashlib.sha256(f"{rows} {sorted(ids)}".encode()).hexdigest()
    found = revisions(shown, span.first)
    if not found:
        first = month_report(shown, span)
        if first is not None:
            _store(shown, span, first, inputs=inputs, now=now)
        return
    newest = found[-1]
    if newest.row.inputs == inputs:
        return
    report = month_again(found[0].report, shown, span)
    if report is None or same_figures(report, newest.report):
        FrozenReport.objects.filter(pk=newest.row.pk).update(inputs=inputs)
        return
    _store(shown, span, report, inputs=inputs, now=now, former=newest)


def _store(
    shown: PageState,
    span: Span,
    report: MonthlyReportJson,
    *,
    inputs: str,
    now: datetime,
    former: Revision | None = None,
) -> None:
    key = key_or_create(now=now)
    number, reason = 1, ""
    previous: ReportPreviousJson | None = None
    if former is not None:
        number = former.number + 1
        previous = {"revision": former.number, "sha256": former.row.sha256}
        same = {each["id"] for each in report["components"]} == former.component_ids()
        reason = CORRECTED if same else COMPONENTS
    report = {
        **report,
        "revision": number,
        "frozen_at": iso(now),
        "reason": reason,
        "previous": previous,
        "key": key.fingerprint,
    }
    document = canonical(report)
    signature, digest = sign(key, document), sha256(document)
    told = {
        "page": shown.face.slug,
        "month": report["month"],
        "revision": number,
        "reason": reason,
        "sha256": digest,
    }
    try:
        with transaction.atomic():
            FrozenReport.objects.create(
                page=shown.face.slug,
                identity=shown.identity.uuid,
                month=span.first,
                revision=number,
                frozen_at=now,
                document=document,
                sha256=digest,
                signature=signature,
                key=key,
                inputs=inputs,
            )
            record(Event(REPORT_FROZEN, told))
    except IntegrityError:
        log.info("another beat froze the report of %s", report["month"])

"""What a month's history was made of, as a short text that changes with any of its rows.

In three statements, for beat asks for each month that was frozen whenever history may have changed.
What ends after the month counts as ending with it: that it ended since changes nothing.
"""

import hashlib
from typing import Any

from django.db import connection
from django.db.models import Q

from components.models import DeclaredPeriod, StatusPeriod
from incidents.models import Incident
from statuspage.reports.month import Span

_ROWS = """
SELECT COUNT(*), MAX(id), {sum}(id * {code}), {sum}({start}), {sum}({end}),
    {sum}({end} * {code} * component_id)
FROM {table} WHERE started_at < %(until)s AND (ended_at IS NULL OR ended_at > %(since)s) {which}
"""
# From the month's beginning on, so that the sums of a large store keep fractions of a second.
_DIALECTS = {
    "postgresql": {
        "sum": "SUM",
        "code": "(ascii(status) + length(status))",
        "start": "date_part('epoch', started_at - %(since)s::timestamptz)",
        "end": "date_part('epoch', LEAST(COALESCE(ended_at, %(until)s::timestamptz),"
        " %(until)s::timestamptz) - %(since)s::timestamptz)",
    },
    "sqlite": {
        "sum": "TOTAL",
        "code": "(unicode(status) + length(status))",
        "start": "(julianday(started_at) - julianday(%(since)s))",
        "end": "(julianday(MIN(COALESCE(ended_at, %(until)s), %(until)s)) - julianday(%(since)s))",
    },
}
_TABLES = ((StatusPeriod, ""), (DeclaredPeriod, "AND withdrawn_at IS NULL"))


def fingerprint(span: Span) -> str:
    """Return a digest of all rows of both layers that touch a span, and of incidents that declare
    nothing because only the machine has spoken in them."""
    adapt = connection.ops.adapt_datetimefield_value
    values: dict[str, Any] = {"since": adapt(span.start), "until": adapt(span.end)}
    found: list[Any] = [_of_the_machine(span)]
    with connection.cursor() as cursor:
        for model, which in _TABLES:
            sql = _ROWS.format(
                table=model._meta.db_table, which=which, **_DIALECTS[connection.vendor]
            )
            cursor.execute(sql, values)
            found.append(cursor.fetchone())
    return hashlib.sha256(repr(found).encode()).hexdigest()


def _of_the_machine(span: Span) -> list[str]:
    rows = Incident.objects.filter(
        Q(resolved_at=None) | Q(resolved_at__gt=span.start),
        published=True,
        machine_only=True,
        started_at__lt=span.end,
    ).order_by("pk")
    return [
        f"{reference} {started_at} {min(resolved_at or span.end, span.end)}"
        for reference, started_at, resolved_at in rows.values_list(
            "reference", "started_at", "resolved_at"
        )
    ]

"""The queries that run all day use their indexes, on either database."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet

from components.models import DeclaredPeriod, JournalEntry, StatusPeriod
from components.status import Status
from incidents.models import Incident
from monitors.models import Check, Result
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def plan(rows: QuerySet) -> str:  # type: ignore[type-arg]  # of any model
    """How the database goes about it, with tables taken for large."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off")
            cursor.execute("SET enable_bitmapscan = off")
    return rows.explain()


@pytest.fixture(autouse=True)
def some_rows() -> None:
    component = build.component()
    build.monitor(component)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    StatusPeriod.objects.bulk_create(
        StatusPeriod(
            component=component,
            status=Status.OPERATIONAL,
            started_at=start + timedelta(hours=n),
            ended_at=start + timedelta(hours=n + 1),
        )
        for n in range(200)
    )
    DeclaredPeriod.objects.bulk_create(
        DeclaredPeriod(
            component=component,
            source="incident",
            incident_id=n,
            status=Status.DEGRADED,
            started_at=start + timedelta(hours=n),
            ended_at=start + timedelta(hours=n + 1),
        )
        for n in range(200)
    )
    JournalEntry.objects.bulk_create(
        JournalEntry(kind=f"incident.{n % 7}", public=True, subject_id=n, data={}, at=start)
        for n in range(500)
    )
    with connection.cursor() as cursor:
        # Or PostgreSQL would judge by what an earlier test has left.
        cursor.execute("ANALYZE")


@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (
            lambda: Check.objects.filter(region="global", due__lte=1.0, due__isnull=False).order_by(
                "due"
            ),
            "check_due",
        ),
        (
            lambda: Result.objects.filter(check_id=1).order_by("-at_ms")[:20],
            ("monitors_result_default_pkey", "PRIMARY KEY (check_id=?)"),
        ),
        (
            lambda: JournalEntry.objects.filter(
                subject_id=7, kind__startswith="incident."
            ).order_by("-id")[:50],
            "journal_by_subject",
        ),
        (
            lambda: JournalEntry.objects.filter(id__gt=5).order_by("id")[:500],
            ("journalentry_pkey", "INTEGER PRIMARY KEY"),
        ),
        (
            lambda: StatusPeriod.objects.filter(component=1, ended_at=None),
            ("one_open_period", "period_by_component"),
        ),
        (
            lambda: DeclaredPeriod.objects.filter(source="incident", incident_id__in=[7]),
            "declared_by_incident",
        ),
        (
            lambda: DeclaredPeriod.objects.filter(component=1).order_by("-started_at"),
            "declared_by_component",
        ),
        (
            lambda: Incident.objects.filter(resolved_at=None).order_by("started_at"),
            "incident_open",
        ),
    ],
)
def test_a_query_that_runs_all_day_uses_its_index(
    rows: object, index: str | tuple[str, ...]
) -> None:
    told = plan(rows())  # type: ignore[operator]

    names = (index,) if isinstance(index, str) else index
    assert any(name in told for name in names), told

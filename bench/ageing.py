"""Fills a store with years of made-up records by SQL, and times what is asked of it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Model, QuerySet
from django.test import Client

from bench import fill
from components import journal
from components.backoffice.paging import MAX_COUNT
from components.models import JournalCursor, JournalEntry
from incidents.models import Incident, Update
from statuspage.access import tokens
from statuspage.publishing import projector, snapshot
from statuspage.state.builder import READER
from subscribers.delivery import outbox
from subscribers.enums import AlertStage, Kind, State
from subscribers.models import Alert, Delivery, Notice, Subscriber

COPIES = 1_000
"""Deliveries of one notice."""
_OF_ENTRIES = (
    "", "?q=ann", "?q=incident.updated", "?about=monitor", "?about=group", "?who=ann", "?who=-",
    "?subject_id=7&about=component", "?public__exact=1",
)  # fmt: skip
_OF_DELIVERIES = (
    "", "?state__exact=failed", "?state__exact=queued", "?channel__exact=webhook",
    "?notice__kind__exact=alerts", "?q=incident-7", "?q=journal-9.40@status.example.com",
    "?q=nothing",
)  # fmt: skip
_LISTS = (
    "incidents/incident", "subscribers/subscriber", "subscribers/alert", "subscribers/suspension",
    "maintenance/window", "components/declaredperiod",
)  # fmt: skip


def populate(
    *, incidents: int, journal_rows: int, deliveries: int, subscribers: int, alerts: int
) -> None:
    """Write so many rows of each, all of the last two years."""
    now = datetime.now(UTC)
    fill.components(count=100)
    projector.catch_up()
    long_ago = now - timedelta(days=730)
    incident = Incident.objects.create(
        reference="INC-1", title="Payments fail", status="resolved", severity="minor",
        started_at=long_ago, resolved_at=long_ago + timedelta(hours=1),
    )  # fmt: skip
    update = Update.objects.create(incident=incident, status="resolved", message="It works again.")
    entry = JournalEntry.objects.create(
        kind="monitor.state_changed", public=False, subject_id=1, at=long_ago, actor="",
        data={"name": "Shop answers", "verdict": "down", "message": "status 503"},
    )  # fmt: skip
    person = Subscriber.objects.create(address_digest="d", lane="email", confirmed_at=long_ago)
    notice = Notice.objects.create(
        key="journal-0", thread="incident-0", kind=Kind.INCIDENTS, created_at=long_ago,
        fanned_out_at=long_ago, facts={"headline": "Payments fail", "event": "incident.created"},
    )  # fmt: skip
    alert = Alert.objects.create(
        component_id=1, name="Shop", stage=AlertStage.RESOLVED, severity="major", facts={},
        began_at=long_ago, resolved_at=long_ago + timedelta(minutes=5),
    )  # fmt: skip
    copy = Delivery.objects.create(
        notice=notice, subscriber=person, state=State.SENT, created_at=long_ago, lane="email",
        ended_at=long_ago, message_id="journal-0.1@status.example.com",
    )  # fmt: skip
    _multiply(incident, incidents, reference="'INC-' || (n + 1)", started_at=_at(incidents))
    _multiply(update, 3 * incidents, incident_id=f"{incident.pk} + n % {max(1, incidents)}",
              created_at=_at(3 * incidents))  # fmt: skip
    _multiply(entry, journal_rows, subject_id="n % 100 + 1", at=_at(journal_rows),
              kind="CASE WHEN n % 20 = 0 THEN 'incident.updated' ELSE 'monitor.state_changed' END",
              )  # fmt: skip
    _multiply(person, subscribers, address_digest="'d' || n", nonce="'n' || n")
    notices = max(1, deliveries // COPIES)
    _multiply(notice, notices, key="'journal-' || n", thread="'incident-' || (n / 4)",
              created_at=_at(notices), entry_id="n")  # fmt: skip
    _multiply(alert, alerts, began_at=_at(alerts), component_id="n % 100 + 1")
    _multiply(
        copy, deliveries,
        notice_id=f"{notice.pk} + 1 + (n - 1) / {COPIES} % {notices}",
        subscriber_id=f"{person.pk} + 1 + (n - 1) % {COPIES}",
        state="CASE WHEN n % 50 = 0 THEN 'failed' ELSE 'sent' END",
        created_at=_at(deliveries), ended_at=_at(deliveries),
        message_id=f"'journal-' || (1 + (n - 1) / {COPIES}) || '.'"
                   f" || ({person.pk} + 1 + (n - 1) % {COPIES}) || '@status.example.com'",
    )  # fmt: skip
    with connection.cursor() as cursor:
        # Rows that come over years are vacuumed as they do.
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    # All of it was processed long ago.
    for reader in ("alerts", "automation", "notices", READER):
        JournalCursor.objects.update_or_create(reader=reader, defaults={"position": journal.head()})
    snapshot.publish(now=now)


def measure(*, runs: int) -> list[tuple[str, float, float]]:
    """Return the median and the 95th percentile, in milliseconds, of each thing asked for."""
    staff = Client(headers={"host": "localhost"})
    staff.force_login(get_user_model().objects.create_superuser("ann", "", "of-the-bench"))
    key = tokens.create(name="aged", scopes=["status:read", "subscribers:read", "monitors:read"])
    program = Client(headers={"host": "localhost", "authorization": f"Bearer {key}"})
    rows = [_timed(path, staff, path, runs) for path in _admin_pages()]
    rows += [_timed(path, program, path, runs) for path in _api_lists()]
    others: dict[str, Any] = {
        "publish the page": lambda: snapshot.publish(now=datetime.now(UTC)),
        "is a reader behind": lambda: journal.is_behind("notices"),
        "is anything to be sent": lambda: outbox.has_due(now=time.time()),
    }
    return [*rows, *((name, *_times(run, runs)) for name, run in others.items())]


def _admin_pages() -> Iterator[str]:
    yield "/admin/"
    entries, sent = "/admin/components/journalentry/", "/admin/subscribers/delivery/"
    for query in (*_OF_ENTRIES, f"?p={_last_page(JournalEntry, 50)}"):
        yield entries + query
    for query in (*_OF_DELIVERIES, f"?p={_last_page(Delivery, 50)}"):
        yield sent + query
    for name in _LISTS:
        yield f"/admin/{name}/"
    yield "/admin/incidents/incident/?q=INC-77"
    yield f"/admin/incidents/incident/?p={_last_page(Incident, 50)}"
    yield "/admin/incidents/incident/?status__exact=monitoring"
    yield "/admin/subscribers/subscriber/?suspended=yes"
    yield "/admin/subscribers/subscriber/?suspended=no"
    yield "/admin/subscribers/subscriber/?channel__exact=webhook"
    yield "/admin/subscribers/alert/?stage__exact=raised"
    yield "/admin/subscribers/alert/?q=Shop"
    yield "/admin/subscribers/alert/?q=nothing-of-that-name"
    yield f"/admin/incidents/incident/{Incident.objects.order_by('-pk')[0].pk}/change/"


def _last_page(model: type[Model], size: int) -> int:
    return (min(MAX_COUNT, QuerySet(model).count()) + size - 1) // size


def _api_lists() -> Iterator[str]:
    middle = Delivery.objects.order_by("-pk")[0].pk // 2
    yield "/api/v1/status/incidents"
    yield "/api/v1/status/incidents?status=open"
    yield "/api/v1/deliveries"
    yield f"/api/v1/deliveries?before={middle}"
    yield "/api/v1/deliveries?state=failed"
    yield "/api/v1/deliveries?state=queued"
    yield "/api/v1/deliveries?channel=webhook"
    yield "/api/v1/deliveries?event=incident-7"
    yield "/api/v1/alerts"
    yield "/api/v1/status/subscribers"


def _timed(name: str, client: Client, path: str, runs: int) -> tuple[str, float, float]:
    def ask() -> None:
        answer = client.get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}: {answer.content[:200]!r}")

    return (name, *_times(ask, runs))


def _times(run: Any, runs: int) -> tuple[float, float]:
    run()  # what is done once per process is done here
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        run()
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return took[len(took) // 2], took[min(len(took) - 1, round(len(took) * 0.95))]


def _at(count: int) -> str:
    """SQL of the instant of row `n`: evenly over the last two years."""
    seconds = f"(({count} - n) * {730 * 86_400 // max(1, count)})"
    if connection.vendor == "postgresql":
        return f"now() - {seconds} * interval '1 second'"
    return f"strftime('%Y-%m-%d %H:%M:%S', 'now', '-' || {seconds} || ' seconds')"


def _multiply(row: Model, count: int, **overrides: str) -> None:
    """Insert copies of a row, numbered `n` from 1, with SQL in place of some columns."""
    table = row._meta.db_table
    columns = [f.column for f in row._meta.local_concrete_fields if not f.primary_key and f.column]
    values = ", ".join(overrides.get(name, f"t.{name}") for name in columns)
    numbers = (
        f"g(n) AS (SELECT generate_series(1, {count}))"
        if connection.vendor == "postgresql"
        else f"RECURSIVE g(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM g WHERE n < {count})"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)})"
            f" WITH {numbers} SELECT {values} FROM {table} t, g"
            f" WHERE t.id = {int(row.pk)} ORDER BY n"
        )

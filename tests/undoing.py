"""What the tests of undoing share: a hold, the newest entry, telling, and sending later."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from components.journal.hold import held_until
from components.models import Component, JournalEntry
from components.status import Status
from components.values.severity import Severity
from incidents import services
from incidents.models import Incident
from maintenance.models import Window
from statuspage.automation import notices
from subscribers.delivery.fanout import fan_out
from tests.mailserver import Script

HOLD = 15
Send = Callable[..., int]


def now() -> datetime:
    return datetime.now(UTC)


def later(seconds: float) -> Callable[[], float]:
    """A sender's clock that is ahead."""
    return lambda: now().timestamp() + seconds


def tell() -> None:
    notices.run(now=now())
    while fan_out(now=now()):
        pass


def newest(kind: str) -> JournalEntry:
    entry = JournalEntry.objects.filter(kind=kind).last()
    assert entry is not None
    return entry


def newest_held(kind: str) -> JournalEntry:
    rows = JournalEntry.objects.filter(kind=kind).order_by("-pk")
    return next(each for each in rows if held_until(each))


def opened(impacts: dict[Component, Status] | None = None, **fields: Any) -> Incident:
    fields.setdefault("hold_seconds", HOLD)
    return services.open_incident(
        title="Checkout is slow", severity=Severity.MAJOR, message="We look.",
        impacts=impacts or {}, **fields,
    )  # fmt: skip


def subjects(mails: Script) -> list[str]:
    return [str(mail.message["Subject"]) for mail in mails.mails]


def window(**fields: Any) -> Window:
    fields.setdefault("starts_at", now() + timedelta(hours=2))
    fields.setdefault("ends_at", now() + timedelta(hours=3))
    return Window(title="Database upgrade", **fields)

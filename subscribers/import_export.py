"""Import and export of subscribers, with their confirmed state.

A row that cannot be imported is reported with its number, its field and what is wrong, and keeps no
other out. Importing the same file twice changes nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from components.journal import Event, record
from components.languages.names import NAMES, known_tag
from components.models import Component
from components.secrets import Sealed
from components.values import foreign_json, inert_csv
from components.values.field_names import unknown_field
from components.values.severity import Severity
from subscribers import event_types
from subscribers.addresses import digest, lane, normalise
from subscribers.channels.base import EMAIL
from subscribers.channels.registry import channels
from subscribers.enums import CHOOSABLE, Scope
from subscribers.models import Subscriber
from subscribers.models.subscriber import default_kinds
from subscribers.pages import MAIN_PAGE, subscribed_pages

FIELDS = (
    "channel", "address", "components", "kinds", "min_severity", "confirmed_at", "unsubscribed_at",
    "page", "language",
)  # fmt: skip
_ALIASES = {"email": "address", "endpoint": "address", "confirmed": "confirmed_at"}
_YES = {"true", "yes", "1"}


@dataclass(frozen=True, slots=True)
class RefusedRow:
    row: int
    """Counted from 1, the header not included."""
    field: str
    message: str


@dataclass(slots=True)
class Report:
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[RefusedRow] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)


class _FieldError(Exception):
    """A field's value is not accepted."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def parse(text: str) -> list[dict[str, Any]]:
    """Return the rows of JSON (a list of objects) or CSV with a header. Raises ValueError."""
    if text.lstrip()[:1] in ("[", "{"):
        values = foreign_json.load(text)
        rows = values.get("subscribers") if isinstance(values, dict) else values
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ValueError("write a list of objects")
        return rows
    if not foreign_json.is_storable(text):
        raise ValueError("write text without NUL characters")
    return inert_csv.read(text)


def import_subscribers(
    rows: Iterable[Mapping[str, Any]], *, now: datetime, dry_run: bool = False, actor: str = ""
) -> Report:
    """Create and update subscribers in one transaction; a dry run writes nothing."""
    report = Report()
    slugs = {str(slug): pk for pk, slug in Component.objects.values_list("pk", "slug")}
    known = {**slugs, **{str(pk): pk for pk in slugs.values()}}
    with transaction.atomic():
        for number, row in enumerate(rows, start=1):
            try:
                _apply_row(_parse_row(row, known, now=now), report, now=now)
            except _FieldError as error:
                report.refused.append(RefusedRow(number, error.field, str(error)))
        if dry_run:
            transaction.set_rollback(True)
        elif report.created or report.updated:
            counts = {"created": report.created, "updated": report.updated,
                      "refused": len(report.refused)}  # fmt: skip
            record(Event(event_types.SUBSCRIBERS_IMPORTED, counts, actor=actor), at=now)
    return report


def _parse_row(
    row: Mapping[str, Any], known: Mapping[str, int], *, now: datetime
) -> dict[str, Any]:
    values = {_ALIASES.get(str(name), str(name)): value for name, value in row.items()}
    if unknown := sorted(set(values) - set(FIELDS)):
        raise _FieldError(unknown[0], unknown_field(unknown[0], FIELDS))
    channel = str(values.get("channel") or EMAIL)
    if channel not in channels():
        raise _FieldError("channel", f"Write one of {', '.join(channels())}.")
    try:
        address = normalise(channel, str(values.get("address") or ""))
    except ValidationError as error:
        raise _FieldError("address", " ".join(error.messages)) from None
    wanted = [str(each) for each in _list(values.get("components"))]
    if missing := [each for each in wanted if each not in known]:
        raise _FieldError("components", f"There is no component {missing[0]}.")
    chosen = [str(each) for each in _list(values.get("kinds"))] or default_kinds()
    if not set(chosen) <= set(CHOOSABLE):
        raise _FieldError("kinds", f"Choose from {', '.join(CHOOSABLE)}.")
    severity = str(values.get("min_severity") or Severity.NONE)
    if severity not in set(Severity):
        raise _FieldError("min_severity", f"Write one of {', '.join(Severity)}.")
    return {
        "channel": channel,
        "address": address,
        "components": sorted({known[each] for each in wanted}),
        "kinds": chosen,
        "min_severity": severity,
        "confirmed_at": _instant("confirmed_at", values.get("confirmed_at"), now=now),
        "unsubscribed_at": _instant("unsubscribed_at", values.get("unsubscribed_at"), now=now),
        "page": _page(values.get("page")),
        **_language(values.get("language")),
    }


def _language(given: Any) -> dict[str, str]:
    """Return the language that a row names, if it does. Raises _FieldError."""
    wanted = str(given or "").strip()
    if not wanted:
        return {}
    if (tag := known_tag(wanted)) is None:
        raise _FieldError("language", f"Choose one of {', '.join(NAMES)}.")
    return {"language": tag}


def _page(given: Any) -> str:
    """Return the slug of a page; '' for the main page. Raises _FieldError."""
    slug = str(given or "").strip()
    if slug in ("", MAIN_PAGE):
        return ""
    if slug not in (pages := subscribed_pages()):
        raise _FieldError("page", f"Write one of {', '.join([MAIN_PAGE, *pages])}.")
    return slug


def _list(given: Any) -> list[Any]:
    if isinstance(given, str):
        return [part.strip() for part in given.replace(",", ";").split(";") if part.strip()]
    return list(given) if isinstance(given, list | tuple) else []


def _instant(name: str, given: Any, *, now: datetime) -> datetime | None:
    """Return an instant, or now for yes, or None. Raises _FieldError."""
    text = str(given if given not in (None, False) else "").strip()
    if not text or text.lower() in ("false", "no", "0"):
        return None
    if text.lower() in _YES:
        return now
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _FieldError(name, "Write an instant such as 2026-11-21T14:00:00Z, or yes.") from None
    return min(now, at if at.tzinfo else at.replace(tzinfo=UTC))


def _apply_row(values: dict[str, Any], report: Report, *, now: datetime) -> None:
    components = values.pop("components")
    address = values.pop("address")
    values["scope"] = Scope.COMPONENTS if components else Scope.ALL
    key = digest(values["channel"], address, values["page"])
    row = Subscriber.objects.filter(address_digest=key, incident_id=0).first()
    if row is None:
        row = Subscriber(**values, address_digest=key, lane=lane(values["channel"], address))
        sealed: Any = Sealed.of(address)
        row.address = sealed
        row.save()
        row.components.set(components)
        report.created += 1
        report.ids.append(row.pk)
        return
    report.ids.append(row.pk)
    if row.unsubscribed_at is not None and values["unsubscribed_at"] is None:
        # They have left here: a list from elsewhere does not bring them back.
        values["unsubscribed_at"] = row.unsubscribed_at
    values["confirmed_at"] = row.confirmed_at or values["confirmed_at"]
    values["unsubscribed_at"] = row.unsubscribed_at or values["unsubscribed_at"]
    before = {name: getattr(row, name) for name in values}
    if before == values and {each.pk for each in row.components.all()} == set(components):
        report.unchanged += 1
        return
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    row.components.set(components)
    report.updated += 1


def export_subscribers() -> list[dict[str, Any]]:
    """Return all subscribers but those of one incident, as `import_subscribers` takes them."""
    rows = Subscriber.objects.exclude(scope=Scope.INCIDENT).filter(merged_into=None)
    rows = rows.prefetch_related("components")
    return [
        {
            "channel": row.channel,
            "address": row.address.reveal() if row.address else "",
            "components": [component.slug for component in row.components.all()],
            "kinds": row.kinds,
            "min_severity": row.min_severity,
            "confirmed_at": row.confirmed_at.isoformat() if row.confirmed_at else "",
            "unsubscribed_at": row.unsubscribed_at.isoformat() if row.unsubscribed_at else "",
            "page": row.page,
            "language": row.language,
        }
        for row in rows.order_by("id")
    ]


def as_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return exported rows as CSV, which `parse` reads again."""
    cells = (
        [";".join(row[name]) if isinstance(row[name], list) else row[name] for name in FIELDS]
        for row in rows
    )
    return "".join(inert_csv.lines([FIELDS, *cells]))

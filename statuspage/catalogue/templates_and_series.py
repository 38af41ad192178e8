"""Message templates and recurring maintenance in the catalogue."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError

from incidents.models import IncidentTemplate
from incidents.templates import delete_template, save_template
from maintenance.models import Series
from maintenance.series import change_series, start_series, stop_series
from statuspage.catalogue.fields import Draft, Field, column, columns, references
from statuspage.catalogue.kind import ObjectKind
from statuspage.catalogue.monitoring import is_live


def _save_template(draft: Draft, *, actor: str, at: datetime) -> Mapping[str, str]:
    save_template(draft.row, actor=actor)
    return {}


def _retire_template(row: IncidentTemplate, *, actor: str, at: datetime) -> None:
    delete_template(row, actor=actor)


TEMPLATES = ObjectKind(
    section="templates",
    noun="message template",
    model=IncidentTemplate,
    key=("name",),
    fields=columns(IncidentTemplate, "name title message severity status"),
    save=_save_template,
    retire=_retire_template,
)

_COLUMNS = "title message impact regions blocks_api remind_before rule timezone first_local"
_STORED = (*_COLUMNS.split(), "duration", "exceptions")


def _write_duration(draft: Draft, seconds: int) -> None:
    if not 0 < seconds <= 30 * 86_400:
        raise ValidationError({"duration": "Write a number of seconds, up to 30 days."})
    draft.row.duration = timedelta(seconds=seconds)


def _write_exceptions(draft: Draft, local: Iterable[str]) -> None:
    try:
        starts = {datetime.fromisoformat(each) for each in local}
        if any(each.tzinfo is not None for each in starts):
            raise ValueError
    except ValueError:
        text = "Write dates and times without an offset, as 2026-12-01T02:00:00."
        raise ValidationError({"exceptions": text}) from None
    draft.row.exceptions = sorted(each.isoformat() for each in starts)


def _save_series(draft: Draft, *, actor: str, at: datetime) -> Mapping[str, str]:
    row, components = draft.row, draft.given["components"]
    if row.pk is None:
        start_series(row, components=components, actor=actor, notify=False, at=at)
    else:
        change_series(
            row, values={name: getattr(row, name) for name in _STORED}, components=components,
            actor=actor, at=at,
        )  # fmt: skip
    return {}


def _retire_series(row: Series, *, actor: str, at: datetime) -> None:
    stop_series(row, notify=True, actor=actor, at=at)


def _restore_series(row: Series, *, actor: str, at: datetime) -> None:
    change_series(row, values={"ended": False}, actor=actor, at=at)


SERIES = ObjectKind(
    section="maintenance_series",
    noun="recurring maintenance",
    model=Series,
    key=("title",),
    fields=(
        *columns(Series, _COLUMNS),
        Field(
            name="duration",
            annotation=int,
            read=lambda row: int(row.duration.total_seconds()) if row.duration else 0,
            write=_write_duration,
        ),
        replace(
            column(Series, "exceptions"),
            read=lambda row: sorted(row.exceptions),
            write=_write_exceptions,
        ),
        references("components", to="components", by="slug", is_named=is_live),
    ),
    gathered=("components",),
    save=_save_series,
    retire=_retire_series,
    restore=_restore_series,
    is_gone=lambda row: row.ended,
    is_idle=lambda row: row.ended,
)

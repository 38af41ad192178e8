"""Alert channels and routes in the catalogue."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Described

from components.secrets import SecretError
from statuspage.catalogue.fields import Draft, Field, column, columns, references, secret
from statuspage.catalogue.kind import ObjectKind
from statuspage.catalogue.monitoring import is_live
from subscribers.addresses import normalise
from subscribers.alerting.channels import save_channel
from subscribers.alerting.routes import save_route
from subscribers.models import AlertChannel, AlertRoute


def _is_same_address(row: Any, text: str) -> bool:
    try:
        return bool(row.address.reveal() == normalise(row.channel, text))
    except (SecretError, ValidationError):
        return False


def _save_channel(draft: Draft, *, actor: str, at: datetime) -> Mapping[str, str]:
    secret = save_channel(draft.row, address=draft.given["address"] or "", actor=actor)
    return {"secret": secret} if secret else {}


def _retire_channel(row: AlertChannel, *, actor: str, at: datetime) -> None:
    row.enabled = False
    save_channel(row, actor=actor)


ALERT_CHANNELS = ObjectKind(
    section="alert_channels",
    noun="alert channel",
    model=AlertChannel,
    key=("name",),
    fields=(
        *columns(AlertChannel, "name channel"),
        secret(
            "address",
            read=lambda row: row.address.token if row.address else "",
            is_same=_is_same_address,
            required=True,
        ),
        *columns(AlertChannel, "enabled"),
    ),
    save=_save_channel,
    retire=_retire_channel,
    is_idle=lambda row: not row.enabled,
)


class StepPart(BaseModel):
    """A channel, and after how many minutes without an acknowledgement it is told."""

    model_config = ConfigDict(extra="forbid")

    channel: str
    after_minutes: int = Described(default=0, ge=0)


def _read_steps(row: Any) -> list[dict[str, Any]]:
    if row.pk is None:
        return []
    steps = [(each.after_minutes, each.channel.name) for each in row.steps.all()]
    return [{"channel": name, "after_minutes": minutes} for minutes, name in sorted(steps)]


def _write_steps(draft: Draft, steps: Iterable[Mapping[str, Any]]) -> None:
    minutes = {each["channel"]: each["after_minutes"] for each in steps}
    if len(minutes) < len(list(steps)):
        raise ValidationError({"steps": "Name each channel once."})
    found = {draft.rows.find("alert_channels", name): after for name, after in minutes.items()}
    draft.given["steps"] = found
    told = sorted((after, channel.name) for channel, after in found.items())
    draft.told["steps"] = [{"channel": name, "after_minutes": after} for after, name in told]


def _clock(name: str) -> Field:
    """Return the field of a time of day, as `22:00`."""

    def read(row: Any) -> str | None:
        value = getattr(row, name)
        return f"{value:%H:%M}" if value else None

    def write(draft: Draft, text: str | None) -> None:
        try:
            value = None if text is None else time.fromisoformat(text)
        except ValueError:
            raise ValidationError({name: "Write a time of day as 22:00."}) from None
        setattr(draft.row, name, value)

    return Field(name=name, annotation=str | None, default=None, read=read, write=write)


def _save_route(draft: Draft, *, actor: str, at: datetime) -> Mapping[str, str]:
    save_route(draft.row, **draft.given, actor=actor)
    return {}


def _retire_route(row: AlertRoute, *, actor: str, at: datetime) -> None:
    row.enabled = False
    save_route(row, actor=actor)


ALERT_ROUTES = ObjectKind(
    section="alert_routes",
    noun="alert route",
    model=AlertRoute,
    key=("name",),
    fields=(
        *columns(AlertRoute, "name enabled"),
        references("components", to="components", by="slug", is_named=is_live),
        references("groups", to="groups", by="slug"),
        *columns(AlertRoute, "min_severity"),
        Field(name="steps", annotation=list[StepPart], default=[], read=_read_steps,
              write=_write_steps, refers=True),
        *columns(AlertRoute, "hours_zone"),
        replace(column(AlertRoute, "hours_days", annotation=list[int]),
                read=lambda row: sorted(row.hours_days)),
        _clock("hours_from"),
        _clock("hours_to"),
        *columns(AlertRoute, "waits_outside remind_minutes"),
    ),
    gathered=("components", "groups", "steps__channel"),
    save=_save_route,
    retire=_retire_route,
    is_idle=lambda row: not row.enabled,
)  # fmt: skip

"""Operators' own endpoints in the catalogue: webhooks and chats that are told what subscribers are.

Those that have a name are theirs; others belong to whoever asked to be told.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError
from django.db.models import Q
from pydantic import Field as Described

from statuspage.catalogue.fields import Draft, column, columns, label, references, secret
from statuspage.catalogue.kind import ObjectKind
from statuspage.catalogue.monitoring import is_live
from subscribers.endpoints import (
    change_endpoint,
    create_endpoint,
    end_endpoint,
    endpoint_channels,
    is_address,
    resume_endpoint,
)
from subscribers.enums import CHOOSABLE
from subscribers.models import Subscriber

_CHOSEN = ("name", "kinds", "min_severity", "format", "language")
_KINDS: Any = Literal[tuple(kind.value for kind in CHOOSABLE)]
_CHANNELS: Any = Literal[tuple(endpoint_channels())]


def _save(draft: Draft, *, actor: str, at: datetime) -> Mapping[str, str]:
    row, given = draft.row, draft.given
    chosen = {name: getattr(row, name) for name in _CHOSEN}
    chosen["components"] = [each.pk for each in given["components"]]
    if draft.stored is None:
        made, key = create_endpoint(
            channel=row.channel, url=given["address"], chosen=chosen, owner="", now=at, actor=actor
        )
        row.pk = made.pk
        return {"secret": key} if key else {}
    if row.channel != draft.stored.channel or given["address"] is not None:
        text = "An endpoint keeps its channel and address: name another one."
        raise ValidationError({"address": text})
    change_endpoint(row, chosen=chosen, now=at, actor=actor)
    return {}


def _retire(row: Subscriber, *, actor: str, at: datetime) -> None:
    end_endpoint(row, now=at, actor=actor)


def _restore(row: Subscriber, *, actor: str, at: datetime) -> None:
    resume_endpoint(row, now=at, actor=actor)


def _is_ended(row: Any) -> bool:
    return row.unsubscribed_at is not None


ENDPOINTS = ObjectKind(
    section="endpoints",
    noun="endpoint",
    model=Subscriber,
    among=Q(channel__in=endpoint_channels(), incident_id=0, merged_into=None) & ~Q(name=""),
    key=("name",),
    fields=(
        label(Subscriber, "name", otherwise="endpoint-{}"),
        column(Subscriber, "channel", annotation=_CHANNELS),
        secret(
            "address",
            read=lambda row: row.address.token if row.address else "",
            is_same=is_address,
            required=True,
        ),
        *columns(Subscriber, "format"),
        references("components", to="components", by="slug", is_named=is_live),
        column(
            Subscriber,
            "kinds",
            annotation=Annotated[list[_KINDS], Described(min_length=1, max_length=10)],
        ),
        *columns(Subscriber, "min_severity language"),
    ),
    gathered=("components",),
    save=_save,
    retire=_retire,
    restore=_restore,
    is_gone=_is_ended,
    is_idle=_is_ended,
)

"""Request and response bodies of a component's declared history."""

from typing import Annotated, Any, TypedDict

from rest_framework import serializers

from components.history.corrections import correction_problem
from components.models import DeclaredPeriod
from components.status import Status
from components.uptime.layers import Source
from components.values.instants import iso
from components.values.json_types import Instant, OneOf
from statuspage.api.fields import EnumField, InstantField
from statuspage.api.serializers.enums import read_status
from statuspage.api.strict import StrictSerializer

_NOTE_LENGTH = 500


class ReasonBody(StrictSerializer):
    """Why a declared period is withdrawn, or restored."""

    note = serializers.CharField(max_length=_NOTE_LENGTH)


class DeclaredBody(ReasonBody):
    status = EnumField(read_status)
    started_at = InstantField()
    ended_at = InstantField()

    def changes(self) -> dict[str, Any]:
        """Return the given fields of the period itself."""
        return {name: value for name, value in self.validated_data.items() if name != "note"}


class DeclaredPeriodJson(TypedDict):
    """`correctable` is false for what follows an incident, and for a status that is in force."""

    id: int
    component_id: int
    source: Annotated[str, OneOf([each for each in Source if each is not Source.BY_HAND])]
    incident_id: int | None
    window_id: int | None
    status: Annotated[str, OneOf(Status)]
    started_at: Instant
    ended_at: Instant | None
    note: str
    author: str
    withdrawn_at: Instant | None
    correctable: bool
    created_at: Instant
    updated_at: Instant


class DeclaredListJson(TypedDict):
    periods: list[DeclaredPeriodJson]
    total: int


def declared_json(period: DeclaredPeriod) -> DeclaredPeriodJson:
    """Return a declared period in the words of M."""
    return {
        "id": period.pk,
        "component_id": period.component_id,
        "source": period.source,
        "incident_id": period.incident_id,
        "window_id": period.window_id,
        "status": period.status,
        "started_at": iso(period.started_at),
        "ended_at": iso(period.ended_at) if period.ended_at else None,
        "note": period.note,
        "author": period.author,
        "withdrawn_at": iso(period.withdrawn_at) if period.withdrawn_at else None,
        "correctable": not correction_problem(period),
        "created_at": iso(period.created_at),
        "updated_at": iso(period.updated_at),
    }

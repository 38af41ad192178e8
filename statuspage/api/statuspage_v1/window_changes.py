"""What a request of this dialect does to scheduled maintenance, by the services of windows.

A window begins and ends by the clock. It cannot be verified: that is being in progress.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from rest_framework import serializers

from components.models import Component
from maintenance import services
from maintenance.lifecycle import Impact, WindowState
from maintenance.models import Window
from statuspage.api.statuspage_v1.bodies import errors_by_names
from statuspage.api.statuspage_v1.event_bodies import IncidentBody
from statuspage.api.statuspage_v1.objects import component_ids
from statuspage.api.statuspage_v1.page import AddressedPage

REMIND_MINUTES = 60
"""Before the start: when the original reminds."""
_NAMES = {
    "title": "name", "message": "body", "starts_at": "scheduled_for",
    "ends_at": "scheduled_until", "remind_before": "scheduled_remind_prior",
}  # fmt: skip


def schedule(body: IncidentBody, page: AddressedPage, *, actor: str) -> Window:
    """Announce maintenance. Raises ValidationError naming the field."""
    data, now = body.validated_data, datetime.now(UTC)
    state = body.window_state() or WindowState.SCHEDULED
    for name in ("scheduled_for", "scheduled_until"):
        if name not in data:
            raise serializers.ValidationError({name: "Scheduled maintenance needs it."})
    components = list(page.chosen(_ids(body)).values())
    page.require_named(components)
    starts_at = data["scheduled_for"]
    if state is not WindowState.SCHEDULED:
        starts_at = min(starts_at, now)
    if state is WindowState.COMPLETED and data["scheduled_until"] > now:
        raise serializers.ValidationError({"scheduled_until": "What is completed has ended."})
    window = Window(
        title=data["name"],
        message=data.get("body", ""),
        starts_at=starts_at,
        ends_at=data["scheduled_until"],
        impact=body.window_impact() or Impact.MINIMAL,
        remind_before=_remind_before(data.get("scheduled_remind_prior", False)),
    )
    with errors_by_names(_NAMES):
        return services.schedule(
            window, components=components, actor=actor, notify=data["deliver_notifications"], at=now
        )


def change_window(window: Window, body: IncidentBody, page: AddressedPage, *, actor: str) -> None:
    """Change maintenance, move it on, and post an update when there is a `body`.

    Raises ValidationError, and WrongStateError where its state does not allow it.
    """
    page.require_own(component_ids(window))
    data, now = body.validated_data, datetime.now(UTC)
    message, notify = data.get("body", ""), data["deliver_notifications"]
    values, components = _values(window, body), _components(window, body, page)
    state, to = WindowState(window.state), body.window_state()
    if to is WindowState.SCHEDULED and state is not WindowState.SCHEDULED:
        raise serializers.ValidationError({"status": f"It is {state.label.lower()} already."})
    is_moved = to not in (None, WindowState.SCHEDULED, state)
    with transaction.atomic(), errors_by_names(_NAMES):
        if values or components is not None:
            window = services.change(
                window, values=values, components=components, actor=actor, at=now,
                notify=notify and not (message or is_moved),
            )  # fmt: skip
        if is_moved and to is not None and window.state != to:
            services.transition(window, to=to, at=now, message=message, notify=notify, actor=actor)
        elif message:
            services.post_update(window, message=message, at=now, notify=notify, actor=actor)


def _ids(body: IncidentBody) -> list[str]:
    """Return the ids of the components of a window: what they will be is maintenance."""
    return list(dict.fromkeys([*(body.named() or ()), *body.stated()]))


def _components(
    window: Window, body: IncidentBody, page: AddressedPage
) -> Sequence[Component] | None:
    """Return all that it covers from now on; None when that stays as it is."""
    named, stated = body.named(), body.stated()
    if named is None and not stated:
        return None
    chosen = list(page.chosen(_ids(body)).values())
    present = {each.pk: each for each in window.components.all()}
    if present and not chosen:
        raise serializers.ValidationError({
            "component_ids": "Name at least one: maintenance that names none is of all components."
        })  # fmt: skip
    page.require_named(chosen)
    if named is None:
        # With statuses it says what becomes of some. None at all is all of them already.
        chosen = list({**present, **{each.pk: each for each in chosen}}.values()) if present else []
    return None if {each.pk for each in chosen} == set(present) else chosen


def _values(window: Window, body: IncidentBody) -> dict[str, Any]:
    """Return the fields of the window that change."""
    data, impact = body.validated_data, body.window_impact()
    said: dict[str, Any] = {
        "title": data.get("name"),
        "starts_at": data.get("scheduled_for"),
        "ends_at": data.get("scheduled_until"),
        "impact": impact,
    }
    if "scheduled_remind_prior" in data and data["scheduled_remind_prior"] != bool(
        window.remind_before
    ):
        said["remind_before"] = _remind_before(data["scheduled_remind_prior"])
    return {
        name: value
        for name, value in said.items()
        if value is not None and not _is_as_told(value, getattr(window, name))
    }


def _is_as_told(value: Any, stored: Any) -> bool:
    """Return whether a value is the stored one; an instant is answered in milliseconds."""
    if isinstance(value, datetime) and isinstance(stored, datetime):
        stored = stored.replace(microsecond=stored.microsecond // 1000 * 1000)
        value = value.replace(microsecond=value.microsecond // 1000 * 1000)
    return bool(value == stored)


def _remind_before(reminded: bool) -> int:
    return REMIND_MINUTES if reminded else 0

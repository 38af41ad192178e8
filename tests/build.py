"""Builders: plain functions that make what a test needs, with sensible values for the rest.

What one builder makes is one commit, after which statuses are derived and pages published once.
"""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.db import transaction

from components.models import Component, Group
from components.secrets import Sealed
from components.services import save_component, save_group
from components.status import Status
from monitors.heartbeats.ingest import rotate_key
from monitors.models import Check, Monitor, Region
from monitors.services import save_monitor
from subscribers.addresses import digest, lane, normalise
from subscribers.models import Subscriber

_number = count(1)


def group(name: str | None = None, **fields: Any) -> Group:
    return save_group(Group(name=name or f"Group {next(_number)}", **fields))


def component(name: str | None = None, **fields: Any) -> Component:
    number = next(_number)
    fields.setdefault("slug", f"component-{number}")
    return save_component(Component(name=name or f"Component {number}", **fields))


def region(code: str = "global", name: str = "Global") -> Region:
    found, _ = Region.objects.get_or_create(code=code, defaults={"name": name})
    return found


@transaction.atomic
def monitor(
    of: Component | None = None,
    *,
    url: str = "http://127.0.0.1:9/",
    regions: tuple[Region, ...] = (),
    now: float | None = None,
    **fields: Any,
) -> Monitor:
    fields.setdefault("interval", 10)
    fields.setdefault("timeout", min(5, fields["interval"]))
    made = Monitor(
        name=fields.pop("name", f"Monitor {next(_number)}"),
        component=of or component(),
        kind="endpoint",
        config={"url": url},
        **fields,
    )
    return save_monitor(made, regions=regions, now=now)


@transaction.atomic
def heartbeat(
    of: Component | None = None, *, now: float | None = None, **config: Any
) -> tuple[Monitor, str]:
    """A heartbeat monitor, every minute with 10 s of grace unless told otherwise, and its key."""
    rhythm = config if {"period", "cron"} & config.keys() else {"period": 60, **config}
    made = Monitor(
        name=f"Monitor {next(_number)}",
        component=of or component(),
        kind="heartbeat",
        config={"grace": 10, **rhythm},
    )
    save_monitor(made, regions=(), now=now)
    return made, rotate_key(made)


def check(of: Monitor) -> Check:
    """The monitor's one check."""
    return Check.objects.get(monitor=of)


def status_of(component: Component) -> Status:
    component.refresh_from_db()
    return Status(component.status)


def subscriber(address: str = "", **fields: Any) -> Subscriber:
    """A confirmed subscriber of everything, unless told otherwise."""
    channel = fields.pop("channel", "email")
    address = normalise(channel, address or f"person{next(_number)}@example.org")
    components = fields.pop("components", ())
    fields.setdefault("confirmed_at", datetime(2026, 1, 1, tzinfo=UTC))
    if components:
        fields.setdefault("scope", "components")
    made = Subscriber.objects.create(
        channel=channel,
        address=Sealed.of(address),  # type: ignore[misc]  # what the field takes
        address_digest=digest(channel, address, fields.get("page", "")),
        lane=lane(channel, address),
        **fields,
    )
    Subscriber.objects.filter(pk=made.pk).update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    made.components.set(components)
    return made

"""Fills a store with made-up components, 90 days of their history, and monitors."""

from datetime import UTC, datetime, timedelta
from itertools import cycle
from random import Random

from django.db import transaction

from components.models import Component, Group, StatusPeriod
from components.services import create_components, save_group
from components.status import Status, Verdict
from monitors.models import Check, Monitor, Region
from monitors.services import save_monitor, save_monitors

HISTORY = timedelta(days=90)
GROUP_SIZE = 25
DAYS_BETWEEN = 15
"""A component has something to tell of about six days out of 90."""
_KINDS = (Status.DEGRADED, Status.PARTIAL_OUTAGE, Status.MAJOR_OUTAGE, Status.MAINTENANCE)


def components(*, count: int) -> list[Component]:
    """Create `count` components in groups, each with its own history, the same in every run."""
    now = datetime.now(UTC)
    with transaction.atomic():
        groups = [
            save_group(Group(name=f"Region {number}", sort_order=number))
            for number in range((count + GROUP_SIZE - 1) // GROUP_SIZE)
        ]
        made = create_components(
            [
                Component(
                    name=f"Service {number}",
                    slug=f"service-{number}",
                    description="Answers requests of customers",
                    group=groups[number // GROUP_SIZE],
                    sort_order=number,
                    status=Status.OPERATIONAL,
                    status_since=now - timedelta(days=1),
                )
                for number in range(count)
            ]
        )
        periods = [period for component in made for period in _history(component, now)]
        StatusPeriod.objects.bulk_create(periods, batch_size=1_000)
    return made


def _history(component: Component, now: datetime) -> list[StatusPeriod]:
    random = Random(component.sort_order)
    periods = []
    at = now - HISTORY
    while True:
        begin = at + timedelta(days=random.uniform(1, 2 * DAYS_BETWEEN))
        end = begin + timedelta(minutes=random.uniform(3, 180))
        if end > now - timedelta(days=1):
            break
        periods += [
            _period(component, Status.OPERATIONAL, at, begin),
            _period(component, random.choice(_KINDS), begin, end),
        ]
        at = end
    return [*periods, _period(component, Status.OPERATIONAL, at, None)]


def _period(
    component: Component, status: Status, begin: datetime, end: datetime | None
) -> StatusPeriod:
    return StatusPeriod(component=component, status=status, started_at=begin, ended_at=end)


def monitors(*, count: int, urls: list[str], interval: int, timeout: float) -> None:
    """Create `count` monitors with one of `urls` each in turn, ten of them for a component."""
    batch: list[tuple[Monitor, list[Region]]] = []
    with transaction.atomic():
        made = components(count=max(1, count // 10))
        for number, component, url in zip(range(count), cycle(made), cycle(urls), strict=False):
            monitor = Monitor(
                name=f"{component.name} answers, {number}",
                component=component,
                kind="endpoint",
                config={"url": url},
                interval=interval,
                timeout=timeout,
            )
            monitor.full_clean()
            batch.append((monitor, []))
        save_monitors(batch, on_progress=lambda _: None)


def heartbeats(*, count: int) -> list[str]:
    """Create `count` heartbeats, ten of them for a component; the answer is their keys."""
    with transaction.atomic():
        made = components(count=max(1, count // 10))
        keys = []
        for number, component in zip(range(count), cycle(made), strict=False):
            monitor = Monitor(
                name=f"{component.name} calls, {number}",
                component=component,
                kind="heartbeat",
                config={"period": 3600, "grace": 60},
            )
            save_monitor(monitor, regions=[])
            keys.append(monitor.heartbeat.key.reveal())
    return keys


def regions(*, count: int, regions: int) -> None:
    """Create `count` components, each with a monitor that looks from so many regions."""
    codes = [f"region-{number}" for number in range(1, regions + 1)]
    now = datetime.now(UTC).timestamp()
    with transaction.atomic():
        places = [Region.objects.create(code=code, name=code.title()) for code in codes]
        for component in components(count=count):
            monitor = Monitor(
                name=f"{component.name} answers", component=component, kind="endpoint",
                config={"url": "http://127.0.0.1:9/"}, interval=3600, timeout=10,
            )  # fmt: skip
            save_monitor(monitor, regions=places)
        Check.objects.update(verdict=Verdict.UP, checked=now, latency_ms=81.5)

"""The demonstration's catalogue: the service of each part of the preset, and its monitors."""

from typing import Any
from urllib.parse import urlsplit

from django.utils.text import slugify

from components.models import Component
from monitors.models import Monitor
from monitors.services import delete_monitor, save_monitor
from statuspage.catalogue_files.differences import add_monitor
from statuspage.catalogue_files.shape import ComponentPart, MonitorPart, Preset
from statuspage.demo.callers import Agents, Scheduler
from statuspage.demo.object_store import BUCKET, ObjectStore
from statuspage.demo.targets import HOST, DemoTargets, Service, Target

PRESET = "ai-platform"
INTERVAL = 5
RETRY_INTERVAL = 1
TIMEOUT = 3.0
DEGRADED_MS = 800.0
HEARTBEAT = {"period": 5, "grace": 5}


def targets_for(preset: Preset, *, first_port: int) -> DemoTargets:
    """Return a service per monitor, on ports from `first_port` where they are free (0: any)."""
    pairs = [(part, monitor) for part in _parts(preset) for monitor in part.monitors]
    return DemoTargets(
        _service(part, monitor, port=first_port + number if first_port else 0)
        for number, (part, monitor) in enumerate(pairs)
    )


def _service(part: ComponentPart, monitor: MonitorPart, *, port: int) -> Service:
    named = {
        "slug": _slug(part, monitor),
        "name": part.name if len(part.monitors) == 1 else monitor.name,
        "component": part.slug,
    }
    if monitor.kind == "readers":
        return Agents(**named, group=monitor.config["group"])
    if monitor.kind == "heartbeat":
        return Scheduler(**named)
    return (ObjectStore if monitor.kind == "storage" else Target)(**named, port=port)


def watch(preset: Preset, targets: DemoTargets) -> Preset:
    """Return the preset with each monitor on its service, at intervals short enough to watch."""
    services = {target.slug: target for target in targets}
    watched = preset.model_copy(deep=True)
    for part in _parts(watched):
        for monitor in part.monitors:
            monitor.enabled = True
            monitor.interval, monitor.timeout = INTERVAL, TIMEOUT
            monitor.retry_interval = RETRY_INTERVAL
            monitor.config |= _settings(services[_slug(part, monitor)], monitor.config)
    return watched


def _settings(service: Service, config: dict[str, Any]) -> dict[str, Any]:
    """Return what a monitor needs to watch a service."""
    if isinstance(service, Agents):
        return {}
    if isinstance(service, Scheduler):
        return HEARTBEAT
    slow = {"degraded_ms": config.get("degraded_ms", DEGRADED_MS), "url": service.url}
    if isinstance(service, ObjectStore):
        keys = {"access_key": service.access_key, "secret_key": service.secret_key}
        return {**slow, **keys, "bucket": BUCKET}
    return slow


def update_addresses(targets: DemoTargets) -> int:
    """Point stored monitors at the services of this run; return how many changed.

    A monitor that was edited to watch something else is left alone.
    """
    services = {urlsplit(item.url).path: item for item in targets if type(item) is Target}
    stores = {item.access_key: item for item in targets if isinstance(item, ObjectStore)}
    changed = 0
    for monitor in Monitor.objects.filter(kind__in=["endpoint", "storage"]):
        parts = urlsplit(str(monitor.config.get("url", "")))
        service = (
            services.get(parts.path)
            if monitor.kind == "endpoint"
            else stores.get(str(monitor.config.get("access_key")))
        )
        if parts.hostname != HOST or service is None:
            continue
        if service.url != monitor.config["url"]:
            monitor.config = {**monitor.config, "url": service.url}
            save_monitor(monitor, regions=list(monitor.regions.all()))
            changed += 1
    return changed


def replace_former(watched: Preset) -> int:
    """Replace monitors of services that this release no longer has; return how many.

    An earlier one watched everything by HTTP. Their components get what they have now.
    """
    slugs = {
        _slug(part, m) for part in _parts(watched) for m in part.monitors if m.kind == "endpoint"
    }
    rows = Monitor.objects.filter(kind="endpoint").select_related("component")
    former = [monitor for monitor in rows if _is_former(monitor, slugs)]
    components = {monitor.component for monitor in former}
    for part in _parts(watched):
        for component in (each for each in components if each.slug == part.slug):
            _add_missing(part, component)
    for monitor in former:
        delete_monitor(monitor)
    return len(former)


def _is_former(monitor: Monitor, slugs: set[str]) -> bool:
    parts = urlsplit(str(monitor.config.get("url", "")))
    path = parts.path.removeprefix("/demo/")
    return parts.hostname == HOST and path != parts.path and path not in slugs


def _add_missing(part: ComponentPart, component: Component) -> None:
    known = set(Monitor.objects.filter(component=component).values_list("name", flat=True))
    for monitor in part.monitors:
        if monitor.name not in known:
            add_monitor(monitor, component, {})


def _parts(preset: Preset) -> list[ComponentPart]:
    return [part for group in preset.groups for part in group.components]


def _slug(part: ComponentPart, monitor: MonitorPart) -> str:
    return part.slug if len(part.monitors) == 1 else slugify(monitor.name)

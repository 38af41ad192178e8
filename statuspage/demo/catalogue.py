"""The demonstration's catalogue: the service of each part of the preset, and its monitors."""

from urllib.parse import urlsplit

from django.utils.text import slugify

from monitors.models import Monitor
from monitors.services import save_monitor
from statuspage.catalogue_files.shape import ComponentPart, MonitorPart, Preset
from statuspage.demo.targets import HOST, DemoTargets, Target

PRESET = "ai-platform"
INTERVAL = 5
RETRY_INTERVAL = 1
TIMEOUT = 3.0
DEGRADED_MS = 800.0


def targets_for(preset: Preset, *, first_port: int) -> DemoTargets:
    """Return a service per monitor, on ports from `first_port` where they are free (0: any)."""
    pairs = [(part, monitor) for part in _parts(preset) for monitor in part.monitors]
    return DemoTargets(
        Target(
            slug=_slug(part, monitor),
            name=part.name if len(part.monitors) == 1 else monitor.name,
            component=part.slug,
            port=first_port + number if first_port else 0,
        )
        for number, (part, monitor) in enumerate(pairs)
    )


def watch(preset: Preset, targets: DemoTargets) -> Preset:
    """Return the preset with each monitor on its service, at intervals short enough to watch."""
    urls = {target.slug: target.url for target in targets}
    watched = preset.model_copy(deep=True)
    for part in _parts(watched):
        for monitor in part.monitors:
            monitor.interval, monitor.timeout = INTERVAL, TIMEOUT
            monitor.retry_interval = RETRY_INTERVAL
            monitor.config = {
                "degraded_ms": DEGRADED_MS,
                **monitor.config,
                "url": urls[_slug(part, monitor)],
            }
    return watched


def update_ports(targets: DemoTargets) -> int:
    """Point stored monitors at the ports of this run; return how many changed.

    A monitor that was edited to watch something else is left alone.
    """
    urls = {urlsplit(target.url).path: target.url for target in targets}
    changed = 0
    for monitor in Monitor.objects.filter(kind="endpoint"):
        parts = urlsplit(str(monitor.config.get("url", "")))
        url = urls.get(parts.path) if parts.hostname == HOST else None
        if url is not None and url != monitor.config["url"]:
            monitor.config = {**monitor.config, "url": url}
            save_monitor(monitor, regions=list(monitor.regions.all()))
            changed += 1
    return changed


def _parts(preset: Preset) -> list[ComponentPart]:
    return [part for group in preset.groups for part in group.components]


def _slug(part: ComponentPart, monitor: MonitorPart) -> str:
    return part.slug if len(part.monitors) == 1 else slugify(monitor.name)

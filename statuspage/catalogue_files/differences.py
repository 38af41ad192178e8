"""Comparison of a catalogue file with what is there: told field by field, applied on request.

Whether a monitor runs is no difference, for people pause and resume; nor is a setting that only
holds a place in the file and was filled in here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from pydantic import SecretStr

from components.models import Component, Group
from components.services import save_component, save_group
from monitors.config.parsing import parse_config
from monitors.models import Monitor, Region
from monitors.probing.base import Config
from monitors.rules.placeholders import placeholders
from monitors.services import save_monitor
from statuspage.catalogue_files.shape import ComponentPart, GroupPart, MonitorPart, Preset

_COMPONENT_FIELDS = (
    "name", "description", "critical", "counts_for_overall", "visible",
    "maintenance_counts", "uptime_policy", "auto_incident", "opening_delay", "closing_delay",
)  # fmt: skip
_GROUP_FIELDS = ("description", "collapsed", "open_when_wrong")
_REGION_FIELDS = ("name", "latitude", "longitude")
_MONITOR_FIELDS = (
    "kind", "interval", "timeout", "retry_interval", "confirm_down", "confirm_up", "quorum",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: a field (`~`), or something that is missing here (`+`) or there (`-`)."""

    sign: str
    subject: str
    field: str = ""
    here: str = ""
    file: str = ""

    @property
    def can_be_applied(self) -> bool:
        return self.sign != "-"

    def __str__(self) -> str:
        if self.sign == "~":
            return f"~ {self.subject}: {self.field}: {self.here} here, {self.file} in the file"
        text = "is in the file and not here" if self.sign == "+" else "is not in the file; it stays"
        return f"{self.sign} {self.subject} {text}"


def compare(preset: Preset, *, apply: bool) -> list[Difference]:
    """Return how the rows that a preset names differ from it; with `apply`, change them.

    The rows of all its regions, groups and components are there. Run it in a transaction.
    """
    return [*_regions(preset, apply), *_groups(preset, apply)]


def add_monitor(part: MonitorPart, component: Component, regions: Mapping[str, Region]) -> Monitor:
    """Store a monitor of a file, paused unless it starts at once."""
    monitor = part.monitor()
    monitor.component = component
    monitor.enabled = part.starts
    monitor.awaits_start = not monitor.enabled
    return save_monitor(monitor, regions=[regions[code] for code in part.regions])


def _regions(preset: Preset, apply: bool) -> Iterator[Difference]:
    rows = Region.objects.in_bulk([part.code for part in preset.regions])
    for part in preset.regions:
        row = rows[part.code]
        wanted = {name: getattr(part, name) for name in _REGION_FIELDS}
        found = list(_set_fields(row, wanted, f"region {part.code}"))
        yield from found
        if apply and found:
            row.full_clean()
            row.save()


def _groups(preset: Preset, apply: bool) -> Iterator[Difference]:
    regions = Region.objects.in_bulk()
    groups = {row.name: row for row in Group.objects.select_related("parent")}
    rows = Component.objects.select_related("group__parent").prefetch_related("depends_on")
    components = {row.slug: row for row in rows}
    named = {part.slug for group in preset.groups for part in group.components}
    for part in preset.groups:
        row = groups[part.name]
        wanted = {name: getattr(part, name) for name in _GROUP_FIELDS}
        found = list(_set_fields(row, wanted, f"group “{part.name}”"))
        found += _parent(part, row, groups)
        yield from found
        if apply and found:
            save_group(row)
        for inner in part.components:
            yield from _component(inner, components, row, apply)
            yield from _monitors(inner, components[inner.slug], regions, apply)
        for slug, component in components.items():
            if component.group_id == row.pk and slug not in named:
                yield Difference("-", f"component {slug}")


def _parent(part: GroupPart, row: Group, groups: Mapping[str, Group]) -> Iterator[Difference]:
    here = row.parent.name if row.parent else None
    if here != part.parent:
        shown = (_shown(here), _shown(part.parent))
        yield Difference("~", f"group “{part.name}”", "parent", *shown)
        row.parent = groups[part.parent] if part.parent else None


def _component(
    part: ComponentPart, components: Mapping[str, Component], group: Group, apply: bool
) -> Iterator[Difference]:
    row, subject = components[part.slug], f"component {part.slug}"
    wanted = {name: getattr(part, name) for name in _COMPONENT_FIELDS}
    found = list(_set_fields(row, wanted, subject))
    if row.group != group:
        former = row.group.name if row.group else None
        found.append(Difference("~", subject, "group", _shown(former), _shown(group.name)))
        row.group = group
    needs = sorted(needed.slug for needed in row.depends_on.all())
    if needs != sorted(part.depends_on):
        shown = (_shown(needs), _shown(sorted(part.depends_on)))
        found.append(Difference("~", subject, "depends_on", *shown))
    yield from found
    if apply and found:
        save_component(row, depends_on=[components[slug] for slug in part.depends_on])


def _monitors(
    part: ComponentPart, component: Component, regions: Mapping[str, Region], apply: bool
) -> Iterator[Difference]:
    rows = Monitor.objects.filter(component=component, builtin=None).order_by("-pk")
    stored = {row.name: row for row in rows.prefetch_related("regions")}
    for inner in part.monitors:
        subject = f"monitor “{inner.name}” of {part.slug}"
        row = stored.pop(inner.name, None)
        if row is not None:
            yield from _monitor(inner, row, subject, regions, apply)
            continue
        yield Difference("+", subject)
        if apply:
            add_monitor(inner, component, regions)
    for name in sorted(stored):
        yield Difference("-", f"monitor “{name}” of {part.slug}")


def _monitor(
    part: MonitorPart, row: Monitor, subject: str, regions: Mapping[str, Region], apply: bool
) -> Iterator[Difference]:
    wanted_config = dict(part.config)
    if row.kind == part.kind:
        # What only holds a place in the file was filled in here.
        kept = placeholders(part.config).keys() & row.config.keys() - row.placeholders.keys()
        wanted_config |= {name: row.config[name] for name in kept}
    found = list(_config(row, part.kind, wanted_config, subject))
    wanted = {name: getattr(part, name) for name in _MONITOR_FIELDS}
    found += _set_fields(row, wanted, subject)
    codes = sorted(region.pk for region in row.regions.all())
    if codes != sorted(part.regions):
        found.append(
            Difference("~", subject, "regions", _shown(codes), _shown(sorted(part.regions)))
        )
    yield from found
    if apply and found:
        row.config = wanted_config
        row.enabled = row.enabled and (part.starts or not placeholders(wanted_config))
        save_monitor(row, regions=[regions[code] for code in part.regions])


def _config(row: Monitor, kind: str, wanted: dict[str, Any], subject: str) -> Iterator[Difference]:
    try:
        here = _values(parse_config(row.kind, row.config))
    except ValidationError:
        yield Difference("~", subject, "config", "cannot be read", "given")
        return
    there = _values(parse_config(kind, wanted))
    for name in {**here, **there} if row.kind == kind else ():
        if here.get(name) != there.get(name):
            shown = (_shown(here.get(name)), _shown(there.get(name)))
            yield Difference("~", subject, f"config.{name}", *shown)


def _values(config: Config) -> dict[str, Any]:
    return {name: getattr(config, name) for name in type(config).model_fields}


def _set_fields(row: Any, wanted: Mapping[str, Any], subject: str) -> Iterator[Difference]:
    """Set a row's fields; yield those that were others."""
    for name, value in wanted.items():
        here = getattr(row, name)
        if here != value:
            yield Difference("~", subject, name, _shown(here), _shown(value))
            setattr(row, name, value)


def _shown(value: Any) -> str:
    """Return a value as a line shows it; secrets are not shown."""
    if value is None or value in ("", [], {}):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | dict):
        return ", ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:g}"
    shown = "a secret" if isinstance(value, SecretStr) else f"“{value}”"
    return str(value) if isinstance(value, int) else shown

"""Export and import of monitors as YAML, as one whole.

A monitor is found again by its component's slug and its name. What a file says of it is all there
is to say: a setting that the file leaves out has its default again. Monitors that the file does not
name stay as they are. One without a real address starts only if the file says `enabled: true`.
Secrets are never taken out; `{set: true}` in their place means "keep it".
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.core.exceptions import ValidationError
from django.db import transaction
from pydantic import BaseModel, ConfigDict
from pydantic import ValidationError as ShapeError

from components.models import Component
from components.values.shape_errors import shape_sentence
from monitors.config.secrets import MASKED, keep_secrets, mask_config
from monitors.models import Monitor, Region
from monitors.services import save_monitors
from statuspage.catalogue_files.shape import MonitorPart

ACTOR = "manage.py monitors import"
_PLAIN = (
    "kind", "enabled", "interval", "timeout", "retry_interval", "confirm_down", "confirm_up",
    "quorum",
)  # fmt: skip
_Key = tuple[str, str]


class FileError(Exception):
    """A file cannot be imported; each line names the entry, the field and what to mend."""


class Entry(MonitorPart):
    """One monitor of a file."""

    component: str
    interval: int = 60


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    monitors: list[Entry]


@dataclass(slots=True)
class Plan:
    """The changes that importing a file will make."""

    created: list[Monitor] = field(default_factory=list)
    changed: list[Monitor] = field(default_factory=list)
    unchanged: int = 0
    waiting: list[Monitor] = field(default_factory=list)
    """Of these, those that are paused for want of a real address."""
    regions: dict[_Key, list[Region]] = field(default_factory=dict)


def export_monitors() -> str:
    """Return every monitor but the product's own, as YAML."""
    rows = Monitor.objects.filter(builtin=None).select_related("component")
    entries = [
        _entry(monitor)
        for monitor in rows.prefetch_related("regions").order_by("component__slug", "name", "pk")
    ]
    return yaml.safe_dump({"monitors": entries}, sort_keys=False, allow_unicode=True, width=100)


def _entry(monitor: Monitor) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": monitor.name, "component": monitor.component.slug}
    for name in _PLAIN:
        value = getattr(monitor, name)
        if name in ("kind", "interval", "timeout") or value != Entry.model_fields[name].default:
            entry[name] = value
    if regions := [region.pk for region in monitor.regions.all()]:
        entry["regions"] = regions
    return {**entry, "config": mask_config(monitor.config)}


def read(text: str) -> list[Entry]:
    """Return the entries of a file. Raises FileError naming each whose shape is wrong."""
    try:
        return _File.model_validate(yaml.safe_load(text)).monitors
    except yaml.YAMLError as error:
        raise FileError(f"This is not YAML: {error}") from None
    except ShapeError as error:
        lines = []
        for problem in error.errors(include_url=False, include_input=False):
            place = ".".join(map(str, problem["loc"])) or "the file"
            lines.append(f"{place}: {shape_sentence(problem, known=Entry.model_fields)}")
        raise FileError("\n".join(lines)) from None


def plan(entries: list[Entry]) -> Plan:
    """Return what an import will change, writing nothing. Raises FileError with all problems."""
    named = Counter((entry.component, entry.name) for entry in entries)
    components = {row.slug: row for row in Component.objects.all()}
    regions = Region.objects.in_bulk()
    stored: dict[_Key, list[Monitor]] = defaultdict(list)
    for row in Monitor.objects.select_related("component").prefetch_related("regions"):
        stored[row.component.slug, row.name].append(row)
    result, problems = Plan(), []
    for number, entry in enumerate(entries):
        key = (entry.component, entry.name)
        existing = stored.get(key, [])
        monitor = existing[0] if existing else Monitor(name=entry.name)
        before = _settings(monitor)
        errors = [
            *_placement_errors(entry, existing, named[key], components, regions),
            *_fill(monitor, entry),
        ]
        problems += [f"monitors.{number} ({entry.name}): {line}" for line in errors]
        if problems:
            continue
        if not entry.starts and _lacks_address(monitor, before=before[0] if existing else None):
            monitor.enabled = False
            result.waiting.append(monitor)
        monitor.component = components[entry.component]
        result.regions[key] = [regions[code] for code in entry.regions]
        if not existing:
            result.created.append(monitor)
        elif before == (_settings(monitor)[0], set(entry.regions)):
            result.unchanged += 1
        else:
            result.changed.append(monitor)
    if problems:
        raise FileError("\n".join(problems))
    return result


def _settings(monitor: Monitor) -> tuple[dict[str, Any], set[str]]:
    plain = {name: getattr(monitor, name) for name in (*_PLAIN, "config")}
    return plain, {region.pk for region in monitor.regions.all()} if monitor.pk else set()


def _placement_errors(
    entry: Entry,
    existing: list[Monitor],
    named: int,
    components: dict[str, Component],
    regions: dict[str, Region],
) -> Iterator[str]:
    """Yield what is wrong with the name, the component or the regions of an entry."""
    if named > 1:
        yield f"name: {named} entries of {entry.component} have this name; rename all but one."
    if len(existing) > 1:
        count = len(existing)
        yield f"name: {count} monitors of {entry.component} have this name; rename them first."
    if any(row.builtin for row in existing):
        yield "name: this one is the product's own; leave it out."
    if entry.component not in components:
        yield (
            f"component: there is none with the slug {entry.component}; make it first, in the"
            " admin or by `manage.py preset`."
        )
    for code in entry.regions:
        if code not in regions:
            yield f"regions: there is no region {code}; make it first, or leave it out."


def _fill(monitor: Monitor, entry: Entry) -> Iterator[str]:
    """Set a monitor's fields from its entry; yield what a service would refuse."""
    config = keep_secrets(entry.kind, entry.config, stored_kind=monitor.kind, stored=monitor.config)
    for name in _PLAIN:
        setattr(monitor, name, getattr(entry, name))
    monitor.config = config
    unknown = list(_unset(monitor.config))
    for name in unknown:
        yield (
            f"config: {name}: there is no such secret here for this destination; write it in place"
            " of {set: true}."
        )
    if unknown:
        return
    try:
        monitor.full_clean(exclude={"component"})
    except ValidationError as error:
        for field, texts in error.message_dict.items():
            yield from (f"{field}: {text}" for text in texts)


def _lacks_address(monitor: Monitor, *, before: dict[str, Any] | None) -> bool:
    """Whether a monitor that is to run has no real address; not if somebody started it like that.

    `before` are the settings it had.
    """
    if not monitor.enabled or not monitor.placeholders:
        return False
    return before is None or not before["enabled"] or before["config"] != monitor.config


def _unset(config: dict[str, Any], *outer: str) -> Iterator[str]:
    for name, value in config.items():
        if value == MASKED:
            yield ".".join((*outer, name))
        elif isinstance(value, dict):
            yield from _unset(value, *outer, name)


def import_monitors(plan: Plan, *, on_progress: Callable[[int, int], None]) -> None:
    """Write what was planned, in one transaction.

    Raises FileError when one of the monitors was changed since: a person's words would go.
    """
    batch = [
        (monitor, plan.regions[monitor.component.slug, monitor.name])
        for monitor in (*plan.created, *plan.changed)
    ]
    with transaction.atomic():
        existing = Monitor.objects.select_for_update().filter(
            pk__in=[row.pk for row in plan.changed]
        )
        revisions = dict(existing.values_list("pk", "revision"))
        for monitor in plan.changed:
            if revisions.get(monitor.pk) != monitor.revision:
                raise FileError(f"{monitor.name} was changed meanwhile: import the file again.")
        save_monitors(batch, actor=ACTOR, on_progress=lambda done: on_progress(done, len(batch)))

"""Presets: catalogues in YAML of regions, groups, components and monitors, loaded as one whole.

A file is checked from end to end before anything is written; an error names its place
in the file and its field. Rows are found by their code, name or slug. Loading twice changes
nothing: where what is there differs from the file, that is told, and applied on request alone.
A monitor without a real address is created paused.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from django.core.exceptions import ValidationError
from django.db import transaction
from pydantic import ValidationError as ShapeError

from components.dependencies import describe_cycle, find_cycle
from components.models import Component, Group
from components.services import save_component, save_group
from components.values.shape_errors import shape_sentence
from monitors.models import Monitor, Region
from statuspage.catalogue_files import differences
from statuspage.catalogue_files.differences import Difference, add_monitor
from statuspage.catalogue_files.shape import ComponentPart, MonitorPart, Preset, RegionPart

FOLDER = Path(__file__).resolve().parent / "presets"

GLOBAL = RegionPart(code="global", name="Global")
"""The region of what is checked from nowhere in particular."""


class PresetError(Exception):
    """A preset cannot be loaded; each line names the place in the file and what to mend."""


@dataclass(slots=True)
class Report:
    """What loading a preset did, and what it left."""

    created: dict[str, int] = field(default_factory=dict)
    waiting: list[Monitor] = field(default_factory=list)
    """New monitors that are paused until somebody gives them an address, or starts them."""
    differences: list[Difference] = field(default_factory=list)
    """Where the file and what was there before differ; they were applied if that was asked for."""

    def count(self, what: str) -> None:
        self.created[what] = self.created.get(what, 0) + 1


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def read(name: str) -> Preset:
    """Return a preset of the product, by its name, or any YAML file, by its path."""
    path = FOLDER / f"{name}.yaml" if name in names() else Path(name)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(names())
        raise PresetError(
            f"{name} is neither a preset ({known}) nor a readable file: {error}"
        ) from None
    try:
        return Preset.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise PresetError(f"{path.name} is not YAML: {error}") from None
    except ShapeError as error:
        raise PresetError(
            "\n".join(
                f"{path.name}: {'.'.join(map(str, problem['loc']))}: {shape_sentence(problem)}"
                for problem in error.errors(include_url=False)
            )
        ) from None


def load(preset: Preset, *, apply: bool = False) -> Report:
    """Create what is missing, and compare the rest with the file; return what was found.

    Only with `apply` is anything changed that was there before. Raises PresetError before
    anything is written.
    """
    _check(preset)
    report = Report()
    with transaction.atomic():
        # As one: half a catalogue is worse than none, and a component that still waited for its
        # monitor would pass for one that is run by hand.
        _write(preset, report)
        try:
            report.differences += differences.compare(preset, apply=apply)
        except ValidationError as error:
            raise PresetError("\n".join(error.messages)) from error
    return report


def _write(preset: Preset, report: Report) -> None:
    created: list[ComponentPart] = []
    regions = {region.code: _region(region, report) for region in preset.regions}
    if GLOBAL.code not in regions and any(
        GLOBAL.code in part.regions for part in _monitors(preset)
    ):
        # A file may name it without saying what it is.
        regions[GLOBAL.code] = _region(GLOBAL, report)
    parts: list[tuple[Group, str]] = []
    for place, part in enumerate(preset.groups):
        group = Group.objects.filter(name=part.name).first()
        if group is None:
            group = save_group(
                Group(name=part.name, description=part.description, collapsed=part.collapsed,
                      open_when_wrong=part.open_when_wrong, sort_order=place)
            )  # fmt: skip
            report.count("groups")
            if part.parent:
                parts.append((group, part.parent))
        for order, component in enumerate(part.components):
            if _component(component, group, order, regions, report):
                created.append(component)
    for group, name in parts:
        group.parent = Group.objects.get(name=name)
        save_group(group)
    _set_dependencies(created)


def _monitors(preset: Preset) -> Iterator[MonitorPart]:
    for group in preset.groups:
        for component in group.components:
            yield from component.monitors


def _set_dependencies(created: Iterable[ComponentPart]) -> None:
    """Set the dependencies of new components only: people may have changed the others'."""
    rows = {row.slug: row for row in Component.objects.all()}
    for part in created:
        if part.depends_on:
            save_component(rows[part.slug], depends_on=[rows[slug] for slug in part.depends_on])


def _check_dependencies(preset: Preset) -> Iterator[str]:
    """Yield what is wrong with the dependencies in the file itself."""
    parts = {
        part.slug: (f"groups.{g}.components.{c}: depends_on", part)
        for g, group in enumerate(preset.groups)
        for c, part in enumerate(group.components)
    }
    numbers = {slug: number for number, slug in enumerate(parts)}
    names = dict(enumerate(parts))
    graph = {
        numbers[slug]: [numbers[need] for need in part.depends_on if need in numbers]
        for slug, (_, part) in parts.items()
    }
    for slug, (place, part) in parts.items():
        for need in part.depends_on:
            if need not in parts and not Component.objects.filter(slug=need).exists():
                yield f"{place}: there is no component {need}."
        cycle = find_cycle(graph, numbers[slug])
        if cycle:
            yield f"{place}: this would go round in a circle: {describe_cycle(cycle, names)}."


def _check_parents(preset: Preset) -> Iterator[str]:
    """Yield what is wrong with the groups that groups are a part of."""
    parents = {part.name: part.parent for part in preset.groups}
    for g, part in enumerate(preset.groups):
        name, place = part.parent, f"groups.{g}: parent"
        if name is None:
            continue
        if name == part.name:
            yield f"{place}: a group cannot be a part of itself."
        elif name not in parents and not Group.objects.filter(name=name).exists():
            yield f"{place}: there is no group “{name}”."
        elif parents.get(name) is not None:
            yield f"{place}: “{name}” is a part of “{parents[name]}”: groups have one level."


def _check(preset: Preset) -> None:
    """Raise PresetError with all that a service would refuse, before the first write."""
    codes = {region.code for region in preset.regions} | {GLOBAL.code}
    problems = [*_check_dependencies(preset), *_check_parents(preset)]
    for g, group in enumerate(preset.groups):
        for c, component in enumerate(group.components):
            for m, part in enumerate(component.monitors):
                place = f"groups.{g}.components.{c}.monitors.{m}"
                unknown = [code for code in part.regions if code not in codes]
                if unknown:
                    problems.append(f"{place}: regions: {unknown[0]} is not among the regions.")
                try:
                    part.monitor().full_clean(exclude={"component"})
                except ValidationError as error:
                    problems += [
                        f"{place}: {name}: {' '.join(texts)}"
                        for name, texts in error.message_dict.items()
                    ]
    if problems:
        raise PresetError("\n".join(problems))


def _region(part: RegionPart, report: Report) -> Region:
    region, created = Region.objects.get_or_create(
        code=part.code,
        defaults={"name": part.name, "latitude": part.latitude, "longitude": part.longitude},
    )
    if created:
        report.count("regions")
    return region


def _component(
    part: ComponentPart, group: Group, order: int, regions: dict[str, Region], report: Report
) -> bool:
    """Create a component with its monitors, unless it exists; return whether it was created."""
    if Component.objects.filter(slug=part.slug).exists():
        return False
    component = save_component(
        Component(
            name=part.name,
            slug=part.slug,
            description=part.description,
            critical=part.critical,
            counts_for_overall=part.counts_for_overall,
            visible=part.visible,
            maintenance_counts=part.maintenance_counts,
            uptime_policy=part.uptime_policy,
            auto_incident=part.auto_incident,
            opening_delay=part.opening_delay,
            closing_delay=part.closing_delay,
            group=group,
            sort_order=order,
        )
    )
    report.count("components")
    for monitor in part.monitors:
        stored = add_monitor(monitor, component, regions)
        if stored.awaits_start:
            report.waiting.append(stored)
        report.count("monitors")
    return True

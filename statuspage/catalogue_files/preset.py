"""Presets: catalogues in YAML of regions, groups, components and monitors, loaded as one whole.

A file is checked from end to end before anything is written; an error names its place
in the file and its field. Loading twice changes nothing: rows are found by their code, name or
slug, and what people have edited since is left alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import yaml
from django.core.exceptions import ValidationError
from django.db import transaction
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic import ValidationError as ShapeError

from components.dependencies import describe_cycle, find_cycle
from components.models import AutoIncident, Component, Group
from components.services import save_component, save_group
from components.values.region_codes import region_code
from monitors.models import Monitor, Region
from monitors.services import save_monitor

FOLDER = Path(__file__).resolve().parent / "presets"


class PresetError(Exception):
    """A preset cannot be loaded; each line names the place in the file and what to mend."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RegionPart(_Part):
    code: Annotated[str, AfterValidator(region_code)]
    name: str
    latitude: float | None = None
    longitude: float | None = None


class MonitorPart(_Part):
    name: str
    kind: str = "endpoint"
    config: dict[str, Any] = {}
    interval: int = 30
    timeout: float = 10
    retry_interval: int | None = None
    confirm_down: int = 1
    confirm_up: int = 0
    regions: list[str] = []
    quorum: int | None = None


class ComponentPart(_Part):
    name: str
    slug: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,60}$")]
    description: str = ""
    critical: bool = False
    counts_for_overall: bool = True
    visible: bool = True
    depends_on: list[str] = []
    auto_incident: AutoIncident = AutoIncident.OFF
    opening_delay: Annotated[int, Field(ge=0, le=86_400)] = 60
    closing_delay: Annotated[int, Field(ge=0, le=86_400)] = 120
    monitors: list[MonitorPart] = []


class GroupPart(_Part):
    name: str
    description: str = ""
    collapsed: bool = False
    open_when_wrong: bool = True
    components: list[ComponentPart]


class Preset(_Part):
    regions: list[RegionPart] = []
    groups: list[GroupPart]


@dataclass(slots=True)
class Report:
    created: dict[str, int] = field(default_factory=dict)

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
                f"{path.name}: {'.'.join(map(str, problem['loc']))}: {problem['msg']}"
                for problem in error.errors(include_url=False)
            )
        ) from None


def load(preset: Preset) -> Report:
    """Create what is missing; return counts. Raises PresetError before anything is written."""
    _check(preset)
    report = Report()
    with transaction.atomic():
        # As one: half a catalogue is worse than none, and a component that still waited for its
        # monitor would pass for one that is run by hand.
        _write(preset, report)
    return report


def _write(preset: Preset, report: Report) -> None:
    created: list[ComponentPart] = []
    regions = {region.code: _region(region, report) for region in preset.regions}
    for place, part in enumerate(preset.groups):
        group = Group.objects.filter(name=part.name).first()
        if group is None:
            group = save_group(
                Group(name=part.name, description=part.description, collapsed=part.collapsed,
                      open_when_wrong=part.open_when_wrong, sort_order=place)
            )  # fmt: skip
            report.count("groups")
        for order, component in enumerate(part.components):
            if _component(component, group, order, regions, report):
                created.append(component)
    _set_dependencies(created)


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


def _check(preset: Preset) -> None:
    """Raise PresetError with all that a service would refuse, before the first write."""
    codes = {region.code for region in preset.regions} | {"global"}
    problems = list(_check_dependencies(preset))
    for g, group in enumerate(preset.groups):
        for c, component in enumerate(group.components):
            for m, part in enumerate(component.monitors):
                place = f"groups.{g}.components.{c}.monitors.{m}"
                unknown = [code for code in part.regions if code not in codes]
                if unknown:
                    problems.append(f"{place}: regions: {unknown[0]} is not among the regions.")
                try:
                    _monitor(part, None).full_clean(exclude={"component"})
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
            auto_incident=part.auto_incident,
            opening_delay=part.opening_delay,
            closing_delay=part.closing_delay,
            group=group,
            sort_order=order,
        )
    )
    report.count("components")
    for monitor in part.monitors:
        save_monitor(
            _monitor(monitor, component), regions=[regions[code] for code in monitor.regions]
        )
        report.count("monitors")
    return True


def _monitor(part: MonitorPart, component: Component | None) -> Monitor:
    return Monitor(
        name=part.name,
        **({"component": component} if component else {}),
        kind=part.kind,
        config=part.config,
        interval=part.interval,
        timeout=part.timeout,
        retry_interval=part.retry_interval,
        confirm_down=part.confirm_down,
        confirm_up=part.confirm_up,
        quorum=part.quorum,
    )

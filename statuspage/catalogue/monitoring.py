"""Regions, groups, components and monitors in the catalogue."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from pydantic import AfterValidator

from components.models import Component, Group
from components.services import delete_group, save_component, save_group
from components.values.region_codes import region_code
from monitors import ping_keys
from monitors.config.parsing import ConfigError, UnreadableError, parse_config
from monitors.config.secrets import seal_config
from monitors.models import Check, Monitor, Region
from monitors.regions import delete_region, save_region
from monitors.rules.placeholders import placeholders
from monitors.services import save_monitor
from statuspage.catalogue.fields import (
    REQUIRED,
    Draft,
    Field,
    column,
    columns,
    reference,
    references,
)
from statuspage.catalogue.kind import ObjectKind
from statuspage.catalogue.secrets import settings_of, shown_settings
from statuspage.catalogue_files import components as catalogue

_GLOBAL = "global"
"""The region that there always is."""


def is_live(component: Any) -> bool:
    """Return whether a component is in use: it is not retired."""
    return component.retired_at is None


def _own_components() -> set[Any]:
    return set(Monitor.objects.exclude(builtin=None).values_list("component", flat=True))


def _own_groups() -> set[Any]:
    """Return the groups of the product's own components and of nothing else."""
    own = _own_components()
    rows = Component.objects.exclude(group=None).values_list("group", "pk")
    found: dict[Any, bool] = {}
    for group, pk in rows:
        found[group] = found.get(group, True) and pk in own
    return {group for group, is_own in found.items() if is_own}


def _own_monitors() -> Collection[Any]:
    return set(Monitor.objects.exclude(builtin=None).values_list("pk", flat=True))


def _save_region(draft: Draft, *, actor: str, at: datetime) -> Mapping[str, str]:
    save_region(draft.row, actor=actor)
    return {}


def _retire_region(row: Region, *, actor: str, at: datetime) -> None:
    delete_region(row, actor=actor)


def _is_used(region: Any) -> bool:
    """Whether there are results from a region: then it stays, with them."""
    return region.code == _GLOBAL or Check.objects.filter(region=region).exists()


REGIONS = ObjectKind(
    section="regions",
    noun="region",
    model=Region,
    key=("code",),
    fields=(
        column(Region, "code", annotation=Annotated[str, AfterValidator(region_code)]),
        *columns(Region, "name sort_order latitude longitude"),
    ),
    save=_save_region,
    retire=_retire_region,
    is_idle=_is_used,
    is_plain=lambda row, values: values == {
        "code": _GLOBAL, "name": "Global", "sort_order": 0, "latitude": None, "longitude": None,
    },
)  # fmt: skip


def _save_group(draft: Draft, *, actor: str, at: datetime) -> Mapping[str, str]:
    save_group(draft.row, actor=actor)
    return {}


def _retire_group(row: Group, *, actor: str, at: datetime) -> None:
    delete_group(row, actor=actor)


GROUPS = ObjectKind(
    section="groups",
    noun="group",
    model=Group,
    key=("slug",),
    fields=(
        replace(column(Group, "slug", annotation=str), default=REQUIRED,
                read=lambda row: row.slug or f"group-{row.pk}"),
        *columns(Group, "name description sort_order collapsed open_when_wrong visible"),
        reference("parent", to="groups", by="slug"),
    ),
    joined=("parent",),
    save=_save_group,
    retire=_retire_group,
    own=_own_groups,
)  # fmt: skip


def _save_component(draft: Draft, *, actor: str, at: datetime) -> Mapping[str, str]:
    save_component(draft.row, depends_on=draft.given["depends_on"], actor=actor)
    return {}


def _retire_component(row: Component, *, actor: str, at: datetime) -> None:
    catalogue.retire(row, notify=False, actor=actor, now=at.timestamp())


def _restore_component(row: Component, *, actor: str, at: datetime) -> None:
    catalogue.restore(row, actor=actor, now=at.timestamp())


_TAGS = Field(
    name="tags",
    annotation=list[str],
    default=[],
    read=lambda row: [tag.strip() for tag in row.tags.split(",") if tag.strip()],
    write=lambda draft, tags: setattr(draft.row, "tags", ", ".join(tags)),
)
COMPONENTS = ObjectKind(
    section="components",
    noun="component",
    model=Component,
    key=("slug",),
    fields=(
        *columns(Component, "slug name description"),
        reference("group", to="groups", by="slug"),
        _TAGS,
        *columns(Component, "sort_order visible only_when_wrong counts_for_overall critical"
                 " maintenance_counts uptime_policy"),
        references("depends_on", to="components", by="slug", is_named=is_live),
        *columns(Component, "auto_incident opening_delay closing_delay"),
    ),
    joined=("group__parent",),
    gathered=("depends_on",),
    save=_save_component,
    retire=_retire_component,
    restore=_restore_component,
    is_gone=lambda row: not is_live(row),
    is_idle=lambda row: not is_live(row),
    own=_own_components,
)  # fmt: skip


def _write_config(draft: Draft, written: Mapping[str, Any]) -> None:
    stored = draft.stored
    settings = settings_of(
        draft.row.kind,
        written,
        stored_kind=stored.kind if stored else "",
        stored=stored.config if stored else {},
        references=draft.references,
    )
    if stored is not None and (stored.kind, stored.config) == (draft.row.kind, settings):
        return
    draft.row.config = _sealed(draft.row.kind, settings)


def _sealed(kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings as they are stored. Raises ValidationError naming each that will not do."""
    try:
        return seal_config(kind, parse_config(kind, settings), settings)
    except UnreadableError:
        return settings  # the other fields must stay changeable
    except ConfigError as error:
        problems = {f"config.{field}": texts for field, texts in error.by_field.items()}
        raise ValidationError(problems) from None


def _save_monitor(draft: Draft, *, actor: str, at: datetime) -> Mapping[str, str]:
    row, is_new = draft.row, draft.row.pk is None
    save_monitor(row, regions=draft.given["regions"], actor=actor, now=at.timestamp())
    told = is_new and ping_keys.has_address(row)
    return {"ping_url": ping_keys.address_of(row)} if told else {}


def _retire_monitor(row: Monitor, *, actor: str, at: datetime) -> None:
    row.enabled = False
    save_monitor(row, regions=list(row.regions.all()), actor=actor, now=at.timestamp())


MONITORS = ObjectKind(
    section="monitors",
    noun="monitor",
    model=Monitor,
    key=("component", "name"),
    fields=(
        reference("component", to="components", by="slug", required=True),
        *columns(Monitor, "name kind"),
        Field(
            name="config",
            annotation=dict[str, Any],
            default={},
            read=lambda row: shown_settings(row.config),
            write=_write_config,
        ),
        # One without a real address starts only if the document says so.
        replace(column(Monitor, "enabled", annotation=bool | None), default=None,
                default_of=lambda values: not placeholders(values["config"])),
        *columns(Monitor, "interval timeout retry_interval confirm_down confirm_up"),
        references("regions", to="regions", by="code"),
        *columns(Monitor, "quorum"),
    ),
    joined=("component__group__parent",),
    gathered=("regions",),
    save=_save_monitor,
    retire=_retire_monitor,
    is_gone=lambda row: not is_live(row.component),
    is_idle=lambda row: not row.enabled,
    own=_own_monitors,
)  # fmt: skip

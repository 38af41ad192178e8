"""P06: a plan names exactly the field that a hand changed, of every field of every kind."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import transaction

from components.secrets import Sealed
from statuspage.catalogue.fields import Field
from statuspage.catalogue.kind import ObjectKind
from statuspage.catalogue.kinds import KINDS
from tests.statuspage.catalogue.documents import SOME
from tests.statuspage.catalogue.test_planning import apply, changes

pytestmark = [pytest.mark.django_db]

Hand = Callable[[Any], Any]
_OTHERS: dict[str, Any] = {
    "regions.latitude": 1.5,
    "regions.longitude": 1.5,
    "components.tags": "other",
    "components.group": None,
    "components.depends_on": lambda row: row.depends_on.clear(),
    "monitors.config": lambda row: _set(
        row, config={**row.config, "url": "https://api.acme.dev/x"}
    ),
    "monitors.regions": lambda row: row.regions.clear(),
    "monitors.retry_interval": 20,
    "monitors.quorum": 1,
    "alert_rules.component": lambda row: _set(row, component=_component("api")),
    "maintenance_series.duration": timedelta(hours=2),
    "maintenance_series.exceptions": ["2026-12-08T02:00:00"],
    "maintenance_series.regions": ["eu-west-1"],
    "maintenance_series.components": lambda row: row.components.clear(),
    "alert_channels.address": lambda row: _set(row, address=Sealed.of("other@acme.dev")),
    "alert_routes.components": lambda row: row.components.add(_component()),
    "alert_routes.groups": lambda row: row.groups.clear(),
    "alert_routes.steps": lambda row: row.steps.update(after_minutes=9),
    "alert_routes.hours_days": [1],
    "alert_routes.hours_from": time(21),
    "alert_routes.hours_to": time(7),
    "alert_routes.waits_outside": ["critical"],
    "endpoints.components": lambda row: row.components.add(_component()),
    "endpoints.format": "statuspage",
    "endpoints.kinds": ["incidents"],
    "endpoints.language": "de",
    "pages.hosts": ["shop.example.org"],
    "pages.groups": lambda row: row.groups.clear(),
    "pages.components": lambda row: row.components.add(_component()),
    "pages.tags": ["other"],
    "pages.languages": "de",
    "pages.password": make_password("another"),
    "pages.networks": ["10.0.0.0/8"],
    "pages.mail_domains": ["acme.dev"],
    "pages.sign_in_groups": ["staff"],
    "pages.appearance": "look",
    "announcements.page": "shop",
    "announcements.starts_at": datetime(2026, 12, 1, 9, tzinfo=UTC),
    "announcements.ends_at": datetime(2026, 12, 9, tzinfo=UTC),
}
_NOT_ALONE = {
    "endpoints.address": "an endpoint keeps it: another one is refused",
    "endpoints.channel": "an endpoint keeps it: another one is refused",
    "groups.parent": "Storage has one; the other group cannot have a parent as well",
    "monitors.kind": "its settings are others, too",
    "alert_channels.channel": "its address is another, too",
    "pages.parent": "there is one page",
}


def _set(row: Any, **values: Any) -> None:
    type(row).objects.filter(pk=row.pk).update(**values)


def _component(slug: str = "db") -> Any:
    return type(_row("components")).objects.get(slug=slug)


def _look(row: Any) -> None:
    row.appearance.values = {**row.appearance.values, "accent": "#112233"}
    row.appearance.save()


def _row(section: str) -> Any:
    """The first row that the document names of a section."""
    (kind,) = (each for each in KINDS if each.section == section)
    wanted = tuple(SOME[section][0][name] for name in kind.key)
    return next(
        row for row in kind.rows() if tuple(kind.values(row)[name] for name in kind.key) == wanted
    )


def _another(field: Field, row: Any) -> Any:
    """Another value for a plain column."""
    column = row._meta.get_field(field.name)
    value = getattr(row, field.name)
    if column.choices:
        return next(word for word, _ in column.flatchoices if word != str(value))
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int | float) else _OTHER_TEXT.get(field.name, "Other")


_OTHER_TEXT = {
    "rule": "FREQ=DAILY",
    "timezone": "Europe/Paris",
    "hours_zone": "Europe/Paris",
    "first_local": "2026-12-08T02:00:00",
    "matchers": 'severity="page"',
}


def _change(kind: ObjectKind, field: Field) -> str:
    """Change a field by hand, past all services; return the path of its object."""
    row = _row(kind.section)
    other = _OTHERS.get(f"{kind.section}.{field.name}", _another)
    if other is _another:
        _set(row, **{field.name: _another(field, row)})
    elif other == "look":
        _look(row)
    elif callable(other):
        other(row)
    else:
        _set(row, **{field.name: other})
    return kind.path(tuple(SOME[kind.section][0][name] for name in kind.key))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.section)
def test_p06_a_hand_on_any_field_is_all_that_a_plan_names(kind: ObjectKind) -> None:
    apply(SOME)
    assert changes(SOME) == [], "what is applied twice changes nothing"

    for field in kind.fields:
        if field.name in kind.key or f"{kind.section}.{field.name}" in _NOT_ALONE:
            continue
        with transaction.atomic():
            path = _change(kind, field)
            found = changes(SOME)
            transaction.set_rollback(True)
        assert [(action, where) for action, where, _ in found] == [("change", path)], field.name
        assert [name.partition(".")[0] for name in found[0][2]] == [field.name], found

"""A document is applied as a whole or not at all, and a plan says exactly what differs (P06)."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings

from components.models import Component, Group, JournalEntry
from components.services import save_component
from monitors.models import Monitor
from monitors.services import save_monitor
from statuspage.catalogue import planning
from statuspage.catalogue.document import read_document
from statuspage.catalogue.errors import DocumentError
from statuspage.catalogue.index import export_document
from statuspage.catalogue.secrets import References
from statuspage.catalogue.text import read_text, write_yaml
from statuspage.models import Page
from subscribers.models import AlertChannel, AlertRoute
from tests import build
from tests.statuspage.catalogue.documents import (
    ENVIRONMENT,
    SOME,
    documents,
    with_references,
)

pytestmark = [pytest.mark.both, pytest.mark.django_db]
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
REFERENCES = References(
    allowed=True, environment={**ENVIRONMENT, "CATALOGUE_HOOK": "https://hooks.acme.dev/x"}
)


def apply(value: dict[str, Any], *, prune: bool = False) -> planning.Outcome:
    return planning.apply(
        read_document(value), references=REFERENCES, prune=prune, actor="ann", at=NOW
    )


def changes(value: dict[str, Any], *, prune: bool = False) -> list[tuple[str, str, list[Any]]]:
    """What a plan says: action, path and the names of the fields."""
    found = planning.plan(read_document(value), references=REFERENCES, prune=prune, at=NOW)
    return [(each.action, each.path, [name for name, *_ in each.fields]) for each in found.changes]


def mistakes(value: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(DocumentError) as refused:
        apply(value)
    return {each.path: each.message for each in refused.value.mistakes}


def some(**sections: Any) -> dict[str, Any]:
    return {**deepcopy(SOME), **sections}


@pytest.mark.long("postgres")
@settings(
    max_examples=40, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(documents())
def test_p06_an_export_makes_the_same_in_an_empty_store(value: dict[str, Any]) -> None:
    exports = []
    for _ in range(2):
        with transaction.atomic():
            apply(value)
            assert changes(value) == []
            exports.append(write_yaml(export_document()))
            assert changes(read_text(exports[-1])) == []
            transaction.set_rollback(True)
        value = with_references(read_text(exports[-1]))
        for each in value.get("alert_channels", ()):
            each["address"] = {"env": "CATALOGUE_HOOK"}
        for each in value.get("endpoints", ()):
            each["address"] = {"env": f"CATALOGUE_ENDPOINT_{each['name'][-1]}"}

    assert exports[0] == exports[1]


def test_p06_what_has_its_default_is_left_out_and_a_plan_after_it_is_empty() -> None:
    apply(SOME)

    exported = export_document()
    again = {**exported, "monitors": [*exported["monitors"]]}
    assert changes(SOME) == changes(again) == []
    assert exported["components"] == [
        {"slug": "api", "name": "API", "group": "platform", "depends_on": ["db"]},
        {"slug": "db", "name": "Database", "group": "storage", "tags": ["core", "data"],
         "critical": True},
    ]  # fmt: skip
    assert exported["alert_routes"] == SOME["alert_routes"]


def test_p06_what_is_created_is_read_in_one_go_and_told_in_the_order_of_the_document() -> None:
    def templates(names: str, message: str = "m") -> dict[str, Any]:
        rows = [{"name": name, "title": "t", "message": message} for name in names]
        return {"version": 1, "templates": rows}

    def reads(names: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            changes(templates(names, "n"))
        columns = [each["sql"].partition(" FROM ")[0] for each in asked]
        return sum(each.startswith("SELECT") and '"message"' in each for each in columns)

    apply(templates("bd"))

    assert [(action, path[-1]) for action, path, _ in changes(templates("abcdefgh", "n"))] == [
        ("change" if name in "bd" else "create", name) for name in "abcdefgh"
    ]
    assert reads("abcdefgh") == reads("abd")


def by_hand() -> dict[str, Any]:
    return {
        "components/api": lambda: save_component(Component.objects.get(slug="api"), depends_on=[]),
        "components/db": lambda: Component.objects.filter(slug="db").update(critical=False),
        "groups/storage": lambda: Group.objects.filter(slug="storage").update(name="Disks"),
        "alert_routes/Nights": lambda: AlertRoute.objects.update(remind_minutes=5),
        "alert_channels/On call": lambda: AlertChannel.objects.update(enabled=False),
        "pages/shop": lambda: Page.objects.filter(slug="shop").update(name="Store"),
    }


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("components/api", "depends_on"),
        ("components/db", "critical"),
        ("groups/storage", "name"),
        ("alert_routes/Nights", "remind_minutes"),
        ("alert_channels/On call", "enabled"),
        ("pages/shop", "name"),
    ],
)
def test_p06_a_plan_names_exactly_what_a_hand_changed(path: str, field: str) -> None:
    apply(SOME)
    by_hand()[path]()

    assert changes(SOME) == [("change", path, [field])]
    apply(SOME)
    assert changes(SOME) == []


def test_p06_a_setting_of_a_monitor_is_a_field_of_its_own() -> None:
    apply(SOME)
    monitor = Monitor.objects.get(name="Health")
    monitor.config = {**monitor.config, "method": "HEAD"}
    save_monitor(monitor, regions=[])

    (change,) = planning.plan(
        read_document(SOME), references=REFERENCES, prune=False, at=NOW
    ).changes

    assert change.as_json() == {
        "action": "change",
        "path": "monitors/api/Health",
        "fields": [
            {"field": "config.method", "old": "HEAD", "new": None},
            {"field": "regions", "old": [], "new": ["eu-west-1"]},
        ],
    }


def test_p06_an_apply_is_one_chain_of_entries_with_who() -> None:
    before = JournalEntry.objects.count()

    apply(SOME)

    entries = list(JournalEntry.objects.order_by("pk"))[before:]
    assert entries[0].kind == "catalogue.applied"
    assert entries[0].data == {"created": 16, "changed": 0, "retired": 0}
    told = [each for each in entries if not each.kind.startswith("maintenance.scheduled")]
    assert {each.actor for each in told} == {"ann"}
    assert [each.pk for each in entries] == [*range(entries[0].pk, entries[-1].pk + 1)]
    mark = JournalEntry.objects.count()
    apply(SOME)
    assert JournalEntry.objects.count() == mark, "nothing was changed, and nothing told"


def test_p06_every_mistake_has_its_path_and_nothing_is_written() -> None:
    found = mistakes(
        some(
            components=[
                {"slug": "api", "name": "API", "group": "nowhere", "depends_on": ["db"]},
                {"slug": "db", "name": "Database", "depends_on": ["lost"]},
                {"slug": "web", "name": "Web"},
            ],
            monitors=[
                {"component": "web", "name": "a", "kind": "endpoint", "config": {"url": 1}},
                {"component": "web", "name": "b", "kind": "tcp", "timeout": 50, "interval": 30,
                 "config": {"host": "db", "port": 1}},
                {"component": "api", "name": "follows", "kind": "manual"},
            ],
            alert_routes=[{"name": "a", "hours_from": "25:00"}],
            announcements=[{"name": "a", "message": "m", "starts_at": "2026-12-01T08:00:00"}],
            pages=[{"slug": "a", "appearance": {"accent": "no"}}, {"slug": "b", "hosts": ["-"]}],
        )
    )  # fmt: skip

    assert sorted(found) == [
        "alert_routes.0.hours_from", "announcements.0.starts_at", "components.0.group",
        "components.1.depends_on",
        "monitors.0.config.url", "monitors.1.timeout",
        "pages.0.appearance.accent", "pages.1.hosts",
    ]  # fmt: skip
    assert found["components.0.group"] == "There is no group nowhere."
    assert not Component.objects.filter(slug__in=["api", "db"]).exists()
    assert not JournalEntry.objects.filter(kind="catalogue.applied").exists()


@pytest.mark.parametrize(
    ("value", "path", "said"),
    [
        ([], "", "version: 1"),
        ({"version": 2}, "version", "1"),
        ({"version": 1, "what": []}, "what", "no such field"),
        ({"version": 1, "groups": [{"name": "A"}]}, "groups.0.slug", "required"),
        ({"version": 1, "groups": [{"slug": "a", "name": "A"}] * 2}, "groups.1.slug",
         "named by groups.0 already"),
        ({"version": 1, "components": [{"slug": "a", "name": "A", "uptime_policy": "x"}]},
         "components.0.uptime_policy", "measured"),
        ({"version": 1, "alert_channels": [{"name": "A", "channel": "email", "address": 5}]},
         "alert_channels.0.address", "{env: NAME}"),
    ],
)  # fmt: skip
def test_p06_what_is_misshapen_is_named(value: Any, path: str, said: str) -> None:
    found = mistakes(value)

    assert said in found[path]


def test_a_circle_of_dependencies_is_refused_and_a_turned_one_is_not() -> None:
    apply(SOME)
    turned: list[dict[str, Any]] = [{"slug": "db", "name": "Database", "depends_on": ["api"]},
              {"slug": "api", "name": "API"}]  # fmt: skip

    apply({"version": 1, "components": turned})

    assert changes({"version": 1, "components": turned}) == []
    turned[1]["depends_on"] = ["db"]
    assert any("loop" in text for text in mistakes({"version": 1, "components": turned}).values())


def test_p06_pruning_retires_what_the_sections_of_a_file_do_not_name() -> None:
    apply(SOME)
    left: dict[str, Any] = {"version": 1, "components": [SOME["components"][1]], "monitors": [],
            "alert_channels": []}  # fmt: skip

    assert changes(left) == []
    assert changes(left, prune=True) == [
        ("retire", "components/api", []),
        ("retire", "monitors/db/Backup", []),
        ("retire", "alert_channels/On call", []),
    ]
    apply(left, prune=True)

    assert changes(left, prune=True) == []
    assert Component.objects.get(slug="api").retired_at is not None
    assert Monitor.objects.filter(enabled=True, component__slug="db").count() == 0
    assert AlertRoute.objects.get().enabled, "a section that the file leaves out stays"
    assert changes(SOME) == [
        ("change", "components/api", ["retired"]),
        ("change", "monitors/db/Backup", ["enabled"]),
        ("change", "alert_channels/On call", ["enabled"]),
    ]


def test_two_monitors_of_one_name_are_told_apart() -> None:
    component = build.component(slug="api")
    for _ in range(2):
        build.monitor(component, name="Health")

    exported = export_document()

    assert [each["name"] for each in exported["monitors"]] == ["Health", "Health (2)"]
    assert changes(exported) == []


def test_the_products_own_are_left_out_and_left_alone() -> None:
    group = build.group("This status page", visible=False)
    component = build.component(slug="own", group=group)
    build.monitor(component, name="Own", builtin="own")

    assert export_document() == {"version": 1}
    everything = {"version": 1, "groups": [], "components": [], "monitors": []}
    assert changes(everything, prune=True) == []
    assert (
        "product's own"
        in mistakes({"version": 1, "components": [{"slug": "own", "name": "Mine"}]})[
            "components.0.slug"
        ]
    )

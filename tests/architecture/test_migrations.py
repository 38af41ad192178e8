"""Two releases work side by side on one database while the tables of the newer one are made."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.db.models import Q

from components.migrations._online import AddIndexOnline
from tests import APPS
from tests.architecture.migration_rules import problems

BASELINE = {
    "components": 11, "incidents": 2, "maintenance": 4, "monitors": 17, "statuspage": 11,
    "subscribers": 14,
}  # fmt: skip
"""The last migration of each app before releases had to work side by side."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """A migration that takes something away all the same, read by somebody."""

    migration: str
    """As `subscribers.0015_name`."""
    operation: str
    """As the test tells it: `RemoveField delivery.lease`."""
    unused_since: str
    """The release since which no code uses it, as `1.4`; it is not the one of the migration."""
    why: str


ALLOWED: tuple[Allowance, ...] = ()


def test_a_release_can_live_with_the_migrations_of_the_next() -> None:
    loader = MigrationLoader(None)
    allowed = {(each.migration, each.operation) for each in ALLOWED}
    found = []
    for key in loader.graph.leaf_nodes():
        if key[0] in APPS:
            for app, name in loader.graph.forwards_plan(key):
                if app in APPS and int(name[:4]) > BASELINE[app]:
                    before = loader.project_state((app, name), at_end=False)
                    found += [
                        f"{app}.{name}: {operation}: {why}"
                        for operation, why in problems(loader.disk_migrations[app, name], before)
                        if (f"{app}.{name}", operation) not in allowed
                    ]

    assert sorted(set(found)) == []


def test_an_allowance_names_the_release_that_needed_it_no_more() -> None:
    wrong = [each for each in ALLOWED if not re.fullmatch(r"\d+\.\d+(\.\d+)?", each.unused_since)]

    assert [each for each in (*wrong, *(a for a in ALLOWED if not a.why)) if each] == []


def _delivery() -> migrations.CreateModel:
    return migrations.CreateModel(
        "Delivery",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("lane", models.CharField(max_length=20)),
            ("code", models.IntegerField(null=True)),
            ("number", models.IntegerField(db_default=0)),
        ],
    )


def copy_deliveries(apps: object, schema_editor: object) -> None:
    """What a migration does that names "Delivery"."""


def _of(*operations: Any, atomic: bool = True) -> list[str]:
    state = ProjectState()
    _delivery().state_forwards("subscribers", state)
    migration: Any = migrations.Migration("0099_test", "subscribers")
    migration.operations = list(operations)
    migration.atomic = atomic
    return [why for _, why in problems(migration, state)]


INDEX = models.Index(fields=["lane"], name="by_lane")
CHECK = models.CheckConstraint(condition=Q(number__gte=0), name="positive")


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        (migrations.RemoveField("delivery", "lane"), "may still use"),
        (migrations.RenameField("delivery", "lane", "queue"), "may still use"),
        (migrations.RenameModel("Delivery", "Copy"), "may still use"),
        (migrations.DeleteModel("Delivery"), "may still use"),
        (migrations.AddField("delivery", "x", models.IntegerField(default=0)), "without it"),
        (migrations.AddField("delivery", "x", models.IntegerField(null=True, db_index=True)),
         "its index"),
        (migrations.AlterField("delivery", "code", models.IntegerField()), "write NULL"),
        (migrations.AlterField("delivery", "number", models.IntegerField()), "insert rows"),
        (migrations.AlterField("delivery", "lane", models.CharField(max_length=10)), "type"),
        (migrations.AlterField("delivery", "number", models.TextField(db_default="")), "type"),
        (migrations.AlterField("delivery", "lane", models.CharField(max_length=20, unique=True)),
         "index"),
        (migrations.AddIndex("delivery", INDEX), "AddIndexOnline"),
        (AddIndexOnline("delivery", INDEX), "atomic = False"),
        (migrations.AddConstraint("delivery", CHECK), "under a lock"),
        (migrations.RunPython(copy_deliveries), "in one transaction"),
        (migrations.RunSQL("DROP TABLE x"), "a person"),
        (migrations.SeparateDatabaseAndState([migrations.RemoveField("delivery", "lane")]),
         "may still use"),
    ],
)  # fmt: skip
def test_what_the_release_before_would_notice_is_refused(operation: object, why: str) -> None:
    assert [each for each in _of(operation) if why in each] != []


@pytest.mark.parametrize(
    "operations",
    [
        [migrations.AddField("delivery", "x", models.IntegerField(null=True))],
        [migrations.AddField("delivery", "x", models.IntegerField(db_default=0))],
        [migrations.AlterField("delivery", "lane", models.CharField(max_length=40))],
        [migrations.AlterField("delivery", "lane", models.CharField(max_length=20, blank=True))],
        [AddIndexOnline("delivery", INDEX)],
        [migrations.CreateModel("New", [("id", models.BigAutoField(primary_key=True))]),
         migrations.AddField("new", "x", models.IntegerField(default=0))],
        [migrations.RunPython(copy_deliveries)],
        [migrations.AlterModelTable("delivery", "subscribers_delivery"),
         migrations.RenameModel("Delivery", "Copy")],
    ],
    ids=["nullable", "db_default", "wider", "blank", "online", "of a new model", "in batches",
         "a name alone"],
)  # fmt: skip
def test_what_it_does_not_notice_is_allowed(operations: list[object]) -> None:
    assert _of(*operations, atomic=False) == []

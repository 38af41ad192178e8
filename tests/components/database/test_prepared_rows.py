"""Queries that are compiled once say what query sets say."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models.sql.compiler import SQLCompiler

from components.database.prepared_rows import PreparedRows
from components.models import Component
from maintenance.models import Window
from maintenance.selectors import listed_windows
from maintenance.services import schedule
from statuspage.publishing import snapshot
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
COLUMNS = ("pk", "former_slugs", "group__name", "visible", "created_at")


def test_rows_are_those_of_the_query_set_and_read_anew() -> None:
    rows = PreparedRows(lambda: Component.objects.order_by("pk").values_list(*COLUMNS))
    build.component("Shop", group=build.group())
    assert rows() == list(Component.objects.order_by("pk").values_list(*COLUMNS))

    build.component("API")

    assert rows() == list(Component.objects.order_by("pk").values_list(*COLUMNS))
    assert len(rows()) == 2


def test_instants_are_those_of_each_question() -> None:
    now = datetime.now(UTC)
    rows = PreparedRows(
        lambda since, until: Component.objects.filter(
            created_at__gt=since, created_at__lt=until
        ).values_list("pk"),
        instants=2,
    )
    component = build.component()
    hour = timedelta(hours=1)

    assert rows(now - hour, now + hour) == [(component.pk,)]
    assert rows(now + hour, now + 2 * hour) == []
    assert rows(now - 2 * hour, now - hour) == []
    with pytest.raises(ValueError, match="argument"):
        rows(now)


def test_windows_are_whole_rows_with_what_belongs_to_them() -> None:
    now = datetime.now(UTC)
    window = Window(title="Move", starts_at=now, ends_at=now + timedelta(hours=1))
    window = schedule(window, components=[build.component("Shop")], at=now)

    (listed,) = listed_windows(closed_since=now)

    stored = Window.objects.get()
    fields = [field.attname for field in Window._meta.concrete_fields]
    assert [getattr(listed, name) for name in fields] == [getattr(stored, name) for name in fields]
    assert listed == window
    assert [each.name for each in listed.components.all()] == ["Shop"]


def test_a_publication_compiles_few_of_its_queries(monkeypatch: pytest.MonkeyPatch) -> None:
    """To compile them took more processor time than all that a publication does with the rows."""
    build.component()
    snapshot.publish()
    compiled: list[str] = []
    as_sql = SQLCompiler.as_sql

    def counted(self: SQLCompiler, *arguments: object, **named: object) -> object:
        compiled.append(self.query.model._meta.label if self.query.model else "")
        return as_sql(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(SQLCompiler, "as_sql", counted)

    snapshot.publish()

    assert connection.vendor in ("sqlite", "postgresql")
    assert len(compiled) <= 10, compiled

"""What keeps the APIs quick: numbers of queries that do not grow."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from components.reference_numbers import next_reference
from components.status import Status
from components.values.severity import Severity
from incidents.services import open_incident
from maintenance.models import Window
from maintenance.services import schedule
from statuspage.access import tokens
from statuspage.publishing import projector
from tests import build

pytestmark = [
    pytest.mark.long("postgres"),
    pytest.mark.both,
    pytest.mark.django_db(transaction=True),
]
MOST = 12
DATA = ("SELECT", "INSERT", "UPDATE", "DELETE")


@pytest.fixture
def call(client: Client) -> Callable[..., tuple[Any, int]]:
    """Ask the API; the answer, and the number of queries that it took."""
    key = tokens.create(name="ci", scopes=tokens.SCOPES)
    headers = {"Authorization": f"Bearer {key}"}
    client.get("/api/v1/status/groups", headers=headers)  # the token's use is noted

    def ask(method: str, path: str, **body: Any) -> tuple[Any, int]:
        with CaptureQueriesContext(connection) as caught:
            answer = getattr(client, method)(
                f"/api/v1/{path}", body, content_type="application/json", headers=headers
            )
        assert answer.status_code < 300, answer.content
        # Where a transaction begins and ends, and the journal's lock and bell, are none.
        said = [each["sql"].partition(" FROM ")[0] for each in caught.captured_queries]
        return answer, sum(each.startswith(DATA) and "pg_" not in each[:12] for each in said)

    return ask


def test_opening_an_incident_takes_few_queries_however_many_are_to_be_told(
    call: Callable[..., tuple[Any, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the page then takes is the projector's: once for each change, whoever made it."""
    ids = [build.component().pk for _ in range(3)]
    for _ in range(20):
        build.subscriber()
    monkeypatch.setattr(projector, "catch_up", lambda: 0)
    with transaction.atomic():
        next_reference("INC", year=datetime.now(UTC).year)  # the first one of a year takes more

    _, took = call("post", "status/incidents", title="t", severity="major", message="m",
                   components=ids)  # fmt: skip

    assert took <= MOST


def populate() -> None:
    """Two more of everything that is listed."""
    for _ in range(2):
        component = build.component(group=build.group())
        build.monitor(component)
        build.subscriber(components=[component])
        open_incident(title="t", severity=Severity.MAJOR, message="m",
                      impacts={component: Status.DEGRADED})  # fmt: skip
        begins = datetime.now(UTC)
        window = Window(title="w", starts_at=begins, ends_at=begins + timedelta(hours=1))
        schedule(window, components=[component], at=begins)


@pytest.mark.parametrize(
    "path",
    [
        "status/groups", "status/components", "status/incidents", "status/maintenance",
        "status/subscribers", "monitors", "deliveries", "alerts",
    ],
)  # fmt: skip
def test_a_list_takes_as_many_queries_for_many_as_for_few(
    call: Callable[..., tuple[Any, int]], path: str
) -> None:
    populate()
    _, few = call("get", path)
    populate()
    _, many = call("get", path)

    assert few == many <= MOST

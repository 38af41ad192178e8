"""The audit trail: what can be asked of it, and what is taken away."""

import asyncio
import csv
import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction
from django.test import AsyncClient, Client
from django.urls import reverse

from components.backoffice import journal, paging
from components.journal import Event, record
from components.journal.event_types import COMPONENT_CHANGED, GROUP_CHANGED
from components.models import JournalEntry
from tests import build
from tests.sessions import log_in

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
LIST = "admin:components_journalentry_changelist"


def write(*events: Event) -> None:
    with transaction.atomic():
        record(*events)


def shown(staff: Client, **query: Any) -> list[str]:
    page = staff.get(reverse(LIST), query)
    return [entry.data["name"] for entry in page.context["cl"].result_list]


def exported(form: str, **query: Any) -> str:
    """As it is streamed under ASGI."""
    user, _ = User.objects.get_or_create(username="olga", is_staff=True, is_superuser=True)
    cookies = log_in(Client(), user).cookies

    async def fetch() -> str:
        client = AsyncClient()
        client.cookies = cookies
        url = reverse("admin:components_journalentry_export", args=[form])
        answer: Any = await client.get(url, query)
        assert answer.status_code == 200
        return b"".join([part async for part in answer.streaming_content]).decode()

    return asyncio.run(fetch())


@pytest.fixture
def entries() -> None:
    write(
        Event(COMPONENT_CHANGED, {"name": "one"}, subject_id=1, actor="olga"),
        Event(COMPONENT_CHANGED, {"name": "two"}, subject_id=2, actor="paul"),
        Event(GROUP_CHANGED, {"name": "three"}, subject_id=1),
    )


@pytest.mark.usefixtures("entries")
def test_it_is_asked_for_who_what_and_of_which_object(staff: Client) -> None:
    assert shown(staff) == ["three", "two", "one"]
    assert shown(staff, about="component") == ["two", "one"]
    assert shown(staff, who="olga") == ["one"]
    assert shown(staff, who="-") == ["three"]
    assert shown(staff, about="component", subject_id=1) == ["one"]
    assert shown(staff, q="group.changed") == ["three"]
    assert shown(staff, at__gte="2100-01-01 00:00:00+00:00") == []


@pytest.mark.usefixtures("entries")
def test_an_export_holds_what_the_filters_leave() -> None:
    lines = [json.loads(line) for line in exported("jsonl", about="component").splitlines()]

    assert [line["data"]["name"] for line in lines] == ["two", "one"]
    assert set(lines[0]) == set(journal.COLUMNS)


def test_an_export_comes_in_batches_and_misses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "BATCH", 3)
    write(*(Event(GROUP_CHANGED, {"name": str(n)}) for n in range(10)))

    names = [json.loads(line)["data"]["name"] for line in exported("jsonl").splitlines()]

    assert names == [str(n) for n in reversed(range(10))]


FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pytest.mark.parametrize("formula", ["=cmd()", "+1", "-1", "@SUM(A1)", "\t=1", "＝1"])
def test_no_cell_is_a_formula_s3(formula: str) -> None:
    write(Event(GROUP_CHANGED, {"name": formula}, actor=formula))

    (row,) = csv.DictReader(exported("csv").splitlines(keepends=True))

    assert row["actor"].replace("\t'", "\t") == f"'{formula}"
    assert json.loads(row["data"])["name"] == formula
    assert not any(cell.startswith(FORMULA_STARTS) for cell in row.values())


@pytest.mark.usefixtures("entries")
def test_who_may_not_read_it_may_not_take_it_away(client: Client) -> None:
    user = get_user_model().objects.create_user("paul", "", "x", is_staff=True)
    log_in(client, user)

    assert (
        client.get(reverse("admin:components_journalentry_export", args=["csv"])).status_code == 403
    )


def test_an_unknown_form_or_filter_is_no_export(staff: Client) -> None:
    url = reverse("admin:components_journalentry_export", args=["exe"])
    assert staff.get(url).status_code == 404
    url = reverse("admin:components_journalentry_export", args=["csv"])
    assert staff.get(url, {"nonsense": "1"}).status_code == 404


def test_an_objects_history_is_its_rows_of_the_journal(staff: Client) -> None:
    component, other = build.component("Shop"), build.component("Other")
    build.group("Heading")

    page = staff.get(
        reverse("admin:components_component_history", args=[component.pk]), follow=True
    )

    told = page.context["cl"].result_list
    assert told
    assert {entry.subject_id for entry in told} == {component.pk}
    assert {entry.kind.partition(".")[0] for entry in told} == {"component"}
    assert other.pk != component.pk


def test_a_monitors_history_is_its_own_and_not_its_components(staff: Client) -> None:
    component = build.component("Shop")
    monitor, _ = build.monitor(component), build.monitor(component)

    page = staff.get(reverse("admin:monitors_monitor_history", args=[monitor.pk]), follow=True)

    told = page.context["cl"].result_list
    assert [entry.data["monitor_id"] for entry in told] == [monitor.pk]


def test_the_list_counts_no_further_than_anybody_pages(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "MAX_COUNT", 5)
    write(*(Event(GROUP_CHANGED, {"name": str(n)}) for n in range(10)))

    assert staff.get(reverse(LIST)).context["cl"].result_count == 5
    assert JournalEntry.objects.count() == 10

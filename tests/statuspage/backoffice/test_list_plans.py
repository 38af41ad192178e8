"""Lists of what there may be millions of are read by an index, and need no sorting of it all."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from statuspage.access import tokens
from subscribers.enums import AlertStage, Kind
from subscribers.models import Alert, Notice

pytestmark = pytest.mark.django_db
LARGE = ("components_journalentry", "subscribers_delivery", "subscribers_alert")
ADMIN = (
    "/admin/",
    "/admin/components/journalentry/?about=group",
    "/admin/components/journalentry/?public__exact=1",
    "/admin/subscribers/delivery/?channel__exact=webhook",
    "/admin/subscribers/delivery/?state__exact=queued",
    "/admin/subscribers/delivery/?q=incident-7",
    "/admin/subscribers/alert/?stage__exact=raised",
    "/admin/subscribers/alert/?q=Shop",
    "/admin/subscribers/alert/?q=nothing-of-that-name",
)
API = (
    "/api/v1/deliveries",
    "/api/v1/deliveries?before=7",
    "/api/v1/deliveries?state=queued",
    "/api/v1/deliveries?channel=webhook",
    "/api/v1/deliveries?event=incident-7",
)
UNFILTERED = ("/api/v1/deliveries", "/api/v1/deliveries?before=7")


def test_lists_of_millions_are_read_by_an_index() -> None:
    now = timezone.now()
    Notice.objects.create(
        key="journal-7", thread="incident-7", kind=Kind.INCIDENTS, facts={},
        created_at=now - timedelta(days=700),
    )  # fmt: skip
    Alert.objects.create(
        component_id=7, name="Shop", stage=AlertStage.RAISED, severity="major", facts={},
        began_at=now,
    )  # fmt: skip
    staff = Client()
    staff.force_login(get_user_model().objects.create_superuser("ann", "", "of-this-test"))
    key = tokens.create(name="lists", scopes=["subscribers:read"])
    program = Client(headers={"authorization": f"Bearer {key}"})

    bad = [
        (path, step)
        for client, paths in ((staff, ADMIN), (program, API))
        for path in paths
        for step in _bad_steps(client, path)
    ]

    assert bad == []


@pytest.mark.parametrize("query", ["", "?suspended=no", "?channel__exact=webhook"])
def test_subscribers_are_listed_without_sorting_them_all(query: str) -> None:
    staff = Client()
    staff.force_login(get_user_model().objects.create_superuser("ann", "", "of-this-test"))

    with CaptureQueriesContext(connection) as captured:
        assert staff.get(f"/admin/subscribers/subscriber/{query}").status_code == 200
    (listed,) = [
        each["sql"] for each in captured
        if each["sql"].startswith('SELECT "subscribers_subscriber"."id"')
    ]  # fmt: skip

    assert [step for step in _plan(listed) if _sorts(step)] == []


def _bad_steps(client: Client, path: str) -> list[str]:
    """Return the steps of the plans of a page's queries that read all of a large table."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    asked = [each["sql"] for each in captured if each["sql"].startswith("SELECT")]
    is_filtered = path not in UNFILTERED
    return [
        step
        for sql in asked
        if any(table in sql for table in LARGE)
        for step in _plan(sql)
        if _reads_all(step, is_filtered=is_filtered)
    ]


def _plan(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Tables of a test are small: what it would do if it could do otherwise.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("EXPLAIN " + sql)
            return [line for (line,) in cursor.fetchall()]
        cursor.execute("EXPLAIN QUERY PLAN " + sql.replace("%", "%%"))
        return [row[3] for row in cursor.fetchall()]


def _reads_all(step: str, *, is_filtered: bool) -> bool:
    """Return whether a step reads all of a large table, or sorts all of it: a list without a
    filter is read from its newest row on, as far as it is shown."""
    if is_filtered and "journal_public" not in step:  # which has nothing else in it
        return re.search(rf"(SCAN|Seq Scan on) ({'|'.join(LARGE)})\b", step) is not None
    if is_filtered:
        return False
    return _sorts(step)


def _sorts(step: str) -> bool:
    return step == "USE TEMP B-TREE FOR ORDER BY" or step.lstrip(" ->").startswith("Sort ")

"""The links in messages while the database can be read and not be written to (F-O7): each is
answered in words, nothing is claimed, and the same link works afterwards."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test import Client

from components.database.outage import OUTAGE
from components.values.severity import Severity
from subscribers.alerting.channels import save_channel
from subscribers.alerting.service import StageChange, apply_stage_change
from subscribers.enums import AlertStage
from subscribers.message import Facts
from subscribers.models import Alert, AlertChannel, Subscriber
from subscribers.tokens import Purpose, acknowledge_link, link
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db]
NOW = datetime.now(UTC).replace(microsecond=0)
Case = tuple[str, Callable[[], bool]]


@contextmanager
def read_only() -> Iterator[None]:
    """As a standby, or a store that was made read-only."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            is_postgres = connection.vendor == "postgresql"
            statement = "SET LOCAL transaction_read_only = on" if is_postgres else ""
            cursor.execute(statement or "PRAGMA query_only = ON")
            yield
            if not is_postgres:
                cursor.execute("PRAGMA query_only = OFF")
            transaction.set_rollback(True)
    finally:
        OUTAGE.reset()


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def confirming() -> Case:
    row = build.subscriber("ada@example.org", confirmed_at=None)
    return path_of(link(row, Purpose.CONFIRM)), lambda: Subscriber.objects.get(pk=row.pk).is_active


def leaving() -> Case:
    row = build.subscriber("ada@example.org")
    return (
        path_of(link(row, Purpose.UNSUBSCRIBE)),
        lambda: not Subscriber.objects.filter(pk=row.pk, unsubscribed_at=None).exists(),
    )


def acknowledging() -> Case:
    pager = AlertChannel(name="Pager", channel="email")
    save_channel(pager, address="ops@example.org")
    facts = Facts(event="alert.raised", headline="DOWN: Shop", at="", url="", message="HTTP 503")
    alert = apply_stage_change(
        StageChange(
            AlertStage.RAISED, 1, "Shop", Severity.MAJOR, facts, at=NOW, since=NOW, key="k"
        )
    )  # fmt: skip
    assert alert
    return (
        path_of(acknowledge_link(alert.pk, pager, at=NOW)),
        lambda: Alert.objects.get(pk=alert.pk).acknowledged_at is not None,
    )


@pytest.mark.parametrize("case", [confirming, leaving, acknowledging])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_link_is_answered_in_words_and_works_when_the_database_does(
    case: Callable[[], Case], accept: str
) -> None:
    path, is_done = case()
    client = Client(raise_request_exception=False, headers={"Accept": accept})

    with read_only():
        look = client.get(path)
        refused = client.post(path)
        claimed = is_done()

    assert look.status_code in (200, 503)
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "5"
    assert b"takes no changes" in refused.content
    assert not claimed
    assert not is_done()
    assert client.post(path).status_code < 400
    assert is_done()


def test_a_client_that_leaves_by_one_click_is_refused_in_words() -> None:
    """RFC 8058: a mail program posts, and tries again where it is told to."""
    path, is_done = leaving()
    client = Client(raise_request_exception=False)

    with read_only():
        refused = client.post(path, {"List-Unsubscribe": "One-Click"})

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert not is_done()
    client.post(path, {"List-Unsubscribe": "One-Click"})
    assert is_done()

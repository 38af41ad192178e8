"""S17: a proxy that no setting names is noticed, and said until it is told of."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from statuspage.access.undeclared_proxy import SIGHTINGS, evidence, stored_evidence

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(settings.STATUSPAGE, "site_url", "http://localhost:3000")
    SIGHTINGS.reset()
    yield
    SIGHTINGS.reset()


@pytest.mark.parametrize(
    ("site", "peer", "forwarded", "proxies", "noticed"),
    [
        ("http://localhost:3000", "127.0.0.1", "", 0, False),
        ("http://localhost:3000", "127.0.0.1", "203.0.113.9", 0, True),
        ("http://localhost:3000", "172.17.0.1", "203.0.113.9", 1, False),
        ("http://status.example.com", "172.17.0.1", "", 0, True),
        ("http://status.example.com", "8.8.8.8", "203.0.113.9", 0, False),
        ("https://status.example.com", "8.8.8.8", "", 0, True),
        ("https://status.example.com", "10.0.0.1", "", 2, False),
        ("http://10.1.2.3:3000", "10.1.2.9", "", 0, False),
    ],
)
def test_it_is_noticed_by_what_comes_through_it_s17(
    rf: Any, monkeypatch: pytest.MonkeyPatch, site: str, peer: str, forwarded: str,
    proxies: int, noticed: bool,
) -> None:  # fmt: skip
    monkeypatch.setattr(settings.STATUSPAGE, "site_url", site)
    monkeypatch.setattr(settings.STATUSPAGE, "num_proxies", proxies)
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}

    SIGHTINGS.note(rf.get("/", headers=headers, REMOTE_ADDR=peer))

    assert bool(evidence()) is noticed
    assert bool(stored_evidence(now=datetime.now(UTC))) is noticed


def test_other_processes_hear_of_it_for_a_day_s17(rf: Any) -> None:
    request = rf.get("/", headers={"X-Forwarded-For": "203.0.113.9"}, REMOTE_ADDR="127.0.0.1")
    SIGHTINGS.note(request)
    SIGHTINGS.reset()

    now = datetime.now(UTC)
    assert not evidence()
    assert stored_evidence(now=now)
    assert not stored_evidence(now=now + timedelta(days=1, minutes=1))

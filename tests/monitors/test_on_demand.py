"""Test now: one check, told in full, stored nowhere."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from components.models import JournalEntry
from monitors import on_demand
from monitors.models import Check, Monitor, Result
from monitors.services import save_monitor
from statuspage.access import tokens
from tests import build
from tests.certificates import make_certificate
from tests.monitors.checks import OPEN
from tests.servers import Mute, Target
from tests.waiting import ending

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    with Target(tls=make_certificate(tmp_path)) as started:
        yield started


def monitor(url: str, **fields: Any) -> Monitor:
    made = build.monitor(url=url, enabled=fields.pop("enabled", True))
    made.timeout = fields.pop("timeout", 3)
    made.config = {"url": url, **fields}
    return save_monitor(made, regions=())


def trust(target: Target, tmp_path: Path) -> str:
    return (tmp_path / "localhost.pem").read_text()


def bearer(*scopes: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.create(name=str(scopes), scopes=scopes)}"}


def test_a_test_tells_phases_certificate_and_every_assertion(
    target: Target, tmp_path: Path
) -> None:
    lines = ["body contains ok", "status == 404"]
    made = monitor(target.url("/ok"), assertions=lines, authorities=trust(target, tmp_path))

    told = on_demand.describe(on_demand.check_now(made, guard=OPEN))

    assert told["result"] == "down"
    assert told["message"] == "not so: status == 404 (found 200)"
    assert told["phases"]["tls"] > 0
    assert [(each["assertion"], each["passed"]) for each in told["assertions"]] == [
        ("body contains ok", True), ("status == 404", False),
    ]  # fmt: skip
    assert told["certificates"][0]["names"] == ["localhost", "127.0.0.1"]
    assert told["certificates"][0]["days_left"] == 29
    assert (told["address"], told["protocol"]) == ("127.0.0.1", "HTTP/1.1")


def test_nothing_is_stored_and_no_state_moves(target: Target, client: Client) -> None:
    made = monitor(target.url("/status/500"), verify_tls=False, enabled=False)
    before = list(Check.objects.values())
    caller = bearer("monitors:write")
    entries = JournalEntry.objects.count()

    answer = client.post(f"/api/v1/monitors/{made.pk}/test", headers=caller)

    assert answer.json()["result"] == "down"
    assert list(Check.objects.values()) == before
    assert (Result.objects.count(), JournalEntry.objects.count()) == (0, entries)


def test_the_api_needs_the_scope_for_writing(client: Client) -> None:
    made = monitor("http://127.0.0.1:9/")
    url = f"/api/v1/monitors/{made.pk}/test"

    assert client.post(url).status_code == 401
    assert client.post(url, headers=bearer("monitors:read")).status_code == 403
    assert client.get(url, headers=bearer("manage", "monitors:read")).status_code == 405


def test_a_test_ends_by_its_timeout() -> None:
    with Mute() as mute:
        made = monitor(f"http://127.0.0.1:{mute.port}/", timeout=0.3)
        with ending("a test of a monitor"):
            finding = on_demand.check_now(made, guard=OPEN)

    assert finding.outcome.message == "no answer within 0.3 s"


def test_the_address_guard_of_the_settings_is_on(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "private_targets", False)
    with Target() as target:
        made = monitor(target.url("/ok"))
        answer = client.post(f"/api/v1/monitors/{made.pk}/test", headers=bearer("monitors:write"))

        assert answer.json()["result"] == "inconclusive"
        assert answer.json()["message"].startswith("blocked address 127.0.0.1")
        assert target.accepted == 0


def test_no_more_than_a_few_at_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_demand, "slots", threading.BoundedSemaphore(1))
    made = monitor("http://127.0.0.1:9/")
    headers = bearer("monitors:write")
    with on_demand.slots:
        answer = client.post(f"/api/v1/monitors/{made.pk}/test", headers=headers)
    again = client.post(f"/api/v1/monitors/{made.pk}/test", headers=headers)

    assert answer.status_code == 429
    assert again.status_code == 200


def test_the_admin_has_a_button_and_shows_it_all(
    staff: Client, target: Target, tmp_path: Path
) -> None:
    made = monitor(
        target.url("/ok"), assertions=["body contains <b>"], authorities=trust(target, tmp_path)
    )

    page = staff.get(reverse("admin:monitors_monitor_change", args=[made.pk])).content.decode()
    shown = staff.post(reverse("admin:monitors_monitor_test", args=[made.pk]))

    assert "Test now" in page
    text = shown.content.decode()
    assert "TLS handshake" in text
    assert "body contains &lt;b&gt;" in text
    assert "localhost, 127.0.0.1" in text
    assert "unsafe" not in shown.headers["Content-Security-Policy"]


def test_the_button_posts_and_needs_the_permission_to_change(client: Client) -> None:
    made = monitor("http://127.0.0.1:9/")
    url = reverse("admin:monitors_monitor_test", args=[made.pk])
    viewer = get_user_model().objects.create_user("vera", "", "a long password", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_monitor"))
    client.force_login(viewer)

    assert client.get(url).status_code == 405
    assert client.post(url).status_code == 403
    change = client.get(reverse("admin:monitors_monitor_change", args=[made.pk]))
    assert "Test now" not in change.content.decode()


def test_a_monitor_that_nobody_can_probe_says_so(staff: Client) -> None:
    made = monitor("http://127.0.0.1:9/")
    Monitor.objects.filter(pk=made.pk).update(config={"url": "gopher://x"})

    answer = staff.post(reverse("admin:monitors_monitor_test", args=[made.pk]), follow=True)

    told = " ".join(str(each) for each in answer.context["messages"])
    assert "url: Must begin with http://" in told


def test_s10_a_secret_that_the_target_sends_back_is_not_shown(target: Target) -> None:
    made = monitor(
        target.url("/echo"), verify_tls=False, bearer_token="canary-1f2e",
        assertions=["body not contains canary-1f2e", "header X-None exists"],
    )  # fmt: skip

    told = on_demand.describe(on_demand.check_now(made, guard=OPEN))

    assert told["result"] == "down"
    assert "found canary" not in str(told)

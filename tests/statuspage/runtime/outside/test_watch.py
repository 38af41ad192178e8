"""The product's own certificate and mail server are looked at, and operators told (F-O11)."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from components.models import Component, JournalEntry
from components.status import Verdict
from monitors.models import Check, Monitor
from statuspage.automation import mail_check
from statuspage.models import OutsideCheck
from statuspage.runtime.outside import own_certificate, results, self_checks, watch
from statuspage.runtime.outside.own_certificate import CertificateLook
from tests import build
from tests.certificates import make_certificate
from tests.servers import Greeter
from tests.waiting import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)


def told() -> dict[str, Any]:
    check = Check.objects.select_related("monitor").get(monitor__builtin__isnull=False)
    return {"verdict": check.verdict, "message": check.message, "who": check.monitor.builtin}


@pytest.mark.parametrize(
    ("days_left", "verdict"),
    [(60, Verdict.UP), (13, Verdict.DEGRADED), (6, Verdict.DOWN), (-1, Verdict.DOWN)],
)
def test_fo11_the_certificate_is_looked_at_as_strangers_see_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days_left: float, verdict: Verdict
) -> None:
    certificate = make_certificate(tmp_path, days_left=days_left)
    with Greeter(tls=certificate) as proxy:
        monkeypatch.setattr(settings.STATUSPAGE, "site_url", f"https://localhost:{proxy.port}")
        seen = own_certificate.look(now=time.time(), authorities=str(certificate.path))
        strange = own_certificate.look(now=time.time())

    assert seen is not None
    assert seen.verdict is verdict
    assert seen.expires == pytest.approx(time.time() + days_left * 86_400, abs=3600)
    # Strangers do not trust this authority.
    assert strange is not None
    assert strange.verdict is Verdict.DOWN


def test_without_https_there_is_nothing_to_look_at() -> None:
    assert own_certificate.look(now=time.time()) is None
    assert self_checks.certificate().ok


def certificate_of(
    monkeypatch: pytest.MonkeyPatch, verdict: Verdict, text: str = "", expires: float | None = 1e10
) -> None:
    look = CertificateLook(verdict, text, expires)
    monkeypatch.setattr(own_certificate, "look", lambda **_: look)


def test_fo11_a_certificate_that_ends_soon_is_a_component_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    build.region()
    certificate_of(monkeypatch, Verdict.UP)
    watch.look_at_certificate(time.time())
    well = Monitor.objects.count()
    for verdict, text in (
        (Verdict.DEGRADED, "expires in 13 days"), (Verdict.UNKNOWN, "no name server"),
        (Verdict.DEGRADED, "expires in 13 days"),
    ):  # fmt: skip
        certificate_of(monkeypatch, verdict, text)
        watch.look_at_certificate(time.time())

    assert well == 0
    assert told() == {
        "verdict": "degraded", "message": "expires in 13 days", "who": "status-certificate",
    }  # fmt: skip
    assert JournalEntry.objects.filter(kind="monitor.state_changed").count() == 1
    assert not Component.objects.get(slug="status-certificate").is_public
    certificate_of(monkeypatch, Verdict.DOWN, "expires in 6 days")
    watch.look_at_certificate(time.time())
    assert told()["verdict"] == "down"
    certificate_of(monkeypatch, Verdict.UP)
    watch.look_at_certificate(time.time())
    assert told()["verdict"] == "up"


def test_a_component_that_was_deleted_stays_away(monkeypatch: pytest.MonkeyPatch) -> None:
    build.region()
    certificate_of(monkeypatch, Verdict.DOWN, "has expired")
    watch.look_at_certificate(time.time())
    Monitor.objects.all().delete()
    Component.objects.filter(slug="status-certificate").delete()
    watch.look_at_certificate(time.time())

    assert not Component.objects.filter(slug="status-certificate").exists()


def test_a_paused_monitor_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    build.region()
    certificate_of(monkeypatch, Verdict.DOWN, "has expired")
    watch.look_at_certificate(time.time())
    Check.objects.update(due=None)
    certificate_of(monkeypatch, Verdict.UP)
    watch.look_at_certificate(time.time())

    assert told()["verdict"] == "down"


def test_fo11_mail_is_called_down_at_the_second_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    build.region()
    monkeypatch.setattr(mail_check, "failure", lambda: "mail.example: 535 no")
    watch.look_at_mail(time.time())
    first = Monitor.objects.count()
    watch.look_at_mail(time.time())
    down = told()
    monkeypatch.setattr(mail_check, "failure", lambda: "")
    watch.look_at_mail(time.time())

    assert first == 0
    assert down == {"verdict": "down", "message": "mail.example: 535 no", "who": "status-mail"}
    assert told()["verdict"] == "up"
    assert results.of(results.MAIL) is not None


def test_one_machine_looks_and_the_next_waits() -> None:
    now = 1e9
    first = [results.claim("mail", now=now + later, every=900) for later in (0, 1, 899, 901)]

    assert first == [True, False, False, True]
    # The clock was set back by a day: it is looked at all the same.
    assert results.claim("mail", now=now - 86_400, every=900)


def test_trouble_is_looked_at_again_sooner() -> None:
    results.claim("mail", now=1e9, every=900)
    results.store("mail", ok=False, now=1e9, detail="x" * 400, again_in=300)

    assert not results.claim("mail", now=1e9 + 299, every=900)
    assert results.claim("mail", now=1e9 + 301, every=900)


def test_looks_are_made_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    monkeypatch.setattr(settings.STATUSPAGE, "site_url", "https://status.example.com")
    monkeypatch.setattr(settings.STATUSPAGE, "email_url", "smtp://x")
    monkeypatch.setattr(watch, "look_at_certificate", lambda now: looked.append("certificate"))
    monkeypatch.setattr(watch, "look_at_mail", lambda now: looked.append("mail"))
    watching = watch.OutsideWatch()
    for _ in range(2):
        watching.check(datetime.now(UTC))
        watching.join(PATIENCE)

    assert sorted(looked) == ["certificate", "mail"]
    assert OutsideCheck.objects.count() == 2


def test_the_mails_reason_names_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
    monkeypatch.setattr(settings, "EMAIL_HOST", "127.0.0.1")
    monkeypatch.setattr(settings, "EMAIL_PORT", 9)

    assert mail_check.failure().startswith("127.0.0.1: ")

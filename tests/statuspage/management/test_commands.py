"""The commands that operators and scripts rely on."""

import io
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone
from django_q.models import OrmQ

from components.secrets import seal
from monitors.models import Monitor, Slot
from monitors.vantage_points import report
from monitors.worker import slots
from statuspage.access import tokens
from statuspage.config.env import Settings
from statuspage.management.commands import doctor
from statuspage.models import ApiToken
from statuspage.runtime import beat, health, progress
from tests import build

pytestmark = [pytest.mark.django_db(transaction=True)]


def said(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_token_prints_its_key_and_nothing_else_once() -> None:
    key = said("token", "ci", "--scope", "monitors:read", "--scope", "status:read").strip()

    token = ApiToken.objects.get()
    assert token.digest == tokens.digest(key)
    assert token.scopes == ["monitors:read", "status:read"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("ci",), "scope"),
        (("ci", "--scope", "everything"), "everything is not a scope"),
        (("", "--scope", "manage"), "name"),
        (("ci", "--scope", "manage", "--expires", "soon"), "write 90d"),
        (("ci", "--scope", "manage", "--expires", "2099-01-31T12:00:00"), "offset"),
        (("ci", "--scope", "manage", "--expires", "2020-01-31"), "over already"),
        (("ci", "--scope", "manage", "--expires", "99999999999d"), "write 90d"),
    ],
)
def test_token_refuses_and_names_what_is_wrong(words: tuple[str, ...], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        call_command("token", *words)

    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    ("said_so", "at"),
    [
        ("2099-01-31", datetime(2099, 1, 31, tzinfo=UTC)),
        ("2099-01-31T12:00:00+01:00", datetime(2099, 1, 31, 11, tzinfo=UTC)),
    ],
)
def test_a_token_expires_when_it_is_told_to(said_so: str, at: datetime) -> None:
    key = said("token", "ci", "--scope", "manage", "--expires", said_so).strip()

    assert ApiToken.objects.get().expires_at == at
    assert tokens.find(key, now=at - timedelta(seconds=1)) is not None
    assert tokens.find(key, now=at) is None


def test_a_token_expires_in_so_many_days() -> None:
    said("token", "ci", "--scope", "manage", "--expires", "90d")

    expires_at = ApiToken.objects.get().expires_at
    assert expires_at is not None
    assert timedelta(days=89) < expires_at - datetime.now(UTC) <= timedelta(days=90)


def test_a_tokens_name_is_used_once() -> None:
    said("token", "ci", "--scope", "manage")

    with pytest.raises(CommandError, match="name"):
        said("token", "ci", "--scope", "manage")


def test_doctor_says_what_is_wrong_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    out = io.StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("doctor", stdout=out)

    assert ended.value.code == 1
    assert "FAIL workers" in out.getvalue()
    assert "manage.py up" in out.getvalue()
    assert "warn mail" in out.getvalue()
    for name in ("settings", "database", "migrations", "disk", "data folder"):
        assert f"ok   {name}" in out.getvalue()


def test_doctor_is_content_when_everything_makes_progress() -> None:
    for role in ("beat", "notify"):
        progress.mark(role)
    call = slots.slots_to_fill(region="global", count=1, now=1e12)
    assert call == [0]
    Slot.objects.update(beat=10**10, machine="a")

    assert "FAIL" not in said("doctor")


def test_doctor_notices_a_mail_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "email_url", "smtp://127.0.0.1:9")
    monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
    monkeypatch.setattr(settings, "EMAIL_HOST", "127.0.0.1")
    monkeypatch.setattr(settings, "EMAIL_PORT", 9)

    finding = health.mail()

    assert not finding.ok
    assert "EMAIL_URL" in finding.advice


def test_doctor_warns_of_links_that_lead_nowhere_f_o8(monkeypatch: pytest.MonkeyPatch) -> None:
    for host, warned in (("0.0.0.0", True), ("127.0.0.1", False)):
        monkeypatch.setattr(settings, "STATUSPAGE", Settings({"STATUSPAGE_HOST": host}))
        assert ("SITE_URL" in doctor.settings_in_order().advice) is warned


def test_doctor_notices_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LOW_DISK_BYTES", 1 << 60)

    assert not doctor.disk().ok


def test_a_duty_that_fails_does_not_keep_beat_from_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []

    def fail(now: Any) -> None:
        done.append("failed")
        raise ValueError("a bug")

    monkeypatch.setattr(
        beat,
        "periodic_jobs",
        lambda: [
            beat.PeriodicJob("fail", 0.0, fail),
            beat.PeriodicJob("go on", 0.0, lambda now: done.append("went on")),
        ],
    )

    beat.run(stopping=lambda: len(done) >= 4)

    assert done[:2] == ["failed", "went on"]


def test_beat_calls_for_a_shift_once_and_does_not_pile_up_wake_ups() -> None:

    now = timezone.now()

    for _ in range(5):
        beat.staff_shifts(now)
    shifts = OrmQ.objects.count()
    for _ in range(beat.MAX_BACKLOG + 5):
        beat.send_canary(datetime.now(UTC))

    keys = list(OrmQ.objects.values_list("key", flat=True))
    assert shifts == 1
    assert keys.count("notify") == keys.count("probes") == beat.MAX_BACKLOG


def test_s15_doctor_names_secrets_that_were_sealed_for_no_destination() -> None:
    headers = {"Authorization": {"$sealed": seal("Bearer of an earlier release")}}
    old = build.monitor(build.component("Shop"), name="Shop by HTTP")
    Monitor.objects.filter(pk=old.pk).update(config={**old.config, "headers": headers})

    found = doctor.secrets_bound()

    assert "Shop by HTTP (headers.Authorization)" in found.detail
    assert "Enter each again" in found.advice
    bound = {"$sealed": seal("Bearer", destination="endpoint https://shop.example")}
    Monitor.objects.filter(pk=old.pk).update(config={"headers": {"Authorization": bound}})
    assert doctor.secrets_bound().advice == ""


def test_ft1_doctor_names_the_machine_that_is_blind() -> None:
    build.region("eu", "Frankfurt")
    report(region="eu", prober="box-2", blind_since=time.time())

    assert "blind: box-2 in eu (network)" in doctor.machines_blind().detail

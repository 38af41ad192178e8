"""`manage.py report`, and the real OpenSSL, verify what was frozen (contract P11)."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from components.models import StatusPeriod
from components.status import Status
from statuspage.report_models import FrozenReport
from statuspage.reports.freezing import freeze_month, last_month
from statuspage.reports.month import month_span
from statuspage.reports.signing import signature_bytes
from statuspage.state.builder import gather
from tests import build
from tests.counterparts import program

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a report, its signature and the key, as they were downloaded."""
    build.monitor(build.component("Käse ❤"))
    now, first = timezone.now(), last_month(timezone.now())
    StatusPeriod.objects.update(
        status=Status.OPERATIONAL, started_at=datetime.combine(first, datetime.min.time(), UTC)
    )
    span = month_span(first, now=now)
    assert span is not None
    freeze_month(gather(now=now), span, now=now)
    row = FrozenReport.objects.get()
    (tmp_path / "2026-10.json").write_bytes(row.document.encode())
    (tmp_path / "2026-10.sig").write_bytes(signature_bytes(row.signature))
    (tmp_path / "key.pem").write_text(row.key.public)
    return tmp_path


def openssl(folder: Path, file: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program("openssl"), "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin",
         "-in", file, "-sigfile", "2026-10.sig"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_openssl_verifies_a_report_and_refuses_a_changed_one_p11(files: Path) -> None:
    changed = (files / "2026-10.json").read_bytes().replace(b'"revision":1', b'"revision":2')
    (files / "changed.json").write_bytes(changed)

    good, bad = openssl(files, "2026-10.json"), openssl(files, "changed.json")

    assert (good.returncode, good.stdout.strip()) == (0, "Signature Verified Successfully")
    assert bad.returncode != 0


def test_the_command_verifies_with_the_stores_key_or_a_given_one(files: Path, capsys: Any) -> None:
    file, key = str(files / "2026-10.json"), str(files / "key.pem")

    call_command("report", "verify", file)
    call_command("report", "verify", file, "--key", key)
    (files / "2026-10.sig").unlink()
    call_command("report", "verify", file)
    call_command("report", "list")
    call_command("report", "key")

    said = capsys.readouterr().out
    assert said.count("is genuine: page main") == 3
    assert FrozenReport.objects.get().sha256 in said
    assert (files / "key.pem").read_text() in said
    assert "PRIVATE" not in said


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda f: (f / "2026-10.json").write_bytes(b"{}"), "is no frozen report"),
        (lambda f: (f / "2026-10.json").write_bytes(b"\xff"), "is no frozen report"),
        (lambda f: (f / "2026-10.json").unlink(), "cannot be read"),
        (lambda f: (f / "2026-10.sig").write_bytes(b"x"), "is no signature"),
        (lambda f: (f / "2026-10.sig").write_bytes(b"x" * 64), "NOT what was signed"),
        (lambda f: (f / "key.pem").write_text("x"), "no public key of Ed25519"),
    ],
    ids=["empty", "not_text", "missing", "short_signature", "other_signature", "no_key"],
)
def test_what_does_not_verify_says_why(files: Path, change: Any, says: str) -> None:
    change(files)

    with pytest.raises(CommandError, match=says):
        call_command(
            "report", "verify", str(files / "2026-10.json"), "--key", str(files / "key.pem")
        )


def test_there_is_no_key_before_it_is_made(capsys: Any) -> None:
    with pytest.raises(CommandError, match="There is no key yet"):
        call_command("report", "key")

    call_command("report", "key", "--new")

    assert "BEGIN PUBLIC KEY" in capsys.readouterr().out

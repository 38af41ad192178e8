"""The report of `doctor --json` has a shape that programs can rely on (F-O11)."""

import io
import json
import os
import subprocess
import sys

import pytest
from django.core.management import call_command

from statuspage.management.commands import doctor
from statuspage.management.doctor_report import findings
from statuspage.runtime.health import SelfCheck
from tests import ROOT

pytestmark = pytest.mark.django_db


def test_fo11_every_finding_has_an_id_a_severity_a_sentence_and_a_remedy() -> None:
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", "--json", stdout=out)

    report = json.loads(out.getvalue())
    assert ended.value.code == 1
    assert set(report) == {"format", "ok", "machine", "at", "findings"}
    assert (report["format"], report["ok"]) == (1, False)
    by_id = {finding["id"]: finding for finding in report["findings"]}
    assert len(by_id) == len(report["findings"])
    for finding in report["findings"]:
        assert set(finding) == {"id", "severity", "sentence", "remedy"}
        assert finding["severity"] in ("ok", "warning", "error")
        assert finding["sentence"]
        assert bool(finding["remedy"]) is (finding["severity"] != "ok")
    assert by_id["workers"]["severity"] == "error"
    assert by_id["mail"]["severity"] == "warning"
    assert by_id["data_folder"]["severity"] == "ok"
    assert {"certificate", "dead_man"} <= set(by_id)


def test_a_check_that_breaks_is_a_finding() -> None:
    def disk() -> SelfCheck:
        raise PermissionError("no\nright")

    (found,) = findings([disk], warnings=doctor.WARNINGS)

    assert found == {
        "id": "disk", "severity": "error", "sentence": "could not be checked: no right",
        "remedy": "See the other findings.",
    }  # fmt: skip


def test_fo11_settings_that_cannot_be_read_are_a_finding_too() -> None:
    ended = subprocess.run(
        [sys.executable, "manage.py", "doctor", "--json"], cwd=ROOT, capture_output=True,
        check=False, env={**os.environ, "STATUSPAGE_PORT": "x"},
    )  # fmt: skip

    (found,) = json.loads(ended.stdout)["findings"]
    assert ended.returncode == 1
    assert found["id"] == "settings"
    assert "STATUSPAGE_PORT" in found["sentence"]

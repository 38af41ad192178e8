"""`make audit` fails on a vulnerability, and is loud when it could not look."""

import json

import pytest

from tests import ROOT, audit


def test_a_vulnerability_fails_and_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    found = {"id": "PYSEC-1", "fix_versions": ["2.1"]}
    report = {"dependencies": [{"name": "toy", "version": "2.0", "vulns": [found]}]}

    assert audit.judge(json.dumps(report), "") == 1
    assert "toy 2.0: PYSEC-1, fixed in 2.1" in capsys.readouterr().out


def test_none_passes() -> None:
    report = {"dependencies": [{"name": "toy", "version": "2.0", "vulns": []}]}

    assert audit.judge(json.dumps(report), "Found no known vulnerabilities") == 0


def test_a_database_that_cannot_be_reached_is_said_loudly(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert audit.judge("", "ERROR: connection refused") == 0
    assert "!!! NOT AUDITED for known vulnerabilities: ERROR: connection refused !!!" in (
        capsys.readouterr().out
    )


def test_make_check_asks() -> None:
    assert "check: quick audit" in (ROOT / "Makefile").read_text(encoding="utf-8")

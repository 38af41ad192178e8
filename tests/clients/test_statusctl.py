"""`statusctl` as its users have it: one file, another process, a running product."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests import ROOT
from tests.journeys.product import Product, running
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.long

PROGRAM = ROOT / "clients" / "statusctl" / "statusctl.py"
SCOPES = ("status:read", "status:write", "subscribers:read", "subscribers:write")


def module() -> ModuleType:
    spec = util.spec_from_file_location("statusctl", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    made = util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


statusctl = module()


def said(*arguments: str, code: int = 0, env: dict[str, str] | None = None) -> str:
    """Run it with nothing but Python itself; return what it wrote where it should."""
    done = subprocess.run(
        [sys.executable, "-I", str(PROGRAM), *arguments],
        env={"PATH": os.environ["PATH"], **(env or {})},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout or done.stderr


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with running(tmp_path_factory.mktemp("data")) as product:
        until(product.status, what="the page")
        product.add_component()
        yield product


@pytest.fixture(scope="module")
def environ(product: Product) -> dict[str, str]:
    scopes = [word for scope in SCOPES for word in ("--scope", scope)]
    key = product.manage("token", "ci", *scopes).split()[-1]
    return {"STATUSCTL_URL": product.url, "STATUSCTL_TOKEN": key}


@pytest.mark.journey
def test_an_incident_from_draft_to_resolved(product: Product, environ: dict[str, str]) -> None:
    assert "Checkout" in said("status", env=environ)
    watching = subprocess.Popen(
        [sys.executable, "-I", str(PROGRAM), "--json", "watch"],
        env={"PATH": os.environ["PATH"], **environ},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert watching.stdout is not None
    try:
        assert json.loads(watching.stdout.readline())["event"] == "status.snapshot"
        words = ("incident", "open", "Slow\x1b[2J", "-m", "We look.", "-c", "checkout")
        opened = said(*words, "--severity", "critical", env=environ)
        assert opened.startswith("Opened INC-")
        assert "\x1b" not in opened
        until(
            lambda: "incident_created" in json.loads(watching.stdout.readline())["event"],  # type: ignore[union-attr]
            what="the incident is told",
        )
    finally:
        watching.kill()
        watching.communicate()

    until(lambda: product.service("checkout")["status"] == "major_outage", what="it is down")
    assert "major_outage" in said("status", "Checkout", "--check", code=3, env=environ)
    reference = opened.split()[1].rstrip(":")
    assert reference in said("incident", "list", env=environ)
    said("incident", "update", reference, "-m", "A disk.", "--status", "identified", env=environ)
    resolved = said("--json", "incident", "resolve", "last", "-m", "A new disk.", env=environ)

    told: dict[str, Any] = json.loads(resolved)
    assert [each["status"] for each in told["updates"]] == [
        "resolved",
        "identified",
        "investigating",
    ]
    assert said("incident", "list", env=environ) == "No such incidents.\n"
    until(lambda: product.service("checkout")["status"] == "operational", what="it is up")


@pytest.mark.journey
def test_maintenance_is_planned_begun_and_over(product: Product, environ: dict[str, str]) -> None:
    when = ("--start", "+2h", "--for", "45m")
    planned = said("maintenance", "schedule", "New disks", *when, "-c", "Checkout", env=environ)
    reference = planned.split()[1].rstrip(":")
    for move in (("start",), ("note", "-m", "Half of it."), ("complete",)):
        told = said("maintenance", move[0], reference, *move[1:], env=environ)

    assert told == f"Now {reference}: New disks (completed)\n"
    assert said("silence", env=environ) == "No alert is open.\n"


@pytest.mark.journey
def test_what_is_refused_is_said_in_words(product: Product, environ: dict[str, str]) -> None:
    short = {"STATUSCTL_URL": product.url}
    opened = ("incident", "open", "Slow", "-m", "We look.", "-c")

    assert "Set STATUSCTL_TOKEN" in said(*opened, "checkout", code=1, env=short)
    assert "no component 'none'" in said(*opened, "none", code=1, env=environ)
    assert "no incident 'INC-1'" in said(
        "incident", "resolve", "INC-1", "-m", ".", code=1, env=environ
    )
    window = ("maintenance", "schedule", "x", "--for", "1h", "--start", "soon")
    assert "no instant" in said(*window, code=1, env=environ)


def test_without_an_address_it_asks_for_one() -> None:
    assert "STATUSCTL_URL" in said("status", code=1)
    assert "is not an address" in said(
        "status", code=1, env={"STATUSCTL_URL": "status.example.com"}
    )
    assert "cannot be reached" in said(
        "status", code=1, env={"STATUSCTL_URL": "http://127.0.0.1:9"}
    )


@pytest.mark.parametrize("shell", statusctl.SHELLS)
def test_completion_knows_every_command(shell: str) -> None:
    script = said("completion", shell)

    assert [each for each in ("schedule", "resolve", "silence", "zsh") if each not in script] == []
    if shell == "bash":
        asked = 'COMP_WORDS=(statusctl incident re); COMP_CWORD=2; _statusctl; echo "$COMPREPLY"'
        done = subprocess.run(
            ["bash", "-c", f"{script}\n{asked}"], capture_output=True, text=True, check=True
        )
        assert done.stdout == "resolve\n"


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("45m", 2700), ("2h", 7200), ("1d", 86400)]
)
def test_durations(text: str, seconds: int) -> None:
    assert statusctl.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "-1h", "0", "1w", "٣h", "1.5h"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        statusctl.seconds(text)


def test_it_is_one_file_for_pipx_too() -> None:
    folder = Path(PROGRAM).parent

    assert {each.name for each in folder.iterdir() if each.suffix == ".py"} == {PROGRAM.name}
    assert f'version = "{statusctl.VERSION}"' in (folder / "pyproject.toml").read_text("utf-8")

"""A kind of monitor from outside the package: installed, offered, stored, and checked."""

import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from monitors import on_demand
from monitors.models import Monitor
from monitors.probers import registry
from monitors.probing.base import ProbeStatus
from tests import ROOT, build
from tests.monitors.checks import OPEN
from tests.servers import Mute


def documented_kind() -> str:
    """The module that the documentation shows."""
    text = (ROOT / "docs" / "monitors.md").read_text(encoding="utf-8")
    shown = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert shown is not None
    return shown[1]


def installed(folder: Path, *, code: str, name: str = "beacon_kind") -> None:
    """What an installer leaves behind: the module, and its entry point."""
    (folder / f"{name}.py").write_text(code, encoding="utf-8")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[statuspage.probers]\nkind = {name}\n")


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of packages; the kinds in it are forgotten after the test."""
    monkeypatch.syspath_prepend(str(tmp_path))
    registry.reset()
    yield tmp_path
    for name in ("beacon_kind", "broken_kind"):
        sys.modules.pop(name, None)
    registry.reset()


@pytest.mark.django_db(transaction=True)
def test_the_documented_kind_is_found_by_its_entry_point_and_works(
    outside: Path, staff: Client
) -> None:
    installed(outside, code=documented_kind())
    with Mute() as server:
        page = staff.get(reverse("admin:monitors_monitor_add") + "?kind=beacon")
        made = staff.post(
            reverse("admin:monitors_monitor_add") + "?kind=beacon",
            {
                "name": "Beacon", "component": build.component().pk, "interval": "30",
                "timeout": "5", "confirm_down": "1", "confirm_up": "0", "enabled": "on",
                "config_host": "127.0.0.1", "config_port": str(server.port),
            },
        )  # fmt: skip
        monitor = Monitor.objects.get()
        outcome = on_demand.check_now(monitor, guard=OPEN).outcome

    assert "Where the beacon is." in page.content.decode()
    assert made.status_code == 302
    assert (monitor.kind, monitor.get_kind_display()) == ("beacon", "Beacon")
    assert outcome.status is ProbeStatus.UP


def test_a_module_that_is_named_is_a_kind_as_well(outside: Path) -> None:
    (outside / "beacon_kind.py").write_text(documented_kind(), encoding="utf-8")

    registry.register_modules(["beacon_kind"])

    assert registry.prober("beacon").label == "Beacon"


def test_a_package_that_does_not_fit_is_left_out_and_told(
    outside: Path, caplog: pytest.LogCaptureFixture
) -> None:
    installed(outside, code="import no_such_library\n", name="broken_kind")

    with caplog.at_level(logging.ERROR):
        known = registry.probers()

    assert "endpoint" in known
    assert "broken_kind: ModuleNotFoundError: No module named 'no_such_library'" in caplog.text


def test_no_kind_can_take_the_place_of_another(outside: Path) -> None:
    code = documented_kind().replace('kind = "beacon"', 'kind = "endpoint"')
    (outside / "beacon_kind.py").write_text(code, encoding="utf-8")

    with pytest.raises(registry.BrokenKindError, match="'endpoint' exists already"):
        registry.register_modules(["beacon_kind"])


@pytest.mark.parametrize("named", ["beacon_kind", "broken_kind"])
def test_the_setting_is_taken_or_refused_by_name_at_the_start(tmp_path: Path, named: str) -> None:
    (tmp_path / "beacon_kind.py").write_text(documented_kind(), encoding="utf-8")
    environ = {
        **os.environ,
        "PYTHONPATH": str(tmp_path),
        "STATUSPAGE_DATA_DIR": str(tmp_path / "data"),
        "STATUSPAGE_PROBERS": named,
    }
    asked = "from monitors.probers import registry; print('kinds:', *registry.probers())"
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", asked],
        cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    if named == "beacon_kind":
        assert " beacon " in done.stdout, done.stderr
    else:
        assert done.returncode == 1
        assert "Cannot start: STATUSPAGE_PROBERS: broken_kind: ModuleNotFoundError" in done.stderr

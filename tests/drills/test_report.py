"""The command that plays drills, and its report; with drills that do nothing."""

import os
import re
import signal
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.core.management import call_command

from statuspage.drills.base import Drill, DrillResult, NotSupportedError
from statuspage.management.commands import drill as drill_command


class _Slippery(Drill):
    name = "slippery"
    fault = "the floor | is wet"
    target = "nobody slips"

    def run(self, *, short: bool, say: Callable[[str], None]) -> DrillResult:
        return DrillResult(injected=1200, false=2, recovery=1.25, missed=["two slipped"])


class _Elsewhere(_Slippery):
    name = "elsewhere"

    def run(self, *, short: bool, say: Callable[[str], None]) -> DrillResult:
        raise NotSupportedError("it needs ice")


class _Endless(_Slippery):
    name = "endless"

    def run(self, *, short: bool, say: Callable[[str], None]) -> DrillResult:
        raise TimeoutError("the end did not happen within 60 s")


class _Broken(_Slippery):
    name = "broken"
    store = "PostgreSQL"

    def run(self, *, short: bool, say: Callable[[str], None]) -> DrillResult:
        raise RuntimeError("no | such\n tool")


def test_a_report_tells_the_machine_and_each_drill_once_it_was_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run" / "drills.md"
    kinds = (_Broken, _Endless, _Slippery, _Elsewhere)
    _have_drills(monkeypatch, *kinds)

    with pytest.raises(SystemExit) as ended:
        call_command("drill", "all", "--short", "--report", str(path))

    assert ended.value.code == drill_command.MISSED
    told = path.read_text(encoding="utf-8")
    assert f"{os.cpu_count()} cores" in told
    assert str(tmp_path) not in told
    slippery = _row(told, "slippery")
    assert slippery.startswith(
        "| slippery | SQLite | the floor \\| is wet | 1,200 | 0 | 0 | 2 | 1.2 s | 0.0 min | "
    )
    assert f"{datetime.now(UTC):%b %Y}, short | " in slippery
    assert slippery.endswith("| missed: two slipped |")
    assert "| cannot be run here: it needs ice |" in _row(told, "elsewhere")
    assert "| missed: the end did not happen within 60 s |" in _row(told, "endless")
    assert "| broken | PostgreSQL |" in told
    assert "| broken off: no \\| such tool |" in _row(told, "broken")
    rows = [line for line in told.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {13}, "each has all columns"
    assert len(rows) == len(kinds) + 2


def test_a_report_keeps_what_was_played_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "drills.md"
    _have_drills(monkeypatch, _Slippery, _Elsewhere)
    with pytest.raises(SystemExit):
        call_command("drill", "slippery", "--report", str(path))
    before = _row(path.read_text(encoding="utf-8"), "slippery")

    with pytest.raises(SystemExit):
        call_command("drill", "elsewhere", "--short", "--report", str(path))
    told = path.read_text(encoding="utf-8")

    assert ", full | " in before
    assert _row(told, "slippery") == before
    assert ", short | " in _row(told, "elsewhere")


def test_a_run_that_is_broken_off_goes_on_with_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "drills.md"
    _have_drills(monkeypatch, _Interrupted, _Slippery)
    with pytest.raises(KeyboardInterrupt):
        call_command("drill", "slippery", "interrupted", "--report", str(path))
    _have_drills(monkeypatch, _Elsewhere, _Slippery)
    capsys.readouterr()

    with pytest.raises(SystemExit) as ended:
        call_command("drill", "all", "--report", str(path), "--resume")

    assert ended.value.code == drill_command.NOT_HERE
    assert "drill slippery" not in capsys.readouterr().out
    told = path.read_text(encoding="utf-8")
    assert _row(told, "slippery")
    assert _row(told, "elsewhere")


def test_figures_of_another_machine_are_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "drills.md"
    _have_drills(monkeypatch, _Elsewhere, _Slippery)
    with pytest.raises(SystemExit):
        call_command("drill", "slippery", "--report", str(path))
    path.write_text(path.read_text().replace(f"{os.cpu_count()} cores", "1,000 cores"))

    with pytest.raises(SystemExit):
        call_command("drill", "elsewhere", "--report", str(path))

    told = path.read_text(encoding="utf-8")
    assert "1,000 cores" not in told
    assert "| slippery |" not in told


def test_a_steady_load_is_held_no_longer_than_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "drills.md"
    steady, _ = _have_drills(monkeypatch, _Steady, _Slippery)

    with pytest.raises(SystemExit):
        call_command("drill", "all", "--at-most", "2.5", "--report", str(path))

    assert steady.held == 150.0
    told = path.read_text(encoding="utf-8")
    assert ", a load of 2.5 min | " in _row(told, "steady")
    assert ", full | " in _row(told, "slippery"), "nothing of it was cut"


def test_drills_side_by_side_share_a_report_and_end_with_the_worst(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that need the whole machine come first, one by one."""
    played: list[tuple[str, ...]] = []

    class Played:
        def __init__(self, command: list[str], **_options: object) -> None:
            played.append(tuple(command[3:]))
            self.returncode = 2 if "elsewhere" in command else 0

        def communicate(self) -> tuple[str, None]:
            return "told\n", None

    monkeypatch.setattr(subprocess, "Popen", Played)
    _have_drills(monkeypatch, _Elsewhere, _Slippery, _Heavy)

    with pytest.raises(SystemExit) as ended:
        call_command(
            "drill", "all", "--jobs", "2", "--at-most", "5", "--report", str(tmp_path / "a.md")
        )

    assert ended.value.code == drill_command.NOT_HERE
    options = ("--at-most", "5.0", "--report", str(tmp_path / "a.md"))
    assert played[0] == ("heavy", *options)
    assert set(played) == {(name, *options) for name in ("heavy", "elsewhere", "slippery")}


class _Heavy(_Slippery):
    name = "heavy"
    alone = True


class _Interrupted(_Slippery):
    name = "interrupted"

    def run(self, *, short: bool, say: Callable[[str], None]) -> DrillResult:
        raise KeyboardInterrupt


class _Steady(_Slippery):
    name = "steady"
    held = 0.0

    def run(self, *, short: bool, say: Callable[[str], None]) -> DrillResult:
        self.held = self.lasting(3600)
        return DrillResult(injected=1)


def _have_drills(monkeypatch: pytest.MonkeyPatch, *kinds: type[Drill]) -> list[Any]:
    """Have these and no others; return them."""
    made = {kind.name: kind() for kind in kinds}
    monkeypatch.setattr(drill_command, "drills", lambda: made)
    return list(made.values())


def _row(report: str, name: str) -> str:
    return next(line for line in report.splitlines() if line.startswith(f"| {name} |"))


def test_a_drill_that_is_told_to_end_ends_what_it_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGTERM, as a service manager or `timeout` sends it."""
    (told,) = _have_drills(monkeypatch, _ToldToEnd)
    before = signal.getsignal(signal.SIGTERM)

    with pytest.raises(SystemExit) as ended:
        call_command("drill", "told-to-end")

    assert ended.value.code == 128 + signal.SIGTERM
    assert told.left == ["in order"]
    assert signal.getsignal(signal.SIGTERM) == before


class _ToldToEnd(_Slippery):
    name = "told-to-end"
    left: ClassVar[list[str]] = []

    def run(self, *, short: bool, say: Callable[[str], None]) -> DrillResult:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            self.left.append("in order")
        return DrillResult()

"""`manage.py up` before and beside the supervisor: options, ports, the note it leaves."""

import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from statuspage.config import env
from statuspage.management import listeners
from statuspage.management.commands import up

pytestmark = pytest.mark.long

OPTIONS = {
    "web_processes": None,
    "host": None,
    "port": None,
    "management_port": None,
    "server": None,
}


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings.STATUSPAGE, "data_dir", tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def started_again(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    calls: list[dict[str, str]] = []
    monkeypatch.setattr(listeners, "replace_process", lambda *, environ: calls.append(environ))
    return calls


def test_a_taken_port_is_named_with_what_to_do(tmp_path: Path) -> None:
    option = "--management-port"
    ports = {"--port": "0"}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports[option] = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "manage.py", "up", "--data-dir", str(tmp_path)]
            + [word for pair in ports.items() for word in pair],
            capture_output=True,
            text=True,
            cwd=settings.BASE_DIR,
            check=False,
        )

    assert done.returncode == 1
    assert f"Port {ports[option]} on 127.0.0.1 is taken" in done.stderr
    assert option in done.stderr
    assert "Traceback" not in done.stderr


def test_options_that_say_what_is_so_already_change_nothing(
    started_again: list[dict[str, str]],
) -> None:
    ours = settings.STATUSPAGE

    listeners.apply_options({**OPTIONS, "port": ours.port, "server": ours.server})

    assert started_again == []


def test_other_options_become_the_environment_of_a_new_start(
    started_again: list[dict[str, str]],
) -> None:
    port = settings.STATUSPAGE.port + 1

    listeners.apply_options({**OPTIONS, "port": port, "server": "daphne"})

    assert started_again == [{"STATUSPAGE_PORT": str(port), "STATUSPAGE_SERVER": "daphne"}]


def test_other_commands_find_the_settings_of_a_running_up(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"DATABASE_URL": "postgres://u:secret@h/d", "STATUSPAGE_PORT": "0"}
    monkeypatch.setattr(settings, "STATUSPAGE", env.Settings({**given, **data(data_dir)}))

    note = up._write_note({"STATUSPAGE_PORT": "3210"})

    theirs = env.Settings(data(data_dir))
    assert (theirs.database_url, theirs.port) == ("postgres://u:secret@h/d", 3210)
    assert stat.S_IMODE(note.stat().st_mode) == 0o600, "it holds a password"


def data(folder: Path) -> dict[str, str]:
    return {"STATUSPAGE_DATA_DIR": str(folder)}


def test_the_note_goes_when_up_ends(data_dir: Path) -> None:
    note = up._write_note({"STATUSPAGE_PORT": "3210"})

    up._remove_note(note)

    assert list(data_dir.iterdir()) == []


def test_the_note_of_a_second_up_stays(data_dir: Path) -> None:
    note = up._write_note({"STATUSPAGE_PORT": "3210"})
    told: dict[str, Any] = {**json.loads(note.read_text()), "pid": os.getppid()}
    note.write_text(json.dumps(told))

    up._remove_note(note)

    assert note.exists()


def test_links_that_lead_nowhere_are_warned_of_f_o8(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = settings.STATUSPAGE
    monkeypatch.setattr(ours, "given", dict)
    monkeypatch.setattr(ours, "host", "127.0.0.1")
    assert listeners.link_trouble() == ""

    monkeypatch.setattr(ours, "host", "0.0.0.0")
    monkeypatch.setattr(ours, "site_url", "http://localhost:3000")

    assert "lead to http://localhost:3000" in listeners.link_trouble()
    monkeypatch.setattr(ours, "given", lambda: {"SITE_URL": "https://x"})
    assert listeners.link_trouble() == ""

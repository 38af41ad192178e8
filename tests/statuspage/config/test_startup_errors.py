"""F-O8: what is wrong with the data folder or the database is a sentence, in every command."""

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import OperationalError, ProgrammingError

from components.filesystem import folder_errors
from statuspage.config import startup_errors
from statuspage.config.parsers import database_url
from tests import ROOT

_PR_CAPBSET_DROP, _DAC_OVERRIDE, _DAC_READ_SEARCH = 24, 1, 2
_libc = ctypes.CDLL(None)
EVERY = ("up", "web", "beat", "work --queue notify", "migrate", "doctor", "keys", "rotate-keys")
Run = Callable[..., str]


def _as_anybody() -> None:
    """Have rights bind us, root too."""
    for capability in (_DAC_OVERRIDE, _DAC_READ_SEARCH):
        _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


def run(command: str, folder: Path, **environ: str) -> str:
    clean = {
        name: value for name, value in os.environ.items()
        if not name.startswith(("STATUSPAGE_", "DATABASE_", "SITE_URL"))
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "manage.py", *command.split(), "--data-dir", str(folder)],
        cwd=ROOT, env={**clean, **environ}, capture_output=True, text=True, check=False,
        preexec_fn=_as_anybody,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode != 0, said
    assert "Traceback" not in said, said
    return said


@pytest.mark.parametrize("command", EVERY)
def test_a_folder_that_is_another_owners_is_named_with_both_users(
    command: str, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(0o500)
    if os.geteuid() == 0:
        os.chown(folder, 65534, 65534)

    said = run(command, folder)

    assert str(folder) in said
    assert "belongs to" in said
    assert "sudo chown -R" in said


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("file", "is a file, and a folder is needed"),
        ("file/below", "is a file"),
        ("link", "leads nowhere"),
        ("shut/data", "does not exist and cannot be made"),
    ],
)
def test_a_place_that_can_be_no_folder_is_named(place: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "shut").mkdir(mode=0o500)

    said = run("migrate", tmp_path / place)

    assert says in said
    assert str(tmp_path) in said


def test_a_file_in_the_folder_that_root_has_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("x")
    (tmp_path / "secret.key").chmod(0o000)

    assert f"{tmp_path}/secret.key cannot be read and written" in run("beat", tmp_path)


def test_a_database_that_refuses_is_told_without_its_password(tmp_path: Path) -> None:
    said = run(
        "migrate", tmp_path,
        DATABASE_URL="postgres://statuspage@127.0.0.1:9/statuspage", DATABASE_PASSWORD="pa/s@s#w%",
    )  # fmt: skip

    assert "statuspage@127.0.0.1:9/statuspage" in said
    assert "nothing listens there" in said
    assert "pa/s" not in said


def test_a_read_only_file_system_and_a_full_disk_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class _ReadOnly:
        f_flag = os.ST_RDONLY

    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(os, "statvfs", lambda _: _ReadOnly())
    assert "read-only file system" in startup_errors.folder_of(tmp_path)
    monkeypatch.undo()

    monkeypatch.setattr(folder_errors, "FULL_BYTES", 1 << 60)
    error = OperationalError("database or disk is full")
    assert f"The disk of {tmp_path} is full" in startup_errors.explain(error, data_dir=tmp_path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("failed to resolve host 'nosuch'", "no host of that name"),
        ('password authentication failed for user "u"', "DATABASE_PASSWORD"),
        ('database "d" does not exist', "no such database"),
        ('role "u" does not exist', "no such user"),
        ("connection timeout expired", "firewall"),
        ("no pg_hba.conf entry for host", "pg_hba.conf"),
    ],
)
def test_what_postgresql_says_comes_with_what_to_do(text: str, says: str) -> None:
    told = startup_errors.explain(
        OperationalError(text), data_dir=Path("/x"), database="postgres://u:hush@db/d"
    )

    assert says in told
    assert "u@db/d" in told
    assert "hush" not in told


def test_tables_that_are_not_there_ask_for_migrate_and_bugs_keep_their_traceback() -> None:
    missing = ProgrammingError('relation "x" does not exist')

    assert "manage.py migrate" in startup_errors.explain(
        missing, data_dir=Path("/x"), database="postgres://d"
    )
    assert startup_errors.explain(KeyError("x"), data_dir=Path("/x")) == ""
    assert startup_errors.explain(FileNotFoundError(2, "no", "/else"), data_dir=Path("/x/y")) == ""


@pytest.mark.parametrize(
    "text",
    [
        "postgres://u:a/b@h/d",
        "postgres://u:a#b@h/d",
        "postgres://u:a?b@h/d",
        "postgres://u:a[b@h/d",
    ],
)
def test_a_password_that_is_not_encoded_is_told_how(text: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_PASSWORD, or write %2F for /"):
        database_url(text)


@pytest.mark.parametrize(
    "text",
    [
        "postgres://u:a@b@h/d",
        "postgresql://u@h1:1,h2:2/d?sslmode=require",
        "postgres:///d",
        "sqlite:////x",
    ],
)
def test_what_can_be_read_is_taken_as_it_is(text: str) -> None:
    assert database_url(text) == text

"""F-O10: a backup is made of a store at work, is whole or not there, and can be checked."""

import errno
import io
import json
import os
import signal
import sqlite3
import tarfile
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from statuspage.backup import archive, keys, manifest
from statuspage.backup.create import create
from statuspage.backup.errors import BackupError
from statuspage.backup.keys import StoreKeys
from statuspage.backup.verify import verify
from tests.statuspage.backup.stores import quiet
from tests.store import kept
from tests.waiting import until

NOW = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)
PASSPHRASE = "correct horse battery staple"


def backed_up(path: Path, **more: Any) -> Path:
    create(path, now=NOW, say=quiet, **more)
    return path


def command(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_a_backup_is_private_whole_and_without_keys_f_o10(store: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar.gz"

    said = command("backup", str(file))

    assert file.stat().st_mode & 0o777 == 0o600
    assert "keep STATUSPAGE_SECRET_KEY and STATUSPAGE_SECRET_KEYS apart" in said
    assert "is whole" in command("backup", str(file), "--verify")
    found = archive.read_manifest(file)
    with closing(sqlite3.connect(store)) as live:
        count = live.execute("SELECT COUNT(*) FROM components_journalentry").fetchone()[0]
    assert found.tables["components_journalentry"] == count > 0
    assert "components.0001_initial" in found.migrations
    with tarfile.open(file) as tar:
        assert tar.getnames() == ["manifest.json", "store.sqlite3"]
        content = b"".join(tar.extractfile(name).read() for name in tar.getnames())  # type: ignore[union-attr]
    for secret in ("STATUSPAGE_SECRET_KEY", "STATUSPAGE_SECRET_KEYS"):
        assert kept.environment(tmp_path)[secret].encode() not in content
    assert list(tmp_path.glob(".*")) == []


def test_a_backup_is_of_one_instant_while_others_write_f_o10(store: Path, tmp_path: Path) -> None:
    stop = threading.Event()
    written: list[int] = []

    def write() -> None:
        with closing(sqlite3.connect(store, isolation_level=None, timeout=20)) as live:
            while not stop.is_set():
                # Two rows that belong together.
                live.execute("BEGIN IMMEDIATE")
                live.execute("UPDATE monitors_doorkeeper SET seen = ?", [len(written)])
                live.execute(
                    "INSERT INTO django_session VALUES (?, '', '2026-11-30 00:00:00')",
                    [str(len(written))],
                )
                live.execute("COMMIT")
                written.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        until(lambda: written, what="the first row")
        file = backed_up(tmp_path / "backup.tar.gz")
    finally:
        stop.set()
        writer.join()

    found = verify(file, say=quiet)
    with tarfile.open(file) as tar:
        tar.extract("store.sqlite3", tmp_path, filter="data")
    with closing(sqlite3.connect(tmp_path / "store.sqlite3")) as copy:
        seen = copy.execute("SELECT seen FROM monitors_doorkeeper").fetchone()[0]
    assert found.tables["django_session"] == seen + 1


@pytest.fixture(scope="module")
def whole(todays_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive whose manifest and store fit together."""
    file = tmp_path_factory.mktemp("whole") / "backup.tar.gz"
    with closing(sqlite3.connect(todays_store)) as opened:
        names = opened.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        tables = {
            name: opened.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for (name,) in names
        }
    written = manifest.Manifest(
        created_at=NOW.isoformat(), product="0.1.0", database="sqlite", server="3", migrations=(),
        tables=tables, secret_key="", members={"store.sqlite3": archive.member_of(todays_store)},
    )  # fmt: skip
    archive.write(file, written, {"store.sqlite3": todays_store}, say=quiet)
    return file


def _rewritten(change: Callable[[dict[str, Any], bytes], list[tuple[str, bytes]]]) -> Any:
    """Packs another archive of what is in one."""

    def damage(file: Path) -> None:
        with tarfile.open(file) as tar:
            told, body = (tar.extractfile(name).read() for name in tar.getnames())  # type: ignore[union-attr]
        with tarfile.open(file, "w:gz", compresslevel=1) as tar:
            for name, content in change(json.loads(told), body):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))

    return damage


def _packed(told: dict[str, Any], *members: tuple[str, bytes]) -> list[tuple[str, bytes]]:
    return [("manifest.json", json.dumps(told).encode()), *members]


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)


def _symlink(file: Path) -> None:
    with tarfile.open(file) as tar:
        told = tar.extractfile("manifest.json").read()  # type: ignore[union-attr]
    with tarfile.open(file, "w:gz") as tar:
        info = tarfile.TarInfo("manifest.json")
        info.size = len(told)
        tar.addfile(info, io.BytesIO(told))
        link = tarfile.TarInfo("store.sqlite3")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        pytest.param(lambda file: os.truncate(file, 50_000), "damaged", id="cut"),
        pytest.param(_flip, "damaged", id="a flipped byte"),
        pytest.param(lambda file: file.write_text("not me"), "no backup", id="another file"),
        pytest.param(lambda file: file.write_bytes(b""), "no backup", id="an empty file"),
        pytest.param(Path.unlink, "is not there", id="no file"),
        pytest.param(_symlink, "nobody knows what 'store.sqlite3'", id="a link"),
        pytest.param(
            _rewritten(lambda told, body: _packed(told, ("store.sqlite3", b"x" + body[1:]))),
            "checksum of store.sqlite3 is wrong", id="another byte",
        ),
        pytest.param(
            _rewritten(lambda told, body: _packed(told, ("store.sqlite3", body + b"x"))),
            "store.sqlite3 has", id="a byte more",
        ),
        pytest.param(
            _rewritten(lambda told, body: _packed(told)), "store.sqlite3 is missing", id="no store"
        ),
        pytest.param(
            _rewritten(
                lambda told, body: _packed(told, ("store.sqlite3", body), ("../../x", b"x"))
            ),
            "nobody knows what '../../x'", id="an unknown member",
        ),
        pytest.param(
            _rewritten(lambda told, body: _packed({**told, "format": 2}, ("store.sqlite3", body))),
            "of a newer release", id="a newer format",
        ),
        pytest.param(
            _rewritten(
                lambda told, body: _packed({**told, "database": "oracle"}, ("store.sqlite3", body))
            ),
            "'oracle' is no kind", id="another database",
        ),
        pytest.param(
            _rewritten(lambda told, body: [("store.sqlite3", body)]), "does not begin with",
            id="no manifest",
        ),
        pytest.param(
            _rewritten(
                lambda told, body: _packed(
                    {**told, "tables": {**told["tables"], "auth_user": 7}}, ("store.sqlite3", body)
                )
            ),
            "auth_user has 1 rows, not 7", id="other counts",
        ),
    ],
)  # fmt: skip
def test_a_damaged_backup_is_found_and_said_f_o10(
    whole: Path, tmp_path: Path, damage: Callable[[Path], None], says: str
) -> None:
    file = tmp_path / "backup.tar.gz"
    file.write_bytes(whole.read_bytes())
    damage(file)

    with pytest.raises(CommandError, match=says):
        command("backup", str(file), "--verify")

    assert list(tmp_path.glob(".*")) == []


def test_a_store_that_is_damaged_inside_is_found_f_o10(whole: Path, tmp_path: Path) -> None:
    """A checksum over rubbish is right, too."""
    file = tmp_path / "backup.tar.gz"
    with tarfile.open(whole) as tar:
        body = bytearray(tar.extractfile("store.sqlite3").read())  # type: ignore[union-attr]
    body[4096 * 20 : 4096 * 40] = b"\x07" * 4096 * 20
    (tmp_path / "store").write_bytes(body)
    found = replace(
        archive.read_manifest(whole),
        members={"store.sqlite3": archive.member_of(tmp_path / "store")},
    )
    archive.write(file, found, {"store.sqlite3": tmp_path / "store"}, say=quiet)

    with pytest.raises(BackupError, match=r"store in it (is damaged|cannot be opened)"):
        verify(file, say=quiet)


@pytest.mark.parametrize("former", [None, b"yesterday's"])
def test_a_full_disk_leaves_nothing_half_made_f_o10(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, former: bytes | None
) -> None:
    def full(path: Path, *_: object, **__: object) -> None:
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(archive, "write", full)
    file = tmp_path / "backup.tar.gz"
    if former is not None:
        file.write_bytes(former)

    with pytest.raises(BackupError, match=r"backup\.tar\.gz cannot be written: No space left"):
        backed_up(file, overwrite=True)

    assert (file.read_bytes() if file.exists() else None) == former
    assert list(tmp_path.glob(".*")) == []


def test_a_backup_that_is_told_to_end_leaves_nothing_f_o10(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told_to_end(path: Path, *_: object, **__: object) -> None:
        path.write_bytes(b"half")
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(archive, "write", told_to_end)

    with pytest.raises(CommandError, match="Broken off; nothing is left of it"):
        command("backup", str(tmp_path / "backup.tar.gz"))

    assert [each.name for each in tmp_path.iterdir() if "backup" in each.name] == []


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "is a folder: name a file"),
        ("nowhere/backup.tar.gz", "cannot be written: No such file"),
        ("file/backup.tar.gz", "cannot be written: Not a directory"),
        ("file", "is there already: choose another name, or --overwrite"),
    ],
)
def test_where_nothing_can_be_written_is_said_f_o10(
    store: Path, tmp_path: Path, name: str, says: str
) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CommandError, match=says):
        command("backup", str(tmp_path / name))


def test_what_a_killed_backup_left_goes_with_the_next_f_o10(store: Path, tmp_path: Path) -> None:
    left = tmp_path / ".backup.tar.gz.partial"
    left.mkdir()
    (left / "store.sqlite3").write_text("half")

    backed_up(tmp_path / "backup.tar.gz")

    assert not left.exists()


def test_keys_are_sealed_with_a_passphrase_or_apart_f_o10(store: Path, tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text(f"{PASSPHRASE}\n")
    file, apart = tmp_path / "backup.tar.gz", tmp_path / "keys.json"

    command(
        *("backup", str(file), "--with-keys", "--passphrase-file", str(tmp_path / "passphrase")),
        *("--keys", str(apart)),
    )

    with tarfile.open(file) as tar:
        sealed = tar.extractfile("keys.sealed.json").read()  # type: ignore[union-attr]
    assert keys.unseal(sealed, PASSPHRASE) == keys.read(apart.read_bytes()) == keys.in_force()
    assert apart.stat().st_mode & 0o777 == 0o600
    assert kept.environment(tmp_path)["STATUSPAGE_SECRET_KEYS"].encode() not in sealed
    with pytest.raises(BackupError, match="the passphrase does not open"):
        keys.unseal(sealed, "another passphrase")


def test_a_short_passphrase_is_refused_f_o10(store: Path, tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text("short")

    with pytest.raises(CommandError, match="too short: 12 characters at least"):
        command(
            *("backup", str(tmp_path / "b"), "--with-keys"),
            *("--passphrase-file", str(tmp_path / "passphrase")),
        )

    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    "change", [{"n": 1 << 40}, {"r": 0}, {"salt": "§"}, {"token": 7}, {"format": "x"}]
)
def test_sealed_keys_that_were_tampered_with_are_refused_f_o10(change: dict[str, Any]) -> None:
    sealed = json.loads(keys.seal(StoreKeys("s", ()), PASSPHRASE))

    with pytest.raises(BackupError):
        keys.unseal(json.dumps({**sealed, **change}).encode(), PASSPHRASE)

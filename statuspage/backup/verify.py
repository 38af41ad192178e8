"""Checking a backup: checksums, the store opened, and its rows counted against the manifest."""

import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from statuspage.backup import archive, databases, tools
from statuspage.backup.errors import BackupError
from statuspage.backup.manifest import Manifest
from statuspage.backup.progress import Say

_COPY = re.compile(rb'COPY (?:"?[^".]+"?\.)?"?([^" ]+)"? \(')
_PARTITION = re.compile(r"^(monitors_result)_(default|\d{8})$")


def verify(path: Path, *, say: Say) -> Manifest:
    """Check a backup as a whole; return its manifest. Raises BackupError."""
    with unpacked(path, beside=path.parent, say=say) as (manifest, files):
        check_store(manifest, files[manifest.store], say=say)
        return manifest


@contextmanager
def unpacked(path: Path, *, beside: Path, say: Say) -> Iterator[tuple[Manifest, dict[str, Path]]]:
    """Yield the manifest and the files of a backup, unpacked into a folder that goes afterwards.

    The folder is made in `beside`, where there is room for a store; where nobody may write there,
    among temporary files.
    """
    say(f"Unpacking {path}")
    manifest = archive.read_manifest(path)
    folder = _folder(beside)
    try:
        needed = sum(each.bytes for each in manifest.members.values())
        free = shutil.disk_usage(folder).free
        if free < needed:
            raise BackupError(
                f"{folder.parent} has {free:,} bytes free, and {needed:,} are needed to unpack "
                f"{path}: make room"
            )
        yield archive.unpack(path, folder, say=say)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _folder(beside: Path) -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix=".statuspage-", dir=beside))
    except OSError:
        return Path(tempfile.mkdtemp(prefix="statuspage-"))


def check_store(manifest: Manifest, store: Path, *, say: Say) -> None:
    """Open the unpacked store and count its rows. Raises BackupError."""
    say("Opening the store and counting its rows")
    of = _counts_of_sqlite if manifest.database == "sqlite" else _counts_of_dump
    counts = of(store)
    compare(manifest, counts)


def compare(manifest: Manifest, counts: dict[str, int]) -> None:
    """Raise BackupError if `counts` are not those of the manifest."""
    wrong = [
        f"{table} has {counts.get(table, 0):,} rows, not {wanted:,}"
        for table, wanted in manifest.tables.items()
        if counts.get(table, 0) != wanted
    ]
    wrong += [
        f"{table} is not in the manifest"
        for table in sorted(counts.keys() - manifest.tables.keys())
    ]
    if wrong:
        more = f", and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise BackupError(f"the store is not what the manifest says: {'; '.join(wrong[:5])}{more}")


def _counts_of_sqlite(store: Path) -> dict[str, int]:
    try:
        with closing(databases.open_sqlite(store)) as opened:
            told = [text for (text,) in opened.execute("PRAGMA integrity_check(3)")]
            if told != ["ok"]:
                raise BackupError(f"the store in it is damaged: {'; '.join(told)[:500]}")
            return databases.count_sqlite(opened)
    except sqlite3.Error as error:
        raise BackupError(f"the store in it cannot be opened: {error}") from None


def _counts_of_dump(store: Path) -> dict[str, int]:
    """Read all that pg_restore makes of a dump, and count the rows between COPY and its end."""
    program = tools.find("pg_restore")
    counts: Counter[str] = Counter()
    with (
        tempfile.TemporaryFile() as told,
        subprocess.Popen(  # noqa: S603  (found by its name)
            [program, "--data-only", "--file=-", str(store)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=told,
        ) as process,
    ):  # fmt: skip
        if process.stdout is None:
            raise BackupError("pg_restore says nothing")
        _count_copied(process.stdout, counts)
        status = process.wait()
        told.seek(0)
        text = " ".join(told.read().decode(errors="replace").split())
    if status:
        raise BackupError(f"the store in it cannot be read by pg_restore: {text[-500:]}")
    return dict(counts)


def _count_copied(lines: Iterable[bytes], counts: Counter[str]) -> None:
    table = ""
    for line in lines:
        if table:
            if line == b"\\.\n":
                table = ""
            else:
                counts[table] += 1
        elif line.startswith(b"COPY ") and (found := _COPY.match(line)):
            table = _parent(found[1].decode())
            counts[table] += 0


def _parent(table: str) -> str:
    """Return the table that a partition belongs to, else the table itself."""
    found = _PARTITION.match(table)
    return found[1] if found else table

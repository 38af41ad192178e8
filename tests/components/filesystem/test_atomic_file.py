"""A file is written at once: by many, by one that is killed, on a full disk."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from components.filesystem import atomic_file
from components.filesystem.atomic_file import create_file, write_file

SIZE = 2_000_000
WRITER = f"""
import sys
from pathlib import Path
from components.filesystem.atomic_file import write_file
path, sign = Path(sys.argv[1]), sys.argv[2].encode()
print("ready", flush=True)
while True:
    write_file(path, sign * {SIZE}, mode=0o600)
"""


def whole(path: Path) -> str:
    """The one letter that all of the file consists of."""
    body = path.read_bytes()
    assert len(body) == SIZE
    (letter,) = set(body)
    return chr(letter)


def test_a_killed_writer_leaves_one_file_or_the_other_and_no_drafts_that_pile_up(
    tmp_path: Path,
) -> None:
    path = tmp_path / "kept"
    write_file(path, b"a" * SIZE)
    for turn in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), "bcd"[turn % 3]], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.003 * turn)
            writer.send_signal(signal.SIGKILL)
        assert whole(path) in "abcd"
        assert len(list(tmp_path.iterdir())) <= 2

    write_file(path, b"e" * SIZE)

    assert whole(path) == "e"
    assert list(tmp_path.iterdir()) == [path]


def test_many_writers_take_turns_and_the_file_is_whole_all_the_while(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    write_file(path, b"a" * SIZE)
    ended = threading.Event()

    def look() -> int:
        looks = 0
        while not ended.is_set():
            whole(path)
            looks += 1
        return looks

    with ThreadPoolExecutor(5) as threads:
        looking = threads.submit(look)
        try:
            bodies = (letter.encode() * SIZE for letter in "abcd" * 5)
            list(threads.map(lambda body: write_file(path, body), bodies))
        finally:
            ended.set()

    assert looking.result() > 0
    assert list(tmp_path.iterdir()) == [path]


def test_of_many_that_create_a_file_one_does_and_all_read_the_same(tmp_path: Path) -> None:
    path = tmp_path / "key"

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda n: create_file(path, b"%d" % n, sync=True), range(16)))

    assert made.count(True) == 1
    assert path.read_bytes() == b"%d" % made.index(True)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("make", [write_file, create_file])
def test_a_secret_is_never_readable_by_others_not_even_where_a_draft_was(
    tmp_path: Path, make: object
) -> None:
    left = tmp_path / ".key.draft"
    left.write_bytes(b"left by a killed writer, and longer than what comes")
    left.chmod(0o644)

    assert callable(make)
    make(tmp_path / "key", b"secret", mode=0o600)

    assert (tmp_path / "key").read_bytes() == b"secret"
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert not left.exists()


def test_without_room_the_former_file_stands_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kept"
    write_file(path, b"former")

    def full(_handle: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_file(path, b"new", sync=True)

    assert path.read_bytes() == b"former"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_in_the_place_of_the_draft_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"not ours")
    (tmp_path / ".kept.draft").symlink_to(other)

    with pytest.raises(OSError, match="symbolic links"):
        write_file(tmp_path / "kept", b"new")

    assert other.read_bytes() == b"not ours"


def test_a_writer_that_stands_still_does_not_stop_the_others_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(atomic_file, "WAIT_SECONDS", 0.05)
    draft = tmp_path / ".kept.draft"
    held = atomic_file._lock(draft, mode=None)
    try:
        with pytest.raises(TimeoutError, match="kept by another writer"):
            write_file(tmp_path / "kept", b"new")
    finally:
        os.close(held)

    write_file(tmp_path / "kept", b"new")
    assert (tmp_path / "kept").read_bytes() == b"new"

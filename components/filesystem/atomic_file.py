"""Atomic writing of files: a reader gets the former file or the new one, each whole.

The bytes go to a draft beside it, which then takes its name. Of each file there is one draft, which
its writer locks: one that is killed leaves it to the next, so that drafts never pile up.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WAIT_SECONDS = 10.0
"""For another writer of the same file; one that was stopped must not stop all others."""
_POLL_SECONDS = 0.01


def write_file(path: Path, body: bytes, *, mode: int | None = None, sync: bool = False) -> None:
    """Write `body` to `path`, replacing what is there; the folder must exist.

    `mode` are its permissions, by default what the process gives new files. With `sync` it is on
    the disk before it takes the name, as what must outlive a loss of power. Raises OSError; then
    the former file stands.
    """
    with _draft(path, body, mode=mode, sync=sync) as draft:
        draft.replace(path)


def create_file(path: Path, body: bytes, *, mode: int | None = None, sync: bool = False) -> bool:
    """Create a file unless there is one; return whether it was created. Else as `write_file`."""
    with _draft(path, body, mode=mode, sync=sync) as draft:
        try:
            # Of several at once the first link wins.
            os.link(draft, path)
            return True
        except FileExistsError:
            return False
        finally:
            draft.unlink()


@contextmanager
def _draft(path: Path, body: bytes, *, mode: int | None, sync: bool) -> Iterator[Path]:
    """Yield the draft with the body in it, ours alone while it has its name; errors remove it."""
    draft = path.with_name(f".{path.name}.draft")
    handle = _lock(draft, mode=mode)
    try:
        if mode is not None:
            os.fchmod(handle, mode)
        os.ftruncate(handle, 0)
        with os.fdopen(handle, "wb", closefd=False) as file:
            file.write(body)
            file.flush()
            if sync:
                os.fsync(handle)
        yield draft
    except BaseException:
        # Not after it has got its name: one that is there then is another writer's.
        if _is(draft, handle):
            draft.unlink()
        raise
    finally:
        os.close(handle)


def _lock(draft: Path, *, mode: int | None) -> int:
    """Return the draft, open and locked. Raises TimeoutError when another writer holds it."""
    until = time.monotonic() + WAIT_SECONDS
    while True:
        handle = _open(draft, mode=mode)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The former writer may have given it its name meanwhile: then it is a draft no more.
            if _is(draft, handle):
                return handle
        except BlockingIOError:
            if time.monotonic() > until:
                os.close(handle)
                raise TimeoutError(f"{draft} is kept by another writer") from None
            time.sleep(_POLL_SECONDS)
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _open(draft: Path, *, mode: int | None) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(draft, flags, 0o666 if mode is None else mode)
    except PermissionError:
        # What another user's killed writer left; the folder is ours all the same.
        draft.unlink()
        return os.open(draft, flags, 0o666 if mode is None else mode)


def _is(draft: Path, handle: int) -> bool:
    try:
        return os.path.samestat(draft.lstat(), os.fstat(handle))
    except FileNotFoundError:
        return False

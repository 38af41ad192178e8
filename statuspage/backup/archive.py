"""The archive of a backup: one compressed tar, the manifest first, each member with its checksum.

A tar of others is never unpacked as it says: members are known by name, are plain files, and not a
byte longer than the manifest says.
"""

import hashlib
import io
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from statuspage.backup import manifest as manifests
from statuspage.backup.errors import BackupError
from statuspage.backup.manifest import Manifest, Member
from statuspage.backup.progress import Progress, Say

_CHUNK = 1 << 20
_COMPRESSION = 1
"""A database is mostly repetition: more would take thrice as long for a tenth less."""


def member_of(path: Path) -> Member:
    """Return the size and the checksum of a file."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return Member(size, digest.hexdigest())


def write(path: Path, manifest: Manifest, files: Mapping[str, Path], *, say: Say) -> None:
    """Write the archive of a manifest and the files that it names. Raises OSError."""
    total = sum(each.bytes for each in manifest.members.values())
    progress = Progress(say, "packing, bytes")
    with tarfile.open(path, "w:gz", compresslevel=_COMPRESSION) as tar:
        text = manifest.text()
        tar.addfile(_info(manifests.NAME, len(text)), io.BytesIO(text))
        done = 0
        for name, file in files.items():
            with file.open("rb") as stream:
                size = manifest.members[name].bytes
                counted = _Counted(stream, partial(_tell, progress, done, total))
                tar.addfile(_info(name, size), counted)
            done += size


def _tell(progress: Progress, before: int, total: int, count: int) -> None:
    progress(before + count, total)


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


class _Counted(io.RawIOBase):
    """A stream that tells how much of it was read."""

    def __init__(self, stream: IO[bytes], tell: Callable[[int], None]) -> None:
        self._stream, self._tell, self._count = stream, tell, 0

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size)
        self._count += len(chunk)
        self._tell(self._count)
        return chunk


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, "r|gz") as tar:
            yield tar
    except FileNotFoundError:
        raise BackupError(f"{path} is not there") from None
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise BackupError(f"{path} is damaged or no backup: {error}") from None


def read_manifest(path: Path) -> Manifest:
    """Return the manifest of an archive. Raises BackupError."""
    with _opened(path) as tar:
        return _manifest_in(tar, path)


def _manifest_in(tar: tarfile.TarFile, path: Path) -> Manifest:
    info = tar.next()
    if info is None or info.name != manifests.NAME or not info.isreg():
        raise BackupError(f"{path} is not a statuspage backup: it does not begin with a manifest")
    if info.size > manifests.MOST_BYTES:
        raise BackupError(f"{path} is damaged: its manifest has {info.size:,} bytes")
    stream = tar.extractfile(info)
    text = stream.read() if stream else b""
    try:
        return manifests.read(text)
    except BackupError as error:
        raise BackupError(f"{path}: {error}") from None


def unpack(path: Path, folder: Path, *, say: Say) -> tuple[Manifest, dict[str, Path]]:
    """Unpack an archive into an empty folder, checking all of it.

    Returns the manifest and the files by name. Raises BackupError; OSError of the folder's disk.
    """
    with _opened(path) as tar:
        manifest = _manifest_in(tar, path)
        total = sum(each.bytes for each in manifest.members.values())
        progress, done, files = Progress(say, "unpacking, bytes"), 0, {}
        while (info := tar.next()) is not None:
            wanted = manifest.members.get(info.name)
            if wanted is None or info.name in files or not info.isreg():
                raise BackupError(f"{path}: nobody knows what {info.name[:100]!r} in it is for")
            if info.size != wanted.bytes:
                raise BackupError(
                    f"{path}: {info.name} has {info.size:,} bytes, not {wanted.bytes:,}"
                )
            stream = tar.extractfile(info)
            if stream is None:
                raise BackupError(f"{path}: {info.name} cannot be read")
            files[info.name] = folder / info.name
            digest = hashlib.sha256()
            with _created(folder / info.name) as file:
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
                    _write(file, chunk, folder)
                    done += len(chunk)
                    progress(done, total)
            if digest.hexdigest() != wanted.sha256:
                raise BackupError(f"{path}: the checksum of {info.name} is wrong: it is damaged")
    if missing := manifest.members.keys() - files.keys():
        raise BackupError(f"{path}: {', '.join(sorted(missing))} is missing")
    return manifest, files


def _created(path: Path) -> IO[bytes]:
    path.touch(mode=0o600, exist_ok=False)
    return path.open("wb")


def _write(file: IO[bytes], chunk: bytes, folder: Path) -> None:
    try:
        file.write(chunk)
    except OSError as error:
        raise BackupError(f"{folder} has no room to unpack it: {error.strerror}") from None

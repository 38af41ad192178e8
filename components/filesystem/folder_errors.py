"""Why a folder cannot be used by this process, as a sentence with the remedy."""

import grp
import os
import pwd
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

FULL_BYTES = 1024 * 1024
"""A disk with less room than this is full: SQLite's journal alone takes more."""


def folder_trouble(folder: Path, *, files: Iterable[str] = ()) -> str:
    """Return why `folder`, and `files` in it where they exist, cannot be read and written; '' if
    they can. A folder that does not exist yet must be possible to make."""
    try:
        return _trouble(folder, files)
    except PermissionError as error:
        place = _nearest(folder)
        return f"{error.filename or folder} cannot be looked at: {_whose(place)}. {_remedy(folder)}"


def disk_full(folder: Path) -> str:
    """Return a sentence if the disk under `folder` is full, else ''."""
    usage = shutil.disk_usage(_nearest(folder))
    if usage.free >= FULL_BYTES:
        return ""
    return (
        f"The disk of {folder} is full ({usage.free / 1e6:.1f} MB of {usage.total / 1e9:.1f} GB "
        "free). Free some space there, or move the data folder."
    )


def _trouble(folder: Path, files: Iterable[str]) -> str:
    if not folder.is_dir():
        return _not_there(folder)
    for path in (folder, *(folder / name for name in files)):
        needed = os.R_OK | os.W_OK | (os.X_OK if path == folder else 0)
        if path.exists() and not os.access(path, needed):
            return _not_writable(path, folder)
    return ""


def _not_there(folder: Path) -> str:
    if folder.exists() or folder.is_symlink():
        what = "leads nowhere" if folder.is_symlink() and not folder.exists() else "is a file"
        return f"{folder} {what}, and a folder is needed. {_ELSEWHERE}"
    parent = _nearest(folder)
    if not parent.is_dir():
        return f"{folder} cannot be made, for {parent} is a file. {_ELSEWHERE}"
    if os.access(parent, os.W_OK | os.X_OK):
        return ""
    if os.statvfs(parent).f_flag & os.ST_RDONLY:
        return _not_writable(parent, folder)
    return (
        f"{folder} does not exist and cannot be made: {_whose(parent)}. Make it with: sudo install "
        f"-d -m 700 -o {_me()} {folder}; or give another folder with --data-dir or "
        "STATUSPAGE_DATA_DIR."
    )


_ELSEWHERE = "Give another one with --data-dir or STATUSPAGE_DATA_DIR, or move that away."


def _not_writable(path: Path, folder: Path) -> str:
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return (
            f"{path} lies on a read-only file system. Mount it so that it can be written to, or "
            "give another folder with --data-dir or STATUSPAGE_DATA_DIR."
        )
    return f"{path} cannot be read and written: {_whose(path)}. {_remedy(folder)}"


def _remedy(folder: Path) -> str:
    return (
        f"Run this as the folder's owner; or make it ours: sudo chown -R {_me()} {folder} && "
        f"sudo chmod -R u+rwX {folder}."
    )


def _whose(path: Path) -> str:
    found = path.stat()
    mode = stat.filemode(found.st_mode)
    return (
        f"{path} belongs to {_user(found.st_uid)}:{_group(found.st_gid)} ({mode}), and this runs "
        f"as {_me()}"
    )


def _me() -> str:
    return _user(os.geteuid())


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def _nearest(folder: Path) -> Path:
    """Return the folder, or of those above it the nearest that exists and can be seen."""
    for path in (folder, *folder.parents):
        try:
            path.stat()
        except OSError:
            continue
        return path
    return Path("/")

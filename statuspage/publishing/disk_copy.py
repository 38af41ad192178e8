"""The page's copy on disk: the stored snapshot, and the site of plain files beside it."""

import logging
import shutil
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from components.filesystem.atomic_file import write_file
from statuspage.pages.face import MAIN, MAIN_FACE, Face, path_of
from statuspage.publishing import documents, other_pages
from statuspage.publishing.rendered import PAGE_HTML, PAGE_JSON, Snapshot, pack_page, unpack
from statuspage.state.page_state import PageState

log = logging.getLogger(__name__)

_EVERYTHING = "everything"


def snapshot_path() -> Path:
    """Return where the snapshot lies."""
    return Path(settings.STATUSPAGE.repository_path) / "snapshot.bin"


def write(snapshot: Snapshot, blob: bytes) -> None:
    """Store a copy beside the database: for a restart without it, and for a plain file server.

    A full disk is reported and otherwise ignored: the page is in memory all the same.
    """
    try:
        replace_file(snapshot_path(), blob)
        for each in snapshot.pages:
            replace_file(_page_path(each.state.face.slug), pack_page(each))
        for each in (snapshot, *snapshot.pages):
            if each.state.face.is_private:
                continue
            _delete_if_narrowed(each.state.face)
            for path, name in (("/status", PAGE_HTML), ("/status/status.json", PAGE_JSON)):
                replace_file(file_of(path, each.state.face), each.bodies[name].identity)
            write_publication(each.state)
        delete_unpublished(snapshot.state)
    except OSError as error:
        log.error("the page's copy on disk could not be written: %s", error)
    except Exception:
        log.exception("the page's copy on disk could not be made")


def read() -> Snapshot | None:
    """Return the stored snapshot; None where there is none that can be used."""
    try:
        snapshot = unpack(snapshot_path().read_bytes())
        blobs = {
            face.slug: path.read_bytes()
            for face in snapshot.state.faces
            if (path := _page_path(face.slug)).is_file()
        }
        return replace(snapshot, pages=tuple(other_pages.unpacked(snapshot.state, blobs)))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        log.warning("the page's copy on disk cannot be used: %s", error)
        return None


def _page_path(slug: str) -> Path:
    return snapshot_path().parent / "pages" / f"{slug}.bin"


def _delete_if_narrowed(face: Face) -> None:
    """Delete a page's copy when the page selects less than it did: its older files name the rest.

    What is current is written at once, all else with the next round.
    """
    if face.slug == MAIN:
        return
    ids = face.component_ids
    path = snapshot_path().parent / "pages" / f"{face.slug}.selection"
    now = _EVERYTHING if ids is None else ",".join(str(pk) for pk in ids)
    before = path.read_text("ascii") if path.is_file() else now
    if ids is not None and not set(before.split(",")) <= {"", *now.split(",")}:
        shutil.rmtree(site_folder(face) / face.root.lstrip("/"), ignore_errors=True)
    replace_file(path, now.encode())


def site_folder(face: Face = MAIN_FACE) -> Path:
    """Return the root of the site of plain files: a page with hosts has one of its own."""
    folder = Path(settings.STATUSPAGE.repository_path)
    return folder / "hosts" / face.hosts[0] if face.hosts else folder / "site"


def file_of(path: str, face: Face = MAIN_FACE) -> Path:
    """Return where a public path lies.

    Pages are `index.html` of a folder, all else lies under its own name.
    """
    plain = site_folder(face) / path_of(face.root, path).lstrip("/")
    return plain if "." in plain.name else plain / "index.html"


def replace_file(path: Path, body: bytes) -> None:
    """Write a file at once, unless it holds just that."""
    try:
        if path.stat().st_size == len(body) and path.read_bytes() == body:
            return
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, body)


def write_publication(state: PageState) -> None:
    """Write what a publication brings: the page's own documents, open incidents, windows to come.

    A component that is not public any more loses its pages here and now, and with it go the
    reports, which may name it, until the next round.
    """
    for path in documents.written_at_publication(state):
        if (document := documents.document(path, state)) is not None:
            replace_file(file_of(path, state.face), document.body)
    home = site_folder(state.face) / state.face.root.lstrip("/")
    if delete_all_but(home / "components", {each.slug for each in state.nameable}):
        delete_all_but(home / "reports", set())


def delete_unpublished(state: PageState) -> None:
    """Delete the copies of pages that are gone, or not for everybody."""
    public = [face for face in state.faces if not face.is_private]
    below = {face.slug for face in public if not face.hosts}
    delete_all_but(site_folder() / "status" / "p", below | {f"{slug}.txt" for slug in below})
    hosts = snapshot_path().parent / "hosts"
    delete_all_but(hosts, {face.hosts[0] for face in public if face.hosts})
    kept = {f"{face.slug}.{form}" for face in state.faces for form in ("bin", "selection")}
    delete_all_but(snapshot_path().parent / "pages", kept)


def delete_all_but(folder: Path, names: set[str]) -> bool:
    """Delete everything in a folder but what is named; return whether there was anything."""
    if not folder.is_dir():
        return False
    deleted = False
    for entry in folder.iterdir():
        if entry.name in names or entry.name.startswith("."):
            continue
        deleted = True
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    return deleted

"""The page's copy on disk: a complete site that any plain file server can show.

What readers look at in an outage is written with every publication, each file atomically. All the
rest (months, components, what ended long ago) follows in turns from beat, a few pages at a time, so
that no publication waits for it; what is hidden or gone is deleted. A round lasts minutes: each of
its turns writes what is published by then, and nothing of a page that was closed meanwhile.
"""

import logging
import math
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime

from incidents.selectors import published
from maintenance.selectors import public_windows
from statuspage.publishing import archive, disk_copy, documents, snapshot
from statuspage.publishing.report_documents import paths_of_reports
from statuspage.reports.month import next_month
from statuspage.state.page_state import PageState
from statuspage.state.selection import shown_on

log = logging.getLogger(__name__)

TURN_SECONDS = 0.05
"""What one turn may take, once a second: a twentieth of a processor at the very most."""
ROUND_SECONDS = 600.0
"""How long a round takes, and so how old the rest may be. The first one goes as fast as it may."""
_FOLDERS = ("components", "groups", "incidents", "maintenance", "history", "reports")


class BackgroundWriter:
    """Writes everything else, turn by turn; beat keeps one."""

    def __init__(self) -> None:
        self._states: dict[str, PageState] = {}
        """What every page shows that is for everybody, by its slug; none between two rounds."""
        self._publication: object = None
        """Which publication that is from."""
        self._paths: list[tuple[str, str]] = []
        """Slugs of pages, and the paths of what is written of each."""
        self._written = 0
        self._began_at = 0.0
        self._complete = False

    def step(self, now: datetime) -> None:
        """Write for one turn. Raises DatabaseError when the records cannot be reached."""
        until = time.monotonic() + TURN_SECONDS
        if not self._states and not self._begin(now.timestamp()):
            return
        try:
            self._write_due(until, now.timestamp() - self._began_at)
            if self._written == len(self._paths):
                self._delete_stale()
                self._states, self._complete = {}, True
        except Exception:
            # A round that was cut short may not take for gone what it did not come to.
            self._states = {}
            raise

    def _write_due(self, until: float, elapsed: float) -> None:
        """Write what is to be written by now, or until the time is up."""
        due = len(self._paths)
        if self._complete and 0 <= elapsed < ROUND_SECONDS:
            due = math.ceil(due * elapsed / ROUND_SECONDS)
        if self._written < due:
            self._read_published()
        while self._written < due:
            slug, path = self._paths[self._written]
            if (state := self._states.get(slug)) is not None:
                self._write(state, path)
            self._written += 1
            if time.monotonic() > until:
                return

    def _begin(self, now: float) -> bool:
        if abs(now - self._began_at) < ROUND_SECONDS:
            return False
        self._publication = None
        self._read_published()
        if not self._states:
            return False
        self._began_at, self._written = now, 0
        self._paths = [
            (slug, path) for slug, state in self._states.items() for path in _all_paths(state)
        ]
        return True

    def _read_published(self) -> None:
        """Read what is published now, unless that is what is here."""
        publication = snapshot.published_identity()
        if publication == self._publication:
            return
        state = snapshot.published_state()
        shown = [shown_on(state, face) for face in state.faces if not face.door] if state else []
        self._states = {each.face.slug: each for each in (state, *shown) if each is not None}
        self._publication = publication

    def _write(self, state: PageState, path: str) -> None:
        archived = archive.parse_path(path)
        document = None if archived else documents.document(path, state)
        if document is None and (archived := archived or archive.find_in_records(path)) is not None:
            made = archived.make(state)
            document = None if isinstance(made, archive.Withdrawn) else made
        try:
            if document is None:
                disk_copy.file_of(path, state.face).unlink(missing_ok=True)
            else:
                disk_copy.replace_file(disk_copy.file_of(path, state.face), document.body)
        except OSError as error:
            log.error("the page's copy on disk could not be written: %s", error)

    def _delete_stale(self) -> None:
        """Delete what nothing led to in this round."""
        paths: dict[str, list[str]] = defaultdict(list)
        for slug, path in self._paths:
            paths[slug].append(path)
        for slug, state in self._states.items():
            if slug not in paths:
                continue  # it came along since
            face = state.face
            home = disk_copy.site_folder(face) / face.root.lstrip("/")
            for folder in _FOLDERS:
                prefix = f"/status/{folder}/"
                names = {
                    path.removeprefix(prefix).split("/")[0]
                    for path in paths[slug]
                    if path.startswith(prefix)
                }
                disk_copy.delete_all_but(home / folder, names | {"index.html"})


def _all_paths(state: PageState) -> Iterator[str]:
    for component in state.nameable:
        yield f"/status/components/{component.slug}"
    yield from documents.all_paths(state)
    yield from documents.paths_for_machines(state)
    references = published().prefetch_related(None).order_by("started_at", "id")
    incidents = list(references.values_list("reference", "started_at", "postmortem__published_at"))
    windows = list(public_windows().order_by("id").values_list("reference", "starts_at"))
    yield "/status/history"
    starts = [started_at for _, started_at, _ in incidents] + [
        started_at for _, started_at in windows
    ]
    first = min(starts).date() if starts else state.today
    yield from (f"/status/history/{month:%Y-%m}" for month in _months(first, state.today))
    for reference, _, postmortem_at in incidents:
        yield f"/status/incidents/{reference}"
        if postmortem_at is not None:
            yield f"/status/incidents/{reference}/postmortem"
    for reference, _ in windows:
        yield f"/status/maintenance/{reference}"
        yield f"/status/maintenance/{reference}.ics"
    yield from paths_of_reports(state)


def _months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = next_month(month)

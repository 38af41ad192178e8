"""Queries on frozen reports: the revisions of a page that may be shown now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from statuspage.report_models import FrozenReport
from statuspage.reports.document import MonthlyReportJson, parsed
from statuspage.reports.gathering import shown_ids
from statuspage.state.page_state import PageState


@dataclass(frozen=True, slots=True)
class Revision:
    """A frozen report, read."""

    row: FrozenReport
    report: MonthlyReportJson

    @property
    def number(self) -> int:
        return self.row.revision

    def component_ids(self) -> frozenset[int]:
        return frozenset(each["id"] for each in self.report["components"])


def revisions(state: PageState, first: date) -> list[Revision]:
    """Return all revisions of a page's report of a month, the oldest first."""
    rows = FrozenReport.objects.filter(
        page=state.face.slug, identity=state.identity.uuid, month=first
    ).order_by("revision")
    return [Revision(each, parsed(each.document)) for each in rows]


def presentable(state: PageState, found: Sequence[Revision]) -> list[Revision]:
    """Return those that name nothing but what the page shows now.

    What is hidden, or selected no more, was part of earlier revisions: these are withdrawn.
    """
    shown = shown_ids(state)
    return [each for each in found if each.component_ids() <= shown]


def frozen_months(state: PageState) -> list[tuple[date, int]]:
    """Return the months with a frozen report and their newest revisions, the newest first."""
    rows = FrozenReport.objects.filter(page=state.face.slug, identity=state.identity.uuid)
    newest = dict(rows.order_by("month", "revision").values_list("month", "revision"))
    return sorted(newest.items(), reverse=True)


def by_digest(state: PageState, sha256: str) -> Revision | None:
    """Return the revision of a page whose document has this SHA-256; None when there is none."""
    row = FrozenReport.objects.filter(
        page=state.face.slug, identity=state.identity.uuid, sha256=sha256
    ).first()
    return Revision(row, parsed(row.document)) if row is not None else None


def digests(state: PageState) -> list[str]:
    """Return the digests of all revisions of a page's reports."""
    rows = FrozenReport.objects.filter(page=state.face.slug, identity=state.identity.uuid)
    return list(rows.order_by("month", "revision").values_list("sha256", flat=True))

"""The addresses of monthly reports: pages, CSV, JSON, signatures, keys, and what verifies one.

A month that is over is what was frozen; the running one, or one that is still to be frozen, is
gathered from the records. A revision that names what the page does not show any more is not there.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import MAXYEAR, date

from components.languages.words import Words
from incidents.selectors import published
from statuspage.publishing.documents import LOCKED_POLICY, Document, page_document
from statuspage.renderers.reports.report_csv import CSV, report_csv
from statuspage.renderers.reports.report_pages import (
    ROOT,
    Listed,
    Version,
    month_of,
    report_page,
    reports_page,
    verified_page,
)
from statuspage.renderers.scope import link
from statuspage.report_models import ReportKey
from statuspage.reports.document import (
    ListedReportJson,
    MonthlyReportJson,
    ReportListJson,
    VerifiedReportJson,
    canonical,
)
from statuspage.reports.frozen import (
    Revision,
    by_digest,
    digests,
    frozen_months,
    presentable,
    revisions,
)
from statuspage.reports.gathering import month_report
from statuspage.reports.month import month_span
from statuspage.reports.signing import is_signed, key_in_use, signature_bytes
from statuspage.state.builder import incident_view
from statuspage.state.page_state import PageState
from statuspage.state.translated import incident_in

Render = Callable[[PageState, Words], Document | None]
JSON, PEM, SIGNATURE = "application/json", "application/x-pem-file", "application/octet-stream"
_FIRST_YEAR = 2000

_REPORT = re.compile(
    r"/status/reports/(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])(?:/(?P<revision>[1-9]\d{0,5}))?"
    r"(?:\.(?P<form>json|csv|sig))?"
)
_KEY = re.compile(r"/status/reports/(?:key|keys/(?P<key>[0-9a-f]{16}))\.pem")
_VERIFY = re.compile(r"/status/reports/verify/(?P<sha256>[0-9a-f]{64})(?P<json>\.json)?")


def report_document(path: str) -> Render | None:
    """Return what renders a path below `/status/reports`; None for any other path."""
    if path in (ROOT, f"{ROOT}.json"):
        as_json = path != ROOT
        return lambda state, words: _list(state, words, as_json=as_json)
    if match := _REPORT.fullmatch(path):
        year, revision, form = int(match["year"]), int(match["revision"] or 0), match["form"] or ""
        # The month after the last one of the calendar is none.
        if not _FIRST_YEAR <= year < MAXYEAR:
            return lambda state, words: None
        first = date(year, int(match["month"]), 1)
        return lambda state, words: _report(state, words, first, revision, form)
    if match := _KEY.fullmatch(path):
        name = match["key"]
        return lambda state, words: _key(name)
    if match := _VERIFY.fullmatch(path):
        digest, as_json = match["sha256"], bool(match["json"])
        return lambda state, words: _verified(state, words, digest, as_json=as_json)
    return None


def paths_of_reports(state: PageState) -> Iterator[str]:
    """Yield the path of everything that there is, or may be, of a page's reports."""
    yield from (ROOT, f"{ROOT}.json", f"{ROOT}/key.pem")
    months = [f"{ROOT}/{state.today:%Y-%m}"]
    for month, newest in frozen_months(state):
        own = f"{ROOT}/{month:%Y-%m}"
        months += [own, *(f"{own}/{number}" for number in range(1, newest + 1))]
    for path in months:
        yield from (path, f"{path}.csv", f"{path}.json", f"{path}.sig")
    for digest in digests(state):
        yield from (f"{ROOT}/verify/{digest}", f"{ROOT}/verify/{digest}.json")


def _report(
    state: PageState, words: Words, first: date, revision: int, form: str
) -> Document | None:
    found = revisions(state, first)
    shown = presentable(state, found)
    wanted = [each for each in shown if revision in (0, each.number)]
    if revision:
        return _frozen(state, words, wanted[0], shown, form) if wanted else None
    if wanted and wanted[-1] is found[-1]:
        return _frozen(state, words, wanted[-1], shown, form)
    span = month_span(first, now=state.built_at)
    report = month_report(state, span) if span is not None else None
    return None if report is None else _formatted(state, words, report, Version(), form)


def _frozen(
    state: PageState, words: Words, revision: Revision, shown: Sequence[Revision], form: str
) -> Document | None:
    row = revision.row
    if form == "json":
        return Document(JSON, row.document.encode(), LOCKED_POLICY)
    if form == "sig":
        return Document(SIGNATURE, signature_bytes(row.signature), LOCKED_POLICY)
    return _formatted(state, words, revision.report, _version(revision, shown), form)


def _version(revision: Revision, shown: Sequence[Revision]) -> Version:
    former = revision.number - 1
    return Version(
        sha256=revision.row.sha256,
        newest=max(each.number for each in shown),
        former=former if any(each.number == former for each in shown) else 0,
    )


def _formatted(
    state: PageState, words: Words, report: MonthlyReportJson, version: Version, form: str
) -> Document | None:
    if form == "csv":
        return Document(CSV, report_csv(report), LOCKED_POLICY)
    if form == "json":
        return Document(JSON, canonical(report).encode(), LOCKED_POLICY)
    if form == "sig":
        return None  # nothing that may still change is signed
    titles = _titles(state, report, words)
    return page_document(state, report_page(state, report, version, titles, words))


def _titles(state: PageState, report: MonthlyReportJson, words: Words) -> dict[str, str]:
    """Return the titles of the incidents that counted, as far as they are public by now."""
    references = {each for row in report["components"] for each in row["incidents"]}
    names = {each.id: each.name for each in state.nameable}
    views = (
        incident_in(incident_view(each, names), words.tag, state.languages[0])
        for each in published().filter(reference__in=references)
    )
    return {view.reference: view.title for view in views}


def _list(state: PageState, words: Words, *, as_json: bool) -> Document:
    frozen = frozen_months(state)
    running = state.built_at.date().replace(day=1)
    span = month_span(running, now=state.built_at)
    # As long as nothing is known of a month there is no report of it.
    begun = span is not None and month_report(state, span) is not None
    listed = [Listed(running, 0)] if begun else []
    listed += [Listed(month, revision) for month, revision in frozen]
    if not as_json:
        return page_document(state, reports_page(state, listed, words))
    told = ReportListJson(
        reports=[
            ListedReportJson(
                month=f"{each.month:%Y-%m}",
                revision=each.revision,
                address=link(state, f"{ROOT}/{each.month:%Y-%m}.json"),
            )
            for each in listed
        ]
    )
    return Document(JSON, json.dumps(told).encode(), LOCKED_POLICY)


def _key(name: str | None) -> Document | None:
    key = key_in_use() if name is None else ReportKey.objects.filter(fingerprint=name).first()
    return None if key is None else Document(PEM, key.public.encode(), LOCKED_POLICY)


def _verified(state: PageState, words: Words, digest: str, *, as_json: bool) -> Document | None:
    """Return what a digest is the digest of: a revision of this page that is shown, and whose
    signature holds. None for anything else, as for what never was."""
    found = by_digest(state, digest)
    if found is None or not presentable(state, [found]):
        return None
    document, signature = found.row.document.encode(), signature_bytes(found.row.signature)
    if not is_signed(document, signature, public=found.row.key.public):
        return None
    shown = presentable(state, revisions(state, month_of(found.report)))
    version = _version(found, shown)
    if not as_json:
        return page_document(state, verified_page(state, found.report, version, words))
    told = VerifiedReportJson(
        genuine=True,
        page=found.report["page"]["slug"],
        month=found.report["month"],
        revision=found.number,
        newest_revision=version.newest,
        frozen_at=found.report["frozen_at"],
        key=found.row.key_id,
    )
    return Document(JSON, json.dumps(told).encode(), LOCKED_POLICY)

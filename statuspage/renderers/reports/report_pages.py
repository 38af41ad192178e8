"""The pages of monthly reports: one report, the list of all, and what verifying one found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from components.languages.words import ENGLISH, Words, msg
from statuspage.renderers.html import numbers
from statuspage.renderers.html.escaping import clean
from statuspage.renderers.html.layout import render_framed
from statuspage.renderers.html.times import as_of
from statuspage.renderers.scope import link
from statuspage.reports.document import MonthlyReportJson, ReportRowJson
from statuspage.reports.month import PARTS
from statuspage.state.page_state import PageState

ROOT = "/status/reports"
_POLICIES = {
    "worst": msg("measured and declared"),
    "measured": msg("measured"),
    "declared": msg("declared"),
    "overall": msg("all components together"),
}
_REASONS = {
    "history_corrected": msg("History was corrected."),
    "components_changed": msg("Components were hidden or shown again."),
}


@dataclass(frozen=True, slots=True)
class Version:
    """Which revision of a report is shown, and what is known of the others."""

    sha256: str = ""
    """'' while it is not frozen."""
    newest: int = 0
    former: int = 0
    """The revision that it replaces, as far as that is still shown."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A report in the list of all; revision 0 for one that is preliminary."""

    month: date
    revision: int


@dataclass(frozen=True, slots=True)
class _Row:
    kind: str
    name: str
    address: str
    note: str
    uptime: str
    cells: tuple[str, ...]
    total: str


@dataclass(frozen=True, slots=True)
class _Incident:
    title: str
    address: str
    detail: str


def report_page(
    state: PageState,
    report: MonthlyReportJson,
    version: Version,
    titles: Mapping[str, str],
    words: Words = ENGLISH,
) -> bytes:
    """Return the page of one report. `titles` are those of incidents that may be named, by their
    references."""
    month = month_of(report)
    path = f"{ROOT}/{report['month']}"
    if version.sha256 and report["revision"] != version.newest:
        path = f"{path}/{report['revision']}"
    check = f"{ROOT}/verify/{version.sha256}"
    return render_framed(
        "page/page-report.html",
        state,
        words=words,
        path=path,
        title=words("Report, {month}", month=words.month(month)),
        description=words("Uptime and incidents in {month}", month=words.month(month)),
        values={
            "root": ROOT,
            "month": words.month(month),
            "site": clean(report["page"]["name"]),
            "states": _states(state, report, version, words),
            "labels": [words(status.label) for status in PARTS],
            "rows": list(_rows(report, words)),
            "incidents": list(_incidents(report, titles, words)),
            "file": path,
            "sha256": version.sha256,
            "check_path": check,
            "check": link(state, check),
        },
        here="report",
    )


def month_of(report: MonthlyReportJson) -> date:
    """Return the first day of a report's month."""
    return date.fromisoformat(f"{report['month']}-01")


def _states(
    state: PageState, report: MonthlyReportJson, version: Version, words: Words
) -> list[tuple[str, str]]:
    """Return what is to be said of a revision: sentences, with the address that each leads to."""
    if not version.sha256:
        at = as_of(state.built_at, words)
        return [(words("Preliminary. Figures are as of {time}.", time=at), "")]
    frozen = date.fromisoformat((report["frozen_at"] or "")[:10])
    told = [
        (
            words(
                "Revision {n}, final since {day}.",
                n=words.number(report["revision"]),
                day=words.full_date(frozen),
            ),
            "",
        )
    ]
    month = f"{ROOT}/{report['month']}"
    if report["reason"] in _REASONS:
        told.append((words(_REASONS[report["reason"]]), ""))
    if report["previous"] is not None:
        number = report["previous"]["revision"]
        address = f"{month}/{number}" if version.former == number else ""
        told.append((words("Replaces revision {n}.", n=words.number(number)), address))
    if version.newest > report["revision"]:
        newest = words.number(version.newest)
        told.append((words("Replaced by revision {n}.", n=newest), month))
    return told


def _rows(report: MonthlyReportJson, words: Words) -> Iterator[_Row]:
    yield _row("overall", words("Overall"), report["overall"], words)
    groups = {each["name"]: each for each in report["groups"]}
    components = report["components"]
    for name in (*groups, ""):
        if name:
            yield _row("group", clean(name), groups[name], words)
        for each in components:
            if each["group"] == name:
                address = f"/status/components/{each['slug']}"
                kind = "component" if name else "single"
                yield _row(kind, clean(each["name"]), each, words, address)


def _row(kind: str, name: str, row: ReportRowJson, words: Words, address: str = "") -> _Row:
    note = words(_POLICIES.get(row["policy"], row["policy"]))
    if row["parts"]["maintenance"]:
        counts = row["maintenance"] == "counted"
        treated = words("maintenance counted" if counts else "maintenance excluded")
        note = f"{note}{words.comma}{treated}"
    return _Row(
        kind,
        name,
        address,
        note,
        numbers.uptime(row["uptime"], words) or words("no data"),
        tuple(_time(row["parts"][status.value]) for status in PARTS),
        _time(row["total"]),
    )


def _time(seconds: int) -> str:
    """Return `720:00:00`, to the second: what is shown adds up as well."""
    return f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}" if seconds else "–"


def _incidents(
    report: MonthlyReportJson, titles: Mapping[str, str], words: Words
) -> Iterator[_Incident]:
    for reference in _references(report):
        names = [clean(each["name"]) for each in report["components"]
                 if reference in each["incidents"]]  # fmt: skip
        if reference in titles:
            yield _Incident(
                clean(titles[reference]),
                f"/status/incidents/{reference}",
                f"{reference} · {words.comma.join(names)}",
            )


def _references(report: MonthlyReportJson) -> list[str]:
    return sorted({each for row in report["components"] for each in row["incidents"]})


def reports_page(state: PageState, listed: Sequence[Listed], words: Words = ENGLISH) -> bytes:
    """Return the list of all reports."""
    return render_framed(
        "page/page-reports.html",
        state,
        words=words,
        path=ROOT,
        title=words("Monthly reports"),
        description=words("Uptime and incidents, month by month"),
        values={
            "reports": [
                (
                    f"{ROOT}/{each.month:%Y-%m}",
                    words.month(each.month),
                    words("Revision {n}", n=words.number(each.revision))
                    if each.revision
                    else words("Preliminary"),
                )
                for each in listed
            ],
            "signed": any(each.revision for each in listed),
        },
        here="reports",
    )


def verified_page(
    state: PageState, report: MonthlyReportJson, version: Version, words: Words = ENGLISH
) -> bytes:
    """Return what is said of a report that was looked up by its digest, and is genuine."""
    month = month_of(report)
    own = f"{ROOT}/{report['month']}"
    if report["revision"] != version.newest:
        own = f"{own}/{report['revision']}"
    return render_framed(
        "page/page-report-verified.html",
        state,
        words=words,
        path=f"{ROOT}/verify/{version.sha256}",
        title=words("Report, {month}", month=words.month(month)),
        description=words("This report is genuine."),
        values={
            "report": own,
            "month": words.month(month),
            "states": _states(state, report, version, words),
            "sha256": version.sha256,
        },
        here="report",
    )

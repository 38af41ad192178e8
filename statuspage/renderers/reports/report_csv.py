"""A monthly report as CSV: a line for the page, for each group and each component."""

from collections.abc import Iterator

from components.values import inert_csv
from statuspage.reports.document import MonthlyReportJson, ReportRowJson
from statuspage.reports.month import PARTS

CSV = "text/csv; charset=utf-8"
_COLUMNS = (
    *("month", "revision", "frozen_at", "kind", "slug", "name", "group", "policy", "maintenance"),
    *("total_seconds", *(f"{status.value}_seconds" for status in PARTS)),
    *("uptime_percent", "incidents"),
)


def report_csv(report: MonthlyReportJson) -> bytes:
    """Return the figures of a report; no spreadsheet takes a cell for a formula."""
    lines = [inert_csv.line(_COLUMNS), *(inert_csv.line(cells) for cells in _lines(report))]
    return "".join(lines).encode("utf-8", "replace")


def _lines(report: MonthlyReportJson) -> Iterator[list[object]]:
    page = report["page"]
    begin = [report["month"], report["revision"], report["frozen_at"] or ""]
    yield [*begin, "page", page["slug"], page["name"], "", *_figures(report["overall"])]
    for group in report["groups"]:
        yield [*begin, "group", "", group["name"], "", *_figures(group)]
    for each in report["components"]:
        yield [*begin, "component", each["slug"], each["name"], each["group"], *_figures(each)]


def _figures(row: ReportRowJson) -> list[object]:
    percent = row["uptime"]
    return [
        row["policy"],
        row["maintenance"],
        row["total"],
        *(row["parts"][status.value] for status in PARTS),
        "" if percent is None else percent,
        " ".join(row["incidents"]),
    ]

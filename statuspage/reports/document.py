"""The document of a report: its fields, and the canonical JSON that is signed.

Canonical is: keys in the order of their code points, no spaces, UTF-8, no line break at the end.
The numbers are integers but for `uptime`, which has four decimals at most.
"""

import hashlib
import json
import math
from typing import Annotated, Any, NotRequired, TypedDict, cast

from components.status import Status
from components.uptime.periods import uptime_percent
from components.values.json_types import Instant, OneOf

FORMAT = "monthly-uptime/1"


class ReportRowJson(TypedDict):
    """What a component, a group or a page was during the month."""

    policy: str
    """`worst`, `measured` or `declared`, as in the administration API; `overall` for several."""
    maintenance: Annotated[str, OneOf(("excluded", "counted"))]
    total: int
    """Seconds, to which the parts add up."""
    parts: dict[str, int]
    """Seconds by status."""
    uptime: float | None
    """Percent of known time, cut to four decimals; None with less than an hour of it."""
    incidents: list[str]
    """The references of incidents that counted."""


class ReportGroupJson(ReportRowJson):
    name: str


class ReportComponentJson(ReportRowJson):
    id: int
    slug: str
    name: str
    group: str
    """'' for none."""
    critical: bool
    counts_for_overall: bool


class ReportPageJson(TypedDict):
    slug: str
    name: str
    address: str


class ReportPreviousJson(TypedDict):
    revision: int
    sha256: str


MonthlyReportJson = TypedDict(
    "MonthlyReportJson",
    {
        "format": str,
        "page": ReportPageJson,
        "demo": bool,
        "month": str,
        "from": Instant,
        "until": Instant,
        "seconds": int,
        "overall": ReportRowJson,
        "groups": list[ReportGroupJson],
        "components": list[ReportComponentJson],
        "revision": int,
        "frozen_at": Instant | None,
        "reason": str,
        "previous": ReportPreviousJson | None,
        "key": NotRequired[str],
    },
)


class ListedReportJson(TypedDict):
    month: str
    revision: int
    """0 while it is preliminary."""
    address: str


class ReportListJson(TypedDict):
    reports: list[ListedReportJson]
    """The newest first."""


class VerifiedReportJson(TypedDict):
    genuine: bool
    page: str
    month: str
    revision: int
    newest_revision: int
    frozen_at: Instant | None
    key: str


_OF_A_REVISION = ("revision", "frozen_at", "reason", "previous", "key")


def canonical(report: MonthlyReportJson) -> str:
    """Return a report as the text that is signed, in UTF-8."""
    return json.dumps(report, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def parsed(document: str) -> MonthlyReportJson:
    """Return the report behind its canonical JSON."""
    return cast("MonthlyReportJson", json.loads(document))


def same_figures(one: MonthlyReportJson, other: MonthlyReportJson) -> bool:
    """Whether two revisions tell the same."""
    return _figures(one) == _figures(other)


def _figures(report: MonthlyReportJson) -> dict[str, Any]:
    return {name: value for name, value in report.items() if name not in _OF_A_REVISION}


def sha256(document: str) -> str:
    """Return the digest by which a report is looked up."""
    return hashlib.sha256(document.encode()).hexdigest()


def cut_percent(percent: float | None) -> float | None:
    """Return percent cut to four decimals, so that less than 100 never reads as 100."""
    if percent is None or percent >= 100:
        return percent
    return max(0, min(999_999, math.floor(round(percent * 10_000, 6)))) / 10_000


def row(
    parts: dict[Status, int],
    *,
    policy: str,
    maintenance_counts: bool = False,
    incidents: list[str],
) -> ReportRowJson:
    """Return what the seconds of a month say."""
    percent = uptime_percent(parts, maintenance_counts=maintenance_counts)
    return ReportRowJson(
        policy=policy,
        maintenance="counted" if maintenance_counts else "excluded",
        total=sum(parts.values()),
        parts={status.value: seconds for status, seconds in parts.items()},
        uptime=cut_percent(percent),
        incidents=incidents,
    )

"""One series for each component and monitor, up to a limit: the numbers of series stay bounded."""

from collections import Counter
from collections.abc import Iterable

from django.db.models import Count
from prometheus_client.metrics_core import Metric

from components.models import Component
from components.models.catalogue import group_path
from components.status import Status, Verdict
from components.values.severity import Severity
from incidents.models import Impact, Incident
from monitors.models import Check
from monitors.models.check import ANSWERING
from statuspage.edge.metrics.families import Family, Series, by_label, gauge, label_text

MAX_COMPONENTS = 2_000
MAX_CHECKS = 5_000
"""Of more than that the first by number have series; the rest is counted as left out."""
STATUS_NUMBERS = {
    Status.OPERATIONAL: 0,
    Status.MAINTENANCE: 1,
    Status.DEGRADED: 2,
    Status.PARTIAL_OUTAGE: 3,
    Status.MAJOR_OUTAGE: 4,
    Status.UNKNOWN: 5,
}
_CHECK_LABELS = ("id", "monitor", "component", "kind", "region")
_CHECK_COLUMNS = (
    "monitor_id", "monitor__name", "monitor__component__slug", "monitor__kind", "region_id",
    "verdict", "latency_ms", "checked", "certificate_ends", "monitor__last_number__value",
)  # fmt: skip


def catalogue_metrics() -> Iterable[Family]:
    """Yield status and open incidents of each component, and the state of each check."""
    yield from _components()
    yield from _incidents()
    yield from _checks()


def _components() -> Iterable[Metric]:
    kept = Component.objects.filter(retired_at=None).order_by("pk")
    columns = kept.values_list("slug", "name", "group__name", "group__parent__name", "status")
    rows = [
        (slug, name, group_path(group or "", parent or ""), status)
        for slug, name, group, parent, status in columns
    ]
    shown = rows[:MAX_COMPONENTS]
    yield gauge(
        "statuspage_component_status",
        "Status of a component: 0 operational, 1 maintenance, 2 degraded, 3 partial outage, 4 major"
        " outage, 5 unknown.",
        ("component", "name", "group"),
        [(tuple(names), STATUS_NUMBERS[Status(status)]) for *names, status in shown],
    )  # fmt: skip
    yield _left_out("components", len(rows) - len(shown))


def _incidents() -> Iterable[Metric]:
    is_open = Incident.objects.filter(resolved_at=None, published=True)
    counts = dict(is_open.values_list("severity").annotate(count=Count("id")).order_by())
    yield gauge(
        "statuspage_incidents_open", "Published incidents that are not resolved, by severity.",
        ("severity",), by_label([severity.value for severity in Severity], counts),
    )  # fmt: skip
    named = Impact.objects.filter(incident__in=is_open).values_list("component__slug")
    yield gauge(
        "statuspage_component_incidents_open", "Such incidents that name a component.",
        ("component",),
        sorted(((slug,), count) for slug, count in named.annotate(count=Count("id")).order_by()),
    )  # fmt: skip


def _checks() -> Iterable[Family]:
    active = Check.objects.filter(monitor__enabled=True).order_by("pk")
    total = active.count()
    up = Series(
        "statuspage_monitor_up",
        "Whether a monitor's target answers as it should, or at least in part (1), or is down (0);"
        " without a series while that is not known.",
    )
    latency = Series("statuspage_monitor_latency_seconds", "Time of a monitor's last good answer.")
    number = Series(
        "statuspage_monitor_number",
        "The newest number that was sent to a monitor, while it counts.",
    )
    made = Series(
        "statuspage_monitor_last_check_timestamp_seconds",
        "When a monitor's target was last checked.",
    )
    certificate = Series(
        "statuspage_monitor_certificate_expiry_timestamp_seconds",
        "When the certificate ends that a monitor's target last presented.",
    )
    verdicts: Counter[str] = Counter()
    for *names, verdict, latency_ms, at, ends, sent in active.values_list(*_CHECK_COLUMNS)[
        :MAX_CHECKS
    ]:
        labels = label_text(_CHECK_LABELS, names)
        verdicts[verdict] += 1
        if verdict in ANSWERING or verdict == Verdict.DOWN:
            up.add(labels, verdict in ANSWERING)
        if latency_ms is not None and verdict in ANSWERING:
            latency.add(labels, latency_ms / 1000)
        if sent is not None and verdict != Verdict.UNKNOWN:
            number.add(labels, sent)
        if at is not None:
            made.add(labels, at)
        if ends is not None:
            certificate.add(labels, ends)
    yield from (up, latency, number, made, certificate)
    yield gauge(
        "statuspage_monitors", "Monitors by region and by what is believed of them.", ("verdict",),
        by_label([verdict.value for verdict in Verdict], verdicts),
    )  # fmt: skip
    yield _left_out("monitors", total - min(total, MAX_CHECKS))


def _left_out(what: str, count: int) -> Metric:
    return gauge(
        f"statuspage_{what}_without_series", f"How many {what} are beyond the limit of series.", (),
        [((), count)],
    )  # fmt: skip

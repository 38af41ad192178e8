"""Monitors under the names and labels that Uptime Kuma gives them, for dashboards made for those.

Source of the names: `server/prometheus.js` there, release 2.0. What a monitor lacks is "null", as
there. It knows no regions: a monitor that is checked from several has a series for each, told
apart by one more label, `region`.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from components.status import Status, Verdict
from monitors.models import Check
from monitors.models.check import ANSWERING
from statuspage.edge.metrics import catalogue
from statuspage.edge.metrics.families import Series, label_text

NULL = "null"
UP, DOWN, PENDING, MAINTENANCE = 1, 0, 2, 3
TYPES = {
    "container": "docker", "endpoint": "http", "external": "push", "grpc": "grpc-keyword",
    "heartbeat": "push", "number": "push",
    "postgresql": "postgres", "tcp": "port", "websocket": "websocket-upgrade",
}  # fmt: skip
"""Its words for kinds of monitors; the others are called the same there, or not known."""
_LABELS = (
    "monitor_id", "monitor_name", "monitor_type", "monitor_url", "monitor_hostname",
    "monitor_port",
)  # fmt: skip
_COLUMNS = (
    "monitor_id", "monitor__name", "monitor__kind", "monitor__config", "region_id", "verdict",
    "latency_ms", "certificate_ends", "certificate_valid", "monitor__component__status",
)  # fmt: skip
_DAY = 86_400


def kuma_metrics(now: float) -> Iterable[Series]:
    """Return its four families, of the monitors that have series under our own names as well."""
    days = Series(
        "monitor_cert_days_remaining", "The number of days remaining until the certificate expires"
    )
    valid = Series("monitor_cert_is_valid", "Is the certificate still valid? (1 = Yes, 0= No)")
    times = Series("monitor_response_time", "Monitor Response Time (ms)")
    states = Series(
        "monitor_status", "Monitor Status (1 = UP, 0= DOWN, 2= PENDING, 3= MAINTENANCE)"
    )
    active = Check.objects.filter(monitor__enabled=True).order_by("pk")
    rows = list(active.values_list(*_COLUMNS)[: catalogue.MAX_CHECKS])
    regions = Counter(row[0] for row in rows)
    for pk, name, kind, config, region, verdict, latency_ms, ends, is_valid, status in rows:
        labels = _labels(pk, name, kind, config, region if regions[pk] > 1 else "")
        states.add(labels, _state(verdict, status))
        answers = latency_ms is not None and verdict in ANSWERING
        times.add(labels, latency_ms if answers else -1)
        if ends is not None:
            days.add(labels, math.floor((ends - now) / _DAY))
        if ends is not None or is_valid is not None:
            is_over = ends is not None and ends <= now
            valid.add(labels, is_valid is not False and not is_over)
    return days, valid, times, states


def _state(verdict: str, status: str) -> int:
    if status == Status.MAINTENANCE:
        return MAINTENANCE
    if verdict in ANSWERING:
        return UP
    return DOWN if verdict == Verdict.DOWN else PENDING


def _labels(pk: int, name: str, kind: str, config: Any, region: str) -> str:
    known: Mapping[str, Any] = config if isinstance(config, dict) else {}
    url, host, port = known.get("url"), known.get("host"), known.get("port")
    values = (
        pk, name, TYPES.get(kind, kind), _public(url) if isinstance(url, str) else NULL,
        host if isinstance(host, str) else NULL, port if isinstance(port, int) else NULL,
    )  # fmt: skip
    if not region:
        return label_text(_LABELS, values)
    return label_text((*_LABELS, "region"), (*values, region))


def _public(url: str) -> str:
    """Return an address without what may be a secret: credentials, the query and the fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return NULL
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()

"""The spans of checks, for a collector of traces: one for each check that was made."""

from collections.abc import Iterable

from components.values import spans
from monitors.probing.base import ProbeStatus
from monitors.worker.result_writer import CompletedCheck

_FAILED = (ProbeStatus.DOWN, ProbeStatus.INCONCLUSIVE)


def add_spans(batch: Iterable[CompletedCheck]) -> None:
    """Add the spans of checks, each a trace of its own; nothing of an address or a secret."""
    if not spans.is_on():
        return
    for completed in batch:
        result, monitor = completed.result, completed.target.monitor
        outcome = result.outcome
        attributes: dict[str, str | int | float | bool] = {
            "statuspage.monitor.id": monitor.pk,
            "statuspage.monitor.kind": monitor.kind,
            "statuspage.region": completed.target.region,
            "statuspage.check.outcome": str(outcome.status),
            "statuspage.check.late_ms": round(1000 * (result.started - result.probe.due)),
        }
        if outcome.code is not None:
            attributes["statuspage.check.code"] = outcome.code
        spans.add(
            f"check {monitor.kind}", attributes, kind=spans.CLIENT, began=result.started,
            ended=result.ended, failed=str(outcome.status) if outcome.status in _FAILED else "",
        )  # fmt: skip

"""What is sent: deliveries by state, the oldest that waits, what came back, who is suspended."""

from collections.abc import Iterable

from django.db.models import Count, Min
from prometheus_client.metrics_core import Metric

from statuspage.edge.metrics.families import by_label, gauge
from subscribers.delivery import holds
from subscribers.enums import BounceKind
from subscribers.models import Bounce, Delivery, Suspension


def waiting_metrics(now: float) -> Iterable[Metric]:
    """Yield what waits to be sent; by an index of what is due, however much was ever sent."""
    waiting = Delivery.objects.filter(due__isnull=False)
    rows = list(
        waiting.values("channel")
        .annotate(count=Count("id"), oldest=Min("created_at"))
        .order_by("channel")
    )
    yield gauge(
        "statuspage_deliveries_waiting", "Deliveries that are to be sent, or sent again.",
        ("channel",), [((row["channel"],), row["count"]) for row in rows],
    )  # fmt: skip
    oldest = [row["oldest"].timestamp() for row in rows if row["oldest"] is not None]
    yield gauge(
        "statuspage_delivery_oldest_seconds", "Age of the oldest delivery that waits; 0 for none.",
        (), [((), max(0.0, now - min(oldest)) if oldest else 0.0)],
    )  # fmt: skip
    yield gauge(
        "statuspage_deliveries_held", "Whether deliveries wait for a person's word (1).", (),
        [((), int(holds.active_hold() is not None))],
    )  # fmt: skip
    yield gauge(
        "statuspage_suspensions", "Subscribers who are sent nothing, for what was sent failed.", (),
        [((), Suspension.objects.filter(lifted_at=None).count())],
    )  # fmt: skip


def ledger_metrics() -> Iterable[Metric]:
    """Yield counts of the whole ledger, which may be large: looked at more rarely."""
    rows = Delivery.objects.values_list("channel", "state").annotate(count=Count("id")).order_by()
    yield gauge(
        "statuspage_deliveries", "Deliveries in the ledger by state.", ("channel", "state"),
        sorted(((channel, state), count) for channel, state, count in rows),
    )  # fmt: skip
    bounces = dict(Bounce.objects.values_list("kind").annotate(count=Count("id")).order_by())
    yield gauge(
        "statuspage_bounces", "Mails in the ledger that came back, by what that says.", ("kind",),
        by_label([kind.value for kind in BounceKind], bounces),
    )  # fmt: skip

"""How the work goes: progress of each role, checks, lateness, queues, journal, readers."""

from collections import Counter
from collections.abc import Iterable

from django.db.models import F, Sum
from django_q.brokers import get_broker
from prometheus_client.metrics_core import HistogramMetricFamily, Metric

from components import journal
from monitors.models import Check, Region, Slot, Vantage
from monitors.readers import selectors
from monitors.rules.reader_state import ReaderState
from monitors.worker.leases import oldest_due_age
from monitors.worker.tally import BUCKETS, OUTCOMES, totals_by_region
from statuspage.edge.metrics.families import add_histogram, counter, gauge
from statuspage.models import Progress
from statuspage.runtime.outside import results

QUEUES = ("probes", "notify")


def work_metrics(now: float) -> Iterable[Metric]:
    """Yield the figures of all roles on all machines, from the database."""
    yield _progress(now)
    yield from _checks(now)
    yield from _blindness()
    yield gauge(
        "statuspage_queue_tasks", "Wake-ups that wait in a queue of the workers.", ("queue",),
        [((queue,), get_broker(queue).queue_size()) for queue in QUEUES],
    )  # fmt: skip
    yield gauge(
        "statuspage_journal_entries", "Number of the journal's newest entry.", (),
        [((), journal.head())],
    )  # fmt: skip
    yield gauge(
        "statuspage_journal_lag_entries", "Entries that a reader of the journal is behind.",
        ("reader",), [((reader,), lag) for reader, lag in sorted(journal.lag().items())],
    )  # fmt: skip
    yield from _readers(now)
    yield from _outside()


def _progress(now: float) -> Metric:
    newest: dict[tuple[str, str], float] = {}
    marks = [(name.partition("@"), at) for name, at in Progress.objects.values_list("role", "at")]
    found = [((machine, role), at) for (role, _, machine), at in marks if machine]
    slots = Slot.objects.exclude(machine="").values_list("machine", "beat")
    found += [((machine, "probes"), at) for machine, at in slots]
    for key, at in found:
        newest[key] = max(at, newest.get(key, 0.0))
    return gauge(
        "statuspage_progress_age_seconds",
        "Seconds since a role made progress on a machine; a machine is forgotten after a day.",
        ("machine", "role"),
        [(key, max(0.0, now - at)) for key, at in sorted(newest.items())],
    )


def _checks(now: float) -> Iterable[Metric]:
    scheduled = Check.objects.filter(due__isnull=False)
    yield gauge(
        "statuspage_checks_scheduled", "Monitors, by region, that are checked at intervals.", (),
        [((), scheduled.count())],
    )  # fmt: skip
    yield gauge(
        "statuspage_check_oldest_due_seconds", "Lateness of the most overdue check.", (),
        [((), oldest_due_age(now=now))],
    )  # fmt: skip
    yield gauge(
        "statuspage_checks_skipped",
        "Checks left out because their time had passed before they could be made, of all monitors"
        " there are.",
        (), [((), Check.objects.aggregate(sum=Sum("skipped"))["sum"] or 0)],
    )  # fmt: skip
    totals = totals_by_region()
    yield counter(
        "statuspage_checks", "Checks that were made, by what they found.", ("region", "outcome"),
        [((region, name), sums[name]) for region, sums in totals.items() for name in OUTCOMES],
    )  # fmt: skip
    lateness = HistogramMetricFamily(
        "statuspage_check_lateness_seconds",
        "How much later than due checks began; those of agents are not among them.",
        labels=("region",),
    )
    for region, sums in totals.items():
        add_histogram(
            lateness, (region,), bounds=[bound for bound, _ in BUCKETS[:-1]],
            counts=[sums[column] for _, column in BUCKETS], total=sums["late_seconds"],
        )  # fmt: skip
    yield lateness


def _blindness() -> Iterable[Metric]:
    since = dict(
        Vantage.objects.filter(blind_since__isnull=False).values_list(F("region_id"), "blind_since")
    )
    regions = Region.objects.values_list("code", flat=True)
    yield gauge(
        "statuspage_region_blind",
        "Whether a region's own network or its name servers are gone (1), so that nothing counts.",
        ("region",), [((region,), int(region in since)) for region in regions],
    )  # fmt: skip
    yield gauge(
        "statuspage_region_blind_since_timestamp_seconds", "Since when a region has no network.",
        ("region",), sorted(((region,), at) for region, at in since.items()),
    )  # fmt: skip


def _readers(now: float) -> Iterable[Metric]:
    states = Counter(str(state.value) for _, state in selectors.listed_readers(now=now))
    yield gauge(
        "statuspage_readers", "Readers by state.", ("state",),
        [((state.value,), states[state.value]) for state in ReaderState],
    )  # fmt: skip
    usage = selectors.resource_usage(now=now)
    for name in ("cpu", "memory", "storage"):
        yield gauge(
            f"statuspage_{name}_usage_ratio", f"Mean use of {name} over live readers, from 0 to 1.",
            (), [((), getattr(usage, name) / 100)],
        )  # fmt: skip


def _outside() -> Iterable[Metric]:
    machines = results.dead_man_pings()
    yield gauge(
        "statuspage_dead_man_answered_timestamp_seconds",
        "When the dead-man's switch last answered a machine's beat.", ("machine",),
        [((machine,), row.ok_at) for machine, row in sorted(machines.items()) if row.ok_at],
    )  # fmt: skip
    certificate, mail = results.of(results.CERTIFICATE), results.of(results.MAIL)
    yield gauge(
        "statuspage_own_certificate_expiry_timestamp_seconds",
        "When the certificate at the product's public address ends.", (),
        [((), certificate.number)] if certificate and certificate.number else [],
    )  # fmt: skip
    yield gauge(
        "statuspage_own_certificate_ok",
        "Whether that certificate and its chain are valid, for more than two weeks (1).", (),
        [((), int(certificate.ok))] if certificate else [],
    )  # fmt: skip
    yield gauge(
        "statuspage_mail_up", "Whether the mail server could be reached and let us in (1).", (),
        [((), int(mail.ok))] if mail else [],
    )  # fmt: skip

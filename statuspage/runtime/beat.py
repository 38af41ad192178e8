"""The scheduler of periodic jobs: everything that happens because time passes, and nothing else.

Each job can be done twice without harm, so any number of beats may run; each is tried on its
own, so one that fails does not keep the others from being done.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django_q.brokers import get_broker
from django_q.tasks import async_task

from components import limiting
from components.database.errors import is_unavailable
from components.database.sqlite.statistics import refresh_statistics
from components.journal import is_behind
from incidents.jobs import publish_due_incidents
from maintenance.jobs import (
    create_recurring_windows,
    publish_due_windows,
    remind_of_windows,
    transition_due_windows,
)
from monitors.external_alerts import evaluation as alert_evaluation
from monitors.heartbeats import evaluation
from monitors.history import retention
from monitors.history.aggregation import aggregate
from monitors.pushed_numbers import evaluation as number_evaluation
from monitors.readers import self_report
from monitors.readers.host_metrics import HostMetrics
from monitors.readers.services import delete_expired
from monitors.rules.reader_state import LISTED_SECONDS
from monitors.worker import slots
from monitors.worker.clock_shift import ClockFollower, reset_far_future
from statuspage.access.announcements import move_announcements
from statuspage.api import idempotency_retention
from statuspage.automation import alerts, auto_incidents, notices, quiet_incidents
from statuspage.publishing import projector, snapshot, static_site
from statuspage.reports.freezing import Freezer
from statuspage.runtime import progress
from statuspage.runtime import retention as old_records
from statuspage.runtime.discovery_watch import LOOK_SECONDS, DiscoveryWatch
from statuspage.runtime.evidence_watch import EvidenceWatch
from statuspage.runtime.incremental import IncrementalTask
from statuspage.runtime.keys import check
from statuspage.runtime.outside.dead_man import CHECK_SECONDS, DeadMansSwitch
from statuspage.runtime.outside.watch import OutsideWatch
from statuspage.runtime.progress import machine_number
from statuspage.state.builder import READER
from subscribers import services
from subscribers.alerting import service
from subscribers.delivery import outbox, restore_detection
from subscribers.delivery.fanout import has_pending_notices
from subscribers.delivery.lease_watch import LeaseWatch

log = logging.getLogger(__name__)

TICK_SECONDS = 0.25
REFRESH_SECONDS = 20.0
"""How often figures (uptime, "checked at") are published when nothing changes; 30 s is promised."""
CANARY_SECONDS = 2.0
AGGREGATION_SECONDS = 10.0
PRUNE_SECONDS = 300.0
RECORDS_SECONDS = 3600.0
HOST_SECONDS = 12.0
MAX_BACKLOG = 8
"""Wake-ups waiting in a queue beyond which no more are put there: no worker is taking them."""


@dataclass(slots=True)
class PeriodicJob:
    """A function run every `every` seconds; `due` is an instant of the monotonic clock."""

    name: str
    every: float
    run: Callable[[datetime], object]
    due: float = 0.0


def periodic_jobs() -> list[PeriodicJob]:
    """Return all jobs of beat, in the order in which they run."""
    options = settings.STATUSPAGE
    periods = retention.RetentionPeriods(
        options.results_hours, options.minute_rows_days, options.hour_rows_days
    )
    aggregation = IncrementalTask(
        lambda now: aggregate(now=now, results_hours=periods.results_hours),
        every=AGGREGATION_SECONDS,
    )
    pruning = IncrementalTask(
        lambda now: retention.prune(now=now, periods=periods), every=PRUNE_SECONDS
    )
    kept = old_records.Periods(options.journal_days, options.deliveries_days, options.alerts_days)
    records = IncrementalTask(
        lambda now: old_records.prune_and_tell(now, kept), every=RECORDS_SECONDS
    )
    clock_follower = ClockFollower()
    evidence_watch = EvidenceWatch(clock_follower)
    automation = auto_incidents.AutomationRunner()
    background_writer = static_site.BackgroundWriter()
    freezer = Freezer(snapshot.published_state)
    return [
        # First: all that follows reads the clock.
        PeriodicJob("follow the clock", 0.0, lambda now: clock_follower.follow()),
        PeriodicJob(
            "pull back what is due too late",
            60.0,
            lambda now: reset_far_future(now=now.timestamp()),
        ),
        PeriodicJob("staff the probe shifts", 1.0, staff_shifts),
        PeriodicJob("forget stale evidence", 1.0, evidence_watch.check),
        PeriodicJob(
            "judge heartbeats", 0.5, lambda now: evaluation.evaluate_due(now=now.timestamp())
        ),
        PeriodicJob(
            "look for silent senders of alerts",
            0.5,
            lambda now: alert_evaluation.evaluate_due(now=now.timestamp()),
        ),
        PeriodicJob(
            "look for numbers that do not come",
            0.5,
            lambda now: number_evaluation.evaluate_due(now=now.timestamp()),
        ),
        PeriodicJob("publish incidents", 0.5, lambda now: publish_due_incidents(now=now)),
        # Before it moves: what is published late may have begun.
        PeriodicJob("publish maintenance", 0.5, lambda now: publish_due_windows(now=now)),
        PeriodicJob("move maintenance windows", 1.0, lambda now: transition_due_windows(now=now)),
        PeriodicJob("show and end announcements", 1.0, lambda now: move_announcements(now=now)),
        PeriodicJob("remind of maintenance", 5.0, lambda now: remind_of_windows(now=now)),
        PeriodicJob("make recurring windows", 15.0, lambda now: create_recurring_windows(now=now)),
        PeriodicJob("catch up with the journal", 1.0, ProjectorCatchUp().check),
        PeriodicJob("act on what was measured", 0.5, lambda now: automation.run(now=now)),
        # Before anything is sent: whether the store was set back.
        PeriodicJob(
            "look for a restored store",
            10.0,
            lambda now: restore_detection.detect_restore(now=now.timestamp()),
        ),
        PeriodicJob("remind of quiet incidents", 30.0, lambda now: quiet_incidents.remind(now=now)),
        PeriodicJob("tell of what changed", 0.5, lambda now: notices.run(now=now)),
        PeriodicJob("look at sign-ups", 1.0, lambda now: services.process_signups(now=now)),
        PeriodicJob(
            "forget old sign-ups", 60.0, lambda now: services.delete_expired_signups(now=now)
        ),
        PeriodicJob("free what dead senders had", 1.0, LeaseWatch().check),
        PeriodicJob("staff the senders", 0.5, staff_senders),
        PeriodicJob("renew the figures", 1.0, FigureRefresh().check),
        PeriodicJob("freeze monthly reports", 1.0, freezer.step),
        PeriodicJob("write the rest of the copy on disk", 1.0, background_writer.step),
        PeriodicJob(
            "forget old idempotency keys", 60.0, lambda now: idempotency_retention.prune(now=now)
        ),
        PeriodicJob("alert operators", 0.5, lambda now: alerts.run(now=now)),
        PeriodicJob("escalate alerts", 5.0, lambda now: service.escalate(now=now)),
        PeriodicJob("forget uses that count no more", 60.0, lambda now: limiting.prune(now=now)),
        PeriodicJob("fold results", 0.5, lambda now: aggregation.step(now=now.timestamp())),
        PeriodicJob("delete what is too old", 0.5, lambda now: pruning.step(now=now.timestamp())),
        PeriodicJob("delete old records", 0.5, lambda now: records.step(now=now.timestamp())),
        PeriodicJob("know large tables", 86_400.0, lambda now: refresh_statistics()),
        PeriodicJob("prove that senders work", CANARY_SECONDS, send_canary),
        PeriodicJob("forget readers long dead", 60.0, delete_dead_readers),
        PeriodicJob(
            "look at the ages of heartbeats",
            settings.STATUSPAGE.heartbeat_check_interval,
            evidence_watch.check_readers,
        ),
        PeriodicJob(
            "judge groups of readers",
            0.5,
            evidence_watch.check_groups,
        ),
        PeriodicJob("measure this machine", HOST_SECONDS, measure_host),
        PeriodicJob(
            "report the keys of this machine", 10.0, lambda now: check.report(now=now.timestamp())
        ),
        PeriodicJob("look at certificate and mail", 60.0, OutsideWatch().check),
        PeriodicJob("look for targets and containers", LOOK_SECONDS, DiscoveryWatch().check),
        PeriodicJob("ask for the dead-man's switch", CHECK_SECONDS, DeadMansSwitch().check),
        # Last: beat has made progress when it has been through all of the above.
        PeriodicJob("mark progress", 1.0, lambda now: progress.mark("beat")),
    ]


def run(
    *,
    stopping: Callable[[], bool],
    clock: Callable[[], float] = time.time,
    on_progress: Callable[[], None] = lambda: None,
) -> None:
    """Run each job when it is due, until asked to stop; `on_progress` after each, if it succeeded
    or not: only one that hangs is no progress."""
    jobs = periodic_jobs()
    between_jobs = PeriodicJob("mark progress", 1.0, lambda now: progress.mark_if_due("beat"))
    while not stopping():
        began = time.monotonic()
        for job in jobs:
            if job.due > began or stopping():
                continue
            job.due = began + job.every
            if _attempt(job, datetime.fromtimestamp(clock(), UTC)):
                # Busy is not stalled: each job that was done is progress.
                _attempt(between_jobs, datetime.fromtimestamp(clock(), UTC))
            on_progress()
        time.sleep(max(0.01, TICK_SECONDS - (time.monotonic() - began)))


def _attempt(job: PeriodicJob, now: datetime) -> bool:
    """Run a job; return whether it was done.

    One that failed because the database is away is tried again a second later.
    """
    try:
        job.run(now)
    except Exception as error:
        if isinstance(error, DatabaseError | InterfaceError):
            connection.close()
            job.due += 1.0
        # Of an outage the process says once what there is to say (`components.database.outage`).
        if not is_unavailable(error):
            log.exception("could not %s", job.name)
        return False
    return True


def staff_shifts(now: datetime) -> None:
    """Queue a probe shift for each slot that is free."""
    options = settings.STATUSPAGE
    free_slots = slots.slots_to_fill(
        region=options.region, count=options.probe_shifts, now=now.timestamp()
    )
    if free_slots and get_broker("probes").queue_size() < MAX_BACKLOG:
        for slot in free_slots:
            async_task("monitors.tasks.probe_shift", slot, cluster="probes")


def staff_senders(now: datetime) -> None:
    """Queue a wake-up for the senders when there is something to send, one for each worker."""
    has_work = has_pending_notices() or outbox.has_due(now=now.timestamp())
    if has_work and get_broker("notify").queue_size() < settings.STATUSPAGE.notify_workers:
        async_task("statuspage.tasks.deliver", cluster="notify")


def send_canary(now: datetime) -> None:
    """Queue a canary for this machine's workers; a probe shift at work needs none."""
    options = settings.STATUSPAGE
    has_slot, _ = slots.slot_status(
        region=options.region, machine=options.machine, now=now.timestamp()
    )
    for queue in ("notify",) if has_slot else ("notify", "probes"):
        if get_broker(queue).queue_size() < MAX_BACKLOG:
            async_task(
                "statuspage.tasks.prove_progress",
                machine_number(options.machine),
                now.timestamp(),
                cluster=queue,
            )


class ProjectorCatchUp:
    """A projection of what a writer that died has left undone.

    A page that is behind is mostly being rendered by the process that brought the change: it is
    published from here only if it is so at the next check as well.
    """

    def __init__(self) -> None:
        self._behind = False

    def check(self, now: datetime) -> None:
        """Project what is left undone, if anything is."""
        behind = snapshot.is_behind()
        if is_behind(READER) or (behind and self._behind):
            projector.catch_up()
        self._behind = behind


class FigureRefresh:
    """A publication although nothing changed, of what is old: figures move by time."""

    def __init__(self) -> None:
        self._built_at: datetime | None = None

    def check(self, now: datetime) -> None:
        """Publish if what is published is older than `REFRESH_SECONDS`."""
        if self._is_fresh(now):
            return  # what was published since is younger still
        if published := snapshot.published_identity():
            self._built_at = published[1]
        if not self._is_fresh(now):
            self._built_at = snapshot.publish(now=now).built_at

    def _is_fresh(self, now: datetime) -> bool:
        # One that was built in the future is none: the clock was set back.
        age = None if self._built_at is None else (now - self._built_at).total_seconds()
        return age is not None and -REFRESH_SECONDS < age < REFRESH_SECONDS


def delete_dead_readers(now: datetime) -> None:
    """Delete readers, and marks of progress, that are long dead."""
    delete_expired(now=now.timestamp())
    progress.delete_expired(before=now.timestamp() - LISTED_SECONDS)
    check.delete_expired(before=now.timestamp() - LISTED_SECONDS)


@cache
def _host() -> HostMetrics:
    return HostMetrics(folder=settings.STATUSPAGE.data_dir)


def reset() -> None:
    """Measure the host's rates from now on, as a process that begins anew; for tests."""
    _host.cache_clear()


def measure_host(now: datetime) -> None:
    """Report this machine's metrics with beat's heartbeat."""
    if not _host.cache_info().currsize:
        _host()  # rates need a time to be measured over
        return
    self_report.report("beat", now=now.timestamp(), metrics=_host().measure())

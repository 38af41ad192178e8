"""The scenario of the demonstration: past incidents and maintenance, as operators wrote them."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from components.status import Status, worst
from components.values.severity import Severity
from incidents.workflow import IncidentState


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which a component was not operational. Minutes count from the incident's start."""

    component: str
    status: Status
    begins: int
    minutes: int


@dataclass(frozen=True, slots=True)
class ScenarioUpdate:
    """One public update, `after` minutes from the incident's start."""

    after: int
    state: IncidentState
    message: str


@dataclass(frozen=True, slots=True)
class IncidentScenario:
    """A past incident. Its last update resolves it, when every outage is over."""

    title: str
    severity: Severity
    days_ago: int
    at: time
    outages: tuple[Outage, ...]
    words: tuple[ScenarioUpdate, ...]

    @property
    def impacts(self) -> dict[str, Status]:
        """Return the worst status of each component."""
        return {
            outage.component: worst(
                s.status for s in self.outages if s.component == outage.component
            )
            for outage in self.outages
        }


@dataclass(frozen=True, slots=True)
class Work:
    """A maintenance window. Negative `days_ago` lies ahead."""

    title: str
    message: str
    days_ago: int
    at: time
    minutes: int
    components: tuple[str, ...]


def instant(days_ago: int, at: time, *, now: datetime, minutes: int = 0) -> datetime:
    """Return the instant `minutes` after the time `at` (UTC) of the day `days_ago` days back."""
    start = datetime.combine(now.date() - timedelta(days=days_ago), at, tzinfo=UTC)
    return start + timedelta(minutes=minutes)


_INVESTIGATING, _IDENTIFIED, _MONITORING, _RESOLVED = IncidentState

INCIDENTS = (
    IncidentScenario(
        title="Slow responses in the dashboard",
        severity=Severity.MINOR,
        days_ago=2,
        at=time(9, 20),
        outages=(Outage("dashboard", Status.DEGRADED, 0, 64),),
        words=(
            ScenarioUpdate(
                9,
                _INVESTIGATING,
                "Pages of the dashboard take 5 to 10 seconds to open. The API is not affected: "
                "running jobs and requests go on as usual.",
            ),
            ScenarioUpdate(
                41,
                _MONITORING,
                "A report that loads usage for a whole year was started by many workspaces at "
                "once. We have paused it; pages are getting faster.",
            ),
            ScenarioUpdate(
                72,
                _RESOLVED,
                "Pages open in under a second again since 10:24 UTC. Usage reports now run one "
                "at a time per workspace, so this cannot slow down the rest again.",
            ),
        ),
    ),
    IncidentScenario(
        title="Elevated errors on inference requests",
        severity=Severity.MAJOR,
        days_ago=5,
        at=time(14, 2),
        outages=(
            Outage("inference-routing", Status.PARTIAL_OUTAGE, 0, 47),
            Outage("inference-routing", Status.DEGRADED, 47, 22),
            Outage("ai-services", Status.DEGRADED, 3, 66),
        ),
        words=(
            ScenarioUpdate(
                4,
                _INVESTIGATING,
                "About one inference request in three fails with 503. Requests that fail can be "
                "retried safely; nothing is charged for them.",
            ),
            ScenarioUpdate(
                29,
                _IDENTIFIED,
                "One of three routers lost its connection to the model store after a "
                "configuration change at 13:58 UTC. We are rolling the change back.",
            ),
            ScenarioUpdate(
                81,
                _RESOLVED,
                "All three routers answer normally since 15:11 UTC. Configuration changes now "
                "reach one router first, and the others only after ten good minutes.",
            ),
        ),
    ),
    IncidentScenario(
        title="API unavailable for 19 minutes",
        severity=Severity.CRITICAL,
        days_ago=11,
        at=time(2, 41),
        outages=(
            Outage("api", Status.MAJOR_OUTAGE, 0, 19),
            Outage("api", Status.DEGRADED, 19, 12),
            Outage("dashboard", Status.MAJOR_OUTAGE, 1, 19),
        ),
        words=(
            ScenarioUpdate(
                3,
                _INVESTIGATING,
                "The API does not answer, and the dashboard with it. Models that are already "
                "running keep serving the requests they hold.",
            ),
            ScenarioUpdate(
                14,
                _IDENTIFIED,
                "The certificate of an internal load balancer expired at 02:41 UTC. A new one is "
                "being installed.",
            ),
            ScenarioUpdate(
                46,
                _RESOLVED,
                "The API answers since 03:00 UTC and at its usual speed since 03:12 UTC. The "
                "certificate was missing from our renewal list; we have compared that list with "
                "every listener we run and found no other.",
            ),
        ),
    ),
    IncidentScenario(
        title="Training jobs start late",
        severity=Severity.MINOR,
        days_ago=33,
        at=time(16, 15),
        outages=(Outage("training", Status.DEGRADED, 0, 190),),
        words=(
            ScenarioUpdate(
                22,
                _INVESTIGATING,
                "New training jobs wait up to 40 minutes before they start. Jobs that run are "
                "not affected, and none is lost.",
            ),
            ScenarioUpdate(
                201,
                _RESOLVED,
                "The queue is empty since 19:25 UTC. A full disk on the scheduler held jobs back; "
                "it now warns us long before.",
            ),
        ),
    ),
    IncidentScenario(
        title="GPU clusters without power in one hall",
        severity=Severity.MAJOR,
        days_ago=58,
        at=time(21, 7),
        outages=(
            Outage("clusters", Status.MAJOR_OUTAGE, 0, 26),
            Outage("clusters", Status.PARTIAL_OUTAGE, 26, 118),
        ),
        words=(
            ScenarioUpdate(
                8,
                _INVESTIGATING,
                "Reserved and on-demand GPUs cannot be reached. We are on the phone with the data "
                "centre.",
            ),
            ScenarioUpdate(
                37,
                _IDENTIFIED,
                "One of two power feeds failed in one hall. Machines on the other feed are back; "
                "the rest start as the feed returns. Jobs resume from their last checkpoint.",
            ),
            ScenarioUpdate(
                152,
                _RESOLVED,
                "All machines run again since 23:31 UTC. Time without a machine is credited "
                "without a request.",
            ),
        ),
    ),
    IncidentScenario(
        title="Uploads to storage fail",
        severity=Severity.MINOR,
        days_ago=74,
        at=time(11, 33),
        outages=(Outage("storage", Status.PARTIAL_OUTAGE, 0, 41),),
        words=(
            ScenarioUpdate(
                11,
                _INVESTIGATING,
                "Uploads of files above 5 GB fail. Downloads and smaller uploads work.",
            ),
            ScenarioUpdate(
                55,
                _RESOLVED,
                "Uploads of any size work since 12:14 UTC. A new proxy had a lower limit than the "
                "one it replaced.",
            ),
        ),
    ),
)

PAST_WORK = Work(
    title="Database upgrade",
    message="Managed databases restart once, for up to ten minutes each.",
    days_ago=19,
    at=time(3, 0),
    minutes=90,
    components=("database", "model-storage"),
)
COMING_WORK = Work(
    title="Renewal of certificates and router firmware",
    message="Routers restart one after another. Requests under way are finished first; a few may "
    "take a second longer than usual.",
    days_ago=-1,
    at=time(4, 0),
    minutes=90,
    components=("inference-routing", "shared-agents"),
)

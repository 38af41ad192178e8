"""What `/metrics` tells, and that a scrape never waits for the database (F-O11, P09)."""

import re
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from components.status import Status, Verdict
from components.values.severity import Severity
from incidents.models import Impact, Incident
from monitors.models import Check, Slot, Vantage
from monitors.worker.tally import Tally
from statuspage.edge.metrics import catalogue, exposition
from statuspage.edge.metrics.exposition import Exposition, Part, exposition_of, store_parts
from statuspage.edge.metrics.families import gauge
from statuspage.edge.pages import PublicPages
from statuspage.models import Progress
from statuspage.publishing import snapshot
from tests import build
from tests.counterparts import program

pytestmark = [pytest.mark.both, pytest.mark.django_db]

Samples = dict[str, dict[tuple[tuple[str, str], ...], float]]


def samples_of(text: bytes) -> Samples:
    found: Samples = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            labels = tuple(sorted(sample.labels.items()))
            assert labels not in found.get(sample.name, {}), f"{sample.name} {labels} twice"
            found.setdefault(sample.name, {})[labels] = sample.value
    return found


def whole_text() -> bytes:
    """The text as a scrape has it, gathered in this thread, which sees the test's transaction."""
    pages = PublicPages()
    if snapshot.published_version() is not None:
        pages.install(snapshot.publish(now=datetime.now(UTC)))
    made = Exposition(pages, streams=lambda: 2)
    made._look = lambda: None  # type: ignore[method-assign]
    made._looked.set()
    for part in made._parts:
        made._gather_part(part)
    return made.text()


def labels(**named: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(named.items()))


@pytest.fixture
def platform() -> Check:
    """One of everything that has a series of its own."""
    now = time.time()
    component = build.component(name='Web "shop" ü\\')
    monitor = build.monitor(component)
    check = build.check(monitor)
    Check.objects.filter(pk=check.pk).update(
        verdict=Verdict.UP, latency_ms=250.0, checked=now - 5, due=now + 5,
        certificate_ends=1_900_000_000.0,
    )  # fmt: skip
    type(component).objects.filter(pk=component.pk).update(status=Status.UNKNOWN)
    Progress.objects.create(role="beat@m1", at=now - 3)
    Progress.objects.create(role="beat@m2", at=now - 300)
    Slot.objects.create(region="global", number=0, machine="m1", beat=now - 2)
    Vantage.objects.create(region_id=check.region_id, blind_since=now - 60)
    incident = Incident.objects.create(
        title="Slow", severity=Severity.MAJOR, started_at=datetime.now(UTC), published=True
    )
    Impact.objects.create(incident=incident, component=component, status=Status.DEGRADED)
    snapshot.publish(now=datetime.now(UTC) - timedelta(seconds=30))
    return check


def test_fo11_every_figure_is_there(platform: Check) -> None:
    tally = Tally(region="global", slot=0)
    tally._counts.update({"late_100ms": 3, "late_1s": 1, "up": 3, "blind": 1})
    tally._late_seconds = 0.9
    tally.store()
    tally._counts.update({"later": 1, "up": 1})
    tally._late_seconds = 90.0
    tally.store()

    told = samples_of(whole_text())

    lateness = told["statuspage_check_lateness_seconds_bucket"]
    assert lateness[labels(region="global", le="0.1")] == 3
    assert lateness[labels(region="global", le="1.0")] == 4
    assert lateness[labels(region="global", le="+Inf")] == 5
    assert told["statuspage_check_lateness_seconds_sum"][labels(region="global")] == 90.9
    assert told["statuspage_checks_total"][labels(region="global", outcome="up")] == 4
    ages = told["statuspage_progress_age_seconds"]
    assert {dict(each)["machine"] for each in ages} >= {"m1", "m2"}
    assert ages[labels(machine="m2", role="beat")] > 100 > ages[labels(machine="m1", role="beat")]
    assert labels(machine="m1", role="probes") in ages
    assert told["statuspage_region_blind"][labels(region=platform.region_id)] == 1
    assert told["statuspage_incidents_open"][labels(severity="major")] == 1
    assert told["statuspage_delivery_oldest_seconds"] == {(): 0}
    assert told["statuspage_database_up"] == {(): 1}
    assert "python" in dict(next(iter(told["statuspage_build_info"])))
    assert sum(told["statuspage_streams"].values()) == 2
    for name in (
        "statuspage_event_loop_lag_seconds_bucket", "statuspage_queue_tasks",
        "statuspage_suspensions", "statuspage_bounces", "statuspage_snapshot_age_seconds",
        "statuspage_journal_entries", "statuspage_metrics_age_seconds",
    ):  # fmt: skip
        assert name in told, name


def test_fo11_a_monitor_and_a_component_have_series(platform: Check) -> None:
    told = samples_of(whole_text())

    monitor, component = platform.monitor, platform.monitor.component
    named = labels(
        id=str(monitor.pk), monitor=monitor.name, component=component.slug, kind=monitor.kind,
        region=platform.region_id,
    )  # fmt: skip
    assert told["statuspage_monitor_up"][named] == 1
    assert told["statuspage_monitor_latency_seconds"][named] == 0.25
    assert told["statuspage_monitor_last_check_timestamp_seconds"][named] == pytest.approx(
        time.time(), abs=600
    )
    ends = told["statuspage_monitor_certificate_expiry_timestamp_seconds"]
    assert ends == {named: 1_900_000_000}
    status = {dict(key)["component"]: value
              for key, value in told["statuspage_component_status"].items()}  # fmt: skip
    assert status[component.slug] == 5
    assert told["statuspage_component_incidents_open"][labels(component=component.slug)] == 1


def test_fo11_what_is_not_known_has_no_up_or_down(platform: Check) -> None:
    Check.objects.filter(pk=platform.pk).update(verdict=Verdict.UNKNOWN)

    assert "statuspage_monitor_up" not in samples_of(whole_text())


def test_fo11_the_number_of_series_is_bounded(
    platform: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        build.check(build.monitor(build.component(), name=f"m{number}"))
    monkeypatch.setattr(catalogue, "MAX_CHECKS", 2)
    monkeypatch.setattr(catalogue, "MAX_COMPONENTS", 1)

    told = samples_of(whole_text())

    assert told["statuspage_monitors_without_series"] == {(): Check.objects.count() - 2}
    assert len(told["statuspage_component_status"]) == 1


def test_fo11_the_number_of_queries_does_not_grow(platform: Check) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            for part in store_parts():
                exposition_of(part.gather(time.time()))
        return len(captured)

    before = queries()
    for number in range(3):
        build.check(build.monitor(build.component(), name=f"m{number}"))

    assert queries() == before <= 32


def test_names_follow_the_conventions_of_prometheus(platform: Check) -> None:
    """Base units, `_total` for counters alone, HELP for each; `promtool` says the same."""
    for family in text_string_to_metric_families(whole_text().decode()):
        assert family.documentation.endswith("."), family.name
        assert re.fullmatch(r"statuspage_[a-z_]+", family.name)
        assert not re.search(r"_(ms|milliseconds|percent|minutes|hours|days)$", family.name)


def test_promtool_finds_nothing_wrong(platform: Check) -> None:
    checked = subprocess.run(
        [program("promtool"), "check", "metrics"],
        input=whole_text(),
        capture_output=True,
        check=False,
    )

    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")


class Scripted:
    """A part of the metrics that does as it is told."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.may_go = threading.Event()
        self.may_go.set()
        self.value = 1

    def gather(self, now: float) -> Iterator[Metric]:
        self.may_go.wait(60)
        if self.error:
            raise self.error
        yield gauge("statuspage_x", "X.", (), [((), self.value)])


def text_of(made: Exposition) -> Samples:
    for part in made._parts:
        part.due = 0.0
    return samples_of(made.text())


def test_fo11_while_the_database_is_away_the_last_known_stays_with_its_age(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    scripted = Scripted()
    made = Exposition(PublicPages(), streams=lambda: 0, parts=[Part("scripted", scripted.gather)])
    before = text_of(made)
    scripted.error = OperationalError("gone")

    away, still = text_of(made), text_of(made)
    scripted.error, scripted.value = None, 7
    back = text_of(made)

    assert before["statuspage_x"] == away["statuspage_x"] == still["statuspage_x"] == {(): 1}
    assert [told["statuspage_database_up"][()] for told in (before, away, back)] == [1, 0, 1]
    assert labels(part="scripted") in away["statuspage_metrics_age_seconds"]
    assert back["statuspage_x"] == {(): 7}
    assert caplog.text.count("as they last were") == 1


def test_fo11_a_database_that_hangs_keeps_no_scrape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposition, "PATIENCE", 0.05)
    scripted = Scripted()
    made = Exposition(PublicPages(), streams=lambda: 0, parts=[Part("scripted", scripted.gather)])
    scripted.may_go.clear()
    try:
        hanging = [text_of(made) for _ in range(3)]
        threads = [each for each in threading.enumerate() if each.name == "metrics"]
    finally:
        scripted.may_go.set()

    assert all(told["statuspage_database_up"] == {(): 0} for told in hanging)
    assert "statuspage_build_info" in hanging[0]
    assert len(threads) == 1
    threads[0].join(60)


def test_a_part_is_not_gathered_with_every_scrape() -> None:
    scripted = Scripted()
    made = Exposition(PublicPages(), streams=lambda: 0, parts=[Part("scripted", scripted.gather)])
    made.text()
    scripted.value = 2

    assert samples_of(made.text())["statuspage_x"] == {(): 1}

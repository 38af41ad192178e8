"""What agents report moves health, journal and schedule as a worker's findings do."""

from typing import Any

import pytest

from components.models import JournalEntry
from monitors.agent.protocol import Report
from monitors.agent_reports import (
    RegionTakenError,
    UnknownRegionError,
    assignments,
    claim_region,
    receive_report,
)
from monitors.models import Agent, Check, Monitor, Result, Slot
from monitors.services import save_monitor
from monitors.worker.stale_evidence import expire_evidence
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
NOW = 1_800_000_000.0
WEST = "us-west"


@pytest.fixture
def monitor() -> Monitor:
    return build.monitor(regions=(build.region(WEST, "West"),), confirm_down=0, now=NOW - 100)


def found(check: Check, at: float, word: str = "up", **fields: Any) -> dict[str, Any]:
    values = {"check": check.pk, "revision": check.revision, "due": at, "started": at}
    return {**values, "ended": at + 0.1, "word": word, "latency_ms": 12.0, **fields}


def report(sequence: int, *results: dict[str, Any], stream: str = "s", region: str = WEST) -> bool:
    told = Report.model_validate(
        {
            "agent": "a",
            "region": region,
            "stream": stream,
            "sequence": sequence,
            "results": results,
        }
    )
    Agent.objects.update_or_create(name="a", defaults={"region": region, "seen": NOW})
    return receive_report(told, now=NOW + 1000)


def turns() -> list[str]:
    rows = JournalEntry.objects.filter(kind="monitor.state_changed").order_by("id")
    return [row.data["verdict"] for row in rows]


def test_results_move_belief_schedule_and_journal(monitor: Monitor) -> None:
    check = build.check(monitor)

    report(1, found(check, NOW), found(check, NOW + 10, "down", message="refused"))

    check.refresh_from_db()
    assert (check.verdict, check.since, check.message) == ("down", NOW + 10, "refused")
    assert check.due is not None
    assert NOW + 10 < check.due <= NOW + 20.2
    assert (check.lease, check.leased_until) == ("", 0)
    assert turns() == ["up", "down"]


def test_p09_what_an_agent_saw_of_a_certificate_is_kept(monitor: Monitor) -> None:
    check = build.check(monitor)

    report(1, found(check, NOW, certificate={"ends": NOW + 86_400, "is_valid": True}))
    report(2, found(check, NOW + 10))
    report(3, found(check, NOW + 20, "down", certificate={"is_valid": False}))

    check.refresh_from_db()
    assert (check.certificate_ends, check.certificate_valid) == (NOW + 86_400, False)


def test_a_batch_told_again_changes_nothing(monitor: Monitor) -> None:
    check = build.check(monitor)
    batch = [found(check, NOW), found(check, NOW + 10, "down")]

    answers = [report(1, *batch), report(1, *batch), report(1, *batch)]

    assert answers == [True, False, False]
    assert Result.objects.count() == 2
    assert turns() == ["up", "down"]


def test_another_spool_counts_from_the_beginning(monitor: Monitor) -> None:
    check = build.check(monitor)
    report(7, found(check, NOW))

    assert report(1, found(check, NOW + 10), stream="another")
    assert Result.objects.count() == 2


def test_what_comes_late_is_evidence_and_never_rewinds_belief(monitor: Monitor) -> None:
    check = build.check(monitor)
    report(1, found(check, NOW + 50, "down"))
    before = Check.objects.values().get(pk=check.pk)

    report(2, found(check, NOW + 10), found(check, NOW + 20))

    assert Check.objects.values().get(pk=check.pk) == before
    assert Result.objects.count() == 3
    assert turns() == ["down"]


def test_an_outage_while_the_server_was_away_is_told_in_order(monitor: Monitor) -> None:
    check = build.check(monitor)
    report(1, found(check, NOW))
    expire_evidence(now=NOW + 200)

    report(2, *(found(check, NOW + 10 * n, "down" if n < 10 else "up") for n in range(1, 21)))

    assert turns() == ["up", "unknown", "down", "up"]
    assert Result.objects.count() == 21


def test_results_of_the_monitor_as_it_was_move_nothing(monitor: Monitor) -> None:
    check = build.check(monitor)
    old = found(check, NOW, "down")
    save_monitor(monitor, regions=monitor.regions.all(), now=NOW)

    report(1, old)

    check.refresh_from_db()
    assert check.verdict == "unknown"
    assert check.lease == ""
    assert Result.objects.count() == 1


def test_nobody_reports_for_another_region(monitor: Monitor) -> None:
    check = build.check(monitor)

    report(1, found(check, NOW, "down"), region="global")
    report(2, found(Check(pk=10**6), NOW))

    assert not Result.objects.exists()
    assert turns() == []


def test_nothing_is_seen_in_the_future(monitor: Monitor) -> None:
    check = build.check(monitor)

    report(1, found(check, NOW + 10**6))

    check.refresh_from_db()
    assert check.checked == NOW + 1000


def test_x24_a_region_without_its_agent_is_unknown_after_three_intervals(monitor: Monitor) -> None:
    check = build.check(monitor)
    report(1, found(check, NOW))

    early = expire_evidence(now=NOW + 29)
    late = expire_evidence(now=NOW + 31)

    check.refresh_from_db()
    assert (early, late) == (0, 1)
    assert (check.verdict, check.since) == ("unknown", NOW + 30)


def test_a_region_has_one_agent_at_a_time(monitor: Monitor) -> None:
    claim_region(agent="a", region=WEST, now=NOW)
    claim_region(agent="a", region=WEST, now=NOW + 5)

    with pytest.raises(RegionTakenError, match="agent a"):
        claim_region(agent="b", region=WEST, now=NOW + 19)
    claim_region(agent="b", region=WEST, now=NOW + 21)

    with pytest.raises(RegionTakenError, match="agent b"):
        claim_region(agent="a", region=WEST, now=NOW + 22)


def test_a_region_of_the_products_own_workers_is_not_for_agents(monitor: Monitor) -> None:
    Slot.objects.create(region=WEST, number=0, beat=NOW)

    with pytest.raises(RegionTakenError, match="own workers"):
        claim_region(agent="a", region=WEST, now=NOW + 1)


def test_an_unknown_region_is_named_with_those_there_are(monitor: Monitor) -> None:
    with pytest.raises(UnknownRegionError, match=WEST):
        claim_region(agent="a", region="atlantis", now=NOW)


def test_assignments_are_the_regions_own_and_leave_out_what_is_paused(monitor: Monitor) -> None:
    build.monitor()
    build.monitor(regions=(build.region(WEST),), enabled=False)

    told, secret = assignments(WEST)

    assert [(item.check, item.kind) for item in told] == [(build.check(monitor).pk, "endpoint")]
    assert told[0].config["url"] == monitor.config["url"]
    assert not secret


def told_by(agent: str, *results: dict[str, Any]) -> bool:
    told = Report(agent=agent, region=WEST, stream="s", sequence=1, results=results)  # type: ignore[arg-type]  # parsed
    return receive_report(told, now=NOW + 30)


def test_s14_who_never_asked_for_assignments_reports_nothing(monitor: Monitor) -> None:
    with pytest.raises(RegionTakenError, match="Nobody probes from"):
        told_by("a", found(build.check(monitor), NOW, "down"))

    assert not Result.objects.exists()
    assert not Agent.objects.exists()


def test_s14_only_the_last_holder_of_a_region_reports(monitor: Monitor) -> None:
    claim_region(agent="a", region=WEST, now=NOW)
    claim_region(agent="b", region=WEST, now=NOW + 20)

    with pytest.raises(RegionTakenError, match="The agent b probes"):
        told_by("a", found(build.check(monitor), NOW, "down"))

    assert told_by("b", found(build.check(monitor), NOW + 21))
    assert Result.objects.count() == 1
    assert turns() == ["up"]


def test_s14_who_holds_it_may_tell_what_a_long_outage_left(monitor: Monitor) -> None:
    claim_region(agent="a", region=WEST, now=NOW - 10_000)

    assert told_by("a", found(build.check(monitor), NOW))


def test_s14_nobody_reports_from_where_the_products_own_workers_probe(monitor: Monitor) -> None:
    claim_region(agent="a", region=WEST, now=NOW)
    Slot.objects.create(region=WEST, number=1, beat=NOW + 29)

    with pytest.raises(RegionTakenError, match="own workers"):
        told_by("a", found(build.check(monitor), NOW, "down"))

    assert not Result.objects.exists()

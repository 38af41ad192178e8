"""Pings and silence, judged: what is believed, when, and what our own absence does to it."""

import pytest

from components.models import JournalEntry
from components.status import Verdict
from monitors import vantage_points
from monitors.heartbeats import evaluation
from monitors.heartbeats.evaluation import evaluate_due
from monitors.heartbeats.ingest import ReceivedPing, store_pings
from monitors.heartbeats.ingest_coverage import complete_until, record_coverage
from monitors.history.retention import prune_pings
from monitors.models import Check, Closure, Monitor, Ping, Result
from monitors.ping_keys import digest
from monitors.rules.clock_steps import ClockStep
from monitors.rules.heartbeat_schedule import PingType
from monitors.services import save_monitor
from monitors.worker import leases
from monitors.worker.clock_shift import reset_far_future, shift_clock
from monitors.worker.stale_evidence import expire_evidence
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def ping(key: str, at: float, word: PingType = "success", **more: object) -> bool:
    return store_pings([ReceivedPing(digest(key), word, at, **more)])[0]  # type: ignore[arg-type]


def judged(now: float, *, open_door: bool = True) -> int:
    """Judge with the door open up to `now`."""
    if open_door:
        record_coverage("web", seen=now)
    return evaluate_due(now=now)


def judged_without_gaps(now: float) -> int:
    """Judge with the door open all the time up to `now`."""
    record_coverage("web", seen=now)
    Closure.objects.all().delete()
    return evaluate_due(now=now)


def transitions(monitor: Monitor) -> list[tuple[str, str]]:
    rows = JournalEntry.objects.filter(kind="monitor.state_changed").order_by("id")
    return [
        (entry.data["verdict"], entry.data["since"][11:19])
        for entry in rows
        if entry.data["monitor_id"] == monitor.pk
    ]


def test_who_never_called_is_unknown_for_ever_and_no_prober_gets_it() -> None:
    monitor, _ = build.heartbeat(now=1_000.0)
    for now in (1_000.0, 1_001.0, 1e9):
        Closure.objects.all().delete()
        judged(now)

    check = build.check(monitor)
    claimed = leases.lease_due(region="global", lease="x", now=1e9, horizon=1e9, limit=9)
    assert claimed == []
    assert leases.oldest_due_age(now=1e9) == 0
    assert (check.verdict, transitions(monitor)) == (Verdict.UNKNOWN, [])


def test_a_ping_makes_it_up_and_silence_down_from_the_deadline_on() -> None:
    monitor, key = build.heartbeat(now=0.0)

    ping(key, 3_600.0)
    judged(3_601.0)
    for now in range(3_602, 3_670):
        judged(float(now))
    before = transitions(monitor)
    judged(3_670.5)

    assert before == [("up", "01:00:00")]
    assert transitions(monitor) == [("up", "01:00:00"), ("down", "01:01:10")]
    assert build.check(monitor).message == "no ping since 1970-01-01 01:00:00 UTC"


def test_old_evidence_of_a_daily_job_stays_evidence() -> None:
    monitor, key = build.heartbeat(now=0.0, period=86_400)
    ping(key, 10.0)
    judged(11.0)

    expire_evidence(now=80_000.0)

    assert build.check(monitor).verdict == Verdict.UP


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ({"word": "fail"}, "it reported a failure"),
        ({"word": "fail", "code": 3}, "exit code 3"),
        ({"word": "fail", "message": "disk full"}, "disk full"),
    ],
)
def test_a_failure_counts_at_once_with_its_reason(call: dict[str, object], reason: str) -> None:
    monitor, key = build.heartbeat(now=0.0)
    ping(key, 10.0)

    ping(key, 12.0, **call)  # type: ignore[arg-type]
    judged(12.1)

    assert transitions(monitor) == [("up", "00:00:10"), ("down", "00:00:12")]
    assert build.check(monitor).message == reason


def test_a_run_s_duration_is_the_latency_and_is_kept_with_ping_and_result() -> None:
    monitor, key = build.heartbeat(now=0.0)

    ping(key, 10.0, "start")
    ping(key, 12.5, code=0, body="done\n")
    judged(13.0)

    assert build.check(monitor).latency_ms == 2_500.0
    assert Ping.objects.get(word="success").took_ms == 2_500.0
    result = Result.objects.get()
    assert (result.word, result.latency_ms, result.code) == ("up", 2_500.0, 0)


def test_a_run_that_does_not_end_is_down_after_the_grace() -> None:
    monitor, key = build.heartbeat(now=0.0)
    ping(key, 10.0)
    ping(key, 20.0, "start")

    judged(29.9)
    before = len(transitions(monitor))
    judged(30.1)

    assert before == 1
    assert transitions(monitor)[1] == ("down", "00:00:30")
    assert "has not ended" in build.check(monitor).message


def test_the_order_in_which_pings_came_counts_not_when_they_are_judged() -> None:
    monitor, key = build.heartbeat(now=0.0)
    for at in (10.0, 60.0, 200.0, 210.0):
        ping(key, at)

    judged(211.0)

    told = [("up", "00:00:10"), ("down", "00:02:10"), ("up", "00:03:20")]
    assert transitions(monitor) == told
    assert not Ping.objects.filter(taken=False).exists()


def test_nobody_is_called_silent_while_no_door_is_open() -> None:
    monitor, key = build.heartbeat(now=0.0)
    ping(key, 10.0)
    judged(11.0)

    judged(500.0, open_door=False)

    assert complete_until(now=500.0) is None
    assert transitions(monitor) == [("up", "00:00:10")]


def test_our_own_absence_is_nobody_s_outage() -> None:
    monitor, key = build.heartbeat(now=0.0)
    ping(key, 10.0)
    judged(40.0)

    for now in range(1_000, 1_070):
        judged(float(now))
    meanwhile = transitions(monitor)
    judged(1_071.0)

    assert [(one.began, one.ended) for one in Closure.objects.all()] == [(40.0, 1_000.0)]
    assert meanwhile == [("up", "00:00:10")]
    assert transitions(monitor)[1:] == [("down", "00:17:50")], "a minute and the grace later"


def test_a_clock_that_is_set_makes_nobody_late_and_no_prober_gets_a_heartbeat_r9() -> None:
    monitor, key = build.heartbeat(now=10_000.0, period=600)
    ping(key, 10_000.0)
    judged(10_001.0)

    shift_clock(ClockStep(by=-3_600.0, now=6_402.0))
    reset_far_future(now=6_402.0)
    judged(6_402.5)
    shift_clock(ClockStep(by=86_400.0, now=92_803.0))
    reset_far_future(now=92_803.0)
    judged(92_803.5)

    check = build.check(monitor)
    claimed = leases.lease_due(region="global", lease="x", now=1e9, horizon=1e9, limit=9)
    assert claimed == []
    assert check.due is not None
    assert check.due > 92_803.0
    assert transitions(monitor) == [("up", "02:46:40")]


def test_nobody_is_silent_while_our_own_network_is_gone_r7() -> None:
    monitor, key = build.heartbeat(now=0.0)
    ping(key, 10.0)
    judged(60.0)
    vantage_points.report(region="global", blind_since=55.0)

    for now in range(61, 400):
        record_coverage("web", seen=float(now), region="global")
        evaluate_due(now=float(now))
    vantage_points.report(region="global", blind_since=None)
    record_coverage("web", seen=400.0, region="global")
    evaluate_due(now=400.0)

    assert [(one.began, one.ended) for one in Closure.objects.all()] == [(55.0, 400.0)]
    assert transitions(monitor) == [("up", "00:00:10")]


def test_silence_is_judged_no_further_than_every_door_has_stored() -> None:
    monitor, key = build.heartbeat(now=0.0)
    ping(key, 10.0)
    record_coverage("one", seen=78.0)
    record_coverage("two", seen=80.5)

    evaluate_due(now=80.6)
    assert transitions(monitor) == [("up", "00:00:10")]

    record_coverage("one", seen=80.5)
    evaluate_due(now=80.6)
    assert transitions(monitor)[1] == ("down", "00:01:20")


def test_a_new_rhythm_counts_at_once_and_leaves_the_belief_alone() -> None:
    monitor, key = build.heartbeat(now=0.0)
    ping(key, 10.0)
    judged(11.0)

    monitor.config = {"period": 600, "grace": 10}
    save_monitor(monitor, regions=[], now=12.0)

    check = build.check(monitor)
    assert (check.verdict, check.due) == ("up", 620.0)


def test_a_paused_heartbeat_is_not_judged_and_begins_anew_when_resumed() -> None:
    monitor, key = build.heartbeat(now=0.0)
    ping(key, 10.0)
    judged(11.0)

    monitor.enabled = False
    save_monitor(monitor, regions=[], now=20.0)
    ping(key, 30.0, "fail")
    judged(1_000.0)
    monitor.enabled = True
    save_monitor(monitor, regions=[], now=1_000.0)

    check = build.check(monitor)
    assert transitions(monitor) == [("up", "00:00:10")]
    assert (check.verdict, check.due) == ("unknown", 1_070.0)


@pytest.mark.parametrize("before", [0, 1], ids=["never-pinged", "pinged"])
def test_a_ping_to_a_paused_heartbeat_is_not_judged_once_it_is_resumed(before: int) -> None:
    """Nor when it is resumed before anything of the pause was looked at."""
    monitor, key = build.heartbeat(now=0.0)
    for at in range(before):
        ping(key, 10.0 + at)
    judged(11.0)

    monitor.enabled = False
    save_monitor(monitor, regions=[], now=20.0)
    ping(key, 20.2, "fail")
    monitor.enabled = True
    save_monitor(monitor, regions=[], now=20.4)
    judged(21.0)

    assert build.check(monitor).verdict == "unknown"
    ping(key, 22.0, "fail")
    judged(23.0)
    assert build.check(monitor).verdict == "down"


def test_one_ping_of_a_deleted_monitor_does_not_stop_the_others() -> None:
    gone, gone_key = build.heartbeat(now=0.0)
    other, key = build.heartbeat(now=0.0)
    ping(gone_key, 10.0)
    ping(key, 11.0)
    Check.objects.filter(monitor=gone).delete()

    judged(12.0)

    assert transitions(other) == [("up", "00:00:11")]


def test_silence_waits_until_all_that_came_has_been_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "BATCH", 2)
    monkeypatch.setattr(evaluation, "BUDGET_SECONDS", 0.01)
    monitor, key = build.heartbeat(now=0.0)
    ping(key, 10.0)
    judged(11.0)
    for at in range(20, 60):
        ping(key, float(at))

    judged(100.0)
    assert transitions(monitor) == [("up", "00:00:10")]
    assert Ping.objects.filter(taken=False).exists()


def test_pings_are_kept_as_long_as_results_and_those_not_judged_longer() -> None:
    _, key = build.heartbeat(now=0.0)
    ping(key, 1_000.0)
    ping(key, 90_000.0)
    judged(90_001.0)
    ping(key, 1_001.0)

    list(prune_pings(now=100_000.0, hours=24))

    assert sorted(Ping.objects.values_list("at", flat=True)) == [1_001.0, 90_000.0]


def test_a_heartbeat_whose_settings_cannot_be_read_is_set_aside_r19(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken, broken_key = build.heartbeat(now=0.0)
    other, key = build.heartbeat(now=0.0)
    Monitor.objects.filter(pk=broken.pk).update(config={"period": "often"})
    ping(broken_key, 10.0)
    ping(key, 10.0)

    judged(11.0)
    ping(broken_key, 12.0)
    judged(12.5)

    assert transitions(other) == [("up", "00:00:10")]
    assert transitions(broken) == []
    assert caplog.text.count(f"heartbeat {broken.pk} cannot be judged") == 1


@pytest.mark.parametrize("failure", ["fail", "silence"])
def test_a_nightly_job_is_up_with_the_first_good_ping_after_its_repair_f_t3(failure: str) -> None:
    """However often it failed and recovered in the nights before."""
    night, day = 3 * 3_600.0, 86_400.0
    monitor, key = build.heartbeat(now=0.0, cron="0 3 * * *", grace=600)
    seen = []
    for number in range(8):
        good = number % 2 == 0
        if good or failure == "fail":
            ping(key, number * day + night + 5, "success" if good else "fail")
        judged_without_gaps(number * day + night + 6)
        judged_without_gaps(number * day + night + 700)
        seen.append(build.check(monitor).verdict)

    assert seen == [Verdict.UP, Verdict.DOWN] * 4
    assert not JournalEntry.objects.filter(data__flapping=True).exists()


def test_a_job_of_every_minute_is_up_with_its_first_good_ping_f_t3() -> None:
    monitor, key = build.heartbeat(now=0.0)
    for number in range(30):
        ping(key, 60.0 * number, "fail" if number % 2 else "success")
    ping(key, 1_801.0, "success")

    judged(1_802.0)

    assert build.check(monitor).verdict == Verdict.UP

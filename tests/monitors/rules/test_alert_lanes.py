"""The rules of lanes: one per alert, the worst wins, replays change nothing, silence is unknown."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.status import Verdict
from monitors.rules.alert_lanes import (
    MAX_LANES,
    REPLAY_SECONDS,
    AlertReport,
    Hearing,
    Lane,
    SilenceRule,
    apply_reports,
    judge,
)

NOW = 1_000_000.0
HOUR = 3600.0
RULE = SilenceRule(repeat_interval=4 * HOUR, has_watchdog=False, grace=900)
WATCHED = replace(RULE, has_watchdog=True)
HEARD = Hearing(heard_at=NOW)
DOWN = AlertReport("a", Verdict.DOWN, "the shop is gone", firing=True, started_at=NOW - 60)
SLOW = AlertReport("b", Verdict.DEGRADED, "the shop is slow", firing=True, started_at=NOW - 60)


def resolved(report: AlertReport, *, at: float = NOW) -> AlertReport:
    return replace(report, firing=False, ends_at=at)


def after(*reports: AlertReport, now: float = NOW) -> dict[str, Lane]:
    """The lanes after messages of one alert each."""
    lanes: dict[str, Lane] = {}
    for report in reports:
        lanes = apply_reports(lanes, [report], now=now).lanes
    return lanes


def verdict(lanes: dict[str, Lane], *, now: float = NOW) -> Verdict:
    return judge(lanes, HEARD, RULE, now=now).verdict


def test_p02_the_worst_lane_is_the_verdict_and_its_annotation_the_reason() -> None:
    found = judge(after(SLOW, DOWN), HEARD, RULE, now=NOW)

    assert (found.verdict, found.reason) == (Verdict.DOWN, "the shop is gone")
    assert verdict(after(SLOW, DOWN, resolved(DOWN))) is Verdict.DEGRADED
    assert verdict(after(SLOW, DOWN, resolved(DOWN), resolved(SLOW))) is Verdict.UP


def test_p02_a_passed_end_clears_as_a_resolution_does() -> None:
    ending = replace(DOWN, ends_at=NOW + 300)

    assert judge(after(ending), HEARD, RULE, now=NOW).due == NOW + 300
    assert verdict(after(ending), now=NOW + 299) is Verdict.DOWN
    assert verdict(after(ending), now=NOW + 300) is Verdict.UP
    assert verdict(after(DOWN, replace(DOWN, ends_at=NOW - 1))) is Verdict.UP
    assert after(replace(DOWN, ends_at=NOW)) == {}


def test_p02_a_resolution_counts_though_the_alert_says_it_begins_in_the_future() -> None:
    """As `amtool alert add --end` has it: the start is the end."""
    ahead = replace(DOWN, started_at=NOW + HOUR)

    assert verdict(after(ahead, resolved(ahead, at=NOW))) is Verdict.UP
    assert verdict(after(ahead, resolved(ahead, at=NOW - 1))) is Verdict.DOWN
    clocks_differ = replace(DOWN, started_at=NOW + REPLAY_SECONDS)
    assert verdict(after(clocks_differ, resolved(clocks_differ, at=NOW))) is Verdict.DOWN


def test_p02_a_resolution_counts_whatever_end_it_names_and_so_does_a_passed_end() -> None:
    for ended in (None, NOW + 30):
        assert verdict(after(DOWN, replace(DOWN, firing=False, ends_at=ended))) is Verdict.UP
    assert verdict(after(DOWN, replace(DOWN, ends_at=NOW - 100))) is Verdict.UP


def test_p02_what_a_message_resolves_is_counted_and_stays_resolved_against_replays() -> None:
    both = apply_reports(after(DOWN, SLOW), [resolved(DOWN), resolved(SLOW)], now=NOW)

    assert both.resolved == 2
    assert apply_reports(both.lanes, [DOWN, SLOW], now=NOW).opened == 0
    without_start = after(replace(DOWN, started_at=None), resolved(DOWN))
    assert apply_reports(without_start, [DOWN], now=NOW).opened == 1


def test_p02_the_same_message_twice_changes_nothing() -> None:
    once = apply_reports({}, [DOWN, SLOW], now=NOW)
    twice = apply_reports(once.lanes, [DOWN, SLOW], now=NOW)

    assert (once.opened, once.resolved) == (2, 0)
    assert (twice.opened, twice.resolved, twice.lanes) == (0, 0, once.lanes)
    gone = apply_reports(once.lanes, [resolved(DOWN)], now=NOW)
    again = apply_reports(gone.lanes, [resolved(DOWN)], now=NOW)
    assert (gone.resolved, again.resolved, again.lanes) == (1, 0, gone.lanes)


def test_p02_what_comes_late_about_an_episode_that_is_over_changes_nothing() -> None:
    over = after(DOWN, resolved(DOWN))
    anew = replace(DOWN, started_at=NOW + 5)

    assert verdict(after(DOWN, resolved(DOWN), DOWN)) is Verdict.UP
    assert apply_reports(over, [anew], now=NOW + 5).opened == 1
    # A resolution of the episode before must not hide this one.
    assert verdict(after(DOWN, resolved(DOWN), anew, resolved(DOWN))) is Verdict.DOWN


def test_an_alert_fires_again_with_the_start_it_had_once_no_replay_can_come_any_more() -> None:
    """Prometheus restores when an alert began, after Alertmanager has given it up."""
    over = after(DOWN, resolved(DOWN))

    assert apply_reports(over, [DOWN], now=NOW + 59).opened == 0
    assert apply_reports(over, [DOWN], now=NOW + 60).opened == 1
    without_start = replace(DOWN, started_at=None)
    assert verdict(after(without_start, resolved(without_start), without_start)) is Verdict.DOWN


def test_an_alert_that_means_up_changes_nothing_and_ends_what_it_meant_before() -> None:
    harmless = replace(DOWN, verdict=Verdict.UP)

    assert after(harmless) == {}
    assert verdict(after(DOWN, harmless)) is Verdict.UP


def many(count: int, verdict: Verdict, prefix: str = "n") -> list[AlertReport]:
    return [replace(DOWN, fingerprint=f"{prefix}{n}", verdict=verdict) for n in range(count)]


def test_p02_lanes_are_bounded_the_worst_have_them_and_resolutions_make_room() -> None:
    full = apply_reports({}, many(MAX_LANES + 5, Verdict.DEGRADED), now=NOW)
    worse = apply_reports(full.lanes, [replace(DOWN, fingerprint="worse")], now=NOW)
    lesser = apply_reports(worse.lanes, [replace(SLOW, fingerprint="lesser")], now=NOW)
    swapped = apply_reports(
        lesser.lanes, [resolved(DOWN_OF("worse")), replace(SLOW, fingerprint="lesser")], now=NOW
    )

    assert (full.opened, full.left_out) == (MAX_LANES, 5)
    assert (worse.opened, worse.left_out) == (1, 1)
    assert verdict(worse.lanes) is Verdict.DOWN
    assert (lesser.opened, lesser.left_out) == (0, 1)
    assert (swapped.resolved, swapped.opened, swapped.left_out) == (1, 1, 0)
    assert {len(each.lanes) for each in (full, worse, lesser, swapped)} == {MAX_LANES}


def test_p02_a_full_monitor_gives_no_lane_of_an_outage_away() -> None:
    full = apply_reports({}, many(1_000, Verdict.DOWN), now=NOW)
    more = apply_reports(full.lanes, [DOWN_OF("more")], now=NOW)

    assert (more.opened, more.left_out, more.lanes) == (0, 1, full.lanes)
    late = apply_reports({}, [*many(1_000, Verdict.DEGRADED), DOWN_OF("late")], now=NOW)
    assert (late.opened, late.left_out, verdict(late.lanes)) == (1_000, 1, Verdict.DOWN)


def test_p02_what_is_resolved_makes_room_for_one_and_is_nobodys_lane() -> None:
    full = apply_reports({}, many(MAX_LANES, Verdict.DEGRADED), now=NOW)
    message = [resolved(DOWN_OF("n0")), DOWN_OF("one"), DOWN_OF("two")]
    change = apply_reports(full.lanes, message, now=NOW)

    assert (change.resolved, change.opened, change.left_out) == (1, 2, 1)
    assert sum(lane.is_open for lane in change.lanes.values()) == MAX_LANES
    assert {"one", "two"} < set(change.lanes)


def DOWN_OF(fingerprint: str) -> AlertReport:  # noqa: N802  (as DOWN, of another alert)
    return replace(DOWN, fingerprint=fingerprint)


def test_p03_three_repeat_intervals_of_silence_are_unknown_not_green() -> None:
    for lanes in ({}, after(DOWN)):
        found = judge(lanes, HEARD, RULE, now=NOW + 12 * HOUR - 1)
        silent = judge(lanes, HEARD, RULE, now=NOW + 12 * HOUR)

        assert found.verdict is (Verdict.DOWN if lanes else Verdict.UP)
        assert found.due == NOW + 12 * HOUR
        assert (silent.verdict, silent.due) == (Verdict.UNKNOWN, None)
        assert silent.reason == "no message since 1970-01-12 13:46:40 UTC"
    assert judge({}, Hearing(), RULE, now=NOW).verdict is Verdict.UNKNOWN


def test_p03_without_its_watchdog_alert_it_is_unknown_after_grace() -> None:
    alive = Hearing(heard_at=NOW, watchdog_at=NOW)

    assert judge({}, alive, WATCHED, now=NOW + 899).verdict is Verdict.UP
    assert judge({}, alive, WATCHED, now=NOW + 900).verdict is Verdict.UNKNOWN
    assert judge({}, HEARD, WATCHED, now=NOW).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("hearing", "rule", "reason"),
    [
        (Hearing(), RULE, "no alert was received yet"),
        (Hearing(), WATCHED, "no alert was received yet"),
        (HEARD, WATCHED, "the watchdog alert was not received yet"),
        (Hearing(NOW + 60, NOW), WATCHED, "no watchdog alert since 1970-01-12 13:46:40 UTC"),
        (Hearing(NOW + 60, NOW), RULE, "no message since 1970-01-12 13:47:40 UTC"),
        (
            Hearing(NOW, NOW),
            replace(WATCHED, grace=12 * HOUR),
            "no message since 1970-01-12 13:46:40 UTC",
        ),
        (
            Hearing(NOW, NOW),
            replace(WATCHED, grace=12 * HOUR - 1),
            "no watchdog alert since 1970-01-12 13:46:40 UTC",
        ),
    ],
    ids=["nothing", "nothing-watched", "never", "late", "plain", "patient", "sooner"],
)
def test_p03_unknown_says_what_was_missed_and_since_when(
    hearing: Hearing, rule: SilenceRule, reason: str
) -> None:
    assert judge({}, hearing, rule, now=NOW + 99 * HOUR).reason == reason


def test_p03_resolutions_prove_nothing_where_a_watchdog_is_named_but_bad_news_does() -> None:
    """Alertmanager resolves all alerts by itself when Prometheus is gone."""
    hearing = Hearing(heard_at=NOW + 1000, watchdog_at=NOW)
    firing = apply_reports({}, [DOWN], now=NOW + 1000).lanes
    gone = apply_reports(firing, [resolved(DOWN)], now=NOW + 1000).lanes

    assert judge(firing, hearing, WATCHED, now=NOW + 1000).verdict is Verdict.DOWN
    assert judge(firing, hearing, WATCHED, now=NOW + 1900).verdict is Verdict.UNKNOWN
    assert judge(gone, hearing, WATCHED, now=NOW + 1000).verdict is Verdict.UNKNOWN


reports = st.builds(
    AlertReport,
    fingerprint=st.sampled_from("abc"),
    verdict=st.sampled_from([Verdict.UP, Verdict.DEGRADED, Verdict.DOWN]),
    reason=st.just("x"),
    firing=st.booleans(),
    started_at=st.none() | st.floats(NOW - 100, NOW),
    ends_at=st.none() | st.floats(NOW - 100, NOW + 100),
)


@given(st.lists(st.lists(reports, max_size=4), max_size=6))
def test_p02_any_message_sent_twice_in_a_row_changes_nothing_the_second_time(
    messages: list[list[AlertReport]],
) -> None:
    lanes: dict[str, Lane] = {}
    for each in messages:
        lanes = apply_reports(lanes, each, now=NOW).lanes
        again = apply_reports(lanes, each, now=NOW)

        assert (again.opened, again.resolved, again.lanes) == (0, 0, lanes)


@pytest.mark.parametrize("hearing", [Hearing(), HEARD, Hearing(NOW, NOW)], ids=["never", "n", "w"])
@pytest.mark.parametrize("rule", [RULE, WATCHED], ids=["plain", "watched"])
def test_what_is_due_again_says_something_else_then_or_never(
    hearing: Hearing, rule: SilenceRule
) -> None:
    found = judge({}, hearing, rule, now=NOW)

    assert (found.due is None) == (found.verdict is Verdict.UNKNOWN)
    if found.due is not None:
        assert judge({}, hearing, rule, now=found.due).verdict is Verdict.UNKNOWN


def test_p02_a_resolution_that_overtook_its_alert_is_not_undone_by_it() -> None:
    early = apply_reports({}, [resolved(DOWN)], now=NOW)
    late = apply_reports(early.lanes, [DOWN], now=NOW + 5)
    anew = apply_reports(late.lanes, [replace(DOWN, started_at=NOW + 9)], now=NOW + 9)

    assert (early.opened, early.resolved, late.opened, anew.opened) == (0, 0, 0, 1)
    assert verdict(late.lanes) is Verdict.UP
    # Where the sender tells when it ended alone, as CloudWatch and Datadog do.
    ended = replace(resolved(DOWN, at=NOW), started_at=None)
    over = apply_reports({}, [ended], now=NOW)
    assert apply_reports(over.lanes, [replace(DOWN, started_at=NOW - 3)], now=NOW).opened == 0
    timeless = replace(ended, ends_at=None)
    assert apply_reports({}, [timeless], now=NOW).lanes == {}


def test_p02_resolutions_of_what_is_not_known_are_bounded() -> None:
    strangers = [resolved(each) for each in many(3 * MAX_LANES, Verdict.DOWN)]

    kept = apply_reports({}, strangers, now=NOW).lanes
    full = apply_reports(kept, many(MAX_LANES, Verdict.DOWN, prefix="m"), now=NOW)

    assert len(kept) == MAX_LANES
    assert (full.opened, full.left_out, len(full.lanes)) == (MAX_LANES, 0, MAX_LANES)

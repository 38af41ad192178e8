"""An agent's own schedule, by the server's clock."""

from typing import Any

import pytest
import requests

from components.status import Status
from monitors.agent.api_client import ApiClient, ClockOffset, InsecureError
from monitors.agent.protocol import (
    CERTIFICATE,
    FEATURES,
    FEATURES_HEADER,
    Assignment,
    Report,
    ReportedCertificate,
    ReportedResult,
)
from monitors.agent.scheduler import CheckScheduler
from monitors.probing.base import CheckResult, Outcome, Probe, ProbeStatus

NOW = 1_800_000_000.0


def assignment(check: int = 1, **fields: Any) -> Assignment:
    values: dict[str, Any] = {
        "check": check,
        "revision": 3,
        "kind": "tcp",
        "config": {"host": "127.0.0.1", "port": 9},
        "timeout": 1.0,
        "interval": 10.0,
        "retry": 2.0,
        "confirm_down": 1,
        "confirm_up": 0,
    }
    return Assignment(**{**values, **fields})


def found(probe: Probe, word: ProbeStatus, at: float) -> CheckResult:
    return CheckResult(probe, at, at + 0.1, Outcome(word))


def only_due(scheduler: CheckScheduler, until: float) -> tuple[Probe, float]:
    [one] = scheduler.take_due(until=until)
    return one


def test_a_probe_is_handed_out_once_until_it_is_settled() -> None:
    scheduler = CheckScheduler()
    scheduler.assign([assignment()], now=NOW)
    probe, due = only_due(scheduler, NOW + 2)

    assert scheduler.take_due(until=NOW + 100) == []
    told = scheduler.complete(found(probe, ProbeStatus.UP, NOW + 1), due=due, skew=0.0)

    assert told is not None
    assert told.revision == 3
    assert NOW + 1 < only_due(scheduler, NOW + 12)[1] <= NOW + 11


def test_a_failure_is_looked_at_again_soon_and_confirmed_ones_are_not() -> None:
    scheduler = CheckScheduler()
    scheduler.assign([assignment()], now=NOW)
    probe, due = only_due(scheduler, NOW + 2)
    scheduler.complete(found(probe, ProbeStatus.UP, NOW), due=due, skew=0.0)
    probe, due = only_due(scheduler, NOW + 20)

    scheduler.complete(found(probe, ProbeStatus.DOWN, NOW + 100), due=due, skew=0.0)
    again = only_due(scheduler, NOW + 200)[1]
    scheduler.complete(found(probe, ProbeStatus.DOWN, again), due=again, skew=0.0)

    assert NOW + 100 < again <= NOW + 102
    assert only_due(scheduler, NOW + 200)[1] > again + 0.1


def test_no_instant_comes_twice_when_the_clocks_turn_out_to_differ_by_a_hair() -> None:
    scheduler = CheckScheduler()
    scheduler.assign([assignment()], now=NOW)
    probe, due = only_due(scheduler, NOW + 2)
    scheduler.complete(found(probe, ProbeStatus.UP, NOW), due=due, skew=0.0)
    probe, due = only_due(scheduler, NOW + 20)

    scheduler.complete(found(probe, ProbeStatus.UP, due), due=due, skew=-0.003)

    assert only_due(scheduler, NOW + 40)[1] == pytest.approx(due + 10)


def test_results_carry_the_servers_time() -> None:
    scheduler = CheckScheduler()
    scheduler.assign([assignment()], now=NOW)
    probe, due = only_due(scheduler, NOW + 2)

    told = scheduler.complete(found(probe, ProbeStatus.UP, NOW - 3600), due=due, skew=3600.0)

    assert told is not None
    assert (told.started, told.due) == (NOW, due)


def test_assignments_that_did_not_change_keep_their_time() -> None:
    scheduler = CheckScheduler()
    scheduler.assign([assignment(1), assignment(2)], now=NOW)
    before = {probe.key: due for probe, due in scheduler.take_due(until=NOW + 5)}

    scheduler.assign([assignment(1), assignment(2, revision=4), assignment(3)], now=NOW + 1)

    assert set(before) == {1, 2}
    assert {probe.key for probe, _ in scheduler.take_due(until=NOW + 5)} == {2, 3}


def test_what_was_found_of_an_edited_monitor_names_no_revision() -> None:
    scheduler = CheckScheduler()
    scheduler.assign([assignment()], now=NOW)
    probe, due = only_due(scheduler, NOW + 2)

    scheduler.assign([assignment(revision=4, interval=20.0)], now=NOW + 1)
    told = scheduler.complete(found(probe, ProbeStatus.DOWN, NOW + 2), due=due, skew=0.0)

    assert told is not None
    assert told.revision == 0


def test_a_removed_check_is_told_of_no_more() -> None:
    scheduler = CheckScheduler()
    scheduler.assign([assignment()], now=NOW)
    probe, due = only_due(scheduler, NOW + 2)
    scheduler.assign([], now=NOW + 1)

    assert scheduler.complete(found(probe, ProbeStatus.DOWN, NOW + 2), due=due, skew=0.0) is None


def test_one_check_that_cannot_be_made_keeps_no_other_from_being_made(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scheduler = CheckScheduler()
    bad = assignment(1, config={"host": "h", "port": "geheim", "password": "geheim"})

    scheduler.assign([bad, assignment(2, kind="telepathy"), assignment(3)], now=NOW)

    assert [probe.key for probe, _ in scheduler.take_due(until=NOW + 5)] == [3]
    assert "geheim" not in caplog.text, "settings may hold secrets"


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://status.example.org", True),
        ("http://127.0.0.1:3005", True),
        ("http://[::1]:3005", True),
        ("http://localhost:3000", True),
        ("http://status.example.org", False),
        ("http://localhost.example.org", False),
        ("http://10.0.0.7:3000", False),
        ("ftp://127.0.0.1", False),
        ("status.example.org", False),
    ],
)
def test_secrets_are_asked_for_over_https_or_on_this_machine(url: str, safe: bool) -> None:
    if safe:
        ApiClient(url=url, token="t")
    else:
        with pytest.raises(InsecureError, match="https"):
            ApiClient(url=url, token="t")


@pytest.mark.parametrize("features", ["", CERTIFICATE, " ".join(FEATURES)])
def test_p09_an_agent_tells_of_certificates_only_a_server_that_takes_them(
    features: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server of the release before refuses the whole batch for a field that it does not know."""
    sent: list[dict[str, Any]] = []

    def answer(*_: Any, json: dict[str, Any], **__: Any) -> requests.Response:
        sent.append(json)
        made = requests.Response()
        made.status_code, made._content = 200, b"{}"
        if features:
            made.headers[FEATURES_HEADER] = features
        return made

    client = ApiClient(url="http://127.0.0.1:3005", token="t")
    monkeypatch.setattr(client._session, "request", answer)
    result = ReportedResult(
        check=1, revision=1, due=NOW, started=NOW, ended=NOW, word=ProbeStatus.UP,
        certificate=ReportedCertificate(ends=NOW, is_valid=True), stated=Status.MAINTENANCE,
    )  # fmt: skip
    report = Report(agent="a", region="eu", stream="s", sequence=1, results=[result])

    client.report(report)
    client.report(report)

    assert "certificate" not in sent[0]["results"][0], "it has not said yet what it takes"
    for name in FEATURES:
        assert (name in sent[1]["results"][0]) is (name in features.split())


def test_the_quickest_answer_is_the_surest_until_a_clock_is_set() -> None:
    clocks = ClockOffset()

    told = [
        clocks.add_sample(offset=offset, error=error)
        for offset, error in ((2.3, 0.5), (2.0, 0.01), (2.2, 0.4), (-3598.0, 0.3), (-3598.1, 0.2))
    ]

    assert told == [2.3, 2.0, 2.0, -3598.0, -3598.1]

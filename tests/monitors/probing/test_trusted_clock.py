"""Whether this machine's clock is believed when dates of certificates are judged (F-T1)."""

import time
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest

from monitors.probers.certificate import CertificateConfig, CertificateProber
from monitors.probers.http import EndpointProber
from monitors.probers.tcp import TcpConfig, TcpProber
from monitors.probing.base import Outcome, ProbeStatus
from monitors.probing.trusted_clock import KEPT_SECONDS, RENEW_SECONDS, TrustedClock
from tests.certificates import Certificate, make_certificate
from tests.monitors.checks import OPEN, outcome_of
from tests.servers import LOCAL, Greeter, Target

DAY, YEAR = 86_400.0, 365 * 86_400.0
NOW = 1_800_000_000.0


class Scene:
    """A machine whose clock can be set, and servers whose clocks are right, or not."""

    def __init__(self) -> None:
        self.passed = self.off = 0.0
        self.trusted_clock = TrustedClock(
            wall=lambda: NOW + self.passed + self.off, steady=lambda: self.passed
        )

    def hear(self, *servers: str, off: float = 0.0, age: str = "") -> None:
        at = datetime.fromtimestamp(NOW + self.passed + off, UTC)
        for address in servers:
            self.trusted_clock.hear(address, date=format_datetime(at, usegmt=True), age=age)

    @property
    def is_doubted(self) -> bool:
        return bool(self.trusted_clock.doubt())


def test_a_clock_that_nobody_contradicts_is_believed() -> None:
    scene = Scene()
    scene.passed = 400 * DAY
    scene.hear("192.0.2.1")

    assert scene.trusted_clock.doubt() == ""
    assert scene.trusted_clock.now().timestamp() == NOW + scene.passed


@pytest.mark.parametrize("off", [YEAR, -YEAR, 2 * DAY])
def test_a_clock_that_was_set_is_doubted_and_the_time_goes_on(off: float) -> None:
    scene = Scene()
    scene.passed, scene.off = 60.0, off

    assert scene.is_doubted
    assert scene.trusted_clock.now().timestamp() == pytest.approx(NOW + 60)


def test_it_says_by_how_much_and_who_says_so() -> None:
    scene = Scene()
    scene.off = 2 * DAY
    alone = scene.trusted_clock.doubt()
    scene.hear("192.0.2.1")

    assert alone == "this machine's clock is 2 days ahead of what it showed before it was set"
    assert (
        scene.trusted_clock.doubt()
        == "this machine's clock is 2 days ahead of what other servers say"
    )


def test_servers_decide_whether_it_was_a_correction() -> None:
    corrected, broken = Scene(), Scene()
    for scene, off in ((corrected, YEAR), (broken, 0.0)):
        scene.off = YEAR
        scene.hear("192.0.2.1", off=off)

    assert not corrected.is_doubted
    assert broken.is_doubted


def test_a_clock_that_was_wrong_from_the_start_is_found_out_by_two_servers() -> None:
    scene = Scene()
    scene.hear("192.0.2.1", off=YEAR)
    one = scene.is_doubted
    scene.hear("2001:db8::1", off=YEAR)

    assert not one
    assert scene.is_doubted


def test_one_server_with_a_wrong_clock_hides_no_expired_certificate() -> None:
    scene = Scene()
    scene.hear("192.0.2.1", off=-YEAR)
    scene.hear("192.0.2.2", "192.0.2.3")

    assert not scene.is_doubted


def test_what_was_heard_before_the_clock_was_set_still_counts() -> None:
    scene = Scene()
    scene.hear("192.0.2.1", "192.0.2.2")
    scene.passed, scene.off = 30.0, -YEAR

    assert scene.is_doubted
    assert scene.trusted_clock.now().timestamp() == pytest.approx(NOW + 30)


def test_without_servers_a_clock_is_doubted_for_a_day() -> None:
    scene = Scene()
    scene.off = YEAR
    before = scene.is_doubted
    scene.passed = KEPT_SECONDS + 1

    assert before
    assert not scene.is_doubted


def test_servers_of_this_machine_share_its_clock_and_do_not_count() -> None:
    scene = Scene()
    scene.hear("127.0.0.1", "::1", "127.3.2.1", off=YEAR)

    assert not scene.is_doubted


@pytest.mark.parametrize("date", ["", "now", "Mon, 99 Foo 2026 00:00:00 GMT", "\x00", "1e999"])
def test_dates_that_are_none_say_nothing(date: str) -> None:
    scene = Scene()
    scene.off = YEAR
    scene.trusted_clock.hear("192.0.2.1", date=date)

    assert scene.is_doubted
    assert scene.trusted_clock.wants("192.0.2.1")


def test_a_cached_answer_is_as_old_as_it_says() -> None:
    scene = Scene()
    scene.hear("192.0.2.1", "192.0.2.2", off=-7200, age="7200")
    fresh = scene.is_doubted
    scene.hear("192.0.2.1", "192.0.2.2", off=-7200)

    assert not fresh
    assert scene.is_doubted


def test_a_server_is_heard_now_and_then() -> None:
    scene = Scene()
    before = scene.trusted_clock.wants("192.0.2.1")
    scene.hear("192.0.2.1")
    after = scene.trusted_clock.wants("192.0.2.1")
    scene.passed = RENEW_SECONDS

    assert (before, after) == (True, False)
    assert scene.trusted_clock.wants("192.0.2.1")


@pytest.fixture
def stepped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this machine's clock have been set ahead by 200 days."""
    off = -200.5 * DAY
    trusted_clock = TrustedClock(wall=lambda: time.time() + off)
    off = 0.0
    for module in (
        "probers.http",
        "probing.services.base",
        "probers.certificate",
        "probing.curl_errors",
    ):
        monkeypatch.setattr(f"monitors.{module}.trusted_clock", trusted_clock)


def _by(kind: str, certificate: Certificate) -> Outcome:
    trusted = str(certificate.path)
    if kind == "endpoint":
        with Target(tls=certificate) as target:
            return outcome_of(target.url("/ok"), prober=EndpointProber(authorities=trusted))
    with Greeter(tls=certificate) as server:
        where = {"host": LOCAL, "port": server.port}
        if kind == "tcp":
            config = TcpConfig.model_validate({**where, "tls": True})
            return TcpProber(authorities=trusted).probe(config, timeout=5, guard=OPEN)
        own = CertificateConfig.model_validate({**where, "allow_self_signed": kind == "own"})
        return CertificateProber(authorities=trusted).probe(own, timeout=5, guard=OPEN)


@pytest.mark.parametrize("kind", ["endpoint", "tcp", "certificate", "own"])
@pytest.mark.usefixtures("stepped")
def test_no_kind_calls_a_certificate_expired_by_a_clock_that_was_set_f_t1(
    kind: str, tmp_path: Path
) -> None:
    outcome = _by(kind, make_certificate(tmp_path, days_left=-100, days_old=300))

    assert outcome.status is ProbeStatus.INCONCLUSIVE
    assert "this machine's clock is 200 days ahead" in outcome.message


@pytest.mark.usefixtures("stepped")
def test_days_left_are_counted_by_the_clock_that_was_right(tmp_path: Path) -> None:
    outcome = _by("certificate", make_certificate(tmp_path, days_left=5, days_old=300))

    assert outcome.status is ProbeStatus.UP, "205 days are left"


@pytest.mark.usefixtures("stepped")
def test_what_is_wrong_by_any_clock_is_still_told(tmp_path: Path) -> None:
    foreign = make_certificate(tmp_path, names=("shop.example",), days_left=-100, days_old=300)

    assert _by("certificate", foreign).status is ProbeStatus.DOWN

"""The kind `certificate` against real TLS servers with certificates of every quality."""

import datetime as dt
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from monitors.probers.certificate import CertificateConfig, CertificateProber
from monitors.probers.tcp import TcpConfig, TcpProber
from monitors.probing.base import Outcome, ProbeStatus
from tests.certificates import Certificate, make_certificate, renew
from tests.monitors.checks import OPEN
from tests.servers import LOCAL, Greeter, Listener, Mute
from tests.waiting import ending


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """An authority that the probers of this module believe."""
    return make_certificate(tmp_path_factory.mktemp("root"), names=("Test Root",), days_left=300)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@contextmanager
def served(certificate: Certificate) -> Iterator[Listener]:
    with Greeter(tls=certificate) as server:
        yield server


def look(
    server: Listener, root: Certificate | None, *, timeout: float = 2.0, **settings: Any
) -> Outcome:
    config = CertificateConfig.model_validate({"host": LOCAL, "port": server.port, **settings})
    prober = CertificateProber(authorities=str(root.path) if root else None)
    return prober.probe(config, timeout=timeout, guard=OPEN)


def check(certificate: Certificate, root: Certificate | None, **settings: Any) -> Outcome:
    with served(certificate) as server:
        return look(server, root, **settings)


def on(days: float) -> str:
    return f"({dt.datetime.now(dt.UTC) + dt.timedelta(days=days):%Y-%m-%d})"


def told(outcome: Outcome) -> tuple[ProbeStatus, str]:
    return outcome.status, outcome.message


def test_a_valid_certificate_is_up_with_its_times(folder: Path, root: Certificate) -> None:
    outcome = check(make_certificate(folder, issuer=root, days_left=90), root)

    assert told(outcome) == (ProbeStatus.UP, "")
    assert outcome.phases["tls"] > 0
    assert outcome.latency_ms == outcome.phases["total"]
    assert outcome.certificate is not None
    assert outcome.certificate.is_valid
    assert outcome.certificate.ends == pytest.approx(time.time() + 90 * 86_400, abs=86_400)


def test_a_good_certificate_takes_one_connection(folder: Path, root: Certificate) -> None:
    with served(make_certificate(folder, issuer=root, days_left=90)) as server:
        look(server, root)

        assert server.accepted == 1


@pytest.mark.parametrize(
    ("days", "words", "step"),
    [
        (29.5, "expires in 29 days", "30 days"),
        (12.5, "expires in 12 days", "14 days"),
        (6.5, "expires in 6 days", "7 days"),
        (1.5, "expires in 1 day", "3 days"),
        (0.25, "expires in 5 hours", "1 day"),
    ],
)
def test_a_certificate_near_its_end_is_degraded_step_by_step(
    folder: Path, root: Certificate, days: float, words: str, step: str
) -> None:
    outcome = check(make_certificate(folder, issuer=root, days_left=days), root)

    assert told(outcome) == (ProbeStatus.DEGRADED, f"{words} {on(days)}, warning of {step}")


@pytest.mark.parametrize(("first", "step"), [(40, "40 days"), (60, "60 days"), (20, "")])
def test_the_first_step_is_a_setting(
    folder: Path, root: Certificate, first: int, step: str
) -> None:
    outcome = check(make_certificate(folder, issuer=root, days_left=35), root, warn_days=first)

    assert outcome.message.partition(", warning of ")[2] == step


def test_a_detailed_check_shows_the_whole_chain(folder: Path, root: Certificate) -> None:
    middle = make_certificate(folder, names=("Middle",), issuer=root, days_left=200)
    leaf = make_certificate(folder, issuer=middle, days_left=90)
    with served(leaf) as server:
        config = CertificateConfig.model_validate({"host": LOCAL, "port": server.port})
        prober = CertificateProber(authorities=str(root.path)).with_detail()
        outcome = prober.probe(config, timeout=2.0, guard=OPEN)

    assert outcome.detail is not None
    assert [each.subject for each in outcome.detail.certificates] == ["localhost", "Middle"]
    assert [each.issuer for each in outcome.detail.certificates] == ["Middle", "Test Root"]
    assert outcome.detail.protocol == "TLSv1.3"
    assert outcome.detail.address == LOCAL


def test_how_near_is_a_setting(folder: Path, root: Certificate) -> None:
    certificate = make_certificate(folder, issuer=root, days_left=12.5)

    assert check(certificate, root, warn_days=12).status is ProbeStatus.UP
    assert check(certificate, root, warn_days=13).status is ProbeStatus.DEGRADED


@pytest.mark.parametrize(
    ("days", "words"),
    [(-670, "has expired 22 months ago"), (-3.5, "has expired 3 days ago"),
     (-0.05, "has expired 1 hour ago"), (-0.01, "has expired less than an hour ago")],
)  # fmt: skip
def test_an_expired_certificate_is_down(
    folder: Path, root: Certificate, days: float, words: str
) -> None:
    outcome = check(make_certificate(folder, issuer=root, days_left=days), root)

    assert told(outcome) == (ProbeStatus.DOWN, f"{words} {on(days)}")


def test_a_certificate_that_is_not_valid_yet_is_down(folder: Path, root: Certificate) -> None:
    outcome = check(make_certificate(folder, issuer=root, days_old=-2.5), root)

    assert told(outcome) == (ProbeStatus.DOWN, f"is not valid before {on(2.5)[1:-1]}, in 2 days")


def test_a_certificate_for_another_host_is_down(folder: Path, root: Certificate) -> None:
    certificate = make_certificate(folder, issuer=root, names=("other.example",), days_left=90)

    assert told(check(certificate, root, server_name="shop.example")) == (
        ProbeStatus.DOWN,
        "is for other.example, not for shop.example",
    )
    assert told(check(certificate, root)) == (
        ProbeStatus.DOWN,
        f"is for other.example, not for {LOCAL}",
    )


def test_many_other_hosts_are_not_all_listed(folder: Path, root: Certificate) -> None:
    names = tuple(f"{number}.example" for number in range(40))
    outcome = check(make_certificate(folder, issuer=root, names=names), root)

    assert outcome.message == (
        f"is for 0.example, 1.example, 2.example and 37 more, not for {LOCAL}"
    )


@pytest.mark.parametrize(
    ("host", "fits"),
    [("shop.example.org", True), ("SHOP.example.org", True), ("a.shop.example.org", False),
     ("example.org", False)],
)  # fmt: skip
def test_a_wildcard_stands_for_one_label(
    folder: Path, root: Certificate, host: str, fits: bool
) -> None:
    certificate = make_certificate(folder, issuer=root, names=("*.example.org",), days_left=90)
    outcome = check(certificate, root, server_name=host)

    assert (outcome.status is ProbeStatus.UP) is fits
    assert ("is for *.example.org" in outcome.message) is not fits


def test_a_self_signed_certificate_is_down_unless_allowed(folder: Path) -> None:
    certificate = make_certificate(folder, days_left=90)

    assert told(check(certificate, None)) == (ProbeStatus.DOWN, "is self-signed")
    assert told(check(certificate, None, allow_self_signed=True)) == (ProbeStatus.UP, "")


def test_allowed_to_be_self_signed_is_not_allowed_to_be_wrong(folder: Path) -> None:
    old = make_certificate(folder, days_left=-1.5)
    foreign = make_certificate(folder, names=("other.example",), days_left=90)
    ending = make_certificate(folder, names=(LOCAL,), days_left=3.5)

    outcomes = [check(each, None, allow_self_signed=True) for each in (old, foreign, ending)]

    assert [outcome.status for outcome in outcomes] == [
        ProbeStatus.DOWN,
        ProbeStatus.DOWN,
        ProbeStatus.DEGRADED,
    ]
    assert outcomes[1].message == f"is for other.example, not for {LOCAL}"


def test_an_intermediate_certificate_completes_the_chain(folder: Path, root: Certificate) -> None:
    between = make_certificate(folder, names=("Between",), issuer=root, days_left=90)
    whole = make_certificate(folder, names=(LOCAL,), issuer=between, days_left=90)
    with_chain = check(whole, root)
    broken = make_certificate(
        folder, names=(LOCAL,), issuer=between, days_left=90, with_chain=False
    )

    assert with_chain.status is ProbeStatus.UP
    outcome = check(broken, root)
    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message.startswith("chain is not complete: the certificate of “Between”")


def test_the_faults_of_a_chain_are_not_the_certificates_own(
    folder: Path, root: Certificate
) -> None:
    between = make_certificate(folder, names=("Between",), issuer=root, days_left=-1)
    outcome = check(make_certificate(folder, names=(LOCAL,), issuer=between, days_left=90), root)

    assert told(outcome) == (ProbeStatus.DOWN, f"chain: “Between” has expired 1 day ago {on(-1)}")


def test_an_authority_that_nobody_knows_is_not_self_signed(folder: Path, root: Certificate) -> None:
    outcome = check(
        make_certificate(folder, issuer=root, days_left=90), None, allow_self_signed=True
    )

    assert outcome.status is ProbeStatus.DOWN
    assert "not trusted" in outcome.message


def test_a_certificate_that_must_be_stapled_says_so(folder: Path, root: Certificate) -> None:
    good = make_certificate(folder, issuer=root, days_left=90, must_staple=True)
    ending = make_certificate(folder, issuer=root, names=(LOCAL,), days_left=2.5, must_staple=True)

    assert told(check(good, root)) == (ProbeStatus.UP, "it demands a stapled OCSP answer")
    assert check(ending, root).message == (
        f"expires in 2 days {on(2.5)}, warning of 3 days; it demands a stapled OCSP answer"
    )


def test_a_server_without_tls_is_down() -> None:
    with Greeter(b"220 no TLS here\r\n") as server:
        outcome = look(server, None)

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message.startswith("TLS handshake failed: ")


def test_a_stalled_handshake_ends_at_the_deadline() -> None:
    with Mute() as server:
        outcome = look(server, None, timeout=0.3)

    assert told(outcome) == (ProbeStatus.DOWN, "no TLS handshake within 0.3 s")


def test_a_handshake_that_drips_ends_at_the_deadline() -> None:
    # The head of a large TLS record, and then its body byte by byte.
    drip = b"\x16\x03\x03\x3f\xff" + b"\x02\x00\x3f\xf0" * 4000
    with Greeter(drip, seconds=0.05) as server, ending("a handshake"):
        outcome = look(server, None, timeout=0.5)

    assert told(outcome) == (ProbeStatus.DOWN, "no TLS handshake within 0.5 s")


@pytest.mark.parametrize(
    ("allowed", "message"),
    [(False, "is not valid: self-signed certificate"), (True, "no TLS handshake within 0.5 s")],
)
def test_both_handshakes_share_one_deadline(folder: Path, allowed: bool, message: str) -> None:
    class Second(Greeter):
        """Is mute from the second connection on."""

        def _talk(self, connection: socket.socket) -> None:
            if self.accepted > 1:
                self._stopping.wait()
            super()._talk(connection)

    with Second(tls=make_certificate(folder)) as server, ending("two handshakes"):
        outcome = look(server, None, timeout=0.5, allow_self_signed=allowed)

    assert told(outcome) == (ProbeStatus.DOWN, message)


class Demanding(Greeter):
    """Takes nobody without a client certificate."""

    def __init__(self, own: Certificate, clients: Certificate, version: ssl.TLSVersion) -> None:
        super().__init__(tls=own)
        assert self._tls is not None
        self._tls.maximum_version = version
        self._tls.verify_mode = ssl.CERT_REQUIRED
        self._tls.load_verify_locations(clients.path)


VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_that_demands_a_certificate_of_ours_is_judged_by_its_own(
    folder: Path, root: Certificate, version: ssl.TLSVersion
) -> None:
    """F-T10: in whichever version of TLS the refusal comes."""
    good = make_certificate(folder, issuer=root, days_left=90)
    with Demanding(good, root, version) as server:
        assert told(look(server, root)) == (ProbeStatus.UP, "")
        assert "not trusted" in look(server, None).message
        assert look(server, root, warn_days=100).status is ProbeStatus.DEGRADED
        assert told(look(server, root, server_name="shop.example")) == (
            ProbeStatus.DOWN,
            "is for localhost, 127.0.0.1, not for shop.example",
        )


@pytest.mark.parametrize("version", VERSIONS)
def test_such_a_server_may_vouch_for_itself(folder: Path, version: ssl.TLSVersion) -> None:
    own = make_certificate(folder, days_left=90)
    with Demanding(own, own, version) as server:
        assert told(look(server, None, allow_self_signed=True)) == (ProbeStatus.UP, "")
        assert told(look(server, None)) == (ProbeStatus.DOWN, "is self-signed")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_port_that_demands_a_certificate_of_ours_refuses_us_in_every_version(
    folder: Path, root: Certificate, version: ssl.TLSVersion
) -> None:
    """F-T10: the kind `tcp` asks whether a client gets in, and this one does not."""
    good = make_certificate(folder, issuer=root, days_left=90)
    with Demanding(good, root, version) as server:
        config = TcpConfig.model_validate(
            {"host": LOCAL, "port": server.port, "tls": True, "authorities": root.path.read_text()}
        )
        outcome = TcpProber().probe(config, timeout=5.0, guard=OPEN)

    assert told(outcome) == (
        ProbeStatus.DOWN,
        "TLS handshake failed: it asks for a client certificate",
    )


def test_a_certificate_with_nothing_but_a_common_name_is_for_no_host(
    folder: Path, root: Certificate
) -> None:
    """F-T10, RFC 9525."""
    bare = make_certificate(folder, names=(LOCAL,), issuer=root, alternative_names=False)

    assert told(check(bare, root)) == (ProbeStatus.DOWN, f"is for no host, not for {LOCAL}")


def test_authorities_of_ones_own_are_trusted_instead_of_the_systems(
    folder: Path, root: Certificate
) -> None:
    """F-T10."""
    good = make_certificate(folder, issuer=root, days_left=90)
    other = make_certificate(folder, names=("Other",), days_left=90)

    assert told(check(good, None, authorities=root.path.read_text())) == (ProbeStatus.UP, "")
    trusting = f"# Prüfstelle\n{other.path.read_text()}"
    assert check(good, root, authorities=trusting).status is ProbeStatus.DOWN


def test_an_authority_in_between_may_be_the_one_that_is_trusted(
    folder: Path, root: Certificate
) -> None:
    between = make_certificate(folder, names=("Between",), issuer=root, days_left=90)
    leaf = make_certificate(folder, names=(LOCAL,), issuer=between, days_left=90, with_chain=False)
    trusting = between.path.read_text()

    assert told(check(leaf, None, authorities=trusting)) == (ProbeStatus.UP, "")


def test_a_path_is_as_old_as_its_oldest_member(folder: Path, root: Certificate) -> None:
    """F-T10: not only the server's own certificate has an end."""
    between = make_certificate(folder, names=("Between",), issuer=root, days_left=5.5)
    leaf = make_certificate(folder, names=(LOCAL,), issuer=between, days_left=90)

    assert told(check(leaf, root)) == (
        ProbeStatus.DEGRADED,
        f"chain: “Between” expires in 5 days {on(5.5)}, warning of 7 days",
    )


def test_the_root_is_a_member_as_well(folder: Path) -> None:
    ending = make_certificate(folder, names=("Ending",), days_left=10.5)
    leaf = make_certificate(folder, issuer=ending, days_left=90)

    assert told(check(leaf, ending)) == (
        ProbeStatus.DEGRADED,
        f"chain: “Ending” expires in 10 days {on(10.5)}, warning of 14 days",
    )


def test_what_is_sent_along_without_need_does_not_count(folder: Path, root: Certificate) -> None:
    """F-T10."""
    old = make_certificate(folder, names=("Old",), issuer=root, days_left=-20)
    leaf = make_certificate(folder, names=(LOCAL,), issuer=root, days_left=90)
    leaf.path.write_bytes(leaf.path.read_bytes() + old.path.read_bytes() + root.path.read_bytes())

    assert told(check(leaf, root)) == (ProbeStatus.UP, "")


def test_a_renewed_authority_of_the_same_name_and_key_takes_the_old_ones_place(
    folder: Path, root: Certificate
) -> None:
    """A server still sends the old one; the new one is trusted."""
    old = make_certificate(folder, names=("Renewed",), issuer=root, days_left=3.5)
    leaf = make_certificate(folder, names=(LOCAL,), issuer=old, days_left=90)
    new = renew(old, issuer=root, days_left=200)

    assert told(check(leaf, None, authorities=new)) == (ProbeStatus.UP, "")

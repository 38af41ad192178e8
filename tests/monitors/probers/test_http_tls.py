"""The kind `endpoint` and TLS: which certificates are believed, and which is shown."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitors.probers.http import EndpointProber
from monitors.probing.base import CertificateValidity, ProbeStatus
from tests.monitors.checks import outcome_of
from tests.servers import Certificate, Mute, Target, make_certificate


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def secure(certificate: Certificate) -> Iterator[Target]:
    with Target(tls=certificate) as started:
        yield started


def test_a_trusted_certificate_is_up_and_the_handshake_is_timed(
    secure: Target, certificate: Certificate
) -> None:
    outcome = outcome_of(
        secure.url("/ok"), prober=EndpointProber(authorities=str(certificate.path))
    )

    assert (outcome.status, outcome.code) == (ProbeStatus.UP, 200)
    assert outcome.phases["tls"] > 0
    seen = outcome.certificate
    assert seen is not None
    assert seen.is_valid
    assert seen.ends is not None
    assert seen.ends > time.time()


def test_an_untrusted_certificate_is_down(secure: Target) -> None:
    outcome = outcome_of(secure.url("/ok"))

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message == "certificate is not valid: self-signed certificate"
    assert outcome.certificate == CertificateValidity(None, is_valid=False)


def test_an_untrusted_certificate_can_be_accepted(secure: Target) -> None:
    assert outcome_of(secure.url("/ok"), verify_tls=False).status is ProbeStatus.UP


def test_an_expired_certificate_is_down(tmp_path: Path) -> None:
    expired = make_certificate(tmp_path, days_left=-1)
    with Target(tls=expired) as server:
        trusting = EndpointProber(authorities=str(expired.path))
        outcome = outcome_of(server.url("/ok"), prober=trusting)

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message == "certificate is not valid: certificate has expired"


def test_a_certificate_for_another_name_is_down(tmp_path: Path) -> None:
    foreign = make_certificate(tmp_path, names=("shop.example",))
    with Target(tls=foreign) as server:
        trusting = EndpointProber(authorities=str(foreign.path))
        outcome = outcome_of(server.url("/ok"), prober=trusting)

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message.startswith("certificate is not valid: ")


def test_a_missing_file_of_authorities_is_our_own_trouble(secure: Target, tmp_path: Path) -> None:
    broken = EndpointProber(authorities=str(tmp_path / "missing.pem"))

    outcome = outcome_of(secure.url("/ok"), prober=broken)

    assert outcome.status is ProbeStatus.INCONCLUSIVE
    assert outcome.message.startswith("the file of trusted authorities cannot be read")


def test_a_handshake_that_never_ends_ends_at_the_deadline() -> None:
    with Mute() as mute:
        outcome = outcome_of(f"https://127.0.0.1:{mute.port}/", timeout=0.3)

    assert (outcome.status, outcome.message) == (ProbeStatus.DOWN, "no TLS handshake within 0.3 s")


def test_authorities_of_ones_own_are_believed_instead_of_the_systems(
    secure: Target, certificate: Certificate, tmp_path: Path
) -> None:
    other = make_certificate(tmp_path, names=("other.example",))

    good = outcome_of(secure.url("/ok"), authorities=certificate.path.read_text())
    bad = outcome_of(secure.url("/ok"), authorities=other.path.read_text())

    assert good.status is ProbeStatus.UP, good.message
    assert bad.message == "certificate is not valid: self-signed certificate"


def test_a_certificate_that_ends_soon_is_degraded_only_if_asked(
    secure: Target, certificate: Certificate
) -> None:
    trusting: Any = {"authorities": certificate.path.read_text()}

    soon = outcome_of(secure.url("/ok"), warn_days=31, **trusting)
    later = outcome_of(secure.url("/ok"), warn_days=14, **trusting)

    assert soon.status is ProbeStatus.DEGRADED
    assert soon.message.startswith("certificate expires in 29 days (")
    assert (later.status, later.message) == (ProbeStatus.UP, "")


def test_a_detailed_check_shows_the_certificate_also_when_it_is_refused(secure: Target) -> None:
    outcome = outcome_of(secure.url("/ok"), prober=EndpointProber().with_detail())

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.detail is not None
    assert outcome.detail.certificates[0].names == ("localhost", "127.0.0.1")
    assert outcome.detail.address == "127.0.0.1"


def test_an_ordinary_check_takes_no_trouble_over_details(secure: Target) -> None:
    assert outcome_of(secure.url("/ok"), verify_tls=False).detail is None


def told(server: Target, root: Certificate, path: str = "/ok", **config: Any) -> tuple[str, str]:
    outcome = outcome_of(
        server.url(path, host="localhost"), authorities=root.path.read_text(), **config
    )
    return outcome.status.value, outcome.message


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("root"), names=("Test Root",), days_left=300)


NO_HOST = "certificate is not valid: it names no host; its common name does not count"


def test_a_certificate_with_nothing_but_a_common_name_is_down(
    tmp_path: Path, root: Certificate
) -> None:
    """F-T10, RFC 9525: no browser takes it."""
    bare = make_certificate(tmp_path, issuer=root, alternative_names=False)
    with Target(tls=bare) as server:
        assert told(server, root) == ("down", NO_HOST)
        assert told(server, root, "/status/500") == ("down", NO_HOST)
        assert told(server, root, verify_tls=False) == ("up", "")


def test_a_redirect_does_not_hide_such_a_certificate(
    tmp_path: Path, root: Certificate, secure: Target, certificate: Certificate
) -> None:
    """F-T10: whether it is met first or last."""
    bare = make_certificate(tmp_path, issuer=root, alternative_names=False)
    trusted = f"{root.path.read_text()}{certificate.path.read_text()}"
    with Target(tls=bare) as server, Target() as plain:
        bad = server.url("/ok", host="localhost")
        away = server.url(f"/redirect?to={secure.url('/ok')}", host="localhost")
        starts = (away, secure.url(f"/redirect?to={bad}"), plain.url(f"/redirect?to={bad}"))
        outcomes = [outcome_of(start, authorities=trusted) for start in starts]

    assert [outcome.message for outcome in outcomes] == [NO_HOST] * 3


def test_a_chain_is_as_old_as_its_oldest_member(tmp_path: Path, root: Certificate) -> None:
    """F-T10: an authority in between ends before the certificate that it vouches for."""
    between = make_certificate(tmp_path, names=("Between",), issuer=root, days_left=9.5)
    leaf = make_certificate(tmp_path, issuer=between, days_left=90)
    with Target(tls=leaf) as server:
        status, message = told(server, root, warn_days=14)

        assert status == "degraded"
        assert message.startswith("certificate chain: “Between” expires in 9 days (")
        assert told(server, root, warn_days=9) == ("up", "")


def test_what_is_sent_along_without_need_does_not_count(tmp_path: Path, root: Certificate) -> None:
    """F-T10: a server may send certificates that vouch for nobody, old ones too."""
    old = make_certificate(tmp_path, names=("Old",), days_left=-20)
    leaf = make_certificate(tmp_path, issuer=root, days_left=90)
    leaf.path.write_bytes(leaf.path.read_bytes() + old.path.read_bytes())
    with Target(tls=leaf) as server:
        assert told(server, root, warn_days=30) == ("up", "")


@pytest.mark.parametrize(
    ("age", "words"),
    [
        ({"days_left": -670}, "certificate has expired 22 months ago ("),
        ({"days_left": -5.5}, "certificate has expired 5 days ago ("),
        ({"days_left": 400, "days_old": -3.5}, "certificate is not valid before 20"),
    ],
)
def test_without_verification_the_words_still_fit_the_time(
    tmp_path: Path, age: dict[str, float], words: str
) -> None:
    """F-T10: what is over does not expire soon."""
    with Target(tls=make_certificate(tmp_path, **age)) as server:  # type: ignore[arg-type]
        outcome = outcome_of(server.url("/ok"), verify_tls=False, warn_days=14)

    assert outcome.status is ProbeStatus.DEGRADED
    assert outcome.message.startswith(words)

"""One host, however it is written: upper case, a dot at the end, the dots of other scripts."""

import pytest

from monitors.probers.certificate import CertificateConfig
from monitors.probers.tcp import TcpConfig, TcpProber
from monitors.probing.base import ProbeStatus
from monitors.probing.host_fields import is_localhost
from monitors.probing.resolver import look_up
from monitors.probing.url_validators import validate_url
from tests.monitors.checks import OPEN, outcome_of
from tests.servers import Target

SPELLINGS = [
    "localhost", "LOCALHOST", "localhost.", "LOCALHOST.", "localhost。", "ＬＯＣＡＬＨＯＳＴ．",
    "web.localhost", "Web.Localhost.", "127.0.0.1", "127.0.0.1.", "127。0。0。1", "127.0.0.1。",
]  # fmt: skip


@pytest.fixture(scope="module")
def target() -> object:
    with Target() as target:
        yield target


@pytest.mark.parametrize("host", SPELLINGS)
def test_every_spelling_of_this_machine_is_reached_by_http_and_tcp_f_t12(
    target: Target, host: str
) -> None:
    config = TcpConfig(host=host, port=target.port)

    assert outcome_of(f"http://{host}:{target.port}/").status is ProbeStatus.UP
    assert TcpProber().probe(config, timeout=5.0, guard=OPEN).status is ProbeStatus.UP


def test_a_redirect_to_another_spelling_is_followed_f_t12(target: Target) -> None:
    to = f"http://LOCALHOST.:{target.port}/"

    assert outcome_of(target.url(f"/redirect?to={to}")).status is ProbeStatus.UP


@pytest.mark.parametrize("host", ["localhost..", ".localhost", "a..b", "127.0.0.1..", "."])
def test_what_is_no_name_is_refused_by_every_kind_that_takes_a_host(host: str) -> None:
    for config_type in (TcpConfig, CertificateConfig):
        with pytest.raises(ValueError, match="is not a host name or an address"):
            config_type(host=host, port=1)


@pytest.mark.parametrize(
    "host", ["localhost..", ".localhost", "a..b", "a" * 64, f"{'a' * 64}.example", "a." * 127 + "a"]
)
def test_so_it_is_by_every_kind_that_takes_an_address_f_t12(host: str) -> None:
    with pytest.raises(ValueError, match=r"is not a host name|Bad hostname"):
        validate_url(f"https://{host}:8443/health")


@pytest.mark.parametrize("host", ["a" * 63, "my_host", "-a-.example.", "[::1]", "127.0.0.1", "1"])
def test_whatever_may_be_a_name_is_taken_in_an_address(host: str) -> None:
    assert validate_url(f"http://{host}/") == f"http://{host}/"


@pytest.mark.parametrize("host", ["localhost.example.org", "notlocalhost", "localhost.."])
def test_other_names_are_asked_for_as_they_stand(host: str) -> None:
    assert not is_localhost(host)


def test_the_dot_of_a_name_that_is_absolute_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    def getaddrinfo(host: bytes, *_: object, **__: object) -> list[object]:
        asked.append(host)
        return []

    monkeypatch.setattr("socket.getaddrinfo", getaddrinfo)
    look_up("svc.cluster.local.")

    assert asked == [b"svc.cluster.local."]

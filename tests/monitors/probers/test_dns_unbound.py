"""The kind `dns` against a real, validating name server: Debian's unbound."""

from collections.abc import Iterator
from typing import Any

import pytest

from monitors.probers.dns import DnsConfig, DnsProber
from monitors.probing.base import Outcome, ProbeStatus
from tests.monitors.checks import OPEN
from tests.unbound import unbound


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with unbound(tmp_path_factory.mktemp("unbound")) as started:
        yield started


def ask(port: int, name: str, **settings: Any) -> Outcome:
    config = DnsConfig.model_validate(
        {"name": name, "resolvers": ["127.0.0.1"], "port": port, **settings}
    )
    return DnsProber().probe(config, timeout=5.0, guard=OPEN)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("www.signed.test", {"expected": ["192.0.2.11", "192.0.2.10"]}),
        ("alias.signed.test", {"expected": ["192.0.2.10"], "match": "any"}),
        ("signed.test", {"record_type": "MX", "expected": ["10 mail.signed.test"]}),
        ("mail.signed.test", {"record_type": "AAAA", "expected": ["2001:db8::25"]}),
        ("signed.test", {"record_type": "TXT", "expected": ["v=spf1 -all"]}),
    ],
)
def test_a_signed_answer_is_up_and_validated(
    port: int, name: str, settings: dict[str, Any]
) -> None:
    outcome = ask(port, name, require_ad=True, **settings)

    assert (outcome.status, outcome.message) == (ProbeStatus.UP, "")


def test_an_answer_without_dnssec_is_up_unless_it_is_demanded(port: int) -> None:
    assert ask(port, "www.plain.test").status is ProbeStatus.UP
    outcome = ask(port, "www.plain.test", require_ad=True)

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message == "the answer is not validated by DNSSEC (no AD flag)"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nobody.signed.test", "nobody.signed.test does not exist (NXDOMAIN)"),
        ("mail.signed.test", "mail.signed.test has no A record"),
        ("x.refused.test", "the name server answers REFUSED"),
    ],
)
def test_what_is_wrong_is_told(port: int, name: str, says: str) -> None:
    outcome = ask(port, name)

    assert (outcome.status, outcome.message) == (ProbeStatus.DOWN, says)

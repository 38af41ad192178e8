"""The kind `endpoint` against its real counterpart: nginx, HTTP/1.1 and HTTP/2, with TLS (X12)."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha1
from typing import Any

import pytest

from bench.nginx import serving
from monitors.probers.http import EndpointProber
from monitors.probing.base import ProbeStatus
from tests.counterparts import program
from tests.monitors.checks import outcome_of
from tests.ports import free_ports
from tests.servers import Certificate, make_certificate


@dataclass(frozen=True)
class Nginx:
    plain: int
    both: int
    one: int
    two: int
    mutual: int
    certificate: Certificate
    client: Certificate

    @property
    def trusting(self) -> dict[str, Any]:
        return {"authorities": self.certificate.path.read_text()}


LOCATIONS = """
location / { default_type application/json; return 200 '{"status": "ok", "queue": {"length": 3}}'; }
location /elsewhere { return 302 http://localhost:%(plain)d/; }
location /private { auth_basic "x"; auth_basic_user_file %(passwords)s; try_files x =204; }
location /bearer { if ($http_authorization != "Bearer t0ken") { return 401; } return 200 'in'; }
location /protocol { return 200 '$server_protocol'; }
location /who { return 200 '$ssl_client_s_dn'; }
"""


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    program("nginx")
    folder = tmp_path_factory.mktemp("nginx")
    certificate = make_certificate(folder, days_left=20)
    client = make_certificate(folder, names=("robot.example",))
    plain, both, one, two, mutual = free_ports(5)
    digest = base64.b64encode(sha1(b"pass:w\xc3\xb6rd").digest()).decode()
    passwords = folder / "passwords"
    passwords.write_text(f"robot:{{SHA}}{digest}\n")
    inner = LOCATIONS % {"plain": plain, "passwords": passwords}
    tls = f"ssl_certificate {certificate.path}; ssl_certificate_key {certificate.key_path};"
    asking = f"ssl_client_certificate {client.path}; ssl_verify_client on;"
    servers = "\n".join(
        f"server {{ {listen} {inner} }}"
        for listen in (
            f"listen 127.0.0.1:{plain};",
            f"listen 127.0.0.1:{both}; listen [::1]:{both};",
            f"listen 127.0.0.1:{one} ssl; {tls}",
            f"listen 127.0.0.1:{two} ssl http2; {tls}",
            f"listen 127.0.0.1:{mutual} ssl; {tls} {asking}",
        )
    )
    with serving(folder, servers=servers, ready=(plain, "/")):
        yield Nginx(plain, both, one, two, mutual, certificate, client)


def test_http_1_1_over_tls_with_phases_certificate_and_assertions(nginx: Nginx) -> None:
    outcome = outcome_of(
        f"https://127.0.0.1:{nginx.one}/",
        prober=EndpointProber().with_detail(),
        assertions=["json $.status == ok", "json $.queue.length < 10", "body not contains error",
                    "header Server matches ^nginx", "size < 100", "time < 2000"],
        **nginx.trusting,
    )  # fmt: skip

    assert outcome.status is ProbeStatus.UP, outcome.message
    assert all(outcome.phases[name] > 0 for name in ("connect", "tls", "first_byte", "total"))
    assert outcome.detail is not None
    assert outcome.detail.protocol == "HTTP/1.1"
    assert [each.passed for each in outcome.detail.assertions] == [True] * 6
    assert outcome.detail.certificates[0].subject == "localhost"


def test_http_2_is_spoken_where_it_is_offered(nginx: Nginx) -> None:
    outcome = outcome_of(
        f"https://127.0.0.1:{nginx.two}/protocol",
        prober=EndpointProber().with_detail(),
        assertions=["body == HTTP/2.0", "header server exists"],
        **nginx.trusting,
    )

    assert (outcome.status, outcome.message) == (ProbeStatus.UP, "")
    assert outcome.detail is not None
    assert outcome.detail.protocol == "HTTP/2"


@pytest.mark.parametrize(("asked", "word"), [("2", ProbeStatus.DOWN), ("1.1", ProbeStatus.UP)])
def test_a_version_of_http_can_be_demanded(nginx: Nginx, asked: str, word: ProbeStatus) -> None:
    outcome = outcome_of(f"https://127.0.0.1:{nginx.one}/", http_version=asked, **nginx.trusting)

    assert outcome.status is word
    assert outcome.message == (
        "spoke HTTP/1.1, expected HTTP/2" if word is ProbeStatus.DOWN else ""
    )


def test_http_1_1_can_be_kept_to_where_http_2_is_offered(nginx: Nginx) -> None:
    url = f"https://127.0.0.1:{nginx.two}/protocol"

    outcome = outcome_of(url, http_version="1.1", assertions=["body == HTTP/1.1"], **nginx.trusting)

    assert outcome.status is ProbeStatus.UP, outcome.message


def test_a_failed_assertion_is_down_and_says_what_was_found(nginx: Nginx) -> None:
    lines = ["json $.status == fine", "json $.queue.length > 5", "status == 200"]

    outcome = outcome_of(f"http://127.0.0.1:{nginx.plain}/", assertions=lines)

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message == "not so: json $.status == fine (found ok), and 1 more"


def test_latency_thresholds_degrade_x12(nginx: Nginx) -> None:
    url = f"http://127.0.0.1:{nginx.plain}/"

    assert outcome_of(url, degraded_ms=0.001).status is ProbeStatus.DEGRADED
    assert outcome_of(url, degraded_ms=5000).status is ProbeStatus.UP
    assert outcome_of(url, assertions=["time < 0.001"]).status is ProbeStatus.DOWN


def test_basic_authentication(nginx: Nginx) -> None:
    url = f"http://127.0.0.1:{nginx.plain}/private"
    expected: dict[str, Any] = {"expected_status": "204,404"}

    without = outcome_of(url, **expected)
    wrong = outcome_of(url, username="robot", password="guess", **expected)
    right = outcome_of(url, username="robot", password="pass:wörd", **expected)

    assert (without.code, wrong.code) == (401, 401)
    assert "guess" not in wrong.message
    assert right.status is ProbeStatus.UP, right.message


def test_a_bearer_token(nginx: Nginx) -> None:
    url = f"http://127.0.0.1:{nginx.plain}/bearer"

    assert outcome_of(url, bearer_token="other").code == 401
    assert outcome_of(url, bearer_token="t0ken").code == 200


def test_a_client_certificate(nginx: Nginx) -> None:
    url = f"https://127.0.0.1:{nginx.mutual}/who"
    shown: dict[str, Any] = {
        "client_certificate": nginx.client.path.read_text(),
        "client_key": nginx.client.key_path.read_text(),
    }

    without = outcome_of(url, **nginx.trusting)
    with_it = outcome_of(url, assertions=["body contains robot.example"], **shown, **nginx.trusting)

    assert (without.status, without.code) == (ProbeStatus.DOWN, 400)
    assert with_it.status is ProbeStatus.UP, with_it.message


def test_the_host_that_redirects_end_at_can_be_demanded(nginx: Nginx) -> None:
    url = f"http://127.0.0.1:{nginx.plain}/elsewhere"

    assert outcome_of(url, final_host="localhost").status is ProbeStatus.UP
    outcome = outcome_of(url, final_host="shop.example")
    assert outcome.message == "ended at localhost, expected shop.example"
    assert outcome_of(url, follow_redirects=0, expected_status="302").code == 302


@pytest.mark.parametrize(
    ("version", "served", "word", "message"),
    [
        ("4", "both", ProbeStatus.UP, ""),
        ("6", "both", ProbeStatus.UP, ""),
        ("both", "both", ProbeStatus.UP, ""),
        ("4", "plain", ProbeStatus.UP, ""),
        ("6", "plain", ProbeStatus.DOWN, "connection refused"),
        ("both", "plain", ProbeStatus.DOWN, "by IPv6: connection refused"),
    ],
)
def test_a_version_of_the_internet_protocol_can_be_demanded(
    nginx: Nginx, version: str, served: str, word: ProbeStatus, message: str
) -> None:
    outcome = outcome_of(
        f"http://localhost:{getattr(nginx, served)}/", ip_version=version,
        prober=EndpointProber().with_detail(),
    )  # fmt: skip

    assert (outcome.status, outcome.message) == (word, message)
    if version != "both" and word is ProbeStatus.UP:
        assert outcome.detail is not None
        assert outcome.detail.address == {"4": "127.0.0.1", "6": "::1"}[version]

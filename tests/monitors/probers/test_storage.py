"""The kind `storage` against its real counterpart: moto's S3 server, by TLS (X15)."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from monitors.probers import registry
from monitors.probing.base import Outcome, ProbeStatus
from tests.monitors.checks import CLOSED, OPEN, make, probe
from tests.object_store import BUCKET, ObjectStore, object_store
from tests.servers import Greeter, Listener, Mute

PROBER = registry.prober("storage")
GOOD = {"url": "https://s3.example.org", "bucket": "models", "access_key": "A", "secret_key": "S"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with object_store(tmp_path_factory.mktemp("s3")) as started:
        yield started


def check(settings: dict[str, Any], *, timeout: float = 5.0, guard: Any = OPEN) -> Outcome:
    config = PROBER.config_type.model_validate(settings)
    return make([probe(config, timeout=timeout, prober=PROBER)], guard=guard)[1].outcome


def test_a_bucket_that_answers_a_signed_question_is_up(store: ObjectStore) -> None:
    outcome = check(store.settings())

    assert (outcome.status, outcome.message, outcome.code) == (ProbeStatus.UP, "", 200)
    assert outcome.phases["tls"] > 0
    assert outcome.latency_ms == outcome.phases["total"]


def test_a_canary_is_written_read_and_deleted_each_with_its_time(store: ObjectStore) -> None:
    outcome = check(store.settings(check="canary"))

    assert (outcome.status, outcome.message) == (ProbeStatus.UP, "")
    assert all(outcome.phases[step] > 0 for step in ("write", "read", "delete"))
    assert store.names() == []


def test_the_buckets_name_may_be_part_of_the_host(store: ObjectStore) -> None:
    url = f"https://localhost:{store.port}"

    outcome = check(store.settings(url=url, addressing="virtual", check="canary"))

    assert (outcome.status, outcome.message) == (ProbeStatus.UP, "")


def test_a_slow_store_is_degraded(store: ObjectStore) -> None:
    assert check(store.settings(degraded_ms=0.01)).status is ProbeStatus.DEGRADED


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"access_key": "AKIAUNKNOWN"}, "the bucket: status 403: InvalidAccessKeyId: the access"),
        ({"secret_key": "another-key"}, "SignatureDoesNotMatch: the secret key is wrong"),
        ({"bucket": "nowhere"}, "the bucket: status 404: NoSuchBucket: the bucket does not exist"),
        ({"authorities": ""}, "certificate is not valid: "),
    ],
)
def test_what_is_wrong_is_told_in_words(
    store: ObjectStore, change: dict[str, str], says: str
) -> None:
    outcome = check(store.settings(**change))

    assert outcome.status is ProbeStatus.DOWN
    assert says in outcome.message
    assert store.secret_key not in outcome.message


class Answering(Listener):
    """Gives the same answer to every request."""

    def __init__(self, *answers: bytes) -> None:
        super().__init__()
        self._answers = answers
        self.asked: list[bytes] = []

    def _talk(self, connection: socket.socket) -> None:
        while heard := connection.recv(65_536):
            answer = self._answers[min(len(self.asked), len(self._answers) - 1)]
            self.asked.append(heard.partition(b" ")[0])
            connection.sendall(answer)


def reply(status: str, body: bytes = b"", *headers: str) -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers])
    return head.encode() + b"\r\n\r\n" + body


OK = reply("200 OK")
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    b"<Error><Code>&b;</Code></Error>"
)


def fake(server: Listener, **others: Any) -> dict[str, Any]:
    return {**GOOD, "url": f"http://127.0.0.1:{server.port}", **others}


@pytest.mark.parametrize(
    "body",
    [b"<Error><Code>", b"\0\xff" * 5000, BOMB, b"<Code>Bad\n\x1b</Code>"],
    ids=["broken", "bytes", "bomb", "control"],
)
def test_garbage_instead_of_xml_is_down_in_one_printable_line(body: bytes) -> None:
    with Answering(OK, reply("500 Oops", body)) as server:
        outcome = check(fake(server, check="canary"))

    assert (outcome.status, outcome.message) == (ProbeStatus.DOWN, "writing: status 500")


def test_an_object_that_comes_back_changed_is_down_and_cleaned_up() -> None:
    with Answering(OK, OK, reply("200 OK", b"something else"), OK) as server:
        outcome = check(fake(server, check="canary"))

        assert outcome.message == "reading gave back something else than was written"
        assert server.asked == [b"HEAD", b"PUT", b"GET", b"DELETE"]


def test_a_bucket_of_another_region_is_told() -> None:
    moved = reply(
        "301 Moved", b"", "x-amz-bucket-region: eu-central-1", "Location: http://10.0.0.1/"
    )
    with Answering(moved) as server:
        outcome = check(fake(server))

        assert outcome.message == (
            "the bucket: the bucket is in the region eu-central-1, not us-east-1"
        )
        assert server.asked == [b"HEAD"]


def test_clocks_that_differ_are_not_the_stores_fault() -> None:
    body = b"<Error><Code>RequestTimeTooSkewed</Code></Error>"
    with Answering(reply("403 Forbidden"), reply("403 Forbidden", body)) as server:
        outcome = check(fake(server))

    assert outcome.status is ProbeStatus.INCONCLUSIVE
    assert "clock" in outcome.message


def test_a_store_that_stalls_ends_at_the_deadline() -> None:
    with Mute() as mute:
        outcome = check(fake(mute), timeout=0.3)

    assert (outcome.status, outcome.message) == (ProbeStatus.DOWN, "no answer within 0.3 s")


def test_a_store_that_drips_ends_at_the_deadline() -> None:
    with Greeter(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 1000, seconds=0.05) as server:
        outcome = check(fake(server), timeout=0.4)

    assert outcome.status is ProbeStatus.DOWN
    assert "within 0.4 s" in outcome.message


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9", "http://localhost:9", "http://[::ffff:7f00:1]:9"]
)
def test_s1_a_blocked_address_is_not_asked(url: str) -> None:
    outcome = check({**GOOD, "url": url}, guard=CLOSED)

    assert outcome.status is ProbeStatus.INCONCLUSIVE
    assert outcome.message.startswith("blocked address ")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "https://s3.example.org/bucket"), ("url", "ftp://s3.example.org"),
        ("url", "https://k:s@s3.example.org"), ("bucket", "A"), ("bucket", "a/../b"),
        ("bucket", "a..b"), ("access_key", "a b"), ("secret_key", "a\nb"), ("secret_key", ""),
        ("region", "eu/west"), ("addressing", "dns"), ("check", "write"),
        ("canary_prefix", "/x"), ("canary_prefix", "../x"), ("authorities", "x"),
    ],
)  # fmt: skip
def test_a_bad_setting_is_refused_and_named(field: str, value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        PROBER.config_type.model_validate({**GOOD, field: value})

    assert [error["loc"][0] for error in refused.value.errors()] == [field]


def test_the_bucket_is_part_of_the_path_or_of_the_host() -> None:
    config: Any = PROBER.config_type.model_validate(GOOD)
    virtual: Any = PROBER.config_type.model_validate({**GOOD, "addressing": "virtual"})

    assert config.bucket_url == "https://s3.example.org/models"
    assert virtual.bucket_url == "https://models.s3.example.org/"
    assert BUCKET not in config.bucket_url

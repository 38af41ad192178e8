"""Contract K: `/status` of the management listener, and readers that register."""

import re
import time
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import OperationalError
from django.test import Client
from pydantic import BaseModel, ConfigDict, Field

from monitors.models import Reader
from monitors.readers import selectors, self_report
from statuspage.access import tokens
from statuspage.api.views.management import management_status
from tests.contracts.golden import golden

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
HEARTBEAT = "/api/v1/readers/heartbeat"
STATUS = "/manage/status"
NOON = 1_800_000_000.75
Int64 = Annotated[int, Field(ge=-(2**63), lt=2**63)]
CONFIG = {
    "port": int,
    "management_port": int,
    "internal_port": int,
    "openai_port": int,
    "vertex_port": int,
    "snowflake_port": int,
    "allow_remote_images": bool,
    "body_size_limit_bytes": int,
    "echo": bool,
    "enable_metrics": bool,
    "heartbeat_check_interval": int,
    "reader_message_timeout_ms": int,
    "repository_path": str,
    "reserved_consumers": str,
}
READER = {
    "consumer_name": "llama-0",
    "consumer_groups": ["inference"],
    "device": "cuda:0",
    "model_name": "llama-3-8b",
    "model_type": "llm",
    "pids": [4711],
}


def bearer(scope: str) -> dict[str, str]:
    key = tokens.create(name=uuid.uuid4().hex, scopes=[scope])
    return {"Authorization": f"Bearer {key}"}


def post(client: Client, body: Any, headers: dict[str, str] | None = None) -> Any:
    headers = bearer("readers:write") if headers is None else headers
    return client.post(HEARTBEAT, body, content_type="application/json", headers=headers)


def test_k_config_has_every_key_with_its_type_and_default() -> None:
    told = management_status(now=time.time())["config"]

    assert {name: type(value) for name, value in told.items()} == CONFIG
    assert {**told, "repository_path": "…"} == golden("management-config.json", {
        **told, "repository_path": "…"
    })  # fmt: skip
    assert told["repository_path"] == str(settings.STATUSPAGE.repository_path)


def test_k_status_is_null_until_the_first_reader_registers(client: Client) -> None:
    before = management_status(now=time.time())["status"]
    assert post(client, READER).status_code == 200

    assert before is None
    assert management_status(now=time.time())["status"] is not None


class ReaderShape(BaseModel):
    """A reader as a typed client declares it: nothing is converted, nothing else allowed."""

    model_config = ConfigDict(strict=True, extra="forbid")

    consumer_name: str
    consumer_groups: list[str]
    device: str
    model_name: str
    model_type: str
    pids: list[int]


class HeartbeatShape(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    heartbeat_timestamp: Int64
    heartbeat_wait_interval: Annotated[Int64, Field(ge=1)]


class StatusShape(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    live_readers: dict[str, ReaderShape]
    loading_readers: dict[str, ReaderShape]
    dead_readers: dict[str, ReaderShape]
    last_heartbeat: dict[str, HeartbeatShape]
    reserved_consumers: list[str]


class ManagementShape(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    config: dict[str, Any]
    status: StatusShape | None


def test_k_status_has_exactly_the_shape_of_the_contract(client: Client) -> None:
    with time_machine.travel(NOON - 3600, tick=False):
        post(client, {**READER, "consumer_name": "llama-2"})
    with time_machine.travel(NOON, tick=False):
        post(client, {**READER, "heartbeat_wait_interval": 10})
        post(client, {**READER, "consumer_name": "llama-1", "state": "loading"})

        told = management_status(now=time.time())["status"]

    assert told == golden("management-status.json", told)


@pytest.mark.parametrize(
    ("reported", "told"), [(1, 1), (5, 5), (5.0, 5), (2.9, 2), (0.1, 1), (3600, 3600), (None, 5)]
)
def test_k_a_client_with_integer_types_reads_every_heartbeat_f_t18(
    client: Client, reported: float | None, told: int
) -> None:
    interval = {} if reported is None else {"heartbeat_wait_interval": reported}
    with time_machine.travel(NOON, tick=False):
        assert post(client, {**READER, **interval}).status_code == 200
        self_report.reset()
        self_report.report("beat", now=time.time())

        answer = client.get(STATUS, headers=bearer("manage"))
        read = ManagementShape.model_validate_json(answer.content)

    assert read.status is not None
    heard = read.status.last_heartbeat
    assert set(heard) == {"llama-0", self_report.reader_name("beat")}
    assert {beat.heartbeat_timestamp for beat in heard.values()} == {int(NOON)}
    assert heard["llama-0"].heartbeat_wait_interval == told
    # A parser that takes whole floats for integers is no proof: the text itself has no point.
    assert not re.search(rb'"heartbeat_\w+": ?\d+[.eE]', answer.content)


def test_k_a_reader_is_live_for_three_of_the_intervals_that_are_told_f_t18(client: Client) -> None:
    with time_machine.travel(NOON, tick=False):
        post(client, {**READER, "heartbeat_wait_interval": 0.2})

    states = [
        management_status(now=NOON + silence)["status"]["live_readers"].keys()  # type: ignore[index]
        for silence in (2.9, 3.1)
    ]

    assert states == [{"llama-0"}, set()]


def test_k_manage_status_is_for_staff_and_tokens_with_the_scope(
    client: Client, staff: Client
) -> None:
    get_user_model().objects.create_user("vera", password="a long password")
    visitor, outsider = Client(), Client()
    outsider.login(username="vera", password="a long password")

    assert staff.get(STATUS).json()["config"]["port"] == settings.STATUSPAGE.port
    assert visitor.get(STATUS, headers=bearer("manage")).status_code == 200
    assert visitor.get(STATUS, headers=bearer("readers:write")).status_code == 403
    for anonymous in (visitor.get(STATUS), outsider.get(STATUS)):
        assert anonymous.status_code == 401
        assert anonymous.headers["WWW-Authenticate"] == "Bearer"
        assert "config" not in anonymous.json()


@pytest.mark.parametrize("scope", ["manage", "monitors:write"])
def test_k_registering_needs_the_scope_agents_write(client: Client, scope: str) -> None:
    assert post(client, READER, {}).status_code == 401
    assert post(client, READER, bearer(scope)).status_code == 403
    assert not Reader.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"consumer_name": ""}, "consumer_name"),
        ({"consumer_name": "a\nb"}, "consumer_name"),
        ({"state": "dead"}, "state"),
        ({"pids": [0]}, "pids.0"),
        ({"heartbeat_wait_interval": 0}, "heartbeat_wait_interval"),
        ({"metrics": {"cpu": 101}}, "metrics.cpu"),
        ({"metrics": {"fan": 1}}, "metrics.fan"),
        ({"metrics": {"requests": {"total": 1, "failed": 2}}}, "metrics.requests.failed"),
        ({"metrics": {"gpu": {"total": 1, "active": 2}}}, "metrics.gpu.active"),
        ({"model_type": "probe", "consumer_groups": ["primary"]}, "consumer_groups"),
    ],
)
def test_k_what_is_wrong_is_named(client: Client, wrong: dict[str, Any], field: str) -> None:
    answer = post(client, {**READER, **wrong})

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert field in {error["field"] for error in answer.json()["errors"]}
    assert not Reader.objects.exists()


def test_k_what_the_database_refuses_may_be_sent_again_f_t18(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr("statuspage.api.views.readers.receive_heartbeat", refuse)

    answer = post(client, READER)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_k_the_reserved_group_is_open_to_everybody_but_probes(client: Client) -> None:
    assert post(client, {**READER, "consumer_groups": ["primary"]}).status_code == 200


def test_t23_t24_t25_come_from_what_readers_report(client: Client) -> None:
    post(client, {**READER, "metrics": {
        "cpu": 50, "memory": 25, "storage": 10, "network_in": 2_300_000_000, "network_out": 1000,
        "gpu": {"total": 8, "active": 4, "utilization": 75, "queue_length": 2},
        "requests": {"total": 10, "failed": 1, "average_ms": 12.5},
    }})  # fmt: skip
    now = datetime.now(UTC).timestamp()

    served, usage = selectors.api_requests(now=now), selectors.resource_usage(now=now)
    assert (served.total, served.successful, served.failed) == (10, 9, 1)
    assert served.average_ms == 12.5
    assert (usage.cpu, usage.inbound, usage.outbound) == (50.0, "2.3 Gbps", "1.0 Kbps")
    assert selectors.gpu_usage(now=now).active == 4

"""Contract K: `/status` of the management listener, and readers that register."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

from monitors.models import Reader
from monitors.readers import selectors
from statuspage.access import tokens
from statuspage.api.views.management import management_status
from tests.contracts.golden import golden

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
HEARTBEAT = "/api/v1/readers/heartbeat"
STATUS = "/manage/status"
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
    key = tokens.create(name=f"t {scope} {time.time_ns()}", scopes=[scope])
    return {"Authorization": f"Bearer {key}"}


def post(client: Client, body: Any, headers: dict[str, str] | None = None) -> Any:
    headers = bearer("agents:write") if headers is None else headers
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


def test_k_status_has_exactly_the_shape_of_the_contract(client: Client) -> None:
    began = time.time()
    post(client, {**READER, "heartbeat_wait_interval": 10})
    post(client, {**READER, "consumer_name": "llama-1", "state": "loading"})
    post(client, {**READER, "consumer_name": "llama-2"})
    Reader.objects.filter(name="llama-2").update(heartbeat=time.time() - 3600)

    told = management_status(now=time.time())["status"]

    assert told is not None
    for name, heard in told["last_heartbeat"].items():
        assert (heard["heartbeat_timestamp"] < began - 3000) == (name == "llama-2")
        heard["heartbeat_timestamp"] = 0
    assert told == golden("management-status.json", told)


def test_k_manage_status_is_for_staff_and_tokens_with_the_scope(
    client: Client, staff: Client
) -> None:
    get_user_model().objects.create_user("vera", password="a long password")
    visitor, outsider = Client(), Client()
    outsider.login(username="vera", password="a long password")

    assert staff.get(STATUS).json()["config"]["port"] == settings.STATUSPAGE.port
    assert visitor.get(STATUS, headers=bearer("manage")).status_code == 200
    assert visitor.get(STATUS, headers=bearer("agents:write")).status_code == 403
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

"""Agents and readers in the admin: state, last heard, what they run and report."""

import re
import time

import pytest
from django.contrib.admin.utils import quote
from django.test import Client
from django.urls import reverse

from monitors.models import Agent, Reader
from monitors.models.vantage import ProberConnectivity
from monitors.readers.services import ReaderReport, receive_heartbeat
from monitors.rules.reader_state import ReaderState
from tests import build

pytestmark = pytest.mark.django_db

AGENTS = "admin:monitors_agent_changelist"
READERS = "admin:monitors_reader_changelist"


def page(client: Client, name: str, *arguments: str) -> str:
    answer = client.get(reverse(name, args=[quote(each) for each in arguments]))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.fixture
def agent() -> Agent:
    build.monitor(name="Shop from afar", regions=(build.region("eu", "Europe"),))
    return Agent.objects.create(
        name="box/agent@eu", region="eu", seen=time.time() - 3, stream="s", sequence=1204
    )


def test_an_agent_is_shown_with_its_state_and_what_it_delivered(
    staff: Client, agent: Agent
) -> None:
    told = page(staff, AGENTS)

    assert "box/agent@eu" in told
    assert '<span class="status status-operational">live</span>' in told
    assert re.search(r"\d+ s ago", told)
    assert "1,204 batches" in told
    assert "agents:write" in told


def test_a_silent_agent_and_one_without_network_are_told_apart(staff: Client, agent: Agent) -> None:
    ProberConnectivity.objects.create(region="eu", prober=agent.name, blind_since=time.time() - 60)
    assert "without network" in page(staff, AGENTS)

    Agent.objects.update(seen=time.time() - 7200)

    told = page(staff, AGENTS)
    assert '<span class="status status-unknown">silent</span>' in told
    assert "2 h ago" in told


def test_an_agents_page_names_its_monitors_and_its_reader(staff: Client, agent: Agent) -> None:
    receive_heartbeat(ReaderReport(name=agent.name, model_type="probe"), now=time.time())

    told = page(staff, "admin:monitors_agent_change", agent.name)

    assert "Shop from afar" in told
    assert reverse("admin:monitors_reader_change", args=[quote(agent.name)]) in told


def test_an_agent_without_monitors_says_so(staff: Client) -> None:
    Agent.objects.create(name="idle", region="mars", seen=time.time())

    assert "No monitor uses the region mars." in page(staff, "admin:monitors_agent_change", "idle")


@pytest.mark.parametrize(
    ("said", "age", "shown"),
    [
        (ReaderState.LIVE, 1, '<span class="status status-operational">live</span>'),
        (ReaderState.LOADING, 1, '<span class="status status-maintenance">loading</span>'),
        (ReaderState.LIVE, 60, '<span class="status status-unknown">dead</span>'),
    ],
)
def test_a_reader_is_what_its_last_heartbeat_makes_it(
    staff: Client, said: ReaderState, age: float, shown: str
) -> None:
    receive_heartbeat(
        ReaderReport(name="gpu-1", reported_state=said, interval=5), now=time.time() - age
    )

    assert shown in page(staff, READERS)


def test_a_readers_page_tells_what_it_runs_and_the_figures_it_reported(staff: Client) -> None:
    beat = ReaderReport(
        name="gpu-1", consumer_groups=("inference",), device="A100", model_name="llama",
        model_type="llm", pids=(4711,),
        metrics={
            "cpu": 37.5, "network_in": 2.3e9,
            "gpu": {"total": 4, "active": 3, "utilization": 81.5, "queue_length": 7},
            "requests": {"total": 1200, "failed": 3, "average_ms": 20},
        },
    )  # fmt: skip
    receive_heartbeat(beat, now=time.time())

    told = page(staff, "admin:monitors_reader_change", "gpu-1")

    for text in (
        "llama · llm", "inference", "A100", "4711", "37.5 %", "2.3 Gbps", "1,200",
        "3 of 4 active, 81.5 % in use, 7 waiting",
    ):  # fmt: skip
        assert text in told, text


def test_nobody_changes_them_by_hand(staff: Client, agent: Agent) -> None:
    Reader.objects.create(name="gpu-1")
    for name in ("agent", "reader"):
        assert staff.get(reverse(f"admin:monitors_{name}_add")).status_code == 403
    path = reverse("admin:monitors_agent_delete", args=[quote(agent.pk)])
    assert staff.post(path, {"post": "yes"}).status_code == 403


def test_the_list_of_agents_asks_no_more_for_more_agents(
    staff: Client, agent: Agent, django_assert_max_num_queries: object
) -> None:
    for number in range(20):
        Agent.objects.create(name=f"a{number}", region="eu", seen=time.time())

    with django_assert_max_num_queries(14):  # type: ignore[operator]
        page(staff, AGENTS)

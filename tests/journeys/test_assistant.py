"""An assistant and a person work on one incident: `statusctl` and the official MCP client (P12)."""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import requests
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.clients.test_statusctl import said
from tests.counterparts import program
from tests.journeys.product import Product, running
from tests.waiting import PATIENCE, until

pytestmark = [pytest.mark.long, pytest.mark.journey]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with running(tmp_path_factory.mktemp("data")) as product:
        until(product.status, what="the page")
        product.add_component()
        yield product


def token(product: Product, name: str, *scopes: str) -> str:
    words = [word for scope in scopes for word in ("--scope", scope)]
    return product.manage("token", name, *words).split()[-1]


def ask(product: Product, key: str, tool: str, **arguments: Any) -> Any:
    """What a tool tells the official client by HTTP; the text of its refusal."""

    async def talk() -> Any:
        url = f"http://127.0.0.1:{product.management_port}/mcp"
        headers = {"authorization": f"Bearer {key}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=PATIENCE) as web,
            Client(streamable_http_client(url, http_client=web)) as client,
        ):
            answer = await client.call_tool(tool, arguments)
        if answer.is_error:
            return " ".join(getattr(each, "text", "") for each in answer.content)
        return answer.structured_content

    return asyncio.run(talk())


def journal(product: Product) -> list[tuple[str, str]]:
    """Kinds and authors of what tokens did, the oldest first."""
    code = (
        "from components.models import JournalEntry as J; import json;"
        "print(json.dumps(list(J.objects.filter(actor__startswith='token ').order_by('pk')"
        ".values_list('kind', 'actor'))))"
    )
    told = product.manage("shell", "--no-imports", "-c", code)
    return [(kind, actor) for kind, actor in json.loads(told.splitlines()[-1])]


def test_p12_from_a_draft_of_an_assistant_to_resolved(product: Product) -> None:
    drafter = token(product, "assistant", "status:draft")
    person = token(product, "ann", "status:read", "status:write")
    closer = token(product, "closer", "status:write")
    ctl = {"STATUSCTL_URL": product.url, "STATUSCTL_TOKEN": person}

    def page() -> str:
        return requests.get(
            f"{product.url}/status", headers={"Accept": "text/html"}, timeout=PATIENCE
        ).text

    draft = ask(
        product, drafter, "draft_incident", title="Orders hang", message="We look.",
        components={"checkout": "partial_outage"},
    )  # fmt: skip
    assert "Orders hang" not in page()
    assert "Orders hang" in said("incident", "list", "--status", "draft", env=ctl)
    refused = ask(product, drafter, "publish", reference=draft["reference"])
    assert "lacks the scope status:write" in refused

    published = json.loads(said("--json", "incident", "publish", "last", env=ctl))
    reference = published["reference"]
    until(lambda: "Orders hang" in page(), what="it is on the page")
    assert product.service("checkout")["status"] == "partial_outage"
    said("incident", "update", reference, "-m", "A lock.", "--status", "identified", env=ctl)
    until(lambda: "A lock." in page(), what="the update is on the page")

    ask(
        product, closer, "publish", reference=reference, message="Unlocked.", status="resolved",
        notify=False,
    )  # fmt: skip
    until(lambda: product.service("checkout")["status"] == "operational", what="it is over")
    assert "Unlocked." in requests.get(
        f"{product.url}/status/incidents/{reference}", timeout=PATIENCE
    ).text  # fmt: skip

    told = [each for each in journal(product) if each[0].startswith("incident.")]
    assert [actor for _, actor in told] == [
        "token assistant", "token ann", "token ann", "token closer",
    ]  # fmt: skip
    assert [actor for kind, actor in journal(product) if kind == "mcp.called"] == [
        "token assistant", "token assistant", "token closer",
    ]  # fmt: skip


@pytest.mark.parametrize("names", ["", "kuma"])
def test_p09_promtool_finds_nothing_to_say_of_the_metrics(product: Product, names: str) -> None:
    url = f"http://127.0.0.1:{product.management_port}/metrics?names={names}"
    text = requests.get(url if names else url.partition("?")[0], timeout=PATIENCE).text

    done = subprocess.run(
        [program("promtool"), "check", "metrics"], input=text, capture_output=True, text=True,
        timeout=PATIENCE, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_completion_for_bash_parses(tmp_path: Path) -> None:
    script = tmp_path / "statusctl.bash"
    script.write_text(said("completion", "bash"))

    subprocess.run(["bash", "-n", str(script)], check=True, timeout=PATIENCE)

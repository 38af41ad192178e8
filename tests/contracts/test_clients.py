"""Clients that are generated from our document, and clients that others have published."""

import compileall
import importlib
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from statuspage.api import schema_view
from tests import DOCS, node_tools
from tests.contracts.api_site import ApiSite
from tests.counterparts import missing
from tests.statuspage.live_site import ARGUMENTS
from tests.waiting import PATIENCE

pytestmark = pytest.mark.long

_CONFIG = """
post_hooks: []
content_type_overrides:
  image/png: application/octet-stream
  image/svg+xml: text/plain
  application/atom+xml: text/plain
  application/rss+xml: text/plain
  application/problem+json: application/json
  message/rfc822: application/octet-stream
  application/yaml: application/octet-stream
  application/x-pem-file: text/plain
"""
"""Its names for what it otherwise leaves out; what is text is text."""


@pytest.fixture
def python_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a package that openapi-python-client made of our document."""
    (tmp_path / "config.yml").write_text(_CONFIG)
    (tmp_path / "schema.json").write_bytes(schema_view.document())
    documented = (DOCS / "integrate" / "clients.md").read_text("utf-8")
    [command] = re.findall(r"^openapi-python-client (.*)$", documented, re.MULTILINE)
    subprocess.run(
        [
            str(Path(sys.executable).with_name("openapi-python-client")), *command.split(),
            "--config", "config.yml", "--fail-on-warning",
        ],
        cwd=tmp_path, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "status_client"
    for name in [name for name in sys.modules if name.startswith("status_client")]:
        del sys.modules[name]


def test_the_generated_python_client_compiles_and_works(
    python_client: str, site: ApiSite, tmp_path: Path
) -> None:
    assert compileall.compile_dir(tmp_path / python_client, quiet=1)
    made = partial(importlib.import_module, package=python_client)
    models = made(".models")
    with made(".client").AuthenticatedClient(base_url=site.url, token=site.key) as client:

        def call(name: str, **said: Any) -> Any:
            return made(f".api.{name}").sync_detailed(client=client, **said).parsed

        body = models.GroupBody(name="Generated")
        group = call("status_administration.create_group", body=body)
        refused = call("status_administration.create_group", body=body)
        listed = call("status_administration.list_groups")
        call("status_administration.delete_group", id=group.id)
        gone = call("status_administration.get_group", id=group.id)
        system = call("system_status.get_system_status", include_metrics=True)
        public = call("public.get_snapshot")
        summary = call("statuspage_v2.v2_summary")

    assert group.name in [each.name for each in listed.groups]
    assert (refused.status, gone.status) == (409, 404)
    assert system.metrics.api_requests.total >= 0
    assert isinstance(public, models.StatusSnapshot)
    assert summary.page.time_zone == "Etc/UTC"


def test_the_generated_typescript_compiles_and_works(site: ApiSite, tmp_path: Path) -> None:
    folder = node_tools.workspace(tmp_path)
    (folder / "openapi.json").write_bytes(schema_view.document())

    generator = node_tools.tool("openapi-typescript")
    node_tools.run(folder, generator, "openapi.json", "-o", "api.d.ts")
    node_tools.run(folder, node_tools.tool("tsc"))
    told = json.loads(node_tools.run(folder, "node", "typed.js", site.url, site.key))

    assert re.fullmatch(r"\d+\.\d", told["uptime"])
    assert (told["field"], told["gone"]) == ("name", 204)


def test_s_the_published_client_reads_us_unchanged(site: ApiSite, tmp_path: Path) -> None:
    """npm `statuspage.io`, given our address."""
    folder = node_tools.workspace(tmp_path)

    told = json.loads(node_tools.run(folder, "node", "statuspage_io.cjs", site.url))

    assert told["status"]["status"]["indicator"] in ("none", "minor", "major", "critical")
    assert told["summary"]["page"] == told["status"]["page"]
    assert told["components"]["components"]
    assert told["incidents"]["incidents"]
    assert {"unresolved", "maintenances", "upcoming"} <= told.keys()


def _published_client(site: ApiSite) -> tuple[Any, str]:
    """PyPI `atlassian-python-api`, given our address: its `StatusPage`; and the id of our page."""
    try:
        published = importlib.import_module("atlassian.statuspage")
    except ImportError:
        missing("packages", "atlassian-python-api is not installed")
    client = published.StatusPage(url=site.url, token=site.key)
    return client, client.page_list_pages()[0]["id"]


def test_p08_the_published_client_writes_to_us_unchanged(site: ApiSite) -> None:
    client, page = _published_client(site)

    made = client.page_create_component(page, {"name": "Published", "status": "operational"})
    component = client.page_update_component(page, made["id"], {"description": "By a client"})
    group = client.page_create_component_group(
        page, "Of clients", {"name": "Clients", "components": [made["id"]]}
    )
    incident = client.page_create_incident(page, {
        "name": "Slow", "status": "investigating", "body": "We look.", "impact_override": "minor",
        "components": {made["id"]: "degraded_performance"}, "component_ids": [made["id"]],
    })  # fmt: skip
    unresolved = client.page_list_unresolved_incidents(page)
    searched = client.page_list_incidents(page, "We look.")
    resolved = client.page_update_incident(
        page, incident["id"], {"status": "resolved", "body": "Gone."}
    )
    window = client.page_create_incident(page, {
        "name": "Move", "status": "scheduled", "component_ids": [made["id"]],
        "scheduled_for": "2040-01-01T00:00:00Z", "scheduled_until": "2040-01-01T01:00:00Z",
    })  # fmt: skip
    upcoming = client.page_list_upcoming_incidents(page)
    reader = client.page_create_subscriber(page, {"email": "client@example.org"})
    followed = client.page_update_subscriber(page, reader["id"], [made["id"]])
    client.page_unsubscribe_subscriber(page, reader["id"])
    client.page_delete_incident(page, window["id"])
    client.page_delete_component_group(page, group["id"])
    client.page_delete_component(page, made["id"])

    assert (component["name"], component["description"]) == ("Published", "By a client")
    assert group["components"] == [made["id"]]
    assert incident["components"][0]["status"] == "degraded_performance"
    assert incident["id"] in [each["id"] for each in unresolved]
    assert [each["id"] for each in searched][:1] == [incident["id"]]
    assert resolved["status"] == "resolved"
    assert window["id"] in [each["id"] for each in upcoming]
    assert followed["components"] == [made["id"]]
    assert client.page_get_incident(page, incident["id"])["name"] == "Slow"
    assert made["id"] not in [each["id"] for each in client.page_get_components(page)]
    assert site.key not in site.log.read_text()


def test_p08_the_published_client_sends_numbers_to_us_unchanged(site: ApiSite) -> None:
    client, page = _published_client(site)
    made = client.page_create_component(page, {"name": "Numbers", "status": "operational"})
    provider = client.page_create_metric_provider(page, {"type": "Self"})
    metric = client.page_create_metric_for_metric_provider(
        page, provider["id"],
        {"name": "Jobs", "metric_identifier": made["id"], "suffix": "jobs", "decimal_places": 1},
    )  # fmt: skip
    point = {"timestamp": int(time.time()), "value": 12.5}
    added = client.page_add_data_to_metric(page, metric["id"], point)
    several = client.page_add_data_points_to_metric(page, {metric["id"]: [point]})
    fed = client.page_get_metric(page, metric["id"])
    renamed = client.page_update_metric(page, metric["id"], {"name": "Open jobs"})
    listed = client.page_list_metric_for_metric_provider(page, provider["id"])
    emptied = client.page_reset_data_for_metric(page, metric["id"])
    client.page_delete_metric(page, metric["id"])

    assert (added, several) == ({"data": point}, {metric["id"]: [point]})
    assert fed["most_recent_data_at"] is not None
    assert (fed["suffix"], fed["decimal_places"], renamed["name"]) == ("jobs", 1, "Open jobs")
    assert emptied["most_recent_data_at"] is None
    assert metric["id"] in [each["id"] for each in listed]
    assert metric["id"] not in [each["id"] for each in client.page_get_list_of_metrics(page)]
    assert client.page_list_metric_providers(page) == [provider]
    client.page_delete_component(page, made["id"])


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Another origin, and the folder that it serves."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    handler = partial(_Quiet, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


_SHOWN = """() => {
  const texts = (root) => [...root.childNodes].map((node) =>
    (node.nodeType === 3 ? node.data : '') + (node.shadowRoot ? texts(node.shadowRoot) : '')
    + texts(node)).join(' ');
  return texts(document.querySelector('statuspage-widget').shadowRoot
    || document.querySelector('statuspage-widget'));
}"""


@pytest.mark.browser
def test_s_the_published_widget_shows_us_on_a_page_of_another_origin(
    site: ApiSite, elsewhere: tuple[str, Path], chromium: Path, tmp_path: Path
) -> None:
    """npm `@statuspage/status-widget` in Chromium."""
    # Missing where there is no browser.
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    origin, folder = elsewhere
    package = node_tools.workspace(tmp_path) / "node_modules/@statuspage/status-widget"
    shutil.copy(package / "dist/index.js", folder / "widget.js")
    (folder / "index.html").write_text(
        f'<!doctype html><title>A shop</title><script src="widget.js"></script>'
        f'<statuspage-widget src="{site.url}"></statuspage-widget>'
    )
    asked: list[Any] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=ARGUMENTS)
        page = browser.new_page()
        page.on("response", lambda answer: asked.append((answer.url, answer.status)))
        page.goto(f"{origin}/index.html")
        # Its style stands there before its answer does.
        page.wait_for_function(
            f"/Systems?|Service|Outage|Maintenance/.test(({_SHOWN})())", timeout=PATIENCE * 1000
        )
        browser.close()

    assert (f"{site.url}/api/v2/summary.json", 200) in asked

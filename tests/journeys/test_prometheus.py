"""The real Prometheus scrapes the product, and evaluates all rules and queries (P09)."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from tests import ROOT
from tests.counterparts import program
from tests.journeys.product import Product, free_port, running
from tests.servers import Target, make_certificate
from tests.waiting import PATIENCE, until

pytestmark = [pytest.mark.long, pytest.mark.journey]
OBSERVE = ROOT / "deploy" / "observe"
VARIABLES = {"$component": ".*", "$machine": ".*", "$__rate_interval": "1m"}
SILENT = {
    "Requests that failed": "nothing fails",
    "Mail server": "the mail server is asked for after a while",
    "Deliveries that wait": "nobody is told of anything",
    "Deliveries by state": "nobody is told of anything",
    "Open incidents of components": "there is no incident",
    "Numbers that are sent to monitors": "no monitor takes numbers",
    "How long a region has had no network": "every region has one",
    "Certificate of the public address: time that is left": "the address has no TLS",
    "Certificate of the public address": "the address has no TLS",
    "Since the dead-man's switch answered": "none is set",
}
"""The panels that may have nothing to show yet, and why."""


class Prometheus:
    """What a running Prometheus says by its API."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/api/v1"

    def get(self, path: str, **params: str) -> Any:
        answer = requests.get(f"{self._url}/{path}", params=params, timeout=PATIENCE).json()
        assert answer["status"] == "success", f"{params}: {answer.get('error')}"
        return answer["data"]

    def values(self, expr: str) -> list[dict[str, Any]]:
        """The samples of an instant query."""
        return list(self.get("query", query=expr)["result"])

    def is_answering(self) -> bool:
        try:
            return bool(self.get("status/buildinfo"))
        except requests.RequestException:
            return False


@contextmanager
def prometheus(folder: Path, product: Product) -> Iterator[Prometheus]:
    """Prometheus with the delivered rules, which scrapes the product every second."""
    jobs: list[dict[str, Any]] = [
        {"job_name": "statuspage"},
        {"job_name": "uptime", "params": {"names": ["kuma"]}},
    ]
    target = f"127.0.0.1:{product.management_port}"
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(OBSERVE / "alerts.yml")],
        "scrape_configs": [{**job, "static_configs": [{"targets": [target]}]} for job in jobs],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config))
    port = free_port()
    command: list[str | Path] = [
        program("prometheus"), f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        server = Prometheus(port)
        until(server.is_answering, what="Prometheus answers")
        yield server
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def panels() -> Iterator[tuple[str, str]]:
    """Each query of the dashboard, as Grafana sends it, under its panel's title."""
    board = json.loads((OBSERVE / "dashboard.json").read_text(encoding="utf-8"))
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            expr = target["expr"]
            for name, value in VARIABLES.items():
                expr = expr.replace(name, value)
            assert "$" not in expr, f"{panel['title']}: a variable that nothing replaces"
            yield panel["title"], expr


def watch_a_shop(product: Product, url: str, authorities: str) -> None:
    """Watch a component by HTTPS."""
    product.add_component()
    token = product.manage("token", "ci", "--scope", "monitors:write").split()[-1]
    config = {"url": url, "authorities": authorities}
    answer = requests.post(
        f"{product.url}/api/v1/monitors",
        json={
            "name": "Shop", "component": "checkout", "kind": "endpoint", "config": config,
            "interval": 1, "timeout": 1,
        },
        headers={"Authorization": f"Bearer {token}"},
        timeout=PATIENCE,
    )  # fmt: skip
    assert answer.status_code == 201, answer.text


def test_p09_prometheus_evaluates_every_rule_and_every_query_of_the_dashboard(
    tmp_path: Path,
) -> None:
    program("prometheus")  # before anything is started in vain
    certificate = make_certificate(tmp_path, days_left=40)
    data_dir, folder = tmp_path / "data", tmp_path / "prometheus"
    data_dir.mkdir()
    folder.mkdir()
    with (
        Target(tls=certificate) as target,
        running(data_dir) as product,
        prometheus(folder, product) as server,
    ):
        product.wait_until_at_work()
        watch_a_shop(product, target.url("/ok"), certificate.path.read_text())
        until(
            lambda: server.values('statuspage_monitor_up{component="checkout"} == 1'),
            what="Prometheus knows that the shop is up",
        )

        # A rate needs two scrapes, and each job has its own second to scrape in.
        until(
            lambda: {title for title, expr in panels() if not server.values(expr)} <= set(SILENT),
            what=f"every panel shows something, but {sorted(SILENT)}",
            every=1,
        )
        kuma = until(
            lambda: server.values('monitor_status{job="uptime", monitor_name="Shop"}'),
            what="the job with Uptime Kuma's names knows the monitor",
        )
        days = until(
            lambda: server.values('monitor_cert_days_remaining{monitor_name="Shop"}'),
            what="the days left of its certificate",
        )
        groups = server.get("rules")["groups"]
        dropped = server.values("scrape_samples_scraped - scrape_samples_post_metric_relabeling")

    expected = yaml.safe_load((OBSERVE / "alerts.yml").read_text())["groups"][0]["rules"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert {rule["name"] for rule in rules} == {rule["alert"] for rule in expected}
    assert {rule["name"]: rule["lastError"] for rule in rules if rule.get("lastError")} == {}
    assert {rule["health"] for rule in rules} == {"ok"}
    assert [sample["value"][1] for sample in kuma] == ["1"]
    assert [float(sample["value"][1]) for sample in days] == [pytest.approx(39, abs=1)]
    assert {sample["value"][1] for sample in dropped} == {"0"}

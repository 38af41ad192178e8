"""The real Alertmanager, set up as the docs say, driven by `amtool` (P01 to P03)."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.counterparts import program
from tests.journeys.product import Product, free_port, running
from tests.waiting import PATIENCE, until

pytestmark = [pytest.mark.long, pytest.mark.journey]
STRICT = {"component": "checkout", "degraded": "fail", "unknown": "fail"}


class Alertmanager:
    """A running Alertmanager, as `amtool` drives it."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"

    def is_ready(self) -> bool:
        try:
            return requests.get(f"{self._url}/-/ready", timeout=PATIENCE).ok
        except requests.RequestException:
            return False

    def alert(self, name: str, *labels: str, ends_in: timedelta, summary: str = "") -> None:
        """Have an alert fire until then; one that ends now is resolved."""
        end = (datetime.now(UTC) + ends_in).isoformat()
        subprocess.run(
            [
                program("amtool"), f"--alertmanager.url={self._url}", "alert", "add",
                f"alertname={name}", *labels, f"--end={end}", f"--annotation=summary={summary}",
            ],
            check=True, capture_output=True, timeout=PATIENCE,
        )  # fmt: skip


@contextmanager
def alertmanager(folder: Path, webhook: str, token: str) -> Iterator[Alertmanager]:
    """Alertmanager with one receiver, which repeats every second what fires."""
    hook = {
        "url": webhook, "send_resolved": True,
        "http_config": {"authorization": {"credentials": token}},
    }  # fmt: skip
    config = {
        "route": {
            "receiver": "statuspage", "group_by": ["alertname"], "group_wait": "0s",
            "group_interval": "1s", "repeat_interval": "1s",
        },
        "receivers": [{"name": "statuspage", "webhook_configs": [hook]}],
    }  # fmt: skip
    folder.mkdir()
    (folder / "config.yml").write_text(json.dumps(config))
    port = free_port()
    command: list[str | Path] = [
        program("alertmanager", "prometheus-alertmanager", "alertmanager"),
        f"--config.file={folder / 'config.yml'}", f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        server = Alertmanager(port)
        until(server.is_ready, what="Alertmanager is ready")
        yield server
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def external_monitor(product: Product, **config: Any) -> tuple[str, str]:
    """A monitor that takes alerts: its address, and a token for it."""
    scopes = ("monitors:read", "monitors:write", "alerts:write")
    words = [word for scope in scopes for word in ("--scope", scope)]
    token = product.manage("token", "ci", *words).split()[-1]
    made = requests.post(
        f"{product.url}/api/v1/monitors",
        json={"name": "Prometheus", "component": "checkout", "kind": "external", "config": config},
        headers={"Authorization": f"Bearer {token}"},
        timeout=PATIENCE,
    )
    assert made.status_code == 201, made.text
    return f"{product.url}/api/v1/monitors/{made.json()['id']}", token


def test_p02_p03_alertmanager_takes_a_component_down_and_up_and_is_unknown_when_it_stops(
    tmp_path: Path,
) -> None:
    program("amtool")  # before anything is started in vain
    program("alertmanager", "prometheus-alertmanager", "alertmanager")
    (tmp_path / "data").mkdir()
    with running(tmp_path / "data") as product:
        product.wait_until_at_work()
        product.add_component()
        monitor, token = external_monitor(product, watchdog="Watchdog", grace=5)

        def says(expected: str) -> None:
            check = f"{product.url}/status/check"
            until(
                lambda: requests.get(check, STRICT, timeout=PATIENCE).text.strip() == expected,
                what=f"the page says {expected}",
            )

        says("unknown")
        with alertmanager(tmp_path / "am", f"{monitor}/alerts/alertmanager", token) as sender:
            hour, over = timedelta(hours=1), timedelta()
            sender.alert("Watchdog", "severity=none", ends_in=hour)
            says("ok")
            sender.alert("Slow", "severity=warning", ends_in=hour, summary="Checkout is slow")
            says("degraded")
            sender.alert(
                "Down", "severity=critical", ends_in=hour, summary="No payment gets through"
            )
            says("major_outage")
            assert "No payment gets through" in reason(monitor, token)
            sender.alert("Down", "severity=critical", ends_in=over)
            says("degraded")
            sender.alert("Slow", "severity=warning", ends_in=over)
            says("ok")
        says("unknown")
        assert "no watchdog alert since" in reason(monitor, token)


def reason(monitor: str, token: str) -> str:
    """What the monitor gives as its reason."""
    answer = requests.get(monitor, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE)
    told: str = answer.json()["state"][0]["message"]
    return told

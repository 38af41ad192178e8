"""P02: the real Alertmanager takes a component down with its alert, and up again."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import requests

from statuspage.drills.base import Drill, DrillResult, NotSupportedError
from statuspage.drills.environment import DrillEnvironment

TOLD_WITHIN = 2.0
_LOCAL = "127.0.0.1"
_CATALOGUE = {
    "groups": [{"name": "Drill", "components": [{
        "name": "Shop", "slug": "shop",
        "monitors": [{"name": "Alertmanager", "kind": "external", "config": {}}],
    }]}],
}  # fmt: skip


class AlertmanagerDrill(Drill):
    name = "alertmanager"
    fault = "alerts fire in a real Alertmanager, set up as the docs say, and are resolved"
    target = "each takes its component down within 2 s, with its summary, and up again (P02)"

    def run(self, *, short: bool, say: Callable[[str], None]) -> DrillResult:
        server, client = _programs()
        rounds = 3 if short else 30
        result = DrillResult(injected=rounds)
        slowest = 0.0
        with (
            socket.create_server((_LOCAL, 0)) as public,
            socket.create_server((_LOCAL, 0)) as management,
            DrillEnvironment() as environment,
        ):
            key = environment.prepare(_CATALOGUE)
            fds = (public.fileno(), management.fileno())
            environment.start("web", "--fd", str(fds[0]), "--management-fd", str(fds[1]), fds=fds)
            environment.start("beat")
            page = f"http://{_LOCAL}:{public.getsockname()[1]}"
            environment.wait_until(lambda: _says(page) != "", seconds=60, what="the page")
            monitor = environment.query("SELECT id FROM monitors_monitor WHERE kind = 'external'")
            hook = f"{page}/api/v1/monitors/{monitor[0][0]}/alerts/alertmanager"
            with _running(server, environment, hook=hook, key=key) as url:
                for number in range(rounds):
                    alert = _Alert(client, url, f"Drill{number}")
                    began = time.monotonic()
                    alert.send(ends_in=timedelta(hours=1))
                    environment.wait_until(
                        lambda: _says(page) == "major_outage", seconds=30, what="the outage"
                    )
                    slowest = max(slowest, time.monotonic() - began)
                    found = environment.query("SELECT message FROM monitors_check")
                    result.lost += found != [(alert.summary,)]
                    alert.send(ends_in=timedelta())
                    took = environment.wait_until(
                        lambda: _says(page) == "ok", seconds=30, what="the end of the outage"
                    )
                    result.recovery = max(result.recovery, took)
            told = len(environment.journal_data("monitor.state_changed"))
        say(f"the slowest alert was on the page after {slowest:.2f} s")
        result.duplicated = max(0, told - 2 * rounds)
        result.expect(slowest <= TOLD_WITHIN, f"an alert took {slowest:.1f} s to the page")
        result.expect(result.lost == 0, "an alert's summary was not the reason")
        return result


class _Alert:
    """One alert, as `amtool` sends it."""

    def __init__(self, client: str, url: str, name: str) -> None:
        self.summary = f"{name} is only a drill"
        self._command = [
            client, f"--alertmanager.url={url}", "alert", "add", f"alertname={name}",
            "severity=critical", f"--annotation=summary={self.summary}",
        ]  # fmt: skip

    def send(self, *, ends_in: timedelta) -> None:
        """Have it fire until then; one that ends now is resolved."""
        end = (datetime.now(UTC) + ends_in).isoformat()
        command = [*self._command, f"--end={end}"]
        subprocess.run(command, check=True, capture_output=True, timeout=30)  # noqa: S603


@contextmanager
def _running(program: str, environment: DrillEnvironment, *, hook: str, key: str) -> Iterator[str]:
    """Run Alertmanager with one receiver; yield its address."""
    route = {
        "receiver": "statuspage", "group_by": ["alertname"], "group_wait": "0s",
        "group_interval": "1s", "repeat_interval": "1h",
    }  # fmt: skip
    webhook = {"url": hook, "http_config": {"authorization": {"credentials": key}}}
    receivers = [{"name": "statuspage", "webhook_configs": [webhook]}]
    config = environment.folder / "alertmanager.yml"
    config.write_text(json.dumps({"route": route, "receivers": receivers}))  # JSON is YAML
    with socket.create_server((_LOCAL, 0)) as free:
        port = free.getsockname()[1]
    url = f"http://{_LOCAL}:{port}"
    command = [
        program, f"--config.file={config}", f"--storage.path={environment.folder / 'alerts'}",
        f"--web.listen-address={_LOCAL}:{port}", "--cluster.listen-address=",
    ]  # fmt: skip
    with (environment.folder / "alertmanager.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603
    try:
        environment.wait_until(
            lambda: _text(f"{url}/-/ready") != "", seconds=30, what="Alertmanager's start"
        )
        yield url
    finally:
        process.kill()
        process.wait()


def _programs() -> tuple[str, str]:
    """Return Alertmanager and amtool. Raises NotSupportedError."""
    names = ("prometheus-alertmanager", "alertmanager")
    server = next(filter(None, map(shutil.which, names)), None)
    client = shutil.which("amtool")
    if server is None or client is None:
        raise NotSupportedError("it needs Alertmanager and amtool (prometheus-alertmanager)")
    return server, client


def _says(page: str) -> str:
    """Return what the page says of the component: `ok`, or its status; '' when it is not there."""
    return _text(f"{page}/status/check?component=shop&unknown=fail")


def _text(url: str) -> str:
    try:
        answer = requests.get(url, timeout=5)
    except requests.RequestException:
        return ""
    return answer.text.strip() if answer.status_code in (200, 503) else ""

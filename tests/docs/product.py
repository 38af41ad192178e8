"""A running product on which the documentation's commands are tried, as its readers would.

The commands find `manage.py`, `statuspage`, `curl` and the like in a folder of their own, and the
addresses of the pages are replaced by those of the product. `manage.py doctor` may find something
wrong, since no worker runs; every other command has to succeed, and every request too.
"""

import asyncio
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from statuspage.demo import targets
from statuspage.demo.control_server import ControlServer
from statuspage.demo.targets import DemoTargets, Target
from tests import ROOT
from tests.contracts.api_site import ApiSite, api_site
from tests.counterparts import program
from tests.docs.command_server import CLIENT
from tests.journeys.product import free_port
from tests.waiting import PATIENCE, until

_MANAGE = """\
#!/bin/bash
{client} "$@"
code=$?
[ "$1" = doctor ] && [ $code = 1 ] && code=0
exit $code
"""
_CURL = """\
#!/bin/bash
# What the server refuses is an error here; a stream that never ends has told enough after a second.
for word; do case "$word" in -N) {curl} --fail-with-body --max-time 1 "$@"; code=$?
  [ $code = 28 ] && code=0; exit $code;; esac; done
for word; do case "$word" in --*) ;; -*f*) exec {curl} "$@";; esac; done
exec {curl} --fail-with-body "$@"
"""
_UUIDGEN = """\
#!/bin/bash
exec {python} -c 'import uuid; print(uuid.uuid4())'
"""


@dataclass(frozen=True, slots=True)
class Product:
    """The running product, and what stands in the pages for what it has."""

    site: ApiSite
    folder: Path
    replacements: Mapping[str, str]
    environ: Mapping[str, str]

    def here(self, text: str) -> str:
        """Return a text of the documentation with the addresses of this product."""
        written = "|".join(map(re.escape, self.replacements))
        return re.sub(f"(?:{written})(?!\\d)", lambda found: self.replacements[found[0]], text)

    def run(self, script: str, *, at: str) -> None:
        """Run a page's commands. Raises AssertionError with what they printed."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.here(script)], cwd=self.folder,
            env=dict(self.environ), capture_output=True, text=True, check=False,
            timeout=PATIENCE * 2, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, f"{at}\n{self.here(script)}\n{done.stdout}\n{done.stderr}"


@contextmanager
def running(folder: Path, *, mail_port: int, control: str) -> Iterator[Product]:
    """Serve a store in which the numbers and names of the pages exist."""
    management, internal = free_port(), free_port()
    ours = {
        "STATUSPAGE_MANAGEMENT_PORT": str(management),
        "STATUSPAGE_INTERNAL_PORT": str(internal),
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
    }
    with api_site(folder / "data", **ours) as site, _commands(folder, ours, site) as environ:
        for name in ("work", "backup", "etc"):
            (folder / name).mkdir()
        (folder / "etc" / "passphrase").write_text("correct horse battery staple\n")
        _fill(site)
        summary = requests.get(f"{site.url}/api/v2/summary.json", timeout=PATIENCE).json()
        environ |= {"PAGE": summary["page"]["id"], "COMPONENT": summary["components"][-1]["id"]}
        yield Product(
            site=site,
            folder=folder / "work",
            replacements={
                "https://status.example.com": site.url,
                "http://127.0.0.1:3000": site.url,
                "http://127.0.0.1:3001": f"http://127.0.0.1:{management}",
                "http://127.0.0.1:3005": f"http://127.0.0.1:{internal}",
                "http://127.0.0.1:3099": control,
                "/ping/KEY": f"/ping/{site.ping}",
                "breakglass USER": "breakglass ann",
                "/backup/": f"{folder}/backup/",
                "/etc/statuspage/": f"{folder}/etc/",
                "cd /srv/statuspage": f"cd {ROOT}",
            },
            environ=environ,
        )


@contextmanager
def _commands(folder: Path, ours: Mapping[str, str], site: ApiSite) -> Iterator[dict[str, str]]:
    """Serve the commands that pages call; the answer is what is set where they are called."""
    line, programs = folder / "commands", folder / "bin"
    environ = {
        **_without(os.environ, "STATUSPAGE_", "DATABASE_", "DJANGO_"),
        **ours,
        "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "KEY": site.key,
        "STATUS_URL": site.url,
        "STATUSCTL_URL": site.url,
        "STATUSCTL_TOKEN": site.key,
        "STATUSPAGE_DATA_DIR": str(folder / "data"),
        "STATUSPAGE_SECRET_KEY": "of-the-tests-" * 4,
        "SITE_URL": site.url,
        "ROUNDS": "1",
    }
    programs.mkdir()
    client = folder / "client.py"
    client.write_text(CLIENT, encoding="utf-8")
    manage = _MANAGE.format(client=f"{sys.executable} -IS {client} {line}")
    statusctl = ROOT / "clients" / "statusctl" / "statusctl.py"
    texts = {
        "manage.py": manage,
        "statuspage": manage,
        "statusctl": f'#!/bin/bash\nexec {sys.executable} {statusctl} "$@"\n',
        "curl": _CURL.format(curl=program("curl")),
        "uuidgen": _UUIDGEN.format(python=sys.executable),
        "backup.sh": "#!/bin/bash\necho 'backed up'\n",
    }
    for name, text in texts.items():
        (programs / name).write_text(text, encoding="utf-8")
        (programs / name).chmod(0o755)
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.docs.command_server", str(line)], cwd=ROOT, env=environ
    )
    try:
        until(lambda: line.exists() or server.poll() is not None, what="the commands are served")
        yield environ
    finally:
        server.terminate()
        server.wait(PATIENCE)


def _without(environ: Mapping[str, str], *starts: str) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not name.startswith(starts)}


def _fill(site: ApiSite) -> None:
    """Make what the pages name: the component `shop`, monitors up to 7, a channel, regions."""

    def post(path: str, **values: Any) -> Any:
        answer = requests.post(
            f"{site.url}/api/v1/{path}", json=values, headers=site.bearer, timeout=PATIENCE
        )
        assert answer.ok, f"{path}: {answer.text}"
        return answer.json()

    for code, name in (("us-east", "US East"), ("us-east-1", "US East 1"), ("eu-west-1", "EU")):
        post("regions", code=code, name=name)
    for name in ("Shop", "Checkout"):
        post("status/components", name=name, slug=name.lower())
    number = post(
        "monitors", name="API answers", component="api", kind="endpoint",
        config={"url": "https://api.example.com/health", "username": "probe", "password": "secret"},
    )["id"]  # fmt: skip
    while number < 6:
        made = post(
            "monitors", name=f"Answers {number}", component="shop", kind="endpoint",
            config={"url": "http://127.0.0.1:9/"},
        )  # fmt: skip
        number = made["id"]
    assert post("monitors", name="Alerts", component="shop", kind="external", config={})["id"] == 7
    post("alert-channels", name="By mail", channel="email", address="ops@example.com")


@contextmanager
def demonstration() -> Iterator[str]:
    """Serve what breaks the services of a demonstration; the answer is its address."""
    slugs = {"api": "api", "router-1": "inference-routing", "router-2": "inference-routing"}
    services = DemoTargets(
        [Target(slug=slug, name=slug, component=component) for slug, component in slugs.items()]
    )
    listener = targets.reserve(0)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> asyncio.Server:
        await services.open()
        return await ControlServer(targets=services, on_change=lambda _: None).open(listener)

    async def stop() -> None:
        server.close()
        services.close()

    server = asyncio.run_coroutine_threadsafe(start(), loop).result(PATIENCE)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

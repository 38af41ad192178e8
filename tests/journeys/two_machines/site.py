"""The machines of docs/run/two-machines.md on this one: a database, two products and a proxy."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import requests

from tests.certificates import Certificate, make_certificate
from tests.counterparts import missing, program
from tests.environment import postgres_tools
from tests.journeys.product import free_port
from tests.journeys.two_machines.database import create_cluster, install_postgresql
from tests.journeys.two_machines.documentation import Page, run
from tests.journeys.two_machines.machine import Machine
from tests.mailserver import Script, mail_server
from tests.migrated_store import put_migrated_store
from tests.waiting import PATIENCE

NUMBERS = {"db": 20, "db-2": 21, "web-1": 11, "web-2": 12, "proxy": 5}
"""The last part of each machine's address."""
_HAPROXY = """\
for each; do file=$each; done
sed -e 's#:::443 v4v6#{address}:{port}#' -e '/:::80 v4v6/d' \
  -e 's#/etc/statuspage/tls#{folder}/etc/statuspage/tls#' "$file" > "$file.here"
case "$1" in -c) exec {program} -c -f "$file.here";; *) exec {program} -f "$file.here";; esac
"""
_UNIT = "[Service]\nExecStart=haproxy -f /etc/haproxy/haproxy.cfg\nRestart=always\n"


@dataclass
class Site:
    """All of it. `page` is what is played."""

    page: Page
    machines: dict[str, Machine]
    mails: Script
    certificate: Certificate
    network: str
    port: int
    _url: str

    @property
    def url(self) -> str:
        """Where visitors come to."""
        return f"https://{self.network}5:{self.port}"

    def play(self, section: str) -> None:
        """Run all that the documentation has under a heading."""
        for block in self.page.blocks(section):
            run(block, self.machines)

    def are_both_served(self) -> bool:
        """Return whether the proxy sends visitors to both machines."""
        changes = re.findall(
            r"Server web/(web\d) is (UP|DOWN)", self.machines["proxy"].log.read_text()
        )
        return set(dict(changes).values()) <= {"UP"} and all(map(self.answers, ("web-1", "web-2")))

    def answers(self, machine: str) -> bool:
        """Return whether a machine has a page to serve."""
        address = self.machines[machine].environ["STATUSPAGE_HOST"]
        return requests.get(f"http://{address}:3001/healthz", timeout=PATIENCE).ok

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return rows of the product's database."""
        with psycopg.connect(self._url) as database:
            return database.execute(sql.encode()).fetchall()


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """Two machines that the product is installed on as docs/run/install.md says, the first with a
    store in SQLite; a database server and one that is to be its standby, a mail server, a proxy."""
    executable, tools = program("haproxy"), _postgres_tools()
    network = f"127.{os.getpid() % 200 + 20}.{os.getpid() // 200 % 250}."
    port, script = free_port(), Script()
    certificate = make_certificate(folder, names=(f"{network}5", "localhost"))
    with mail_server(script) as (host, mail_port), _open_folder() as of_databases:
        machines = {
            name: Machine(
                (of_databases if name.startswith("db") else folder) / name,
                replaced={f"10.0.0.{each}": f"{network}{each}" for each in NUMBERS.values()},
                environ={
                    "STATUSPAGE_INTERNAL_HOST": f"{network}{number}",
                    "STATUSPAGE_HOST": f"{network}{number}",
                    "STATUSPAGE_MANAGEMENT_HOST": f"{network}{number}",
                    "STATUSPAGE_POSTGRES_TOOLS": str(tools),
                    "PGUSER": "postgres", "PGHOST": f"{network}{number}",
                },
            )
            for name, number in NUMBERS.items()
        }  # fmt: skip
        made = Site(
            Page("run/two-machines.md"), machines, script, certificate, network, port,
            f"postgresql://statuspage@{network}20:5432,{network}21:5432/statuspage"
            "?target_session_attrs=read-write",
        )  # fmt: skip
        try:
            for name in ("db", "db-2"):
                install_postgresql(machines[name], tools=tools, host=f"{network}{NUMBERS[name]}")
            create_cluster(machines["db"], tools=tools)
            _prepare_proxy(made, executable)
            _install(made, mail_url=f"smtp://{host}:{mail_port}")
            yield made
        finally:
            for machine in machines.values():
                machine.close()


def _postgres_tools() -> Path:
    try:
        return postgres_tools()
    except ImportError as error:
        missing("postgres", str(error))


@contextmanager
def _open_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's account may enter."""
    folder = Path(tempfile.mkdtemp(prefix="sp-db-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _install(made: Site, *, mail_url: str) -> None:
    for name in ("web-1", "web-2"):
        made.machines[name].run(Page("run/install.md").first_block())
        settings = made.machines[name].folder / "etc/statuspage/statuspage.env"
        settings.write_text(
            re.sub(
                "^SITE_URL=.*$", f"SITE_URL={made.url}", settings.read_text(), flags=re.MULTILINE
            )
            .replace("STATUSPAGE_HOST=", "#")
            .replace("STATUSPAGE_MANAGEMENT_HOST=", "#")
            + f"EMAIL_URL={mail_url}\n"
        )
    put_migrated_store(made.machines["web-1"].folder / "var/lib/statuspage")
    made.machines["web-1"].run(
        "statuspage setup --no-own-components --owner-email you@example.com\n"
        "systemctl enable statuspage.target"
    )


def _prepare_proxy(made: Site, executable: Path) -> None:
    proxy = made.machines["proxy"]
    proxy.program(
        "haproxy",
        _HAPROXY.format(
            address=f"{made.network}5", port=made.port, folder=proxy.folder, program=executable
        ),
    )
    (proxy.folder / "etc/systemd/system/haproxy.service").write_text(_UNIT)
    tls = proxy.folder / "etc/statuspage/tls"
    tls.mkdir(parents=True)
    (proxy.folder / "etc/haproxy").mkdir()
    with (tls / "haproxy.pem").open("wb") as both:
        for path in (made.certificate.path, made.certificate.key_path):
            with path.open("rb") as part:
                shutil.copyfileobj(part, both)

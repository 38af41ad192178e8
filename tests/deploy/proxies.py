"""The proxies of `deploy/`, as they are configured there, on ports and folders of a test's own."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.certificates import Certificate
from tests.counterparts import program
from tests.deploy import DEPLOY
from tests.journeys.product import free_port
from tests.proxies import nginx_frame
from tests.waiting import PATIENCE, until

KINDS = ("nginx", "haproxy", "caddy")


@dataclass(frozen=True, slots=True)
class Setting:
    """What a proxy stands in front of, and what it presents."""

    folder: Path
    """Its own, for what it writes."""
    certificate: Certificate
    port: int
    """Public listener of the product."""
    management_port: int
    copy: Path
    """Folder of the page's copy."""
    second_port: int = 0
    """That of a second machine, if there is one; nginx only."""


@dataclass(frozen=True, slots=True)
class Proxy:
    https: int
    http: int
    certificate: Certificate

    @property
    def url(self) -> str:
        return f"https://localhost:{self.https}"


@contextmanager
def proxy(kind: str, setting: Setting) -> Iterator[Proxy]:
    """A running proxy of this kind, until the block ends."""
    executable = program(kind)
    setting.folder.mkdir(parents=True, exist_ok=True)
    made = Proxy(free_port(), free_port(), setting.certificate)
    copy_port = free_port()
    commands = {
        "nginx": lambda: [_nginx(executable, setting, made, "statuspage", copy_port)],
        "haproxy": lambda: [
            _haproxy(executable, setting, made, copy_port),
            _nginx(program("nginx"), setting, made, "copy", copy_port),
        ],
        "caddy": lambda: [_caddy(executable, setting, made)],
    }[kind]()
    ports = [made.https, made.http, *([copy_port] if kind == "haproxy" else [])]
    log = setting.folder / "output.log"
    environ = {"HOME": str(setting.folder), "PATH": ""}
    with log.open("wb") as output:
        started = [
            subprocess.Popen(command, stdout=output, stderr=output, env=environ)
            for command in commands
        ]
    try:
        until(
            lambda: all(map(_listens, ports)) or any(each.poll() is not None for each in started),
            what=kind,
        )
        assert all(each.poll() is None for each in started), log.read_text()
        yield made
    finally:
        for each in started:
            each.terminate()
        for each in started:
            each.wait(PATIENCE)


def _put(setting: Setting, name: str, changes: dict[str, str]) -> str:
    """Return a file of `deploy/` with each text changed, every one of which must be in it."""
    text = (DEPLOY / name).read_text("utf-8")
    for written, real in changes.items():
        assert written in text, f"{name} has no {written!r}"
        text = text.replace(written, real)
    return text


def _nginx(executable: Path, setting: Setting, made: Proxy, name: str, copy_port: int) -> list[str]:
    site = {"/var/lib/statuspage/repository/site": str(setting.copy)}
    changes = {
        "statuspage": {
            "/etc/statuspage/tls/fullchain.pem": str(setting.certificate.path),
            "/etc/statuspage/tls/privkey.pem": str(setting.certificate.key_path),
            "    listen [::]:80;\n": "", "    listen [::]:443 ssl http2;\n": "",
            "listen 80;": f"listen 127.0.0.1:{made.http};",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{made.https} ssl http2;",
            "127.0.0.1:3000": f"127.0.0.1:{setting.port}",
        },
        "copy": {"127.0.0.1:8081": f"127.0.0.1:{copy_port}"},
    }[name]  # fmt: skip
    if name == "statuspage" and setting.second_port:
        changes["#server 10.0.0.2:3000"] = f"server 127.0.0.1:{setting.second_port}"
    path = setting.folder / "nginx.conf"
    path.write_text(
        nginx_frame(setting.folder, _put(setting, f"nginx/{name}.conf", changes | site))
    )
    flags = ["-e", f"{setting.folder}/error.log", "-p", str(setting.folder), "-c", str(path)]
    subprocess.run([executable, "-t", "-q", *flags], check=True)
    return [str(executable), *flags]


def _haproxy(executable: Path, setting: Setting, made: Proxy, copy_port: int) -> list[str]:
    both = setting.folder / "haproxy.pem"
    both.write_bytes(
        setting.certificate.path.read_bytes() + setting.certificate.key_path.read_bytes()
    )
    changes = {
        "/etc/statuspage/tls/haproxy.pem": str(both),
        ":::80 v4v6": f"127.0.0.1:{made.http}", ":::443 v4v6": f"127.0.0.1:{made.https}",
        "127.0.0.1:3000 port 3001": f"127.0.0.1:{setting.port} port {setting.management_port}",
        "127.0.0.1:8081": f"127.0.0.1:{copy_port}",
    }  # fmt: skip
    path = setting.folder / "haproxy.cfg"
    path.write_text(_put(setting, "haproxy/haproxy.cfg", changes))
    done = subprocess.run(
        [executable, "-c", "-f", str(path)], capture_output=True, text=True, check=True
    )
    assert "WARNING" not in done.stderr, done.stderr
    return [str(executable), "-f", str(path)]


def _caddy(executable: Path, setting: Setting, made: Proxy) -> list[str]:
    presented = f"tls {setting.certificate.path} {setting.certificate.key_path}"
    changes = {
        "grace_period 5s": f"grace_period 5s\n\tadmin off\n\thttp_port {made.http}\n"
        f"\thttps_port {made.https}",
        "status.example.com {": f"localhost {{\n\t{presented}\n\tbind 127.0.0.1",
        "127.0.0.1:3000": f"127.0.0.1:{setting.port}",
        "health_port 3001": f"health_port {setting.management_port}",
        "/var/lib/statuspage/repository/site": str(setting.copy),
    }
    path = setting.folder / "Caddyfile"
    path.write_text(_put(setting, "caddy/Caddyfile", changes))
    arguments = ["--config", str(path), "--adapter", "caddyfile"]
    subprocess.run(
        [executable, "validate", *arguments], check=True, capture_output=True,
        env={"HOME": str(setting.folder)},
    )  # fmt: skip
    return [str(executable), "run", *arguments]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

"""Real reverse proxies in front of a real ASGI server, configured as the documentation says."""

import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import uvicorn

from tests import DOCS
from tests.counterparts import program
from tests.journeys.product import Backend, free_port
from tests.waiting import PATIENCE, until

DOCUMENT = DOCS / "gate.md"
_NGINX = """\
daemon off;
user root;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{servers}
}}
"""
_HAPROXY = """\
global
    maxconn 256
defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
{rest}
"""


def documented(language: str) -> str:
    """The configuration that the documentation gives for a proxy."""
    found = re.search(rf"```{language}\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert found
    return found[1]


def nginx_frame(folder: Path, servers: str) -> str:
    """A whole nginx configuration around the documented part."""
    return _NGINX.format(folder=folder, servers=servers)


@contextmanager
def asgi_server(app: Any, port: int) -> Iterator[None]:
    """Serve an ASGI application on a port of 127.0.0.1."""
    config = uvicorn.Config(app, port=port, lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started, what="the ASGI server serves")
        yield
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def proxy(kind: str, folder: Path, *, status_port: int) -> Iterator[str]:
    """A proxy that guards a platform by the gate; the answer is its address."""
    command = [str(program(kind))]
    platform, port = Backend(), free_port()
    text = documented(kind)
    for written, real in (("3000", status_port), ("8080", platform.port), ("8000", port)):
        text = text.replace(f"127.0.0.1:{written}", f"127.0.0.1:{real}")
    frame = _NGINX if kind == "nginx" else _HAPROXY
    configuration = folder / f"{kind}.conf"
    configuration.write_text(frame.format(folder=folder, servers=text, rest=text))
    flags = ["-e", f"{folder}/error.log", "-p", str(folder), "-c"] if kind == "nginx" else ["-f"]
    platform.start()
    command += [*flags, str(configuration)]
    with (folder / "output.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        until(lambda: _listens(port) or process.poll() is not None, what=kind)
        assert process.poll() is None, (folder / "output.log").read_text()
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(PATIENCE)
        platform.stop()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answers(url: str, status: int) -> requests.Response:
    """Ask until the answer has this status, and return it."""
    told: list[requests.Response] = []

    def has_the_status() -> bool:
        told.append(requests.get(url, timeout=10))
        return told[-1].status_code == status

    until(has_the_status, what=f"{url} answers {status}", every=0.02)
    return told[-1]

"""nginx with a configuration of its own: the static server to compare with, and probes' target."""

import os
import pwd
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import BrokenError, running
from bench.stage import LOCAL, wait_for

_FRAME = """\
daemon off;
{user}worker_processes 1;
worker_rlimit_nofile 8192;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{servers}
}}
"""


def is_there() -> bool:
    return _program() is not None


def _program() -> str | None:
    return shutil.which("nginx") or shutil.which("/usr/sbin/nginx")


@contextmanager
def serving(folder: Path, *, servers: str, ready: tuple[int, str] | None) -> Iterator[int]:
    """Run nginx with these `server` blocks; the answer is its process id.

    `ready` is a port and a path that answers 200 once it serves. Raises BrokenError when there is
    no nginx.
    """
    program = _program()
    if program is None:
        raise BrokenError("nginx is not installed (Debian: apt-get install nginx-light)")
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "nginx.conf"
    configuration.write_text(_FRAME.format(folder=folder, servers=servers, user=_user()))
    command = [program, "-p", str(folder), "-c", str(configuration), "-e", f"{folder}/error.log"]
    with running(command, log=folder / "output.log") as process:
        if ready is not None:
            wait_for(process, *ready)
        yield process.pid


def _user() -> str:
    """Started by root, nginx would read the files as somebody who may not."""
    return f"user {pwd.getpwuid(0).pw_name};\n" if os.geteuid() == 0 else ""


def static_server(port: int, files: dict[str, tuple[Path, str]]) -> str:
    """A server of files, by path: (file, Content-Encoding or '')."""
    locations = "".join(
        f"location = {path} {{ alias {file}; types {{ }} default_type 'text/html; charset=utf-8';"
        + (f" add_header Content-Encoding {encoding};" if encoding else "")
        + " }\n"
        for path, (file, encoding) in files.items()
    )
    return f"server {{ listen {LOCAL}:{port} backlog=2048;\n{locations}}}"


def target_server(ports: list[int], *, certificate: tuple[Path, Path] | None = None) -> str:
    """A server that answers `ok` to everything; `certificate` (file, key) makes it HTTPS."""
    tls = " ssl" if certificate else ""
    listen = "".join(f"listen {LOCAL}:{port}{tls} backlog=2048;\n" for port in ports)
    if certificate:
        listen += f"ssl_certificate {certificate[0]};\nssl_certificate_key {certificate[1]};\n"
    return f"server {{ {listen} location / {{ return 200 'ok'; }} }}"

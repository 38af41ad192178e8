"""Ask the code beside it for every document of the kept store: `documents FOLDER`.

It publishes the page on the kept store's clock and asks the ASGI application for each address, as
a server would, and reads the static site that lies on disk. FOLDER gets `index.txt`, a line for
each answer, and the bodies in `bodies/`.
"""

import asyncio
import gzip
import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import brotli
import time_machine
from django.conf import settings
from django.core.management import call_command

from components.models import Component
from statuspage.asgi import application
from tests.store import kept

try:
    from statuspage.publishing import snapshot, static_site

    make_writer: Any = static_site.BackgroundWriter
    write_some: Any = static_site.BackgroundWriter.step
except ImportError:  # the release of the kept store
    from statuspage import snapshot, static_copy  # type: ignore[attr-defined, no-redef]

    make_writer, write_some = static_copy.Rest, static_copy.Rest.go_on

HTML, JSON = "text/html", "application/json"
TURNS = 2_000
"""More than pages: a turn of the static site writes one at least."""
PATIENCE = 20.0
"""Seconds that the application gets to be ready."""
DIALECTS = (
    *("summary", "status", "components", "incidents", "incidents/unresolved"),
    *("scheduled-maintenances", "scheduled-maintenances/upcoming"),
    "scheduled-maintenances/active",
)
SYSTEM = (
    *("system-status", "system-status?includeMetrics=true&includeIncidents=false"),
    *("system-status?services=api&regions=eu-west-1", "service-dependencies"),
    *("history", "history?service=api&days=7"),
)
API = (
    *("status/groups", "status/components", "status/incidents", "status/maintenance"),
    *("status/subscribers", "monitors", "deliveries?limit=1000", "alerts"),
    *("monitors/1/results", "monitors/1/rollups?resolution=day", "monitors/1/rollups"),
)
COUNTING = ("ratelimit", "ratelimit-policy")
"""Headers that tell of the requests before this one, not of the store."""

Wanted = dict[str, dict[str, str]]
"""How each document is asked for, by its name."""


@dataclass(slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def digest(body: bytes) -> str:
    return hashlib.blake2b(body, digest_size=12).hexdigest()


def publish() -> dict[str, bytes]:
    """Publish the page anew; return the files of the static site, all written, by their paths."""
    snapshot.publish(now=kept.NOW)
    writer = make_writer()
    for _ in range(TURNS):
        write_some(writer, kept.NOW)
    site = Path(settings.STATUSPAGE.repository_path) / "site"
    files = sorted(each for each in site.rglob("*") if each.is_file())
    return {f"/{each.relative_to(site)}": each.read_bytes() for each in files}


async def _call(
    path: str, *, accept: str = HTML, token: str = "", encoding: str = "identity"
) -> Answer:
    plain, _, query = path.partition("?")
    headers = {
        "host": "status.example.com",
        "x-request-id": "of-the-store",
        "accept": accept,
        "accept-encoding": encoding,
    }
    if token:
        headers["authorization"] = f"Bearer {token}"
    answer = Answer(0, {}, b"")
    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Any:
        return next(asked, None) or await asyncio.Event().wait()  # nobody hangs up

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            told = {n.decode().lower(): v.decode() for n, v in message["headers"]}
            answer.status = message["status"]
            answer.headers = {n: told[n] for n in sorted(told) if n not in COUNTING}
        else:
            answer.body += message.get("body", b"")

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "scheme": "https", "path": plain, "raw_path": quote(plain).encode(), "root_path": "",
        "query_string": query.encode(), "server": ("127.0.0.1", 3000),
        "client": ("127.0.0.1", 1),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    await application(scope, receive, send)
    length = answer.headers.pop("content-length", str(len(answer.body)))
    assert length == str(len(answer.body)), path
    return answer


def wanted(files: Mapping[str, bytes]) -> Wanted:
    """Return what to ask for: whatever the static site holds, and what takes a server."""
    facts = kept.facts()
    pages = [path_of(name) for name in files if name != "/status/status.json"]
    slugs = Component.objects.order_by("pk").values_list("slug", flat=True)
    found: Wanted = {path: {} for path in ("/", "/status/gate", "/status/subscribe", *pages)}
    for slug in slugs:
        # Hidden ones too: what is not there has to stay away.
        found |= {f"/status/{path}": {} for path in (
            f"components/{slug}", f"history?component={slug}", f"gate?component={slug}",
        )}  # fmt: skip
    found |= {link: {} for link in facts["links"]}
    found |= {f"/api/v2/{name}.json": {"accept": JSON} for name in DIALECTS}
    found |= {path: {"accept": JSON} for path in ("/status?format=json", "/status/api")}
    with_token = {"token": facts["token"], "accept": JSON}
    found |= {f"/v2/monitoring/{name}": with_token for name in SYSTEM}
    return found | {f"/api/v1/{name}": with_token for name in API}


def path_of(file: str) -> str:
    """Return the address of a file of the static site."""
    return file.removesuffix("/index.html")


async def ask(how: Wanted, *, token: str, ping: str) -> dict[str, Answer]:
    """Return every answer by its name; last, since it writes, that to a heartbeat's ping."""
    await _until_ready(token)
    answers = {path: await _call(path, **more) for path, more in how.items()}
    for encoding, unzip in (("gzip", gzip.decompress), ("br", brotli.decompress)):
        zipped = await _call("/status", encoding=encoding)
        assert unzip(zipped.body) == answers["/status"].body, encoding
    return {**answers, "a ping": await _call(ping)}


async def _until_ready(token: str) -> None:
    """Wait for the thread that reads the published page and the tokens."""
    until = time.monotonic() + PATIENCE
    while (ready := await _call("/v2/monitoring/service-dependencies", token=token)).status != 200:
        if time.monotonic() > until:
            raise TimeoutError(f"not ready: {ready}")
        await asyncio.sleep(0.05)


def index(answers: Mapping[str, Answer], files: Mapping[str, bytes]) -> Iterator[str]:
    """Yield a line for each answer, the headers that many share, a line for each file."""
    shared: dict[str, str] = {}
    for name, answer in answers.items():
        known = digest(answer.body)
        etag = answer.headers.pop("etag", "none").replace(known, "BODY")
        told = "\n".join(f"    {name}: {value}" for name, value in answer.headers.items())
        heads = shared.setdefault(told, f"headers-{len(shared) + 1}")
        yield f"{name} {answer.status} {known} {etag} {heads}"
    for told, heads in shared.items():
        yield f"{heads}\n{told}"
    for name, body in files.items():
        same = answers.get(path_of(name).replace("/status/status.json", "/status?format=json"))
        alike = "as answered" if same is not None and same.body == body else digest(body)
        yield f"file {name} {alike}"


def main(folder: Path) -> None:
    call_command("migrate", verbosity=0)
    facts = kept.facts()
    with time_machine.travel(kept.NOW, tick=False):
        files = publish()
        how = wanted(files)
        answers = asyncio.run(ask(how, token=facts["token"], ping=facts["ping"]))
    (folder / "bodies").mkdir()
    for name, answer in answers.items():
        (folder / "bodies" / quote(name, safe="")).write_bytes(answer.body)
    (folder / "index.txt").write_text("\n".join(index(answers, files)) + "\n", "utf-8")

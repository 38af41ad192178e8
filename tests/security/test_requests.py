"""S5, S6, S7: what a request may carry, in its head and in its body."""

import asyncio
import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from incidents.models import Incident
from statuspage.access import tokens
from statuspage.edge import maintenance_gate
from statuspage.edge.app import EdgeApp
from statuspage.publishing import rendered
from statuspage.renderers.json.statuspage_v2 import PATHS
from tests.statuspage import page_scenes
from tests.statuspage.asgi import Answer, ask, scope
from tests.waiting import ending

URL = "/api/v1/status/incidents"
POISON = {
    "host": "evil.example",
    "x-forwarded-host": "evil.example",
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-proto": "gopher",
    "x-original-url": "/admin/",
    "x-rewrite-url": "/admin/",
    "daphne-root-path": "//evil.example",
    "forwarded": "host=evil.example",
}


async def _behind(*_: Any) -> None:
    raise AssertionError("not of the edge")


def door() -> EdgeApp:
    made = EdgeApp(_behind)
    made._started = True
    made.pages.install(rendered.build(page_scenes.partial_outage()))
    return made


def fetch(front: EdgeApp, path: str, headers: list[tuple[bytes, bytes]]) -> Answer:
    asked = {**scope(path), "headers": headers}
    return asyncio.run(ask(front, asked))


@pytest.mark.parametrize(
    "path", ["/", "/status", "/status/", "/status/api", maintenance_gate.PATH, *sorted(PATHS)]
)
def test_s6_headers_change_no_public_byte(path: str) -> None:
    front = door()
    html = (b"accept", b"text/html")

    plain = fetch(front, path, [html])
    poisoned = [(name.encode(), value.encode()) for name, value in POISON.items()]
    answers = [fetch(front, path, [html, each]) for each in poisoned]
    answers += [fetch(front, path, [html, *poisoned, *poisoned])]

    assert plain.status in (200, 204, 307)
    for answer in answers:
        assert (answer.status, answer.body) == (plain.status, plain.body)
        assert answer.headers == plain.headers
    assert b"evil" not in plain.body


@pytest.fixture
def api(client: Client) -> Any:
    client.raise_request_exception = False
    key = tokens.create(name="ci", scopes=["status:read", "status:write"])

    def post(body: bytes, url: str = URL) -> Any:
        with ending("the reading of a request"):
            return client.post(
                url, body, content_type="application/json",
                headers={"Authorization": f"Bearer {key}"},
            )  # fmt: skip

    return post


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"[" * 60 + b"]" * 60,
        b"9" * 100_000,
        b'{"title": ' + b"9" * 5_000 + b"}",
        b"\xff\xfe",
        b"NaN",
        b'{"title": 1e999}',
        b'"\\ud800"',
    ],
    ids=range(10),
)
def test_s7_bodies_made_to_hurt_are_400_at_once(api: Any, body: bytes) -> None:
    answer = api(body)

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert not Incident.objects.exists()


@pytest.mark.django_db
def test_s7_as_many_keys_as_a_body_can_hold_are_refused_in_few_words(api: Any) -> None:
    most = settings.STATUSPAGE.body_size_limit_bytes
    keys = ",".join(f'"{number:x}":0' for number in range(most // 12))
    body = f"{{{keys}}}".encode()

    answer = api(body)

    assert len(body) < most
    assert answer.status_code == 400
    assert len(answer.content) < 10_000


def test_s7_a_body_without_an_end_is_413_when_it_is_too_large() -> None:
    read = 0

    async def behind(_: Any, receive: Any, send: Any) -> None:
        nonlocal read
        while (message := await receive())["type"] == "http.request":
            read += len(message["body"])

    front = EdgeApp(behind)
    front._started = True
    chunk = b"x" * 65_536
    most = settings.STATUSPAGE.body_size_limit_bytes

    answer = asyncio.run(ask(front, scope(URL, "POST"), (chunk,) * (most // len(chunk) + 50)))
    announced = asyncio.run(ask(front, scope(URL, "POST", headers={"content-length": "6" * 9})))

    assert (answer.status, announced.status) == (413, 413)
    assert read <= most
    assert json.loads(answer.body)["status"] == 413


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["id", "is_staff", "_connector", "pk", "version", "reference"])
def test_s5_what_is_not_a_callers_to_set_is_refused_by_name(api: Any, field: str) -> None:
    said = {"title": "t", "severity": "minor", "message": "m", field: 1}

    answer = api(json.dumps(said).encode())

    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == [field]
    assert not Incident.objects.exists()

"""S16: no value in any field of any operation is answered 5xx, and none poisons a list."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.signals import got_request_exception
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from components import journal
from components.models import Component, SetAside
from components.status import Status
from components.values import foreign_json
from monitors.models import Monitor, Region
from statuspage.access import tokens
from statuspage.api import schema_view
from statuspage.api.views import monitors
from statuspage.publishing import projector
from subscribers.models import Endpoint
from tests import build
from tests.contracts.api_site import ApiSite, api_site, fill
from tests.waiting import PATIENCE

pytestmark = pytest.mark.long

DOCUMENT: dict[str, Any] = json.loads(schema_view.document())
WRITES = ("post", "put", "patch")
OPERATIONS = [
    (method, path, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
]
ENDLESS = "/status/events"
HOSTILE = (
    r'"\ud800"', r'"a\udfffb"', r'"\u0000"', "1" * 100_000, "-" + "9" * 30, "1e999", "-1e999",
    "NaN", "Infinity", "9223372036854775808", "-1", "0.5", '"0001-01-01T00:00:00Z"',
    '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"', '"0000-00-00"', '""', "null",
    "true", "[]", "{}", "[[]]", '[null, {"a": "\\ud800"}]', r'{"\ud800": 1}',
    '{"99999999999999999999999999": "degraded"}', '{"' + "9" * 5_000 + '": "degraded"}',
    "[" * 2_000 + "]" * 2_000, '"' + "x" * 20_000 + '"', '"\\ufffe\\u202e"', '"%s%n{{7*7}}"',
)  # fmt: skip
"""JSON, or nearly, as it is sent."""


def _is_let_in(text: str) -> bool:
    try:
        foreign_json.load(text)
    except foreign_json.ForeignJsonError:
        return False
    return True


LET_IN = tuple(filter(_is_let_in, HOSTILE))
"""What is valid JSON, and comes to the views."""
FORM_FIELDS = ("email", "components", "incident", "kinds", "min_severity", "act", "channel",
               "endpoint", "format")  # fmt: skip
IN_ADDRESSES = (
    "%00", "%ed%a0%80", "%ff", "9" * 300, "-1", "1e999", "NaN", "0001-01-01T00:00:00Z",
    "%F0%9F%92%A9",    "9999-12-31T23:59:59-14:00", "'%22;--", "%2e%2e", "²", "٣",
)  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiSite]:
    with api_site(tmp_path_factory.mktemp("hostile") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def session(site: ApiSite) -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.headers.update(site.bearer)
        yield made


def logged(site: ApiSite) -> str:
    """What the server has logged since this was last asked."""
    with site.log.open(encoding="utf-8") as log:
        log.seek(_read.get(site.log, 0))
        text = log.read()
        _read[site.log] = log.tell()
    return text


_read: dict[Path, int] = {}


def bodies(operation: dict[str, Any]) -> Iterator[str]:
    """The operation's own example with one value after the other made hostile, as JSON.

    What no JSON reader of ours lets in is the whole body, and one field: no view ever sees it.
    """
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return
    examples = content.get("examples") or {"": {"value": content.get("example", {})}}
    example = next(iter(examples.values()))["value"]
    yield from HOSTILE
    if isinstance(example, dict):
        for number, name in enumerate(example):
            for value in HOSTILE if number == 0 else LET_IN:
                yield _with(example, name, value)
        yield json.dumps({**example, "\ud800": 1})


def _with(example: dict[str, Any], name: str, value: str) -> str:
    others = json.dumps({key: each for key, each in example.items() if key != name})
    return f"{others[:-1]}{', ' if len(others) > 2 else ''}{json.dumps(name)}: {value}}}"


def address(path: str, value: str = "1") -> str:
    head, *parts = path.split("{")
    return head + "".join(value + part.partition("}")[2] for part in parts)


@pytest.mark.django_db(transaction=True)
def test_s16_no_json_in_any_field_is_a_5xx_nor_poisons_a_list(client: Client) -> None:
    """In this process, where a request costs a third; schemathesis sends JSON to a server.

    What an operation let in is published after its last body: rows that were made are all there.
    """
    key = fill()["key"]
    periods = f"/api/v1/status/components/{Component.objects.get(slug='api').pk}/history"
    headers = {"Authorization": f"Bearer {key}"}
    declared = client.post(
        periods, {"status": Status.DEGRADED, "started_at": "2020-01-01T00:00:00Z",
                  "ended_at": "2020-01-01T01:00:00Z", "note": "Seen late."},
        content_type="application/json", headers=headers,
    )  # fmt: skip
    assert declared.status_code == 201, declared.content
    ours = {
        "/api/v1/regions/{code}": f"/api/v1/regions/{Region.objects.all()[0].pk}",
        "/api/v1/endpoints/{id}": f"/api/v1/endpoints/{Endpoint.objects.get().pk}",
        "/api/v1/status/components/{id}/history/{number}": f"{periods}/{declared.json()['id']}",
    }
    client.raise_request_exception = False
    wrong: dict[str, object] = {}

    def take(sender: object, request: Any = None, **_: object) -> None:
        wrong[f"{request.method} {request.path}"] = repr(sys.exc_info()[1])[:200]

    got_request_exception.connect(take)
    try:
        for method, path, operation in OPERATIONS:
            if method not in WRITES or not path.startswith("/api/v1/"):
                continue
            with journal.without_listeners():
                for body in bodies(operation):
                    answer = client.generic(
                        method, ours.get(path) or address(path), body, "application/json",
                        headers=headers,
                    )  # fmt: skip
                    if answer.status_code >= 500:
                        wrong[f"{method} {path} {body[:200]}"] = answer.status_code
            projector.catch_up()
        for method, path, _operation in OPERATIONS:
            if method == "get" and path.startswith("/api/v1/") and "{" not in path:
                answer = client.get(path, headers=headers)
                if answer.status_code >= 500:
                    wrong[f"get {path} afterwards"] = answer.status_code
    finally:
        got_request_exception.disconnect(take)

    assert wrong == {}
    assert not SetAside.objects.exists()


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [each for each in OPERATIONS if each[0] in WRITES and not each[1].startswith("/api/v1/")],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_s16_no_json_for_the_page_is_a_5xx(
    site: ApiSite, session: requests.Session, method: str, path: str, operation: dict[str, Any]
) -> None:
    wrong = {}
    for body in bodies(operation):
        answer = session.request(
            method, site.url + address(path), data=body.encode(), timeout=PATIENCE,
            headers={"Content-Type": "application/json"},
        )  # fmt: skip
        if answer.status_code >= 500:
            wrong[body[:200]] = answer.status_code

    assert wrong == {}
    assert "Traceback" not in logged(site)


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [each for each in OPERATIONS if each[0] == "get" and each[1] != ENDLESS],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_s16_no_value_in_an_address_is_a_5xx(
    site: ApiSite, session: requests.Session, method: str, path: str, operation: dict[str, Any]
) -> None:
    names = [each["name"] for each in operation.get("parameters", ()) if each.get("in") == "query"]
    addresses = [f"{address(path)}?{name}={value}" for name in names for value in IN_ADDRESSES]
    if "{" in path:
        addresses += [address(path, value) for value in IN_ADDRESSES]
    wrong = {
        each: answer.status_code
        for each in [*addresses, address(path) + "?" + "&".join(["a=1"] * 3_000)]
        if (answer := session.get(site.url + each, timeout=PATIENCE)).status_code >= 500
        and answer.status_code != 503
    }

    assert wrong == {}
    assert "Traceback" not in logged(site)


@pytest.mark.parametrize(
    "path",
    ["/api/v1/monitors", "/api/v1/status/incidents", "/api/v1/status/maintenance",
     "/api/v1/status/components"],
)  # fmt: skip
def test_s16_every_list_can_be_read_afterwards(
    site: ApiSite, session: requests.Session, path: str
) -> None:
    assert session.get(site.url + path, timeout=PATIENCE).status_code == 200


@pytest.mark.parametrize(
    "path", ["/status/subscribe", "/status/manage/x", "/status/confirm/x", "/status/alerts/x"]
)
@pytest.mark.parametrize("name", FORM_FIELDS)
def test_s16_no_form_of_the_page_is_a_5xx(site: ApiSite, path: str, name: str) -> None:
    for value in IN_ADDRESSES:
        for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            answer = requests.post(
                site.url + path, data=f"{name}={value}&email=a%40example.org".encode(),
                headers={"Content-Type": kind}, timeout=PATIENCE,
            )  # fmt: skip

            assert answer.status_code < 500 or answer.status_code == 503, (value, kind)
    assert "Traceback" not in logged(site)


@pytest.mark.parametrize("body", [b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"9" * 200_000])
def test_s16_no_ping_is_a_5xx(site: ApiSite, body: bytes) -> None:
    for query in ("", "?rid=%00", "?" + "&".join(["a=1"] * 100)):
        answer = requests.post(f"{site.url}/ping/{site.ping}{query}", data=body, timeout=PATIENCE)

        assert answer.status_code < 500
    pushed = requests.get(f"{site.url}/api/push/{site.ping}?msg=%00%ed%a0%80&ping=1e999",
                          timeout=PATIENCE)  # fmt: skip
    assert pushed.status_code < 500


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
    max_leaves=20,
)


@given(JSON)
def test_s16_what_is_read_can_be_written_again(value: Any) -> None:
    text = json.dumps(value)

    try:
        read = foreign_json.load(text)
    except foreign_json.ForeignJsonError:
        return

    written = json.dumps(read, ensure_ascii=False, allow_nan=False).encode()
    assert b"\0" not in written
    assert foreign_json.load(written) == read


@pytest.mark.parametrize(
    "text", [r'"\ud800"', r'{"\ud800": 1}', r'["\u0000"]', "1e999", "-1e999", "NaN", "-Infinity",
             "9223372036854775808", "1" * 5_000, "[" * 40 + "]" * 40, "[" * 100_000, "{", b"\xff",
             b"\xef\xbb\xbf{"],
)  # fmt: skip
def test_s16_what_cannot_be_stored_is_refused_in_words(text: str | bytes) -> None:
    with pytest.raises(foreign_json.ForeignJsonError):
        foreign_json.load(text)


def test_s16_a_pair_of_surrogates_is_one_character() -> None:
    assert foreign_json.load(rb'"\ud83d\ude00"') == "\N{GRINNING FACE}"


@pytest.mark.django_db(transaction=True)
def test_s16_a_change_whose_answer_cannot_be_written_is_undone(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitors, "monitor_json", lambda monitor: {"name": "\ud800"})
    key = tokens.create(name="t", scopes=["monitors:write"])
    client.raise_request_exception = False
    body = {"name": "m", "component": build.component().slug, "kind": "endpoint",
            "config": {"url": "http://127.0.0.1:9/"}}  # fmt: skip

    for more in ({}, {"Idempotency-Key": "k"}):
        answer = client.post(
            "/api/v1/monitors", body, content_type="application/json",
            headers={"Authorization": f"Bearer {key}", **more},
        )  # fmt: skip

        assert answer.status_code == 500
        assert not Monitor.objects.exists()

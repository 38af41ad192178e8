"""Requests that Django answers have an id; what comes from memory has none (F-O11)."""

import json
import logging
from typing import Any

import pytest
from django.conf import settings

from components.values import request_id
from statuspage.edge.app import EdgeApp
from tests.statuspage.asgi import ask, scope

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


def door(seen: list[str]) -> EdgeApp:
    async def inner(asked: Any, receive: Any, send: Any) -> None:
        seen.append(request_id.current())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"django"})

    made = EdgeApp(inner)
    made._started = True
    return made


async def test_fo11_a_callers_id_is_told_and_current() -> None:
    seen: list[str] = []

    answer = await ask(door(seen), scope("/api/v1/monitors", headers={"x-request-id": "r-7"}))

    assert answer.headers["x-request-id"] == "r-7"
    assert seen == ["r-7"]
    assert request_id.current() == ""


async def test_fo11_without_one_it_is_made() -> None:
    seen: list[str] = []
    answer = await ask(door(seen), scope("/api/v1/monitors"))

    assert seen == [answer.headers["x-request-id"]]
    assert len(seen[0]) == 32


async def test_a_refusal_before_django_names_it_too() -> None:
    made = door([])
    made._limit = 1
    headers = {"content-length": "9", "x-request-id": "r-8"}
    answer = await ask(made, scope("/api/v1/monitors", "POST", headers=headers))

    assert answer.status == 413
    assert json.loads(answer.body)["request_id"] == answer.headers["x-request-id"] == "r-8"


async def test_the_page_carries_no_id() -> None:
    answer = await ask(door([]), scope("/status", headers={"x-request-id": "r-7"}))

    assert "x-request-id" not in answer.headers
    assert b"r-7" not in answer.body


async def test_fo11_a_logged_request_line_has_the_same_id(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "echo", True)
    ids: list[str] = []
    # As a formatter reads it: when the line is written.
    monkeypatch.setattr(
        caplog.handler, "emit", lambda record: ids.append(request_id.current()), raising=True
    )
    with caplog.at_level(logging.INFO, logger="statuspage.edge.app"):
        answer = await ask(door([]), scope("/api/v1/monitors"))

    assert ids == [answer.headers["x-request-id"]]

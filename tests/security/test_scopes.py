"""Each scope opens the operations that the OpenAPI document says, and no other (S11, S14)."""

import json
from typing import Any

import pytest
from django.test import Client

from statuspage.access import tokens
from statuspage.api import schema_view
from statuspage.api.limits import LIMITER
from tests.security.test_hostile_values import address

pytestmark = pytest.mark.django_db
DOCUMENT: dict[str, Any] = json.loads(schema_view.document())
NEEDED = {
    (method, path): operation["security"][0]["bearer"][0]
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if operation.get("security") and operation["security"][0].get("bearer")
    if path.startswith("/api/v1/")
}
"""By operation, the scope that it needs."""


@pytest.mark.parametrize("scope", tokens.SCOPES)
def test_each_scope_opens_exactly_its_operations(client: Client, scope: str) -> None:
    key = tokens.create(name="t", scopes=[scope])
    headers = {"Authorization": f"Bearer {key}"}
    refused = {
        operation
        for operation in NEEDED
        if "The token lacks the scope" in asked(client, operation, headers)
    }

    opened = {operation for operation, needed in NEEDED.items() if needed == scope}
    if scope == "agents:write":  # as itself, or as it was before readers had one
        opened.add(("post", "/api/v1/readers/heartbeat"))
    assert len(NEEDED) > 50
    assert set(NEEDED) - refused == opened


def asked(client: Client, operation: tuple[str, str], headers: dict[str, str]) -> str:
    method, path = operation
    answer = client.generic(
        method.upper(), address(path), "{}", content_type="application/json", headers=headers
    )
    return answer.content.decode()


def test_without_a_token_nothing_is_opened(client: Client) -> None:
    for method, path in NEEDED:
        LIMITER.reset()  # there are more operations than strangers may try in a minute
        answer = client.generic(method.upper(), address(path), "{}", "application/json")

        assert answer.status_code == 401, (method, path)

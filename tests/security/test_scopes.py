"""Each scope opens the operations that the OpenAPI document says, and no other (S11, S14)."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from statuspage.access import tokens
from statuspage.api import schema_view
from statuspage.api.limits import LIMITER
from statuspage.api.statuspage_v1.routes import routes
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
V1_SCOPES = ("status:read", "status:write", "subscribers:read", "subscribers:write")


@pytest.mark.parametrize("scope", tokens.SCOPES)
def test_each_scope_opens_exactly_its_operations(client: Client, scope: str) -> None:
    tokens.create(name="the first, which operations with an id delete", scopes=["status:read"])
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
    LIMITER.reset()  # there are more operations than a token may ask for in a minute
    answer = client.generic(
        method.upper(), address(path), "{}", content_type="application/json", headers=headers
    )
    return answer.content.decode()


def test_without_a_token_nothing_is_opened(client: Client) -> None:
    for method, path in NEEDED:
        LIMITER.reset()  # there are more operations than strangers may try in a minute
        answer = client.generic(method.upper(), address(path), "{}", "application/json")

        assert answer.status_code == 401, (method, path)


def test_each_operation_of_statuspages_api_needs_exactly_its_scope_p08(client: Client) -> None:
    """Every scope but one does not open an operation, and that one alone does."""
    rest = {
        scope: tokens.create(name=f"all but {scope}", scopes={*tokens.SCOPES} - {scope})
        for scope in V1_SCOPES
    }
    alone = {scope: tokens.create(name=f"only {scope}", scopes=[scope]) for scope in V1_SCOPES}
    asked_for = 0

    for route in routes:
        path = "/" + re.sub(r"<[^>]+>", "x", str(route.pattern))
        what = "subscribers" if "/subscribers" in path else "status"
        view: Any = route.callback
        for method in sorted(view.view_class().allowed_methods):
            needed = f"{what}:{'read' if method in ('GET', 'HEAD', 'OPTIONS') else 'write'}"
            with_key = [
                client.generic(
                    method, path, "{}", content_type="application/json",
                    headers={"Authorization": f"OAuth {key}"},
                )
                for key in (rest[needed], alone[needed])
            ]  # fmt: skip
            LIMITER.reset()
            assert f"lacks the scope {needed}" in with_key[0].content.decode(), (method, path)
            assert with_key[1].status_code not in (401, 403), (method, path)
            asked_for += 1

    assert asked_for > 30

"""What every list has in common: `limit` and `offset`, within bounds, or refused by name."""

import pytest
from django.test import Client

from statuspage.access import tokens
from statuspage.access.tokens import SCOPES

pytestmark = pytest.mark.django_db
LISTS = {
    "/api/v1/status/groups": 1_000,
    "/api/v1/status/components": 1_000,
    "/api/v1/status/incidents": 500,
    "/api/v1/status/maintenance": 500,
    "/api/v1/status/subscribers": 500,
    "/api/v1/monitors": 1_000,
    "/api/v1/alert-channels": 1_000,
    "/api/v1/alert-routes": 1_000,
    "/api/v1/endpoints": 1_000,
    "/api/v1/templates": 1_000,
    "/api/v1/regions": 1_000,
    "/api/v1/people": 1_000,
}
"""Each list, and the most rows that it tells at a time."""


@pytest.fixture
def headers() -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.create(name='reader', scopes=list(SCOPES))}"}


@pytest.mark.parametrize("address", LISTS)
def test_the_largest_page_is_told(client: Client, headers: dict[str, str], address: str) -> None:
    answer = client.get(f"{address}?limit={LISTS[address]}&offset=0", headers=headers)

    assert (answer.status_code, answer.json()["total"]) == (200, 0)


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("query", ["limit=0", "limit={over}", "limit=x", "offset=-1", "page=2"])
def test_what_is_out_of_bounds_is_refused_by_name(
    client: Client, headers: dict[str, str], address: str, query: str
) -> None:
    asked = query.format(over=LISTS[address] + 1)

    answer = client.get(f"{address}?{asked}", headers=headers)

    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == [asked.partition("=")[0]]

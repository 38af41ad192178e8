"""`ETag`, `If-Match`, `If-None-Match`: nobody overwrites what they have not seen (M41)."""

from typing import Any

import pytest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from statuspage.api.conditional import StaleError, conditional_response, etag, require_match

DATA = {"id": 1, "title": "Disks"}
TAG = etag(7, DATA)


def request(method: str = "get", **headers: str) -> Request:
    made: Any = getattr(APIRequestFactory(), method)("/x", headers=headers)
    return Request(made)


def test_a_tag_is_strong_and_moves_with_the_version_and_with_what_is_told() -> None:
    assert TAG.startswith('"7-')
    assert TAG.endswith('"')
    assert len({TAG, etag(8, DATA), etag(7, {**DATA, "title": "Disk"}), etag(7, DATA)}) == 3


@pytest.mark.parametrize("given", [TAG, f'"1-0", {TAG}', "*", '"7"', etag(7, {})])
def test_whoever_has_the_present_version_may_write(given: str) -> None:
    require_match(request("put", **{"If-Match": given}), version=7)


@pytest.mark.parametrize("given", ['"6-x"', '"71-x"', "", "7", f"W/{TAG}", "nonsense"])
def test_anything_else_is_stale_m41(given: str) -> None:
    with pytest.raises(StaleError):
        require_match(request("put", **{"If-Match": given}), version=7)


def test_without_the_header_anything_goes() -> None:
    require_match(request("put"), version=7)


@pytest.mark.parametrize("given", [TAG, f"W/{TAG}", f'"x", {TAG}', "*"])
def test_a_reader_who_has_it_gets_304(given: str) -> None:
    answer = conditional_response(request(**{"If-None-Match": given}), DATA, version=7)

    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, None, TAG)


@pytest.mark.parametrize("given", ['"6-x"', etag(7, {}), ""])
def test_a_reader_who_has_another_gets_it_all(given: str) -> None:
    assert conditional_response(request(**{"If-None-Match": given}), DATA, version=7).data == DATA


def test_a_write_is_never_answered_304() -> None:
    answer = conditional_response(
        request("post", **{"If-None-Match": TAG}), DATA, version=7, status=201
    )

    assert (answer.status_code, answer.headers["ETag"]) == (201, TAG)


def test_what_belongs_to_another_is_held_to_the_version_of_that_one_m41() -> None:
    both = request("put", **{"If-Match": etag("7.2", DATA)})

    require_match(both, version=7)
    require_match(both, version=2, of_owner=True)

    with pytest.raises(StaleError):
        require_match(both, version=7, of_owner=True)
    with pytest.raises(StaleError):
        require_match(request("put", **{"If-Match": TAG}), version=7, of_owner=True)

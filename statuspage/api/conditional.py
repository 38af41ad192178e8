"""`ETag`, `If-Match` and `If-None-Match` of things that have a version (RFC 9110, 13.1).

A tag is `"7-3f9c…"`: the row's version, then a digest of its representation. The version is what
writers are held to; the digest moves as well when something derived moves (what a window
overlaps with, say), so that a reader never gets "unchanged" for what did change. What belongs to
something else that can be changed through it has both versions, `"7.2-3f9c…"`: a change
of a window's series is held to that of the series.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response


class StaleError(APIException):
    """It was changed meanwhile: read it again, look at what differs, then decide."""

    status_code = 412
    default_code = "stale"
    default_detail = (
        "It was changed by somebody else since you read it. Read it again, then send your change"
        " with the new ETag."
    )


_TAG = re.compile(r'"([0-9]+)(?:\.([0-9]+))?(?:-[0-9a-f]*)?"')


def etag(version: int | str, representation: Any) -> str:
    """Return the strong entity tag of a version with this representation."""
    digest = hashlib.blake2b(JSONRenderer().render(representation), digest_size=8).hexdigest()
    return f'"{version}-{digest}"'


def require_match(request: Request, *, version: int, of_owner: bool = False) -> None:
    """Raise StaleError when `If-Match` names another version than the present one.

    `of_owner`: it is the version of what it belongs to, the second one in the tag.
    Without the header anything goes; the caller of this must still make the change conditional on
    the version that was read, since another may come in between.
    """
    given = request.headers.get("If-Match")
    if given is None or given.strip() == "*":
        return
    # Strong comparison: a weak tag never matches.
    matches = (_TAG.fullmatch(tag) for tag in _tags(given))
    if not any(tag and tag[2 if of_owner else 1] == str(version) for tag in matches):
        raise StaleError


def expected_version(request: Request, *, version: int) -> int | None:
    """Return the version that the caller means to change; None for any. Raises StaleError."""
    require_match(request, version=version)
    return version if "If-Match" in request.headers else None


def content_tag(representation: Any) -> str:
    """Return the strong entity tag of a row that counts no versions: of what is told of it."""
    return etag("0", representation)


def require_same(request: Request, representation: Any) -> None:
    """Raise StaleError when `If-Match` names another content than the present one.

    The caller holds the row's lock, so that it stays so until the change is made.
    """
    given = request.headers.get("If-Match")
    if (
        given is not None
        and given.strip() != "*"
        and content_tag(representation) not in _tags(given)
    ):
        raise StaleError


def conditional_response(
    request: Request, data: Any, *, version: int | str, status: int = 200
) -> Response:
    """Return a response with its ETag; 304 without a body when a reader has it already."""
    tag = etag(version, data)
    known = request.headers.get("If-None-Match", "")
    if request.method in ("GET", "HEAD") and _is_known(known, tag):
        return Response(status=304, headers={"ETag": tag})
    return Response(data, status=status, headers={"ETag": tag})


def _is_known(given: str, tag: str) -> bool:
    return given.strip() == "*" or any(each.removeprefix("W/") == tag for each in _tags(given))


def _tags(given: str) -> Iterator[str]:
    yield from (tag.strip() for tag in given.split(","))

"""What schemathesis is told of our API: what would end the run, or make it say nothing."""

from typing import Any

import schemathesis


@schemathesis.hook
def map_headers(context: Any, headers: dict[str, str] | None) -> dict[str, str] | None:
    """A made-up `If-Match` is always stale, and hides all that lies behind it."""
    return headers and {name: each for name, each in headers.items() if name != "If-Match"}


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """A window that blocks the API would answer for everything from then on."""
    return (
        {**body, "blocks_api": False} if isinstance(body, dict) and "blocks_api" in body else body
    )


@schemathesis.serializer("message/rfc822")
def mail(context: Any, value: Any) -> bytes:
    """Mail that came back is sent as it is."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")

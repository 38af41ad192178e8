"""`Idempotency-Key` on POST: sent twice, done once, answered the same.

The key's row, the effect and the stored answer are one transaction. So a duplicate that comes
while the first is at work waits for it at the unique key (on SQLite, for the one writer), and a
process that dies in between leaves neither effect nor key. What was refused had no effect and
leaves no key either: the caller may mend the request and send it under the same key.
"""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from django.db import OperationalError, connection, transaction
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from components.secrets import Sealed
from statuspage.models import ApiToken, IdempotentAnswer

HEADER = "Idempotency-Key"
LOCK_TIMEOUT = "10s"
"""How long a duplicate waits for the first on PostgreSQL, before it is refused for now."""
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_LOCK_NOT_AVAILABLE = "55P03"

Post = Callable[..., Response]


class KeyReusedError(APIException):
    status_code = 422
    default_detail = (
        f"This {HEADER} was used for another request. Use a new key for every new request."
    )


class RequestInProgressError(APIException):
    status_code = 409
    default_detail = f"The first request with this {HEADER} is still at work. Try again."
    wait = 1
    """Becomes `Retry-After`."""


def idempotent(post: Post) -> Post:
    """Return a view's POST that honours `Idempotency-Key`; without one it works as before.

    The POST must make one call of one service: a second one's writes would come after the first
    one's `record()`, and hold the journal's lock while they wait for rows.
    """

    @wraps(post)
    def guarded(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return post(view, request, *args, **kwargs)
        if not _KEY.fullmatch(key):
            raise ValidationError({HEADER: "Write 1 to 255 visible ASCII characters."})
        token: Any = request.auth
        return _once(
            token, key, _fingerprint(request), lambda: post(view, request, *args, **kwargs)
        )

    guarded.idempotent = True  # type: ignore[attr-defined]  # a test looks for it on every POST
    return guarded


def _once(token: ApiToken, key: str, fingerprint: str, run: Callable[[], Response]) -> Response:
    with transaction.atomic():
        row, created = _get_or_create(token, key, fingerprint)
        if not created:
            return _replay(row, fingerprint)
        response = run()
        if response.status_code >= 400:
            transaction.set_rollback(True)
            return response
        row.status = response.status_code
        row.headers = dict(response.headers)
        body = JSONRenderer().render(response.data).decode()
        if _is_secret(response):
            row.sealed_body = Sealed.of(body)
        else:
            row.body = body
        row.save(update_fields=["status", "headers", "body", "sealed_body"])
    return response


def _is_secret(response: Response) -> bool:
    """Return whether it tells what is told once: such an answer is not kept in clear."""
    return response.headers.get("Cache-Control") == "no-store"


def _get_or_create(token: ApiToken, key: str, fingerprint: str) -> tuple[IdempotentAnswer, bool]:
    defaults = {"fingerprint": fingerprint, "created_at": datetime.now(UTC)}
    _set_lock_timeout(LOCK_TIMEOUT)
    try:
        row_and_created = IdempotentAnswer.objects.get_or_create(
            token=token, key=key, defaults=defaults
        )
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            raise RequestInProgressError from None
        raise
    _set_lock_timeout("DEFAULT")
    return row_and_created


def _set_lock_timeout(limit: str) -> None:
    """Limit, or stop limiting, how long this transaction waits for locks."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout TO {_literal(limit)}")


def _literal(limit: str) -> str:
    return limit if limit == "DEFAULT" else f"'{limit}'"


def _replay(row: IdempotentAnswer, fingerprint: str) -> Response:
    if row.fingerprint != fingerprint:
        raise KeyReusedError
    body = row.sealed_body.reveal() if row.sealed_body else row.body
    data = json.loads(body) if body else None
    return Response(
        data, status=row.status, headers={**row.headers, "Idempotency-Replayed": "true"}
    )


def _fingerprint(request: Request) -> str:
    """Return a digest of method, address and body. The body counts as what it says: JSON in
    another order is the same request."""
    body = json.dumps(request.data, sort_keys=True, ensure_ascii=True)
    text = "\n".join((str(request.method), request.get_full_path(), body))
    return hashlib.sha256(text.encode()).hexdigest()

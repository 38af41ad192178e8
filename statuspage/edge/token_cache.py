"""The API tokens in memory, for what is answered before Django: no query per request.

The tail's thread reads them anew when the journal says that one changed, so that a deleted token
is refused within a second or two, and goes on working while the database is away.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection

from statuspage.access.tokens import USE_STORED_EVERY, digest
from statuspage.event_types import TOKEN_CHANGED, TOKEN_DELETED
from statuspage.models import ApiToken

_KINDS = (TOKEN_CHANGED.name, TOKEN_DELETED.name)
# Asked whenever the journal has moved.
_NEWEST = "SELECT MAX(id) FROM components_journalentry WHERE kind IN (%s, %s)"


@dataclass(frozen=True, slots=True)
class KnownToken:
    pk: int
    scopes: frozenset[str]
    expires_at: datetime | None


class TokenCache:
    """Looked up by the event loop, kept up by one thread."""

    def __init__(self) -> None:
        self._known: Mapping[str, KnownToken] | None = None
        self._read_at: int | None = None
        self._used: dict[int, datetime] = {}
        self._noted: dict[int, datetime] = {}

    @property
    def ready(self) -> bool:
        return self._known is not None

    def find(self, key: str, *, now: datetime) -> KnownToken | None:
        """The token of a key, if it is valid at `now`; its use is remembered."""
        token = (self._known or {}).get(digest(key))
        if token is None or (token.expires_at is not None and token.expires_at <= now):
            return None
        self._used[token.pk] = now
        return token

    def refresh(self) -> None:
        """Read the tokens again if any has changed. Raises the database's error."""
        with connection.cursor() as cursor:
            cursor.execute(_NEWEST, _KINDS)
            newest = cursor.fetchone()[0] or 0
        if newest != self._read_at:
            rows = ApiToken.objects.values_list("digest", "pk", "scopes", "expires_at")
            self._known = {
                kept: KnownToken(pk, frozenset(scopes), expires_at)
                for kept, pk, scopes, expires_at in rows
            }
            self._read_at = newest

    def note_uses(self) -> None:
        """Write down when tokens were used last, each at most once a minute."""
        now = datetime.now(UTC)
        for pk, at in list(self._used.items()):
            if pk not in self._noted or now - self._noted[pk] > USE_STORED_EVERY:
                ApiToken.objects.filter(pk=pk).update(last_used_at=at)
                self._noted[pk] = now
                # Used again meanwhile? Then the next minute says so.
                if self._used.get(pk) == at:
                    del self._used[pk]

"""The API tokens in memory, for what is answered before Django: no query per request.

The journal follower's thread reads them anew when the journal says that one changed, so that a
deleted token is refused within a second or two, and goes on working while the database is away.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection

from statuspage.access.tokens import USE_STORED_EVERY, digest
from statuspage.event_types import TOKEN_CHANGED, TOKEN_DELETED
from statuspage.models import ApiToken

_KINDS = (TOKEN_CHANGED.name, TOKEN_DELETED.name)
# Run whenever the journal has moved.
_NEWEST = "SELECT MAX(id) FROM components_journalentry WHERE kind IN (%s, %s)"


@dataclass(frozen=True, slots=True)
class KnownToken:
    """A stored token without its key."""

    pk: int
    scopes: frozenset[str]
    expires_at: datetime | None
    page: str = ""
    """The slug of the one page that it is for; '' for everything."""


class TokenCache:
    """The tokens by their digests; looked up by the event loop, kept current by one thread."""

    def __init__(self) -> None:
        self._tokens: Mapping[str, KnownToken] | None = None
        self._version: int | None = None
        self._uses: dict[int, datetime] = {}
        self._stored_uses: dict[int, datetime] = {}

    @property
    def ready(self) -> bool:
        """Whether the tokens have been read."""
        return self._tokens is not None

    def find(self, key: str, *, now: datetime) -> KnownToken | None:
        """Return the token of a key, if it is valid at `now`; its use is remembered."""
        token = (self._tokens or {}).get(digest(key))
        if token is None or (token.expires_at is not None and token.expires_at <= now):
            return None
        self._uses[token.pk] = now
        return token

    def refresh(self) -> None:
        """Read the tokens again if any has changed. Raises the database's error."""
        with connection.cursor() as cursor:
            cursor.execute(_NEWEST, _KINDS)
            newest = cursor.fetchone()[0] or 0
        if newest != self._version:
            rows = ApiToken.objects.values_list("digest", "pk", "scopes", "expires_at", "page")
            self._tokens = {
                key_digest: KnownToken(pk, frozenset(scopes), expires_at, page)
                for key_digest, pk, scopes, expires_at, page in rows
            }
            self._version = newest

    def store_uses(self) -> None:
        """Store when tokens were used last, each at most once a minute."""
        now = datetime.now(UTC)
        for pk, at in list(self._uses.items()):
            if pk not in self._stored_uses or now - self._stored_uses[pk] > USE_STORED_EVERY:
                ApiToken.objects.filter(pk=pk).update(last_used_at=at)
                self._stored_uses[pk] = now
                # Used again meanwhile? Then the next minute says so.
                if self._uses.get(pk) == at:
                    del self._uses[pk]

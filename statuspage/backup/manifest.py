"""The manifest of a backup: what is in the archive, of which release, and how much."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from statuspage.backup.errors import BackupError

FORMAT = 1
NAME = "manifest.json"
STORES = {"sqlite": "store.sqlite3", "postgresql": "store.pgdump"}
"""The member that holds the store, by the kind of database."""
KEYS = "keys.sealed.json"
MOST_BYTES = 16_000_000
"""Of a manifest: some kilobytes in truth."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the archive."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    created_at: str
    """ISO 8601, UTC."""
    product: str
    """Version of the release that made it."""
    database: str
    """`sqlite` or `postgresql`."""
    server: str
    """Version of the database."""
    migrations: tuple[str, ...]
    """The migrations applied, as `app.name`."""
    tables: dict[str, int]
    """Rows by table."""
    secret_key: str
    """A keyed digest of STATUSPAGE_SECRET_KEY, which tells whether it is the same one."""
    members: dict[str, Member] = field(default_factory=dict)
    """By name, without the manifest itself."""

    @property
    def store(self) -> str:
        return STORES[self.database]

    @property
    def rows(self) -> int:
        return sum(self.tables.values())

    def text(self) -> bytes:
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True).encode()


def read(text: bytes) -> Manifest:
    """Return the manifest in `text`. Raises BackupError for what this release does not know."""
    try:
        told: dict[str, Any] = json.loads(text)
        number = told.pop("format")
        if isinstance(number, int) and number > FORMAT:
            raise BackupError(
                f"this backup has format {number}, of a newer release; this one knows formats up "
                f"to {FORMAT}: restore it with the release that made it ({told.get('product')})"
            )
        members = {str(name): Member(**each) for name, each in told.pop("members").items()}
        manifest = Manifest(
            members=members, migrations=tuple(map(str, told.pop("migrations"))), **told
        )
        _check(manifest, number)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BackupError(f"its manifest cannot be read: {error}") from None
    return manifest


def _check(manifest: Manifest, number: object) -> None:
    if number != FORMAT:
        raise ValueError(f"there is no format {number!r}")
    if manifest.database not in STORES:
        raise ValueError(f"{manifest.database!r} is no kind of database that is known here")
    if unknown := manifest.members.keys() - {manifest.store, KEYS}:
        raise ValueError(f"nobody knows what {', '.join(sorted(unknown))} is for")
    if manifest.store not in manifest.members:
        raise ValueError("there is no store in it")
    counts = [*manifest.tables.values(), *(each.bytes for each in manifest.members.values())]
    if not all(isinstance(count, int) and count >= 0 for count in counts):
        raise ValueError("a count is no number")

"""The kept store of an earlier release: where it lies, its clock, and the settings it goes with.

Knows nothing of the product, so that it is the same beside whichever commit it is copied to.
"""

import json
import lzma
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "data"
STORE = FOLDER / "store.sqlite3.xz"
FACTS = FOLDER / "facts.json"
"""What cannot be read from the store: keys to doors, opened secrets, cursors."""
INDEX = FOLDER / "index.txt"
"""Every document by its digest and headers."""
SHOWN = {
    "/status": "status.html",
    "/status?format=json": "status.json",
    "/api/v2/summary.json": "summary.json",
    "/v2/monitoring/system-status": "system-status.json",
    "/status/incidents/INC-2026-001": "incident.html",
    "/status/feed.atom": "feed.atom",
    "/status/calendar.ics": "calendar.ics",
    "/status.txt": "status.txt",
}
"""Documents that are kept in full besides, for whoever reads a change of them."""

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
"""When the store was left, and when it is opened again: no figure of a page moves by itself."""
SITE = "https://status.example.com"
PASSWORD = "a long password of olga's"


def environment(data_dir: Path) -> dict[str, str]:
    """Return the settings under which the store was filled, with its data folder at `data_dir`."""
    return {
        "STATUSPAGE_DATA_DIR": str(data_dir),
        "STATUSPAGE_SECRET_KEY": "of-the-kept-store-" * 3,
        "STATUSPAGE_SECRET_KEYS": "a2V5LW9mLXRoZS1rZXB0LXN0b3JlLTMyLWJ5dGVzLi4=",
        "STATUSPAGE_SITE_NAME": "Northwind",
        "STATUSPAGE_MACHINE": "station",
        "PYTHONHASHSEED": "0",  # django-csp tells directives in the order of a set
        "STATUSPAGE_API_REQUESTS_PER_MINUTE": "100000",
        "SITE_URL": SITE,
    }


def unpack(data_dir: Path) -> None:
    """Put the kept store into a data folder, as a backup would be."""
    (data_dir / "db.sqlite3").write_bytes(lzma.decompress(STORE.read_bytes()))


def facts() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FACTS.read_text("utf-8"))
    return found

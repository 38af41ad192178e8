"""Connection strings of databases, as other products keep them, as settings of monitors."""

from typing import Any
from urllib.parse import SplitResult, unquote

DATABASES = {
    "postgres": "postgresql", "postgresql": "postgresql", "mysql": "mysql", "mariadb": "mysql",
}  # fmt: skip
"""The kind of each scheme."""
_PORTS = {"postgresql": 5432, "mysql": 3306}
_DEFAULTS = {
    "postgresql": {"database": "postgres", "username": "postgres"},
    "mysql": {"database": "", "username": "root"},
}


def database_settings(
    parts: SplitResult, *, query: str, password: str = ""
) -> tuple[str, dict[str, Any]]:
    """Return the kind and the settings of a monitor that asks this query.

    `password` is one that is kept apart from the connection string.
    """
    kind = DATABASES[parts.scheme]
    config: dict[str, Any] = {
        "host": parts.hostname or "",
        "port": parts.port or _PORTS[kind],
        "query": query.strip().rstrip(";") or "SELECT 1",
        **_DEFAULTS[kind],
    }
    for name, found in (("database", parts.path.lstrip("/")), ("username", parts.username)):
        if found:
            config[name] = unquote(found)
    if given := unquote(parts.password or "") or password:
        config["password"] = given
    return kind, config

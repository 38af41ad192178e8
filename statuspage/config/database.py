"""Where the database is: one URL, or its parts, whose password needs no encoding."""

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from statuspage.config.parsers import Option, port

SCHEMES = ("postgres", "postgresql", "sqlite")
_ENCODED = "/ as %2F, @ as %40, : as %3A, # as %23, ? as %3F, % as %25"
_HOW = (
    f"encode what is special in the user's name and password ({_ENCODED}), or leave the URL out and"
    " set DATABASE_HOST, DATABASE_NAME, DATABASE_USER and DATABASE_PASSWORD, which need no encoding"
)


def database_url(text: str) -> str:
    """Return a database's URL. Raises ValueError if it cannot mean what it seems to."""
    scheme, separator, rest = text.partition("://")
    if text and scheme not in SCHEMES:
        raise ValueError("it must begin with " + " or ".join(f"{each}:" for each in SCHEMES))
    if not text or scheme == "sqlite":
        return text
    if not separator:
        raise ValueError("write postgres://user:password@host:5432/name")
    netloc = rest
    for end in "/?#":
        netloc = netloc.partition(end)[0]
    behind = rest[len(netloc) :].partition("?")[0]
    if "@" in behind:
        raise ValueError(f"its host ends before the @, at “{behind[0]}”: {_HOW}")
    try:
        parts = urlsplit(text)
        if "," not in netloc:
            parts.port  # noqa: B018  (it is parsed when it is asked for)
    except ValueError:
        raise ValueError(f"its host and port cannot be read: {_HOW}") from None
    if not parts.path.strip("/"):
        raise ValueError("it names no database: write postgres://user:password@host:5432/name")
    return text


PARTS: tuple[Option, ...] = (
    Option(
        "DATABASE_HOST",
        str,
        "",
        "PostgreSQL's host, instead of DATABASE_URL; several, separated by commas.",
    ),
    Option("DATABASE_PORT", port, "5432", "Its port."),
    Option("DATABASE_NAME", str, "statuspage", "The database's name there."),
    Option("DATABASE_USER", str, "statuspage", "Who logs in there."),
    Option(
        "DATABASE_PASSWORD",
        str,
        "",
        "The password, as it is: nothing in it has to be encoded.",
        secret=True,
    ),
)


def url_of_parts(values: Mapping[str, str], *, url: str) -> str:
    """Return the URL that the parts make; `url` where there is none. Raises ValueError."""
    hosts = [host.strip() for host in values["DATABASE_HOST"].split(",") if host.strip()]
    if not hosts:
        return url
    if url:
        raise ValueError("DATABASE_URL and DATABASE_HOST are both set; keep one")
    number = values["DATABASE_PORT"]
    places = ",".join(f"[{host}]:{number}" if ":" in host else f"{host}:{number}" for host in hosts)
    user, password, name = (
        quote(values[f"DATABASE_{part}"], safe="") for part in ("USER", "PASSWORD", "NAME")
    )
    secret = f":{password}" if password else ""
    return f"postgres://{user}{secret}@{places}/{name}"

"""The mask over lines of log: what gives access never reaches a file that many may read.

Most texts are masked where they arise. This is the last look at every line: at the secrets among
the settings, in whatever form they come, and at what has the shape of a secret.
"""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urlsplit

from components.values.secret_mask import HIDDEN, SecretMask

_MIN_SECRET = 8
"""A shorter password is no rarer than a word, and hiding it would maim every line."""
_SHAPES = (
    # A name and a password in an address.
    (re.compile(r"(?<=://)([^\s/?#:@\"']*):[^\s/?#@\"']+(?=@)"), rf"\1:{HIDDEN}"),
    # Keys of the product's own API.
    (re.compile(r"\bsp_[A-Za-z0-9_-]{16,}"), HIDDEN),
    (re.compile(r"(?i)\b(bearer|basic|token)\s+[A-Za-z0-9._~+/=-]{12,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"(?i)\b(authorization|x-api-key|api[_-]?key|password|passwd|secret)"
                r"([\"']?\s*[=:]\s*[\"']?)[^\s\"',;&]{4,}"), rf"\1\2{HIDDEN}"),
    # Links in mails and alerts, to private pages, and past the second factor.
    (re.compile(r"(?i)(/status(?:/p/[^/\s]+)?/(?:door|confirm|manage|unsubscribe|alerts)/"
                r"|/admin/login/break-glass/)[^\s/?#\"'<>]{8,}"), rf"\1{HIDDEN}"),
    # What sign-in providers hand over.
    (re.compile(r"(?i)(?<![a-z0-9])(client_secret|(?:access|id|refresh)_token|code_verifier)"
                r"([\"']?\s*[=:]\s*[\"']?)[^\s\"',;&]{4,}"), rf"\1\2{HIDDEN}"),
    # The address of a heartbeat is its key.
    (re.compile(r"(?<=/ping/)[0-9A-Za-z-]{8,}|(?<=/api/push/)[0-9A-Za-z-]{8,}"), HIDDEN),
)  # fmt: skip


class LogMask:
    """Hides secrets in a line. `secrets` are the texts of secret settings, addresses among them."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known = SecretMask(part for text in secrets for part in _parts(text))

    def __call__(self, text: str) -> str:
        """Return text without secrets."""
        text = self._known(text)
        for shape, shown in _SHAPES:
            text = shape.sub(shown, text)
        return text


def _parts(text: str) -> Iterator[str]:
    """Yield what of a setting is secret: of an address, its password, path and query."""
    if "://" not in text:
        yield from (each for each in text.split(",") if len(each) >= _MIN_SECRET)
        return
    try:
        parts = urlsplit(text)
        name, password = parts.username or "", parts.password or ""
    except ValueError:
        return
    known = {name, parts.hostname or "", parts.path.strip("/"), "password"}
    for secret in {password, unquote(password)} - known:
        if len(secret) >= _MIN_SECRET:
            yield secret
    if parts.scheme in ("http", "https") and len(parts.path) > _MIN_SECRET:
        yield parts.path.strip("/")
    if len(parts.query) >= _MIN_SECRET:
        yield parts.query

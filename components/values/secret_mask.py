"""A mask over secrets in text that comes back from outside, in each form in which they are sent.

A target may echo its request: as it is, as JSON, percent-encoded, in base64, or spelt out octet by
octet, as dumps and cautious templates do. Text is masked before it is cut: the beginning of a
secret is no longer recognised as one.
"""

import html
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

HIDDEN = "•••"
MIN_LENGTH = 4
"""Shorter secrets are no secrets; hiding them would only maim the message."""
_MIN_FRAGMENT = 8
"""What of a secret is recognised at the very end of a text, which may have been cut there."""
_MIN_LINE = 16
"""Of a secret of several lines, such as a key in PEM, each line as long as this counts."""


class SecretMask:
    """Hides secrets. `pairs` are names and passwords, which are sent together in base64."""

    def __init__(
        self, secrets: Iterable[str] = (), *, pairs: Iterable[tuple[str, str]] = ()
    ) -> None:
        forms: set[str] = set()
        for secret in secrets:
            for part in _parts(secret):
                forms.update(_forms(part))
        for name, password in pairs:
            if password:
                forms.update(_base64_forms(f"{name}:{password}"))
        ordered = sorted((form for form in forms if form), key=len, reverse=True)
        self._forms = tuple(form for form in ordered if len(form) >= _MIN_FRAGMENT)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def __call__(self, text: str) -> str:
        """Return text without the secrets."""
        if self._pattern is None:
            return text
        return self._without_begun(self._pattern.sub(HIDDEN, text))

    def _without_begun(self, text: str) -> str:
        """Return text without a secret whose beginning is all that fitted in at its end."""
        for form in self._forms:
            begin = text.find(form[:_MIN_FRAGMENT], max(0, len(text) - len(form)))
            while begin >= 0:
                if form.startswith(text[begin:]):
                    return text[:begin] + HIDDEN
                begin = text.find(form[:_MIN_FRAGMENT], begin + 1)
        return text


def _parts(secret: str) -> Iterator[str]:
    for part in (secret, secret.strip()):
        if len(part) >= MIN_LENGTH:
            yield part
    lines = secret.splitlines()
    if len(lines) > 1:
        yield from (line for line in lines if len(line) >= _MIN_LINE)


def _forms(secret: str) -> Iterator[str]:
    """Yield the forms of a secret, itself among them."""
    yield secret
    yield secret.encode().decode("latin-1")  # UTF-8, read as a header's text often is
    for encoded in (quote(secret, safe=""), quote(secret), quote_plus(secret)):
        yield encoded
        yield re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), encoded)
    for as_json in (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        yield as_json
        yield as_json.replace("/", "\\/")
        yield json.dumps(as_json, ensure_ascii=False)[1:-1]  # JSON within JSON
    yield html.escape(secret)
    yield html.escape(secret, quote=False)
    yield html.escape(secret).replace("&#x27;", "&#39;")
    yield html.escape(secret).replace("&#x27;", "&apos;")
    yield repr(secret)[1:-1]
    yield repr(secret.encode())[2:-1]
    yield quote(quote(secret, safe=""), safe="")  # an address within an address
    yield from _base64_forms(secret)
    yield from _spelt_out(secret)


def _spelt_out(secret: str) -> Iterator[str]:
    """Yield a secret written octet by octet, and character by character."""
    octets = secret.encode()
    for digits in (octets.hex(), octets.hex().upper()):
        yield digits
        for before in (" ", ":", "%", "\\x"):
            spelt = before.join(digits[at : at + 2] for at in range(0, len(digits), 2))
            yield spelt if before in " :" else before + spelt
    for shape in ("&#{};", "&#x{:x};", "&#x{:X};", "\\u{:04x}", "\\u{:04X}"):
        yield "".join(shape.format(ord(character)) for character in secret)


def _base64_forms(text: str) -> Iterator[str]:
    """Yield what text becomes in base64, whatever stands before it and behind it."""
    octets = text.encode()
    if len(octets) < MIN_LENGTH:
        return
    for before in range(3):
        encoded = b64encode(b"\0" * before + octets).decode()
        # Characters that also hold bits of a neighbour differ from case to case.
        begin, end = (0, 2, 3)[before], (before + len(octets)) * 8 // 6
        core = encoded[begin:end]
        if len(core) < _MIN_FRAGMENT and before:
            continue
        for form in (core, encoded.rstrip("=") if not before else core):
            yield form
            yield form.replace("+", "-").replace("/", "_")
            yield quote(form, safe="")
            yield form.replace("/", "\\/")

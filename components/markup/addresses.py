"""Addresses that are simply typed: where one begins, and where it ends.

The rules are those of GitHub Flavored Markdown 0.29, 6.9 "Autolinks (extension)": closing
punctuation is the sentence's, and a closing parenthesis without its opening one as well. Beyond
them, a host needs no dot (`http://localhost:3000`), and the punctuation and quotation marks of
other scripts end an address too: in their texts no space stands before those.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_HOST = r"(?:\[[0-9a-fA-F:.]{2,45}\]|[^\W_](?:[\w.-]{0,252}[^\W_])?)"
_WEB = re.compile(
    rf"(?:https?://)(?:[\w.~%+-]{{1,100}}(?::[^\s@/<>\"]{{0,100}})?@)?{_HOST}(?=[^\w]|$)",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"(?<![A-Za-z0-9_/.@-])www\.[^\W_][\w-]*(?:\.[\w-]+)+"
    r"|(?<![A-Za-z0-9_.+/-])[A-Za-z0-9.+_-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+"
    r"(?<![-_])(?![A-Za-z0-9_@-])",
    re.IGNORECASE,
)
_STOPS = frozenset('<>"`\\|')
_NOT_LAST = frozenset("?!.,:;*_~'")
_PAIRS = {")": "(", "]": "[", "}": "{"}
_WITHIN = frozenset("\u00b7")
"""Punctuation outside ASCII that words have in the middle (`col·legi`)."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address in a text: where it stands, and what it leads to."""

    start: int
    end: int
    href: str


def web_address_at(text: str, at: int) -> str:
    """Return the address that begins with its scheme at `at`; '' when none does."""
    match = _WEB.match(text, at)
    return text[at : _end(text, at, match.end())] if match else ""


def bare_addresses(text: str) -> Iterator[Address]:
    """Yield addresses without a scheme: of mail, and those that begin with `www.`"""
    at = 0
    while match := _BARE.search(text, at):
        if "@" in match[0]:
            end, href = match.end(), f"mailto:{match[0]}"
        else:
            end = _end(text, match.start(), match.end())
            href = f"http://{text[match.start() : end]}"
        yield Address(match.start(), end, href)
        at = max(end, match.end())


def _end(text: str, start: int, least: int) -> int:
    """Return where an address ends whose host ends at `least`."""
    end = least
    while end < len(text) and not _ends_address(text[end]):
        end += 1
    return _without_closing(text, start, end, least)


def _ends_address(character: str) -> bool:
    if character in _STOPS or character.isspace() or not character.isprintable():
        return True
    return (
        character > "\x7f"
        and character not in _WITHIN
        and unicodedata.category(character) in ("Po", "Ps", "Pe", "Pi", "Pf")
    )


def _without_closing(text: str, start: int, end: int, least: int) -> int:
    """Return the end without punctuation that belongs to the sentence around the address."""
    balance = {
        closing: text.count(closing, start, end) - text.count(opening, start, end)
        for closing, opening in _PAIRS.items()
    }
    while end > least:
        last = text[end - 1]
        if last in _PAIRS:
            if balance[last] <= 0:
                break
            balance[last] -= 1
        elif last not in _NOT_LAST:
            break
        end -= 1
    return end

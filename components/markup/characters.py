"""Characters: which are text, and where text may be cut.

Boundaries are those of extended grapheme clusters (UAX #29), by the standard library's data:
where that does not know a rule exactly, this cuts less often, never more often.
"""

import unicodedata

_JOINERS = "\u200c\u200d"
"""Zero-width (non-)joiner: several scripts and emoji need them, and they are harmless."""
_ZWJ = "\u200d"
_VIRAMA = 9
"""The combining class of signs that join the consonants on either side of them."""
_PREPEND = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
"""Signs that stand before the digits they belong to (Grapheme_Cluster_Break=Prepend)."""
_THAI_LAO_AM = frozenset("\u0e33\u0eb3")
"""Vowels that are spacing marks, though their category says letter."""


def clean(text: str, *, keep: str = "") -> str:
    """Return text without control, direction-override and surrogate characters, but those kept.

    They cannot run anything, but a direction override turns the rest of a line around, and a lone
    surrogate cannot be encoded at all. Any other white space becomes a plain space.
    """
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable() or character in keep or character in _JOINERS
        else (" " if character.isspace() else "")
        for character in text
    )


ISOLATES = "\u2068\u2069"
"""First strong isolate, and its end (UAX #9)."""


def isolated(text: str) -> str:
    """Return a name to be put among other words: clean, and kept from turning them around if it
    is written from right to left. Where nobody can say `dir`, as in a subject, this does."""
    readable = clean(text)
    if any(unicodedata.bidirectional(each) in ("R", "AL") for each in readable):
        return f"{ISOLATES[0]}{readable}{ISOLATES[1]}"
    return readable


def cut(text: str, longest: int, *, mark: str = "…") -> str:
    """Return text with at most `longest` characters; one that is longer ends with `mark`."""
    if len(text) <= longest:
        return text
    at = max(longest - len(mark), 0)
    return text[: boundary(text, at)].rstrip() + mark


def padded(text: str, columns: int) -> str:
    """Return text with spaces behind it, so that a terminal shows it at least `columns` wide."""
    return text + " " * (columns - display_width(text))


def display_width(text: str) -> int:
    """Return how many columns of a terminal a text takes: East Asian wide characters take two
    (UAX #11), those that are written over others none."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def boundary(text: str, at: int) -> int:
    """Return the last position up to `at` between two grapheme clusters."""
    if at >= len(text):
        return len(text)
    while at > 0 and not _may_cut(text, at):
        at -= 1
    return at


def _may_cut(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    if before < "\u0300" and after < "\u0300":
        # Plain Latin: all but a line break's two halves.
        return (before, after) != ("\r", "\n")
    if _extends(after) or before == _ZWJ or before in _PREPEND:
        return False
    if unicodedata.combining(before) == _VIRAMA:
        return False
    if _is_regional(before) and _is_regional(after):
        return _regional_run(text, at) % 2 == 0
    return not _hangul_joins(before, after)


def _extends(character: str) -> bool:
    return (
        unicodedata.category(character) in ("Mn", "Me", "Mc")
        or character in _JOINERS
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= character <= "\U000e007f"  # tags, of some flags
        or character in "\uff9e\uff9f"  # half-width voice marks
        or character in _THAI_LAO_AM
    )


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _regional_run(text: str, at: int) -> int:
    """Return how many letters of flags stand right before `at`: two make a flag."""
    start = at
    while start > 0 and _is_regional(text[start - 1]):
        start -= 1
    return at - start


def _hangul_joins(before: str, after: str) -> bool:
    """Whether two Hangul characters are parts of one syllable (GB6 to GB8)."""
    first, second = _hangul_kind(before), _hangul_kind(after)
    return (first, second) in {
        ("L", "L"), ("L", "V"), ("L", "LV"), ("L", "LVT"),
        ("LV", "V"), ("LV", "T"), ("V", "V"), ("V", "T"),
        ("LVT", "T"), ("T", "T"),
    }  # fmt: skip


def _hangul_kind(character: str) -> str:
    if "\u1100" <= character <= "\u115f" or "\ua960" <= character <= "\ua97c":
        return "L"
    if "\u1160" <= character <= "\u11a7" or "\ud7b0" <= character <= "\ud7c6":
        return "V"
    if "\u11a8" <= character <= "\u11ff" or "\ud7cb" <= character <= "\ud7fb":
        return "T"
    if "\uac00" <= character <= "\ud7a3":
        return "LV" if (ord(character) - 0xAC00) % 28 == 0 else "LVT"
    return ""

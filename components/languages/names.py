"""Which languages there are: tags (BCP 47), the names that they have for themselves, directions.

Adding one means: a line here, and a catalogue of the same name in `catalogues/`.
"""

from collections.abc import Iterable

ENGLISH_TAG = "en"
NAMES = {
    ENGLISH_TAG: "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "pt-BR": "Português (Brasil)",
    "pl": "Polski",
    "ja": "日本語",
    "zh-Hans": "简体中文",
    "ar": "العربية",
}
RIGHT_TO_LEFT = frozenset({"ar"})

_ALIASES = {"zh": "zh-Hans", "pt": "pt-BR"}
"""What the first subtag alone stands for, where no language has just that name."""
_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})
"""Subtags of traditional Chinese, which simplified Chinese is not an answer to."""


def known_tag(wanted: str) -> str | None:
    """Return the language that serves a tag, by lookup (RFC 4647, 3.4); None where none does.

    `de-AT` is served by `de`, `pt-PT` by `pt-BR`, `zh-CN` by `zh-Hans`, `zh-TW` by none.
    """
    subtags = wanted.strip().replace("_", "-").lower().split("-")
    if subtags[0] == "zh" and _TRADITIONAL.intersection(subtags[1:]):
        return None
    for length in range(len(subtags), 0, -1):
        tag = _BY_LOWER.get("-".join(subtags[:length]))
        if tag is not None:
            return tag
    alias = _ALIASES.get(subtags[0])
    return alias if alias in NAMES else None


_BY_LOWER = {tag.lower(): tag for tag in NAMES}


def preferred(accept_language: str, offered: tuple[str, ...]) -> str:
    """Return which of the offered languages an `Accept-Language` prefers (RFC 9110, 12.5.4): the
    first of them where it names none. What is refused by `q=0` is not chosen; `*` stands for the
    first.
    """
    best, best_weight = "", 0.0
    for part in accept_language[:500].split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = _weight(parameters)
        if weight > best_weight and (tag := _offered_tag(name, offered)):
            best, best_weight = tag, weight
    return best or offered[0]


def chosen_language(wanted: Iterable[str], accept_language: str, offered: tuple[str, ...]) -> str:
    """Return the language of an answer, '' for the one that a page has by itself.

    `wanted` are the values of `lang=`: the last that names one that is offered wins, be it the
    page's own, whose links then say so too; else `Accept-Language` decides.
    """
    if len(offered) < 2:
        return ""
    for each in wanted:
        tag = known_tag(each[:60])
        if tag in offered:
            return str(tag)
    if not accept_language:
        return ""
    tag = preferred(accept_language, offered)
    return "" if tag == offered[0] else tag


def _offered_tag(name: str, offered: tuple[str, ...]) -> str:
    if name == "*":
        return offered[0]
    tag = known_tag(name) if name else None
    return tag if tag in offered else ""


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        key, _, number = parameter.partition("=")
        if key.strip().lower() == "q":
            try:
                return min(1.0, max(0.0, float(number)))
            except ValueError:
                return 0.0
    return 1.0


def offered_languages(chosen: str) -> tuple[str, ...]:
    """Return the languages that a setting names, the page's own first; all of them for ''."""
    tags = tuple(dict.fromkeys(tag for each in chosen.split(",") if (tag := known_tag(each))))
    return tags or tuple(NAMES)

"""Slugs of names in any script: stable names in addresses, made of Latin letters and digits."""

import re
import unicodedata

_CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґўћђјљњџ",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "e",
            "zh",
            "z",
            "i",
            "i",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "kh",
            "ts",
            "ch",
            "sh",
            "shch",
            ".",
            "y",
            ".",
            "e",
            "iu",
            "ia",
            "i",
            "i",
            "ie",
            "g",
            "u",
            "c",
            "dj",
            "j",
            "lj",
            "nj",
            "dz",
        ],
        strict=True,
    )
)
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρσςτυφχψω",
        [
            "a",
            "v",
            "g",
            "d",
            "e",
            "z",
            "i",
            "th",
            "i",
            "k",
            "l",
            "m",
            "n",
            "x",
            "o",
            "p",
            "r",
            "s",
            "s",
            "t",
            "y",
            "f",
            "ch",
            "ps",
            "o",
        ],
        strict=True,
    )
)
_LATIN = {
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ł": "l",
    "ı": "i",
}
_TABLE = {**_CYRILLIC, **_GREEK, **_LATIN}
_SOUNDS = re.compile(r"(?:HIRAGANA|KATAKANA) LETTER (?:SMALL )?([A-Z]+)|HANGUL SYLLABLE ([A-Z]+)")


def slug_of(name: str, *, longest: int) -> str:
    """Return a name's slug; '' for one whose script has no letters that stand for sounds.

    Cyrillic follows the ICAO's table (Doc 9303), Greek ISO 843; kana and Hangul are written as
    Unicode names their sounds.
    """
    latin = "".join(map(_latin, unicodedata.normalize("NFKC", name).lower()))
    return re.sub(r"[^a-z0-9_]+", "-", latin).strip("-_")[:longest].strip("-_")


def _latin(letter: str) -> str:
    if letter.isascii():
        return letter
    if letter in _TABLE:
        return _TABLE[letter].replace(".", "")
    if sound := _SOUNDS.match(unicodedata.name(letter, "")):
        return (sound[1] or sound[2]).lower()
    plain = unicodedata.normalize("NFKD", letter)[0]
    if plain.isascii() and plain.isalnum():
        return plain
    return _TABLE.get(plain, "") if letter.isalpha() else "-"

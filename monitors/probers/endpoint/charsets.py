"""The text of a body: by the charset that its answer names, as browsers read it.

In this order: a byte order mark, the charset of Content-Type, what the document itself declares
(HTML's `meta`, XML's declaration), UTF-8, and what is not UTF-8 is Latin-1. As in browsers a name
means what the WHATWG's Encoding Standard says: “iso-8859-1” is windows-1252.
"""

import codecs
import re
from typing import Any

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([^"';,\s]{1,60})""", re.IGNORECASE)
_DECLARED_WITHIN = 1024
_META = re.compile(rb"""<meta\s[^>]*?charset\s*=\s*["']?\s*([^\s"'/>;]{1,60})""", re.IGNORECASE)
_XML = re.compile(rb"""\A\s*<\?xml\s[^>]*?encoding\s*=\s*["']([^"']{1,60})""")
# Python's codecs know fewer characters under these names than browsers do.
_LARGER = {"gbk": "gb18030", "shift_jis": "cp932", "euc-kr": "cp949", "big5": "big5hkscs"}
_NOT_LIKE_ASCII = ("utf-16", "iso-2022", "hz")
_LATIN = "windows-1252"


def to_utf8(body: bytes, content_type: str, *, whole: bool = True) -> bytes:
    """Return the text of a body as UTF-8, without a byte order mark.

    A body that says it is UTF-8 comes back as it is, with the mistakes in it. `whole` says that
    it was not cut, perhaps in the middle of a character.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            rest = body[len(mark) :]
            return rest if name == "utf-8" else _recode(rest, name)
    name = _named(content_type) or _declared(body, content_type)
    if name and not _is_like_ascii(name):
        return _recode(body, name)
    if body.isascii() or name == "utf-8" or (not name and _is_utf8(body, whole=whole)):
        return body
    return _recode(body, name or _LATIN)


def json_text(body: bytes, content_type: str) -> str:
    """Return the text of a JSON body.

    JSON is UTF-8, or was UTF-16 or UTF-32 once (RFC 8259, 8.1), with or without a byte order mark,
    whatever its answer says; the charset that this names counts for what is none of those.
    """
    guess = _json_encoding(body)
    name = _named(content_type)
    if guess != "utf-8":
        return body.decode(guess, errors="replace")
    if not name or _is_like_ascii(name):
        try:
            return body.removeprefix(codecs.BOM_UTF8).decode()
        except UnicodeDecodeError:
            pass
    return to_utf8(body, content_type).decode(errors="replace")


def header_text(value: bytes) -> str:
    """Return the text of a header's value: UTF-8, else Latin-1 (RFC 9110, 5.5)."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _named(content_type: str) -> str:
    match = _CHARSET.search(content_type[:1000])
    return _canonical(match[1]) if match else ""


def _declared(body: bytes, content_type: str) -> str:
    """Return the charset that a document itself declares; '' when it is none, or declares none."""
    kind = content_type.partition(";")[0].strip().lower()
    start = body[:_DECLARED_WITHIN]
    is_xml = kind.endswith(("/xml", "+xml"))
    is_html = kind in ("text/html", "application/xhtml+xml") or (
        not kind and start.lstrip().startswith(b"<")
    )
    match = (_XML.search(start) if is_xml or is_html else None) or (
        _META.search(start) if is_html else None
    )
    name = _canonical(match[1].decode("latin-1")) if match else ""
    # What was found as ASCII cannot be UTF-16 (HTML, 13.2.3.2).
    return "utf-8" if name.startswith("utf-16") else name


def _canonical(label: str) -> str:
    """Return the charset's name in the Encoding Standard; '' when it has none of that name."""
    if label.lower() in ("utf-8", "utf8"):
        return "utf-8"  # without the table
    found = _encodings().lookup(label)
    return "" if found is None else str(found.name)


def _is_like_ascii(name: str) -> bool:
    return not name.startswith(_NOT_LIKE_ASCII)


def _is_utf8(body: bytes, *, whole: bool) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(body, final=whole)
    except UnicodeDecodeError:
        return False
    return True


def _recode(body: bytes, name: str) -> bytes:
    if name in _LARGER or name.startswith("utf-"):
        text = body.decode(_LARGER.get(name, name), errors="replace")
    else:
        text, _ = _encodings().lookup(name).codec_info.decode(body, "replace")
    return text.encode(errors="replace")


def _encodings() -> Any:
    import webencodings  # noqa: PLC0415  (only answers that are not UTF-8 need it)

    return webencodings


def _json_encoding(body: bytes) -> str:
    """Return UTF-8, UTF-16 or UTF-32 by the mark, else by where the first characters' zeros are."""
    if body.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    zeros = tuple(byte == 0 for byte in body[:4])
    return _BY_ZEROS.get(zeros, _BY_ZEROS.get(zeros[:2], "utf-8"))


_BY_ZEROS: dict[tuple[bool, ...], str] = {
    (True, True, True, False): "utf-32-be",
    (False, True, True, True): "utf-32-le",
    (True, False): "utf-16-be",
    (False, True): "utf-16-le",
}

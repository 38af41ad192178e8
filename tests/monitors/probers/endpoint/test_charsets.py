"""Charsets: the text of a body, as browsers read it."""

import codecs
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.probers.endpoint.charsets import header_text, json_text, to_utf8

HTML = "text/html"


@pytest.mark.parametrize(
    ("text", "encoding", "content_type"),
    [
        ("Grüße aus Köln", "latin-1", "text/html; charset=ISO-8859-1"),
        ("Grüße", "latin-1", 'text/plain;Charset = "latin1"'),
        ("„5 €“", "cp1252", "text/html; charset=iso-8859-1"),
        ("你好世界", "gbk", "text/html; charset=gbk"),
        ("你好世界", "gb18030", "text/html; charset=GB2312"),
        ("髙い①", "cp932", "text/html; charset=Shift_JIS"),
        ("こんにちは", "euc_jp", "text/html;charset=euc-jp"),
        ("こんにちは", "iso2022_jp", "text/plain; charset=iso-2022-jp"),
        ("안녕하세요", "cp949", "text/html; charset=ks_c_5601-1987"),
        ("你好", "big5", "text/html; charset=big5"),
        ("Привет", "koi8-r", "text/html; charset=KOI8-R"),
        ("Привет", "cp1251", "text/html; charset=windows-1251"),
        ("Zażółć", "iso8859-2", "text/html; charset=iso-8859-2"),
        ("Grüße", "utf-16-le", "text/plain; charset=utf-16"),
        ("Grüße", "utf-16-be", "text/plain; charset=UTF-16BE"),
        ("Grüße", "utf-8", "text/plain; charset=utf-8"),
        ("Grüße", "utf-8", "text/plain; charset=klingon"),
        ("Grüße", "utf-8", "text/plain"),
        ("Grüße", "latin-1", "text/plain"),
        ("Grüße", "latin-1", ""),
        ("Grüße", "utf-8", "text/plain; charset=utf-7"),
    ],
)
def test_text_is_read_by_the_charset_that_the_answer_names(
    text: str, encoding: str, content_type: str
) -> None:
    """F-T5."""
    assert to_utf8(text.encode(encoding), content_type) == text.encode()


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
@pytest.mark.parametrize("content_type", ["text/html", "text/html; charset=iso-8859-1"])
def test_a_byte_order_mark_says_more_than_a_header(
    mark: bytes, encoding: str, content_type: str
) -> None:
    """As in browsers (Encoding Standard, "decode"); the mark is no part of the text."""
    assert to_utf8(mark + "Köln".encode(encoding), content_type) == "Köln".encode()


@pytest.mark.parametrize(
    ("start", "content_type", "text"),
    [
        ('<html><meta charset="windows-1251">', HTML, "Привет"),
        ("<META http-equiv=x content='text/html; charset=windows-1251'>", HTML, "Привет"),
        ("<meta charset=windows-1251 />", "", "Привет"),
        ('<?xml version="1.0" encoding="windows-1251"?>', "application/rss+xml", "Привет"),
        ('<?xml version="1.0" encoding="windows-1251"?>', "text/xml", "Привет"),
    ],
)
def test_a_document_may_declare_its_charset_itself(
    start: str, content_type: str, text: str
) -> None:
    body = (start + text).encode("cp1251")

    assert text.encode() in to_utf8(body, content_type)


def test_what_is_declared_counts_less_than_the_header_and_only_where_it_belongs() -> None:
    meta = b"<meta charset=windows-1251>" + "Köln".encode("latin-1")

    assert "Köln".encode() in to_utf8(meta, "text/html; charset=iso-8859-1")
    assert "Köln".encode() in to_utf8(meta, "text/plain")
    assert "Köln".encode() in to_utf8(b" " * 2000 + meta, HTML)
    assert to_utf8("<meta charset=utf-16>Köln".encode(), HTML).endswith("Köln".encode())


def test_a_body_that_was_cut_in_a_character_is_still_utf8() -> None:
    cut = ("Grüße " * 3 + "ü").encode()[:-1]

    assert to_utf8(cut, HTML, whole=False).startswith("Grüße".encode())
    assert to_utf8(cut, HTML).startswith("GrÃ¼".encode())


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('{"unit": "°C"}'.encode(), "application/json"),
        ('{"unit": "°C"}'.encode(), "application/json; charset=iso-8859-1"),
        ('{"unit": "°C"}'.encode("latin-1"), "application/json; charset=ISO-8859-1"),
        ('{"unit": "°C"}'.encode("latin-1"), "application/json"),
        (codecs.BOM_UTF8 + '{"unit": "°C"}'.encode(), "application/json"),
        ('{"unit": "°C"}'.encode("utf-16"), "application/json"),
        ('{"unit": "°C"}'.encode("utf-16-le"), ""),
        ('{"unit": "°C"}'.encode("utf-16-be"), "application/json; charset=utf-16be"),
        ('{"unit": "°C"}'.encode("utf-32"), ""),
        ('{"unit": "°C"}'.encode("utf-32-be"), ""),
    ],
)
def test_json_is_read_in_every_charset_it_comes_in(body: bytes, content_type: str) -> None:
    """F-T5: RFC 8259, and what servers send all the same."""
    assert json.loads(json_text(body, content_type)) == {"unit": "°C"}


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_header_is_utf8_else_latin1(encoding: str) -> None:
    """F-T5."""
    assert header_text("Köln".encode(encoding)) == "Köln"


TYPES = st.sampled_from(
    ["", HTML, "text/xml", "application/json"]
).flatmap(
    lambda kind: st.one_of(
        st.just(kind),
        st.sampled_from(
            ["utf-8", "latin1", "gbk", "utf-16", "iso-2022-jp", "hz-gb-2312", "x-user-defined",
             "zip", "idna", "punycode", "unicode_escape", "undefined", "utf-7", "replacement"]
        ).map(lambda name: f"{kind}; charset={name}"),
        st.text(max_size=40).map(lambda text: f"{kind}; charset={text}"),
    )
)  # fmt: skip


@given(body=st.binary(max_size=300), content_type=TYPES, whole=st.booleans())
def test_any_bytes_of_any_charset_have_a_text(body: bytes, content_type: str, whole: bool) -> None:
    """F-T5: nothing crashes it, whatever codec a name is one of."""
    to_utf8(body, content_type, whole=whole)
    json_text(body, content_type)
    header_text(body)


@given(
    text=st.text(max_size=100).filter(lambda text: not text.startswith("\ufeff")),
    encoding=st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "gb18030"]),
)
def test_text_in_a_charset_that_is_named_is_read_back(text: str, encoding: str) -> None:
    """F-T5, as a property."""
    label = encoding.replace("utf-16-", "utf-16")
    body = text.encode(encoding)
    marks = (codecs.BOM_UTF8, codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)
    if not body.startswith(marks):
        assert to_utf8(body, f"text/plain; charset={label}") == text.encode()

"""What a client gets of one address."""

import pytest

from statuspage.edge import negotiation

CHROME = (
    b"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
    b"image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
)


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        (CHROME, True),
        (b"text/html", True),
        (b"text/html;q=0.5, application/json;q=0.4", True),
        (b"", False),
        (b"*/*", False),
        (b"application/json", False),
        (b"text/html, application/json", False),
        (b"text/html;q=0.4, application/json", False),
        (b"text/html;q=0", False),
        (b"text/html;q=nonsense", False),
        (b"\xff\xfe,;;;q=,", False),
    ],
)
def test_only_a_client_that_prefers_html_gets_html_x08(accept: bytes, html: bool) -> None:
    assert negotiation.prefers_html(accept) is html


@pytest.mark.parametrize(
    ("accept_encoding", "encoding"),
    [
        (b"gzip, deflate, br, zstd", "br"),
        (b"gzip", "gzip"),
        (b"br;q=0, gzip;q=0.5", "gzip"),
        (b"*", "br"),
        (b"identity", "identity"),
        (b"", "identity"),
        (b"*;q=0", "identity"),
    ],
)
def test_the_smallest_encoding_that_is_taken_is_sent_x11(
    accept_encoding: bytes, encoding: str
) -> None:
    assert negotiation.encoding(accept_encoding) == encoding


@pytest.mark.parametrize(
    ("if_none_match", "known"),
    [
        (b'"abc"', True),
        (b'W/"abc"', True),
        (b'"x", "abc"', True),
        (b"*", True),
        (b'"abcd"', False),
        (b"abc", False),
        (b"", False),
    ],
)
def test_an_etag_that_the_client_has_is_recognised(if_none_match: bytes, known: bool) -> None:
    assert negotiation.matches_etag(if_none_match, b'"abc"') is known


def test_the_last_format_wins_and_random_queries_mean_nothing() -> None:
    assert negotiation.format_override(b"a=1&format=html&format=json") == "json"
    assert negotiation.format_override(b"reformat=html&_=8123") is None


@pytest.mark.parametrize(
    ("target", "plain"),
    [
        (b"/status?_=8123&utm=%41+b", b"/status"),
        (b"/status/?", b"/status/"),
        (b"/status?format=json", None),
        (b"/status?a=1&format=xml", None),
        (b"/status?reformat=html", None),
        (b"/status?a#b", None),
        (b"/status?a=\xff", None),
        (b"/status/api?n=1", None),
        (b"/other?n=1", None),
    ],
)
def test_only_a_query_that_cannot_matter_is_left_out_of_a_head(
    target: bytes, plain: bytes | None
) -> None:
    rest = b" HTTP/1.1\r\nHost: x\r\nX-Note: GET /status?n=1 HTTP/1.1\r\n\r\n"

    made = negotiation.strip_idle_query(b"GET " + target + rest)

    assert made == b"GET " + (target if plain is None else plain) + rest

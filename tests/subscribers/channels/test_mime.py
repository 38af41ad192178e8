"""Mails are encoded by hand for speed: whoever reads them finds what was written."""

import email
from email.policy import default
from typing import Any

import pytest
from django.core.mail import BadHeaderError
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers.channels.mime import Mail

LINES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200)


def mail(text: str = "Hello\n", subject: str = "Down", **headers: str) -> Mail:
    made = Mail(subject, text, "Acmé <status@example.com>", ["ada@example.org"], headers=headers)
    made.attach_alternative(f"<p>{text}</p>", "text/html")
    return made


def read(made: Mail) -> Any:
    return email.message_from_bytes(made.message().as_bytes(linesep="\r\n"), policy=default)


@settings(max_examples=30, deadline=None)
@given(st.lists(LINES, max_size=5), LINES)
def test_what_was_written_is_read(lines: list[str], subject: str) -> None:
    text = "\n".join([*lines, ".", "From here", "trailing \t", "=_alternatives", "x" * 2000]) + "\n"

    parsed = read(mail(text, subject))

    assert parsed["To"] == "ada@example.org"
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]
    plain, html = parsed.iter_parts()
    assert plain.get_content().replace("\r\n", "\n") == text
    assert html.get_content().replace("\r\n", "\n") == f"<p>{text}</p>"


def test_subjects_and_names_in_any_script_are_told() -> None:
    parsed = read(mail(subject="Störung: データベース 🔥"))

    assert parsed["Subject"] == "Störung: データベース 🔥"
    assert parsed["From"] == "Acmé <status@example.com>"


def test_no_line_is_longer_than_a_mail_server_takes() -> None:
    raw = mail("x" * 5000, "s" * 300).message().as_bytes(linesep="\r\n")

    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")


@pytest.mark.parametrize("name", ["subject", "List-Unsubscribe"])
def test_a_line_break_cannot_smuggle_a_header_in(name: str) -> None:
    made = mail(**{name: "fine\r\nBcc: eve@example.org"})

    with pytest.raises(BadHeaderError):
        made.message()


def test_a_logo_lies_beside_the_text_that_names_it() -> None:
    made = mail()
    made.attach_logo(b"\x89PNG\r\n\x1a\nnot really")

    parsed = read(made)

    assert parsed.get_content_type() == "multipart/related"
    assert parsed.get_param("type") == "multipart/alternative"
    texts, logo = parsed.iter_parts()
    assert [part.get_content_type() for part in texts.iter_parts()] == ["text/plain", "text/html"]
    assert texts.get_body(("plain",)).get_content() == "Hello\r\n"
    assert (logo.get_content_type(), logo["Content-ID"]) == ("image/png", "<logo>")
    assert logo.get_content_disposition() == "inline"
    assert logo.get_content() == b"\x89PNG\r\n\x1a\nnot really"

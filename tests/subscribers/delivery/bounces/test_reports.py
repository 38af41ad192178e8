"""Reading notifications: what real servers write, and what nobody should believe or choke on."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.delivery.bounces.reports import ReportError, parse_report
from tests.subscribers.delivery.bounces.mails import notification

TO = "bounces+1-2-0123456789abcdef01234567@status.example.com"


def test_a_failure_is_read() -> None:
    report = parse_report(notification(TO, return_path=TO, token="1-2-abc"))

    assert (report.failed, report.status) == (True, "5.1.1")
    assert report.diagnostic.startswith("550 5.1.1 <ada@example.org>: Recipient address rejected")
    assert set(report.tokens) == {TO, f"<{TO}>", "1-2-abc"}


def test_headers_alone_are_read_as_well() -> None:
    raw = notification(
        "postmaster@example.com", token="1-2-abc", returned_type="text/rfc822-headers"
    )

    assert "1-2-abc" in parse_report(raw).tokens


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_what_did_not_fail_is_no_bounce(action: str) -> None:
    assert not parse_report(notification(TO, action=action, status="4.4.1")).failed


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Subject: out of office\n\nI am away.",
        notification(TO).replace(b"message/delivery-status", b"text/plain"),
        notification(TO).replace(b"Action: failed", b"Act: failed"),
        b"x" * 1_000_001,
    ],
)
def test_what_is_no_report_is_refused(raw: bytes) -> None:
    with pytest.raises(ReportError):
        parse_report(raw)


def test_ten_thousand_parts_inside_each_other_are_no_trouble() -> None:
    head = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(10_000)
    )
    with pytest.raises(ReportError):
        parse_report(head)


@given(st.binary(max_size=400), st.integers(0, 1200))
def test_no_mail_is_too_odd_to_be_answered(noise: bytes, place: int) -> None:
    raw = notification(TO)
    with contextlib.suppress(ReportError):
        parse_report(raw[:place] + noise + raw[place:])

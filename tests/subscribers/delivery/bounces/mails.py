"""Notifications as real servers write them (RFC 3464)."""

POSTFIX = """\
Return-Path: <>
Delivered-To: {to}
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B1"

--B1
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B1
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
X-Postfix-Queue-ID: 4F0C
Arrival-Date: Mon, 30 Nov 2026 00:00:00 +0000

Final-Recipient: rfc822; {recipient}
Original-Recipient: rfc822;{recipient}
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.org
Diagnostic-Code: smtp; 550 {status} <{recipient}>: Recipient address rejected:
    User unknown in virtual mailbox table

--B1
Content-Description: Undelivered Message
Content-Type: {returned_type}

Return-Path: <{return_path}>
Message-ID: <journal-1.1@status.example.com>
{token_header}Subject: Resolved: Search is slow
To: {recipient}

text of the mail
--B1--
"""


def notification(
    to: str,
    *,
    status: str = "5.1.1",
    action: str = "failed",
    recipient: str = "ada@example.org",
    return_path: str = "",
    token: str = "",
    returned_type: str = "message/rfc822",
) -> bytes:
    """Return a notification that came to `to`; the returned mail has the rest in its headers."""
    token_header = f"X-Delivery-Token: {token}\n" if token else ""
    text = POSTFIX.format(
        to=to, status=status, action=action, recipient=recipient, return_path=return_path,
        token_header=token_header, returned_type=returned_type,
    )  # fmt: skip
    return text.encode()

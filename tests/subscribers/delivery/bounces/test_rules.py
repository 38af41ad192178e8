"""What a status code says of an address, as a table (F-M9)."""

import pytest

from subscribers.delivery.bounces.rules import bounce_kind, status_in, status_of_reply


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("5.1.1", "hard"), ("5.1.2", "hard"), ("5.1.3", "hard"), ("5.1.6", "hard"),
        ("5.1.10", "hard"), ("5.2.1", "hard"), ("5.1.0", "hard"),
        ("5.2.2", "soft"), ("4.2.2", "soft"), ("4.1.1", "soft"), ("4.4.1", "soft"),
        ("5.4.4", "soft"), ("5.0.0", "soft"), ("4.0.0", "soft"), ("5.4.7", "soft"),
        ("5.1.7", "refused"), ("5.1.8", "refused"), ("5.3.4", "refused"), ("5.5.1", "refused"),
        ("5.6.0", "refused"), ("5.7.1", "refused"), ("4.7.1", "refused"), ("5.7.26", "refused"),
        ("2.1.5", None),
    ],
)  # fmt: skip
def test_what_a_status_says(status: str, kind: str | None) -> None:
    assert bounce_kind(status) == kind


@pytest.mark.parametrize("status", ["", "5.1", "6.1.1", "5.1.1.1", "5.1.1 ", "hard", "5.1.1234"])
def test_what_is_no_status_is_refused(status: str) -> None:
    with pytest.raises(ValueError, match=r"5\.1\.1"):
        bounce_kind(status)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("550 5.1.1 User unknown", "5.1.1"),
        ("550-5.1.1 The email account does not exist", "5.1.1"),
        ("5.2.2 mailbox full", "5.2.2"),
        ("smtp; 550 5.1.10 null MX", "5.1.10"),
        ("550 no such user", ""),
        ("550 see 10.5.1.1", ""),
        ("", ""),
    ],
)
def test_the_status_of_a_reply(text: str, status: str) -> None:
    assert status_in(text) == status


def test_a_reply_without_a_status_counts_if_its_code_is_about_a_mailbox() -> None:
    assert status_of_reply(550, "no such user") == "5.0.0"
    assert status_of_reply(554, "spam") == ""
    assert status_of_reply(None, "the provider refuses this recipient") == ""

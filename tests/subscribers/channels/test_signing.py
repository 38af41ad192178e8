"""Signatures, verified by the published `standardwebhooks` package (contract L, Webhooks)."""

import json
import re
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from subscribers.channels import signing
from tests import DOCS


@given(body=st.text(max_size=200), message_id=st.from_regex(r"[a-z0-9.@-]{1,60}", fullmatch=True))
@settings(max_examples=40)
def test_every_message_is_verified(body: str, message_id: str) -> None:
    secret = signing.new_secret()
    sent = json.dumps(body, ensure_ascii=False).encode()

    headers = dict(signing.headers(message_id, sent, at=time.time(), secrets=[secret]))

    assert Webhook(secret).verify(sent, headers) == body


def test_while_a_secret_is_replaced_both_believe_a_message() -> None:
    new, former, other = (signing.new_secret() for _ in range(3))
    headers = dict(signing.headers("m", b"{}", at=time.time(), secrets=[new, former]))

    Webhook(new).verify(b"{}", headers)
    Webhook(former).verify(b"{}", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(b"{}", headers)


@pytest.mark.parametrize("change", ["body", "id", "time"])
def test_nothing_that_is_signed_can_be_changed(change: str) -> None:
    secret = signing.new_secret()
    headers = dict(signing.headers("m", b'{"a":1}', at=time.time(), secrets=[secret]))
    body = b'{"a":2}' if change == "body" else b'{"a":1}'
    if change == "id":
        headers["webhook-id"] = "n"
    if change == "time":
        headers["webhook-timestamp"] = str(int(time.time()) - 1)

    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers)


def test_without_a_secret_nothing_pretends_to_be_signed() -> None:
    headers = dict(signing.headers("m", b"{}", at=1, secrets=[]))

    assert "webhook-signature" not in headers


def test_the_lines_of_the_documentation_verify_our_messages_and_no_others() -> None:
    """The block of Python below “Webhooks” in docs/integrating.md."""
    text = (DOCS / "integrating.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    [script] = [each for each in blocks if "standardwebhooks" in each]
    names: dict[str, Any] = {}
    exec(script, names)  # as whoever copies it would
    secret = signing.new_secret()
    headers = dict(signing.headers("m", b'{"a":1}', at=time.time(), secrets=[secret]))

    assert names["verify"](secret, headers, b'{"a":1}') == {"a": 1}
    with pytest.raises(WebhookVerificationError):
        names["verify"](secret, headers, b'{"a":2}')

"""Slack: its own mark-up in people's text calls nobody and hides no link; its limits are kept."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers.channels.kinds.slack import SlackChannel
from tests.subscribers.channels.attacks import ATTACKS, everywhere
from tests.subscribers.news import INCIDENT, UNSUBSCRIBE


@pytest.mark.parametrize("attack", ATTACKS)
def test_text_from_people_is_inert(attack: str) -> None:
    """S3."""
    told = json.dumps(SlackChannel().body(everywhere(attack), unsubscribe_url=""))

    assert "<!channel>" not in told
    assert "<@U1>" not in told
    assert "<https://evil.example|click" not in told


@given(text=st.text(max_size=9000))
@settings(max_examples=25)
def test_limits_are_kept(text: str) -> None:
    facts = replace(INCIDENT, headline=text, message=text, components=(text, text))

    told = SlackChannel().body(facts, unsubscribe_url=UNSUBSCRIBE)

    for block in told["attachments"][0]["blocks"]:
        assert len(block.get("text", {}).get("text", "")) <= 3000

"""Discord: people's text is shown as it was written and mentions nobody; its limits are kept."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers.channels.kinds.discord import DiscordChannel
from tests.subscribers.channels.attacks import ATTACKS, everywhere
from tests.subscribers.news import INCIDENT, UNSUBSCRIBE


@pytest.mark.parametrize("attack", ATTACKS)
def test_text_from_people_is_inert(attack: str) -> None:
    """S3."""
    told = DiscordChannel().body(everywhere(attack), unsubscribe_url="")

    assert told["allowed_mentions"] == {"parse": []}
    for mark_up in ("@everyone", "[click](javascript"):
        assert mark_up not in json.dumps(told)


@given(text=st.text(max_size=9000))
@settings(max_examples=25)
def test_limits_are_kept(text: str) -> None:
    facts = replace(INCIDENT, headline=text, message=text, components=(text, text))

    [embed] = DiscordChannel().body(facts, unsubscribe_url=UNSUBSCRIBE)["embeds"]

    assert len(embed["title"]) <= 256
    assert len(embed["description"]) <= 4096
    assert all(len(field["value"]) <= 1024 for field in embed["fields"])

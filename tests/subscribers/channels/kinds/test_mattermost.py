"""Mattermost: people's text is shown as it was written, and calls nobody."""

import json

import pytest

from subscribers.channels.kinds.mattermost import MattermostChannel
from tests.subscribers.channels.attacks import ATTACKS, everywhere


@pytest.mark.parametrize("attack", ATTACKS)
def test_text_from_people_is_inert(attack: str) -> None:
    """S3."""
    [attachment] = MattermostChannel().body(everywhere(attack), unsubscribe_url="")["attachments"]

    # The fallback is plain text, for notifications.
    assert "@everyone" not in attachment["fallback"]
    told = json.dumps({**attachment, "fallback": ""})
    for mark_up in ("@everyone", "[click](javascript"):
        assert mark_up not in told

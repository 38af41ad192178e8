"""Mattermost: people's text is shown as it was written, and calls nobody."""

import json

import pytest

from subscribers.channels.kinds.mattermost import MattermostChannel
from tests.subscribers.channels.attacks import ATTACKS, everywhere


@pytest.mark.parametrize("attack", ATTACKS)
def test_text_from_people_is_inert(attack: str) -> None:
    """S3."""
    told = json.dumps(MattermostChannel().body(everywhere(attack), unsubscribe_url=""))

    for mark_up in ("@everyone", "](javascript", "**bold**"):
        assert mark_up not in told

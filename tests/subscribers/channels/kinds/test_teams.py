"""Teams: people's text is shown as it was written, and calls nobody."""

import json

import pytest

from subscribers.channels.kinds.teams import TeamsChannel
from tests.subscribers.channels.attacks import ATTACKS, everywhere


@pytest.mark.parametrize("attack", ATTACKS)
def test_text_from_people_is_inert(attack: str) -> None:
    """S3."""
    told = json.dumps(TeamsChannel().body(everywhere(attack), unsubscribe_url=""))

    for mark_up in ("@everyone", "[click](javascript"):
        assert mark_up not in told

"""A plain webhook: its owner chooses the shape, and its messages are signed."""

from subscribers.channels.formats import FORMATS
from subscribers.channels.kinds.webhook import WebhookChannel
from tests.subscribers.news import INCIDENT, UNSUBSCRIBE


def test_without_a_choice_it_is_our_own_shape() -> None:
    channel = WebhookChannel()

    assert channel.formats == ("native", "statuspage", "text")
    assert channel.body(INCIDENT, unsubscribe_url=UNSUBSCRIBE) == FORMATS["native"](
        INCIDENT, unsubscribe_url=UNSUBSCRIBE
    )


def test_it_alone_is_signed_and_its_lane_is_its_host() -> None:
    channel = WebhookChannel()

    assert channel.signs
    assert channel.lane("https://u:p@Example.org:8443/x") == "example.org:8443"

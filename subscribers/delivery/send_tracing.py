"""One send as a span, for a collector of traces: channel, tries and outcome."""

import time

from components.values import spans
from subscribers.channels.base import Message, Outcome, Recipient, Sender, SendStatus
from subscribers.models import Delivery


def send_traced(
    sender: Sender, message: Message, recipient: Recipient, row: Delivery, *, seconds: float
) -> Outcome:
    """Send a message within `seconds`; the span has nothing of an address or of the text."""
    attributes: dict[str, str | int | float | bool] = {
        "statuspage.delivery.id": row.pk or 0,
        "statuspage.channel": row.channel,
        "statuspage.delivery.tries": row.attempts,
    }
    with spans.span(f"send {row.channel}", attributes, kind=spans.CLIENT) as note:
        outcome = sender.send(message, recipient, deadline=time.monotonic() + seconds)
        failed = "" if outcome.status is SendStatus.SENT else str(outcome.status)
        answer = {} if outcome.code is None else {"statuspage.delivery.code": outcome.code}
        note({"statuspage.delivery.outcome": str(outcome.status), **answer}, failed=failed)
    return outcome

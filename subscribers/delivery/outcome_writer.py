"""Storing what became of a message, so that what was sent is not sent again."""

import random
from datetime import UTC, datetime

from django.db import DatabaseError

from subscribers.channels.base import Outcome, SendStatus
from subscribers.delivery import outbox, outcome_files
from subscribers.delivery.batch_writer import BatchWriter
from subscribers.delivery.endpoint_health import apply_outcome
from subscribers.enums import State
from subscribers.models import Delivery

KEEP_SECONDS = 1.0
"""How long the database may take to store that a message was sent, before a file says so."""


def write_outcome(writer: BatchWriter, row: Delivery, outcome: Outcome, *, now: float) -> None:
    """Have an outcome stored and wait for it. Raises the database's error if it is away for long.

    A file has it then, if the message was sent.
    """
    randomness = random.random()  # noqa: S311
    storing = writer.submit(
        lambda: outbox.record_outcome(row, outcome, now=now, randomness=randomness)
    )
    try:
        state = storing.result(KEEP_SECONDS)
    except (TimeoutError, DatabaseError):
        # This process may be ended before it is stored, and the message would be sent again.
        if outcome.status is SendStatus.SENT:
            outcome_files.keep(row, outcome, now=now)
        state = storing.result()
        outcome_files.forget(row)
    if state is State.FAILED:
        at = datetime.fromtimestamp(now, UTC)
        writer.write(lambda: apply_outcome(row, outcome, state, now=at), exclusive=True)

"""What the tests of subscribers share."""

import threading
from collections.abc import Iterator

import pytest

from tests.waiting import PATIENCE


@pytest.fixture(autouse=True)
def lanes_have_ended() -> Iterator[None]:
    """A lane still at work holds a connection, which keeps a test database from being removed."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("lane "):
            thread.join(PATIENCE)

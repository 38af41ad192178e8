"""What tests of verdicts need on a busy machine: a prober that takes no stall of its own for one.

Half a second without the processor makes a failure inconclusive, and rightly so; tests whose
subject is another use `no_stalls`.
"""

import pytest

from monitors.probing import engine
from tests.waiting import FOR_EVER


@pytest.fixture(autouse=True)
def no_stalls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take no time in which nothing was polled for a stall."""
    monkeypatch.setattr(engine, "STALL_SECONDS", FOR_EVER)


@pytest.fixture
def stalls(monkeypatch: pytest.MonkeyPatch, no_stalls: None) -> None:
    """Take half a second for a stall, as the product does."""
    monkeypatch.setattr(engine, "STALL_SECONDS", 0.5)

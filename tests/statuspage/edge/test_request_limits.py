"""The exchange of counts that a web process makes beside its requests (S17)."""

import logging

import pytest

from statuspage.api.limits import Limiter
from statuspage.edge.request_limits import CountExchanger

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def process() -> tuple[Limiter, CountExchanger]:
    limiter = Limiter(clock=lambda: 1_800_000_000.0)
    return limiter, CountExchanger(limiter)


def test_what_one_process_counted_is_not_left_in_another_s17() -> None:
    (first, its_exchanger), (second, other_exchanger) = process(), process()
    for _ in range(3):
        first.count("token 1", quota=4)
    second.count("token 1", quota=4)

    its_exchanger.exchange()
    other_exchanger.exchange()

    assert second.count("token 1", quota=4).refused


def test_an_error_is_said_once_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    limiter, exchanger = process()
    with monkeypatch.context() as patch:
        patch.setattr("components.limiting.database.swap", lambda *_, **__: 1 / 0)
        for _ in range(3):
            limiter.count("a", quota=9)
            exchanger.exchange()
    assert len(caplog.records) == 1

    exchanger.exchange()

    other, its_exchanger = process()
    other.count("a", quota=9)
    its_exchanger.exchange()
    assert other.count("a", quota=9).remaining == 9 - 2 - 3

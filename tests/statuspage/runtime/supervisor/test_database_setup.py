"""How the database is made ready while it may be down."""

import pytest
from django.db import OperationalError

from statuspage.runtime.supervisor.database_setup import prepare_with_retry


class Database:
    """Fails a number of times, then works; the clock moves with each pause."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.said: list[str] = []
        self.troubles = 0
        self.now = 0.0

    def run(self) -> None:
        prepare_with_retry(
            prepare=self._prepare,
            on_failure=self._trouble,
            report=self.said.append,
            sleep=self._sleep,
            clock=lambda: self.now,
        )

    def _prepare(self) -> None:
        if self.failures:
            raise self.failures.pop(0)

    def _trouble(self) -> None:
        self.troubles += 1

    def _sleep(self, seconds: float) -> None:
        assert seconds == 2.0
        self.now += seconds


def test_a_database_that_works_is_not_talked_about() -> None:
    database = Database()

    database.run()

    assert (database.said, database.troubles) == ([], 0)


def test_a_database_that_is_down_is_waited_for_and_told_once() -> None:
    database = Database(*[OperationalError("connection\nrefused")] * 5)

    database.run()

    assert database.said == [
        (
            "The database does not answer (connection refused). Trying again every 2 s; the page "
            "is served from disk meanwhile. Check DATABASE_URL and the database server."
        ),
        "The database is ready now.",
    ]
    assert database.troubles == 5


def test_a_long_outage_is_told_again_now_and_then() -> None:
    database = Database(*[OperationalError("no")] * 40)

    database.run()

    assert len(database.said) == 1 + 2 + 1


@pytest.mark.parametrize("error", [ValueError("bad migration"), KeyError("x")])
def test_any_other_failure_is_shown_and_tried_again(error: Exception) -> None:
    database = Database(error)

    database.run()

    assert type(error).__name__ in database.said[0]
    assert database.said[-1] == "The database is ready now."

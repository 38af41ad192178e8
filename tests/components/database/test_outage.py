"""The outages of the database as a process logs them (F-O7)."""

import sqlite3

import psycopg
import pytest
from django.db import InternalError, OperationalError, ProgrammingError, connection

from components.database.errors import ReadOnlyError, is_read_only, is_unavailable
from components.database.outage import LOCK_SETTLED_SECONDS, OUTAGE, OutageLog


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(clock: Clock) -> OutageLog:
    return OutageLog(clock=clock)


AWAY = OperationalError("connection refused")


def test_an_outage_is_a_line_at_the_start_one_a_minute_and_one_at_the_end(
    log: OutageLog, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for second in range(150):
        clock.now = float(second)
        for _ in range(20):
            log.failed(AWAY)
    clock.now = 170.0
    for _ in range(20):
        log.succeeded()

    assert [record.message for record in caplog.records] == [
        "the database does not answer: connection refused",
        "the database does not answer, for 60 s now (1201 tries in vain): connection refused",
        "the database does not answer, for 120 s now (2401 tries in vain): connection refused",
        "the database answers again, after 149 s and 3000 tries in vain",
    ]
    assert not log.present


def test_reads_that_succeed_between_writes_that_fail_are_no_end(
    log: OutageLog, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """A locked SQLite lets a write wait for 20 s, and answers reads all the while."""
    locked = OperationalError("database is locked")
    locked.__cause__ = sqlite3.OperationalError("database is locked")
    locked.__cause__.sqlite_errorcode = sqlite3.SQLITE_BUSY
    for second in range(0, 60, 21):
        clock.now = float(second)
        log.failed(locked)
        clock.now += 19.0
        log.succeeded()
    assert len(caplog.records) == 1

    clock.now = 60 + LOCK_SETTLED_SECONDS
    log.succeeded()

    assert len(caplog.records) == 2


def test_two_transactions_in_each_others_way_are_no_outage(
    log: OutageLog, caplog: pytest.LogCaptureFixture
) -> None:
    deadlock = OperationalError("deadlock detected")
    deadlock.__cause__ = psycopg.errors.DeadlockDetected("deadlock detected")

    log.failed(deadlock)

    assert not log.present
    assert "stood in each other's way" in caplog.text


def of(cause: Exception, kind: type[Exception]) -> Exception:
    error = kind(str(cause))
    error.__cause__ = cause
    return error


def test_what_is_no_fault_of_a_statement_is_unavailable() -> None:
    refused = of(psycopg.errors.ReadOnlySqlTransaction("cannot execute INSERT"), InternalError)
    shutdown = of(psycopg.errors.AdminShutdown("terminating"), OperationalError)
    unknown = of(psycopg.errors.UndefinedTable("no such relation"), ProgrammingError)

    assert is_unavailable(refused)
    assert is_read_only(refused)
    assert is_unavailable(shutdown)
    assert not is_read_only(shutdown)
    assert is_unavailable(ReadOnlyError("a standby"))
    assert not is_unavailable(unknown)
    assert not is_unavailable(ValueError("?"))


@pytest.mark.django_db
def test_a_statement_that_names_what_is_not_there_is_our_fault() -> None:
    with (
        pytest.raises((OperationalError, ProgrammingError)) as caught,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT * FROM no_such_table")

    assert not is_unavailable(caught.value)
    assert not OUTAGE.present

"""The daily partitions of raw results on PostgreSQL: an old day goes in one instant.

Each `migrate` makes those of the days to come, and beat goes on. A default partition takes what has
no day's partition, so results are kept although beat was away for a week. What lies there moves to
its day's partition when that is made, if it is not too much; else it leaves by age, in batches, as
on SQLite.
"""

import logging
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection, transaction

log = logging.getLogger(__name__)

DEFAULT_PARTITION = "monitors_result_default"
DAYS_AHEAD = 3
LOCK_TIMEOUT = "150ms"
"""The longest wait for the exclusive lock under which a partition comes and goes; others wait no
longer for us than this; the next round tries again."""
MAX_MOVED = 100_000
"""Results that are moved out of the default partition when their day's is made: about a second's
work, during which nothing can be stored."""


def is_supported() -> bool:
    """Return whether this database has partitions."""
    return connection.vendor == "postgresql"


def after_migration(**_: Any) -> None:
    """Create today's partition with the tables, so that the first result finds it.

    A receiver of Django's `post_migrate`.
    """
    if is_supported() and _is_partitioned():
        create_partitions(now=time.time())


def _is_partitioned() -> bool:
    """Return whether the table is there: some migrations are taken back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass('monitors_result')"
        )
        return bool(cursor.fetchone() == (True,))


def create_partitions(*, now: float) -> None:
    """Create the partitions of today and of the days to come that are missing."""
    if is_supported():
        create_days(days_ahead(now=now))


def maintain_partitions(*, now: float, before_ms: int) -> None:
    """Create a partition for each day to come, and drop those that end before `before_ms`."""
    create_partitions(now=now)
    for day in _days():
        if _starts_ms(day + timedelta(days=1)) <= before_ms:
            _run(f"DROP TABLE {_name(day)}")


def days_ahead(*, now: float) -> list[date]:
    """Return the days that have to have a partition at `now`: today and those to come."""
    today = datetime.fromtimestamp(now, UTC).date()
    return [today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1)]


def create_days(days: Iterable[date]) -> int:
    """Create the partitions of days that have none yet; return how many were created."""
    existing = _days()
    for day in sorted(set(days) - existing):
        _create(day)
    return len(_days() - existing)


def _days() -> set[date]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relid::regclass::text FROM pg_partition_tree('monitors_result')"
            " WHERE isleaf AND relid::regclass::text ~ '_[0-9]{8}$'"
        )
        names = [name for (name,) in cursor.fetchall()]
    return {datetime.strptime(name[-8:], "%Y%m%d").replace(tzinfo=UTC).date() for name in names}


def _create(day: date) -> None:
    """Create a table and attach it: that locks the default partition only.

    Mostly that has nothing of this day; what there is has to be moved first.
    """
    start, end = _starts_ms(day), _starts_ms(day + timedelta(days=1))
    name = _name(day)
    of_day = f"FROM {DEFAULT_PARTITION} WHERE at_ms >= {start} AND at_ms < {end}"
    if _count(of_day) > MAX_MOVED:
        log.info("the results of %s stay in the default partition: there are too many", day)
        return
    _run(
        f"LOCK TABLE {DEFAULT_PARTITION} IN ACCESS EXCLUSIVE MODE",
        f"CREATE TABLE {name} (LIKE monitors_result INCLUDING ALL)",
        f"INSERT INTO {name} SELECT * {of_day}",
        f"DELETE {of_day}",
        f"ALTER TABLE monitors_result ATTACH PARTITION {name} FOR VALUES FROM ({start}) TO ({end})",
    )


def _count(of_day: str) -> int:
    """Return how many there are, but not beyond what is too many."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT 1 {of_day} LIMIT {MAX_MOVED + 1}) AS found"  # noqa: S608
        )
        return int(cursor.fetchone()[0])


def _run(*statements: str) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            for statement in statements:
                cursor.execute(statement)
    except DatabaseError as error:
        # The table was locked, or another beat was first. Results are kept in any case.
        reason = " ".join(str(error).split())
        log.info("the partitions of results stay as they are for now: %s", reason)


def _name(day: date) -> str:
    return f"monitors_result_{day:%Y%m%d}"


def _starts_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000

"""The daily partitions of raw results on PostgreSQL: an old day goes in one instant.

A default partition takes what has no day's partition, so results are kept although beat was
away for a week; what lies there leaves by age, in batches, as on SQLite.
"""

import logging
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from django.db import DatabaseError, connection, transaction

log = logging.getLogger(__name__)

DEFAULT_PARTITION = "monitors_result_default"
DAYS_AHEAD = 3
LOCK_TIMEOUT = "150ms"
"""The longest wait for the exclusive lock under which a partition comes and goes; others wait no
longer for us than this; the next round tries again."""


def is_supported() -> bool:
    """Return whether this database has partitions."""
    return connection.vendor == "postgresql"


def maintain_partitions(*, now: float, before_ms: int) -> None:
    """Create a partition for each day to come, and drop those that end before `before_ms`."""
    existing = _days()
    create_days(days_ahead(now=now))
    for day in existing:
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
    """Create a table and attach it: that locks the default partition only, and that is empty."""
    start, end = _starts_ms(day), _starts_ms(day + timedelta(days=1))
    name = _name(day)
    _run(
        f"CREATE TABLE {name} (LIKE monitors_result INCLUDING ALL)",
        f"ALTER TABLE monitors_result ATTACH PARTITION {name} FOR VALUES FROM ({start}) TO ({end})",
    )


def _run(*statements: str) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            for statement in statements:
                cursor.execute(statement)
    except DatabaseError as error:
        # The table was locked, or another beat was first, or the default partition holds rows
        # of that day already: then they stay there. Results are kept in any case.
        reason = " ".join(str(error).split())
        log.info("the partitions of results stay as they are for now: %s", reason)


def _name(day: date) -> str:
    return f"monitors_result_{day:%Y%m%d}"


def _starts_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000

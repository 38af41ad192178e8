"""The statements that write a shift's results and checks: few, however many rows there are.

On PostgreSQL a batch is one statement over columns of values: a statement a row would cost client
and server several times the work, and with thousands of monitors more than there is. SQLite has no
such thing, and needs none: there a statement is a call, not a message.
"""

from collections.abc import Iterable, Sequence

from django.db import connection

Scalar = float | int | str | None
"""What a column of these tables takes."""
Rows = Sequence[Sequence[Scalar]]

INSERT_RESULTS = """
INSERT INTO monitors_result (check_id, at_ms, word, latency_us, code, late_ms, message, phases)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
_INSERT_RESULTS_MANY = """
INSERT INTO monitors_result (check_id, at_ms, word, latency_us, code, late_ms, message, phases)
SELECT * FROM unnest(
    %s::int[], %s::bigint[], %s::smallint[], %s::int[], %s::int[], %s::int[], %s::text[],
    %s::jsonb[]
) ON CONFLICT DO NOTHING
"""
UPDATE_CHECK = """
UPDATE monitors_check SET due = %s, leased_until = %s, lease = '', verdict = %s, since = %s,
    checked = %s, run = %s, run_verdict = %s, run_since = %s, turns = %s, beneath = %s,
    beneath_since = %s, latency_ms = %s, message = %s, skipped = skipped + %s,
    stated_status = %s, certificate_ends = coalesce(%s, certificate_ends),
    certificate_valid = coalesce(%s, certificate_valid)
WHERE id = %s AND lease = %s AND verdict = %s AND since = %s
"""
# The rows are locked in the order of their keys, as everybody does: else two could wait for each
# other.
_UPDATE_CHECKS = """
WITH new AS MATERIALIZED (
    SELECT * FROM unnest(
        %s::float8[], %s::float8[], %s::text[], %s::float8[], %s::float8[], %s::smallint[],
        %s::text[], %s::float8[], %s::int[], %s::text[], %s::float8[], %s::float8[], %s::text[],
        %s::int[], %s::text[], %s::float8[], %s::bool[], %s::bigint[], %s::text[], %s::text[],
        %s::float8[]
    ) AS row (
        due, leased_until, verdict, since, checked, run, run_verdict, run_since, turns, beneath,
        beneath_since, latency_ms, message, skipped, stated_status, certificate_ends,
        certificate_valid, id, lease, former_verdict, former_since
    )
), held AS MATERIALIZED (
    SELECT c.id FROM monitors_check c
    WHERE c.id = ANY (ARRAY(SELECT id FROM new)) ORDER BY c.id FOR UPDATE
)
UPDATE monitors_check AS c SET due = new.due, leased_until = new.leased_until, lease = '',
    verdict = new.verdict, since = new.since, checked = new.checked, run = new.run,
    run_verdict = new.run_verdict, run_since = new.run_since, turns = new.turns,
    beneath = new.beneath, beneath_since = new.beneath_since, latency_ms = new.latency_ms,
    message = new.message, skipped = c.skipped + new.skipped,
    stated_status = new.stated_status,
    certificate_ends = coalesce(new.certificate_ends, c.certificate_ends),
    certificate_valid = coalesce(new.certificate_valid, c.certificate_valid)
FROM new JOIN held ON held.id = new.id
WHERE c.id = new.id AND c.lease = new.lease AND c.verdict = new.former_verdict
    AND c.since = new.former_since
RETURNING c.id
"""


def insert_results(rows: Rows) -> None:
    """Insert results, as the table's columns are; those that are there stay as they are."""
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_INSERT_RESULTS_MANY, _columns(rows))
        else:
            cursor.executemany(INSERT_RESULTS, rows)


def update_checks(rows: Rows) -> int:
    """Update checks that are leased and as they were, by `UPDATE_CHECK`; return how many."""
    with connection.cursor() as cursor:
        cursor.executemany(UPDATE_CHECK, rows)
        return int(cursor.rowcount)


def tells_updated() -> bool:
    """Return whether one statement can say which rows of many it updated."""
    return connection.vendor == "postgresql"


def update_and_tell(rows: Rows) -> set[int]:
    """Update checks as `update_checks` does, by one statement; return the ids of those it did."""
    if not rows:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE_CHECKS, _columns(rows))
        return {check_id for (check_id,) in cursor.fetchall()}


def _columns(rows: Iterable[Sequence[Scalar]]) -> list[str]:
    return [array(column) for column in zip(*rows, strict=True)]


def array(values: Iterable[Scalar]) -> str:
    """Return an array as PostgreSQL reads it.

    https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO. The driver's own way is slower
    than the statement.
    """
    return f"{{{','.join([_element(value) for value in values])}}}"


def _element(value: Scalar) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)

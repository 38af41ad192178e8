"""Statistics of SQLite's large tables, by which it chooses among their indexes.

PostgreSQL gathers its own; SQLite has none until somebody asks for them. Without, it takes every
index for as selective as any other, which costs seconds among millions of rows. Small tables are
left without: what is true of ten rows would be believed of the million that they become.
"""

from django.db import connection

LARGE = 10_000
"""More rows than these."""
ROWS_READ = 1_000
"""Of each index, at most; so it takes milliseconds whatever the size.
https://sqlite.org/lang_analyze.html#approximate_analyze_for_large_databases"""


def refresh_statistics() -> list[str]:
    """Gather statistics of every large table; return their names. Elsewhere than on SQLite: []."""
    if connection.vendor != "sqlite":
        return []
    quote = connection.ops.quote_name
    large = []
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit = {ROWS_READ}")
        for name in connection.introspection.table_names(cursor):
            # By counting no further: some tables have no row numbers.
            rows = f"SELECT 1 FROM {quote(name)} LIMIT {LARGE + 1}"  # noqa: S608  (a table's name)
            cursor.execute(f"SELECT count(*) FROM ({rows})")  # noqa: S608
            if cursor.fetchone()[0] > LARGE:
                cursor.execute(f"ANALYZE {quote(name)}")
                large.append(name)
    return large

"""The settings of how long things are kept; a part of the table in `options.py`."""

from statuspage.config.parsers import Option, count

RETENTION_OPTIONS: tuple[Option, ...] = (
    Option(
        "STATUSPAGE_RESULTS_HOURS",
        count(1, 24 * 365),
        "48",
        "How many hours single check results are kept.",
    ),
    Option(
        "STATUSPAGE_MINUTE_ROWS_DAYS",
        count(8, 366),
        "14",
        "How many days what they add up to is kept for each minute.",
    ),
    Option(
        "STATUSPAGE_HOUR_ROWS_DAYS",
        count(8, 36_600),
        "730",
        "How many days it is kept for each hour; for each day, it is kept for ever.",
    ),
    Option(
        "STATUSPAGE_JOURNAL_DAYS",
        count(30, 36_600),
        "730",
        "How many days journal entries are kept; what was said of incidents and maintenance, and "
        "corrections of history, for ever.",
    ),
    Option(
        "STATUSPAGE_DELIVERIES_DAYS",
        count(15, 36_600),
        "180",
        "How many days after the last message of an event its deliveries are kept.",
    ),
    Option(
        "STATUSPAGE_ALERTS_DAYS",
        count(8, 36_600),
        "365",
        "How many days operators' alerts are kept after they were resolved.",
    ),
)

"""Times in the admin: one format, in the time zone of whoever looks, which is named each time.

The zone is the active one, which a person chooses (`statuspage.accounts.preferences`), or UTC.
Also a library of template filters that every template of the admin has: `{{ at|local_time }}`.
"""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format

register = template.Library()


@register.filter(expects_localtime=True)
def local_time(at: datetime | None) -> str:
    """Return a time to the minute, `30 Nov 2026, 14:05 CET`; '' for None."""
    return _written(at, date_format(_local(at), "SHORT_DATETIME_FORMAT")) if at else ""


@register.filter(expects_localtime=True)
def local_time_seconds(at: datetime | None) -> str:
    """Return a time to the second, `30 Nov 2026, 14:05:09 CET`; '' for None."""
    return _written(at, date_format(_local(at), "DATETIME_FORMAT")) if at else ""


@register.filter(expects_localtime=True)
def local_clock(at: datetime | None) -> str:
    """Return a time of a day that is plain from where it stands, `14:05 CET`; '' for None."""
    return _written(at, f"{_local(at):%H:%M}") if at else ""


@register.filter(expects_localtime=True)
def local_clock_seconds(at: datetime | None) -> str:
    """Return a time of a day to the second, `14:05:09 CET`; '' for None."""
    return _written(at, f"{_local(at):%H:%M:%S}") if at else ""


@register.filter(expects_localtime=True)
def local_date(at: datetime | None) -> str:
    """Return the day of a time, `30 Nov 2026`; '' for None."""
    return date_format(_local(at), "SHORT_DATE_FORMAT") if at else ""


def local_span(start: datetime, end: datetime) -> str:
    """Return a span within days to come, `Tue 14:05–15:00 CET` or `Tue 14:05–Wed 02:00 CET`."""
    start, end = _local(start), _local(end)
    upto = "H:i" if start.date() == end.date() else "D H:i"
    return _written(end, f"{date_format(start, 'D H:i')}–{date_format(end, upto)}")


def zone_abbreviation(at: datetime) -> str:
    """Return what the active zone is called at a time: `CET`, `UTC`, or `UTC+05` without a name.

    Of many zones the time zone database has only the figure.
    """
    name = _local(at).tzname() or ""
    return f"UTC{name}" if name[:1] in "+-" else name


def zone_name() -> str:
    """Return the name of the active zone: `UTC`, `Europe/Berlin`."""
    return timezone.get_current_timezone_name()


def _local(at: datetime) -> datetime:
    return timezone.localtime(at)


def _written(at: datetime, clock: str) -> str:
    return f"{clock} {zone_abbreviation(at)}"

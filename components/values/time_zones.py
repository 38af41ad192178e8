"""The names of time zones, such as `Europe/Berlin`: which of them a setting may hold.

They are those of the IANA time zone database as the package `tzdata` lists them, so the same on
every machine. What else a machine's own files offer depends on it: `localtime` is wherever that
machine stands, `posixrules` and `right/…` are other readings of the same zones. `Factory` is the
database's word for a zone that nobody has set.
"""

import os
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

MAX_NAME_LENGTH = 60
_NOT_A_PLACE = frozenset({"Factory"})


@cache
def time_zone_names() -> frozenset[str]:
    """Return the names of all zones."""
    listed = files("tzdata").joinpath("zones").read_text(encoding="utf-8")
    return frozenset(listed.split()) - _NOT_A_PLACE


def time_zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name. Raises ValueError saying what to write."""
    if name not in time_zone_names():
        raise ValueError(
            f"“{name[:MAX_NAME_LENGTH]}” is not a time zone of the IANA list; "
            "write a name such as Europe/Berlin or UTC."
        )
    return ZoneInfo(name)


def named_zone(value: str) -> str:
    """Return the name of the zone that a value stood for which only this machine's files know.

    For what was stored when such values were taken; UTC where it cannot be told.
    """
    if value == "localtime":
        value = os.path.realpath("/etc/localtime").rpartition("/zoneinfo/")[2]
    for name in (value, value.removeprefix("posix/"), value.removeprefix("right/")):
        if name in time_zone_names():
            return name
    return "UTC"

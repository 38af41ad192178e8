"""Recurrence as people choose it, daily to yearly, and the RFC 5545 rule that this is; both ways.

A rule that no choice comes to is an expert's, and stays as it was written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

DAILY, WEEKLY, MONTHLY, YEARLY = "DAILY", "WEEKLY", "MONTHLY", "YEARLY"
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
SAME_DAY, SAME_WEEKDAY, LAST_WEEKDAY, LAST_DAY = "day", "weekday", "last-weekday", "last-day"
MAX_EVERY, MAX_TIMES = 99, 1_000


@dataclass(frozen=True, slots=True)
class Choice:
    """How often something repeats. What is not chosen follows from its first start."""

    frequency: str
    every: int = 1
    weekdays: Sequence[str] = ()
    """Of a weekly one, as RFC 5545 writes them; none: that of the first start."""
    monthly: str = SAME_DAY
    until: date | None = None
    """The last day that counts."""
    times: int | None = None
    """How often in all; not together with `until`."""


def rule_of(choice: Choice, *, first: datetime) -> str:
    """Return the rule of a choice; `first` is the first start in local time."""
    parts = [f"FREQ={choice.frequency}"]
    if choice.every > 1:
        parts.append(f"INTERVAL={choice.every}")
    if choice.frequency == WEEKLY and choice.weekdays:
        parts.append(f"BYDAY={','.join(each for each in WEEKDAYS if each in choice.weekdays)}")
    if choice.frequency == MONTHLY:
        parts.append(_of_month(choice.monthly, first))
    if choice.until is not None:
        parts.append(f"UNTIL={choice.until:%Y%m%d}")
    elif choice.times is not None:
        parts.append(f"COUNT={choice.times}")
    return ";".join(parts)


def _of_month(monthly: str, first: datetime) -> str:
    weekday, number = WEEKDAYS[first.weekday()], (first.day - 1) // 7 + 1
    if monthly == LAST_DAY:
        return "BYMONTHDAY=-1"
    if monthly == LAST_WEEKDAY or (monthly == SAME_WEEKDAY and number == 5):
        # Not every month has a fifth one.
        return f"BYDAY=-1{weekday}"
    return f"BYDAY={number}{weekday}" if monthly == SAME_WEEKDAY else f"BYMONTHDAY={first.day}"


def choice_of(rule: str, *, first: datetime) -> Choice | None:
    """Return the choice that a rule is; None for a rule that no choice comes to."""
    parts = dict(_parts(rule))
    try:
        until = parts.get("UNTIL")
        chosen = Choice(
            frequency=parts["FREQ"],
            every=int(parts.get("INTERVAL", "1")),
            weekdays=parts["BYDAY"].split(",") if parts["FREQ"] == WEEKLY and "BYDAY" in parts
            else (),
            until=datetime.strptime(until, "%Y%m%d").date() if until else None,  # noqa: DTZ007
            times=int(parts["COUNT"]) if "COUNT" in parts else None,
        )  # fmt: skip
    except (KeyError, ValueError):
        return None
    if chosen.frequency not in (DAILY, WEEKLY, MONTHLY, YEARLY):
        return None
    if chosen.frequency == MONTHLY and not {"BYDAY", "BYMONTHDAY"} & parts.keys():
        parts["BYMONTHDAY"] = str(first.day)
    for monthly in (SAME_DAY, SAME_WEEKDAY, LAST_WEEKDAY, LAST_DAY):
        found = Choice(
            chosen.frequency, chosen.every, chosen.weekdays, monthly, chosen.until, chosen.times
        )
        if dict(_parts(rule_of(found, first=first))) == parts:
            return found
    return None


def _parts(rule: str) -> list[tuple[str, str]]:
    """Return a rule's parts, weekdays in the order of the week; INTERVAL=1 says nothing."""
    found = []
    for part in rule.strip().upper().removeprefix("RRULE:").rstrip(";").split(";"):
        name, _, value = part.partition("=")
        if name == "BYDAY":
            days = value.split(",")
            known = [each for each in WEEKDAYS if each in days]
            value = ",".join(known if len(known) == len(days) else days)
        if (name, value) != ("INTERVAL", "1"):
            found.append((name, value))
    return found

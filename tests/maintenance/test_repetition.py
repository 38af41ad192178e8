"""What is chosen as a recurrence, and the rule that it is; both ways."""

from datetime import date, datetime

import pytest

from maintenance.repetition.choice import (
    DAILY,
    LAST_DAY,
    LAST_WEEKDAY,
    MAX_EVERY,
    MAX_TIMES,
    MONTHLY,
    SAME_WEEKDAY,
    WEEKLY,
    YEARLY,
    Choice,
    choice_of,
    rule_of,
)

SECOND_TUESDAY = datetime(2026, 12, 8, 2)  # noqa: DTZ001  (local)
FIFTH_TUESDAY = datetime(2026, 12, 29, 2)  # noqa: DTZ001  (local)
CHOICES = [
    (Choice(DAILY), "FREQ=DAILY"),
    (Choice(DAILY, every=3, times=5), "FREQ=DAILY;INTERVAL=3;COUNT=5"),
    (Choice(WEEKLY), "FREQ=WEEKLY"),
    (Choice(WEEKLY, weekdays=("TH", "TU")), "FREQ=WEEKLY;BYDAY=TU,TH"),
    (Choice(WEEKLY, every=2, weekdays=("SU",), until=date(2027, 6, 30)),
     "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;UNTIL=20270630"),
    (Choice(MONTHLY), "FREQ=MONTHLY;BYMONTHDAY=8"),
    (Choice(MONTHLY, monthly=SAME_WEEKDAY), "FREQ=MONTHLY;BYDAY=2TU"),
    (Choice(MONTHLY, monthly=LAST_WEEKDAY), "FREQ=MONTHLY;BYDAY=-1TU"),
    (Choice(MONTHLY, monthly=LAST_DAY), "FREQ=MONTHLY;BYMONTHDAY=-1"),
    (Choice(YEARLY), "FREQ=YEARLY"),
]  # fmt: skip


@pytest.mark.parametrize(("choice", "rule"), CHOICES)
def test_a_choice_is_a_rule_and_the_rule_that_choice(choice: Choice, rule: str) -> None:
    assert rule_of(choice, first=SECOND_TUESDAY) == rule
    found = choice_of(rule, first=SECOND_TUESDAY)
    assert found is not None
    assert rule_of(found, first=SECOND_TUESDAY) == rule


def test_a_fifth_weekday_is_the_last() -> None:
    choice = Choice(MONTHLY, monthly=SAME_WEEKDAY)

    assert rule_of(choice, first=FIFTH_TUESDAY) == "FREQ=MONTHLY;BYDAY=-1TU"


@pytest.mark.parametrize(
    ("day", "number"),
    [(1, "1TU"), (7, "1MO"), (8, "2TU"), (14, "2MO"), (15, "3TU"), (21, "3MO"), (22, "4TU"),
     (28, "4MO"), (29, "-1TU"), (31, "-1TH")],
)  # fmt: skip
def test_a_weekday_is_counted_within_its_month(day: int, number: str) -> None:
    first = datetime(2026, 12, day, 2)  # noqa: DTZ001  (local)

    assert rule_of(Choice(MONTHLY, monthly=SAME_WEEKDAY), first=first).endswith(f"BYDAY={number}")
    assert rule_of(Choice(MONTHLY), first=first) == f"FREQ=MONTHLY;BYMONTHDAY={day}"


def test_what_is_not_chosen_says_nothing() -> None:
    assert rule_of(Choice(DAILY, weekdays=("TU",)), first=SECOND_TUESDAY) == "FREQ=DAILY"
    assert Choice(DAILY).every == 1
    assert (MAX_EVERY, MAX_TIMES) == (99, 1_000)


@pytest.mark.parametrize(
    "rule",
    ["rrule:freq=weekly;byday=th,tu;interval=1;", "FREQ=MONTHLY", "FREQ=DAILY;UNTIL=20270630"],
)
def test_other_spellings_of_a_choice_are_recognised(rule: str) -> None:
    assert choice_of(rule, first=SECOND_TUESDAY) is not None


@pytest.mark.parametrize(
    "rule",
    [
        "", "nonsense", "FREQ=HOURLY;", "FREQ=WEEKLY;BYDAY=1TU", "FREQ=MONTHLY;BYDAY=3WE",
        "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2", "FREQ=DAILY;BYHOUR=2,14", "FREQ=YEARLY;BYMONTH=1,7",
        "FREQ=DAILY;UNTIL=20270630T120000Z", "FREQ=DAILY;INTERVAL=x", "FREQ=WEEKLY;WKST=SU",
        "FREQ=MONTHLY;BYMONTHDAY=9", "FREQ=DAILY;UNTIL=20271340",
    ],
)  # fmt: skip
def test_what_no_choice_comes_to_stays_an_experts_rule(rule: str) -> None:
    assert choice_of(rule, first=SECOND_TUESDAY) is None

"""One scale of severities, and what each implies."""

from components.status import Status
from components.values.severity import Severity, severity_choices


def test_severities_rise() -> None:
    assert sorted(Severity, key=lambda each: each.rank) == list(Severity)
    assert [value for value, _ in severity_choices()] == ["none", "minor", "major", "critical"]
    assert [label for _, label in severity_choices()] == ["None", "Minor", "Major", "Critical"]


def test_what_is_graver_never_implies_less() -> None:
    ranks = [severity.implied.rank for severity in Severity]

    assert ranks == sorted(ranks)


def test_without_severity_nothing_is_hurt_and_nobody_is_at_work() -> None:
    assert Severity.NONE.implied is Status.OPERATIONAL

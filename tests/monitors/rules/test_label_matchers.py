"""Matchers of labels: as Alertmanager writes them, with RE2 for patterns."""

import pytest

from monitors.rules.label_matchers import matches_all, parse

LABELS = {"severity": "critical", "job": "api", "path": "a,b"}


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("", True),
        ("{}", True),
        ('severity="critical"', True),
        ("severity=critical", True),
        ('{severity="critical", job=~"api|web"}', True),
        ('severity="critical",job="web"', False),
        ('severity!="critical"', False),
        ('severity!="warning"', True),
        ('job=~"ap"', False),
        ('job=~"ap."', True),
        ('job!~"web|db"', True),
        ('job!~"a.*"', False),
        ('team=""', True),
        ('team!=""', False),
        ('team=~".*"', True),
        ('path="a,b"', True),
        ('job=~"\\w+"', True),
        ('job=~"(a+)+$"', False),
        ('{severity="warning"}', False),
        (",".join(['job="api"'] * 50), True),
    ],
    ids=range(20),
)
def test_p04_a_rule_matches_when_all_of_its_matchers_do(text: str, matches: bool) -> None:
    assert matches_all(parse(text), LABELS) is matches


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("severity", "Enter matchers"),
        ('severity=="a"', "Enter matchers"),
        ('="a"', "Enter matchers"),
        ('a="b" c="d"', "Enter matchers"),
        ('a="b', "Enter matchers"),
        ('a=~"("', "a: “[(]” is not a regular expression"),
        (",".join(['a="b"'] * 51), "at most 50"),
        ('{a="b"', "Enter matchers"),
        ('a="b"}', "Enter matchers"),
        ('a="b",' + "?" * 60, f"“{'[?]' * 40}” is none"),
    ],
    ids=range(10),
)
def test_p04_what_is_no_matcher_is_refused_with_words(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse(text)


@pytest.mark.parametrize("text", ["{severity=critical", "severity=critical}"])
def test_p04_braces_are_a_pair(text: str) -> None:
    with pytest.raises(ValueError, match="Enter matchers"):
        parse(text)

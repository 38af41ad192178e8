"""Blanks are filled by plain substitution: nothing that fills one is looked at again."""

import pytest
from django.core.exceptions import ValidationError

from incidents.models import IncidentTemplate
from incidents.placeholders import PlaceholderError, fill
from incidents.template_text import placeholder_values, render_template


def test_known_blanks_are_filled() -> None:
    values = placeholder_values(components=["API", "Shop"], regions=["us-east-1"])

    assert (
        fill("{component} of {components} in {region}", values) == "API of API, Shop in us-east-1"
    )


def test_an_unknown_blank_is_named() -> None:
    with pytest.raises(PlaceholderError, match=r"no blank \{password\}"):
        fill("{password}", {"password": "x"})


def test_a_blank_with_nothing_to_fill_it_is_named() -> None:
    with pytest.raises(PlaceholderError, match=r"nothing to fill \{component\}"):
        fill("{component} is down", placeholder_values())


@pytest.mark.parametrize(
    "hostile",
    ["{{7*7}}", "%(component)s", "{component.__class__}", "{0}", "{% now %}", "${component}x"],
)
def test_other_templating_is_only_text_s3(hostile: str) -> None:
    filled = fill(hostile, {"component": "{severity}"})

    assert filled == hostile.replace("{component}", "{severity}")


def test_what_fills_a_blank_is_not_filled_again() -> None:
    assert fill("{component}", {"component": "{severity}", "severity": "x"}) == "{severity}"


def test_a_template_with_an_unknown_blank_is_refused_at_its_field() -> None:
    with pytest.raises(ValidationError) as refused:
        IncidentTemplate(name="n", title="{nobody}", message="m").clean()

    assert "{nobody}" in refused.value.message_dict["title"][0]


def test_a_template_says_its_own_severity() -> None:
    template = IncidentTemplate(title="{severity}", message="{status}", severity="major")

    wording = render_template(template, placeholder_values())

    assert (wording.title, wording.message) == ("major", "investigating")

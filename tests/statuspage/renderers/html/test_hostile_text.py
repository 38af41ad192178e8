"""What people write is inert on the page, whatever it holds, and does not take the page away."""

import pytest

from components.status import Status
from statuspage.renderers.html import csp
from statuspage.renderers.html.render import render_page
from statuspage.state.page_state import PageState
from tests.statuspage.page_html import Element, read
from tests.statuspage.page_states import (
    NOW,
    component,
    day,
    group,
    incident,
    one,
    page,
    update,
    window,
)

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "[press](javascript:alert(1)) [here](data:text/html,x)",
    "{{7*7}}{% load static %}{# x #}",
    "%(x)s %s {0}",
    "]]></style></title></main>",
    "=cmd()|'/C calc'!A0",
    "\x00\x07\x1b[31m\u202egnp.exe\u2066",
    "&lt;b&gt;&#60;b",
    "\ud800",
)


def shown(state: PageState) -> Element:
    return read(render_page(state))


def hostile_page(text: str) -> PageState:
    """The same text in every field that somebody can write."""
    service = component(
        text, slug=text, description=text, note=text, days=[day(3, Status.DEGRADED, 60)]
    )
    told = [update(text, status=text)]
    return page(
        [group(text, [service], description=text, collapsed=True)],
        site_name=text,
        incidents=[incident(text, severity=text, status=text, components=[text], updates=told)],
        past_incidents=[incident(text, resolved_at=NOW, components=[text], updates=told)],
        windows=[window(text, message=text, state=text, components=[text])],
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_s3_hostile_text_is_inert_in_every_field(text: str) -> None:
    document = shown(hostile_page(text))

    assert (len(document.all("script")), len(document.all("style"))) == (2, 2)
    assert not document.all("img")
    assert [script.text for script in document.all("script")] == [
        " ".join(script.split()) for script in (csp.READER_SCRIPT, csp.SCRIPT)
    ]
    for element in document.walk():
        assert not [name for name in element.attributes if name.startswith("on")]
        address = element.attributes.get("href", "").lower()
        assert not address.startswith(("javascript:", "data:text"))


def test_s3_template_syntax_is_told_and_not_run() -> None:
    document = shown(hostile_page("{{7*7}}{% now 'Y' %}"))

    assert "49" not in document.one("section", id="answer").text
    assert "{{7*7}}{% now 'Y' %}" in document.one("main").text


def test_s3_control_and_direction_characters_are_dropped() -> None:
    html = render_page(hostile_page("\x00a\x1b\u202eb\u2066"))

    assert not any(char in html.decode() for char in "\x00\x1b\u202e\u2066")


def test_a_character_that_cannot_be_encoded_does_not_take_the_page_away() -> None:
    assert b"Service" in render_page(one(component("Service \ud800")))

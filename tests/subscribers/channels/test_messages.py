"""What every message must hold, whatever it is about and whichever channel it takes (F-M2)."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from components.journal.event_types import registered
from components.languages.registry import words_of
from subscribers.channels import registry
from subscribers.channels.base import Message, Recipient
from subscribers.channels.formats import FORMATS, wording
from subscribers.channels.hooks import HookChannel
from subscribers.channels.kinds.email import compose
from subscribers.channels.mail_templates import render
from subscribers.message import Facts, PastUpdate
from tests.subscribers.news import CHANGE, INCIDENT, WINDOW

LINKS = {
    name: f"https://status.example.org/status/{name}/1-abc"
    for name in ("manage", "unsubscribe", "confirm")
}
ACKNOWLEDGE = "https://status.example.org/status/alerts/9-3-1-abc"
ALERT = Facts(
    event="alert.raised",
    headline="DOWN: Web shop",
    at="2026-11-30T03:12:33Z",
    url="https://status.example.org/admin/subscribers/alert/9/change/",
    state="major_outage",
    severity="critical",
    message="HTTP 503, expected 200 to 399",
    components=("Web shop",),
    more={
        "alert_id": 9,
        "details": {
            "since": "2026-11-30T03:12:09Z", "seen_from": ["Frankfurt", "Virginia"],
            "good_from": ["Singapore"], "public_status": "Major outage",
            "last_good": {"at": "2026-11-30T03:11:39Z", "text": "200 in 182 ms"},
        },
        "links": [
            {"label": "Acknowledge", "url": ACKNOWLEDGE},
            {"label": "Open incident", "url": "https://status.example.org/admin/i?a=1&b=2"},
            {"label": "Monitor", "url": "https://status.example.org/admin/m/1"},
        ],
        "copy": {
            "route": "Shop, critical", "step": 1, "steps": 3, "channel": "On-call mail",
            "next": {"at": "2026-11-30T03:22:09Z", "channel": "Backup on call"},
        },
    },
)  # fmt: skip
RESOLVED = replace(
    ALERT,
    event="alert.resolved", headline="UP AGAIN after 4 min: Web shop", severity="",
    message="Web shop is up again after 4 min.",
    more={
        "details": {"since": "2026-11-30T03:12:09Z", "until": "2026-11-30T03:16:11Z",
                    "was": "HTTP 503, expected 200 to 399", "now": "200 in 190 ms"},
        "links": ALERT.more["links"][1:],
        "copy": {"route": "Shop, critical", "step": 1, "steps": 1, "channel": "On-call mail"},
    },
)  # fmt: skip
EVENTS = sorted(
    {kind.name for kind in registered() if kind.notifies}
    | set(wording._EVENT_TITLES)
    | {"mail.test", "alert.test", "alert.reminder", "unheard.of"}
)
BASES = {"incident": INCIDENT, "maintenance": WINDOW, "component": CHANGE, "alert": ALERT}


def facts_of(event: str, text: str = "The shelf fell down.") -> Facts:
    base = BASES.get(event.partition(".")[0], INCIDENT)
    return replace(base, event=event, message=text)


def parts(facts: Facts, links: Mapping[str, str]) -> dict[str, str]:
    """Return subject, text and HTML of the mail that a recipient with these links gets."""
    text = render(facts, links=links)
    mail = compose(Message("id@example.org", "", facts), Recipient("a@example.org", links), text)
    html = mail.alternatives[0][0]
    return {"subject": str(mail.subject), "text": str(mail.body), "html": str(html)}


@pytest.mark.parametrize("links", [{}, LINKS], ids=["staff", "subscriber"])
@pytest.mark.parametrize("event", EVENTS)
def test_f_m2_no_part_of_a_mail_lacks_its_text_or_has_a_link_to_nowhere(
    event: str, links: dict[str, str]
) -> None:
    if event == "subscriber.confirm" and not links:
        return  # it is for nobody but those whom it asks
    facts = facts_of(event)

    made = parts(facts, links)

    for name, part in made.items():
        assert "link.invalid" not in part, name
        assert not part.startswith((": ", ":")), name
        assert 'href=""' not in part, name
    assert facts.headline in made["subject"]
    if event != "subscriber.confirm":
        assert facts.message in made["text"]
        assert facts.message in made["html"]


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("name", [*registry.channels(), *FORMATS])
def test_f_m2_no_message_of_a_hook_lacks_its_text(event: str, name: str) -> None:
    channel = registry.channels().get(name)
    shape: Any = channel.body if isinstance(channel, HookChannel) else FORMATS.get(name)
    facts = facts_of(event)
    texts = [wording.title(facts), wording.plain(facts)]
    if shape is not None:
        texts.append(json.dumps(shape(facts, unsubscribe_url=""), ensure_ascii=False))

    for text in texts:
        assert "link.invalid" not in text
        assert not text.startswith(": ")
        assert '": "' not in json.dumps(text)[1:4]
    if event.startswith("component.") and name == "statuspage":
        return  # Statuspage's shape of these has no text at all
    assert "The shelf fell down" in texts[-1].replace("\\\\", "")


@given(name=st.text(max_size=60), why=st.text(min_size=1, max_size=200))
def test_f_m2_whatever_a_thing_is_called(name: str, why: str) -> None:
    facts = replace(ALERT, headline=f"DOWN: {' '.join(name.split())}", message=why)

    made = parts(facts, {})

    assert made["subject"].startswith("DOWN: "[:5])
    assert "link.invalid" not in made["html"] + made["text"]
    assert "<script" not in made["html"].lower()


@pytest.mark.parametrize("name", [*registry.channels(), *FORMATS])
def test_f_m2_every_format_has_the_same_facts_of_an_alert(name: str) -> None:
    channel = registry.channels().get(name)
    shape: Any = channel.body if isinstance(channel, HookChannel) else FORMATS.get(name)
    if name == "email":
        made = parts(ALERT, {})
        texts = [made["text"], made["html"].replace("&amp;", "&")]
    elif shape is None:
        texts = [wording.plain(ALERT)]
    else:
        texts = [json.dumps(shape(ALERT, unsubscribe_url=""), ensure_ascii=False)]
    for text in (each.replace("\\\\", "").replace("&amp;", "&") for each in texts):
        for fact in ("DOWN: Web shop", "HTTP 503, expected 200 to 399", ACKNOWLEDGE,
                     "Frankfurt", "200 in 182 ms", "Shop, critical", "On-call mail",
                     "https://status.example.org/admin/i?a=1&b=2"):  # fmt: skip
            assert fact in text, fact


def test_f_m2_a_mail_about_an_account_leads_there_and_says_nothing_of_news() -> None:
    facts = Facts(
        event="person.signed_in",
        headline="New sign-in to your account",
        at=INCIDENT.at,
        url="https://status.example.org/admin/account/",
        message="From a new browser.",
    )

    html = render(facts).html

    assert ">Open your account</a>" in html
    assert "· </p>" not in html
    assert "See the status page" not in html


def test_f_m5_words_without_an_end_break_and_code_tables_and_quotes_have_a_look() -> None:
    """F-M5: a long word made a mail of 6000 pixels; `code` looked like any word."""
    html = render(replace(INCIDENT, message="`W`\n\n> q\n\n|a|b|\n|-|-|\n|1|2|")).html

    inside = re.search(r'<td class="in"[^>]*>', html)
    assert inside is not None
    assert "word-break: break-word" in inside[0]
    for tag in ("code", "blockquote", "th"):
        assert re.search(rf"<{tag}[^>]* style=", html), tag


def test_f_m7_an_earlier_update_has_a_direction_of_its_own() -> None:
    """F-M7: an English sentence after an Arabic state ran from right to left."""
    past = PastUpdate(1, "investigating", "About one in five fails.", INCIDENT.at)
    html = render(replace(INCIDENT, updates=(past,)), words=words_of("ar")).html

    assert re.search(r'<p dir="auto"[^>]*>About one in five fails\.</p>', html)


def test_f_m1_the_button_of_what_was_withdrawn_promises_no_incident() -> None:
    html = render(replace(INCIDENT, event="incident.withdrawn", state="withdrawn")).html

    assert "View incident" not in html
    assert ">See the status page</a>" in html


def test_f_m2_the_subject_of_an_alert_is_what_happened_and_nothing_before_it() -> None:
    assert parts(ALERT, {})["subject"] == "DOWN: Web shop"
    assert parts(RESOLVED, {})["subject"] == "UP AGAIN after 4 min: Web shop"
    assert settings.STATUSPAGE.site_name in parts(ALERT, {})["html"]

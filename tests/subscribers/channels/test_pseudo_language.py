"""No English is left in what subscribers are sent, once every text is in a language of its own."""

import json
from dataclasses import replace
from typing import Any

import pytest

from components.languages import registry
from components.languages.words import msg
from subscribers.channels import hooks
from subscribers.channels.formats import text as text_format
from subscribers.channels.mail_templates import render
from subscribers.channels.registry import channels
from subscribers.message import ActiveIncident, Change, Facts, PastUpdate, our_text, our_words
from tests.pseudo import PSEUDO, bare_english, bare_english_in_page, written_by_people
from tests.subscribers.news import CHANGE, INCIDENT, WINDOW

_MACHINES = frozenset({"event", "at", "url", "state", "severity", "status", "old_status",
    "overall", "starts_at", "ends_at", "reference", "created_at", "ours"})  # fmt: skip
_LINKS = {"manage": "https://x/m", "unsubscribe": "https://x/u", "confirm": "https://x/c"}


def _told(facts: Facts, event: str = "") -> Facts:
    own: Facts = written_by_people(facts, _MACHINES)
    return replace(own, event=event or own.event)


def _ours(event: str, **texts: Any) -> Facts:
    return Facts(event=event, at=INCIDENT.at, url="https://x/", **our_words(**texts))


_PAST = PastUpdate(1, "investigating", "Ж", "2026-11-20T13:00:00Z")
_OTHER = ActiveIncident("Ж", "critical", "monitoring", "https://x/i", "INC-9")
_RICH = replace(
    INCIDENT, updates=(_PAST,), incidents=(*INCIDENT.incidents, _OTHER),
    changes=(Change("Ж", "partial_outage", "operational"),), more={"stands_for": 3},
)  # fmt: skip
MESSAGES = {
    **{f"incident-{each}": _told(_RICH, f"incident.{each}")
       for each in ("created", "updated", "resolved", "withdrawn", "reopened")},
    **{f"window-{each}": _told(replace(WINDOW, more={"impact": "major", "blocks_api": True}),
                               f"maintenance.{each}")
       for each in ("scheduled", "reminder", "started", "updated", "rescheduled", "ended",
                    "cancelled")},
    "post-mortem": _told(_RICH, "postmortem.published"),
    "change": _told(CHANGE),
    "retired": _ours("component.retired", headline=our_text("{name}", name="Ж"),
                     message=our_text(msg("{name} (retired)"), name="Ж")),
    "confirm": _ours("subscriber.confirm", headline=our_text(msg("Confirm your subscription"))),
    "test": _ours("subscriber.test", headline=our_text(msg("Test message"))),
}  # fmt: skip


@pytest.mark.parametrize("name", MESSAGES)
def test_a_mail_has_no_bare_english(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subscribers.channels.mail_templates.site_name", lambda *_: "Ж")

    mail = render(MESSAGES[name], links=tuple(_LINKS), words=PSEUDO)
    states = [("Ж", "major_outage"), ("Ж", "operational")]

    assert bare_english(mail.subject) == []
    assert bare_english(mail.plain_for(_LINKS, states)) == []
    assert bare_english_in_page(mail.html_for(_LINKS, states).encode()) == []


@pytest.mark.parametrize("channel", ["slack", "discord", "teams", "mattermost"])
def test_a_chat_message_has_no_bare_english(channel: str) -> None:
    kind = channels()[channel]
    assert isinstance(kind, hooks.HookChannel)

    for name, facts in MESSAGES.items():
        body = kind.body(facts, unsubscribe_url="https://x/u", words=PSEUDO)
        assert bare_english("\n".join(_read(body))) == [], name


def test_the_text_of_a_webhook_has_no_bare_english() -> None:
    for name, facts in MESSAGES.items():
        body = text_format.body(facts, unsubscribe_url="", words=PSEUDO)
        assert bare_english(body["text"]) == [], name


def test_what_programs_read_is_the_same_in_every_language() -> None:
    webhook: Any = channels()["webhook"]

    english = webhook.body(MESSAGES["change"], unsubscribe_url="", words=registry.words_of("en"))

    german = webhook.body(MESSAGES["change"], unsubscribe_url="", words=PSEUDO)
    assert json.dumps(english) == json.dumps(german)


_SHOWN = frozenset({"text", "title", "name", "value", "description", "fallback"})


def _read(value: Any, key: str = "") -> list[str]:
    """Return what people are shown of a chat's message."""
    if isinstance(value, dict):
        return [text for name, each in value.items() for text in _read(each, name)]
    if isinstance(value, list):
        return [text for each in value for text in _read(each, key)]
    return (
        [value.replace("<", " ").replace("|", " ").replace("(https", " (https")]
        if (key in _SHOWN and isinstance(value, str))
        else []
    )

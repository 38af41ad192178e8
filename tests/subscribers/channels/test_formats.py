"""What is posted in each format, kept as golden files (contract L, Webhooks: formats)."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers.channels.formats import FORMATS, encode
from subscribers.channels.formats.wording import escaped
from subscribers.message import ActiveIncident, Change, Facts
from tests.contracts.golden import golden
from tests.subscribers.news import CHANGE, INCIDENT, UNSUBSCRIBE, WINDOW

NEWS = {"incident": INCIDENT, "maintenance": WINDOW, "change": CHANGE}


@pytest.mark.parametrize("news", NEWS)
@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_as_it_was_agreed(name: str, news: str) -> None:
    """Contract L, Webhooks: native, statuspage, text, Slack, Discord, Teams."""
    told = json.loads(encode(name, NEWS[news], unsubscribe_url=UNSUBSCRIBE))

    assert told == golden(f"hook-{name}-{news}.json", told)


def test_native_events_have_the_names_of_the_stream() -> None:
    """L03."""
    names = {
        event: json.loads(encode("native", replace(INCIDENT, event=event), unsubscribe_url=""))
        for event in ("incident.created", "maintenance.ended", "overall.status_changed")
    }

    assert [each["type"] for each in names.values()] == [
        "status.incident_created", "status.maintenance_ended", "status.global_changed",
    ]  # fmt: skip


def test_text_has_its_four_keys_and_no_others() -> None:
    told = json.loads(encode("text", INCIDENT, unsubscribe_url=UNSUBSCRIBE))

    assert list(told) == ["text", "status", "timestamp", "incidents"]


def test_a_statuspage_message_is_about_an_incident_or_a_component_never_both() -> None:
    about_incident = json.loads(encode("statuspage", INCIDENT, unsubscribe_url=""))
    about_component = json.loads(encode("statuspage", CHANGE, unsubscribe_url=""))

    assert {"meta", "page", "incident"} == set(about_incident)
    assert {"meta", "page", "component", "component_update"} == set(about_component)
    assert about_component["component_update"]["new_status"] == "major_outage"


ATTACKS = [
    "<!channel> <@U1> <https://evil.example|click>",
    "@everyone @here [click](javascript:alert(1)) **bold** `code`",
    "<script>alert(1)</script>",
    "{{7*7}} %(x)s ]]>",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_text_from_people_is_inert_in_every_chat(attack: str) -> None:
    """S3."""
    facts = replace(
        INCIDENT,
        headline=attack,
        message=attack,
        components=(attack,),
        changes=(Change(attack, "major_outage"),),
        incidents=(ActiveIncident(attack, "major", "identified", "https://x.example"),),
    )
    told = {name: encode(name, facts, unsubscribe_url="").decode() for name in FORMATS}

    assert "<!channel>" not in told["slack"]
    assert "<@U1>" not in told["slack"]
    assert "evil.example|" not in told["slack"].replace("&lt;https://evil.example|click&gt;", "")
    assert json.loads(told["discord"])["allowed_mentions"] == {"parse": []}
    for name in ("discord", "mattermost", "teams"):
        shown = json.loads(told[name])
        assert "@everyone" not in json.dumps(shown)
        assert "](javascript" not in json.dumps(shown)
        assert "**bold**" not in json.dumps(shown)


@given(text=st.text(max_size=80))
def test_escaping_loses_nothing(text: str) -> None:
    back = escaped(text).replace("@\u200b", "@")
    plain, skip = "", False
    for char in back:
        if char == "\\" and not skip:
            skip = True
            continue
        plain, skip = plain + char, False

    assert plain == text


@given(text=st.text(max_size=9000))
@settings(max_examples=25)
def test_services_limits_are_kept(text: str) -> None:
    facts = replace(INCIDENT, headline=text, message=text, components=(text, text))

    discord = json.loads(encode("discord", facts, unsubscribe_url=UNSUBSCRIBE))["embeds"][0]
    slack = json.loads(encode("slack", facts, unsubscribe_url=UNSUBSCRIBE))

    assert len(discord["title"]) <= 256
    assert len(discord["description"]) <= 4096
    assert all(len(field["value"]) <= 1024 for field in discord["fields"])
    for block in slack["attachments"][0]["blocks"]:
        assert len(block.get("text", {}).get("text", "")) <= 3000


def test_an_empty_message_is_still_a_message() -> None:
    bare = Facts(event="subscriber.test", headline="Test", at="2026-11-21T14:02:08Z", url="u")

    for name in FORMATS:
        assert json.loads(encode(name, bare, unsubscribe_url=""))

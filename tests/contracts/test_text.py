"""Text is normalised at the edge: whatever the API accepted can be shown in every form."""

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import icalendar
import pytest
from django.test import Client

from components.models import JournalEntry
from statuspage.access import tokens
from statuspage.publishing import documents
from statuspage.renderers.html.render import render_page
from statuspage.state.builder import gather
from tests import build

pytestmark = pytest.mark.django_db(transaction=True)
ROUGH = "Cafe\u0301\u0085 \u0001\u001b[31m <b>&\u202e ]]> \ufffe\u2028\x7fend"
SMOOTH = "Café  [31m <b>& ]]>  end"


@pytest.fixture
def post(client: Client) -> Any:
    key = tokens.create(name="ci", scopes=tokens.SCOPES)

    def ask(path: str, **body: Any) -> Any:
        return client.post(
            f"/api/v1/status/{path}", body, content_type="application/json",
            headers={"Authorization": f"Bearer {key}"},
        )  # fmt: skip

    return ask


def controls(text: str) -> list[str]:
    """Characters that XML 1.0 does not have, or that turn a line round."""
    return [
        char
        for char in text
        if (unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t")
        or char in "\ufffe\uffff\u202e"
    ]


def test_what_was_accepted_is_told_as_it_is_stored(post: Any, client: Client) -> None:
    shop = build.component("Shop")

    told = post("incidents", title=ROUGH, severity="major", message=ROUGH, components=[shop.pk])

    assert told.status_code == 201
    assert told.json()["title"] == SMOOTH
    assert controls(told.json()["updates"][0]["message"]) == []
    entry = JournalEntry.objects.get(kind="incident.created")
    assert entry.data["title"] == SMOOTH
    assert controls(entry.data["message"]) == []


def test_what_was_accepted_is_valid_in_every_form(post: Any) -> None:
    begins = datetime.now(UTC) + timedelta(days=1)
    shop = post("components", name=ROUGH, description=ROUGH).json()
    post("incidents", title=ROUGH, severity="major", message=ROUGH, components=[shop["id"]])
    ends = begins + timedelta(hours=1)
    post("maintenance", title=ROUGH, message=ROUGH, components=[shop["id"]],
         starts_at=begins.isoformat(), ends_at=ends.isoformat())  # fmt: skip
    state = gather(now=datetime.now(UTC))

    made = {path: documents.document(path, state) for path in documents.all_paths(state)}

    assert len(made) > 15
    for path, document in made.items():
        assert document is not None, path
        if path.endswith((".atom", ".rss", ".svg")):
            ET.fromstring(document.body)
        if path.endswith(".ics"):
            assert icalendar.Calendar.from_ical(document.body).errors == []
        if not path.endswith(".png"):
            assert controls(document.body.decode().replace("\r\n", "\n")) == [], path
    html = render_page(state).decode()
    assert controls(html) == []
    assert "Café" in html


@pytest.mark.parametrize(
    ("field", "length"), [("title", 201), ("message", 10_001)], ids=["title", "message"]
)
def test_text_has_limits(post: Any, field: str, length: int) -> None:
    body = {"title": "t", "severity": "minor", "message": "m", field: "x" * length}

    answer = post("incidents", **body)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field

"""The German of the admin: complete, current, and without English that nobody handed over."""

import re
from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils.translation import trans_real

from tests import admin_messages, build, pseudo

PLACE = re.compile(r"%\(\w+\)s|\{\w+\}|</?\w+")


def test_every_text_of_the_admin_is_translated() -> None:
    wanted = {one for one, _ in admin_messages.texts()}
    stored = dict(admin_messages.pairs())

    assert {ids[0] for ids in stored} == wanted, "run `python -m tests.admin_messages`"
    assert not [ids for ids, strings in stored.items() if not all(strings)]


def test_the_compiled_catalogue_is_that_of_the_texts() -> None:
    compiled = admin_messages.compiled(admin_messages.read())

    assert admin_messages.MO.read_bytes() == compiled, "run `python -m tests.admin_messages`"


def test_translations_keep_values_and_tags() -> None:
    wrong = [
        text
        for ids, strings in admin_messages.pairs()
        for text in strings
        if set(PLACE.findall(text)) != set(PLACE.findall(ids[0]))
    ]

    assert not wrong


@pytest.fixture
def speaks_pseudo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the German of the admin be a language that nobody reads."""
    german = trans_real.translation("de")
    monkeypatch.setattr(german, "gettext", _turned)
    monkeypatch.setattr(german, "ngettext", lambda one, many, n: _turned(one if n == 1 else many))


def _turned(text: str) -> str:
    parts = re.split(r"(%(?:\(\w+\))?[sd]|\{\w+\}|<[^>]*>|&\w+;)", text.rpartition("\x04")[2])
    kept = (part if at % 2 else part.translate(pseudo._LETTERS) for at, part in enumerate(parts))
    return "".join(kept)


def pages() -> Iterator[str]:
    yield reverse("admin:index")
    yield reverse("mfa_index")
    yield reverse("admin:statuspage_appearance_changelist")
    for model in admin.site._registry:
        for view in ("changelist", "add"):
            yield reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_{view}")


@pytest.mark.django_db
def test_no_page_has_english_that_was_not_handed_over(staff: Client, speaks_pseudo: None) -> None:
    component = build.component("Shop")
    monitor = build.monitor(component)
    more = [
        reverse("admin:components_component_change", args=[component.pk]),
        reverse("admin:component-retire", args=[component.pk]),
        reverse("admin:monitors_monitor_change", args=[monitor.pk]),
        reverse("subscribers-import"), reverse("admin:alert-who"),
    ]  # fmt: skip
    left: dict[str, set[str]] = {}
    for address in [*pages(), *more]:
        answer = staff.get(address, headers={"accept-language": "de"})
        if answer.status_code == 200:
            for text in pseudo.bare_english_in_page(answer.content):
                left.setdefault(text, set()).add(address)

    assert not {
        text: sorted(where)[:2] for text, where in left.items() if not _allowed(text, where)
    }


_NOT_OURS = re.compile(
    r"""
      (\w+\ )*Can\ (add|change|delete|view|see)\ .*                     # permissions are stored
    | Status | Shop | Monitor | component | olga | [Gg]lobal(\ global)?  # of the test
    | editor | owner | responder | subscriber\ manager | viewer       # names of roles
    | Deutsch | Fran\ ais | Espa\ ol | Portugu\ Brasil | Polski | Slack | Markdown
    | GET | HEAD | POST | PUT | PATCH | DELETE | OPTIONS | any | both   # values of settings
    | Ctrl | Esc                                                        # keys
    | True | False                                                     # Django's own
    | ms | min | Beat\ never\ made\ progress\ .*                       # figures; the supervisor's
    | Keine\ Daten\ .*                                                # words of the public page
    """,
    re.VERBOSE,
)
_CODES = "/admin/components/journalentry/"
"""Where types of events stand, as the API and files have them."""


def _allowed(text: str, where: set[str]) -> bool:
    return bool(_NOT_OURS.fullmatch(text)) or where == {_CODES}

"""The German of the admin: complete, current, and without English that nobody handed over."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils.translation import override, trans_real

from components.backoffice import sentences
from components.backoffice.script_texts import TEXTS
from components.backoffice.sentences import localized
from components.models import Component
from components.status import Status, Verdict
from monitors.models import Check
from monitors.probers import registry
from statuspage.backoffice.rows import worker_row
from subscribers.models import Suspension
from tests import ROOT, admin_messages, build, pseudo

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
def speaks_pseudo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the German of the admin be a language that nobody reads."""
    sentences.reset()
    german = trans_real.translation("de")
    monkeypatch.setattr(german, "gettext", _turned)
    monkeypatch.setattr(german, "ngettext", lambda one, many, n: _turned(one if n == 1 else many))
    yield
    sentences.reset()


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
        *(reverse("admin:auth_group_change", args=[role.pk]) for role in Group.objects.all()),
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
      Status | Shop | Monitor | component | olga | [Gg]lobal(\ global)?  # of the test
    | Deutsch | Fran\ ais | Espa\ ol | Portugu\ Brasil | Polski | Slack | Markdown
    | \w+\ (read|write|draft) | manage                               # scopes
    | GET | HEAD | POST | PUT | PATCH | DELETE | OPTIONS | any | both   # values of settings
    | Ctrl | Esc                                                        # keys
    | True | False                                                     # Django's own
    | ms | min | [Bb]eat | probes | notify                              # figures; roles
    | Keine\ Daten\ .*                                                # words of the public page
    """,
    re.VERBOSE,
)
_CODES = "/admin/components/journalentry/"
"""Where types of events stand, as the API and files have them."""


def _allowed(text: str, where: set[str]) -> bool:
    return bool(_NOT_OURS.fullmatch(text)) or where == {_CODES}


@pytest.mark.django_db
def test_roles_and_permissions_have_german_names(staff: Client) -> None:
    def read(address: str) -> str:
        return staff.get(address, headers={"accept-language": "de"}).content.decode()

    owner = Group.objects.get(name="owner")
    choices = "?app_label=auth&model_name=user&field_name=groups&term="

    assert "Inhaber" in read(reverse("admin:autocomplete") + choices)
    assert "Inhaber" in read(reverse("admin:auth_group_changelist"))
    assert "kann Vorfall ändern" in read(reverse("admin:auth_group_change", args=[owner.pk]))


def filled(form: Any) -> dict[str, Any]:
    """Return what a form is posted with when nothing in it is right."""
    return {
        form.add_prefix(name): [] if hasattr(field, "queryset") else "ж" * 300
        for name, field in form.fields.items()
    }


@pytest.mark.django_db
def test_what_forms_refuse_has_no_english_either(staff: Client, speaks_pseudo: None) -> None:
    german = {"accept-language": "de"}
    left: dict[str, set[str]] = {}
    addresses = [
        reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_add")
        for model in admin.site._registry
    ]
    # Kinds share what checks their settings.
    kinds, some = reverse("admin:monitors_monitor_add"), sorted(registry.probers())[::5]
    for address in [*addresses, *(f"{kinds}?kind={each}" for each in some)]:
        shown = staff.get(address, headers=german)
        if shown.status_code != 200 or "adminform" not in shown.context:
            continue
        data = filled(shown.context["adminform"].form)
        for inline in shown.context["inline_admin_formsets"]:
            data |= {f"{inline.formset.prefix}-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL")}
        answer = staff.post(address, data, headers=german)
        assert answer.status_code == 200, address
        assert answer.context["errors"], address
        with override("de"):
            told = "".join(map(str, answer.context["errors"]))
        for found in pseudo.bare_english_in_page(told.encode()):
            left.setdefault(found, set()).add(address)

    assert not {text: sorted(where)[:3] for text, where in left.items()}


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("The end must be after the start.", "Das Ende muss nach dem Beginn liegen."),
        ("FREQ stands there twice.", "FREQ steht doppelt da."),
        ("Is not a name.", "Ist kein Name."),
        ("Shop: The monitor is paused. Resume it first.",
         "Shop: Der Monitor ist pausiert. Setzen Sie ihn zuerst fort."),
        ("“a b” is no mail domain; write it as example.com.",
         "„a b“ ist keine E-Mail-Domain; schreiben Sie sie als example.com."),
        ("x is not a host name: is not a name", "x ist kein Hostname: ist kein Name"),
        ("connection refused", "Verbindung abgelehnt"),
        ("Write a, b or c.", "Schreiben Sie a, b oder c."),
        ("certificate is not valid: certificate has expired",
         "Zertifikat ist ungültig: Zertifikat ist abgelaufen"),
        ("Set manually to Degraded: we know.", "Von Hand auf „Beeinträchtigt“ gesetzt: we know."),
        ("Of 2 monitors and regions, 1 down, 1 up: “A” from eu (no Redis).",
         "Von 2 Monitoren und Regionen: 1 ausgefallen, 1 verfügbar: „A“ aus eu (kein Redis)."),
        ("A: no Redis (1 down; 2 must agree that it is down)",
         "A: kein Redis (1 ausgefallen; 2 müssen den Ausfall bestätigen)"),
        ("Monitor “A” says down from eu.", "Monitor „A“ meldet „ausgefallen“ aus eu."),
        ("probes silent for 33 s", "probes seit 33 s ohne Fortschritt"),
        ("Something that nobody translated.", "Something that nobody translated."),
    ],
)  # fmt: skip
def test_a_sentence_of_a_service_is_read_in_german_and_stays_english_elsewhere(
    said: str, read: str
) -> None:
    with override("de"):
        assert localized(said) == read
    with override("en"):
        assert localized(said) == said


def test_scripts_say_what_is_in_their_table_and_nothing_else() -> None:
    folder = ROOT / "statuspage" / "static" / "statuspage"
    scripts = "".join(path.read_text() for path in folder.glob("*.js"))

    said = set(re.findall(r"say\('([^']+)'", scripts))

    assert said == set(TEXTS)


@pytest.mark.django_db
def test_results_of_checks_and_reasons_are_read_in_german(staff: Client) -> None:
    component = build.component("Shop", status=Status.MAJOR_OUTAGE)
    monitor = build.monitor(component)
    Check.objects.filter(monitor=monitor).update(
        verdict=Verdict.DOWN, due=time.time(), since=time.time(), message="connection refused"
    )
    text = f"Monitor “{monitor.name}” says down from global: connection refused."
    Component.objects.update(reasons=[{"kind": "monitors", "text": text, "status": "down"}])
    suspension = Suspension(
        subscriber=build.subscriber(), since=datetime.now(UTC), reason="5.1.1 hard bounce"
    )
    suspension.save()

    def read(name: str, *args: int) -> str:
        answer = staff.get(reverse(name, args=args), headers={"accept-language": "de"})
        return answer.content.decode()

    for name, args in (
        ("admin:index", ()),
        ("admin:monitors_monitor_changelist", ()),
        ("admin:monitors_monitor_change", (monitor.pk,)),
        ("admin:components_component_change", (component.pk,)),
    ):
        assert "Verbindung abgelehnt" in read(name, *args), name
        assert "connection refused" not in read(name, *args), name
    assert "5.1.1 endgültig unzustellbar" in read("admin:subscribers_subscriber_changelist")


@pytest.mark.django_db
def test_the_desk_says_in_german_which_workers_are_stuck() -> None:
    with override("de"):
        stuck = worker_row()

    assert stuck.text.startswith("Beat hat noch nie gearbeitet, ")

"""What has to be confirmed again five minutes after signing in: each page and action is judged.

A page, a list or an action that is new stands in neither table and fails here: decide whether it
makes tokens or keys, opens a door, changes who may do what, or takes addresses out. If so, it
belongs into `statuspage.accounts.confirmation`; if not, into a table of this module.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from time_machine import TimeMachineFixture

from statuspage.access.pages import save_page
from statuspage.accounts import confirmation, kept_forms
from statuspage.models import ApiToken, Page
from tests.statuspage.accounts.people import PASSWORD, person, phone_of, sign_in

pytestmark = [pytest.mark.django_db(transaction=True)]
TOKENS, PEOPLE = "/admin/statuspage/apitoken/add/", "/admin/auth/user/add/"
CONFIRM, FINISH = "/admin/account/confirm/", "/admin/account/confirm/finish/"
FORMS = ("add", "change", "delete")
_OTHER_MODELS = (
    "components_component components_declaredperiod components_group "
    "components_journalcursor components_journalentry components_setaside "
    "incidents_incident incidents_incidenttemplate maintenance_series maintenance_window "
    "monitors_agent monitors_alertrule monitors_monitor monitors_reader monitors_region "
    "monitors_unmatchedalert statuspage_announcement statuspage_appearance "
    "statuspage_progress subscribers_alert subscribers_alertchannel subscribers_alertroute "
    "subscribers_delivery subscribers_endpoint subscribers_hold subscribers_subscriber "
    "subscribers_suspension"
)
OTHER_MODELS = frozenset(_OTHER_MODELS.split())
"""Models whose forms open nothing: secrets that people enter there are of other systems."""
_OTHER_PAGES = (
    "index logout password_change password_change_done autocomplete jsi18n view_on_site "
    "app_list desk palette component-why incident-preview incident-forecast "
    "incident-wording window-forecast window-preview appearance-preview appearance-check "
    "delivery-mail message-preview alert-who incident-desk incident-postmortem window-move undo "
    "appearance first-steps component-retire alert-acknowledge monitors_monitor_test "
    "subscribers-import subscribers-mailtest"
)
OTHER_PAGES = frozenset(_OTHER_PAGES.split())
"""Pages that are no model's; the old password is asked for at its change."""
_OTHER_ACTIONS = (
    "acknowledge_selected cancel clear_open_alerts clear_override complete delete_selected "
    "discard end_now lift lift_suspension move_down move_to_the_top move_up pause publish "
    "redeliver release resolve resume say_degraded say_down say_up send_again send_test "
    "stop"
)
OTHER_ACTIONS = frozenset(_OTHER_ACTIONS.split())


def routes(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, str]]:
    """Every address of the product, with its name."""
    for each in resolver.url_patterns:
        address = before + str(each.pattern)
        if isinstance(each, URLPattern):
            yield address, each.name or ""
        else:
            yield from routes(each, address)


def models() -> dict[str, Any]:
    return {f"{m._meta.app_label}_{m._meta.model_name}": a for m, a in admin.site._registry.items()}


def test_each_form_of_the_admin_asks_or_is_known_to_open_nothing_s11() -> None:
    asked = confirmation.PAGES | confirmation.CHANGES

    for name in models():
        forms = {f"{name}_{form}" for form in FORMS}
        assert forms <= asked or name in OTHER_MODELS, f"judge the forms of {name}"
        assert not (forms & asked and name in OTHER_MODELS), name


def test_each_other_page_of_the_admin_asks_or_is_known_to_open_nothing_s11() -> None:
    usual = {f"{name}_{form}" for name in models() for form in (*FORMS, "changelist", "history")}
    named = {
        name
        for address, name in routes(get_resolver())
        if address.startswith(("admin/", "status/components/<slug:slug>/why"))
        and not address.startswith(("admin/login/", "admin/account/"))
        and name
    }

    assert named - usual - confirmation.PAGES - OTHER_PAGES == set()
    assert named >= OTHER_PAGES
    assert named >= confirmation.PAGES


def test_each_action_of_a_list_asks_or_is_known_to_open_nothing_s11() -> None:
    for name, model_admin in models().items():
        if f"{name}_changelist" in confirmation.LISTS:
            continue
        actions = {str(each) for each in model_admin.actions or ()} | {"delete_selected"}
        assert actions <= confirmation.ACTIONS | OTHER_ACTIONS, f"judge the actions of {name}"
    assert not confirmation.ACTIONS & OTHER_ACTIONS


@pytest.fixture
def root(time_machine: TimeMachineFixture) -> Client:
    """Somebody who can do everything, and signed in six minutes ago."""
    person("root", is_superuser=True)
    client = Client()
    sign_in(client, "root")
    time_machine.move_to(datetime.now(UTC) + timedelta(minutes=6))
    return client


def confirms(client: Client, onwards: str, password: str = PASSWORD) -> Any:
    return client.post(CONFIRM, {"password": password, "next": onwards})


def way_on(answer: Any) -> str:
    """Where the confirmation that somebody is sent to leads to."""
    found = re.fullmatch(rf"{CONFIRM}\?next=(.+)", answer["Location"])
    assert found
    return found[1].replace("%2F", "/").replace("%3F", "?").replace("%3D", "=")


def addresses_of(user: User) -> Iterator[tuple[str, str]]:
    page = save_page(Page(slug="vip", private=True))
    token = ApiToken.objects.create(name="ci", scopes=[])
    of = {"statuspage_apitoken": token.pk, "auth_user": user.pk, "auth_group": 1}
    for name in sorted(confirmation.PAGES - {"page-link", "subscribers-export"}):
        if name.startswith("components_journalentry"):
            yield "GET", reverse(f"admin:{name}", args=["csv"])
        elif name.endswith("_add"):
            yield "GET", reverse(f"admin:{name}")
        elif not name.endswith("group_password_change") and "token_password" not in name:
            yield "GET", reverse(f"admin:{name}", args=[of[name.rpartition("_")[0].removesuffix(
                "_password")]])  # fmt: skip
    yield "GET", reverse("subscribers-export")
    yield "GET", reverse("admin:page-link", args=["vip"])
    yield "POST", reverse("admin:page-link", args=["vip"])
    yield "POST", reverse("admin:statuspage_page_add")
    yield "POST", reverse("admin:statuspage_page_change", args=[page.pk])
    yield "POST", reverse("admin:statuspage_page_delete", args=[page.pk])
    for name in sorted(confirmation.LISTS):
        yield "POST", reverse(f"admin:{name}")


def test_each_of_them_asks_after_five_minutes_and_goes_on_to_where_one_was_s11(
    root: Client,
) -> None:
    for method, address in addresses_of(User.objects.get()):
        answer = root.get(address) if method == "GET" else root.post(address, {"x": "1"})

        assert answer.status_code == 302, address
        assert way_on(answer) == (address if method == "GET" else FINISH)


@pytest.mark.parametrize(
    ("address", "action"),
    [
        ("/admin/subscribers/endpoint/", "rotate"),
        ("/admin/subscribers/delivery/", "download"),
        ("/admin/monitors/monitor/", "new_ping_address"),
        ("/admin/statuspage/page/", "end_passes"),
    ],
)
def test_actions_that_make_keys_or_export_ask_whichever_button_sends_them_s11(
    root: Client, address: str, action: str
) -> None:
    for sent in ([action], [action, ""], ["", action]):
        chosen = {"action": sent, "index": str(sent.index(action)), "_selected_action": ["1"]}
        assert way_on(root.post(address, chosen)) == FINISH
    assert root.post(address, {"action": "", "_selected_action": ["1"]}).status_code == 302


def test_nothing_of_a_form_is_lost_by_confirming(root: Client) -> None:
    form = {"name": "ci", "scopes": ["status:read", "monitors:read"], "csrfmiddlewaretoken": "x"}

    onwards = way_on(root.post(f"{TOKENS}?_popup=1", form))
    assert not ApiToken.objects.exists()
    assert confirms(root, onwards)["Location"] == FINISH
    page = root.get(FINISH).content.decode()
    assert f'action="{TOKENS}?_popup=1"' in page
    assert not ApiToken.objects.exists()
    answer = root.post(f"{TOKENS}?_popup=1", {kept_forms.FIELD: "1"})

    assert answer.status_code in (200, 302), answer.content.decode()
    token = ApiToken.objects.get()
    assert (token.name, set(token.scopes)) == ("ci", {"status:read", "monitors:read"})
    # Once: whoever goes back and presses the button again makes nothing.
    again = root.post(f"{TOKENS}?_popup=1", {kept_forms.FIELD: "1"})
    assert again["Location"] == f"{TOKENS}?_popup=1"
    assert ApiToken.objects.count() == 1
    assert root.get(FINISH)["Location"] == "/admin/"


def test_what_is_wrong_in_a_kept_form_is_said_at_the_form_itself(root: Client) -> None:
    form = {"username": "new person", "usable_password": "true", "password1": "x", "password2": "y"}
    confirms(root, way_on(root.post(PEOPLE, form)))

    answer = root.post(PEOPLE, {kept_forms.FIELD: "1"})

    assert answer.status_code == 200
    assert 'value="new person"' in answer.content.decode()
    assert "errorlist" in answer.content.decode()


def test_a_kept_form_is_sealed_short_lived_and_asks_again_without_confirmation_s10(
    root: Client, time_machine: TimeMachineFixture
) -> None:
    secret = {"username": "eve", "password1": "canary-secret-1", "password2": "canary-secret-1"}
    root.post(PEOPLE, secret)
    assert root.session["statuspage_kept_form"]
    assert "canary" not in str(dict(root.session))

    # Without a confirmation the button leads to it, and loses nothing.
    assert way_on(root.post(PEOPLE, {kept_forms.FIELD: "1"})) == FINISH
    assert not User.objects.filter(username="eve").exists()
    # At another address nothing is put back.
    confirms(root, FINISH)
    assert root.post(TOKENS, {kept_forms.FIELD: "1"})["Location"] == TOKENS
    time_machine.move_to(datetime.now(UTC) + timedelta(minutes=16))
    assert root.get(FINISH)["Location"] == "/admin/"


def test_files_and_forms_without_end_are_not_kept_and_that_is_said(root: Client) -> None:
    for extra in (
        {"file": SimpleUploadedFile("a.txt", b"a")}, {"name": "x" * (kept_forms.LONGEST + 1)}
    ):  # fmt: skip
        answer = root.post(TOKENS, {"name": "ci", **extra})

        assert way_on(answer) == TOKENS
    assert root.get(FINISH).status_code == 302


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
def test_confirming_leads_to_no_other_site(root: Client, target: str) -> None:
    assert "evil" not in confirms(root, target)["Location"]


def test_ones_own_ways_in_ask_as_well_s11(root: Client) -> None:
    RecoveryCodes.activate(phone_of(User.objects.get()))
    asking = (
        "passkeys/add/", "app/remove/", "codes/new/", "codes/download/", "codes/"
    )  # fmt: skip

    for path in asking:
        answer = root.get(f"/admin/account/{path}")
        assert answer.status_code == 302, path
        assert answer["Location"].startswith(CONFIRM), path

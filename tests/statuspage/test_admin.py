"""What operators do in the admin, and what it refuses by name."""

import pytest
from django import forms
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from components.models import Component, Group, JournalEntry
from components.status import Status
from monitors.config_form import config_fields
from monitors.models import Check, Monitor
from monitors.probers import registry
from statuspage import snapshot, tokens
from statuspage.models import ApiToken
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

MONITOR = {
    "name": "Shop answers",
    "enabled": "on",
    "interval": "30",
    "timeout": "5",
    "confirm_down": "1",
    "confirm_up": "0",
    "config_url": "https://shop.example.org/health",
    "config_method": "GET",
    "config_expected_status": "200-299",
    "config_follow_redirects": "5",
    "config_max_bytes": "1048576",
    "config_verify_tls": "on",
}
AUTOMATION = {"auto_incident": "off", "opening_delay": "60", "closing_delay": "120"}


def errors(answer: object) -> dict[str, list[str]]:
    form = answer.context["adminform"].form  # type: ignore[attr-defined]
    return {name: list(texts) for name, texts in form.errors.items()}


def test_a_component_made_in_the_admin_is_on_the_page_when_the_redirect_lands(
    staff: Client,
) -> None:
    answer = staff.post(
        reverse("admin:components_component_add"),
        {
            "name": "Shop",
            "slug": "shop",
            "sort_order": "0",
            "visible": "on",
            "counts_for_overall": "on",
            **AUTOMATION,
        },
    )

    assert answer.status_code == 302
    published = snapshot.load()
    assert published is not None
    assert [component.name for component in published.state.components] == ["Shop"]
    entry = JournalEntry.objects.get(kind="component.changed")
    assert entry.actor == "olga"


def test_an_override_is_set_and_cleared_and_both_are_journalled(staff: Client) -> None:
    component = build.component("Shop")
    url = reverse("admin:components_component_change", args=[component.pk])
    form = {
        "name": "Shop",
        "slug": component.slug,
        "sort_order": "0",
        "visible": "on",
        "counts_for_overall": "on",
        "seen_version": "0",
        **AUTOMATION,
    }

    staff.post(url, {**form, "status_override": "degraded", "override_note": "seen by eye"})
    during = build.status_of(component)
    staff.post(
        reverse("admin:components_component_changelist"),
        {"action": "clear_override", "_selected_action": [component.pk]},
    )

    assert during is Status.DEGRADED
    assert build.status_of(component) is Status.OPERATIONAL
    overrides = JournalEntry.objects.filter(kind="component.override_changed").order_by("id")
    assert [entry.data["override"] for entry in overrides] == ["degraded", ""]


def test_the_reasons_of_a_status_are_shown(staff: Client) -> None:
    component = build.component("Shop", status_override=Status.MAJOR_OUTAGE, override_note="fire")

    page = staff.get(reverse("admin:components_component_change", args=[component.pk]))
    why = staff.get(f"/status/components/{component.slug}/why")

    assert "Set by hand to Major Outage: fire." in page.content.decode()
    assert why.json()["reasons"][0]["rule"] == "override"


def test_why_is_for_staff_only(client: Client) -> None:
    component = build.component()

    assert client.get(f"/status/components/{component.slug}/why").status_code == 302


def test_a_monitor_made_in_the_admin_is_due_soon(staff: Client) -> None:
    component = build.component()

    answer = staff.post(
        reverse("admin:monitors_monitor_add"), {**MONITOR, "component": component.pk}
    )

    assert answer.status_code == 302, errors(answer)
    assert Monitor.objects.get().config == {
        "url": "https://shop.example.org/health",
        "expected_status": "200-299",
    }
    assert Check.objects.get().due is not None
    assert build.status_of(component) is Status.UNKNOWN


def test_a_new_monitor_is_an_endpoint_and_links_lead_to_the_other_kinds(staff: Client) -> None:
    url = reverse("admin:monitors_monitor_add")

    page = staff.get(url)
    other = staff.get(url, {"kind": "tcp"})
    unknown = staff.get(url, {"kind": "gopher"})

    assert "config_url" in page.context["adminform"].form.fields
    assert "config_url" in unknown.context["adminform"].form.fields
    assert '<a href="?kind=tcp">TCP port</a>' in page.content.decode()
    assert "?kind=endpoint" not in page.content.decode()
    assert "config_port" in other.context["adminform"].form.fields
    assert '<a href="?kind=endpoint">HTTP endpoint</a>' in other.content.decode()


def test_the_links_to_other_kinds_are_not_shown_for_a_monitor_that_exists(staff: Client) -> None:
    monitor = build.monitor()

    page = staff.get(reverse("admin:monitors_monitor_change", args=[monitor.pk]))

    assert "?kind=" not in page.content.decode()


def test_a_monitor_of_another_kind_is_made_in_the_admin(staff: Client) -> None:
    component = build.component()
    common = {name: value for name, value in MONITOR.items() if not name.startswith("config_")}

    answer = staff.post(
        reverse("admin:monitors_monitor_add") + "?kind=tcp",
        {
            **common,
            "component": component.pk,
            "config_host": "db.example.org",
            "config_port": "5432",
            "config_send": "\\0",
            "config_verify_tls": "on",
            "config_degraded_ms": "300",
        },
    )

    assert answer.status_code == 302, errors(answer)
    monitor = Monitor.objects.get()
    assert monitor.kind == "tcp"
    assert monitor.config["degraded_ms"] == 300
    assert (monitor.config["host"], monitor.config["port"]) == ("db.example.org", 5432)


@pytest.mark.parametrize("kind", sorted(registry.probers()))
def test_every_setting_of_every_kind_has_a_field_of_its_type(kind: str) -> None:
    field_types = {
        "integer": forms.IntegerField,
        "number": forms.FloatField,
        "boolean": forms.BooleanField,
    }
    fields = config_fields(kind)
    settings = registry.prober(kind).config_type.model_json_schema()["properties"]
    for name, schema in settings.items():
        types = {schema.get("type")} | {each.get("type") for each in schema.get("anyOf", [])}
        for word in types & set(field_types):
            assert type(fields[f"config_{name}"]) is field_types[word], name


def test_a_setting_of_several_values_is_one_a_line(staff: Client) -> None:
    component = build.component()
    common = {name: value for name, value in MONITOR.items() if not name.startswith("config_")}
    form = {
        **common,
        "component": component.pk,
        "config_name": "shop.example.org",
        "config_record_type": "A",
        "config_match": "all",
        "config_port": "53",
        "config_expected": "192.0.2.1\r\n\r\n 192.0.2.2",
    }

    url = reverse("admin:monitors_monitor_add") + "?kind=dns"
    refused = staff.post(url, {**form, "config_resolvers": "dns.example"})
    answer = staff.post(url, form)

    assert "is not an address" in errors(refused)["config_resolvers"][0]
    assert answer.status_code == 302, errors(answer)
    monitor = Monitor.objects.get()
    assert monitor.config["expected"] == ["192.0.2.1", "192.0.2.2"]
    assert "resolvers" not in monitor.config
    page = staff.get(reverse("admin:monitors_monitor_change", args=[monitor.pk]))
    assert "192.0.2.1\n192.0.2.2</textarea>" in page.content.decode()


def test_a_form_fetched_and_posted_back_changes_nothing(staff: Client) -> None:
    monitor = build.monitor(interval=30)
    url = reverse("admin:monitors_monitor_change", args=[monitor.pk])
    form = staff.get(url).context["adminform"].form
    values = {}
    for name, field in form.fields.items():
        value = field.prepare_value(form.get_initial_for_field(field, name))
        if value is not None and value is not False:
            values[name] = value

    answer = staff.post(url, values)

    assert answer.status_code == 302, errors(answer)
    again = Monitor.objects.get()
    assert (again.config, again.interval) == (monitor.config, monitor.interval)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("config_url", "htp:/nonsense", "http"),
        ("config_url", "http://user:pw@example.org/", ""),
        ("config_url", "", "required"),
        ("interval", "-3", ""),
        ("interval", "0", "1 to 86400"),
        ("timeout", "31", "must not be longer than the interval"),
        ("config_expected_status", "many", ""),
        ("config_method", "BREW", ""),
        ("confirm_down", "21", "at most 20"),
    ],
)
def test_a_bad_monitor_is_refused_at_its_field_and_nothing_typed_is_lost(
    staff: Client, field: str, value: str, says: str
) -> None:
    component = build.component()

    answer = staff.post(
        reverse("admin:monitors_monitor_add"),
        {**MONITOR, "component": component.pk, field: value},
    )

    assert answer.status_code == 200
    assert says in " ".join(errors(answer)[field])
    assert 'value="Shop answers"' in answer.content.decode()
    assert not Monitor.objects.exists()


def test_a_monitors_last_results_are_shown(staff: Client) -> None:
    monitor = build.monitor()
    from monitors.models import Result

    Result.objects.create(
        check_id=build.check(monitor).pk, at_ms=1_000, word="down", code=503, late_ms=0,
        message="status 503, expected 200-399",
    )  # fmt: skip

    page = staff.get(reverse("admin:monitors_monitor_change", args=[monitor.pk]))

    assert "status 503, expected 200-399" in page.content.decode()


def test_pausing_is_an_action(staff: Client) -> None:
    monitor = build.monitor()

    staff.post(
        reverse("admin:monitors_monitor_changelist"),
        {"action": "pause", "_selected_action": [monitor.pk]},
    )

    assert Check.objects.get().due is None


def test_deleting_goes_through_the_journal(staff: Client) -> None:
    group = build.group("Old")
    monitor = build.monitor(build.component("Gone", group=group))

    staff.post(reverse("admin:monitors_monitor_delete", args=[monitor.pk]), {"post": "yes"})
    staff.post(reverse("admin:components_group_delete", args=[group.pk]), {"post": "yes"})

    assert Component.objects.get().group is None
    assert not Group.objects.exists()
    kinds = set(JournalEntry.objects.values_list("kind", flat=True))
    assert {"monitor.deleted", "group.deleted"} <= kinds


def test_history_can_be_read_and_not_changed(staff: Client) -> None:
    build.component()
    entry = JournalEntry.objects.earliest("id")
    url = reverse("admin:components_journalentry_change", args=[entry.pk])

    assert staff.get(url).status_code == 200
    assert staff.post(url, {"kind": "forged"}).status_code == 403
    assert staff.get(reverse("admin:components_journalentry_add")).status_code == 403


def test_a_token_is_shown_once_and_kept_as_a_hash(staff: Client) -> None:
    answer = staff.post(
        reverse("admin:statuspage_apitoken_add"),
        {"name": "ci", "scopes": ["monitors:read"]},
        follow=True,
    )

    shown = str(next(iter(answer.context["messages"])))
    key = shown.rpartition(" ")[2]
    token = ApiToken.objects.get()
    assert token.digest == tokens.digest(key)
    assert (
        key
        not in staff.get(
            reverse("admin:statuspage_apitoken_change", args=[token.pk])
        ).content.decode()
    )


def test_django_q_is_in_the_admin_for_nobody_s5(staff: Client) -> None:
    assert "django_q" not in staff.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize(
    "name",
    ["index", "components_component_changelist", "components_group_changelist",
     "monitors_monitor_changelist", "monitors_region_changelist", "incidents_incident_changelist",
     "incidents_incident_add", "maintenance_window_changelist", "maintenance_window_add",
     "subscribers_subscriber_changelist", "components_journalentry_changelist",
     "components_journalcursor_changelist", "components_setaside_changelist",
     "statuspage_apitoken_changelist", "statuspage_progress_changelist"],
)  # fmt: skip
def test_every_page_of_the_admin_opens_under_a_strict_policy(staff: Client, name: str) -> None:
    answer = staff.get(reverse(f"admin:{name}"))

    assert answer.status_code == 200
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_an_incident_told_in_the_admin_is_on_the_page(staff: Client) -> None:
    component = build.component("Shop")
    management = {
        f"{prefix}-{name}": value
        for prefix in ("impacts", "updates")
        for name, value in (("TOTAL_FORMS", "1"), ("INITIAL_FORMS", "0"))
    }

    answer = staff.post(
        reverse("admin:incidents_incident_add"),
        {
            "title": "Slow checkouts", "status": "investigating", "severity": "major",
            "published": "on", "started_at_0": "2026-11-21", "started_at_1": "10:00:00",
            "impacts-0-component": component.pk, "impacts-0-status": "degraded",
            "updates-0-status": "investigating", "updates-0-message": "We are looking.",
            **management,
        },
    )  # fmt: skip

    assert answer.status_code == 302
    published = snapshot.load()
    assert published is not None
    assert published.state.incidents[0].updates[0].message == "We are looking."
    assert build.status_of(component) is Status.DEGRADED


def test_a_plain_user_is_not_let_in(client: Client) -> None:
    user = get_user_model().objects.create_user("paul", "", "a long password")
    client.force_login(user)

    assert client.get(reverse("admin:index")).status_code == 302

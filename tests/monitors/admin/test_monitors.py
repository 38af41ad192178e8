"""Monitors in the admin: what is asked of each kind, and what is refused by name."""

import re

import pytest
from django import forms
from django.test import Client
from django.urls import reverse

from components.status import Status
from monitors.admin.config_form import config_fields
from monitors.admin.monitors import start_hint
from monitors.models import Check, Monitor, Result
from monitors.probers import registry
from monitors.services import save_monitor
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


def errors(answer: object) -> dict[str, list[str]]:
    form = answer.context["adminform"].form  # type: ignore[attr-defined]
    return {name: list(texts) for name, texts in form.errors.items()}


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
    assert '<a href="?kind=tcp"><b>TCP port</b>' in page.content.decode()
    assert "?kind=endpoint" not in page.content.decode()
    assert "config_port" in other.context["adminform"].form.fields
    assert '<a href="?kind=endpoint"><b>HTTP endpoint</b>' in other.content.decode()


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


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ({"interval": "300"}, 300),
        ({"interval": "300", "interval_custom": "45"}, 300),
        ({"interval": "custom", "interval_custom": "45"}, 45),
    ],
)
def test_an_interval_is_chosen_or_typed_without_a_script(
    staff: Client, typed: dict[str, str], stored: int
) -> None:
    url = reverse("admin:monitors_monitor_add")

    staff.post(url, {**MONITOR, "component": build.component().pk, **typed})

    monitor = Monitor.objects.get()
    assert monitor.interval == stored
    page = staff.get(reverse("admin:monitors_monitor_change", args=[monitor.pk])).content.decode()
    chosen = stored if stored == 300 else "custom"
    assert re.findall(r'name="interval" value="(\w+)"[^>]*checked', page) == [str(chosen)]
    assert f'name="interval_custom" id="id_interval_custom" value="{stored}"' in page


@pytest.mark.parametrize("typed", ["", "0", "many"])
def test_a_bad_custom_interval_is_refused_where_it_was_typed(staff: Client, typed: str) -> None:
    sent = {**MONITOR, "component": build.component().pk, "interval": "custom"}

    answer = staff.post(reverse("admin:monitors_monitor_add"), {**sent, "interval_custom": typed})

    assert errors(answer)["interval"]
    assert f'id="id_interval_custom" value="{typed}"' in answer.content.decode()


def test_a_monitors_last_results_are_shown(staff: Client) -> None:
    monitor = build.monitor()

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


def test_resuming_many_leaves_those_without_a_real_address_f_t16(staff: Client) -> None:
    component = build.component()
    example = build.monitor(component, url="https://api.example.com/", enabled=False)
    real = build.monitor(component, enabled=False)

    page = staff.post(
        reverse("admin:monitors_monitor_changelist"),
        {"action": "resume", "_selected_action": [example.pk, real.pk]},
        follow=True,
    ).content.decode()

    assert list(Monitor.objects.filter(enabled=True)) == [real]
    assert f"{example.name} was not resumed: api.example.com is an example address." in page
    assert "paused: still has an example address" in page


def test_who_saves_a_monitor_reads_what_to_do_next_f_t16(staff: Client) -> None:
    monitor = build.monitor(url="https://api.example.com/", enabled=False)
    monitor.config["url"] = "https://api.acme.io/"
    hints = [start_hint(monitor)]
    save_monitor(monitor, regions=[])
    monitor.enabled = True
    save_monitor(monitor, regions=[])
    hints.append(start_hint(monitor))

    assert "Turn on Enabled" in hints[0]
    assert hints[1] == ""

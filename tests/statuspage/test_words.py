"""One vocabulary, in plain words (docs/words.md): on every page, in every template and name."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from monitors.probers import registry
from tests import build
from tests.messages import texts

ROOT = Path(__file__).resolve().parents[2]
OURS = ("components", "monitors", "incidents", "maintenance", "subscribers", "statuspage")
BANNED = re.compile(
    r"""
      nothing\ waits | kept\ wording | told\ by\ hand | by\ hand\b | bring\ (subscribers\ )?in\b
    | set\ aside | hear[s]?\ (no\ more|of\b|nothing) | telling\ people | what\ we\ watch
    | who\ we\ tell
    | be\ told\b | (is|are|was|were|will\ be)\ told\b | nobody\ was\ told | who\ was\ told
    | look(s)?\ after\ it | read\ along | year\ of\ days | a\ disturbance | disturbances
    | say\ publicly | say\ nothing | as\ people\ will\ read | what\ it\ sees | take\ out\b
    | does\ mail\ work | by\ themselves | beats\ every | there\ is\ nothing\ here
    | holds?\ on\ deliver | this\ product\b | needs\ you\b | broken\ now | on\ its\ way;
    | fresh\ evidence | is\ blind | write\ (what|an?\ address|some\ of|by\ how) | made\ up
    | puts?\ every(body|one)\ out | the\ door\ again | your\ word\b | set\ by\ hand
    """,
    re.IGNORECASE | re.VERBOSE,
)
_CODE = re.compile(r"<(style|script)\b.*?</\1>|{#.*?#}|{%.*?%}|{{.*?}}|<[^>]*>", re.DOTALL)
_ATTRIBUTE = re.compile(r'(?:title|aria-label|placeholder|alt|label|empty|value)="([^"]*)"')


def readable(source: str) -> str:
    """What a person reads of a page or a template: its text, and the names in attributes."""
    without = re.sub(r"<(style|script)\b.*?</\1>", " ", source, flags=re.DOTALL)
    return " ".join([*_ATTRIBUTE.findall(without), _CODE.sub(" ", source)])


def refused(where: str, text: str) -> Iterator[str]:
    for found in BANNED.finditer(" ".join(text.split())):
        around = found.string[max(0, found.start() - 40) : found.end() + 20]
        yield f"{where}: “{found[0]}” in “…{around}…”"


def test_templates_speak_plainly() -> None:
    templates = [
        path for path in sorted((ROOT / "templates").rglob("*.*"))
        if path.suffix in (".html", ".txt") and "embedded" not in path.parts
    ]  # fmt: skip

    wrong = [
        line
        for path in templates
        for line in refused(str(path.relative_to(ROOT)), readable(path.read_text()))
    ]

    assert not wrong, "\n".join(wrong)


def test_texts_of_visitors_speak_plainly() -> None:
    wrong = [line for one, many in texts() for line in refused("catalogue", f"{one} {many}")]

    assert not wrong, "\n".join(wrong)


def names() -> Iterator[tuple[str, str]]:
    """Names and help texts of apps, models, fields, kinds of monitors and settings of kinds."""
    for app in OURS:
        config = apps.get_app_config(app)
        yield app, str(config.verbose_name)
        for model in config.get_models():
            options = model._meta
            yield options.label, f"{options.verbose_name} {options.verbose_name_plural}"
            yield from ((options.label, str(text)) for _, text in options.permissions)
            for field in options.get_fields():
                words = (getattr(field, name, "") for name in ("verbose_name", "help_text"))
                yield f"{options.label}.{field.name}", " ".join(map(str, words))
    for kind, prober in registry.probers().items():
        yield kind, prober.label
        for name, info in prober.config_type.model_fields.items():
            yield f"{kind}.{name}", info.description or ""
    for model, each in admin.site._registry.items():
        for _, label in each.get_action_choices(_request()):
            yield f"actions of {model._meta.label}", str(label)


def _request() -> HttpRequest:
    from django.contrib.auth import get_user_model  # noqa: PLC0415  (models need the apps first)
    from django.test import RequestFactory  # noqa: PLC0415

    request = RequestFactory().get("/admin/")
    request.user = get_user_model()(is_superuser=True, is_active=True)
    return request


def test_names_and_help_texts_speak_plainly() -> None:
    wrong = [line for where, text in names() for line in refused(where, text)]

    assert not wrong, "\n".join(wrong)


def pages() -> Iterator[str]:
    yield reverse("admin:index")
    for model in admin.site._registry:
        for view in ("changelist", "add"):
            yield reverse(f"admin:{_name(model)}_{view}")


def _name(model: type[Model]) -> str:
    return model._meta.label_lower.replace(".", "_")


@pytest.mark.django_db
def test_every_page_of_the_admin_speaks_plainly(staff: Client) -> None:
    component = build.component("Shop")
    monitor = build.monitor(component)
    more = [
        reverse("admin:components_component_change", args=[component.pk]),
        reverse("admin:components_component_delete", args=[component.pk]),
        reverse("admin:component-retire", args=[component.pk]),
        reverse("admin:monitors_monitor_change", args=[monitor.pk]),
        reverse("subscribers-import"), reverse("admin:alert-who"),
    ]  # fmt: skip
    wrong: list[str] = []
    for address in [*pages(), *more]:
        answer = staff.get(address)
        if answer.status_code == 200:
            wrong += refused(address, readable(answer.content.decode()))

    assert not wrong, "\n".join(wrong)


def test_menu_title_and_breadcrumb_use_the_same_word() -> None:
    from statuspage.backoffice import navigation  # noqa: PLC0415  (models need the apps first)

    rows = [
        {"app_label": model._meta.app_label, "models": [
            {"object_name": model.__name__, "name": model._meta.verbose_name_plural}]}
        for model in admin.site._registry
    ]  # fmt: skip

    shown = {
        each["key"]: each["name"] for group in navigation.grouped(rows) for each in group["models"]
    }

    assert shown["auth.Group"] == "roles"
    assert shown["auth.User"] == "users"
    assert shown["incidents.IncidentTemplate"] == "message templates"
    assert shown["components.JournalCursor"] == "consumers"
    assert len(set(shown.values())) == len(shown)

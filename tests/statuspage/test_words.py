"""One vocabulary, in plain words (docs/words.md): in pages, texts, names, documents."""

import ast
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client

from monitors.probers import registry
from tests.docs.pages import pages as documents
from tests.messages import texts
from tests.statuspage.backoffice import full_store, screens

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
        for _, label in each.get_action_choices(screens.request()):
            yield f"actions of {model._meta.label}", str(label)


def test_names_and_help_texts_speak_plainly() -> None:
    wrong = [line for where, text in names() for line in refused(where, text)]

    assert not wrong, "\n".join(wrong)


def sources() -> Iterator[Path]:
    for folder in (*OURS, "clients"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def strings(source: str) -> Iterator[tuple[int, str]]:
    """Yield the texts of a module, without what explains it to programmers."""
    tree = ast.parse(source)
    docs = {
        id(node.value) for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


def test_every_text_of_the_product_speaks_plainly() -> None:
    """Errors, messages, help of commands, of the API and of `statusctl`."""
    wrong = [
        line
        for path in sources()
        if "migrations" not in path.parts
        for number, text in strings(path.read_text())
        for line in refused(f"{path.relative_to(ROOT)}:{number}", text)
    ]

    assert not wrong, "\n".join(wrong)


def test_documents_speak_plainly() -> None:
    """But for the list of what is not said, and decisions, which are of their day."""
    wrong = [
        line
        for path in documents()
        if path.name != "words.md" and "adr" not in path.parts
        for line in refused(str(path.relative_to(ROOT)), path.read_text())
    ]

    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
def test_every_page_of_the_admin_speaks_plainly(staff: Client) -> None:
    full_store.fill(full_store.now())
    session: Any = staff.session
    session["statuspage_confirmed_at"] = time.time()
    session.save()
    wrong: list[str] = []
    read = 0
    for address in dict.fromkeys([*screens.others(), *screens.of_models(), *screens.of_kinds()]):
        answer = staff.get(address)
        if answer.status_code == 200:
            read += 1
            wrong += refused(address, readable(answer.content.decode()))
    for address, action, pk in screens.questions():
        answer = staff.post(address, {"action": action, "_selected_action": [pk], "index": "0"})
        read += 1
        wrong += refused(f"{address} {action}", readable(answer.content.decode()))

    assert not wrong, "\n".join(wrong)
    assert read > 150


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

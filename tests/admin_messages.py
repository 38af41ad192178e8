"""Finds the texts of the admin and renews its catalogue: `python -m tests.admin_messages`.

A text is what a model, a field, a form, a column or an action of the admin is called
(`components.backoffice.translated_names` knows them all), the argument of `gettext(…)` and the like
or of `count(n, …)` in Python, and what `{% translate %}`, `{% blocktranslate %}` or `_("…")`
hold in a template of the admin, and the sentences of `tests.admin_sentences` and
`tests.admin_outcomes`. What Django
translates itself is left to Django.
"""

import ast
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tests.admin_outcomes import of_outcomes
from tests.admin_sentences import of_errors
from tests.messages import APPS, ROOT, Text

FOLDER = ROOT / "statuspage" / "locale" / "de" / "LC_MESSAGES"
PO, MO = FOLDER / "django.po", FOLDER / "django.mo"
TEMPLATES = ("admin", "account", "mfa", "socialaccount", "registration", "allauth")
_ONE = frozenset({"gettext", "gettext_lazy", "gettext_noop"})
_TAGS = {"gettext": None, "_": None, "ngettext": (1, 2)}


def texts() -> dict[Text, set[str]]:
    """Return every text of the admin with the files that it is in; names have none."""
    found: dict[Text, set[str]] = {}
    for path, text in (*of_sources(), *of_templates(), *of_errors(), *of_outcomes()):
        found.setdefault(text, set()).add(str(path.relative_to(ROOT)))
    for name in of_names():
        found.setdefault((name, ""), set())
    # One entry serves a text with and without a number.
    counted = {one for one, many in found if many}
    left_out = djangos() | counted
    return {text: files for text, files in found.items() if text[0] not in left_out or text[1]}


def of_sources() -> Iterator[tuple[Path, Text]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            source = path.read_text()
            if "gettext" in source or "question import" in source:
                for text in of_python(source):
                    yield path, text


def of_python(source: str) -> Iterator[Text]:
    """Yield the texts of a module."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func).rpartition(".")[2]
        constants = [
            each.value if isinstance(each, ast.Constant) and isinstance(each.value, str) else ""
            for each in node.args
        ]
        if name in _ONE and constants and constants[0]:
            yield constants[0], ""
        elif name == "ngettext" and all(constants[:2]):
            yield constants[0], constants[1]
        elif name == "count" and len(constants) > 1 and constants[1]:
            yield constants[1], (constants[2:] or [""])[0] or f"{constants[1]}s"


def of_templates() -> Iterator[tuple[Path, Text]]:
    from django.utils.translation.template import templatize  # noqa: PLC0415  (needs settings)

    for folder in TEMPLATES:
        for path in sorted((ROOT / "templates" / folder).rglob("*.html")):
            code = templatize(path.read_text(), origin=str(path))
            for _, _, text, _ in extract_python(BytesIO(code.encode()), _TAGS, [], {}):
                # Of a counted text, Babel may add a comment as a third.
                ids: Any = text
                one, many = (ids[0], ids[1]) if isinstance(ids, list | tuple) else (ids, "")
                if one:
                    yield path, (one, many or "")


def of_names() -> set[str]:
    """Return what things are called: of the whole admin, of kinds of monitors, and of states."""
    from django.apps import apps  # noqa: PLC0415

    import statuspage.urls  # noqa: F401, PLC0415  (needs settings; it replaces the names)
    from components.backoffice import translated_names  # noqa: PLC0415
    from components.languages.names import NAMES  # noqa: PLC0415
    from components.status import Verdict  # noqa: PLC0415
    from components.uptime.layers import Source  # noqa: PLC0415
    from maintenance.lifecycle import WindowState  # noqa: PLC0415
    from monitors.admin.config_form import config_fields  # noqa: PLC0415
    from monitors.probers import registry  # noqa: PLC0415
    from monitors.rules.reader_state import ReaderState  # noqa: PLC0415
    from statuspage.access import tokens  # noqa: PLC0415
    from statuspage.access.roles import MEANINGS  # noqa: PLC0415
    from statuspage.state import appearance_input as look  # noqa: PLC0415
    from subscribers.channels.mail_templates import EVENTS  # noqa: PLC0415
    from subscribers.enums import State  # noqa: PLC0415

    for kind in registry.probers():
        config_fields(kind)
    return {
        *translated_names.TEXTS,
        *(prober.label for prober in registry.probers().values()),
        *(str(each) for kinds in (Verdict, ReaderState, State) for each in kinds),
        *(str(each.label) for kinds in (Source, WindowState) for each in kinds),
        *EVENTS.values(),
        *look.THEMES.values(), *look.FONTS.values(), *look.DENSITIES.values(),
        *look.CLOCKS.values(), *look.FIRST_DAYS.values(), *look.HISTORIES.values(),
        *(name.capitalize() for name in MEANINGS), *MEANINGS.values(),
        *(str(text) for model in apps.get_models() for _, text in model._meta.permissions),
        *(str(apps.get_app_config(name).verbose_name) for name in APPS),
        *tokens.SCOPES.values(),
    } - {"", *NAMES.values(), *tokens.SCOPES}  # fmt: skip


def djangos() -> frozenset[str]:
    """Return the texts that Django's own German catalogues have."""
    import django  # noqa: PLC0415  (beside the catalogues)

    root = Path(django.__file__).parent
    found: set[str] = set()
    for part in ("conf", "contrib/admin", "contrib/auth"):
        path = root / part / "locale/de/LC_MESSAGES/django.po"
        with path.open("rb") as file:
            for each in read_po(file, locale="de"):
                if each.string and not each.fuzzy and not each.context:
                    found.update(_several(each.id))
    return frozenset(found)


def read() -> Catalog:
    """Return the catalogue as it is stored; an empty one when there is none."""
    if not PO.exists():
        return Catalog(locale="de")
    with PO.open("rb") as file:
        return read_po(file, locale="de")


def pairs() -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield each stored text, with its plural where it has one, and its translations."""
    for each in read():
        if each.id:
            yield _several(each.id), _several(each.string)


def _several(text: Any) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, list | tuple) else (text or "",)


def compiled(catalogue: Catalog) -> bytes:
    """Return the catalogue as Django reads it; the same texts make the same bytes."""
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def update(found: dict[Text, set[str]]) -> list[str]:
    """Write the catalogue anew, and its compiled form; return the texts without a translation."""
    former = read()
    catalogue = Catalog(locale="de", project="statuspage", fuzzy=False)
    catalogue.header_comment = "# Texts of the admin: German."
    missing = []
    for one, many in sorted(found):
        known = former.get(one)
        string = (known.string if known and not known.fuzzy else None) or ""
        if bool(many) != isinstance(string, list | tuple):
            string = ("", "") if many else ""
        if not (all(string) if many else string):
            missing.append(one)
        catalogue.add((one, many) if many else one, string)
    FOLDER.mkdir(parents=True, exist_ok=True)
    out = BytesIO()
    write_po(out, catalogue, width=100, no_location=True)
    dated = ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Language-Team",
             "Report-Msgid-Bugs-To", "Generated-By", "Project-Id-Version")  # fmt: skip
    lines = [
        line for line in out.getvalue().decode().splitlines() if not line.startswith(
            tuple(f'"{each}' for each in dated))
    ]  # fmt: skip
    PO.write_text("\n".join(lines).rstrip() + "\n")
    MO.write_bytes(compiled(read()))
    return missing


def main() -> None:
    """Bring the catalogue up to date, and say what it lacks."""
    import os  # noqa: PLC0415

    import django  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")
    django.setup()
    found = texts()
    missing = update(found)
    sys.stdout.write(f"de: {len(found)} texts, {len(missing)} without a translation\n")
    for each in missing:
        sys.stdout.write(f"  {each!r}\n")


if __name__ == "__main__":
    main()

"""`manage.py catalogue export|plan|apply`: what is on the desk, as one document."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from components.optimistic_lock import ConflictError
from statuspage.catalogue import planning
from statuspage.catalogue.document import Document, read_document
from statuspage.catalogue.errors import DocumentError
from statuspage.catalogue.index import export_document
from statuspage.catalogue.planning import Change, Outcome
from statuspage.catalogue.secrets import References
from statuspage.catalogue.text import read_text, write_yaml

ACTOR = "manage.py catalogue"
WOULD_CHANGE = 2
_SIGNS = {"create": "+", "change": "~", "retire": "-"}


class Command(BaseCommand):
    help = (
        "Exports groups, components, monitors, alerting and pages as one YAML document, tells what"
        " such a document would change, or applies it: all of it, or nothing."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        out = acts.add_parser("export", help="secrets are left out; they read {keep: true}")
        out.add_argument("file", nargs="?", default="-", help="where to; - is standard output")
        plan = acts.add_parser(
            "plan", help="say what would change; exits 2 if anything would, 1 for a mistake"
        )
        apply = acts.add_parser("apply", help="change what differs, in one transaction")
        for each in (plan, apply):
            each.add_argument("file", help="YAML or JSON; - is standard input")
            each.add_argument(
                "--prune",
                action="store_true",
                help="retire what the sections of the file do not name",
            )
        apply.add_argument(
            "--unlock",
            action="store_true",
            help="let what the file describes be edited in the admin all the same",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        file = options["file"]
        try:
            if options["act"] == "export":
                self._export(file)
            else:
                self._change(
                    file,
                    act=options["act"],
                    prune=options["prune"],
                    unlock=options.get("unlock", False),
                )
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror or error}") from None
        except UnicodeDecodeError:
            raise CommandError(f"{file} is no text in UTF-8.") from None
        except ConflictError as error:
            raise CommandError(str(error)) from None
        except DocumentError as error:
            raise CommandError(f"Nothing was changed. In {file}:\n{error}") from None

    def _export(self, file: str) -> None:
        text = write_yaml(export_document())
        if file == "-":
            self.stdout.write(text, ending="")
        else:
            Path(file).write_text(text, encoding="utf-8")

    def _change(self, file: str, *, act: str, prune: bool, unlock: bool) -> None:
        document = _read(file)
        count = sum(map(len, document.values()))
        self.stderr.write(f"{count} objects read; comparing them with what is there.")
        references = References(
            allowed=True, folder=Path() if file == "-" else Path(file).resolve().parent
        )
        now = datetime.now(UTC)
        if act == "plan":
            outcome = planning.plan(document, references=references, prune=prune, at=now)
        else:
            outcome = planning.apply(
                document,
                references=references,
                prune=prune,
                actor=ACTOR,
                source=Path(file).name,
                unlock=unlock,
                at=now,
            )
        for line in _lines(outcome, would=act == "plan"):
            self.stdout.write(line)
        if act == "plan" and outcome.changes:
            sys.exit(WOULD_CHANGE)


def _read(file: str) -> Document:
    text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
    return read_document(read_text(text))


def _lines(outcome: Outcome, *, would: bool) -> Iterator[str]:
    for change in outcome.changes:
        yield f"{_SIGNS[change.action]} {change.path}"
        for name, old, new in change.fields:
            shown = f"{_shown(old)} → {_shown(new)}" if change.action == "change" else _shown(new)
            yield f"    {name}: {shown}"
    for path in outcome.left:
        yield f"  {path} stays: it is not in the file, and pages are deleted in the admin or by the"
        yield "    API, for their subscriptions end with them."
    if not outcome.changes:
        yield "Nothing to do."
        return
    said = ", ".join(
        f"{count} to {action}" if would else f"{count} {action}d"
        for action in _SIGNS
        if (count := sum(_is(each, action) for each in outcome.changes))
    )
    yield f"{said}."
    for path, told in outcome.told.items():
        yield from (f"{path}: {name}: {text}   (shown once)" for name, text in told.items())


def _is(change: Change, action: str) -> bool:
    return change.action == action


def _shown(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return f"“{value}”" if isinstance(value, str) else str(value)

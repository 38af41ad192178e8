"""`manage.py report`: verifies a monthly report, lists those that are frozen, and has their key.

`report verify FILE [--signature FILE.sig] [--key key.pem]`, `report list`, `report key [--new]`.
"""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from components.secrets import SecretError
from statuspage.report_models import FrozenReport, ReportKey
from statuspage.reports.signing import (
    KeyFileError,
    fingerprint,
    is_signed,
    key_in_use,
    replace_key,
    signature_bytes,
)

_SIGNATURE_BYTES = 64


class Command(BaseCommand):
    help = "Verifies a monthly report, lists what is frozen, or shows and replaces the key."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        verify = actions.add_parser(
            "verify", help="say whether a report (the JSON) is as it was signed; exits 1 if not"
        )
        verify.add_argument("file", type=Path, metavar="FILE")
        verify.add_argument(
            "--signature", type=Path, metavar="FILE",
            help="the signature, as /status/reports/YYYY-MM.sig gives it; without it FILE with the"
            " ending .sig, else what this installation has",
        )  # fmt: skip
        verify.add_argument(
            "--key", type=Path, metavar="PEM",
            help="the public key, as /status/reports/key.pem gives it; without it, this"
            " installation's",
        )  # fmt: skip
        actions.add_parser("list", help="the months that are frozen, with all revisions")
        key = actions.add_parser("key", help="the public key that verifies reports, as PEM")
        key.add_argument(
            "--new", action="store_true",
            help="make another key first, which signs from now on; what was signed stays valid",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "verify":
            self._verify(options["file"], options["signature"], options["key"])
        elif options["action"] == "key":
            self._key(new=options["new"])
        else:
            for row in FrozenReport.objects.order_by("page", "month", "revision"):
                self.stdout.write(
                    f"{row.page}\t{row.month:%Y-%m}\trevision {row.revision}\t"
                    f"{row.frozen_at:%Y-%m-%d %H:%M} UTC\t{row.sha256}"
                )

    def _key(self, *, new: bool) -> None:
        try:
            key = replace_key(now=datetime.now(UTC)) if new else key_in_use()
        except SecretError as error:
            raise CommandError(str(error)) from None
        if key is None:
            raise CommandError(
                "There is no key yet: it is made when the first month is frozen. `report key --new`"
                " makes it now."
            )
        self.stdout.write(key.public, ending="")

    def _verify(self, file: Path, signature: Path | None, key: Path | None) -> None:
        document = _read(file)
        report = _report(file, document)
        digest = hashlib.sha256(document).hexdigest()
        row = None if key is not None else FrozenReport.objects.filter(sha256=digest).first()
        signed = self._signature(file, signature, row)
        try:
            public = _read(key).decode("ascii", "replace") if key else _known_key(file, report)
            name, holds = fingerprint(public), is_signed(document, signed, public=public)
        except KeyFileError as error:
            raise CommandError(f"{key or file}: {error}") from None
        if not holds:
            raise CommandError(
                f"{file} is NOT what was signed with the key {name}: it was changed, or the"
                " signature is of another file."
            )
        self.stdout.write(
            f"{file} is genuine: page {report['page']['slug']}, {report['month']}, revision"
            f" {report['revision']}, frozen at {report['frozen_at']}, signed with the key {name}."
        )
        if row is not None:
            self._tell_of_newer(row)

    def _tell_of_newer(self, row: FrozenReport) -> None:
        newer = FrozenReport.objects.filter(
            page=row.page, identity=row.identity, month=row.month, revision__gt=row.revision
        )
        if last := newer.order_by("-revision").first():
            self.stdout.write(
                f"It was replaced by revision {last.revision} at {last.frozen_at:%Y-%m-%d %H:%M}"
                " UTC."
            )

    def _signature(self, file: Path, given: Path | None, row: FrozenReport | None) -> bytes:
        beside = file.with_suffix(".sig")
        if given is not None or beside.exists():
            found = _read(given or beside)
            if len(found) != _SIGNATURE_BYTES:
                raise CommandError(
                    f"{given or beside} is no signature: one has {_SIGNATURE_BYTES} bytes."
                )
            return found
        if row is not None:
            return signature_bytes(row.signature)
        raise CommandError(
            f"There is no signature: put it beside the file as {beside.name}, or name it with"
            " --signature. Without one only what this installation has frozen can be verified, and"
            f" it has nothing with the bytes of {file}."
        )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror or error}") from None


def _report(file: Path, document: bytes) -> dict[str, Any]:
    """Return the report in a file, as far as the answer names it. Raises CommandError."""
    try:
        found = json.loads(document)
        named = {
            **{name: found[name] for name in ("month", "revision", "frozen_at", "key")},
            "page": {"slug": found["page"]["slug"]},
        }
    except (ValueError, KeyError, TypeError):
        raise CommandError(
            f"{file} is no frozen report: it has to be the JSON, as /status/reports/YYYY-MM.json"
            " gives it once the month is over."
        ) from None
    return named


def _known_key(file: Path, report: dict[str, Any]) -> str:
    key = ReportKey.objects.filter(fingerprint=str(report["key"])).first()
    if key is None:
        raise CommandError(
            f"{file} names the key {report['key']}, which is none of this installation's: name the"
            " public key with --key."
        )
    return key.public

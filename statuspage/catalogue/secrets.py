"""Secrets of a document: written out, by reference, or kept.

`{env: NAME}` and `{file: PATH}` are read by whoever runs `manage.py catalogue`, with their own
rights. They are refused from the API: a caller could have the server's environment or a file of
its machine sent to a host of theirs. What is exported of a secret is `{keep: true}`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from django.core.exceptions import ValidationError
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from components.secrets import SEALED, SecretError, is_sealed, unseal
from components.values.foreign_json import is_storable
from monitors.config.secrets import MASKED, destination_of, keep_secrets
from monitors.probers import registry

KEEP: Mapping[str, Any] = {"keep": True}
MAX_SECRET = 65_536
_FORMS = "Write the secret itself, or {keep: true} to keep the one that is set."
_NOT_HERE = (
    "References are for `manage.py catalogue`, run on the server: a caller of the API could read"
    f" the server's environment and files with them. {_FORMS}"
)


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class FromEnvironment(_Form):
    """The value of an environment variable."""

    env: str = Field(min_length=1)


class FromFile(_Form):
    """The text of a file, without the line break at its end."""

    file: str = Field(min_length=1)


class Kept(_Form):
    """The secret that is set already."""

    keep: bool


SecretValue = str | FromEnvironment | FromFile | Kept
"""A secret as a document has it."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A secret that is stored, known by its token: another token is another secret."""

    token: str


@dataclass(frozen=True, slots=True)
class References:
    """What references may read."""

    allowed: bool = False
    folder: Path = field(default_factory=Path)
    """Where the paths of files begin: beside the document."""
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def open(self, written: Any) -> str | None:
        """Return the text of a secret; None for one to be kept. Raises ValueError."""
        if isinstance(written, str):
            return written
        if isinstance(written, BaseModel):
            written = written.model_dump()
        if written in (KEEP, MASKED):
            return None
        name, where = next(iter(written.items())) if len(written) == 1 else ("", "")
        if name not in ("env", "file") or not isinstance(where, str):
            raise ValueError(f"Write {{env: NAME}}, {{file: PATH}}, or: {_FORMS}")
        if not self.allowed:
            raise ValueError(_NOT_HERE)
        text = self._variable(where) if name == "env" else self._file(where)
        if not text or not is_storable(text):
            raise ValueError(f"{where} is empty, or no text.")
        return text

    def _variable(self, name: str) -> str:
        if name not in self.environment:
            raise ValueError(f"The environment has no variable {name}.")
        return self.environment[name]

    def _file(self, name: str) -> str:
        try:
            with (self.folder / name).open("rb") as file:
                found = file.read(MAX_SECRET + 1)
            text = found.decode()
        except OSError as error:
            raise ValueError(f"{name} cannot be read: {error.strerror}.") from None
        except ValueError:
            raise ValueError(f"{name} is no text in UTF-8.") from None
        if len(found) > MAX_SECRET:
            raise ValueError(f"{name} has more than {MAX_SECRET} bytes.")
        return text.removesuffix("\n").removesuffix("\r")


def shown_settings(stored: Any) -> Any:
    """Return a monitor's stored settings with a `Stored` for each secret."""
    if is_sealed(stored):
        return Stored(stored[SEALED])
    if isinstance(stored, dict):
        return {name: shown_settings(value) for name, value in stored.items()}
    return stored


def exported(value: Any) -> Any:
    """Return a value as it is written into a document: secrets as `{keep: true}`."""
    if isinstance(value, Stored):
        return dict(KEEP)
    if isinstance(value, dict):
        return {name: exported(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [exported(inner) for inner in value]
    return value


def settings_of(
    kind: str,
    written: Mapping[str, Any],
    *,
    stored_kind: str,
    stored: dict[str, Any],
    references: References,
) -> dict[str, Any]:
    """Return a monitor's settings of a document as a monitor takes them.

    A secret that is the stored one already, for the same destination, keeps its token. Raises
    ValidationError naming the setting.
    """
    ready: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, value in written.items():
        try:
            ready[name] = _opened(kind, name, value, references)
        except ValueError as error:
            problems[f"config.{name}"] = str(error)
    if problems:
        raise ValidationError(problems)
    merged = keep_secrets(kind, ready, stored_kind=stored_kind, stored=stored)
    if kind != stored_kind:
        return merged
    try:
        place = destination_of(kind, merged)
        is_same = place == destination_of(kind, stored)
    except LookupError:
        return merged
    return _reused(merged, stored, place) if is_same else merged


def _opened(kind: str, name: str, value: Any, references: References) -> Any:
    """Return one setting with its references open; what is no secret stays as it is written."""
    shape = _secret_shape(kind, name)
    if shape == "one" and isinstance(value, dict):
        return _secret(value, references)
    if shape == "each" and isinstance(value, dict):
        return {
            key: _secret(inner, references) if isinstance(inner, dict) else inner
            for key, inner in value.items()
        }
    return value


def _secret(written: dict[str, Any], references: References) -> Any:
    text = references.open(written)
    return dict(MASKED) if text is None else SecretStr(text)


def _secret_shape(kind: str, name: str) -> str:
    """Return whether a setting is `one` secret, has one in `each` of its members, or ''."""
    try:
        field = registry.prober(kind).config_type.model_fields.get(name)
    except LookupError:
        return ""
    annotation = field.annotation if field else None
    if annotation is SecretStr or SecretStr in get_args(annotation):
        return "one"
    return "each" if any(SecretStr in get_args(each) for each in get_args(annotation)) else ""


def _reused(written: Any, stored: Any, destination: str) -> Any:
    """Return settings with the stored token of each secret that is the same."""
    if is_sealed(stored) and isinstance(written, str | SecretStr):
        text = written.get_secret_value() if isinstance(written, SecretStr) else written
        try:
            is_same = unseal(stored[SEALED], destination=destination) == text
        except SecretError:
            is_same = False
        return stored if is_same else written
    if isinstance(written, dict) and isinstance(stored, dict):
        return {
            name: _reused(value, stored.get(name), destination) for name, value in written.items()
        }
    return written

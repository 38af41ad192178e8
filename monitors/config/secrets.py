"""Secrets within a monitor's settings: sealed as stored, "set" as shown, open only for a check.

As stored, a secret is `{"$sealed": TOKEN}`; as shown, `{"set": true}`, which on its way back means
"keep it"; as written, plain text. A kind's settings that are secrets are pydantic `SecretStr`s.

Each is sealed for its destination: the kind, and those of its settings that say where a check goes.
When these change, what was "set" is set no more, and is asked for again.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, SecretStr

from components.secrets import SEALED, SecretError, is_bound, is_sealed, seal, unseal
from monitors.probers import registry

MASKED = {"set": True}
_Path = tuple[str, ...]


def destination_of(kind: str, settings: Mapping[str, Any]) -> str:
    """Return where the secrets among a kind's settings go. Raises LookupError for no kind."""
    return f"{kind} {registry.prober(kind).config_type.destination(settings)}"


def unseal_config(stored: Any, *, destination: str = "") -> Any:
    """Return settings with their secrets open, as the kind checks them. Raises SecretError."""
    if is_sealed(stored):
        return SecretStr(unseal(stored[SEALED], destination=destination))
    if isinstance(stored, dict):
        return {
            name: unseal_config(value, destination=destination) for name, value in stored.items()
        }
    return stored


def unbound_secrets(stored: Any, *, path: str = "") -> list[str]:
    """Return which of stored settings are secrets that were sealed before these had destinations.

    Each by its names, such as `headers.Authorization`. One that no key opens is none of them.
    """
    if is_sealed(stored):
        try:
            return [] if is_bound(stored[SEALED]) else [path]
        except SecretError:
            return []
    if not isinstance(stored, dict):
        return []
    return [
        each
        for name, value in stored.items()
        for each in unbound_secrets(value, path=f"{path}.{name}" if path else str(name))
    ]


def mask_config(stored: Any) -> Any:
    """Return settings with their secrets masked."""
    if is_sealed(stored):
        return dict(MASKED)
    if isinstance(stored, dict):
        return {name: mask_config(value) for name, value in stored.items()}
    return stored


def keep_secrets(
    kind: str, written: dict[str, Any], *, stored_kind: str, stored: dict[str, Any]
) -> dict[str, Any]:
    """Return settings as they were sent in, with the secrets to be kept taken from those stored.

    None is kept when somebody else would get them from now on: each stays "set" without being
    there, for `parse_config` to refuse.
    """
    try:
        settings_type = registry.prober(kind).config_type
        is_same = kind == stored_kind and (
            settings_type.recipient(written) == settings_type.recipient(stored)
        )
    except LookupError:
        is_same = False  # refused as no kind
    merged: dict[str, Any] = merge_secrets(written, stored if is_same else {})
    return merged


def merge_secrets(written: Any, stored: Any) -> Any:
    """Return settings as they were sent in, with secrets to be kept taken from those stored.

    What is "set" without being there stays as it is, for the kind to refuse. A sealed secret is
    not taken from outside: it might be another monitor's.
    """
    if written == MASKED and is_sealed(stored):
        return stored
    if is_sealed(written):
        return dict(MASKED)
    if isinstance(written, dict):
        known = stored if isinstance(stored, dict) else {}
        return {name: merge_secrets(value, known.get(name)) for name, value in written.items()}
    return written


def seal_config(kind: str, config: BaseModel, written: dict[str, Any]) -> dict[str, Any]:
    """Return checked settings as they are stored: defaults left out, secrets sealed.

    A secret that came sealed in `written` keeps its token, so that settings which are saved as
    they were have not changed.
    """
    stored: dict[str, Any] = config.model_dump(mode="json", exclude_defaults=True)
    destination = destination_of(kind, stored)
    for path, secret in _secrets(config):
        *outer, last = path
        place, before = stored, written
        for name in outer:
            place, before = place.get(name, {}), before.get(name, {})
        if last not in place:
            continue
        former = before.get(last)
        place[last] = (
            former
            if is_sealed(former)
            else {SEALED: seal(secret.get_secret_value(), destination=destination)}
        )
    return stored


def _secrets(config: BaseModel) -> Iterator[tuple[_Path, SecretStr]]:
    for name in type(config).model_fields:
        value = getattr(config, name)
        if isinstance(value, SecretStr):
            yield (name,), value
        elif isinstance(value, dict):
            for key, inner in value.items():
                if isinstance(inner, SecretStr):
                    yield (name, key), inner

"""The parsing of a monitor's settings by its kind."""

from typing import Any

from django.core.exceptions import ValidationError
from pydantic import ValidationError as ShapeError

from components.secrets import SecretError
from components.values.shape_errors import shape_sentence
from monitors.config.secrets import MASKED, destination_of, unseal_config
from monitors.probers import registry
from monitors.probing.base import Config


def parse_config(kind: str, config: dict[str, Any]) -> Config:
    """Return the kind's settings, checked, with their secrets open.

    Raises ValidationError naming each field and what to write; UnreadableError when it is only
    that secrets cannot be opened.
    """
    try:
        prober = registry.prober(kind)
    except LookupError as error:
        raise ValidationError({"kind": str(error)}) from None
    try:
        return prober.config_type.model_validate(_unseal(kind, config))
    except ShapeError as error:
        problems: dict[str, list[str]] = {}
        for problem in error.errors(include_url=False, include_input=False):
            field = str(problem["loc"][0]) if problem["loc"] else "config"
            # What else is known inside a setting its own description tells.
            known = prober.config_type.model_fields if len(problem["loc"]) == 1 else ()
            problems.setdefault(field, []).append(shape_sentence(problem, known=known))
        raise ConfigError(problems) from None


_NOT_KEPT = (
    "Enter the secret again: one is kept only where there is one, and only while it goes where it"
    " was entered for. Another host, scheme or port, and other rules for certificates, are another"
    " destination."
)


def _unseal(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    ready: dict[str, Any] = {}
    problems: dict[str, list[str]] = {}
    if lost := [name for name, value in config.items() if _is_lost(value)]:
        raise ConfigError({name: [_NOT_KEPT] for name in lost})
    destination = destination_of(kind, config)
    for name, value in config.items():
        try:
            ready[name] = unseal_config(value, destination=destination)
        except SecretError as error:
            problems[name] = [f"This secret cannot be read: {error}."]
    if problems:
        raise UnreadableError(problems)
    return ready


def _is_lost(value: Any) -> bool:
    """Return whether a secret is to be kept that is not there."""
    if value == MASKED:
        return True
    return isinstance(value, dict) and MASKED in value.values()


class ConfigError(ValidationError):
    """A kind's settings are wrong; `by_field` maps each field of the kind to its messages."""

    def __init__(self, by_field: dict[str, list[str]]) -> None:
        self.by_field = by_field
        messages = [f"{field}: {text}" for field, texts in by_field.items() for text in texts]
        super().__init__({"config": messages})


class UnreadableError(ConfigError):
    """Secrets among a kind's settings cannot be opened: they have to be entered again."""

"""The form of a monitor: its own fields, and those of its kind, made from the kind's settings."""

from typing import Annotated, Any, Literal, get_args, get_origin

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from components.backoffice.translated_names import translated
from components.secrets import is_sealed
from monitors.admin.durations import DurationSelect
from monitors.admin.kinds import INTERVALS
from monitors.admin.secret_fields import DOTS, SecretField
from monitors.config.parsing import ConfigError, parse_config
from monitors.config.secrets import MASKED, keep_secrets, mask_config
from monitors.models import Monitor
from monitors.probers import registry

PREFIX = "config_"
_LONG_TEXT = ("body", "certificate", "key", "authorities")
"""Settings of several lines, by the last word of their names."""
_SPELLED = {
    "url": "URL", "tls": "TLS", "ad": "AD flag", "ms": "(ms)", "ip": "IP", "http": "HTTP",
    "username": "user name",
}  # fmt: skip


class LinesField(forms.CharField):
    """Names and values, one `Name: value` a line; dots stand for a value that is a secret."""

    widget = forms.Textarea(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            lines = {name: DOTS if text == MASKED else text for name, text in value.items()}
            return "\n".join(f"{name}: {text}" for name, text in lines.items())
        return value

    def clean(self, value: Any) -> Any:
        lines = [line for line in super().clean(value).splitlines() if line.strip()]
        pairs = [line.partition(":") for line in lines]
        wrong = [name for name, colon, _ in pairs if not colon]
        if wrong:
            raise ValidationError(
                gettext("Enter one “Name: value” per line; “{wrong}” has no colon.").format(
                    wrong=wrong[0]
                )
            )
        values = {name.strip(): text.strip() for name, _, text in pairs}
        return {name: dict(MASKED) if text == DOTS else text for name, text in values.items()}


class EntriesField(forms.CharField):
    """Several values, one a line."""

    widget = forms.Textarea(attrs={"rows": 5})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> Any:
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


_OF_NUMBERS: dict[Any, type[forms.Field]] = {int: forms.IntegerField, float: forms.FloatField}
_OF_SEVERAL: dict[Any, type[forms.CharField]] = {dict: LinesField, list: EntriesField}


def _label(name: str) -> str:
    words = [_SPELLED.get(word, word) for word in name.split("_")]
    label = " ".join(words)
    return label[:1].upper() + label[1:]


def _bare(annotation: Any) -> Any:
    """Return a type without its limits, which the kind itself checks."""
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _form_field(name: str, info: FieldInfo) -> forms.Field:
    """Return the form field of one of a kind's settings; what is missing is its default."""
    options: dict[str, Any] = {
        "label": translated(_label(name)),
        "help_text": translated(info.description or ""),
        "required": info.is_required(),
    }
    kinds = [_bare(each) for each in get_args(info.annotation) or (info.annotation,)]
    lines = name.rpartition("_")[2] in _LONG_TEXT
    if SecretStr in kinds:
        return SecretField(lines=lines, **{**options, "required": False})
    if get_origin(info.annotation) is Literal:
        return forms.ChoiceField(choices=[(str(kind), str(kind)) for kind in kinds], **options)
    if bool in kinds:
        return forms.BooleanField(**{**options, "required": False})
    if get_origin(info.annotation) in _OF_SEVERAL:
        return _OF_SEVERAL[get_origin(info.annotation)](**options)
    number = next((_OF_NUMBERS[each] for each in kinds if each in _OF_NUMBERS), None)
    if number is not None:
        return number(**options)
    widget = forms.Textarea(attrs={"rows": 3}) if lines else forms.TextInput()
    widget.attrs.setdefault("class", "vTextField")
    return forms.CharField(widget=widget, strip=not lines, **options)


def config_fields(kind: str) -> dict[str, forms.Field]:
    model = registry.prober(kind).config_type
    return {PREFIX + name: _form_field(name, info) for name, info in model.model_fields.items()}


class MonitorForm(forms.ModelForm[Monitor]):
    """The form of a monitor, subclassed per kind by `form_for`; errors stand at their fields."""

    class Meta:
        model = Monitor
        fields = (
            "name", "component", "enabled", "interval", "timeout", "retry_interval",
            "confirm_down", "confirm_up", "regions",
        )  # fmt: skip
        widgets = {"interval": DurationSelect(INTERVALS)}
        help_texts = {"interval": ""}

    kind_name = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stored, self._stored_kind = self.instance.config, self.instance.kind
        known = {**_defaults(self.kind_name), **mask_config(self._stored)}
        for name, value in known.items():
            self.initial.setdefault(PREFIX + name, value)

    def _config(self) -> dict[str, Any]:
        """Return the kind's settings as they were filled in; what was left empty is left out."""
        filled = {
            name.removeprefix(PREFIX): value
            for name, value in self.cleaned_data.items()
            if name.startswith(PREFIX) and value not in (None, "", {}, [])
        }
        kept = keep_secrets(
            self.kind_name, filled, stored_kind=self._stored_kind, stored=self._stored
        )
        # A secret that is to stay where there is none was simply left empty.
        return {
            name: value
            for name, value in kept.items()
            if value != MASKED or is_sealed(self._stored.get(name))
        }

    def clean(self) -> dict[str, Any]:
        """Have the kind check its own settings, each error at its own field."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        self.instance.kind, self.instance.config = self.kind_name, self._config()
        try:
            parse_config(self.kind_name, self.instance.config)
        except ConfigError as error:
            for field, texts in error.by_field.items():
                place = PREFIX + field
                if place not in self.errors:
                    self.add_error(place if place in self.fields else None, texts)
        return values

    def _update_errors(self, errors: ValidationError) -> None:
        """Take the model's errors over, but for those that stand at the kind's fields already."""
        if hasattr(errors, "error_dict"):
            errors.error_dict.pop("config", None)
            errors.error_dict.pop("kind", None)
        super()._update_errors(errors)  # type: ignore[misc]  # not in the stubs


def _defaults(kind: str) -> dict[str, Any]:
    model = registry.prober(kind).config_type
    return {
        name: info.get_default(call_default_factory=True)
        for name, info in model.model_fields.items()
        if not info.is_required()
    }


def form_for(kind: str) -> type[MonitorForm]:
    """Return the form of one kind of monitor."""
    return type(f"{kind}Form", (MonitorForm,), {**config_fields(kind), "kind_name": kind})


def show_settings(monitor: Monitor, kind: str) -> None:
    """Put a monitor's settings where a form that is only read looks for them, masked."""
    stored = mask_config(monitor.config)
    for name, info in registry.prober(kind).config_type.model_fields.items():
        value = stored.get(name, info.get_default(call_default_factory=True))
        setattr(monitor, PREFIX + name, _text_of(value))


def _text_of(value: Any) -> str:
    """Return a setting as text for people."""
    if value == MASKED:
        return DOTS
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_text_of(inner)}" for name, inner in value.items()) or "—"
    if isinstance(value, list | tuple):
        return ", ".join(map(_text_of, value)) or "—"
    return "—" if value in (None, "") else str(value)

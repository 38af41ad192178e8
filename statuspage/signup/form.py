"""The sign-up form, as JSON or form data, validated strictly."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import SuspiciousOperation, ValidationError
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParserError

from components.languages.names import ENGLISH_TAG, NAMES
from components.languages.words import ENGLISH, Words, msg
from components.models import Component
from components.values import foreign_json
from components.values.field_names import unknown_field
from components.values.severity import Severity
from incidents.models import Incident
from statuspage.pages.face import MAIN, MAIN_FACE, Face
from subscribers.addresses import normalise
from subscribers.channels.base import EMAIL, Channel
from subscribers.channels.registry import channels
from subscribers.enums import CHOOSABLE

MAX_BYTES = 16_384
HONEYPOT = "website"
"""A field that people do not see; what fills it in is no person."""
_FIELDS = frozenset(
    {"email", "endpoint", "channel", "components", "incident", "kinds", "min_severity", "format",
     "language", HONEYPOT}
)  # fmt: skip
_ONE_OF = msg("Choose one of {names}.")


class FormError(Exception):
    """A form that cannot be read; `errors` names each field and what to write instead.

    Nothing in it depends on whose address was given.
    """

    def __init__(self, **errors: str) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in errors.items()))
        self.errors = errors


class UnavailableError(Exception):
    """The channel cannot send anything at present; the message says why."""


@dataclass(frozen=True, slots=True)
class Form:
    """A valid form: its values for the service, and whether a machine filled it in."""

    values: dict[str, Any]
    by_machine: bool


def read(
    request: HttpRequest,
    face: Face = MAIN_FACE,
    *,
    words: Words = ENGLISH,
    language: str = ENGLISH_TAG,
) -> Form:
    """Return the form of a request on a page. Raises FormError, UnavailableError.

    How an address is written is all that is looked at: who has it makes no difference. `words` are
    those of its errors; `language` is that of messages, where the form itself says none.
    """
    data = _data_of(request, words)
    if unknown := sorted(set(data) - _FIELDS):
        raise FormError(
            **{name[:40]: unknown_field(name, _FIELDS - {HONEYPOT}) for name in unknown[:10]}
        )
    channel = channels()[_choice(data, "channel", list(channels()), EMAIL, words)]
    if channel.staff_only:
        raise FormError(channel=words("This channel is not available here."))
    field = "endpoint" if channel.is_endpoint else "email"
    address = data.get(field)
    if not isinstance(address, str) or not address.strip():
        raise FormError(**{field: words("Enter an address.")})
    if why := channel.unavailable():
        raise UnavailableError(words(why))
    try:
        address = normalise(channel.name, address[:2100])
    except ValidationError as error:
        raise FormError(**{field: " ".join(map(words.text, error.messages))}) from None
    values = {
        "channel": channel.name,
        "address": address,
        "page": page_of(face),
        "incident_id": _incident(data.get("incident"), face, words),
        "format": _format(data, channel, words),
        "language": language,
        **read_preferences(data, face, words),
    }
    return Form(values, by_machine=bool(data.get(HONEYPOT)))


def _format(data: Mapping[str, Any], channel: Channel, words: Words) -> str:
    """Return the format, of webhooks only: chat services have shapes of their own."""
    if not channel.formats:
        return ""
    return _choice(data, "format", list(channel.formats), channel.formats[0], words)


def page_of(face: Face) -> str:
    """Return how subscribers name a page: '' for the main one."""
    return "" if face.slug == MAIN else face.slug


def read_preferences(
    data: Mapping[str, Any], face: Face = MAIN_FACE, words: Words = ENGLISH
) -> dict[str, Any]:
    """Return the preferences in a form's data, of what the page shows. Raises FormError."""
    chosen = _list(data, "kinds", words)
    known = [kind.value for kind in CHOOSABLE]
    if any(kind not in known for kind in chosen):
        raise FormError(kinds=words("Choose from {names}.", names=words.comma.join(known)))
    severities = [each.value for each in Severity]
    return {
        "components": _components(_list(data, "components", words), face, words),
        "kinds": [kind for kind in known if kind in chosen],
        "min_severity": _choice(data, "min_severity", severities, "none", words),
        **_language(data, words),
    }


def _language(data: Mapping[str, Any], words: Words) -> dict[str, str]:
    """Return the language that a form names, if it does."""
    if not data.get("language"):
        return {}
    return {"language": _choice(data, "language", list(NAMES), ENGLISH_TAG, words)}


def _data_of(request: HttpRequest, words: Words) -> Mapping[str, Any]:
    if request.content_type == "application/json":
        try:
            data = foreign_json.load(request.body)
        except foreign_json.ForeignJsonError as error:
            raise FormError(body=str(error)) from None
        if not isinstance(data, dict):
            raise FormError(body="Send a JSON object.")
        return data
    # A list where a form has several of one name, text elsewhere.
    return {
        name: values if name in ("components", "kinds") else values[-1]
        for name, values in posted(request, words).lists()
    }


def posted(request: HttpRequest, words: Words = ENGLISH) -> QueryDict:
    """Return the fields of a form as it was posted. Raises FormError."""
    try:
        fields = request.POST
    except (SuspiciousOperation, MultiPartParserError, UnicodeError):
        raise FormError(body=words("The form could not be read.")) from None
    for name, values in fields.lists():
        if not all(map(foreign_json.is_storable, (name, *values))):
            text = words("Remove the control characters.")
            raise FormError(**{name[:40].replace("\0", " "): text})
    return fields


def _choice(
    data: Mapping[str, Any], name: str, known: list[str], default: str, words: Words
) -> str:
    value = data.get(name) or default
    if not isinstance(value, str) or value not in known:
        raise FormError(**{name: words(_ONE_OF, names=words.comma.join(known))})
    return value


def _list(data: Mapping[str, Any], name: str, words: Words) -> list[Any]:
    given = data.get(name) or []
    if not isinstance(given, list) or len(given) > 1000:
        raise FormError(**{name: words("Send a list.")})
    return [each for each in given if each != ""]


def _components(given: list[Any], face: Face, words: Words) -> list[int]:
    """Return ids of components that the page shows; another is answered like a missing one."""
    nameable = Component.objects.nameable().values_list("pk", flat=True)
    public = {str(pk): pk for pk in nameable if face.selects((pk,))}
    try:
        return sorted({public[str(each)] for each in given})
    except KeyError:
        raise FormError(components=words("Unknown component.")) from None


def _incident(given: Any, face: Face, words: Words) -> int:
    if not given:
        return 0
    if (incident := open_incident_on(str(given), face)) is not None:
        return incident.pk
    raise FormError(incident=words("There is no open incident with this number."))


def open_incident_on(number: str, face: Face) -> Incident | None:
    """Return the open incident of a number; None for what a page does not show."""
    if not (number.isascii() and number.isdigit()):
        return None
    found = Incident.objects.filter(pk=int(number[:18]), published=True, resolved_at=None).first()
    if found is None or face.component_ids is None:
        return found
    touched = tuple(found.impacts.values_list("component_id", flat=True))
    return found if face.selects(touched) else None

"""Turns what `operations` say of each address into OpenAPI, by way of drf-spectacular."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import (
    OpenApiSerializerExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiRequest, OpenApiResponse

from components.status import Status
from components.values.problem_details import PROBLEM_TYPE, problem_details
from incidents.workflow import IncidentState
from statuspage.api.fields import EnumField, InstantField
from statuspage.api.idempotency import HEADER
from statuspage.api.serializers import enums
from statuspage.api.serializers.maintenance import STATES, read_filter, read_impact
from statuspage.openapi import answers
from statuspage.openapi.examples import example_of
from statuspage.openapi.operation import JSON, Operation, Text, refusals
from statuspage.openapi.operations import OPERATIONS
from statuspage.openapi.problem import ProblemJson

_WORDS: dict[Any, Iterable[str]] = {
    enums.read_status: enums.STATUS_WORDS,
    enums.read_severity: enums.SEVERITY_WORDS,
    enums.read_state: [state.value for state in IncidentState],
    read_filter: STATES,
    read_impact: ["none", "minimal", "partial", "major"],
}
_PLACES: dict[str, tuple[Any, Any]] = {
    "id": ({"type": "integer", "minimum": 1, "maximum": 2**63 - 1}, 1),
    "reference": (OpenApiTypes.STR, "INC-2026-001"),
    "status": ({"type": "string", "enum": [status.value for status in Status]}, "operational"),
    "slug": (OpenApiTypes.STR, "api"),
    "month": ({"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}, "2026-11"),
    "key": (OpenApiTypes.UUID, "6b5d9c1e-0000-4000-8000-2f1c4a7d9e3b"),
}
SECURITY = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token, made in the admin or by `manage.py token`. The scope that an"
        " operation needs stands beside it.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "statuspage_session",
        "description": "The session of staff, logged in to the admin.",
    },
}


class Schema(AutoSchema):
    """The schema of every view: it says what the table of operations says, and no more."""

    @property
    def operation(self) -> Operation:
        return OPERATIONS[f"{self.method} {self.path}"]

    def get_operation_id(self) -> str:
        return self.operation.id

    def get_summary(self) -> str:
        return self.operation.summary

    def get_description(self) -> str:
        scope = f"Needs the scope `{self.operation.scope}`." if self.operation.scope else ""
        return " ".join(part for part in (self.operation.description, scope) if part)

    def get_tags(self) -> list[str]:
        return [self.operation.tag]

    def get_auth(self) -> list[dict[str, list[str]]]:
        if not self.operation.scope:
            return []
        asked: list[dict[str, list[str]]] = [{"bearer": [self.operation.scope]}]
        return [*asked, {"session": []}] if self.operation.session else asked

    def get_override_parameters(self) -> list[Any]:
        operation = self.operation
        told: list[Any] = [
            OpenApiParameter(
                name, kind, OpenApiParameter.PATH, examples=[OpenApiExample(name, example)]
            )
            for name, (kind, example) in _PLACES.items()
            if f"{{{name}}}" in self.path
        ]
        if operation.query is not None:
            told.append(operation.query)
        if self._idempotent:
            said = "Sent twice under the same key, it is done once."
            told.append(_header(HEADER, said, pattern="^[!-~]{1,255}$"))
        if operation.versioned and self.method in ("PUT", "PATCH", "DELETE", "POST"):
            told.append(_header("If-Match", "The `ETag` that was read: 412 if it is stale."))
        if operation.versioned:
            said = "Of this version; for `If-Match`."
            done = [code for code in operation.told if code != 204]
            told.append(
                OpenApiParameter("ETag", str, OpenApiParameter.HEADER, description=said,
                                 response=done)
            )  # fmt: skip
        return told

    @property
    def _idempotent(self) -> bool:
        return hasattr(getattr(self.view, self.method.lower()), "idempotent")

    def get_serializer_name(self, serializer: Any, direction: str) -> str:
        name = type(serializer).__name__
        # Serializers are bodies of requests; what answers are made of has the plain names.
        return f"{name.removesuffix('Serializer')}Body" if name.endswith("Serializer") else name

    def get_request_serializer(self) -> Any:
        operation = self.operation
        if operation.body is None:
            return None
        if isinstance(operation.body, Text):
            sent = OpenApiExample("request", operation.body.example, request_only=True,
                                  media_type=operation.body.media)  # fmt: skip
            return {operation.body.media: OpenApiRequest(OpenApiTypes.BINARY, examples=[sent])}
        said = operation.said
        example = OpenApiExample("request", said, request_only=True)
        return {JSON: OpenApiRequest(operation.body, examples=[example])}

    def get_response_serializers(self) -> dict[Any, Any]:
        operation = self.operation
        told: dict[Any, Any] = {}
        for status, several in operation.told.items():
            for answer in several if isinstance(several, tuple) else (several,):
                media, response = self._answer(answer, status)
                told[status, media] = response
        refused = refusals(
            operation, method=self.method, path=self.path, idempotent=self._idempotent
        )
        told |= {(status, PROBLEM_TYPE): self._problem(status) for status in refused}
        return told

    def _answer(self, answer: Any, status: int) -> tuple[str, OpenApiResponse]:
        phrase = HTTPStatus(status).phrase
        if answer is None:
            return JSON, OpenApiResponse(None, phrase)
        if isinstance(answer, Text):
            example = OpenApiExample("answer", answer.example, media_type=answer.media,
                                     status_codes=[str(status)])  # fmt: skip
            kind = OpenApiTypes.BINARY if answer.media == "image/png" else OpenApiTypes.STR
            return answer.media, OpenApiResponse(kind, phrase, [example])
        schema, components = self._described(answer)
        value = self.operation.example or example_of(schema, components)
        example = OpenApiExample("answer", value, response_only=True, status_codes=[str(status)])
        return JSON, OpenApiResponse(schema, phrase, [example])

    def _problem(self, status: int) -> OpenApiResponse:
        phrase = HTTPStatus(status).phrase
        value = problem_details(status, phrase)
        example = OpenApiExample(
            "problem",
            value,
            media_type=PROBLEM_TYPE,
            response_only=True,
            status_codes=[str(status)],
        )
        return OpenApiResponse(self._described(ProblemJson)[0], phrase, [example])

    def _described(self, answer: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The schema of an answer, and by name those that it refers to, which become part of the
        document."""
        if not answers.is_answer(answer):  # a class of pydantic's
            return self.resolve_serializer(answer, "response").ref, {}
        schema, components = answers.schema_of(answer)
        for declaration, described in components.items():
            name = answers.component_name(declaration)
            self.registry.register_on_missing(
                ResolvedComponent(name, ResolvedComponent.SCHEMA, described, declaration)
            )
        return schema, {answers.component_name(each): components[each] for each in components}


def _header(name: str, said: str, **more: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=said, **more)


class _NothingElse(OpenApiSerializerExtension):
    """Members that are not named are neither told nor taken."""

    target_class = "rest_framework.serializers.Serializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        told: dict[str, Any] = auto_schema._map_serializer(  # noqa: SLF001  (its documented way)
            self.target, direction, bypass_extensions=True
        )
        # Bodies alone have fields that are only read; there is nothing to be said of them.
        only_read = {n for n, each in told["properties"].items() if each.get("readOnly")}
        properties = {n: each for n, each in told["properties"].items() if n not in only_read}
        required = [name for name in told.pop("required", []) if name not in only_read]
        told |= {"properties": properties, "additionalProperties": False}
        return {**told, "required": required} if required else told


class _Instant(OpenApiSerializerFieldExtension):
    target_class = InstantField

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


class _Word(OpenApiSerializerFieldExtension):
    target_class = EnumField

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        return {"type": "string", "enum": list(_WORDS[self.target.reader])}

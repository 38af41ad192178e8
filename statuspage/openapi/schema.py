"""Schemas of operations, from what `operations` declare, by way of drf-spectacular."""

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
from components.values.problem_details import PROBLEM_TYPE, ProblemJson, problem_details
from incidents.workflow import IncidentState
from monitors.alert_formats.registry import FORMATS
from statuspage.api.fields import ComponentField, EnumField, InstantField
from statuspage.api.filter_words import WordField
from statuspage.api.idempotency import HEADER
from statuspage.api.serializers import enums
from statuspage.api.serializers.maintenance import read_impact
from statuspage.openapi import response_schemas
from statuspage.openapi.examples import example_of
from statuspage.openapi.operation import JSON, Operation, Text, problem_statuses
from statuspage.openapi.operations import OPERATIONS

_ENUM_VALUES: dict[Any, Iterable[str]] = {
    enums.read_status: enums.STATUS_WORDS,
    enums.read_severity: enums.SEVERITY_WORDS,
    enums.read_state: [state.value for state in IncidentState],
    read_impact: ["none", "minimal", "partial", "major"],
}
_PATH_PARAMETERS: dict[str, tuple[Any, Any]] = {
    "id": ({"type": "integer", "minimum": 1, "maximum": 2**63 - 1}, 1),
    "number": ({"type": "integer", "minimum": 1, "maximum": 2**63 - 1}, 1),
    "reference": (OpenApiTypes.STR, "INC-2026-001"),
    "status": ({"type": "string", "enum": [status.value for status in Status]}, "operational"),
    "code": ({"type": "string", "pattern": "^[A-Za-z0-9_-]{1,40}$"}, "eu-west-1"),
    "slug": (OpenApiTypes.STR, "api"),
    "month": ({"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}, "2026-11"),
    "format": ({"type": "string", "enum": list(FORMATS)}, "alertmanager"),
    "sha256": ({"type": "string", "pattern": "^[0-9a-f]{64}$"}, "0f" * 32),
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
    """The schema of every view: it has what the table of operations has, and no more."""

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
        security: list[dict[str, list[str]]] = [{"bearer": [self.operation.scope]}]
        return [*security, {"session": []}] if self.operation.session else security

    def get_override_parameters(self) -> list[Any]:
        operation = self.operation
        parameters: list[Any] = [
            OpenApiParameter(
                name, kind, OpenApiParameter.PATH, examples=[OpenApiExample(name, example)]
            )
            for name, (kind, example) in _PATH_PARAMETERS.items()
            if f"{{{name}}}" in self.path
        ]
        if operation.query is not None:
            parameters.append(operation.query)
        if self._idempotent:
            text = "Sent twice under the same key, it is done once."
            parameters.append(_header(HEADER, text, pattern="^[!-~]{1,255}$"))
        if operation.versioned and self.method in ("PUT", "PATCH", "DELETE", "POST"):
            parameters.append(_header("If-Match", "The `ETag` that was read: 412 if it is stale."))
        if operation.versioned:
            text = "Of this version; for `If-Match`."
            successes = [code for code in operation.responses if code != 204]
            parameters.append(
                OpenApiParameter("ETag", str, OpenApiParameter.HEADER, description=text,
                                 response=successes)
            )  # fmt: skip
        return parameters

    @property
    def _idempotent(self) -> bool:
        return hasattr(getattr(self.view, self.method.lower()), "idempotent")

    def get_serializer_name(self, serializer: Any, direction: str) -> str:
        name = type(serializer).__name__
        # Serializers are bodies of requests; what responses are made of has the plain names.
        return f"{name.removesuffix('Serializer')}Body" if name.endswith("Serializer") else name

    def get_request_serializer(self) -> Any:
        operation = self.operation
        if operation.body is None:
            return None
        bodies = operation.body if isinstance(operation.body, tuple) else (operation.body,)
        return dict(self._request(each) for each in bodies)

    def _request(self, body: Any) -> tuple[str, OpenApiRequest]:
        if isinstance(body, Text):
            example = OpenApiExample("request", body.example, request_only=True,
                                  media_type=body.media)  # fmt: skip
            return body.media, OpenApiRequest(OpenApiTypes.BINARY, examples=[example])
        value = self.operation.request_example
        return JSON, OpenApiRequest(
            body, examples=[OpenApiExample("request", value, request_only=True)]
        )

    def get_response_serializers(self) -> dict[Any, Any]:
        operation = self.operation
        responses: dict[Any, Any] = {}
        for status, declared in operation.responses.items():
            for each in declared if isinstance(declared, tuple) else (declared,):
                media, response = self._response(each, status)
                responses[status, media] = response
        problems = problem_statuses(
            operation, method=self.method, path=self.path, idempotent=self._idempotent
        )
        responses |= {(status, PROBLEM_TYPE): self._problem(status) for status in problems}
        return responses

    def _response(self, declared: Any, status: int) -> tuple[str, OpenApiResponse]:
        phrase = HTTPStatus(status).phrase
        if declared is None:
            return JSON, OpenApiResponse(None, phrase)
        if isinstance(declared, Text):
            example = OpenApiExample("answer", declared.example, media_type=declared.media,
                                     status_codes=[str(status)])  # fmt: skip
            kind = OpenApiTypes.BINARY if declared.media == "image/png" else OpenApiTypes.STR
            return declared.media, OpenApiResponse(kind, phrase, [example])
        schema, components = self._schema_of(declared)
        value = self.operation.response_example or example_of(schema, components)
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
        return OpenApiResponse(self._schema_of(ProblemJson)[0], phrase, [example])

    def _schema_of(self, declared: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the schema of a response, and by name those that it refers to, which become part
        of the document."""
        if not response_schemas.is_json_type(declared):  # a class of pydantic's
            return self.resolve_serializer(declared, "response").ref, {}
        schema, components = response_schemas.schema_of(declared)
        for declaration, described in components.items():
            name = response_schemas.component_name(declaration)
            self.registry.register_on_missing(
                ResolvedComponent(name, ResolvedComponent.SCHEMA, described, declaration)
            )
        return schema, {
            response_schemas.component_name(each): components[each] for each in components
        }


def _header(name: str, text: str, **more: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=text, **more)


class _ClosedObject(OpenApiSerializerExtension):
    """An object with no other members than those that are named."""

    target_class = "rest_framework.serializers.Serializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(  # noqa: SLF001  (its documented way)
            self.target, direction, bypass_extensions=True
        )
        # Bodies alone have fields that are only read; there is nothing to describe of them.
        read_only = {n for n, each in schema["properties"].items() if each.get("readOnly")}
        properties = {n: each for n, each in schema["properties"].items() if n not in read_only}
        required = [name for name in schema.pop("required", []) if name not in read_only]
        schema |= {"properties": properties, "additionalProperties": False}
        return {**schema, "required": required} if required else schema


class _Instant(OpenApiSerializerFieldExtension):
    target_class = InstantField
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


class _Component(OpenApiSerializerFieldExtension):
    target_class = ComponentField

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        slug = {"type": "string", "description": "The component's slug."}
        if direction == "response":
            return slug
        return {"oneOf": [slug, {"type": "integer", "minimum": 1, "description": "Its id."}]}


class _Enum(OpenApiSerializerFieldExtension):
    target_class = EnumField

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        return {"type": "string", "enum": list(_ENUM_VALUES[self.target.reader])}


class _Word(OpenApiSerializerFieldExtension):
    target_class = WordField

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.target.words)}

"""Views of `/api/v1/catalogue`: what is on the desk, as one document (P06, P07).

A document's references to secrets are not read for callers of the API: what `manage` may change
does not include reading the server's environment and files.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, NotRequired, TypedDict

from django.urls import path
from pydantic import BaseModel, ConfigDict
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from statuspage.api.authentication import caller
from statuspage.api.conditional import conditional_response
from statuspage.api.idempotency import idempotent
from statuspage.api.parsers import BoundedJSONParser
from statuspage.api.strict import StrictSerializer
from statuspage.api.views.base import ApiView
from statuspage.catalogue import planning
from statuspage.catalogue.document import read_document
from statuspage.catalogue.errors import DocumentError
from statuspage.catalogue.index import export_document
from statuspage.catalogue.planning import Outcome
from statuspage.catalogue.secrets import References
from statuspage.catalogue.text import read_text, write_yaml

_ROOT = "api/v1/catalogue"
_YAML = "application/yaml"


class FieldChangeJson(TypedDict):
    """A field, what it was, and what it is; of secrets only that there is one."""

    field: str
    old: Any
    new: Any


class ChangeJson(TypedDict):
    """One object: `create`, `change` or `retire`."""

    action: str
    path: str
    fields: list[FieldChangeJson]


class CatalogueBody(BaseModel):
    """A document; `/api/schema/catalogue.json` describes it in full."""

    model_config = ConfigDict(extra="allow")

    version: Literal[1]


class PlanJson(TypedDict):
    """What the document changes, object by object and field by field."""

    changes: list[ChangeJson]
    left: NotRequired[list[str]]
    """With `prune`: pages that the document does not name. They are deleted by hand alone."""


class AppliedJson(PlanJson):
    """`told` has what is told this once, by the paths of new objects: `ping_url`, `secret`."""

    told: NotRequired[dict[str, dict[str, str]]]


class PlanQuery(StrictSerializer):
    prune = serializers.BooleanField(default=False)
    unlock = serializers.BooleanField(default=False)


class YamlParser(BaseParser):
    """A parser of documents in YAML."""

    media_type = _YAML

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            return read_text(stream.read().decode())
        except UnicodeDecodeError:
            raise ParseError("This is not YAML: it is not UTF-8.") from None
        except DocumentError as error:
            raise ParseError(str(error)) from None


class YamlRenderer(BaseRenderer):
    """A renderer of the document as YAML; of a problem as JSON."""

    media_type = _YAML
    format = "yaml"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        response = (renderer_context or {}).get("response")
        if response is not None and response.status_code >= 400:
            rendered: bytes = JSONRenderer().render(data)
            return rendered
        return b"" if data is None else write_yaml(data).encode()


class _CatalogueView(ApiView):
    scopes = {"read": "manage", "write": "manage"}
    parser_classes = (BoundedJSONParser, YamlParser)

    def _outcome(self, request: Request, *, apply: bool) -> Outcome:
        query = self.query_of(PlanQuery)
        prune = query["prune"]
        references, now = References(), datetime.now(UTC)
        try:
            document = read_document(request.data)
            if not apply:
                return planning.plan(document, references=references, prune=prune, at=now)
            return planning.apply(
                document,
                references=references,
                prune=prune,
                actor=caller(request),
                unlock=query["unlock"],
                at=now,
            )
        except DocumentError as error:
            problems = {each.path: [each.message] for each in error.mistakes}
            raise serializers.ValidationError(problems) from None


class CatalogueDocument(_CatalogueView):
    renderer_classes = (JSONRenderer, YamlRenderer)

    def get(self, request: Request) -> Response:
        return conditional_response(request, export_document(), version=0)


class CataloguePlan(_CatalogueView):
    # What it does is taken back.
    is_transaction = False

    @idempotent
    def post(self, request: Request) -> Response:
        data: PlanJson = _changes(self._outcome(request, apply=False))
        return Response(data)


class CatalogueApply(_CatalogueView):
    @idempotent
    def post(self, request: Request) -> Response:
        outcome = self._outcome(request, apply=True)
        data: AppliedJson = {"changes": _changes(outcome)["changes"]}
        if outcome.left:
            data["left"] = outcome.left
        if not outcome.told:
            return Response(data)
        data["told"] = outcome.told
        return Response(data, headers={"Cache-Control": "no-store"})


def _changes(outcome: Outcome) -> PlanJson:
    changes: Any = [change.as_json() for change in outcome.changes]
    data: PlanJson = {"changes": changes}
    if outcome.left:
        data["left"] = outcome.left
    return data


routes = [
    path(_ROOT, CatalogueDocument.as_view(), name="catalogue"),
    path(f"{_ROOT}/plan", CataloguePlan.as_view(), name="catalogue-plan"),
    path(f"{_ROOT}/apply", CatalogueApply.as_view(), name="catalogue-apply"),
]

"""Views of `/api/schema/…` and `/api/docs/`: the generated documents, a page to read one by."""

import hashlib
import json
from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import condition, require_safe

from statuspage.catalogue.schema import json_schema

_FILE = Path(__file__).with_name("openapi.json")
_CACHE_CONTROL = "public, max-age=300"


@cache
def document() -> bytes:
    """Return the OpenAPI document, as JSON."""
    return _FILE.read_bytes()


@cache
def _etag() -> str:
    return f'"{hashlib.blake2b(document(), digest_size=12).hexdigest()}"'


@require_safe
@condition(etag_func=lambda request: _etag())
def schema(request: HttpRequest) -> HttpResponse:
    """Serve the document; tools of any origin may read it."""
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": _CACHE_CONTROL}
    return HttpResponse(document(), content_type="application/json", headers=headers)


@cache
def catalogue_document() -> bytes:
    """Return the JSON Schema of the catalogue as a document."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=1).encode()


@require_safe
def catalogue_schema(request: HttpRequest) -> HttpResponse:
    """Serve the JSON Schema of the catalogue; editors of any origin may read it."""
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": _CACHE_CONTROL}
    kind = "application/schema+json"
    return HttpResponse(catalogue_document(), content_type=kind, headers=headers)


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Serve Swagger UI, from our own files alone."""
    response = render(request, "api_docs.html")
    response["Cache-Control"] = _CACHE_CONTROL
    return response


routes = [
    path("api/schema/", schema, name="schema"),
    path("api/schema/catalogue.json", catalogue_schema, name="catalogue-schema"),
    path("api/docs/", docs, name="docs"),
]

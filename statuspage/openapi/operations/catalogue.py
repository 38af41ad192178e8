"""The catalogue as one document."""

from typing import Any

from statuspage.api.catalogue_document import (
    AppliedJson,
    CatalogueBody,
    PlanJson,
    PlanQuery,
)
from statuspage.openapi.operation import Operation, Text

_ROOT = "/api/v1/catalogue"
_DOCUMENT = {
    "version": 1,
    "components": [{"slug": "api", "name": "API"}],
    "monitors": [
        {
            "component": "api",
            "name": "Health",
            "kind": "endpoint",
            "config": {"url": "https://api.example.com/health"},
        }
    ],
}
_YAML = Text("application/yaml", "version: 1\ncomponents:\n- slug: api\n  name: API\n")
_CHANGE = {
    "action": "change",
    "path": "components/api",
    "fields": [{"field": "critical", "old": False, "new": True}],
}
_ALL: dict[str, Any] = {"tag": "catalogue", "scope": "manage"}
_POSTED: dict[str, Any] = {
    "body": (CatalogueBody, _YAML), "request_example": _DOCUMENT, "query": PlanQuery,
    "problems": frozenset({409, 412}), "response_example": {"changes": [_CHANGE]}, **_ALL,
}  # fmt: skip
_SECRETS = "References to secrets (`env`, `file`) are for `manage.py catalogue` alone."

OPERATIONS = {
    f"GET {_ROOT}": Operation(
        id="get_catalogue", summary="What is on the desk, as one document", versioned=True,
        responses={200: (dict[str, Any], _YAML)}, response_example=_DOCUMENT,
        description="`/api/schema/catalogue.json` is its JSON Schema. Secrets are `{keep: true}`.",
        **_ALL,
    ),
    f"POST {_ROOT}/plan": Operation(
        id="plan_catalogue", summary="Tell what a document would change",
        responses={200: PlanJson}, description=_SECRETS, **_POSTED,
    ),
    f"POST {_ROOT}/apply": Operation(
        id="apply_catalogue", summary="Apply a document, all of it or nothing",
        responses={200: AppliedJson}, description=f"{_SECRETS} `prune` retires what its sections do"
        " not name.", **_POSTED,
    ),
}  # fmt: skip

"""Generator of the document: of the views behind the edge, and of the operations of the edge."""

import re
from typing import Any

from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from rest_framework.views import APIView

from components.values.problem_details import PROBLEM_TYPE
from statuspage.openapi.operations import OPERATIONS, TAGS
from statuspage.openapi.schema import SECURITY
from statuspage.urls import urlpatterns


class Generator(SchemaGenerator):
    """A generator of the operations of our URL table, and of the edge's as if they were views."""

    def __init__(self, **options: Any) -> None:
        options.pop("urlconf", None)
        super().__init__(patterns=[*urlpatterns, *_edge_routes()], **options)


def _edge_routes() -> list[Any]:
    """Return a route for every address in the table of operations that is not in that of URLs."""
    views: list[Any] = list(urlpatterns)
    django_addresses = {
        "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", str(each.pattern)).replace("{pk}", "{id}")
        for each in views
        if hasattr(getattr(each, "callback", None), "cls")
    }
    methods: dict[str, set[str]] = {}
    for key in OPERATIONS:
        method, _, address = key.partition(" ")
        if address not in django_addresses:
            methods.setdefault(address, set()).add(method.lower())
    return [
        path(re.sub(r"\{(\w+)\}", r"<str:\1>", address[1:]), _placeholder_view(names))
        for address, names in methods.items()
    ]


def _placeholder_view(methods: set[str]) -> Any:
    handlers = dict.fromkeys(methods, lambda self, request: None)
    view: Any = type("EdgeView", (APIView,), {**handlers, "authentication_classes": ()})
    return view.as_view()


def complete(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add what holds for the whole document; move what many operations share to one place."""
    problems: dict[str, Any] = {}
    for operation in (each for item in result["paths"].values() for each in item.values()):
        for status, response in operation["responses"].items():
            if [*response.get("content", {})] == [PROBLEM_TYPE]:
                problems[f"Problem{status}"] = response
                place = f"#/components/responses/Problem{status}"
                operation["responses"][status] = {"$ref": place}
    _remove_key(result, "x-spec-enum-id")
    return {
        **result,
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "components": {
            **result["components"],
            "responses": dict(sorted(problems.items())),
            "securitySchemes": SECURITY,
        },
    }


def _remove_key(node: Any, name: str) -> None:
    """Remove a key, such as the generator's own mark, wherever it stands."""
    if isinstance(node, dict):
        node.pop(name, None)
        node = list(node.values())
    for inner in node if isinstance(node, list) else ():
        _remove_key(inner, name)

"""Generates the document: of the views behind the edge, and of what the door answers."""

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
    """The operations of our URL table, and those of the edge as if they were views."""

    def __init__(self, **options: Any) -> None:
        options.pop("urlconf", None)
        super().__init__(patterns=[*urlpatterns, *_stand_ins()], **options)


def _stand_ins() -> list[Any]:
    """A view for every address in the table of operations that is not in that of URLs."""
    views: list[Any] = list(urlpatterns)
    behind = {
        "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", str(each.pattern)).replace("{pk}", "{id}")
        for each in views
        if hasattr(getattr(each, "callback", None), "cls")
    }
    methods: dict[str, set[str]] = {}
    for key in OPERATIONS:
        method, _, address = key.partition(" ")
        if address not in behind:
            methods.setdefault(address, set()).add(method.lower())
    return [
        path(re.sub(r"\{(\w+)\}", r"<str:\1>", address[1:]), _stand_in(asked))
        for address, asked in methods.items()
    ]


def _stand_in(methods: set[str]) -> Any:
    handlers = dict.fromkeys(methods, lambda self, request: None)
    view: Any = type("AtTheDoor", (APIView,), {**handlers, "authentication_classes": ()})
    return view.as_view()


def complete(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add what holds for the whole document; tell what many operations share once."""
    problems: dict[str, Any] = {}
    for operation in (each for item in result["paths"].values() for each in item.values()):
        for status, response in operation["responses"].items():
            if [*response.get("content", {})] == [PROBLEM_TYPE]:
                problems[f"Problem{status}"] = response
                place = f"#/components/responses/Problem{status}"
                operation["responses"][status] = {"$ref": place}
    _drop(result, "x-spec-enum-id")
    return {
        **result,
        "tags": [{"name": name, "description": said} for name, said in TAGS.items()],
        "components": {
            **result["components"],
            "responses": dict(sorted(problems.items())),
            "securitySchemes": SECURITY,
        },
    }


def _drop(told: Any, name: str) -> None:
    """Take the generator's own mark out, wherever it stands."""
    if isinstance(told, dict):
        told.pop(name, None)
        told = list(told.values())
    for inner in told if isinstance(told, list) else ():
        _drop(inner, name)

"""P06: the JSON Schema types the settings of each kind of monitor, for editors to complete."""

from typing import Any

import jsonschema
import pytest

from monitors.probers import registry
from statuspage.catalogue.schema import json_schema
from tests.statuspage.catalogue.documents import SOME

SCHEMA = json_schema()


def said(kind: str, config: Any) -> list[str]:
    """What the schema finds wrong with a monitor's settings."""
    monitor = {"component": "api", "name": "A", "kind": kind}
    document = {"version": 1, "monitors": [{**monitor, **({"config": config} if config else {})}]}
    found = jsonschema.Draft202012Validator(SCHEMA).iter_errors(document)
    return [each.message for each in found]


def test_p06_the_schema_is_one_and_takes_a_document_with_some_of_everything() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)

    jsonschema.validate(SOME, SCHEMA)


@pytest.mark.parametrize("kind", sorted(registry.probers()))
def test_p06_every_setting_of_a_kind_is_typed_and_described(kind: str) -> None:
    monitor = SCHEMA["$defs"]["Monitor"]
    then = {each["if"]["properties"]["kind"]["const"]: each["then"] for each in monitor["allOf"]}

    name = then[kind]["properties"]["config"]["$ref"].rsplit("/", 1)[1]
    settings = SCHEMA["$defs"][name]
    assert settings["properties"].keys() == registry.prober(kind).config_type.model_fields.keys()
    assert all(each["description"] for each in settings["properties"].values())
    assert settings["additionalProperties"] is False
    assert said(kind, {"no_such_setting": 1})


def test_p06_secrets_are_text_or_references_and_others_are_not() -> None:
    url = "https://acme.dev/"
    for secret in ("text", {"env": "A"}, {"file": "b"}, {"keep": True}):
        assert said("endpoint", {"url": url, "username": "a", "password": secret}) == []
        assert said("endpoint", {"url": url, "headers": {"X-A": secret}}) == []
    assert said("endpoint", {"url": {"env": "A"}})
    assert said("endpoint", {"url": url, "password": {"vault": "a"}})
    assert said("endpoint", {})
    assert said("manual", {}) == []
    assert said("no-such-kind", {})

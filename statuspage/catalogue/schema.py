"""The JSON Schema of documents: what editors complete, with the settings of each kind of monitor.

`config` depends on the `kind` beside it: one `if … then` for each kind that there is.
"""

from functools import cache
from typing import Any

from monitors.probers import registry
from statuspage.catalogue.document import SCHEMA_MEMBER, shape
from statuspage.catalogue.monitoring import MONITORS

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SECRET_FORMS = ("FromEnvironment", "FromFile", "Kept")


@cache
def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of documents."""
    made = shape().model_json_schema()
    made["properties"][SCHEMA_MEMBER] = {"type": "string"}
    definitions = made["$defs"]
    monitor = definitions[MONITORS.model_name]
    rules = []
    for kind, prober in sorted(registry.probers().items()):
        name = f"{kind.title().replace('-', '').replace('_', '')}Settings"
        settings = _with_secret_forms(prober.config_type.model_json_schema())
        # What pydantic names for itself stands inside of it, where its references lead.
        definitions |= settings.pop("$defs", {})
        definitions[name] = {**settings, "title": f"Settings of {prober.label}"}
        then: dict[str, Any] = {"properties": {"config": {"$ref": f"#/$defs/{name}"}}}
        if settings.get("required"):
            then["required"] = ["config"]
        is_kind = {"properties": {"kind": {"const": kind}}, "required": ["kind"]}
        rules.append({"if": is_kind, "then": then})
    monitor["properties"]["kind"]["enum"] = sorted(registry.probers())
    monitor["properties"]["config"]["description"] = "The settings of this kind of monitor."
    monitor["allOf"] = rules
    return {"$schema": _DRAFT, **made}


def _with_secret_forms(schema: Any) -> Any:
    """Return a schema in which each secret may be a reference as well."""
    if isinstance(schema, list):
        return [_with_secret_forms(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("writeOnly") and schema.get("format") == "password":
        forms = [{"$ref": f"#/$defs/{name}"} for name in _SECRET_FORMS]
        text = {name: value for name, value in schema.items() if name in ("type", "maxLength")}
        others = {k: v for k, v in schema.items() if k in ("description", "title")}
        return {"anyOf": [text, *forms], **others}
    return {name: _with_secret_forms(inner) for name, inner in schema.items()}

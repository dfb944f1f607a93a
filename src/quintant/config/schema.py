"""The JSON Schema of a Config: pydantic's, with all that its keys know.

Beside each key stand `unit`, `group`, `essential`, `source` where it has one, and

    x-order      its place among the keys of its object, in the order of their declaration
    x-when       when it is read: {"sentence": "neuron_model is adex", "condition": {"key": "neuron_model", "in": ["adex"]}};
                 absent: always (docs/api.md has the six kinds of conditions)
    x-synonyms   other words for it
    x-file       endings of files of one's own that it takes: PUT /labs/{lab}/files/{key}/{name} reads one

Every branch of a union has a `title`, by which a form names the choice.
"""

from __future__ import annotations

import re
from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from quintant.config.key import keys_of
from quintant.config.model import Config


class _FormSchema(GenerateJsonSchema):
    """`int | None` becomes `{"type": ["integer", "null"]}`: form builders would draw an `anyOf` as a chooser."""

    def nullable_schema(self, schema: Any) -> Any:
        inner = self.generate_inner(schema["schema"])
        if isinstance(inner.get("type"), str) and "enum" not in inner:
            return {**inner, "type": [inner["type"], "null"]}
        if "enum" in inner:
            return {**inner, "enum": [*inner["enum"], None], "type": [inner.get("type", "string"), "null"]}
        return {"anyOf": [inner, {"type": "null"}]}

    def model_schema(self, schema: Any) -> Any:
        made = super().model_schema(schema)
        keys = keys_of(cast(type[BaseModel], schema["cls"]))
        for order, (name, shown) in enumerate(made.get("properties", {}).items()):
            shown["x-order"] = order
            if (known := keys.get(name)) is None:
                continue
            if known.when is not None:
                shown["x-when"] = {"sentence": known.when.sentence(), "condition": known.when.json()}
            if known.synonyms:
                shown["x-synonyms"] = list(known.synonyms)
            if known.files:
                shown["x-file"] = list(known.files)
        return made


def json_schema(kind: type[Config]) -> dict[str, Any]:
    """JSON Schema 2020-12 of a Config."""
    schema = kind.model_json_schema(schema_generator=_FormSchema)
    _name_branches(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _name_branches(schema: Any) -> None:
    if isinstance(schema, list):
        for inner in schema:
            _name_branches(inner)
    elif isinstance(schema, dict):
        for word in ("anyOf", "oneOf"):
            for branch in schema.get(word, ()):
                branch.setdefault("title", _branch_name(branch))
        for name, inner in schema.items():
            if name not in ("default", "examples", "x-when"):
                _name_branches(inner)


def _branch_name(branch: dict[str, Any]) -> str:
    """What the branch is where its declaration gives no `title`: "own topology" of OwnTopology, "list of formats"."""
    if "$ref" in branch:
        spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", branch["$ref"].rpartition("/")[2])
        return spaced.lower()
    if "enum" in branch or "const" in branch:
        return "by name"
    if branch.get("type") == "array":
        return f"list of {_branch_name(branch['items'])}" if branch.get("items") else "list"
    kinds = branch.get("type", "any value")
    names = {"null": "empty", "string": "text", "object": "table", "boolean": "true or false"}
    return " or ".join(names.get(kind, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds))

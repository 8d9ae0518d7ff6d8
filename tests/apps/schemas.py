"""The JSON schemas of Kubernetes and of the pinned custom resources, strictly: an unknown field is an error."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias, cast

import kubernetes_validate  # pyright: ignore[reportMissingTypeStubs]
import kubernetes_validate.utils  # pyright: ignore[reportMissingTypeStubs]
import yaml
from jsonschema import Draft4Validator

Schema: TypeAlias = dict[str, Any]

OLDEST, DEFAULT, NEWEST = "1.27", "1.30", "1.37"
CRDS = Path(__file__).parents[2] / "imports" / "crds"
GROUPS = frozenset(file.stem for file in CRDS.glob("*.yaml"))

# The package reads its files again for every object, which takes half of the time of all tests.
for _name in ("schema_contents", "all_versions"):
    setattr(kubernetes_validate.utils, _name, cache(getattr(kubernetes_validate.utils, _name)))


def assert_valid(objects: Iterable[Mapping[str, Any]], version: str) -> None:
    """Hold each object against the schema of its kind.

    A custom resource is held against its pinned definition, but for the rules in CEL: those are the API server's.
    """
    for item in objects:
        _assert_valid_text(json.dumps(item), version)


@cache  # most tests draw the same objects around the one that they are about
def _assert_valid_text(text: str, version: str) -> None:
    item: dict[str, Any] = json.loads(text)
    if str(item.get("apiVersion")).partition("/")[0] in GROUPS:
        _assert_valid_custom(item, version)
    else:
        kubernetes_validate.validate(cast(Any, item), version, strict=True)


def _assert_valid_custom(item: Mapping[str, Any], version: str) -> None:
    name = f"{item.get('kind')} {item.get('metadata', {}).get('name')}"
    schema = _schemas(str(item["apiVersion"]).partition("/")[0]).get((item["apiVersion"], item["kind"]))
    assert schema, f"{name}: imports/crds/ has no {item['kind']} in {item['apiVersion']}"
    metadata = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": item.get("metadata")}
    kubernetes_validate.validate(cast(Any, metadata), version, strict=True)
    found = [f"{name}: {mistake}" for mistake in mistakes(item, schema)]
    assert not found, "\n".join(found)


def mistakes(value: object, schema: Schema) -> list[str]:
    """What a schema says against a value, each with its path."""
    validator = cast(Any, Draft4Validator(schema))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


@cache
def _schemas(group: str) -> dict[tuple[str, str], Schema]:
    """What each version and kind that a group serves takes."""
    text = (CRDS / f"{group}.yaml").read_text(encoding="utf-8")
    found: dict[tuple[str, str], Schema] = {}
    for definition in yaml.load_all(text, Loader=yaml.CSafeLoader):
        spec: dict[str, Any] = definition["spec"]
        for each in spec["versions"]:
            if each["served"]:
                schema = closed(each["schema"]["openAPIV3Schema"])
                known: dict[str, Schema] = {**schema["properties"], "apiVersion": {}, "kind": {}, "metadata": {}}
                known.pop("status", None)  # which only controllers write
                found[f"{group}/{each['name']}", spec["names"]["kind"]] = {**schema, "properties": known}
    return found


def closed(schema: Schema) -> Schema:
    """What a strict API server takes, as a JSON schema that refuses unknown fields.

    The server fills in defaults before it asks for required fields, and its ``type`` has no null and no union. The
    parts below ``allOf``, ``anyOf``, ``oneOf`` and ``not`` make no field known, so they stay as they are.
    """
    result = {key: value for key, value in schema.items() if key not in ("default", "nullable", "required")}
    properties: dict[str, Schema] = schema.get("properties", {})
    required = [name for name in schema.get("required", ()) if "default" not in properties.get(name, {})]
    if required:  # an empty list is no Draft 4
        result["required"] = required
    if properties:
        result["properties"] = {name: closed(child) for name, child in properties.items()}
    if "items" in schema:
        result["items"] = closed(schema["items"])
    if isinstance(schema.get("additionalProperties"), dict):
        result["additionalProperties"] = closed(schema["additionalProperties"])
    elif schema.get("type") == "object" and not (
        schema.get("additionalProperties") or schema.get("x-kubernetes-preserve-unknown-fields")
    ):
        result["additionalProperties"] = False
    if schema.get("x-kubernetes-int-or-string"):
        result["type"] = ["integer", "string"]
    return {"anyOf": [result, {"type": "null"}]} if schema.get("nullable") else result

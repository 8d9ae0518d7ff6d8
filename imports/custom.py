"""Custom resources: how the schemas inside a file of CustomResourceDefinitions become flat definitions.

An object inside a schema has no name of its own. It gets the kind and the path to it, as in `HTTPRouteRuleMatch`. Objects of the
same shape share one class, named by the shortest path. A part that an operator copied out of a pod refers to the native type.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from imports.native import Definitions, Schema

import yaml

NATIVE_FILE = "k8s.json"
"""The file that holds the native definitions while a custom module is generated."""

EMBEDDED = (
    "Affinity",
    "Container",
    "ContainerPort",
    "EnvFromSource",
    "EnvVar",
    "HostAlias",
    "JobSpec",
    "JobTemplateSpec",
    "LabelSelector",
    "Lifecycle",
    "PersistentVolumeClaimSpec",
    "PodDNSConfig",
    "PodSecurityContext",
    "PodSpec",
    "PodTemplateSpec",
    "Probe",
    "ResourceRequirements",
    "SecurityContext",
    "ServiceSpec",
    "Toleration",
    "TopologySpreadConstraint",
    "Volume",
    "VolumeMount",
)
"""Native types that operators copy into their own schemas. They are taken from `k8s`, so that a value fits in both places."""

RESERVED = ("Any", "Literal", "Mapping", "Required", "TypeAlias", "TypedDict")
"""Names that a generated module imports."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Objects:
    """The objects met so far: where each shape occurs."""

    native: Definitions
    embedded: tuple[str, ...]
    paths: dict[str, list[tuple[str, ...]]] = field(default_factory=dict[str, list[tuple[str, ...]]])
    shapes: dict[str, Schema] = field(default_factory=dict[str, Schema])


def definitions(file: Path, native: Definitions) -> Definitions:
    """Return the flat definitions of the kinds in `file`, by class name, each at its first (most stable) served version.

    `native` holds the native definitions. Raises `ValueError` if a definition is not of the group the file is named after.
    """
    documents = yaml.load_all(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    specs: list[dict[str, Any]] = [document["spec"] for document in documents if document]
    own = {spec["names"]["kind"] for spec in specs}
    found = _Objects(native=native, embedded=tuple(name for name in EMBEDDED if name not in own))
    kinds: Definitions = {}
    for spec in specs:
        if spec["group"] != file.stem:
            raise ValueError(
                f"{file.name}: the file is named after its API group, got {spec['group']}; move the definition"
            )
        version = next(version for version in spec["versions"] if version["served"])
        kind: str = spec["names"]["kind"]
        kinds[kind] = _kind(version["schema"]["openAPIV3Schema"], f"{spec['group']}/{version['name']}", kind, found)
    return _named(kinds, found)


def _kind(schema: Schema, api_version: str, kind: str, found: _Objects) -> Schema:
    properties: dict[str, Schema] = {
        "apiVersion": {"const": api_version},
        "kind": {"const": kind},
        "metadata": {"$ref": f"{NATIVE_FILE}#/$defs/ObjectMeta"},
    }
    for name, child in sorted(schema.get("properties", {}).items()):
        if name not in (*properties, "status"):
            properties[name] = _type(child, (kind, name), found)
    required = {"apiVersion", "kind", "metadata", *_required(schema)} & set(properties)
    return {"type": "object", "properties": properties, "required": sorted(required)}


def _type(schema: Schema, path: tuple[str, ...], found: _Objects) -> Schema:
    result = _bare_type(schema, path, found)
    if schema.get("nullable") and result:
        return {"anyOf": [result, {"type": "null"}]}
    return result


def _bare_type(schema: Schema, path: tuple[str, ...], found: _Objects) -> Schema:
    if schema.get("x-kubernetes-int-or-string"):
        return {"anyOf": [{"type": "integer"}, {"type": "string"}]}
    match schema.get("type"):
        case "object":
            return _object_type(schema, path, found)
        case "array":
            return {"type": "array", "items": _type(schema.get("items", {}), (*path[:-1], _singular(path[-1])), found)}
        case None:
            return {}
        case kind:
            return {"type": kind, "enum": schema["enum"]} if "enum" in schema else {"type": kind}


def _object_type(schema: Schema, path: tuple[str, ...], found: _Objects) -> Schema:
    if not schema.get("properties"):
        values = schema.get("additionalProperties")
        if not isinstance(values, dict):
            return {"type": "object"}
        return {
            "type": "object",
            "additionalProperties": _type(cast(Schema, values), (*path[:-1], _singular(path[-1])), found),
        }
    for name in found.embedded:
        if _is_copy(schema, found.native[name], found.native):
            return {"$ref": f"{NATIVE_FILE}#/$defs/{name}"}
    properties = {name: _type(child, (*path, name), found) for name, child in sorted(schema["properties"].items())}
    shape: Schema = {"type": "object", "properties": properties, "required": _required(schema)}
    key = json.dumps(shape, sort_keys=True)
    found.paths.setdefault(key, []).append(path)
    found.shapes[key] = shape
    return {"$shape": key}


def _required(schema: Schema) -> list[str]:
    """Return the fields an author must write: the server fills in a default before it asks for required fields."""
    properties = schema.get("properties", {})
    return sorted(
        name for name in schema.get("required", ()) if "default" not in properties.get(name, {"default": None})
    )


def _is_copy(schema: Schema, native: Schema, definitions: Definitions, *, strict: bool = True) -> bool:
    """Tell whether `schema` is a copy of `native`, perhaps of another year.

    A strict copy has no field of its own, more than half of the native ones (it may be older), and requires no more. That is asked
    of the whole and of the parts in `EMBEDDED`. In any other part half of the fields may be ones that Kubernetes has since taken
    back, or all may be left open.
    """
    if "$ref" in native:
        name = native["$ref"].removeprefix("#/$defs/")
        return _is_copy(schema, definitions[name], definitions, strict=name in EMBEDDED)
    if schema.get("x-kubernetes-int-or-string"):
        return "anyOf" in native
    if not native or schema.get("type") != native.get("type"):
        return not native or not (strict or "type" in schema)
    if native["type"] == "array":
        return _is_copy(schema["items"], native["items"], definitions, strict=False)
    if native["type"] != "object":
        return True
    ours, theirs = native.get("properties", {}), schema.get("properties", {})
    if not ours or not theirs:
        return (not ours and not theirs) or native == definitions["ObjectMeta"]
    common = set(ours) & set(theirs)
    if strict:
        alike = (
            common == set(theirs) and 2 * len(common) > len(ours) and set(_required(schema)) <= set(native["required"])
        )
    else:
        alike = 2 * len(common) >= len(theirs)
    if not alike:
        return False
    return all(_is_copy(theirs[name], ours[name], definitions, strict=False) for name in common)


def _named(kinds: Definitions, found: _Objects) -> Definitions:
    names: dict[str, str] = {}
    taken = {*kinds, *found.native, *RESERVED}
    for key, paths in sorted(found.paths.items(), key=lambda item: min(map(_rank, item[1]))):
        path = min(paths, key=_rank)
        short = (path[0], *path[2:]) if path[1] == "spec" and len(path) > 2 else path
        candidates = ["".join(map(_pascal, parts)) for parts in (short, path)]
        candidates += [f"{candidates[1]}{number}" for number in range(2, len(taken) + 3)]
        names[key] = next(name for name in candidates if name not in taken)
        taken.add(names[key])

    def resolve(schema: Schema) -> Schema:
        if "$shape" in schema:
            return {"$ref": f"#/$defs/{names[schema['$shape']]}"}
        result = dict(schema)
        for part in ("items", "additionalProperties"):
            if part in result:
                result[part] = resolve(result[part])
        if "anyOf" in result:
            result["anyOf"] = [resolve(branch) for branch in result["anyOf"]]
        if "properties" in result:
            result["properties"] = {name: resolve(child) for name, child in result["properties"].items()}
        return result

    shapes = {names[key]: shape for key, shape in found.shapes.items()}
    return {name: resolve(schema) for name, schema in (kinds | shapes).items()}


def _rank(path: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    return len(path), path


def _pascal(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^0-9A-Za-z]+", name))


def _singular(name: str) -> str:
    if re.search(r"(?i)(tls|dns|cors)$", name):
        return name
    if re.search(r"(ch|sh|x|ss|tatus)es$", name):
        return name[:-2]
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name[:-1] if re.search(r"[^sui]s$", name) else name

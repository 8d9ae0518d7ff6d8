"""Copy what the typings are generated from into this folder, without what they do not need.

    python -m imports.vendor kubernetes
    python -m imports.vendor crds FILE KIND...
    python -m imports.vendor trim FILE SOURCE

The first reads the newest schema in the package `kubernetes-validate`. The second takes the named kinds out of a YAML file of
CustomResourceDefinitions, comments included, and writes `imports/crds/<group>.yaml`. The third prints one definition, as its
project publishes it, without prose and without what is not served, below a comment that says where it comes from; appended to
a file, it is ready for the second.
"""

from __future__ import annotations

import argparse
import importlib.resources
import json
import re
from pathlib import Path
from typing import Any, cast

from imports.native import KINDS, SCHEMA_FILE, Definitions, Schema

import yaml

CRDS = Path(__file__).parent / "crds"

_KEPT = ("$ref", "additionalProperties", "items", "properties", "required", "type")
_PROSE = ("description", "example", "externalDocs", "title")
_KEPT_NOTES = ("api-approved.kubernetes.io", "controller-gen.kubebuilder.io/version")
_WRITTEN_BY_THE_SERVER = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m imports.vendor", description="Copy schemas into imports/.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("kubernetes", help="the native kinds, from the package kubernetes-validate")
    crds = commands.add_parser("crds", help="kinds of one API group, from a file of CustomResourceDefinitions")
    crds.add_argument("file", type=Path)
    crds.add_argument("kind", nargs="+")
    trim = commands.add_parser("trim", help="one published definition, without prose")
    trim.add_argument("file", type=Path)
    trim.add_argument("source", help="repository, tag and path, for the comment above the definition")
    options = parser.parse_args()
    if options.command == "trim":
        print(trimmed(options.file.read_text(encoding="utf-8"), options.source), end="")
    elif options.command == "kubernetes":
        SCHEMA_FILE.parent.mkdir(exist_ok=True)
        SCHEMA_FILE.write_text(kubernetes_schema(), encoding="utf-8")
        print(f"wrote {SCHEMA_FILE.name}")
    else:
        group, text = custom_resources(options.file.read_text(encoding="utf-8"), options.kind)
        CRDS.mkdir(exist_ok=True)
        (CRDS / f"{group}.yaml").write_text(text, encoding="utf-8")
        print(f"wrote {group}.yaml")


def kubernetes_schema() -> str:
    """Return the pruned schema of the native kinds as text, one definition a line."""
    folder = importlib.resources.files("kubernetes_validate") / "kubernetes-json-schema"
    versions = [
        match for entry in folder.iterdir() if (match := re.fullmatch(r"v1\.(\d+)\.\d+-local-strict", entry.name))
    ]
    newest = max(versions, key=lambda match: int(match[1]))[0]
    source: Definitions = json.loads((folder / newest / "_definitions.json").read_text(encoding="utf-8"))["$defs"]
    wanted = {(api_version, kind) for api_version, kinds in KINDS.items() for kind in kinds}
    queue = [key for key, schema in source.items() if wanted & _gvks(schema)]
    kept: Definitions = {}
    while queue:
        key = queue.pop()
        if key not in kept:
            kept[key] = _pruned(source[key], key)
            queue += [ref.removeprefix("#/$defs/") for ref in _refs(kept[key])]
    lines = [f"{json.dumps(key)}: {json.dumps(kept[key], sort_keys=True)}" for key in sorted(kept)]
    version = newest.removesuffix("-local-strict")
    return f'{{"$comment": "Kubernetes {version}, Apache-2.0, pruned", "$defs": {{\n' + ",\n".join(lines) + "\n}}\n"


def custom_resources(text: str, kinds: list[str]) -> tuple[str, str]:
    """Return the API group and the documents of `text` that define one of `kinds`, in their order.

    Raises `ValueError` if a kind is missing or two groups are named.
    """
    found: dict[str, str] = {}
    groups: set[str] = set()
    for document in re.split(r"^---\n", text, flags=re.MULTILINE):
        definition: dict[str, Any] | None = yaml.load(document, Loader=yaml.CSafeLoader)
        spec: dict[str, Any] = definition["spec"] if definition else {}
        if spec and spec["names"]["kind"] in kinds:
            found[spec["names"]["kind"]] = document
            groups.add(spec["group"])
    missing = sorted(set(kinds) - set(found))
    if missing or len(groups) != 1:
        raise ValueError(
            f"kinds: each must be in the file and all in one group, got {missing or sorted(groups)}; correct them"
        )
    return groups.pop(), "".join(f"---\n{document.rstrip()}\n" for document in found.values())


def trimmed(text: str, source: str) -> str:
    """Return the definition in `text` as a document without prose, labels, status and the versions that are not served."""
    definition: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    metadata, spec = definition["metadata"], definition["spec"]
    notes = {
        key: value
        for key, value in metadata.get("annotations", {}).items()
        if key in _KEPT_NOTES or key.startswith("gateway.networking.k8s.io/")
    }
    versions: list[dict[str, Any]] = []
    for version in spec["versions"]:
        if version["served"] or version["storage"]:
            columns = [
                {key: value for key, value in column.items() if key != "description"}
                for column in version.get("additionalPrinterColumns", ())
            ]
            schema = {"openAPIV3Schema": _without_prose(version["schema"]["openAPIV3Schema"])}
            parts = {**version, "schema": schema, **({"additionalPrinterColumns": columns} if columns else {})}
            first = ("name", "served", "storage")
            versions.append({key: parts[key] for key in (*first, *(key for key in parts if key not in first))})
    kept = {
        "apiVersion": definition["apiVersion"],
        "kind": definition["kind"],
        "metadata": {"name": metadata["name"], **({"annotations": notes} if notes else {})},
        "spec": {**{key: spec[key] for key in ("group", "scope", "names")}, "versions": versions},
    }
    written = yaml.safe_dump(kept, sort_keys=False, default_flow_style=None, width=1_000)
    return f"---\n# source: {source}\n{written}"


def _without_prose(schema: Any) -> Any:
    """Return a schema without what only people read. A field that is itself named `description` or `title` stays."""
    if isinstance(schema, list):
        return [_without_prose(each) for each in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    result: dict[str, Any] = {}
    for key, value in cast("dict[str, Any]", schema).items():
        if key == "properties":
            result[key] = {name: _without_prose(child) for name, child in value.items()}
        elif key in ("default", "enum", "required"):
            result[key] = value
        elif key not in _PROSE:
            result[key] = _without_prose(value)
    return result


def _gvks(schema: Schema) -> set[tuple[str, str]]:
    gvks = schema.get("x-kubernetes-group-version-kind", ())
    return {(f"{gvk['group']}/{gvk['version']}".lstrip("/"), gvk["kind"]) for gvk in gvks}


def _pruned(schema: Schema, key: str) -> Schema:
    result = _schema(schema)
    if _gvks(schema):
        result["x-kubernetes-group-version-kind"] = schema["x-kubernetes-group-version-kind"]
        for name in ("apiVersion", "kind", "status"):
            result["properties"].pop(name, None)
    if key.endswith(".ObjectMeta"):
        for name in _WRITTEN_BY_THE_SERVER:
            result["properties"].pop(name, None)
    return result


def _schema(schema: Schema) -> Schema:
    result = {name: schema[name] for name in _KEPT if name in schema}
    if isinstance(result.get("type"), list):
        result["type"] = next(name for name in result["type"] if name != "null")
    if isinstance(result.get("additionalProperties"), bool):
        del result["additionalProperties"]
    if "properties" in result:
        result["properties"] = {name: _schema(child) for name, child in sorted(result["properties"].items())}
    for part in ("items", "additionalProperties"):
        if part in result:
            result[part] = _schema(result[part])
    return result


def _refs(schema: Schema) -> list[str]:
    children = [*schema.get("properties", {}).values(), schema.get("items", {}), schema.get("additionalProperties", {})]
    own = [str(schema["$ref"])] if "$ref" in schema else []
    return own + [ref for child in children if child for ref in _refs(child)]


if __name__ == "__main__":
    main()

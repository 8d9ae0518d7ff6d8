"""Write the schemas that a synth checks objects against, into `kmop_constructs/checks/api/data`.

    python -m tools.schemas            # write them
    python -m tools.schemas --check    # exit with 1 if they are not current
    python -m tools.schemas enums      # first read the enums from API servers; `make control-plane` builds these

Sources: the definitions of every supported version in the package `kubernetes-validate`, the enums of the oldest and the newest
version (`imports/schemas/enums.json`), which only a running API server publishes, and the pinned custom resources
(`imports/crds`).
"""

from __future__ import annotations

import importlib.resources
import json
import re
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from tools.control_plane.binaries import HOW, MINORS, available
from tools.control_plane.servers import ControlPlane

import yaml

ROOT = Path(__file__).parents[1]
DATA = ROOT / "kmop_constructs" / "checks" / "api" / "data"
ENUMS = ROOT / "imports" / "schemas" / "enums.json"
CRDS = ROOT / "imports" / "crds"
OLDEST = 27

Schema = dict[str, Any]

_NATIVE = ("$ref", "additionalProperties", "enum", "format", "items", "properties", "required", "type")
_CUSTOM = (
    *_NATIVE,
    *("allOf", "anyOf", "exclusiveMaximum", "exclusiveMinimum", "maxItems", "maxLength", "maxProperties", "maximum"),
    *("minItems", "minLength", "minProperties", "minimum", "multipleOf", "not", "nullable", "oneOf", "pattern"),
    *("uniqueItems", "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string", "x-kubernetes-list-map-keys"),
    *("x-kubernetes-list-type", "x-kubernetes-preserve-unknown-fields"),
)


def main() -> int:
    if "enums" in sys.argv:
        ENUMS.write_text(json.dumps(published_enums(), indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(f"wrote {ENUMS.relative_to(ROOT)}")
    wanted = {"kubernetes.zlib": packed(native()), "custom.zlib": packed(custom())}
    if "--check" in sys.argv:
        stale = [name for name, content in wanted.items() if not same(DATA / name, content)]
        print("\n".join(f"{name}: not current; run `python -m tools.schemas`" for name in stale))
        return int(bool(stale))
    DATA.mkdir(parents=True, exist_ok=True)
    for name, content in wanted.items():
        (DATA / name).write_bytes(content)
        print(f"wrote {name}: {len(content):,} bytes")
    return 0


def packed(lines: list[str]) -> bytes:
    return zlib.compress("\n".join(lines).encode(), 9)


def same(file: Path, content: bytes) -> bool:
    """Whether a file has this text. The bytes depend on the version of zlib."""
    return file.exists() and zlib.decompress(file.read_bytes()) == zlib.decompress(content)


def native() -> list[str]:
    """A line for each definition that differs: name, first and last minor version, kinds, schema."""
    folder = importlib.resources.files("kubernetes_validate") / "kubernetes-json-schema"
    found: dict[str, dict[tuple[str, str], list[int]]] = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        match = re.fullmatch(r"v1\.(\d+)\.\d+-local-strict", entry.name)
        minor = int(match[1]) if match else 0
        if minor >= OLDEST:
            definitions: Mapping[str, Schema] = json.loads((entry / "_definitions.json").read_text(encoding="utf-8"))[
                "$defs"
            ]
            enums = enums_of(minor)
            for name, definition in definitions.items():
                schema = pruned(definition, _NATIVE)
                for field, values in enums.get(name, {}).items():
                    given: Schema | None = schema.get("properties", {}).get(field)
                    if given is not None:
                        (given["items"] if given.get("type") == "array" else given)["enum"] = values
                key = kinds_of(definition), compact(schema)
                found.setdefault(name, {}).setdefault(key, []).append(minor)
    lines: list[str] = []
    for name, versions in sorted(found.items()):
        for (kinds, schema), minors in versions.items():
            for first, last in spans(minors):
                lines.append(f"{name}\t{first}\t{last}\t{kinds}\t{schema}")
    return lines


def spans(minors: list[int]) -> list[tuple[int, int]]:
    """Runs of numbers without a gap: ``[27, 28, 30]`` is ``[(27, 28), (30, 30)]``."""
    result: list[tuple[int, int]] = []
    for minor in sorted(minors):
        if result and result[-1][1] == minor - 1:
            result[-1] = (result[-1][0], minor)
        else:
            result.append((minor, minor))
    return result


def kinds_of(definition: Schema) -> str:
    """Such as ``apps/v1 Deployment``; several are separated by a comma. What every group shares has none."""
    kinds: list[dict[str, str]] = definition.get("x-kubernetes-group-version-kind", [])
    if len(kinds) > 2:  # DeleteOptions and WatchEvent
        return ""
    return ",".join(sorted(f"{each['group']}/{each['version']} {each['kind']}".lstrip("/") for each in kinds))


def pruned(schema: Schema, kept: tuple[str, ...]) -> Schema:
    """A schema with some of its keys."""
    result: Schema = {}
    for key in kept:
        value: Any = schema.get(key)
        if key not in schema or (key == "additionalProperties" and value is False):
            continue
        if key == "type" and isinstance(value, list):
            value = next(each for each in cast("list[str]", value) if each != "null")
        elif key == "properties":
            value = {name: pruned(child, kept) for name, child in value.items()}
        elif key in ("allOf", "anyOf", "oneOf"):
            value = [pruned(each, kept) for each in value]
        elif isinstance(value, dict):
            value = pruned(cast(Schema, value), kept)
        result[key] = value
    if kept is _NATIVE:
        result.pop("enum", None)  # the strict schemas pin apiVersion and kind, by which the definition was found
    if kept is _CUSTOM and "required" in result:  # the server fills in defaults before it checks what is required
        properties = schema.get("properties", {})
        result["required"] = [name for name in result["required"] if "default" not in properties.get(name, {})]
    return result


def compact(schema: Schema) -> str:
    return json.dumps(schema, separators=(",", ":"), sort_keys=True)


def enums_of(minor: int) -> dict[str, dict[str, list[str]]]:
    """Enums by definition and field. Versions between the oldest and the newest take all values of the newest."""
    known: dict[str, dict[str, dict[str, list[str]]]] = json.loads(ENUMS.read_text(encoding="utf-8"))
    oldest, newest = known[MINORS[0]], known[MINORS[-1]]
    first, second = (newest, oldest) if minor == OLDEST else (oldest, newest)
    return {name: {**first.get(name, {}), **second.get(name, {})} for name in {*first, *second}}


def published_enums() -> dict[str, dict[str, dict[str, list[str]]]]:
    """What the API servers that can be built publish, by version, definition and field."""
    result: dict[str, dict[str, dict[str, list[str]]]] = {}
    for minor in MINORS:
        binaries = available().get(minor)
        if binaries is None:
            message = f"API server {minor}: not built; {HOW}"
            raise SystemExit(message)
        plane = ControlPlane(binaries)
        plane.controllers = False
        found = result[minor] = {}
        with plane:
            for path, value in plane.request("GET", "/openapi/v3")["paths"].items():
                if path.startswith(("api/", "apis/")):
                    document = plane.request("GET", value["serverRelativeURL"])
                    for name, schema in document.get("components", {}).get("schemas", {}).items():
                        enums = _enums(schema)
                        if enums and not name.endswith("Status"):
                            found[name] = enums
    return result


def _enums(schema: Schema) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for field, given in schema.get("properties", {}).items():
        values: list[str] | None = given.get("enum") or given.get("items", {}).get("enum")
        if values:
            found[field] = sorted(set(values))
    return found


def custom() -> list[str]:
    """A line for each served version of each pinned kind: apiVersion and kind, schema."""
    lines: list[str] = []
    for file in sorted(CRDS.glob("*.yaml")):
        for definition in yaml.load_all(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader):
            spec: dict[str, Any] = definition["spec"]
            for version in spec["versions"]:
                if version["served"]:
                    schema = pruned(version["schema"]["openAPIV3Schema"], _CUSTOM)
                    schema["properties"].pop("status", None)
                    name = f"{spec['group']}/{version['name']} {spec['names']['kind']}"
                    lines.append(f"{name}\t{compact(schema)}")
    return sorted(lines)


if __name__ == "__main__":
    sys.exit(main())

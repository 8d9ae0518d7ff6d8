"""The translator of Envoy Gateway, on files."""

from __future__ import annotations

import base64
import copy
import json
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from tests.cluster.api import Object

CLASS: Object = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "GatewayClass",
    "metadata": {"name": "eg"},
    "spec": {"controllerName": "gateway.envoyproxy.io/gatewayclass-controller"},
}


def translate(program: Path, objects: Iterable[Object], folder: Path) -> dict[str, Any]:
    """The objects with their status, and what each Gateway's Envoy gets."""
    file = folder / "objects.json"
    text = "\n---\n".join(json.dumps(each) for each in objects)
    file.write_text(text, encoding="utf-8")
    command = [program, "experimental", "translate", "--to", "gateway-api,xds", "--type", "all", "--output", "json"]
    done = subprocess.run([*command, "--file", file], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def prerequisites(objects: list[Object], certificate: tuple[str, str]) -> Iterator[Object]:
    """The class, the namespaces, and the Secrets and ConfigMaps that the objects name."""
    yield CLASS
    for name in sorted({item["metadata"]["namespace"] for item in objects}):
        yield {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
        }
    crt, key = certificate
    for namespace, name in sorted({each for item in objects for each in _api_keys(item)}):
        # No other key: Envoy Gateway takes each one for a client, and refuses two with one value.
        data = _encoded({"partner": "any"})
        yield {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace}, "data": data}
    for kind, namespace, name in sorted({each for item in objects for each in _references(item)}):
        data = {
            "tls.crt": crt,
            "tls.key": key,
            "ca.crt": crt,
            "client-secret": "any",
            ".htpasswd": "any:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
        }
        content = (
            {"type": "kubernetes.io/tls", "data": _encoded(data)} if kind == "Secret" else {"data": {"ca.crt": crt}}
        )
        found: Object = {
            "apiVersion": "v1",
            "kind": kind,
            "metadata": {"name": name, "namespace": namespace},
            **content,
        }
        yield found


def _encoded(data: dict[str, str]) -> dict[str, str]:
    return {name: base64.b64encode(value.encode()).decode() for name, value in data.items()}


def with_addresses(objects: list[Object]) -> tuple[list[Object], dict[tuple[str, int], str]]:
    """The objects with an address for each Service, and ``<service>:<port>`` by address and port."""
    found = copy.deepcopy(objects)
    known: dict[tuple[str, int], str] = {}
    for number, item in enumerate(each for each in found if each["kind"] == "Service"):
        address = f"10.96.{number // 250}.{number % 250 + 1}"
        item["spec"]["clusterIP"] = address
        known |= {
            (address, each["port"]): f"{item['metadata']['name']}:{each['port']}" for each in item["spec"]["ports"]
        }
    return found, known


def mappings(value: object) -> Iterator[dict[str, Any]]:
    """Every mapping in a value."""
    if isinstance(value, dict):
        found = cast("dict[str, Any]", value)
        yield found
        value = list(found.values())
    if isinstance(value, list):
        for each in cast("list[object]", value):
            yield from mappings(each)


def _references(item: Object) -> Iterator[tuple[str, str, str]]:
    """Every Secret and ConfigMap below an object: kind, namespace, name."""
    namespace: str = item["metadata"]["namespace"]
    for each in mappings(item.get("spec")):
        if each.get("kind") in ("Secret", "ConfigMap") and "name" in each:
            yield each["kind"], namespace, each["name"]
        for field in ("clientSecret", "users"):
            if isinstance(each.get(field), dict):
                yield "Secret", namespace, each[field]["name"]


def _api_keys(item: Object) -> Iterator[tuple[str, str]]:
    """Every Secret with API keys below an object: namespace, name."""
    namespace: str = item["metadata"]["namespace"]
    for each in mappings(item.get("spec")):
        yield from ((namespace, found["name"]) for found in each.get("credentialRefs", []))

"""What a system takes for granted: definitions of custom resources, classes of storage and of priority."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tests.cluster.api import Api, Object, UnknownKindError, many, name_of
from tests.cluster.systems import ROOT, Rendered, templates

import yaml

OWN = Path(__file__).parent / "data" / "shelf.crd.yaml"
CRDS = ROOT / "imports" / "crds"
SNAPSHOTS = sorted((ROOT / "tests").glob("**/__snapshots__/**/*.k8s.yaml"))


NEWER = {("gateway.networking.k8s.io", "TLSRoute"): 31}
"""Definitions with a rule that older servers refuse, and the first minor version that takes it: isIP of CEL is of 1.31."""


def prerequisites_of(systems: Iterable[Rendered], minor: int) -> list[Object]:
    listed = list(systems)
    return [*definitions(minor), *_classes(listed)]


def _classes(systems: Iterable[Rendered]) -> list[Object]:
    """Classes that somebody names, made of what kwok plays."""
    storage: set[str] = set()
    priority: set[str] = set()
    for each in systems:
        for owner, template in templates(each.objects):
            priority.add(template["spec"].get("priorityClassName") or "")
            claims = owner["spec"].get("volumeClaimTemplates", [])
            storage |= {claim["spec"].get("storageClassName") or "" for claim in claims}
        storage |= {claim["spec"].get("storageClassName") or "" for claim in each.pick("PersistentVolumeClaim")}
    own = {"kwok-volume", "system-cluster-critical", "system-node-critical", ""}
    kinds = (
        ("storage.k8s.io/v1", "StorageClass", {"provisioner": "kwok.x-k8s.io/volume"}, storage),
        ("scheduling.k8s.io/v1", "PriorityClass", {"value": 1000}, priority),
    )
    return [
        {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **content}
        for version, kind, content, names in kinds
        for name in sorted(names - own)
    ]


def definitions(minor: int = max(NEWER.values())) -> list[Object]:
    """Every one that is pinned and that a server of a minor version takes, and the tests' own."""
    return [
        definition
        for file in [OWN, *sorted(CRDS.glob("*.yaml"))]
        for definition in yaml.load_all(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        if definition and NEWER.get((definition["spec"]["group"], definition["spec"]["names"]["kind"]), minor) <= minor
    ]


def served(definition: Object) -> list[tuple[str, str]]:
    """The versions and the kind that a definition serves."""
    spec = definition["spec"]
    return [(f"{spec['group']}/{each['name']}", spec["names"]["kind"]) for each in spec["versions"] if each["served"]]


def not_established(api: Api, objects: Iterable[Object]) -> list[str]:
    """Definitions that are not served yet: a server prepares the storage of a kind when it is first asked for it."""
    found: list[str] = []
    for item in objects:
        if item["kind"] == "CustomResourceDefinition":
            conditions = many(api.get(api.path_of(item)).get("status", {}).get("conditions"))
            if not any(each["type"] == "Established" and each["status"] == "True" for each in conditions):
                found.append(f"{name_of(item)}: not established yet")
                continue
            for version, kind in served(item):
                try:
                    answer = api.send("GET", f"{api.resource(version, kind).path()}?limit=1")
                except UnknownKindError as error:
                    found.append(f"{name_of(item)}: {error}")
                else:
                    if not answer.ok:
                        found.append(f"{name_of(item)}: {version}: {answer.status} {answer.message}")
    return found

"""Custom resource definitions: those of the groups that an app or a snapshot has objects of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from tests.cluster.api import Api, Object, many, name_of
from tests.cluster.systems import ROOT, Rendered

import yaml

OWN = Path(__file__).parent / "data" / "shelf.crd.yaml"
CRDS = ROOT / "imports" / "crds"
SNAPSHOTS = sorted((ROOT / "tests").glob("**/__snapshots__/**/*.k8s.yaml"))
GROUP = re.compile(r"^apiVersion: ([\w.-]+)/", re.MULTILINE)


def definitions_for(systems: Iterable[Rendered]) -> list[Object]:
    groups = {item["apiVersion"].partition("/")[0] for each in systems for item in each.objects}
    for path in SNAPSHOTS:
        groups.update(GROUP.findall(path.read_text(encoding="utf-8")))
    return [
        definition
        for file in [OWN, *sorted(CRDS.glob("*.yaml"))]
        if file == OWN or file.stem in groups
        for definition in yaml.load_all(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        if definition
    ]


def not_established(api: Api, objects: Iterable[Object]) -> list[str]:
    """Definitions that are not served yet."""
    found: list[str] = []
    for item in objects:
        if item["kind"] == "CustomResourceDefinition":
            conditions = many(api.get(api.path_of(item)).get("status", {}).get("conditions"))
            if not any(each["type"] == "Established" and each["status"] == "True" for each in conditions):
                found.append(f"{name_of(item)}: not served yet")
    return found

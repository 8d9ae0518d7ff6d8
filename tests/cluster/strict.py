"""What an API server says against objects when it is asked to be strict: refusals, and warnings, which count as such."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator
from typing import Any

from tests.cluster.api import Answer, Api, Object, Resource, UnknownKindError, name_of
from tests.cluster.systems import templates

LEVELS = ("restricted", "baseline", "privileged")
CDK8S_PLUS = "cdk8s.io/metadata.addr"
UNKNOWN_FIELD = re.compile(r'unknown field "([^"]+)"')
STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")

NEWER_FIELDS = {
    r".*\.lifecycle\.\w+\.sleep": 30,
    r".*\.initContainers\[\d+\]\.restartPolicy": 29,
    r"spec\.trafficDistribution": 30,
}
"""Fields by the minor version that has them first. A snapshot that was written for that version may have them."""


def scratch(level: str) -> list[Object]:
    """A namespace that enforces a Pod Security level, and warns of what it would refuse in a pod template.

    With the account that every pod needs, where no controller makes it.
    """
    labels = {f"pod-security.kubernetes.io/{mode}": level for mode in ("enforce", "warn")}
    name = f"strict-{level}"
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name}},
    ]


def level_of(objects: Iterable[Object]) -> str:
    """The Pod Security level that the objects' own namespace enforces, else the one that their pods keep.

    Pods of this library are restricted. Those of cdk8s-plus-27, told by its label, are not, unless somebody says all
    that it takes: they are held to the baseline.
    """
    listed = list(objects)
    for item in listed:
        if item["kind"] == "Namespace":
            labels = item["metadata"].get("labels", {})
            return str(labels.get("pod-security.kubernetes.io/enforce", "privileged"))
    others = any(CDK8S_PLUS in template["metadata"].get("labels", {}) for _, template in templates(listed))
    return "baseline" if others else "restricted"


def refusals(api: Api, objects: Iterable[Object], *, minor: int, written_for_another: bool = False) -> list[str]:
    """Everything that the server says against the objects, each with the object's name. Nothing is kept by it.

    Each object is created by itself, in a namespace of the tests. Pod templates are tried as pods too, because Pod
    Security refuses nothing else. `written_for_another` version: fields that this one does not know yet are left out.
    """
    listed = [copy.deepcopy(item) for item in objects]
    level = level_of(listed)
    found: list[str] = []
    for item in [*listed, *_pods(listed)]:
        said = _said_against(api, item, level, minor if written_for_another else None)
        if said:
            found.append(f"{name_of(item)}: {said}")
    return found


def _said_against(api: Api, item: Object, level: str, older: int | None) -> str:
    try:
        resource = api.resource(item["apiVersion"], item["kind"])
    except UnknownKindError as error:
        return str(error)
    sent = _movable(item, resource, level)
    answer = _create(api, resource, sent, level)
    unknown = UNKNOWN_FIELD.findall(answer.message) if older is not None and answer.status == 400 else []
    if unknown and all(_is_newer(field, older or 0) for field in unknown):
        for field in unknown:
            _remove(sent, field)
        answer = _create(api, resource, sent, level)
    if not answer.ok:
        return f"{answer.status} {answer.message}"
    return "; ".join(f"warning: {each}" for each in answer.warnings)


def _create(api: Api, resource: Resource, item: Object, level: str) -> Answer:
    return api.send("POST", f"{resource.path(f'strict-{level}')}?dryRun=All&fieldValidation=Strict", item)


def _movable(item: Object, resource: Resource, level: str) -> Object:
    """A copy that can be created whatever else is in the cluster."""
    sent = copy.deepcopy(item)
    if resource.namespaced:
        sent["metadata"]["namespace"] = f"strict-{level}"
    elif item["kind"] != "CustomResourceDefinition":  # whose name is made of its content
        sent["metadata"]["name"] = f"strict-{item['metadata']['name']}"[:63].rstrip("-.")
    if item["kind"] == "Secret":  # snapshots mask what is in them
        masked = dict.fromkeys(item.get("data", {}), "")
        sent.update({"data": masked} if masked else {})
    return sent


def _pods(objects: Iterable[Object]) -> Iterator[Object]:
    for owner, template in templates(objects):
        spec: dict[str, Any] = copy.deepcopy(template["spec"])
        if owner["kind"] == "Pod":
            continue
        for reference in ("serviceAccountName", "priorityClassName", "runtimeClassName"):
            spec.pop(reference, None)  # to objects that may not be there
        for claim in owner["spec"].get("volumeClaimTemplates", []):  # which become volumes of the same name
            spec.setdefault("volumes", []).append({"name": claim["metadata"]["name"], "emptyDir": {}})
        metadata = {**copy.deepcopy(template["metadata"]), "name": owner["metadata"]["name"]}
        metadata["namespace"] = owner["metadata"].get("namespace", "")
        yield {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _is_newer(field: str, minor: int) -> bool:
    return any(minor < since and re.fullmatch(pattern, field) for pattern, since in NEWER_FIELDS.items())


def _remove(item: Object, field: str) -> None:
    """Take out a field, and what is empty without it."""
    steps = [name or int(number) for name, number in STEP.findall(field)]
    path: list[Any] = [item]
    for step in steps[:-1]:
        path.append(path[-1][step])
    for holder, step in zip(reversed(path), reversed(steps), strict=True):
        del holder[step]
        if holder:
            return

"""Checksum of configuration on the pod template: configuration keeps its name, and a change rolls the pods.

No value of a Secret is part of it. A digest of a short value can be reversed by trying all values, and everyone who may
read pods can read the annotation. Equal digests would also show that two environments have the same password.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from kmop_constructs.core.made import MakesSecret
from kmop_constructs.core.plain import mapping, mappings, within

if TYPE_CHECKING:
    from kmop_constructs.core.normalise import JsonObject
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.typings import k8s

__all__ = ["ANNOTATION", "REVISION", "references", "with_checksum", "with_new_checksum"]

ANNOTATION = "checksum/config"
"""Key of the annotation, a convention of Helm charts."""

REVISION = "kmop-constructs/revision"
"""Key of the annotation of a Secret with a text that changes if the pods that read it must be replaced."""


def with_checksum(
    synthesis: Synthesis,
    scope: str,
    workload: k8s.Deployment | k8s.StatefulSet | k8s.DaemonSet | k8s.Job | k8s.CronJob | JsonObject,
) -> JsonObject:
    """Return the workload with a checksum of the ConfigMaps and Secrets of this app that its pods read.

    The checksum covers the contents of ConfigMaps, and the keys and revisions of Secrets. A Job and a CronJob get none: a Job cannot be changed, and the next run of a CronJob reads the new content.
    """
    drawn = cast("JsonObject", dict(workload))
    if drawn["kind"] in ("Job", "CronJob"):
        return drawn
    template = drawn["spec"]["template"]
    digest = _digest(synthesis, scope, template)
    if digest is None:
        return drawn
    return _annotated(drawn, {**(within(template, "metadata", "annotations") or {}), ANNOTATION: digest})


def with_new_checksum(synthesis: Synthesis, scope: str, workload: JsonObject, drawn: JsonObject) -> JsonObject:
    """Return a workload with the checksum of what its pods read now. `drawn` is the workload before it was patched.

    A checksum that a patch has set or removed stays.
    """
    before = _checksum(drawn)
    if _checksum(workload) != before:
        return workload
    if before is not None:
        annotations = workload["spec"]["template"]["metadata"]["annotations"]
        workload = _annotated(workload, {key: value for key, value in annotations.items() if key != ANNOTATION})
    return with_checksum(synthesis, scope, workload)


def _checksum(workload: JsonObject) -> object:
    return within(workload, "spec", "template", "metadata", "annotations", ANNOTATION)


def _annotated(workload: JsonObject, annotations: JsonObject) -> JsonObject:
    template = workload["spec"]["template"]
    metadata = {**template.get("metadata", {}), "annotations": annotations}
    if not annotations:
        del metadata["annotations"]
    return {**workload, "spec": {**workload["spec"], "template": {**template, "metadata": metadata}}}


def _digest(synthesis: Synthesis, scope: str, template: Mapping[str, Any]) -> str | None:
    contents: dict[str, Any] = {}
    for kind, name in sorted(set(references(template["spec"]))):
        found = synthesis.find(kind, scope, name)
        if found is None:
            # A Secret that an operator creates has no content here. Its fact has a text that changes when pods must be replaced.
            revisions = [given.fact.revision for given in synthesis.about(MakesSecret, (kind, scope, name))]
            if any(revisions):
                contents[f"{kind}/{name}"] = {"revision": revisions}
        elif kind == "Secret":
            contents[f"{kind}/{name}"] = _of_secret(found)
        else:
            contents[f"{kind}/{name}"] = {key: found.get(key) for key in ("data", "stringData", "binaryData")}
    if not contents:
        return None
    import hashlib

    text = json.dumps(contents, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _of_secret(secret: Mapping[str, Any]) -> JsonObject:
    """Return the keys and the revision of a Secret, without its values."""
    keys = {key for field in ("data", "stringData") for key in mapping(secret.get(field))}
    return {"keys": sorted(keys), "revision": within(secret, "metadata", "annotations", REVISION)}


def references(pod: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield kind and name of each ConfigMap and Secret that a pod reads. A patch may have made the pod malformed."""
    for container in (*mappings(pod.get("initContainers")), *mappings(pod.get("containers"))):
        for source in mappings(container.get("envFrom")):
            yield from _named(source, "configMapRef", "secretRef")
        for variable in mappings(container.get("env")):
            yield from _named(mapping(variable.get("valueFrom")), "configMapKeyRef", "secretKeyRef")
    for volume in mappings(pod.get("volumes")):
        for source in (volume, *mappings(within(volume, "projected", "sources"))):
            yield from _named(source, "configMap", "secret")


def _named(source: Mapping[str, Any], config_map: str, secret: str) -> Iterator[tuple[str, str]]:
    if config_map in source:
        yield "ConfigMap", str(within(source, config_map, "name"))
    if secret in source:
        yield "Secret", str(within(source, secret, "name") or within(source, secret, "secretName"))

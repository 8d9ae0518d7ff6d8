"""Checksum of configuration on the pod template: configuration keeps its name, and a change rolls the pods."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from kmop_constructs.core.made import MakesSecret

if TYPE_CHECKING:
    from kmop_constructs.core.normalise import JsonObject
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.typings import k8s

__all__ = ["ANNOTATION", "references", "with_checksum"]

ANNOTATION = "checksum/config"
"""Key of the annotation, a convention of Helm charts."""


def with_checksum(
    synthesis: Synthesis,
    scope: str,
    workload: k8s.Deployment | k8s.StatefulSet | k8s.DaemonSet | k8s.Job | k8s.CronJob,
) -> JsonObject:
    """Return the workload with a checksum of all ConfigMaps and Secrets of this app that its pods read.

    A Job and a CronJob get none: a Job cannot be changed, and the next run of a CronJob reads the new content.
    """
    drawn = cast("JsonObject", dict(workload))
    if drawn["kind"] in ("Job", "CronJob"):
        return drawn
    template = drawn["spec"]["template"]
    contents: dict[str, Any] = {}
    for kind, name in sorted(set(references(template["spec"]))):
        found = synthesis.find(kind, scope, name)
        if found is None:
            # A Secret that an operator creates has no content here. Its fact has a text that changes when pods must be replaced.
            said = [given.fact.revision for given in synthesis.about(MakesSecret, (kind, scope, name))]
            if any(said):
                contents[f"{kind}/{name}"] = {"revision": said}
        else:
            contents[f"{kind}/{name}"] = {key: found.get(key) for key in ("data", "stringData", "binaryData")}
    if not contents:
        return drawn
    text = json.dumps(contents, sort_keys=True, ensure_ascii=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    metadata = {**template["metadata"]}
    metadata["annotations"] = {**metadata.get("annotations", {}), ANNOTATION: digest}
    return {**drawn, "spec": {**drawn["spec"], "template": {**template, "metadata": metadata}}}


def references(pod: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield kind and name of each ConfigMap and Secret that a pod reads."""
    for container in (*pod.get("initContainers", ()), *pod.get("containers", ())):
        for source in container.get("envFrom", ()):
            yield from _named(source, "configMapRef", "secretRef")
        for variable in container.get("env", ()):
            yield from _named(variable.get("valueFrom", {}), "configMapKeyRef", "secretKeyRef")
    for volume in pod.get("volumes", ()):
        for source in (volume, *volume.get("projected", {}).get("sources", ())):
            yield from _named(source, "configMap", "secret")


def _named(source: Mapping[str, Any], config_map: str, secret: str) -> Iterator[tuple[str, str]]:
    if config_map in source:
        yield "ConfigMap", str(source[config_map].get("name"))
    if secret in source:
        yield "Secret", str(source[secret].get("name") or source[secret].get("secretName"))

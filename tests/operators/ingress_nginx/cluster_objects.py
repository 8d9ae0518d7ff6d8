"""What the controller of ingress-nginx reads from a cluster, from objects as they are drawn."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from tests.cluster.api import Object

PREFIX = "nginx.ingress.kubernetes.io/"

Upstream: TypeAlias = tuple[str, str, str]
"""Namespace, Service, and the name or number of the port: `buildUpstreamName` of template.go."""


@dataclass(kw_only=True, slots=True)
class Annotations:
    """Those of an Ingress. What nobody has read at the end has no directive here, and is an error."""

    ingress: str
    values: dict[str, str]
    read: set[str] = field(default_factory=set[str])

    def get(self, name: str) -> str | None:
        self.read.add(name)
        return self.values.get(name)

    def is_true(self, name: str, *, default: bool = False) -> bool:
        value = self.get(name)
        return default if value is None else value == "true"

    def check(self) -> None:
        """Raise ValueError for an annotation that has no directive."""
        if left := sorted(self.values.keys() - self.read):
            message = f"{self.ingress}: no directive is known for {', '.join(left)}"
            raise ValueError(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class IngressPath:
    """One path of one host of an Ingress."""

    ingress: str
    host: str
    path: str
    type: str
    upstream: Upstream
    annotations: Annotations


@dataclass(frozen=True, kw_only=True, slots=True)
class Ingresses:
    """The Ingresses of a class, and what they refer to."""

    objects: Sequence[Object]
    folder: Path
    """Where files are written from Secrets."""

    def paths(self, *, canaries: bool) -> list[IngressPath]:
        """Those of the Ingresses in their order, or of the canaries."""
        found: list[IngressPath] = []
        for each in self._kind("Ingress"):
            annotations = self._annotations(each)
            if annotations.is_true("canary") == canaries:
                found += self._paths(each, annotations)
        return found

    def _paths(self, ingress: Object, annotations: Annotations) -> Iterable[IngressPath]:
        name, namespace = annotations.ingress, ingress["metadata"]["namespace"]
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                service = path["backend"]["service"]
                port = service["port"].get("name") or str(service["port"]["number"])
                yield IngressPath(
                    ingress=name,
                    host=rule.get("host", "_"),
                    path=path["path"],
                    type=path["pathType"],
                    upstream=(namespace, service["name"], port),
                    annotations=annotations,
                )

    def certificates(self) -> dict[str, str]:
        """The Secret of each host with TLS."""
        return {
            host: f"{each['metadata']['namespace']}/{tls['secretName']}"
            for each in self._kind("Ingress")
            for tls in each["spec"].get("tls", ())
            for host in tls["hosts"]
        }

    def addresses(self, upstream: Upstream) -> list[str]:
        """The pods of a port, with the port of each: `getEndpointsFromSlices` of internal/ingress/controller/endpointslices.go."""
        namespace, service, port = upstream
        [found] = [each for each in self._kind("Service") if _place(each) == (namespace, service)]
        [name] = [each["name"] for each in found["spec"]["ports"] if port in (each["name"], str(each["port"]))]
        return [
            f"{address}:{each['port']}"
            for slice_ in self._kind("EndpointSlice")
            if slice_["metadata"]["namespace"] == namespace
            and slice_["metadata"]["labels"]["kubernetes.io/service-name"] == service
            for each in slice_["ports"]
            if each["name"] == name
            for endpoint in slice_["endpoints"]
            if endpoint["conditions"]["ready"]
            for address in endpoint["addresses"]
        ]

    def write(self, secret: str, key: str) -> Path:
        """A key of a Secret, given as namespace/name, as a file."""
        namespace, _, name = secret.partition("/")
        [found] = [each for each in self._kind("Secret") if _place(each) == (namespace, name)]
        file = self.folder / f"{namespace}-{name}-{key}"
        file.write_bytes(base64.b64decode(found["data"][key]))
        return file

    def _kind(self, kind: str) -> Iterable[Object]:
        return (each for each in self.objects if each["kind"] == kind)

    def _annotations(self, ingress: Object) -> Annotations:
        drawn = ingress["metadata"].get("annotations", {})
        own = {key.removeprefix(PREFIX): value for key, value in drawn.items() if key.startswith(PREFIX)}
        return Annotations(ingress="/".join(_place(ingress)), values=own)


def _place(item: Object) -> tuple[str, str]:
    return item["metadata"]["namespace"], item["metadata"]["name"]

"""What the tests write beside what is drawn: addresses of pods, Secrets."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping

from tests.cluster.api import Object

TESTS = "tests"


def endpoints(service: Object, pods: Iterable[str], targets: Mapping[int, int], *, ready: bool = True) -> Object:
    """The EndpointSlice of a Service. `targets` has the port of the pods for each port of the Service."""
    name, namespace = service["metadata"]["name"], service["metadata"]["namespace"]
    conditions = {"ready": ready, "serving": ready, "terminating": False}
    taken = ("name", "appProtocol")
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{name}-{TESTS}",
            "namespace": namespace,
            "labels": {"kubernetes.io/service-name": name, "endpointslice.kubernetes.io/managed-by": TESTS},
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": [pod], "conditions": conditions} for pod in pods],
        "ports": [
            {"port": targets[each["port"]], "protocol": "TCP", **{key: each[key] for key in taken if key in each}}
            for each in service["spec"]["ports"]
        ],
    }


def secret(namespace: str, name: str, values: Mapping[str, str], *, type: str = "Opaque") -> Object:  # noqa: A002
    """A Secret with some texts."""
    metadata = {"name": name, "namespace": namespace}
    data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    return {"apiVersion": "v1", "kind": "Secret", "type": type, "metadata": metadata, "data": data}

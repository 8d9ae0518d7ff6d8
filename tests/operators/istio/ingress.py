"""An ingress gateway: what its chart installs, the token of its pod, and how its Envoy starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kmop_constructs.values.pods import Pods
from tests.cluster.api import Object
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.gateways.stage import Ports

import yaml

ACCOUNT = "istio-ingress"
"""The name of the Deployment, the Service and the ServiceAccount."""

AUDIENCE = "istio-ca"
"""Of the tokens by which istiod knows a proxy (TOKEN_AUDIENCES)."""

PRIVILEGED = Ports(http=80, https=443)


def ingress(peer: Pods, ports: Ports = PRIVILEGED) -> list[Object]:
    """What the chart istio/gateway installs. Envoy listens on the ports that the Service leads to."""
    place, labels = str(peer.namespace), dict(peer.labels)
    chosen = (("http2", 80, ports.http), ("https", 443, ports.https))
    container = {
        "name": "istio-proxy",
        "image": "istio/proxyv2",
        "ports": [{"containerPort": target} for _, _, target in chosen],
    }
    template = {
        "metadata": {"labels": labels},
        "spec": {"serviceAccountName": ACCOUNT, "containers": [container]},
    }
    served = [{"name": name, "port": port, "targetPort": target} for name, port, target in chosen]
    metadata: dict[str, Any] = {"name": ACCOUNT, "namespace": place, "labels": labels}
    rbac = "rbac.authorization.k8s.io"
    rules = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "watch", "list"]}]
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
        {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": metadata, "rules": rules},
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": rbac, "kind": "Role", "name": ACCOUNT},
            "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": place}],
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": metadata,
            "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
        },
        {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"selector": labels, "ports": served}},
    ]


def pod_of(cluster: Cluster, peer: Pods) -> Object:
    """The gateway's pod, once it has an address."""
    labels = ",".join(f"{key}%3D{value}" for key, value in peer.labels.items())
    path = f"/api/v1/namespaces/{peer.namespace}/pods?labelSelector={labels}"
    eventually(lambda: [] if [each for each in cluster.api.items(path) if each["status"].get("podIP")] else ["no pod"])
    return cluster.api.items(path)[0]


def node_of(pod: Object) -> str:
    """By which a proxy names itself."""
    name, place = pod["metadata"]["name"], pod["metadata"]["namespace"]
    return f"router~{pod['status']['podIP']}~{name}.{place}~{place}.svc.cluster.local"


def token_of(cluster: Cluster, place: str) -> str:
    """As the kubelet writes it into the pod: without one, istiod sends no certificates."""
    path = f"/api/v1/namespaces/{place}/serviceaccounts/{ACCOUNT}/token"
    wanted = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"audiences": [AUDIENCE], "expirationSeconds": 7200},
    }
    answer = cluster.api.send("POST", path, wanted)
    assert answer.ok, answer.message
    return answer.body["status"]["token"]


def bootstrap(pod: Object, address: str, token: str) -> Object:
    """How Envoy starts: it asks istiod for all else. Istio's agent, which is not here, writes the same."""
    host, _, port = address.partition(":")
    metadata = {
        "NAMESPACE": pod["metadata"]["namespace"],
        "CLUSTER_ID": "Kubernetes",
        "LABELS": pod["metadata"]["labels"],
        "SERVICE_ACCOUNT": ACCOUNT,
    }
    http2: Object = {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        "explicit_http_config": {"http2_protocol_options": {}},
    }
    endpoint = {"address": {"socket_address": {"address": host, "port_value": int(port)}}}
    istiod: Object = {
        "name": "xds-grpc",
        "type": "STATIC",
        "connect_timeout": "1s",
        "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": http2},
        "load_assignment": {
            "cluster_name": "xds-grpc",
            "endpoints": [{"lb_endpoints": [{"endpoint": endpoint}]}],
        },
    }
    service = {
        "envoy_grpc": {"cluster_name": "xds-grpc"},
        "initial_metadata": [{"key": "authorization", "value": f"Bearer {token}"}],
    }
    asked: Object = {"ads": {}, "initial_fetch_timeout": "0s", "resource_api_version": "V3"}
    return {
        "node": {"id": node_of(pod), "cluster": ACCOUNT, "metadata": metadata},
        "dynamic_resources": {
            "lds_config": asked,
            "cds_config": asked,
            "ads_config": {
                "api_type": "DELTA_GRPC",
                "set_node_on_first_message_only": True,
                "transport_api_version": "V3",
                "grpc_services": [service],
            },
        },
        "static_resources": {"clusters": [istiod]},
    }


def write_bootstrap(cluster: Cluster, peer: Pods, address: str, folder: Path) -> Path:
    """Write the file for the pod of a gateway."""
    content = bootstrap(pod_of(cluster, peer), address, token_of(cluster, str(peer.namespace)))
    found = folder / "envoy.yaml"
    found.write_text(yaml.safe_dump(content), encoding="utf-8")
    return found

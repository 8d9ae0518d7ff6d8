"""Pods as operators make them, for asking policies about them: those of CloudNativePG, Elastic Cloud on Kubernetes, KubeDB and Strimzi."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kmop_constructs.core.reachability import Topology

Object = dict[str, Any]

OPERATORS = {
    "cloudnative-pg": ("cnpg-system", {"app.kubernetes.io/name": "cloudnative-pg"}),
    "elastic-operator": ("elastic-system", {"control-plane": "elastic-operator"}),
    "keda-operator": ("keda", {"app": "keda-operator"}),
    "kubedb": ("kubedb", {"app.kubernetes.io/instance": "kubedb"}),
    "strimzi-cluster-operator": ("strimzi", {"strimzi.io/kind": "cluster-operator"}),
}
"""Namespace and labels of each operator's pods, from its own manifests."""


def with_operated_pods(objects: Iterable[Object]) -> Topology:
    """Return who reaches whom, with the pods that the operators make and those of the operators.

    The primary of a Cluster is ``StatefulSet/<name>-primary``, its replicas ``StatefulSet/<name>-replica``, the nodes of an
    Elasticsearch ``StatefulSet/<name>-nodes``, the members of a MySQL ``StatefulSet/<name>-members``, the brokers of a Kafka
    ``StatefulSet/<name>-brokers``, a Kafka Connect ``StatefulSet/<name>-connect``.
    """
    listed = list(objects)
    played = [each for item in listed for each in _made_of(item)]
    for name, (namespace, labels) in OPERATORS.items():
        played.append({"apiVersion": "v1", "kind": "Namespace", "metadata": _named(namespace)})
        played.append(_pods(name, namespace, labels, 8443))
    return Topology([*listed, *played])


def _made_of(item: Object) -> Iterator[Object]:
    name, namespace = item["metadata"]["name"], item["metadata"].get("namespace", "")
    if item["kind"] == "Cluster":
        for role in ("primary", "replica"):
            labels = {"cnpg.io/cluster": name, "cnpg.io/instanceRole": role}
            yield _pods(f"{name}-{role}", namespace, labels, 5432, 8000)
    if item["kind"] == "Elasticsearch":
        labels = {"elasticsearch.k8s.elastic.co/cluster-name": name}
        yield _pods(f"{name}-nodes", namespace, labels, 9200, 9300)
    if item["kind"] == "Kafka":
        labels = {"strimzi.io/cluster": name, "strimzi.io/name": f"{name}-kafka", "strimzi.io/broker-role": "true"}
        yield _pods(f"{name}-brokers", namespace, labels, 9090, 9091, 9093)
    if item["kind"] == "KafkaConnect":
        labels = {"kind": "KafkaConnect", "cluster": name, "name": f"{name}-connect"}
        yield _pods(f"{name}-connect", namespace, {f"strimzi.io/{key}": value for key, value in labels.items()}, 8083)
    if item["kind"] == "MySQL":
        names = {"name": "mysqls.kubedb.com", "instance": name, "managed-by": "kubedb.com"}
        labels = {f"app.kubernetes.io/{key}": value for key, value in names.items()}
        yield _pods(f"{name}-members", namespace, labels, 3306, 33060, 33061)


def _pods(name: str, namespace: str, labels: dict[str, str], *ports: int) -> Object:
    container = {"name": "main", "image": "played", "ports": [{"containerPort": port} for port in ports]}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"matchLabels": labels}, "serviceName": name, "template": template},
    }


def _named(namespace: str) -> Object:
    return {"name": namespace, "labels": {"kubernetes.io/metadata.name": namespace}}

"""The Kafka of Strimzi and its pools of nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.kafka.strimzi import CLUSTER, PORT, node_labels
from kmop_constructs.core.flows import flows_of
from kmop_constructs.core.manifest import Deferred
from kmop_constructs.core.network.lowering import lowered
from kmop_constructs.core.pod.containers import resources
from kmop_constructs.providers.strimzi.names import LISTENER, pool_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kmop_constructs.core.made import MakesService
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.providers.strimzi.settings import Controllers
    from kmop_constructs.typings import k8s
    from kmop_constructs.typings import kafka_strimzi_io as strimzi
    from kmop_constructs.values.quantity import Size
    from kmop_constructs.values.resources import Resources

__all__ = ["Wanted", "kafka", "pools"]

API = "kafka.strimzi.io/v1"
_ZONE, _HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
_RESTRICTED: k8s.SecurityContext = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""What the level ``restricted`` of Pod Security wants of a container. Strimzi's images have a user that is not root."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Everything that a Kafka is drawn from."""

    subject: Subject
    version: str
    brokers: int
    storage: Size
    storage_class: str | None
    resources: Resources
    controllers: Controllers | None
    properties: Mapping[str, object]
    zones: bool
    operators: Resources | None
    deletes_topics: bool
    service: MakesService
    """The Service that clients ask first, with the callers that another repository builds."""


def pools(wanted: Wanted) -> dict[str, strimzi.KafkaNodePool]:
    """Return the pools of nodes, by role."""
    given = wanted.controllers
    roles: list[Any] = ["broker"] if given is not None else ["controller", "broker"]
    found = {"brokers": _pool(wanted, "brokers", roles, wanted.brokers, wanted.storage, wanted.resources)}
    if given is not None:
        found["controllers"] = _pool(
            wanted, "controllers", ["controller"], given.instances, given.storage, given.resources
        )
    return found


def _pool(
    wanted: Wanted, role: str, roles: list[Any], instances: int, storage: Size, given: Resources
) -> strimzi.KafkaNodePool:
    name = wanted.subject.name
    volume: Any = {
        "id": 0,
        "type": "persistent-claim",
        "size": str(storage),
        "kraftMetadata": "shared",
        "deleteClaim": False,
    }
    if wanted.storage_class is not None:
        volume["class"] = wanted.storage_class
    labels = {CLUSTER: name, "strimzi.io/pool-name": pool_of(name, role)}
    keys = (_HOST, _ZONE) if wanted.zones else (_HOST,)
    pod: strimzi.KafkaConnectTemplatePod = {
        "enableServiceLinks": False,
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": key,
                "whenUnsatisfiable": "DoNotSchedule" if key == _ZONE else "ScheduleAnyway",
                "labelSelector": {"matchLabels": dict(labels)},
            }
            for key in keys
        ],
    }
    if wanted.subject.cluster.pull_secrets:
        pod["imagePullSecrets"] = [{"name": each} for each in wanted.subject.cluster.pull_secrets]
    return {
        "apiVersion": API,
        "kind": "KafkaNodePool",
        "metadata": {"name": pool_of(name, role), "labels": {**wanted.subject.labels, CLUSTER: name}},
        "spec": {
            "replicas": instances,
            "roles": roles,
            "storage": {"type": "jbod", "volumes": [volume]},
            "resources": resources(given),
            "template": {
                "pod": pod,
                "kafkaContainer": {"securityContext": _RESTRICTED},
                "initContainer": {"securityContext": _RESTRICTED},
            },
        },
    }


def kafka(wanted: Wanted) -> Deferred:
    """Return the Kafka. Its listener admits the callers of the app, which are known at synth."""

    def draw(synthesis: Synthesis) -> strimzi.Kafka:
        return _kafka(wanted, _callers(wanted, synthesis))

    return Deferred(api_version=API, kind="Kafka", name=wanted.subject.name, draw=draw)


def _callers(wanted: Wanted, synthesis: Synthesis) -> list[Any] | None:
    """Return the peers that Strimzi's own policy admits at the listener. ``None`` on a platform without isolation.

    Without a peer Strimzi would admit every pod, so a Kafka without callers admits its own nodes.
    """
    if wanted.subject.cluster.isolation == "off":
        return None
    openings = flows_of(synthesis).ingress(wanted.service.facts)
    peers = [peer for rule in lowered(openings, wanted.subject.cluster) for peer in rule.peers]
    return list(cast("list[Any]", peers)) or [{"podSelector": {"matchLabels": node_labels(wanted.subject.name)}}]


def _kafka(wanted: Wanted, callers: list[Any] | None) -> strimzi.Kafka:
    listener: strimzi.KafkaKafkaListener = {
        "name": LISTENER,
        "port": PORT,
        "type": "internal",
        "tls": True,
        "authentication": {"type": "scram-sha-512"},
    }
    if callers is not None:
        listener["networkPolicyPeers"] = callers
    server: strimzi.KafkaKafka = {
        "version": wanted.version,
        "listeners": [listener],
        "authorization": {"type": "simple"},
        "config": dict(wanted.properties),
    }
    if wanted.zones:
        server["rack"] = {"type": "topology-label", "topologyKey": _ZONE}
    return {
        "apiVersion": API,
        "kind": "Kafka",
        "metadata": {"name": wanted.subject.name, "labels": dict(wanted.subject.labels)},
        "spec": {"kafka": server, "entityOperator": _operators(wanted)},
    }


def _operators(wanted: Wanted) -> strimzi.KafkaEntityOperator:
    topics: strimzi.KafkaEntityOperatorTopicOperator = {}
    users: strimzi.KafkaEntityOperatorUserOperator = {}
    if wanted.operators is not None:
        topics["resources"] = users["resources"] = resources(wanted.operators)
    pod: Any = {"enableServiceLinks": False}
    if wanted.subject.cluster.pull_secrets:
        pod["imagePullSecrets"] = [{"name": each} for each in wanted.subject.cluster.pull_secrets]
    container: strimzi.KafkaConnectTemplateBuildContainer = {"securityContext": _RESTRICTED}
    if not wanted.deletes_topics:
        # A deleted KafkaTopic would wait for ever for a topic that cannot be deleted:
        # https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/documentation/modules/operators/con-disabling-topic-deletion.adoc
        container["env"] = [{"name": "STRIMZI_USE_FINALIZERS", "value": "false"}]
    return {
        "topicOperator": topics,
        "userOperator": users,
        "template": {
            "pod": pod,
            "topicOperatorContainer": container,
            "userOperatorContainer": {"securityContext": _RESTRICTED},
        },
    }

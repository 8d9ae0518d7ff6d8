"""The RabbitmqCluster, and the disruption budget of its nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.rabbitmq.rights import UsesQueue
from kmop_constructs.core.manifest import Deferred
from kmop_constructs.core.pod.containers import resources
from kmop_constructs.providers.rabbitmq_operators.names import ALLOWED, API, node_labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.providers.rabbitmq_operators.users import OperatorLogins
    from kmop_constructs.typings import k8s
    from kmop_constructs.typings import rabbitmq_com as rabbitmq
    from kmop_constructs.values.image import Image
    from kmop_constructs.values.quantity import Size
    from kmop_constructs.values.resources import Resources

__all__ = ["Wanted", "budget", "cluster"]

_ZONE, _HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Everything that a RabbitMQ is drawn from."""

    subject: Subject
    image: Image
    nodes: int
    storage: Size
    storage_class: str | None
    resources: Resources
    settings: Mapping[str, str]
    zones: bool
    certificate: str | None
    """Name of the Secret of the certificate. None for no TLS."""

    logins: OperatorLogins


def cluster(wanted: Wanted) -> Deferred:
    """Return the RabbitmqCluster. The namespaces that it allows are known at synth."""

    def draw(synthesis: Synthesis) -> rabbitmq.RabbitmqCluster:
        return _cluster(wanted, wanted.logins.allowed(synthesis.facts(UsesQueue)))

    return Deferred(api_version=API, kind="RabbitmqCluster", name=wanted.subject.name, draw=draw)


def _cluster(wanted: Wanted, allowed: list[str]) -> rabbitmq.RabbitmqCluster:
    subject = wanted.subject
    metadata: Any = {"name": subject.name, "labels": dict(subject.labels)}
    if allowed:
        metadata["annotations"] = {ALLOWED: ",".join(allowed)}
    persistence: rabbitmq.RabbitmqClusterPersistence = {"storage": str(wanted.storage)}
    if wanted.storage_class is not None:
        persistence["storageClassName"] = wanted.storage_class
    spec: rabbitmq.RabbitmqClusterSpec = {
        "replicas": wanted.nodes,
        "image": wanted.image.url_from(subject.cluster.registries),
        "persistence": persistence,
        "resources": resources(wanted.resources),
        "override": {"statefulSet": {"spec": _stateful_set(wanted)}},
    }
    if subject.cluster.pull_secrets:
        spec["imagePullSecrets"] = [{"name": each} for each in subject.cluster.pull_secrets]
    if wanted.settings:
        text = "".join(f"{name} = {value}\n" for name, value in wanted.settings.items())
        spec["rabbitmq"] = {"additionalConfig": text}
    if wanted.certificate is not None:
        # The authority is for the operator, which calls nodes by TLS too; nodes then ask clients for a certificate and require none.
        spec["tls"] = {
            "secretName": wanted.certificate,
            "caSecretName": wanted.certificate,
            "disableNonTLSListeners": True,
        }
    return {"apiVersion": API, "kind": "RabbitmqCluster", "metadata": metadata, "spec": spec}


def _stateful_set(wanted: Wanted) -> Any:
    """Return what differs from the operator's StatefulSet: claims outlive it, and nodes are spread over zones and hosts.

    Without it claims are deleted with the RabbitmqCluster
    (https://github.com/rabbitmq/cluster-operator/blob/v2.22.3/internal/resource/statefulset.go).
    """
    keys = (_HOST, _ZONE) if wanted.zones else (_HOST,)
    # It selects by this label alone, and merges constraints by their key.
    selector = {"matchLabels": {"app.kubernetes.io/name": wanted.subject.name}}
    return {
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        "template": {
            "spec": {
                "containers": [],
                "enableServiceLinks": False,
                "topologySpreadConstraints": [
                    {
                        "maxSkew": 1,
                        "topologyKey": key,
                        "whenUnsatisfiable": "DoNotSchedule" if key == _ZONE else "ScheduleAnyway",
                        "labelSelector": selector,
                    }
                    for key in keys
                ],
            }
        },
    }


def budget(subject: Subject) -> k8s.PodDisruptionBudget:
    """Return the budget, because the operator makes none (https://www.rabbitmq.com/kubernetes/operator/using-operator#set-pdb)."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": subject.name, "labels": dict(subject.labels)},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": node_labels(subject.name)}},
    }

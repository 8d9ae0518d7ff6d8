"""A team's own provider for a job that the library has: autoscaling by KEDA, of whatever runs the pods."""

from kmop_constructs import Autoscaling, Manifest, UnsupportedError
from kmop_constructs.authors import ServiceFacts

from constructs import Construct


class KedaAutoscaler(Manifest):
    """A ScaledObject on CPU."""

    def __init__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Autoscaling) -> None:
        owner = service.owner
        assert owner is not None
        if intent.cpu_percent is None or intent.memory_percent is not None:
            raise UnsupportedError(f"{service.path}: scaling: KedaAutoscaler scales on CPU; set cpu_percent alone")
        trigger = {"type": "cpu", "metricType": "Utilization", "metadata": {"value": str(intent.cpu_percent)}}
        target = {"apiVersion": owner.api_version, "kind": owner.kind, "name": owner.name}
        bounds = {"minReplicaCount": intent.min_replicas, "maxReplicaCount": intent.max_replicas}
        super().__init__(
            scope,
            id,
            {
                "apiVersion": "keda.sh/v1alpha1",
                "kind": "ScaledObject",
                "metadata": {"name": service.name, "labels": dict(service.labels)},
                "spec": {"scaleTargetRef": target, **bounds, "triggers": [trigger]},
            },
        )

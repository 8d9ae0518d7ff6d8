"""A team's own provider of workloads: an Argo Rollout in place of a Deployment."""

from typing import Any

from kmop_constructs import Manifest, PodOwner, ServiceFacts

from constructs import Construct


class RolloutWorkload(Manifest):
    """A Rollout with the Deployment's pods. What scales and protects it is told by what it gives."""

    def __init__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Any) -> None:
        spec = {key: value for key, value in intent["spec"].items() if key != "strategy"}
        spec["strategy"] = {"canary": {"steps": [{"setWeight": 20}, {"pause": {"duration": "5m"}}]}}
        name = f"{service.name}-rollout"
        metadata = {**intent["metadata"], "name": name}
        head = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": metadata}
        super().__init__(scope, id, {**head, "spec": spec})
        self._owner = PodOwner(
            api_version="argoproj.io/v1alpha1",
            kind="Rollout",
            name=name,
            selector=service.selector,
            template=spec["template"],
        )

    @property
    def gives(self) -> tuple[object, ...]:
        """What runs the pods."""
        return (self._owner,)

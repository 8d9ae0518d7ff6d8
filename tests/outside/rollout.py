"""A team's own provider of workloads: an Argo Rollout in place of a Deployment."""

from typing import Any

from kmop_constructs import Manifest
from kmop_constructs.authors import PodOwner, ServiceFacts

from constructs import Construct


class RolloutWorkload(Manifest):
    """A Rollout with the Deployment's pods. What it gives tells what scales and protects it."""

    def __init__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Any) -> None:
        spec = {key: value for key, value in intent["spec"].items() if key != "strategy"}
        spec["strategy"] = {"canary": {"steps": [{"setWeight": 20}, {"pause": {"duration": "5m"}}]}}
        name = f"{service.name}-rollout"
        metadata = {**intent["metadata"], "name": name}
        head = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": metadata}
        owner = PodOwner(
            api_version="argoproj.io/v1alpha1",
            kind="Rollout",
            name=name,
            selector=service.selector,
            template=spec["template"],
        )
        super().__init__(scope, id, {**head, "spec": spec}, gives=(owner,))

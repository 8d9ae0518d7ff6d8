"""Orchestration by plain Kubernetes: a Deployment that rolls when its configuration changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.checksum import with_checksum
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.model import scope_of

if TYPE_CHECKING:
    from kmop_constructs.core.facts import ServiceFacts
    from kmop_constructs.typings import k8s

    from constructs import Construct

__all__ = ["NativeDeployment"]


class NativeDeployment(Manifest):
    """A Deployment."""

    def __init__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: k8s.Deployment) -> None:
        """Draw the Deployment of a workload."""
        super().__init__(
            scope,
            id,
            Deferred(
                api_version=intent["apiVersion"],
                kind=intent["kind"],
                name=service.name,
                draw=lambda synthesis: with_checksum(synthesis, scope_of(self.namespace, self.chart_info), intent),
            ),
        )

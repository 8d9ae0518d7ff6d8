"""Handles for cdk8s-plus-27: they represent a workload of this library to constructs of cdk8s-plus-27.

A handle draws no object. It is created on first use, and cdk8s-plus-27 is imported only then.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

from kmop_constructs.core.checksum import references
from kmop_constructs.errors import SpecError

from cdk8s import ApiObjectMetadata
from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.workloads.plan import Plan

    import cdk8s_plus_27 as kp

__all__ = ["Handles"]

R = TypeVar("R", bound=Construct)


class Handles:
    """Mixin of every workload: the values that constructs of cdk8s-plus-27 accept, by name or by label.

    Each handle is created once, below the construct ``cdk8s-plus`` of the workload, so the paths of the workload's own
    objects do not change.
    """

    if TYPE_CHECKING:
        facts: ServiceFacts
        planned: Plan

    @cached_property
    def pods(self) -> kp.Pods:
        """The pods with the labels of the selector, in the namespace of the chart if it has one.

        Use it for the selector and the peers of a ``kp.NetworkPolicy``, and for ``connections`` and ``scheduling`` of
        ``kp.Deployment`` and similar constructs.
        """
        import cdk8s_plus_27 as kp

        scope, namespace = self._handles, self.facts.namespace
        if namespace is None:
            return kp.Pods.select(scope, "pods", labels=dict(self.facts.selector))
        # kp.Namespaces.select(names=…) works for policies, but in an affinity it adds an empty namespaceSelector, which
        # means every namespace. The fields of a kp.Namespace are correct in both.
        only = _undrawn(kp.Namespace(scope, "namespace", metadata=ApiObjectMetadata(name=namespace)))
        return kp.Pods(scope, "pods", None, dict(self.facts.selector), only)

    @cached_property
    def service_account(self) -> kp.IServiceAccount:
        """The ServiceAccount of the pods, as a subject of a ``kp.RoleBinding``. It may be drawn elsewhere."""
        import cdk8s_plus_27 as kp

        # Without a namespace cdk8s-plus writes "default", which may be another account. Kubernetes reads an empty
        # namespace as no namespace: that of the RoleBinding. It refuses a ClusterRoleBinding with an empty one.
        return kp.ServiceAccount.from_service_account_name(
            self._handles, "service-account", self.facts.account, namespace_name=self.facts.namespace or ""
        )

    @cached_property
    def config_map(self) -> kp.IConfigMap:
        """The ConfigMap of the files with content in the spec.

        Raises `SpecError` where the spec has no such file. Use ``kp.ConfigMap.from_config_map_name`` for other
        ConfigMaps.
        """
        import cdk8s_plus_27 as kp

        drawn = self.planned.config_map
        if drawn is None:
            raise SpecError(
                f"{self.facts.path}: config_map: the workload has no ConfigMap, because the spec has no file with content; "
                "set files={path: Text(…)}, or refer to another ConfigMap by its name"
            )
        return kp.ConfigMap.from_config_map_name(self._handles, "config-map", str(drawn["metadata"].get("name")))

    def secret(self, name: str) -> kp.ISecret:
        """Return a Secret that the pods use as a variable, a file or a pull secret.

        Args:
            name: Name of the Secret.

        Raises:
            SpecError: The pods do not use a Secret of this name. The message lists those that they use.
        """
        import cdk8s_plus_27 as kp

        if name not in self._secrets:
            used = self._used_secrets()
            if name not in used:
                known = ", ".join(sorted(used)) or "none"
                raise SpecError(
                    f"{self.facts.path}: secret: not a Secret that the pods use, got {name!r}; use one of: {known}"
                )
            self._secrets[name] = kp.Secret.from_secret_name(self._handles, f"secret-{name}", name)
        return self._secrets[name]

    @cached_property
    def service(self) -> kp.Service:
        """The first Service, with its name and its ports, for ``kp.IngressBackend.from_service``.

        Do not change it: changes have no effect. Constructs that its methods draw (``expose_via_ingress``) are kept.
        Raises `SpecError` where the workload has no Service.
        """
        import cdk8s_plus_27 as kp

        facts = self.facts
        if not self.planned.services:
            raise SpecError(f"{facts.path}: service: the workload has no Service; make it a Microservice")
        # kp.Service has no constructor by name, and a backend accepts only a kp.Service. A Service in a temporary app would
        # work, but an Ingress or Role drawn from it would be lost with that app.
        return _undrawn(
            kp.Service(
                self._handles,
                "service",
                metadata=ApiObjectMetadata(name=facts.services[0]),
                ports=[
                    kp.ServicePort(name=port.service_name, port=port.offered, protocol=kp.Protocol(port.spec.protocol))
                    for port in facts.ports
                    if port.spec.exposed
                ],
            )
        )

    @cached_property
    def _handles(self) -> Construct:
        return Construct(cast(Construct, self), "cdk8s-plus")

    @cached_property
    def _secrets(self) -> dict[str, kp.ISecret]:
        return {}

    def _used_secrets(self) -> set[str]:
        pod = self.planned.template.get("spec", {"containers": []})
        pulled = {str(each.get("name")) for each in pod.get("imagePullSecrets", [])}
        return pulled | {name for kind, name in references(pod) if kind == "Secret"}


def _undrawn(resource: R) -> R:
    """Return a resource of cdk8s-plus without the object that it would draw: it keeps its name, and the app has one object."""
    resource.node.try_remove_child("Resource")
    return resource

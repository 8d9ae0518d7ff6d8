"""Handles for cdk8s-plus-27: a workload of ours as its constructs see it.

A handle draws nothing. It is made when it is first asked for, and only then is cdk8s-plus-27 imported.
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
    """Mixed into every workload: what the constructs of cdk8s-plus-27 take, by name or by label.

    Each is made once, below the construct ``cdk8s-plus`` of the workload, so that the paths of the workload's own
    objects stay as they are.
    """

    if TYPE_CHECKING:
        facts: ServiceFacts
        planned: Plan

    @cached_property
    def pods(self) -> kp.Pods:
        """Its pods: by the labels of its selector, in its namespace where the chart names one.

        For the selector and the peers of a ``kp.NetworkPolicy``, and for ``connections`` and ``scheduling`` of
        ``kp.Deployment`` and its like.
        """
        import cdk8s_plus_27 as kp

        scope, namespace = self._handles, self.facts.namespace
        if namespace is None:
            return kp.Pods.select(scope, "pods", labels=dict(self.facts.selector))
        # kp.Namespaces.select(names=…) would do for policies; in an affinity it adds an empty namespaceSelector, which
        # means every namespace. What a kp.Namespace says of itself is right in both.
        only = _undrawn(kp.Namespace(scope, "namespace", metadata=ApiObjectMetadata(name=namespace)))
        return kp.Pods(scope, "pods", None, dict(self.facts.selector), only)

    @cached_property
    def service_account(self) -> kp.IServiceAccount:
        """The ServiceAccount that its pods run as, whoever draws it: a subject of a ``kp.RoleBinding``."""
        import cdk8s_plus_27 as kp

        # Without a namespace cdk8s-plus writes "default", which may be somebody else's account. An empty one means to
        # Kubernetes what no namespace means: that of the RoleBinding. A ClusterRoleBinding with it is refused.
        return kp.ServiceAccount.from_service_account_name(
            self._handles, "service-account", self.facts.account, namespace_name=self.facts.namespace or ""
        )

    @cached_property
    def config_map(self) -> kp.IConfigMap:
        """The ConfigMap of the files whose content is written in its spec.

        Raises `SpecError` where its spec writes none. Other ConfigMaps have a name of their own:
        ``kp.ConfigMap.from_config_map_name``.
        """
        import cdk8s_plus_27 as kp

        drawn = self.planned.config_map
        if drawn is None:
            raise SpecError(
                f"{self.facts.path}: config_map: has no ConfigMap of its own, because its spec writes no content of a "
                "file; give it files={path: Text(…)}, or name the ConfigMap that you mean"
            )
        return kp.ConfigMap.from_config_map_name(self._handles, "config-map", str(drawn["metadata"].get("name")))

    def secret(self, name: str) -> kp.ISecret:
        """A Secret that its pods use, as variable, file or pull secret, by name.

        Raises `SpecError` for any other, so that a slip of the pen is no Secret that never comes.
        """
        import cdk8s_plus_27 as kp

        if name not in self._secrets:
            used = self._used_secrets()
            if name not in used:
                known = ", ".join(sorted(used)) or "none"
                raise SpecError(
                    f"{self.facts.path}: secret: not a Secret that its pods use, got {name!r}; they use {known}: name one of them"
                )
            self._secrets[name] = kp.Secret.from_secret_name(self._handles, f"secret-{name}", name)
        return self._secrets[name]

    @cached_property
    def service(self) -> kp.Service:
        """Its first Service, as ``kp.IngressBackend.from_service`` wants it: name and ports.

        It is for reading: whatever is set on it goes nowhere. What it draws below itself is drawn
        (``expose_via_ingress``). Raises `SpecError` where there is no Service.
        """
        import cdk8s_plus_27 as kp

        facts = self.facts
        if not self.planned.services:
            raise SpecError(f"{facts.path}: service: has no Service, because nobody calls it; make it a Microservice")
        # kp.Service cannot be had by name, and a backend takes nothing else. A Service in an app that is thrown away
        # would do; but an Ingress or Role that somebody draws from it would be thrown away as well.
        return _undrawn(
            kp.Service(
                self._handles,
                "service",
                metadata=ApiObjectMetadata(name=facts.services[0]),
                ports=[
                    kp.ServicePort(name=port.name, port=port.offered, protocol=kp.Protocol(port.spec.protocol))
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
    """A resource of cdk8s-plus without the object that it would draw: it keeps its name, and ours stays the only one."""
    resource.node.try_remove_child("Resource")
    return resource

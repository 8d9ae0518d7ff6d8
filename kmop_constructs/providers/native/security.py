"""Security by plain Kubernetes: accounts, roles, and namespaces that enforce Pod Security."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Literal

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.declared import Declared, DeniedByDefault
from kmop_constructs.core.exposed import Exposed
from kmop_constructs.core.made import MakesPods
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.network.lowering import policy_peers
from kmop_constructs.core.network.workloads import NetworkPods
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import dns_label, flag, frozen, label_map, made_by, mapping, texts
from kmop_constructs.values.quantity import Cpu, Size, whole

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s
    from kmop_constructs.values.pods import Peer
    from kmop_constructs.values.security import Account, ClusterPermission, Permission

__all__ = ["NativeAccount", "NativeClusterPermissions", "NativeNamespace", "NativePermissions", "Quota"]


_SOLVER = "acme.cert-manager.io/http01-solver"
"""The label of cert-manager's pods that answer HTTP-01 challenges."""


class NativeAccount(Manifest):
    """A ServiceAccount; its token is mounted only in pods that need the Kubernetes API."""

    def __init__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Account) -> None:
        """Draw the account of a workload. The platform calls this."""
        metadata: k8s.ObjectMeta = {"name": service.account, "labels": dict(service.labels)}
        if intent.annotations:
            metadata["annotations"] = dict(intent.annotations)
        literal: k8s.ServiceAccount = {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": metadata,
            "automountServiceAccountToken": intent.token,
        }
        super().__init__(scope, id, literal)


class NativePermissions(Placed, Construct):
    """A Role in the namespace, and a RoleBinding to the account of a workload."""

    def __init__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Sequence[Permission]) -> None:
        """Draw the Role and the RoleBinding of a workload. The platform calls this."""
        self._place = place_of(scope).child(id)
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        metadata: k8s.ObjectMeta = {"name": service.name, "labels": dict(service.labels)}
        role: k8s.Role = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": metadata,
            "rules": [_rule(permission) for permission in intent],
        }
        subject: k8s.Subject = {"kind": "ServiceAccount", "name": service.account}
        if service.namespace is not None:
            subject["namespace"] = service.namespace
        binding: k8s.RoleBinding = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": service.name},
            "subjects": [subject],
        }
        self.role = Manifest(self, "role", role)
        """The Role."""
        self.binding = Manifest(self, "binding", binding)
        """The RoleBinding."""
        self.gives: tuple[object, ...] = ()
        """The facts of the permissions: none."""


class NativeClusterPermissions(Placed, Construct):
    """A ClusterRole, and a ClusterRoleBinding to the account of a workload.

    Their name is ``<namespace>.<workload>``: neither part can hold a dot, so two workloads never have the same name.
    """

    def __init__(
        self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Sequence[ClusterPermission]
    ) -> None:
        """Draw the ClusterRole and the ClusterRoleBinding of a workload. The platform calls this.

        Raises `SpecError` where the chart sets no namespace: the binding needs that of the account.
        """
        self._place = place_of(scope).child(id)
        if service.namespace is None:
            raise SpecError(
                f"{service.path}: cluster_permissions: a ClusterRoleBinding needs the namespace of the account, but the chart "
                f"{service.chart!r} sets none; set it: KmopChart(…, namespace=…)"
            )
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        name = f"{service.namespace}.{service.name}"
        metadata: k8s.ObjectMeta = {"name": name, "labels": dict(service.labels)}
        role: k8s.ClusterRole = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": metadata,
            "rules": [_rule(each) if each.resources else _url_rule(each) for each in intent],
        }
        binding: k8s.ClusterRoleBinding = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": service.account, "namespace": service.namespace}],
        }
        self.role = Manifest(self, "role", role)
        """The ClusterRole."""
        self.binding = Manifest(self, "binding", binding)
        """The ClusterRoleBinding."""
        self.gives: tuple[object, ...] = ()
        """The facts of the permissions: none."""


def _url_rule(permission: ClusterPermission) -> k8s.PolicyRule:
    return {"nonResourceURLs": list(permission.urls), "verbs": list(permission.verbs)}


def _rule(permission: Permission | ClusterPermission) -> k8s.PolicyRule:
    rule: k8s.PolicyRule = {
        "apiGroups": list(permission.api_groups),
        "resources": list(permission.resources),
        "verbs": list(permission.verbs),
    }
    if permission.resource_names:
        rule["resourceNames"] = list(permission.resource_names)
    return rule


@dataclass(frozen=True, kw_only=True, slots=True)
class Quota:
    """The total resources of all pods of a namespace (ResourceQuota): ``Quota(cpu=Cpu.cores(20), memory=Size.gib(64))``.

    At least one field must be set.
    """

    cpu: Cpu | None = None
    """Maximum sum of CPU requests (``requests.cpu``). Default: no limit."""

    memory: Size | None = None
    """Maximum sum of memory requests (``requests.memory``). Default: no limit."""

    memory_limit: Size | None = None
    """Maximum sum of memory limits (``limits.memory``). Default: no limit."""

    pods: int | None = None
    """Maximum number of pods (``pods``). Default: no limit."""

    more: Mapping[str, str] = field(default_factory=dict[str, str])
    """Further entries of ``spec.hard``, such as ``{"persistentvolumeclaims": "10"}``. Default: none."""

    def __post_init__(self) -> None:
        if self.pods is not None:
            whole("Quota.pods", self.pods)
        made_by("Quota.cpu", self.cpu, Cpu, type(None))
        made_by("Quota.memory", self.memory, Size, type(None))
        made_by("Quota.memory_limit", self.memory_limit, Size, type(None))
        texts("Quota.more", list(mapping("Quota.more", self.more)))
        texts("Quota.more", self.more.values())
        object.__setattr__(self, "more", frozen(self.more))
        if not self.hard:
            raise SpecError("Quota: no field is set; set at least one, or leave the quota out")

    @property
    def hard(self) -> dict[str, str]:
        """The entries of ``spec.hard`` of the ResourceQuota."""
        own = {
            "requests.cpu": self.cpu,
            "requests.memory": self.memory,
            "limits.memory": self.memory_limit,
            "pods": self.pods,
        }
        return {**{name: str(value) for name, value in own.items() if value is not None}, **self.more}


class NativeNamespace(Placed, Construct):
    """A namespace that enforces a Pod Security level and denies connections by default.

    No workload draws its namespace. Draw it once, in a chart of the team that owns it:
    ``NativeNamespace(chart, "web", quota=Quota(pods=50))``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        name: str | None = None,
        pod_security: Literal["restricted", "baseline", "privileged"] = "restricted",
        labels: Mapping[str, str] | None = None,
        quota: Quota | None = None,
        default_deny: bool = True,
        http01_solver: bool = False,
    ) -> None:
        """Draw the namespace and what belongs to it.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct.
            name: Name of the namespace. Default: the chart's namespace, else the id.
            pod_security: The enforced Pod Security level. Levels below ``restricted`` still warn about violations of
                ``restricted``. Default: ``restricted``.
            labels: Further labels of the namespace. Default: none.
            quota: Total resources of its pods. Default: no limit.
            default_deny: Whether a NetworkPolicy denies all connections (also DNS) of pods that have no policy of their own.
                Default: True.
            http01_solver: Whether gateways may connect to port 8089 of the pods with which cert-manager answers HTTP-01
                challenges. The gateway is `Peers.ingress_controller` of the platform; if that is not set, all gateways that
                expose services of the namespace. Needed with `default_deny` and an issuer for HTTP-01. Default: False.
        """
        self._place = place_of(scope).child(id)
        where = self._place.path
        chart = self._place.chart
        self.name = dns_label(f"{where}: name", name or (chart.namespace if chart else None) or id)
        """Name of the namespace."""
        if pod_security not in ("restricted", "baseline", "privileged"):
            raise bad(f"{where}: pod_security", "not a level", pod_security, "use restricted, baseline or privileged")
        made_by(f"{where}: quota", quota, Quota, type(None))
        flag(f"{where}: default_deny", default_deny)
        flag(f"{where}: http01_solver", http01_solver)
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        self.namespace = Manifest(self, "namespace", _namespace(self.name, pod_security, _checked(where, labels)))
        """The Namespace."""
        if quota is not None:
            literal: k8s.ResourceQuota = {
                "apiVersion": "v1",
                "kind": "ResourceQuota",
                "metadata": {"name": "quota", "namespace": self.name},
                "spec": {"hard": quota.hard},
            }
            Manifest(self, "quota", literal)
        if default_deny:
            policy: k8s.NetworkPolicy = {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": {"name": "default-deny", "namespace": self.name},
                "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
            }
            Manifest(self, "default-deny", policy)
            self._place.give(DeniedByDefault(namespace=self.name))
        if http01_solver:
            controller = chart.cluster.peers.ingress_controller if chart and chart.cluster else None

            def draw(synthesis: Synthesis) -> k8s.NetworkPolicy:
                controllers = _controllers(synthesis, self.name) if controller is None else [controller]
                if not controllers:
                    raise SpecError(
                        f"{where}: http01_solver: the pods of the gateway are not known; expose a service of this namespace, or "
                        "set them on the platform: peers=Peers(ingress_controller=Pods.of(…))"
                    )
                return _solver_policy(self.name, controllers)

            policy_head = Deferred(
                api_version="networking.k8s.io/v1",
                kind="NetworkPolicy",
                name="http01-solver",
                namespace=self.name,
                draw=draw,
            )
            Manifest(self, "http01-solver", policy_head)
            solver = NetworkPods(kind="Pod", name="http01-solver", namespace=self.name, labels={_SOLVER: "true"})
            self._place.give(MakesPods(pods=solver))


def _controllers(synthesis: Synthesis, namespace: str) -> list[Peer]:
    """Return the pods of the gateways that expose services of a namespace."""
    inside = {each.facts.path for each in synthesis.facts(Declared) if each.facts.namespace == namespace}
    found = [peer for each in synthesis.facts(Exposed) if each.service in inside for peer in each.callers]
    return [peer for number, peer in enumerate(found) if peer not in found[:number]]


def _solver_policy(namespace: str, controllers: Sequence[Peer]) -> k8s.NetworkPolicy:
    peers = [peer for each in controllers for peer in policy_peers(each)]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "http01-solver", "namespace": namespace},
        "spec": {
            "podSelector": {"matchLabels": {_SOLVER: "true"}},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": peers, "ports": [{"port": 8089, "protocol": "TCP"}]}],
        },
    }


def _checked(where: str, value: Mapping[str, str] | None) -> Mapping[str, str]:
    return label_map(f"{where}: labels", {} if value is None else value)


def _namespace(name: str, level: str, more: Mapping[str, str]) -> k8s.Namespace:
    pod_security = {"pod-security.kubernetes.io/enforce": level}
    for mode in ("audit", "warn"):
        pod_security[f"pod-security.kubernetes.io/{mode}"] = "restricted"
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {**pod_security, **more}}}

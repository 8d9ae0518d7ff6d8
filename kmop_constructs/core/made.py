"""Objects that an operator will create from the drawn objects. No manifest shows them, but other objects refer to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.facts import Key
from kmop_constructs.core.network.workloads import ContainerPort, NetworkPods
from kmop_constructs.core.subject import NamedPort, ServiceFacts, Subject
from kmop_constructs.errors import bad
from kmop_constructs.values.names import flag, frozen, label_map, made_by, service_name, several
from kmop_constructs.values.pods import Addresses, Peer, Pods

__all__ = ["HoldsNoSecret", "MakesPods", "MakesSecret", "MakesService", "ReadsSecret", "WritesRemote"]


@dataclass(frozen=True, kw_only=True, slots=True)
class MakesSecret:
    """A Secret that an operator will create. References to it and to its keys are not reported as missing."""

    name: str
    """Name of the Secret."""

    scope: str
    """Namespace, or its placeholder: `Subject.scope`."""

    keys: tuple[str, ...]
    """Keys of the Secret."""

    revision: str | None = None
    """Text that changes if the pods that read the Secret must be replaced. Default: none; pods are not replaced."""

    rotates: bool = False
    """Whether the content can change while the app stays the same. Default: false."""

    rolls: bool = False
    """Whether the operator itself replaces the pods that read the Secret when the content changes. Default: false."""

    refresh: timedelta | None = None
    """Interval at which the operator reads the content again. Default: none."""

    lifetime: timedelta | None = None
    """Time after which the content is no longer valid, such as the lease of a login. Default: none, it stays valid."""

    @property
    def key(self) -> Key:
        """Key of the object: kind, scope and name."""
        return "Secret", self.scope, self.name


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldsNoSecret:
    """A Secret of the app with values that are not secret, because a controller reads them from a Secret alone: names of users, rights."""

    name: str
    """Name of the Secret."""

    scope: str
    """Namespace, or its placeholder: `Subject.scope`."""

    @property
    def key(self) -> Key:
        """Key of the object: kind, scope and name."""
        return "Secret", self.scope, self.name


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadsSecret:
    """A Secret that an operator reads, and that no pod of the app refers to. It must exist with these keys."""

    name: str
    """Name of the Secret."""

    subject: Subject
    """What the operator reads it for, in whose namespace it is."""

    keys: tuple[str, ...]
    """Keys that are read."""

    labels: tuple[tuple[str, str], ...] = ()
    """Labels without which the operator does not read it. Default: none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WritesRemote:
    """A value in a secret store that an object of the app writes."""

    store: str
    """The store, such as the name of a ClusterSecretStore."""

    path: str
    """Path of the secret in the store."""

    field: str | None = None
    """Field of the secret. Default: none, the whole secret."""

    @property
    def key(self) -> Key:
        """Key of the value."""
        return "remote secret", self.store, str(self)

    def __str__(self) -> str:
        return self.path if self.field is None else f"{self.path} ({self.field})"


@dataclass(frozen=True, kw_only=True, slots=True)
class MakesPods:
    """Pods that an operator will create. Selectors may match them, and policies may admit them."""

    pods: NetworkPods
    """Pods, as a workload of the network model."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MakesService:
    """A Service that an operator will create, with its pods. It can be called like a Service of this app."""

    subject: Subject
    """Owner of the Service."""

    name: str
    """Name of the Service."""

    ports: tuple[NamedPort, ...]
    """Ports of the Service. `NamedPort.number` is the port of the pods, `NamedPort.offered` the port of the Service."""

    pod_labels: Mapping[str, str]
    """Labels that all pods of the Service have, and no other pods of the namespace."""

    headless: bool = False
    """Whether the Service has no address of its own. Default: false."""

    accepts: tuple[Peer, ...] | None = None
    """Admitted callers besides those of the app: other pods of the cluster, the operator. If set, a policy closes the pods
    to all others. Default: no policy is drawn, because the operator draws one or the namespace has no policies."""

    closes_calls: bool = False
    """Whether the provider draws a policy of its own for what the pods call. Default: false; in a namespace that denies connections by
    default, the policy of `accepts` then opens all of their calls."""

    def __post_init__(self) -> None:
        where = "MakesService"
        made_by(f"{where}.subject", self.subject, Subject)
        service_name(f"{where}.name", self.name)
        labels = label_map(f"{where}.pod_labels", self.pod_labels)
        if not labels:
            raise bad(
                f"{where}.pod_labels",
                "empty, which would match every pod of the namespace",
                dict(labels),
                "set the labels of its pods",
            )
        object.__setattr__(self, "pod_labels", frozen(dict(sorted(labels.items()))))
        object.__setattr__(self, "ports", several(f"{where}.ports", self.ports))
        for port in self.ports:
            made_by(f"{where}.ports", port, NamedPort)
        flag(f"{where}.headless", self.headless)
        flag(f"{where}.closes_calls", self.closes_calls)
        if self.accepts is not None:
            object.__setattr__(self, "accepts", several(f"{where}.accepts", self.accepts))
            for caller in self.accepts:
                made_by(f"{where}.accepts", caller, Pods, Addresses)

    @property
    def facts(self) -> ServiceFacts:
        """Names, labels and ports of the Service, as for a workload of this app."""
        subject = self.subject
        return ServiceFacts(
            path=subject.path,
            id=subject.id,
            name=self.name,
            namespace=subject.namespace,
            chart=subject.chart,
            labels=subject.labels,
            cluster=subject.cluster,
            selector=self.pod_labels,
            application=self.pod_labels,
            pod_labels=self.pod_labels,
            ports=self.ports,
            services=(self.name,),
            shared=frozenset(),
            headless=frozenset((self.name,)) if self.headless else frozenset(),
            container=subject.name,
            workload=("v1", "Pod"),
            account=subject.name,
        )

    @property
    def pods(self) -> NetworkPods:
        """Pods of the Service, as a workload of the network model."""
        ports = tuple(
            ContainerPort(number=each.number, name=each.name, protocol=each.spec.protocol) for each in self.ports
        )
        return NetworkPods(
            kind="Pod", name=self.name, namespace=self.subject.scope, labels=self.pod_labels, ports=ports
        )

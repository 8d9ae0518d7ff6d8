"""What an operator will make of the objects that we draw. No manifest shows it, and others build on it all the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kmop_constructs.core.facts import Key
from kmop_constructs.core.network.workloads import ContainerPort, Workload
from kmop_constructs.core.subject import NamedPort, ServiceFacts, Subject
from kmop_constructs.errors import bad
from kmop_constructs.values.callers import Caller
from kmop_constructs.values.names import flag, frozen, label_map, made_by, service_name, several

__all__ = ["MakesPods", "MakesSecret", "MakesService"]


@dataclass(frozen=True, kw_only=True, slots=True)
class MakesSecret:
    """A Secret that an operator makes: references to it and to its keys are not missing."""

    name: str
    """Its name."""

    scope: str
    """The namespace, or its stand-in: `Subject.scope`."""

    keys: tuple[str, ...]
    """Its keys."""

    revision: str | None = None
    """A text that changes when the pods that read the Secret must be replaced. Default: none; they are not replaced for it."""

    @property
    def key(self) -> Key:
        """By which it is found."""
        return "Secret", self.scope, self.name


@dataclass(frozen=True, kw_only=True, slots=True)
class MakesPods:
    """Pods that an operator makes: selectors may match them, and policies may admit them."""

    pods: Workload
    """The pods."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MakesService:
    """A Service that an operator makes, in front of pods that it makes too: a callee like those that we draw."""

    subject: Subject
    """Who it is made for."""

    name: str
    """Name of the Service."""

    ports: tuple[NamedPort, ...]
    """Its ports: `NamedPort.number` is that of the pods, `NamedPort.offered` that of the Service."""

    pod_labels: Mapping[str, str]
    """Labels that all of its pods have, and no others of the namespace."""

    headless: bool = False
    """Whether it has no address of its own. Default: it has one."""

    accepts: tuple[Caller, ...] | None = None
    """Who is let in besides the callers of the app: the other pods of the cluster, the operator. Then a policy closes its pods to
    everybody else. Default: no policy is drawn, because the operator draws its own or the namespace closes nothing."""

    def __post_init__(self) -> None:
        where = "MakesService"
        made_by(f"{where}.subject", self.subject, Subject)
        service_name(f"{where}.name", self.name)
        labels = label_map(f"{where}.pod_labels", self.pod_labels)
        if not labels:
            raise bad(
                f"{where}.pod_labels",
                "empty, which would mean every pod of the namespace",
                dict(labels),
                "name its pods'",
            )
        object.__setattr__(self, "pod_labels", frozen(dict(sorted(labels.items()))))
        object.__setattr__(self, "ports", several(f"{where}.ports", self.ports))
        for port in self.ports:
            made_by(f"{where}.ports", port, NamedPort)
        flag(f"{where}.headless", self.headless)
        if self.accepts is not None:
            object.__setattr__(self, "accepts", several(f"{where}.accepts", self.accepts))
            for caller in self.accepts:
                made_by(f"{where}.accepts", caller, Caller)

    @property
    def facts(self) -> ServiceFacts:
        """The Service as callers see it: like one of a workload of ours."""
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
    def pods(self) -> Workload:
        """Its pods, as the network sees them."""
        ports = tuple(
            ContainerPort(number=each.number, name=each.name, protocol=each.spec.protocol) for each in self.ports
        )
        return Workload(kind="Pod", name=self.name, namespace=self.subject.scope, labels=self.pod_labels, ports=ports)

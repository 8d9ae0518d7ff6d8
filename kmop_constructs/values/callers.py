"""Callers that another repository builds: who may call a service although no edge of this app says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kmop_constructs.errors import SpecError
from kmop_constructs.values.cluster import cidrs
from kmop_constructs.values.names import dns_label, flag, label_map, port_name
from kmop_constructs.values.quantity import whole

__all__ = ["Caller"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Somebody who is let in: `Caller.service`, `Caller.pods` or `Caller.addresses`."""

    pod_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the pods. Default: every pod."""

    namespace: str | None = None
    """The namespace of the pods. Default: the service's own."""

    all_namespaces: bool = False
    """Pods of every namespace. Default: false."""

    cidrs: tuple[str, ...] = ()
    """Address ranges, in place of pods. Default: none."""

    port: int | str | None = None
    """The container port that is opened, by number or name. Default: every port that the Services offer."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "pod_labels", label_map("Caller.pod_labels", self.pod_labels))
        object.__setattr__(self, "cidrs", cidrs("Caller.cidrs", self.cidrs))
        if self.namespace is not None:
            dns_label("Caller.namespace", self.namespace)
        flag("Caller.all_namespaces", self.all_namespaces)
        if isinstance(self.port, str):
            port_name("Caller.port", self.port)
        elif self.port is not None:
            whole("Caller.port", self.port, lowest=1, highest=65535)
        if self.cidrs and (self.pod_labels or self.namespace or self.all_namespaces):
            raise SpecError("Caller: addresses and pods in one; write two callers")
        if self.all_namespaces and self.namespace:
            raise SpecError("Caller: one namespace and all of them; keep one")

    @staticmethod
    def service(name: str, *, namespace: str | None = None, port: int | str | None = None) -> Caller:
        """The pods of a service made with this library, by its ``app.kubernetes.io/name``."""
        return Caller(pod_labels={"app.kubernetes.io/name": name}, namespace=namespace, port=port)

    @staticmethod
    def pods(
        pod_labels: Mapping[str, str], *, namespace: str | None = None, all_namespaces: bool = False,
        port: int | str | None = None,
    ) -> Caller:  # fmt: skip
        """Pods by their labels."""
        return Caller(pod_labels=pod_labels, namespace=namespace, all_namespaces=all_namespaces, port=port)

    @staticmethod
    def addresses(*ranges: str, port: int | str | None = None) -> Caller:
        """Address ranges, such as ``10.20.0.0/16``.

        They mean addresses outside the cluster: what a pod's address
        looks like at the callee depends on the network plug-in.
        """
        if not ranges:
            raise SpecError("Caller.addresses: names no range; write it as 10.0.0.0/8")
        return Caller(cidrs=ranges, port=port)

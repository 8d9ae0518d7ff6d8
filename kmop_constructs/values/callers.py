"""Callers outside this app: pods and addresses that may call a service without an edge in this app."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError
from kmop_constructs.values.cluster import cidrs
from kmop_constructs.values.names import dns_label, flag, label_map, port_name
from kmop_constructs.values.quantity import whole

__all__ = ["Caller"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """A caller that a service admits: `Caller.service`, `Caller.pods` or `Caller.addresses`.

    Either pods or address ranges are set, not both. Without any field, all pods of the service's namespace are admitted.
    """

    pod_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the caller's pods. Default: none, every pod of `namespace`."""

    namespace: str | None = None
    """Namespace of the caller's pods. Default: the namespace of the service."""

    all_namespaces: bool = False
    """Admit pods of all namespaces, not only of `namespace`. Default: false."""

    cidrs: tuple[str, ...] = ()
    """Address ranges of the caller, instead of pods, such as ``10.20.0.0/16``. Default: none."""

    port: int | str | None = None
    """Container port that is opened for the caller, by number or name. Default: all ports that the Services offer."""

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
            raise SpecError("Caller: both addresses and pods are set; write two callers")
        if self.all_namespaces and self.namespace:
            raise SpecError("Caller: both namespace and all_namespaces are set; keep one")

    @staticmethod
    def service(name: str, *, namespace: str | None = None, port: int | str | None = None) -> Caller:
        """Return a caller for the pods of a service of this library, selected by ``app.kubernetes.io/name``.

        `name` is the service's name. `namespace` and `port` are the fields of `Caller`.
        """
        return Caller(pod_labels={"app.kubernetes.io/name": name}, namespace=namespace, port=port)

    @staticmethod
    def pods(
        pod_labels: Mapping[str, str], *, namespace: str | None = None, all_namespaces: bool = False,
        port: int | str | None = None,
    ) -> Caller:  # fmt: skip
        """Return a caller for pods with these labels."""
        return Caller(pod_labels=pod_labels, namespace=namespace, all_namespaces=all_namespaces, port=port)

    @staticmethod
    def addresses(*ranges: str, port: int | str | None = None) -> Caller:
        """Return a caller for address ranges outside the cluster, such as ``10.20.0.0/16``.

        Do not use it for pods: which address a callee sees for a pod depends on the network plug-in.
        """
        if not ranges:
            raise SpecError("Caller.addresses: no address range; write one such as '10.0.0.0/8'")
        return Caller(cidrs=ranges, port=port)

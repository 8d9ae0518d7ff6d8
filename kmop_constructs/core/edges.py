"""Edges: that a service calls another, and everything that follows from it.

A reference to a service is a value: name, namespace and port are enough for the caller's environment. What only the
callee knows, its pods' ports and labels, is looked up when the app is synthesized, so that services can be written
in any order and may call each other in circles.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kmop_constructs.core.connection import Connection, Endpoint, Speaks, ToHost, ToPods, ToService
from kmop_constructs.core.contribution import Contribution
from kmop_constructs.errors import SpecError
from kmop_constructs.values.address import DEFAULT_ENV, Address, EnvForm, EnvNames, HostPort, Url, env_forms
from kmop_constructs.values.cluster import cidrs
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import dns_label, flag, hostname, label_map, service_name, url_path
from kmop_constructs.values.quantity import Cpu, Size, whole
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.workload import Container

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kmop_constructs.core.subject import ServiceFacts

__all__ = ["Call", "ExistingService", "ExternalHost", "ServiceRef"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """An edge: made by `http`, `grpc` or `tcp` of a service, a reference or an external host."""

    source: str
    """Who contributes, for messages."""

    address: Address
    """Where the callee answers; `host` is completed for callers in other namespaces."""

    forms: tuple[EnvForm, ...]
    """Variables that hold the address."""

    connection: Connection
    """The connection, as it was written."""

    chart: str | None = None
    """The chart of a callee whose namespace is not known: only callers in the same chart can address it."""

    def contribution(self, caller: ServiceFacts) -> Contribution:
        """The address in the environment, and the connection."""
        address = self.address
        if self.chart is not None and self.chart != caller.chart:
            raise SpecError(f"{caller.path}: cannot address {self.source}, because the chart {self.chart!r} names no "
                            "namespace; give it one: KmopChart(…, namespace=…)")  # fmt: skip
        address = replace(address, host=self.host_for(caller))
        env = {form.name: form.value(address) for form in self.forms}
        if len(env) < len(self.forms):
            raise SpecError(f"{caller.path}: {self.source} names one variable twice; give each form its own name")
        return Contribution(source=self.source, env=env, connections=(self.connection,))

    def before_start(self, image: Image) -> StartAfter:
        """The same call, by a caller that waits with its start until the callee accepts connections.

        Use it where a caller cannot wait by itself: it keeps pods from starting while the callee is down. Services that
        wait for each other never start, which is a finding. `image` has ``sh`` and ``nc``, such as busybox.
        """
        return StartAfter(call=self, image=image)

    def host_for(self, caller: ServiceFacts) -> str:
        """The host name as the caller's resolver knows it: with the namespace, where that is another."""
        to, host = self.connection.to, self.address.host
        namespace = to.namespace if isinstance(to, ToService | ToPods) else None
        return host if namespace in (None, caller.namespace) else f"{host}.{namespace}.svc"


@dataclass(frozen=True, kw_only=True, slots=True)
class StartAfter:
    """A call whose caller starts only when the callee accepts connections: made by `Call.before_start`."""

    call: Call
    """The call."""

    image: Image
    """An image with ``sh`` and ``nc``."""

    def contribution(self, caller: ServiceFacts) -> Contribution:
        """What the call adds, and a container that waits."""
        added = self.call.contribution(caller)
        host, port = self.call.host_for(caller), self.call.address.port
        name = re.sub(r"[^a-z0-9]+", "-", f"wait-for-{host}")[:57].rstrip("-") + f"-{port}"
        waiting = Container(
            name,
            image=self.image,
            command=("sh", "-c", f"until nc -z -w 2 {host} {port}; do sleep 2; done"),
            resources=Resources(cpu=Cpu("10m"), memory=Size("16Mi")),
        )
        connections = tuple(replace(each, awaited=True) for each in added.connections)
        return replace(
            added, source=f"{added.source}.before_start()", connections=connections, init_containers=(waiting,)
        )


class Verbs:
    """What can be said of a callee. Each verb returns an edge for ``uses=[…]``."""

    __slots__ = ()

    def _call(self, verb: Speaks, port: int | None, forms: tuple[EnvForm, ...], scheme: str, path: str) -> Call:
        raise NotImplementedError

    def _callee(self) -> str:
        raise NotImplementedError

    def http(self, *, port: int | None = None, path: str = "", tls: bool = False, env: EnvNames = DEFAULT_ENV) -> Call:
        """Calls over HTTP. The caller gets ``NAME_URL``, unless `env` names other variables or is ``None``.

        `port` is the Service's port (default: the main one), `path` is put behind the address, `tls` makes it https.
        """
        if path != "":
            url_path(f"{self._callee()}.http(path=…)", path)
        flag(f"{self._callee()}.http(tls=…)", tls)
        forms = env_forms(env, Url, self._callee())
        return self._call("http", port, forms, "https" if tls else "http", path)

    def grpc(self, *, port: int | None = None, env: EnvNames = DEFAULT_ENV) -> Call:
        """Calls over gRPC. The caller gets ``NAME_ADDR`` as ``host:port``, unless `env` says otherwise."""
        return self._call("grpc", port, env_forms(env, HostPort, self._callee()), "grpc", "")

    def tcp(self, *, port: int | None = None, env: EnvNames = DEFAULT_ENV) -> Call:
        """Connections over TCP. The caller gets ``NAME_ADDR`` as ``host:port``, unless `env` says otherwise."""
        return self._call("tcp", port, env_forms(env, HostPort, self._callee()), "tcp", "")

    def connect(self, *, port: int | None = None) -> Call:
        """Open connections over TCP, without a variable for the caller. `port` is the Service's port. Default: the main one."""
        return self.tcp(port=port, env=None)

    def udp(self, *, port: int | None = None, env: EnvNames = DEFAULT_ENV) -> Call:
        """Datagrams over UDP. The caller gets ``NAME_ADDR`` as ``host:port``, unless `env` says otherwise."""
        return self._call("udp", port, env_forms(env, HostPort, self._callee()), "udp", "")


def _connection(to: Endpoint, port: int, verb: Speaks, scheme: str, path: str) -> Connection:
    return Connection(to=to, port=port, speaks=verb, tls=scheme == "https", path=path)


def _source(name: str, namespace: str | None, verb: str) -> str:
    return f"{name}.{verb}()" if namespace is None else f"{name}.{verb}() of namespace {namespace}"


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceRef(Verbs):
    """A service of this app, before or after it is written: ``ServiceRef("payments", port=8080)``.

    When the app is synthesized there must be a service of that name, and its side of the connection is drawn too.
    """

    name: str = field(kw_only=False)
    """Name of its (Kubernetes) Service."""

    port: int
    """The Service's port."""

    namespace: str | None = None
    """Its namespace. Default: the caller's, and then it must be in the caller's chart."""

    chart: str | None = None
    """Set by `Microservice.ref`: the chart of a service without a namespace."""

    def __post_init__(self) -> None:
        service_name("ServiceRef.name", self.name)
        whole("ServiceRef.port", self.port, lowest=1, highest=65535)
        if self.namespace is not None:
            dns_label("ServiceRef.namespace", self.namespace)

    def _callee(self) -> str:
        return self.name

    def _call(self, verb: Speaks, port: int | None, forms: tuple[EnvForm, ...], scheme: str, path: str) -> Call:
        number = self.port if port is None else whole(f"{self.name}.{verb}(port=…)", port, lowest=1, highest=65535)
        return Call(
            source=_source(self.name, self.namespace, verb),
            address=Address(host=self.name, port=number, scheme=scheme, path=path),
            forms=forms,
            connection=_connection(ToService(self.name, namespace=self.namespace), number, verb, scheme, path),
            chart=self.chart,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingService(Verbs):
    """A Service that something else runs. Only the caller's side is drawn; the callee's owner lets the caller in."""

    name: str = field(kw_only=False)
    """Name of the Service."""

    port: int
    """The Service's port."""

    namespace: str | None = None
    """Its namespace. Default: the caller's."""

    pod_port: int | None = None
    """The container port behind `port`: NetworkPolicies speak of pods. Default: the same number."""

    pod_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of its pods. Default: every pod of the namespace."""

    def __post_init__(self) -> None:
        service_name("ExistingService.name", self.name)
        whole("ExistingService.port", self.port, lowest=1, highest=65535)
        if self.namespace is not None:
            dns_label("ExistingService.namespace", self.namespace)
        if self.pod_port is not None:
            whole("ExistingService.pod_port", self.pod_port, lowest=1, highest=65535)
        object.__setattr__(self, "pod_labels", label_map("ExistingService.pod_labels", self.pod_labels))

    def _callee(self) -> str:
        return self.name

    def _call(self, verb: Speaks, port: int | None, forms: tuple[EnvForm, ...], scheme: str, path: str) -> Call:
        number = self.port if port is None else whole(f"{self.name}.{verb}(port=…)", port, lowest=1, highest=65535)
        pod_port = self.pod_port if port is None and self.pod_port is not None else number
        to = ToPods(namespace=self.namespace, pod_labels=self.pod_labels, service=self.name)
        return Call(
            source=_source(self.name, self.namespace, verb),
            address=Address(host=self.name, port=number, scheme=scheme, path=path),
            forms=forms,
            connection=_connection(to, pod_port, verb, scheme, path),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ExternalHost(Verbs):
    """A host outside the cluster: ``ExternalHost("api.stripe.com")``.

    A NetworkPolicy knows no host names. What is opened is the port on every address but private, carrier-grade and
    link-local ones; `cidrs` narrows it, and is needed for a host with a private address.
    """

    host: str = field(kw_only=False)
    """Host name."""

    port: int = 443
    """Port. Default: 443."""

    cidrs: tuple[str, ...] = ()
    """The address ranges that the host has. Default: see above."""

    def __post_init__(self) -> None:
        hostname("ExternalHost", self.host)
        whole("ExternalHost.port", self.port, lowest=1, highest=65535)
        object.__setattr__(self, "cidrs", cidrs("ExternalHost.cidrs", self.cidrs))

    def _callee(self) -> str:
        return self.host

    def _call(self, verb: Speaks, port: int | None, forms: tuple[EnvForm, ...], scheme: str, path: str) -> Call:
        number = self.port if port is None else whole(f"{self.host}.{verb}(port=…)", port, lowest=1, highest=65535)
        secure = "https" if scheme == "http" and number == 443 else scheme
        return Call(
            source=f"{self.host}.{verb}()",
            address=Address(host=self.host, port=number, scheme=secure, path=path),
            forms=forms,
            connection=_connection(ToHost(self.host, cidrs=self.cidrs), number, verb, secure, path),
        )

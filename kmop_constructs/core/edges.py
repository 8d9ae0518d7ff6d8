"""Edges: calls from one service to another, with their environment variables and NetworkPolicies.

A reference to a service is a value: its name, namespace and port are enough for the caller's environment. The ports and
labels of the callee's pods are looked up when the app is synthesized. So services can be written in any order and may call
each other in circles.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.connection import Connection, Endpoint, Speaks, ToHost, ToService, check_ranges
from kmop_constructs.core.contribution import Contribution
from kmop_constructs.core.trust import Trusted, trusted
from kmop_constructs.errors import SpecError
from kmop_constructs.values.address import (
    DEFAULT_ENV,
    Address,
    CallForm,
    EnvNames,
    FileForm,
    HostPort,
    Url,
    env_forms,
    file_forms,
)
from kmop_constructs.values.certificate import HeldCertificate, ServerTls, server_tls
from kmop_constructs.values.container import Container
from kmop_constructs.values.env import EnvValue
from kmop_constructs.values.files import FileSource
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import dns_label, frozen, hostname, label_map, made_by, service_name, url_path
from kmop_constructs.values.pods import Pods, cidrs
from kmop_constructs.values.quantity import Cpu, Size, whole
from kmop_constructs.values.resources import Resources

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts, Subject

__all__ = ["Call", "ExistingService", "ExternalHost", "ServiceRef"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """An edge that calls a service or host. Created by ``http``, ``grpc``, ``tcp`` or ``udp`` of a callee."""

    source: str
    """Name of the edge in messages, such as ``payments.http()``."""

    address: Address
    """Address of the callee. `host` is completed for callers in other namespaces."""

    forms: tuple[CallForm, ...]
    """Variables of the caller that hold the address."""

    connection: Connection
    """Connection of the call, as written."""

    variables: Mapping[str, EnvValue] = field(default_factory=dict[str, EnvValue])
    """Further variables of the caller, to which the address refers. Default: none."""

    chart: str | None = None
    """Chart of a callee without a known namespace. Only callers in this chart can address it. Default: ``None``, any
    caller."""

    tls: ServerTls | None = None
    """How the caller verifies the callee. Default: none; the caller gets no file for it."""

    certificate: HeldCertificate | None = None
    """Certificate of the callee. Default: none, or not known."""

    file_forms: tuple[FileForm, ...] = ()
    """Variables of the caller that hold the paths of files of TLS, each if there is the file. Default: none."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "variables", frozen(self.variables))

    def contribution(self, caller: ServiceFacts) -> Contribution:
        """Return the caller's variables and connection."""
        address = self.address
        if self.chart is not None and self.chart != caller.chart:
            raise SpecError(f"{caller.path}: cannot address {self.source}, because the chart {self.chart!r} sets no "
                            "namespace; set one: KmopChart(…, namespace=…)")  # fmt: skip
        address = replace(address, host=self.host_for(caller))
        trust = self._trust(caller, address.host)
        if trust is not None:
            files = (trust.authority, trust.certificate, trust.private_key)
            address = replace(address, authority=files[0], certificate=files[1], private_key=files[2])
        forms = (*self.forms, *(form for form in self.file_forms if trust is not None and trust.has(form)))
        env: dict[str, EnvValue] = {form.name: form.value(address) for form in forms}
        if len(env) < len(forms) or env.keys() & self.variables.keys():
            raise SpecError(f"{caller.path}: {self.source} sets one variable twice; use different names in env")
        if forms:
            env = {**self.variables, **env}
        given: Mapping[str, FileSource] = {} if trust is None else trust.files
        return Contribution(source=self.source, env=env, files=given, connections=(self.connection,))

    def _trust(self, caller: ServiceFacts, host: str) -> Trusted | None:
        if self.tls is None:
            return None
        to = self.connection.to
        namespace = to.namespace if isinstance(to, ToService) else None
        near = namespace in (None, caller.namespace)
        return trusted(caller, self.source, host, self.tls, self.certificate, near=near)

    def before_start(self, image: Image) -> StartAfter:
        """Return an edge that delays the start of the caller until the callee accepts TCP connections.

        Use it only if the caller cannot wait by itself, because no pod of the caller starts while the callee is down.
        Services that wait for each other never start; this is a finding. `image` needs ``sh`` and ``nc``, such as busybox.
        """
        return StartAfter(call=self, image=image)

    def host_for(self, caller: ServiceFacts) -> str:
        """Return the host name for the caller's resolver. It includes the namespace if the caller is in another one."""
        to, host = self.connection.to, self.address.host
        namespace = to.namespace if isinstance(to, ToService | Pods) else None
        return host if namespace in (None, caller.namespace) else f"{host}.{namespace}.svc"

    def host_everywhere(self, caller: Subject) -> str | None:
        """Return the host name for the resolver of every pod. ``None`` if the namespace of a callee of this cluster is not known."""
        to, host = self.connection.to, self.address.host
        if not isinstance(to, ToService | Pods):
            return host
        namespace = caller.namespace if to.namespace is None else to.namespace
        return None if namespace is None else f"{host}.{namespace}.svc"


@dataclass(frozen=True, kw_only=True, slots=True)
class StartAfter:
    """A call that delays the start of the caller until the callee accepts connections. See `Call.before_start`."""

    call: Call
    """Call to wait for."""

    image: Image
    """Image of the waiting init container. It needs ``sh`` and ``nc``."""

    def contribution(self, caller: ServiceFacts) -> Contribution:
        """Return the contribution of the call, with an init container that waits."""
        added = self.call.contribution(caller)
        host, port = self.call.host_for(caller), self.call.address.port
        name = re.sub(r"[^a-z0-9]+", "-", f"wait-for-{host.lower()}")[:57].rstrip("-") + f"-{port}"
        waiting = Container(
            name,
            image=self.image,
            command=("sh", "-c", f"until nc -z -w 2 {host} {port}; do sleep 2; done"),
            env=self.call.variables,
            resources=Resources(cpu=Cpu("10m"), memory=Size("16Mi")),
        )
        connections = tuple(replace(each, awaited=True) for each in added.connections)
        return replace(
            added, source=f"{added.source}.before_start()", connections=connections, init_containers=(waiting,)
        )


class Verbs:
    """Methods of a callee that return edges for ``uses=[…]``."""

    __slots__ = ()

    def _call(self, verb: Speaks, port: int | None, forms: tuple[CallForm, ...], scheme: str, path: str) -> Call:
        raise NotImplementedError

    def _callee(self) -> str:
        raise NotImplementedError

    def _tls(self) -> ServerTls | None:
        """Return how callers verify the callee. ``None`` if it does not speak TLS, or if that is not known."""
        return None

    def _encrypted(self, call: Call, env: EnvNames, tls: ServerTls | None) -> Call:
        """Return a call with what the caller needs to verify the callee."""
        if tls is None:
            return call
        forms = file_forms(env, self._callee(), mutual=tls.client_certificates)
        return replace(call, tls=tls, file_forms=forms, connection=replace(call.connection, tls=True))

    def http(
        self,
        *,
        port: int | None = None,
        path: str = "",
        tls: bool | ServerTls | None = None,
        env: EnvNames = DEFAULT_ENV,
    ) -> Call:
        """Return an edge for calls over HTTP. The caller gets ``NAME_URL``, unless `env` names other variables or is ``None``.

        `port` is the port number of the Service or host (default: its main port). `path` is appended to the address
        (default: none). `tls` makes the URL ``https``: true for the authorities in the caller's image, `ServerTls` for
        others (default: that of the callee).
        """
        if path != "":
            url_path(f"{self._callee()}.http(path=…)", path)
        chosen = self._tls() if tls is None else server_tls(f"{self._callee()}.http(tls=…)", tls)
        forms = env_forms(env, Url, self._callee())
        return self._encrypted(
            self._call("http", port, forms, "https" if chosen is not None else "http", path), env, chosen
        )

    def grpc(self, *, port: int | None = None, env: EnvNames = DEFAULT_ENV) -> Call:
        """Return an edge for calls over gRPC. The caller gets ``NAME_ADDR`` as ``host:port``, unless `env` names other variables.

        `port` is the port number of the Service or host (default: its main port).
        """
        return self._over("grpc", "grpcs", port, env)

    def tcp(self, *, port: int | None = None, env: EnvNames = DEFAULT_ENV) -> Call:
        """Return an edge for TCP connections. The caller gets ``NAME_ADDR`` as ``host:port``, unless `env` names other variables.

        `port` is the port number of the Service or host (default: its main port).
        """
        return self._over("tcp", "tls", port, env)

    def _over(self, verb: Speaks, encrypted: str, port: int | None, env: EnvNames) -> Call:
        tls = self._tls()
        forms = env_forms(env, HostPort, self._callee())
        return self._encrypted(self._call(verb, port, forms, verb if tls is None else encrypted, ""), env, tls)

    def connect(self, *, port: int | None = None) -> Call:
        """Return an edge for TCP, without a variable for the caller. `port` is the Service's port. Default: the main one."""
        return self.tcp(port=port, env=None)

    def udp(self, *, port: int | None = None, env: EnvNames = DEFAULT_ENV) -> Call:
        """Return an edge for UDP datagrams. The caller gets ``NAME_ADDR`` as ``host:port``, unless `env` names other variables.

        `port` is the port number of the Service or host (default: its main port).
        """
        return self._call("udp", port, env_forms(env, HostPort, self._callee()), "udp", "")


def _connection(to: Endpoint, port: int, verb: Speaks, scheme: str, path: str) -> Connection:
    return Connection(to=to, port=port, speaks=verb, tls=scheme == "https", path=path)


def _source(name: str, namespace: str | None, verb: str) -> str:
    return f"{name}.{verb}()" if namespace is None else f"{name}.{verb}() of namespace {namespace}"


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceRef(Verbs):
    """A service of this app, which may be created later: ``ServiceRef("payments", port=8080)``.

    A service with this name must exist when the app is synthesized. Its policy also opens the connection.
    """

    name: str = field(kw_only=False)
    """Name of the (Kubernetes) Service."""

    port: int
    """Port number of the Service."""

    namespace: str | None = None
    """Namespace of the Service. Default: the caller's namespace; the service must then be in the caller's chart."""

    chart: str | None = None
    """Construct path of the service's chart, for a service without a namespace. Set by `Microservice.ref`; leave it out
    otherwise. Default: not set."""

    tls: bool | ServerTls = False
    """Whether the port speaks TLS, and how callers verify it: true for the authorities in the caller's image, `ServerTls`
    for others. It must agree with the port of the service. Default: false."""

    certificate: HeldCertificate | None = None
    """Certificate of the service. Set by `Microservice.ref`; leave it out otherwise. Default: not known."""

    def __post_init__(self) -> None:
        service_name("ServiceRef.name", self.name)
        whole("ServiceRef.port", self.port, lowest=1, highest=65535)
        if self.namespace is not None:
            dns_label("ServiceRef.namespace", self.namespace)
        server_tls("ServiceRef.tls", self.tls)
        made_by("ServiceRef.certificate", self.certificate, HeldCertificate, type(None))

    def _tls(self) -> ServerTls | None:
        return server_tls("ServiceRef.tls", self.tls)

    def _callee(self) -> str:
        return self.name

    def _call(self, verb: Speaks, port: int | None, forms: tuple[CallForm, ...], scheme: str, path: str) -> Call:
        number = self.port if port is None else whole(f"{self.name}.{verb}(port=…)", port, lowest=1, highest=65535)
        return Call(
            source=_source(self.name, self.namespace, verb),
            address=Address(host=self.name, port=number, scheme=scheme, path=path),
            forms=forms,
            connection=_connection(ToService(self.name, namespace=self.namespace), number, verb, scheme, path),
            chart=self.chart,
            certificate=self.certificate,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingService(Verbs):
    """A Service from outside this app. Only the caller's policy is drawn; the callee's owner must admit the caller."""

    name: str = field(kw_only=False)
    """Name of the Service."""

    port: int
    """Port number of the Service."""

    namespace: str | None = None
    """Namespace of the Service. Default: the caller's namespace."""

    pod_port: int | None = None
    """Container port behind `port`, because NetworkPolicies refer to the ports of pods. Default: the value of `port`."""

    pod_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the Service's pods. Default: none, every pod of the namespace."""

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

    def _call(self, verb: Speaks, port: int | None, forms: tuple[CallForm, ...], scheme: str, path: str) -> Call:
        number = self.port if port is None else whole(f"{self.name}.{verb}(port=…)", port, lowest=1, highest=65535)
        pod_port = self.pod_port if port is None and self.pod_port is not None else number
        pods = Pods.of(self.pod_labels, namespace=self.namespace)
        to = ToService(self.name, namespace=self.namespace, pods=pods)
        return Call(
            source=_source(self.name, self.namespace, verb),
            address=Address(host=self.name, port=number, scheme=scheme, path=path),
            forms=forms,
            connection=_connection(to, pod_port, verb, scheme, path),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ExternalHost(Verbs):
    """A host outside the cluster: ``ExternalHost("api.stripe.com")``.

    NetworkPolicies do not support host names. The policy opens the port to all addresses except those of private
    networks, carrier-grade NAT and link-local networks. Set `cidrs` to open only the addresses of the host. `cidrs` is needed for
    a host with a private address: without it, a name of a private network, such as ``db.prod.internal``, is refused.
    """

    host: str = field(kw_only=False)
    """Host name."""

    port: int = 443
    """Port number. Default: 443."""

    cidrs: tuple[str, ...] = ()
    """Address ranges of the host. Default: none; the policy opens every public address."""

    def __post_init__(self) -> None:
        hostname("ExternalHost", self.host)
        whole("ExternalHost.port", self.port, lowest=1, highest=65535)
        object.__setattr__(self, "cidrs", cidrs("ExternalHost.cidrs", self.cidrs))
        check_ranges("ExternalHost", self.host, self.cidrs)

    def _callee(self) -> str:
        return self.host

    def _call(self, verb: Speaks, port: int | None, forms: tuple[CallForm, ...], scheme: str, path: str) -> Call:
        number = self.port if port is None else whole(f"{self.host}.{verb}(port=…)", port, lowest=1, highest=65535)
        secure = "https" if scheme == "http" and number == 443 else scheme
        return Call(
            source=f"{self.host}.{verb}()",
            address=Address(host=self.host, port=number, scheme=secure, path=path),
            forms=forms,
            connection=_connection(ToHost(self.host, cidrs=self.cidrs), number, verb, secure, path),
        )

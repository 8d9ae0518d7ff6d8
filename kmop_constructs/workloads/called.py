"""The base of workloads that others call: references to their Services, and edges by protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kmop_constructs.core.edges import Call, ServiceRef
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.address import DEFAULT_ENV, EnvNames
from kmop_constructs.values.certificate import ServerTls
from kmop_constructs.workloads.workload import Workload

if TYPE_CHECKING:
    from kmop_constructs.core.subject import NamedPort, ServiceFacts

__all__ = ["CalledWorkload"]


class CalledWorkload(Workload):
    """A workload with Services. Use a subclass, such as `Microservice` or `NodeAgent`."""

    def ref(self, *, port: int | str | None = None) -> ServiceRef:
        """Return a reference to the service as a value. `port` is a Service port or its name. Default: the main port."""
        facts = self.facts
        found = facts.port(port)
        offered = found.offered
        if not facts.services:
            raise SpecError(f"{facts.path}: has no Service; set port in its spec")
        return ServiceRef(
            facts.services[0],
            port=offered,
            namespace=facts.namespace,
            chart=None if facts.namespace is not None else facts.chart,
            tls=_tls_of(found, facts),
            certificate=facts.certificate if found.spec.tls else None,
        )

    def http(
        self,
        *,
        port: int | str | None = None,
        path: str = "",
        tls: bool | ServerTls | None = None,
        env: EnvNames = DEFAULT_ENV,
    ) -> Call:
        """Return an edge for callers over HTTP; see `ServiceRef.http`."""
        self._speaks(port, "http")
        return self.ref(port=port).http(path=path, tls=tls, env=env)

    def grpc(self, *, port: int | str | None = None, env: EnvNames = DEFAULT_ENV) -> Call:
        """Return an edge for callers over gRPC; see `ServiceRef.grpc`."""
        self._speaks(port, "grpc")
        return self.ref(port=port).grpc(env=env)

    def tcp(self, *, port: int | str | None = None, env: EnvNames = DEFAULT_ENV) -> Call:
        """Return an edge for callers over TCP; see `ServiceRef.tcp`."""
        return self.ref(port=port).tcp(env=env)

    def udp(self, *, port: int | str | None = None, env: EnvNames = DEFAULT_ENV) -> Call:
        """Return an edge for callers over UDP; see `ServiceRef.udp`."""
        return self.ref(port=port).udp(env=env)

    def _speaks(self, port: int | str | None, verb: Literal["http", "grpc"]) -> None:
        """Refuse a verb that contradicts the protocol of the port: its probes would use the wrong protocol too."""
        wanted = self.facts.port(port)
        if {wanted.spec.speaks, verb} == {"http", "grpc"}:
            right = "Port.grpc(…)" if verb == "grpc" else "Port(…)"
            raise bad(
                f"{self.facts.path}.{verb}()", f"port {wanted.offered} speaks {wanted.spec.speaks}", verb,
                f"call {wanted.spec.speaks}(), or write the port as {right}",
            )  # fmt: skip


def _tls_of(port: NamedPort, facts: ServiceFacts) -> bool | ServerTls:
    """Return how callers verify a port. The authority of a certificate that this library does not know is not given."""
    if not port.spec.tls:
        return False
    authority = None if facts.certificate is not None else "image"
    return ServerTls(authority=authority, client_certificates=port.spec.client_certificates)

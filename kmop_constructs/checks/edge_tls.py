"""Callers and ports agree on TLS, and callers have the certificate that a port requires."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kmop_constructs.core.connection import ToService
from kmop_constructs.core.declared import Declared, Forward
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.connection import Connection
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import NamedPort, ServiceFacts

__all__ = ["CERTIFICATE_REASON", "CERTIFICATE_RULE", "REASON", "RULE", "check"]

RULE = "edge-tls"
REASON = (
    "A client without TLS gets no answer from a port that speaks TLS, and one with TLS none from a port that does not."
)
CERTIFICATE_RULE = "edge-certificate"
CERTIFICATE_REASON = "A port that requires client certificates refuses callers without one, and those with a certificate of another authority."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find calls that a port refuses because of TLS."""
    declared = synthesis.facts(Declared)
    served: dict[tuple[str, str], list[ServiceFacts]] = {}
    for each in declared:
        for service in each.facts.services:
            served.setdefault((each.facts.scope, service), []).append(each.facts)
    for each in declared:
        caller = each.facts
        for connection in each.connections:
            to = connection.to
            if not isinstance(to, ToService) or to.pods is not None:
                continue
            scope = caller.scope if to.namespace in (None, caller.namespace) else str(to.namespace)
            for callee in served.get((scope, to.service), ()):
                for port in _called(callee, to.service, connection):
                    yield from _problems(caller, connection, to.service, callee, port)
    yield from _forwarded(synthesis, {each.facts.path: each.facts for each in declared}, served)


def _forwarded(
    synthesis: Synthesis, known: Mapping[str, ServiceFacts], served: Mapping[tuple[str, str], Sequence[ServiceFacts]]
) -> Iterator[Finding]:
    """Yield routes of a service without TLS that lead to a port of another service with TLS."""
    found: set[Finding] = set()
    for forward in synthesis.facts(Forward):
        facts = known.get(forward.of)
        if facts is None or any(port.spec.tls for port in facts.ports):
            continue
        for other in served.get((facts.scope, forward.service), ()):
            for port in other.ports:
                number = other.offered(port, forward.service)
                if number == forward.port and port.spec.tls and other.offers(port, forward.service):
                    message = (
                        f"routes requests to port {number} of {forward.service!r} without TLS, but the port speaks TLS; give "
                        f"{forward.service!r} an exposure of its own"
                    )
                    found.add(Finding(path=facts.path, rule=RULE, message=message))
    yield from sorted(found)


def _called(callee: ServiceFacts, service: str, connection: Connection) -> Iterator[NamedPort]:
    for port in callee.ports:
        number = callee.offered(port, service)
        if callee.offers(port, service) and number == connection.port and port.spec.protocol == connection.transport:
            yield port


def _problems(
    caller: ServiceFacts, connection: Connection, service: str, callee: ServiceFacts, port: NamedPort
) -> Iterator[Finding]:
    what = f"calls port {connection.port} of {service!r}"
    if port.spec.tls and not connection.tls:
        message = f"{what} without TLS, but the port speaks TLS; write ServiceRef(…, tls=ServerTls()), or leave tls out of http()"
        yield Finding(path=caller.path, rule=RULE, message=message)
    elif connection.tls and not port.spec.tls:
        message = f"{what} with TLS, but the port does not say that it speaks TLS; write Port({port.number}, tls=True), or call it without"
        yield Finding(path=caller.path, rule=RULE, message=message)
    elif port.spec.client_certificates and not connection.presents:
        yield from _certificate(caller, what, callee)


def _certificate(caller: ServiceFacts, what: str, callee: ServiceFacts) -> Iterator[Finding]:
    mine, theirs = caller.certificate, callee.certificate
    if mine is None:
        message = (
            f"{what}, which requires a certificate of each client, and has none; set certificate=ServiceCertificate()"
        )
        yield Finding(path=caller.path, rule=CERTIFICATE_RULE, message=message)
        return
    issuers = (mine.names.issuer, None if theirs is None else theirs.names.issuer)
    if None not in issuers and issuers[0] != issuers[1]:
        message = (
            f"{what}, which requires a certificate of each client, with one of the issuer {issuers[0]!r}, but the port verifies "
            f"clients with the authority of {issuers[1]!r}; use one issuer"
        )
        yield Finding(path=caller.path, rule=CERTIFICATE_RULE, message=message)

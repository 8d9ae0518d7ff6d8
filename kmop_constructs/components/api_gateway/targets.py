"""The Services, ports and percentages that a path leads to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.auth import ApiKey, BasicAuth, Jwt, Oidc
from kmop_constructs.components.api_gateway.identity import IdentityHeaders, LeadsTo
from kmop_constructs.core.declared import Forward, Inlet
from kmop_constructs.core.exposed import Exposed, Way, Ways
from kmop_constructs.errors import bad
from kmop_constructs.values.pods import Peer

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.route import PathRoute
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.subject import NamedPort, ServiceFacts


__all__ = [
    "Target",
    "controllers_of",
    "identified",
    "leads_to_grpc",
    "mirrors",
    "reached",
    "route_facts",
    "routed_ports",
    "targets",
    "ways_of",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A Service that gets requests of a path."""

    service: str
    """Name of the Service, in the namespace of the exposed service."""

    port: int
    """Service port."""

    percent: int
    """Percentage of the requests."""

    own: NamedPort | None
    """The port of the exposed service; ``None`` for another Service."""


def targets(service: ServiceFacts, exposure: Exposure, route: PathRoute) -> tuple[Target, ...]:
    """Return where a path leads, the exposed service first. A path to another Service has no shares."""
    if route.service is not None:
        port = route.port if isinstance(route.port, int) else service.main_port.offered
        return (Target(service=route.service, port=port, percent=100, own=None),)
    own = service.port(route.port)
    if own.spec.exposed and not service.offers(own, service.services[0]):
        what = f"routes {route.path!r} to a port that the Service {service.services[0]!r} does not offer"
        raise bad(service.path, what, own.name, "add it to the port field of that Service, or leave the field out")
    offered = service.offered(own, service.services[0])
    shares = (
        Target(service=share.service, port=share.port or offered, percent=share.percent, own=None)
        for share in exposure.shares
    )
    return (Target(service=service.services[0], port=offered, percent=exposure.own_percent, own=own), *shares)


def mirrors(service: ServiceFacts, exposure: Exposure, route: PathRoute) -> tuple[Target, ...]:
    """Return the Services that get copies of the requests of a path: none for a path to another Service."""
    if route.service is not None or not exposure.mirrors:
        return ()
    offered = service.offered(service.port(route.port), service.services[0])
    return tuple(
        Target(service=each.service, port=each.port or offered, percent=each.percent, own=None)
        for each in exposure.mirrors
    )


def reached(service: ServiceFacts, exposure: Exposure, route: PathRoute) -> tuple[Target, ...]:
    """Return every Service that gets requests of a path, or copies of them."""
    return (*targets(service, exposure, route), *mirrors(service, exposure, route))


def leads_to_grpc(service: ServiceFacts, route: PathRoute) -> bool:
    """Return whether a path leads to a gRPC port of the exposed service itself."""
    return route.service is None and service.port(route.port).spec.speaks == "grpc"


def routed_ports(service: ServiceFacts, exposure: Exposure) -> Sequence[str]:
    """Return the names of the ports of the exposed service that the paths lead to."""
    return sorted({service.port(route.port).name for route in exposure.routes if route.service is None})


def controllers_of(service: ServiceFacts, chosen: Peer | None, default: Peer | None = None) -> tuple[Peer, ...]:
    """Return the gateway's pods: from the options, else from the platform, else the default of the gateway's installation."""
    found = chosen or service.cluster.peers.ingress_controller or default
    return () if found is None else (found,)


def route_facts(
    service: ServiceFacts,
    exposure: Exposure,
    controllers: Sequence[Peer],
    *,
    identity: Sequence[str] = (),
    removes: bool = False,
) -> tuple[object, ...]:
    """Return the facts of a route: the connections that it opens, to this Service and to others, and the hosts and paths that it claims.

    Args:
        service: Names, labels and ports of the exposed service.
        exposure: The exposure that was drawn.
        controllers: The pods of the gateway, as from `controllers_of`. Empty where they are not known; a finding of a rule
            then names the service.
        identity: Request headers with the identity of a client that the gateway sets after authentication, besides those of
            `Jwt.claims_to_headers` and of a login proxy. Default: none.
        removes: Whether the provider removes the headers of `forged_headers` from requests. Without it, an exposure that
            leaves such headers to clients is a finding of the rule ``forged-identity``. Default: False.
    """
    ports, through = tuple(routed_ports(service, exposure)), service.services[0]
    given: list[object] = []
    if not controllers:
        given.append(Inlet(to=service.path, peer=None, ports=ports, service=through))
    for peer in controllers:
        if ports:
            given.append(Inlet(to=service.path, peer=peer, ports=ports, service=through))
        given += [
            Forward(of=service.path, peer=peer, service=name, port=port)
            for name, port in other_targets(service, exposure)
        ]
    routes = [(route.path, str(route.match)) for route in exposure.routes]
    routes += [(moved.path, str(moved.match)) for moved in exposure.redirects]
    callers = tuple(controllers)
    given.append(Exposed(service=service.path, hosts=tuple(exposure.hosts), routes=tuple(routes), callers=callers))
    every = _services(service, exposure)
    given.append(LeadsTo(exposure=exposure, service=service.path, scope=service.scope, services=every, removes=removes))
    claims = exposure.auth.claims_to_headers.values() if isinstance(exposure.auth, Jwt) else ()
    if headers := (*claims, *identity):
        given.append(identified(service, exposure, headers))
    return tuple(given)


def identified(service: ServiceFacts, exposure: Exposure, headers: Sequence[str]) -> IdentityHeaders:
    """Return the fact that a gateway sets request headers with the identity of a client, after authentication."""
    names = _services(service, exposure)
    return IdentityHeaders(exposure=exposure, service=service.path, scope=service.scope, services=names, headers=tuple(headers))  # fmt: skip


def _services(service: ServiceFacts, exposure: Exposure) -> tuple[str, ...]:
    """Return the names of all Services that an exposure leads to."""
    return tuple(sorted({each.service for route in exposure.routes for each in reached(service, exposure, route)}))


def ways_of(service: ServiceFacts, exposure: Exposure) -> Ways:
    """Return the paths of an exposure as a fact for the checks: where they lead, and whether they need a login."""
    ways = tuple(
        Way(
            path=route.path,
            match=str(route.match),
            rewrite=route.rewrite,
            conditional=bool(route.headers) or route.method is not None,
            by_header=bool(route.headers),
            targets=tuple((each.service, each.port) for each in reached(service, exposure, route)),
        )
        for route in exposure.routes
    )
    auth = None if exposure.auth is None else type(exposure.auth).__name__
    secrets = tuple(_secrets(exposure))
    return Ways(
        service=service.path,
        hosts=tuple(exposure.hosts),
        auth=auth,
        ways=ways,
        limited=bool(exposure.allow_from),
        secrets=secrets,
    )


def _secrets(exposure: Exposure) -> Iterable[tuple[str, str | None]]:
    match exposure.auth:
        case Oidc(client_secret=secret, cookie_secret=cookie):
            yield secret.name, secret.key
            if cookie is not None:
                yield cookie.name, cookie.key
        case BasicAuth(secret=name) | ApiKey(secret=name):
            yield name, None
        case _:
            pass
    if exposure.backend_tls is not None and exposure.backend_tls.ca_secret is not None:
        yield exposure.backend_tls.ca_secret, "ca.crt"


def other_targets(service: ServiceFacts, exposure: Exposure) -> list[tuple[str, int]]:
    """Return every other Service that the exposure leads to, with its Service port."""
    every: Iterable[Target] = (each for route in exposure.routes for each in reached(service, exposure, route))
    return sorted({(each.service, each.port) for each in every if each.own is None})

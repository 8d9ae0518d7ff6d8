"""A Gateway of Istio that a platform team owns; application teams own the routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.entry import ExistingEntry, Listener, StreamListener
from kmop_constructs.core.capability import older, releases_of
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.errors import SpecError, UnsupportedError, bad
from kmop_constructs.providers.cert_manager.certificate import draw_certificates
from kmop_constructs.providers.istio.servers import (
    DEFAULT,
    ISTIO,
    NAMED_AUTHORITY,
    ServerPart,
    StreamServer,
    authority_of,
    gateway,
    pods,
    seen,
    with_streams,
)
from kmop_constructs.values.names import dns_subdomain, made_by, several
from kmop_constructs.values.pods import Peer, check_peer

from constructs import Construct

__all__ = ["IstioEntry", "IstioEntryOptions"]


@dataclass(frozen=True, kw_only=True, slots=True)
class IstioEntryOptions:
    """Options of `IstioEntry`: the pods of the shared ingress gateway."""

    controller: Peer = DEFAULT
    """The pods of the ingress gateway, by namespace and labels; certificates are drawn in this namespace. Default: the
    pods of the chart istio/gateway with the release name ``istio-ingress``: namespace ``istio-ingress``, label ``istio:
    ingress``."""

    def __post_init__(self) -> None:
        check_peer("IstioEntryOptions.controller", self.controller)
        pods("IstioEntryOptions.controller", self.controller)


class IstioEntry(Placed, Construct):
    """A Gateway that accepts routes of other namespaces: ``IstioEntry(self, "public", listeners=[Listener(…)])``.

    Each listener accepts VirtualServices only of the namespaces that it names. Application teams attach with
    ``IstioGatewayOptions(entry=…)``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        listeners: Sequence[Listener | StreamListener],
        name: str | None = None,
        options: IstioEntryOptions = IstioEntryOptions(),
    ) -> None:
        """Draw the Gateway, and the certificates of cert-manager issuers.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the Gateway unless `name` sets another.
            listeners: The hosts, and the ports of streams, with the namespaces of their routes.
            name: Name of the Gateway. Default: the id.
            options: The pods of the gateway. Default: `IstioEntryOptions()`.

        Raises:
            SpecError: There are no listeners, or a host or port is a duplicate.
            ConflictError: Two listeners use one Secret with different TLS settings.
            UnsupportedError: A listener has a field that a Gateway does not support.
        """
        self._place = place_of(scope).child(id)
        where, chart = self._place.path, self._place.chart
        if chart is None:
            raise SpecError(f"{where}: needs a chart above it, got {type(scope).__name__}; put it into one")
        made_by(f"{where}: options", options, IstioEntryOptions)
        every = several(f"{where}: listeners", listeners)
        for listener in every:
            made_by(f"{where}: listeners", listener, Listener, StreamListener)
        known = [each for each in every if isinstance(each, Listener)]
        if not every:
            raise SpecError(f"{where}: listeners: no host is served, got (); name a host: Listener('shop.acme.io')")
        hosts = [each.host for each in known]
        if len(set(hosts)) != len(hosts):
            raise bad(
                f"{where}: listeners",
                "duplicate host",
                next(h for h in hosts if hosts.count(h) > 1),
                "keep one of them",
            )
        self._name = dns_subdomain(f"{where}: name", name or id)
        self._namespace = chart.namespace
        releases = releases_of(chart.cluster)
        wanted = [(where, _wanted(where, each, releases)) for each in known]
        namespace, selector = pods(where, options.controller)
        streams = _servers(where, known, [each for each in every if isinstance(each, StreamListener)])
        literal = with_streams(gateway(self._name, chart.namespace, selector, wanted), streams)
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        Manifest(self, "gateway", literal)
        draw_certificates(self, known, namespace=namespace)

    @property
    def entry(self) -> ExistingEntry:
        """The reference that application teams attach their routes to."""
        return ExistingEntry(self._name, namespace=self._namespace)


def _servers(where: str, listeners: Sequence[Listener], streams: Sequence[StreamListener]) -> list[StreamServer]:
    """Return the servers of streams. A port has one protocol, and a host of TLS one server."""
    taken: dict[int, str] = {80: "HTTP"} if listeners else {}
    if any(each.tls is not None for each in listeners):
        taken[443] = "TLS"
    hosts = {(443, each.host) for each in listeners if each.tls is not None}
    servers: list[StreamServer] = []
    for each in streams:
        if each.protocol == "UDP":
            raise UnsupportedError(
                f"{where}: listeners: a Gateway of Istio has no protocol UDP; use EnvoyEntry for port {each.port}"
            )
        twice = (each.port, each.host) in hosts or (each.protocol == "TCP" and each.port in taken)
        if twice or taken.setdefault(each.port, each.protocol) != each.protocol:
            what = "a port has one protocol, and each host of TLS one listener"
            raise bad(f"{where}: listeners", what, each.port, "use another port or host")
        hosts.add((each.port, each.host))
        spaces = tuple(f"{space}/{each.host or '*'}" for space in each.routes_from or (".",))
        servers.append(StreamServer(port=each.port, hosts=spaces, passes_tls=each.protocol == "TLS"))
    return servers


def _wanted(where: str, listener: Listener, releases: Mapping[str, str]) -> ServerPart:
    tls, host = listener.tls, listener.host or "*"
    if tls is not None and tls.hsts is not None:
        raise UnsupportedError(
            f"{where}: listeners: a Gateway of Istio sets no headers, so it cannot set tls.hsts; set it in Exposure.tls of the "
            "route"
        )
    secret = None if tls is None else tls.secret_for(host)
    if (
        tls is not None
        and tls.mutual is not None
        and secret is not None
        and tls.mutual.secret != authority_of(secret)
        and (why := older(releases, ISTIO, NAMED_AUTHORITY)) is not None
    ):
        raise UnsupportedError(
            f"{where}: listeners: cannot read the CA from the Secret {tls.mutual.secret!r}, because {why}; name it "
            f"{authority_of(secret)!r}, after that of the certificate"
        )
    spaces = listener.routes_from or (".",)
    return ServerPart(hosts=tuple(f"{space}/{host}" for space in spaces), tls=seen(tls), secret=secret)

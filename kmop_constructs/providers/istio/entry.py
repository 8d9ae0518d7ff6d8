"""A Gateway of Istio that a platform team owns; application teams own the routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.entry import ExistingEntry, Listener
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
    authority_of,
    gateway,
    pods,
    seen,
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
        listeners: Sequence[Listener],
        name: str | None = None,
        options: IstioEntryOptions = IstioEntryOptions(),
    ) -> None:
        """Draw the Gateway, and the certificates of cert-manager issuers.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the Gateway unless `name` sets another.
            listeners: The hosts, and the namespaces of their routes.
            name: Name of the Gateway. Default: the id.
            options: The pods of the gateway. Default: `IstioEntryOptions()`.

        Raises:
            SpecError: There are no listeners, or a host is a duplicate.
            ConflictError: Two listeners use one Secret with different TLS settings.
            UnsupportedError: A listener has a field that a Gateway does not support.
        """
        self._place = place_of(scope).child(id)
        where, chart = self._place.path, self._place.chart
        if chart is None:
            raise SpecError(f"{where}: needs a chart above it, got {type(scope).__name__}; put it into one")
        made_by(f"{where}: options", options, IstioEntryOptions)
        known = several(f"{where}: listeners", listeners)
        for listener in known:
            made_by(f"{where}: listeners", listener, Listener)
        if not known:
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
        literal = gateway(self._name, chart.namespace, selector, wanted)
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        Manifest(self, "gateway", literal)
        draw_certificates(self, known, namespace=namespace)

    @property
    def entry(self) -> ExistingEntry:
        """The reference that application teams attach their routes to."""
        return ExistingEntry(self._name, namespace=self._namespace)


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

"""The options of both of Traefik's providers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.streams import listener_names
from kmop_constructs.errors import SpecError
from kmop_constructs.values.names import dns_subdomain, flag, one_of, secret_name, text, texts
from kmop_constructs.values.pods import Peer, Pods, check_peer
from kmop_constructs.values.quantity import whole

__all__ = ["CLASS", "DEFAULT", "HUB", "TraefikGatewayOptions"]

Edition: TypeAlias = Literal["proxy", "hub"]

DEFAULT = Pods.of({"app.kubernetes.io/name": "traefik"}, namespace="traefik")
"""Traefik's pods, from its Helm chart in the namespace of its documentation: the label ``app.kubernetes.io/name`` is
``traefik.labelselector`` (https://github.com/traefik/traefik-helm-chart/blob/master/traefik/templates/_helpers.tpl)."""

CLASS = "traefik"
"""The class that Traefik's Helm chart makes (its template ingressclass.yaml, for a release named ``traefik``)."""

HUB = "Traefik Hub"
"""The commercial edition, as messages and the capability table name it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TraefikGatewayOptions:
    """Options of `TraefikGateway` and `TraefikIngressGateway`: entry points, class, edition, pods and rate limits.

    ``partial(TraefikGateway, options=TraefikGatewayOptions(edition="hub"))``
    """

    web: str = "web"
    """Name of the entry point for plain HTTP, from the installation of Traefik. Default: ``web``, as in its Helm
    chart."""

    websecure: str = "websecure"
    """Name of the entry point for HTTPS, from the installation of Traefik. Default: ``websecure``, as in its Helm
    chart."""

    ingress_class: str | None = None
    """The class of routes that this Traefik reads, in a cluster with several. Default: none; `TraefikGateway` sets no
    class, and `TraefikIngressGateway` sets ``traefik``, the class of its Helm chart."""

    edition: Edition = "proxy"
    """``proxy`` or ``hub``: the middlewares of Traefik Hub validate tokens and API keys. Default: proxy."""

    controller: Peer | None = None
    """Traefik's pods, which the policies let in. Default: the platform's `Peers.ingress_controller`, else those of its
    Helm chart in the namespace ``traefik``."""

    forwarded_depth: int | None = None
    """Position of the client address in ``X-Forwarded-For``, counted from the right, 1 to 32, behind other proxies
    (``ipStrategy.depth``). Default: none, the client is the source address of the connection."""

    redis: tuple[str, ...] = ()
    """Addresses of a Redis, as ``host:port``, in which all Traefik pods count together for rate limits. Default: none,
    each router of each pod counts on its own."""

    redis_secret: str | None = None
    """Name of the Secret with the login of that Redis, under the keys ``username`` and ``password``, in the namespace
    of the service. Default: none, no login."""

    encoded_characters: bool = True
    """Whether a request with an encoded ``/``, backslash, ``;``, ``%``, ``?``, ``#`` or NUL in its path is routed; otherwise it
    gets 400. Traefik compares such a path as it is written, but a service may decode it: set False in the exposures of a
    service with open and guarded paths. Default: True, the entry point decides, and it allows them by default
    (https://doc.traefik.io/traefik/reference/routing-configuration/http/middlewares/encodedcharacters/)."""

    wildcard_priority: int = -1_000_000
    """Number that is added once to the priority of routes for a wildcard host, and twice to that of routes without a host,
    so that routes for single hosts go first. With 0, these routes may go before hand-written routes for all hosts. Default:
    -1000000, after every other route."""

    entry_points: Mapping[str, str] = field(default_factory=dict[str, str])
    """Entry points for values of ``streams``, by port and protocol as in Traefik's addresses: ``{"5672/tcp": "amqp",
    "53/udp": "dns"}``. Default: none; ``443/tcp`` is `websecure`."""

    def __post_init__(self) -> None:
        for name in ("web", "websecure"):
            text(f"TraefikGatewayOptions.{name}", getattr(self, name))
        if self.web == self.websecure:
            raise SpecError("TraefikGatewayOptions.websecure: the same entry point as web; name two entry points")
        if self.ingress_class is not None:
            dns_subdomain("TraefikGatewayOptions.ingress_class", self.ingress_class)
        if self.redis_secret is not None:
            secret_name("TraefikGatewayOptions.redis_secret", self.redis_secret)
        one_of("TraefikGatewayOptions.edition", self.edition, Edition)
        check_peer("TraefikGatewayOptions.controller", self.controller)
        if self.forwarded_depth is not None:
            whole("TraefikGatewayOptions.forwarded_depth", self.forwarded_depth, lowest=1, highest=32)
        object.__setattr__(self, "redis", texts("TraefikGatewayOptions.redis", self.redis))
        flag("TraefikGatewayOptions.encoded_characters", self.encoded_characters)
        if self.redis_secret is not None and not self.redis:
            raise SpecError("TraefikGatewayOptions.redis_secret: not allowed without redis; set redis=('redis:6379',)")
        object.__setattr__(
            self, "entry_points", listener_names("TraefikGatewayOptions.entry_points", self.entry_points)
        )
        whole("TraefikGatewayOptions.wildcard_priority", self.wildcard_priority, lowest=-(10**9), highest=0)

    @property
    def named(self) -> tuple[str, ...]:
        """The editions that the options name, for `Can.needs`."""
        return (HUB,) if self.edition == "hub" else ()

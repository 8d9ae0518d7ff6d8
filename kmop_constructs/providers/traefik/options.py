"""What only Traefik knows, for both of its providers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from kmop_constructs.errors import SpecError
from kmop_constructs.values.cluster import Peer
from kmop_constructs.values.names import dns_subdomain, made_by, one_of, text, texts
from kmop_constructs.values.quantity import whole

__all__ = ["CLASS", "DEFAULT", "HUB", "TraefikGatewayOptions"]

Edition: TypeAlias = Literal["proxy", "hub"]

DEFAULT = Peer(namespace="traefik", pod_labels={"app.kubernetes.io/name": "traefik"})
"""Traefik's pods, as its Helm chart makes them in the namespace of its documentation: the label ``app.kubernetes.io/name``
is that of ``traefik.labelselector`` (https://github.com/traefik/traefik-helm-chart/blob/master/traefik/templates/_helpers.tpl)."""

CLASS = "traefik"
"""The class that Traefik's Helm chart makes (its template ingressclass.yaml, for a release named ``traefik``)."""

HUB = "Traefik Hub"
"""The commercial edition, as messages and the capability table name it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TraefikGatewayOptions:
    """What only Traefik knows: ``partial(TraefikGateway, options=TraefikGatewayOptions(edition="hub"))``."""

    web: str = "web"
    """The entry point of plain HTTP. Entry points belong to the installation. Default: ``web``, as in its Helm chart."""

    websecure: str = "websecure"
    """The entry point of HTTPS. Default: ``websecure``, as in its Helm chart."""

    ingress_class: str | None = None
    """The class of routes that this Traefik reads, where there are several. Default: `TraefikGateway` names none, and
    `TraefikIngressGateway` names ``traefik``, the class that its Helm chart makes."""

    edition: Edition = "proxy"
    """``hub`` where Traefik Hub is installed, whose middlewares validate tokens and API keys. Default: Traefik Proxy."""

    controller: Peer | None = None
    """Traefik's pods. Default: the platform's `Peers.ingress_controller`, else those of its Helm chart in ``traefik``."""

    forwarded_depth: int | None = None
    """Which address of ``X-Forwarded-For`` is the client, counted from the right, where other proxies stand in front
    (``ipStrategy.depth``). Default: the address that the connection comes from."""

    redis: tuple[str, ...] = ()
    """Redis that all Traefik pods and routes count requests in, as ``host:port``. Default: each route counts in each pod."""

    redis_secret: str | None = None
    """The Secret, with the keys ``username`` and ``password``, for Redis, in the namespace of the service. Default: none."""

    wildcard_priority: int = -1_000_000
    """Added to the priority of routes for every name below a host, and twice for every host, so that those for single hosts
    win whatever their paths. With 0 they win over what somebody wrote by hand for all hosts. Default: less than any other."""

    def __post_init__(self) -> None:
        for name in ("web", "websecure"):
            text(f"TraefikGatewayOptions.{name}", getattr(self, name))
        if self.web == self.websecure:
            raise SpecError("TraefikGatewayOptions.websecure: is the entry point of plain HTTP too; name two")
        for name in ("ingress_class", "redis_secret"):
            if (value := getattr(self, name)) is not None:
                dns_subdomain(f"TraefikGatewayOptions.{name}", value)
        one_of("TraefikGatewayOptions.edition", self.edition, Edition)
        made_by("TraefikGatewayOptions.controller", self.controller, Peer, type(None))
        if self.forwarded_depth is not None:
            whole("TraefikGatewayOptions.forwarded_depth", self.forwarded_depth, lowest=1, highest=32)
        object.__setattr__(self, "redis", texts("TraefikGatewayOptions.redis", self.redis))
        if self.redis_secret is not None and not self.redis:
            raise SpecError("TraefikGatewayOptions.redis_secret: given without Redis; name it: redis=('redis:6379',)")
        whole("TraefikGatewayOptions.wildcard_priority", self.wildcard_priority, lowest=-(10**9), highest=0)

    @property
    def named(self) -> tuple[str, ...]:
        """The editions that are there."""
        return (HUB,) if self.edition == "hub" else ()

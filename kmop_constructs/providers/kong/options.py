"""The options of Kong's gateway."""

from __future__ import annotations

from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.entry import ExistingEntry
from kmop_constructs.providers.kong.shared import Algorithm
from kmop_constructs.providers.kong.supports import ENTERPRISE, ENTRY
from kmop_constructs.values.names import dns_subdomain, flag, made_by, one_of
from kmop_constructs.values.pods import Peer, check_peer

__all__ = ["KongGatewayOptions"]

Edition: TypeAlias = Literal["open", "enterprise"]


@dataclass(frozen=True, kw_only=True, slots=True)
class KongGatewayOptions:
    """Options of `KongGateway`: the class, edition, Gateway, pods and load balancing of Kong."""

    ingress_class: str = "kong"
    """Its class: ``ingressClassName``, and the annotation ``kubernetes.io/ingress.class`` of consumers. Default:
    ``kong``, the class of its chart."""

    edition: Edition = "open"
    """``enterprise`` allows features that need a licence: logins by OpenID Connect, and tokens. Default: open."""

    entry: ExistingEntry | None = None
    """The Gateway that HTTPRoutes attach to, with a GatewayClass that Kong's controller serves; `KongEntry` draws one.
    Only exposures with shares need and use it. Default: none."""

    controller: Peer | None = None
    """The proxy's pods, which the policies let in. Default: the platform's `Peers.ingress_controller`, else those of
    the chart kong/ingress in the namespace ``kong``."""

    plain_http2: bool = False
    """Whether Kong's plain port supports HTTP/2 (the chart's ``proxy.http.parameters: [http2]``), which gRPC without
    TLS needs. Default: False, as in the chart."""

    algorithm: Algorithm | None = None
    """Load balancing among the pods of a Service without a sticky cookie. Default: Kong's own, round-robin."""

    def __post_init__(self) -> None:
        kind = type(self).__name__
        dns_subdomain(f"{kind}.ingress_class", self.ingress_class)
        one_of(f"{kind}.edition", self.edition, Edition)
        made_by(f"{kind}.entry", self.entry, ExistingEntry, type(None))
        check_peer(f"{kind}.controller", self.controller)
        flag(f"{kind}.plain_http2", self.plain_http2)
        if self.algorithm is not None:
            one_of(f"{kind}.algorithm", self.algorithm, Algorithm)

    @property
    def named(self) -> tuple[str, ...]:
        """The parts of the installation that the options name, for `Can.needs`."""
        return (*([ENTERPRISE] if self.edition == "enterprise" else []), *([ENTRY] if self.entry else []))

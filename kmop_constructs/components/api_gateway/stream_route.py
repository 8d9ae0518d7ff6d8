"""What the routes of streams have in common, whichever gateway draws them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

from kmop_constructs.components.api_gateway.capability import Supports, admit, refusal
from kmop_constructs.components.api_gateway.placed import PlacedRoute
from kmop_constructs.components.api_gateway.streams import TlsPassthrough, listener_key
from kmop_constructs.core.declared import Inlet
from kmop_constructs.core.derived import agree
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.errors import bad
from kmop_constructs.values.tool import Dotted

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.features import FeatureName
    from kmop_constructs.components.api_gateway.streams import Stream
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.errors import UnsupportedError
    from kmop_constructs.typings import k8s
    from kmop_constructs.values.pods import Peer

__all__ = ["StreamRoute", "claim_tls", "stream_factory"]


class StreamRoute(PlacedRoute, Construct):
    """Base of the routes of streams. Use the class of a gateway, such as `GatewayApi`, which names it in ``STREAMS``."""

    PROVIDER: ClassVar[str]
    """Class name of the gateway, for messages."""

    SUPPORTS: ClassVar[Supports]
    """What the gateway supports, by feature."""

    def _begin(
        self,
        scope: Construct,
        id: str,
        service: ServiceFacts,
        stream: Stream,
        *,
        controllers: Sequence[Peer],
        named: Sequence[str] = (),
    ) -> None:
        """Refuse what the gateway does not support, and settle the target and the facts. Nothing is drawn yet."""
        self._place = place_of(scope).child(id)
        admit(self.path, self.PROVIDER, self.SUPPORTS, stream, service, named=named)
        own, through = service.port(stream.port), service.services[0]
        if not service.offers(own, through):
            what = f"a stream to a port that the Service {through!r} does not offer"
            raise bad(self.path, what, own.name, "add it to the port field of that Service, or leave the field out")
        self._service, self._stream, self._own = service, stream, own
        self._target, self._target_port = through, service.offered(own, through)
        self._name = stream.name or f"{service.name}-{own.name}"
        self._controllers = tuple(controllers)
        peers: Sequence[Peer | None] = self._controllers or (None,)
        self._gives = tuple(Inlet(to=service.path, peer=peer, ports=(own.name,), service=through) for peer in peers)
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))

    @property
    def _listener(self) -> str:
        """Name of the listener: ``tcp-5672``, ``udp-53``, ``tls-443``."""
        return f"{self._stream.protocol.lower()}-{self._stream.listener}"

    def _metadata(self, name: str) -> k8s.ObjectMeta:
        return {"name": name, "labels": dict(self._service.labels)}

    def _refusal(self, feature: FeatureName, why: str) -> UnsupportedError:
        """Return the error for a supported feature with an unsupported value."""
        return refusal(self.path, self.PROVIDER, feature, why)

    def _claim(self, gateway: str) -> None:
        """Claim the listener of a gateway, or the hosts of one that is shared. Two services that claim one are a finding."""
        stream, service = self._stream, f"{self._service.path} ({self._own.name})"
        says: dict[str, object] = {"its protocol": stream.protocol}
        if not isinstance(stream, TlsPassthrough):
            says["the service that it leads to"] = service
        hint = "a listener leads to one service: use another listener for one of them"
        agree(self._place, ("listener", gateway, listener_key(stream)), says, hint=hint)
        for host in stream.hosts:
            claim_tls(self, gateway, host, stream.listener, {"the service that it leads to": service})


def claim_tls(construct: Placed, gateway: str, host: str | None, port: int, says: Mapping[str, object]) -> None:
    """Claim a host of a listener with TLS. `says` is where it leads; empty where TLS ends at the gateway."""
    hint = "TLS of a host ends in one place: use another host, or another listener, for one of them"
    place = place_of(cast("Construct", construct))
    agree(place, ("host of the listener", gateway, f"{host or 'every host'}:{port}"), says, hint=hint)


def stream_factory(gateway: object) -> Callable[..., Any]:
    """Return the class that draws streams for a gateway, with the options of that gateway.

    One that names none in ``STREAMS`` gets a function that refuses every stream, and names the gateways that draw it.
    """
    keywords: dict[str, Any] = {}
    while isinstance(gateway, partial | Dotted):
        if isinstance(gateway, partial):
            keywords = {**gateway.keywords, **keywords}
        gateway = cast("object", gateway.func if isinstance(gateway, partial) else gateway.value)
    draws = getattr(gateway, "STREAMS", None)
    return partial(_refuse, gateway) if draws is None else partial(draws, **keywords)


def _refuse(gateway: object, _: Construct, id: str, /, *, service: ServiceFacts, intent: Stream) -> object:
    provider = getattr(gateway, "__name__", type(gateway).__name__)
    where, supports = f"{service.path}/{id}", cast("Supports | None", getattr(gateway, "SUPPORTS", None))
    if supports is not None:
        admit(where, provider, supports, intent, service)
    what = "draws no streams, because it names no class that does"
    raise bad(
        where,
        what,
        provider,
        "set the attribute STREAMS of the class or function, such as STREAMS = EnvoyGateway.STREAMS",
    )

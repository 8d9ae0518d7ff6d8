"""The Gateway of a namespace; every exposure adds its listeners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.slug import host_slug
from kmop_constructs.core.derived import parts_of
from kmop_constructs.core.manifest import Deferred
from kmop_constructs.errors import SpecError

if TYPE_CHECKING:
    from kmop_constructs.core.facts import Key
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.typings import gateway_networking_k8s_io as gw

__all__ = ["DrawnListener", "GatewayPart", "client_authority", "gateway_literal", "gathered_gateway", "listener_name"]

MAX_LISTENERS = 64
"""Maximum length of ``spec.listeners`` of a Gateway."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawnListener:
    """A listener of a drawn Gateway."""

    name: str
    """Its name."""

    host: str | None
    """Its host; ``None`` for every host."""

    port: int
    """Its port."""

    secret: str | None = None
    """Name of the Secret with its certificate; ``None`` for plain HTTP."""

    secret_namespace: str | None = None
    """Namespace of that Secret, if it is not that of the Gateway."""

    allowed: gw.GatewayListenerAllowedRoutes | None = None
    """The namespaces with routes that it accepts; ``None`` for only its own."""

    @property
    def literal(self) -> gw.GatewayListener:
        """The literal of the listener."""
        protocol = "HTTP" if self.secret is None else "HTTPS"
        drawn: gw.GatewayListener = {"name": self.name, "port": self.port, "protocol": protocol}
        if self.host is not None:
            drawn["hostname"] = self.host
        if self.secret is not None:
            certificate: gw.ListenerSetParentRef = {"kind": "Secret", "name": self.secret}
            if self.secret_namespace is not None:
                certificate["namespace"] = self.secret_namespace
            drawn["tls"] = {"mode": "Terminate", "certificateRefs": [certificate]}
        if self.allowed is not None:
            drawn["allowedRoutes"] = self.allowed
        return drawn


@dataclass(frozen=True, kw_only=True, slots=True)
class GatewayPart:
    """The part that one exposure adds to the Gateway of its namespace."""

    listeners: tuple[DrawnListener, ...]
    """Its listeners; another exposure may add the same ones."""

    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Annotations of the Gateway."""

    client_authority: str | None = None
    """Name of the ConfigMap with the authority of client certificates; ``None`` where clients need none."""


def listener_name(protocol: str, host: str | None) -> str:
    """Return the name of a host's listener, unique to the host: ``https-shop-acme-io``."""
    return protocol if host is None else f"{protocol}-{host_slug(host)}"


def gateway_literal(
    path: str,
    name: str,
    gateway_class: str,
    listeners: Sequence[DrawnListener],
    *,
    namespace: str | None = None,
    annotations: Mapping[str, str],
    clients: gw.GatewayClassParametersRef | None = None,
) -> gw.Gateway:
    """Return a Gateway with these listeners. `clients` is the authority of client certificates, for all listeners of HTTPS."""
    if len(listeners) > MAX_LISTENERS:
        raise SpecError(
            f"{path}: the Gateway {name!r} has too many listeners, got {len(listeners)}, at most {MAX_LISTENERS}; use a host such as "
            "'*.acme.io' for several, or another Gateway for some"
        )
    drawn: gw.Gateway = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": name},
        "spec": {"gatewayClassName": gateway_class, "listeners": [listener.literal for listener in listeners]},
    }
    if clients is not None:
        validation: gw.GatewayTlsFrontendDefaultValidation = {"caCertificateRefs": [clients], "mode": "AllowValidOnly"}
        drawn["spec"]["tls"] = {"frontend": {"default": {"validation": validation}}}
    if namespace is not None:
        drawn["metadata"]["namespace"] = namespace
    if annotations:
        drawn["metadata"]["annotations"] = dict(annotations)
    return drawn


def client_authority(name: str, *, namespace: str | None = None) -> gw.GatewayClassParametersRef:
    """Return the reference to a ConfigMap with the authority of client certificates."""
    drawn: gw.GatewayClassParametersRef = {"group": "", "kind": "ConfigMap", "name": name}
    if namespace is not None:
        drawn["namespace"] = namespace
    return drawn


def gathered_gateway(path: str, name: str, gateway_class: str, *, namespace: str | None, key: Key) -> Deferred:
    """Return the Gateway made of all parts of a key, drawn at synth."""

    def draw(synthesis: Synthesis) -> gw.Gateway:
        parts = [part for _, part in parts_of(synthesis, key, GatewayPart)]
        listeners = {listener.name: listener for part in parts for listener in part.listeners}
        annotations = {key: value for part in parts for key, value in part.annotations.items()}
        ordered = [listeners[each] for each in sorted(listeners)]
        authority = next((part.client_authority for part in parts if part.client_authority is not None), None)
        return gateway_literal(
            path,
            name,
            gateway_class,
            ordered,
            namespace=namespace,
            annotations=annotations,
            clients=None if authority is None else client_authority(authority),
        )

    return Deferred(
        api_version="gateway.networking.k8s.io/v1", kind="Gateway", name=name, namespace=namespace, draw=draw
    )

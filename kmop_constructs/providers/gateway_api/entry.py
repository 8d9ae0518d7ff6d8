"""A Gateway that a platform team owns; application teams own the routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.entry import ExistingEntry, Listener
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.errors import SpecError, UnsupportedError, bad
from kmop_constructs.providers.cert_manager.certificate import certificate
from kmop_constructs.providers.gateway_api.listeners import (
    DrawnListener,
    client_authority,
    gateway_literal,
    listener_name,
)
from kmop_constructs.providers.gateway_api.routes import to_https
from kmop_constructs.values.names import annotation_map, dns_label, dns_subdomain, made_by, several
from kmop_constructs.values.quantity import whole

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.tls import Tls
    from kmop_constructs.typings import gateway_networking_k8s_io as gw
    from kmop_constructs.typings import k8s

__all__ = ["GatewayApiEntry", "GatewayApiEntryOptions"]


@dataclass(frozen=True, kw_only=True, slots=True)
class GatewayApiEntryOptions:
    """Options of `GatewayApiEntry`, a shared Gateway of any implementation: ``GatewayApiEntryOptions(gateway_class="contour")``."""

    gateway_class: str
    """``gatewayClassName``."""

    http_port: int = 80
    """The listener port for plain HTTP that the implementation needs; clients always use 80. Default: 80."""

    https_port: int = 443
    """The listener port for HTTPS that the implementation needs; clients always use 443. Default: 443."""

    certificates_in: str | None = None
    """Namespace of the certificates' Secrets; a ReferenceGrant there lets the Gateway read them. Default: that of the
    Gateway."""

    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Annotations of the Gateway, such as the target for external-dns. Default: none."""

    def __post_init__(self) -> None:
        kind = type(self).__name__
        dns_subdomain(f"{kind}.gateway_class", self.gateway_class)
        whole(f"{kind}.http_port", self.http_port, lowest=1, highest=65535)
        whole(f"{kind}.https_port", self.https_port, lowest=1, highest=65535)
        if self.certificates_in is not None:
            dns_label(f"{kind}.certificates_in", self.certificates_in)
        object.__setattr__(self, "annotations", annotation_map(f"{kind}.annotations", self.annotations))


class GatewayApiEntry(Placed, Construct):
    """A Gateway with listeners that accept routes of other namespaces.

    A host with `tls` has two listeners. The listener for HTTPS accepts routes. The listener for HTTP redirects, or, if the
    TLS has ``redirect=False``, accepts routes too. Application teams attach with ``options=GatewayApiOptions(entry=…)``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        listeners: Sequence[Listener],
        name: str | None = None,
        options: GatewayApiEntryOptions,
    ) -> None:
        """Draw the Gateway.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the Gateway unless `name` sets another.
            listeners: The hosts, and the namespaces of their routes.
            name: Name of the Gateway. Default: the id.
            options: Class and ports of the Gateway.

        Raises:
            SpecError: A host is a duplicate, or a namespace is missing.
            UnsupportedError: A listener has a field that the Gateway API does not support.
        """
        self._place = place_of(scope).child(id)
        where, chart = self._place.path, self._place.chart
        if chart is None:
            raise SpecError(f"{where}: needs a chart above it, got {type(scope).__name__}; put it into one")
        made_by(f"{where}: options", options, GatewayApiEntryOptions)
        self._listeners = several(f"{where}: listeners", listeners)
        for listener in self._listeners:
            made_by(f"{where}: listeners", listener, Listener)
        if not self._listeners:
            raise SpecError(f"{where}: listeners: no host is served, got (); name a host: Listener('shop.acme.io')")
        hosts = [listener_name("http", listener.host) for listener in self._listeners]
        if len(set(hosts)) != len(hosts):
            twice = next(each for each in self._listeners if hosts.count(listener_name("http", each.host)) > 1)
            raise bad(f"{where}: listeners", "duplicate host", twice.host, "keep one of them")
        self._options, self._name, self._namespace = (
            options,
            dns_subdomain(f"{where}: name", name or id),
            chart.namespace,
        )
        if options.certificates_in is not None and self._namespace is None:
            raise SpecError(f"{where}: certificates_in: a ReferenceGrant needs the namespace of the Gateway, and the chart has none; set the namespace of the chart")  # fmt: skip
        for listener in self._listeners:
            if listener.tls is not None:
                self._check(listener.tls)
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        self._draw()

    @property
    def entry(self) -> ExistingEntry:
        """The reference that application teams attach their routes to."""
        return ExistingEntry(self._name, namespace=self._namespace)

    def section(self, host: str | None) -> str:
        """Return the name of the listener that accepts the routes of a host."""
        for listener in self._listeners:
            if listener.host == host:
                return listener_name("http" if listener.tls is None else "https", host)
        known = ", ".join(str(each.host or "every host") for each in self._listeners)
        raise bad(f"{self._place.path}: section", "no listener has this host", host, f"use one of {known}")

    def _check(self, tls: Tls) -> None:
        """Refuse fields that the listeners do not support."""
        self._check_header(tls)
        if tls.min_version is not None:
            raise self._refusal("tls.min_version", "the Gateway API leaves it to each implementation")
        if tls.mutual is not None and tls.mutual.optional:
            raise self._refusal(
                "tls.mutual.optional", "a Gateway without a requirement also accepts certificates that are not valid"
            )
        if tls.mutual is not None and tls.mutual.ca_config_map is None:
            raise self._refusal(
                "tls.mutual.ca_secret",
                "support of a Secret depends on the implementation; name a ConfigMap: MutualTls(ca_config_map=…)",
            )

    def _refusal(self, name: str, why: str) -> UnsupportedError:
        return UnsupportedError(
            f"{self._place.path}: listeners: {type(self).__name__} cannot set {name}, because {why}; use EnvoyEntry, or leave it out"
        )

    def _check_header(self, tls: Tls) -> None:
        if tls.hsts is not None:
            raise UnsupportedError(
                f"{self._place.path}: listeners: {type(self).__name__} cannot set tls.hsts, because routes set headers; set it "
                "in the exposures"
            )

    def _secured(self, section: str, tls: Tls) -> None:
        """Draw the TLS settings of a listener besides its certificate."""

    def _draw(self) -> None:
        options = self._options
        drawn_listeners: list[DrawnListener] = []
        redirected: list[tuple[str, str]] = []
        secrets: list[str] = []
        for listener in self._listeners:
            host, tls, allowed = listener.host, listener.tls, _allowed(listener.routes_from)
            plain = listener_name("http", host)
            if tls is None or host is None:
                drawn_listeners.append(DrawnListener(name=plain, host=host, port=options.http_port, allowed=allowed))
                continue
            secret, section = tls.secret_for(host), listener_name("https", host)
            drawn_listeners.append(
                DrawnListener(
                    name=section,
                    host=host,
                    port=options.https_port,
                    secret=secret,
                    secret_namespace=self._away,
                    allowed=allowed,
                )
            )
            if tls.redirects:
                redirected.append((host, plain))
            solvers = _allowed((*filter(None, (self._namespace, self._away)),)) if self._away else None
            drawn_listeners.append(
                DrawnListener(
                    name=plain, host=host, port=options.http_port, allowed=solvers if tls.redirects else allowed
                )
            )
            if secret not in secrets:
                secrets.append(secret)
                self._certificate(secret, tls)
            self._secured(section, tls)
        drawn_listeners.sort(key=lambda each: each.name)
        authority = self._client_authority()
        drawn = gateway_literal(
            self._place.path,
            self._name,
            options.gateway_class,
            drawn_listeners,
            annotations=options.annotations,
            clients=None if authority is None else client_authority(authority, namespace=self._away),
        )
        self._extend(drawn)
        Manifest(self, "gateway", drawn)
        for host, section in redirected:
            self._redirect(host, section)
        if secrets and self._away is not None:
            read = [("Secret", secret) for secret in secrets]
            read += [] if authority is None else [("ConfigMap", authority)]
            self._grant("Gateway", "gateway.networking.k8s.io", read)

    def _client_authority(self) -> str | None:
        """Return the ConfigMap with the authority of client certificates, which all HTTPS listeners share."""
        secure = [listener for listener in self._listeners if listener.tls is not None]
        found = {
            None if each.tls is None or each.tls.mutual is None else each.tls.mutual.ca_config_map for each in secure
        }
        if len(found) > 1:
            hosts = ", ".join(str(each.host) for each in secure)
            raise SpecError(
                f"{self._place.path}: listeners: a Gateway checks client certificates for a whole port, and the listeners of {hosts} "
                "differ in tls.mutual; use the same value in all of them, or another entry for some"
            )
        return next(iter(found), None)

    def _extend(self, gateway: gw.Gateway) -> None:
        """Add what a subclass sets on the Gateway."""

    @property
    def _away(self) -> str | None:
        """The namespace of the Secrets, if it is not that of the Gateway."""
        return None if self._options.certificates_in == self._namespace else self._options.certificates_in

    def _metadata(self, name: str) -> k8s.ObjectMeta:
        metadata: k8s.ObjectMeta = {"name": name}
        if self._away is not None:
            metadata["namespace"] = self._away
        return metadata

    def _certificate(self, secret: str, tls: Tls) -> None:
        """Draw the Certificate of a Secret that an issuer makes, with every host that shares it."""
        if tls.issuer is None:
            return
        sharing = [
            each for each in self._listeners if each.tls and each.host and each.tls.secret_for(each.host) == secret
        ]
        issuers = {(each.tls.issuer_kind, each.tls.issuer) for each in sharing if each.tls}
        if len(issuers) > 1:
            raise bad(f"{self._place.path}: listeners", "the Secret has two issuers", secret, "use another Secret: Tls.issued_by(…, secret_name=…)")  # fmt: skip
        hosts = [each.host for each in sharing if each.host]
        certificate(self, secret, hosts, tls, namespace=self._away)

    def _redirect(self, host: str, section: str) -> None:
        """Draw an HTTPRoute that redirects plain HTTP of a host to HTTPS."""
        name = f"{self._name}-{section}"
        literal: gw.HTTPRoute = {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": {"name": name},
            "spec": {
                "parentRefs": [{"name": self._name, "sectionName": section}],
                "hostnames": [host],
                "rules": [{"matches": [{"path": {"type": "PathPrefix", "value": "/"}}], "filters": [to_https()]}],
            },
        }
        Manifest(self, name, literal)

    def _grant(self, kind: str, group: str, read: Sequence[tuple[str, str]]) -> None:
        """Allow objects of this namespace to read Secrets and ConfigMaps of another one, by kind and name."""
        assert self._namespace is not None
        name = f"{self._name}-{kind.lower()}"
        literal: gw.ReferenceGrant = {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "ReferenceGrant",
            "metadata": self._metadata(name),
            "spec": {
                "from": [{"group": group, "kind": kind, "namespace": self._namespace}],
                "to": [{"group": "", "kind": each, "name": name} for each, name in read],
            },
        }
        Manifest(self, f"grant-{kind.lower()}", literal)


def _allowed(namespaces: Sequence[str]) -> gw.GatewayListenerAllowedRoutes | None:
    """Return the namespaces with routes that a listener accepts; ``None`` for only its own."""
    if not namespaces:
        return None
    values = sorted(set(namespaces))
    return {
        "namespaces": {
            "from": "Selector",
            "selector": {
                "matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": values}]
            },
        }
    }

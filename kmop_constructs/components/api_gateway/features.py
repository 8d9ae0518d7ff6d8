"""The features of a gateway that an `Exposure` can use: the rows of the capability table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.auth import ApiKey, BasicAuth, Jwt, Oidc
from kmop_constructs.components.api_gateway.streams import STREAMS, Stream, TcpExposure, TlsPassthrough, UdpExposure
from kmop_constructs.components.api_gateway.tls import BackendTls, PortTls

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.subject import ServiceFacts

__all__ = ["FEATURES", "Feature", "FeatureName", "requested"]

FeatureName: TypeAlias = Literal[
    "host", "wildcard_host", "any_host", "aliases",
    "path_prefix", "path_exact", "path_regex", "other_service", "headers", "method", "websocket", "grpc", "rewrite",
    "redirects", "shares", "mirrors",
    "tls_secret", "tls_issuer", "https_redirect", "no_https_redirect", "hsts", "tls_min_version", "mutual_tls",
    "mutual_tls_optional", "mutual_tls_config_map",
    "oidc", "jwt", "jwt_audiences", "jwt_claims", "basic_auth", "api_key", "allow_from",
    "rate_limit_client", "rate_limit_global", "rate_limit_burst", "cors", "max_body_size",
    "timeout", "retries", "retry_gateway_errors", "retry_timeout", "sticky", "sticky_max_age", "compression",
    "backend_tls_secret", "backend_tls_config_map", "port_tls_secret", "port_tls_config_map", "dns", "annotations",
    "tcp", "tcp_allow_from", "tls_passthrough", "tls_passthrough_allow_from", "udp",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Feature:
    """One feature of a gateway."""

    field: str
    """The field below `Exposure` that uses it, or the value of ``streams`` with its field."""

    title: str
    """A verb phrase for the row of the table and for messages: "<provider> cannot <title>"."""

    requested: Callable[[Exposure, ServiceFacts], bool] = lambda _, __: False
    """Returns whether an exposure of a service uses it. Default: none does, it is a feature of streams."""

    streamed: Callable[[Stream], bool] | None = None
    """Returns whether a stream uses it. Default: ``None``, it is a feature of exposures."""

    @property
    def where(self) -> str:
        """The field of the spec that uses it, for messages."""
        return f"exposure.{self.field}" if self.streamed is None else f"streams: {self.field}"


def _written(exposure: Exposure) -> BackendTls | None:
    """Return the TLS to the service that the exposure writes itself."""
    tls = exposure.backend_tls
    return None if isinstance(tls, PortTls) else tls


def _derived(exposure: Exposure) -> PortTls | None:
    """Return the TLS to the service that follows from its port."""
    tls = exposure.backend_tls
    return tls if isinstance(tls, PortTls) else None


def _f(field: str, title: str, requested: Callable[[Exposure, ServiceFacts], bool]) -> Feature:
    return Feature(field=field, title=title, requested=requested)


def _s(field: str, title: str, streamed: Callable[[Stream], bool]) -> Feature:
    return Feature(field=field, title=title, streamed=streamed)


FEATURES: Mapping[FeatureName, Feature] = {
    "host": _f("host", "route by host", lambda e, _: any(not host.startswith("*.") for host in e.hosts)),
    "wildcard_host": _f("host", "route a wildcard host", lambda e, _: any(host.startswith("*.") for host in e.hosts)),
    "any_host": _f("host", "route every host", lambda e, _: e.host is None),
    "aliases": _f("aliases", "route several hosts in the same way", lambda e, _: bool(e.aliases)),
    "path_prefix": _f("paths", "match a prefix of whole path elements", lambda e, _: any(r.match == "Prefix" for r in e.routes)),
    "path_exact": _f("paths", "match a path exactly", lambda e, _: any(r.match == "Exact" for r in e.routes)),
    "path_regex": _f("paths", "match a path by regular expression", lambda e, _: any(r.match == "RegularExpression" for r in e.routes)),
    "other_service": _f("paths.service", "route a path to another Service", lambda e, _: any(r.service is not None for r in e.routes)),
    "headers": _f("paths.headers", "match request headers", lambda e, _: any(r.headers for r in e.routes)),
    "method": _f("paths.method", "match the request method", lambda e, _: any(r.method is not None for r in e.routes)),
    "websocket": _f("paths.websocket", "open WebSockets", lambda e, _: any(r.websocket for r in e.routes)),
    "grpc": _f("paths.port", "route to a gRPC port", lambda e, s: any(s.port(r.port).spec.speaks == "grpc" for r in e.routes if r.service is None)),
    "rewrite": _f("paths.rewrite", "rewrite the path", lambda e, _: any(r.rewrite is not None for r in e.routes)),
    "redirects": _f("redirects", "redirect a path", lambda e, _: bool(e.redirects)),
    "shares": _f("shares", "send a percentage of the requests to other Services", lambda e, _: bool(e.shares)),
    "mirrors": _f("mirrors", "copy requests, or a percentage of them, to other Services", lambda e, _: bool(e.mirrors)),
    "tls_secret": _f("tls", "use a certificate from a Secret", lambda e, _: e.tls is not None and e.tls.issuer is None),
    "tls_issuer": _f("tls", "get a certificate from a cert-manager issuer", lambda e, _: e.tls is not None and e.tls.issuer is not None),
    "https_redirect": _f("tls.redirect", "redirect HTTP to HTTPS", lambda e, _: e.tls is not None and e.tls.redirect is True),
    "no_https_redirect": _f("tls.redirect", "serve plain HTTP beside HTTPS without a redirect", lambda e, _: e.tls is not None and e.tls.redirect is False),
    "hsts": _f("tls.hsts", "tell browsers to use only HTTPS (HSTS)", lambda e, _: e.tls is not None and e.tls.hsts is not None),
    "tls_min_version": _f("tls.min_version", "set a minimum TLS version", lambda e, _: e.tls is not None and e.tls.min_version is not None),
    "mutual_tls": _f("tls.mutual", "require a client certificate (mutual TLS)", lambda e, _: e.tls is not None and e.tls.mutual is not None and not e.tls.mutual.optional and e.tls.mutual.ca_secret is not None),
    "mutual_tls_optional": _f("tls.mutual", "accept an optional client certificate (mutual TLS)", lambda e, _: e.tls is not None and e.tls.mutual is not None and e.tls.mutual.optional),
    "mutual_tls_config_map": _f("tls.mutual.ca_config_map", "verify client certificates with a CA from a ConfigMap (mutual TLS)", lambda e, _: e.tls is not None and e.tls.mutual is not None and e.tls.mutual.ca_config_map is not None),
    "oidc": _f("auth", "log users in with OpenID Connect", lambda e, _: isinstance(e.auth, Oidc)),
    "jwt": _f("auth", "validate JSON Web Tokens", lambda e, _: isinstance(e.auth, Jwt)),
    "jwt_audiences": _f("auth.audiences", "check the audience of a token", lambda e, _: isinstance(e.auth, Jwt) and bool(e.auth.audiences)),
    "jwt_claims": _f("auth.claims_to_headers", "pass claims of a token to the service as headers", lambda e, _: isinstance(e.auth, Jwt) and bool(e.auth.claims_to_headers)),
    "basic_auth": _f("auth", "require a user name and a password", lambda e, _: isinstance(e.auth, BasicAuth)),
    "api_key": _f("auth", "require an API key", lambda e, _: isinstance(e.auth, ApiKey)),
    "allow_from": _f("allow_from", "allow only some client address ranges", lambda e, _: bool(e.allow_from)),
    "rate_limit_client": _f("rate_limit", "limit the requests of each client", lambda e, _: e.rate_limit is not None and e.rate_limit.of == "client"),
    "rate_limit_global": _f("rate_limit.of", "limit the requests of all clients together", lambda e, _: e.rate_limit is not None and e.rate_limit.of == "global"),
    "rate_limit_burst": _f("rate_limit.burst", "set the size of a burst", lambda e, _: e.rate_limit is not None and e.rate_limit.burst is not None),
    "cors": _f("cors", "allow requests from other origins (CORS)", lambda e, _: e.cors is not None),
    "max_body_size": _f("max_body_size", "limit the size of a request body", lambda e, _: e.max_body_size is not None),
    "timeout": _f("timeout", "limit the response time", lambda e, _: e.timeout is not None),
    "retries": _f("retries", "retry a request after a connection failure", lambda e, _: e.retries is not None),
    "retry_gateway_errors": _f("retries.gateway_errors", "retry a request after a response of 502, 503 or 504", lambda e, _: e.retries is not None and e.retries.gateway_errors),
    "retry_timeout": _f("retries.per_try_timeout", "limit the time of each attempt", lambda e, _: e.retries is not None and e.retries.per_try_timeout is not None),
    "sticky": _f("sticky", "keep a client on one pod by a cookie (sticky sessions)", lambda e, _: e.sticky is not None),
    "sticky_max_age": _f("sticky.max_age", "set the lifetime of the sticky cookie", lambda e, _: e.sticky is not None and e.sticky.max_age is not None),
    "compression": _f("compression", "compress responses", lambda e, _: e.compression),
    "backend_tls_secret": _f("backend_tls", "verify the certificate of the service with a CA from a Secret", lambda e, _: (tls := _written(e)) is not None and tls.ca_secret is not None),
    "backend_tls_config_map": _f("backend_tls", "verify the certificate of the service with a CA from a ConfigMap", lambda e, _: (tls := _written(e)) is not None and tls.ca_config_map is not None),
    "port_tls_secret": _f("paths.port", "verify a port that speaks TLS with the authority in the Secret of its certificate", lambda e, _: (tls := _derived(e)) is not None and tls.ca_secret is not None),
    "port_tls_config_map": _f("paths.port", "verify a port that speaks TLS with the authority of the platform in a ConfigMap", lambda e, _: (tls := _derived(e)) is not None and tls.ca_config_map is not None),
    "dns": _f("dns", "create a DNS record with external-dns", lambda e, _: e.dns is not None),
    "annotations": _f("annotations", "set annotations on the route", lambda e, _: bool(e.annotations)),
    "tcp": _s("TcpExposure", "route a TCP port", lambda s: isinstance(s, TcpExposure)),
    "tcp_allow_from": _s("TcpExposure.allow_from", "allow only some client address ranges on a TCP port", lambda s: isinstance(s, TcpExposure) and bool(s.allow_from)),
    "tls_passthrough": _s("TlsPassthrough", "pass TLS through by host name", lambda s: isinstance(s, TlsPassthrough)),
    "tls_passthrough_allow_from": _s("TlsPassthrough.allow_from", "allow only some client address ranges for TLS that it passes through", lambda s: isinstance(s, TlsPassthrough) and bool(s.allow_from)),
    "udp": _s("UdpExposure", "route a UDP port", lambda s: isinstance(s, UdpExposure)),
}  # fmt: skip
"""Every feature, in the order of the table."""


def requested(exposure: Exposure | Stream, service: ServiceFacts) -> tuple[FeatureName, ...]:
    """Return the features that an exposure or a stream of a service uses."""
    if isinstance(exposure, STREAMS):
        return tuple(name for name, each in FEATURES.items() if each.streamed is not None and each.streamed(exposure))
    return tuple(name for name, feature in FEATURES.items() if feature.requested(exposure, service))

"""What is asked of any gateway."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeAlias

from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import (
    annotation_map,
    dns_subdomain,
    frozen,
    hostname,
    made_by,
    mapping,
    one_of,
    port_name,
    several,
    texts,
    url_path,
)
from kmop_constructs.values.quantity import Size, seconds, whole

__all__ = ["Exposure", "PathRoute", "Tls"]

_IssuerKind: TypeAlias = Literal["ClusterIssuer", "Issuer"]
_Match: TypeAlias = Literal["Prefix", "Exact"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tls:
    """Where a host's certificate comes from: `Tls.issued_by` or `Tls.secret`."""

    secret_name: str | None = None
    """The Secret that holds it. Default: named after the host, so that services of one host share a certificate."""

    issuer: str | None = None
    """Name of the cert-manager issuer that makes it. Default: the Secret exists."""

    issuer_kind: _IssuerKind = "ClusterIssuer"
    """Whether the issuer belongs to the cluster or to the namespace. Means nothing without one, as with `Tls.secret`.
    Default: the cluster."""

    def __post_init__(self) -> None:
        if self.secret_name is None and self.issuer is None:
            raise SpecError("Tls: neither a Secret nor an issuer; use Tls.secret(…) or Tls.issued_by(…)")
        for name in ("secret_name", "issuer"):
            value = getattr(self, name)
            if value is not None:
                dns_subdomain(f"Tls.{name}", value)
        one_of("Tls.issuer_kind", self.issuer_kind, _IssuerKind)

    @staticmethod
    def issued_by(
        issuer: str,
        *,
        kind: _IssuerKind = "ClusterIssuer",
        secret_name: str | None = None,
    ) -> Tls:
        """A certificate that cert-manager's `issuer` makes and renews."""
        return Tls(issuer=issuer, issuer_kind=kind, secret_name=secret_name)

    @staticmethod
    def secret(name: str) -> Tls:
        """A certificate in an existing Secret of type ``kubernetes.io/tls``."""
        return Tls(secret_name=name)


@dataclass(frozen=True, kw_only=True, slots=True)
class PathRoute:
    """A path of the host: ``PathRoute("/api")``."""

    path: str = field(kw_only=False)
    """The path."""

    match: _Match = "Prefix"
    """``Prefix`` matches whole path elements: ``/api`` and ``/api/v1``, not ``/apis``. Default: Prefix."""

    port: int | str | None = None
    """The service's port, by Service port or name. Default: the main one."""

    rewrite: str | None = None
    """The path, or the matched prefix of it, is replaced by this one. A plain Ingress cannot say it. Default: the
    service sees the path as it came."""

    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Request headers that must be there with these values. A plain Ingress cannot say it. Default: none."""

    method: str | None = None
    """The request method that must be used, such as ``POST``. A plain Ingress cannot say it. Default: any."""

    def __post_init__(self) -> None:
        url_path("PathRoute.path", self.path)
        if self.rewrite is not None:
            url_path("PathRoute.rewrite", self.rewrite)
        one_of("PathRoute.match", self.match, _Match)
        if isinstance(self.port, str):
            port_name("PathRoute.port", self.port)
        elif self.port is not None:
            whole("PathRoute.port", self.port, lowest=1, highest=65535)
        texts("PathRoute.headers", list(mapping("PathRoute.headers", self.headers)))
        texts("PathRoute.headers", self.headers.values())
        object.__setattr__(self, "headers", frozen(self.headers))
        if self.method is not None and not (isinstance(self.method, str) and re.fullmatch("[A-Z]+", self.method)):
            raise bad("PathRoute.method", "not a request method", self.method, "write it in upper case, such as 'POST'")


@dataclass(frozen=True, kw_only=True, slots=True)
class Exposure:
    """How requests from outside reach a service: ``Exposure(host="shop.acme.io")``."""

    host: str | None = None
    """The host name; ``*.acme.io`` for every name below one. Default: every host."""

    name: str | None = None
    """Name of the route. Default: the service's."""

    paths: tuple[PathRoute | str, ...] = ("/",)
    """Paths of the host that lead to the service. Text is a prefix. Default: all."""

    tls: Tls | None = None
    """The certificate. Default: plain HTTP."""

    max_body_size: Size | None = None
    """The largest request body that is let through. A plain Ingress cannot say it. Default: the gateway's."""

    weight: int | None = None
    """This service's share of the requests of the host and paths, beside that of other services with the same; shares are
    compared, they need not add up to 100. A plain Ingress cannot say it. Default: it has them alone."""

    timeout: timedelta | None = None
    """Time for the service to answer. A plain Ingress cannot say it. Default: the gateway's."""

    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Annotations of the route, for controllers that are steered by them. Default: none."""

    def __post_init__(self) -> None:
        if self.host is not None:
            hostname("Exposure.host", self.host, wildcard=True)
        if self.name is not None:
            dns_subdomain("Exposure.name", self.name)
        if self.host is None and self.tls is not None:
            raise SpecError("Exposure.tls: given without a host, for which no certificate can be made; name the host")
        paths = several("Exposure.paths", self.paths)
        for each in paths:
            made_by("Exposure.paths", each, PathRoute, str)
        object.__setattr__(self, "paths", tuple(PathRoute(each) if isinstance(each, str) else each for each in paths))
        made_by("Exposure.tls", self.tls, Tls, type(None))
        made_by("Exposure.max_body_size", self.max_body_size, Size, type(None))
        if self.timeout is not None:
            seconds("Exposure.timeout", self.timeout)
        if self.weight is not None:
            whole("Exposure.weight", self.weight, lowest=0, highest=1_000_000)
        if not self.paths:
            raise SpecError("Exposure.paths: empty, so nothing would be reached; leave it out for all paths")
        object.__setattr__(self, "annotations", annotation_map("Exposure.annotations", self.annotations))

    @property
    def features(self) -> tuple[str, ...]:
        """The names of what is asked for beyond hosts, paths and certificates, sorted: keys of capability data."""
        asked = {
            "rewrite": any(route.rewrite is not None for route in self.routes),
            "headers": any(route.headers for route in self.routes),
            "method": any(route.method is not None for route in self.routes),
            "max_body_size": self.max_body_size is not None,
            "timeout": self.timeout is not None,
            "weight": self.weight is not None,
        }
        return tuple(sorted(name for name, wanted in asked.items() if wanted))

    @property
    def routes(self) -> tuple[PathRoute, ...]:
        """The paths as values."""
        return tuple(PathRoute(each) if isinstance(each, str) else each for each in self.paths)

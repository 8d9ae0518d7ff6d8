"""What is asked of any gateway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import annotation_map, dns_subdomain, hostname

__all__ = ["Exposure", "PathRoute", "Tls"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tls:
    """Where a host's certificate comes from: `Tls.issued_by` or `Tls.secret`."""

    secret_name: str | None = None
    """The Secret that holds it. Default: the service's name and ``-tls``."""

    issuer: str | None = None
    """Name of the cert-manager issuer that makes it. Default: the Secret exists."""

    issuer_kind: Literal["ClusterIssuer", "Issuer"] = "ClusterIssuer"
    """Whether the issuer belongs to the cluster or to the namespace. Default: the cluster."""

    def __post_init__(self) -> None:
        if self.secret_name is None and self.issuer is None:
            raise SpecError("Tls: neither a Secret nor an issuer; use Tls.secret(…) or Tls.issued_by(…)")
        for name in ("secret_name", "issuer"):
            value = getattr(self, name)
            if value is not None:
                dns_subdomain(f"Tls.{name}", value)

    @staticmethod
    def issued_by(issuer: str, *, kind: Literal["ClusterIssuer", "Issuer"] = "ClusterIssuer") -> Tls:
        """A certificate that cert-manager's `issuer` makes and renews."""
        return Tls(issuer=issuer, issuer_kind=kind)

    @staticmethod
    def secret(name: str) -> Tls:
        """A certificate in an existing Secret of type ``kubernetes.io/tls``."""
        return Tls(secret_name=name)


@dataclass(frozen=True, kw_only=True, slots=True)
class PathRoute:
    """A path of the host: ``PathRoute("/api")``."""

    path: str = field(kw_only=False)
    """The path."""

    match: Literal["Prefix", "Exact"] = "Prefix"
    """``Prefix`` matches whole path elements: ``/api`` and ``/api/v1``, not ``/apis``. Default: Prefix."""

    port: int | str | None = None
    """The service's port, by Service port or name. Default: the main one."""

    def __post_init__(self) -> None:
        if not self.path.startswith("/"):
            raise bad("PathRoute.path", "a path without a slash in front", self.path, f"write {'/' + self.path!r}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Exposure:
    """How requests from outside reach a service: ``Exposure(host="shop.acme.io")``."""

    host: str
    """The host name; ``*.acme.io`` for every name below one."""

    paths: tuple[PathRoute | str, ...] = ("/",)
    """Paths of the host that lead to the service. Text is a prefix. Default: all."""

    tls: Tls | None = None
    """The certificate. Default: plain HTTP."""

    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Annotations of the route, for controllers that are steered by them. Default: none."""

    def __post_init__(self) -> None:
        hostname("Exposure.host", self.host, wildcard=True)
        if isinstance(self.paths, str):
            raise bad("Exposure.paths", "one text where a list is wanted", self.paths, f"write [{self.paths!r}]")
        object.__setattr__(
            self, "paths", tuple(PathRoute(each) if isinstance(each, str) else each for each in self.paths)
        )
        if not self.paths:
            raise SpecError("Exposure.paths: empty, so nothing would be reached; leave it out for all paths")
        object.__setattr__(self, "annotations", annotation_map("Exposure.annotations", self.annotations))

    @property
    def routes(self) -> tuple[PathRoute, ...]:
        """The paths as values."""
        return tuple(PathRoute(each) if isinstance(each, str) else each for each in self.paths)

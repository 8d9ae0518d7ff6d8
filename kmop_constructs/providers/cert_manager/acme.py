"""ACME, the protocol of authorities for public names, such as Let's Encrypt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.providers.cert_manager.sources import key_of
from kmop_constructs.values.env import SecretKey
from kmop_constructs.values.names import dns_label, dns_subdomain, hostname, made_by, secret_name, several, text

if TYPE_CHECKING:
    from kmop_constructs.typings import cert_manager_io

__all__ = ["Acme", "CloudDns", "Cloudflare", "HttpGateway", "HttpIngress", "Route53"]

LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"
"""The directory of Let's Encrypt (https://letsencrypt.org/docs/acme-protocol-updates/)."""


class Solver(Protocol):
    """How a challenge is answered."""

    @property
    def zones(self) -> tuple[str, ...]:
        """DNS zones for which the solver is used; empty for all names."""
        ...

    def solver(self) -> cert_manager_io.ClusterIssuerAcmeSolver:
        """Return the solver, without its zones."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class _Zoned:
    zones: tuple[str, ...] = ()
    """DNS zones for which the solver is used. Default: all names that no other solver has."""

    def __post_init__(self) -> None:
        where = f"{type(self).__name__}.zones"
        object.__setattr__(self, "zones", several(where, self.zones))
        for zone in self.zones:
            hostname(where, zone)


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpIngress(_Zoned):
    """The challenge HTTP-01, answered through an Ingress (https://cert-manager.io/docs/configuration/acme/http01/)."""

    ingress_class: str
    """Class of the Ingress."""

    def __post_init__(self) -> None:
        _Zoned.__post_init__(self)
        dns_subdomain("HttpIngress.ingress_class", self.ingress_class)

    def solver(self) -> cert_manager_io.ClusterIssuerAcmeSolver:
        """Return the solver, without its zones."""
        return {"http01": {"ingress": {"ingressClassName": self.ingress_class}}}


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpGateway(_Zoned):
    """The challenge HTTP-01, answered through a Gateway with a listener for plain HTTP.

    https://cert-manager.io/docs/configuration/acme/http01/#configuring-the-http-01-gateway-api-solver
    """

    gateway: str
    """Name of the Gateway."""

    namespace: str | None = None
    """Namespace of the Gateway. Default: that of the certificate."""

    def __post_init__(self) -> None:
        _Zoned.__post_init__(self)
        dns_subdomain("HttpGateway.gateway", self.gateway)
        if self.namespace is not None:
            dns_label("HttpGateway.namespace", self.namespace)

    def solver(self) -> cert_manager_io.ClusterIssuerAcmeSolver:
        """Return the solver, without its zones."""
        parent: cert_manager_io.ClusterIssuerAcmeSolverHttp01GatewayHTTPRouteParentRef = {
            "group": "gateway.networking.k8s.io",
            "kind": "Gateway",
            "name": self.gateway,
        }
        if self.namespace is not None:
            parent["namespace"] = self.namespace
        return {"http01": {"gatewayHTTPRoute": {"parentRefs": [parent]}}}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cloudflare(_Zoned):
    """The challenge DNS-01 by Cloudflare (https://cert-manager.io/docs/configuration/acme/dns01/cloudflare/)."""

    token: SecretKey
    """Key of a Secret with an API token."""

    def __post_init__(self) -> None:
        _Zoned.__post_init__(self)
        made_by("Cloudflare.token", self.token, SecretKey, secret=True)

    def solver(self) -> cert_manager_io.ClusterIssuerAcmeSolver:
        """Return the solver, without its zones."""
        return {"dns01": {"cloudflare": {"apiTokenSecretRef": key_of(self.token)}}}


@dataclass(frozen=True, kw_only=True, slots=True)
class Route53(_Zoned):
    """The challenge DNS-01 by AWS Route 53, with the identity of cert-manager's own account, or of another one.

    https://cert-manager.io/docs/configuration/acme/dns01/route53/
    """

    region: str
    """Region of AWS."""

    role: str | None = None
    """ARN of a role to assume. Default: none; the identity itself has the permissions."""

    account: str | None = None
    """Name of a ServiceAccount with the identity; it needs `role`. Default: the account of cert-manager."""

    hosted_zone: str | None = None
    """Id of the hosted zone. Default: cert-manager finds it by name."""

    def __post_init__(self) -> None:
        _Zoned.__post_init__(self)
        text("Route53.region", self.region)
        for name in ("role", "hosted_zone"):
            if getattr(self, name) is not None:
                text(f"Route53.{name}", getattr(self, name))
        if self.account is not None:
            dns_subdomain("Route53.account", self.account)
            if self.role is None:
                raise SpecError("Route53.role: not set, but an account assumes a role; set role=…")

    def solver(self) -> cert_manager_io.ClusterIssuerAcmeSolver:
        """Return the solver, without its zones."""
        route53: cert_manager_io.ClusterIssuerAcmeSolverDns01Route53 = {"region": self.region}
        if self.role is not None:
            route53["role"] = self.role
        if self.account is not None:
            route53["auth"] = {"kubernetes": {"serviceAccountRef": {"name": self.account}}}
        if self.hosted_zone is not None:
            route53["hostedZoneID"] = self.hosted_zone
        return {"dns01": {"route53": route53}}


@dataclass(frozen=True, kw_only=True, slots=True)
class CloudDns(_Zoned):
    """The challenge DNS-01 by Google Cloud DNS (https://cert-manager.io/docs/configuration/acme/dns01/google/)."""

    project: str
    """Id of the project."""

    account: SecretKey | None = None
    """Key of a Secret with the JSON key of a service account. Default: the identity of cert-manager's own account."""

    def __post_init__(self) -> None:
        _Zoned.__post_init__(self)
        text("CloudDns.project", self.project)
        made_by("CloudDns.account", self.account, SecretKey, type(None), secret=True)

    def solver(self) -> cert_manager_io.ClusterIssuerAcmeSolver:
        """Return the solver, without its zones."""
        cloud: cert_manager_io.ClusterIssuerAcmeSolverDns01CloudDNS = {"project": self.project}
        if self.account is not None:
            cloud["serviceAccountSecretRef"] = key_of(self.account)
        return {"dns01": {"cloudDNS": cloud}}


@dataclass(frozen=True, kw_only=True, slots=True)
class Acme:
    """An ACME server: ``Acme(email="ops@acme.io", solvers=(HttpIngress(ingress_class="nginx"),))``.

    It signs names that it can look up from outside, so it is for gateways and not for names of the cluster.
    """

    solvers: tuple[Solver, ...]
    """How challenges are answered, at least one: `HttpIngress`, `HttpGateway`, `Cloudflare`, `Route53` or `CloudDns`. A
    wildcard host needs DNS-01."""

    server: str = LETS_ENCRYPT
    """Directory of the server. Default: that of Let's Encrypt."""

    email: str | None = None
    """Address for messages of the server about the account. Default: none."""

    account_secret: str | None = None
    """Name of the Secret with the key of the account, which cert-manager makes. Default: ``<issuer>-account``."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "solvers", several("Acme.solvers", self.solvers))
        if not self.solvers:
            raise SpecError("Acme.solvers: empty, so no challenge could be answered; write at least one")
        for each in self.solvers:
            made_by("Acme.solvers", each, HttpIngress, HttpGateway, Cloudflare, Route53, CloudDns)
        text("Acme.server", self.server)
        if not self.server.startswith("https://"):
            raise bad("Acme.server", "not an address with https", self.server, "write the directory of the server")
        if self.email is not None:
            text("Acme.email", self.email)
        if self.account_secret is not None:
            secret_name("Acme.account_secret", self.account_secret)

    def spec(self, name: str) -> cert_manager_io.ClusterIssuerSpec:
        """Return the ``spec`` of an issuer with this name."""
        acme: cert_manager_io.ClusterIssuerAcme = {
            "server": self.server,
            "privateKeySecretRef": {"name": self.account_secret or f"{name}-account"},
            "solvers": [_selected(each) for each in self.solvers],
        }
        if self.email is not None:
            acme["email"] = self.email
        return {"acme": acme}


def _selected(each: Solver) -> cert_manager_io.ClusterIssuerAcmeSolver:
    solver = each.solver()
    if each.zones:
        solver["selector"] = {"dnsZones": list(each.zones)}
    return solver

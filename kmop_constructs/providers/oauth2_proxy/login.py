"""Login by oauth2-proxy, for gateways that have no OpenID Connect of their own but ask somebody else.

A gateway asks it at each request whether there is a session (`OAuth2Proxy.auth_url`), sends people without one to
`OAuth2Proxy.start_path`, and leads every path below `OAuth2Proxy.prefix` to it. The flags are those of version 7.15
(https://oauth2-proxy.github.io/oauth2-proxy/configuration/overview/).
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kmop_constructs.components.api_gateway.auth import Oidc
from kmop_constructs.core.derived import agree, derive_construct
from kmop_constructs.core.edges import ExternalHost
from kmop_constructs.core.exposed import Login
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.callers import Caller
from kmop_constructs.values.cluster import Cluster
from kmop_constructs.values.env import ConfigKey, SecretKey
from kmop_constructs.values.image import Image
from kmop_constructs.values.metrics import Metrics
from kmop_constructs.values.names import flag, hostname, made_by, several, texts
from kmop_constructs.values.ports import Port
from kmop_constructs.values.probes import Health
from kmop_constructs.values.quantity import seconds
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.workload import Identity
from kmop_constructs.workloads.microservice import Microservice
from kmop_constructs.workloads.platform import Platform
from kmop_constructs.workloads.spec import ServiceSpec

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.login import LoginIntent
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.cluster import Peer

__all__ = ["OAuth2Proxy", "OAuth2ProxyOptions"]

IMAGE = Image("quay.io/oauth2-proxy/oauth2-proxy:v7.15.3")
"""The newest release; its image is distroless and runs as the user 65532."""

PORT = 4180
"""The port in all examples of its documentation."""

METRICS_PORT = 44180
"""The port for metrics in its own Helm chart (https://github.com/oauth2-proxy/manifests)."""

CALLBACK = "/callback"
"""The path below the prefix that people come back to; it cannot be changed."""

USUAL = "/oauth2"
"""The prefix that names do not say."""

LONGEST = 50
"""Characters of a name, which leaves room for what is made of it."""

CA_FILE = "/etc/oauth2-proxy/ca.crt"

HEADERS = ("X-Auth-Request-User", "X-Auth-Request-Email", "X-Auth-Request-Preferred-Username", "X-Auth-Request-Groups")
"""What ``--set-xauthrequest`` puts on the answer of an auth request."""

_WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class OAuth2ProxyOptions:
    """What only oauth2-proxy knows."""

    image: Image = IMAGE
    """Its image. Default: version 7.15.3."""

    resources: Resources | None = None
    """Requests and limits. Default: a guess, with a notice."""

    email_domains: tuple[str, ...] = ("*",)
    """Whose addresses are let in, by the domain. Default: everybody whom the provider lets in."""

    allowed_groups: tuple[str, ...] = ()
    """Groups of which one must be in the claim ``groups``. Default: not looked at."""

    uses: tuple[Edge, ...] | None = None
    """How the provider is reached. Name edges where it runs in the cluster, such as ``keycloak.http(env=None)``, or has a
    private address: ``ExternalHost("id.acme.io", cidrs=("10.0.0.0/8",)).http(env=None)``. Default: the issuer's host, at
    public addresses."""

    issuer_ca: ConfigKey | SecretKey | None = None
    """The authority that signed the provider's certificate, in PEM. Default: those that are publicly known."""

    cookie_expire: timedelta = _WEEK
    """How long a session lasts. Default: 7 days, oauth2-proxy's own."""

    cookie_refresh: timedelta | None = None
    """Ask the provider anew after this time, so that who is locked out there loses the session here. Tokens are kept in the
    cookies for it, which makes them larger. Default: never; a session lasts as long as `cookie_expire` says."""

    request_logging: bool = True
    """A line in the log for each request, the gateway's questions included. Default: yes. Logins are logged anyway."""

    metrics: bool = False
    """Show metrics for Prometheus, on port 44180. Default: no."""

    def __post_init__(self) -> None:
        made_by("OAuth2ProxyOptions.image", self.image, Image)
        made_by("OAuth2ProxyOptions.resources", self.resources, Resources, type(None))
        for name in ("email_domains", "allowed_groups"):
            object.__setattr__(self, name, texts(f"OAuth2ProxyOptions.{name}", getattr(self, name)))
        if not self.email_domains:
            raise SpecError(
                "OAuth2ProxyOptions.email_domains: empty, so nobody could log in; leave it out, or name some"
            )
        for domain in self.email_domains:
            if domain != "*":
                hostname("OAuth2ProxyOptions.email_domains", domain)
        for group in self.allowed_groups:
            if "," in group:
                raise bad("OAuth2ProxyOptions.allowed_groups", "holds a comma, which parts two groups", group,
                          "write one group in each text")  # fmt: skip
        if self.uses is not None:
            object.__setattr__(self, "uses", several("OAuth2ProxyOptions.uses", self.uses))
            for edge in self.uses:
                if not callable(getattr(edge, "contribution", None)):
                    raise bad(
                        "OAuth2ProxyOptions.uses", "not an edge", edge, "write one, such as keycloak.http(env=None)"
                    )
        made_by("OAuth2ProxyOptions.issuer_ca", self.issuer_ca, ConfigKey, SecretKey, type(None))
        lasts = seconds("OAuth2ProxyOptions.cookie_expire", self.cookie_expire, lowest=60)
        if (
            self.cookie_refresh is not None
            and seconds("OAuth2ProxyOptions.cookie_refresh", self.cookie_refresh) >= lasts
        ):
            raise bad("OAuth2ProxyOptions.cookie_refresh", f"not before the session ends, {lasts} s after the login",
                      str(self.cookie_refresh), "shorten it, or lengthen cookie_expire")  # fmt: skip
        flag("OAuth2ProxyOptions.request_logging", self.request_logging)
        flag("OAuth2ProxyOptions.metrics", self.metrics)


class OAuth2Proxy(Placed, Construct):
    """A login for the hosts of an exposure: two pods that keep no state, sessions being encrypted in cookies.

    It is a service like any other, closed to everybody but the gateway. Exposures of one namespace that have hosts and
    `Oidc` in common share one. A session is for one host: where there are several, people log in at each.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        service: ServiceFacts,
        intent: LoginIntent,
        options: OAuth2ProxyOptions = OAuth2ProxyOptions(),
    ) -> None:
        """Need it: exposures of these hosts that need the same share one, which hangs below the chart.

        Another exposure of one of the hosts that has the same callback path and says something else is a finding of the rule
        ``shared-object``.

        Args:
            scope: The gateway that asks it.
            id: Its id in that scope.
            service: The exposed service.
            intent: Its exposure, and the gateway's pods.
            options: Everything else.

        Raises:
            SpecError: There is no `Oidc.cookie_secret`; the callback path does not end in ``/callback``.
        """
        self._place = place_of(scope).child(id)
        where = self._place.path
        made_by(f"{where}: options", options, OAuth2ProxyOptions)
        exposure, controllers = intent.exposure, intent.controllers
        oidc = exposure.auth
        if not isinstance(oidc, Oidc) or not exposure.hosts:
            raise bad(f"{where}: exposure.auth", "not a login of a host", type(oidc).__name__, "write auth=Oidc(…)")
        if oidc.cookie_secret is None:
            raise SpecError(
                f"{service.path}: exposure.auth.cookie_secret: missing, but oauth2-proxy does the login and encrypts "
                "sessions with it; give Oidc(…, cookie_secret=SecretKey(name, key)) of 16, 24 or 32 bytes"
            )
        self.prefix: str = _prefix(service.path, oidc.callback_path)
        """Every path below this one leads to it, without a question whether somebody is logged in."""
        self.port: int = PORT
        """The port of its Service."""
        self.headers: tuple[str, ...] = HEADERS
        """Headers of the answer to an auth request: who somebody is. They go on to the service, and what a client sends
        under these names must not."""
        self.hosts: tuple[str, ...] = tuple(sorted(exposure.hosts))
        """The hosts that it is for, sorted, so that it does not matter which exposure is written first."""
        self.refreshes: bool = options.cookie_refresh is not None
        """Whether sessions are refreshed, by a cookie on the answer to an auth request."""
        self.name: str = _name(self.hosts[0], self.prefix)
        """The name of its Service: the same for all exposures that share it, and no other login's."""
        self._namespace, self._domain = service.namespace, service.cluster.domain
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        known = Login(path=where, hosts=self.hosts, prefix=self.prefix, callers=tuple(controllers))
        self._place.give(known)
        self._need(service, oidc, oidc.cookie_secret, controllers, options)

    @property
    def gives(self) -> tuple[object, ...]:
        """The facts that follow from it, for whoever had it drawn: none, it gives its own."""
        return ()

    @property
    def url(self) -> str:
        """Its address for a gateway in any namespace.

        A request to any path but those below `prefix` is answered with 200 where somebody is logged in (Envoy takes no other
        status for a yes), else with the redirect that begins a login (401 to scripts).

        Raises `SpecError` where the chart names no namespace.
        """
        if self._namespace is None:
            raise SpecError(
                f"{self.path}: the gateway asks the login by its address, which needs a namespace, and the chart names none; "
                "give it one: KmopChart(…, namespace=…)"
            )
        return f"http://{self.name}.{self._namespace}.svc.{self._domain}:{self.port}"

    @property
    def auth_url(self) -> str:
        """What a gateway asks: 202 where somebody is logged in, else 401."""
        return f"{self.url}{self.prefix}/auth"

    @property
    def start_path(self) -> str:
        """Where a login begins. ``?rd=`` says where it ends: a path, or a URL of one of the hosts."""
        return f"{self.prefix}/start"

    def _need(
        self,
        service: ServiceFacts,
        oidc: Oidc,
        cookie_secret: SecretKey,
        controllers: Sequence[Peer],
        options: OAuth2ProxyOptions,
    ) -> None:
        where = f"{service.path}: exposure.auth.issuer"
        edges = (_issuer(where, oidc, service.cluster.domain).http(env=None),) if options.uses is None else options.uses
        shown = options.metrics
        spec = ServiceSpec(
            image=options.image,
            args=tuple(_arguments(self.name, self.prefix, self.hosts, oidc, options)),
            # Nobody has to say of a gateway's Secrets that something else makes them, whoever does the login.
            env={
                "OAUTH2_PROXY_CLIENT_SECRET": replace(oidc.client_secret, external=True),
                "OAUTH2_PROXY_COOKIE_SECRET": replace(cookie_secret, external=True),
            },
            files={} if options.issuer_ca is None else {CA_FILE: options.issuer_ca},
            port=Port(PORT, name="http"),
            extra_ports=(Port(METRICS_PORT, name="metrics", exposed=False),) if shown else (),
            metrics=Metrics(port="metrics") if shown else None,
            resources=options.resources,
            health=Health(path="/ready", liveness_path="/ping"),
            identity=Identity(name=self.name),
        )
        cluster: Cluster = service.cluster
        callers = [caller for peer in controllers for caller in _callers(peer)]
        hint = "make them agree, or give one a login of its own: Oidc(callback_path='/other/callback')"
        for host in self.hosts:
            # Those who agree on this need the login of one name, and must agree on the rest.
            which = {"the namespace": service.scope, "the hosts": self.hosts[0]}
            agree(self._place, ("login", "", f"{host}{self.prefix}"), which, hint=hint)
        derive_construct(
            self._place,
            ("Login", service.scope, self.name),
            lambda scope, id: Microservice(scope, id, spec, platform=Platform.of(cluster), uses=edges, accepts=callers),
            says={
                "the hosts": self.hosts,
                "Oidc": oidc,
                "the gateway's pods": list(controllers),
                "the options of the login": options,
                "what the platform says of the cluster": [getattr(cluster, each.name) for each in fields(Cluster)],
            },
            hint=hint,
        )


def _name(host: str, prefix: str) -> str:
    """The name of the login of a host and prefix, of at most 50 characters.

    It says the host alone where that cannot be mistaken; else a hash follows: dashes in a host look like its dots.
    """
    words = f"login-{host.replace('*', 'any')}{'' if prefix == USUAL else prefix}"
    name = re.sub("[^a-z0-9]+", "-", words.lower())
    if prefix == USUAL and re.fullmatch("[a-z0-9.]+", host) and len(name) <= LONGEST:
        return name
    told = hashlib.sha256(f"{host}{prefix}".encode()).hexdigest()[:8]
    return f"{name[: LONGEST - len(told) - 1].rstrip('-')}-{told}"


def _prefix(where: str, callback: str) -> str:
    """The path that everything of the login is below. The last part of the callback path cannot be changed."""
    prefix = callback.removesuffix(CALLBACK)
    if prefix == callback or not prefix.strip("/") or prefix.endswith("/"):
        raise bad(
            f"{where}: exposure.auth.callback_path", f"oauth2-proxy answers at <prefix>{CALLBACK} alone", callback,
            "write such a path, such as '/oauth2/callback'",
        )  # fmt: skip
    return prefix


def _arguments(name: str, prefix: str, hosts: Sequence[str], oidc: Oidc, options: OAuth2ProxyOptions) -> list[str]:
    """The flags. Nothing secret is among them."""
    args = [
        f"--http-address=0.0.0.0:{PORT}",
        "--provider=oidc",
        f"--oidc-issuer-url={oidc.issuer}",
        f"--client-id={oidc.client_id}",
        f"--scope={' '.join(oidc.scopes)}",
        "--code-challenge-method=S256",
        f"--proxy-prefix={prefix}",
    ]
    if len(hosts) == 1 and not hosts[0].startswith("*."):
        args.append(f"--redirect-url=https://{hosts[0]}{oidc.callback_path}")
    # Else it is made of the request's own host, to which the cookie of the login belongs.
    args += [f"--whitelist-domain={host}" for host in hosts]
    args += [f"--email-domain={domain}" for domain in options.email_domains]
    args += [f"--allowed-group={group}" for group in options.allowed_groups]
    args += [
        "--upstream=static://200",
        "--reverse-proxy=true",
        "--set-xauthrequest=true",
        "--skip-provider-button=true",
        f"--cookie-name=__Host-{name}",
        "--cookie-secure=true",
        "--cookie-samesite=lax",
        f"--cookie-expire={seconds('cookie_expire', options.cookie_expire)}s",
        # A page that asks for several things begins several logins at once, each with a cookie of its own.
        "--cookie-csrf-per-request=true",
        "--cookie-csrf-per-request-limit=5",
        "--session-store-type=cookie",
    ]
    if options.cookie_refresh is None:
        args.append("--session-cookie-minimal=true")
    else:
        args.append(f"--cookie-refresh={seconds('cookie_refresh', options.cookie_refresh)}s")
    if options.issuer_ca is not None:
        args.append(f"--provider-ca-file={CA_FILE}")
    if options.metrics:
        args.append(f"--metrics-address=0.0.0.0:{METRICS_PORT}")
    if not options.request_logging:
        args.append("--request-logging=false")
    return [*args, "--silence-ping-logging=true"]


def _issuer(where: str, oidc: Oidc, domain: str) -> ExternalHost:
    """The issuer as a host outside the cluster, which is not what a name of the cluster means."""
    url = urlsplit(oidc.issuer)
    host = url.hostname or ""
    if "." not in host or host.endswith((".svc", f".{domain}")):
        raise bad(where, "a name of the cluster, whose pods no policy opens by a host", oidc.issuer,
                  "say how it is reached: OAuth2ProxyOptions(uses=(keycloak.http(env=None),))")  # fmt: skip
    return ExternalHost(host, port=url.port or 443)


def _callers(peer: Peer) -> list[Caller]:
    """The gateway's pods as callers."""
    if not peer.cidrs:
        return [Caller(pod_labels=peer.pod_labels, namespace=peer.namespace, all_namespaces=peer.namespace is None)]
    return [Caller(cidrs=tuple(_without(peer.cidrs, peer.excluding)))]


def _without(ranges: Sequence[str], excluding: Sequence[str]) -> list[str]:
    """Address ranges less those that lie within them."""
    left = list(ranges)
    for gap in excluding:
        left = [part for each in left for part in _less(each, gap)]
    return left


def _less(outer: str, gap: str) -> list[str]:
    one, other = ipaddress.ip_network(outer), ipaddress.ip_network(gap)
    if isinstance(one, ipaddress.IPv4Network) and isinstance(other, ipaddress.IPv4Network) and other.subnet_of(one):
        return [str(each) for each in sorted(one.address_exclude(other))]
    if isinstance(one, ipaddress.IPv6Network) and isinstance(other, ipaddress.IPv6Network) and other.subnet_of(one):
        return [str(each) for each in sorted(one.address_exclude(other))]
    return [outer]

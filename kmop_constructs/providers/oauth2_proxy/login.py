"""Logins by oauth2-proxy, for gateways without OpenID Connect of their own that can call another service.

For each request the gateway calls `OAuth2Proxy.auth_url` to check the session, redirects users without a session to
`OAuth2Proxy.start_path`, and routes every path below `OAuth2Proxy.prefix` to it. The flags are those of version 7.15
(https://oauth2-proxy.github.io/oauth2-proxy/configuration/overview/).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.auth import Oidc
from kmop_constructs.core.derived import agree, derive_construct
from kmop_constructs.core.edges import ExternalHost
from kmop_constructs.core.exposed import Login
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.cluster import Cluster
from kmop_constructs.values.env import ConfigKey, SecretKey
from kmop_constructs.values.image import Image
from kmop_constructs.values.metrics import Metrics
from kmop_constructs.values.names import flag, hostname, made_by, several, texts
from kmop_constructs.values.pods import Peer
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
    from kmop_constructs.values.pods import Peer

__all__ = ["OAuth2Proxy", "OAuth2ProxyOptions"]

IMAGE = Image("quay.io/oauth2-proxy/oauth2-proxy:v7.15.3")
"""Version 7.15.3; the image is distroless and runs as the user 65532."""

PORT = 4180
"""The port in all examples of its documentation."""

METRICS_PORT = 44180
"""The port for metrics in its own Helm chart (https://github.com/oauth2-proxy/manifests)."""

CALLBACK = "/callback"
"""The callback path below the prefix; it is fixed."""

USUAL = "/oauth2"
"""The default prefix, which is not part of object names."""

LONGEST = 50
"""Maximum length of a name, which leaves room for suffixes."""

CA_FILE = "/etc/oauth2-proxy/ca.crt"

HEADERS = ("X-Auth-Request-User", "X-Auth-Request-Email", "X-Auth-Request-Preferred-Username", "X-Auth-Request-Groups")
"""Headers that ``--set-xauthrequest`` adds to the response of an auth request."""

_WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class OAuth2ProxyOptions:
    """Options of `OAuth2Proxy`: image, allowed users, the way to the OpenID Connect provider, and sessions."""

    image: Image = IMAGE
    """The image. Default: version 7.15.3."""

    resources: Resources | None = None
    """Requests and limits. Default: an estimate, with a notice."""

    email_domains: tuple[str, ...] = ("*",)
    """Domains of the email addresses of allowed users. Default: ``*``, every user of the OpenID Connect provider."""

    allowed_groups: tuple[str, ...] = ()
    """Allowed groups: a user must have one of them in the claim ``groups``. Default: groups are not checked."""

    uses: tuple[Edge, ...] | None = None
    """Edges to the OpenID Connect provider. Set them where the provider runs in the cluster, such as
    ``keycloak.http(env=None)``, or has a private address: ``ExternalHost("id.acme.io",
    cidrs=("10.0.0.0/8",)).http(env=None)``. Default: an edge to the host of the issuer, at public addresses."""

    issuer_ca: ConfigKey | SecretKey | None = None
    """The CA of the provider's certificate, in PEM. Default: publicly trusted CAs."""

    cookie_expire: timedelta = _WEEK
    """Lifetime of a session. Default: 7 days, the default of oauth2-proxy."""

    cookie_refresh: timedelta | None = None
    """Time after which a session is checked again with the provider, so that a user who is disabled there loses the
    session. Cookies then also hold tokens, which makes them larger. Default: never, a session lasts for
    `cookie_expire`."""

    request_logging: bool = True
    """Whether each request is logged, also each auth request of the gateway. Logins are logged in any case. Default:
    True."""

    metrics: bool = False
    """Whether metrics for Prometheus are served on port 44180. Default: False."""

    def __post_init__(self) -> None:
        made_by("OAuth2ProxyOptions.image", self.image, Image)
        made_by("OAuth2ProxyOptions.resources", self.resources, Resources, type(None))
        for name in ("email_domains", "allowed_groups"):
            object.__setattr__(self, name, texts(f"OAuth2ProxyOptions.{name}", getattr(self, name)))
        if not self.email_domains:
            raise SpecError(
                "OAuth2ProxyOptions.email_domains: no user could log in, got (); leave it out, or name a domain"
            )
        for domain in self.email_domains:
            if domain != "*":
                hostname("OAuth2ProxyOptions.email_domains", domain)
        for group in self.allowed_groups:
            if "," in group:
                raise bad("OAuth2ProxyOptions.allowed_groups", "contains a comma, which separates groups", group,
                          "write one group in each element")  # fmt: skip
        if self.uses is not None:
            object.__setattr__(self, "uses", several("OAuth2ProxyOptions.uses", self.uses))
            for edge in self.uses:
                if not callable(getattr(edge, "contribution", None)):
                    raise bad(
                        "OAuth2ProxyOptions.uses", "not an edge", edge, "write an edge, such as keycloak.http(env=None)"
                    )
        made_by("OAuth2ProxyOptions.issuer_ca", self.issuer_ca, ConfigKey, SecretKey, type(None), secret=True)
        lasts = seconds("OAuth2ProxyOptions.cookie_expire", self.cookie_expire, lowest=60)
        if (
            self.cookie_refresh is not None
            and seconds("OAuth2ProxyOptions.cookie_refresh", self.cookie_refresh) >= lasts
        ):
            raise bad("OAuth2ProxyOptions.cookie_refresh", f"not shorter than the session, which lasts {lasts} s",
                      str(self.cookie_refresh), "shorten it, or lengthen cookie_expire")  # fmt: skip
        flag("OAuth2ProxyOptions.request_logging", self.request_logging)
        flag("OAuth2ProxyOptions.metrics", self.metrics)


class OAuth2Proxy(Placed, Construct):
    """A login for the hosts of an exposure: two stateless pods; sessions are encrypted in cookies.

    It is an ordinary service that only the gateway may call. Exposures of one namespace with the same hosts and `Oidc`
    share one. A session belongs to one host: users log in at each host. Default provider of `Platform.login`.
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
        """Draw the login, which exposures with the same hosts and login share; it is below the chart. The gateway calls this.

        There is a finding of the rule ``shared-object`` if another exposure of one of the hosts has the same callback path,
        but other values.

        Args:
            scope: The gateway construct that uses it.
            id: Id of the construct.
            service: The exposed service.
            intent: The exposure, and the gateway's pods.
            options: Further options. Default: `OAuth2ProxyOptions()`.

        Raises:
            SpecError: `Oidc.cookie_secret` is not set, or the callback path does not end in ``/callback``.
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
                f"{service.path}: exposure.auth.cookie_secret: not set, but oauth2-proxy does the login and encrypts "
                "sessions with it; set Oidc(…, cookie_secret=SecretKey(name, key)) of 16, 24 or 32 bytes"
            )
        self.prefix: str = _prefix(service.path, oidc.callback_path)
        """The path prefix of the login; requests below it are not checked for a session."""
        self.port: int = PORT
        """Port of its Service."""
        self.headers: tuple[str, ...] = HEADERS
        """Response headers of an auth request that identify the user. The gateway passes them to the service, and must
        remove those of clients."""
        self.hosts: tuple[str, ...] = tuple(sorted(exposure.hosts))
        """The hosts that it serves, sorted, so that the order of exposures does not matter."""
        self.refreshes: bool = options.cookie_refresh is not None
        """Whether sessions are refreshed by a cookie in the response of an auth request."""
        self.name: str = _name(self.hosts[0], self.prefix)
        """Name of its Service: the same for all exposures that share it, and unique to the login."""
        self._namespace, self._domain = service.namespace, service.cluster.domain
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        known = Login(path=where, hosts=self.hosts, prefix=self.prefix, callers=tuple(controllers))
        self._place.give(known)
        self._need(service, oidc, oidc.cookie_secret, controllers, options)

    @property
    def gives(self) -> tuple[object, ...]:
        """The facts for the construct that draws the login: none, because its service adds its facts itself."""
        return ()

    @property
    def url(self) -> str:
        """Its address for a gateway in any namespace.

        A request to any path outside `prefix` gets the status 200 (the only one that Envoy accepts) if it has a session.
        Without a session, it gets a redirect to the login (401 for scripts).

        Raises `SpecError` where the chart has no namespace.
        """
        if self._namespace is None:
            raise SpecError(
                f"{self.path}: the gateway calls the login by its address, which needs a namespace, and the chart has none; "
                "set it: KmopChart(…, namespace=…)"
            )
        return f"http://{self.name}.{self._namespace}.svc.{self._domain}:{self.port}"

    @property
    def auth_url(self) -> str:
        """The address that a gateway calls for each request: 202 with a session, else 401."""
        return f"{self.url}{self.prefix}/auth"

    @property
    def start_path(self) -> str:
        """The path that begins a login; the query ``?rd=`` holds the path or URL to return to."""
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
            # The Secrets of a login do not have to be declared as external.
            env={
                "OAUTH2_PROXY_CLIENT_SECRET": replace(oidc.client_secret, external=True),
                "OAUTH2_PROXY_COOKIE_SECRET": replace(cookie_secret, external=True),
            },
            files={} if options.issuer_ca is None else {CA_FILE: options.issuer_ca},
            port=(Port(PORT, name="http"), *((Port(METRICS_PORT, name="metrics", exposed=False),) if shown else ())),
            metrics=Metrics(port="metrics") if shown else None,
            resources=options.resources,
            health=Health(path="/ready", liveness_path="/ping"),
            identity=Identity(name=self.name),
        )
        cluster: Cluster = service.cluster
        callers = list(controllers)
        hint = "use the same values, or a separate login: Oidc(callback_path='/other/callback')"
        for host in self.hosts:
            # Exposures that agree on these values need the login of one name, and must agree on all other values.
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
                "the platform's settings of the cluster": [getattr(cluster, each.name) for each in fields(Cluster)],
            },
            hint=hint,
        )


def _name(host: str, prefix: str) -> str:
    """Return the name of the login of a host and prefix, of at most 50 characters.

    It contains only the host where that is unique; else a hash follows, because dashes in a host look like its dots.
    """
    words = f"login-{host.replace('*', 'any')}{'' if prefix == USUAL else prefix}"
    name = re.sub("[^a-z0-9]+", "-", words.lower())
    if prefix == USUAL and re.fullmatch("[a-z0-9.]+", host) and len(name) <= LONGEST:
        return name
    told = hashlib.sha256(f"{host}{prefix}".encode()).hexdigest()[:8]
    return f"{name[: LONGEST - len(told) - 1].rstrip('-')}-{told}"


def _prefix(where: str, callback: str) -> str:
    """Return the prefix of all paths of the login. The last part of the callback path is fixed."""
    prefix = callback.removesuffix(CALLBACK)
    if prefix == callback or not prefix.strip("/") or prefix.endswith("/"):
        raise bad(
            f"{where}: exposure.auth.callback_path", f"the callback of oauth2-proxy is always at <prefix>{CALLBACK}", callback,
            "write a path with this ending, such as '/oauth2/callback'",
        )  # fmt: skip
    return prefix


def _arguments(name: str, prefix: str, hosts: Sequence[str], oidc: Oidc, options: OAuth2ProxyOptions) -> list[str]:
    """Return the flags. They hold no secret."""
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
    # Otherwise it is made from the host of the request, to which the cookie of the login belongs.
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
        # A page with several requests begins several logins at once, each with its own cookie.
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
    """Return the issuer as a host outside the cluster; a name of the cluster is an error."""
    url = urlsplit(oidc.issuer)
    host = url.hostname or ""
    if "." not in host or host.endswith((".svc", f".{domain}")):
        raise bad(where, "a name of the cluster, for which an external host opens no network policy", oidc.issuer,
                  "set an edge to it: OAuth2ProxyOptions(uses=(keycloak.http(env=None),))")  # fmt: skip
    return ExternalHost(host, port=url.port or 443)

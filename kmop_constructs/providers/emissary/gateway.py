"""Exposure through Emissary-ingress (https://emissary-ingress.dev/docs/4.0/), formerly Ambassador."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from kmop_constructs.components.api_gateway.auth import Oidc
from kmop_constructs.components.api_gateway.capability import Supports, admit, refusal
from kmop_constructs.components.api_gateway.entry import ExistingEntry
from kmop_constructs.components.api_gateway.login import LoginProxy, draw_login
from kmop_constructs.components.api_gateway.targets import controllers_of, route_facts
from kmop_constructs.core.derived import agree, contribute, derive, parts_of
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.core.reading import scope_of
from kmop_constructs.providers.cert_manager.certificate import draw_certificate
from kmop_constructs.providers.emissary.mappings import LOGIN, Drawn, Mappings, slug
from kmop_constructs.providers.emissary.supports import AUTH_SERVICE, RATE_LIMIT_SERVICE, SUPPORTS
from kmop_constructs.values.cluster import Peer
from kmop_constructs.values.names import dns_subdomain, made_by, text

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.features import FeatureName
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.components.api_gateway.tls import Tls
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.errors import UnsupportedError
    from kmop_constructs.typings import getambassador_io as emissary

__all__ = ["API", "ENTRY_LABEL", "EmissaryGateway", "EmissaryGatewayOptions", "dotted", "host_literal", "host_name"]

API = "getambassador.io/v3alpha1"

ENTRY_LABEL = "emissary-entry"
"""The label by which the Hosts of an `EmissaryEntry` select Mappings."""

DEFAULT = Peer(namespace="emissary", pod_labels={"product": "aes", "profile": "main"})
"""The pods of its Helm chart (charts/emissary-ingress/templates/deployment.yaml, release 4.1), in the namespace of its
quick start. ``app.kubernetes.io/name`` is that of the Helm release there."""

HANDED_ON = ("X-Auth-Request-User", "X-Auth-Request-Email")
"""Headers that every answer of a login has, so that no client can set them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EmissaryGatewayOptions:
    """What only Emissary-ingress knows."""

    entry: ExistingEntry | None = None
    """Hosts that somebody else owns, such as `EmissaryEntry.entry`; they have the certificates. Default: Hosts are drawn."""

    ambassador_id: str | None = None
    """The installation that reads the objects, where a cluster has several. Default: that without an id."""

    auth_service: str | None = None
    """Name of the AuthService that is drawn for exposures with `Oidc`. Emissary takes one, and asks it for every Mapping of the
    cluster, whoever drew it, that does not say ``bypass_auth``; those of this platform without `Oidc` do. Default: none is
    drawn, and `Oidc` is refused."""

    rate_limit_domain: str | None = None
    """The domain of the platform's RateLimitService, such as ``ambassador``; its rules have the numbers, and the docs page
    shows them. Default: there is none, and rate limits are refused."""

    controller: Peer | None = None
    """The pods of Emissary. Default: the platform's `Peers.ingress_controller`, else those of its Helm chart in the namespace
    ``emissary``."""

    def __post_init__(self) -> None:
        made_by("EmissaryGatewayOptions.entry", self.entry, ExistingEntry, type(None))
        for name in ("ambassador_id", "rate_limit_domain"):
            value = getattr(self, name)
            if value is not None:
                text(f"EmissaryGatewayOptions.{name}", value)
        if self.auth_service is not None:
            dns_subdomain("EmissaryGatewayOptions.auth_service", self.auth_service)
        made_by("EmissaryGatewayOptions.controller", self.controller, Peer, type(None))

    @property
    def ids(self) -> list[str]:
        """``ambassador_id`` of an object; empty is left out."""
        return [] if self.ambassador_id is None else [self.ambassador_id]

    @property
    def named(self) -> tuple[str, ...]:
        """What the platform says is there."""
        found = ((AUTH_SERVICE, self.auth_service), (RATE_LIMIT_SERVICE, self.rate_limit_domain))
        return tuple(name for name, value in found if value is not None)


def host_name(host: str) -> str:
    """Name of the Host of a host."""
    return "any-host" if host == "*" else host.replace("*", "wildcard").replace(".", "-")


def dotted(host: str, tls: Tls) -> str | None:
    """A Secret of a Host whose name holds a dot: Emissary takes what follows it for a namespace."""
    names = [tls.secret_for(host), *([tls.mutual.ca_secret] if tls.mutual is not None else [])]
    return next((name for name in names if "." in name), None)


def host_literal(host: str, tls: Tls | None, secret: str | None, ids: Sequence[str]) -> emissary.Host:
    """A Host that takes every Mapping of its name."""
    spec: emissary.HostSpec = {"ambassador_id": list(ids)} if ids else {}
    spec["hostname"] = host
    redirects = tls is not None and tls.redirects
    spec["requestPolicy"] = {"insecure": {"action": "Redirect" if redirects else "Route"}}
    if tls is not None and secret is not None:
        spec["tlsSecret"] = {"name": secret}
        spec["tls"] = {"alpn_protocols": "h2,http/1.1"}  # without it, HTTP/2 and so gRPC are not spoken over HTTPS
        if tls.min_version is not None:
            spec["tls"]["min_tls_version"] = f"v{tls.min_version}"
        if tls.mutual is not None:
            spec["tls"]["ca_secret"] = tls.mutual.ca_secret
            spec["tls"]["cert_required"] = not tls.mutual.optional
    return {"apiVersion": API, "kind": "Host", "metadata": {"name": host_name(host)}, "spec": spec}


class EmissaryGateway(Placed, Construct):
    """A Host for each host, and Mappings for the paths of an exposure."""

    SUPPORTS: ClassVar[Supports] = SUPPORTS

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        service: ServiceFacts,
        intent: Exposure,
        options: EmissaryGatewayOptions = EmissaryGatewayOptions(),
    ) -> None:
        """Draw the route of a service.

        Two exposures that claim one path of a host, say different things of it, or are in two namespaces and have no entry
        are found when the app is synthesized; so are two logins that want the one AuthService.

        Raises `UnsupportedError` where the gateway cannot do what the exposure asks.
        """
        made_by("EmissaryGateway: options", options, EmissaryGatewayOptions)
        self._place = place_of(scope).child(id)
        admit(self.path, type(self).__name__, self.SUPPORTS, intent, service, named=options.named)
        self._service, self._exposure, self._options = service, intent, options
        self._check()
        self._controllers = controllers_of(service, options.controller, DEFAULT)
        self._gives = route_facts(service, intent, self._controllers)
        self._names: set[str] = set()
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        if options.entry is None:
            self._draw_hosts()
        forgets = self._draw_login() if isinstance(intent.auth, Oidc) else ()
        mappings = Mappings(service, intent, self._refuse, options.rate_limit_domain, forgets)
        for number, host in enumerate(intent.hosts or ("*",)):
            prefix = f"{self._name}-{host_name(host)}" if number else self._name
            for each in mappings.of(host):
                self._claim(host, each)
                self._draw_mapping(prefix, each)

    @property
    def controllers(self) -> Sequence[Peer]:
        """Emissary's pods."""
        return self._controllers

    @property
    def gives(self) -> tuple[object, ...]:
        """Who comes in through the route, and what it claims of its hosts."""
        return self._gives

    @property
    def _name(self) -> str:
        return self._exposure.name or self._service.name

    @property
    def _installation(self) -> str:
        return self._options.ambassador_id or "default"

    def _refuse(self, feature: FeatureName, why: str) -> UnsupportedError:
        return refusal(self.path, type(self).__name__, feature, why)

    def _scope(self) -> str:
        return scope_of(self._service.namespace, self._place.chart)

    def _notice(self, rule: str, message: str) -> None:
        finding = Finding(path=self._service.path, rule=rule, message=message, severity="notice")
        self._place.give(finding)

    def _check(self) -> None:
        """Refuse what goes with other things than these."""
        tls, entry = self._exposure.tls, self._options.entry
        limit = self._exposure.rate_limit
        if limit is not None:
            self._notice(
                "rate-limit-rule",
                f"Emissary labels its requests limit: {limit.requests}-per-{limit.unit}, and the rate limit service keeps the limit "
                f"where the domain {self._options.rate_limit_domain!r} has a rule for it; docs/gateways/emissary.md shows one",
            )
        if tls is None:
            return
        if tls.hsts is not None and not tls.redirects:
            raise self._refuse("hsts", "the header would be on answers over plain HTTP too, which stays open; leave tls.redirect out")  # fmt: skip
        if entry is not None:
            theirs = f"the Host of {entry.name!r} belongs to somebody else (options.entry), who says it"
            if tls.redirect is not None:
                raise self._refuse("https_redirect" if tls.redirect else "no_https_redirect", theirs)
            if tls.min_version is not None:
                raise self._refuse("tls_min_version", theirs)
            if tls.mutual is not None:
                raise self._refuse("mutual_tls_optional" if tls.mutual.optional else "mutual_tls", theirs)
            self._notice(
                "entry-tls",
                f"the certificate of {self._exposure.hosts[0]} is that of the entry {entry.name!r}, and "
                f"{tls.secret_for(self._exposure.hosts[0])!r} is not looked at; its owner has the host over HTTPS",
            )
            return
        wrong = dotted(self._exposure.hosts[0], tls)
        if wrong is not None:
            feature: FeatureName = "tls_secret" if tls.issuer is None else "tls_issuer"
            raise self._refuse(feature, f"it takes what follows the dot in the name of the Secret {wrong!r} for a namespace; use '-'")  # fmt: skip
        if tls.mutual is not None:
            self._notice(
                "client-authority-key",
                f"Emissary reads the authority of clients' certificates from the key tls.crt of the Secret "
                f"{tls.mutual.ca_secret!r}, and serves no HTTPS without it; have it there as well as under ca.crt",
            )

    def _draw_hosts(self) -> None:
        """A host has one Host: of two, it is left open which certificate and which policy holds."""
        exposure, tls = self._exposure, self._exposure.tls
        secret = None if tls is None else tls.secret_for(exposure.hosts[0])
        if tls is not None:
            draw_certificate(self, self._service, exposure.hosts, tls)
        said = {
            "the namespace": self._scope(),
            "the Secret of the certificate": secret,
            "the redirect to HTTPS": tls is not None and tls.redirects,
            "the oldest version of TLS": tls and tls.min_version,
            "the certificates of clients": tls and tls.mutual,
        }
        hint = "one host has one Host, in one namespace: make the exposures agree, or let a platform team own it: EmissaryEntry"  # fmt: skip
        for host in exposure.hosts or ("*",):
            name = host_name(host)
            key = ("name of a Host", self._scope(), name)
            agree(self._place, key, {"the host": host}, hint="put one of the two into another namespace")  # fmt: skip
            literal = host_literal(host, tls, secret, self._options.ids)
            derive(self._place, ("Host", self._installation, host), _fixed("Host", name, literal), says=said, hint=hint)

    def _draw_login(self) -> tuple[str, ...]:
        """Draw oauth2-proxy, the paths that lead to it and the question to it; return the headers that no client may set."""
        service, exposure, options = self._service, self._exposure, self._options
        login = draw_login(self, service=service, exposure=exposure, controllers=self._controllers)
        if login.refreshes:
            why = "what its AuthService answers to a request that goes on does not reach the browser, so no session is refreshed; leave OAuth2ProxyOptions.cookie_refresh out"
            raise self._refuse("oidc", why)
        said = {"the login": (self._scope(), login.name), "auth_service": options.auth_service}
        key = ("AuthService", "", self._installation)
        hint = "Emissary asks one login for all hosts: give the exposures the same hosts and Oidc, or an installation of their own"  # fmt: skip
        assert options.auth_service is not None  # else Oidc was refused
        spec: emissary.AuthServiceSpec = {
            "auth_service": login.url,
            "proto": "http",
            "allowed_authorization_headers": list(HANDED_ON),
        }
        if options.ids:
            spec = {"ambassador_id": options.ids, **spec}
        literal: emissary.AuthService = {
            "apiVersion": API,
            "kind": "AuthService",
            "metadata": {"name": options.auth_service},
            "spec": spec,
        }
        derive(self._place, key, _fixed("AuthService", options.auth_service, literal), says=said, hint=hint)
        names: set[str] = set()
        for host in login.hosts:
            mapping: emissary.MappingSpec = {
                "hostname": host,
                "prefix": f"{login.prefix}/",
                "precedence": LOGIN,
                "service": f"{login.name}:{login.port}",
                "rewrite": "",
                "bypass_auth": True,
            }
            if options.ids:
                mapping["ambassador_id"] = options.ids
            suffix = "" if host == login.hosts[0] else host_name(host)
            self._share_mapping(_free(names, login.name, suffix), login, host, mapping)
        return tuple(header for header in login.headers if header not in HANDED_ON)

    def _share_mapping(self, name: str, login: LoginProxy, host: str, spec: emissary.MappingSpec) -> None:
        """Draw a Mapping of the login: it says of the exposures that have it what they all say."""
        key = ("Mapping of the login", self._installation, f"{host}{login.prefix}")
        entry, labels, annotations = self._options.entry, self._service.labels, self._exposure.annotations
        contribute(self._place, key, _Metadata(labels=labels, annotations=annotations))

        def draw(synthesis: Synthesis) -> emissary.Mapping:
            every = [part for _, part in parts_of(synthesis, key, _Metadata)]
            metadata: emissary.ObjectMeta = {"name": name}
            if entry is not None:
                common = _common(labels, [part.labels for part in every])
                metadata["labels"] = {**common, ENTRY_LABEL: entry.name}
            if common := _common(annotations, [part.annotations for part in every]):
                metadata["annotations"] = common
            return {"apiVersion": API, "kind": "Mapping", "metadata": metadata, "spec": spec}

        said = {"the login": (self._scope(), login.name), "the entry": entry}
        derive(self._place, key, Deferred(api_version=API, kind="Mapping", name=name, draw=draw), says=said)

    def _claim(self, host: str, each: Drawn) -> None:
        """Refuse two exposures of the same requests: Emissary would share them out."""
        key = ("requests to", f"{self._installation} {host}", each.requests)
        hint = f"both claim {each.spec['prefix']!r} of {host}, and Emissary would share its requests out; give one of them another path"
        agree(self._place, key, {"the route": self.path}, hint=hint)

    def _draw_mapping(self, prefix: str, each: Drawn) -> None:
        options, exposure = self._options, self._exposure
        name = _free(self._names, prefix, each.suffix)
        spec = each.spec.copy()
        if options.ids:
            spec["ambassador_id"] = options.ids
        open_ = options.auth_service is not None and not isinstance(exposure.auth, Oidc)
        if open_ and "host_redirect" not in spec:
            spec["bypass_auth"] = True
        metadata: emissary.ObjectMeta = {"name": name, "labels": dict(self._service.labels)}
        if options.entry is not None:
            metadata["labels"] = {**self._service.labels, ENTRY_LABEL: options.entry.name}
        if exposure.annotations:
            metadata["annotations"] = dict(exposure.annotations)
        literal: emissary.Mapping = {"apiVersion": API, "kind": "Mapping", "metadata": metadata, "spec": spec}
        Manifest(self, f"mapping-{name}", literal)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Metadata:
    """What an exposure would have a Mapping say of it."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]


def _common(own: Mapping[str, str], every: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """What all of them hold, in the order of one of them."""
    return {key: value for key, value in own.items() if all(each.get(key) == value for each in every)}


def _fixed(kind: str, name: str, literal: Mapping[str, object]) -> Deferred:
    """An object whose content does not depend on what else there is."""
    return Deferred(api_version=API, kind=kind, name=name, draw=lambda _: literal)


def _free(taken: set[str], prefix: str, suffix: str) -> str:
    """A name that no other Mapping has."""
    stem = name = slug("-".join(part for part in (prefix, suffix) if part))
    number = 2
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    taken.add(name)
    return name

"""Routes by Emissary-ingress (https://emissary-ingress.dev/docs/4.0/), formerly Ambassador."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.auth import Oidc
from kmop_constructs.components.api_gateway.capability import Supports, admit
from kmop_constructs.components.api_gateway.entry import ExistingEntry
from kmop_constructs.components.api_gateway.identity import merged
from kmop_constructs.components.api_gateway.login import LoginProxy, draw_login, strictest
from kmop_constructs.components.api_gateway.placed import PlacedGateway
from kmop_constructs.components.api_gateway.targets import controllers_of, route_facts
from kmop_constructs.core.derived import agree, contribute, derive, parts_of
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.place import created, place_of
from kmop_constructs.providers.cert_manager.certificate import draw_certificate
from kmop_constructs.providers.emissary.mappings import LOGIN, Drawn, Mappings, hsts_header, mapping_name
from kmop_constructs.providers.emissary.supports import AUTH_SERVICE, RATE_LIMIT_SERVICE, SUPPORTS
from kmop_constructs.values.names import dns_subdomain, made_by, text
from kmop_constructs.values.pods import Peer, Pods, check_peer

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.features import FeatureName
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.components.api_gateway.tls import Hsts, Tls
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import getambassador_io as emissary

__all__ = ["API", "ENTRY_LABEL", "EmissaryGateway", "EmissaryGatewayOptions", "dotted", "host_literal", "host_name"]

API = "getambassador.io/v3alpha1"

ENTRY_LABEL = "emissary-entry"
"""The label of Mappings that the Hosts of an `EmissaryEntry` select."""

DEFAULT = Pods.of({"product": "aes", "profile": "main"}, namespace="emissary")
"""The pods of its Helm chart (charts/emissary-ingress/templates/deployment.yaml, release 4.1), in the namespace of its
quick start. ``app.kubernetes.io/name`` is the name of the Helm release there."""

HANDED_ON = ("X-Auth-Request-User", "X-Auth-Request-Email")
"""Headers that are part of every response of a login, so that clients cannot set them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EmissaryGatewayOptions:
    """Options of `EmissaryGateway`: its entry, installation, AuthService, rate limits and pods."""

    entry: ExistingEntry | None = None
    """Hosts that another team owns, such as `EmissaryEntry.entry`, with their certificates. Default: none, Hosts are
    drawn."""

    ambassador_id: str | None = None
    """Id of the installation that reads the objects, in a cluster with several. Default: none, the installation without
    an id."""

    auth_service: str | None = None
    """Name of the AuthService for exposures with `Oidc`. Emissary accepts only one AuthService, and calls it for
    every Mapping of the cluster without ``bypass_auth``, also for Mappings of others. Mappings of this platform without
    `Oidc` have ``bypass_auth``. Default: none is drawn, and `Oidc` is an error."""

    rate_limit_domain: str | None = None
    """The domain of the platform's RateLimitService, such as ``ambassador``. The rules of that service contain the numbers
    of requests; see the docs page. Default: none, and rate limits are an error."""

    controller: Peer | None = None
    """The pods of Emissary, which the policies let in. Default: the platform's `Peers.ingress_controller`, else those
    of the Helm chart in the namespace ``emissary``."""

    def __post_init__(self) -> None:
        made_by("EmissaryGatewayOptions.entry", self.entry, ExistingEntry, type(None))
        for name in ("ambassador_id", "rate_limit_domain"):
            value = getattr(self, name)
            if value is not None:
                text(f"EmissaryGatewayOptions.{name}", value)
        if self.auth_service is not None:
            dns_subdomain("EmissaryGatewayOptions.auth_service", self.auth_service)
        check_peer("EmissaryGatewayOptions.controller", self.controller)

    @property
    def ids(self) -> list[str]:
        """The field ``ambassador_id`` of an object; empty means that the field is left out."""
        return [] if self.ambassador_id is None else [self.ambassador_id]

    @property
    def named(self) -> tuple[str, ...]:
        """The parts of the installation that the options name, for `Can.needs`."""
        found = ((AUTH_SERVICE, self.auth_service), (RATE_LIMIT_SERVICE, self.rate_limit_domain))
        return tuple(name for name, value in found if value is not None)


def host_name(host: str) -> str:
    """Return the name of the Host object of a host."""
    return "any-host" if host == "*" else host.replace("*", "wildcard").replace(".", "-")


def dotted(host: str, tls: Tls) -> str | None:
    """Return the Secret of a Host if its name has a dot: Emissary reads the part after the dot as a namespace."""
    names = [tls.secret_for(host), *([tls.mutual.secret] if tls.mutual is not None else [])]
    return next((name for name in names if "." in name), None)


def host_literal(host: str, tls: Tls | None, secret: str | None, ids: Sequence[str]) -> emissary.Host:
    """Return a Host that accepts every Mapping of its host name."""
    spec: emissary.HostSpec = {"ambassador_id": list(ids)} if ids else {}
    spec["hostname"] = host
    redirects = tls is not None and tls.redirects
    spec["requestPolicy"] = {"insecure": {"action": "Redirect" if redirects else "Route"}}
    if tls is not None and secret is not None:
        spec["tlsSecret"] = {"name": secret}
        spec["tls"] = {"alpn_protocols": "h2,http/1.1"}  # without it, HTTPS has no HTTP/2 and so no gRPC
        if tls.min_version is not None:
            spec["tls"]["min_tls_version"] = f"v{tls.min_version}"
        if tls.mutual is not None:
            spec["tls"]["ca_secret"] = tls.mutual.secret
            spec["tls"]["cert_required"] = not tls.mutual.optional
    return {"apiVersion": API, "kind": "Host", "metadata": {"name": host_name(host)}, "spec": spec}


class EmissaryGateway(PlacedGateway, Construct):
    """A Host for each host name, and Mappings for the paths of an exposure: ``Platform(gateway=EmissaryGateway)``."""

    SUPPORTS: ClassVar[Supports] = SUPPORTS
    """What the gateway supports, by feature: the source of errors and of the capability table."""

    REMOVES_HEADERS: ClassVar[bool] = True
    """Whether the gateway removes identity headers that clients could forge."""

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
        """Draw the route of an exposure. The platform calls this.

        At synth, there is a finding if two exposures of a host use the same path, differ in a setting of the host, or are in
        two namespaces without an entry. There is also a finding if two logins need the one AuthService.

        Args:
            scope: The exposed workload; the objects are drawn below it.
            id: Id of the construct.
            service: Names, labels and ports of the exposed service.
            intent: The exposure.
            options: Options of the gateway. Default: `EmissaryGatewayOptions()`.

        Raises:
            UnsupportedError: The gateway does not support a feature of the exposure.
        """
        made_by("EmissaryGateway: options", options, EmissaryGatewayOptions)
        self._place = place_of(scope).child(id)
        admit(self.path, type(self).__name__, self.SUPPORTS, intent, service, named=options.named)
        self._service, self._exposure, self._options = service, intent, options
        self._check()
        self._controllers = controllers_of(service, options.controller, DEFAULT)
        self._gives = route_facts(service, intent, self._controllers, removes=self.REMOVES_HEADERS)
        self._names: set[str] = set()
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        if options.entry is None:
            self._draw_hosts()
        forgets = self._draw_login() if isinstance(intent.auth, Oidc) else ()
        mappings = Mappings(service, intent, self._refusal, options.rate_limit_domain, forgets)
        for number, host in enumerate(intent.hosts or ("*",)):
            prefix = f"{self._name}-{host_name(host)}" if number else self._name
            for each in mappings.of(host):
                self._claim(host, each)
                self._draw_mapping(prefix, each)

    @property
    def _installation(self) -> str:
        return self._options.ambassador_id or "default"

    def _check(self) -> None:
        """Refuse combinations of values that Emissary does not support."""
        tls, entry = self._exposure.tls, self._options.entry
        limit = self._exposure.rate_limit
        if limit is not None:
            self._notice(
                "rate-limit-rule",
                f"Emissary labels its requests limit: {limit.requests}-per-{limit.unit}, and the rate limit service enforces the limit "
                f"only with a rule of the domain {self._options.rate_limit_domain!r}; docs/gateways/emissary.md shows one",
            )
        if tls is None:
            return
        if tls.hsts is not None and not tls.redirects:
            raise self._refusal("hsts", "the header would also be in responses over plain HTTP, which stays open; leave tls.redirect out")  # fmt: skip
        if entry is not None:
            theirs = f"the Host of {entry.name!r} belongs to another team (options.entry), which sets it"
            if tls.redirect is not None:
                raise self._refusal("https_redirect" if tls.redirect else "no_https_redirect", theirs)
            if tls.min_version is not None:
                raise self._refusal("tls_min_version", theirs)
            if tls.mutual is not None:
                raise self._refusal("mutual_tls_optional" if tls.mutual.optional else "mutual_tls", theirs)
            self._notice(
                "entry-tls",
                f"the certificate of {self._exposure.hosts[0]} is that of the entry {entry.name!r}, and "
                f"{tls.secret_for(self._exposure.hosts[0])!r} is not used; the owner of the entry must serve the host over HTTPS",
            )
            return
        wrong = dotted(self._exposure.hosts[0], tls)
        if wrong is not None:
            feature: FeatureName = "tls_secret" if tls.issuer is None else "tls_issuer"
            raise self._refusal(feature, f"it reads the part after the dot in the name of the Secret {wrong!r} as a namespace; use '-'")  # fmt: skip
        if tls.mutual is not None:
            self._notice(
                "client-authority-key",
                f"Emissary reads the CA of client certificates from the key tls.crt of the Secret "
                f"{tls.mutual.secret!r}, and serves no HTTPS without it; store it under tls.crt as well as under ca.crt",
            )

    def _draw_hosts(self) -> None:
        """Draw one Host for each host name: with two, Emissary does not define which certificate and which policy it uses."""
        exposure, tls = self._exposure, self._exposure.tls
        secret = None if tls is None else tls.secret_for(exposure.hosts[0])
        if tls is not None:
            draw_certificate(self, self._service, exposure.hosts, tls)
        agreed = {
            "the namespace": self._scope(),
            "the Secret of the certificate": secret,
            "the redirect to HTTPS": tls is not None and tls.redirects,
            "the oldest version of TLS": tls and tls.min_version,
            "the certificates of clients": tls and tls.mutual,
        }
        hint = "a host has one Host object in one namespace: use the same values in the exposures, or an EmissaryEntry of a platform team"  # fmt: skip
        for host in exposure.hosts or ("*",):
            name = host_name(host)
            key = ("name of a Host", self._scope(), name)
            agree(self._place, key, {"the host": host}, hint="move one of them to another namespace")  # fmt: skip
            literal = host_literal(host, tls, secret, self._options.ids)
            derive(
                self._place, ("Host", self._installation, host), _fixed("Host", name, literal), says=agreed, hint=hint
            )

    def _draw_login(self) -> tuple[str, ...]:
        """Draw oauth2-proxy, its paths and the AuthService; return the headers that clients must not set."""
        service, exposure, options = self._service, self._exposure, self._options
        login = draw_login(self, service=service, exposure=exposure, controllers=self._controllers)
        if login.refreshes:
            why = "response headers of its AuthService do not reach the browser for an allowed request, so no session is refreshed; leave OAuth2ProxyOptions.cookie_refresh out"
            raise self._refusal("oidc", why)
        agreed = {"the login": (self._scope(), login.name), "auth_service": options.auth_service}
        key = ("AuthService", "", self._installation)
        hint = "Emissary has one login for all hosts: give the exposures the same hosts and Oidc, or use another installation of Emissary"  # fmt: skip
        assert options.auth_service is not None  # otherwise Oidc is an error
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
        derive(self._place, key, _fixed("AuthService", options.auth_service, literal), says=agreed, hint=hint)
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
        """Draw a Mapping of the login, with the labels and annotations that all its exposures have in common."""
        key = ("Mapping of the login", self._installation, f"{host}{login.prefix}")
        entry, labels, annotations = self._options.entry, self._service.labels, self._exposure.annotations
        tls = self._exposure.tls
        hsts = None if tls is None else tls.hsts
        contribute(self._place, key, _Metadata(labels=labels, annotations=annotations, hsts=hsts))

        def draw(synthesis: Synthesis) -> emissary.Mapping:
            every = [part for _, part in parts_of(synthesis, key, _Metadata)]
            metadata: emissary.ObjectMeta = {"name": name}
            if entry is not None:
                common = _common(labels, [part.labels for part in every])
                metadata["labels"] = {**common, ENTRY_LABEL: entry.name}
            if common := _common(annotations, [part.annotations for part in every]):
                metadata["annotations"] = common
            hardened = spec.copy()
            if (found := strictest(part.hsts for part in every)) is not None:
                hardened["add_response_headers"] = hsts_header(found)
            return {"apiVersion": API, "kind": "Mapping", "metadata": metadata, "spec": hardened}

        agreed = {"the login": (self._scope(), login.name), "the entry": entry}
        derive(self._place, key, Deferred(api_version=API, kind="Mapping", name=name, draw=draw), says=agreed)

    def _claim(self, host: str, each: Drawn) -> None:
        """Refuse two exposures of the same requests: Emissary would distribute the requests between them."""
        key = ("requests to", f"{self._installation} {host}", each.requests)
        hint = f"both use {each.spec['prefix']!r} of {host}, and Emissary would distribute its requests between them; give one of them another path"
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

        def draw(synthesis: Synthesis) -> emissary.Mapping:
            removed = merged(spec.get("remove_request_headers", []), self._forged(synthesis))
            cleaned = spec.copy()
            if removed and "host_redirect" not in spec:
                cleaned["remove_request_headers"] = removed
            return {"apiVersion": API, "kind": "Mapping", "metadata": metadata, "spec": cleaned}

        Manifest(self, f"mapping-{name}", Deferred(api_version=API, kind="Mapping", name=name, draw=draw))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Metadata:
    """What one exposure adds to a shared Mapping."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    hsts: Hsts | None


def _common(own: Mapping[str, str], every: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return the entries that all mappings have in common, in the order of `own`."""
    return {key: value for key, value in own.items() if all(each.get(key) == value for each in every)}


def _fixed(kind: str, name: str, literal: Mapping[str, object]) -> Deferred:
    """Return an object with content that does not depend on other objects."""
    return Deferred(api_version=API, kind=kind, name=name, draw=lambda _: literal)


def _free(taken: set[str], prefix: str, suffix: str) -> str:
    """Return a name that no other Mapping has."""
    stem = name = mapping_name("-".join(part for part in (prefix, suffix) if part))
    number = 2
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    taken.add(name)
    return name

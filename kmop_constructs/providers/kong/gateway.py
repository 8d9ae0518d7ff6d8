"""Exposure through Kong, by its ingress controller (https://developer.konghq.com/kubernetes-ingress-controller/)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from kmop_constructs.components.api_gateway.annotations import route_annotations
from kmop_constructs.components.api_gateway.auth import ApiKey, BasicAuth, Oidc
from kmop_constructs.components.api_gateway.capability import Supports, admit
from kmop_constructs.components.api_gateway.claims import must_route
from kmop_constructs.components.api_gateway.entry import ExistingEntry
from kmop_constructs.components.api_gateway.order import covers, overtaken
from kmop_constructs.components.api_gateway.route import PathRoute
from kmop_constructs.components.api_gateway.service_annotations import annotate_service
from kmop_constructs.components.api_gateway.targets import controllers_of, route_facts, targets
from kmop_constructs.core.derived import agree
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.errors import bad
from kmop_constructs.providers.cert_manager.certificate import draw_certificate
from kmop_constructs.providers.kong.plugins import (
    LOGIN,
    SETTINGS,
    Plugin,
    limits,
    plugins,
    refused,
    times,
    to_service,
)
from kmop_constructs.providers.kong.routes import (
    Conditions,
    Group,
    groups,
    http_route,
    ingress_of,
    is_grpc,
    slug,
)
from kmop_constructs.providers.kong.shared import (
    Algorithm,
    claim_login,
    draw_consumer,
    draw_limit,
    draw_login,
    draw_policy,
)
from kmop_constructs.providers.kong.supports import ENTERPRISE, ENTRY, SUPPORTS
from kmop_constructs.providers.native.ingress import ingress
from kmop_constructs.values.cluster import Peer
from kmop_constructs.values.names import dns_subdomain, flag, made_by, one_of

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.features import FeatureName
    from kmop_constructs.components.api_gateway.route import Redirect
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.facts import Key
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import gateway_networking_k8s_io as gw
    from kmop_constructs.typings import k8s

__all__ = ["KongGateway", "KongGatewayOptions"]

Edition: TypeAlias = Literal["open", "enterprise"]

DEFAULT = Peer(namespace="kong", pod_labels={"app.kubernetes.io/name": "gateway", "app.kubernetes.io/component": "app"})
"""The proxy's pods of the chart kong/ingress, installed as its documentation says
(https://developer.konghq.com/kubernetes-ingress-controller/install/; charts/kong/templates/_helpers.tpl, whose name there is
that of the part, ``gateway``)."""

_PLUGINS = "konghq.com/plugins"

_OWN = (
    "konghq.com/headers",
    "konghq.com/host-aliases",
    "konghq.com/https-redirect-status-code",
    "konghq.com/methods",
    "konghq.com/protocols",
    "konghq.com/regex-prefix",
    "konghq.com/regex-priority",
    "konghq.com/rewrite",
    "konghq.com/strip-path",
    "ingress.kubernetes.io/force-ssl-redirect",
    "kubernetes.io/ingress.class",
)
"""Annotations of a route that exposures do not write: their fields say it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KongGatewayOptions:
    """What only Kong knows."""

    ingress_class: str = "kong"
    """Its class: ``ingressClassName``, and the annotation ``kubernetes.io/ingress.class`` of consumers. Default: ``kong``,
    as of its chart."""

    edition: Edition = "open"
    """``enterprise`` for what needs a licence: logins by OpenID Connect and tokens. Default: open."""

    entry: ExistingEntry | None = None
    """The Gateway to which HTTPRoutes attach, of a GatewayClass that Kong's controller serves; `KongEntry` draws one.
    Exposures with shares need it, and no others use it. Default: none."""

    controller: Peer | None = None
    """The proxy's pods. Default: the platform's `Peers.ingress_controller`, else those of the chart kong/ingress in the
    namespace ``kong``."""

    plain_http2: bool = False
    """Whether Kong's plain port speaks HTTP/2 (the chart's ``proxy.http.parameters: [http2]``), as gRPC without TLS needs.
    Default: no, as in the chart."""

    algorithm: Algorithm | None = None
    """How Kong chooses among the pods of a Service whose exposures say no sticky cookie. Default: its own, in turns."""

    def __post_init__(self) -> None:
        kind = type(self).__name__
        dns_subdomain(f"{kind}.ingress_class", self.ingress_class)
        one_of(f"{kind}.edition", self.edition, Edition)
        made_by(f"{kind}.entry", self.entry, ExistingEntry, type(None))
        made_by(f"{kind}.controller", self.controller, Peer, type(None))
        flag(f"{kind}.plain_http2", self.plain_http2)
        if self.algorithm is not None:
            one_of(f"{kind}.algorithm", self.algorithm, Algorithm)

    @property
    def named(self) -> tuple[str, ...]:
        """What the platform says is there."""
        return (*([ENTERPRISE] if self.edition == "enterprise" else []), *([ENTRY] if self.entry else []))


class KongGateway(Placed, Construct):
    """Ingresses with annotations of Kong, KongPlugins, and what Kong reads from a Service.

    Routes are Ingresses: every installation of Kong serves their class, and an app team needs nobody's leave for one.
    HTTPRoutes can say more in one object, yet need the definitions of the Gateway API before the controller starts, a
    GatewayClass and a Gateway whose listeners fit Kong's ports, and get certificates only from that Gateway's owner. So an
    exposure is drawn as HTTPRoutes only where an Ingress has no word for it: with shares.

    Timeouts, retries, rate limits, the protocol and the authority of a service's own certificate belong to a Service, as
    Kong reads them there: exposures of one Service that differ in them are a finding.
    """

    SUPPORTS: ClassVar[Supports] = SUPPORTS

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        service: ServiceFacts,
        intent: Exposure,
        options: KongGatewayOptions = KongGatewayOptions(),
    ) -> None:
        """Draw the routes of a service.

        Raises:
            UnsupportedError: Kong cannot do what is asked, or not in the edition that the options name.
        """
        self._place = place_of(scope).child(id)
        made_by("KongGateway: options", options, KongGatewayOptions)
        admit(self._place.path, type(self).__name__, self.SUPPORTS, intent, service, named=options.named)
        self._service, self._exposure, self._options = service, intent, options
        self._name = intent.name or service.name
        self._controllers = controllers_of(service, options.controller, DEFAULT)
        self._gives = route_facts(service, intent, self._controllers)
        self._check()
        self._claimed: list[Key] = []
        self._way_back = self._login()
        self._counted(intent.routes)
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        self._draw()

    @property
    def controllers(self) -> Sequence[Peer]:
        """The proxy's pods."""
        return self._controllers

    @property
    def gives(self) -> tuple[object, ...]:
        """Who comes in through the route, and what it claims of its hosts."""
        return self._gives

    def _check(self) -> None:
        """Refuse paths that Kong cannot tell apart, or not lead where they should."""
        service, exposure = self._service, self._exposure
        grpc = {is_grpc(service, route) for route in exposure.routes if route.service is None}
        if len(grpc) > 1:
            why = "the protocol is an annotation of the Service, for all of its ports; lead the paths to ports that speak alike"  # fmt: skip
            raise refused(service, "grpc", why)
        if True in grpc:
            if (exposure.tls is None or not exposure.tls.redirects) and not self._options.plain_http2:
                why = "Kong's plain port speaks no HTTP/2 as it is installed; give tls=Tls…, or say KongGatewayOptions(plain_http2=True)"  # fmt: skip
                raise refused(service, "grpc", why)
            if exposure.shares:
                raise refused(service, "shares", "an HTTPRoute is for HTTP, and a path leads to a gRPC port")
        routes = exposure.routes
        if exposure.sticky is not None and all(route.service is not None for route in routes):
            why = "it keeps clients at the service's own pods, and all paths lead to another Service; say it in that one's exposure"  # fmt: skip
            raise refused(service, "sticky", why)
        self._ordered()
        if exposure.cors is not None:
            for route in routes:
                if (route.headers or route.method) and not any(
                    covers(other, route.path) or (other.path, other.match) == (route.path, route.match)
                    for other in self._free
                ):
                    why = f"a browser asks for leave with neither the headers nor the method of {route.path!r}, and nothing else answers there"  # fmt: skip
                    raise refused(service, "cors", why)

    @property
    def _free(self) -> list[PathRoute]:
        """The paths without a condition."""
        return [route for route in self._exposure.routes if not route.headers and not route.method]

    def _login(self) -> PathRoute | None:
        """Claim the way back of a login, and return its route where none of the paths takes it.

        Whether it is drawn is known at synth, by `must_route`. The plug-in answers there, so it may lead where the first path
        does, and what belongs to a Service does not hang on it.
        """
        exposure, auth = self._exposure, self._exposure.auth
        if not isinstance(auth, Oidc):
            return None
        routed = any(covers(route, auth.callback_path) for route in self._free)
        ingress_class = self._options.ingress_class
        self._claimed = claim_login(
            self._place, self._service, exposure, auth, ingress_class=ingress_class, routed=routed
        )
        first = exposure.routes[0]
        return None if routed else PathRoute(auth.callback_path, match="Exact", port=first.port, service=first.service)

    def _ordered(self) -> None:
        """Refuse what would go the other way: Kong's router looks at conditions first, for Ingresses and HTTPRoutes alike."""
        pair = overtaken(self._exposure)
        if pair is None:
            return
        asked, other = pair
        name: FeatureName = "headers" if asked.headers else "method"
        why = (
            f"Kong looks at conditions before it looks at the length of a path, so {_told(asked)} would take requests that "
            f"are for {_told(other)}; say the conditions for {other.path!r} too, or give one of the two a host of its own"
        )
        raise refused(self._service, name, why)

    def _draw(self) -> None:
        service, exposure = self._service, self._exposure
        self._steer()
        if exposure.tls is not None:
            draw_certificate(self, service, exposure.hosts, exposure.tls)
        if isinstance(exposure.auth, BasicAuth | ApiKey):
            draw_consumer(self, service, exposure.auth, self._options.ingress_class)
        running = [self._plugin(each) for each in plugins(service, exposure)]
        turned_away = [name for name, each in running if each.suffix in ("ip-restriction", "basic-auth", "key-auth", "acl", "openid-connect", LOGIN)]  # fmt: skip
        by_http_route = self._options.entry if exposure.shares else None
        if exposure.rate_limit is not None and exposure.shares:
            # The controller takes a plug-in of two Services behind one route for two plug-ins.
            limit = Plugin(suffix="rate-limiting", plugin="rate-limiting", config=limits(exposure.rate_limit))
            running.append(self._plugin(limit))
        first = by_http_route is None
        for group, later in self._groups():
            names = [name for name, _ in running]
            if later.conditions.replaced is not None:
                config = {"replace": {"uri": later.conditions.replaced}}
                suffix = f"{later.name.removeprefix(self._name)}-rewrite".lstrip("-")
                names.append(self._plugin(Plugin(suffix=suffix, plugin="request-transformer", config=config))[0])
            self._route(group, later, names, entry=by_http_route, first=first)
            first = False
        if by_http_route is not None and (exposure.tls is not None or exposure.dns is not None):
            self._hosts()
        taken: set[str] = set()
        for redirect in exposure.redirects:
            self._redirect(redirect, turned_away, taken)

    def _groups(self) -> list[tuple[Group | None, Group]]:
        """Every group of paths: without the way back of a login, none where it holds nothing else, and with it."""
        service, exposure = self._service, self._exposure
        every = groups(service, exposure, exposure.routes, self._name)
        if self._way_back is None:
            return [(each, each) for each in every]
        more = groups(service, exposure, (*exposure.routes, self._way_back), self._name)
        return [(every[number] if number < len(every) else None, each) for number, each in enumerate(more)]

    def _steer(self) -> None:
        """Write on the Services what Kong reads there. Exposures of one Service that differ in it are a finding."""
        service, exposure = self._service, self._exposure
        own = any(route.service is None for route in exposure.routes)
        grpc = any(is_grpc(service, route) for route in exposure.routes)
        said = to_service(service, exposure, grpc=grpc)
        if own and exposure.rate_limit is not None and not exposure.shares:
            said[_PLUGINS] = draw_limit(self, service, exposure.rate_limit)
        if own and (self._options.algorithm is not None or exposure.sticky is not None):
            said["konghq.com/upstream-policy"] = draw_policy(self, service, self._options.algorithm, exposure.sticky)
        alike = [service.services[0], *(share.service for share in exposure.shares)] if own else []
        for name in alike:
            self._annotate(name, said)
        timed = times(service, exposure)
        for name in sorted({route.service for route in exposure.routes if route.service is not None} - {*alike}):
            self._annotate(name, timed, only=True)

    def _annotate(self, name: str, said: Mapping[str, str], *, only: bool = False) -> None:
        """Annotate a Service. `only`: other exposures of it may have said more."""
        hint = "Kong reads it from the Service, for every route to it: make the exposures agree"
        for key in (each for each in SETTINGS if each in said or not only):
            # Two values are a conflict of annotations; a value here and none there would be one for both.
            where = ("setting of the Service", self._service.scope, f"{name}: {key}")
            agree(self._place, where, {"whether it is said": key in said}, hint=hint)
        if said:
            annotate_service(self, self._service, said, name=name)

    def _counted(self, routes: Sequence[PathRoute]) -> None:
        """Refuse a rate limit that would be counted more than once, or elsewhere than at the service."""
        service, limit = self._service, self._exposure.rate_limit
        if limit is None:
            return
        of = "rate_limit_client" if limit.of == "client" else "rate_limit_global"
        if self._exposure.shares:
            if len(routes) > 1:
                why = f"with shares it counts for each HTTPRoute and path by itself, and there are {len(routes)}"
                raise refused(service, of, why)
            return
        reached = {targets(service, self._exposure, route)[0] for route in routes}
        if len(reached) > 1:
            why = f"it counts for each Service and port by itself, and the paths lead to {len(reached)} of them"
            raise refused(service, of, why)
        if all(route.service is not None for route in routes):
            raise refused(
                service,
                of,
                "it counts at the Service, and all paths lead to another one; say it in that one's exposure",
            )

    def _plugin(self, plugin: Plugin) -> tuple[str, Plugin]:
        auth = self._exposure.auth
        if isinstance(auth, Oidc) and plugin.suffix == LOGIN:
            return draw_login(self, self._service, self._exposure.hosts[0], auth, plugin), plugin
        name = f"{self._name}-{plugin.suffix}"
        Manifest(self, f"plugin-{plugin.suffix}", plugin.literal(name, self._service.labels))
        return name, plugin

    def _route(
        self, group: Group | None, later: Group, running: Sequence[str], *, entry: ExistingEntry | None, first: bool
    ) -> None:
        """Draw a group as `later`, or at synth as `group` where the way back of a login turns out to be routed elsewhere."""
        id = "route" if later.name == self._name else f"route-{later.name}"
        drawn = self._literal(later, running, entry=entry, first=first)
        if group == later:
            Manifest(self, id, drawn)
            return
        alone = None if group is None else self._literal(group, running, entry=entry, first=first)

        def draw(synthesis: Synthesis) -> Mapping[str, object] | None:
            if self._way_back is None or not must_route(synthesis, self._place, self._claimed):
                return alone
            self._counted((*self._exposure.routes, self._way_back))
            return drawn

        version, kind = drawn["apiVersion"], drawn["kind"]
        deferred = Deferred(api_version=version, kind=kind, name=later.name, draw=draw, optional=group is None)
        Manifest(self, id, deferred)

    def _literal(
        self, group: Group, running: Sequence[str], *, entry: ExistingEntry | None, first: bool
    ) -> k8s.Ingress | gw.HTTPRoute:
        service, exposure = self._service, self._exposure
        annotations = self._annotations(group.conditions, running, dns=entry is None)
        if entry is not None:
            return http_route(service, exposure, group, entry=entry, annotations=annotations)
        # One of them carries the certificate: it is the host's.
        said = exposure if first else replace(exposure, tls=None, auth=None)
        return ingress_of(service, said, group, ingress_class=self._options.ingress_class, annotations=annotations)

    def _annotations(self, conditions: Conditions, running: Sequence[str], *, dns: bool = True) -> dict[str, str]:
        """What every route says, and the exposure's own annotations."""
        exposure = self._exposure
        said = {key: value for key, value in exposure.annotations.items() if key != _PLUGINS}
        ours = dict(self._protocols(grpc=conditions.grpc))
        if dns and exposure.dns is not None:
            ours |= exposure.dns.annotations()
        own = (*_OWN, "konghq.com/preserve-host") if exposure.backend_tls is not None else _OWN
        for key, value in said.items():
            if key.startswith(own):
                raise bad(f"{self._service.path}: exposure.annotations[{key!r}]", "for the fields of the exposure and the options to say",
                          value, "write it as a field, or leave the annotation out")  # fmt: skip
        asked = exposure.annotations.get(_PLUGINS, "")
        every = [*running, *(name.strip() for name in asked.split(",") if name.strip())]
        drawn = {**({_PLUGINS: ",".join(every)} if every else {}), **ours}
        return route_annotations(self._service, replace(exposure, annotations=said), drawn)

    def _protocols(self, *, grpc: bool) -> Iterator[tuple[str, str]]:
        tls = self._exposure.tls
        plain, secure = ("grpc", "grpcs") if grpc else ("http", "https")
        if tls is not None and tls.redirects:
            yield "konghq.com/protocols", secure
            # As it is, with 426, no browser would follow; 308 keeps the method.
            yield "konghq.com/https-redirect-status-code", "308"
        elif tls is not None or grpc:
            yield "konghq.com/protocols", f"{plain},{secure}"

    def _hosts(self) -> None:
        """Draw an Ingress without paths beside HTTPRoutes: the certificate, which the controller takes from there, and the record."""
        service, exposure = self._service, self._exposure
        dns = exposure.dns.annotations() if exposure.dns is not None else {}
        said = replace(exposure, annotations={})
        literal = ingress(
            service, said, ingress_class=self._options.ingress_class, annotations=dns, name=f"{self._name}-hosts"
        )
        rules: list[k8s.IngressRule] = [{"host": host} for host in exposure.hosts]
        Manifest(self, "hosts", {**literal, "spec": {**literal.get("spec", {}), "rules": rules}})

    def _redirect(self, redirect: Redirect, turned_away: Sequence[str], taken: set[str]) -> None:
        """Draw an answer in place of the service's: the plug-in redirect takes whole URLs only, and no path of the same host."""
        service, exposure = self._service, self._exposure
        suffix = wanted = f"redirect-{slug(redirect.path)}" + ("-below" if redirect.match == "Prefix" else "")
        number = 2
        while not taken.isdisjoint({suffix, f"{suffix}-location"}):
            suffix, number = f"{wanted}-{number}", number + 1
        taken |= {suffix, f"{suffix}-location"}
        ended = Plugin(suffix=suffix, plugin="request-termination", config={"status_code": redirect.status, "message": "redirecting"})  # fmt: skip
        header = {"add": {"headers": [f"Location:{redirect.to}"]}}
        located = Plugin(suffix=f"{suffix}-location", plugin="response-transformer", config=header)
        names = [*turned_away, self._plugin(ended)[0], self._plugin(located)[0]]
        conditions = Conditions(priority=2 if redirect.match == "Exact" else 0)
        route = PathRoute(redirect.path, match=redirect.match)
        group = Group(name=f"{self._name}-{suffix}", conditions=conditions, routes=(route,))
        said = replace(exposure, tls=None, auth=None, shares=())
        annotations = self._annotations(conditions, names)
        literal = ingress_of(service, said, group, ingress_class=self._options.ingress_class, annotations=annotations)
        Manifest(self, f"route-{suffix}", literal)


def _told(route: PathRoute) -> str:
    """A path, with its conditions if it has any."""
    said = [*([route.method] if route.method else []), *route.headers]
    return repr(route.path) + (f" (with {', '.join(said)})" if said else "")

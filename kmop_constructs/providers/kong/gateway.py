"""Routes by Kong and its ingress controller (https://developer.konghq.com/kubernetes-ingress-controller/)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from kmop_constructs.components.api_gateway.annotations import route_annotations
from kmop_constructs.components.api_gateway.auth import ApiKey, BasicAuth, Oidc
from kmop_constructs.components.api_gateway.capability import Supports, admit
from kmop_constructs.components.api_gateway.claims import must_route
from kmop_constructs.components.api_gateway.entry import ExistingEntry
from kmop_constructs.components.api_gateway.order import covers, overtaken
from kmop_constructs.components.api_gateway.placed import PlacedGateway
from kmop_constructs.components.api_gateway.route import PathRoute
from kmop_constructs.components.api_gateway.service_annotations import annotate_service
from kmop_constructs.components.api_gateway.slug import slug
from kmop_constructs.components.api_gateway.targets import controllers_of, leads_to_grpc, route_facts, targets
from kmop_constructs.core.derived import agree
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.place import created, place_of
from kmop_constructs.errors import bad
from kmop_constructs.providers.cert_manager.certificate import draw_certificate
from kmop_constructs.providers.kong.identity import (
    IDENTITY,
    PLUGINS,
    claims_of,
    identity_of,
    transformer,
    without_plugin,
)
from kmop_constructs.providers.kong.options import KongGatewayOptions
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
    protocols,
)
from kmop_constructs.providers.kong.shared import (
    claim_login,
    draw_consumer,
    draw_limit,
    draw_login,
    draw_policy,
)
from kmop_constructs.providers.kong.supports import SUPPORTS
from kmop_constructs.providers.native.ingress import ingress
from kmop_constructs.values.names import made_by
from kmop_constructs.values.pods import Pods

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

__all__ = ["KongGateway"]

DEFAULT = Pods.of({"app.kubernetes.io/name": "gateway", "app.kubernetes.io/component": "app"}, namespace="kong")
"""The proxy's pods of the chart kong/ingress, installed as in its documentation
(https://developer.konghq.com/kubernetes-ingress-controller/install/; charts/kong/templates/_helpers.tpl, where the name
is that of the part, ``gateway``)."""

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
"""Annotations of a route that `Exposure.annotations` must not set, because fields of the exposure set them."""


class KongGateway(PlacedGateway, Construct):
    """Ingresses with annotations of Kong, KongPlugins, and annotations of the Service that Kong reads.

    Routes are Ingresses, because every installation of Kong serves their class, and an application team needs no
    permission of the platform team. HTTPRoutes have more fields in one object. But they need the CRDs of the Gateway
    API before the controller starts, a GatewayClass, and a Gateway with listeners that match Kong's ports. They get
    certificates only from the owner of that Gateway. So HTTPRoutes are drawn only for a feature that an Ingress does
    not have: shares.

    Timeouts, retries, rate limits, the protocol and the CA of the service's certificate are settings of a Service in
    Kong, so exposures of one Service with different values are a finding. ``Platform(gateway=KongGateway)``
    """

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
        options: KongGatewayOptions = KongGatewayOptions(),
    ) -> None:
        """Draw the routes of an exposure. The platform calls this.

        Args:
            scope: The exposed workload; the objects are drawn below it.
            id: Id of the construct.
            service: Names, labels and ports of the exposed service.
            intent: The exposure.
            options: Options of the gateway. Default: `KongGatewayOptions()`.

        Raises:
            UnsupportedError: Kong does not support a feature of the exposure, or not in the edition of the options.
        """
        self._place = place_of(scope).child(id)
        made_by("KongGateway: options", options, KongGatewayOptions)
        admit(self._place.path, type(self).__name__, self.SUPPORTS, intent, service, named=options.named)
        self._service, self._exposure, self._options = service, intent, options
        self._controllers = controllers_of(service, options.controller, DEFAULT)
        self._gives = route_facts(
            service, intent, self._controllers, identity=identity_of(intent), removes=self.REMOVES_HEADERS
        )
        self._check()
        self._claimed: list[Key] = []
        self._transforms: set[str] = set()
        self._way_back = self._login()
        self._counted(intent.routes)
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        self._draw()

    def _check(self) -> None:
        """Refuse paths that Kong cannot tell apart or would route to another target."""
        service, exposure = self._service, self._exposure
        grpc = {leads_to_grpc(service, route) for route in exposure.routes if route.service is None}
        if len(grpc) > 1:
            why = "the protocol is an annotation of the Service, for all of its ports; use ports with one protocol for all paths"  # fmt: skip
            raise refused(service, "grpc", why)
        if True in grpc:
            if (exposure.tls is None or not exposure.tls.redirects) and not self._options.plain_http2:
                why = "Kong's plain port supports no HTTP/2 by default; set tls=Tls…, or KongGatewayOptions(plain_http2=True)"  # fmt: skip
                raise refused(service, "grpc", why)
            if exposure.shares:
                raise refused(service, "shares", "an HTTPRoute supports only HTTP, and a path leads to a gRPC port")
        routes = exposure.routes
        if exposure.sticky is not None and all(route.service is not None for route in routes):
            why = "it applies only to the service's own pods, and all paths lead to another Service; set it in the exposure of that Service"  # fmt: skip
            raise refused(service, "sticky", why)
        self._ordered()
        if exposure.cors is not None:
            for route in routes:
                if (route.headers or route.method) and not any(
                    covers(other, route.path) or (other.path, other.match) == (route.path, route.match)
                    for other in self._free
                ):
                    why = f"a browser sends a preflight request without the headers and the method of {route.path!r}, and no other path would match it"  # fmt: skip
                    raise refused(service, "cors", why)

    @property
    def _free(self) -> list[PathRoute]:
        """Return the paths without a condition."""
        return [route for route in self._exposure.routes if not route.headers and not route.method]

    def _login(self) -> PathRoute | None:
        """Claim the callback path of a login, and return its route where none of the paths covers it.

        `must_route` decides at synth whether it is drawn. The plug-in answers there, so the route may lead to the
        target of the first path, and settings of a Service do not depend on it.
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
        """Refuse routes in another order than Kong's: its router looks at conditions first, for Ingresses and HTTPRoutes alike."""
        pair = overtaken(self._exposure)
        if pair is None:
            return
        asked, other = pair
        name: FeatureName = "headers" if asked.headers else "method"
        why = (
            f"Kong compares conditions before the length of a path, so {_told(asked)} would take requests that "
            f"belong to {_told(other)}; set the conditions for {other.path!r} too, or use another host for one of the two"
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
            # The controller treats a plug-in of two Services behind one route as two plug-ins.
            limit = Plugin(suffix="rate-limiting", plugin="rate-limiting", config=limits(exposure.rate_limit))
            running.append(self._plugin(limit))
        first = by_http_route is None
        for group, later in self._groups():
            names = [name for name, _ in running]
            if later.conditions.replaced is not None:
                config = {"replace": {"uri": later.conditions.replaced}}
                suffix = f"{later.name.removeprefix(self._name)}-rewrite".lstrip("-")
                names.append(self._transform(Plugin(suffix=suffix, plugin="request-transformer", config=config)))
            else:
                names.append(self._transform(Plugin(suffix=IDENTITY, plugin="request-transformer")))
            self._route(group, later, names, entry=by_http_route, first=first)
            first = False
        if by_http_route is not None and (exposure.tls is not None or exposure.dns is not None):
            self._hosts()
        taken: set[str] = set()
        for redirect in exposure.redirects:
            self._redirect(redirect, turned_away, taken)

    def _groups(self) -> list[tuple[Group | None, Group]]:
        """Return every group of paths: without the callback path of a login (``None`` if it would be empty), and with it."""
        service, exposure = self._service, self._exposure
        every = groups(service, exposure, exposure.routes, self._name)
        if self._way_back is None:
            return [(each, each) for each in every]
        more = groups(service, exposure, (*exposure.routes, self._way_back), self._name)
        return [(every[number] if number < len(every) else None, each) for number, each in enumerate(more)]

    def _steer(self) -> None:
        """Set the annotations that Kong reads from Services. Exposures of one Service with different values are a finding."""
        service, exposure = self._service, self._exposure
        own = any(route.service is None for route in exposure.routes)
        grpc = any(leads_to_grpc(service, route) for route in exposure.routes)
        annotations = to_service(service, exposure, grpc=grpc)
        if own and exposure.rate_limit is not None and not exposure.shares:
            annotations[PLUGINS] = draw_limit(self, service, exposure.rate_limit)
        if own and (self._options.algorithm is not None or exposure.sticky is not None):
            annotations["konghq.com/upstream-policy"] = draw_policy(
                self, service, self._options.algorithm, exposure.sticky
            )
        alike = [service.services[0], *(share.service for share in exposure.shares)] if own else []
        for name in alike:
            self._annotate(name, annotations)
        timed = times(service, exposure)
        for name in sorted({route.service for route in exposure.routes if route.service is not None} - {*alike}):
            self._annotate(name, timed, only=True)

    def _annotate(self, name: str, annotations: Mapping[str, str], *, only: bool = False) -> None:
        """Annotate a Service. `only`: other exposures of it may have set more."""
        hint = "Kong reads it from the Service, for every route to it: use the same values in the exposures"
        for key in (each for each in SETTINGS if each in annotations or not only):
            # Two different values are a conflict of annotations; a value in only one exposure would apply to both.
            where = ("setting of the Service", self._service.scope, f"{name}: {key}")
            agree(self._place, where, {"whether it is set": key in annotations}, hint=hint)
        if annotations:
            annotate_service(self, self._service, annotations, name=name)

    def _counted(self, routes: Sequence[PathRoute]) -> None:
        """Refuse a rate limit that would be counted more than once, or not at the service."""
        service, limit = self._service, self._exposure.rate_limit
        if limit is None:
            return
        of = "rate_limit_client" if limit.of == "client" else "rate_limit_global"
        if self._exposure.shares:
            if len(routes) > 1:
                why = f"with shares it counts each HTTPRoute and path on its own, and there are {len(routes)}"
                raise refused(service, of, why)
            return
        reached = {targets(service, self._exposure, route)[0] for route in routes}
        if len(reached) > 1:
            why = f"it counts each Service and port on its own, and the paths lead to {len(reached)} of them"
            raise refused(service, of, why)
        if all(route.service is not None for route in routes):
            raise refused(
                service,
                of,
                "it counts at the Service, and all paths lead to another Service; set it in the exposure of that Service",
            )

    def _plugin(self, plugin: Plugin) -> tuple[str, Plugin]:
        auth = self._exposure.auth
        if isinstance(auth, Oidc) and plugin.suffix == LOGIN:
            return draw_login(self, self._service, self._exposure.hosts[0], auth, plugin), plugin
        name = f"{self._name}-{plugin.suffix}"
        Manifest(self, f"plugin-{plugin.suffix}", plugin.literal(name, self._service.labels))
        return name, plugin

    def _transform(self, plugin: Plugin) -> str:
        """Draw a plug-in that removes request headers that clients must not set, and return its name."""
        name = f"{self._name}-{plugin.suffix}"
        if plugin.suffix not in self._transforms:
            self._transforms.add(plugin.suffix)
            drawn = transformer(plugin, name, self._service.labels, claims_of(self._exposure), self._forged)
            Manifest(self, f"plugin-{plugin.suffix}", drawn)
        return name

    def _settled(self, synthesis: Synthesis, literal: k8s.Ingress | gw.HTTPRoute) -> Mapping[str, object]:
        """Return a route, without the plug-in that removes headers where it has nothing to remove."""
        used = claims_of(self._exposure) or self._forged(synthesis)
        return literal if used else without_plugin(literal, f"{self._name}-{IDENTITY}")

    def _route(
        self, group: Group | None, later: Group, running: Sequence[str], *, entry: ExistingEntry | None, first: bool
    ) -> None:
        """Draw a group as `later`, or at synth as `group` where another exposure routes the callback path of a login."""
        id = "route" if later.name == self._name else f"route-{later.name}"
        drawn = self._literal(later, running, entry=entry, first=first)
        alone = None if group is None else self._literal(group, running, entry=entry, first=first)

        def draw(synthesis: Synthesis) -> Mapping[str, object] | None:
            if group == later:
                return self._settled(synthesis, drawn)
            if self._way_back is None or not must_route(synthesis, self._place, self._claimed):
                return None if alone is None else self._settled(synthesis, alone)
            self._counted((*self._exposure.routes, self._way_back))
            return self._settled(synthesis, drawn)

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
        # One of the Ingresses carries the certificate, which belongs to the host.
        exposed = exposure if first else replace(exposure, tls=None, auth=None)
        return ingress_of(service, exposed, group, ingress_class=self._options.ingress_class, annotations=annotations)

    def _annotations(self, conditions: Conditions, running: Sequence[str], *, dns: bool = True) -> dict[str, str]:
        """Return the annotations of every route, and those of the exposure."""
        exposure = self._exposure
        exposed = {key: value for key, value in exposure.annotations.items() if key != PLUGINS}
        ours = dict(protocols(exposure, grpc=conditions.grpc))
        if dns and exposure.dns is not None:
            ours |= exposure.dns.annotations()
        own = (*_OWN, "konghq.com/preserve-host") if exposure.backend_tls is not None else _OWN
        for key, value in exposed.items():
            if key.startswith(own):
                raise bad(f"{self._service.path}: exposure.annotations[{key!r}]", "fields of the exposure and the options set this annotation",
                          value, "set the field, or leave the annotation out")  # fmt: skip
        given = exposure.annotations.get(PLUGINS, "")
        every = [*running, *(name.strip() for name in given.split(",") if name.strip())]
        drawn = {**({PLUGINS: ",".join(every)} if every else {}), **ours}
        return route_annotations(self._service, replace(exposure, annotations=exposed), drawn)

    def _hosts(self) -> None:
        """Draw an Ingress without paths beside HTTPRoutes: for the certificate, which the controller reads there, and the DNS record."""
        service, exposure = self._service, self._exposure
        dns = exposure.dns.annotations() if exposure.dns is not None else {}
        plain = replace(exposure, annotations={})
        literal = ingress(
            service, plain, ingress_class=self._options.ingress_class, annotations=dns, name=f"{self._name}-hosts"
        )
        rules: list[k8s.IngressRule] = [{"host": host} for host in exposure.hosts]
        Manifest(self, "hosts", {**literal, "spec": {**literal.get("spec", {}), "rules": rules}})

    def _redirect(self, redirect: Redirect, turned_away: Sequence[str], taken: set[str]) -> None:
        """Draw a redirect in place of the service's response: the plug-in redirect supports only whole URLs, and no path of the host."""
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
        plain = replace(exposure, tls=None, auth=None, shares=())
        annotations = self._annotations(conditions, names)
        literal = ingress_of(service, plain, group, ingress_class=self._options.ingress_class, annotations=annotations)
        Manifest(self, f"route-{suffix}", literal)


def _told(route: PathRoute) -> str:
    """Return a path for a message, with its conditions if it has any."""
    conditions = [*([route.method] if route.method else []), *route.headers]
    return repr(route.path) + (f" (with {', '.join(conditions)})" if conditions else "")

"""A gateway that runs as a service of the app: Spring Cloud Gateway, the successor of Zuul."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.contribution import Contribution
from kmop_constructs.core.place import place_of
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.providers.spring_cloud_gateway.configuration import (
    as_yaml,
    check_fallbacks,
    definition,
    failure_filters,
    forwarding,
    host_matching,
    settled_ids,
    time_limits,
)
from kmop_constructs.providers.spring_cloud_gateway.routes import EdgeRoute, RouteCircuitBreaker, RouteRetry, plain
from kmop_constructs.values.files import Text
from kmop_constructs.values.names import made_by, one_of, path, several
from kmop_constructs.workloads.microservice import Microservice
from kmop_constructs.workloads.spec import ServiceSpec

if TYPE_CHECKING:
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.pods import Peer
    from kmop_constructs.workloads.platform import Platform

    from constructs import Construct

__all__ = ["SpringCloudGateway", "SpringCloudGatewayOptions"]

Properties: TypeAlias = Literal["spring.cloud.gateway.server.webflux", "spring.cloud.gateway"]

OLDER = "spring.cloud.gateway"
FORWARDED = ("Forwarded", *(f"X-Forwarded-{name}" for name in ("For", "Host", "Port", "Prefix", "Proto", "Ssl")))
"""What versions before 4.3.5, 5.0.0 and 5.0.1 pass on from every sender, whatever their trusted proxies are: they have no
RemoveXForwardedHeadersFilter (https://github.com/spring-cloud/spring-cloud-gateway)."""

FILE = "application.yml"

SERVER = {"server": {"forward-headers-strategy": "none"}}
"""In a pod, Spring Boot would take the sender's address from ``X-Forwarded-For``, and remove that header, before the
gateway compares the address with the trusted proxies
(https://docs.spring.io/spring-boot/how-to/webserver.html#howto.webserver.use-behind-a-proxy-server)."""

LOCATION = "SPRING_CONFIG_ADDITIONALLOCATION"
"""``spring.config.additional-location`` as a variable: dashes are removed
(https://docs.spring.io/spring-boot/reference/features/external-config.html#features.external-config.typesafe-configuration-properties.relaxed-binding.environment-variables)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SpringCloudGatewayOptions:
    """Options of `SpringCloudGateway`: where its properties are, and the failure handling of all routes."""

    properties: Properties = "spring.cloud.gateway.server.webflux"
    """The prefix of its properties: ``spring.cloud.gateway`` for version 4.2 and older, which does not read the other
    prefix. Default: the prefix of version 4.3 and newer."""

    directory: str = "/etc/spring-cloud-gateway"
    """The directory of the drawn configuration in its pods. Default: ``/etc/spring-cloud-gateway``, which no image
    has."""

    circuit_breaker: RouteCircuitBreaker | None = None
    """A circuit breaker for every route; all routes share it. Default: none."""

    retry: RouteRetry | None = None
    """Retries of every route that has none of its own. Default: none."""

    trusted_proxies: str | None = None
    """A Java regular expression of trusted proxy addresses, such as those of an ingress controller's pods
    (``10\\.42\\..*``); their ``X-Forwarded-…`` headers are passed on unchanged. Needs version 4.3.5 or 5.0.2: older ones
    pass on those of every sender. Default: none are trusted, and services get no such headers."""

    def __post_init__(self) -> None:
        one_of("SpringCloudGatewayOptions.properties", self.properties, Properties)
        path("SpringCloudGatewayOptions.directory", self.directory)
        made_by("SpringCloudGatewayOptions.circuit_breaker", self.circuit_breaker, RouteCircuitBreaker, type(None))
        made_by("SpringCloudGatewayOptions.retry", self.retry, RouteRetry, type(None))
        if self.trusted_proxies is not None:
            plain("SpringCloudGatewayOptions.trusted_proxies", self.trusted_proxies)
            if self.properties == OLDER:
                raise bad("SpringCloudGatewayOptions.trusted_proxies",
                          "version 4.2 passes on the headers of every sender", self.trusted_proxies,
                          "leave it out, and none are passed on, or run version 4.3.5")  # fmt: skip


class SpringCloudGateway(Microservice):
    """A service that routes requests by paths to other services; each route is also an edge.

    ``SpringCloudGateway(self, "api-gateway", spec, routes=[EdgeRoute("/api/vet/**", vets.http(env=None),
    strip_prefix=2)])``

    Each route writes an address to the gateway's configuration, and opens the network policies of both sides. The
    configuration is a file that is read after those of the image, and replaces their routes. The image is the app's own, with
    ``spring-cloud-starter-gateway-server-webflux``; routes defined in its code stay.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        spec: ServiceSpec,
        *,
        routes: Sequence[EdgeRoute],
        options: SpringCloudGatewayOptions = SpringCloudGatewayOptions(),
        platform: Platform | None = None,
        uses: Sequence[Edge] = (),
        accepts: Sequence[Peer] = (),
    ) -> None:
        """Draw the gateway.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the service unless `ServiceSpec.identity` sets another. Do not change it
                later: the objects would be replaced.
            spec: The pods of the gateway. An `Exposure` leads requests from outside to it.
            routes: The routes, tried in this order: the first that matches is used.
            options: Further options. Default: `SpringCloudGatewayOptions()`.
            platform: The platform that draws it. Default: the chart's platform, else `Platform()`.
            uses: Edges besides the routes, such as one to a config server. Default: none.
            accepts: Callers that another repository builds. Default: none, only callers of this app.

        Raises:
            SpecError: A route is never reached, two routes have one id, or fallbacks lead to one another.
            ConflictError: The spec, or an edge, sets the variable that tells Spring where the configuration is.
        """
        where = place_of(scope).child(id).path
        made_by(f"{where}: spec", spec, ServiceSpec)
        made_by(f"{where}: options", options, SpringCloudGatewayOptions)
        checked = several(f"{where}: routes", routes)
        for route in checked:
            made_by(f"{where}: routes", route, EdgeRoute)
        if not checked:
            raise SpecError(f"{where}: routes: no route is given, got (); add routes, or write a Microservice")
        for name in (LOCATION, "SPRING_CONFIG_ADDITIONAL_LOCATION"):
            if name in spec.env:
                raise bad(f"{where}: spec.env", "the routes set this variable, which tells Spring where its configuration is", name,
                          "add your file beside theirs: files={'" + options.directory + "/application-own.yml': …}, with "
                          "the profile 'own', or put it into the image")  # fmt: skip
        settled = settled_ids(where, checked)
        check_fallbacks(where, settled, options.circuit_breaker)
        self.routes: tuple[EdgeRoute, ...] = tuple(route for _, route in settled)
        """The routes, in their order."""
        calls: list[Edge] = []
        calls += [route.to for number, route in enumerate(checked) if route.to not in [r.to for r in checked[:number]]]
        super().__init__(
            scope,
            id,
            spec,
            platform=platform,
            uses=(
                *several(f"{where}: uses", uses),
                *calls,
                _Configuration(where=where, routes=self.routes, options=options),
            ),
            accepts=accepts,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Configuration:
    """The edge that gives Spring the routes."""

    where: str
    routes: tuple[EdgeRoute, ...]
    options: SpringCloudGatewayOptions

    def contribution(self, caller: ServiceFacts) -> Contribution:
        """Return the file, and the variable with its directory."""
        directory = self.options.directory.rstrip("/")
        return Contribution(
            source=f"the routes of {self.where}",
            env={LOCATION: f"file:{directory}/"},
            files={f"{directory}/{FILE}": Text(as_yaml(self._properties(caller)))},
        )

    def _properties(self, caller: ServiceFacts) -> dict[str, Any]:
        options = self.options
        gateway: dict[str, Any] = {}
        if options.trusted_proxies is not None:
            gateway |= forwarding(options.trusted_proxies)
        routes = settled_ids(self.where, self.routes)
        gateway |= host_matching(route for _, route in routes)
        # Two filters Retry of one request count their attempts in one attribute, so that the smaller number holds:
        # RETRY_ITERATION_KEY in https://github.com/spring-cloud/spring-cloud-gateway, RetryGatewayFilterFactory.
        own_retries = any(route.retry is not None for _, route in routes)
        defaults: list[Any] = []
        defaults += failure_filters(options.circuit_breaker, None if own_retries else options.retry, name=caller.name)
        if options.trusted_proxies is None:
            defaults += [f"RemoveRequestHeader={name}" for name in FORWARDED]
        if defaults:
            gateway["default-filters"] = defaults
        retry = options.retry if own_retries else None
        gateway["routes"] = [definition(caller, id, route, retry=retry) for id, route in routes]
        for key in reversed(options.properties.split(".")):
            gateway = {key: gateway}
        limits = time_limits(routes, options.circuit_breaker, options.retry, name=caller.name)
        return {**SERVER, **gateway, **limits}

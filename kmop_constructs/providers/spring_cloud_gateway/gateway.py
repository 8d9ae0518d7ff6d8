"""A gateway that is itself a service of the app: Spring Cloud Gateway, the successor of Zuul."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from kmop_constructs.core.contribution import Contribution
from kmop_constructs.core.place import place_of
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.providers.spring_cloud_gateway.configuration import (
    as_yaml,
    definition,
    failure_filters,
    settled_ids,
)
from kmop_constructs.providers.spring_cloud_gateway.routes import EdgeRoute, RouteCircuitBreaker, RouteRetry
from kmop_constructs.values.files import Text
from kmop_constructs.values.names import made_by, one_of, path, several, text
from kmop_constructs.workloads.microservice import Microservice

if TYPE_CHECKING:
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.callers import Caller
    from kmop_constructs.workloads.platform import Platform
    from kmop_constructs.workloads.spec import ServiceSpec

    from constructs import Construct

__all__ = ["SpringCloudGateway", "SpringCloudGatewayOptions"]

Properties: TypeAlias = Literal["spring.cloud.gateway.server.webflux", "spring.cloud.gateway"]

FILE = "application.yml"

LOCATION = "SPRING_CONFIG_ADDITIONALLOCATION"
"""``spring.config.additional-location`` as a variable: dashes are removed
(https://docs.spring.io/spring-boot/reference/features/external-config.html#features.external-config.typesafe-configuration-properties.relaxed-binding.environment-variables)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SpringCloudGatewayOptions:
    """What only a Spring Cloud Gateway knows."""

    properties: Properties = "spring.cloud.gateway.server.webflux"
    """The prefix of its properties: ``spring.cloud.gateway`` up to version 4.2, whose image does not know the other.
    Default: that of version 4.3 and later."""

    directory: str = "/etc/spring-cloud-gateway"
    """Where its pods find the configuration that is drawn here. Default: a directory that no image has."""

    circuit_breaker: RouteCircuitBreaker | None = None
    """The circuit breaker of every route, one for all of them together. Default: none."""

    retry: RouteRetry | None = None
    """How every route sends failed requests again. Default: none."""

    trusted_proxies: str | None = None
    """A Java regular expression of addresses, such as that of an ingress controller's pods (``10\\.42\\..*``), whose
    ``X-Forwarded-…`` headers are believed and handed on. Default: nobody's; the services get no such headers."""

    def __post_init__(self) -> None:
        one_of("SpringCloudGatewayOptions.properties", self.properties, Properties)
        path("SpringCloudGatewayOptions.directory", self.directory)
        made_by("SpringCloudGatewayOptions.circuit_breaker", self.circuit_breaker, RouteCircuitBreaker, type(None))
        made_by("SpringCloudGatewayOptions.retry", self.retry, RouteRetry, type(None))
        if self.trusted_proxies is not None:
            text("SpringCloudGatewayOptions.trusted_proxies", self.trusted_proxies)


class SpringCloudGateway(Microservice):
    """A service with everything that a service gets, whose routes are its edges.

    ``SpringCloudGateway(self, "api-gateway", spec, routes=[EdgeRoute("/api/vet/**", vets.http(env=None), strip_prefix=2)])``

    A route is written once: it becomes the address in the gateway's configuration and the policies of both sides. The
    configuration comes as a file that is read after those in the image, and replaces the routes in them. The image is
    the app's own, with ``spring-cloud-starter-gateway-server-webflux``; routes that it makes in code stay.
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
        accepts: Sequence[Caller] = (),
    ) -> None:
        """Draw a gateway.

        Args:
            scope: The construct it belongs to, somewhere below a chart.
            id: Its id, and its name unless `ServiceSpec.identity` says otherwise. Part of the API: keep it.
            spec: What is asked of its pods. An `Exposure` leads requests from outside to it.
            routes: Where paths lead, tried in this order: the first that matches counts.
            options: Everything else.
            platform: How it is done. Default: the chart's platform, else `Platform()`.
            uses: What it uses beside its routes, such as a config server.
            accepts: Callers that another repository builds.

        Raises:
            SpecError: A route is never reached, or two have one id.
            ConflictError: The spec, or an edge, sets what tells Spring where the configuration is.
        """
        where = place_of(scope).child(id).path
        made_by(f"{where}: options", options, SpringCloudGatewayOptions)
        said = several(f"{where}: routes", routes)
        for route in said:
            made_by(f"{where}: routes", route, EdgeRoute)
        if not said:
            raise SpecError(
                f"{where}: routes: empty, so it would lead nowhere; give it routes, or write a Microservice"
            )
        for name in (LOCATION, "SPRING_CONFIG_ADDITIONAL_LOCATION"):
            if name in spec.env:
                raise bad(f"{where}: spec.env", "says where Spring finds its configuration, as the routes do", name,
                          "put your file beside theirs: files={'" + options.directory + "/application-own.yml': …}, with "
                          "the profile 'own', or into the image")  # fmt: skip
        self.routes: tuple[EdgeRoute, ...] = tuple(route for _, route in settled_ids(where, said))
        """The routes, in their order."""
        calls: list[Edge] = []
        calls += [route.to for number, route in enumerate(said) if route.to not in [r.to for r in said[:number]]]
        super().__init__(
            scope,
            id,
            spec,
            platform=platform,
            uses=(*uses, *calls, _Configuration(where=where, routes=self.routes, options=options)),
            accepts=accepts,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Configuration:
    """The edge that tells Spring of the routes."""

    where: str
    routes: tuple[EdgeRoute, ...]
    options: SpringCloudGatewayOptions

    def contribution(self, caller: ServiceFacts) -> Contribution:
        """The file, and where it is."""
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
            gateway["trusted-proxies"] = options.trusted_proxies
        defaults = failure_filters(options.circuit_breaker, options.retry, name=caller.name)
        if defaults:
            gateway["default-filters"] = defaults
        gateway["routes"] = [definition(caller, id, route) for id, route in settled_ids(self.where, self.routes)]
        for key in reversed(options.properties.split(".")):
            gateway = {key: gateway}
        return gateway

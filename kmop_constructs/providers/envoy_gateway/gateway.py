"""Exposure by Envoy Gateway: routes of the Gateway API, and policies of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from kmop_constructs.components.api_gateway.auth import Oidc
from kmop_constructs.core.derived import derive
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.providers.envoy_gateway.login import LoginPaths, draw_login
from kmop_constructs.providers.envoy_gateway.policies import (
    backend_policy,
    check_policies,
    client_policy,
    client_tls,
    security_policy,
)
from kmop_constructs.providers.envoy_gateway.supports import RATE_LIMIT_SERVICE, SUPPORTS
from kmop_constructs.providers.gateway_api.attached import AttachedOptions, AttachedRoutes
from kmop_constructs.values.cluster import Peer
from kmop_constructs.values.names import flag, made_by

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.capability import Supports
    from kmop_constructs.components.api_gateway.route import PathRoute
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.components.api_gateway.tls import Tls
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.providers.gateway_api.routes import Wanted

    from constructs import Construct

__all__ = ["EnvoyGateway", "EnvoyGatewayOptions"]


@dataclass(frozen=True, kw_only=True, slots=True)
class EnvoyGatewayOptions(AttachedOptions):
    """What only Envoy Gateway knows."""

    gateway_class: str | None = "eg"
    """``gatewayClassName`` of the Gateway. Default: ``eg``, as in its quick start."""

    controller: Peer | None = None
    """The pods that requests come from. Default: the platform's `Peers.ingress_controller`, else the proxies of the Gateway
    in ``envoy-gateway-system``, by the labels that Envoy Gateway gives them. Gateways that are merged into one set of
    proxies, and a namespace of its own for Envoy Gateway, are said here."""

    rate_limit_service: bool = False
    """Whether its rate limit service is there (``rateLimit`` in the configuration of Envoy Gateway, with a Redis): it counts
    in common for all proxies, and can tell clients apart. Default: it is not."""

    def __post_init__(self) -> None:
        AttachedOptions.__post_init__(self)
        flag("EnvoyGatewayOptions.rate_limit_service", self.rate_limit_service)

    @property
    def named(self) -> tuple[str, ...]:
        """What of the installation it names."""
        return (*self.standard, RATE_LIMIT_SERVICE) if self.rate_limit_service else self.standard


class EnvoyGateway(AttachedRoutes):
    """Routes of the Gateway API, and a SecurityPolicy, BackendTrafficPolicy and ClientTrafficPolicy where they are asked for.

    The first two are of the exposure's routes, the last of a host's listener, so two exposures of one host say the same of
    TLS. A login is one SecurityPolicy for all exposures of a host that ask for the same: sessions belong to it. Exposures
    that say different things of one listener, Gateway or login are a finding. What is drawn is of Envoy Gateway 1.1.
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
        options: EnvoyGatewayOptions = EnvoyGatewayOptions(),
    ) -> None:
        """Draw the routes and policies of a service.

        Raises:
            UnsupportedError: Envoy Gateway cannot do what is asked.
        """
        made_by("EnvoyGateway: options", options, EnvoyGatewayOptions)
        self._login: LoginPaths | None = None
        super().__init__(scope, id, service=service, intent=intent, options=options)
        wanted = self._wanted
        security = None
        if isinstance(intent.auth, Oidc):
            draw_login(self, wanted, self.routes)
        else:
            security = security_policy(wanted, self.routes)
        traffic = backend_policy(wanted, self.routes, common=options.rate_limit_service)
        for name, literal in (("security", security), ("traffic", traffic)):
            if literal is not None:
                Manifest(self, name, literal)

    def _check(self, asked: Wanted) -> None:
        """Refuse values that its policies cannot say, and claim the paths of a login, which are Envoy Gateway's own."""
        super()._check(asked)
        check_policies(asked)
        auth = asked.exposure.auth
        if isinstance(auth, Oidc):
            self._login = LoginPaths(self._place, asked, auth, gateway=self._gateway)

    @property
    def _further(self) -> tuple[PathRoute, ...]:
        return () if self._login is None else self._login.missing

    def _routed_further(self, synthesis: Synthesis) -> tuple[PathRoute, ...]:
        return () if self._login is None else self._login.routed(synthesis)

    def _default_controller(self) -> Peer | None:
        """The proxies of the Gateway.

        Labels: ``internal/infrastructure/kubernetes/proxy/testdata/deployments/default.yaml`` of v1.1.4 and of v1.9.0;
        namespace: that of its Helm chart.
        """
        name, namespace = self._gateway
        labels = {
            "app.kubernetes.io/name": "envoy",
            "app.kubernetes.io/component": "proxy",
            "app.kubernetes.io/managed-by": "envoy-gateway",
            "gateway.envoyproxy.io/owning-gateway-name": name,
        }
        if namespace is not None:
            labels["gateway.envoyproxy.io/owning-gateway-namespace"] = namespace
        return Peer(namespace="envoy-gateway-system", pod_labels=labels)

    def _secured(self, section: str, tls: Tls) -> None:
        said = client_tls(tls)
        if said is None:
            return
        gateway = self._options.gateway
        name = f"{gateway}-{section}"
        derive(
            self._place,
            ("ClientTrafficPolicy", self._wanted.service.scope, name),
            Deferred(
                api_version="gateway.envoyproxy.io/v1alpha1",
                kind="ClientTrafficPolicy",
                name=name,
                draw=lambda _: client_policy(gateway, section, said),
            ),
            # What is said of TLS is agreed on for the listener.
            says={"its listener": (gateway, section)},
        )

"""Routes by Envoy Gateway: routes of the Gateway API, and policies of Envoy Gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from kmop_constructs._dataclass import dataclass
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
from kmop_constructs.providers.envoy_gateway.proxies import GATEWAY_NAME, GATEWAY_NAMESPACE, proxy_labels
from kmop_constructs.providers.envoy_gateway.supports import RATE_LIMIT_SERVICE, SUPPORTS
from kmop_constructs.providers.gateway_api.attached import AttachedOptions, AttachedRoutes
from kmop_constructs.values.names import flag, made_by
from kmop_constructs.values.pods import Peer, Pods

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
    """Options of `EnvoyGateway`: those of `AttachedOptions` with the class, pods and rate limit service of Envoy Gateway."""

    gateway_class: str | None = "eg"
    """The field ``gatewayClassName`` of the drawn Gateway. Default: ``eg``, as in the quick start of Envoy Gateway."""

    controller: Peer | None = None
    """The pods that requests come from. Default: the platform's `Peers.ingress_controller`, else the proxies of the
    Gateway in ``envoy-gateway-system``, by the labels that Envoy Gateway sets. Set it where Gateways are merged into
    one set of proxies, or where Envoy Gateway is in another namespace."""

    rate_limit_service: bool = False
    """Whether the rate limit service of Envoy Gateway is installed (``rateLimit`` in its configuration, with a Redis).
    It counts for all proxies together, and can count each client. Default: False."""

    def __post_init__(self) -> None:
        AttachedOptions.__post_init__(self)
        flag("EnvoyGatewayOptions.rate_limit_service", self.rate_limit_service)

    @property
    def named(self) -> tuple[str, ...]:
        """The parts of the installation that the options name, for `Can.needs`."""
        return (RATE_LIMIT_SERVICE,) if self.rate_limit_service else ()


class EnvoyGateway(AttachedRoutes):
    """Routes of the Gateway API, and a SecurityPolicy, BackendTrafficPolicy and ClientTrafficPolicy where the exposure needs them.

    The first two policies belong to the routes of one exposure, the last to the listener of a host, so exposures of one
    host must have the same TLS settings. Exposures of a host with the same login share one SecurityPolicy, because
    sessions belong to a policy. Exposures with different values for one listener, Gateway or login are a finding. The
    objects are those of Envoy Gateway 1.9. ``Platform(gateway=EnvoyGateway)``
    """

    SUPPORTS: ClassVar[Supports] = SUPPORTS
    """What the gateway supports, by feature: the source of errors and of the capability table."""

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
        """Draw the routes and policies of an exposure. The platform calls this.

        Args:
            scope: The exposed workload; the objects are drawn below it.
            id: Id of the construct.
            service: Names, labels and ports of the exposed service.
            intent: The exposure.
            options: Options of the gateway. Default: `EnvoyGatewayOptions()`.

        Raises:
            UnsupportedError: Envoy Gateway does not support a feature of the exposure.
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

    def _check(self, wanted: Wanted) -> None:
        """Refuse values that the policies do not support, and claim the paths of a login, which Envoy Gateway handles itself."""
        super()._check(wanted)
        check_policies(wanted)
        auth = wanted.exposure.auth
        if isinstance(auth, Oidc):
            self._login = LoginPaths(self._place, wanted, auth, gateway=self._gateway)

    @property
    def _further(self) -> tuple[PathRoute, ...]:
        return () if self._login is None else self._login.missing

    def _routed_further(self, synthesis: Synthesis) -> tuple[PathRoute, ...]:
        return () if self._login is None else self._login.routed(synthesis)

    def _default_controller(self) -> Peer | None:
        """Return the proxies of the Gateway.

        Labels: ``internal/infrastructure/kubernetes/proxy/testdata/deployments/default.yaml`` of v1.9.0;
        namespace: that of its Helm chart.
        """
        name, namespace = self._gateway
        labels = {**proxy_labels(), GATEWAY_NAME: name}
        if namespace is not None:
            labels[GATEWAY_NAMESPACE] = namespace
        return Pods.of(labels, namespace="envoy-gateway-system")

    def _secured(self, section: str, tls: Tls) -> None:
        drawn = client_tls(tls)
        if drawn is None:
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
                draw=lambda _: client_policy(gateway, section, drawn),
            ),
            # Exposures of one listener must agree on its TLS settings.
            says={"its listener": (gateway, section)},
        )

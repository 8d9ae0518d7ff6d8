"""The logins of Envoy Gateway: one SecurityPolicy for all exposures of a host with the same login.

Sessions belong to a policy: Envoy Gateway names the filter after it, and the cookies after its UID
(https://github.com/envoyproxy/gateway/blob/v1.9.1/internal/gatewayapi/securitypolicy.go, buildOIDC). With two policies,
a session of one would not be valid for the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.components.api_gateway.auth import Oidc
from kmop_constructs.components.api_gateway.claims import claim, must_route
from kmop_constructs.components.api_gateway.order import covers
from kmop_constructs.components.api_gateway.route import PathRoute
from kmop_constructs.components.api_gateway.slug import digest, host_slug
from kmop_constructs.core.derived import agree, derive, parts_of
from kmop_constructs.core.manifest import Deferred
from kmop_constructs.core.place import place_of
from kmop_constructs.core.reading import scope_of
from kmop_constructs.providers.envoy_gateway.policies import logout_path, security_policy
from kmop_constructs.providers.gateway_api.routes import RouteMode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kmop_constructs.core.facts import Key
    from kmop_constructs.core.place import Place
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.providers.gateway_api.routes import Wanted

    from constructs import Construct

__all__ = ["LoginPaths", "draw_login", "login_name"]

DEFAULT = "/oauth2/callback"
"""The default callback path, which is not part of the policy's name."""

_ONE_SESSION = (
    "a host has one session for each login: use the same values in the exposures, or set another callback_path in one Oidc (the "
    "logout path follows from it)"
)


def login_name(hosts: Sequence[str], oidc: Oidc) -> str:
    """Return the name of the objects that exposures of a host share for a login: ``login-shop-acme-io``."""
    first = host_slug(min(hosts)) if hosts else "every-host"
    return f"login-{first}" + ("" if oidc.callback_path == DEFAULT else f"-{digest(oidc.callback_path)}")


class LoginPaths:
    """The paths of a login at the hosts of an exposure: all exposures with the login claim them, and one routes them."""

    def __init__(self, place: Place, wanted: Wanted, oidc: Oidc, *, gateway: tuple[str, str | None]) -> None:
        """Claim the paths. `place` is that of the gateway construct, `gateway` the name and namespace of the Gateway.

        Another exposure of a host that uses one of the paths differently is a finding of the rule ``shared-object``.
        """
        exposure, (name, namespace) = wanted.exposure, gateway
        self._place = place
        self._missing: list[tuple[PathRoute, list[Key]]] = []
        first = exposure.routes[0]
        free = [route for route in exposure.routes if not route.headers and route.method is None]
        hosts = exposure.hosts or ("every host",)
        for use, path in (("is the callback of a login", oidc.callback_path), ("logs out", logout_path(oidc))):
            routed = any(covers(route, path) for route in free)
            keys: list[Key] = [
                ("login path", f"{scope_of(namespace, place.chart)}/{name}", f"{host}{path}") for host in hosts
            ]
            for key in keys:
                # Exposures that agree on these values need the policy of one name, and must agree on all other values.
                says: dict[str, object] = {
                    "what the path does": use,
                    "the callback path": oidc.callback_path,
                    "the hosts": min(hosts),
                    "the namespace": wanted.service.scope,
                }
                agree(place, key, says, hint=_ONE_SESSION)
                claim(place, key, routed=routed)
            if not routed:
                # A policy applies only to requests that a route matches.
                route = PathRoute(path, match="Exact", port=first.port, service=first.service)
                self._missing.append((route, keys))

    @property
    def missing(self) -> tuple[PathRoute, ...]:
        """The paths that no route of the exposure covers."""
        return tuple(route for route, _ in self._missing)

    def routed(self, synthesis: Synthesis) -> tuple[PathRoute, ...]:
        """Return the paths that this exposure must route, because no other exposure covers them or goes first."""
        return tuple(route for route, keys in self._missing if must_route(synthesis, self._place, keys))


def draw_login(scope: Construct, wanted: Wanted, routes: Sequence[tuple[RouteMode, str]]) -> None:
    """Draw the shared SecurityPolicy of a login, with routes of this exposure in it. `scope` is the gateway construct."""
    oidc, exposure, place = wanted.exposure.auth, wanted.exposure, place_of(scope)
    assert isinstance(oidc, Oidc)
    name = login_name(exposure.hosts, oidc)
    key = ("SecurityPolicy", wanted.service.scope, name)

    def draw(synthesis: Synthesis) -> Mapping[str, object]:
        every = [route for _, part in parts_of(synthesis, key, tuple[tuple[RouteMode, str], ...]) for route in part]
        drawn = security_policy(wanted, every, shared=name)
        assert drawn is not None
        return drawn

    version, namespace = "gateway.envoyproxy.io/v1alpha1", wanted.service.namespace
    derive(
        place,
        key,
        Deferred(api_version=version, kind="SecurityPolicy", name=name, namespace=namespace, draw=draw),
        says={
            "auth": oidc,
            "allow_from": exposure.allow_from,
            "cors": exposure.cors,
            "the hosts": sorted(exposure.hosts),
        },
        part=tuple(routes),
        hint=_ONE_SESSION,
    )

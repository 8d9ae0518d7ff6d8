"""The logins of Envoy Gateway: one SecurityPolicy for all exposures of a host that ask for the same.

Sessions belong to a policy: Envoy Gateway names the filter after it, and the cookies after its UID
(https://github.com/envoyproxy/gateway/blob/v1.1.4/internal/gatewayapi/securitypolicy.go, buildOIDC). With two policies,
whoever comes back to the callback of one would still be a stranger to the other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kmop_constructs.components.api_gateway.auth import Oidc
from kmop_constructs.components.api_gateway.envoy_gateway.policies import logout_path, security_policy
from kmop_constructs.components.api_gateway.gateway_api.routes import RouteMode
from kmop_constructs.components.api_gateway.order import covers
from kmop_constructs.components.api_gateway.route import PathRoute
from kmop_constructs.components.api_gateway.slug import digest, host_slug
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.model import scope_of
from kmop_constructs.core.place import place_of
from kmop_constructs.core.sharing import draws_once, gathered, parts_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kmop_constructs.components.api_gateway.gateway_api.routes import Wanted
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.model import Synthesis
    from kmop_constructs.core.place import Place

    from constructs import Construct

__all__ = ["claim_login", "draw_login", "login_name", "with_login"]

DEFAULT = "/oauth2/callback"
"""The callback path that a name does not tell."""


def login_name(hosts: Sequence[str], oidc: Oidc) -> str:
    """The name of what exposures of a host share for a login, whoever is drawn first: ``login-shop-acme-io``."""
    first = host_slug(min(hosts)) if hosts else "every-host"
    return f"login-{first}" + ("" if oidc.callback_path == DEFAULT else f"-{digest(oidc.callback_path)}")


def claim_login(place: Place, wanted: Wanted, oidc: Oidc, *, gateway: tuple[str, str | None]) -> bool:
    """Whether this exposure is the one that routes the paths of a login: the first that asks for it.

    Raises `ConflictError` where another exposure of the host has the same paths for something else.
    """
    exposure, (name, namespace) = wanted.exposure, gateway
    first = False
    for use, path in (("ends a session", logout_path(oidc)), ("comes back from a login", oidc.callback_path)):
        said: dict[str, object] = {
            "what the path does": use,
            "auth": oidc,
            "allow_from": exposure.allow_from,
            "cors": exposure.cors,
            "the hosts": sorted(exposure.hosts),
            "the namespace": wanted.service.namespace,
        }
        hint = (
            "a host has one session for each login: make the exposures agree, or give one Oidc another callback_path "
            "(that of a session's end follows from it)"
        )
        for host in exposure.hosts or ("every host",):
            key = ("login path", f"{scope_of(namespace, place.chart)}/{name}", f"{host}{path}")
            first = draws_once(place, place.path, key, said, hint=hint) or first
    return first


def with_login(exposure: Exposure, oidc: Oidc) -> Exposure:
    """The exposure with routes for the paths of a login that none of its own takes: the policy acts on what a route takes."""
    first = exposure.routes[0]
    free = [route for route in exposure.routes if not route.headers and route.method is None]
    missing = [
        PathRoute(path, match="Exact", port=first.port, service=first.service)
        for path in (oidc.callback_path, logout_path(oidc))
        if not any(covers(route, path) for route in free)
    ]
    return replace(exposure, paths=(*exposure.routes, *missing)) if missing else exposure


def draw_login(scope: Construct, wanted: Wanted, routes: Sequence[tuple[RouteMode, str]]) -> None:
    """Add routes to the SecurityPolicy of their login, and draw it if they are the first."""
    oidc, place = wanted.exposure.auth, place_of(scope)
    assert isinstance(oidc, Oidc)
    name = login_name(wanted.exposure.hosts, oidc)
    key = ("SecurityPolicy", scope_of(wanted.service.namespace, place.chart), name)

    def draw(synthesis: Synthesis) -> Mapping[str, object]:
        every = [route for _, part in parts_of(synthesis, key, tuple[tuple[RouteMode, str], ...]) for route in part]
        drawn = security_policy(wanted, every, shared=name)
        assert drawn is not None
        return drawn

    if gathered(place, place.path, key, tuple(routes)):
        version, namespace = "gateway.envoyproxy.io/v1alpha1", wanted.service.namespace
        Manifest(
            scope,
            "login",
            Deferred(api_version=version, kind="SecurityPolicy", name=name, namespace=namespace, draw=draw),
        )

"""Checks across the exposures of one host at an Istio ingress gateway, in any namespace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kmop_constructs.components.api_gateway.auth import Jwt
from kmop_constructs.components.api_gateway.route import PathRoute
from kmop_constructs.errors import ConflictError, SpecError
from kmop_constructs.providers.istio.policies import holds, paths_of

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.providers.istio.routes import Part

__all__ = ["check_host", "check_own_paths", "forged"]


def check_own_paths(service: str, exposure: Exposure, prefix: str) -> None:
    """Refuse a path at or below the exposure's own login: requests there are not checked, so everyone could reach the service."""
    path = _below(exposure, prefix)
    if path is not None:
        raise SpecError(f"{service}: exposure.paths: requests at and below {prefix!r} go to the login and are not checked, got {path!r}; "
                        "set another callback_path in Oidc, or move the path")  # fmt: skip


def check_host(host: str, parts: Sequence[Part]) -> None:
    """Refuse conflicts that Istio would resolve silently.

    Raises `ConflictError` where a path is at or below the login of another exposure, or two Gateways have the host.
    """
    for part in parts:
        if part.login is None:
            continue
        for other in parts:
            path = _below(other.exposure, part.login.prefix)
            if path is not None:
                raise ConflictError(f"{other.service}: the path {path!r} of {host!r} is, or may be, at or below "
                                    f"{part.login.prefix!r}, the login of {part.service}, where requests are not checked; set another "
                                    "callback_path in that Oidc, or move the path")  # fmt: skip
    secure = next((part for part in parts if part.exposure.tls is not None), None)
    for part in parts:
        if secure is None or part.gateway == secure.gateway or (part.attached and part.exposure.tls is None):
            continue
        raise ConflictError(f"{part.service}: the host {host!r} is behind the Gateway {part.gateway}, and with HTTPS also behind "
                            f"{secure.gateway} ({secure.service}), on the same pods; Istio uses the older of the two or drops "
                            "one; use one Gateway of a platform team (IstioEntry), and attach both: "
                            "IstioGatewayOptions(entry=…)")  # fmt: skip


def forged(part: Part, parts: Sequence[Part]) -> list[str]:
    """Return headers of the logins of a host that a client could set itself, because a service is reached without a login."""
    if part.login is not None:
        return []
    auth = part.exposure.auth
    own = {header.lower() for header in auth.claims_to_headers.values()} if isinstance(auth, Jwt) else set[str]()
    known = dict.fromkeys(header for each in parts if each.login is not None for header in each.login.headers)
    return [header for header in known if header.lower() not in own]


def _below(exposure: Exposure, prefix: str) -> str | None:
    login = PathRoute(prefix)
    return next((route.path for route in paths_of(exposure) if holds(login, route)), None)

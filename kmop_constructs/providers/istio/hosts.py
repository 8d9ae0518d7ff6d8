"""What exposures of one host of an Istio ingress gateway owe each other, in whatever namespaces they are."""

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
    """Refuse a path where the exposure's own login is: nobody is asked there, so anybody would reach the service."""
    path = _below(exposure, prefix)
    if path is not None:
        raise SpecError(f"{service}: exposure.paths: {path!r} is at or below {prefix!r}, where the login is and nobody is asked; "
                        "give Oidc another callback_path, or move the path")  # fmt: skip


def check_host(host: str, parts: Sequence[Part]) -> None:
    """Refuse what Istio would settle by itself, and in silence.

    Raises `ConflictError` where a path is at or below the login of another exposure, or two Gateways have the host.
    """
    for part in parts:
        if part.login is None:
            continue
        for other in parts:
            path = _below(other.exposure, part.login.prefix)
            if path is not None:
                raise ConflictError(f"{other.service}: the path {path!r} of {host!r} is, or may be, at or below "
                                    f"{part.login.prefix!r}, where the login of {part.service} is and nobody is asked; give that "
                                    "Oidc another callback_path, or move the path")  # fmt: skip
    secure = next((part for part in parts if part.exposure.tls is not None), None)
    for part in parts:
        if secure is None or part.gateway == secure.gateway or (part.attached and part.exposure.tls is None):
            continue
        raise ConflictError(f"{part.service}: the host {host!r} is behind the Gateway {part.gateway}, and HTTPS for it behind "
                            f"{secure.gateway} too ({secure.service}), on the same pods, where Istio takes the older of the two "
                            "or drops one; let a platform team own one (IstioEntry), and attach both: "
                            "IstioGatewayOptions(entry=…)")  # fmt: skip


def forged(part: Part, parts: Sequence[Part]) -> list[str]:
    """Headers of the logins of a host that a client could write itself, because a service is reached without a login."""
    if part.login is not None:
        return []
    auth = part.exposure.auth
    own = {header.lower() for header in auth.claims_to_headers.values()} if isinstance(auth, Jwt) else set[str]()
    known = dict.fromkeys(header for each in parts if each.login is not None for header in each.login.headers)
    return [header for header in known if header.lower() not in own]


def _below(exposure: Exposure, prefix: str) -> str | None:
    login = PathRoute(prefix)
    return next((route.path for route in paths_of(exposure) if holds(login, route)), None)

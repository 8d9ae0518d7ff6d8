"""Options of KEDA: the Prometheus that its queries go to."""

from __future__ import annotations

from dataclasses import field
from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import bad
from kmop_constructs.values.names import dns_subdomain, made_by, one_of, several
from kmop_constructs.values.server_url import server_url

__all__ = ["KedaOptions", "PrometheusServer"]

AuthMode: TypeAlias = Literal["basic", "bearer", "custom", "oauth", "tls"]
"""https://keda.sh/docs/2.21/scalers/prometheus/#authentication-parameters"""


@dataclass(frozen=True, kw_only=True, slots=True)
class PrometheusServer:
    """The Prometheus that queries go to: ``PrometheusServer("http://prometheus.monitoring.svc:9090")``.

    KEDA's operator makes the requests, from its own namespace. A NetworkPolicy of Prometheus, which is not one of this app, must admit
    it.
    """

    url: str = field(kw_only=False)
    """Address with ``http://`` or ``https://``, and a path if there is one, without a login."""

    authentication: str | None = None
    """Name of a ClusterTriggerAuthentication of the platform team, with the login. Default: none, no login."""

    auth_modes: tuple[AuthMode, ...] = ()
    """Kinds of login that the ClusterTriggerAuthentication has. Needed with `authentication`, and an error without it. Default:
    none."""

    def __post_init__(self) -> None:
        where = "PrometheusServer"
        example = "http://prometheus.monitoring.svc:9090"
        found = server_url(f"{where}.url", self.url, what="the address of a server", example=example)
        if self.url.endswith("/"):
            raise bad(f"{where}.url", "has a slash at its end", self.url, f"write it as '{example}'")
        object.__setattr__(self, "auth_modes", several(f"{where}.auth_modes", self.auth_modes))
        for each in self.auth_modes:
            one_of(f"{where}.auth_modes", each, AuthMode)
        if self.authentication is not None:
            dns_subdomain(f"{where}.authentication", self.authentication)
        if (self.authentication is None) != (not self.auth_modes):
            do = "set both authentication and auth_modes, or neither"
            raise bad(f"{where}.auth_modes", "does not go with authentication", ", ".join(self.auth_modes), do)
        if self.authentication is not None and found.scheme == "http":
            what = "plain HTTP, on which others can read the login"
            raise bad(f"{where}.url", what, self.url, "use https://, or leave authentication out")


@dataclass(frozen=True, kw_only=True, slots=True)
class KedaOptions:
    """Options of `KedaAutoscaler`: ``partial(KedaAutoscaler, options=KedaOptions(prometheus=PrometheusServer(…)))``."""

    prometheus: PrometheusServer | None = None
    """The Prometheus for `PrometheusQuery`. Default: none, such a trigger is an error."""

    def __post_init__(self) -> None:
        made_by("KedaOptions.prometheus", self.prometheus, PrometheusServer, type(None))

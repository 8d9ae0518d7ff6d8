"""The upstreams of a VirtualServer: a Service, with the settings of requests to it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.nginx import nginx_size
from kmop_constructs.providers.nginx.routes import dotless_name
from kmop_constructs.values.quantity import seconds

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.components.api_gateway.targets import Target
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.providers.nginx.routes import Refuse
    from kmop_constructs.typings import k8s_nginx_org as nginx

__all__ = ["Upstreams"]

_CONNECT = timedelta(seconds=60)
"""Default connection timeout (docs.nginx.com, proxy-connect-timeout of the ConfigMap)."""


@dataclass(frozen=True, slots=True)
class Upstreams:
    """Makes the upstreams of an exposure."""

    service: ServiceFacts
    exposure: Exposure
    refuse: Refuse

    def __call__(self, target: Target, *, grpc: bool) -> nginx.VirtualServerUpstream:
        """Return the upstream of a Service; `grpc` where the path leads to a gRPC port, and so do its shares."""
        exposure = self.exposure
        name = dotless_name(exposure.name or self.service.name)
        own = f"{target.service}-{target.port}"
        upstream: nginx.VirtualServerUpstream = {
            "name": own if name == target.service else f"{own}-{name}",
            "service": target.service,
            "port": target.port,
        }
        if grpc:
            upstream["type"] = "grpc"
        if target.own is not None and exposure.backend_tls is not None:
            upstream["tls"] = {"enable": True}
        if exposure.max_body_size is not None:
            upstream["client-max-body-size"] = nginx_size(exposure.max_body_size)
        self._times(upstream)
        if target.own is not None and exposure.sticky is not None:
            upstream["sessionCookie"] = self._cookie()
        return upstream

    def _times(self, upstream: nginx.VirtualServerUpstream) -> None:
        retries, every = self.exposure.retries, self.exposure.timeout
        each = retries.per_try_timeout if retries is not None and retries.per_try_timeout is not None else every
        if each is not None:
            time = _time(each)
            if each < _CONNECT:
                upstream["connect-timeout"] = time
            upstream["read-timeout"] = time
            upstream["send-timeout"] = time
        if retries is not None:
            cases = ["error", "timeout"]
            if retries.gateway_errors:
                cases += ["http_502", "http_503", "http_504", "non_idempotent"]
            upstream["next-upstream"] = " ".join(cases)
            upstream["next-upstream-tries"] = retries.attempts + 1
        if every is not None and each is not None:
            # After this time no further pod is tried: the last attempt must fit into the rest of it.
            left = every if each == every else every - each
            if left <= timedelta():
                raise self.refuse("retry_timeout", f"each attempt may take {each}, and all of them {every}")
            upstream["next-upstream-timeout"] = _time(left)

    def _cookie(self) -> nginx.VirtualServerUpstreamSessionCookie:
        sticky = self.exposure.sticky
        assert sticky is not None
        if not re.fullmatch("[A-Za-z0-9_]+", sticky.name):
            why = f"it supports only letters, digits and '_' in the name of a cookie, and not {sticky.name!r}; write StickyCookie('kmop_sticky')"
            raise self.refuse("sticky", why)
        ports = {self.service.port(route.port).number for route in self.exposure.routes if route.service is None}
        if len(ports) > 1:
            raise self.refuse(
                "sticky",
                "paths lead to several ports of the service, and their cookies would overwrite each other",
            )
        cookie: nginx.VirtualServerUpstreamSessionCookie = {
            "enable": True,
            "name": sticky.name,
            "path": "/",
            "httpOnly": True,
        }
        if sticky.max_age is not None:
            cookie["expires"] = _time(sticky.max_age)
        if self.exposure.tls is not None and self.exposure.tls.redirects:
            cookie["secure"] = True
        return cookie


def _time(value: timedelta) -> str:
    return f"{seconds('Exposure.timeout', value)}s"

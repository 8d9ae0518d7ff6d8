"""An exposure as annotations of ingress-nginx, for the Ingresses that lead to the service."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from kmop_constructs.components.api_gateway.auth import BasicAuth
from kmop_constructs.components.api_gateway.capability import refusal
from kmop_constructs.components.api_gateway.nginx import nginx_size
from kmop_constructs.errors import SpecError
from kmop_constructs.values.quantity import seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kmop_constructs.components.api_gateway.features import FeatureName
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.errors import UnsupportedError

__all__ = ["NAME", "PREFIX", "refused", "served", "whole_host"]

NAME = "IngressNginxGateway"
PREFIX = "nginx.ingress.kubernetes.io/"

_ORIGIN = re.compile(r"[a-z]+://(\*\.)?[A-Za-z0-9.-]*(:\d+)?|\*")
"""Origins that its annotation parser accepts (internal/ingress/annotations/cors, corsOriginRegex); it ignores
others."""

_CONNECT = 5
"""Default connection timeout in seconds
(https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/configmap/#proxy-connect-timeout)."""


def refused(service: ServiceFacts, feature: FeatureName, why: str) -> UnsupportedError:
    """Return the error for a supported feature with an unsupported value."""
    return refusal(service.path, NAME, feature, why)


def whole_host(service: ServiceFacts, exposure: Exposure) -> dict[str, str]:
    """Return annotations that apply to the whole host, whichever Ingress carries them."""
    annotations: dict[str, str] = {}
    if exposure.tls is not None:
        annotations["ssl-redirect"] = "true" if exposure.tls.redirects else "false"
        if exposure.tls.mutual is not None:
            annotations["auth-tls-secret"] = _secret(service, "tls.mutual", exposure.tls.mutual.secret)
            annotations["auth-tls-verify-client"] = "optional" if exposure.tls.mutual.optional else "on"
    return annotations


def served(service: ServiceFacts, exposure: Exposure) -> dict[str, str]:
    """Return the annotations of every Ingress that leads to the service, in their order."""
    annotations = dict(_access(exposure))
    annotations |= _limits(service, exposure)
    annotations |= _cors(service, exposure)
    annotations |= _times(service, exposure)
    sticky = exposure.sticky
    if sticky is not None:
        # "persistent": new pods get no clients of existing pods. The path: one cookie for all paths.
        annotations |= {"affinity": "cookie", "affinity-mode": "persistent", "session-cookie-name": sticky.name,
                 "session-cookie-path": "/"}  # fmt: skip
        if sticky.max_age is not None:
            age = f"{seconds('StickyCookie.max_age', sticky.max_age)}"
            annotations |= {"session-cookie-max-age": age, "session-cookie-expires": age}
        if exposure.tls is not None and exposure.tls.redirects:
            annotations["session-cookie-secure"] = "true"
    backend = exposure.backend_tls
    if backend is not None and backend.ca_secret is not None:
        annotations |= {
            "proxy-ssl-secret": _secret(service, "backend_tls", backend.ca_secret),
            "proxy-ssl-verify": "on",
            "proxy-ssl-name": backend.hostname,
            "proxy-ssl-server-name": "on",
        }
    return annotations


def _secret(service: ServiceFacts, field: str, name: str) -> str:
    if service.namespace is None:
        raise SpecError(
            f"{service.path}: exposure.{field}: ingress-nginx needs the Secret as namespace/name, and the chart has no "
            "namespace; set it: KmopChart(…, namespace=…)"
        )
    return f"{service.namespace}/{name}"


def _access(exposure: Exposure) -> Iterator[tuple[str, str]]:
    if isinstance(exposure.auth, BasicAuth):
        yield "auth-type", "basic"
        yield "auth-secret", exposure.auth.secret
    if exposure.allow_from:
        yield "whitelist-source-range", ",".join(exposure.allow_from)


def _limits(service: ServiceFacts, exposure: Exposure) -> Iterator[tuple[str, str]]:
    limit = exposure.rate_limit
    if limit is not None:
        units = {"second": "limit-rps", "minute": "limit-rpm"}
        if limit.unit not in units:
            raise refused(service, "rate_limit_client", f"it counts per second or minute, not per {limit.unit}")
        yield units[limit.unit], f"{limit.requests}"
        if limit.burst is not None:
            times, rest = divmod(limit.burst, limit.requests)
            if rest:
                why = f"a burst must be a multiple of the rate {limit.requests}, and {limit.burst} is not"
                raise refused(service, "rate_limit_burst", why)
            yield "limit-burst-multiplier", f"{times}"
    if exposure.max_body_size is not None:
        yield "proxy-body-size", nginx_size(exposure.max_body_size)


def _cors(service: ServiceFacts, exposure: Exposure) -> Iterator[tuple[str, str]]:
    cors = exposure.cors
    if cors is None:
        return
    for origin in cors.origins:
        if not _ORIGIN.fullmatch(origin):
            raise refused(
                service, "cors", f"it ignores the origin {origin!r}: it supports letters, digits, '-', '.' and a port"
            )
    yield "enable-cors", "true"
    yield "cors-allow-origin", ",".join(cors.origins)
    yield "cors-allow-methods", ", ".join(cors.methods)
    # An empty value means a default list with Authorization. CORS always allows Accept, so it adds none.
    yield "cors-allow-headers", ", ".join(cors.headers) or "Accept"
    if cors.expose_headers:
        yield "cors-expose-headers", ", ".join(cors.expose_headers)
    yield "cors-allow-credentials", "true" if cors.credentials else "false"
    if cors.max_age is not None:
        yield "cors-max-age", f"{seconds('Cors.max_age', cors.max_age, lowest=0)}"


def _times(service: ServiceFacts, exposure: Exposure) -> dict[str, str]:
    annotations: dict[str, str] = {}
    retries = exposure.retries
    each = exposure.timeout
    if retries is not None and retries.per_try_timeout is not None:
        each = retries.per_try_timeout
    if each is not None:
        count = seconds("Exposure.timeout", each)
        if count < _CONNECT:
            annotations["proxy-connect-timeout"] = f"{count}"
        annotations |= {"proxy-send-timeout": f"{count}", "proxy-read-timeout": f"{count}"}
    if retries is not None:
        cases = ["error", "timeout"]
        if retries.gateway_errors:
            cases += ["http_502", "http_503", "http_504", "non_idempotent"]
        annotations["proxy-next-upstream"] = " ".join(cases)
        annotations["proxy-next-upstream-tries"] = f"{retries.attempts + 1}"
    if exposure.timeout is not None and each is not None:
        # After this time no further pod is tried: the last attempt must fit into the rest of it.
        left = exposure.timeout if each == exposure.timeout else exposure.timeout - each
        if left <= timedelta():
            raise refused(service, "retry_timeout", f"each attempt may take {each}, and all of them {exposure.timeout}")
        annotations["proxy-next-upstream-timeout"] = f"{seconds('Exposure.timeout', left)}"
    return annotations

"""The Mappings of Emissary-ingress for an exposure.

The rules are those of release 4.1 (python/ambassador/src/ambassador/ir). Mappings with the same method, prefix, host,
headers and precedence share the requests; among others, the highest precedence is tried first, then the longest prefix,
then the Mapping with the longest text in its headers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.targets import leads_to_grpc, mirrors, targets
from kmop_constructs.values.quantity import seconds

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.features import FeatureName
    from kmop_constructs.components.api_gateway.route import Match, PathRoute, Redirect
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.components.api_gateway.targets import Target
    from kmop_constructs.components.api_gateway.tls import Hsts
    from kmop_constructs.components.api_gateway.traffic import Cors, RateLimit
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.errors import UnsupportedError
    from kmop_constructs.typings import getambassador_io as emissary

__all__ = ["LOGIN", "Drawn", "Mappings", "Refuse", "hsts_header", "location", "mapping_name"]

EXACT, REGEX, LOGIN = 2, 1, 3
"""Precedences. A prefix has 0. The login has the highest, to avoid a loop of redirects."""

_IDLE = timedelta(minutes=5)
"""Idle time after which Envoy ends a request, whatever other timeouts are set
(https://www.envoyproxy.io/docs/envoy/latest/faq/configuration/timeouts#stream-timeouts)."""

Refuse = Callable[["FeatureName", str], "UnsupportedError"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """A Mapping: the suffix of its name, and its spec."""

    suffix: str
    spec: emissary.MappingSpec

    @property
    def requests(self) -> str:
        """The requests that it matches: two Mappings with the same value share them."""
        spec = self.spec
        words = [spec.get("method", "any"), f"{spec.get('precedence', 0)}", spec["prefix"]]
        return " ".join([*words, *(f"{name}={value}" for name, value in sorted(spec.get("headers", {}).items()))])


def mapping_name(text: str) -> str:
    """Return a text as part of an object name."""
    return re.sub("[^a-z0-9]+", "-", text.lower()).strip("-")


def hsts_header(hsts: Hsts) -> Mapping[str, emissary.MappingAddRequestHeader]:
    """Return the response header that tells browsers to use only HTTPS."""
    return {"Strict-Transport-Security": {"value": hsts.header, "append": False}}


def location(path: str, match: Match) -> Iterator[tuple[str, emissary.MappingSpec]]:
    """Yield the paths of Mappings for one path of a route, each with a name suffix and an unfinished spec."""
    name = mapping_name(path)
    if match == "RegularExpression":
        yield (
            f"{name or 'any'}-regex",
            {"prefix": path, "prefix_regex": True, "precedence": REGEX, "service": "", "rewrite": ""},
        )
        return
    stem = path.rstrip("/")
    if match == "Exact" or stem:
        exact = path if match == "Exact" else stem
        yield (
            f"{name}-exact".strip("-"),
            {"prefix": exact, "prefix_exact": True, "precedence": EXACT, "service": "", "rewrite": ""},
        )
    if match == "Prefix":
        yield name, {"prefix": f"{stem}/", "service": "", "rewrite": ""}


@dataclass(frozen=True, slots=True)
class Mappings:
    """Makes the Mappings of an exposure for one of its hosts."""

    service: ServiceFacts
    exposure: Exposure
    refuse: Refuse
    rate_limit_domain: str | None = None
    forgets: tuple[str, ...] = ()
    """Request headers that clients must not set."""

    def of(self, host: str) -> Iterator[Drawn]:
        """Yield every Mapping of a host."""
        for route in self.exposure.routes:
            self._check_path(route.path, "path_prefix" if route.match == "Prefix" else "path_exact")
            for suffix, unfinished in location(route.path, route.match):
                yield from self._route(host, route, suffix, unfinished)
        for redirect in self.exposure.redirects:
            self._check_path(redirect.path, "redirects")
            for suffix, unfinished in location(redirect.path, redirect.match):
                yield self._redirect(host, redirect, suffix, unfinished)

    def _check_path(self, path: str, feature: FeatureName) -> None:
        if re.search("[?#]", path) and feature != "path_regex":
            raise self.refuse(feature, f"it compares only the path, which cannot contain {path!r}")

    def _route(self, host: str, route: PathRoute, suffix: str, unfinished: emissary.MappingSpec) -> Iterator[Drawn]:
        grpc = leads_to_grpc(self.service, route)
        for target in targets(self.service, self.exposure, route):
            spec: emissary.MappingSpec = {"hostname": host, **unfinished}
            name = [suffix]
            if route.method is not None:
                spec["method"] = route.method
                name.append(mapping_name(route.method))
            if route.headers:
                spec["headers"] = dict(route.headers)
                name += [mapping_name(f"{header}-{value}") for header, value in sorted(route.headers.items())]
            spec["service"] = f"{target.service}:{target.port}"
            if route.rewrite is not None:
                self._check_path(route.rewrite, "rewrite")
                exact = unfinished.get("prefix_exact", False)
                spec["rewrite"] = route.rewrite if exact else f"{route.rewrite.rstrip('/')}/"
            if target.own is None and route.service is None:
                spec["weight"] = target.percent
                name.append(f"to-{target.service}")
            if grpc:
                spec["grpc"] = True
            if route.websocket:
                spec["allow_upgrade"] = ["websocket"]
            self._settings(spec, target)
            yield Drawn(suffix="-".join(each for each in name if each), spec=spec)
            if target.own is not None:
                yield from self._mirrors(route, spec, [each for each in name if each])

    def _mirrors(self, route: PathRoute, main: emissary.MappingSpec, name: Sequence[str]) -> Iterator[Drawn]:
        """Yield the Mapping of the Service that gets copies. A group of Mappings has one, and equal settings."""
        copies = mirrors(self.service, self.exposure, route)
        if len(copies) > 1:
            raise self.refuse(
                "mirrors", f"a path has one Mapping with shadow: true, and there are {len(copies)} mirrors"
            )
        for target in copies:
            spec: emissary.MappingSpec = {**main, "service": f"{target.service}:{target.port}", "shadow": True}
            if target.percent < 100:
                spec["weight"] = target.percent
            yield Drawn(suffix="-".join((*name, f"copy-to-{target.service}")), spec=spec)

    def _settings(self, spec: emissary.MappingSpec, target: Target) -> None:
        exposure = self.exposure
        if exposure.timeout is not None:
            spec["timeout_ms"] = 1000 * seconds("Exposure.timeout", exposure.timeout)
            if exposure.timeout >= _IDLE:
                spec["idle_timeout_ms"] = spec["timeout_ms"] + 1000
        retries = exposure.retries
        if retries is not None:
            policy: emissary.MappingRetryPolicy = {
                "retry_on": "gateway-error" if retries.gateway_errors else "connect-failure",
                "num_retries": retries.attempts,
            }
            if retries.per_try_timeout is not None:
                if exposure.timeout is not None and retries.per_try_timeout > exposure.timeout:
                    why = f"each attempt may take {retries.per_try_timeout}, and all of them {exposure.timeout}"
                    raise self.refuse("retry_timeout", why)
                policy["per_try_timeout"] = f"{seconds('Retry.per_try_timeout', retries.per_try_timeout)}s"
            spec["retry_policy"] = policy
        if exposure.sticky is not None and target.own is not None:
            if exposure.shares:
                why = "it chooses the Service of each request at random, so shares cannot be combined with sticky"
                raise self.refuse("sticky", why)
            age = exposure.sticky.max_age
            ttl = "0s" if age is None else f"{seconds('StickyCookie.max_age', age)}s"  # 0s: until it is closed
            spec["resolver"] = "endpoint"
            spec["load_balancer"] = {
                "policy": "ring_hash",
                "cookie": {"name": exposure.sticky.name, "path": "/", "ttl": ttl},
            }
        if exposure.cors is not None:
            spec["cors"] = self._cors(exposure.cors)
        hsts = exposure.tls.hsts if exposure.tls is not None else None
        if hsts is not None:
            spec["add_response_headers"] = hsts_header(hsts)
        if self.forgets:
            spec["remove_request_headers"] = list(self.forgets)
        if exposure.rate_limit is not None and self.rate_limit_domain is not None:
            spec["labels"] = {self.rate_limit_domain: [{"exposure": self._labels(exposure.rate_limit)}]}

    def _cors(self, cors: Cors) -> emissary.MappingCors:
        for origin in cors.origins:
            if "*" in origin and origin != "*":
                raise self.refuse("cors", f"it compares complete origins, but {origin!r} is a pattern")
        found: emissary.MappingCors = {"origins": list(cors.origins)}
        if cors.methods:
            found["methods"] = list(cors.methods)
        if cors.headers:
            found["headers"] = list(cors.headers)
        if cors.expose_headers:
            found["exposed_headers"] = list(cors.expose_headers)
        if cors.credentials:
            found["credentials"] = True
        if cors.max_age is not None:
            found["max_age"] = f"{seconds('Cors.max_age', cors.max_age, lowest=0)}"
        return found

    def _labels(self, limit: RateLimit) -> list[emissary.MappingLabel]:
        """Return the labels that rules of a rate limit service match: the exposure, the limit, and the client address if it counts."""
        name = self.exposure.name or self.service.name
        route = "/".join(part for part in (self.service.namespace, name) if part)
        found: list[emissary.MappingLabel] = [
            {"generic_key": {"key": "route", "value": route}},
            {"generic_key": {"key": "limit", "value": f"{limit.requests}-per-{limit.unit}"}},
        ]
        if limit.of == "client":
            found.append({"remote_address": {"key": "remote_address"}})
        return found

    def _redirect(self, host: str, redirect: Redirect, suffix: str, unfinished: emissary.MappingSpec) -> Drawn:
        scheme, other, path = redirect.target
        tls = self.exposure.tls
        if other is None and "*" in host:
            why = f"it needs the host of the new location, and {host!r} is not a single host; write a URL: 'https://…'"
            raise self.refuse("redirects", why)
        known = {True: "https", False: None}[tls.redirects] if tls is not None else "http"
        if scheme is not None and scheme != known:
            raise self.refuse("redirects", f"it keeps the scheme of the request, and {redirect.to!r} may have another")
        spec: emissary.MappingSpec = {
            "hostname": host,
            **unfinished,
            "service": other or host,
            "host_redirect": True,
            "path_redirect": path,
            "redirect_response_code": 301 if redirect.permanent else 302,
        }
        del spec["rewrite"]
        return Drawn(suffix=f"redirect-{suffix}" if suffix else "redirect", spec=spec)

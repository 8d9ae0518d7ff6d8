"""The Ingresses of an exposure for ingress-nginx: settings of a path in an exposure are annotations of a whole Ingress.

The rules are those of the controller's release 1.15: canaries in `mergeAlternativeBackends` of
internal/ingress/controller/controller.go, paths in internal/ingress/controller/location.go and `buildLocation` of
template.go.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.slug import slug
from kmop_constructs.components.api_gateway.targets import Target, leads_to_grpc, targets
from kmop_constructs.providers.ingress_nginx.annotations import refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kmop_constructs.components.api_gateway.features import FeatureName
    from kmop_constructs.components.api_gateway.route import Match, PathRoute
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s

__all__ = ["Canary", "Group", "Location", "canaries", "groups", "location", "mains", "upstream", "uses_regex"]

_PLAIN = re.compile(r"/[A-Za-z0-9._/-]*")
"""The paths of types Prefix and Exact that it accepts
(https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/configmap/#strict-validate-path-type)."""

_TARGET = re.compile(r"/[A-Za-z0-9._~/:-]*")
"""Text besides captures that rewrite-target accepts (internal/ingress/annotations/parser, RegexPathWithCapture)."""

_HEADER_VALUE = re.compile(r"[A-Za-z0-9._~/: -]+")
"""Text that canary-by-header-value accepts (the same file, BasicCharsRegex)."""

_END = r"(?![\s\S])"
"""The end of the path, also of one with a line break. It is longer than the text after a prefix: of the regular
expressions of a host, the longest is tried first."""

Upstream: TypeAlias = tuple[str, str | int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Location:
    """A path and its backend."""

    path: str
    match: Match
    backend: k8s.IngressBackend
    rewritten: bool = False

    def drawn(self, regex: bool) -> k8s.HTTPIngressPath:
        """Return the path of an Ingress; `regex` where the host has regular expressions, so that all its paths become one."""
        if not regex or (self.path == "/" and self.match == "Prefix" and not self.rewritten):
            return {"path": self.path, "pathType": self.match, "backend": self.backend}
        return {"path": self._expression(), "pathType": "ImplementationSpecific", "backend": self.backend}

    def _expression(self) -> str:
        """The controller anchors the expression at the start and ignores case; ``(?-i:…)`` makes it case-sensitive."""
        if self.match == "RegularExpression":
            return f"/(?-i:{self.path[1:]}){_END}"
        if self.match == "Exact":
            return f"/(?-i:{self.path[1:].replace('.', '[.]')}){_END}"
        stem = self.path.strip("/")
        return f"/(?-i:{stem.replace('.', '[.]')})(/|$)(.*)" if stem else "/()(.*)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Paths that one Ingress can hold."""

    name: str
    annotations: Mapping[str, str]
    locations: tuple[Location, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Canary:
    """Requests with another target than that of the path: a percentage, those with a header, or both."""

    backend: k8s.IngressBackend
    header: tuple[str, str] | None = None
    percent: int | None = None

    @property
    def annotations(self) -> dict[str, str]:
        """The annotations of the canary."""
        annotations = {"canary": "true"}
        if self.header is not None:
            annotations |= {"canary-by-header": self.header[0], "canary-by-header-value": self.header[1]}
        if self.percent is not None:
            annotations["canary-weight"] = f"{self.percent}"
        return annotations

    @property
    def rule(self) -> tuple[object, ...]:
        """The values that the controller uses of the canary."""
        return (*upstream(self.backend), self.header, self.percent)


def upstream(backend: k8s.IngressBackend) -> Upstream:
    """Return the key of a backend in the controller, the same for all hosts: the Service, and its port as written."""
    service = backend.get("service", {"name": ""})
    port = service.get("port", {})
    return service["name"], port.get("name") or port.get("number", 0)


def uses_regex(exposure: Exposure) -> bool:
    """Return whether the exposure turns all paths of its hosts into regular expressions."""
    return any(route.rewrite is not None or route.match == "RegularExpression" for route in exposure.routes)


def location(service: ServiceFacts, path: str, match: Match, backend: k8s.IngressBackend, *, rewritten: bool = False,
             feature: FeatureName | None = None) -> Location:  # fmt: skip
    """Return a path that the controller accepts."""
    if match == "RegularExpression":
        if path[1:2] in ("*", "+", "?", "{") or _alternatives(path):
            why = f"it adds its own text around {path!r}; put the parts after the first slash in parentheses"
            raise refused(service, "path_regex", why)
    elif not _PLAIN.fullmatch(path):
        name: FeatureName = feature or ("path_prefix" if match == "Prefix" else "path_exact")
        raise refused(
            service, name, f"it supports only letters, digits, '.', '_', '-' and '/' in a path, and not {path!r}"
        )
    return Location(path=path, match=match, backend=backend, rewritten=rewritten)


def groups(service: ServiceFacts, exposure: Exposure) -> list[Group]:
    """Return the Ingresses that lead to a Service, without conditions and shares; the first has the exposure's name."""
    found: dict[tuple[str, bool], list[Location]] = {}
    for route in exposure.routes:
        if not route.headers:
            target = _rewritten(service, route)
            key = (target, leads_to_grpc(service, route))
            where = location(service, route.path, route.match, _backend(targets(service, exposure, route)[0]), rewritten=bool(target))  # fmt: skip
            found.setdefault(key, []).append(where)
    name = exposure.name or service.name
    result: list[Group] = []
    for target, grpc in sorted(found):
        suffixes = ["rewrite", slug(target.replace("$1", "").replace("$2", ""))] if target else []
        suffixes += ["grpc"] if grpc else []
        annotations = {"rewrite-target": target} if target else {}
        annotations |= _protocol(service, exposure, grpc)
        own = name if not suffixes or len(found) == 1 else "-".join([name, *suffixes])
        result.append(Group(name=own, annotations=annotations, locations=tuple(found[target, grpc])))
    return result


def mains(service: ServiceFacts, exposure: Exposure) -> dict[int, Upstream]:
    """Return the targets of the paths without conditions, by the number of the route."""
    return {
        number: upstream(_backend(targets(service, exposure, route)[0]))
        for number, route in enumerate(exposure.routes)
        if not route.headers
    }


def canaries(service: ServiceFacts, exposure: Exposure) -> dict[int, tuple[Location, Canary]]:
    """Return the canaries, by the number of the route that they take requests from."""
    found: dict[int, tuple[Location, Canary]] = {}
    main = {number: route for number, route in enumerate(exposure.routes) if not route.headers}
    if len(exposure.shares) > 1:
        raise refused(service, "shares", "it supports one other Service besides the main one")
    for number, route in main.items():
        every = targets(service, exposure, route)
        if len(every) > 1:
            canary = Canary(backend=_backend(every[1]), percent=every[1].percent)
            found[number] = (_placed(service, route, canary), canary)
    for route in exposure.routes:
        if route.headers:
            number = _without_condition(service, main, route)
            canary = _condition(service, exposure, route)
            if number in found:
                before = found[number][1]
                if before.header is not None or before.backend != canary.backend:
                    why = f"it supports one condition or share for a path, and {route.path!r} has two with different Services or values"  # fmt: skip
                    raise refused(service, "headers", why)
                canary = Canary(backend=canary.backend, header=canary.header, percent=before.percent)
            found[number] = (_placed(service, main[number], canary), canary)
    _consistent(service, exposure, found)
    return found


def _backend(target: Target) -> k8s.IngressBackend:
    port: k8s.ServiceBackendPort = {"number": target.port} if target.own is None else {"name": target.own.name}
    return {"service": {"name": target.service, "port": port}}


def _placed(service: ServiceFacts, route: PathRoute, canary: Canary) -> Location:
    """The controller merges it with the path of the same text."""
    return location(service, route.path, route.match, canary.backend, rewritten=route.rewrite is not None)


def _protocol(service: ServiceFacts, exposure: Exposure, grpc: bool) -> dict[str, str]:
    if grpc and exposure.backend_tls is not None:
        raise refused(
            service,
            "backend_tls_secret",
            "it does not check the certificate of a gRPC service: proxy-ssl-* apply only to HTTP",
        )
    if grpc and exposure.retries is not None:
        raise refused(service, "retries", "proxy-next-upstream* apply only to HTTP, and a path leads to a gRPC port")
    return {"backend-protocol": "GRPC" if grpc else "HTTPS"} if grpc or exposure.backend_tls is not None else {}


def _rewritten(service: ServiceFacts, route: PathRoute) -> str:
    to = route.rewrite
    if to is None:
        return ""
    if not _TARGET.fullmatch(to):
        raise refused(service, "rewrite", f"it supports only letters, digits and '._~/:-' in a target, and not {to!r}")
    if route.match == "Exact":
        return to
    if route.path == "/" or to.endswith("/"):
        return f"{to.rstrip('/')}/$2"
    return f"{to}$1$2"


def _alternatives(path: str) -> bool:
    """Return whether a regular expression has a bar outside of parentheses."""
    depth = 0
    for token in re.findall(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]|.", path):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token == "|" and depth == 0:
            return True
    return False


def _without_condition(service: ServiceFacts, main: Mapping[int, PathRoute], route: PathRoute) -> int:
    for number, other in main.items():
        if (other.path, other.match) == (route.path, route.match):
            if other.rewrite != route.rewrite or (
                route.service is None and leads_to_grpc(service, other) != leads_to_grpc(service, route)
            ):
                raise refused(
                    service, "headers", f"a condition can change only the Service of {route.path!r}, and nothing else"
                )
            return number
    why = f"a condition needs the same path without a condition, and {route.path!r} has none"
    raise refused(service, "headers", why)


def _condition(service: ServiceFacts, exposure: Exposure, route: PathRoute) -> Canary:
    if len(route.headers) > 1:
        raise refused(service, "headers", f"it supports one header, and {route.path!r} has {len(route.headers)}")
    if route.service is None and exposure.shares:
        raise refused(service, "headers", "it cannot split requests that a condition leads to the service itself")
    name, value = next(iter(route.headers.items()))
    if not _HEADER_VALUE.fullmatch(value):
        raise refused(
            service, "headers", f"it supports only letters, digits and '._~/:-' in a value of the header {name!r}"
        )
    return Canary(backend=_backend(targets(service, exposure, route)[0]), header=(name, value))


def _consistent(service: ServiceFacts, exposure: Exposure, found: Mapping[int, tuple[Location, Canary]]) -> None:
    """Check the canaries: the controller has one for each Service and port, not for each path."""
    by_upstream: dict[Upstream, list[int]] = {}
    for number, main in mains(service, exposure).items():
        by_upstream.setdefault(main, []).append(number)
    for (name, port), numbers in by_upstream.items():
        said: Sequence[Canary | None] = [found[number][1] if number in found else None for number in numbers]
        if any(each != said[0] for each in said):
            why = f"a condition applies to all paths to port {port!r} of {name!r}, and some of them have none or another one"
            raise refused(service, "headers", why)
    for _, canary in found.values():
        name, port = upstream(canary.backend)
        if (name, port) in by_upstream:
            why = f"port {port!r} of {name!r} has a path of its own, and it drops that path where the Service also has a share or condition"  # fmt: skip
            raise refused(service, "headers" if canary.header is not None else "shares", why)

"""Whom Kong asks, and for which path: its controller and its traditional router, as far as Ingresses need them.

The controller: internal/dataplane/translator/subtranslator/ingress.go of release 3.5. The router: kong/router/traditional.lua,
as it goes through all routes of a category, which it does where its indexes do not help. Its answer is then the first route
that matches in the order of `sort_routes`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kmop_constructs.testing import Synthesized

__all__ = ["answered"]

_K = "konghq.com/"
_TEMPLATE = re.compile(r"\$\((.*)\)")


@dataclass
class _Route:
    service: str
    said: dict[str, str]
    plugins: list[dict[str, Any]]
    paths: list[str] = field(default_factory=list[str])

    @property
    def headers(self) -> dict[str, list[str]]:
        found = {key: value for key, value in self.said.items() if key.startswith("headers.")}
        mark = self.said.get("headers-separator", ",")
        return {key.removeprefix("headers.").lower(): value.lower().split(mark) for key, value in found.items()}

    @property
    def order(self) -> tuple[int, ...]:
        conditions = bool(self.headers) + ("methods" in self.said)
        regex = any(path.startswith("~") for path in self.paths)
        longest = max((len(path) for path in self.paths if not path.startswith("~")), default=0)
        priority = int(self.said.get("regex-priority", "0")) if regex else 0
        return (-conditions, -regex, -len(self.headers), -priority, -longest)


def answered(
    result: Synthesized, host: str, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None
) -> tuple[str, str]:
    """The Service that gets a request, and the path that it sees. Equals in the order are a mistake of the test's."""
    sent = {key.lower(): value.lower() for key, value in (headers or {}).items()}
    found: list[tuple[tuple[int, ...], str, str]] = []
    for route in _routes(result, host):
        if route.said.get("methods", method) != method:
            continue
        if any(sent.get(name) not in values for name, values in route.headers.items()):
            continue
        matched = _matched(route, path)
        if matched is not None:
            found.append((route.order, route.service, matched))
    found.sort(key=lambda each: each[0])
    assert found, f"nobody answers {path}"
    assert len(found) == 1 or found[0][0] != found[1][0], f"two answer {path}: {found}"
    return found[0][1:]


def _routes(result: Synthesized, host: str) -> list[_Route]:
    routes: list[_Route] = []
    plugins = {each["metadata"]["name"]: each for each in result.pick("KongPlugin")}
    for ingress in result.pick("Ingress"):
        annotations = ingress["metadata"].get("annotations", {})
        said = {key.removeprefix(_K): value for key, value in annotations.items() if key.startswith(_K)}
        running = [plugins[name] for name in said.get("plugins", "").split(",") if name in plugins]
        made: dict[tuple[str, str], _Route] = {}
        for rule in ingress["spec"]["rules"]:
            if rule["host"] != host:
                continue
            for each in rule["http"]["paths"]:
                service = each["backend"]["service"]
                key = (service["name"], str(service["port"]))
                route = made.setdefault(key, _Route(service=service["name"], said=said, plugins=running))
                route.paths += _paths(each["path"], each["pathType"])
        routes += made.values()
    return routes


def _paths(path: str, kind: str) -> list[str]:
    if kind == "Exact":
        return [f"~{path}$"]
    if kind == "Prefix":
        base = path.strip("/")
        return [f"/{base}/", f"~/{base}$"] if base else ["/"]
    return [path.replace("/~", "~", 1) if path.startswith("/~") else path]


def _matched(route: _Route, path: str) -> str | None:
    for each in route.paths:
        if each.startswith("~"):
            match = re.match(each[1:], path)
            if match:
                captures = match.groups()
                return _seen(route, path, rest=path[match.end() :], capture=captures[0] if captures else None)
        elif path.startswith(each):
            return _seen(route, path, rest=path[len(each) :], capture=None)
    return None


def _seen(route: _Route, path: str, *, rest: str, capture: str | None) -> str:
    for plugin in route.plugins:
        if plugin["plugin"] == "request-transformer":
            template = plugin["config"]["replace"]["uri"]
            written = _TEMPLATE.search(template)
            if written is None:
                return template
            value = capture or ""
            if written[1] == 'uri_captures[1] == nil and "" or "/" .. uri_captures[1]':
                value = "" if capture is None else f"/{capture}"
            else:
                assert written[1] == "uri_captures[1]"
            return template[: written.start()] + value
    return "/" + rest.lstrip("/") if route.said.get("strip-path") == "true" else path

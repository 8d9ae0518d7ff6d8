"""No open route leads to what another route of the app protects with a login."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote

from kmop_constructs._dataclass import dataclass
from kmop_constructs.checks.inventory import inventory_of
from kmop_constructs.core.declared import Declared
from kmop_constructs.core.exposed import Way, Ways
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.plain import mapping, mappings, within

if TYPE_CHECKING:
    from kmop_constructs.checks.reading import Item
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import ServiceFacts

__all__ = ["REASON", "RULE", "check", "plain_path"]

RULE = "auth-bypassed"
REASON = "An open route leads to pods and a path that another route of the app protects with a login."

_Target: TypeAlias = tuple[str, int]
"""Construct path of a workload, and a container port."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Side:
    """One path of an exposure, as the pods see it."""

    owner: Ways
    way: Way
    target: _Target

    @property
    def seen(self) -> str:
        """Path that the pods get, in its plainest form."""
        return plain_path(self.way.path if self.way.rewrite is None else self.way.rewrite)

    @property
    def rewritten(self) -> bool:
        """Whether the pods get another path."""
        return self.way.rewrite is not None and self.seen != plain_path(self.way.path)

    @property
    def below(self) -> bool:
        """Whether the route also leads to all paths below."""
        return self.way.match == "Prefix"

    def reaches(self, path: str) -> bool:
        """Return whether the route leads to a path of the pods."""
        if self.way.match == "RegularExpression":
            return any(_matches(self.way.path, each) for each in (path, f"{path.rstrip('/')}/x"))
        return path == self.seen or (self.below and f"{path}/".startswith(f"{self.seen.rstrip('/')}/"))


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find open routes to pods and paths for which another exposure, of any service and host, requires a login."""
    every = synthesis.facts(Ways)
    if not any(each.auth for each in every):
        return
    resolve = _Resolver(synthesis)
    guards: dict[_Target, list[_Side]] = {}
    for side in (side for each in every if each.auth for side in resolve.sides(each)):
        guards.setdefault(side.target, []).append(side)
    for each in every:
        if each.auth is None and not each.limited:
            for side in resolve.sides(each):
                for guard in guards.get(side.target, ()):
                    if (message := _bypass(side, guard)) is not None:
                        yield Finding(path=each.service, rule=RULE, message=message, severity="notice")
    yield from _included(synthesis, resolve, guards)


class _Resolver:
    """Finds the workloads behind the Services of the app."""

    def __init__(self, synthesis: Synthesis) -> None:
        self._facts = {each.facts.path: each.facts for each in synthesis.facts(Declared)}
        self._services: dict[tuple[str, str], list[ServiceFacts]] = {}
        for facts in self._facts.values():
            for service in facts.services:
                self._services.setdefault((facts.scope, service), []).append(facts)

    def sides(self, ways: Ways) -> Iterator[_Side]:
        """Yield the paths of an exposure, once for each container port that they lead to."""
        facts = self._facts.get(ways.service)
        for way in ways.ways if facts is not None else ():
            targets = (
                each for name, port in way.targets for each in self.targets(facts.scope if facts else "", name, port)
            )
            for target in dict.fromkeys(targets):
                yield _Side(owner=ways, way=way, target=target)

    def targets(self, scope: str, service: str, port: object) -> Iterator[_Target]:
        """Yield the container ports behind a Service port."""
        for facts in self._services.get((scope, service), ()):
            for each in facts.ports:
                if port in (facts.offered(each, service), each.name):
                    yield facts.path, each.number


def _bypass(side: _Side, guard: _Side) -> str | None:
    """Return the message for an open route that leads around a login. ``None`` if it does not."""
    reached = side.reaches(guard.seen)
    inside = guard.reaches(side.seen)
    same_host = _shares_host(side.owner, guard.owner)
    plain = not side.rewritten and not guard.rewritten
    where = side.way.path if not side.owner.hosts else f"{side.owner.hosts[0]}{side.way.path}"
    if plain and same_host:
        if not _nested(side.way.path, guard.way.path) and (reached or inside):
            return _leads(where, side, guard)  # the gateway takes them for different paths, and the pods may not
        # The gateway sends requests to the more specific route, so an open path around the guarded one, or below it, is as written.
        if guard.way.match == "Exact" and side.below and reached and not guard.way.conditional:
            return (
                f"the open path {where!r} also leads to {guard.way.path.rstrip('/')}/ and to all paths below it, because only the exact "
                f"path {guard.way.path!r} is protected with {guard.owner.auth}; protect it as a prefix"
            )
        if guard.way.by_header and reached and not side.way.by_header:
            return (
                f"a request without the header that {guard.way.path!r} needs goes to the open path {where!r} of the same pods, and is "
                f"not checked with {guard.owner.auth}; protect the open path too, or route the header to another Service"
            )
        same = side.seen == guard.seen and side.way.match == guard.way.match
        if same and guard.way.match == "Exact" and side.way.path != guard.way.path:
            return _leads(where, side, guard)  # "/admin/" beside "/admin": one page for most services
        return _leads(where, side, guard) if same and side.way.conditional and not guard.way.conditional else None
    if reached or (inside and side.rewritten):
        return _leads(where, side, guard)
    return None


def _nested(one: str, other: str) -> bool:
    """Return whether one of two paths contains the other for a gateway, which compares them as they are written."""
    first, second = f"{one.rstrip('/')}/", f"{other.rstrip('/')}/"
    return first.startswith(second) or second.startswith(first)


def _leads(where: str, side: _Side, guard: _Side) -> str:
    rewritten = "" if not side.rewritten else f" is rewritten to {side.way.rewrite!r}, and so"
    protected = guard.way.path if guard.way.rewrite is None else guard.way.rewrite
    other = "" if side.owner.service == guard.owner.service else f" of {guard.owner.service}"
    return (
        f"the open path {where!r}{rewritten} also leads to {protected!r} of {side.target[0]}, which another exposure{other} protects "
        f"with {guard.owner.auth}; give the protected path its own port, protect the open path, or check access in the service itself"
    )


def _shares_host(one: Ways, other: Ways) -> bool:
    """Return whether the guarded exposure has each host of the open one. Another text is another host: the more specific wins."""
    return set(one.hosts) <= set(other.hosts) and bool(one.hosts) == bool(other.hosts)


def _included(synthesis: Synthesis, resolve: _Resolver, guards: dict[_Target, list[_Side]]) -> Iterator[Finding]:
    """Yield notices for each Ingress of others that leads to protected pods and names no authentication."""
    inventory = inventory_of(synthesis)
    for item in inventory.of("networking.k8s.io", "Ingress"):
        annotations = mapping(within(item.object, "metadata", "annotations"))
        if item.ours or any("auth" in str(key) for key in annotations):
            continue
        for ways in _ways_of_ingress(item):
            for name, port in ways.ways[0].targets:
                service = inventory.find("", "Service", name, item)
                for target in () if service is None else resolve.targets(service.scope, name, port):
                    side = _Side(owner=ways, way=ways.ways[0], target=target)
                    for guard in guards.get(target, ()):
                        if (message := _bypass(side, guard)) is not None:
                            yield item.notice(RULE, message)


def _ways_of_ingress(item: Item) -> Iterator[Ways]:
    for rule in mappings(item.spec.get("rules")):
        hosts = (rule["host"],) if isinstance(rule.get("host"), str) else ()
        for path in mappings(within(rule, "http", "paths")):
            port = mapping(within(path, "backend", "service", "port"))
            name = within(path, "backend", "service", "name")
            match = "Exact" if path.get("pathType") == "Exact" else "Prefix"
            target = (str(name), port.get("number") or port.get("name") or 0)
            way = Way(
                path=str(path.get("path") or "/"), match=match, rewrite=None, conditional=False, targets=(target,)
            )
            yield Ways(service=item.path, hosts=hosts, auth=None, ways=(way,))


def plain_path(path: str) -> str:
    """Return a path in its plainest form, as a lenient server may read it.

    Decoded, without parameters (``;x``), empty parts, ``.`` and ``..``, in lower case. Servers differ in this, so a path may reach
    what another text of it names: https://www.rfc-editor.org/rfc/rfc3986#section-6.
    """
    parts: list[str] = []
    for part in unquote(unquote(path)).replace("\\", "/").split("/"):
        name = part.partition(";")[0]
        if name == "..":
            del parts[-1:]
        elif name not in ("", "."):
            parts.append(name.casefold())
    return "/" + "/".join(parts)


def _matches(expression: str, path: str) -> bool:
    try:
        return re.fullmatch(expression, path) is not None
    except re.error:  # RE2 supports some syntax that Python does not
        return True

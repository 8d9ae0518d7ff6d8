"""How a gateway is put to the contract: which provider, and what its documentation says that each intent looks like."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from kmop_constructs import Exposure, Image, KmopChart, Microservice, Platform, Port, ServiceSpec
from kmop_constructs.authors import GatewayFactory
from kmop_constructs.components.api_gateway.capability import GatewayClass
from kmop_constructs.components.api_gateway.features import FeatureName
from kmop_constructs.testing import Synthesized, synthesize
from tests.providers.plain_http import allow_plain_http

from cdk8s import App

__all__ = ["Case", "Drawn", "Missing", "cases", "drawn"]

ANY = "*"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Case:
    """A provider in the contract."""

    provider: GatewayClass
    """The class."""

    gateway: GatewayFactory
    """It, with every edition and plug-in named that it may need."""

    plain: GatewayFactory
    """It, with none of them named."""

    expected: Mapping[FeatureName, Sequence[Drawn | Missing]]
    """What its documentation says that each intent is, for every feature that it can. Written by hand."""

    refuses: Mapping[tuple[FeatureName, int], str] = field(default_factory=dict[tuple[FeatureName, int], str])
    """Changed values, by feature and number, that it does not draw, with a pattern of the reason."""

    refuses_without: Mapping[FeatureName, str] = field(default_factory=dict[FeatureName, str])
    """Features without which it draws nothing, with a pattern of the reason."""

    removes: Sequence[Drawn] = ()
    """What its documentation says that the removal of the request header ``X-User`` is; empty where it cannot."""

    @property
    def name(self) -> str:
        """For the names of tests."""
        return self.provider.__name__


@dataclass(frozen=True, slots=True)
class Drawn:
    """Some object of a kind has a value at a path: ``Drawn("HTTPRoute", "/spec/hostnames/0", "web.acme.io")``."""

    kind: str
    """The kind."""

    path: str
    """Where, in parts with slashes between; ``*`` is any item of a list, ``~1`` a slash within a part."""

    value: object
    """The value that must be there."""

    def holds(self, objects: Sequence[Mapping[str, Any]]) -> bool:
        """Whether one of the objects has it."""
        mine = [each for each in objects if each["kind"] == self.kind]
        return any(self.value in _at(each, _parts(self.path)) for each in mine)


@dataclass(frozen=True, slots=True)
class Missing:
    """No object of a kind has anything at a path."""

    kind: str
    """The kind."""

    path: str
    """Where; empty for the object itself."""

    def holds(self, objects: Sequence[Mapping[str, Any]]) -> bool:
        """Whether none of the objects has it."""
        return not any(_at(each, _parts(self.path)) for each in objects if each["kind"] == self.kind)


def _parts(path: str) -> list[str]:
    return [part.replace("~1", "/") for part in path.split("/")[1:]]


def _at(value: object, parts: Sequence[str]) -> list[object]:
    if not parts:
        return [value]
    first, *rest = parts
    if isinstance(value, list):
        items = cast("list[object]", value)
        if first == ANY:
            return [found for item in items for found in _at(item, rest)]
        return _at(items[int(first)], rest) if int(first) < len(items) else []
    if isinstance(value, Mapping):
        known = cast("Mapping[str, object]", value)
        return _at(known[first], rest) if first in known else []
    return []


def drawn(exposure: Exposure, gateway: GatewayFactory, *, beside: Collection[str] = ()) -> Synthesized:
    """A service, others that the exposure shares requests with, and the exposure through a gateway."""
    chart = KmopChart(App(), "shop", namespace="shop", platform=Platform(gateway=gateway))
    spec = ServiceSpec(image=Image("acme/web:1"), port=(Port(8080, service_port=80), Port.grpc(9090, name="grpc")))
    for other in ("web-canary", "web-next"):
        if other in beside or other in repr(exposure):
            Microservice(chart, other, spec)
    allow_plain_http(Microservice(chart, "web", replace(spec, exposure=exposure)))
    return synthesize(chart)


def cases() -> list[Case]:
    """Every case of a gateway: the modules ``expect*.py`` in the rooms of the tests of providers."""
    rooms = Path(__file__).parents[2] / "providers"
    modules = sorted(path.relative_to(rooms).with_suffix("").parts for path in rooms.glob("*/expect*.py"))
    found = [importlib.import_module(f"tests.providers.{room}.{module}").CASE for room, module in modules]
    return sorted((case for case in found if isinstance(case, Case)), key=lambda case: case.name)
